"""`auto` hands a model over to native code, and loses nothing that it found before."""

from __future__ import annotations

import pytest

from checker import portfolio
from checker.check import check, engine, select
from checker.contract.task import Budget, Outcome, Stats, Task
from checker.contract.verdict import Bounded, Unknown, Witnessed
from checker.engines.explicit.engine import ExplicitEngine
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.lang import Model, Range, Var, action, always, sometimes


class Long(Model):
    """Counts, and could go on for long."""

    n = Var(Range(5_000))

    @action
    def count(self):
        self.n = (self.n + 1) % 5_000

    @sometimes
    def seven(self):
        """Found early."""
        return self.n == 7

    @sometimes
    def last(self):
        """Found late."""
        return self.n == 4_999

    @always
    def small(self):
        """Needs every state."""
        return self.n < 5_000


class Late:
    """An engine whose time is over before it has begun."""

    name = "explicit"

    def run(self, task: Task) -> Outcome:
        reason = "time budget of 1 s ended"
        verdicts = {name: Unknown(f"{reason} after 0 states, depth 0") for name in task.properties}
        return Outcome(("explicit",), verdicts, Stats(), reason)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(portfolio, "TRIAL_WORK", 2_000)
    return compile_model(Long, {})


def test_what_the_trial_found_outlasts_an_engine_that_found_less(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio, "explicit", Late)
    outcome = check(Task(program, select(program)), engine("auto"))
    assert isinstance(outcome.verdicts["seven"], Witnessed)
    small, last = outcome.verdicts["small"], outcome.verdicts["last"]
    assert isinstance(small, Bounded)
    assert small.depth > 7
    assert isinstance(last, Unknown)
    assert last.reason.startswith("time budget of 1 s ended after ")
    assert "after 0 states" not in last.reason
    assert outcome.stopped == "time budget of 1 s ended"


def test_a_budget_that_ends_within_compiling_says_so(program: Program) -> None:
    outcome = ExplicitEngine().run(Task(program, select(program), Budget(seconds=0.0001)))
    assert outcome.stopped is not None
    assert outcome.stopped.startswith("time budget of 0.0001 s ended in ")
    assert outcome.stopped.endswith(" of compiling")
