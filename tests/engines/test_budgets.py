"""Budgets bound everything: what runs away ends when its time or memory does, and says which limit it was.

Times are of a machine that may be slow and busy: SLACK is what may come on top of a budget, for starting and ending;
what does not end would take hours. Where something must have been found before, the time jumps when it has.
"""

from __future__ import annotations

import ctypes
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker import portfolio
from checker.alternatives import several
from checker.check import engine as engine_of
from checker.contract.task import Budget, Outcome, Task
from checker.contract.verdict import Bounded, Exhausted, Unknown
from checker.engines.common.clock import INTERRUPTED, MACHINE_MEMORY, ended_by
from checker.engines.explicit import ExplicitEngine, WalkEngine
from checker.engines.explicit import clock as explicit_clock
from checker.engines.explicit.machine import compiling
from checker.engines.explicit.machine.compiling import compiled_apart
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import intrinsics
from checker.engines.explicit.search import Search
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic.bmc import Rounds
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.unrolling import Unrolling
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.lang import Array, Model, Range, Var, action, always, choose, require
from checker.memory import resident
from checker.pause import watched
from checker.portfolio import TRIAL_ROUNDS, _trial
from checker.semantics.choices import _Rest
from checker.signals import Terminated
from tests.support import forked

MANY = 3_000_000_000
SLACK = 60.0


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


class ManyVectors(Model):
    """One step with a million million vectors of choices, none of which is possible."""

    x = Var(Range(8))

    @action
    def go(self):
        a, b, c = choose(range(10_000)), choose(range(10_000)), choose(range(10_000))
        require((a * b + c) % 7 == 8)
        self.x = 1

    @always
    def small(self):
        return self.x < 8


class ManyStartingVectors(Model):
    """The same before anything begins."""

    x = Var(Range(8))

    def init(self):
        a, b, c = choose(range(10_000)), choose(range(10_000)), choose(range(10_000))
        require((a * b + c) % 7 == 8)
        self.x = 1

    @action
    def go(self):
        self.x = 2

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

    @always
    def never(self):
        return self.x != 38_999_999


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


