"""What a state holds, with what says little folded away: variables at their defaults, array items that are all alike.

Nothing is left out: what is folded is named or counted, and can be opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from checker.ir.nodes import Program, Role
from checker.ir.types import ArrayType, Type, Value
from checker.semantics import State
from counterexamples.explain.changes import Fact, Idle, facts, is_shown

_SHORT = 60  # characters: an array that is no longer is shown as it is
_ALIKE = 3  # items that are worth counting instead of showing


@dataclass(frozen=True, slots=True)
class Folded:
    """The facts about one state: those to show, and those about variables that have their type's default."""

    shown: tuple[Fact, ...]
    at_default: tuple[Fact, ...]


def folded(program: Program, state: State, waiting: Idle = ()) -> Folded:
    """All that a state holds, as `facts` says it, apart by what equals its default; given who has not begun."""
    shown: list[Fact] = []
    rest: list[Fact] = []
    variables = [
        pair
        for pair in zip(program.variables, state, strict=True)
        if pair[0].role is Role.MODEL and is_shown(pair[0].name)
    ]
    for declared, value in variables:
        where = rest if value == declared.type.default else shown
        where += _parts(declared.name, declared.type, value)
    return Folded((*shown, *facts(program, state, waiting)[len(variables) :]), tuple(rest))


def _parts(name: str, kind: Type, value: Value) -> Iterator[Fact]:
    """One line; of a long array a line for each item, those that are alike as one."""
    text = kind.show(value)
    if not isinstance(kind, ArrayType) or len(text) <= _SHORT:
        yield Fact(name, text)
        return
    common, count = Counter[Value](value).most_common(1)[0]
    folds = count >= _ALIKE
    for index, item in zip(kind.index.values(), value, strict=True):
        if not (folds and item == common):
            yield Fact(f"{name}[{kind.index.show(index)}]", kind.item.show(item))
    if folds:
        said = f"all {count}" if count == len(value) else f"{count} more"
        empty = ", empty" if common == kind.item.default else ""
        yield Fact(name, f"{said}{empty}: {kind.item.show(common)}")
