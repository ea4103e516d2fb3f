"""Shortening: what a mismatch can do without is left out, also where chance has a say."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from checker.conform.shortening import COUNTED, shorten


def up_to(operations: Sequence[int], needed: Sequence[int]) -> tuple[int, ...] | None:
    """The operations up to the one that completes what is needed, in order; None if they do not."""
    left = list(needed)
    for place, each in enumerate(operations):
        if left and each == left[0]:
            left.pop(0)
        if not left:
            return tuple(operations[: place + 1])
    return None


def test_only_what_is_needed_stays_and_the_first_always_does() -> None:
    first = up_to(range(200), (17, 90, 151))
    assert first is not None
    short = shorten(first, lambda each: each, lambda some: up_to(some, (17, 90, 151)), 60)
    assert (short.shown, short.times) == ((0, 17, 90, 151), COUNTED)


def test_a_mismatch_that_needs_luck_is_made_short_and_the_luck_is_counted() -> None:
    random = Random(1)

    def lucky(some: Sequence[int]) -> tuple[int, ...] | None:
        return up_to(some, (5, 40)) if random.random() < 0.6 else None

    short = shorten(tuple(range(41)), lambda each: each, lucky, 60)
    assert {0, 5, 40} <= set(short.shown) and len(short.shown) < 15
    assert 0 < short.times < COUNTED == short.runs


def test_shortening_ends_with_its_time() -> None:
    first = tuple(range(50))
    short = shorten(first, lambda each: each, lambda some: up_to(some, (49,)), 0)
    assert short.shown == first
