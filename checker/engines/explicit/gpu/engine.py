"""The engine `gpu`: a card visits the states, the processor makes the traces. A verdict is a promise, and nobody has
seen this run on a card: what it finds wrong the explicit engine finds again, and what it finds nothing wrong with stays
unknown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Stats, Task
from checker.contract.verdict import Bounded, Exhausted, Unknown, Unreachable, Verdict
from checker.contract.wording import counted
from checker.engines.common.clock import INTERRUPTED, Stopped, depth_ended, ended_by
from checker.engines.common.ledger import UNEVALUABLE, Ledger, after
from checker.engines.common.temporal import temporal_names
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.engine import ExplicitEngine
from checker.engines.explicit.gpu.card import Card, open_card
from checker.engines.explicit.gpu.search import CardSearch, Noted
from checker.engines.explicit.gpu.source import ENTRIES, ptx
from checker.engines.explicit.lemmas import without_parameters
from checker.engines.explicit.machine import library
from checker.engines.explicit.native.block import DEADLOCK, FAILURE, FIRST_PROPERTY, UNJUDGED
from checker.engines.explicit.search import Search
from checker.errors import EngineBug, UsageError
from checker.memory import allowance

_SHARE = 0.9
"""The part of a card's free memory that may be taken when nobody says how much."""

UNTRIED = "the engine 'gpu' is untried on a card, so that is no verdict: --engine explicit gives one"


class GpuEngine:
    """Exhaustive breadth-first search on a graphics card of NVIDIA's. Decides only what shows in a trace."""

    name = "gpu"

    def __init__(self, begin: Callable[[], Card] = open_card) -> None:
        self._begin = begin

    def run(self, task: Task) -> Outcome:
        """Search; what is found wrong is searched again by the explicit engine. Raises UsageError U037 for what a card
        is not asked for, and U016 and U038 if there is none."""
        confirm_possible(task)
        since = time.monotonic() if task.budget.since is None else task.budget.since
        task = replace(task, budget=replace(task.budget, since=since))
        return without_parameters(task, self._run)

    def _run(self, task: Task) -> Outcome:
        emitted = emit_program(task.program)
        confirm_one_word(emitted)
        with closing(self._begin()) as card:
            run = _Exploration(task, emitted, card)
            run.stopped = ended_by(run.explore)
        return run.outcome()


def confirm_possible(task: Task) -> None:
    """Raises UsageError U037 for what a task asks for that a card is not asked for."""
    others = "Name other properties by --property, or take --engine explicit."
    without = "Leave {} out, or take --engine explicit."
    steps = tuple(name for name in task.properties if task.program.speaks_of_steps(name))
    refused = (
        (temporal_names(task), "does not decide what happens sooner or later ({})", others),
        (steps, "does not judge steps ({})", others),
        (("--checkpoint",) if task.keeping.folder else (), "keeps states in the card's memory", without),
        (("--disk",) if task.keeping.disk else (), "keeps states in the card's memory", without),
        (("--certificate",) if task.certify else (), "gives no evidence", without),
        (("--view",) if task.view else (), "counts no views", without),
        (("--reduce",) if task.reduce else (), "has no steps wait", without),
        (("--cluster",) if task.cluster else (), "uses one card", without),
    )
    for names, problem, remedy in refused:
        if names:
            said = ", ".join(names)
            raise UsageError("U037", f"--engine gpu {problem.format(said)}", remedy.format(said))


def confirm_one_word(emitted: Emitted) -> None:
    """Raises UsageError U037 for states of several words."""
    if emitted.layout.words > 1:
        bits = sum(field.bits for field in emitted.layout.fields)
        problem = f"--engine gpu takes states of up to 63 bits, and those of {emitted.model} have {bits}"
        raise UsageError("U037", problem, "Give smaller parameters, or take --engine explicit.")


