"""Decide how many cycles an object takes to go (Go 1.23): plain, with a finalizer, in a chain of them, in a cycle."""

from checker.lang import Range, Var, always, leads_to
from spec.gc.finalizers import Finalizers, Kind


class Counted(Finalizers):
    """A cycle counts if nothing is held, queued or running when its stacks are scanned. The program holds object 0.

    Two things are left out that put off the end: a finalizer that keeps its object, and a weak pointer made strong.
    """

    objects = 3
    weak = False
    resurrects = False

    cycles = Var(Range(0, Finalizers.objects + 2))

    load = None
    makeStrongFromWeak = None
    object_comes_back = None

    def count(self):
        if not self.roots() and self.cycles < self.objects + 2:
            self.cycles += 1

    def needed(self, o: Finalizers.Obj):
        """In which cycle object `o` goes; 0 for never."""
        if self.kind == Kind.CYCLE:
            return 0
        if self.kind == Kind.PLAIN:
            return 1
        return 2 if self.kind == Kind.FIRST else o + 2

    @always
    def goes_in_its_cycle(self):
        """By the end of its cycle's sweep an object is freed."""
        return (
            self.marking
            or len(self.unswept) > 0
            or all(o in self.freed or self.needed(o) == 0 or self.cycles < self.needed(o) for o in self.Obj)
        )

    @always
    def not_before(self):
        """And not before: a finalizer's object, and what it points to, outlives the cycle that queues it."""
        return all(self.needed(o) > 0 and self.cycles >= self.needed(o) for o in self.freed)

    @leads_to
    def all_goes(self):
        """Once the program holds nothing, all is freed, then or later: the collector and the finalizers go on."""
        return len(self.held) == 0, len(self.freed) == self.objects


class CountedCycle(Counted):
    """Objects with finalizers that lead to one another in a circle: each keeps the next, and none is ever freed."""

    objects = 2
    kind = Kind.CYCLE

    goes_in_its_cycle = None
    not_before = None

    def count(self):
        """Cycles go round, and nothing goes in any of them."""


class CleanupHolds(CountedCycle):
    """A cleanup whose argument is the object that it waits for: it is never freed, and the cleanup never runs."""

    kind = Kind.PLAIN
    cleanup = True
    cleanup_holds = True
