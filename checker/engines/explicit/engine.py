"""The explicit engine: visits every reachable state, exactly, and turns what the search reports into verdicts.

A level is judged as a whole, then expanded as a whole. A violation ends the search after the pass that found it, unless
the task says to keep going; of several culprits in a pass the one with the smallest packed state is shown. While
no_failure is open, every property of the program is evaluated in every state, since it could fail there. A property
that cannot be evaluated in some state stays undecided. Traces are made at the end, all of them together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, replace
from typing import Any

from checker.contract.task import INIT_FAILS, NO_DEADLOCK, NO_FAILURE, Evidence, Outcome, Stats, Task
from checker.contract.trace import Failing, Trace
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated, Witnessed
from checker.engines.common.clock import INTERRUPTED, Stopped, depth_ended, ended_by, time_ended
from checker.engines.common.growth import about
from checker.engines.common.ledger import Ledger, after, cannot_be_evaluated, resting_on_states
from checker.engines.common.reduced import Searched, WentOver, may_go_over, with_late_reduction, with_reduction
from checker.engines.common.temporal import Behaviours, temporal_names, with_temporal
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.cluster.coordinator import ClusterSearch
from checker.engines.explicit.cluster.spreading import confirm_spreadable, spread
from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.codegen.mapping import implementing
from checker.engines.explicit.codegen.symmetry import symmetric_types
from checker.engines.explicit.culprit import Culprit, state_of
from checker.engines.explicit.implementing import Comparing, all_implemented
from checker.engines.explicit.keeping import Keeper, disk
from checker.engines.explicit.late import Late
from checker.engines.explicit.lemmas import without_parameters
from checker.engines.explicit.liveness.deciding import Deciding, load_kernels
from checker.engines.explicit.liveness.witness import FROM, Witness, witness
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.compiling import CompilerEnded
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.path import Pathfinder
from checker.engines.explicit.reducing import Reducing
from checker.engines.explicit.search import Search
from checker.engines.explicit.searching import Searching
from checker.engines.explicit.views import count_views
from checker.engines.explicit.worker import State
from checker.ir.nodes import Temporal
from checker.memory import allowance
from checker.pause import watched
from checker.reduction.stubborn import Reduction

_PATIENCE = 20e-6
"""Seconds of searching, for each character of emitted text, before it is compiled thoroughly: what that takes, 7 to 20.
The code is two to three times as fast then."""


class ExplicitEngine:
    """Exhaustive breadth-first search over compiled code."""

    name = "explicit"

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided; ends with `stopped` set if a budget or Ctrl-C ended it. Raises UsageError U035
        for what a cluster does not decide, U016 and U036 if there is none."""
        if task.cluster is not None:
            confirm_spreadable(task)
        if task.reduce:
            return with_reduction(task, _reduced)
        if may_go_over(task):
            return with_late_reduction(task, _late)
        return without_parameters(task, _behaving if temporal_names(task) else _decided)

    def warm(self, task: Task, look: Callable[[], None]) -> None:
        """Have what the task needs compiled and kept, in another process. Raises what `look` raises, and ModelError."""
        with watched(look):
            without_parameters(task, _warmed)


def _decided(task: Task) -> Outcome:
    with closing(_Run(task)) as run:
        return run.outcome()


def _reduced(task: Task, reduction: Reduction | None) -> Searched:
    """What is decided with steps that wait, if there is a reduction."""
    if reduction is None:
        return ExplicitEngine().run(task), False
    runs: list[_Run] = []

    def run(part: Task) -> Outcome:
        runs.append(_Run(part, reduction=reduction))
        return runs[0].outcome()

    outcome = without_parameters(task, run)
    return outcome, runs[0].reducing is not None and runs[0].reducing.put_off


def _late(task: Task) -> tuple[Outcome, WentOver | None]:
    """What is decided with steps that wait once many states are found, and whether it came to that."""
    runs: list[_Run] = []

    def run(part: Task) -> Outcome:
        runs.append(_Run(part, late=task.reduce_late))
        return runs[0].outcome()

    outcome = without_parameters(task, run)
    return outcome, None if runs[0].late is None else runs[0].late.went_over()


