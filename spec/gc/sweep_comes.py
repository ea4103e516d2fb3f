"""Decide whether the sweep of a cycle is ever completed (Go 1.23), while others allocate all the time."""

from checker.lang import leads_to, process
from spec.gc.sweep import Sweep


class SweepComes(Sweep):
    """Nobody who sweeps or allocates is stopped for ever. Who lets go of an object, and when, is not owed."""

    direct = False

    swept_out_of_turn = None

    @process(Sweep.P)
    def mallocgc(self, p: Sweep.P):
        yield from super().mallocgc(p)

    @process(fair="strong")
    def gc(self):
        """Strongly fair: who wants the world stopped gets it, as nobody begins anything new meanwhile."""
        yield from super().gc()

    def is_sweep_done(self):
        """runtime/mgcsweep.go isSweepDone."""
        return self.drained and self.sweepers == 0

    @leads_to
    def sweep_is_completed(self):
        """When marking has ended, everything is swept some time."""
        return not self.is_sweep_done(), self.is_sweep_done()

    @leads_to
    def garbage_is_freed(self, o: Sweep.Obj):
        """What was unreachable when marking began is freed."""
        return o in self.doomed, o not in self.doomed


class SweepNever(SweepComes):
    """Neither the background sweeper nor the next cycle need ever come, and nobody allocates: garbage stays."""

    @process(fair=False)
    def bgsweep(self):
        yield from super().bgsweep()

    @process(fair=False)
    def gc(self):
        yield from super().gc()

    @process(Sweep.P, fair=False)
    def mallocgc(self, p: Sweep.P):
        yield from super().mallocgc(p)
