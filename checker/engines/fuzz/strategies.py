"""Strategies made from types: values of any type of the language for Hypothesis to draw. Knows no program.

A strategy draws the parts of a value one by one and never lists a type's values, so that types of any size will do;
each shrinks towards what its type begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from checker.lang.types import (
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
    is_scalar,
)

Drawn = TypeVar("Drawn")

FEW = 64
"""Sets over a type of at most so many values are drawn by asking for each; over larger ones, by collecting members."""


class Draw(Protocol):
    """Hypothesis's `draw`, of a composite strategy or of `data()`."""

    def __call__(self, strategy: st.SearchStrategy[Drawn], /) -> Drawn:
        """One value of the strategy."""
        ...


@cache
def from_type(kind: Type) -> st.SearchStrategy[Value]:
    """A strategy for the values of a type; NeverType has none, and gives a strategy that draws nothing."""
    match kind:
        case NeverType():
            return st.nothing()
        case NoneType():
            return st.none()
        case BoolType():
            return st.booleans()
        case IntType(lo=lo, hi=hi):
            return st.integers(lo, hi)
        case SymType(count=count):
            return st.integers(0, count - 1)
        case EnumType(members=members):
            return st.sampled_from(members)
        case OptType(item=item):
            return st.none() | from_type(item)
        case ArrayType() | RecordType() | TupleType():
            return st.tuples(*(from_type(item) for item in kind.items()))
        case SetType(item=item):
            return _subsets(item)
        case SeqType(item=item, capacity=capacity):
            return st.lists(from_type(item), max_size=capacity if item.size else 0).map(tuple)
        case _:
            raise AssertionError(kind)


def below(count: int) -> st.SearchStrategy[int]:
    """The whole numbers 0 .. count - 1, each as likely as any other."""
    return _below(count)


def member(draw: Draw, members: Sequence[Value]) -> Value:
    """One of `members`, each as likely as any other; nothing is drawn where there is but one."""
    return members[0] if len(members) == 1 else members[draw(_below(len(members)))]


def picking(draw: Draw) -> Callable[[int], int]:
    """What draws a whole number below the one it is given."""
    return lambda count: draw(_below(count))


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.sampled_from(range(count))


def _subsets(item: Type) -> st.SearchStrategy[Value]:
    if is_scalar(item) and item.size <= FEW:
        values = tuple(item.values())
        return st.tuples(*(st.booleans() for _ in values)).map(
            lambda there: frozenset(value for value, is_in in zip(values, there, strict=True) if is_in)
        )
    return st.frozensets(from_type(item))
