"""What helpers marked @event were called with in the steps of a trace, and what a model's `history` makes of it.

Runs the steps once more, in the interpreter; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checker.contract.trace import Failing, Trace
from checker.errors import Span
from checker.ir.nodes import Call, Expr, Function, Program
from checker.ir.types import NoneType, Value
from checker.lang.model import Model, known_model
from checker.lang.view import history, spoken, unwrapped, view, wrapped
from checker.semantics import Interpreter, State, Step
from checker.semantics.choices import Script
from checker.semantics.expressions import Frame
from checker.semantics.statements import Execution
from checker.semantics.step import Impossible
from counterexamples.explain.changes import crashed, name_of


@dataclass
class Event:
    """One call of a helper that is an event: in the step to state number `state`, by `who`. `arguments` and `result`
    are as plain Python reads them; `text` says it in words."""

    name: str
    who: str
    state: int
    arguments: dict[str, Any]
    text: str
    result: Any = None


class History(Sequence[Event]):
    """The events of a trace, in order: what a model's `history` is given."""

    def __init__(self, program: Program, last: State, events: Sequence[Event]) -> None:
        self._program, self._last, self._events = program, last, events

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, place: Any) -> Any:
        return self._events[place]

    def run(self, helper: str, *arguments: Any, **variables: Any) -> tuple[Any, Any] | None:
        """What the helper returns and leads to, called in the last state but with these variables: its result and a
        view of the state after it; None if it requires what is not so."""
        program, function = self._program, self._program.functions[helper]
        state = list(self._last)
        for name, value in variables.items():
            state[program.position(name)] = unwrapped(value)
        positions = {declared.name: place for place, declared in enumerate(program.variables)}
        execution = Execution(program, positions, state, Script(()))
        try:
            result = execution.run_function(function, tuple(map(unwrapped, arguments)))
        except Impossible:
            return None
        return wrapped(function.returns, result), _view(program, tuple(execution.state))


def _view(program: Program, state: State) -> Any:
    return view(known_model(program.model) or Model, program, state)


class _Recorder(Execution):
    """A run that notes the calls of events."""

    def __init__(self, notes: list[tuple[Function, tuple[Value, ...], list[Value]]], *given: Any) -> None:
        super().__init__(*given)
        self.notes = notes

    def call(self, function: str, arguments: Sequence[Value]) -> Value:
        called = self.functions[function]
        if called.event is None:
            return super().call(function, arguments)
        result: list[Value] = []
        self.notes.append((called, tuple(arguments), result))
        result.append(super().call(function, arguments))
        return result[0]


class _Tracer(Execution):
    """A run that knows which calls it is in."""

    def __init__(self, calls: list[Span], *given: Any) -> None:
        super().__init__(*given)
        self.calls = calls

    def evaluate(self, expr: Expr, frame: Frame) -> Value:
        if not isinstance(expr, Call):
            return super().evaluate(expr, frame)
        self.calls.append(expr.span)
        value = super().evaluate(expr, frame)
        self.calls.pop()
        return value


def called_from(program: Program, trace: Trace) -> tuple[Span, ...]:
    """The calls in which the last step of a trace fails, the innermost first; nothing if it does not fail in a call."""
    calls: list[Span] = []
    match trace.end:
        case Failing(Step() as step, failure) if trace.states:
            interpreter = Interpreter(program, lambda *given: _Tracer(calls, *given))
            again = interpreter.run(trace.states[-1], step)
            return tuple(reversed(calls)) if again is not None and again.failure == failure else ()
        case _:
            return ()


def tells(program: Program) -> bool:
    """Whether anything in the program is an event."""
    return any(function.event is not None for function in program.functions.values())


def events(program: Program, trace: Trace) -> tuple[tuple[Event, ...], ...]:
    """The events of every step that was taken, the failing one last."""
    if not tells(program):
        return tuple(() for _ in trace.taken)
    notes: list[tuple[Function, tuple[Value, ...], list[Value]]] = []
    interpreter = Interpreter(program, lambda *given: _Recorder(notes, *given))
    found = []
    for place, step in enumerate(trace.taken):
        notes.clear()
        interpreter.run(trace.states[place], step)
        who = crashed(program, step) or name_of(program, step)
        found.append(tuple(_event(who, place + 2, *note) for note in notes))
    return tuple(found)


def _event(who: str, state: int, called: Function, values: Sequence[Value], result: Sequence[Value]) -> Event:
    name = called.name.partition("'")[0]
    given = {each.name: wrapped(each.type, value) for each, value in zip(called.parameters, values, strict=True)}
    shown = {each: spoken(value) for each, value in given.items()}
    gave = wrapped(called.returns, result[0]) if result else None
    back = spoken(gave) if result and not isinstance(called.returns, NoneType) else ""
    if called.event:
        text = called.event.format(**{"result": back, **shown})
    else:
        text = f"{name}({', '.join(shown.values())})" + (f" returns {back}" if back else "")
    return Event(name, who, state, given, text, gave)


def history_lines(program: Program, trace: Trace, shows: str) -> Iterator[str]:
    """What the model's `history` says of a trace that shows a property; nothing if it has none."""
    if trace.states:
        told = [each for step in events(program, trace) for each in step]
        yield from history(program, trace.states[-1], History(program, trace.states[-1], told), shows)
