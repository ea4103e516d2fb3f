"""Two programs side by side: the states and steps that one has and the other has not, each with a shortest behaviour.

States are told apart by the variables that both programs have, control points and kept locals among them, and by what a
person reads of their values: two classes of two files have no value in common. A step is its name, its arguments, the
point it starts from, and the states around it; one that changes nothing of these is none. Explores breadth first, with
the interpreter; judges no property.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from checker.contract.trace import Trace
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step, Transition
from counterexamples.explain.changes import name_of
from counterexamples.itf.encoding import encode

View = tuple[str, ...]
"""What the variables that both programs have are worth in a state."""

FAILS = ("fails",)
"""The view that a step leads to which fails."""


@dataclass(frozen=True, slots=True)
class Only:
    """What one program has and the other has not: `what` says it for steps, and is empty for states. `count` of them;
    the nearest ends `trace`, which if `step` is set goes on with that, from its last state."""

    what: str
    count: int
    trace: Trace
    step: Transition | None = None


@dataclass
class Explored:
    """The states of a program, breadth first, and the first way to each. `complete`: there are no others."""

    program: Program
    names: tuple[str, ...]
    origins: dict[State, tuple[State | None, Step]] = field(default_factory=dict)
    views: dict[View, State] = field(default_factory=dict)
    initial: dict[View, State] = field(default_factory=dict)
    steps: dict[tuple[View, str, View], tuple[State, Transition]] = field(default_factory=dict)
    complete: bool = True
    _known: dict[State, View] = field(default_factory=dict)

    def view(self, state: State) -> View:
        """The state as it is compared."""
        if state not in self._known:
            program = self.program
            places = [program.position(name) for name in self.names]
            self._known[state] = tuple(
                json.dumps(encode(program.variables[place].type, state[place])) for place in places
            )
        return self._known[state]

    def trace(self, last: State) -> Trace:
        """A shortest behaviour to a state."""
        states, steps = [last], list[Step]()
        parent, step = self.origins[last]
        while parent is not None:
            states.append(parent)
            steps.append(step)
            parent, step = self.origins[parent]
        return Trace(tuple(reversed(states)), tuple(reversed(steps)), step.choices)


def common(a: Program, b: Program) -> tuple[str, ...]:
    """The variables that both programs have, in the order of the first."""
    others = {declared.name for declared in b.variables}
    return tuple(declared.name for declared in a.variables if declared.name in others)


def explored(program: Program, names: tuple[str, ...], most: int, look: Callable[[], None]) -> Explored:
    """The first `most` states of a program, and their steps; those beyond a `@constraint` are none. `look` is called at
    each step, and may raise."""
    found, waiting = Explored(program, names), deque[State]()
    interpreter = Interpreter(program)

    def reached(origin: State | None, transition: Transition) -> bool:
        """Note a step; whether there is room for where it leads."""
        state = transition.state
        if state is not None and state not in found.origins:
            if not interpreter.within(state):
                return True
            if len(found.origins) == most:
                return False
            found.origins[state] = origin, transition.step
            found.views.setdefault(found.view(state), state)
            waiting.append(state)
        if origin is None and state is not None:
            found.initial.setdefault(found.view(state), state)
        elif origin is not None:
            before, after = found.view(origin), FAILS if state is None else found.view(state)
            if before != after:
                found.steps.setdefault((before, label(program, transition.step), after), (origin, transition))
        return True

    origin, steps = None, interpreter.initial()
    while True:
        for transition in steps:
            look()
            if not reached(origin, transition):
                found.complete = False
                return found
        if not waiting:
            return found
        origin = waiting.popleft()
        steps = interpreter.successors(origin)


def label(program: Program, step: Step) -> str:
    """How a step is called in both programs: without what it chose."""
    point = "" if step.point is None else f' from "{step.point}"'
    return f"{name_of(program, step)}{point}"


def only_states(one: Explored, other: Explored) -> Only | None:
    """The states that one program has and the other, explored whole, has not; None if there are none."""
    assert other.complete
    alone = [state for view, state in one.views.items() if view not in other.views]
    return Only("", len(alone), one.trace(alone[0])) if alone else None


def only_initial(one: Explored, other: Explored) -> Only | None:
    """The initial states that one program has, of states that both have; None if there are none."""
    assert other.complete
    alone = [each for view, each in one.initial.items() if view in other.views and view not in other.initial]
    return Only("", len(alone), one.trace(alone[0])) if alone else None


def only_steps(one: Explored, other: Explored) -> Iterator[Only]:
    """The steps between states of both, or that fail in one, that the other, explored whole, has not: by their names,
    in the order of the nearest of each."""
    assert other.complete
    groups: dict[str, list[tuple[State, Transition]]] = {}
    for (before, name, after), (origin, transition) in one.steps.items():
        shared = before in other.views and (after is FAILS or after in other.views)
        if shared and (before, name, after) not in other.steps:
            groups.setdefault(name, []).append((origin, transition))
    for name, found in groups.items():
        origin, transition = found[0]
        yield Only(name, len(found), one.trace(origin), transition)
