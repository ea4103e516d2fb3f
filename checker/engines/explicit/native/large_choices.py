"""Choosing from a set of more than one slot."""

from __future__ import annotations

from checker.engines.explicit.native.choices import previous, turn
from checker.engines.explicit.native.intrinsics import number, words
from checker.engines.explicit.native.rows import next_bit


def choose_big(c: words, s: words, place: number, count: number) -> number:
    """A member of a large set."""
    cell = turn(c)
    if cell <= 0:
        return c[-cell] if cell else 0
    member = next_bit(s, place, count, previous(c, cell) + 1)
    c[cell] = member
    c[cell + 1] = 1 if next_bit(s, place, count, member + 1) >= 0 else 0
    return member
