"""Models to inherit from, for those who write concurrent structures. docs/how-to/use-an-idiom.md says how.

from evacheck.idioms import Linearizable
"""

from __future__ import annotations

from checker.lang.idioms import (
    Channels,
    Disk,
    GracePeriods,
    HazardPointers,
    Heap,
    Life,
    Linearizable,
    ReleaseAcquire,
    StoreBuffers,
    Threads,
)

__all__ = [
    "Channels",
    "Disk",
    "GracePeriods",
    "HazardPointers",
    "Heap",
    "Life",
    "Linearizable",
    "ReleaseAcquire",
    "StoreBuffers",
    "Threads",
]
