"""The random walk: what it finds is so, what it does not find is never more than sampled, and a seed says it all."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from checker.check import check
from checker.commands.common import open_trace
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Sampling, Stats, Task
from checker.contract.trace import Failing
from checker.contract.verdict import Sampled, Unknown, Violated, Witnessed
from checker.engines.explicit import ExplicitEngine, WalkEngine, clock
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine import library
from checker.engines.explicit.native import block
from checker.engines.explicit.random_walk import engine as walk_module
from checker.engines.explicit.random_walk import initial_sample, shortcuts
from checker.engines.explicit.random_walk import runs as walker
from checker.engines.explicit.random_walk.runs import BATCH, RunEnd, Runs
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.lang import Model, Range, Seq, Var, action, always, choose, final, require, sometimes
from counterexamples.corpus.files import files
from tests.engines.explicit.support import judged, program_of
from tests.support.agreement import confirm_consistent
from tests.support.random_models import drawn


class Grid(Model):
    """Twelve ways to begin and twelve ways to go on."""

    first = Var(Range(0, 11))
    second = Var(Range(0, 12))

    def init(self):
        self.first = choose(range(12))
        self.second = 12

    @action
    def go(self, to: Range(0, 11)):
        require(self.second == 12)
        self.second = to

    @always
    def small(self):
        return self.first < 12

    @final
    def gone(self):
        return self.second < 12


class Countdown(Model):
    """Its far end is one of many; below it something cannot be evaluated, fails, or is stuck."""

    left = Var(Range(-1, 30))
    other = Var(Range(0, 1))

    def init(self):
        self.left = 30

    @action
    def down(self):
        require(self.left >= 0)
        self.left -= 1

    @action
    def up(self):
        require(self.left < 3)
        self.left += 1

    @always
    def has_a_quotient(self):
        return 10 // (self.left - 5) != 99

    @sometimes
    def comes_to_three(self):
        return self.left == 3


class Blocked(Model):
    """Stuck in one state of two that it can end in."""

    at = Var(Range(0, 4))

    @action
    def step(self):
        require(self.at < 3)
        self.at += 1

    @action
    def leave(self):
        require(self.at == 2)
        self.at = 4

    @final
    def left(self):
        return self.at == 4


class BadStart(Model):
    """One of its beginnings stores outside the type."""

    at = Var(Range(0, 3))
    on = Var(Range(0, 3))

    def init(self):
        self.at = choose(range(5))
        self.on = choose(range(4))

    @action
    def turn(self):
        self.on = 3 - self.on


class NoStart(Model):
    """Its `init` always fails."""

    row = Var(Seq(Range(2), 2))

    def init(self):
        self.row[1] = choose(range(2))

    @action
    def idle(self):
        pass

    @always
    def is_full(self):
        return len(self.row) == 2


def walked(program: Program, *names: str, runs: int = 200, steps: int = 60, seed: int = 0, **options: Any) -> Outcome:
    """What a walk says, after every trace has been replayed."""
    options.setdefault("budget", Budget())
    task = Task(program, names or judged(program), sampling=Sampling(runs, steps, seed), **options)
    return check(task, WalkEngine())


def compiled(model: type[Model]) -> Program:
    return compile_program(model())


def test_each_step_counts_once() -> None:
    stats = walked(compiled(Grid), runs=30, steps=5).stats
    assert (stats.runs, stats.steps, stats.generated) == (30, 30, 30 * 12)


@pytest.mark.parametrize("seed", range(6))
def test_it_never_says_what_an_exhaustive_search_denies(seed: int) -> None:
    program = drawn(Random(seed)).program()
    asked = judged(program)
    sampled = check(Task(program, asked, keep_going=True, sampling=Sampling(60, 40, seed)), WalkEngine())
    everything = check(Task(program, asked, Budget(max_states=20_000), keep_going=True), ExplicitEngine())
    for name in asked:
        confirm_consistent(name, sampled.verdicts[name], everything.verdicts[name])


@pytest.mark.parametrize(
    "name", ["zoo:Failing", "zoo:Stuck", "zoo:Crowd", "zoo:Symmetric", "zoo:Shapes", "spec.classics.diehard:DieHard"]
)
def test_it_finds_what_small_models_hide(name: str) -> None:
    program = program_of(name)
    found = walked(program, runs=400, keep_going=True).verdicts
    expected = check(Task(program, judged(program), keep_going=True), ExplicitEngine()).verdicts
    broken = {name for name, verdict in expected.items() if isinstance(verdict, (Violated, Witnessed))}
    assert {name for name, verdict in found.items() if isinstance(verdict, (Violated, Witnessed))} == broken
    assert broken


THOROUGH = "EVACHECK_THOROUGH" in os.environ
QUICK = {
    "ClaimsAboutOverflow-stage_three_condition_is_met",
    "CopyOnRead-values_do_not_return",
    "CopiesAtOnce-only_writes_change_values",
    "PlainStores-no_missed_mark",
    "DieHard-big_is_not_4",
    "Philosophers-no_deadlock",
}
LONGER = {"CollectedMap-dropped_while_marking_survives": 3}
MISSED = {"CollectedMap-no_failure", "CollectedMap-nothing_in_use_is_freed", "TwoSeeds-IterOnce"}


@pytest.mark.parametrize(
    "path",
    [path for path in files() if THOROUGH or path.name.removesuffix(".itf.json") in QUICK],
    ids=lambda path: path.name.removesuffix(".itf.json"),
)
def test_the_broken_models_are_found_and_their_traces_as_short_as_the_shortest(path: Path) -> None:
    """Some of them, or all: EVACHECK_THOROUGH=1, which takes a few minutes besides compiling."""
    label = path.name.removesuffix(".itf.json")
    program, shortest, name = open_trace(path)
    verdict = check(Task(program, (name,), workers=2), WalkEngine()).verdicts[name]
    if label in MISSED:
        assert isinstance(verdict, Sampled), "found by now: take it off the list"
    else:
        assert isinstance(verdict, Violated)
        assert len(verdict.trace) == len(shortest) + LONGER.get(label, 0)


def test_any_number_of_threads_and_any_repetition_gives_the_same() -> None:
    program = program_of("spec.classics.peterson:PetersonGivesWayFirst")
    outcomes = [walked(program, runs=500, steps=200, workers=workers, keep_going=True) for workers in (1, 2, 4, 1)]
    assert all(each.verdicts == outcomes[0].verdicts for each in outcomes)
    assert len({(each.stats.runs, each.stats.steps, each.stats.generated) for each in outcomes}) == 1
    assert isinstance(outcomes[0].verdicts["mutual_exclusion"], Violated) and outcomes[0].stats.runs == 500


def test_another_seed_makes_other_runs() -> None:
    program = program_of("spec.gc.marking:Marking", objects=1)
    steps = {seed: walked(program, "no_missed_mark", runs=50, seed=seed).stats.steps for seed in (0, 1, 2, 3, -1)}
    assert len(set(steps.values())) > 1
    assert steps == {seed: walked(program, "no_missed_mark", runs=50, seed=seed).stats.steps for seed in steps}


def test_every_beginning_and_every_step_is_as_likely_as_any_other() -> None:
    program = compiled(Grid)
    runs = list(first_steps(program, 3_000))
    for counted in (Counter(first for first, _ in runs), Counter(second for _, second in runs)):
        assert set(counted) == set(range(12))
        chi = sum((count - 250) ** 2 / 250 for count in counted.values())
        assert chi < 31.3, counted  # 11 degrees of freedom: one in a thousand is above


def test_a_run_that_ends_is_no_deadlock_unless_it_is_one() -> None:
    verdicts = walked(compiled(Blocked)).verdicts
    assert isinstance(verdicts[NO_DEADLOCK], Violated) and len(verdicts[NO_DEADLOCK].trace) == 4
    assert walked(compiled(Grid)).verdicts[NO_DEADLOCK] == Sampled(200)


def test_what_cannot_be_evaluated_or_fails_is_found_far_away() -> None:
    verdicts = walked(compiled(Countdown), steps=100, keep_going=True).verdicts
    failure = verdicts[NO_FAILURE]
    assert isinstance(failure, Violated) and isinstance(failure.trace.end, Failing)
    assert "evaluated" in str(verdicts["has_a_quotient"]) and isinstance(verdicts["has_a_quotient"], Unknown)
    assert len(failure.trace) == 26, "left is 5 after 25 steps"
    witness = verdicts["comes_to_three"]
    assert isinstance(witness, Witnessed) and len(witness.trace) == 28


def test_no_run_begins_where_every_outcome_of_init_fails() -> None:
    outcome = walked(compiled(NoStart), keep_going=True)
    assert isinstance(outcome.verdicts["no_failure"], Violated)
    assert outcome.verdicts["is_full"] == outcome.verdicts["no_deadlock"] == Unknown("'init' fails")
    assert outcome.stats.runs == 0


def test_too_many_beginnings_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial_sample, "MOST_BYTES", 0)
    monkeypatch.setattr("checker.engines.explicit.worker._OUT_ROWS", 2)
    outcome = walked(compiled(Grid), runs=50)
    assert outcome.verdicts["small"] == Sampled(50)
    assert outcome.notes == ("Runs began in 512 initial states drawn at random: there are too many to list.",)
    failing = walked(compiled(BadStart), runs=50).verdicts[NO_FAILURE]
    assert isinstance(failing, Violated) and not failing.trace.states


@pytest.mark.parametrize("keep_going", [False, True])
def test_init_that_fails_is_a_failure(keep_going: bool) -> None:
    outcome = walked(compiled(BadStart), keep_going=keep_going)
    failing = outcome.verdicts[NO_FAILURE]
    assert isinstance(failing, Violated) and isinstance(failing.trace.end, Failing) and not failing.trace.states
    assert isinstance(outcome.verdicts[NO_DEADLOCK], Sampled if keep_going else Unknown)


def test_a_model_without_a_beginning_holds_nothing() -> None:
    class Never(Model):
        at = Var(Range(0, 1))

        def init(self):
            require(self.at == 1)

        @action
        def stay(self):
            self.at = self.at

    with pytest.raises(ModelError, match="no initial state"):
        walked(compiled(Never))


def test_a_budget_and_an_interrupt_keep_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time jumps once there have been runs: how many there are in a second depends on who else is at work."""
    program = program_of("spec.gc.marking:Marking", objects=3)
    passed = [0.0]

    def jumps(stats: Stats) -> None:
        passed[0] = 1000.0 if stats.runs >= 100 else 0.0

    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))
    budget = Budget(seconds=600)
    ended = walked(program, "no_missed_mark", "marking_ends", runs=10**9, budget=budget, progress=jumps)
    assert ended.stopped == "time budget of 600 s ended"
    held = ended.verdicts["no_missed_mark"]
    assert isinstance(held, Sampled) and 0 < held.runs == ended.stats.runs < 10**9
    assert isinstance(ended.verdicts["marking_ends"], Witnessed), "found before the time was over"
    stop = threading.Event()
    reports: list[Stats] = []

    def progress(stats: Stats) -> None:
        reports.append(stats)
        stop.set()

    stopped = walked(program, "no_missed_mark", runs=10**9, stop=stop, progress=progress, workers=2)
    assert stopped.stopped == "interrupted" and reports[0].doing.endswith("steps")


