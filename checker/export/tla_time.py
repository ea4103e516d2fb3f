"""Formulas of time in TLA+: `[]`, `<>` and `~>`. What says `until` has no form there.

What is known must not stand in one: of `<>TRUE` and of `FALSE ~> P` the TLC of 2020 says that they are violated. So it
is said of a variable that every module has.
"""

from __future__ import annotations

from collections.abc import Sequence
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

AND, OR = " /\\ ", " \\/ "
_KNOWN = {"TRUE": "(failed = failed)", "FALSE": "(failed # failed)"}


def over_time(formula: Formula, conditions: Sequence[str]) -> str | None:
    """A formula over conditions that are written already. None if it says `until`, which is no operator of TLA+'s; its
    `-+->` is none of TLC's."""
    if any(isinstance(each, Until) for each in parts(formula)):
        return None
    return _text(formula, conditions)


def _text(formula: Formula, conditions: Sequence[str]) -> str:
    match formula:
        case Condition(number):
            return _KNOWN.get(conditions[number], conditions[number])
        case Negation(operand):
            return f"~{_text(operand, conditions)}"
        case Always(Disjunction((Negation(first), Eventually(then)))):
            return f"({_text(first, conditions)} ~> {_text(then, conditions)})"
        case Always(operand):
            return f"[]{_text(operand, conditions)}"
        case Eventually(operand):
            return f"<>{_text(operand, conditions)}"
        case Disjunction((Negation(first), then)):
            return f"({_text(first, conditions)} => {_text(then, conditions)})"
        case Conjunction(operands):
            return _joined(AND, operands, conditions) if operands else _KNOWN["TRUE"]
        case Disjunction(operands):
            return _joined(OR, operands, conditions) if operands else _KNOWN["FALSE"]
        case Until():
            raise ValueError("TLA+ has no `until`")
        case _:
            assert_never(formula)


def _joined(operator: str, operands: Sequence[Formula], conditions: Sequence[str]) -> str:
    return f"({operator.join(_text(each, conditions) for each in operands)})"
