"""What to do to a map next: operations by chance, in phases that lead to what is rare. Knows no report and no model.

A map does not shrink, so there are many maps, one after the other; each stays small, or goes through some phases.
Filling makes a map double; churn at a constant size makes overflow buckets pile up, and with them growth to the same
size, most readily where a map is as full as it can be; churn just below the size at which a map doubles leaves buckets
that begin with a free cell; emptying draws new seeds; keys that fall into few buckets make long chains.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Present, Within

_CHURN_SIZES = (9, 13, 22, 26, 26, 50)
_FULL = (8, 13, 26, 52, 104, 208)
"""Entries that a map holds at most before it doubles."""
_HINTS = (0, 0, 0, 5, 9, 14, 40, 100, 200)
_CROWDED = 0.3
"""The share of maps whose keys are chosen so that most of them fall into a few buckets."""
_CHAIN = 40
"""Keys that may be made to fall into one bucket: a chain of the models of spec.go_map.followed holds 64 entries."""
_GETS = 0.12
"""The share of look-ups, which mutants need that only reads betray."""
_LOOPING = (0.05, 0.2, 0.5)
"""Shares of steps of loops, one for each phase: where they are rare, much happens within a loop."""
_SLOW = 0.2
"""The share of maps, where there are loops, that begin with what Go's loops get wrong."""
_STARTS = 0.2
_NAN = 0.02
_ABSENT = 0.1
"""The share of deletions that are of an absent key."""


