"""Decide whether a table that is full enough grows: whether an addition always looks for a resize (it does not)."""

from checker.lang import Range, always_eventually
from spec.java.transfer import Transfer


class Contended(Transfer):
    """A compare-and-swap of baseCount can fail: then the addition goes to a cell, and addCount returns at once.

    Once there are cells, an addition looks only if its bin had two nodes or more, whether or not it was contended."""

    contended = True
    it_grows_to_the_end = None

    def full_enough(self):
        """Whether there are as many entries as sizeCtl allows, nobody has begun to resize, and the table may grow."""
        return (
            self.table is not None
            and self.sizeCtl >= 0
            and self.sumCount() >= self.sizeCtl
            and self.length[self.table] < self.MAXIMUM_CAPACITY
        )

    @always_eventually
    def L2_a_full_table_grows(self):
        """A table does not stay full: somebody begins to resize it."""
        return not self.full_enough()


class Uncontended(Contended):
    """Additions one after the other: each looks."""

    contended = False


class PutsGoOn(Contended):
    """The thread that was contended puts two entries more, alone, and each into a bin with one node or none."""

    keys = 4
    puts = 2

    def spread(self, k: Transfer.Key):
        return k

    def key(self, t: Transfer.Thread, n: Range(0, 3)):
        return 2 * n + t
