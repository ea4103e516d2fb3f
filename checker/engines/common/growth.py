"""How many states may be still to come, from the sizes of the levels of a search. Promises nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

_FEWEST = 10
"""Levels below which nothing is said."""
_SHARE = 6
"""The slope of the last sixth of the levels is compared with that of the sixth before: single levels jump."""
_MOST = 20
"""How many times what was found may be to come for it to be said: before that the levels have not begun to bend."""


def to_come(levels: Sequence[int]) -> int | None:
    """About how many states there are beyond these levels, if their sizes go on bending as they do: the logarithms of
    the sizes of most searches lie on a curve that bends down evenly. None while that gives no end, or one too far to
    be believed. From the middle of a search on it was right within a factor of 2 for marking with two and three
    objects and for two-phase commit; of the map under the collector, whose levels have three humps, within 3 to 5."""
    count = len(levels)
    if count < _FEWEST:
        return None
    stretch = count // _SHARE + 1
    sizes = [levels[-1 - at * stretch] for at in range(3)]
    if 0 in sizes:  # a part of a cluster may have nothing of a level
        return None
    last, middle, first = map(math.log, sizes)
    slope, bend = (last - middle) / stretch, (last - 2 * middle + first) / stretch**2
    if bend >= 0 and slope >= 0:
        return None
    slope += min(bend, 0.0) * (stretch - 1) / 2  # it was that of the middle of its stretch
    total, size, most = 0.0, float(levels[-1]), _MOST * sum(levels)
    while size >= 1 and total <= most:
        slope += min(bend, 0.0)
        size *= math.exp(slope)
        total += size
    return int(total) if total <= most else None


def about(states: int) -> str:
    """A number of which only its size is known: `9 million`, `30,000`."""
    for unit, word in ((10**9, " thousand million"), (10**6, " million")):
        if states >= unit:
            return f"{_rounded(states / unit):,}{word}"
    return f"{_rounded(states):,}"


def _rounded(value: float) -> int:
    """The value with one digit that matters."""
    step = 1
    while step * 10 <= value:
        step *= 10
    return round(value / step) * step
