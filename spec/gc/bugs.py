"""Decide what barriers that were once wrong in Go let goroutines hide. Each class is one bug.

The numbers are those of Go's issues. #17694, the copy between stacks without a barrier, needs no class: it is `Marking`
with `channels` and without `channel_barrier`.
"""

from checker.lang import choose
from spec.gc.marking import Barrier, Marking


class BarrierEnabledLate(Marking):
    """#11105: stores called the barrier while stacks were being scanned, but it shaded nothing until that was over."""

    barrier = Barrier.INSERTION
    rescan = True

    def record(self, g: Marking.Goroutine, p: Marking.Pointer):
        if len(self.grey_stacks) == 0:
            self.shade(p)


class WrongOldPointer(Marking):
    """#30871: on WebAssembly the barrier did not record the pointer that was overwritten."""

    def overwritten(self, slot: Marking.Slot):
        return None


class StaleSource(Marking):
    """#71228: the barrier read the temporary that is copied before the new pointer was in it: it is still nil."""

    def written(self, new: Marking.Pointer):
        return None


class PlainStores(Marking):
    """#21297, #14306: for some stores the compiler left the barrier out."""

    def write_barrier(self, g: Marking.Goroutine, slot: Marking.Slot, new: Marking.Pointer):
        if choose({True, False}):
            yield from super().write_barrier(g, slot, new)
