"""Values of the language as Python objects that change in place: what a model's code works on when Python itself runs it.

A container knows its type, if it is part of a variable, and refuses what does not fit. Containers without a type are
what expressions make. Two are equal when they hold the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, Type, Value


class Misfit(Exception):
    """A value is stored outside its type."""


class Absent(Exception):
    """What is to be removed from a set is not in it."""


def frozen(value: Any) -> Value:
    """The value of the language that a Python object stands for."""
    if isinstance(value, Container):
        return value.frozen()
    if isinstance(value, (tuple, list)):
        return tuple(frozen(part) for part in value)
    return value


def order(value: Value) -> tuple[Any, ...]:
    """Sorts values of one type by rank; not sequences, whose rank begins with their length."""
    match value:
        case None:
            return (0,)
        case Enum():
            return (1, list(type(value)).index(value))
        case tuple():
            return (1, tuple(order(part) for part in value))
        case frozenset():  # the greatest member that only one of two sets has decides: a number in binary
            return (1, tuple(sorted((order(part) for part in value), reverse=True)))
    return (1, value)


def thawed(kind: Type | None, value: Value) -> Any:
    """The Python object for a value of a type; a plain value as it is."""
    if value is None:
        return None
    match kind:
        case OptType(item=item):
            return thawed(item, value)
        case RecordType():
            return Record(kind, value)
        case ArrayType() | SeqType():
            return Row(kind, value)
        case SetType():
            return Group(kind, value)
    return value


def fitting(kind: Type, value: Any) -> Any:
    """A copy of a Python object as one of the type; Misfit if it does not fit."""
    fixed = frozen(value)
    if not kind.contains(fixed):
        raise Misfit(f"{value!r} is not in {kind}")
    return thawed(kind, fixed)


class Container:
    """Anything that holds other values."""

    def frozen(self) -> Value:
        """As a value of the language."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return bool(frozen(self) == frozen(other))

    def __hash__(self) -> int:
        return hash(frozen(self))


class Record(Container):
    """A record. Always knows its type."""

    def __init__(self, kind: RecordType, value: tuple[Value, ...]) -> None:
        parts = zip(kind.fields, value, strict=True)
        vars(self).update(_kind=kind, **{name: thawed(item, part) for (name, item), part in parts})

    def frozen(self) -> Value:
        return tuple(frozen(getattr(self, name)) for name, _ in self._kind.fields)

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)[name] = fitting(dict(self._kind.fields)[name], value)

    def _replace(self, **changes: Any) -> Record:
        made = Record(self._kind, self.frozen())
        for name, value in changes.items():
            setattr(made, name, value)
        return made


class Row(Container):
    """An array, indexed by the values of its index type, or a sequence."""

    def __init__(self, kind: Type | None, items: Iterable[Any]) -> None:
        self.kind = kind
        self.item = kind.item if isinstance(kind, (ArrayType, SeqType)) else None
        self.items = [thawed(self.item, item) for item in items]

    def frozen(self) -> Value:
        return tuple(frozen(item) for item in self.items)

    def _place(self, index: Any) -> int:
        if not isinstance(self.kind, ArrayType):
            return int(index) if index is not None else self._nothing()
        if not self.kind.index.contains(index):
            raise IndexError(index)
        return self.kind.index.rank(index)

    def _nothing(self) -> int:
        raise TypeError("None is no index")

    def __getitem__(self, index: Any) -> Any:
        return self.items[self._place(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        fit = value if self.item is None else fitting(self.item, value)
        self.items[self._place(index)] = fit

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __contains__(self, value: Any) -> bool:
        return frozen(value) in self.frozen()

    def __len__(self) -> int:
        return len(self.items)

    def append(self, value: Any) -> None:
        """One more item; Misfit if the sequence is full."""
        assert isinstance(self.kind, SeqType)
        fit = fitting(self.kind.item, value)
        if len(self.items) == self.kind.capacity:
            raise Misfit("the sequence is full")
        self.items.append(fit)

    def pop(self, index: int = -1) -> Any:
        """Take an item out."""
        return self.items.pop(index)

    def clear(self) -> None:
        """Leave nothing."""
        self.items.clear()


class Group(Container):
    """A set, visited in rank order."""

    def __init__(self, kind: Type | None, members: Iterable[Any]) -> None:
        self.item = kind.item if isinstance(kind, SetType) else None
        self.members: dict[Value, Any] = {}
        for member in members:
            self._put(member)

    def _put(self, member: Any) -> None:
        fixed = frozen(member)
        self.members[fixed] = member if self.item is None else thawed(self.item, fixed)

    def frozen(self) -> Value:
        return frozenset(self.members)

    def __iter__(self) -> Iterator[Any]:
        return iter([self.members[fixed] for fixed in sorted(self.members, key=order)])

    def __contains__(self, value: Any) -> bool:
        return frozen(value) in self.members

    def __len__(self) -> int:
        return len(self.members)

    def add(self, value: Any) -> None:
        """One more member."""
        self._put(value if self.item is None else fitting(self.item, value))

    def discard(self, value: Any) -> None:
        """One member less, if it is there."""
        self.members.pop(frozen(value), None)

    def remove(self, value: Any) -> None:
        """One member less; Absent if it is not there."""
        if frozen(value) not in self.members:
            raise Absent
        self.discard(value)

    def update(self, other: Iterable[Any]) -> None:
        """More members."""
        for value in list(other):
            self.add(value)

    def clear(self) -> None:
        """Leave nothing."""
        self.members.clear()

    def __or__(self, other: Any) -> Group:
        return _joined(self, other, self.frozen() | frozen(other))

    def __and__(self, other: Any) -> Group:
        return _joined(self, other, self.frozen() & frozen(other))

    def __sub__(self, other: Any) -> Group:
        return _joined(self, other, self.frozen() - frozen(other))

    def __xor__(self, other: Any) -> Group:
        return _joined(self, other, self.frozen() ^ frozen(other))

    union, intersection, difference, symmetric_difference = __or__, __and__, __sub__, __xor__

    def __le__(self, other: Any) -> bool:
        return bool(self.frozen() <= frozen(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.frozen() < frozen(other))


def _joined(left: Group, right: Any, kept: frozenset[Value]) -> Group:
    """A set without a type, of those members of two sets that are kept."""
    known = {**getattr(right, "members", {}), **left.members}
    return Group(None, [known[fixed] for fixed in kept])


def copied(value: Any) -> Any:
    """A copy that shares nothing with the original."""
    match value:
        case Record():
            return Record(value._kind, value.frozen())
        case Row():
            return Row(value.kind, value.frozen()) if value.kind else Row(None, [copied(item) for item in value.items])
        case Group():
            made = Group(None, [copied(member) for member in value])
            made.item = value.item
            return made
        case tuple():
            return tuple(copied(part) for part in value)
    return value
