"""The finite types of the language and the values in them. Knows nothing of models, steps or engines.

Values are plain immutable Python data, read with the help of their type:

    Bool           False, True                     Range(lo, hi)  int
    Enum           the member itself               Opt(T)         None, or a value of T
    Array(I, T)    tuple, one item per value of I, in rank order
    SetOf(T)       frozenset                       Seq(T, max)    tuple of at most max items
    Record(...)    tuple in field order            tuple          tuple

Every type numbers its values: `rank(value)` is in range(size), `unrank` is its inverse, and the default value is the
one that a variable has before `init`. `IntType` bounds are inclusive.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

Value = Any  # bool | int | Enum | str (a control point) | None | tuple | frozenset


@dataclass(frozen=True)
class Type:
    """A finite set of values, numbered from 0."""

    @cached_property
    def size(self) -> int:
        """How many values there are."""
        raise NotImplementedError

    @property
    def default(self) -> Value:
        """The value of a variable before `init`, and of a local that is dead."""
        return self.unrank(0)

    def rank(self, value: Value) -> int:
        """The number of `value`, which must be in the type."""
        raise NotImplementedError

    def unrank(self, rank: int) -> Value:
        """The value numbered `rank`, 0 <= rank < size."""
        raise NotImplementedError

    def contains(self, value: Value) -> bool:
        """Whether `value` belongs to the type."""
        raise NotImplementedError

    def values(self) -> Iterator[Value]:
        """All values in rank order."""
        return (self.unrank(rank) for rank in range(self.size))

    def show(self, value: Value) -> str:
        """How a person reads `value`."""
        return str(value)


@dataclass(frozen=True)
class NeverType(Type):
    """The element type of an empty set or sequence: no values."""

    @cached_property
    def size(self) -> int:
        return 0

    def contains(self, value: Value) -> bool:
        return False

    def __str__(self) -> str:
        return "nothing"


@dataclass(frozen=True)
class NoneType(Type):
    """The type of None alone; joins with any T to Opt(T)."""

    @cached_property
    def size(self) -> int:
        return 1

    def rank(self, value: Value) -> int:
        return 0

    def unrank(self, rank: int) -> Value:
        return None

    def contains(self, value: Value) -> bool:
        return value is None

    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True)
class BoolType(Type):
    """False (rank 0) and True."""

    @cached_property
    def size(self) -> int:
        return 2

    def rank(self, value: Value) -> int:
        return int(value)

    def unrank(self, rank: int) -> Value:
        return bool(rank)

    def contains(self, value: Value) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "Bool"


@dataclass(frozen=True)
class IntType(Type):
    """The integers lo..hi, both included. Arithmetic on them is exact: results carry their own bounds."""

    lo: int
    hi: int

    @cached_property
    def size(self) -> int:
        return self.hi - self.lo + 1

    def rank(self, value: Value) -> int:
        return int(value) - self.lo

    def unrank(self, rank: int) -> Value:
        return rank + self.lo

    def contains(self, value: Value) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.lo <= value <= self.hi

    def __str__(self) -> str:
        return f"Range({self.hi + 1})" if self.lo == 0 else f"Range({self.lo}, {self.hi})"


@dataclass(frozen=True)
class SymType(Type):
    """`count` interchangeable members, 0..count-1. Nothing in the language can tell them apart."""

    name: str
    count: int

    @cached_property
    def size(self) -> int:
        return self.count

    def rank(self, value: Value) -> int:
        return int(value)

    def unrank(self, rank: int) -> Value:
        return rank

    def contains(self, value: Value) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < self.count

    def __str__(self) -> str:
        return f"{self.name} (symmetric, {self.count})"


@dataclass(frozen=True)
class EnumType(Type):
    """A user's Enum (members are its members) or the control points of a process (members are their labels)."""

    name: str
    members: tuple[Hashable, ...]

    @cached_property
    def _ranks(self) -> dict[Hashable, int]:
        return {member: rank for rank, member in enumerate(self.members)}

    @cached_property
    def size(self) -> int:
        return len(self.members)

    def rank(self, value: Value) -> int:
        return self._ranks[value]

    def unrank(self, rank: int) -> Value:
        return self.members[rank]

    def contains(self, value: Value) -> bool:
        return isinstance(value, Hashable) and value in self._ranks

    def show(self, value: Value) -> str:
        return value.name if isinstance(value, Enum) else str(value)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class OptType(Type):
    """None (rank 0) or a value of `item`; never nested."""

    item: Type

    def __post_init__(self) -> None:
        assert not isinstance(self.item, (OptType, NoneType))

    @cached_property
    def size(self) -> int:
        return self.item.size + 1

    def rank(self, value: Value) -> int:
        return 0 if value is None else 1 + self.item.rank(value)

    def unrank(self, rank: int) -> Value:
        return None if rank == 0 else self.item.unrank(rank - 1)

    def contains(self, value: Value) -> bool:
        return value is None or self.item.contains(value)

    def show(self, value: Value) -> str:
        return "None" if value is None else self.item.show(value)

    def __str__(self) -> str:
        return f"Opt({self.item})"


