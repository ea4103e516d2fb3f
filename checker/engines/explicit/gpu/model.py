"""What kernels for a card call of a model. Emitted code has functions of these names; what it leaves out is as here: a
model without a constraint, whose states stand for themselves."""

from __future__ import annotations

from checker.engines.explicit.native.intrinsics import number, words


def expand(w: words, s: words, c: words, out: words, capacity: number) -> number:
    """The successors of a state: none. Every model has its own."""
    return 0


def check(w: words, s: words, c: words, h: words) -> number:
    """Judge a state: no property has a mark. Every model has its own."""
    return 0


def within(w: words, s: words, c: words, h: words) -> number:
    """Whether a state is within the constraint: there is none."""
    return 1


def canonical(w: words, s: words) -> number:
    """Replace a state by the one that stands for its orbit: that is itself."""
    return 1
