"""Bounded search with Z3 finds what is there, at the depth where it is, and ends when it is told to.

EVACHECK_AGREEMENT=500 draws so many models, as in test_agreement.py. EVACHECK_THOROUGH=1 runs the whole catalogue
instead of what is decided in a moment.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import z3
from hypothesis import given

from checker.check import check, select
from checker.commands import catalogue
from checker.commands.run import compiled, parameter_text
from checker.contract.task import NO_FAILURE, Budget, Task
from checker.contract.verdict import Bounded, Unknown, Violated, Witnessed
from checker.engines.common import clock
from checker.engines.symbolic import bmc
from checker.engines.symbolic.bmc import BmcEngine
from checker.lang import Model, Range, Var, action, always, sometimes
from checker.portfolio import size
from tests.frontend.support import program
from tests.support.agreement import examples, hold
from tests.support.random_models import RandomModel, models
from tests.support.solvers import Factors, ended, hold_bmc

THOROUGH = "EVACHECK_THOROUGH" in os.environ
SHORT, SMALL = 9, 600
"""What of the catalogue is always looked for: traces so long at most, in programs of this size at most. It tells well
enough what takes a second and what takes minutes."""


@examples(3)
@given(models())
def test_bounded_search_finds_what_is_there_at_its_depth(model: RandomModel) -> None:
    hold(model, hold_bmc)


PARTS = 4
LARGE = "spec.go_map."
"""Where all programs in which something is violated are large: to read them only to see that takes long."""
CATALOGUE = [
    (entry, wanted)
    for entry in catalogue.select([])
    if (THOROUGH or not entry.model.startswith(LARGE))
    and (
        wanted := {
            name: expected.states
            for name, expected in entry.properties.items()
            if expected.word == "violated" and expected.states is not None and (THOROUGH or expected.states <= SHORT)
        }
    )
]


@pytest.mark.parametrize("part", range(PARTS))
def test_traces_are_as_long_as_the_catalogue_says(part: int) -> None:
    """Of the programs that take a moment, or of all: EVACHECK_THOROUGH=1."""
    asked = 0
    for entry, wanted in CATALOGUE[part::PARTS]:
        program = compiled(entry.model, {key: parameter_text(value) for key, value in entry.parameters.items()})
        watched = any(each.name.startswith("_") for each in program.variables)  # a monitor's books: minutes for Z3
        if THOROUGH or (size(program) <= SMALL and not watched):
            others = {*(each.name for each in program.temporal), *program.abstract}  # whose traces others compare
            wanted = {name: states for name, states in wanted.items() if name not in others}
            task = Task(program, tuple(wanted), Budget(seconds=None if THOROUGH else 120.0), keep_going=True)
            found = check(task, BmcEngine()).verdicts
            for name, states in wanted.items():
                verdict = found[name]
                assert isinstance(verdict, Violated), (entry.label, name, verdict)
                assert len(verdict.trace) == states, (entry.label, name)
            asked += len(wanted)
    assert asked > 2


class Hours(Model):
    """Goes on for ever."""

    hour = Var(Range(12))

    @action
    def tick(self):
        self.hour = (self.hour + 1) % 12

    @always
    def is_an_hour(self):
        return self.hour < 12

    @sometimes
    def thirteen(self):
        return self.hour == 13


SOON = 60.0
"""Seconds, on however slow a machine, within which ends what would go on for ever."""


@pytest.fixture(name="ends", params=["stop", "Ctrl-C", "time"])
def what_ends_a_search(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Callable[[Task], None], str]:
    """What ends it, and the reason that it gives. The time jumps."""
    passed = [0.0]
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))
    ways: dict[str, tuple[Callable[[Task], None], str]] = {
        "stop": (lambda task: task.stop.set(), "interrupted"),
        "Ctrl-C": (lambda task: os.kill(os.getpid(), signal.SIGINT), "interrupted"),
        "time": (lambda task: passed.__setitem__(0, 10_000.0), "time budget of 5000 s ended"),
    }
    return ways[request.param]


@pytest.mark.usefixtures("command")
def test_a_search_is_ended_at_once_with_what_it_has(ends: tuple[Callable[[Task], None], str]) -> None:
    end, reason = ends
    outcome, seconds = ended(Hours, end, at=20, seconds=5000)
    assert seconds < SOON
    assert outcome.stopped == reason
    known = outcome.verdicts["is_an_hour"]
    assert isinstance(known, Bounded) and known.depth >= 3
    missing = outcome.verdicts["thirteen"]
    assert isinstance(missing, Unknown) and missing.reason == f"{reason}; not seen to depth {known.depth}"


@pytest.mark.usefixtures("command")
def test_z3_itself_is_ended_at_once(ends: tuple[Callable[[Task], None], str]) -> None:
    end, reason = ends
    outcome, seconds = ended(Factors, end, seconds=5000)
    assert seconds < SOON
    assert outcome.stopped == reason
    assert outcome.verdicts["none"] == Unknown(reason)


@pytest.mark.parametrize("asked", [1, 12])
def test_what_z3_does_not_know_is_unknown(asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count = iter(range(1, 1 << 30))
    known = z3.Solver.check
    monkeypatch.setattr(z3.Solver, "check", lambda *given: known(*given) if next(count) < asked else z3.unknown)
    monkeypatch.setattr(z3.Solver, "reason_unknown", lambda solver: "(incomplete (theory arrays))")
    outcome, _ = ended(Hours, lambda task: None)
    reason = "Z3 does not know: (incomplete (theory arrays))"
    assert outcome.stopped == reason
    verdict = outcome.verdicts["is_an_hour"]
    assert verdict == Unknown(reason) if asked == 1 else isinstance(verdict, Bounded), verdict


def test_an_error_of_z3_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object) -> None:
        raise z3.Z3Exception(b"out of memory")

    monkeypatch.setattr(z3.Solver, "check", fails)
    outcome, _ = ended(Hours, lambda task: None)
    assert outcome.stopped == "Z3 gave up: b'out of memory'"
    assert outcome.verdicts["is_an_hour"] == Unknown(outcome.stopped)


def test_a_mistake_beside_z3_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """It happens in another thread, where nobody else would hear of it."""

    def fails(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(z3.Solver, "check", fails)
    with pytest.raises(ZeroDivisionError):
        ended(Hours, lambda task: None)


def test_what_is_in_a_sequence_is_one_of_its_items_and_no_other() -> None:
    made = program("""