class _Product(Type):
    """Shared by the types whose values are tuples of fixed length: first item most significant."""

    def items(self) -> tuple[Type, ...]:
        raise NotImplementedError

    @cached_property
    def size(self) -> int:
        total = 1
        for item in self.items():
            total *= item.size
        return total

    @cached_property
    def default(self) -> Value:
        return tuple(item.default for item in self.items())

    def rank(self, value: Value) -> int:
        total = 0
        for item, part in zip(self.items(), value, strict=True):
            total = total * item.size + item.rank(part)
        return total

    def unrank(self, rank: int) -> Value:
        parts = []
        for item in reversed(self.items()):
            rank, part = divmod(rank, item.size)
            parts.append(item.unrank(part))
        return tuple(reversed(parts))

    def contains(self, value: Value) -> bool:
        items = self.items()
        return (
            isinstance(value, tuple)
            and len(value) == len(items)
            and all(item.contains(part) for item, part in zip(items, value, strict=True))
        )


@dataclass(frozen=True)
class TupleType(_Product):
    """A tuple written in an expression; converts to an Array, Seq or Record of as many items."""

    parts: tuple[Type, ...]

    def items(self) -> tuple[Type, ...]:
        return self.parts

    def show(self, value: Value) -> str:
        return "(" + ", ".join(part.show(item) for part, item in zip(self.parts, value, strict=True)) + ")"

    def __str__(self) -> str:
        return "tuple[" + ", ".join(str(part) for part in self.parts) + "]"


@dataclass(frozen=True)
class ArrayType(_Product):
    """A total map from `index`, a scalar type, to `item`."""

    index: Type
    item: Type

    def items(self) -> tuple[Type, ...]:
        return (self.item,) * self.index.size

    def show(self, value: Value) -> str:
        return "[" + ", ".join(self.item.show(part) for part in value) + "]"

    def __str__(self) -> str:
        return f"Array({self.index}, {self.item})"


@dataclass(frozen=True)
class RecordType(_Product):
    """Named fields. Two records are the same type when name and fields are."""

    name: str
    fields: tuple[tuple[str, Type], ...]

    def items(self) -> tuple[Type, ...]:
        return tuple(item for _, item in self.fields)

    def position(self, field: str) -> int | None:
        """Which place in the value tuple holds `field`; None if there is no such field."""
        return next((place for place, (name, _) in enumerate(self.fields) if name == field), None)

    def show(self, value: Value) -> str:
        parts = (f"{name}={item.show(part)}" for (name, item), part in zip(self.fields, value, strict=True))
        return f"{self.name}({', '.join(parts)})"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class SetType(Type):
    """Subsets of `item`. The rank is the bit mask of the members' ranks."""

    item: Type

    @cached_property
    def size(self) -> int:
        return 1 << self.item.size

    @property
    def default(self) -> Value:
        return frozenset()

    def rank(self, value: Value) -> int:
        return sum(1 << self.item.rank(member) for member in value)

    def unrank(self, rank: int) -> Value:
        return frozenset(self.item.unrank(bit) for bit in range(rank.bit_length()) if rank >> bit & 1)

    def contains(self, value: Value) -> bool:
        return isinstance(value, frozenset) and all(self.item.contains(member) for member in value)

    def show(self, value: Value) -> str:
        members = sorted(value, key=self.item.rank)
        return "{" + ", ".join(self.item.show(member) for member in members) + "}"

    def __str__(self) -> str:
        return f"SetOf({self.item})"


