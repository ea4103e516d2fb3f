"""The parts of a state that a step can touch, numbered: a variable, an item of an array, or a member of a set.

Arrays and sets of up to MOST values are divided; of others, and of what lies deeper, the whole is one cell. A set of
cells is a mask. Knows nothing of steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.ir.nodes import Program
from checker.ir.types import BOOL, ArrayType, SetType, Type, Value

MOST = 62
"""Values of an index, or of what a set holds, up to which an array or a set is divided."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: all of a variable, or, with a `rank`, the item or member of that rank. `type` is that of its value: of
    a member, whether it is in the set."""

    variable: str
    rank: int | None
    type: Type


class Cells:
    """The cells of a program."""

    def __init__(self, program: Program) -> None:
        self.all: list[Cell] = []
        self._first: dict[str, int] = {}
        self._mask: dict[str, int] = {}
        self._index: dict[str, Type] = {}
        self._places = {declared.name: place for place, declared in enumerate(program.variables)}
        for declared in program.variables:
            self._first[declared.name] = len(self.all)
            match declared.type:
                case ArrayType(index=index, item=item) if 0 < index.size <= MOST:
                    self._divide(declared.name, index, item)
                case SetType(item=item) if 0 < item.size <= MOST:
                    self._divide(declared.name, item, BOOL)
                case kind:
                    self.all.append(Cell(declared.name, None, kind))
            first = self._first[declared.name]
            self._mask[declared.name] = (1 << len(self.all)) - (1 << first)

    def _divide(self, name: str, index: Type, item: Type) -> None:
        self._index[name] = index
        self.all += [Cell(name, rank, item) for rank in range(index.size)]

    def mask(self, variable: str) -> int:
        """All cells of a variable."""
        return self._mask[variable]

    def divided(self, variable: str) -> bool:
        """Whether a variable has a cell for each item or member."""
        return variable in self._index

    def whole(self, variable: str) -> int:
        """The one cell of a variable that is not divided."""
        assert variable not in self._index
        return self._first[variable]

    def part(self, variable: str, at: Value) -> int:
        """The cell of an item or member of a variable that is divided."""
        return self._first[variable] + self._index[variable].rank(at)

    def parts(self, variable: str) -> dict[int, Value]:
        """All cells of a variable that is divided, each with what it is the item or member of."""
        index = self._index[variable]
        return {self._first[variable] + rank: index.unrank(rank) for rank in range(index.size)}

    def value(self, cell: int, state: tuple[Value, ...]) -> Value:
        """What a cell holds in a state."""
        found = self.all[cell]
        whole = state[self._places[found.variable]]
        if found.rank is None:
            return whole
        return (
            self._index[found.variable].unrank(found.rank) in whole
            if isinstance(whole, frozenset)
            else whole[found.rank]
        )


def numbers(mask: int) -> list[int]:
    """The numbers in a mask, from the lowest."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
