"""What has to be true for something to happen, as clauses: each a few literals of which one must be true.

A literal says that a cell holds one of some values, or none of them. What has no such form is left out of the literals;
the clause then knows only which cells decide it, and whether it is true is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checker.ir.types import Value

Writes = Mapping[int, frozenset[Value] | None]
"""What a step may leave in cells: one of these values, or, None, anything. Cells that it leaves alone are not there."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Whether the value of `cell` is among `values`, or, not `positive`, that it is not."""

    cell: int
    values: frozenset[Value]
    positive: bool

    def true(self, value: Value) -> bool:
        """Whether it is true where the cell holds this."""
        return (value in self.values) is self.positive


@dataclass(frozen=True, slots=True)
class Clause:
    """True if a literal is; where the clause is `open`, perhaps by the values of the cells `hangs_on` too."""

    literals: tuple[Literal, ...] = ()
    hangs_on: int = 0
    open: bool = False

    def true(self, value: Callable[[int], Value]) -> bool | None:
        """Whether it is true in a state that has these values in its cells; None if that is not known."""
        if self.open:
            return None
        return any(literal.true(value(literal.cell)) for literal in self.literals)

    def made_true_by(self, writes: Writes, written: int) -> bool:
        """Whether a step that writes so, to the cells `written`, may make it true where it is false."""
        if self.hangs_on & written:
            return True
        for literal in self.literals:
            if literal.cell in writes:
                values = writes[literal.cell]
                if values is None or any(literal.true(value) for value in values):
                    return True
        return False


def contradict(clauses: Iterable[Clause]) -> bool:
    """Whether two clauses, or one, say that no state makes all of them true: a cell would hold two values at once."""
    left: dict[int, frozenset[Value]] = {}
    for clause in clauses:
        if clause.open or len(clause.literals) > 1:
            continue
        if not clause.literals:
            return True
        (literal,) = clause.literals
        if literal.positive:
            left[literal.cell] = left.get(literal.cell, literal.values) & literal.values
            if not left[literal.cell]:
                return True
    return False


NEVER = Clause()
"""What is true in no state."""
