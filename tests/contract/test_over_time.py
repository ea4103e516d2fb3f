"""What the judge says of a formula at each time of a lasso, against the definition, and in what time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from random import Random
from types import FrameType
from typing import Any

from checker.contract.lasso import in_turn, over_time
from checker.ir.temporal import Always, Condition, Conjunction, Disjunction, Eventually, Formula, Negation, Until
from tests.support.formulas import formula

Truth = Sequence[tuple[bool, ...]]


def by_definition(wanted: Formula, truth: Truth, back_to: int, now: int) -> bool:
    """By all times that come, in turn."""

    def is_true(each: Formula, then: int) -> bool:
        return by_definition(each, truth, back_to, then)

    times = list(in_turn(now, len(truth), back_to))
    match wanted:
        case Condition(number):
            return truth[now][number]
        case Negation(operand):
            return not is_true(operand, now)
        case Conjunction(operands):
            return all(is_true(each, now) for each in operands)
        case Disjunction(operands):
            return any(is_true(each, now) for each in operands)
        case Always(operand):
            return all(is_true(operand, later) for later in times)
        case Eventually(operand):
            return any(is_true(operand, later) for later in times)
        case Until(first, then):
            came = next((place for place, later in enumerate(times) if is_true(then, later)), None)
            return came is not None and all(is_true(first, later) for later in times[:came])


def drawn(draw: Random, most: int) -> tuple[Truth, int]:
    length = draw.randint(1, most)
    return [(draw.random() < 0.5, draw.random() < 0.5) for _ in range(length)], draw.randrange(length)


def test_formulas_mean_what_their_operators_mean() -> None:
    draw = Random(0)
    for _ in range(400):
        wanted, (truth, back_to) = formula(draw, 3, 2), drawn(draw, 6)
        expected = [by_definition(wanted, truth, back_to, now) for now in range(len(truth))]
        assert over_time(wanted, truth, back_to) == expected, (wanted, truth, back_to)


def test_a_loop_twice_as_long_takes_twice_the_steps() -> None:
    """It went through all times that come, at each time: 8,000 states did not end in 30 seconds."""
    wanted = Always(Until(Condition(0), Eventually(Condition(1))))

    def lines(length: int) -> int:
        return _lines(lambda: over_time(wanted, [(True, False)] * length, length // 2))

    assert lines(400) < 2.1 * lines(200)


def _lines(work: Callable[[], object]) -> int:
    """How many lines of Python it runs."""
    seen = [0]

    def traced(_: FrameType, event: str, __: object) -> Callable[..., Any]:
        seen[0] += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        work()
    finally:
        sys.settrace(before)
    return seen[0]
