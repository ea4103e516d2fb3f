"""One state as ordinary Python sees it: the `self` of a model's `picture` and `history`. Changes nothing, runs no step.

Variables are plain values in the forms that the language uses: arrays by their index, records with attributes, sets.
Parameters, types and the model's own helpers are there, and processes as properties see them. A model's methods run
here as Python, not as the language: what only the language knows (`choose`, `require`) fails.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from checker.errors import ModelError, Problem, Span
from checker.ir.nodes import Process, Program, Role
from checker.ir.points import names_in, plain_name
from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, TupleType, Type, Value
from checker.lang.declare import Form, resolve
from checker.lang.formulas import Formula, Parameter, number
from checker.lang.model import Model, known_model, outline
from checker.lang.picture import Picture
from checker.lang.renew import renewed
from checker.source import shown_path

State = tuple[Value, ...]


class Domain(Sequence[Any]):
    """A type, as `self.Obj` names it: its values in order, what belongs to it, and a record made of its fields."""

    def __init__(self, kind: Type) -> None:
        self.kind = kind

    def __len__(self) -> int:
        return self.kind.size

    def __getitem__(self, place: Any) -> Any:
        return wrapped(self.kind, self.kind.unrank(range(self.kind.size)[place]))

    def __contains__(self, value: object) -> bool:
        return self.kind.contains(unwrapped(value))

    def __call__(self, **fields: Any) -> Any:
        """A record of this type."""
        if not isinstance(self.kind, RecordType):
            raise TypeError(f"{self.kind} is no record, and cannot be called")
        return wrapped(self.kind, tuple(unwrapped(fields[name]) for name, _ in self.kind.fields))


class Items(Sequence[Any]):
    """The value of an array: `items[index]` by its index, whatever its type; iterating gives the items in order."""

    def __init__(self, kind: ArrayType, value: Value) -> None:
        self.kind, self.value = kind, value

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: Any) -> Any:
        if not self.kind.index.contains(index):
            raise IndexError(f"{index!r} is no index of {self.kind}")
        return wrapped(self.kind.item, self.value[self.kind.index.rank(index)])

    def __iter__(self) -> Iterator[Any]:
        return (wrapped(self.kind.item, item) for item in self.value)

    def __contains__(self, item: object) -> bool:
        return unwrapped(item) in self.value

    def __eq__(self, other: object) -> bool:
        return bool(self.value == unwrapped(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return self.kind.show(self.value)


class Fields:
    """The value of a record: its fields are attributes."""

    def __init__(self, kind: RecordType, value: Value) -> None:
        self._kind, self._value = kind, value

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for (field, kind), part in zip(self._kind.fields, self._value, strict=True):
                if field == name:
                    return wrapped(kind, part)
        raise AttributeError(f"{name!r} is no field of {self.__class__.__name__}")

    def __eq__(self, other: object) -> bool:
        return bool(self._value == unwrapped(other))

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return self._kind.show(self._value)


class Instance:
    """One instance of a process: `.at("latched")`, `.point`, `.finished`, its locals as attributes and in `.locals`."""

    def __init__(self, program: Program, process: Process, place: int | None, state: State) -> None:
        self._process = process
        self._held = {
            variable: _held(program, variable, place, state)
            for variable in (process.point_variable, *process.kept.values())
        }
        self.point: str = self._held[process.point_variable]
        point = next(each for each in process.points if each.label == self.point)
        self.finished: bool = point.block is None
        self._live, self._names = point.live, point.names

    def at(self, *names: str) -> bool:
        """Whether the process stands at one of these control points."""
        known = names_in(self._process)
        for name in names:
            if name not in known:
                raise ValueError(f"process {self._process.name!r} stops at no {name!r}; there are {', '.join(known)}")
        return any(name in self._names for name in names)

    @property
    def locals(self) -> dict[str, Any]:
        """The locals that are still needed here, by name; of those of one name, that of the process itself."""
        kept = {plain_name(local): local for local in sorted(self._live, key=lambda local: "." not in local)}
        return {name: self._held[self._process.kept[local]] for name, local in kept.items()}

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            kept = self._process.kept
            alike = [name] if name in kept else [local for local in kept if plain_name(local) == name]
            if len(alike) > 1:  # of several helpers: the one that is still needed here
                alike = [local for local in alike if local in self._live]
            if len(alike) == 1:
                return self._held[kept[alike[0]]]
        raise AttributeError(f"process {self._process.name!r} keeps no local {name!r}")


class Instances:
    """The instances of a process, by its index."""

    def __init__(self, program: Program, process: Process, state: State) -> None:
        assert process.index is not None
        self._kind = process.index.type
        self._all = [Instance(program, process, place, state) for place in range(self._kind.size)]

    def __getitem__(self, index: Any) -> Instance:
        if not self._kind.contains(index):
            raise IndexError(f"{index!r} is no index of the process: it is a {self._kind}")
        return self._all[self._kind.rank(index)]

    def __iter__(self) -> Iterator[Instance]:
        return iter(self._all)


def view(model: type[Model], program: Program, state: State) -> Any:
    """One state of a program as an instance of its model's class, whose methods run on it as ordinary Python."""
    seen = object.__new__(model)
    for name, kind in _domains(model, program.parameters).items():
        seen.__dict__[name] = kind
    seen.__dict__.update(program.parameters)
    for declared, value in zip(program.variables, state, strict=True):
        if declared.role is Role.MODEL:
            seen.__dict__[declared.name] = wrapped(declared.type, value)
    for process in program.processes:
        one = process.index is None
        made = Instance(program, process, None, state) if one else Instances(program, process, state)
        seen.__dict__[process.name] = made
    return seen


