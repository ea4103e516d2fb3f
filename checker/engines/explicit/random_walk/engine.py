"""The engine `walk`: random behaviours over compiled code. What none of them violates is `Sampled`, and never more.

The runs are numbered, and each follows from the seed and its number; a finding is that of the lowest run that has it.
So verdicts and traces do not depend on the number of threads, unless a budget or Ctrl-C ended the walk.

A behaviour that violates something is made shorter before it is shown: loops are cut out, further runs of fewer steps
and searches from its states look for a shorter one, then steps are left out one by one.
"""

from __future__ import annotations

import time
from dataclasses import replace

from checker.contract.task import (
    INIT_FAILED,
    INIT_FAILS,
    NO_DEADLOCK,
    NO_FAILURE,
    Outcome,
    Sampling,
    Stats,
    Task,
    no_initial_state,
)
from checker.contract.trace import Failing, Trace
from checker.contract.verdict import Sampled, Unknown, Verdict, Violated, Witnessed
from checker.engines.common.clock import INTERRUPTED, Stopped, ended_by
from checker.engines.common.ledger import cannot_be_evaluated
from checker.engines.common.shorten import shortened
from checker.engines.common.temporal import without_temporal
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.implementing import all_implemented
from checker.engines.explicit.lemmas import without_parameters
from checker.engines.explicit.machine import library
from checker.engines.explicit.random_walk.initial_sample import Beginnings
from checker.engines.explicit.random_walk.runs import Counts, RunEnd, Runs, Walker
from checker.engines.explicit.random_walk.shortcuts import Shortcuts

HUNT = 20_000
"""Steps that further runs may take to find a shorter behaviour: compiled, some milliseconds. Of the map under its
collector (21 states), a crowded map (15), concurrent writers (15) and marking without a barrier (13), 0, 2,000, 20,000
and 200,000 came to the same, and what time differed went either way: the searches from its states that follow had found
as short a one. What it does where states have too many steps to search from was not measured."""

_FEW_STEPS = 500_000
"""Steps of all runs that take less time than compiling thoroughly."""

_MOST_TRIED = 2_000  # steps that the interpreter tries to make one shorter and plainer


class WalkEngine:
    """Random behaviours over compiled code."""

    name = "walk"

    def run(self, task: Task) -> Outcome:
        """Violations found, and for the rest how many runs did not show one."""
        return without_temporal(task, self.name, lambda part: without_parameters(part, _walked))


def _walked(task: Task) -> Outcome:
    return _Walk(replace(task, sampling=task.sampling.within(task.budget))).outcome()