def _behaving(task: Task) -> Outcome:
    """What is decided of single states, and then of whole behaviours over the same states; over states of their own
    where members are interchangeable, since orbits do not tell who is starved."""
    shared = not symmetric_types(task.program)
    runs: list[_Run] = []

    def run(part: Task) -> Outcome:
        runs.append(_Run(part, temporal=shared))
        return runs[0].outcome()

    def decide(part: Task, names: Sequence[str]) -> Behaviours:
        if runs and shared:
            return replace(runs[0].behaviours(names), whole=True)
        keeping = part.keeping if shared else replace(part.keeping, folder=None)
        again = _Run(replace(part, properties=(), keeping=keeping), temporal=True)
        return replace(again.behaviours(names), whole=shared)

    return with_temporal(task, run, decide)


def _warmed(task: Task) -> Outcome:
    temporal = bool(temporal_names(task)) and not symmetric_types(task.program)
    if temporal:
        load_kernels(task.program)
    else:
        library.load_kernels()
    if implementing(task.program):
        library.load_kernels("native.links")
    library.load_model(emit_program(task.program, temporal).modules, thorough=False)
    return Outcome((ExplicitEngine.name,), {}, Stats())


class _Run:
    """One task on its way to an outcome. `judged` and `expanded` are the depths up to which each pass is complete."""

    def __init__(
        self, task: Task, temporal: bool = False, reduction: Reduction | None = None, late: bool = False
    ) -> None:
        self.task = task
        self.reduction = reduction
        self.reducing: Reducing | None = None  # once there is a search
        self.late = Late() if late else None
        self.temporal = temporal
        self.failing: State | None = None  # the least state of a level in which a step fails
        self.ledger = Ledger(task)
        self.culprits: dict[str, Culprit] = {}
        self.judged = self.expanded = 0
        self.init_fails = False  # for some choice at least
        self.compiled_all_it_can = False
        self.prepared = 0.0  # the processor time of this thread, which takes part in searching, before it did
        self.clock = Clock(task.budget, task.stop, task.progress)
        self.search: Searching | None = None
        self.alone: Search | None = None  # the same, if it is all in this process
        self.spread: ClusterSearch | None = None  # or if it is not
        self.comparing: list[Comparing] = []  # what the model implements, of what is asked for
        self.compared = 0  # the depth up to which steps have been held against that
        self.witness: Witness | None = None
        self.has_witness = not temporal  # or none was worth while
        self.stopped: str | None = None
        self.keeper: Keeper | None = None

    def outcome(self) -> Outcome:
        """Search, then say what is known."""
        self.stopped = ended_by(lambda: self._explore(self._prepare()))
        self._decide()
        notes = () if self.keeper is None else self.keeper.end(self.stopped is not None)
        notes = notes if self.spread is None else self.spread.notes()
        decided = self.ledger.verdicts
        verdicts = {name: decided.get(name) or self._undecided(name) for name in self.task.properties}
        evidence = self._evidence(verdicts)
        return Outcome((ExplicitEngine.name,), verdicts, self._stats(), self.stopped, evidence, notes=notes)

    def close(self) -> None:
        """End what other processes do for it."""
        if self.spread is not None:
            self.spread.close()

    def _stats(self) -> Stats:
        """The counts at the end, with that of the view; without it, if a state stands for its orbit or a budget ends
        the counting."""
        if self.search is None:
            return Stats(seconds=self.clock.seconds())
        views = None
        if self.alone is not None and self.task.view and not symmetric_types(self.task.program):
            with suppress(Stopped):
                views = count_views(self.alone, library.load_kernels(), self.task.view)
        return replace(self.search.stats(), views=views)

    # -- the search ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> Searching:
        """Emit, compile or load, and set up memory."""
        began = time.perf_counter()
        emitted = emit_program(self.task.program, self.temporal, self.reduction is not None)
        library.dump(emitted.source)
        with self.clock.compiling():
            kernels, model = library.load_kernels(), library.load_model(emitted.modules, thorough=False)
        if self.task.cluster is None:
            self.search = self.alone = self._prepare_alone(emitted, kernels, model)
        else:
            self.search = self.spread = spread(self.task, self.task.cluster, emitted, model, self.clock)
        self.search.compile_seconds = time.perf_counter() - began
        seconds, spent = self.task.budget.seconds, self.search.compile_seconds
        if seconds is not None and spent > seconds:
            raise Stopped(f"{time_ended(self.task.budget)} in {spent:.0f} s of compiling")
        self.prepared = time.thread_time()
        return self.search

    def _prepare_alone(self, emitted: Emitted, kernels: Library, model: Library) -> Search:
        memory = self.task.budget.memory
        limit = allowance() if memory is None else memory
        search = Search(emitted, kernels, model, self.task.workers, limit, self.clock, disk(self.task))
        self._prepare_comparing(search)
        if self.reduction is not None:
            self.reducing = Reducing(self.reduction, search)
        if self.task.keeping.folder is not None:
            self.keeper = Keeper(self.task, self.task.keeping.folder, search)
        return search

    def _prepare_comparing(self, search: Search) -> None:
        wanted = all_implemented(self.task.program)
        if wanted:
            with self.clock.compiling():
                kernels = library.load_kernels("native.links")
            self.comparing = [Comparing(each, search, kernels) for each in wanted]

    def _explore(self, search: Searching) -> None:
        """Level by level until nothing is new, nothing is left to decide, or a violation ends it."""
        self._begin(search)
        while not search.complete and self.ledger.wants_more():
            depth = len(search.levels)
            self._keep()
            self._compile_thoroughly(search)
            self._judge(search, depth)
            if not self.ledger.wants_more():
                break
            self._expand(search, depth)
            self._compare(depth)
            if self.ledger.wants_more():
                self._heed_depth(search)

    def _begin(self, search: Searching) -> None:
        """Find the initial states, or take up what an earlier run has kept."""
        if self.keeper is not None and self.keeper.resumes:
            self._restore(self.keeper.take_up())
            return
        self.init_fails = not search.initial()
        if self.init_fails:
            self._found(NO_FAILURE, Culprit(None, 0, failing=True))
        self._compare(1, starts=True)

    def _keep(self) -> None:
        """What has been found at a level's end may be kept."""
        if self.keeper is not None:
            culprits = {name: asdict(each) for name, each in self.culprits.items()}
            depths = {"judged": self.judged, "expanded": self.expanded, "compared": self.compared}
            waiting = {} if self.reducing is None else self.reducing.noted()
            here = {"init_fails": self.init_fails, "failing": self.failing, "culprits": culprits}
            self.keeper.at_level({**depths, **waiting, **here})

    def _restore(self, noted: Mapping[str, Any]) -> None:
        """Take up what was noted of properties. What a witness would have noted of states is worked out again later."""
        self.judged, self.expanded, self.compared = noted["judged"], noted["expanded"], noted["compared"]
        self.init_fails, self.failing = noted["init_fails"], state_of(noted["failing"])
        self.has_witness = True
        if self.reducing is not None:
            self.reducing.restore(noted)
        for name, each in noted["culprits"].items():
            self._found(name, Culprit(**{**each, "state": state_of(each["state"]), "judged": tuple(each["judged"])}))

    def _heed_depth(self, search: Searching) -> None:
        """End the search where it has gone as deep as it may, and there are states beyond."""
        most = self.task.budget.max_depth
        if most is not None and len(search.levels) > most and not search.complete:
            raise Stopped(depth_ended(most))

    def _compile_thoroughly(self, search: Searching) -> None:
        """Have faster code, once searching with what was compiled quickly has taken longer than compiling it will. If
        that does not come to an end, the search goes on as it is."""
        size = sum(len(source) for source, _ in search.emitted.modules)
        searched = time.thread_time() - self.prepared  # on a busy machine the clock would tell of the others
        if self.spread is not None:
            searched = max(searched, self.spread.worked)  # this thread waits then, mostly
        if self.compiled_all_it_can or search.model.thorough or searched < _PATIENCE * size:
            return
        self.compiled_all_it_can = True
        began = time.perf_counter()
        with suppress(MemoryError, CompilerEnded), self.clock.compiling():
            search.go_on_with(library.load_model(search.emitted.modules))
        search.compile_seconds += time.perf_counter() - began

    def _found(self, name: str, culprit: Culprit) -> None:
        """Note what decides a property, if it is open."""
        if self.ledger.is_open(name):
            self.culprits[name] = culprit
            violated = name == NO_FAILURE or not culprit.failing
            self.ledger.close(name, violated and not self.task.program.witnessed(name))

    def _judge(self, search: Searching, depth: int) -> None:
        """Judge a level."""
        wanted = self._wanted(search)
        found = search.judge(wanted) if wanted else {}
        self.judged = depth
        self._note(search, wanted, found, 0, depth)

    def _wanted(self, search: Searching) -> list[int]:
        """The numbers of the properties to judge: those that are open, or could fail to have a value."""
        fallible = search.emitted.fallible if self.ledger.is_open(NO_FAILURE) else frozenset()
        return [at for at, name in enumerate(search.emitted.judged) if self.ledger.is_open(name) or name in fallible]

    def _note(
        self,
        search: Searching,
        wanted: Sequence[int],
        found: Mapping[int, State],
        first: int,
        depth: int,
        of_step: bool = False,
    ) -> None:
        """Note what decides properties, from the culprits whose kinds begin at `first`: states; or, `of_step`, those
        before states beyond the constraint."""
        judged = search.emitted.judged
        broken: list[State] = []
        for at in wanted:
            kind = block.FIRST_PROPERTY + first + 2 * at
            if kind + 1 in found:
                broken.append(found[kind + 1])
            if kind in found:
                self._found(judged[at], Culprit(found[kind], depth, of_step=of_step))
            elif kind + 1 in found:
                self._found(judged[at], Culprit(found[kind + 1], depth, True, (judged[at],), of_step))
        if broken:
            self._found(NO_FAILURE, Culprit(min(broken), depth, True, tuple(judged[at] for at in wanted), of_step))

    def _expand(self, search: Searching, depth: int) -> None:
        """Expand a level."""
        self._have_witness()
        if self.reducing is not None:
            self.reducing.before(self.ledger)
        if self.late is not None and self.alone is not None:
            self.late.before(self.alone, self.ledger)
        steps, beyond = search.emitted.pairs.judged, self._wanted(search)
        found = search.expand([at for at, name in enumerate(steps) if self.ledger.is_open(name)], beyond)
        self.expanded = depth
        self.failing = self.failing or found.get(block.FAILURE)
        for at, name in enumerate(steps):
            kind = block.FIRST_PROPERTY + 2 * (len(search.emitted.judged) + at)
            for unjudged in (False, True):
                if kind + unjudged in found:
                    self._found(name, Culprit(found[kind + unjudged], depth, unjudged, of_step=True))
        self._note(search, beyond, found, 2 * (len(search.emitted.judged) + len(steps)), depth, of_step=True)
        failing = [found[kind] for kind in (block.FAILURE, block.UNJUDGED) if kind in found]
        if failing:
            self._found(NO_FAILURE, Culprit(min(failing), depth, failing=True))
        if block.DEADLOCK in found:
            self._found(NO_DEADLOCK, Culprit(found[block.DEADLOCK], depth))
        elif block.UNJUDGED in found:
            self._found(NO_DEADLOCK, Culprit(found[block.UNJUDGED], depth, failing=True))

    def _compare(self, depth: int, starts: bool = False) -> None:
        """Hold the steps from a level, or the initial states, against the models that this one implements."""
        for each in self.comparing if self.alone is not None and self.alone.levels else ():
            if not self.ledger.is_open(each.name):
                continue
            assert self.alone is not None
            level = self.alone.levels[depth - 1]
            found = each.starts(level) if starts else each.steps(level)
            if found.wrong is not None:
                self._found(each.name, Culprit(found.wrong, depth, of_step=not starts))
            elif found.unknown is not None:
                self._found(each.name, Culprit(found.unknown, depth, True, (each.name,), of_step=not starts))
        self.compared = depth - starts

    def _have_witness(self) -> None:
        """Once many states have been found, have what temporal properties need noted of all."""
        search = self.alone
        if search is not None and not self.has_witness and search.distinct >= FROM:
            self.has_witness = True
            with self.clock.compiling():
                kernels = library.load_kernels("liveness.classes")
            owed = self.task.program.fairness
            self.witness = witness(search, kernels, [owed[name] for name, _ in search.emitted.things])

    # -- whole behaviours ----------------------------------------------------------------------------------------------

    def behaviours(self, names: Sequence[str]) -> Behaviours:
        """Decide these temporal properties, after exploring what was not explored."""
        verdicts: dict[str, Verdict] = {}
        wanted = [each for each in self.task.program.temporal if each.name in names]
        stopped = ended_by(lambda: self._decide_behaviours(wanted, verdicts))
        open_ = Unknown(f"{stopped}{self._covered()}")
        stats = self._stats()
        found = {each.name: verdicts.get(each.name, open_) for each in wanted}
        notes = () if self.keeper is None else self.keeper.end(stopped is not None)
        return Behaviours((ExplicitEngine.name,), found, stopped, stats, notes=notes)

    def _decide_behaviours(self, wanted: Sequence[Temporal], verdicts: dict[str, Verdict]) -> None:
        if self.search is None:
            self._begin(self._prepare())
        assert self.search is not None
        while not self.search.complete and not self.init_fails and self.failing is None:
            self._keep()
            self._compile_thoroughly(self.search)
            self._heed_depth(self.search)
            self._expand(self.search, len(self.search.levels))
        if self.init_fails or self.failing is not None:
            verdicts.update({each.name: Unknown(self._not_whole()) for each in wanted})
            return
        if self.search.distinct == 0:
            verdicts.update({each.name: Exhausted(0) for each in wanted})
            return
        self._compile_thoroughly(self.search)
        with self.clock.compiling():
            kernels = load_kernels(self.task.program)
        assert self.alone is not None
        deciding = Deciding(self.task.program, self.alone, kernels, self.witness)
        for each in wanted:
            verdicts[each.name] = deciding.verdict(each)

    def _not_whole(self) -> str:
        """What fails, so that not all behaviours are known."""
        assert self.search is not None
        paths = Pathfinder(self.task.program, self.search)
        if self.failing is None:
            what, end = "'init'", paths.failing_init().end
        else:
            state = self.search.emitted.layout.decode(self.failing)
            what, end = "a step", paths.failing(Trace((state,), (), ()), ()).end
        message = end.failure.message if isinstance(end, Failing) else ""
        return f"{what} can fail: what would follow is not known ({message})"

    # -- verdicts ------------------------------------------------------------------------------------------------------

    def _decide(self) -> None:
        """The verdicts on what has a culprit; none if Ctrl-C, or the loss of states, ends the making of traces."""
        try:
            verdicts = self._verdicts()
        except (Stopped, KeyboardInterrupt) as reason:
            self.stopped = str(reason) if isinstance(reason, Stopped) else INTERRUPTED
            return
        for name, verdict in verdicts.items():
            self.ledger.decide(name, verdict)

    def _verdicts(self) -> dict[str, Verdict]:
        """The verdicts on what has a culprit."""
        if self.search is None:
            return {}
        paths = Pathfinder(self.task.program, self.search)
        reached = [(name, culprit) for name, culprit in self.culprits.items() if culprit.state is not None]
        chains = paths.chains([(culprit.state, culprit.depth) for _, culprit in reached if culprit.state is not None])
        verdicts: dict[str, Verdict] = {}
        for (name, culprit), trace in zip(reached, paths.walks(chains), strict=True):
            verdicts[name] = self._verdict(name, paths.ended(name, trace, culprit))
        if NO_FAILURE in self.culprits and self.culprits[NO_FAILURE].state is None:
            verdicts[NO_FAILURE] = Violated(paths.failing_init())
        return verdicts

    def _verdict(self, name: str, trace: Trace) -> Verdict:
        """What a trace to the culprit of a property means."""
        if name != NO_FAILURE and isinstance(trace.end, Failing):
            return cannot_be_evaluated(trace.end.failure)
        return Witnessed(trace) if self.task.program.witnessed(name) else Violated(trace)

    def _undecided(self, name: str) -> Verdict:
        """What is known of a property that the search has not decided."""
        if self.stopped is None:
            assert self.search is not None
            if self.search.complete and self.ledger.wants_more():
                distinct = self.search.distinct
                return Unknown(INIT_FAILS) if self.init_fails and not distinct else self.ledger.of_all(name, distinct)
        judged = self.judged
        expanded = min(self.expanded, self.compared) if name in self.task.program.abstract else self.expanded
        if name in self.culprits:  # and Ctrl-C came before its trace
            judged = expanded = max(0, self.culprits[name].depth - 1)
        return self.ledger.within(name, judged, expanded, self.ledger.why(self.stopped, self._covered()))

    def _covered(self) -> str:
        if self.search is None:
            return " after 0 states"
        stats = self.search.stats()
        come = "" if stats.to_come is None else f", with about {about(stats.to_come)} to come"
        return f"{after(stats.distinct, stats.depth)}{come}"

    def _evidence(self, verdicts: Mapping[str, Verdict]) -> Evidence | None:
        """All states, if the task asks for them and a verdict rests on them. Nothing is decoded before it is read."""
        exhausted = resting_on_states(self.task, verdicts)
        if not exhausted:
            return None
        assert self.alone is not None
        return Evidence(exhausted=exhausted, states=self.alone.states)
