"""Decide whether marking ever ends, however the goroutines go on.

The collector is owed its steps: it takes what is grey, looks into it, and finishes. That needs goroutines at a safe
point, and Go does not wait for one by chance. suspendG (runtime/preempt.go) catches a goroutine whose stack is to be
scanned, if it comes by safe points again and again: strong fairness. gcMarkDone (runtime/mgc.go) stops the world when
nothing is left to mark: no goroutine begins another instruction, and those within a store come to its end.
"""

from checker.lang import Param, action, eventually, leads_to, require
from spec.gc.marking import Marking


class EndingMarking(Marking):
    """Does marking end? It does if the world is stopped for it; else stores that overlap put it off for ever."""

    stops = Param(True)  # no instruction begins while nothing is left to mark

    def named_by(self, g: Marking.Goroutine):
        require(not self.is_stopping())
        return super().named_by(g)

    def is_stopping(self):
        """Whether the world is being stopped."""
        return self.stops and not (self.grey or self.scanning or self.grey_stacks)

    @action(fair="weak")
    def take(self, o: Marking.Obj):
        super().take(o)

    @action(fair="weak")
    def scan(self):
        super().scan()

    @action(fair="strong")
    def scan_stack(self, g: Marking.Goroutine):
        super().scan_stack(g)

    @action(fair="strong")
    def finish(self):
        super().finish()

    @eventually
    def marking_ends(self):
        """Marking comes to an end."""
        return self.done

    @leads_to
    def grey_is_scanned(self, o: Marking.Obj):
        """What is grey does not stay so."""
        return o in self.grey, o not in self.grey