class M(Model):
    q = Var(Seq(Range(4), 2))
    @action
    def put(self, v: Range(1, 3)):
        require(len(self.q) < 2)
        self.q.append(v)
    @action
    def take(self):
        require(len(self.q) > 0)
        self.q.pop(0)
    @sometimes
    def first(self):
        return 3 in self.q and len(self.q) == 1
    @sometimes
    def second(self):
        return 3 in self.q and self.q[0] == 2
    @always
    def never_0(self):
        return 0 not in self.q
""")
    verdicts = check(Task(made, select(made), Budget(max_depth=4), keep_going=True), BmcEngine()).verdicts
    found = {name: len(each.trace) for name, each in verdicts.items() if isinstance(each, Witnessed)}
    assert found == {"first": 2, "second": 3}
    assert isinstance(verdicts["never_0"], Bounded)


@pytest.mark.parametrize("temporal", [(), ("comes",)])
@pytest.mark.parametrize("asked", [True, False])
def test_how_a_step_fails_is_asked_where_somebody_wants_to_know(asked: bool, temporal: tuple[str, ...]) -> None:
    """That a loop goes on for longer than it was unrolled is asked in any case."""
    overrun, fault = SimpleNamespace(when=True, span=None), SimpleNamespace(when=True)
    forms = [SimpleNamespace(overruns=[overrun] * number, faults=[fault]) for number in (0, 2)]
    search: Any = SimpleNamespace(
        encoding=SimpleNamespace(forms=forms),
        ledger=SimpleNamespace(is_open=lambda name: asked and name == NO_FAILURE),
        _temporal=lambda: temporal,
        _fails=lambda form, depth: (form, depth),
    )
    found = bmc._Search._about_steps(search, 3)
    failing = [each.found for each in found if isinstance(each.found, tuple)]
    assert failing == ([(form, 3) for form in forms] if asked or temporal else [])
    assert len(found) == 2 + len(failing)