class _Exploration:
    """One task on its way to an outcome. `shown` is the depth at which the card has seen what decides a property."""

    def __init__(self, task: Task, emitted: Emitted, card: Card) -> None:
        self.task, self.emitted, self.card = task, emitted, card
        self.ledger = Ledger(task)
        self.clock = Clock(task.budget, task.stop, task.progress)
        self.shown: dict[str, int] = {}
        self.search: CardSearch | None = None
        self.stopped: str | None = None

    def explore(self) -> None:
        """Level by level, until nothing is new, nothing is left to decide, or a violation ends it."""
        with self.clock.compiling():
            kernels, model = library.load_kernels(), library.load_model(self.emitted.modules, thorough=False)
        self.card.load(ptx(self.emitted).encode(), ENTRIES)
        first = Search(self.emitted, kernels, model, 1, allowance(), self.clock)
        if not first.initial():
            self._show(NO_FAILURE, 1)
        initial = b"".join(bytes(first.store.bytes_of(span)) for level in first.levels for span in level)
        memory = self.task.budget.memory
        limit = int(self.card.memory() * _SHARE) if memory is None else memory
        self.search = search = CardSearch(self.emitted, self.card, limit, self.clock)
        search.begin(initial, first.initially)
        while not search.complete and self.ledger.wants_more():
            depth = len(search.levels)
            wanted = self._wanted()
            if wanted:
                self._note(search.judge(wanted), 0, depth)
            if self.ledger.wants_more():
                found = search.expand(wanted)
                self._note_steps(found, depth)
                self._note(found, 2 * len(self.emitted.judged), depth)
                self._heed_depth(search)

    def outcome(self) -> Outcome:
        """What the explicit engine says of what was shown, and of the rest that nobody promises anything."""
        stats = self._stats()
        covered = after(stats.distinct, stats.depth)
        if self.stopped is not None:
            why = f"{self.stopped}{covered}"
        elif self.ledger.violated() is not None:
            why = self.ledger.why(None)
        else:
            why = f"nothing shows it in {counted(stats.distinct, 'state')}, depth {stats.depth}; {UNTRIED}"
        verdicts: dict[str, Verdict] = dict.fromkeys(self.task.properties, Unknown(why))
        if not self.shown or self.stopped == INTERRUPTED:
            return Outcome((GpuEngine.name,), verdicts, stats, self.stopped)
        again = self._again(max(self.shown.values()))
        verdicts.update({name: self._found_again(name, again) for name in self.shown})
        stats = replace(stats, seconds=self.clock.seconds())
        return Outcome((GpuEngine.name, *again.engines), verdicts, stats, self.stopped, notes=again.notes)

    def _again(self, depth: int) -> Outcome:
        """What the explicit engine finds down to a depth. Raises EngineBug if it does not see what the card has."""
        most = self.task.budget.max_depth
        deep = depth if most is None else min(depth, most)
        names = tuple(name for name in self.task.properties if name in self.shown)
        budget = replace(self.task.budget, max_depth=deep)
        outcome = ExplicitEngine().run(replace(self.task, properties=names, budget=budget))
        if outcome.stopped in (None, depth_ended(deep)):
            for name, seen in self.shown.items():
                if _is_open(outcome.verdicts[name]):
                    problem = f"the card shows '{name}' at depth {seen}, and the processor finds nothing there"
                    raise EngineBug(f"gpu: {problem}")
        return outcome

    def _found_again(self, name: str, again: Outcome) -> Verdict:
        verdict = again.verdicts[name]
        if _is_open(verdict) and again.stopped is not None:
            return Unknown(f"the card shows it at depth {self.shown[name]}; for a trace: {again.stopped}")
        return verdict

    def _stats(self) -> Stats:
        return Stats(seconds=self.clock.seconds()) if self.search is None else self.search.stats()

    def _wanted(self) -> list[int]:
        """The numbers of the properties to judge: those that are open, or could fail to have a value."""
        fallible = self.emitted.fallible if self.ledger.is_open(NO_FAILURE) else frozenset()
        return [at for at, name in enumerate(self.emitted.judged) if self.ledger.is_open(name) or name in fallible]

    def _show(self, name: str, depth: int, decides: bool = True) -> None:
        """Something shows a property, or that it cannot be evaluated."""
        if self.ledger.is_open(name):
            self.shown[name] = depth
            self.ledger.close(name, decides and not self.task.program.witnessed(name))

    def _note(self, found: Mapping[int, Noted], first: int, depth: int) -> None:
        """Note what decides properties, from the culprits whose kinds begin at `first`."""
        for at, name in enumerate(self.emitted.judged):
            kind = FIRST_PROPERTY + first + 2 * at
            if kind in found or kind + 1 in found:
                self._show(name, depth, kind in found)
            if kind + 1 in found:
                self._show(NO_FAILURE, depth)

    def _note_steps(self, found: Mapping[int, Noted], depth: int) -> None:
        if FAILURE in found or UNJUDGED in found:
            self._show(NO_FAILURE, depth)
        if DEADLOCK in found or UNJUDGED in found:
            self._show(NO_DEADLOCK, depth, DEADLOCK in found)

    def _heed_depth(self, search: CardSearch) -> None:
        most = self.task.budget.max_depth
        if most is not None and len(search.levels) > most and not search.complete and self.ledger.wants_more():
            raise Stopped(depth_ended(most))


def _is_open(verdict: Verdict) -> bool:
    """Whether a verdict says that nothing was found."""
    if isinstance(verdict, Unknown):
        return not verdict.reason.startswith(UNEVALUABLE)
    return isinstance(verdict, (Bounded, Exhausted, Unreachable))
