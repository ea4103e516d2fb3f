"""The iterator of internal/runtime/maps/table.go (Go 1.24 to 1.27), and what the map does to it.

Decides nothing: see swiss_range.py. Init and Next are those of the runtime, which are the same in these versions. How
an iterator's memory is kept:

- `it.tab` is a table of the map, until the map replaces it. Nobody writes a replaced table any more, so the iterator
  has its own copy: `kept`, without the slots that it has passed and without tombstones, which it skips like empty ones.
  The same for the group of a small map that has grown.
- Random numbers are drawn as far as they are used: dirOffset below the length of the directory, entryOffset below the
  capacity of the tables. A loop that starts with one table ends in it; several tables have the same capacity.
- When a loop ends everything of it is forgotten.
- clearSeq decides for keys alone that do not equal themselves (NaN). With `mended` it decides for all.

`mended` is the smallest mend we know of an entry that is yielded twice: a deletion that draws a new seed counts as a
clear, and after a clear nothing of a replaced table is looked up.
"""

from checker.lang import Bool, Param, Range, Record, SetOf, Var, choose
from spec.go_map.range_rules import Fault, RangeRules
from spec.go_map.swiss import SwissMap
from spec.go_map.swiss_picture import draw_loop
from spec.go_map.table import Ctrl, Table


