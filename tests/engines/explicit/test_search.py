"""Budgets end a run with what was covered; workers change nothing; the cache is never believed blindly."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker import cache
from checker.contract.task import Budget, Engine, Stats
from checker.contract.verdict import Bounded, Unknown
from checker.engines.common.clock import Stopped
from checker.engines.explicit import ExplicitEngine, WalkEngine, clock, engine, search
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.compiling import CompilerEnded
from checker.engines.explicit.native import block
from checker.engines.explicit.path import Pathfinder
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State, Worker
from tests.engines.explicit.support import counts, gist, program_of, run
from tests.frontend.support import program

MARKING = "spec.gc.marking:Marking"


def test_any_number_of_workers_gives_the_same() -> None:
    program = program_of("spec.gc.marking:ArticleMarking")
    outcomes = [run(program, workers=workers) for workers in (1, 2, 3)]
    assert len({counts(outcome) for outcome in outcomes}) == 1
    assert outcomes[0].verdicts == outcomes[1].verdicts == outcomes[2].verdicts


def test_a_state_budget_is_exact() -> None:
    outcome = run(program_of(MARKING), budget=Budget(max_states=5_000))
    assert outcome.stopped == "state budget of 5,000 ended"
    assert outcome.stats.distinct == 5_000
    assert outcome.verdicts["no_missed_mark"] == Bounded(outcome.stats.depth), "complete levels"
    verdict = outcome.verdicts["garbage_floats"]
    assert isinstance(verdict, Unknown)
    assert verdict.reason.startswith("state budget of 5,000 ended after 5,000 states, depth ")
    assert verdict.unseen == outcome.stats.depth


def test_a_state_budget_that_just_suffices_is_no_limit() -> None:
    program = program_of("spec.classics.peterson:Peterson")
    assert run(program, budget=Budget(max_states=32)).stopped is None
    assert run(program, budget=Budget(max_states=31)).stopped is not None


def test_a_time_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time jumps when states have been found: how many are found in a second depends on who else is at work."""
    passed = [0.0]

    def progress(stats: Stats) -> None:
        passed[0] = 1000.0 if stats.distinct else 0.0

    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))
    outcome = run(program_of(MARKING, objects=3), budget=Budget(seconds=600), progress=progress)
    assert outcome.stopped == "time budget of 600 s ended"
    assert 0 < outcome.stats.distinct < 20_383_625


def test_a_memory_budget() -> None:
    outcome = run(program_of(MARKING, objects=3), budget=Budget(memory=20 << 20))
    assert outcome.stopped == "memory budget of 20 MiB ended"
    assert isinstance(outcome.verdicts["no_missed_mark"], Bounded)


def test_ctrl_c_before_the_trace_leaves_no_bound_beyond_the_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupts(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pathfinder, "chains", interrupts)
    outcome = run(program_of("spec.gc.marking:ArticleMarking"))
    assert outcome.stopped == "interrupted"
    verdict = outcome.verdicts["no_missed_mark"]
    assert verdict == Bounded(outcome.stats.depth - 1), "the violation is at the last depth"


@pytest.mark.parametrize("workers", [1, 2])
def test_stop_from_outside(workers: int) -> None:
    stop = threading.Event()
    reports: list[Stats] = []

    def progress(stats: Stats) -> None:
        reports.append(stats)
        if len(reports) == 2:
            stop.set()

    outcome = run(program_of(MARKING, objects=3), workers=workers, stop=stop, progress=progress)
    assert outcome.stopped == "interrupted"
    assert len(reports) == 2


def test_a_damaged_cache_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    program = program_of("spec.classics.diehard:DieHard")
    first = run(program)
    for file in (tmp_path / "native").iterdir():
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    second = run(program)
    assert {n: gist(v) for n, v in first.verdicts.items()} == {n: gist(v) for n, v in second.verdicts.items()}
    assert all(cache.read(file.parent, file.stem) is not None for file in (tmp_path / "native").iterdir())


def test_a_model_seen_before_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of("spec.classics.diehard:DieHard")
    first = run(program)
    monkeypatch.setattr(library, "compiled", None)
    assert run(program).stats.distinct == first.stats.distinct