class _Walk:
    """One task on its way to an outcome."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.program = task.program
        self.clock = Clock(task.budget, task.stop, task.progress)
        self.compile_seconds = 0.0
        self.walkers: list[Walker] = []
        self.found: dict[str, RunEnd] = {}
        self.begin_failure: Trace | None = None
        self.notes: list[str] = []
        self.verdicts: dict[str, Verdict] = {}
        self.stopped: str | None = None
        self.runs: Runs | None = None
        self.counts: Counts | None = None

    def outcome(self) -> Outcome:
        """Walk, then say what was found."""
        self.stopped = ended_by(self._walk) or self.stopped
        verdicts = {name: self.verdicts.get(name) or self._undecided(name) for name in self.task.properties}
        return Outcome((WalkEngine.name,), verdicts, self._stats(), self.stopped, notes=tuple(self.notes))

    def _walk(self) -> None:
        self._prepare()
        if self.begin.count and (self.begin_failure is None or self.task.keep_going):
            self._make_runs(self.task.sampling)
        self.verdicts = self._verdicts()

    # -- the runs ------------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Emit, compile or load, and find out where runs can begin."""
        began, sampling = time.perf_counter(), self.task.sampling
        emitted = emit_program(self.program)
        library.dump(emitted.source)
        with self.clock.compiling():
            kernels = library.load_kernels("random_walk.kernel")
            model = library.load_model(emitted.modules, thorough=sampling.runs * sampling.steps > _FEW_STEPS)
        self.compile_seconds = time.perf_counter() - began
        self.emitted = emitted
        self.implemented = all_implemented(self.program)
        look = self.clock.look
        with self.clock.compiling():
            first = Walker(emitted, kernels, model, look, self.implemented)
        begin = Beginnings(self.program, first, emitted.layout, model, self.task.sampling.seed, self._check)
        if begin.failure is not None and NO_FAILURE in self.task.properties:
            self.begin_failure = begin.failure
        elif begin.failure is not None and not begin.count:
            raise Stopped(INIT_FAILS if begin.complete else INIT_FAILED)
        elif not begin.count and begin.complete:
            raise no_initial_state(self.program)
        elif not begin.count:
            raise Stopped("no initial state was drawn: init refuses too many of its choices")
        if not begin.complete:
            self.notes.append(
                f"Runs began in {begin.count:,} initial states drawn at random: there are too many to list."
            )
        self.begin = begin
        self.walkers = [
            first,
            *(Walker(emitted, kernels, model, look, self.implemented) for _ in range(self.task.workers - 1)),
        ]

    def _make_runs(self, sampling: Sampling) -> None:
        """All runs, or those up to what ends them; what was found is kept, even if a budget ends them."""
        for walker in self.walkers:
            walker.prepare(self.begin, sampling, self._wanted(), self._open(NO_FAILURE), self._open(NO_DEADLOCK))
        self.runs = Runs(sampling.runs, self._ends)
        try:
            self.runs.make(self.walkers, self._check)
        except Stopped as reason:
            self.stopped = str(reason)
        finally:
            self.counts = self.runs.made()
        self.found = dict(self.runs.found)

    def _check(self) -> None:
        """Report if it is time; Stopped if the walk has to end."""
        self.clock.check(self._stats)

    def _open(self, name: str) -> bool:
        return name in self.task.properties

    def _wanted(self) -> list[str]:
        """The properties to judge: those asked for, and those that could fail to have a value."""
        fallible = self.emitted.fallible if self._open(NO_FAILURE) else frozenset()
        known = (*self.emitted.judged, *self.emitted.pairs.judged, *(each.name for each in self.implemented))
        return [name for name in known if self._open(name) or name in fallible]

    def _ends(self, found: dict[str, RunEnd]) -> int | None:
        """The run after which nothing needs to be looked at any more, as far as one can say from what was found."""
        last = [found[name].run if name in found else None for name in self.task.properties]
        known = [run for run in last if run is not None]
        every = max(known) if len(known) == len(last) and known else None
        violations = [finding.run for name, finding in found.items() if self._is_violation(name, finding)]
        first = min(violations) if violations and not self.task.keep_going else None
        return min((run for run in (every, first) if run is not None), default=None)

    def _is_violation(self, name: str, finding: RunEnd) -> bool:
        if name not in self.task.properties or self.program.witnessed(name):
            return False
        return name == NO_FAILURE or not finding.failing

    # -- verdicts ------------------------------------------------------------------------------------------------------

    def _verdicts(self) -> dict[str, Verdict]:
        """The verdicts on what was found."""
        verdicts: dict[str, Verdict] = {}
        if self.begin_failure is not None:
            verdicts[NO_FAILURE] = Violated(self.begin_failure)
        for name, finding in self.found.items():
            if name in self.task.properties and name not in verdicts:
                verdicts[name] = self._verdict(name, finding)
        return verdicts

    def _verdict(self, name: str, finding: RunEnd) -> Verdict:
        """What a behaviour to this finding means."""
        finding = finding.without_loops()
        ways = Shortcuts(self.program, self.emitted, self.walkers[0].model, self.task.stop, self.implemented)
        if finding.failing and name != NO_FAILURE:
            end = ways.trace(name, ways.canonical(finding.chain), finding).end
            assert isinstance(end, Failing)
            return cannot_be_evaluated(end.failure)
        chain = ways.canonical(finding.chain)
        try:
            if self.stopped is None:
                finding = self._hunted(name, finding)
                chain = ways.shortened(name, finding, self.begin.states)
            trace = ways.trace(name, chain, finding)
            if self.stopped is None:
                trace = shortened(self.program, name, trace, _MOST_TRIED)
        except (Stopped, KeyboardInterrupt) as reason:  # it is found, however long it stays
            self.stopped = str(reason) if isinstance(reason, Stopped) else INTERRUPTED
            trace = ways.trace(name, chain, finding)
        return Witnessed(trace) if self.program.witnessed(name) else Violated(trace)

    def _hunted(self, name: str, finding: RunEnd) -> RunEnd:
        """The shortest of the behaviours that some more runs, of fewer steps, find to show the same."""
        left, run, walker = HUNT, self.task.sampling.runs, self.walkers[0]
        judged = finding.judged if name == NO_FAILURE else (name,)
        while left > 0 and len(finding.chain) > 2:
            before = walker.steps
            sampling = replace(self.task.sampling, steps=len(finding.chain) - 2)
            walker.prepare(self.begin, sampling, judged, name == NO_FAILURE, name == NO_DEADLOCK)
            better = walker.next_finding(name, run, left)
            left -= walker.steps - before
            if better is None or (better.failing, better.judged) != (finding.failing, finding.judged):
                break
            run, finding = better.run + 1, better.without_loops()
        return finding

    def _undecided(self, name: str) -> Verdict:
        """What is known of a property of which nothing was found."""
        made = self._runs_made()
        if self.program.witnessed(name):
            return Unknown(f"not seen in {made:,} random run{'' if made == 1 else 's'}")
        if not made:
            return Unknown(self.stopped or "'init' fails")
        return Sampled(made)

    def _runs_made(self) -> int:
        return 0 if self.runs is None else self.runs.made().runs

    def _stats(self) -> Stats:
        """What the runs took, those that count; while they are being made, all steps so far."""
        sampling, counts = self.task.sampling, self.counts
        if counts is None:
            steps, generated = sum(each.steps for each in self.walkers), sum(each.generated for each in self.walkers)
            counts = Counts(self._runs_made(), steps, generated)
        return Stats(
            generated=counts.generated,
            seconds=self.clock.seconds(),
            compile_seconds=self.compile_seconds,
            doing=f"{counts.runs:,} of {sampling.runs:,} runs, {counts.steps:,} steps",
            runs=counts.runs,
            steps=counts.steps,
            seed=sampling.seed,
        )
