"""How a map grows, with every pointer store and its barrier, as steps that a collector sees: runtime/map.go of Go 1.23.

The methods stand under the runtime's names and in its order of stores. A worker of the collector may read a slot
between any two stores (`racing`); the goroutine can be stopped only at a safe point (`stopped`). What is merged, and
why it is safe:

- Without a mark phase nobody sees the stores of an operation one by one: they are one step up to the next safe point.
- Clearing a bucket is one step. Reading some of its slots before and others after would mark more, not less.
- Tophashes, counters and flags hold no pointers: they change together with the next pointer.
- Which cell is next to move is found again after each store, from the tophashes, not remembered: fewer states.
- Preallocated overflow buckets lie in their array and are not objects: they are left out, as are indirect keys and
  elements, which would be allocated and stored like a first bucket.
"""

from checker.lang import Array, Bool, Opt, Param, Range, Var, require
from spec.go_map.arithmetic import Top, buckets_before, is_evacuated, isEmpty, over_load, too_many
from spec.go_map.cycle import Cycle
from spec.go_map.memory import Fault, Life, MapMemory, Phase, Pointers, Site


class Growth(Cycle):
    """The hmap's fields, look-up, and growth step by step."""

    loadNum = Param(1, Range(1, 64))
    loadDen = Param(1, Range(1, 64))
    hint = Param(0, Range(0, 3))  # makemap: the logarithm of the number of buckets to begin with

    hash = Var(Array(MapMemory.Key, MapMemory.Hash))
    B = Var(Range(0, MapMemory.maxB))
    count = Var(Range(0, MapMemory.keys))
    noverflow = Var(Range(0, MapMemory.keys * MapMemory.width))
    nevacuate = Var(Range(0, MapMemory.width))
    sameSize = Var(Bool)
    iterator = Var(Bool)
    oldIterator = Var(Bool)

    # Small things.

    def evacuated(self, p: MapMemory.Place):
        """runtime/map.go evacuated."""
        return is_evacuated(self.bucket[p].tophash[0])

    def growing(self):
        """runtime/map.go growing."""
        return self.oldbuckets is not None

    def noldbuckets(self):
        """runtime/map.go noldbuckets."""
        return buckets_before(self.B, self.sameSize)

    def index(self, k: MapMemory.Key):
        """The bucket of a key in the current array."""
        return self.hash[k] & ((1 << self.B) - 1)

    def overLoadFactor(self, count: Range(0, MapMemory.keys + 1), b: Range(0, MapMemory.maxB)):
        """runtime/map.go overLoadFactor."""
        return over_load(count, b, self.cells, self.loadNum, self.loadDen)

    def tooManyOverflowBuckets(self):
        """runtime/map.go tooManyOverflowBuckets."""
        return too_many(self.noverflow, self.B)

    def find(self, head: MapMemory.Place, k: MapMemory.Key):
        """The cell of a key in a chain, or None."""
        p: Opt(self.Place) = head
        while p is not None:
            for c in self.Cell:
                if self.bucket[p].tophash[c] == Top.EMPTY_REST:
                    return None
                if self.bucket[p].tophash[c] == Top.LIVE and self.bucket[p].key[c] == k:
                    return p * self.cells + c
            p = self.following(p)
        return None

    def room(self, head: MapMemory.Place):
        """The first free cell of a chain, or None."""
        p: Opt(self.Place) = head
        while p is not None:
            for c in self.Cell:
                if isEmpty(self.bucket[p].tophash[c]):
                    return p * self.cells + c
            p = self.following(p)
        return None

    def last(self, head: MapMemory.Place):
        """The last bucket of a chain."""
        p = head
        while self.bucket[p].overflow is not None:
            p = self.linked(self.bucket[p].overflow)
        return p

    def touch_chain(self, head: MapMemory.Place):
        """An operation walks along a chain."""
        p: Opt(self.Place) = head
        while p is not None:
            self.touch(p)
            p = self.following(p)

    def elem_at(self, spot: MapMemory.Spot):
        """The element of a cell."""
        return self.bucket[spot // self.cells].elem[spot % self.cells]

    # Look-up.

    def chain_of(self, k: MapMemory.Key):
        """runtime/map.go mapaccess1: the bucket in which a key is looked up."""
        if self.growing():
            old = self.at(self.oldbuckets, self.hash[k] & (self.noldbuckets() - 1))
            if not self.evacuated(old):
                return old
        return self.at(self.buckets, self.index(k))

    def mapaccess(self, k: MapMemory.Key):
        """runtime/map.go mapaccess1: the cell of a key, or None."""
        if self.count == 0:
            return None
        self.touch_chain(self.chain_of(k))
        return self.find(self.chain_of(k), k)

    # Overflow buckets.

    def newoverflow(self, head: MapMemory.Place):
        """runtime/map.go newoverflow: lengthen a chain."""
        yield from self.stopped("allocating")
        o = self.new_overflow()
        self.fresh.add(self.overflow_bucket(o))
        yield from self.stopped("allocated")
        self.noverflow += 1
        if self.pointers == Pointers.NONE:
            if self.overflow is None:
                yield from self.createOverflow()
            self.barrier(Site.LISTED, None, self.overflow_bucket(o))
            if self.wrong != Fault.UNLISTED:
                self.listed[self.overflow].add(o)
            yield from self.racing("listed")
        self.barrier(Site.LINK, None, self.overflow_bucket(o))
        self.bucket[self.last(head)].overflow = o
        self.fresh = set()
        yield from self.racing("linked")

    def createOverflow(self):
        """runtime/map.go createOverflow: a list for the overflow buckets of the current array."""
        yield from self.stopped("allocating_list")
        n = self.new_list()
        self.fresh.add(self.list_object(n))
        yield from self.stopped("allocated_list")
        self.barrier(Site.NEW_LIST, None, self.list_object(n))
        self.overflow = n
        self.fresh.remove(self.list_object(n))
        yield from self.racing("list_stored")

    # Growth.

    def hashGrow(self):
        """runtime/map.go hashGrow: a new array; no entry moves yet."""
        assert not self.growing(), "a growth starts while another goes on"
        bigger = 1 if self.overLoadFactor(self.count + 1, self.B) else 0
        require(self.B + bigger <= self.maxB)
        yield from self.stopped("allocating")
        bigger = 1 if self.overLoadFactor(self.count + 1, self.B) else 0
        a = self.new_array(self.B + bigger)
        self.fresh = {self.array(a)}
        yield from self.stopped("allocated")
        self.commit(a)
        self.barrier(Site.GROW_OLD, None, self.array(self.buckets))
        self.oldbuckets = self.buckets
        yield from self.racing("old_stored")
        self.barrier(Site.GROW_NEW, self.array(self.buckets), self.array(a))
        self.buckets = a
        self.fresh = set()
        yield from self.racing("new_stored")
        if self.pointers == Pointers.NONE and self.overflow is not None:
            yield from self.promote()

    def commit(self, a: MapMemory.Arr):
        """The counters and flags of runtime/map.go hashGrow."""
        self.sameSize = self.size[a] == self.B
        self.B = self.size[a]
        self.oldIterator = self.iterator
        self.iterator = False
        self.nevacuate = 0
        self.noverflow = 0

    def promote(self):
        """runtime/map.go hashGrow: the list of overflow buckets becomes that of the old array."""
        assert self.oldoverflow is None, "oldoverflow is not nil"
        self.barrier(Site.PROMOTE, None, self.list_object(self.overflow))
        self.oldoverflow = self.overflow
        yield from self.racing("promoted")
        self.barrier(Site.PROMOTE, self.list_object(self.overflow), None)
        self.overflow = None
        yield from self.racing("list_moved")

    def growWork(self, bucket: MapMemory.Index):
        """runtime/map.go growWork."""
        yield from self.evacuate(bucket & (self.noldbuckets() - 1))
        if self.growing():
            yield from self.evacuate(self.nevacuate)

    def evacuate(self, oldbucket: MapMemory.Index):
        """runtime/map.go evacuate."""
        if not self.evacuated(self.at(self.oldbuckets, oldbucket)):
            self.touch_chain(self.at(self.oldbuckets, oldbucket))
            while True:
                self.pass_empty(oldbucket)
                spot = self.unmoved(oldbucket)
                if spot is None:
                    break
                head = self.destination(oldbucket, spot)
                if self.room(head) is None:
                    yield from self.newoverflow(head)
                else:
                    self.move_next(oldbucket)
                    yield from self.racing("moved")
            if not self.oldIterator and self.pointers != Pointers.NONE:
                self.zero(Site.MOVE_CLEAR, self.at(self.oldbuckets, oldbucket))
                yield from self.racing("cleared")
        if oldbucket == self.nevacuate:
            yield from self.advanceEvacuationMark()

    def pass_empty(self, oldbucket: MapMemory.Index):
        """runtime/map.go evacuate: free cells before the next entry to move."""
        p: Opt(self.Place) = self.at(self.oldbuckets, oldbucket)
        while p is not None:
            for c in self.Cell:
                if isEmpty(self.bucket[p].tophash[c]):
                    self.bucket[p].tophash[c] = Top.EVACUATED_EMPTY
            p = self.following(p)

    def unmoved(self, oldbucket: MapMemory.Index):
        """The next cell of an old chain to be moved, or None."""
        p: Opt(self.Place) = self.at(self.oldbuckets, oldbucket)
        while p is not None:
            for c in self.Cell:
                if self.bucket[p].tophash[c] == Top.LIVE:
                    return p * self.cells + c
            p = self.following(p)
        return None

    def goes_up(self, spot: MapMemory.Spot):
        """Whether an entry moves to the upper half of the new array."""
        k = self.bucket[spot // self.cells].key[spot % self.cells]
        return not self.sameSize and self.hash[k] & self.noldbuckets() != 0

    def destination(self, oldbucket: MapMemory.Index, spot: MapMemory.Spot):
        """The bucket of the new array that an entry moves to."""
        return self.at(self.buckets, oldbucket + (self.noldbuckets() if self.goes_up(spot) else 0))

    def move_next(self, oldbucket: MapMemory.Index):
        """runtime/map.go evacuate: one typedmemmove, of the key or, when that is done, of the element."""
        spot = self.unmoved(oldbucket)
        to = self.room(self.destination(oldbucket, spot))
        p = spot // self.cells
        c = spot % self.cells
        q = to // self.cells
        d = to % self.cells
        if self.pointers == Pointers.BOTH and self.phase == Phase.MARK and self.bucket[q].key[d] is None:
            self.barrier(Site.MOVE_KEY, None, self.key_object(self.bucket[p].key[c]))
            self.bucket[q].key[d] = self.bucket[p].key[c]
            return
        if self.pointers == Pointers.KEYS:
            self.barrier(Site.MOVE_KEY, None, self.key_object(self.bucket[p].key[c]))
        elif self.pointers in (Pointers.ELEMS, Pointers.BOTH):
            self.barrier(Site.MOVE_ELEM, None, self.value_object(self.bucket[p].elem[c]))
        self.bucket[q].key[d] = self.bucket[p].key[c]
        self.bucket[q].elem[d] = self.bucket[p].elem[c]
        self.bucket[q].tophash[d] = Top.LIVE
        self.bucket[p].tophash[c] = Top.EVACUATED_Y if self.goes_up(spot) else Top.EVACUATED_X

    def advanceEvacuationMark(self):
        """runtime/map.go advanceEvacuationMark."""
        newbit = self.noldbuckets()
        self.nevacuate += 1
        while self.nevacuate != newbit and self.evacuated(self.at(self.oldbuckets, self.nevacuate)):
            self.nevacuate += 1
        if self.nevacuate == newbit:
            self.drop(Site.DROP_OLD)
            self.nevacuate = 0
            self.sameSize = False
            yield from self.racing("dropped")
            if self.pointers == Pointers.NONE and self.oldoverflow is not None:
                self.barrier(Site.DROP_LIST, self.list_object(self.oldoverflow), None)
                self.oldoverflow = None
                yield from self.racing("list_dropped")

    def drop(self, site: Site):
        """h.oldbuckets = nil"""
        a = self.oldbuckets
        self.barrier(site, self.array(a), None)
        self.oldbuckets = None
        if self.phase == Phase.MARK:
            self.life[a] = Life.DROPPED_NOW
        else:
            self.life[a] = Life.DROPPED if self.is_held(a) else Life.GARBAGE

    def zero(self, site: Site, p: MapMemory.Place):
        """memclrHasPointers behind the tophashes of a bucket, its bulk barrier first."""
        for c in self.Cell:
            if self.pointers in (Pointers.KEYS, Pointers.BOTH):
                self.barrier(site, self.key_object(self.bucket[p].key[c]), None)
            if self.pointers in (Pointers.ELEMS, Pointers.BOTH):
                self.barrier(site, self.value_object(self.bucket[p].elem[c]), None)
        if self.bucket[p].overflow is not None:
            self.barrier(site, self.overflow_bucket(self.bucket[p].overflow), None)
        self.bucket[p].key = [None for _ in self.Cell]
        self.bucket[p].elem = [None for _ in self.Cell]
        self.bucket[p].overflow = None
