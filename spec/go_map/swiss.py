"""Decide whether Go's Swiss map (Go 1.24 to 1.27) keeps its entries as it grows, splits, and reuses its tombstones.

The functions of the runtime are in maps.py and table.py; loops are in swiss_range.py. One operation is one step: only
one goroutine may write, and readers must not run meanwhile. Looking up changes nothing, so it is no step:
`lookup_agrees` looks every key up in every state.
"""

from checker.lang import Array, Bool, Opt, Param, Range, Var, action, always, require, sometimes
from spec.go_map.maps import Maps
from spec.go_map.table import Ctrl, Table, Version


class SwissMap(Maps):
    """A map with one writer, step by step: assign, delete, clear, clone."""

    hint = Param(4, Range(0, 64))  # make(map[K]V, hint)

    # What the properties need: the map as its user sees it, and whether the last step put a key that was there anew.
    contents = Var(Array(Table.Held, Opt(Table.Value)))
    disturbed = Var(Bool)

    def init(self):
        """make(map[K]V, hint)"""
        self.NewMap(self.hint)
        if not self.reseed:
            self.draw_seed()

    # Operations.

    @action
    def assign(self, k: Table.Key, v: Table.Value):
        """m[k] = v"""
        self.begin()
        if self.used == 0 and self.reseed:
            self.draw_seed()
        layout = self.layout()
        self.PutSlot(k, v)
        self.disturbed = self.contents[k] is not None and self.layout() != layout
        self.contents[k] = v

    @action
    def assign_nan(self, v: Table.Value):
        """m[math.NaN()] = v: always a new entry, which nothing finds and only clear removes."""
        require(self.nans > 0 and any(self.contents[k] is None for k in self.Held if self.is_nan(k)))
        self.begin()
        if self.used == 0 and self.reseed:
            self.draw_seed()
        n = min(k for k in self.Held if self.is_nan(k) and self.contents[k] is None)
        self.PutSlot(n, v)
        self.contents[n] = v

    @action
    def delete(self, k: Table.Key):
        """delete(m, k)"""
        self.begin()
        self.Delete(k)
        self.contents[k] = None

    @action
    def clear(self):
        """clear(m), and the loop that deletes every key, which the compiler turns into it."""
        self.begin()
        self.Clear()
        for k in self.Held:
            self.contents[k] = None

    @action
    def clone(self):
        """m = maps.Clone(m). From Go 1.25 on that is the same map, slot by slot, and no step."""
        require(self.version == Version.GO_1_24 and self.used > 0)
        self.begin()
        self.mapclone2()

    def begin(self):
        """At the start of an operation."""
        self.disturbed = False

    def layout(self):
        """How much of the map is where: what overwriting must not change."""
        return (self.dirLen, self.used, sum(t.growthLeft for t in self.tables))

    # What must be so.

    @always
    def lookup_agrees(self):
        """Every look-up finds what the user stored last, and nothing that was deleted."""
        return all(self.getWithKey(k) == self.contents[k] for k in self.Key)

    @always
    def used_agrees(self):
        """len(m) is the number of keys in the map, and the tables' counts add up to it."""
        return self.used == sum(1 for k in self.Held if self.contents[k] is not None) and (
            self.dirLen == 0 or self.used == sum(t.used for t in self.tables)
        )

    @always
    def one_slot_per_key(self):
        """A key stands in one slot if it is in the map, and in none otherwise."""
        return all(
            sum(self.copies(g, k) for t in self.tables for g in t.groups) + self.copies(self.small, k)
            == (0 if self.contents[k] is None else 1)
            for k in self.Held
        )

    def copies(self, g: Table.Group, k: Table.Held):
        """In how many slots of a group `k` stands."""
        return sum(1 for i in self.Slot if g.ctrls[i] == Ctrl.FULL and g.key[i] == k)

    def of_kind(self, t: Table.TableOf, c: Ctrl):
        """How many slots of a table have this control byte."""
        return sum(1 for n in self.GroupIndex if n < t.capacity // self.slots for x in t.groups[n].ctrls if x == c)

    @always
    def growth_left_is_exact(self):
        """used counts the full slots of a table, and growthLeft what its limit leaves besides them and tombstones."""
        return all(
            t.used == self.of_kind(t, Ctrl.FULL)
            and t.used + self.of_kind(t, Ctrl.DELETED) + t.growthLeft == self.maxGrowthLeft(t.capacity)
            for t in self.tables
        )

    @always
    def directory_is_whole(self):
        """Every place of the directory leads to the one table whose places it is among: index and localDepth say so."""
        return self.dirLen == 0 or (
            self.dirLen == 1 << self.globalDepth
            and all(self.directory[i] is not None and self.covers(self.directory[i], i) for i in range(self.dirLen))
            and all(
                self.tables[t].capacity == 0
                or (self.tables[t].index is not None and self.directory[self.tables[t].index] == t)
                for t in self.Tab
            )
        )

    def covers(self, t: Table.Tab, i: Table.Dir):
        """Whether a place of the directory is one of the table's."""
        at = self.tables[t].index
        deep = self.tables[t].localDepth
        return at is not None and deep <= self.globalDepth and at <= i < at + (1 << (self.globalDepth - deep))

    @always
    def probes_end(self):
        """Every table has an empty slot, or looking for what is not there would never end."""
        return all(t.capacity == 0 or self.of_kind(t, Ctrl.EMPTY) > 0 for t in self.tables)

    @always
    def a_full_group_stays_closed(self):
        """No group has both an empty slot and a tombstone: once full it lets searches pass, whatever is deleted."""
        return all(
            not any(c == Ctrl.DELETED for c in g.ctrls) or not self.matchEmpty(g) for t in self.tables for g in t.groups
        )

    @always
    def overwriting_changes_the_value_only(self):
        """Storing under a key that is there replaces nothing, counts nothing and prunes nothing."""
        return not self.disturbed

    # What must be possible.

    @sometimes
    def splits(self):
        """A table can be split."""
        return any(t.localDepth > 1 for t in self.tables)

    @sometimes
    def directory_has_two_places_for_a_table(self):
        """A table can be at two places of the directory."""
        return any(t.capacity > 0 and t.localDepth < self.globalDepth for t in self.tables)

    @sometimes
    def leaves_a_tombstone(self):
        """A deletion can leave a tombstone."""
        return any(c == Ctrl.DELETED for t in self.tables for g in t.groups for c in g.ctrls)

    @sometimes
    def empty_with_tombstones(self):
        """A map can be empty and not be able to take as many entries as a new one."""
        return self.used == 0 and any(self.tombstones(t) > 0 for t in self.Tab)

    @sometimes
    def small_map_grows(self):
        """A small map can leave its group for a table."""
        return self.hint <= self.slots and self.dirLen > 0


class SwissMap124(SwissMap):
    """Go 1.24: tombstones are never pruned, and a clone is made entry by entry. That a full small map grows when it is
    overwritten is not asked."""

    slots = 2
    groupBits = 1
    maxDepth = 1
    hint = 3
    version = Version.GO_1_24

    overwriting_changes_the_value_only = None
