"""What can be said of a lasso: where it goes on, why it may do so for ever, and what would end it. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from checker.contract.lasso import Standing, refuting, standings
from checker.contract.trace import Lasso, Trace
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Fairness, TemporalKind
from checker.ir.types import Value
from checker.semantics import Interpreter, Step
from counterexamples.explain.changes import name_of

_MOST_NAMED = 3
"""Processes and actions that are named for being owed nothing."""


def goes_on(trace: Trace, end: Lasso) -> str:
    """Where a lasso goes on from its last state."""
    if end.back_to == len(trace) - 1:
        return "nothing more happens: it rests here for ever"
    return f"back to state {end.back_to + 1}, and round for ever"


def loop_words(trace: Trace, end: Lasso) -> str:
    """The loop as the subject of a sentence that goes on in the plural."""
    states = "State 1" if len(trace) == 1 else f"States 1 {'and' if len(trace) == 2 else 'to'} {len(trace)}"
    if end.back_to == len(trace) - 1:
        return f"{states}, and then rest,"
    return f"{states}, and then round from state {end.back_to + 1} again,"


def loop_reasons(program: Program, trace: Trace, end: Lasso, temporal: Temporal | None) -> tuple[str, ...]:
    """Sentences: what is false of a replayed lasso; then of all that is fair why the loop owes it nothing; then what is
    declared to be owed nothing, and what to write if it is."""
    said = [] if temporal is None else [_false(program, temporal, trace, end)]
    found = standings(program, trace, end)
    said += [_standing(program, each) for each in found]
    if not found:
        said.append("Nothing that is fair is possible in the loop.")
    return (*said, *unfair_words(program, trace, end))


def _standing(program: Program, standing: Standing) -> str:
    name, arguments = standing.thing
    who = name_of(program, Step(name, arguments, None, ()))
    fair = f"{who} ({'strongly' if standing.fairness is Fairness.STRONG else 'weakly'} fair)"
    if standing.taken is not None:
        return f"{fair} is taken in the loop: it leads to state {standing.taken + 1}."
    return f"{fair} is not possible in state {standing.impossible}: to be possible now and then is not enough."


def unfair_words(program: Program, trace: Trace, end: Lasso) -> Iterator[str]:
    """What could go on in the loop and is declared to be owed nothing: it may be what is missing."""
    interpreter = Interpreter(program)
    taken = {step.name for step in trace.steps[end.back_to :]}
    waiting: dict[str, tuple[str, int]] = {}
    for number in range(end.back_to, max(end.back_to + 1, len(trace.steps))):
        for each in interpreter.successors(trace.states[number]):
            name = each.step.name
            if name not in program.fairness and name not in taken and each.state != trace.states[number]:
                waiting.setdefault(name, (name_of(program, each.step), number + 1))
    processes = {each.name for each in program.processes}
    for name, (who, state) in list(waiting.items())[:_MOST_NAMED]:
        if name in processes:
            yield f"{who} can go on in state {state}, but need not: it is fair=False. Say fair=True if it does."
        else:
            yield f'{who} is possible in state {state}, but need not happen. Say @action(fair="weak") if it does.'


def _false(program: Program, temporal: Temporal, trace: Trace, end: Lasso) -> str:
    """How the property is false of the lasso."""
    arguments = refuting(program, temporal, trace, end) or ()
    truth = [Interpreter(program).conditions(temporal, arguments, state) for state in trace.states]
    given = _given(temporal, arguments)
    match temporal.kind:
        case TemporalKind.EVENTUALLY:
            return f"{given}its condition is false in every state.".capitalize()
        case TemporalKind.LEADS_TO:
            never = [not any(after for _, after in truth[min(now, end.back_to) :]) for now in range(len(truth))]
            first = next(now for now, (before, _) in enumerate(truth) if before and never[now])
            return f"{given}its first condition is true in state {first + 1}, and its second never after.".capitalize()
        case TemporalKind.ALWAYS_EVENTUALLY:
            return f"{given}its condition is false in every state of the loop.".capitalize()
        case TemporalKind.EVENTUALLY_ALWAYS:
            loop = range(end.back_to, len(truth))
            wrong = next(number for number in loop if not truth[number][0])
            return f"{given}its condition is false in state {wrong + 1}, again and again.".capitalize()
        case _:
            assert_never(temporal.kind)


def _given(temporal: Temporal, arguments: tuple[Value, ...]) -> str:
    pairs = zip(temporal.function.parameters, arguments, strict=False)
    said = ", ".join(f"{parameter.name} = {parameter.type.show(value)}" for parameter, value in pairs)
    return f"with {said}, " if said else ""
