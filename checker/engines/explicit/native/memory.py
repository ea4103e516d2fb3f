"""Large memory straight from the system, on huge pages where it has them.

Knows nothing of tables and states. Nothing here is freed by chance: a region lives as long as its object.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap

from checker.memory import addresses_cost_nothing

_HUGE = 1 << 21
"""Bytes of a huge page on x86 and on ARM with pages of 4 KiB."""

_LINE = 64
"""Bytes of a cache line."""


class Region:
    """`size` bytes of zeros at `address`, and addresses behind them for up to `most` in all, if they can be had."""

    def __init__(self, size: int, most: int = 0) -> None:
        self.size = max(size, mmap.PAGESIZE)
        self._most = most if most > self.size and addresses_cost_nothing() else self.size
        try:
            self._map = _mapped(self._most)
        except MemoryError:
            self._most = self.size
            self._map = _mapped(self.size)
        if self.size >= _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
            with contextlib.suppress(OSError):  # small pages are only slower
                self._map.madvise(mmap.MADV_HUGEPAGE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def extend(self, size: int) -> bool:
        """Have so many bytes there, the new ones zeros; False if it is as it was."""
        if size > self._most:
            return False
        self.size = max(self.size, size)
        return True

    def free(self) -> None:
        """Give the memory back; its address means nothing from now on."""
        self._map.close()


def _mapped(size: int) -> mmap.mmap:
    """Raises MemoryError."""
    try:
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"{size:,} bytes cannot be mapped") from error


def words(count: int) -> ctypes.Array[ctypes.c_int64]:
    """A small array of words that Python reads and writes; its address comes from ctypes.addressof. Nothing else is in
    its cache lines: what one thread writes there makes no other wait."""
    lines = -(-count * 8 // _LINE) or 1
    held = bytearray((lines + 1) * _LINE)
    first = -ctypes.addressof(ctypes.c_char.from_buffer(held)) % _LINE
    return (ctypes.c_int64 * count).from_buffer(held, first)
