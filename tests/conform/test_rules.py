"""The rules of range, judged from what was done and seen."""

from __future__ import annotations

from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.rules import Rules

NOTHING = (-1, -1)


def broken(*done: tuple[Operation, tuple[int, int]]) -> list[str | None]:
    rules = Rules()
    return [rules.broken(operation, answer) for operation, answer in done]


def filled(*keys: int) -> list[tuple[Operation, tuple[int, int]]]:
    return [(Operation(Op.ASSIGN, key, 1), NOTHING) for key in keys]


START, NEXT = Operation(Op.START, 0), Operation(Op.NEXT, 0)


def test_a_loop_that_yields_everything_once_breaks_nothing() -> None:
    assert set(broken(*filled(1, 2), (START, (2, 1)), (NEXT, (1, 1)), (NEXT, NOTHING))) == {None}


def test_an_entry_yielded_twice_is_told_from_one_that_was_put_back() -> None:
    again = (NEXT, (2, 1))
    assert broken(*filled(1, 2), (START, (2, 1)), again)[-1] == "TWICE"
    put_back = [(Operation(Op.DELETE, 2), NOTHING), *filled(2)]
    assert broken(*filled(1, 2), (START, (2, 1)), *put_back, again)[-1] is None


def test_an_entry_that_was_removed_or_changed_is_not_yielded_as_it_was() -> None:
    begun = [*filled(1, 2), (START, (2, 1))]
    assert broken(*begun, (Operation(Op.CLEAR), NOTHING), (NEXT, (1, 1)))[-1] == "REMOVED"
    assert broken(*begun, (Operation(Op.ASSIGN, 1, 3), NOTHING), (NEXT, (1, 1)))[-1] == "OLD_VALUE"


def test_an_entry_that_was_there_all_along_is_missed_and_a_late_one_is_not() -> None:
    begun = [*filled(1, 2), (START, (2, 1)), *filled(3)]
    assert broken(*begun, (NEXT, NOTHING))[-1] == "MISSED"
    assert broken(*begun, (NEXT, (1, 1)), (NEXT, NOTHING))[-1] is None


def test_what_a_loop_that_does_not_run_is_said_to_do_counts_for_nothing() -> None:
    assert broken((START, NOTHING), (NEXT, NOTHING)) == [None, None]