def pictured(program: Program) -> bool:
    """Whether the model says how a state looks: it has a method `picture` that takes nothing but `self`."""
    return _method(program) is not None


def picture(program: Program, state: State) -> Picture | None:
    """How a state looks, as the model says; None if it does not say. Raises ModelError U019 if its `picture` fails."""
    model = _method(program)
    if model is None:
        return None
    try:
        drawn = view(model, program, state).picture()
        if not isinstance(drawn, Picture):
            raise TypeError(f"it returns {drawn!r}, not a Picture")
        if absent := drawn.missing():
            raise ValueError(f"arrows lead to or from {', '.join(map(repr, absent))}, which is not in the picture")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a user's code raises, SystemExit too, becomes a message with its place
        raise _failed(model, error) from error
    return drawn


def history(program: Program, state: State, told: Sequence[Any], shows: str) -> tuple[str, ...]:
    """What a model says of the events of a trace, line by line, in the state where it ends; nothing if it has no method
    `history` that takes these and the name of the property. Raises ModelError U019 if that fails."""
    model = known_model(program.model)
    found = None if model is None else outline(model).methods.get("history")
    if model is None or found is None or found.mark is not None or found.function.__code__.co_argcount != 3:
        return ()
    try:
        lines = tuple(view(model, program, state).history(told, shows))
        if not all(isinstance(line, str) for line in lines):
            raise TypeError(f"it returns {lines!r}, not lines of text")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _failed(model, error, "history") from error
    return lines


def unfinished(program: Program, number: int, how: str) -> ModelError:
    """The mistake that a picture of state `number` (0: some state) came to nothing without an error of its own."""
    model = _method(program)
    assert model is not None
    which = f"the picture of {model.__name__}" + (f", state {number}," if number else "")
    return ModelError([Problem("U019", _code_of(model), f"{which} fails: {how}", _REMEDY)])


def _method(program: Program) -> type[Model] | None:
    """The model's class, if it has a picture."""
    model = known_model(program.model)
    found = None if model is None else outline(model).methods.get("picture")
    if found is None or found.mark is not None or found.function.__code__.co_argcount != 1:
        return None
    return model


def _failed(model: type[Model], error: BaseException, what: str = "picture") -> ModelError:
    """The mistake, at the last line that took part and is not ours."""
    ours = str(Path(__file__).parents[1])
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(ours)]
    span = _code_of(model, what)
    if frames:
        span = Span(shown_path(frames[-1].filename), frames[-1].lineno or 1, (frames[-1].colno or 0) + 1)
    try:
        said = f"{type(error).__name__}: {error}"
    except BaseException:  # even what an error says of itself is the model's code
        said = "an error that cannot say what it is"
    return ModelError([Problem("U019", span, f"the {what} of {model.__name__} fails: {said}", _MEND[what])])


def _code_of(model: type[Model], what: str = "picture") -> Span:
    code = outline(model).methods[what].function.__code__
    return Span(shown_path(code.co_filename), code.co_firstlineno, 1)


def _domains(model: type[Model], values: Mapping[str, Value]) -> dict[str, Any]:
    """The types that the class names, and the numbers that depend on parameters."""
    found: dict[str, Any] = {}
    means = renewed(model)
    for owner in reversed(model.__mro__):
        for name, value in vars(owner).items():
            if isinstance(value, Form):
                found[name] = Domain(resolve(means.of(value), values))
            elif isinstance(value, Formula) and not isinstance(value, Parameter):
                found[name] = number(means.of(value), values)
            else:
                found.pop(name, None)
    return found


def _held(program: Program, variable: str, place: int | None, state: State) -> Any:
    position = program.position(variable)
    kind = program.variables[position].type
    if place is None:
        return wrapped(kind, state[position])
    assert isinstance(kind, ArrayType)
    return wrapped(kind.item, state[position][place])


_REMEDY = "Mend `picture`: it is plain Python, and must return a Picture for every state."
_MEND = {"picture": _REMEDY, "history": "Mend `history`: it is plain Python, and must return lines of text."}


def spoken(value: Any) -> str:
    """A wrapped value in words: a record that begins with an enum member reads as a call of it, `push(1)`."""
    match value:
        case Fields():
            first, *others = (
                wrapped(kind, part) for (_, kind), part in zip(value._kind.fields, value._value, strict=True)
            )
            if isinstance(first, Enum):
                return f"{first.name.lower()}({', '.join(spoken(each) for each in others if each is not None)})"
            return repr(value)
        case Enum():
            return value.name
    return str(value)


def wrapped(kind: Type, value: Value) -> Any:
    """A value as ordinary Python reads it."""
    match kind:
        case ArrayType():
            return Items(kind, value)
        case RecordType():
            return Fields(kind, value)
        case OptType():
            return None if value is None else wrapped(kind.item, value)
        case SetType():
            return {wrapped(kind.item, item) for item in sorted(value, key=kind.item.rank)}
        case SeqType():
            return tuple(wrapped(kind.item, item) for item in value)
        case TupleType():
            return tuple(wrapped(item, part) for item, part in zip(kind.parts, value, strict=True))
        case _:
            return value


def unwrapped(value: Any) -> Value:
    """The value that `wrapped` was given; anything else as it is, lists as tuples."""
    match value:
        case Items():
            return value.value
        case Fields():
            return value._value
        case set() | frozenset():
            return frozenset(map(unwrapped, value))
        case list() | tuple():
            return tuple(map(unwrapped, value))
        case _:
            return value
