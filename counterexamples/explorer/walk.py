"""A walk through a model, step by step as somebody chooses. Shows nothing; the interpreter says what can happen.

A *way* is how it is known: which initial state, then which of the steps possible there, each by its number from 0 in
the interpreter's order, which is always the same. So an address can hold it, and nothing is remembered between two.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.trace import Failing, Trace
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, StepFailed, Transition

Way = tuple[int, ...]

MOST_OFFERED = 300
"""Steps that are offered in one state; a page with more helps nobody."""
MOST_STATES = 30_000
"""States that are looked at for the nearest one that shows a property: some seconds."""
MOST_SECONDS = 10.0
"""Seconds for it, where a step takes long."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a way leads: the behaviour up to there, None before it has begun, and what can happen next; `more` if that
    is not all of it."""

    way: Way
    trace: Trace | None
    offered: tuple[Transition, ...]
    more: bool

    @property
    def state(self) -> State | None:
        """The last state; None if there is none."""
        return self.trace.states[-1] if self.trace is not None and self.trace.states else None

    @property
    def failed(self) -> bool:
        """Whether the last step fails."""
        return self.trace is not None and isinstance(self.trace.end, Failing)


@dataclass(frozen=True, slots=True)
class Sought:
    """A way to the nearest state that shows a property; None: `seen` states were looked at, and if that is `all_` of
    them, there is none."""

    way: Way | None
    seen: int
    all_: bool


class Walk:
    """Walks through one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._interpreter = Interpreter(program)

    @property
    def goals(self) -> tuple[str, ...]:
        """The properties that a state or a step to it can show."""
        shown = [each.name for each in self.program.properties if each.kind.traits.by_default]
        return (*shown, *(each.name for each in self.program.steps), NO_DEADLOCK, NO_FAILURE)

    def at(self, way: Sequence[int]) -> Walked:
        """Where a way leads. Raises LookupError for one that the model does not have."""
        states: list[State] = []
        taken: list[Transition] = []
        for number in way:
            transition = _picked(self._possible(states[-1] if states else None), number)
            taken.append(transition)
            if transition.state is None:
                break
            states.append(transition.state)
        if len(taken) < len(way):
            raise LookupError(way)
        walked = Walked(tuple(way), _trace(states, taken), (), False)
        if walked.failed:
            return walked
        offered = tuple(islice(self._possible(walked.state), MOST_OFFERED + 1))
        return replace(walked, offered=offered[:MOST_OFFERED], more=len(offered) > MOST_OFFERED)

    def start(self) -> Way:
        """The way of no choice: to the initial state, if there is one only."""
        first = tuple(islice(self._interpreter.initial(), 2))
        return (0,) if len(first) == 1 and first[0].state is not None else ()

    def way_of(self, trace: Trace) -> Way:
        """The way of a trace. Raises LookupError if the model does not have it."""
        way: list[int] = []
        before: State | None = None
        for number, after in enumerate(trace.states):
            step = None if number == 0 else trace.steps[number - 1]
            found = (
                at
                for at, each in enumerate(self._possible(before))
                if each.state == after and (step is None or each.step == step)
            )
            at = next(found, None)
            if at is None:
                raise LookupError(number)
            way.append(at)
            before = after
        return tuple(way)

    def nearest(self, way: Sequence[int], name: str) -> Sought:
        """The shortest way on from there to a state that shows a property: breadth first, within MOST_STATES and
        MOST_SECONDS. Raises LookupError for a way or a property that the model does not have."""
        if name not in self.goals:
            raise LookupError(name)
        first, until = self.at(way).state, time.monotonic() + MOST_SECONDS
        came: dict[State | None, tuple[State | None, int]] = {}
        waiting: deque[State | None] = deque([first])
        while waiting:
            before = waiting.popleft()
            possible = False
            for number, each in enumerate(self._possible(before)):
                possible = True
                if self._shows(name, before, each):
                    return Sought((*way, *_back(came, before, first), number), len(came), False)
                if each.state is not None and each.state not in came and each.state != first and self._within(each):
                    came[each.state] = (before, number)
                    waiting.append(each.state)
            if name == NO_DEADLOCK and before is not None and before != first and self._stuck(before, possible):
                return Sought((*way, *_back(came, before, first)), len(came), False)
            if len(came) >= MOST_STATES or time.monotonic() > until:
                return Sought(None, len(came), False)
        return Sought(None, len(came), True)

    def _possible(self, state: State | None) -> Iterator[Transition]:
        return self._interpreter.initial() if state is None else self._interpreter.successors(state)

    def _within(self, transition: Transition) -> bool:
        try:
            return transition.state is not None and self._interpreter.within(transition.state)
        except StepFailed:
            return False

    def _stuck(self, state: State, possible: bool) -> bool:
        try:
            return self._interpreter.deadlocked(state, possible)
        except StepFailed:
            return False

    def _shows(self, name: str, before: State | None, transition: Transition) -> bool:
        """Whether a step, or the state it leads to, shows a property."""
        if transition.state is None or name in (NO_DEADLOCK, NO_FAILURE):
            return name == NO_FAILURE and transition.failure is not None
        try:
            if self.program.speaks_of_steps(name):
                return before is not None and not self._interpreter.allows(name, before, transition.state)
            return self._interpreter.holds(name, transition.state) is self.program.witnessed(name)
        except StepFailed:
            return False


def _trace(states: Sequence[State], taken: Sequence[Transition]) -> Trace | None:
    if not taken:
        return None
    steps = tuple(each.step for each in taken)
    failure = taken[-1].failure
    if failure is None:
        return Trace(tuple(states), steps[1:], steps[0].choices)
    end = Failing(steps[-1] if states else None, failure)
    return Trace(tuple(states), steps[1 : len(states)], steps[0].choices, end)


def _picked(possible: Iterator[Transition], number: int) -> Transition:
    if number < 0:
        raise LookupError(number)
    found = next(islice(possible, number, None), None)
    if found is None:
        raise LookupError(number)
    return found


def _back(came: dict[State | None, tuple[State | None, int]], last: State | None, first: State | None) -> Way:
    """The numbers of the steps that led from the first state to the last."""
    way: list[int] = []
    while last != first:
        last, number = came[last]
        way.append(number)
    return tuple(reversed(way))
