"""What can be said of a lasso: where it goes on, why it may do so for ever, and what would end it. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from checker.contract.lasso import Standing, Thing, refuting, standings
from checker.contract.trace import Lasso, Trace
from checker.ir.nodes import Make, Program, Return, Temporal
from checker.ir.temporal import Fairness, TemporalKind
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step
from counterexamples.explain.changes import name_of
from counterexamples.explain.formula import formula_words
from counterexamples.explain.quote import quote
from counterexamples.explain.watch import Watch, stopped

_MOST_NAMED = 3
"""Processes and actions that are named for being owed nothing."""

_MOST_TAKEN = 6
"""Those that are named for being taken."""

_LONGEST = 70
"""Characters of a condition that is quoted: a line."""


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
    """Sentences: what is false of a replayed lasso; then who is starved, and of all else that is fair why the loop owes
    it nothing; then what is declared to be owed nothing, and what to write if it is."""
    said = [] if temporal is None else [false_words(program, temporal, trace, end)]
    found = standings(program, trace, end)
    said += starved_words(program, trace, end)
    taken = [each for each in found if each.taken is not None]
    said += [_taken(program, each) for each in taken[:_MOST_TAKEN]]
    if len(taken) > _MOST_TAKEN:
        said.append(f"{len(taken) - _MOST_TAKEN} more that are fair are taken in the loop.")
    if not found:
        said.append("It may go on like this: nothing that is fair is possible in the loop.")
    return (*said, *unfair_words(program, trace, end))


def starved_words(program: Program, trace: Trace, end: Lasso) -> tuple[str, ...]:
    """Who is fair and gets no step in the loop, and why it is owed none: what is possible now and then, and processes
    that have not finished and can go on nowhere."""
    found = standings(program, trace, end)
    said = [_starved(program, trace, end, each) for each in found if each.taken is None]
    possible = {each.thing for each in found}
    here = end.back_to
    for thing in _fair_processes(program):
        why = None if thing in possible else _why(program, trace.states[here], thing)
        if why is not None:
            fair = _fair(program, thing, program.fairness[thing[0]])
            said.append(f"{fair} can go on nowhere in the loop: in state {here + 1} it {why}.")
    return tuple(said[:_MOST_NAMED])


def _taken(program: Program, standing: Standing) -> str:
    assert standing.taken is not None
    fair = _fair(program, standing.thing, standing.fairness)
    return f"{fair} is taken in the loop: it leads to state {standing.taken + 1}."


def _starved(program: Program, trace: Trace, end: Lasso, standing: Standing) -> str:
    """Of something weakly fair that is possible in one state of the loop and not in another."""
    assert standing.impossible is not None
    interpreter = Interpreter(program)
    loop = range(end.back_to, max(end.back_to + 1, len(trace.steps)))
    can = next(number for number in loop if standing.thing in _things(interpreter, trace.states[number]))
    fair = _fair(program, standing.thing, standing.fairness)
    is_process = standing.thing[0] in {each.name for each in program.processes}
    how = "is starved: it can go on" if is_process else "never happens: it is possible"
    why = _why(program, trace.states[standing.impossible - 1], standing.thing) or "has finished"
    where = f"in state {can + 1}, but not in state {standing.impossible}, where it {why}"
    return f'{fair} {how} {where}. Only fair="strong" would owe it a step.'


def _things(interpreter: Interpreter, state: State) -> list[Thing]:
    """What can change a state, each once, in the order of the model."""
    found = interpreter.successors(state)
    return list(dict.fromkeys((each.step.name, each.step.arguments) for each in found if each.state != state))


def _why(program: Program, state: State, thing: Thing) -> str | None:
    """What stops something in a state: `waits until self.held is None: now self.held = 1`. None of a process that has
    finished."""
    runs = [run for run in Watch(program).attempts(state) if run.doer == thing]
    if not runs:
        return None
    guard = next((run.blocked for run in runs if run.blocked is not None), None)
    return "would change nothing" if guard is None else stopped(guard)


def _fair(program: Program, thing: Thing, fairness: Fairness) -> str:
    who = name_of(program, Step(thing[0], thing[1], None, ()))
    return f"{who} ({'strongly' if fairness is Fairness.STRONG else 'weakly'} fair)"


def _fair_processes(program: Program) -> Iterator[Thing]:
    """Every instance of a process that is fair."""
    for process in program.processes:
        if process.name in program.fairness:
            values = [()] if process.index is None else [(value,) for value in process.index.type.values()]
            yield from ((process.name, each) for each in values)


def unfair_words(program: Program, trace: Trace, end: Lasso) -> Iterator[str]:
    """What could go on in the loop and is declared to be owed nothing: it may be what is missing."""
    interpreter = Interpreter(program)
    taken = {step.name for step in trace.steps[end.back_to :]}
    loop = range(end.back_to, max(end.back_to + 1, len(trace.steps)))
    waiting: dict[str, dict[Thing, list[int]]] = {}  # of each name, what is possible in which states
    for number in loop:
        for name, arguments in _things(interpreter, trace.states[number]):
            if name not in program.fairness and name not in taken:
                waiting.setdefault(name, {}).setdefault((name, arguments), []).append(number + 1)
    for found in list(waiting.values())[:_MOST_NAMED]:
        thing = max(found, key=lambda each: len(found[each]))
        yield _unfair(program, thing, found[thing][0], len(found[thing]) == len(loop))


def _unfair(program: Program, thing: Thing, state: int, always: bool) -> str:
    """Of something that is owed nothing and first possible in this state of the loop: weak fairness would owe it a step
    only if it `always` is."""
    who, weak = name_of(program, Step(thing[0], thing[1], None, ())), '@action(fair="weak")'
    is_process = thing[0] in {each.name for each in program.processes}
    how = "can go on" if is_process else "is possible"
    need = "but need not: it is fair=False." if is_process else "but need not happen."
    if not always:
        now_and_then = "Not in every state of the loop"
        return f'{who} {how} in state {state}, {need} {now_and_then}: only fair="strong" would owe it a step.'
    return f"{who} {how} in state {state}, {need} Say {'fair=True' if is_process else weak} if it does."


def false_words(program: Program, temporal: Temporal, trace: Trace, end: Lasso) -> str:
    """How the property is false of the lasso."""
    arguments = refuting(program, temporal, trace, end) or ()
    truth = [Interpreter(program).conditions(temporal, arguments, state) for state in trace.states]
    given = _given(temporal, arguments)
    first, *rest = _conditions(temporal)
    match temporal.kind:
        case TemporalKind.EVENTUALLY:
            return f"{given}{first} is false in every state."
        case TemporalKind.LEADS_TO:
            never = [not any(after for _, after in truth[min(now, end.back_to) :]) for now in range(len(truth))]
            begins = next(now for now, (before, _) in enumerate(truth) if before and never[now])
            return f"{given}{first} is true in state {begins + 1}, and {rest[0]} is false from there on, for ever."
        case TemporalKind.ALWAYS_EVENTUALLY:
            return f"{given}{first} is false in every state of the loop."
        case TemporalKind.EVENTUALLY_ALWAYS:
            loop = range(end.back_to, len(truth))
            wrong = next(number for number in loop if not truth[number][0])
            return f"{given}{first} is false in state {wrong + 1}, again and again."
        case TemporalKind.TEMPORAL:
            return f"{given}{formula_words(temporal, truth, end.back_to)}"
        case _:
            assert_never(temporal.kind)


def _conditions(temporal: Temporal) -> tuple[str, ...]:
    """What a property says as its author wrote it, if it only returns that and it is short."""
    pair = temporal.kind is TemporalKind.LEADS_TO
    match temporal.function.body:
        case (Return(value=Make(items=items)),) if pair:
            written = tuple(map(quote, items))
        case (Return(value=value),) if not pair and value is not None:
            written = (quote(value),)
        case _:
            written = ()
    if written and all(len(each) <= _LONGEST for each in written):
        return written
    return ("the first condition", "the second") if pair else ("the condition",)


def _given(temporal: Temporal, arguments: tuple[Value, ...]) -> str:
    """For which values of its parameters: "With t = 0, "."""
    pairs = zip(temporal.function.parameters, arguments, strict=False)
    said = ", ".join(f"{parameter.name} = {parameter.type.show(value)}" for parameter, value in pairs)
    return f"With {said}, " if said else ""
