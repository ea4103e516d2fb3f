"""What can be true along a behaviour that makes a formula false, straight from what the operators of time mean. Knows
no engine, and shares no code with their automaton.

`eventually f` is read as `true until f`, and `always f` as `not (true until not f)`; two negations cancel. The `until`s
that are left, each different one once, have numbers in the order in which they stand, inner ones first. At each time of
a behaviour each of them is true or false: the bits `given`. They obey one law and keep one promise:

- now `first until then` is true if and only if `then` is, or `first` is and the `until` is true next;
- where it is true, `then` comes: it is not so that from some time on the `until` is true for ever and `then` false.

Where a behaviour rests, nothing changes. So bits that could not last next to themselves stand in no state.
"""

from __future__ import annotations

from functools import cache
from typing import assert_never

from checker.ir.temporal import (
    Always,
    Condition,
    Conjunction,
    Disjunction,
    Eventually,
    Formula,
    Negation,
    Until,
)


class Untils:
    """The `until`s of a formula. `conditions` says of each condition of the formula whether it is true now."""

    def __init__(self, formula: Formula) -> None:
        self.all: list[Until] = []
        """They themselves, by their numbers."""
        self._formula = self._read(formula)
        self.number = len(self.all)
        """How many there are."""
        self.now = cache(self._now)
        self.possible = cache(self._possible)

    def _now(self, conditions: tuple[bool, ...], given: int) -> tuple[int, int]:
        """Of which of them `first` is true now, and of which `then`: two rows of bits."""
        firsts = [self._is_true(each.first, conditions, given) for each in self.all]
        thens = [self._is_true(each.then, conditions, given) for each in self.all]
        return _bits(firsts), _bits(thens)

    def _possible(self, conditions: tuple[bool, ...]) -> tuple[int, ...]:
        """All that may be given where these conditions are true."""
        return tuple(given for given in range(1 << self.number) if self.follows(conditions, given, given))

    def follows(self, conditions: tuple[bool, ...], given: int, later: int) -> bool:
        """Whether it is the law that what is given now goes with what is given next."""
        first, then = self.now(conditions, given)
        return given == then | (first & later)

    def waits(self, conditions: tuple[bool, ...], given: int, number: int) -> bool:
        """Whether the `until` of that number is true now, and `then` is not."""
        return 0 <= number < self.number and bool((given & ~self.now(conditions, given)[1]) >> number & 1)

    def is_false(self, conditions: tuple[bool, ...], given: int) -> bool:
        """Whether the formula is false now."""
        return not self._is_true(self._formula, conditions, given)

    def _read(self, formula: Formula) -> Formula:
        """A formula said with `until` alone; the `until`s in it are noted."""
        match formula:
            case Condition():
                return formula
            case Negation(operand):
                return _negated(self._read(operand))
            case Conjunction(operands):
                return Conjunction(tuple([self._read(each) for each in operands]))
            case Disjunction(operands):
                return Disjunction(tuple([self._read(each) for each in operands]))
            case Until(first, then):
                return self._until(self._read(first), self._read(then))
            case Eventually(operand):
                return self._until(Conjunction(()), self._read(operand))
            case Always(operand):
                return _negated(self._until(Conjunction(()), _negated(self._read(operand))))
            case _:
                assert_never(formula)

    def _until(self, first: Formula, then: Formula) -> Formula:
        found = Until(first, then)
        if found not in self.all:
            self.all.append(found)
        return found

    def _is_true(self, formula: Formula, conditions: tuple[bool, ...], given: int) -> bool:
        """Whether a formula is true now, by what is given."""
        match formula:
            case Condition(number):
                return conditions[number]
            case Negation(operand):
                return not self._is_true(operand, conditions, given)
            case Conjunction(operands):
                return all(self._is_true(each, conditions, given) for each in operands)
            case Disjunction(operands):
                return any(self._is_true(each, conditions, given) for each in operands)
            case Until():
                return bool(given >> self.all.index(formula) & 1)
            case Always() | Eventually():
                raise ValueError("it is said with `until`")
            case _:
                assert_never(formula)


def _negated(formula: Formula) -> Formula:
    return formula.operand if isinstance(formula, Negation) else Negation(formula)


def _bits(row: list[bool]) -> int:
    return sum(1 << number for number, each in enumerate(row) if each)
