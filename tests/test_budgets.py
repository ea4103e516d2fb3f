"""Budgets bound everything: what runs away ends when its time or memory does, and says which limit it was.

Times are of a machine that may be busy: SLACK is what may come on top of a budget, for starting and ending.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from checker.check import engine as engine_of
from checker.engine import Budget, Outcome, Task, Unknown
from checker.engines.reference import ReferenceEngine
from checker.lang import Model, Range, Var, action, always, choose, require
from checker.lang.ir import Program
from checker.lang.load import compile_model
from checker.memory import resident
from checker.semantics.choices import _Rest
from checker.several import several

MANY = 3_000_000_000
SLACK = 5.0


class ManyBeginnings(Model):
    """Choosing in init went through a list of three thousand million numbers."""

    x = Var(Range(8))

    def init(self):
        n = choose(range(3_000_000_000))
        require(n < 0)
        self.x = 1

    @action
    def go(self):
        self.x = 2

    @always
    def small(self):
        return self.x < 8


class ManyChoices(Model):
    """One step with as many choices, each of which is possible."""

    x = Var(Range(8))

    @action
    def go(self):
        n = choose(range(3_000_000_000))
        self.x = n % 8

    @always
    def small(self):
        return self.x < 8


class NeverPossible(Model):
    """One step with as many choices, none of which is possible."""

    x = Var(Range(8))

    @action
    def go(self):
        n = choose(range(3_000_000_000))
        require(n < 0)
        self.x = 1

    @always
    def small(self):
        return self.x < 8


class LongProperty(Model):
    """Judging one state goes through as many numbers."""

    x = Var(Range(8))

    @action
    def go(self):
        self.x = (self.x + 1) % 8

    @always
    def small(self):
        return all(n + self.x != 4_000_000_000 for n in range(3_000_000_000))


class Counts(Model):
    """States without end, for what takes memory."""

    x = Var(Range(40_000_000))

    @action
    def go(self):
        require(self.x < 39_000_000)
        self.x = self.x + 1

    @always
    def small(self):
        return self.x >= 0


RUNAWAYS = (ManyBeginnings, ManyChoices, NeverPossible, LongProperty)


def ended(engine: ReferenceEngine, program: Program, **budget: float | int) -> Outcome:
    """What an engine finds within a budget; it has to end soon after its time."""
    names = tuple(each.name for each in program.properties)
    began = time.monotonic()
    outcome = engine.run(Task(program, (*names, "no_deadlock", "no_failure"), Budget(**budget)))  # type: ignore[arg-type]
    assert time.monotonic() - began < budget.get("seconds", 60) + SLACK
    return outcome


@pytest.mark.parametrize("model", RUNAWAYS)
def test_the_reference_engine_heeds_time_within_one_step(model: type[Model]) -> None:
    before = resident()
    outcome = ended(ReferenceEngine(), compile_model(model, {}), seconds=0.5)
    assert outcome.stopped == "time budget of 0.5 s ended"
    open_ = outcome.verdicts["no_failure"]
    assert isinstance(open_, Unknown) and open_.reason.startswith("time budget of 0.5 s ended after ")
    assert resident() - before < 200 << 20


def test_the_reference_engine_heeds_memory() -> None:
    outcome = ended(ReferenceEngine(), compile_model(Counts, {}), memory=8 << 20)
    assert outcome.stopped == "memory budget of 8 MiB ended"
    assert outcome.stats.distinct > 1000


def test_time_counts_from_the_start_of_the_command() -> None:
    """Loading and compiling the model took their time, and the engine began its own."""
    budget = Budget(seconds=100.0, since=time.monotonic() - 101.0)
    outcome = ReferenceEngine().run(Task(compile_model(Counts, {}), ("small",), budget))
    assert outcome.stopped == "time budget of 100 s ended"
    assert outcome.stats.seconds < SLACK


@pytest.mark.parametrize("model", RUNAWAYS)
def test_the_search_for_several_heeds_time_within_one_step(model: type[Model]) -> None:
    began = time.monotonic()
    found = several(compile_model(model, {}), "small", 3, Budget(seconds=0.3))
    assert found.stopped == "time budget of 0.3 s ended"
    assert time.monotonic() - began < SLACK


def test_what_is_left_of_many_members_is_drawn_as_from_a_list() -> None:
    rest, listed = _Rest(range(100, 140)), list(range(100, 140))
    for place in (39, 0, 0, 17, 5, 5, 30, 20, 20, 2, 28):
        assert rest.pop(place) == listed.pop(place)
        assert len(rest) == len(listed)


@pytest.mark.parametrize("engine", ["explicit", "walk", "auto"])
def test_time_ends_compiling(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """20 s became 102 s: the compiler went on to its end, whatever the time was."""
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    program = compile_model(Counts, {})
    began, spent = time.monotonic(), time.process_time()
    outcome = engine_of(engine).run(Task(program, ("small",), Budget(seconds=1.5)))
    assert time.monotonic() - began < 1.5 + SLACK
    assert time.process_time() - spent < 5
    assert outcome.stopped is not None
    assert outcome.stopped.startswith("time budget of 1.5 s ended")
    if engine != "auto":  # which may not come to compiling
        assert outcome.stopped.endswith(" s of compiling")


def test_what_is_compiled_apart_is_kept_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    program = compile_model(Counts, {})
    task = Task(program, ("small",), Budget(seconds=300.0, max_states=10_000))
    assert engine_of("explicit").run(task).stopped == "state budget of 10,000 ended"
    assert len(list((tmp_path / "native").iterdir())) >= 2