@pytest.mark.parametrize("name", ["spec.classics.diehard:DieHard", "spec.classics.two_phase:TwoPhaseSymmetric"])
def test_a_search_that_takes_long_goes_on_with_faster_code_and_finds_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    asked: list[bool] = []
    compiled = library.compiled

    def noted(source: str, names: Sequence[str], module: str, thorough: bool) -> bytes:
        asked.append(thorough)
        return compiled(source, names, module, thorough)

    monkeypatch.setattr(library, "compiled", noted)
    first = run(program_of(name))
    assert asked.count(False) == 2 and asked.count(True) == 1, "the kernels thoroughly, the model quickly"
    monkeypatch.setattr(engine, "_PATIENCE", 0.0)
    second = run(program_of(name))
    assert asked[3:] == [True, True]
    monkeypatch.setattr(library, "compiled", None)
    third = run(program_of(name))
    for other in (second, third):
        assert {n: gist(v) for n, v in other.verdicts.items()} == {n: gist(v) for n, v in first.verdicts.items()}
        assert counts(other) == counts(first)


@pytest.mark.parametrize("ended", [MemoryError(), CompilerEnded("by signal 9")])
def test_a_search_goes_on_as_it_is_where_faster_code_cannot_be_had(
    ended: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_of("spec.classics.diehard:DieHard")
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    first = run(program)
    asked: list[str] = []

    def ends(source: str, *_: object) -> bytes:
        asked.append(source)
        raise ended

    monkeypatch.setattr(library, "compiled", ends)
    monkeypatch.setattr(engine, "_PATIENCE", 0.0)
    second = run(program)
    assert len(asked) == 1
    assert counts(second) == counts(first)
    assert {n: gist(v) for n, v in second.verdicts.items()} == {n: gist(v) for n, v in first.verdicts.items()}


def test_a_search_goes_on_after_it_was_asked_for_parents() -> None:
    """Found by the random walk: culprits were noted beyond the memory that `parents` left."""
    program = program_of("spec.classics.diehard:DieHard")
    emitted = emit_program(program)
    kernels, model = library.load_kernels(), library.load_model(emitted.modules)
    search = Search(emitted, kernels, model, 1, 1 << 28, Clock(Budget(), threading.Event(), None))
    search.initial()
    found: dict[int, State] = {}
    while not found:
        search.expand()
        search.parents([(0,) * emitted.layout.words], 1)
        found = search.judge([emitted.judged.index("big_is_not_4")])
    assert len(search.levels) == 7
    assert len(search.workers[0].best) >= (block.FIRST_PROPERTY + 2 * len(emitted.judged)) * (emitted.layout.words + 1)


def test_of_several_threads_problems_the_first_is_heard_of_once() -> None:
    emitted = emit_program(program_of("spec.classics.diehard:DieHard"))
    kernels, model = library.load_kernels(), library.load_model(emitted.modules)
    search = Search(emitted, kernels, model, 1, 1 << 28, Clock(Budget(), threading.Event(), None))
    for problem in (Stopped("first"), ValueError("second")):
        search._fail(problem)
    with pytest.raises(Stopped, match="first"):
        search._raise_problem()
    search._raise_problem()


@pytest.mark.parametrize("engine", [ExplicitEngine(), WalkEngine()])
def test_what_goes_wrong_in_a_thread_is_heard_of(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Python drops an exception of a thread: states would be missing, and what is left would be called all."""
    call = Worker.call

    def fails(worker: Worker, kernel: str) -> int:
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError("in a thread")
        return call(worker, kernel)

    monkeypatch.setattr(Worker, "call", fails)
    with pytest.raises(ZeroDivisionError):
        run(program_of(MARKING, objects=2), engine, workers=2)


def test_what_goes_wrong_while_the_table_grows_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    enter = Search._enter

    def fails(search: Search, queue: Any, worker: Worker) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError("while the table grows")
        enter(search, queue, worker)

    monkeypatch.setattr(Search, "_enter", fails)
    with pytest.raises(ZeroDivisionError):
        run(program_of(MARKING, objects=2), workers=2)


def test_a_deep_search_does_not_go_through_all_its_levels_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be to come was worked out at every level, and not where it is said: 10,000 states, one after the other,
    took 16 s of processor time."""
    asked: list[int] = []
    monkeypatch.setattr(search, "to_come", lambda sizes: asked.append(len(sizes)))
    line = """
class Line(Model):
    x = Var(Range(300))

    @action
    def go(self):
        require(self.x < 299)
        self.x += 1
"""
    assert run(program(line)).stats.depth == 300
    assert len(asked) <= 1
