"""What a model says of whole behaviours: what happens sooner or later, and what is owed its steps.

A formula is one of linear temporal logic without "next" (Pnueli 1977; Manna and Pnueli 1992), so that a behaviour which
rests for a while in a state satisfies the same formulas: nothing here can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class TemporalKind(StrEnum):
    """What a temporal property claims of every fair behaviour."""

    EVENTUALLY = "eventually"  # its condition is true at some time
    LEADS_TO = "leads_to"  # whenever the first condition is true, the second is true then or later
    ALWAYS_EVENTUALLY = "always_eventually"  # again and again, its condition is true
    EVENTUALLY_ALWAYS = "eventually_always"  # from some time on, its condition is true for ever
    TEMPORAL = "temporal"  # its formula is true at the beginning


class Fairness(StrEnum):
    """What is owed to a process's instance, or to an action with certain arguments. Only steps that change the state
    count as taken, or as possible."""

    WEAK = "weak"  # a step, if one is possible from some time on without a break
    STRONG = "strong"  # a step, if one is possible again and again


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the property is true now: that of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Negation:
    """The operand is false now."""

    operand: Formula


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All operands are true now. Of none it is true."""

    operands: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Some operand is true now. Of none it is false."""

    operands: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Always:
    """The operand is true now and at all times to come."""

    operand: Formula


@dataclass(frozen=True, slots=True)
class Eventually:
    """The operand is true now or at some time to come."""

    operand: Formula


@dataclass(frozen=True, slots=True)
class Until:
    """`then` is true now or at some time to come, and up to that time, which it need not include, `first` is true."""

    first: Formula
    then: Formula


Formula = Condition | Negation | Conjunction | Disjunction | Always | Eventually | Until
"""Every formula there is: a `match` on one ends in `assert_never`."""


def implies(first: Formula, then: Formula) -> Formula:
    """If the first is true now, so is the second."""
    return Disjunction((Negation(first), then))


def weak_until(first: Formula, then: Formula) -> Formula:
    """As Until, or the first is true for ever: it is not so that, before `then` comes, both are false."""
    return Negation(Until(Negation(then), Conjunction((Negation(first), Negation(then)))))


def release(first: Formula, then: Formula) -> Formula:
    """The second is true up to the time when the first is, including it; for ever, if that never comes. It is not so
    that, before the first comes, the second is false."""
    return Negation(Until(Negation(first), Negation(then)))


def parts(formula: Formula) -> Iterator[Formula]:
    """A formula and all formulas in it, inner ones first."""
    match formula:
        case Condition():
            pass
        case Negation(operand) | Always(operand) | Eventually(operand):
            yield from parts(operand)
        case Conjunction(operands) | Disjunction(operands):
            for operand in operands:
                yield from parts(operand)
        case Until(first, then):
            yield from parts(first)
            yield from parts(then)
        case _:
            assert_never(formula)
    yield formula


def premise(kind: TemporalKind, formula: Formula | None) -> int | None:
    """The condition without which a property holds of nothing: what a LEADS_TO begins with, and p of a formula "always,
    p implies ...". None of all others."""
    match formula:
        case Always(Disjunction((Negation(Condition(number)), _))):
            return number
        case _:
            return 0 if kind is TemporalKind.LEADS_TO else None


def as_formula(kind: TemporalKind, formula: Formula | None) -> Formula:
    """What a property of a kind claims, as a formula over its conditions; a TEMPORAL one has its own."""
    match kind:
        case TemporalKind.EVENTUALLY:
            return Eventually(Condition(0))
        case TemporalKind.LEADS_TO:
            return Always(implies(Condition(0), Eventually(Condition(1))))
        case TemporalKind.ALWAYS_EVENTUALLY:
            return Always(Eventually(Condition(0)))
        case TemporalKind.EVENTUALLY_ALWAYS:
            return Eventually(Always(Condition(0)))
        case TemporalKind.TEMPORAL:
            assert formula is not None
            return formula
        case _:
            assert_never(kind)
