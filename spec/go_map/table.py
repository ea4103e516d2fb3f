"""The tables of internal/runtime/maps/table.go (Go 1.24 to 1.27): look up, put, delete, prune, clear, grow, split.

Decides nothing: the map over them is in maps.py, the operations and what must be so in swiss.py. The methods have the
runtime's names and its shape, so that the two can be laid side by side. What is smaller, and why nothing is lost:

- The slots of a group, the most groups of a table and the deepest directory are parameters. With 8, 128 and no limit
  they are Go's; a table is full at 7/8 in any case. A split beyond the deepest directory is not offered (`require`):
  the states up to there are those of a map that has not got there yet.
- A hash has two parts. The upper bits choose from the directory, the lower ones are H1, where a probe sequence begins.
  H2, which a control byte repeats, only saves comparisons of keys: equal keys have equal H2.
- A table has a number in place of an address: the first place it has in the deepest directory. No two tables of a map
  can have the same, and the left half of a split may take that of the table it comes from, to which only a loop can
  still point: swiss_iter.py keeps what the loop can see.
- Keys that do not equal themselves (NaN) have the numbers from `keys` on. Go hashes one to a random number whenever it
  hashes it, so nothing of that is kept. Indirect keys and elements are left out.
- A free slot holds key 0 and value 0: nobody reads them.
"""

from enum import Enum

from checker.lang import Array, Bool, Opt, Param, Range, Record, Var, choose, require
from spec.go_map.swiss_picture import SwissPicture

MAX_AVG_GROUP_LOAD = 7  # maxAvgGroupLoad, of GROUP_SLOTS slots: abi.MapGroupSlots
GROUP_SLOTS = 8


class Version(Enum):
    """Which internal/runtime/maps counts."""

    GO_1_24 = "1.24"  # tombstones stay until the table is replaced or cleared; a full small map grows when overwritten
    GO_1_25 = "1.25, 1.26: some assignments prune tombstones"
    GO_1_27 = "1.27: a full small map looks for the key first; pointer keys prune too"


class Assign(Enum):
    """Which function the compiler calls for m[k] = v."""

    FAST = "mapassign_fast32, fast64, faststr: integers, strings"
    FAST_PTR = "mapassign_fast32ptr, fast64ptr: pointers"
    GENERIC = "mapassign: structs, arrays, interfaces, floats, and whatever is large"


class Ctrl(Enum):
    """A control byte of a group; a full one holds H2 in Go."""

    EMPTY = 0
    DELETED = 1  # a tombstone
    FULL = 2


