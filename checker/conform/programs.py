"""Have Hypothesis draw short programs on a real map, and shrink one that shows a mismatch to the simplest it finds.

Keys get the hashes that are drawn with the program, and loops start where it says, so that a program does the same each
time, but for a seed that Go draws while a loop runs. What was not drawn was not tried. Prints nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Protocol

from hypothesis import HealthCheck, find, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, NoSuchExample

from checker.conform.maps.holding import Found
from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Within
from checker.conform.shortening import COUNTED, Shortened
from checker.pause import current

_KEYS = 24
"""Keys of a program: they make a classic map double, and fill three groups of a Swiss map."""
_LEAST, _PARTS = 10, 40
"""Parts of a program, any of which may come to nothing: from 10 on Hypothesis draws 20 on average, from 1 on only 6."""
_HASHES = 8
"""Hashes that keys draw from: few, so that keys share buckets."""
_HINTS = (0, 9, 30)
SHRINK_SECONDS = 60.0
"""What a user waits for a program to be made short; the one of the how-to takes 17 of processor time."""
_LOOP_STARTS = 8


@dataclass(frozen=True, slots=True)
class Tried:
    """How many programs were run, and the simplest that shows a mismatch, if one does."""

    programs: int
    shortened: Shortened[Found] | None


class _Enough(BaseException):
    """Shrinking has taken its time. Not an Exception: that would be taken for what a program shows."""


class Real(Protocol):
    """A model that is held against real maps, of which this asks what may be done, and what comes of a program."""

    @property
    def within(self) -> Within: ...
    def wanted(self, hashes: Sequence[int | None]) -> tuple[int, ...]: ...
    def attempt(self, operations: Sequence[Operation]) -> Found | None: ...


def tried(
    holding: Real, programs: int, seed: int, passing: Callable[[int], None], seconds: float = SHRINK_SECONDS
) -> Tried:
    """Draw so many programs of one map, the same for the same seed; shrink the first that shows a mismatch for so many
    seconds at most. `passing` hears how many have run."""
    kept: list[Found] = []
    pause, run, until = current(), 0, 0.0

    def shows(program: list[Operation]) -> bool:
        nonlocal run, until
        if kept and time.monotonic() > until:
            raise _Enough
        run += 1
        pause()
        passing(run)
        found = holding.attempt(program)
        if found is None:
            return False
        if not kept:
            until = time.monotonic() + seconds
        kept.append(found)
        return True

    quiet = settings(
        max_examples=programs, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    with suppress(NoSuchExample, Flaky, _Enough):
        find(_programs(holding), shows, settings=quiet, random=Random(seed))
    if not kept:
        return Tried(run, None)
    shortest = min(kept, key=lambda each: len(each.done))
    hashes = holding.wanted(shortest.hashes)
    first = Operation(Op.MAKE, shortest.done[0].key, hashes=hashes)
    times = sum(holding.attempt([first, *shortest.done[1:]]) is not None for _ in range(COUNTED))
    return Tried(run, Shortened(shortest, times, COUNTED))


def _programs(holding: Real) -> st.SearchStrategy[list[Operation]]:
    """A map with a hint and hashes, and what is done to it."""
    within = holding.within
    drawn = min(_KEYS, within.keys)

    def whole(hint: int, hashes: Sequence[int], parts: Sequence[Sequence[Operation]]) -> list[Operation]:
        wanted = holding.wanted([*hashes, *[None] * (within.keys - drawn)])
        return [Operation(Op.MAKE, hint, hashes=wanted), *(each for part in parts for each in part)]

    hashes = st.lists(st.integers(0, _HASHES - 1), min_size=drawn, max_size=drawn)
    return st.builds(
        whole, st.sampled_from(_HINTS), hashes, st.lists(st.one_of(_parts(within)), min_size=_LEAST, max_size=_PARTS)
    )


def _parts(within: Within) -> list[st.SearchStrategy[list[Operation]]]:
    """What a program is made of: an operation, or as many of one kind as are drawn."""
    drawn = min(_KEYS, within.keys)
    key, value = st.integers(0, drawn - 1), st.integers(0, within.values - 1)
    parts = [
        st.builds(lambda count: [Operation(Op.ASSIGN, each) for each in range(count)], st.integers(0, drawn)),
        st.builds(lambda which, to: [Operation(Op.ASSIGN, which, to)], key, value),
        st.builds(lambda which: [Operation(Op.DELETE, which)], key),
        st.builds(lambda which: [Operation(Op.GET, which)], key),
        st.just([Operation(Op.CLEAR)]),
    ]
    for nan in range(within.nans):
        parts.append(st.just([Operation(Op.ASSIGN, within.keys + nan)]))
    for loop in range(within.loops):
        starts = st.integers(0, _LOOP_STARTS - 1)
        parts.append(st.builds(lambda place, which=loop: [Operation(Op.START, which, 1 + place)], starts))
        parts.append(st.builds(lambda count, which=loop: [Operation(Op.NEXT, which)] * count, st.integers(1, drawn)))
    return parts
