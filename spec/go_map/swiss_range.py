"""Decide what a `range` loop over Go's Swiss map yields while its body changes the map, in Go 1.24 to 1.27.

The map is that of swiss.py, its iterator is in swiss_iter.py. The loop's body runs between two steps of the loop and
may assign, delete and clear. A loop over an empty map does nothing, and is left out; cloning is in swiss.py.
"""

from checker.lang import Bool, action, require, sometimes
from spec.go_map.range_rules import Fault
from spec.go_map.swiss_iter import SwissIter
from spec.go_map.table import Ctrl, Table


class RangedSwissMap(SwissIter):
    """A loop over a map that its body changes: what it must yield, and what it must not."""

    clone = None

    def begin(self):
        super().begin()
        self.fault = Fault.NONE

    def delete(self, k: Table.Key):
        super().delete(k)
        self.due.discard(k)
        self.yielded.discard(k)

    def clear(self):
        super().clear()
        self.due = set()
        self.yielded = set()

    @action
    def range_start(self):
        """for k, v := range m, up to the first entry."""
        require(not self.it.active and self.used > 0)
        self.begin()
        self.due = {k for k in self.Held if self.contents[k] is not None}
        self.Init()
        if not self.it.small:
            self.resolve()
        self.Next()

    @action
    def range_next(self):
        """The loop's body is done: on to the next entry, or to the end."""
        require(self.it.active)
        self.begin()
        self.Next()

    # What must be possible.

    @sometimes
    def on_a_replaced_table(self):
        """A loop can go on over a table that the map has replaced."""
        return self.it.active and self.it.replaced

    @sometimes
    def directory_grows_under_the_loop(self):
        """The directory can grow while a loop runs."""
        return self.it.active and not self.it.small and self.it.globalDepth < self.globalDepth

    @sometimes
    def replaced_entry_is_looked_up(self):
        """A loop can have before it an entry of a replaced table that is in the map."""
        return self.it.replaced and self.kept_key(True)

    @sometimes
    def replaced_entry_is_skipped(self):
        """A loop can have before it an entry of a replaced table that was removed since."""
        return self.it.replaced and self.kept_key(False)

    def kept_key(self, there: Bool):
        """Whether an entry of the replaced table is in the map, or is not."""
        return any(
            g.ctrls[i] == Ctrl.FULL and (self.contents[g.key[i]] is not None) == there
            for g in self.kept.groups
            for i in self.Slot
        )