class Table(SwissPicture):
    """The tables of a map, and what can be done to one of them."""

    keys = Param(3, Range(1, 4096))
    nans = Param(0, Range(0, 8))  # NaN keys that can be in the map at a time
    values = Param(1, Range(1, 4))
    slots = Param(3, Range(2, 8))  # of a group; Go: 8
    groupBits = Param(0, Range(0, 7))  # of a table of the greatest capacity, 2**groupBits groups; Go: 7
    maxDepth = Param(2, Range(0, 4))  # of the directory
    version = Param(Version.GO_1_27)
    assigns = Param(Assign.FAST)
    reseed = Param(True)  # a map that becomes empty draws a new seed

    Key = Range(keys)
    Held = Range(keys + nans)  # what a slot can hold
    Value = Range(values)
    Hash = Range(2 ** (maxDepth + groupBits))
    Slot = Range(slots)
    GroupIndex = Range(2**groupBits)
    Capacity = Range(0, slots * 2**groupBits)
    Place = Range(slots * 2**groupBits)  # of a slot in a table
    Dir = Range(2**maxDepth)  # a place in the directory
    Tab = Range(2**maxDepth)  # which table
    Depth = Range(0, maxDepth)
    Group = Record(ctrls=Array(Slot, Ctrl), key=Array(Slot, Held), elem=Array(Slot, Value))
    Groups = Array(GroupIndex, Group)
    TableOf = Record(
        used=Capacity, capacity=Capacity, growthLeft=Capacity, localDepth=Depth, index=Opt(Dir), groups=Groups
    )

    # The fields of Map. seed stands for the hash function that it makes. A map without a directory is small: one group.
    used = Var(Range(0, keys + nans))
    seed = Var(Array(Key, Hash))
    dirLen = Var(Range(0, 2**maxDepth))
    globalDepth = Var(Depth)
    tombstonePossible = Var(Bool)
    small = Var(Group)  # dirPtr, if dirLen is 0
    directory = Var(Array(Dir, Opt(Tab)))  # dirPtr otherwise
    tables = Var(Array(Tab, TableOf))

    # Small things.

    def h1(self, hash: Hash):
        """Where the probe sequence of a hash begins, before it is reduced to the groups of a table."""
        return hash % (1 << self.groupBits)

    def is_nan(self, k: Held):
        """Whether a key does not equal itself."""
        return self.nans > 0 and k >= self.keys

    def hasher(self, k: Held):
        """typ.Hasher(key, m.seed): of NaN a random number, another one each time."""
        if self.is_nan(k):
            return choose(self.Hash)
        return self.seed[k]

    def probe(self, t: Tab, hash: Hash):
        """The group in which a hash's probe sequence begins. The next ones are 1, 3, 6, ... further, in a circle."""
        return self.h1(hash) % self.group_count(t)

    def group_count(self, t: Tab):
        """groups.lengthMask + 1"""
        return self.tables[t].capacity // self.slots

    def top_bit(self, hash: Hash, depth: Range(1, maxDepth + 1)):
        """The bit of a hash that localDepthMask selects, counted from the top, 1 the first."""
        return (hash >> (self.groupBits + self.maxDepth - depth)) & 1

    def matchEmpty(self, g: Group):
        """Whether a group has an empty slot: a probe sequence ends there."""
        return any(c == Ctrl.EMPTY for c in g.ctrls)

    def empty_group(self):
        """A zeroed group, with its control bytes set."""
        return self.Group(
            ctrls=[Ctrl.EMPTY for _ in self.Slot], key=[0 for _ in self.Slot], elem=[0 for _ in self.Slot]
        )

    def first_free(self, g: Group):
        """matchEmptyOrDeleted().first(), or None."""
        for i in self.Slot:
            if g.ctrls[i] != Ctrl.FULL:
                return i
        return None

    # Making.

    def newTable(self, capacity: Range(0, 1024), index: Opt(Dir), localDepth: Depth):
        """table.go newTable: with empty groups, their number a power of two."""
        size: self.Capacity = self.slots
        for _ in range(self.groupBits):
            if size < capacity:
                size *= 2
        return self.TableOf(
            used=0,
            capacity=size,
            growthLeft=self.maxGrowthLeft(size),
            localDepth=localDepth,
            index=index,
            groups=[self.empty_group() for _ in self.GroupIndex],
        )

    def no_table(self):
        """A number that no table has."""
        return self.TableOf(
            used=0,
            capacity=0,
            growthLeft=0,
            localDepth=0,
            index=None,
            groups=[self.empty_group() for _ in self.GroupIndex],
        )

    def maxGrowthLeft(self, capacity: Capacity):
        """table.go maxGrowthLeft: 7/8, which in a table of one group leaves one slot empty."""
        return capacity * MAX_AVG_GROUP_LOAD // GROUP_SLOTS

    # Look-up.

    def get_with_key_in(self, t: Tab, k: Key):
        """table.go getWithKey: the value of a key in a table, or None. Some group of a table has an empty slot."""
        offset = self.probe(t, self.seed[k])
        for step in range(self.group_count(t)):
            offset = (offset + step) % self.group_count(t)
            for i in self.Slot:
                if self.tables[t].groups[offset].ctrls[i] == Ctrl.FULL and self.tables[t].groups[offset].key[i] == k:
                    return self.tables[t].groups[offset].elem[i]
            if self.matchEmpty(self.tables[t].groups[offset]):
                return None
        return None

    # Assignment.

    def put_slot_in(self, t: Tab, hash: Hash, k: Held, v: Value):
        """table.go PutSlot, with the caller's store of the value: False if the table was replaced instead."""
        firstDeleted: Opt(self.Place) = None
        offset = self.probe(t, hash)
        for step in range(self.group_count(t)):
            offset = (offset + step) % self.group_count(t)
            for i in self.Slot:
                if self.tables[t].groups[offset].ctrls[i] == Ctrl.FULL and self.tables[t].groups[offset].key[i] == k:
                    self.tables[t].groups[offset].elem[i] = v
                    return True
            i = self.first_free(self.tables[t].groups[offset])
            if i is not None:
                place = offset * self.slots + i
                if self.tables[t].groups[offset].ctrls[i] == Ctrl.DELETED and firstDeleted is None:
                    firstDeleted = place
                if self.ends_search(self.tables[t].groups[offset]):
                    return self.put_at_end(t, k, v, firstDeleted, place)
        ends = False
        assert ends, "a table without an empty slot: Go would probe for ever"
        return ends

    def ends_search(self, g: Group):
        """table.go PutSlot: whether a key that is not in a group is in none of those after it."""
        return self.matchEmpty(g)

    def put_at_end(self, t: Tab, k: Held, v: Value, firstDeleted: Opt(Place), empty: Place):
        """table.go PutSlot, at the end of the probe sequence: take the tombstone met first, else the empty slot."""
        place = empty
        if firstDeleted is not None:
            place = firstDeleted
            self.tables[t].growthLeft += 1
        if self.tables[t].growthLeft == 0 and self.prunes():
            self.pruneTombstones(t)
        if self.tables[t].growthLeft > 0:
            self.fill(t, place, k, v)
            self.used += 1
            return True
        self.rehash(t)
        return False

    def fill(self, t: Tab, place: Place, k: Held, v: Value):
        """Put an entry into a slot that is not full."""
        self.tables[t].groups[place // self.slots].ctrls[place % self.slots] = Ctrl.FULL
        self.tables[t].groups[place // self.slots].key[place % self.slots] = k
        self.tables[t].groups[place // self.slots].elem[place % self.slots] = v
        self.tables[t].growthLeft -= 1
        self.tables[t].used += 1

    def uncheckedPutSlot(self, t: Tab, hash: Hash, k: Held, v: Value):
        """table.go uncheckedPutSlot: put an entry that is not there into a table that has room."""
        assert self.tables[t].growthLeft > 0, "invariant failed: growthLeft is unexpectedly 0"
        offset = self.probe(t, hash)
        for step in range(self.group_count(t)):
            offset = (offset + step) % self.group_count(t)
            i = self.first_free(self.tables[t].groups[offset])
            if i is not None:
                self.fill(t, offset * self.slots + i, k, v)
                return

    # Deletion.

    def delete_in(self, t: Tab, k: Key):
        """table.go Delete: say whether it left a tombstone, which it does in a group without an empty slot."""
        offset = self.probe(t, self.seed[k])
        for step in range(self.group_count(t)):
            offset = (offset + step) % self.group_count(t)
            for i in self.Slot:
                if self.tables[t].groups[offset].ctrls[i] == Ctrl.FULL and self.tables[t].groups[offset].key[i] == k:
                    tombstone = self.leaves_tombstone(self.tables[t].groups[offset])
                    self.tables[t].used -= 1
                    self.used -= 1
                    self.tables[t].groups[offset].ctrls[i] = Ctrl.DELETED if tombstone else Ctrl.EMPTY
                    self.tables[t].groups[offset].key[i] = 0
                    self.tables[t].groups[offset].elem[i] = 0
                    if not tombstone:
                        self.tables[t].growthLeft += 1
                    return tombstone
            if self.matchEmpty(self.tables[t].groups[offset]):
                return False
        return False

    def leaves_tombstone(self, g: Group):
        """table.go Delete: only a full group can stand in the middle of a probe sequence."""
        return not self.matchEmpty(g)

    # Tombstones.

    def prunes(self):
        """Whether this assignment calls pruneTombstones: by version and function."""
        if self.version == Version.GO_1_24:
            return False
        return self.assigns == Assign.FAST or (self.assigns == Assign.FAST_PTR and self.version == Version.GO_1_27)

    def tombstones(self, t: Tab):
        """table.go tombstones"""
        return self.maxGrowthLeft(self.tables[t].capacity) - self.tables[t].used - self.tables[t].growthLeft

    def pruneTombstones(self, t: Tab):
        """table.go pruneTombstones: those that no probe sequence needs become empty, if they are enough."""
        if self.tombstones(t) * 10 < self.tables[t].capacity:
            return
        needed = self.needed_groups(t)
        cnt = 0
        for g in range(self.group_count(t)):
            if g not in needed:
                cnt += sum(1 for i in self.Slot if self.tables[t].groups[g].ctrls[i] == Ctrl.DELETED)
        if cnt * 10 < self.tables[t].capacity:
            return
        for g in range(self.group_count(t)):
            if g not in needed:
                for i in self.Slot:
                    if self.tables[t].groups[g].ctrls[i] == Ctrl.DELETED:
                        self.tables[t].groups[g].ctrls[i] = Ctrl.EMPTY
                        self.tables[t].growthLeft += 1

    def needed_groups(self, t: Tab):
        """table.go pruneTombstones: the groups that the probe sequence of some entry passes before it ends. Nobody
        has to find a NaN."""
        needed = set()
        for g in range(self.group_count(t)):
            for i in self.Slot:
                k = self.tables[t].groups[g].key[i]
                if self.tables[t].groups[g].ctrls[i] == Ctrl.FULL and not self.is_nan(k):
                    offset = self.probe(t, self.seed[k])
                    for step in range(self.group_count(t)):
                        offset = (offset + step) % self.group_count(t)
                        if offset == g:
                            break
                        needed.add(offset)
        return needed

    # Clearing.

    def clear_in(self, t: Tab):
        """table.go Clear: the groups are zeroed in place."""
        for g in self.GroupIndex:
            self.tables[t].groups[g] = self.empty_group()
        self.tables[t].used = 0
        self.tables[t].growthLeft = self.maxGrowthLeft(self.tables[t].capacity)

    # Growth.

    def rehash(self, t: Tab):
        """table.go rehash: a table of twice the capacity, or two tables of the greatest."""
        self.let_go(t)
        if 2 * self.tables[t].capacity <= self.slots << self.groupBits:
            self.grow(t)
        else:
            self.split(t)

    def let_go(self, _t: Tab):
        """The map is about to replace a table."""

    def grow(self, t: Tab):
        """table.go grow"""
        old = self.tables[t]
        self.tables[t] = self.newTable(2 * old.capacity, old.index, old.localDepth)
        for g in range(old.capacity // self.slots):
            for i in self.Slot:
                if old.groups[g].ctrls[i] == Ctrl.FULL:
                    k = old.groups[g].key[i]
                    self.uncheckedPutSlot(t, self.hasher(k), k, old.groups[g].elem[i])
        self.replaceTable(t)

    def split(self, t: Tab):
        """table.go split: by the next bit of the hash."""
        old = self.tables[t]
        require(old.localDepth < self.maxDepth)
        localDepth = old.localDepth + 1
        left = t
        right = t + (1 << (self.maxDepth - localDepth))
        self.tables[left] = self.newTable(self.slots << self.groupBits, None, localDepth)
        self.tables[right] = self.newTable(self.slots << self.groupBits, None, localDepth)
        for g in range(old.capacity // self.slots):
            for i in self.Slot:
                if old.groups[g].ctrls[i] == Ctrl.FULL:
                    k = old.groups[g].key[i]
                    hash = self.hasher(k)
                    to = left if self.top_bit(hash, self.split_bit(localDepth)) == 0 else right
                    self.uncheckedPutSlot(to, hash, k, old.groups[g].elem[i])
        self.installTableSplit(old.index, old.localDepth, left, right)

    def split_bit(self, localDepth: Range(1, maxDepth + 1)):
        """table.go split: which bit of the hash decides, counted from the top."""
        return localDepth

    # The directory: map.go.

    def replaceTable(self, t: Tab):
        """map.go replaceTable: every place of the directory that is the table's."""
        for i in range(1 << (self.globalDepth - self.tables[t].localDepth)):
            self.directory[self.tables[t].index + i] = t

    def installTableSplit(self, index: Dir, localDepth: Depth, left: Tab, right: Tab):
        """map.go installTableSplit: `index` and `localDepth` are those of the table that was split."""
        if localDepth == self.globalDepth:
            self.double_directory()
            index = self.doubled_index(index)
        self.tables[left].index = index
        self.replaceTable(left)
        self.tables[right].index = index + (1 << (self.globalDepth - self.tables[left].localDepth))
        self.replaceTable(right)

    def double_directory(self):
        """map.go installTableSplit: every pointer twice, every table's index doubled."""
        old = self.directory
        for i in range(self.dirLen):
            t = old[i]
            self.directory[2 * i] = t
            self.directory[2 * i + 1] = t
            if self.tables[t].index == i:
                self.tables[t].index = self.doubled_index(i)
        self.globalDepth += 1
        self.dirLen *= 2

    def doubled_index(self, i: Dir):
        """map.go installTableSplit: where the first place of a table is in the larger directory."""
        return 2 * i

    def draw_seed(self):
        """A new hash function: any, with the keys in order of their hash if nothing names a key."""
        for k in self.Key:
            self.seed[k] = choose(self.Hash)
            require(k == 0 or self.keys_are_named() or self.seed[k - 1] <= self.seed[k])

    def keys_are_named(self):
        """Whether something names a key when a seed is drawn: entries being cloned; for loops, swiss_iter.py."""
        return self.used > 0
