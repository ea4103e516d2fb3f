"""Chance, and strategies made from types: values of any type of the language, for Hypothesis to draw or drawn without
it. Knows no program.

A strategy draws the parts of a value one by one and never lists a type's values, so that types of any size will do;
each shrinks towards what its type begins with.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Protocol, TypeVar

from hypothesis import strategies as st

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
    is_scalar,
)

Drawn = TypeVar("Drawn")

FEW = 64
"""Sets over a type of at most so many values are drawn by asking for each; over larger ones, by collecting members."""


class Chance(Protocol):
    """What decides wherever a behaviour could go on in several ways."""

    def below(self, count: int) -> int:
        """A whole number below `count`."""
        ...

    def value(self, kind: Type) -> Value:
        """A value of a type."""
        ...


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


class Led:
    """Hypothesis decides."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        """A whole number below `count`; nothing is drawn where there is but one."""
        return 0 if count == 1 else self._draw(_below(count))

    def value(self, kind: Type) -> Value:
        """A value of a type."""
        return self._draw(from_type(kind))


class Free:
    """A generator of random numbers decides, each way being as likely as any other."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, count: int) -> int:
        """A whole number below `count`."""
        return self._random.randrange(count)

    def value(self, kind: Type) -> Value:
        """A value of a type. Sets and sequences have any number of members."""
        match kind:
            case NoneType():
                return None
            case BoolType():
                return self.below(2) == 1
            case IntType(lo=lo, hi=hi):
                return lo + self.below(hi - lo + 1)
            case SymType(count=count):
                return self.below(count)
            case EnumType(members=members):
                return members[self.below(len(members))]
            case OptType(item=item):
                return None if not item.size or self.below(2) else self.value(item)
            case ArrayType() | RecordType() | TupleType():
                return tuple(self.value(item) for item in kind.items())
            case SetType(item=item):
                return self._subset(item)
            case SeqType(item=item, capacity=capacity):
                return tuple(self.value(item) for _ in range(self.below(capacity + 1) if item.size else 0))
            case _:
                raise AssertionError(kind)

    def _subset(self, item: Type) -> Value:
        if item.size <= FEW:
            return frozenset(value for value in item.values() if self.below(2))
        return frozenset(self.value(item) for _ in range(self.below(FEW)))


def member(chance: Chance, members: Sequence[Value]) -> Value:
    """One of `members`, each as likely as any other."""
    return members[chance.below(len(members))]


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
