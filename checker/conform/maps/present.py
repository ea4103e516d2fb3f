"""What a driver of real maps knows: the keys that are there, and what it may use. Knows no report and no model."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


class Present:
    """The keys that are in the map, as its user knows them."""

    def __init__(self, keys: int, random: Random) -> None:
        self._random = random
        self._order = list(range(keys))  # those present first
        self._place = list(range(keys))
        self.size = 0
        self._keys = keys

    @property
    def full(self) -> bool:
        """Whether every key is there."""
        return self.size == self._keys

    def keys(self) -> list[int]:
        """Those that are there."""
        return self._order[: self.size]

    def drawn(self, there: bool) -> int:
        """A key that is there, or one that is not; there must be one."""
        if there:
            return self._order[self._random.randrange(self.size)]
        return self._order[self._random.randrange(self.size, self._keys)]

    def add(self, key: int) -> None:
        """The key is there from now on."""
        if self._place[key] >= self.size:
            self._swap(self._place[key], self.size)
            self.size += 1

    def remove(self, key: int) -> None:
        """The key is there no more."""
        if self._place[key] < self.size:
            self.size -= 1
            self._swap(self._place[key], self.size)

    def clear(self) -> None:
        """Nothing is there any more."""
        self.size = 0

    def _swap(self, one: int, other: int) -> None:
        order, place = self._order, self._place
        order[one], order[other] = order[other], order[one]
        place[order[one]], place[order[other]] = one, other


@dataclass(frozen=True, slots=True)
class Within:
    """What a driver may use: so many keys, values, loops and NaN keys, and so many hashes that a model tells apart. One
    that `hunts` only does what Go's loops get wrong."""

    keys: int
    values: int
    loops: int = 0
    nans: int = 0
    hashes: int = 64
    hunts: bool = False
