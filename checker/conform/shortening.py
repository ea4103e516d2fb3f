"""Make a sequence of operations shorter that shows a mismatch: leave out what it can do without.

The real system takes other choices each time (a seed, a start bucket), so a shorter sequence may show nothing although
it could: each is tried several times, and how often the last one shows anything is counted. A clock ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from checker.pause import current

One = TypeVar("One")
Shown = TypeVar("Shown")

TRIES = 4
"""Attempts that decide whether a shorter one still shows the mismatch, since a map's seed is drawn each time."""
COUNTED = 20
"""Attempts from which it is said how often the shortest shows it."""


@dataclass(frozen=True, slots=True)
class Shortened(Generic[Shown]):
    """The mismatch of the shortest sequence found, and in how many of how many runs that sequence showed one."""

    shown: Shown
    times: int
    runs: int


def shorten(
    first: Shown,
    done: Callable[[Shown], Sequence[One]],
    attempt: Callable[[Sequence[One]], Shown | None],
    seconds: float,
) -> Shortened[Shown]:
    """Leave out operations, many at a time and then one by one, while a mismatch comes at least half as often in TRIES
    attempts as it does with all of them; stop after so many seconds. `done` are the operations up to a mismatch; the
    first of them, which makes the system anew, always stays."""
    shown, pause, end = first, current(), time.monotonic() + seconds
    needed = max(1, (sum(attempt(done(first)) is not None for _ in range(TRIES)) + 1) // 2)

    def tried(operations: Sequence[One]) -> Shown | None:
        hits = 0
        for number in range(TRIES):
            pause()
            again = attempt(operations)
            hits += again is not None
            if again is not None and hits >= needed:
                return again
            if hits + TRIES - number - 1 < needed:
                return None
        return None

    size = len(done(shown)) // 2
    while size and time.monotonic() < end:
        place, shorter = 1, False
        while place < len(done(shown)) and time.monotonic() < end:
            operations = done(shown)
            again = tried([*operations[:place], *operations[place + size :]])
            if again is None:
                place += size
            else:
                shown, shorter = again, True
        if size > 1 or not shorter:
            size //= 2
    operations = done(shown)
    times = sum(attempt(operations) is not None for _ in range(COUNTED))
    return Shortened(shown, times, COUNTED)