@pytest.mark.parametrize("model", [ManyStartingVectors, ManyChoices, ManyVectors])
def test_compiled_code_heeds_time_within_one_step_that_chooses(
    model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went through all choices before it looked at a clock. The time is over as soon as that begins."""
    passed = [0.0]
    monkeypatch.setattr(explicit_clock, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))

    first = "initial" if model is ManyStartingVectors else "expand"
    begins = getattr(Search, first)

    def begun(search: Search, *given: Any) -> Any:
        passed[0] = 1000.0
        return begins(search, *given)

    monkeypatch.setattr(Search, first, begun)
    began = time.monotonic()
    outcome = ExplicitEngine().run(Task(compile_model(model, {}), ("small", "no_failure"), Budget(seconds=600.0)))
    assert time.monotonic() - began < SLACK
    assert outcome.stopped == "time budget of 600 s ended"
    assert isinstance(outcome.verdicts["no_failure"], Unknown)
    assert isinstance(outcome.verdicts["small"], Unknown if model is ManyStartingVectors else Bounded)


def test_compiled_code_heeds_memory_within_one_step() -> None:
    """The next states of one state took what they wanted."""
    task = Task(compile_model(ManyChoices, {}), ("small", "no_failure"), Budget(memory=16 << 20))
    before = resident()
    outcome = ExplicitEngine().run(task)
    assert resident() - before < 64 << 20
    assert outcome.stopped == "memory budget of 16 MiB ended"
    assert outcome.verdicts["small"] == Bounded(1)


@pytest.mark.parametrize("model", [ManyStartingVectors, ManyVectors])
def test_a_walk_heeds_time_within_one_step_that_chooses(model: type[Model]) -> None:
    began = time.monotonic()
    outcome = WalkEngine().run(Task(compile_model(model, {}), ("small", "no_failure"), Budget(seconds=1.0)))
    assert time.monotonic() - began < 1.0 + SLACK
    assert outcome.stopped is not None and outcome.stopped.startswith("time budget of 1 s ended")
    assert all(isinstance(each, Unknown) for each in outcome.verdicts.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_is_heard_by_compiled_code_within_one_step_that_chooses(workers: int, tmp_path: Path) -> None:
    """The main thread hears it, and runs compiled code itself. It comes when the long step has begun; in a process of
    its own, since others of these tests have changed what signals do."""
    expand = Search.expand

    def expanding(search: Search, *given: Any) -> Any:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        return expand(search, *given)

    def run() -> None:
        signal.set_wakeup_fd(-1)
        Search.expand = expanding  # type: ignore[method-assign]
        task = Task(compile_model(ManyVectors, {}), ("small", "no_failure"), Budget(), workers=workers)
        with patched_alarm():
            began = time.monotonic()
            outcome = ExplicitEngine().run(task)
        assert time.monotonic() - began < SLACK
        assert outcome.stopped == INTERRUPTED
        assert outcome.verdicts["small"] == Bounded(1)
        assert outcome.verdicts["no_failure"] == Unknown("interrupted after 1 state, depth 1")
        print("heard")

    done = forked.command(tmp_path, [], main=run)
    assert (done.stdout, done.returncode) == ("heard\n", 0), done.stderr


@contextmanager
def patched_alarm() -> Iterator[None]:
    """Within this the timer does what Ctrl-C does."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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


@pytest.fixture
def endless_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was compiled before, and the compiler's process never ends by itself."""
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    monkeypatch.setattr(compiling, "_SHORT", -1)
    monkeypatch.setattr(compiling, "_CODE", "import time\nwhile True: time.sleep(1)")


@pytest.mark.usefixtures("endless_compiler")
@pytest.mark.parametrize("engine", ["explicit", "walk", "auto"])
def test_time_ends_compiling(engine: str) -> None:
    """20 s became 102 s: the compiler went on to its end, whatever the time was."""
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


def test_a_file_of_the_users_called_enum_does_not_stop_the_compilers_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process looked into the current folder first, and Python itself could not start there."""
    (tmp_path / "enum.py").write_text("raise SystemExit('not yours')\n")
    monkeypatch.chdir(tmp_path)
    source = f"from {intrinsics.__name__} import number\n\ndef one(a: number) -> number:\n    return 1\n"
    assert Library([(compiled_apart(source, ["one"], ""), ["one"])]).function("one", 1)(0) == 1


@pytest.mark.parametrize("engine", ["explicit", "walk", "auto"])
def test_a_compiler_that_is_killed_ends_as_unknown_with_the_reason(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was a traceback: what ends processes for want of memory takes the compiler first."""
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    began = time.monotonic()
    monkeypatch.setattr(compiling, "_SHORT", 0)
    monkeypatch.setattr(compiling, "_CODE", "import os, signal; os.kill(os.getpid(), signal.SIGKILL) # {}")
    outcome = engine_of(engine).run(Task(compile_model(Counts, {}), ("never",), Budget(seconds=60.0, since=began)))
    assert outcome.stopped is not None
    assert outcome.stopped.startswith("the compiler was ended by signal 9, perhaps for want of memory")
    assert isinstance(outcome.verdicts["never"], Bounded if engine == "auto" else Unknown)
    assert time.monotonic() - began < 60


def test_a_compiler_without_memory_ends_as_unknown_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was a traceback of the process that compiles."""
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    monkeypatch.setattr(compiling, "_SHORT", 0)
    code = "import sys; sys.path.append({!r}); from tests.engines.test_budgets import compile_without_memory as f; f()"
    monkeypatch.setattr(compiling, "_CODE", code)
    outcome = engine_of("explicit").run(Task(compile_model(Counts, {}), ("never",), Budget(seconds=60.0)))
    assert outcome.stopped is not None and outcome.stopped.startswith(MACHINE_MEMORY)
    assert isinstance(outcome.verdicts["never"], Unknown)


def compile_without_memory() -> None:
    """What the process that compiles does where the machine has too little for it."""

    def wanting(*_: object) -> bytes:
        raise MemoryError

    compiling._compiled = wanting
    compiling.main()


class Wide(Model):
    """A state of forty numbers, of which a step moves all."""

    Place = Range(40)
    x = Var(Array(Place, Range(8)))

    @action
    def go(self):
        self.x = [(self.x[i] + 1) % 8 for i in self.Place]

    @always
    def small(self):
        return self.x[0] < 8


def test_bmc_looks_up_between_the_formulas_of_a_wide_state() -> None:
    """8 s became 19 s with a thousand variables."""
    encoding = Encoding(compile_model(Wide, {}), Rounds())
    unrolling, looks = Unrolling(encoding), list[int]()
    assert encoding.forms and encoding.init
    for write in (unrolling.begins, lambda: unrolling.step, lambda: unrolling.goes(0)):
        before = len(looks)
        with watched(lambda: looks.append(1)):
            write()
        assert len(looks) - before >= 40


class Grid(Model):
    """Eight states, and a property that goes through 60 x 60 x 60 pairs in each: 59 seconds were spent on a trial."""

    x = Var(Range(8))

    @action
    def go(self):
        self.x = (self.x + 1) % 8

    @always
    def small(self):
        return all(a * b + c >= 0 and self.x < 8 for a in range(60) for b in range(60) for c in range(60))


def test_the_trial_of_auto_counts_the_rounds_of_loops() -> None:
    trial = _trial(Task(compile_model(Grid, {}), ("small",)))
    assert trial is not None and trial.stopped == f"round budget of {TRIAL_ROUNDS:,} ended"


@pytest.mark.usefixtures("endless_compiler")
def test_auto_goes_on_with_the_reference_engine_while_the_other_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was nearly finished was thrown away for one that was never ready."""
    monkeypatch.setattr(portfolio, "TRIAL_WORK", 50)
    program = compile_model(LongLine, {})
    outcome = engine_of("auto").run(Task(program, ("small",), Budget(seconds=60.0)))
    assert outcome.engine == "reference" and outcome.stopped is None
    assert outcome.verdicts["small"] == Exhausted(400)
    assert not list(tmp_path.rglob("*.bin"))


class LongLine(Model):
    """More states than a trial of no patience looks at, and few enough to be done before anything is compiled."""

    x = Var(Range(400))

    @action
    def go(self):
        self.x = (self.x + 1) % 400

    @always
    def small(self):
        return self.x < 400


@pytest.mark.parametrize("seconds", [None, 100.0])
def test_a_solver_of_auto_has_its_own_time(seconds: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty seconds for the solvers counted from the start of a search that had taken longer."""
    given: list[Budget] = []

    class Solver:
        def run(self, task: Task) -> Outcome:
            given.append(task.budget)
            raise StopIteration

    monkeypatch.setattr(portfolio, "symbolic", lambda _: Solver())
    task = Task(compile_model(LongLine, {}), ("small",), Budget(seconds=seconds, since=time.monotonic() - 80))
    with pytest.raises(StopIteration):
        engine_of("all").run(task)
    assert given[0].since is None and given[0].seconds is not None
    assert given[0].seconds == 60.0 if seconds is None else 9 < given[0].seconds <= 10


@pytest.mark.parametrize("kind", [KeyboardInterrupt, Terminated, ValueError])
def test_a_signal_that_comes_while_ctypes_makes_an_argument_ends_a_run_as_any_other(kind: type[BaseException]) -> None:
    """Z3 is called through ctypes, which made an ArgumentError of Ctrl-C: a traceback, and all that was found lost."""

    class Interrupted:
        @classmethod
        def from_param(cls, value: object) -> object:
            raise kind

    call = ctypes.CFUNCTYPE(None, Interrupted)(lambda _: None)
    if kind is ValueError:
        with pytest.raises(ctypes.ArgumentError):
            ended_by(lambda: call(1))
    else:
        assert ended_by(lambda: call(1)) == INTERRUPTED
