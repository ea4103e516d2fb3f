"""Decide what becomes of a resize that a thread leaves by an exception: "Recursive update" (computeIfAbsent).

computeIfAbsent puts a ReservationNode into an empty bin, holds its lock, and runs the caller's function. If that puts
into the same map, it can begin or join a resize and come to its own reservation. The lock lets it in, since it is its
own, and `transfer` throws. It counts as a resizer for ever; the bins that it has claimed are never moved.

`mend` is what could be done about it on the way out.
"""

from enum import Enum

from checker.lang import Opt, Param, Var, process, require, sometimes
from spec.java.transfer import Transfer


class Mend(Enum):
    """What a thread does in `transfer` before it throws."""

    NONE = "none"
    LEAVES = "leaves"  # it counts itself out, as in X6, but does not finish
    OFFERS = "offers"  # and before that it offers all bins again, to whoever comes
    KEEPS = "keeps"  # it notes in the reservation that it owes the resize, and goes on when the function is over


class Reserved(Transfer):
    """Thread 0 computes key 0 by a function that puts key 1; the others put what shares the other bin with key 1."""

    keys = 3
    puts = 1
    reservations = 1
    mend = Param(Mend.NONE)

    owed = Var(Opt(Transfer.Tab))  # the nextTab in the reservation

    def spread(self, k: Transfer.Key):
        return 0 if k == 0 else 2 * k - 1

    @process(Transfer.Thread)
    def thread(self, t: Transfer.Thread):
        """putVal of a key of its own; of thread 0 it is the function that computeIfAbsent runs."""
        tab: self.Tab = 0
        if t == 0:
            tab = yield from self.reserve(t)
        yield from self.putVal(t, t + 1)
        if t == 0:
            yield from self.release(t, tab)

    def reserve(self, t: Transfer.Thread):
        """computeIfAbsent of key 0, whose bin is empty: nobody else has a key for it. It does not help before that."""
        tab: self.Tab = self.table
        while True:
            yield "at its bin"
            b = self.bins[tab][self.index(0, self.length[tab])]
            if b.to is None:
                break
            tab = b.to
        self.bins[tab][self.index(0, self.length[tab])].first = self.tables * self.keys  # casTabAt
        self.monitor[self.tables * self.keys] = t
        yield "computes"
        return tab

    def release(self, t: Transfer.Thread, tab: Transfer.Tab):
        """computeIfAbsent after its function: stores what came of it, and leaves the lock."""
        i = self.index(0, self.length[tab])
        self.monitor[self.tables * self.keys] = None
        self.bins[tab][i].first = None
        if t not in self.thrown:
            self.bins[tab][i].first = self.new_node(tab, 0, t + 1)
            self.lands(0, t + 1, 0)
        if self.mend == Mend.KEEPS and self.owed is not None:
            yield "owes a resize"
            failed = t in self.thrown
            self.thrown.discard(t)
            yield from self.transfer(t, tab, self.owed)
            self.owed = None
            if failed:
                self.thrown.add(t)
        if t not in self.thrown:
            yield "computed"
            yield from self.addCount(t, 1)

    def move_nodes(self, t: Transfer.Thread, tab: Transfer.Tab, i: Transfer.Slot, nextTab: Transfer.Tab):
        """The lock of a reservation lets its owner in; others wait."""
        first: self.First = self.bins[tab][i].first
        if first >= self.tables * self.keys:
            require(self.monitor[first] == t)
            yield from self.throw(t, tab, nextTab)
        else:
            yield from super().move_nodes(t, tab, i, nextTab)

    def throw(self, t: Transfer.Thread, tab: Transfer.Tab, nextTab: Transfer.Tab):
        """IllegalStateException("Recursive update")."""
        if self.mend == Mend.OFFERS:
            self.transferIndex = self.length[tab]
            yield "has offered all bins"
        if self.mend == Mend.LEAVES or self.mend == Mend.OFFERS:
            self.sizeCtl -= 1
            self.inside[t] = None
        if self.mend == Mend.KEEPS:
            self.owed = nextTab
        self.thrown.add(t)

    @sometimes
    def it_throws(self):
        """The function can be refused."""
        return len(self.thrown) > 0
