"""Hypothesis draws programs on a map, and shrinks one that shows a mismatch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from checker.conform.holdings import holding, parameters
from checker.conform.maps.holding import Found
from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Within
from checker.conform.maps.real import RealMaps
from checker.conform.programs import Tried, tried
from checker.frontend.load import compile_model, load

Shows = Callable[[Sequence[Operation]], bool]


class _Pretended:
    """A map that shows a mismatch after the programs that `shows` says."""

    def __init__(self, shows: Shows, keys: int) -> None:
        self.shows, self.keys = shows, keys
        self.ran: list[tuple[Operation, ...]] = []

    @property
    def within(self) -> Within:
        return Within(keys=self.keys, values=2, loops=2, nans=1)

    def wanted(self, hashes: Sequence[int | None]) -> tuple[int, ...]:
        return (63, *(64 if each is None else each for each in hashes))

    def attempt(self, operations: Sequence[Operation]) -> Found | None:
        self.ran.append(tuple(operations))
        shown = self.shows(operations)
        hashes = (operations[0].hashes or ())[1:]
        return Found(len(operations), tuple(operations), None, "pretended", hashes) if shown else None


def _tried(shows: Shows, programs: int = 200, seconds: float = 60.0, keys: int = 30) -> tuple[Tried, _Pretended]:
    pretended = _Pretended(shows, keys)
    return tried(pretended, programs, 3, lambda run: None, seconds), pretended


def _deletes(operations: Sequence[Operation]) -> bool:
    """An entry that was assigned is deleted."""
    there: set[int] = set()
    for each in operations:
        if each.op is Op.ASSIGN:
            there.add(each.key)
        elif each.op is Op.DELETE and each.key in there:
            return True
    return False


def test_a_program_that_shows_a_mismatch_is_made_shorter() -> None:
    came, pretended = _tried(_deletes, keys=3, seconds=1.0)
    assert came.shortened is not None and came.shortened.times == came.shortened.runs
    first = next(program for program in pretended.ran if _deletes(program))
    done = came.shortened.shown.done
    assert done[0].op is Op.MAKE and _deletes(done) and len(done) < len(first)


def test_programs_are_those_of_the_seed_and_everything_is_drawn() -> None:
    came, one = _tried(lambda operations: False, 80)
    _, other = _tried(lambda operations: False, 80)
    assert came == Tried(80, None) and one.ran == other.ran
    done = {(each.op, each.key) for program in one.ran for each in program[1:]}
    assert {op for op, _ in done} == set(Op) - {Op.MAKE}
    assert {key for op, key in done if op is Op.NEXT} == {0, 1}, "both loops"
    assert {key for op, key in done if op is Op.ASSIGN} >= {*range(24), 30}, "keys, and the NaN key beyond them"
    assert all(len(program[0].hashes or ()) == 31 for program in one.ran)


def test_a_mismatch_that_comes_only_once_is_kept() -> None:
    """Chance decides in a real map, too: what was seen is shown, and that it did not come again."""
    seen: list[bool] = []

    def once(operations: Sequence[Operation]) -> bool:
        seen.append(len(seen) == 5)
        return seen[-1]

    came, _ = _tried(once)
    assert came.shortened is not None and came.shortened.times == 0


def test_shrinking_ends_when_its_time_is_over() -> None:
    def slowly(operations: Sequence[Operation]) -> bool:
        time.sleep(0.02)
        return _deletes(operations)

    began = time.monotonic()
    came, pretended = _tried(slowly, seconds=0.1)
    assert came.shortened is not None and len(pretended.ran) < 150, time.monotonic() - began


def test_a_real_map_betrays_a_broken_model_in_a_short_program(go: str) -> None:
    with RealMaps("int", go) as real:
        model = load("spec.go_map.followed:FollowedMarksRestTooSoon")
        held = holding(compile_model(model, parameters(model, real)), real)
        came = tried(held, 40, 0, lambda run: None, seconds=2.0)
    assert came.shortened is not None and "EMPTY_REST" in came.shortened.shown.problem
    assert came.shortened.times == came.shortened.runs, "the hashes are those that were drawn"


def test_a_model_that_is_right_takes_every_program(go: str) -> None:
    with RealMaps("int", go) as real:
        model = load("spec.go_map.followed:FollowedLoops")
        held = holding(compile_model(model, parameters(model, real)), real)
        assert tried(held, 12, 1, lambda run: None) == Tried(12, None)