class Driver:
    """Makes operations on maps, the same for the same seed."""

    def __init__(self, within: Within, random: Random) -> None:
        self._hunts = within.hunts
        self._hashes = within.hashes
        self._random = random
        self._loops = within.loops
        self._nans = within.nans
        self._nans_made = 0
        self._looping = 0.0
        self._keys = within.keys
        self._values = within.values
        self._present = Present(within.keys, random)

    def operations(self) -> Iterator[Operation]:
        """Operations without end. The first makes a map."""
        while True:
            self._present.clear()
            self._nans_made = 0
            if self._hunts:
                hunt = self._random.choice((self._slow_loop, self._refilled, self._cleared_nan))
                yield Operation(Op.MAKE, hashes=self._crowd(1) if hunt == self._slow_loop else ())
                yield from hunt()
                continue
            churns = self._random.random() < 0.5
            hint = 0 if churns else min(self._random.choice(_HINTS), self._keys)
            yield Operation(
                Op.MAKE, hint, hashes=self._crowd(1 + self._keys // _CHAIN) if self._random.random() < _CROWDED else ()
            )
            self._looping = 0.0
            if self._loops and self._random.random() < _SLOW:
                yield from self._random.choice((self._slow_loop, self._refilled))()
            yield from self._churning() if churns else self._growing()

    def _crowd(self, least: int) -> tuple[int, ...]:
        """Hashes of which most lead to a few buckets, no fewer than `least`."""
        share = self._random.choice((0.3, 0.7))
        few = [self._random.randrange(self._hashes) for _ in range(max(least, self._random.choice((1, 2, 4, 8))))]
        drawn = (
            self._random.choice(few) if self._random.random() < share else self._random.randrange(self._hashes)
            for _ in range(self._keys)
        )
        return (self._hashes - 1, *drawn)

    def _churning(self) -> Iterator[Operation]:
        """The life of a map that stays as small as its entries allow."""
        size = min(self._random.choice(_CHURN_SIZES), self._keys)
        for _ in range(self._random.randint(1, 4)):
            self._looping = self._random.choice(_LOOPING) if self._loops else 0.0
            yield from self._towards(size)
            for _ in range(self._random.choice((200, 600))):
                yield self._other() or (self._delete(True) if self._present.size > size - 1 else self._assign_any())
            if self._random.random() < 0.3:
                yield from self._empty()

    def _slow_loop(self) -> Iterator[Operation]:
        """A loop with much between its steps: growths to the same size, of which the second clears under it."""
        size = self._random.choice((22, 24, 26, 26))
        yield from self._towards(min(size, self._keys))
        yield Operation(Op.START)
        between = self._random.choice((3, 6, 9))
        for _ in range(between * size):
            if self._random.random() < 1 / between:
                yield Operation(Op.NEXT)
            yield self._delete(True) if self._present.size > size - 1 else self._assign_any()
        for _ in range(2 * size):
            yield Operation(Op.NEXT)

    def _refilled(self) -> Iterator[Operation]:
        """A loop that starts in mid growth and stands while this one and the next end, and the map is emptied and
        filled again with the same keys, under another seed."""
        least = self._random.choice(_FULL[2:4])
        yield from self._towards(least)
        yield self._assign_any()
        yield Operation(Op.START)
        for _ in range(self._random.randint(0, 3)):
            yield Operation(Op.NEXT)
        yield from self._towards(2 * least + 1 + self._random.randrange(2 * least))
        for _ in range(least):
            yield self._assign(True)
        again = self._present.keys()
        if self._random.random() < 0.5:
            yield from self._towards(0)
        else:
            self._present.clear()
            yield Operation(Op.CLEAR)
        for key in again[: self._random.randint(1, len(again))]:
            yield self._put(key)
        for _ in range(3 * least):
            yield Operation(Op.NEXT)

    def _cleared_nan(self) -> Iterator[Operation]:
        """A loop over a map with a NaN key, where there are any, that is cleared while the map grows."""
        yield from self._towards(self._random.choice((7, 25)))
        for number in range(self._nans):
            yield Operation(Op.ASSIGN, self._keys + number)
        self._nans_made = self._nans
        yield Operation(Op.START)
        for _ in range(self._random.randint(1, 6)):
            yield self._assign_any()
        self._present.clear()
        yield Operation(Op.CLEAR)
        for _ in range(40):
            yield Operation(Op.NEXT)

    def _growing(self) -> Iterator[Operation]:
        """The life of a map that grows, and of which most may go again."""
        phases = (self._fill, self._edge, self._edge, self._edge, self._mix, self._thin, self._empty)
        for _ in range(self._random.randint(2, 8)):
            self._looping = self._random.choice(_LOOPING) if self._loops else 0.0
            yield from self._random.choice(phases)()

    def _fill(self) -> Iterator[Operation]:
        """Entries come in until there are many."""
        most = self._random.choice((10, 15, 30, 60, 110, 220, self._keys))
        while self._present.size < min(most, self._keys):
            yield self._other() or self._assign(False)

    def _edge(self) -> Iterator[Operation]:
        """Churn just below the size at which a map doubles, then over it, and much else while it grows."""
        sizes = [size for size in _FULL if self._present.size <= size < self._keys - 1] or [self._present.size]
        size = max(self._random.choice(sizes), self._random.choice(sizes))
        yield from self._towards(size)
        for _ in range(self._random.choice((4, 16, size))):
            yield self._other() or self._take_any()
            yield self._other() or self._assign_any()
        clears = self._random.random() < 0.4
        for number in range(4 + size // 4):
            if self._loops and number == 2:
                yield Operation(Op.START, self._random.randrange(self._loops))
            yield self._look() or (self._take_any() if self._random.random() < 0.3 else self._assign_any())
            if clears and number > 2 and self._random.random() < 0.4:
                self._present.clear()
                yield Operation(Op.CLEAR)
                return

    def _mix(self) -> Iterator[Operation]:
        """Anything: overwriting and deleting what is not there, too."""
        for _ in range(self._random.choice((20, 100))):
            key = self._random.randrange(self._keys)
            yield self._other() or self._put(key) if self._random.random() < 0.6 else self._take(key)

    def _thin(self) -> Iterator[Operation]:
        """Most entries go, and some come back while the map is sparse, up to a growth."""
        yield from self._towards(self._present.size // self._random.choice((2, 4, 16)))
        for _ in range(self._random.choice((10, 40))):
            yield self._other() or (self._assign_any() if self._random.random() < 0.55 else self._take_any())

    def _empty(self) -> Iterator[Operation]:
        """The map becomes empty: by clear, or by deleting everything."""
        if self._random.random() < 0.5:
            yield from self._towards(0)
        self._present.clear()
        yield Operation(Op.CLEAR)

    def _towards(self, size: int) -> Iterator[Operation]:
        while self._present.size < min(size, self._keys):
            yield self._assign(False)
        while self._present.size > size:
            yield self._delete(True)

    def _look(self) -> Operation | None:
        """Often a look-up, as long as a growth lasts that only reading does not end; else as `_other`."""
        if self._random.random() < 0.3:
            return Operation(Op.GET, self._present.drawn(self._present.size > 0))
        return self._other()

    def _other(self) -> Operation | None:
        """Now and then a step of a loop, a look-up, a NaN key, or the deletion of an absent key; else None."""
        if self._random.random() < self._looping:
            op = Op.START if self._random.random() < _STARTS else Op.NEXT
            return Operation(op, self._random.randrange(self._loops))
        if self._nans_made < self._nans and self._random.random() < _NAN:
            self._nans_made += 1
            return Operation(Op.ASSIGN, self._keys + self._nans_made - 1, self._random.randrange(self._values))
        drawn = self._random.random()
        if drawn < _GETS:
            return Operation(Op.GET, self._random.randrange(self._keys))
        if drawn < _GETS + _ABSENT * (1 - _GETS) / 2 and not self._present.full:
            return self._delete(False)
        return None

    def _assign_any(self) -> Operation:
        return self._assign(self._present.full)

    def _take_any(self) -> Operation:
        return self._delete(True) if self._present.size else self._assign(False)

    def _assign(self, there: bool) -> Operation:
        return self._put(self._present.drawn(there))

    def _delete(self, there: bool) -> Operation:
        return self._take(self._present.drawn(there))

    def _put(self, key: int) -> Operation:
        self._present.add(key)
        return Operation(Op.ASSIGN, key, self._random.randrange(self._values))

    def _take(self, key: int) -> Operation:
        self._present.remove(key)
        return Operation(Op.DELETE, key)
