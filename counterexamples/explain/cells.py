"""The smallest parts of a state that are told apart, and what each depends on after some writes. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.ir.types import ArrayType, RecordType, Type, Value

_MANY = 256  # of an array of more leaves, a read of the whole is one cell


@dataclass(frozen=True, slots=True)
class Member:
    """Whether a set has this member: the last item of a cell."""

    value: Value


Cell = tuple[object, ...]
"""A variable's name, then indices, names of fields, and perhaps a Member."""
Cells = frozenset[Cell]
NO_CELLS: Cells = frozenset()


def leaves(cell: Cell, kind: Type) -> tuple[Cell, ...]:
    """The smallest cells that a cell of an array or record is made of."""
    match kind:
        case ArrayType(index=index, item=item) if index.size <= _MANY:
            below = [leaves((*cell, value), item) for value in index.values()]
        case RecordType(fields=fields):
            below = [leaves((*cell, name), item) for name, item in fields]
        case _:
            return (cell,)
    found = tuple(each for group in below for each in group)
    return found if len(found) <= _MANY else (cell,)


def resolve(written: Mapping[Cell, Cells], cell: Cell) -> Cells:
    """What the value of a cell after some writes depends on, in cells before them."""
    covering = (cell[:length] for length in range(len(cell), 0, -1))
    found = next((written[each] for each in covering if each in written), None)
    parts = (causes for each, causes in written.items() if len(each) > len(cell) and each[: len(cell)] == cell)
    return frozenset({cell} if found is None else found).union(*parts)


def overlap(one: Cell, other: Cell) -> bool:
    """Whether one of two cells is the other, or a part of it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]
