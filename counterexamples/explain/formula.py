"""Why a formula is false of a lasso, in the model's words: which condition is true or false in which state. Decides
nothing: what is true at each time is asked of the judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from checker.contract.lasso import in_turn, over_time
from checker.ir.nodes import Make, Return, Temporal
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
from checker.semantics.expressions import source
from counterexamples.explain.quote import quote

_LONGEST = 70
"""Characters of what is quoted: a line."""


def formula_words(temporal: Temporal, truth: Sequence[tuple[bool, ...]], back_to: int) -> str:
    """Why the formula of a property is false of a lasso whose states have these conditions."""
    assert temporal.formula is not None
    teller = _Teller(_texts(temporal), truth, back_to)
    return f"{', and '.join(dict.fromkeys(teller.why(temporal.formula, 0, False)))}."


def _texts(temporal: Temporal) -> tuple[str, ...]:
    """The conditions as their author wrote them. One that a quantifier stands around is said of each of its values."""
    match temporal.function.body:
        case (Return(value=Make(items=items)),):
            places = [item.span for item in items]
            return tuple(quote(each) if places.count(each.span) == 1 else source(each) for each in items)
        case _:
            return ()


@dataclass(frozen=True)
class _Teller:
    """Says why formulas are true or false. Times count from 0, states in what is said from 1."""

    texts: tuple[str, ...]
    truth: Sequence[tuple[bool, ...]]
    back_to: int

    def why(self, formula: Formula, now: int, value: bool) -> Iterator[str]:
        """Why a formula has this value at a time, in clauses. It has."""
        match formula:
            case Condition():
                yield f"{self._text(formula)} is {'true' if value else 'false'} in state {now + 1}"
            case Negation(operand):
                yield from self.why(operand, now, not value)
            case Conjunction(operands) | Disjunction(operands):
                decisive = isinstance(formula, Disjunction)
                chosen = [each for each in operands if self._holds(each, now) == value]
                for each in chosen[:1] if value == decisive else chosen:
                    yield from self.why(each, now, value)
            case Always(operand):
                yield from self._always(operand, now, value)
            case Eventually(operand):
                yield from self._always(Negation(operand), now, not value)
            case Until(first, then):
                yield from self._until(first, then, now, value)
            case _:
                assert_never(formula)

    def _always(self, operand: Formula, now: int, value: bool) -> Iterator[str]:
        """Why something is true from a time on for ever, or why it is not."""
        if not value:
            yield from self.why(
                operand, next(time for time in self._turn(now) if not self._holds(operand, time)), False
            )
            return
        match operand:
            case Eventually(inner):
                yield from self._again(inner, True)
            case Negation(Always(inner)):
                yield from self._again(inner, False)
            case _:
                where = "in every state" if now == 0 else f"from state {now + 1} on, for ever"
                yield f"{self._said(operand, True)} {where}"

    def _again(self, formula: Formula, value: bool) -> Iterator[str]:
        """Why a formula has this value again and again: a state of the loop shows it."""
        loop = range(self.back_to, len(self.truth))
        *before, last = self.why(formula, next(time for time in loop if self._holds(formula, time) == value), value)
        yield from (*before, f"{last}, again and again")

    def _until(self, first: Formula, then: Formula, now: int, value: bool) -> Iterator[str]:
        turn = list(self._turn(now))
        came = next((place for place, time in enumerate(turn) if self._holds(then, time)), None)
        if came is None:
            yield f"{self._said(then, False)} {'in every state' if now == 0 else f'from state {now + 1} on, for ever'}"
        elif value:
            yield from self.why(then, turn[came], True)
            if came > 0 and first != Conjunction(()):
                yield f"{self._said(first, True)} up to then"
        else:
            wrong = next(time for time in turn[:came] if not self._holds(first, time))
            yield from self.why(first, wrong, False)
            yield f"{self._said(then, False)} up to then"

    def _said(self, formula: Formula, value: bool) -> str:
        """`x is true`: of a negation what it denies."""
        while isinstance(formula, Negation) and not isinstance(formula.operand, Until):
            formula, value = formula.operand, not value
        return f"{self._text(formula)} is {'true' if value else 'false'}"

    def _holds(self, formula: Formula, now: int) -> bool:
        return over_time(formula, self.truth, self.back_to)[now]

    def _turn(self, now: int) -> Iterator[int]:
        return in_turn(now, len(self.truth), self.back_to)

    def _text(self, formula: Formula) -> str:
        text = self._written(formula)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."

    def _written(self, formula: Formula) -> str:
        match formula:
            case Condition(number):
                return self.texts[number]
            case Negation(Until(Negation(then), Conjunction((Negation(first), Negation(again))))) if then == again:
                return f"weak_until({self._written(first)}, {self._written(then)})"
            case Negation(Until(Negation(first), Negation(then))):
                return f"release({self._written(first)}, {self._written(then)})"
            case Negation(operand):
                return f"not {self._within(operand)}"
            case Disjunction((Negation(first), then)):
                return f"implies({self._written(first)}, {self._written(then)})"
            case Conjunction(operands):
                return " and ".join(map(self._within, operands)) if operands else "True"
            case Disjunction(operands):
                return " or ".join(map(self._within, operands)) if operands else "False"
            case Always(operand):
                return f"always({self._written(operand)})"
            case Eventually(operand):
                return f"eventually({self._written(operand)})"
            case Until(first, then):
                return f"until({self._written(first)}, {self._written(then)})"
            case _:
                assert_never(formula)

    def _within(self, formula: Formula) -> str:
        text = self._written(formula)
        return f"({text})" if isinstance(formula, (Conjunction, Disjunction)) or " or " in text else text
