"""Read the states and the orders that a certificate holds. Believes nothing of them but their form."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from checker.certificates.certificate import BETWEEN
from checker.certificates.manifest import REMEDY
from checker.contract.lasso import Thing
from checker.contract.order import Order
from checker.ir.nodes import Program
from checker.ir.types import Type, Value
from checker.semantics import State
from counterexamples.itf.encoding import Place, decode

_REMEMBERED = 4096
"""Values of each variable that are not read again."""


def stored_states(path: Path, program: Program) -> Iterator[State]:
    """The states in a file. Raises UsageError U005, or what json does, where a line is no state of the program."""
    readers = [_reader(declared.name, declared.type) for declared in program.variables]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            texts = line[1:-2].split(BETWEEN)
            if len(texts) != len(readers) or (line[0], line[-2:]) != ("[", "]\n"):
                raise Place(f"line {number:,}").wrong(f"it is not a list of {len(readers)} values", REMEDY)
            yield tuple([read(text, number) for read, text in zip(readers, texts, strict=True)])


def _reader(name: str, kind: Type) -> Callable[[str, int], Value]:
    """Reads the values of one variable, and remembers them: most states have most of their values in common."""
    known: dict[str, Value] = {}

    def read(text: str, number: int) -> Value:
        if text not in known:
            if len(known) == _REMEMBERED:
                known.clear()
            known[text] = decode(kind, json.loads(text), Place(f"line {number:,}", name))
        return known[text]

    return read


def stored_orders(path: Path, program: Program) -> Iterator[Order]:
    """The orders in a file. Raises UsageError U005, or what json does, where a line is none."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            place = Place(f"line {number:,}")
            try:
                yield _order(program, json.loads(line), place)
            except (LookupError, TypeError, AttributeError, ValueError) as error:
                raise place.wrong(f"it is no order: {type(error).__name__}: {error}", REMEDY) from None


def _order(program: Program, data: dict[str, Any], place: Place) -> Order:
    temporal = next((each for each in program.temporal if each.name == data["property"]), None)
    if temporal is None:
        raise ValueError(f"{data['property']!r} is no temporal property")
    arguments = _values([each.type for each in temporal.function.parameters], data["arguments"], place)
    paths: dict[int | tuple[int, int], tuple[int, ...]] = {}
    for at, *path in data["paths"]:
        where = _number(at) if temporal.formula is None else (_number(at), _number(path.pop(0)))
        if where in paths:
            raise ValueError(f"state {at} has two paths")
        paths[where] = tuple(map(_number, path))
    denies = {tuple(map(_number, at)): _thing(program, thing, place) for at, thing in data["denies"]}
    if len(denies) != len(data["denies"]):
        raise ValueError("a group denies two things")
    return Order(temporal.name, arguments, paths, denies)


def _thing(program: Program, data: list[Any] | int | None, place: Place) -> Thing | int | None:
    if data is None:
        return None
    if not isinstance(data, list):
        return _number(data)
    name, given = data
    kinds = next(([each.type for each in action.parameters] for action in program.actions if action.name == name), None)
    if kinds is None:
        process = next((each for each in program.processes if each.name == name), None)
        if process is None:
            raise ValueError(f"{name!r} is neither a process nor an action")
        kinds = [] if process.index is None else [process.index.type]
    return name, _values(kinds, given, place)


def _values(kinds: list[Type], data: list[Any], place: Place) -> tuple[Value, ...]:
    return tuple(decode(kind, each, place) for kind, each in zip(kinds, data, strict=True))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is no number")
    return value
