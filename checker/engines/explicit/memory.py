"""Large memory straight from the system, on huge pages where it has them, and how much of it may be used.

Knows nothing of tables and states. Nothing here is freed by chance: a region lives as long as its object.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
from pathlib import Path

_SHARE = 0.8
"""The part of what is free that may be used when nobody says how much."""

_HUGE = 1 << 21


class Region:
    """`size` bytes of zeros at `address`."""

    def __init__(self, size: int) -> None:
        self.size = max(size, mmap.PAGESIZE)
        try:
            self._map = mmap.mmap(-1, self.size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError as error:
            raise MemoryError(f"{size:,} bytes cannot be mapped") from error
        if self.size >= _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
            with contextlib.suppress(OSError):  # small pages are only slower
                self._map.madvise(mmap.MADV_HUGEPAGE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def free(self) -> None:
        """Give the memory back; its address means nothing from now on."""
        self._map.close()


def words(count: int) -> ctypes.Array[ctypes.c_int64]:
    """A small array of words that Python reads and writes; its address comes from ctypes.addressof."""
    return (ctypes.c_int64 * count)()


def allowance() -> int:
    """How many bytes the engine may use if its budget does not say: a part of what is free now."""
    free = [amount for amount in (_system_free(), _group_free()) if amount is not None]
    return int(min(free) * _SHARE) if free else 4 << 30


def _system_free() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    return None


def _group_free() -> int | None:
    """What the control group that this process runs in leaves, if it sets a limit; file cache in it can be dropped."""
    root = Path("/sys/fs/cgroup")
    names = (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
    )
    for limit, used, details, cached in names:
        try:
            free = int((root / limit).read_text()) - int((root / used).read_text())
            counts = dict(line.split() for line in (root / details).read_text().splitlines())
            return max(0, free + int(counts.get(cached, 0)))
        except (OSError, ValueError):
            continue
    return None
