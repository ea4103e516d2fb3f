"""The functions of internal/runtime/maps/map.go (Go 1.24 to 1.27): small maps, the directory, the map's part.

Decides nothing: see swiss.py. The tables are in table.py. A seed is a hash function. Go draws one when a map is made
and when it becomes empty; here it is drawn when the first entry comes, and `seed` is 0 before: an empty map hashes for
nothing but errors. A small map without its group (dirPtr nil) is one with an empty group: nobody can tell.
"""

from checker.lang import Range, choose, require
from spec.go_map.table import GROUP_SLOTS, MAX_AVG_GROUP_LOAD, Ctrl, Table, Version


class Maps(Table):
    """The map of the runtime over its tables."""

    # Making.

    def NewMap(self, hint: Range(0, 4096)):
        """map.go NewMap: one group for up to `slots` entries, else tables that can take them."""
        for t in self.Tab:
            self.tables[t] = self.no_table()
            self.directory[t] = None
        self.small = self.empty_group()
        self.globalDepth = 0
        self.dirLen = 0
        self.tombstonePossible = False
        self.used = 0
        if hint > self.slots:
            self.make_directory(hint * GROUP_SLOTS // MAX_AVG_GROUP_LOAD)

    def make_directory(self, target: Range(0, 8192)):
        """map.go NewMap: as many tables as the capacity needs, a power of two."""
        most = self.slots << self.groupBits
        size: Range(1, 2**self.maxDepth) = 1
        while size < (target + most - 1) // most:
            require(self.globalDepth < self.maxDepth)
            size *= 2
            self.globalDepth += 1
        self.dirLen = size
        for i in range(size):
            t = i << (self.maxDepth - self.globalDepth)
            self.tables[t] = self.newTable(target // size, i, self.globalDepth)
            self.directory[i] = t

    def become_empty(self):
        """Delete and Clear, when nothing is left: a new seed."""
        if self.reseed:
            for k in self.Key:
                self.seed[k] = 0

    # Look-up.

    def directoryIndex(self, hash: Table.Hash):
        """map.go directoryIndex: the upper bits of the hash."""
        return (hash >> self.groupBits) >> (self.maxDepth - self.globalDepth)

    def getWithKey(self, k: Table.Key):
        """map.go getWithKey and getWithoutKey: the value of a key, or None."""
        if self.used == 0:
            return None
        if self.dirLen == 0:
            return self.getWithKeySmall(k)
        return self.get_with_key_in(self.directory[self.directoryIndex(self.seed[k])], k)

    def getWithKeySmall(self, k: Table.Key):
        """map.go getWithKeySmall"""
        for i in self.Slot:
            if self.small.ctrls[i] == Ctrl.FULL and self.small.key[i] == k:
                return self.small.elem[i]
        return None

    # Assignment.

    def PutSlot(self, k: Table.Held, v: Table.Value):
        """map.go PutSlot, and the assign functions of runtime_fast*.go and runtime.go, which repeat it."""
        hash = self.hasher(k)
        if self.dirLen == 0:
            if self.looks_first() or self.used < self.slots:
                if self.putSlotSmall(k, v):
                    return
            self.growToTable()
            if self.looks_first():
                self.uncheckedPutSlot(self.directory[0], hash, k, v)
                self.used += 1
                return
        while not self.put_slot_in(self.directory[self.directoryIndex(hash)], hash, k, v):
            pass

    def looks_first(self):
        """Whether a full small map looks for the key before it grows; before Go 1.27 it does not."""
        return self.version == Version.GO_1_27

    def putSlotSmall(self, k: Table.Held, v: Table.Value):
        """map.go putSlotSmall: False if the key is not there and all slots are full."""
        for i in self.Slot:
            if self.small.ctrls[i] == Ctrl.FULL and self.small.key[i] == k:
                self.small.elem[i] = v
                return True
        i = self.first_free(self.small)
        if i is None:
            return False
        self.small.ctrls[i] = Ctrl.FULL
        self.small.key[i] = k
        self.small.elem[i] = v
        self.used += 1
        return True

    def growToTable(self):
        """map.go growToTable: a table of two groups takes the entries of the small map."""
        require(self.maxGrowthLeft(min(2 * self.slots, self.slots << self.groupBits)) > self.slots)
        self.let_go_small()
        old = self.small
        self.dirLen = 1
        self.directory[0] = 0
        self.tables[0] = self.newTable(2 * self.slots, 0, 0)
        self.small = self.empty_group()
        for i in self.Slot:
            if old.ctrls[i] == Ctrl.FULL:
                self.uncheckedPutSlot(0, self.hasher(old.key[i]), old.key[i], old.elem[i])

    def let_go_small(self):
        """The map is about to leave its only group."""

    # Deletion.

    def Delete(self, k: Table.Key):
        """map.go Delete: nothing in an empty map."""
        if self.used == 0:
            return
        if self.dirLen == 0:
            self.deleteSmall(k)
        elif self.delete_in(self.directory[self.directoryIndex(self.seed[k])], k) and self.version != Version.GO_1_24:
            self.tombstonePossible = True
        if self.used == 0:
            self.become_empty()

    def deleteSmall(self, k: Table.Key):
        """map.go deleteSmall: no tombstones."""
        for i in self.Slot:
            if self.small.ctrls[i] == Ctrl.FULL and self.small.key[i] == k:
                self.small.ctrls[i] = Ctrl.EMPTY
                self.small.key[i] = 0
                self.small.elem[i] = 0
                self.used -= 1
                return

    def Clear(self):
        """map.go Clear: directory and tables stay, zeroed. Go 1.24 leaves an empty map as it is, tombstones too."""
        if self.used == 0 and not self.tombstonePossible:
            return
        if self.dirLen == 0:
            self.small = self.empty_group()
        else:
            for t in self.Tab:
                if self.tables[t].capacity > 0:
                    self.clear_in(t)
        self.used = 0
        self.tombstonePossible = False
        self.become_empty()

    # Copying.

    def mapclone2(self):
        """runtime/map_swiss.go mapclone2 of Go 1.24: a loop puts every entry into a new map."""
        tables = self.tables
        directory = self.directory
        dirLen = self.dirLen
        small = self.small
        self.draw_seed()
        self.NewMap(self.used)
        offset = choose(self.Place)
        if dirLen == 0:
            require(offset < self.slots)
            self.copy_group(small, offset)
            return
        start = choose(range(dirLen))
        require(offset < tables[directory[start]].capacity)
        for d in range(dirLen):
            i = (start + d) % dirLen
            t = directory[i]
            if tables[t].index == i:
                for p in range(tables[t].capacity):
                    place = (p + offset) % tables[t].capacity
                    g = tables[t].groups[place // self.slots]
                    if g.ctrls[place % self.slots] == Ctrl.FULL:
                        self.PutSlot(g.key[place % self.slots], g.elem[place % self.slots])

    def copy_group(self, g: Table.Group, offset: Table.Place):
        """The part of mapclone2 that copies a small map."""
        for p in self.Slot:
            i = (p + offset) % self.slots
            if g.ctrls[i] == Ctrl.FULL:
                self.PutSlot(g.key[i], g.elem[i])
