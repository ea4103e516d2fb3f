"""What makes two states of a program with interchangeable members the same, by trying every renaming.

Two states are in one orbit if some renaming of members makes one of the other: the least of all images under all
renamings stands for the orbit. That a program treats its members alike is not checked here; the language sees to it.
Renamings beyond MOST_RENAMINGS are refused. Native code has a way of its own to do this, and is held to this one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from itertools import permutations, product
from math import factorial, prod
from typing import Any

from checker.errors import EvacheckError
from checker.ir.nodes import Declared, Program, Role
from checker.ir.types import (
    ArrayType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
    leaves,
    mentions_symmetry,
)
from checker.semantics.step import State

MOST_RENAMINGS = 5_040
"""Renamings of interchangeable members that are tried for every state: those of seven members of one type."""

_REMEMBERED = 1 << 16
"""States whose images are not computed again when another step leads to them."""

Renaming = Mapping[SymType, Sequence[int]]
"""Where each member goes."""


class TooManyRenamings(EvacheckError):  # a limit
    """The program has more interchangeable members than this check can rename in all ways."""


def key_of(program: Program) -> Callable[[State], Hashable]:
    """What makes two states the same: the state itself, or with interchangeable members the least of its images."""
    renamings = _renamings(program)
    if len(renamings) == 1:
        return lambda state: state
    images = _Images(program)
    named = [at for at, declared in enumerate(program.variables) if mentions_symmetry(declared.type)]
    others = [at for at in range(len(program.variables)) if at not in named]

    def key(state: State) -> Hashable:
        best, least = renamings, []  # the renamings whose images of the variables so far are least
        for at in named:
            made = [images.of(state, at, renaming) for renaming in best]
            least.append(min(made))
            best = [renaming for renaming, one in zip(best, made, strict=True) if one == least[-1]]
        return (*[state[at] for at in others], *least)

    return lru_cache(_REMEMBERED)(key)


def renamings(program: Program) -> int:
    """How many ways there are to rename the members of all symmetric types that the state names, at least 1."""
    return prod(factorial(kind.count) for kind in _named(program))


def _named(program: Program) -> list[SymType]:
    named = {leaf for each in program.variables for leaf in leaves(each.type) if isinstance(leaf, SymType)}
    return sorted(named, key=lambda kind: kind.name)


def _renamings(program: Program) -> list[Renaming]:
    """Every way to rename the members of all symmetric types that the state names."""
    kinds = _named(program)
    count = renamings(program)
    if count > MOST_RENAMINGS:
        problem = f"its interchangeable members have {count:,} renamings, and each state would be tried with all"
        raise TooManyRenamings(f"{problem}; the limit is {MOST_RENAMINGS:,}")
    ways = product(*(permutations(range(kind.count)) for kind in kinds))
    return [dict(zip(kinds, way, strict=True)) for way in ways]


class _Images:
    """What becomes of a variable under a renaming, as nested tuples of integers that can be compared."""

    def __init__(self, program: Program) -> None:
        self._variables = program.variables
        self._live = {each.name: {point.label: point.live for point in each.points} for each in program.processes}
        self._points = {each.name: program.position(each.point_variable) for each in program.processes}

    def of(self, state: State, at: int, renaming: Renaming) -> Any:
        """The image of the variable number `at`. Locals of processes that no longer need them hold their type's default
        and keep it, whatever members are called."""
        declared = self._variables[at]
        if declared.role is not Role.LOCAL:
            return image(declared.type, state[at], renaming)
        assert declared.process is not None
        points = state[self._points[declared.process]]
        if isinstance(points, str):
            return self._kept(declared, declared.type, points, state[at], renaming)
        assert isinstance(declared.type, ArrayType)
        index, item = declared.type.index, declared.type.item
        parts = zip(index.values(), points, state[at], strict=True)
        return tuple(
            sorted((image(index, i, renaming), self._kept(declared, item, p, v, renaming)) for i, p, v in parts)
        )

    def _kept(self, declared: Declared, kind: Type, point: str, value: Value, renaming: Renaming) -> Any:
        assert declared.process is not None
        live = declared.local in self._live[declared.process][point]
        return (image(kind, value, renaming),) if live else ()


def image(kind: Type, value: Value, renaming: Renaming) -> Any:
    """`value` with every member renamed, as nested tuples of integers: equal for equal values of `kind` only."""
    match kind:
        case SymType():
            return renaming[kind][value]
        case OptType(item=item):
            return () if value is None else (image(item, value, renaming),)
        case ArrayType(index=index, item=item):
            pairs = zip(index.values(), value, strict=True)
            return tuple(sorted((image(index, at, renaming), image(item, part, renaming)) for at, part in pairs))
        case RecordType() | TupleType():
            return tuple(image(item, part, renaming) for item, part in zip(kind.items(), value, strict=True))
        case SetType(item=item):
            return tuple(sorted(image(item, member, renaming) for member in value))
        case SeqType(item=item):
            return tuple(image(item, part, renaming) for part in value)
        case _:
            return kind.rank(value)
