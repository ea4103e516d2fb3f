"""Values of the language <-> the JSON that ITF writes for them. Knows values and types, neither traces nor files.

    Bool     true, false                       Range         {"#bigint": "7"}
    Enum     the member's name                 Opt(T)        {"tag": "None", "value": {"#tup": []}}
    Record   {"field": item, ...}                            {"tag": "Some", "value": item}
    Seq      [item, ...]                       SetOf(T)      {"#set": [item, ...]}, in rank order
    tuple    {"#tup": [item, ...]}             Array(I, T)   {"#map": [[index, item], ...]}, in rank order

A value whose type is not at hand (what a `choose` took) is written by its own shape: tuples of every sort as
`{"#tup": [...]}`, None as the variant, everything else without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Any

from checker.errors import UsageError
from checker.ir.types import (
    ArrayType,
    BoolType,
    EnumType,
    IntType,
    NeverType,
    NoneType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
)
from counterexamples.explain.changes import order

Json = Any  # what json.loads returns
Enums = Mapping[str, tuple[Value, ...]]  # the members that bear a name
NOTHING: Json = {"tag": "None", "value": {"#tup": []}}

NUMBER = re.compile(r"-?[0-9]{1,4000}", re.ASCII)  # Python reads no longer ones


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a trace file something stands: `file: states[3].field[1]`."""

    file: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file

    def field(self, name: str) -> Place:
        """The member `name` of the object at this place."""
        return Place(self.file, f"{self.path}.{name}" if self.path else name)

    def item(self, index: object) -> Place:
        """The item at `index` of what stands at this place."""
        return Place(self.file, f"{self.path}[{index}]")

    def wrong(self, problem: str, remedy: str) -> UsageError:
        """The error that refuses the file: U005 with this place."""
        return UsageError("U005", f"{self}: {problem}", remedy)

    def mistyped(self, data: Json, expected: str, example: str) -> UsageError:
        """The error for a value that does not have the form of its type."""
        return self.wrong(f"{brief(data)} is not {expected}", f"Write it like {example}.")


def brief(data: Json) -> str:
    """JSON as a message quotes it: whole if short, otherwise its beginning."""
    text = repr(data) if not isinstance(data, bool) else str(data).lower()
    return text if len(text) <= 60 else text[:57] + "..."


def encode(kind: Type, value: Value) -> Json:
    """The JSON of a value of `kind`."""
    match kind:
        case NoneType():
            return NOTHING
        case OptType():
            return NOTHING if value is None else {"tag": "Some", "value": encode(kind.item, value)}
        case ArrayType():
            pairs = zip(kind.index.values(), value, strict=True)
            return {"#map": [[encode(kind.index, index), encode(kind.item, item)] for index, item in pairs]}
        case RecordType():
            return {name: encode(item, part) for (name, item), part in zip(kind.fields, value, strict=True)}
        case SetType():
            return {"#set": [encode(kind.item, member) for member in sorted(value, key=kind.item.rank)]}
        case SeqType():
            return [encode(kind.item, item) for item in value]
        case TupleType():
            return {"#tup": [encode(item, part) for item, part in zip(kind.parts, value, strict=True)]}
    return shape(value)


def shape(value: Value) -> Json:
    """The JSON of a value whose type is not at hand."""
    match value:
        case None:
            return NOTHING
        case bool() | str():
            # A control point's label is a str; a StrEnum's member is one too, and is written by its name below.
            return value.name if isinstance(value, Enum) else value
        case Enum():
            return value.name
        case int():
            return {"#bigint": str(value)}
        case tuple():
            return {"#tup": [shape(item) for item in value]}
        case frozenset():
            return {"#set": [shape(member) for member in sorted(value, key=order)]}
    raise TypeError(f"not a value of the language: {value!r}")


def decode(kind: Type, data: Json, place: Place) -> Value:
    """The value of `kind` that `data` writes. Raises UsageError U005 at `place` if it writes none."""
    match kind:
        case BoolType():
            if not isinstance(data, bool):
                raise place.mistyped(data, "a truth value", "true")
            return data
        case IntType() | SymType():
            return _within(kind, _integer(data, place), place)
        case EnumType():
            return _member(kind, data, place)
        case NoneType():
            if data != NOTHING:
                raise place.mistyped(data, "None", '{"tag": "None", "value": {"#tup": []}}')
            return None
        case OptType():
            return _option(kind, data, place)
        case ArrayType():
            return _array(kind, data, place)
        case RecordType():
            return _record(kind, data, place)
        case TupleType():
            return _tuple(kind, data, place)
        case SetType():
            return frozenset(_items(kind.item, _under(data, "#set", place), place))
        case SeqType():
            if not isinstance(data, list):
                raise place.mistyped(data, "a sequence", '[{"#bigint": "7"}]')
            return _within(kind, tuple(_items(kind.item, data, place)), place)
        case NeverType():
            raise place.wrong(f"{brief(data)} stands where there can be no value", "Leave it out.")
    raise TypeError(f"no such type: {kind!r}")


