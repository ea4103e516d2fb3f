"""What a formula is at each depth of a lasso, as terms. An operator of time is an unknown at each depth, which is as
the next depth says; from the last one it goes back to where the loop begins (Biere, Cimatti, Clarke and Zhu 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import assert_never

import z3

from checker.engines.symbolic.terms import Bool, and_, not_, or_
from checker.ir.temporal import Always, Condition, Conjunction, Disjunction, Eventually, Formula, Negation, Until


class OverTime:
    """Formulas over conditions with these values, by depth, on a lasso that goes back to one of the depths that
    `begins`. What is true of the unknowns, which are called by `name`, is `known`."""

    def __init__(
        self, name: str, conditions: Sequence[Sequence[Bool]], begins: Sequence[Bool], within: Sequence[Bool]
    ) -> None:
        self._name, self._numbers = name, count()
        self._conditions, self._begins, self._within = conditions, begins, within
        self.known: list[Bool] = []

    def truth(self, formula: Formula) -> list[Bool]:
        """Whether a formula is true, by depth."""
        ever = range(len(self._begins))
        match formula:
            case Condition(number):
                return list(self._conditions[number])
            case Negation(operand):
                return [not_(each) for each in self.truth(operand)]
            case Conjunction(operands):
                found = [self.truth(operand) for operand in operands]
                return [and_(*(each[depth] for each in found)) for depth in ever]
            case Disjunction(operands):
                found = [self.truth(operand) for operand in operands]
                return [or_(*(each[depth] for each in found)) for depth in ever]
            case Always(operand):
                return [not_(each) for each in self._until([True] * len(ever), self.truth(Negation(operand)))]
            case Eventually(operand):
                return self._until([True] * len(ever), self.truth(operand))
            case Until(first, then):
                return self._until(self.truth(first), self.truth(then))
            case _:
                assert_never(formula)

    def _until(self, first: Sequence[Bool], then: Sequence[Bool]) -> list[Bool]:
        number = next(self._numbers)
        last = len(self._begins) - 1
        found: list[Bool] = [z3.Bool(f"{self._name} {number} @{depth}") for depth in range(last + 1)]
        for depth in range(last):
            self._same(found[depth], or_(then[depth], and_(first[depth], found[depth + 1])))
            self._same(found[last], found[depth], self._begins[depth])
        self._same(found[last], then[last], self._begins[last])
        comes = (and_(within, each) for within, each in zip(self._within, then, strict=True))
        self.known.append(or_(not_(found[last]), *comes))
        return found

    def _same(self, one: Bool, other: Bool, where: Bool = True) -> None:
        """Two are the same, where something is so."""
        self.known.append(or_(not_(where), and_(one, other), and_(not_(one), not_(other))))
