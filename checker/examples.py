"""Example runs of a model, each unlike those before it: for who asks why nothing fails. Decides nothing.

Random runs of the interpreter, from a fixed seed, prefer steps that were seldom taken. Of many, those are chosen that
take kinds of steps which no run before them takes, then kinds in an order that is new. A *kind* is an action, or a
process at one of its points. After that, those with most states that none before them has. Steps that fail are not
taken, nor such as change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from random import Random

from checker.contract.replay import replay
from checker.contract.task import Budget
from checker.contract.trace import Trace
from checker.engines.common.clock import Clock, ended_by
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step, Transition

Kind = tuple[str, str | None]

MOST_STEPS = 20
"""Steps of a run: what a person reads."""
_RUNS = 40
"""Runs that are made for each that is wanted: enough for most orders of two kinds of steps to come up."""
_LOOKED_AT = 300
"""Steps and initial states among which one is drawn."""


Order = tuple[Kind, Kind]
"""One kind of step straight after another."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a run has that those before it do not have: kinds of steps, orders of two, and how many states."""

    kinds: tuple[Kind, ...]
    orders: tuple[Order, ...]
    states: int

    @property
    def amount(self) -> tuple[int, int, int]:
        """What is compared: kinds count first."""
        return len(self.kinds), len(self.orders), self.states


@dataclass(frozen=True, slots=True)
class ExampleRuns:
    """Runs that were chosen, each replayed; what is new in each; and the kinds of steps that none of them takes.
    `stopped` says why fewer were made, if a budget ended it."""

    traces: tuple[Trace, ...]
    new: tuple[Novelty, ...]
    missing: tuple[Kind, ...]
    stopped: str | None = None


def examples(program: Program, wanted: int, budget: Budget | None = None) -> ExampleRuns:
    """So many different runs; fewer, if no others were made."""
    made = _Making(program, Clock(budget or Budget()))
    stopped = ended_by(lambda: made.runs(_RUNS * wanted))
    chosen = _chosen(made.found, wanted)
    for trace, _ in chosen:
        replay(program, trace)
    taken = {kind for _, new in chosen for kind in new.kinds}
    missing = tuple(each for each in kinds(program) if each not in taken)
    return ExampleRuns(tuple(trace for trace, _ in chosen), tuple(new for _, new in chosen), missing, stopped)


def kinds(program: Program) -> tuple[Kind, ...]:
    """Every kind of step, in the order of the model."""
    points = [
        (process.name, point.label)
        for process in program.processes
        for point in process.points
        if point.block is not None
    ]
    return (*((action.name, None) for action in program.actions), *points)


@dataclass
class _Making:
    """Makes runs."""

    program: Program
    clock: Clock
    found: list[Trace] = field(default_factory=list)

    def runs(self, number: int) -> None:
        """So many runs, or as many as the budget allows."""
        self._interpreter = Interpreter(self.program)
        self._random = Random(0)
        self._taken: Counter[Kind] = Counter()
        first = [each for each in islice(self._interpreter.initial(), _LOOKED_AT) if each.state is not None]
        for _ in range(number if first else 0):
            self.found.append(self._run(self._random.choice(first)))

    def _run(self, first: Transition) -> Trace:
        assert first.state is not None
        states, steps = [first.state], list[Step]()
        while len(steps) < MOST_STEPS and (step := self._drawn(states[-1])) is not None:
            assert step.state is not None
            states.append(step.state)
            steps.append(step.step)
            self._taken[_kind(step.step)] += 1
        return Trace(tuple(states), tuple(steps), first.step.choices)

    def _drawn(self, state: State) -> Transition | None:
        """A step that is possible: of a kind that was seldom taken, one time in two."""
        self.clock.look()
        possible = [
            each for each in islice(self._interpreter.successors(state), _LOOKED_AT) if each.state not in (None, state)
        ]
        if not possible:
            return None
        there = sorted({_kind(each.step) for each in possible}, key=lambda kind: (self._taken[kind], str(kind)))
        kind = there[0] if self._random.random() < 0.5 else self._random.choice(there)
        return self._random.choice([each for each in possible if _kind(each.step) == kind])


def _kind(step: Step) -> Kind:
    return step.name, step.point


def _chosen(found: Sequence[Trace], wanted: int) -> list[tuple[Trace, Novelty]]:
    """Those that show most that is new, one after another; of two that show as much, the shorter one."""
    chosen: list[tuple[Trace, Novelty]] = []
    seen: tuple[set[Kind], set[Order], set[State]] = (set(), set(), set())
    left = list(dict.fromkeys(found))
    while left and len(chosen) < wanted:
        new = {trace: _new(trace, *seen) for trace in left}
        best = max(left, key=lambda trace: (new[trace].amount, -len(trace)))
        chosen.append((best, new[best]))
        left.remove(best)
        seen[0].update(new[best].kinds)
        seen[1].update(new[best].orders)
        seen[2].update(best.states)
    return chosen


def _new(trace: Trace, kinds_seen: set[Kind], orders_seen: set[Order], states_seen: set[State]) -> Novelty:
    row = [_kind(each) for each in trace.steps]
    return Novelty(
        tuple(dict.fromkeys(each for each in row if each not in kinds_seen)),
        tuple(dict.fromkeys(each for each in pairwise(row) if each not in orders_seen)),
        len(set(trace.states) - states_seen),
    )
