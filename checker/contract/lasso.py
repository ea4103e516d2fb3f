"""Decide whether a lasso is a fair behaviour of which a temporal property is false. Searches nothing; knows no engine.

A lasso is a trace whose last state is one that it has been in before: from there it goes round for ever. If that is the
last state itself, it rests there. That its steps are those of the program is for `replay` to say; here it is seen that
the loop closes, that it owes nothing, and that the property is false, straight from what fairness and the property
mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from checker.contract.trace import Lasso, Trace
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import (
    Always,
    Condition,
    Conjunction,
    Disjunction,
    Eventually,
    Fairness,
    Formula,
    Negation,
    TemporalKind,
    Until,
)
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step, vectors

Thing = tuple[str, tuple[Value, ...]]
"""What is owed something: a process with its index, or an action with its arguments."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a loop stands to something fair that is possible in it: which of its steps takes it, and in which of its
    states it is not possible. Both count as in the trace: step 1 leads from the first state to the second, state 1 is
    the first."""

    thing: Thing
    fairness: Fairness
    taken: int | None
    impossible: int | None

    @property
    def is_owed(self) -> bool:
        """Whether the loop, gone round for ever, would leave out what it owes."""
        return self.taken is None and (self.fairness is Fairness.STRONG or self.impossible is None)


class NotFair(Exception):  # what was found
    """The trace is no lasso, or something fails beside it. `state` counts from 0; `expected` and `actual` are
    phrases."""

    def __init__(self, state: int, expected: str, actual: str) -> None:
        self.state, self.expected, self.actual = state, expected, actual
        super().__init__(f"expected {expected}, but {actual}")


def standings(program: Program, trace: Trace, end: Lasso) -> tuple[Standing, ...]:
    """How the loop stands to everything fair that is possible in one of its states. Raises NotFair if it does not
    close."""
    _confirm_closed(program, trace, end)
    interpreter = Interpreter(program)
    loop = range(end.back_to, max(end.back_to + 1, len(trace.steps)))
    possible = {number: _possible(interpreter, trace.states[number], number) for number in loop}
    things = dict.fromkeys(thing for number in loop for thing in possible[number])
    return tuple(_standing(program, trace, end, thing, possible) for thing in things)


def _confirm_closed(program: Program, trace: Trace, end: Lasso) -> None:
    for declared, first, last in zip(program.variables, trace.states[end.back_to], trace.states[-1], strict=True):
        if first != last:
            expected = f"'{declared.name}' = {declared.type.show(first)}, to close the loop"
            raise NotFair(len(trace.steps), expected, f"it is {declared.type.show(last)}")


def _possible(interpreter: Interpreter, state: State, number: int) -> dict[Thing, set[State]]:
    """What is fair and can change the state, with the states that it can lead to."""
    found: dict[Thing, set[State]] = {}
    for transition in interpreter.successors(state):
        step = transition.step
        if transition.failure is not None:
            raise NotFair(number, "no step that fails", f"'{step.name}' can fail: {transition.failure.message}")
        if step.name in interpreter.program.fairness and transition.state is not None and transition.state != state:
            found.setdefault((step.name, step.arguments), set()).add(transition.state)
    return found


def _standing(
    program: Program, trace: Trace, end: Lasso, thing: Thing, possible: dict[int, dict[Thing, set[State]]]
) -> Standing:
    """A step takes a thing if it leads where that can lead, whatever the trace calls it."""
    steps = range(end.back_to, len(trace.steps))
    named = (n for n in steps if _names(trace.steps[n], thing) and trace.states[n] != trace.states[n + 1])
    likewise = (n for n in steps if trace.states[n + 1] in possible[n].get(thing, ()))
    taken = next(named, next(likewise, None))
    impossible = next((number for number in possible if thing not in possible[number]), None)
    return Standing(
        thing,
        program.fairness[thing[0]],
        None if taken is None else taken + 1,
        None if impossible is None else impossible + 1,
    )


def _names(step: Step, thing: Thing) -> bool:
    return (step.name, step.arguments) == thing


def refuting(program: Program, temporal: Temporal, trace: Trace, end: Lasso) -> tuple[Value, ...] | None:
    """The first values of its parameters for which the property is false of a lasso; None if it is true for all of
    them. StepFailed if a condition cannot be evaluated."""
    interpreter = Interpreter(program)
    for arguments in vectors([parameter.type for parameter in temporal.function.parameters]):
        truth = [interpreter.conditions(temporal, arguments, state) for state in trace.states]
        if not _is_true(temporal, truth, end.back_to):
            return arguments
    return None


def _is_true(temporal: Temporal, truth: Sequence[tuple[bool, ...]], back_to: int) -> bool:
    """Whether a property is true of a lasso whose states have these conditions, from its definition."""
    ever = range(len(truth))
    match temporal.kind:
        case TemporalKind.EVENTUALLY:
            return any(truth[now][0] for now in ever)
        case TemporalKind.LEADS_TO:
            comes = _sometime([then for _, then in truth], back_to)
            return all(comes[now] for now in ever if truth[now][0])
        case TemporalKind.ALWAYS_EVENTUALLY:
            return all(_sometime([now[0] for now in truth], back_to))
        case TemporalKind.EVENTUALLY_ALWAYS:
            return not all(_sometime([not now[0] for now in truth], back_to))
        case TemporalKind.TEMPORAL:
            assert temporal.formula is not None
            return over_time(temporal.formula, truth, back_to)[0]
        case _:
            assert_never(temporal.kind)


def over_time(formula: Formula, truth: Sequence[tuple[bool, ...]], back_to: int) -> list[bool]:
    """Whether a formula is true at each time of a lasso whose states have these conditions, from what its operators
    mean, in time that is linear in the states: from each state back to the one before it."""
    ever = range(len(truth))
    match formula:
        case Condition(number):
            return [conditions[number] for conditions in truth]
        case Negation(operand):
            return [not now for now in over_time(operand, truth, back_to)]
        case Conjunction(operands):
            found = [over_time(operand, truth, back_to) for operand in operands]
            return [all(each[now] for each in found) for now in ever]
        case Disjunction(operands):
            found = [over_time(operand, truth, back_to) for operand in operands]
            return [any(each[now] for each in found) for now in ever]
        case Always(operand):
            return [not now for now in _sometime([not now for now in over_time(operand, truth, back_to)], back_to)]
        case Eventually(operand):
            return _sometime(over_time(operand, truth, back_to), back_to)
        case Until(first, then):
            return _until(over_time(first, truth, back_to), over_time(then, truth, back_to), back_to)
        case _:
            assert_never(formula)


def _sometime(comes: Sequence[bool], back_to: int) -> list[bool]:
    """At each time, whether something comes then or later."""
    return _until([True] * len(comes), comes, back_to)


def _until(holds: Sequence[bool], comes: Sequence[bool], back_to: int) -> list[bool]:
    """At each time, whether something comes then or later, and what has to hold does so before. Twice round the loop:
    the first time nothing is taken to come after its end, the second what was found at its beginning."""
    found = [False] * len(comes)
    following = False
    for now in (*reversed(range(back_to, len(comes))), *reversed(range(len(comes)))):
        following = found[now] = comes[now] or (holds[now] and following)
    return found


def in_turn(now: int, length: int, back_to: int) -> Iterator[int]:
    """The times of a lasso from one on in the order in which they come, each once or more."""
    yield from range(now, length)
    yield from range(back_to, now)
