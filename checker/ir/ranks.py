"""Ranks: the values whose fall proves a temporal property, and how two of them compare.

A rank is an integer, or a tuple that is compared from the left. Their types have finitely many values, so that a rank
cannot fall for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.ir.types import BoolType, IntType, NeverType, OptType, TupleType, Type, Value

if TYPE_CHECKING:
    from checker.ir.nodes import Function, Program


@dataclass(frozen=True, slots=True)
class Rank:
    """What proves the temporal property `of`. Its function takes what that of the property takes, in this order, and
    returns an integer, or a tuple of integers and truth values that is compared from the left; or one of both or None:
    nothing is owed there. It chooses nothing and changes nothing."""

    name: str
    of: str
    function: Function


def rank_of(program: Program, name: str) -> Rank | None:
    """What proves the temporal property of this name, if the model says so."""
    return next((each for each in program.ranks if each.of == name), None)


def is_rank(kind: Type) -> bool:
    """Whether values of the type are ranks, or None: nothing is owed. True, too, of what was refused already."""
    match kind:
        case NeverType():
            return True
        case OptType(item=item):
            return not isinstance(item, OptType) and is_rank(item)
        case TupleType(parts=parts):
            return bool(parts) and all(isinstance(part, (IntType, BoolType)) for part in parts)
        case _:
            return isinstance(kind, IntType)


def falls(before: Value, after: Value) -> bool:
    """Whether a rank, of the same type, is lower after than before."""
    return bool(_numbers(after) < _numbers(before))


def _numbers(rank: Value) -> tuple[int, ...]:
    return tuple(map(int, rank)) if isinstance(rank, tuple) else (int(rank),)
