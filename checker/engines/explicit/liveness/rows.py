"""Lists of packed states, or of rows of so many words, that grow. Decides nothing."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Protocol

from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.worker import State

_FIRST_LIST = 1 << 12


class Owner(Protocol):
    """Who gives memory, and takes it back. `width` are the words of a state."""

    width: int

    def region(self, size: int) -> Region:
        """So many bytes."""
        ...

    def free(self, memory: Region) -> None:
        """Give memory back."""
        ...


class Rows:
    """A list that grows, of packed states or of rows of so many words. `used` are in it."""

    def __init__(self, owner: Owner, width: int | None = None) -> None:
        self._owner, self.width = owner, width or owner.width
        self._size = self.width * 8
        self.room, self.used = _FIRST_LIST, 0
        self.memory = owner.region(self.room * self._size)

    def grow(self) -> None:
        """Have four times as much room."""
        larger = self._owner.region(4 * self.room * self._size)
        ctypes.memmove(larger.address, self.memory.address, self.used * self._size)
        self._owner.free(self.memory)
        self.memory, self.room = larger, 4 * self.room

    @property
    def address(self) -> int:
        """Where the first is."""
        return self.memory.address

    def free(self) -> None:
        """Give the memory back."""
        self._owner.free(self.memory)

    def add(self, row: Sequence[int]) -> None:
        """Add one."""
        if self.used == self.room:
            self.grow()
        (ctypes.c_int64 * self.width).from_address(self.address + self.used * self._size)[:] = list(row)
        self.used += 1

    def at(self, place: int) -> State:
        """One of them."""
        return tuple((ctypes.c_int64 * self.width).from_address(self.address + place * self._size))

    def states(self) -> list[State]:
        """All of them."""
        width = self.width
        cells = (ctypes.c_int64 * (self.used * width)).from_address(self.memory.address)
        return [tuple(cells[at * width : (at + 1) * width]) for at in range(self.used)]
