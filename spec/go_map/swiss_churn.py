"""Decide whether a Swiss map that stays small in entries stays small in memory, while its entries come and go.

The map is that of swiss.py. Tombstones take up room: when none is left, an assignment that prunes them (`assigns`,
`version`) finds some again; one that does not replaces the table by one of twice the capacity, which drops them.
"""

from checker.lang import Param, Range, always, require, sometimes
from spec.go_map.swiss import SwissMap
from spec.go_map.table import Ctrl, Table


class Churn(SwissMap):
    """A map with room for three entries, which never holds more than two, and never none once it has begun."""

    keys = 4
    slots = 2
    groupBits = 2
    maxDepth = 0
    hint = 3
    live = Param(2, Range(1, 8))

    clear = None
    clone = None
    splits = None
    directory_has_two_places_for_a_table = None
    empty_with_tombstones = None
    small_map_grows = None

    def assign(self, k: Table.Key, v: Table.Value):
        require(self.used < self.live or self.contents[k] is not None)
        super().assign(k, v)

    def delete(self, k: Table.Key):
        require(self.used > 1 and self.contents[k] is not None)
        super().delete(k)

    @always
    def capacity_is_bounded(self):
        """The table is as large as make() made it: there was always room, but for tombstones."""
        return self.tables[0].capacity <= 2 * self.slots

    @sometimes
    def tombstones_fill_the_table(self):
        """Entries and tombstones can come to the table's limit."""
        return self.tables[0].growthLeft == 0 and any(c == Ctrl.DELETED for g in self.tables[0].groups for c in g.ctrls)