@dataclass(frozen=True)
class SeqType(Type):
    """Sequences of at most `capacity` items, shorter ones first."""

    item: Type
    capacity: int

    @cached_property
    def size(self) -> int:
        return sum(int(self.item.size**length) for length in range(self.capacity + 1))

    @property
    def default(self) -> Value:
        return ()

    def rank(self, value: Value) -> int:
        base: int = sum(int(self.item.size**length) for length in range(len(value)))
        offset = 0
        for part in value:
            offset = offset * self.item.size + self.item.rank(part)
        return base + offset

    def unrank(self, rank: int) -> Value:
        length = 0
        while rank >= self.item.size**length:
            rank -= self.item.size**length
            length += 1
        parts = []
        for _ in range(length):
            rank, part = divmod(rank, self.item.size)
            parts.append(self.item.unrank(part))
        return tuple(reversed(parts))

    def contains(self, value: Value) -> bool:
        return (
            isinstance(value, tuple) and len(value) <= self.capacity and all(self.item.contains(part) for part in value)
        )

    def show(self, value: Value) -> str:
        return "[" + ", ".join(self.item.show(part) for part in value) + "]"

    def __str__(self) -> str:
        return f"Seq({self.item}, {self.capacity})"


BOOL = BoolType()
NONE = NoneType()
NEVER = NeverType()


def is_scalar(kind: Type) -> bool:
    """Whether values of `kind` are single numbers to an engine: what can index an array."""
    if isinstance(kind, OptType):
        return is_scalar(kind.item)
    return isinstance(kind, (BoolType, IntType, SymType, EnumType, NoneType))


def opt(kind: Type) -> Type:
    """The type `kind` with None added."""
    if isinstance(kind, (OptType, NoneType)):
        return kind
    if isinstance(kind, NeverType):
        return NONE
    return OptType(kind)


def join(left: Type, right: Type) -> Type | None:
    """The least type that holds the values of both, or None if their values cannot be compared."""
    if left == right or isinstance(right, NeverType):
        return left
    if isinstance(left, NeverType):
        return right
    if isinstance(left, (OptType, NoneType)) or isinstance(right, (OptType, NoneType)):
        inner = join(_without_none(left), _without_none(right))
        return None if inner is None else opt(inner)
    match left, right:
        case IntType(), IntType():
            return IntType(min(left.lo, right.lo), max(left.hi, right.hi))
        case SetType(), SetType():
            item = join(left.item, right.item)
            return None if item is None else SetType(item)
        case SeqType(), SeqType():
            item = join(left.item, right.item)
            return None if item is None else SeqType(item, max(left.capacity, right.capacity))
        case (TupleType(), _) | (_, TupleType()):
            return _join_tuple(left, right)
        case ArrayType(), ArrayType() if left.index == right.index:
            item = join(left.item, right.item)
            return None if item is None else ArrayType(left.index, item)
    return None


def _without_none(kind: Type) -> Type:
    if isinstance(kind, OptType):
        return kind.item
    return NEVER if isinstance(kind, NoneType) else kind


def _join_tuple(left: Type, right: Type) -> Type | None:
    """A tuple written out takes the type of the array, record or sequence that it meets."""
    if not isinstance(left, TupleType):
        left, right = right, left
    assert isinstance(left, TupleType)
    match right:
        case TupleType() if len(left.parts) == len(right.parts):
            parts = [join(a, b) for a, b in zip(left.parts, right.parts, strict=True)]
            return None if None in parts else TupleType(tuple(part for part in parts if part is not None))
        case ArrayType() if len(left.parts) == right.index.size:
            item = join_all([right.item, *left.parts])
            return None if item is None else ArrayType(right.index, item)
        case SeqType():
            item = join_all([right.item, *left.parts])
            return None if item is None else SeqType(item, max(right.capacity, len(left.parts)))
    return None


def join_all(kinds: list[Type]) -> Type | None:
    """The join of any number of types; `nothing` for none."""
    total: Type | None = NEVER
    for kind in kinds:
        total = None if total is None else join(total, kind)
    return total


def subtype(left: Type, right: Type) -> bool:
    """Whether every value of `left` is a value of `right`, as it stands."""
    return join(left, right) == right


def leaves(kind: Type) -> Iterator[Type]:
    """The scalar types that `kind` is built of, each once per mention."""
    match kind:
        case OptType():
            yield from leaves(kind.item)
        case ArrayType():
            yield from itertools.chain(leaves(kind.index), leaves(kind.item))
        case SetType() | SeqType():
            yield from leaves(kind.item)
        case RecordType() | TupleType():
            for item in kind.items():
                yield from leaves(item)
        case _:
            yield kind


def mentions_symmetry(kind: Type) -> bool:
    """Whether a value of `kind` can name an interchangeable member."""
    return any(isinstance(leaf, SymType) for leaf in leaves(kind))
