"""Where several engines share the time that the user gave, what is said of it is what the user gave."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from checker import portfolio
from checker.check import check, engine
from checker.contract.task import NO_DEADLOCK, Budget, Outcome, Stats, Task
from checker.contract.verdict import Unknown
from checker.engines.common.clock import Clock, Stopped
from tests.frontend.support import program

WITH_A_LEMMA = """
class M(Model):
    x = Var(Range(100))

    @action
    def up(self):
        self.x = (self.x + 1) % 100

    @always
    def small(self):
        return self.x < 100

    @lemma
    def not_negative(self):
        return self.x >= 0
"""


class TakesItsTime:
    """An engine whose time always ends before it has decided anything."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, task: Task) -> Outcome:
        clock = Clock(replace(task.budget, since=0.0))
        try:
            clock.look()
        except Stopped as reason:
            verdicts = {name: Unknown(f"{reason} after 5 states, depth 2") for name in task.properties}
            return Outcome((self.name,), verdicts, Stats(distinct=5 if self.name == "explicit" else 0), str(reason))
        raise AssertionError


SHARE = "one engine's share of the time budget of 1 s ended"


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [("all", [SHARE, SHARE, SHARE]), ("auto", [SHARE, "time budget of 1 s ended"])],
)
def test_what_ends_with_its_share_of_the_time_names_the_time_that_the_user_gave(
    asked: str, reasons: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --engine all --time 1s 'time budget of 0.3 s ended' was said: a number that nobody had given."""
    monkeypatch.setattr(portfolio, "TRIAL_WORK", 1)
    monkeypatch.setattr(portfolio, "explicit", lambda: TakesItsTime("explicit"))
    monkeypatch.setattr(portfolio, "symbolic", TakesItsTime)
    monkeypatch.setattr(portfolio, "_explored", lambda task, _: TakesItsTime("explicit").run(task))
    task = Task(program(WITH_A_LEMMA), ("small", NO_DEADLOCK), Budget(seconds=1.0))
    outcome = check(task, engine(asked))
    assert [part.stopped for part in outcome.parts] == reasons
    for part, reason in zip(outcome.parts, reasons, strict=True):
        assert part.verdicts["small"] == Unknown(f"{reason} after 5 states, depth 2")
    assert outcome.stopped == reasons[0 if asked == "all" else 1]


def test_the_engines_of_all_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each had the whole of it, and counted from the start the last had none. The time is what they say they take."""
    now, given = [1000.0], list[float]()

    class Takes:
        """Takes all the time that it is given."""

        def run(self, task: Task) -> Outcome:
            assert task.budget.seconds is not None
            given.append(task.budget.seconds)
            now[0] += task.budget.seconds
            return Outcome("takes", {name: Unknown("no time") for name in task.properties}, Stats(), "no time")

    monkeypatch.setattr(portfolio, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(portfolio, "TRIAL_WORK", 1)
    monkeypatch.setattr(portfolio, "explicit", Takes)
    monkeypatch.setattr(portfolio, "symbolic", lambda _: Takes())
    engine("all").run(Task(program(WITH_A_LEMMA), ("small",), Budget(seconds=7.0, since=999.0)))
    assert given == [2.0, 2.0, 2.0], "of the 6 seconds that are left"
