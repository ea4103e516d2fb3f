"""Decide in which cycle the old array of Go's classic map is freed, with a finalizer on it and without (Go 1.23).

The map is that of lived.py, the collector one step finer: an array that was unreachable when marking began is to be
swept when marking is over, and the background sweeper or the next cycle sweeps it (spec.gc.sweep). With a finalizer it
is queued by that sweep, and the array lives on until the finalizer has run and another cycle finds it
(spec.gc.finalizers). A cycle counts if nothing leads to the array when it begins.
"""

from checker.lang import Bool, Param, Range, Var, action, always, process, require, sometimes
from spec.go_map.lived import Fate, LivedMap


class SweptMap(LivedMap):
    """Somebody goes on assigning, and the collector marks and sweeps."""

    finalizer = Param(False)  # somebody has set one on the array that is watched, while it was reached

    cycles = Var(Range(0, 3))
    unswept = Var(Bool)  # marking has found the array unreachable, and nobody has swept it so far
    queued = Var(Bool)  # its finalizer, by a sweep
    waits = Var(Bool)  # and it has not run yet

    @process
    def collector(self):
        """One cycle after the other. What is left of the last one is swept first."""
        while True:
            if self.unswept:
                self.sweep()
            if self.fate == Fate.DROPPED and not self.waits:
                self.fate = Fate.GARBAGE
                self.cycles += 1
            yield "marks"
            if self.fate == Fate.GARBAGE:
                self.unswept = True
            yield "sleeps"

    @action(fair="weak")
    def bgsweep(self):
        """The background sweeper comes to the span of the array."""
        require(self.unswept)
        self.sweep()

    def sweep(self):
        """The array's span: it is freed, or its finalizer is queued."""
        self.unswept = False
        if self.finalizer and not self.queued:
            self.queued = True
            self.waits = True
            self.fate = Fate.DROPPED
        else:
            self.fate = Fate.FREED

    @action(fair="weak")
    def runfinq(self):
        """The finalizer runs."""
        require(self.waits)
        self.waits = False

    @always
    def freed_in_its_cycle(self):
        """The sweep of the first cycle that begins after it was dropped frees it; with a finalizer, of the second."""
        needed = 2 if self.finalizer else 1
        return self.cycles <= needed and (self.fate != Fate.FREED or self.cycles == needed)

    @sometimes
    def waits_for_its_sweep(self):
        """The cycle is over and the array is still there, and the map goes on growing."""
        return self.unswept and self.growing()
