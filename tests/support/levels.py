"""What bounded search has to find, depth by depth, worked out by the interpreter alone.

At each depth are the states in which a behaviour of so many states can end. An engine looks twice at a depth: at the
states, then at what can happen in them. For each look: which properties can be decided by it, and how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.semantics import Interpreter, State, StepFailed, Transition

SHOWN = "shown"
"""A property is violated, or witnessed."""
FAILS = "fails"
"""It cannot be evaluated."""

Facts = dict[str, set[str]]


class TooWide(Exception):
    """There are more states at a depth, or steps of a state, than a test has time for."""


@dataclass
class Look:
    """One look at one depth. `by_step`, `by_state`: whether a step fails, or something fails in a state. `of_steps`:
    it is the second, at what can happen."""

    depth: int
    facts: Facts = field(default_factory=dict)
    by_step: bool = False
    by_state: bool = False
    of_steps: bool = False

    def about(self, name: str) -> bool:
        """Whether this look decides on the property, one way or the other: what can happen is looked at after states."""
        return self.depth > 0 and (self.of_steps or name not in (NO_DEADLOCK, NO_FAILURE))

    def note(self, name: str, fact: str) -> None:
        """A fact about a property."""
        self.facts.setdefault(name, set()).add(fact)


class Levels:
    """The looks at a program, at most `deepest` depths. `ends`: no behaviour is longer than those looked at. `empty`:
    init has no outcome."""

    def __init__(self, program: Program, deepest: int, most: int) -> None:
        self.program = program
        self.interpreter = Interpreter(program)
        self.most = most
        self._steps: dict[State, list[Transition]] = {}
        self.ends = self.empty = False
        self.looks = list(self._look(deepest))

    def _look(self, deepest: int) -> Iterator[Look]:
        found = self._some(self.interpreter.initial())
        begin = Look(0, by_step=any(each.failure for each in found))
        if begin.by_step:
            begin.note(NO_FAILURE, SHOWN)
        yield begin
        level = _states(found)
        self.empty = not found
        for depth in range(1, deepest + 1):
            if not level:
                self.ends = True
                return
            yield self._judge(depth, level)
            yield self._expand(depth, level)
            following = [each for state in level for each in self.steps(state)]
            level = _states(following)
            if len(level) > self.most:
                raise TooWide

    def steps(self, state: State) -> list[Transition]:
        """What can happen in a state."""
        if state not in self._steps:
            self._steps[state] = self._some(self.interpreter.successors(state))
        return self._steps[state]

    def _some(self, transitions: Iterator[Transition]) -> list[Transition]:
        found: list[Transition] = []
        for each in transitions:
            found.append(each)
            if len(found) > self.most:
                raise TooWide
        return found

    def _judge(self, depth: int, level: list[State]) -> Look:
        look = Look(depth)
        for judged in self.program.properties:
            if judged.kind in (PropertyKind.FINAL, PropertyKind.LEMMA):
                continue
            for state in level:
                try:
                    holds = self.interpreter.holds(judged.name, state)
                except StepFailed:
                    look.by_state = True
                    look.note(judged.name, FAILS)
                    look.note(NO_FAILURE, SHOWN)
                else:
                    if holds is (judged.kind is PropertyKind.SOMETIMES):
                        look.note(judged.name, SHOWN)
        return look

    def _expand(self, depth: int, level: list[State]) -> Look:
        look = Look(depth, of_steps=True)
        for state in level:
            steps = self.steps(state)
            if any(step.failure for step in steps):
                look.by_step = True
                look.note(NO_FAILURE, SHOWN)
            try:
                if self.interpreter.deadlocked(state, bool(steps)):
                    look.note(NO_DEADLOCK, SHOWN)
            except StepFailed:
                look.by_state = True
                look.note(NO_DEADLOCK, FAILS)
                look.note(NO_FAILURE, SHOWN)
        return look


def _states(transitions: list[Transition]) -> list[State]:
    """Where they lead, each state once, in the order found."""
    return list(dict.fromkeys(each.state for each in transitions if each.state is not None))
