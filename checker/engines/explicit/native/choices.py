"""Choices by replay: a step is run once for every vector of choices.

A run repeats the choices recorded in the control array, takes the next member at the first place after them, and first
members from there on. The caller makes sure that there is a member. Vectors can be too many for any time: now and then
somebody is asked whether there is to be a next one.
"""

from __future__ import annotations

from checker.engines.explicit.codegen.code import (
    ADVANCE,
    CHOICE_LIMIT,
    CHOICES,
    CURSOR,
    LEFT,
    LOOK,
    RECORDED,
    STATUS,
    TOO_MANY,
)
from checker.engines.explicit.native.intrinsics import call1, lowest, number, words

UNWATCHED = 1 << 20
"""What LEFT begins with where nobody looks."""


def turn(c: words) -> number:
    """The cell of the next choice, 0 if there are too many. Negative: the choice is recorded there."""
    k = c[CURSOR]
    if k == CHOICE_LIMIT:
        c[STATUS] = TOO_MANY
        return 0
    c[CURSOR] = k + 1
    if k < c[RECORDED]:
        return -(CHOICES + 2 * k)
    return CHOICES + 2 * k


def previous(c: words, cell: number) -> number:
    """The member that was taken last time at this cell, if it is this one's turn to advance; else -1."""
    if c[ADVANCE] != 0 and cell == CHOICES + 2 * c[RECORDED]:
        c[ADVANCE] = 0
        return c[cell]
    return -1


def choose(c: words, mask: number) -> number:
    """A member of a set of one slot."""
    cell = turn(c)
    if cell <= 0:
        return c[-cell] if cell else 0
    rest = mask & ~((1 << (previous(c, cell) + 1)) - 1)
    member = lowest(rest)
    c[cell] = member
    c[cell + 1] = rest & (rest - 1)
    return member


def choose_below(c: words, count: number) -> number:
    """A number in range(count)."""
    cell = turn(c)
    if cell <= 0:
        return c[-cell] if cell else 0
    member = previous(c, cell) + 1
    c[cell] = member
    c[cell + 1] = count - 1 - member
    return member


def advance(c: words) -> number:
    """Make ready for the next vector of choices; 0 if that was the last, -1 if the step is not to go on."""
    k = c[CURSOR] - 1
    while k >= 0 and c[CHOICES + 2 * k + 1] == 0:
        k -= 1
    if k < 0:
        return 0
    c[RECORDED] = k
    c[ADVANCE] = 1
    c[LEFT] -= 1
    return 1 if c[LEFT] >= 0 else goes_on(c)


def goes_on(c: words) -> number:
    """Ask whether the step is to go on: 1, or -1 if not."""
    c[LEFT] = UNWATCHED if c[LOOK] == 0 else call1(c[LOOK], 0)
    return 1 if c[LEFT] > 0 else -1
