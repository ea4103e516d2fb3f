"""The reachable states, breadth first, one step after the other. Judges nothing, and has no limit: the caller has."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from checker.semantics.interpreter import Interpreter
from checker.semantics.step import State, Transition


@dataclass(frozen=True, slots=True)
class Reached:
    """A step from `origin`, or an outcome of `init` (None). `new`: it leads to a state that none before it led to."""

    origin: State | None
    transition: Transition
    new: bool


def explore(interpreter: Interpreter) -> Iterator[Reached]:
    """Every step from every reachable state, those of a state that was found earlier first; steps that fail too."""
    seen: set[State] = set()
    waiting: deque[State] = deque()

    def reached(origin: State | None, transitions: Iterator[Transition]) -> Iterator[Reached]:
        for each in transitions:
            new = each.state is not None and each.state not in seen
            if each.state is not None and new:
                seen.add(each.state)
                waiting.append(each.state)
            yield Reached(origin, each, new)

    yield from reached(None, interpreter.initial())
    while waiting:
        state = waiting.popleft()
        yield from reached(state, interpreter.successors(state))
