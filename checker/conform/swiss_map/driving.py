"""What to do to a Swiss map next: operations by chance, in phases that lead to what is rare. Knows no report, no model.

A map does not shrink, so there are many, one after the other. Small ones are overwritten when they are full. Ones of a
few groups are churned, with keys that crowd into some of the groups, so that groups fill up and tombstones come. Large
ones get keys that crowd into one table of the directory, which is split while others stay. Loops run meanwhile; some
maps are emptied under a loop and filled again with the same keys, under another seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Present, Within

_GETS = 0.12
_ABSENT = 0.05
_NAN = 0.05
"""Share of operations with a NaN key, where there are any."""
_LOOPING = (0.0, 0.05, 0.3)
"""Shares of steps of loops, one for each phase."""
_STARTS = 0.2
_TOP = 0xF << 60
"""The bits that choose from a directory of 16 places."""


class Driver:
    """Makes operations on maps, the same for the same seed."""

    def __init__(self, within: Within, random: Random) -> None:
        self._within = within
        self._random = random
        self._present = Present(within.keys, random)
        self._looping = 0.0
        self._nans = self._most_nans = 0  # in the map

    def operations(self) -> Iterator[Operation]:
        """Operations without end. The first makes a map."""
        while True:
            if self._within.hunts:
                yield from self._refilled()
                continue
            lives = (self._small, self._small, self._churned, self._churned, self._churned, self._large, self._large)
            yield from self._random.choice(lives)()
            if self._within.loops and self._random.random() < 0.15:
                yield from self._refilled()
            if self._within.loops and self._within.nans:
                yield from self._cleared_nans()

    def _make(self, hint: int, keys: int, hashes: tuple[int, ...] = ()) -> Operation:
        """A new map, of which only the first keys are used."""
        self._present = Present(min(keys, self._within.keys), self._random)
        self._keys = min(keys, self._within.keys)
        self._nans, self._most_nans = 0, self._random.choice((0, 1, self._within.nans)) if self._within.nans else 0
        return Operation(Op.MAKE, hint, hashes=hashes)

    def _crowd(self, mask: int, few: int, share: float) -> tuple[int, ...]:
        """A mask, and bits of that mask for each key: a share of the keys have one of a few values of it."""
        random = self._random
        some = [random.getrandbits(64) & mask for _ in range(few)]
        drawn = (
            random.choice(some) if random.random() < share else random.getrandbits(64) & mask
            for _ in range(self._within.keys)
        )
        return (mask, *drawn)

    def _small(self) -> Iterator[Operation]:
        """A map of about eight entries, overwritten, emptied, and sometimes grown."""
        yield self._make(self._random.choice((0, 0, 8)), 14)
        self._phase()
        for size in (self._random.choice((4, 8, 8, 10)), self._random.choice((8, 8, 9, 12))):
            yield from self._towards(size)
            yield from self._mix(self._random.choice((20, 60)), full=True)
            if self._random.random() < 0.4:
                yield from self._empty()

    def _churned(self) -> Iterator[Operation]:
        """A map of a few groups whose entries come and go at a constant size, until tombstones fill it. They are pruned
        if there are enough, so not where entries alone nearly fill it."""
        capacity = self._random.choice((16, 16, 32, 32, 64, 128, 256))
        size = capacity * self._random.choice((8, 10, 11, 12, 14)) // 16
        keys = min(2 * capacity, self._within.keys)
        groups = capacity // 8 - 1
        crowd = self._crowd(groups << 7, max(1, groups // 4), self._random.choice((0.3, 0.8)))
        crowded = self._random.random() < 0.6
        yield self._make(self._random.choice((0, 7 * capacity // 8)), keys, crowd if crowded else ())
        for _ in range(self._random.randint(1, 2)):
            self._phase()
            yield from self._towards(size)
            yield from self._churn(size, min(self._random.choice((4, 8, 16)) * capacity, 800))
            yield from self._mix(20, full=False)
            if self._random.random() < 0.4:
                yield from self._empty()

    def _large(self) -> Iterator[Operation]:
        """A map of several tables, most of whose keys lead to one of them."""
        crowd = self._crowd(_TOP, self._random.choice((4, 6)), self._random.choice((0.6, 0.95)))
        yield self._make(
            self._random.choice((0, 900, 1000)), self._within.keys, crowd if self._random.random() < 0.7 else ()
        )
        self._phase()
        yield from self._towards(self._random.randint(6 * self._within.keys // 10, self._within.keys))
        self._phase()
        yield from self._churn(self._present.size, self._random.choice((200, 800)))
        yield from self._towards(self._within.keys)
        yield from self._mix(100, full=False)
        if self._random.random() < 0.5:
            yield from self._empty()
            yield from self._towards(100)

    def _refilled(self) -> Iterator[Operation]:
        """A loop that starts on several tables; one is split, the map is emptied, and some keys are put back."""
        half = 1 << 63
        crowd = (half, *(half if self._random.random() < 0.2 else 0 for _ in range(self._within.keys)))
        yield self._make(900, self._within.keys, crowd)
        self._looping = 0.0
        yield from self._towards(1_000)
        yield Operation(Op.START)
        for _ in range(self._random.choice((0, 3))):
            yield Operation(Op.NEXT)
        yield from self._towards(self._within.keys)
        again = self._present.keys()
        if self._random.random() < 0.3:
            yield from self._towards(0)
        else:
            yield self._clear()
        for key in self._random.sample(again, self._random.choice((1, 10, 40))):
            yield self._put(key)
        for _ in range(100):
            yield Operation(Op.NEXT)

    def _cleared_nans(self) -> Iterator[Operation]:
        """A loop over a map with NaN keys, which grows meanwhile, and is mostly cleared."""
        yield self._make(self._random.choice((0, 8, 100)), 300)
        self._looping = 0.0
        self._most_nans = self._within.nans
        for _ in range(self._within.nans):
            yield self._nan()
        yield Operation(Op.START)
        yield from self._towards(self._random.choice((40, 200)))
        if self._random.random() < 0.7:
            yield self._clear()
        for _ in range(10):
            yield self._nan() if self._random.random() < 0.2 else Operation(Op.NEXT)

    def _phase(self) -> None:
        self._looping = self._random.choice(_LOOPING) if self._within.loops else 0.0

    def _mix(self, count: int, full: bool) -> Iterator[Operation]:
        """Anything: overwriting and deleting what is not there, too; only overwriting if that is to show something."""
        for _ in range(count):
            other = self._other()
            if other is not None:
                yield other
            elif full and self._present.size and self._random.random() < 0.4:
                yield self._put(self._present.drawn(True))
            else:
                key = self._random.randrange(self._keys)
                yield self._put(key) if self._random.random() < 0.5 else self._take(key)

    def _churn(self, size: int, count: int) -> Iterator[Operation]:
        for _ in range(count):
            yield self._other() or self._one(self._present.size < size)

    def _one(self, more: bool) -> Operation:
        """An entry more, if there is a key for it, or one less."""
        more = (more and not self._present.full) or not self._present.size
        key = self._present.drawn(not more)
        return self._put(key) if more else self._take(key)

    def _empty(self) -> Iterator[Operation]:
        """The map becomes empty: by clear, or by deleting everything."""
        if self._random.random() < 0.5:
            yield from self._towards(0)
        yield self._clear()

    def _towards(self, size: int) -> Iterator[Operation]:
        size = min(size, self._keys)
        while self._present.size != size:
            other = self._other()
            if other is not None and self._random.random() < 0.3:
                yield other
            yield self._one(self._present.size < size)

    def _other(self) -> Operation | None:
        """Now and then a step of the loop, a NaN key, a look-up, or the deletion of an absent key; else None."""
        if self._random.random() < self._looping:
            return Operation(Op.START if self._random.random() < _STARTS else Op.NEXT)
        if self._most_nans and self._random.random() < _NAN:
            return self._nan()
        drawn = self._random.random()
        if drawn < _GETS:
            return Operation(Op.GET, self._random.randrange(self._keys))
        if drawn < _GETS + _ABSENT and not self._present.full:
            return self._take(self._present.drawn(False))
        return None

    def _nan(self) -> Operation:
        """A NaN key more, if there is a number for it, or the deletion of one, which finds nothing."""
        if self._nans == self._most_nans or self._random.random() < 0.2:
            return Operation(Op.DELETE, self._within.keys + self._within.nans)
        self._nans += 1
        return Operation(Op.ASSIGN, self._within.keys + self._nans - 1, self._random.randrange(self._within.values))

    def _clear(self) -> Operation:
        self._present.clear()
        self._nans = 0
        return Operation(Op.CLEAR)

    def _put(self, key: int) -> Operation:
        self._present.add(key)
        return Operation(Op.ASSIGN, key, self._random.randrange(self._within.values))

    def _take(self, key: int) -> Operation:
        self._present.remove(key)
        return Operation(Op.DELETE, key)