def readings(data: Json, enums: Enums, place: Place) -> Iterator[Value]:
    """Every value that `data`, written by `shape`, can mean; `enums` gives the members that bear a name.
    Usually one. A name that no member bears is read as the text itself, which no step can choose."""
    match data:
        case bool() | int():
            yield data
        case str():
            yield from enums.get(data, (data,))
        case {"#bigint": _}:
            yield _integer(data, place)
        case {"tag": "None"}:
            yield None
        case {"tag": "Some", "value": inner}:
            yield from readings(inner, enums, place)
        case {"#tup": list(items)}:
            yield from map(tuple, _combinations(items, enums, place))
        case {"#set": list(items)}:
            yield from map(frozenset, _combinations(items, enums, place))
        case _:
            raise place.mistyped(data, "a value", '{"#bigint": "7"}')


def _combinations(items: list[Json], enums: Enums, place: Place) -> Iterable[tuple[Value, ...]]:
    return product(*(list(readings(item, enums, place.item(index))) for index, item in enumerate(items)))


def _integer(data: Json, place: Place) -> int:
    match data:
        case {"#bigint": str(digits)} if len(data) == 1 and NUMBER.fullmatch(digits):
            return int(digits)
    raise place.mistyped(data, "an integer", '{"#bigint": "7"}')


def _within(kind: Type, value: Value, place: Place) -> Value:
    if not kind.contains(value):
        raise place.wrong(
            f"{kind.show(value)} is not in {kind}", "Every value of a trace lies within its variable's type."
        )
    return value


def _member(kind: EnumType, data: Json, place: Place) -> Value:
    for member in kind.members:
        if data == kind.show(member):
            return member
    known = ", ".join(kind.show(member) for member in kind.members)
    raise place.wrong(f"{brief(data)} is not in {kind}", f"It has: {known}.")


def _option(kind: OptType, data: Json, place: Place) -> Value:
    match data:
        case {"tag": "None", "value": _}:
            return None
        case {"tag": "Some", "value": inner}:
            return decode(kind.item, inner, place)
    raise place.mistyped(data, f"in {kind}", '{"tag": "Some", "value": ...} or {"tag": "None", "value": {"#tup": []}}')


def _under(data: Json, key: str, place: Place) -> list[Json]:
    """The list in an object of one member, such as `{"#set": [...]}`."""
    if isinstance(data, dict) and len(data) == 1 and isinstance(data.get(key), list):
        items: list[Json] = data[key]
        return items
    raise place.mistyped(data, f"a {key.strip('#')}", f'{{"{key}": [...]}}')


def _items(kind: Type, data: list[Json], place: Place) -> Iterator[Value]:
    return (decode(kind, item, place.item(index)) for index, item in enumerate(data))


def _array(kind: ArrayType, data: Json, place: Place) -> Value:
    found: dict[int, Value] = {}
    for pair in _under(data, "#map", place):
        if not isinstance(pair, list) or len(pair) != 2:
            raise place.mistyped(pair, "a pair of index and item", '[{"#bigint": "0"}, ...]')
        index = decode(kind.index, pair[0], place)
        shown, rank = kind.index.show(index), kind.index.rank(index)
        if rank in found:
            raise place.wrong(f"index {shown} stands twice", "Give each index of the array once.")
        found[rank] = decode(kind.item, pair[1], place.item(shown))
    for rank, index in enumerate(kind.index.values()):
        if rank not in found:
            raise place.wrong(f"index {kind.index.show(index)} is missing", "Give each index of the array once.")
    return tuple(found[rank] for rank in range(kind.index.size))


def _record(kind: RecordType, data: Json, place: Place) -> Value:
    if not isinstance(data, dict):
        raise place.mistyped(data, f"a {kind}", "{" + ", ".join(f'"{name}": ...' for name, _ in kind.fields) + "}")
    names = [name for name, _ in kind.fields]
    for name in data:
        if name not in names:
            raise place.wrong(f"{kind} has no field {name!r}", f"It has: {', '.join(names)}.")
    for name in names:
        if name not in data:
            raise place.wrong(f"field {name!r} is missing", f"{kind} has: {', '.join(names)}.")
    return tuple(decode(item, data[name], place.field(name)) for name, item in kind.fields)


def _tuple(kind: TupleType, data: Json, place: Place) -> Value:
    items = _under(data, "#tup", place)
    if len(items) != len(kind.parts):
        raise place.wrong(f"{len(items)} items stand where {len(kind.parts)} are needed", f"Its type is {kind}.")
    pairs = zip(kind.parts, items, strict=True)
    return tuple(decode(part, item, place.item(index)) for index, (part, item) in enumerate(pairs))
