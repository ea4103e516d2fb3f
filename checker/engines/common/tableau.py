"""An automaton for a formula of linear temporal logic without "next": what a behaviour that makes it true looks like.

The formula is first said with `until` alone: `eventually f` is `true until f`, `always f` is `not (true until not f)`,
and two negations cancel. A state of the automaton says of each different `first until then` whether that is true now: a
bit each, the promises, in the order in which they stand in the formula, inner ones first. Together with what the
conditions are now that decides the whole formula. What a promise says of the time to come is checked where a step is
taken: where `then` is false and `first` is true, the promise is true next if and only if it is true now. So a behaviour
has at most one run. It is accepted if every promise is, again and again, kept (`then` is true) or not given: none is
put off for ever.

This is the tableau of Lichtenstein and Pnueli (1985), as Clarke, Grumberg and Hamaguchi (1994) have it, without its
part for "next". Without that, to rest in a state changes no promise. So the automaton can rest wherever a behaviour
can, in the state that it is in, and a cycle of behaviour and automaton together closes exactly where a lasso does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    parts,
)

_TRUE = Conjunction(())


@dataclass(frozen=True, slots=True)
class Place:
    """What a state of the automaton does where certain conditions are true, as bits by the promises' numbers."""

    carried: int  # the promises that a step leads on unchanged: those that are left to the next state
    settled: int  # the promises that are kept here or not given: each must be so again and again
    begins: bool  # whether the formula is true


class Tableau:
    """The automaton of a formula. Its states are the promises given, as bits: bit i is the promise of number i.
    Conditions are given likewise."""

    def __init__(self, formula: Formula) -> None:
        self._formula = with_until(formula)
        untils = dict.fromkeys(each for each in parts(self._formula) if isinstance(each, Until))
        self._numbers = {until: number for number, until in enumerate(untils)}
        self._places: dict[int, dict[int, Place]] = {}

    @property
    def promises(self) -> int:
        """How many promises there are."""
        return len(self._numbers)

    def places(self, conditions: int) -> Mapping[int, Place]:
        """The states that the automaton may be in where these conditions are true."""
        if conditions not in self._places:
            found = ((given, self._place(conditions, given)) for given in range(1 << self.promises))
            self._places[conditions] = {given: place for given, place in found if place is not None}
        return self._places[conditions]

    def _place(self, conditions: int, given: int) -> Place | None:
        """None if a promise is kept here and not given, or given where its `first` is false and it is not kept."""
        carried = settled = 0
        for until, number in self._numbers.items():
            first, then = (self._value(each, conditions, given) for each in (until.first, until.then))
            now = bool(given >> number & 1)
            if then != now and (then or not first):
                return None
            carried |= (first and not then) << number
            settled |= (then or not now) << number
        return Place(carried, settled, self._value(self._formula, conditions, given))

    def _value(self, formula: Formula, conditions: int, given: int) -> bool:
        """Whether a formula is true, by what is true now and what is promised."""
        match formula:
            case Condition(number):
                return bool(conditions >> number & 1)
            case Negation(operand):
                return not self._value(operand, conditions, given)
            case Conjunction(operands):
                return all(self._value(operand, conditions, given) for operand in operands)
            case Disjunction(operands):
                return any(self._value(operand, conditions, given) for operand in operands)
            case Until():
                return bool(given >> self._numbers[formula] & 1)
            case Always() | Eventually():
                raise ValueError("it is said with `until`")
            case _:
                assert_never(formula)


def with_until(formula: Formula) -> Formula:
    """The same formula with no operator of time but `until`."""
    match formula:
        case Condition():
            return formula
        case Negation(operand):
            return _denied(with_until(operand))
        case Conjunction(operands):
            return Conjunction(tuple(map(with_until, operands)))
        case Disjunction(operands):
            return Disjunction(tuple(map(with_until, operands)))
        case Until(first, then):
            return Until(with_until(first), with_until(then))
        case Eventually(operand):
            return Until(_TRUE, with_until(operand))
        case Always(operand):
            return _denied(Until(_TRUE, _denied(with_until(operand))))
        case _:
            assert_never(formula)


def _denied(formula: Formula) -> Formula:
    return formula.operand if isinstance(formula, Negation) else Negation(formula)
