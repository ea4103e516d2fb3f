"""Models to inherit from, for those who write concurrent structures: each is one idiom, in the language itself."""

from checker.lang.idioms.channels import Channels
from checker.lang.idioms.disk import Disk
from checker.lang.idioms.linearizable import Linearizable
from checker.lang.idioms.memory import ReleaseAcquire, StoreBuffers
from checker.lang.idioms.reclamation import GracePeriods, HazardPointers, Heap, Life
from checker.lang.idioms.threads import Threads

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
