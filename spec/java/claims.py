"""Decide what an article says of ConcurrentHashMap, as of a map of Go's (docs/claims.md, section 2.5)."""

from checker.lang import Bool, Range, Var, always
from spec.java.transfer import Transfer


class ClaimsAboutTransfer(Transfer):
    """The table grows, with three keys in one of its two bins; two of them stay below."""

    reordered = Var(Bool)  # two nodes came out of a bin the other way round

    def spread(self, k: Transfer.Key):
        return 2 if k == 1 else 4 * k

    def key(self, t: Transfer.Thread, n: Range(0, 3)):
        return 2 * t if n == 0 else 1

    def split(self, tab: Transfer.Tab, i: Transfer.Slot, nextTab: Transfer.Tab, first: Transfer.Node):
        super().split(tab, i, nextTab, first)
        e = self.bins[nextTab][i].first
        while e is not None and self.next[e] is not None:
            after = self.next[e]
            if self.before(first, self.key_of(after), self.key_of(e)):
                self.reordered = True
            e = after

    def before(self, first: Transfer.Node, one: Transfer.Key, other: Transfer.Key):
        """Whether one key stands before another in the list that begins there."""
        e = first
        while self.key_of(e) != one and self.key_of(e) != other:
            e = self.next[e]
        return self.key_of(e) == one

    @always
    def nodes_keep_their_order(self):
        """S077: nodes are moved in order."""
        return not self.reordered

    @always
    def the_index_says_what_is_moved(self):
        """S080: transferIndex is how far the migration has come: the bins from there on have been moved."""
        return (
            self.nextTable is None
            or self.transferIndex == 0
            or all(
                self.bins[self.table][i].to is not None
                for i in self.Slot
                if self.transferIndex <= i < self.length[self.table]
            )
        )
