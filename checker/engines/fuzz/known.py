"""The states that runs have seen: how each is reached, and which could be gone on from in a way that no run has tried.

Runs nothing and draws nothing. What it keeps is bounded; what is beyond its bound is forgotten, which costs runs and
nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.contract.trace import Trace
from checker.semantics import State, Step

MOST = 200_000
"""States that are kept."""


@dataclass(slots=True)
class _Came:
    """How a state was reached in the fewest steps so far: from where and by which step, or by which choices of `init`.
    `depth` bounds the steps from the beginning, so that following `origin` always ends."""

    origin: State | None
    step: Step | None
    depth: int
    choices: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Prefix:
    """A way from an initial state to a state."""

    states: tuple[State, ...]
    steps: tuple[Step, ...]
    choices: tuple[object, ...]


class Known:
    """What the runs of one program have seen."""

    def __init__(self) -> None:
        self._came: dict[State, _Came] = {}
        self._open: list[State] = []
        self._place: dict[State, int] = {}

    def __contains__(self, state: State) -> bool:
        return state in self._came

    def begins(self, state: State, choices: tuple[object, ...]) -> None:
        """A run began in this state."""
        known = self._came.get(state)
        if known is None or known.depth:
            self._came[state] = _Came(None, None, 0, choices)
        if known is None:
            self.set_open(state, True)

    def leads(self, origin: State, step: Step, state: State) -> None:
        """A step was taken from a state to another."""
        come = self._came.get(origin)
        if come is None or (len(self._came) >= MOST and state not in self._came):
            return
        known = self._came.get(state)
        if known is None or known.depth > come.depth + 1:
            self._came[state] = _Came(origin, step, come.depth + 1)
        if known is None:
            self.set_open(state, True)

    def depth(self, state: State) -> int:
        """In how many steps a known state can be reached, at most."""
        return self._came[state].depth

    def way_to(self, state: State) -> Prefix:
        """A way to a known state, the shortest that is known or nearly."""
        states, steps, come = [state], [], self._came[state]
        while come.origin is not None and come.step is not None:
            states.append(come.origin)
            steps.append(come.step)
            come = self._came[come.origin]
        return Prefix(tuple(states[::-1]), tuple(steps[::-1]), come.choices)

    def shorter(self, trace: Trace) -> Trace:
        """The trace, with the shortest way that is known to its last state."""
        if not trace.states or trace.states[-1] not in self._came:
            return trace
        way = self.way_to(trace.states[-1])
        if len(way.states) >= len(trace):
            return trace
        return Trace(way.states, way.steps, way.choices, trace.end)

    def set_open(self, state: State, is_open: bool) -> None:
        """Say whether a state can be gone on from in a way that was not tried."""
        if is_open and state in self._came and state not in self._place:
            self._place[state] = len(self._open)
            self._open.append(state)
        elif not is_open and state in self._place:
            place, last = self._place.pop(state), self._open.pop()
            if last != state:
                self._open[place], self._place[last] = last, place

    @property
    def open(self) -> Sequence[State]:
        """The states that can be gone on from so, as far as one knows, in no order."""
        return self._open
