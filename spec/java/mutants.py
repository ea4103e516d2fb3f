"""Decide what ConcurrentHashMap loses without each part of its resize: variants with one thing changed or left out."""

from checker.lang import choose, require
from spec.java.late import LateHelp
from spec.java.transfer import Transfer


class NeverSweeps(Transfer):
    """X6: the last one to leave does not look through the bins once more. Every claimed bin is moved by who has claimed
    it: nothing is lost by that, while nobody comes late."""

    def sweeps(self):
        return False


class NeverSweepsLate(LateHelp):
    """The same where a thread can come late: what it has claimed, of the table after, nobody moves. What is broken
    before that, since it comes late, is left out."""

    C1_all_bins_are_moved = None
    C6_nobody_moves_an_old_table = None

    def sweeps(self):
        return False


class EveryoneCommits(Transfer):
    """X6: whoever leaves finishes. That others are still at it then, C6, is left out."""

    C6_nobody_moves_an_old_table = None

    def leaves(self, t: Transfer.Thread, _n: Transfer.Length):
        self.sizeCtl -= 1
        self.sweeping.add(t)
        return True


class NeverLeaves(Transfer):
    """A thread can be gone before it counts itself out, as by an OutOfMemoryError. The table is never replaced, and
    nothing is lost."""

    it_grows_to_the_end = None

    def leaves(self, t: Transfer.Thread, n: Transfer.Length):
        if choose({True, False}):
            return super().leaves(t, n)
        return False


class ForwardsFirst(Transfer):
    """X5: the ForwardingNode is stored before the copies."""

    def move_nodes(self, t: Transfer.Thread, tab: Transfer.Tab, i: Transfer.Slot, nextTab: Transfer.Tab):
        first: self.First = self.bins[tab][i].first
        require(self.monitor[first] is None)
        self.monitor[first] = t
        self.bins[tab][i] = self.Bin(first=None, to=nextTab)
        yield "has forwarded"
        self.monitor[first] = None
        self.split(tab, i, nextTab, first)


class MovesUnchecked(Transfer):
    """X5: does not look again, when it has the lock, whether the node that it has locked is still the first. It always
    is: nothing else changes that of a bin with nodes, since nothing is removed here."""

    def move_nodes(self, t: Transfer.Thread, tab: Transfer.Tab, i: Transfer.Slot, nextTab: Transfer.Tab):
        first: self.First = self.bins[tab][i].first
        yield "wants the lock"
        require(self.monitor[first] is None)
        self.monitor[first] = t
        self.split(tab, i, nextTab, first)
        yield "has copied"
        self.monitor[first] = None
        self.bins[tab][i] = self.Bin(first=None, to=nextTab)


class PutsUnchecked(Transfer):
    """putVal does not look again, when it has the lock, whether the node that it has locked is still the first."""

    def putVal(self, t: Transfer.Thread, k: Transfer.Key):
        check = -1
        tab: self.Tab = self.table
        while True:
            yield "at the bin"
            b = self.bins[tab][self.index(k, self.length[tab])]
            if b.to is not None:
                tab = b.to
            elif b.first is None:
                self.bins[tab][self.index(k, self.length[tab])].first = self.new_node(tab, k, t + 1)
                self.lands(k, t + 1, 0)
                check = 0
                break
            else:
                yield "wants the lock"
                require(self.monitor[b.first] is None)
                check = self.update(tab, b, k, t + 1)
                break
        if check >= 0:
            yield "put"
            yield from self.addCount(t, check)


class StoresForward(Transfer):
    """X5: an empty bin gets its ForwardingNode by a store, not by compare-and-swap."""

    def move(self, t: Transfer.Thread, tab: Transfer.Tab, i: Transfer.Slot, nextTab: Transfer.Tab):
        b = self.bins[tab][i]
        if b.to is None and b.first is None:
            yield "saw it empty"
            self.bins[tab][i] = self.Bin(first=None, to=nextTab)
        else:
            yield from super().move(t, tab, i, nextTab)


class SizeCtlFirst(Transfer):
    """X7: sizeCtl is set before the table: another resize of the old one can begin. That it does, C6, is left out."""

    tables = 3
    C6_nobody_moves_an_old_table = None

    def commit(self, t: Transfer.Thread, n: Transfer.Length, nextTab: Transfer.Tab):
        yield "commits"
        self.nextTable = None
        yield "has no nextTable"
        self.sizeCtl = 2 * n - n // 2
        self.inside[t] = None
        self.sweeping.discard(t)
        yield "has set sizeCtl"
        self.replace(nextTab)


class ArticleLoop(Transfer):
    """The loop of the article: it looks for nodes in nextTab, where there are none yet, and so moves nothing."""

    C1_all_bins_are_moved = None

    def move(self, t: Transfer.Thread, tab: Transfer.Tab, i: Transfer.Slot, nextTab: Transfer.Tab):
        if self.bins[nextTab][i].first is not None:
            yield from super().move(t, tab, i, nextTab)