class SwissIter(SwissMap, RangeRules):
    """A map with one loop: the iterator's fields, and the functions of the runtime that read or move it."""

    mended = Param(False)

    Iter = Record(
        active=Bool,
        small=Bool,  # dirIdx is -1: the map was small at Init
        entryOffset=Table.Place,
        dirOffset=Table.Dir,
        clearSeq=Bool,  # whether it is still that of the map
        globalDepth=Table.Depth,
        dirIdx=Range(0, 2**Table.maxDepth),
        tab=Table.Tab,
        replaced=Bool,  # tab.index is -1, or the small map has grown: `kept` is in its place
        entryIdx=Table.Capacity,
    )

    it = Var(Iter)
    kept = Var(Table.TableOf)

    # What the properties need. An entry is in neither set if it came during the loop and was not yielded.
    due = Var(SetOf(Table.Held))  # there since the start of the loop, and not yielded
    yielded = Var(SetOf(Table.Held))  # there, and yielded

    def picture(self):
        return draw_loop(self, super().picture())

    # The iterator.

    def Init(self):
        """table.go Init: any place of the directory to start from, any slot in each table."""
        small = self.dirLen == 0
        capacity = self.slots if small else self.tables[self.directory[0]].capacity
        self.it = self.Iter(
            active=True,
            small=small,
            entryOffset=choose(range(capacity)),
            dirOffset=0 if small else choose(range(self.dirLen)),
            clearSeq=True,
            globalDepth=self.globalDepth,
            dirIdx=0,
            tab=0,
            replaced=False,
            entryIdx=0,
        )

    def Next(self):
        """table.go Next: up to the next entry to yield, or to the end of the loop."""
        if self.it.small:
            if not self.walk_group():
                self.end_loop()
            return
        self.follow_directory()
        if self.fast_path() or self.slow_path():
            return
        self.nextDirIdx()
        for _ in self.Dir:  # a bound that the engines need: at most every place of the directory is gone to
            if self.it.dirIdx >= self.dirLen:
                break
            self.resolve()
            if self.fast_path() or self.slow_path():
                return
            self.nextDirIdx()
        self.end_loop()

    def walk_group(self):
        """table.go Next, where the map was small at Init: False at the end of the group."""
        for _ in self.Slot:
            if self.it.entryIdx >= self.slots:
                return False
            i = (self.it.entryIdx + self.it.entryOffset) % self.slots
            self.it.entryIdx += 1
            g = self.kept.groups[0] if self.it.replaced else self.small
            if g.ctrls[i] == Ctrl.FULL and self.meet_small(g.key[i], g.elem[i]):
                self.forget_passed()
                return True
        return False

    def meet_small(self, k: Table.Held, v: Table.Value):
        """table.go Next, for a full slot of a small map: looked up if the map has grown; False if it is not there."""
        if self.it.replaced and self.is_nan(k):
            return self.meet_nan(k, v)
        if self.it.replaced:
            found = self.getWithKey(k)
            if found is None:
                return False
            self.yields(k, found)
            return True
        self.yields(k, v)
        return True

    def meet_nan(self, k: Table.Held, v: Table.Value):
        """table.go Next and grownKeyElem, for a NaN of what was replaced: there as long as there was no clear."""
        if self.it.clearSeq:
            self.yields(k, v)
        return self.it.clearSeq

    def follow_directory(self):
        """table.go Next: the directory has grown since the last call."""
        orders = self.globalDepth - self.it.globalDepth
        self.it.dirIdx <<= orders
        self.it.dirOffset <<= orders
        self.it.globalDepth = self.globalDepth

    def resolve(self):
        """table.go Next: the table to go through, from its first place in the directory on."""
        dirIdx = (self.it.dirIdx + self.it.dirOffset) % self.dirLen
        self.it.tab = self.directory[dirIdx]
        diff = dirIdx - self.tables[self.it.tab].index
        self.it.dirOffset = (self.it.dirOffset - diff) % self.dirLen

    def table(self):
        """The table in hand, as the iterator sees it."""
        return self.kept if self.it.replaced else self.tables[self.it.tab]

    def slot_at(self, entryIdx: Table.Capacity, capacity: Table.Capacity):
        """Which slot of its table is the iterator's number `entryIdx`."""
        return (entryIdx + self.it.entryOffset) % capacity

    def fast_path(self):
        """table.go Next: the slot at entryIdx, if it is full. Leaves entryIdx behind it."""
        capacity = self.table().capacity
        if self.it.entryIdx >= capacity:
            return False
        place = self.slot_at(self.it.entryIdx, capacity)
        self.it.entryIdx += 1
        if self.meet(place):
            self.forget_passed()
            return True
        return False

    def slow_path(self):
        """table.go Next: from full slot to full slot. After a yield entryIdx is at the next full slot of the group."""
        capacity = self.table().capacity
        for _ in self.Place:
            self.jump(capacity)
            if self.it.entryIdx >= capacity:
                return False
            place = self.slot_at(self.it.entryIdx, capacity)
            met = self.meet(place)
            self.it.entryIdx += 1
            if place % self.slots != self.slots - 1:
                self.jump_in_group(capacity)
            if met:
                self.forget_passed()
                return True
        return False

    def jump(self, capacity: Table.Capacity):
        """table.go Next: on to the next full slot, group by group."""
        for _ in self.Place:
            if self.it.entryIdx >= capacity or self.is_full(self.slot_at(self.it.entryIdx, capacity)):
                return
            self.jump_in_group(capacity)

    def jump_in_group(self, capacity: Table.Capacity):
        """table.go Next: on to the next full slot of the group, or to the next group."""
        if self.it.entryIdx >= capacity:
            return
        for _ in self.Slot:
            place = self.slot_at(self.it.entryIdx, capacity)
            if self.is_full(place):
                return
            self.it.entryIdx += 1
            if place % self.slots == self.slots - 1 or self.it.entryIdx == capacity:
                return

    def is_full(self, place: Table.Place):
        """Whether a slot of the table in hand is full."""
        return self.table().groups[place // self.slots].ctrls[place % self.slots] == Ctrl.FULL

    def meet(self, place: Table.Place):
        """table.go Next, for a slot: yield its entry, if it is full and to be yielded."""
        if not self.is_full(place):
            return False
        k = self.table().groups[place // self.slots].key[place % self.slots]
        v = self.table().groups[place // self.slots].elem[place % self.slots]
        if self.it.replaced:
            return self.grownKeyElem(k, v)
        self.yields(k, v)
        return True

    def grownKeyElem(self, k: Table.Held, v: Table.Value):
        """table.go grownKeyElem: an entry of a replaced table is looked up, with the seed of now."""
        if self.mended and not self.it.clearSeq:
            return False
        if self.is_nan(k):
            return self.meet_nan(k, v)
        found = self.getWithKey(k)
        if found is None:
            return False
        self.yields(k, found)
        return True

    def nextDirIdx(self):
        """table.go nextDirIdx: past all places of the directory that are the table's, or were before it was split."""
        self.it.dirIdx = min(self.dirLen, self.it.dirIdx + self.entries())
        self.it.tab = 0
        self.it.entryIdx = 0
        self.it.replaced = False
        self.kept = self.no_table()

    def entries(self):
        """table.go nextDirIdx: how many places of the directory the table in hand has, or had."""
        return 1 << (self.globalDepth - self.table().localDepth)

    def yields(self, k: Table.Held, v: Table.Value):
        """An entry is yielded; note what is wrong with it."""
        self.judge_yield(self.contents[k] is None, k in self.yielded, self.contents[k] != v)
        if self.contents[k] is not None:
            self.yielded.add(k)
        self.due.discard(k)

    def end_loop(self):
        """The loop is over: forget the iterator."""
        if self.due:
            self.fault = Fault.MISSED
        self.due = set()
        self.yielded = set()
        self.kept = self.no_table()
        self.it = self.no_iterator()

    def no_iterator(self):
        """The iterator of no loop."""
        return self.Iter(
            active=False,
            small=False,
            entryOffset=0,
            dirOffset=0,
            clearSeq=False,
            globalDepth=0,
            dirIdx=0,
            tab=0,
            replaced=False,
            entryIdx=0,
        )

    # What the map does to its iterator.

    def keys_are_named(self):
        return self.it.active or super().keys_are_named()

    def let_go(self, t: Table.Tab):
        """table.go rehash: the iterator keeps the table, which is not written any more."""
        if self.it.active and not self.it.small and not self.it.replaced and self.it.tab == t:
            self.kept = self.tables[t]
            self.kept.index = None
            self.kept.used = 0
            self.kept.growthLeft = 0
            self.it.replaced = True
            self.it.tab = 0
            self.forget_passed()

    def let_go_small(self):
        """map.go growToTable: the iterator keeps the group."""
        if self.it.active and self.it.small:
            self.kept.groups[0] = self.small
            self.kept.capacity = self.slots
            self.it.replaced = True
            self.forget_passed()

    def forget_passed(self):
        """Of a replaced table nobody reads a slot that the iterator has passed, and a tombstone is as good as empty."""
        if not self.it.replaced:
            return
        for p in self.Place:
            if p < self.kept.capacity:
                place = self.slot_at(p, self.kept.capacity)
                if p < self.it.entryIdx or not self.is_full(place):
                    self.kept.groups[place // self.slots].ctrls[place % self.slots] = Ctrl.EMPTY
                    self.kept.groups[place // self.slots].key[place % self.slots] = 0
                    self.kept.groups[place // self.slots].elem[place % self.slots] = 0

    def Clear(self):
        """map.go Clear: clearSeq rises."""
        if self.used > 0 or self.tombstonePossible:
            self.clear_seq_rises()
        super().Clear()

    def Delete(self, k: Table.Key):
        before = self.used
        super().Delete(k)
        if before > 0 and self.used == 0:
            self.deleted_all()

    def deleted_all(self):
        """The mend: what draws a new seed counts as a clear."""
        if self.mended:
            self.clear_seq_rises()

    def clear_seq_rises(self):
        """The iterator's snapshot is not the map's any more; without the mend and NaN keys nobody looks."""
        if self.mended or self.nans > 0:
            self.it.clearSeq = False
