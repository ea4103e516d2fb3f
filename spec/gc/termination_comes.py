"""Decide whether marking is ever over (Go 1.23), however much the goroutines store meanwhile.

It is, and no bound on stores is needed. A round of gcMarkDone that does not end marking has found work, all work is on
an object that was not marked when the cycle began, and no mark is ever taken back: objects allocated meanwhile are born
black. What it takes is that workers go on, and that every P comes to a safe point when it is asked.
"""

from checker.lang import eventually, leads_to, process
from spec.gc.termination import Restart, Termination


class TerminationComes(Termination):
    """Workers, and the goroutine in gcMarkDone, are not stopped for ever. Nothing is owed by the goroutines."""

    objects = 3
    objects = 2
    weak = 1
    restart = Restart.QUEUES_AND_LIST

    @eventually
    def marking_comes_to_an_end(self):
        """Marking is over, some time."""
        return self.over

    @leads_to
    def who_waits_goes_on(self, g: Termination.G):
        """A goroutine that waits for its weak pointer goes on, then or later."""
        return g in self.parked, g not in self.parked


class TerminationNotAsked(TerminationComes):
    """gcMarkDone may stop for ever, as before Go 1.14 while a goroutine is in a loop without a safe point."""

    @process(fair=False)
    def gcMarkDone(self):
        yield from super().gcMarkDone()
