"""Values of an ITF file in whatever form its tool chose -> the form that `encoding` writes. Judges no value.

The forms are those of Apalache's ADR 15 and of what Apalache and Quint make of it. `fit` is led by the type that a
value should have, and leaves alone what it does not know: `encoding.decode` refuses that, with its place.

    JSON integers, "3_OF_NODE"               {"#bigint": "3"}
    {"tag": "EAST", ...}, "EAST_OF_BANK"     "EAST", also where case or underscores differ
    a bare value, "NONE", null               the variant {"tag": "Some"} or {"tag": "None"}
    lists for tuples and sets, tuples for sequences, functions 1..n for sequences, lists and records for arrays
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum

from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import (
    ArrayType,
    BoolType,
    EnumType,
    IntType,
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
from counterexamples.itf.encoding import NOTHING, NUMBER, Json, Place, brief, decode, encode

_CONSTANT = re.compile(r"(.+?)_OF_\w+")  # Apalache: a value of an uninterpreted type
_ABSENT = ("none", "null", "nil")


def alike(text: str) -> str:
    """What two spellings of a name have in common: `who_is_on` and `whoIsOn`."""
    return text.replace("_", "").casefold()


def fit(kind: Type, data: Json, place: Place) -> Json:
    """`data` in the form that `encode` writes for `kind`, as far as it can be read so. UsageError U005 for a value that
    its tool could not write."""
    if isinstance(data, dict) and "#unserializable" in data:
        problem = f"the tool that wrote the file could not write this value: {brief(data['#unserializable'])}"
        raise place.wrong(problem, f"Let it write a value of {kind} there.")
    match kind:
        case IntType() | SymType():
            return _integer(data)
        case EnumType():
            name = _member(kind, data)
            return data if name is None else name
        case NoneType() | OptType():
            return _option(kind, data, place)
        case ArrayType():
            return _array(kind, data, place)
        case RecordType():
            return _record(kind, data, place)
        case SetType():
            items = _items(data, "#set")
            return data if items is None else {"#set": _fitted(kind.item, items, place)}
        case SeqType():
            items = _sequence(data)
            return data if items is None else _fitted(kind.item, items, place)
        case TupleType():
            items = _items(data, "#tup")
            if items is None or len(items) != len(kind.parts):
                return data
            pairs = zip(kind.parts, items, strict=True)
            return {"#tup": [fit(part, item, place.item(at)) for at, (part, item) in enumerate(pairs)]}
    return data


def typed(kind: Type) -> str:
    """The type of what `encode` writes, in the notation of Apalache (its ADR 2), which asks for it in `varTypes`."""
    match kind:
        case BoolType():
            return "Bool"
        case IntType() | SymType():
            return "Int"
        case EnumType():
            return "Str"
        case NoneType():
            return "None(UNIT)"
        case OptType():
            return f"None(UNIT) | Some({typed(kind.item)})"
        case SetType():
            return f"Set({typed(kind.item)})"
        case SeqType():
            return f"Seq({typed(kind.item)})"
        case ArrayType():
            return f"{_inside(kind.index)} -> {_inside(kind.item)}"
        case RecordType():
            return "{ " + ", ".join(f"{name}: {typed(item)}" for name, item in kind.fields) + " }"
        case TupleType():
            return "<<" + ", ".join(typed(part) for part in kind.parts) + ">>"
    raise TypeError(f"no values to write: {kind!r}")


def check_parameters(program: Program, state: Mapping[str, Json], place: Place) -> None:
    """Raise UsageError U005 if a first state sets a parameter of the program to another value than it has here."""
    for name, value in program.parameters.items():
        if name not in state:
            continue
        kind, at = program.parameter_types[name], place.field(name)
        found = decode(kind, fit(kind, state[name], at), at)
        if found != value:
            problem = f"the parameter is {kind.show(found)} here, and {kind.show(value)} in the model"
            raise at.wrong(problem, f"Set it so: --set {name}={kind.show(found)}.")


def _inside(kind: Type) -> str:
    """A type as one side of an arrow."""
    return f"({typed(kind)})" if isinstance(kind, (ArrayType, OptType)) else typed(kind)


def _fitted(kind: Type, items: list[Json], place: Place) -> list[Json]:
    return [fit(kind, item, place.item(at)) for at, item in enumerate(items)]


def _constant(text: str) -> str:
    """The name of a value of an uninterpreted type without that of its type."""
    found = _CONSTANT.fullmatch(text)
    return found[1] if found else text


def _integer(data: Json) -> Json:
    if isinstance(data, int) and not isinstance(data, bool):
        return {"#bigint": str(data)}
    if isinstance(data, str) and _constant(data) != data and _constant(data).isdecimal():
        return {"#bigint": _constant(data)}
    return data


def _member(kind: EnumType, data: Json) -> str | None:
    """The name of the one member that `data` means; None if there is no such, or more than one."""
    match data:
        case {"tag": str(text), **rest} if set(rest) <= {"value"}:
            pass
        case str(text):
            pass
        case _:
            return None
    short = _constant(text)
    ways: tuple[Callable[[Value], bool], ...] = (
        lambda member: kind.show(member) == text,
        lambda member: kind.show(member) == short,
        lambda member: isinstance(member, Enum) and member.value in (text, short),
        lambda member: alike(kind.show(member)) == alike(short),
    )
    for means in ways:
        found = [kind.show(member) for member in kind.members if means(member)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _option(kind: NoneType | OptType, data: Json, place: Place) -> Json:
    item = kind.item if isinstance(kind, OptType) else None
    match data:
        case {"tag": "None", **rest} if set(rest) <= {"value"}:
            return NOTHING
        case {"tag": "Some", "value": inner}:
            return data if item is None else {"tag": "Some", "value": fit(item, inner, place)}
        case None:
            return NOTHING
        case str() if alike(_constant(data)) in _ABSENT and not (
            isinstance(item, EnumType) and _member(item, data) is not None
        ):
            return NOTHING
    if item is None:
        return data
    bare = fit(item, data, place)
    try:
        decode(item, bare, place)
    except UsageError:
        return data  # its own form is what the message should ask for
    return {"tag": "Some", "value": bare}


def _items(data: Json, key: str) -> list[Json] | None:
    """The items of a list, or of an object such as `{"#set": [...]}`."""
    if isinstance(data, list):
        return data
    if isinstance(data, dict) and len(data) == 1 and isinstance(data.get(key), list):
        items: list[Json] = data[key]
        return items
    return None


def _pairs(data: Json) -> list[tuple[Json, Json]] | None:
    """The keys and values of a `#map`; its pairs may be tuples."""
    if not isinstance(data, dict) or len(data) != 1 or not isinstance(data.get("#map"), list):
        return None
    pairs = [_items(pair, "#tup") for pair in data["#map"]]
    return [(pair[0], pair[1]) for pair in pairs if pair is not None and len(pair) == 2]


def _is_record(data: Json) -> bool:
    return isinstance(data, dict) and not any(name.startswith("#") for name in data)


def _sequence(data: Json) -> list[Json] | None:
    """The items of a sequence: a list, a tuple, or a function from 1..n, as TLA+ has it, or from 0..n-1."""
    pairs = _pairs(data)
    if pairs is None or len(pairs) != len(data["#map"]):
        return _items(data, "#tup")
    found = {str(_integer(key)): item for key, item in pairs}
    for first in (1, 0):
        keys = [str(_integer(at)) for at in range(first, first + len(pairs))]
        if len(found) == len(pairs) and all(key in found for key in keys):
            return [found[key] for key in keys]
    return None


def _array(kind: ArrayType, data: Json, place: Place) -> Json:
    pairs = _pairs(data)
    if pairs is not None and len(pairs) != len(data["#map"]):
        return data
    if pairs is None and isinstance(kind.index, (IntType, SymType)):
        items = _items(data, "#tup")
        if items is not None and len(items) == kind.index.size:
            pairs = [(encode(kind.index, index), item) for index, item in zip(kind.index.values(), items, strict=True)]
    if pairs is None and _is_record(data):
        pairs = [(_key(kind.index, name), item) for name, item in data.items()]
    if pairs is None:
        return data
    return {
        "#map": [[fit(kind.index, key, place), fit(kind.item, item, place.item(brief(key)))] for key, item in pairs]
    }


def _key(kind: Type, name: str) -> Json:
    """The name of a field where an index stands: TLC's JSON has no other keys."""
    return {"#bigint": name} if isinstance(kind, (IntType, SymType)) and NUMBER.fullmatch(name) else name


def _record(kind: RecordType, data: Json, place: Place) -> Json:
    pairs = list(data.items()) if _is_record(data) else _pairs(data)
    if pairs is None or not all(isinstance(name, str) for name, _ in pairs):
        return data
    names = dict(kind.fields)
    found: dict[str, Json] = {}
    for name, item in pairs:
        near = [each for each in names if alike(each) == alike(name)]
        known = name if name in names or len(near) != 1 else near[0]
        if known in found:
            return data
        found[known] = fit(names[known], item, place.field(known)) if known in names else item
    return found
