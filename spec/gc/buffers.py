"""Decide whether the barrier may put pointers aside and leave the marking for later. The ragged barrier is not here.

As in runtime/mwbbuf.go. Each goroutine has a processor to itself here: buffers of processors that goroutines share or
change between would fill in other orders, but are emptied by the same rule. A nil pointer is not recorded, which in Go
it is, to be skipped when the buffer is emptied. Marking ends with the world stopped, where gcMarkDone in runtime/mgc.go
empties every buffer and starts over if it found work: one step here that waits until nothing is left to empty.
"""

from checker.lang import Array, Param, Range, Seq, Var, action, require, sometimes
from spec.gc.marking import Marking


class Buffered(Marking):
    """Barriers record what they shade in a buffer, which is emptied when it is full, or by the collector."""

    buffer = Param(1, Range(1, 4))  # entries for each goroutine
    emptied_at_end = Param(True)

    pending = Var(Array(Marking.Goroutine, Seq(Marking.Heap, buffer)))

    def record(self, g: Marking.Goroutine, p: Marking.Pointer):
        if p is not None:
            if len(self.pending[g]) == self.buffer:
                self.empty(g)
            self.pending[g].append(p)

    def empty(self, g: Marking.Goroutine):
        """Shade what the buffer of `g` holds."""
        for p in self.pending[g]:
            self.shade(p)
        self.pending[g].clear()

    @action
    def flush(self, g: Marking.Goroutine):
        """The collector empties a buffer, at a safe point of its goroutine."""
        require(not self.done and g not in self.storing)
        require(len(self.pending[g]) > 0)
        self.empty(g)

    def free(self):
        return {p for p in super().free() if all(p not in self.pending[g] for g in self.Goroutine)}

    def finish(self):
        if self.emptied_at_end:
            require(all(len(self.pending[g]) == 0 for g in self.Goroutine))
        super().finish()
        for g in self.Goroutine:
            self.pending[g].clear()

    def is_pending(self, p: Marking.Heap):
        """Whether a buffer holds object `p`."""
        return any(p in self.pending[g] for g in self.Goroutine)

    def known(self):
        """What is marked or in a buffer: a barrier has shaded it, as far as the goroutine can tell."""
        return self.marked | {p for p in self.Heap if self.is_pending(p)}

    def unscanned(self, s: Marking.Slot):
        return super().unscanned(s) or any(
            s // self.fields == p and p not in self.marked and self.is_pending(p) for p in self.Heap
        )

    @sometimes
    def all_is_black_but_for_the_buffers(self):
        """The collector can run out of grey objects while a buffer still holds a white one."""
        return (
            len(self.grey) == 0
            and len(self.scanning) == 0
            and len(self.grey_stacks) == 0
            and any(p not in self.marked for g in self.Goroutine for p in self.pending[g])
        )
