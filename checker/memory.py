"""How much memory an engine may use, and how much this process has taken. Allocates nothing."""

from __future__ import annotations

import sys
from pathlib import Path

_SHARE = 0.8
"""The part of what is free that may be used when nobody says how much."""

_OVERCOMMIT = Path("/proc/sys/vm/overcommit_memory")


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


def resident() -> int:
    """How many bytes of memory this process holds now; where the system does not tell, as macOS, the most it has held;
    0 where it tells neither, as Windows."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    return _most_resident()


def _most_resident() -> int:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def addresses_cost_nothing() -> bool:
    """Whether memory counts when it is used, and not when it is mapped: where Linux is told to count all that is mapped
    (vm.overcommit_memory), or this process may have only so many addresses (`ulimit -v`, and what answers an
    assistant), addresses that are kept for later are missing elsewhere."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return False
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return False
    try:
        return _OVERCOMMIT.read_text(encoding="ascii").strip() != "2"
    except OSError:  # not Linux
        return True
