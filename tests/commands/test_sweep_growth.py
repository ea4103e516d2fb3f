"""What a sweep says of how states grow: only where all of them were counted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from checker.commands import report
from checker.commands.sweep_growth import Growth, growths
from checker.commands.sweeps import Cell, Plan, SweepRow
from checker.contract.task import Stats
from checker.contract.wording import Status
from counterexamples.explain.text import plain


def row(states: int, verdict: str = "exhausted", stopped: str | None = None, **combination: str) -> SweepRow:
    cell = Cell("p", verdict, verdict, (verdict, verdict), None, Status.AS_EXPECTED, False, None)
    return SweepRow(combination, (cell,), stats=Stats(distinct=states), stopped=stopped)


def grown(rows: Sequence[SweepRow]) -> list[Growth]:
    return growths(planned(rows), rows)


def planned(rows: Sequence[SweepRow]) -> Plan:
    return Plan("m", tuple(rows[0].combination), tuple(each.combination for each in rows))


def test_each_factor_is_that_of_one_more_and_the_next_goes_on_from_the_last() -> None:
    """Two-phase commit, as TLC counts it: 56, 288, 1,568, 8,832, 50,816."""
    rows = [row(states, managers=str(number)) for number, states in enumerate((56, 288, 1_568, 8_832), 2)]
    (found,) = grown(rows)
    assert [round(each, 2) for each in found.factors] == [5.14, 5.44, 5.63]
    assert (found.to, found.next_states) == (5, 51_467)
    last = plain(report.sweep_lines(planned(rows), {}, rows)).splitlines()[-2:]
    assert last == ["One more of managers: 5.1, 5.4 and 5.6 times the states; about 50,000 with 6, at", "this rate."]


def test_a_factor_that_shrinks_is_taken_to_stay() -> None:
    (found,) = grown([row(10, n="1"), row(100, n="2"), row(500, n="3")])
    assert found.next_states == 2_500


def test_one_factor_is_no_rate() -> None:
    (found,) = grown([row(10, n="1"), row(100, n="2")])
    assert (found.factors, found.next_states) == ((10.0,), None)


@pytest.mark.parametrize(
    "second",
    [row(100, "violated", n="2"), row(100, "proved", n="2"), row(100, stopped="time", n="2"), row(0, n="2")],
    ids=["ends early", "needs no states", "stopped", "saw none"],
)
def test_states_that_are_not_all_are_not_compared(second: SweepRow) -> None:
    assert grown([row(10, n="1"), second]) == []


def test_a_gap_is_no_step() -> None:
    (found,) = grown([row(10, n="1"), row(100, n="3"), row(200, n="4")])
    assert (found.factors, found.to) == ((2.0,), 4)


def test_others_are_as_they_are_said_to_be() -> None:
    rows = [row(states, n=n, b=b) for n, b, states in (("1", "x", 3), ("1", "y", 5), ("2", "x", 6), ("2", "y", 50))]
    assert [(each.beside, each.factors) for each in grown(rows)] == [("b=x", (2.0,)), ("b=y", (10.0,))]
    said = plain(report.sweep_lines(planned(rows), {}, rows))
    assert said.endswith("\nOne more of n: 2.0 to 10.0 times the states.\n")