def test_a_long_run_is_looked_at_in_pieces() -> None:
    outcome = walked(compiled(Countdown), "comes_to_three", runs=1, steps=100_000)
    assert outcome.stats.steps < 100_001


def test_what_nobody_asked_for_is_not_judged() -> None:
    for asked, judged_ in ((("comes_to_three",), ["comes_to_three"]), ((NO_FAILURE,), ["has_a_quotient"])):
        walk = walk_module._Walk(Task(compiled(Countdown), asked))
        walk._prepare()
        assert walk._wanted() == judged_
        assert (walk._open(NO_FAILURE), walk._open(NO_DEADLOCK)) == (NO_FAILURE in asked, False)


@pytest.mark.parametrize(
    ("better", "left", "steps"),
    [
        ([], 7, 1),
        ([5, 4], 4, 1),
        ([5, "fails", 3], 5, 1),
        ([5, "judges others", 3], 5, 1),
        ([5, 2, 1], 2, 1),
        ([3, 2], 2, 1),
        ([6, 5, 4], 5, walk_module.HUNT // 2),
        ([6, 5, 4], 6, walk_module.HUNT),
        ([6, 5, 4], 5, walk_module.HUNT - 1),
    ],
)
@pytest.mark.parametrize("name", ["small", NO_FAILURE, NO_DEADLOCK])
def test_further_runs_look_for_what_shows_the_same_in_fewer_steps(
    name: str, better: list[Any], left: int, steps: int
) -> None:
    """They stop at what shows something else, where nothing can be shorter, and after so many steps."""
    asked, prepared, found = [], [], iter(better)
    sampling = Sampling(100, 40, 3)

    def next_finding(name: str, first: int, most: int) -> RunEnd | None:
        asked.append((name, first, most))
        stand_in.steps += steps
        length = next(found, None)
        if length is None:
            return None
        shows = (("small",), True) if length == "fails" else (("other",), False)
        judged, failing = (("small",), False) if isinstance(length, int) else shows
        rows = tuple((at,) for at in range(length if isinstance(length, int) else 3))
        return RunEnd(first + 2, rows, failing, judged)

    hunter = walk_module._Walk(Task(compiled(Grid), ("small",), sampling=sampling))
    stand_in = SimpleNamespace(steps=50, prepare=lambda *given: prepared.append(given), next_finding=next_finding)
    begin: Any = object()
    hunter.walkers, hunter.begin = [stand_in], begin  # type: ignore[list-item]
    first = RunEnd(3, tuple((at,) for at in range(7)), False, ("small",))
    finding = hunter._hunted(name, first)
    assert len(finding.chain) == left
    assert asked == [(name, 100 + 3 * at, walk_module.HUNT - steps * at) for at in range(len(asked))]
    lengths = [7, *(each for each in better if isinstance(each, int))]
    judges = ("small",) if name == NO_FAILURE else (name,)
    wanted = [
        (begin, Sampling(100, length - 2, 3), judges, name == NO_FAILURE, name == NO_DEADLOCK)
        for length in lengths[: len(asked)]
    ]
    assert prepared == wanted and len(asked) in (1, 2, 3)


def first_steps(program: Program, runs: int) -> Iterator[tuple[int, int]]:
    """Where runs of one step begin, and where they end."""
    walk = walk_module._Walk(Task(program, ("small",)))
    walk._prepare()
    walker, decode = walk.walkers[0], walk.emitted.layout.decoder()
    walker.prepare(walk.begin, Sampling(runs, 2, 0), (), False, False)
    for run in range(runs):
        walker.take(run, run + 1)
        walker.go_on(1)
        first, last = (decode(row) for row in walker._chain())
        yield int(str(first[0])), int(str(last[1]))


class Scripted:
    """A walker that finds what it is told in some runs; those before run 16 wait until a later one has been found."""

    later = threading.Event()

    def __init__(self, found: dict[int, dict[str, RunEnd]]) -> None:
        self.block = {block.BEGIN: 0, block.END: 0}
        self.first = self.steps = self.generated = 0
        self._found = found

    def take(self, begin: int, end: int) -> None:
        self.block = {block.BEGIN: begin, block.END: end}

    def go_on(self, most: int) -> dict[str, RunEnd] | None:
        while self.block[block.BEGIN] < self.block[block.END]:
            run = self.block[block.BEGIN]
            if run < BATCH:
                self.later.wait(10)
            if run in self._found:
                found = self._found.pop(run)
                if run >= BATCH:
                    threading.Timer(0.1, self.later.set).start()
                return found
            self.block[block.BEGIN] += 1
        return None


def test_the_lowest_run_is_believed_whoever_comes_first() -> None:
    found = {run: {"p": RunEnd(run, ((run,),))} for run in (5, 9, 20, 40)}
    runs = Runs(100, lambda found: min((each.run for each in found.values()), default=None))
    runs.make([Scripted(found), Scripted(found)], lambda: None)  # type: ignore[list-item]
    assert runs.found == {"p": RunEnd(5, ((5,),))}
    assert runs.made().runs == BATCH, "the batch is made to its end"


def test_a_state_with_too_many_next_ones_ends_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walker, "MOST_BYTES", 64)
    monkeypatch.setattr("checker.engines.explicit.worker._OUT_ROWS", 4)
    outcome = walked(compiled(Grid), runs=5)
    assert outcome.stopped == "a state with more than 4 next ones ended the walk"
    assert outcome.verdicts["small"] == Unknown(outcome.stopped)


def test_shorter_ways_are_looked_for_from_every_state_of_a_behaviour_and_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = program_of("spec.classics.diehard:DieHard")
    emitted = emit_program(program)
    chain = [emitted.layout.encode(state) for state in [(0, 0), (3, 0), (0, 3), (3, 3), (2, 4)]]
    asked: list[object] = []

    def nearest(_: object, starts: Sequence[object], *__: object) -> None:
        asked.extend(starts)

    monkeypatch.setattr(shortcuts.Shortcuts, "_nearest", nearest)
    model = library.load_model(emitted.modules, thorough=False)
    found = shortcuts.Shortcuts(program, emitted, model, threading.Event())
    assert found.shortened("big_is_not_4", RunEnd(0, tuple(chain)), chain[:1]) == chain
    assert asked == [*chain[-2::-1] * len(shortcuts.FROM_A_STATE), chain[0]]
