"""Decide whether the tricolour invariants of design/17503 hold while marking goes on. The steps are those of `Marking`.

The strong invariant: nothing black points to a white object. The weak one: what something black points to is marked, or
a grey object of the heap protects it, by a chain of pointers through white objects. Colours are those of single fields
here: one field of an object can have been looked into already while the next has not.
"""

from checker.lang import SetOf, Var, always, sometimes
from spec.gc.marking import Allocation, Barrier, Marking


class Tricolour(Marking):
    """The mark phase with what its proof of correctness relies on."""

    fresh = Var(SetOf(Marking.Heap))  # objects allocated since marking began

    def allocate(self, g: Marking.Goroutine):
        super().allocate(g)
        self.fresh.add(self.stack[g])

    def protected(self):
        """The white objects that a grey object of the heap, or a root, leads to."""
        start = {p for p in self.Heap if any(self.unscanned(s) and self.field[s] == p for s in self.Slot)}
        return self.through_white(start - self.marked)

    def behind_black_fields(self):
        """The white objects that a black field points to."""
        found = {p for p in self.Heap if any(self.field[s] == p and self.is_black(s) for s in self.Slot)}
        return found - self.marked

    def behind_black_stacks(self):
        """The white objects that a scanned stack points to."""
        black = {g for g in self.Goroutine if g not in self.grey_stacks}
        return {p for p in self.Heap if any(self.stack[g] == p for g in black)} - self.marked

    @always
    def weak_invariant(self):
        """Every white object that something black points to is protected by something grey in the heap."""
        return (self.behind_black_fields() | self.behind_black_stacks()) <= self.protected()

    @always
    def strong_invariant(self):
        """No black field points to a white object. Of black stacks nothing is said."""
        return len(self.behind_black_fields()) == 0

    @always
    def new_objects_are_not_scanned(self):
        """An object that was allocated black is never grey."""
        return self.allocation != Allocation.BLACK or not any(
            p in self.grey or any(t // self.fields == p for t in self.scanning) for p in self.fresh
        )

    @sometimes
    def an_object_is_new(self):
        """Goroutines can allocate while marking goes on."""
        return len(self.fresh) > 0

    @sometimes
    def grey_protects_white_behind_black(self):
        """A black stack can point to a white object that only a grey one in the heap protects."""
        return len(self.behind_black_stacks()) > 0


class WeakOnly(Tricolour):
    """The same without the strong invariant, which a barrier that looks at its own stack does not keep."""

    barrier = Barrier.HYBRID_THIS_GREY
    strong_invariant = None
