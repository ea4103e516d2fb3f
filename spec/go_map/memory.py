"""The memory of one map as heap objects (Go 1.23): who points to whom, allocation, and the write barrier.

The objects are the hmap, bucket arrays, overflow buckets, what keys and elements point to, and, for buckets without
pointers, the lists that keep overflow buckets alive. One goroutine uses the map; its stack holds a key, an element, an
iterator, and what a map operation has just allocated. Nothing here decides anything: `cycle` has the collector,
`growth` and `collected` the map.

What is merged, and why nothing is lost by it:

- A barrier and its store are one step. Between the two only a worker can run, and what it then reads in that slot is
  the old pointer: it could as well have read it before the barrier.
- Objects of a kind are handed out lowest first. If there is none the goroutine waits for the collector.
- The mapextra is part of the hmap, a list one object with what its slice points to.
- Memory is zeroed when it is freed, not when it is allocated again; until then nobody may look into it.
"""

from enum import Enum

from checker.lang import Array, Bool, Opt, Param, Range, Record, SetOf, Var, choose, require
from spec.go_map.arithmetic import Top
from spec.go_map.memory_picture import MemoryPicture

HMAP = 0  # the first object; a global points to it, so it is always reachable


class Pointers(Enum):
    """What the collector sees in a bucket: the type of the map."""

    ELEMS = "elems"  # map[int]*V
    KEYS = "keys"  # map[*K]int
    BOTH = "both"  # map[*K]*V
    NONE = "none"  # map[int]int: the collector does not look into buckets


class Site(Enum):
    """The pointer stores of runtime/map.go, each with its write barrier."""

    NONE = "none"
    INIT = "init"  # mapassign: h.buckets, the first bucket
    GROW_OLD = "grow_old"  # hashGrow: h.oldbuckets
    GROW_NEW = "grow_new"  # hashGrow: h.buckets
    LINK = "link"  # newoverflow: setoverflow
    MOVE_KEY = "move_key"  # evacuate: typedmemmove of a key
    MOVE_ELEM = "move_elem"  # evacuate: typedmemmove of an element
    MOVE_CLEAR = "move_clear"  # evacuate: memclrHasPointers behind the tophashes of the old bucket
    DROP_OLD = "drop_old"  # advanceEvacuationMark: h.oldbuckets = nil
    ASSIGN_KEY = "assign_key"  # mapassign: typedmemmove of the key
    ASSIGN_ELEM = "assign_elem"  # the caller's store through the pointer that mapassign returned
    DELETE_KEY = "delete_key"  # mapdelete: memclrHasPointers of the key
    DELETE_ELEM = "delete_elem"  # mapdelete: memclrHasPointers of the element
    CLEAR_OLD = "clear_old"  # mapclear: h.oldbuckets = nil
    CLEAR_ARRAY = "clear_array"  # mapclear: memclrHasPointers of the array, in makeBucketArray
    # Only where buckets hold no pointers:
    NEW_LIST = "new_list"  # createOverflow: h.extra.overflow
    LISTED = "listed"  # newoverflow: append
    PROMOTE = "promote"  # hashGrow: h.extra.oldoverflow and h.extra.overflow
    DROP_LIST = "drop_list"  # advanceEvacuationMark: h.extra.oldoverflow = nil
    CLEAR_LISTS = "clear_lists"  # mapclear: *h.extra = mapextra{}


class Half(Enum):
    """Which pointers a barrier shades before the store."""

    BOTH = "both"  # Go
    INSERTION = "insertion"  # the new one
    DELETION = "deletion"  # the one overwritten
    NEITHER = "neither"


class Fault(Enum):
    """Something else that is wrong: bugs that Go had, or would have if a line were missing."""

    NONE = "none"
    OLD_BUCKETS_UNSEEN = "old_buckets_unseen"  # the collector takes h.oldbuckets for a number
    ITERATOR_UNSEEN = "iterator_unseen"  # hiter.buckets and hiter.bptr are numbers: iterators of a wrong type
    KEY_UNSEEN = "key_unseen"  # golang/go#22781: inside mapassign the key is in a register that is not scanned
    BORN_WHITE = "born_white"  # what is allocated while marking is not marked
    UNLISTED = "unlisted"  # golang/go#9477: overflow buckets without pointers are kept in no list
    LISTS_UNKEPT = "lists_unkept"  # hiter.overflow and hiter.oldoverflow are missing


