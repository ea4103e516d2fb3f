"""Have a program take the steps of a tour, and hold what is to be seen of it after each against the model.

The program is reached through an adapter. What it chooses it chooses itself: all states of the model are kept that
agree with what was seen. It is told only what the model allows in each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Protocol

from checker.errors import UsageError, did_you_mean, nearest
from checker.ir.nodes import Parameter, Program
from checker.semantics import State
from checker.tours.graph import Call
from checker.trace_validation.entries import Entry, Reading
from checker.trace_validation.misfit import Misfit, explained
from checker.trace_validation.raw import At, Json, Raw
from checker.trace_validation.search import Stuck
from checker.trace_validation.stepping import Stepper, Unlogged


class Adapter(Protocol):
    """What a program is reached through: besides these two, a method for each action and each process of the model,
    which takes what that takes."""

    def reset(self) -> None:
        """Begin anew, in an initial state."""
        ...

    def observe(self) -> Mapping[str, Any]:
        """The values of some variables of the model, or of parts of them (`"held[2].key"`)."""
        ...


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a program does what the model does not: after the last of these calls. `misfit` is what was seen and cannot
    be, `raised` what the program raised instead; exactly one is set."""

    calls: tuple[Call, ...]
    states: tuple[State, ...]
    misfit: Misfit | None
    raised: BaseException | None


class Driver:
    """Drives programs against one model. `make` gives an adapter, one for all that the driver does."""

    def __init__(self, program: Program, make: Callable[[], Adapter]) -> None:
        self.program = program
        self.stepper = Stepper(program, Unlogged())
        self._reading = Reading(program, numbered=True)
        self._adapter = make()
        self._name = type(self._adapter).__name__
        self._owners: dict[str, tuple[Parameter, ...]] = {
            **{action.name: action.parameters for action in program.actions},
            **{each.name: () if each.index is None else (each.index,) for each in program.processes},
        }
        self._methods = {name: _method(self._adapter, name) for name in ("reset", "observe", *self._owners)}
        self.states: tuple[State, ...] = ()
        self.calls: list[Call] = []

    def run(self, calls: Sequence[Call]) -> Divergence | None:
        """Begin anew and make calls, as far as the model allows them."""
        found = self.begin()
        for call in calls:
            if found is not None or not self.allows(call):
                break
            found = self.take(call)
        return found

    def begin(self) -> Divergence | None:
        """Begin anew."""
        self.calls = []
        self.states = tuple(dict.fromkeys(each.state for each in self.stepper.initial() if each.state is not None))
        try:
            self._methods["reset"]()
        except Exception as error:
            return Divergence((), self.states, None, error)
        return self._held(Entry(self._raw(None), None, seen=self._seen()))

    def allows(self, call: Call) -> bool:
        """Whether the model can take a step in each of the states that it may be in."""
        entry = self._entry(call, ())
        return all(next(self.stepper.meant(state, entry), None) is not None for state in self.states)

    def take(self, call: Call) -> Divergence | None:
        """Have the program take a step that the model allows."""
        self.calls.append(call)
        try:
            self._methods[call.name](*call.arguments)
        except Exception as error:
            return Divergence(tuple(self.calls), self.states, None, error)
        return self._held(self._entry(call, self._seen()))

    def _held(self, entry: Entry) -> Divergence | None:
        """Keep the states that agree with what was seen; what to say if there is none."""
        if entry.name is None:
            left = [state for state in self.states if entry.agrees(state)]
        else:
            left = [after for state in self.states for _, after in self.stepper.meant(state, entry)]
        if not left:
            for state in self.states:
                self.stepper.confirm_refused(state, entry)
            misfit = explained(self.program, Stuck(entry, self.states))
            return Divergence(tuple(self.calls), self.states, misfit, None)
        self.states = tuple(dict.fromkeys(left))
        return None

    def _entry(self, call: Call, seen: Any) -> Entry:
        parameters = self._owners[call.name]
        return Entry(self._raw(call), call.name, dict(enumerate(call.arguments)), parameters, seen=seen)

    def _raw(self, call: Call | None) -> Raw:
        at = At(f"{self._name}.observe()", len(self.calls))
        return Raw(at, "reset()" if call is None else call.shown(self.program), None if call is None else call.name)

    def _seen(self) -> Any:
        said = self._methods["observe"]()
        at = At(f"{self._name}.observe()", len(self.calls))
        if not isinstance(said, Mapping) or not said:
            problem = f"it gives {said!r}"
            raise at.wrong(problem, 'Give the values of some variables of the model: `{"used": len(self.cache)}`.')
        return self._reading.observed(at, {name: plain(value) for name, value in said.items()})


def _method(adapter: Adapter, name: str) -> Callable[..., Any]:
    found = getattr(adapter, name, None)
    if not callable(found):
        kind = type(adapter).__name__
        known = [each for each in dir(adapter) if callable(getattr(adapter, each, None))]
        remedy = did_you_mean(nearest(name, known), f"It needs `reset`, `observe` and each step of the model: {name}.")
        raise UsageError("U033", f"{kind} has no method {name!r}", remedy)
    return found  # type: ignore[no-any-return]


def plain(value: Any) -> Json:
    """A Python value in the JSON that a log would have for it; what is none of the language is left to be refused."""
    match value:
        case Enum():
            return value.name
        case set() | frozenset():
            return {"#set": [plain(each) for each in value]}
        case Mapping():
            if all(isinstance(key, str) for key in value):
                return {key: plain(each) for key, each in value.items()}
            return {"#map": [[plain(key), plain(each)] for key, each in value.items()]}
        case tuple() if hasattr(value, "_asdict"):
            return {key: plain(each) for key, each in value._asdict().items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return value