class Phase(Enum):
    """runtime/mgc.go gcphase, and the moment at which marking has ended and nothing is swept yet."""

    OFF = "off"
    MARK = "mark"
    SWEEP = "sweep"


class Where(Enum):
    """Where the goroutine stands."""

    IDLE = "idle"  # between two operations: a safe point
    STOPPED = "stopped"  # inside one, at an allocation or a return: a safe point
    RUNNING = "running"  # inside one, between two stores


class Life(Enum):
    """What has become of a bucket array."""

    USED = "used"  # the map's, or free
    DROPPED = "dropped"  # no longer the map's; an iterator stands or stood on it
    DROPPED_NOW = "dropped_now"  # no longer the map's since this mark phase
    GARBAGE = "garbage"  # unreachable since before this mark phase


class MapMemory(MemoryPicture):
    """Objects, their pointers, their colours."""

    keys = Param(2, Range(1, 4))
    values = Param(1, Range(1, 4))
    hashBits = Param(1, Range(0, 4))
    cells = Param(1, Range(1, 4))
    maxB = Param(1, Range(0, 3))
    arrays = Param(3, Range(1, 4))  # how many bucket arrays there can be at a time
    overflows = Param(2, Range(1, 4))  # how many overflow buckets
    lists = Param(1, Range(1, 4))  # how many lists of overflow buckets
    pointers = Param(Pointers.ELEMS)
    half = Param(Half.BOTH)  # what every barrier shades
    without = Param(Site.NONE)  # a store that has no barrier
    and_without = Param(Site.NONE)  # another one
    fault = Param(Fault.NONE)

    width = 2**maxB  # the buckets of the largest array; every array has room for as many

    Key = Range(keys)
    Value = Range(values)
    Hash = Range(2**hashBits)
    Cell = Range(cells)
    Index = Range(width)  # of a bucket in an array
    Buckets = Range(0, width)  # how many buckets
    Arr = Range(arrays)
    Overflow = Range(overflows)
    List = Range(lists)
    Place = Range(arrays * width + overflows)  # of a bucket in memory: array after array, then the overflow buckets
    Spot = Range((arrays * width + overflows) * cells)  # of a cell
    Slot = Range(width * (2 * cells + 1) + overflows + 4)  # of a pointer in an object
    Obj = Range(1 + arrays + overflows + keys + values + lists)  # HMAP, then all of one kind after the other
    Bucket = Record(
        tophash=Array(Cell, Top), key=Array(Cell, Opt(Key)), elem=Array(Cell, Opt(Value)), overflow=Opt(Overflow)
    )

    # What is wrong, fixed for a run: variables, so that a sweep over them does not compile the model again.
    unguarded = Var(SetOf(Site))
    shades = Var(Half)
    wrong = Var(Fault)

    # The heap.
    bucket = Var(Array(Place, Bucket))
    size = Var(Array(Arr, Range(0, maxB)))  # of an array: the binary logarithm of its number of buckets
    buckets = Var(Opt(Arr))  # hmap
    oldbuckets = Var(Opt(Arr))  # hmap
    overflow = Var(Opt(List))  # hmap.extra
    oldoverflow = Var(Opt(List))  # hmap.extra
    listed = Var(Array(List, SetOf(Overflow)))
    free = Var(SetOf(Obj))

    # The goroutine's stack.
    key = Var(Opt(Key))
    elem = Var(Opt(Value))
    it = Var(Opt(Arr))  # hiter.buckets
    bptr = Var(Opt(Place))  # hiter.bptr
    it_overflow = Var(Opt(List))  # hiter.overflow
    it_oldoverflow = Var(Opt(List))  # hiter.oldoverflow
    fresh = Var(SetOf(Obj))  # allocated, not yet stored
    where = Var(Where)

    # The collector.
    phase = Var(Phase)
    marked = Var(SetOf(Obj))
    grey = Var(SetOf(Obj))
    grey_stack = Var(Bool)
    scanning = Var(Opt(Obj))
    slot = Var(Slot)  # of the object being scanned, the next to read
    life = Var(Array(Arr, Life))

    def init(self):
        """No bucket yet."""
        self.unguarded = {s for s in Site if s != Site.NONE and (s == self.without or s == self.and_without)}
        self.shades = self.half
        self.wrong = self.fault
        self.free = {o for o in self.Obj if o != HMAP}

    # Which object is which.

    def array(self, a: Arr):
        """The object of a bucket array."""
        return 1 + a

    def overflow_bucket(self, o: Overflow):
        """The object of an overflow bucket."""
        return 1 + self.arrays + o

    def key_object(self, k: Opt(Key)):
        """The object of a key, or None."""
        return None if k is None else 1 + self.arrays + self.overflows + k

    def value_object(self, v: Opt(Value)):
        """The object of an element, or None."""
        return None if v is None else 1 + self.arrays + self.overflows + self.keys + v

    def list_object(self, n: Opt(List)):
        """The object of a list, or None."""
        return None if n is None else 1 + self.arrays + self.overflows + self.keys + self.values + n

    def has_slots(self, o: Obj):
        """Whether an object has pointers at all, seen by the collector or not."""
        first = 1 + self.arrays + self.overflows
        return o < first or o >= first + self.keys + self.values

    def is_scanned(self, o: Obj):
        """Whether the collector looks into an object: it has pointers, and its type says so."""
        if self.pointers == Pointers.NONE and 1 <= o < 1 + self.arrays + self.overflows:
            return False
        return self.has_slots(o)

    def at(self, a: Arr, i: Index):
        """Bucket `i` of an array."""
        return a * self.width + i

    def linked(self, o: Overflow):
        """The place of an overflow bucket."""
        return self.arrays * self.width + o

    def owner(self, p: Place):
        """The object that a bucket lies in."""
        if p < self.arrays * self.width:
            return 1 + p // self.width
        return 1 + self.arrays + p - self.arrays * self.width

    def following(self, p: Place):
        """The bucket that a bucket's overflow pointer leads to, or None."""
        o = self.bucket[p].overflow
        return None if o is None else self.linked(o)

    def touch(self, p: Place):
        """A bucket is read or written: it must not have been freed."""
        assert self.owner(p) not in self.free, "a freed bucket is used"

    # Allocation: runtime/malloc.go mallocgc, runtime/mgcmark.go gcmarknewobject.

    def allocate(self, o: Obj):
        """A new object, zeroed; while marking it comes black."""
        self.free.remove(o)
        if self.phase == Phase.MARK and self.wrong != Fault.BORN_WHITE:
            self.marked.add(o)

    def new_array(self, b: Range(0, maxB)):
        """Allocate an array of 2**b buckets."""
        some = {a for a in self.Arr if self.array(a) in self.free}
        require(some)
        a = min(some)
        self.allocate(self.array(a))
        self.size[a] = b
        return a

    def new_overflow(self):
        """Allocate an overflow bucket."""
        some = {o for o in self.Overflow if self.overflow_bucket(o) in self.free}
        require(some)
        self.allocate(self.overflow_bucket(min(some)))
        return min(some)

    def new_key(self):
        """Allocate something for a key to point to: any that is free, for keys differ in their hashes."""
        k = choose(self.Key)
        require(self.key_object(k) in self.free)
        self.allocate(self.key_object(k))
        return k

    def new_value(self):
        """Allocate something for an element to point to."""
        some = {v for v in self.Value if self.value_object(v) in self.free}
        require(some)
        self.allocate(self.value_object(min(some)))
        return min(some)

    def new_list(self):
        """Allocate a list of overflow buckets."""
        some = {n for n in self.List if self.list_object(n) in self.free}
        require(some)
        self.allocate(self.list_object(min(some)))
        return min(some)

    # Marking: runtime/mbarrier.go, runtime/mgcmark.go.

    def shade(self, o: Opt(Obj)):
        """Mark an object, and remember to look into it."""
        if o is not None:
            assert o not in self.free, "a freed object is marked"
            if o not in self.marked:
                self.marked.add(o)
                if self.is_scanned(o):
                    self.grey.add(o)

    def barrier(self, site: Site, old: Opt(Obj), new: Opt(Obj)):
        """The write barrier of one pointer store, to be followed by the store."""
        if self.phase == Phase.MARK and site not in self.unguarded:
            if self.shades in (Half.BOTH, Half.DELETION):
                self.shade(old)
            if self.shades in (Half.BOTH, Half.INSERTION):
                self.shade(new)

    def stack(self):
        """What the goroutine's stack points to."""
        return self.variables() | self.its_buckets() | self.its_lists() | self.fresh

    def scanned_stack(self):
        """What the collector sees of it."""
        found = self.fresh | (self.its_lists() if self.wrong != Fault.LISTS_UNKEPT else set())
        if self.wrong != Fault.KEY_UNSEEN or self.where == Where.IDLE:
            found |= self.variables()
        if self.wrong != Fault.ITERATOR_UNSEEN:
            found |= self.its_buckets()
        return found

    def variables(self):
        """What the goroutine's own variables point to."""
        found = set()
        if self.pointers in (Pointers.KEYS, Pointers.BOTH) and self.key is not None:
            found.add(self.key_object(self.key))
        if self.pointers in (Pointers.ELEMS, Pointers.BOTH) and self.elem is not None:
            found.add(self.value_object(self.elem))
        return found

    def its_buckets(self):
        """The buckets that the iterator holds."""
        found = set()
        if self.it is not None:
            found.add(self.array(self.it))
        if self.bptr is not None:
            found.add(self.owner(self.bptr))
        return found

    def its_lists(self):
        """The lists that the iterator holds."""
        found = set()
        if self.it_overflow is not None:
            found.add(self.list_object(self.it_overflow))
        if self.it_oldoverflow is not None:
            found.add(self.list_object(self.it_oldoverflow))
        return found

    def slots(self, o: Obj):
        """How many slots an object has."""
        if o == HMAP:
            return 4
        if o > self.arrays + self.overflows:
            return self.overflows
        if o <= self.arrays:
            return (1 << self.size[o - 1]) * (2 * self.cells + 1)
        return 2 * self.cells + 1

    def is_pointer(self, o: Obj, s: Slot):
        """Whether a slot of an object holds pointers: in a bucket keys come first, then elements, then the link."""
        if o == HMAP:
            return s < 2 or self.pointers == Pointers.NONE
        if o > self.arrays + self.overflows:
            return True
        part = s % (2 * self.cells + 1)
        if part == 2 * self.cells:
            return True
        if part < self.cells:
            return self.pointers in (Pointers.KEYS, Pointers.BOTH)
        return self.pointers in (Pointers.ELEMS, Pointers.BOTH)

    def seen(self, o: Obj, s: Slot):
        """The object that the collector takes a slot to point to, or None."""
        return None if self.wrong == Fault.OLD_BUCKETS_UNSEEN and o == HMAP and s == 1 else self.read(o, s)

    def read(self, o: Obj, s: Slot):
        """The object that a slot points to, or None."""
        if o == HMAP:
            if s >= 2:
                return self.list_object(self.overflow if s == 2 else self.oldoverflow)
            a = self.buckets if s == 0 else self.oldbuckets
            return None if a is None else self.array(a)
        if o > self.arrays + self.overflows:
            n = o - 1 - self.arrays - self.overflows - self.keys - self.values
            return self.overflow_bucket(s) if s in self.listed[n] else None
        part = s % (2 * self.cells + 1)
        p = (o - 1) * self.width + s // (2 * self.cells + 1)
        if o > self.arrays:
            p = self.linked(o - 1 - self.arrays)
        if part < self.cells:
            return self.key_object(self.bucket[p].key[part])
        if part < 2 * self.cells:
            return self.value_object(self.bucket[p].elem[part - self.cells])
        link = self.bucket[p].overflow
        return None if link is None else self.overflow_bucket(link)

    def pointer_from(self, o: Obj, s: Slot):
        """The first slot from `s` on that holds pointers, or the number of slots."""
        while s < self.slots(o) and not self.is_pointer(o, s):
            s += 1
        return s

    # What the properties need.

    def reachable(self):
        """The objects that pointers lead to from the hmap or the stack."""
        found = self.stack() | {HMAP}
        seen = set()
        while seen != found:
            seen = set(found)
            for o in seen:
                if self.has_slots(o):
                    s = self.pointer_from(o, 0)
                    while s < self.slots(o):
                        to = self.read(o, s)
                        if to is not None:
                            found.add(to)
                        s = self.pointer_from(o, s + 1)
        return found
