"""Decide whether the barriers of Go's map keep its memory alive under a concurrent collector (Go 1.23, classic map).

One goroutine uses the map: it assigns, looks up, deletes, clears and ranges, and the collector may start, scan and end
wherever the runtime lets it: the goroutine can be stopped between operations, at allocations and at the return from
mapassign; a worker reads one slot between any two stores. `memory`, `cycle` and `growth` beside this file say what they
merge and why that is safe. Here:

- Clearing an array is one step, for the reason given there.
- The range loop takes any bucket in any order, any number of times: whatever Go's order reads, this reads.
- The seed is not re-drawn: in which cell a key lies does not matter to the memory. `spec.go_map.iterators` re-draws it.

`unguarded` drops the barrier of single stores: which of them carry the weight? docs/explanation says.
"""

from enum import Enum

from checker.lang import Array, Bool, Opt, Param, SetOf, Var, always, choose, process, require, sometimes
from spec.go_map.arithmetic import Top, isEmpty
from spec.go_map.growth import Growth
from spec.go_map.memory import Life, MapMemory, Phase, Pointers, Site, Where


class Operation(Enum):
    """What the goroutine does next."""

    NEW = "new"  # something for an element or a key to point to
    FORGET = "forget"  # what its stack holds
    ASSIGN = "assign"
    LOOK_UP = "look_up"
    DELETE = "delete"
    CLEAR = "clear"
    RANGE = "range"
    NEXT = "next"
    BREAK = "break"


class CollectedMap(Growth):
    """A map that grows while its memory is marked, swept and used again."""

    ranges = Param(True)  # there are range loops
    clears = Param(True)  # there is clear

    present = Var(SetOf(MapMemory.Key))
    contents = Var(Array(MapMemory.Key, Opt(MapMemory.Value)))

    def init(self):
        """makemap. Keys are numbered in the order of their hashes: nobody sees more of them."""
        super().init()
        if self.hint > 0:
            self.B = self.hint
            self.buckets = self.new_array(self.hint)
        for k in self.Key:
            self.hash[k] = choose(self.Hash)
            require(k == 0 or self.hash[k - 1] <= self.hash[k])

    # The goroutine.

    @process
    def goroutine(self):
        """Uses the map for ever. Nothing runs between the end of marking and the sweep."""
        while True:
            require(self.phase != Phase.SWEEP)
            operation = choose(Operation)
            if operation == Operation.ASSIGN:
                k = self.take_key()
                if self.pointers in (Pointers.ELEMS, Pointers.BOTH):
                    require(self.elem is not None)
                spot = yield from self.mapassign(k)
                if self.pointers in (Pointers.ELEMS, Pointers.BOTH):
                    yield from self.stopped("returned")
                    self.store_elem(spot)
                self.present.add(k)
                self.contents[k] = self.elem
            elif operation == Operation.DELETE:
                k = self.take_key()
                yield from self.mapdelete(k)
                self.present.discard(k)
                self.contents[k] = None
            elif operation == Operation.CLEAR:
                require(self.clears)
                yield from self.mapclear()
                self.present = set()
                self.contents = [None for _ in self.Key]
            elif operation == Operation.RANGE:
                yield from self.mapiterinit()
            else:
                self.local(operation)
            self.where = Where.IDLE
            yield "idle"

    def take_key(self):
        """The key of an operation: what the stack holds, or any integer."""
        if self.pointers in (Pointers.ELEMS, Pointers.NONE):
            return choose(self.Key)
        require(self.key is not None)
        return self.key

    def local(self, operation: Operation):
        """What the goroutine does without a pointer store to the heap."""
        if operation == Operation.NEW:
            require(self.pointers != Pointers.NONE)
            self.allocate_one()
        elif operation == Operation.FORGET:
            require(self.key is not None or self.elem is not None)
            self.key = None
            self.elem = None
        elif operation == Operation.LOOK_UP:
            require(self.pointers in (Pointers.ELEMS, Pointers.BOTH))
            spot = self.mapaccess(self.take_key())
            require(spot is not None)
            self.elem = self.elem_at(spot)
        elif operation == Operation.NEXT:
            self.mapiternext()
        else:
            require(operation == Operation.BREAK and self.it is not None)
            self.it = None
            self.bptr = None
            self.it_overflow = None
            self.it_oldoverflow = None
            self.forgotten()

    def allocate_one(self):
        """A new object that only the stack points to."""
        if self.pointers == Pointers.ELEMS or (self.pointers == Pointers.BOTH and choose(Bool)):
            self.elem = self.new_value()
        else:
            self.key = self.new_key()

    # Assignment.

    def mapassign(self, k: MapMemory.Key):
        """runtime/map.go mapassign: a cell for the key, which is stored if it is new."""
        if self.buckets is None:
            yield from self.first_bucket()
        while True:  # again
            if self.growing():
                yield from self.growWork(self.index(k))
            self.touch_chain(self.at(self.buckets, self.index(k)))
            found = self.find(self.at(self.buckets, self.index(k)), k)
            if found is not None:
                return found
            over = self.overLoadFactor(self.count + 1, self.B)
            if self.growing() or not (over or self.tooManyOverflowBuckets()):
                break
            yield from self.hashGrow()
        if self.room(self.at(self.buckets, self.index(k))) is None:
            yield from self.newoverflow(self.at(self.buckets, self.index(k)))
        spot = self.room(self.at(self.buckets, self.index(k)))
        p = spot // self.cells
        c = spot % self.cells
        if self.pointers in (Pointers.KEYS, Pointers.BOTH):
            self.barrier(Site.ASSIGN_KEY, None, self.key_object(k))
        self.bucket[p].key[c] = k
        self.bucket[p].tophash[c] = Top.LIVE
        self.count += 1
        return spot

    def store_elem(self, spot: MapMemory.Spot):
        """What the compiler adds after the call of mapassign: the element is stored."""
        p = spot // self.cells
        c = spot % self.cells
        self.touch(p)
        self.barrier(Site.ASSIGN_ELEM, self.value_object(self.bucket[p].elem[c]), self.value_object(self.elem))
        self.bucket[p].elem[c] = self.elem

    def first_bucket(self):
        """runtime/map.go mapassign: a map that never held anything gets its bucket."""
        yield from self.stopped("allocating")
        a = self.new_array(0)
        self.fresh = {self.array(a)}
        yield from self.stopped("allocated")
        self.barrier(Site.INIT, None, self.array(a))
        self.buckets = a
        self.fresh = set()
        yield from self.racing("stored")

    # Deletion.

    def mapdelete(self, k: MapMemory.Key):
        """runtime/map.go mapdelete."""
        if self.count == 0:
            return
        if self.growing():
            yield from self.growWork(self.index(k))
        head = self.at(self.buckets, self.index(k))
        self.touch_chain(head)
        spot = self.find(head, k)
        if spot is None:
            return
        p = spot // self.cells
        c = spot % self.cells
        if self.pointers in (Pointers.KEYS, Pointers.BOTH):
            self.barrier(Site.DELETE_KEY, self.key_object(self.bucket[p].key[c]), None)
        self.bucket[p].key[c] = None
        if self.pointers in (Pointers.ELEMS, Pointers.BOTH):
            if self.pointers == Pointers.BOTH:
                yield from self.racing("key_cleared")
            self.barrier(Site.DELETE_ELEM, self.value_object(self.bucket[p].elem[c]), None)
            self.bucket[p].elem[c] = None
        self.bucket[p].tophash[c] = Top.EMPTY_ONE
        self.emptyRest(head)
        self.count -= 1

    def emptyRest(self, head: MapMemory.Place):
        """runtime/map.go mapdelete: the free cells at the end of a chain say so."""
        p: Opt(self.Place) = head
        while p is not None:
            for c in self.Cell:
                if self.bucket[p].tophash[c] == Top.EMPTY_ONE and self.rest_is_empty(p, c):
                    self.bucket[p].tophash[c] = Top.EMPTY_REST
            p = self.following(p)

    def rest_is_empty(self, from_place: MapMemory.Place, from_cell: MapMemory.Cell):
        """Whether no cell of a chain after this one is in use."""
        p: Opt(self.Place) = from_place
        while p is not None:
            for c in self.Cell:
                if (p != from_place or c > from_cell) and not isEmpty(self.bucket[p].tophash[c]):
                    return False
            p = self.following(p)
        return True

    def mapclear(self):
        """runtime/map.go mapclear. An empty map is left alone, its old array too."""
        if self.count == 0:
            return
        self.end_tophashes(self.buckets, 1 << self.B)
        if self.growing():
            self.end_tophashes(self.oldbuckets, self.noldbuckets())
            self.drop(Site.CLEAR_OLD)
            yield from self.racing("dropped")
        self.sameSize = False
        self.nevacuate = 0
        self.noverflow = 0
        self.count = 0
        if self.pointers == Pointers.NONE:
            self.barrier(Site.CLEAR_LISTS, self.list_object(self.overflow), None)
            self.barrier(Site.CLEAR_LISTS, self.list_object(self.oldoverflow), None)
            self.overflow = None
            self.oldoverflow = None
        for i in self.Index:
            if i < 1 << self.B:
                self.zero(Site.CLEAR_ARRAY, self.at(self.buckets, i))
                self.bucket[self.at(self.buckets, i)].tophash = [Top.EMPTY_REST for _ in self.Cell]

    def end_tophashes(self, a: MapMemory.Arr, n: MapMemory.Buckets):
        """runtime/map.go mapclear markBucketsEmpty, so that iterators end."""
        for i in self.Index:
            if i < n:
                p: Opt(self.Place) = self.at(a, i)
                while p is not None:
                    self.touch(p)
                    self.bucket[p].tophash = [Top.EMPTY_REST for _ in self.Cell]
                    p = self.following(p)

    # Iteration.

    def mapiterinit(self):
        """runtime/map.go mapiterinit."""
        require(self.ranges and self.it is None and self.count > 0)
        if self.pointers == Pointers.NONE:
            if self.overflow is None:
                yield from self.createOverflow()
            self.it_overflow = self.overflow
            self.it_oldoverflow = self.oldoverflow
        self.it = self.buckets
        self.iterator = True
        self.oldIterator = True

    def mapiternext(self):
        """runtime/map.go mapiternext: look at a cell of this bucket or the next, and stay there; take what is in it."""
        require(self.it is not None)
        p = self.bptr
        if p is not None and choose(Bool):
            p = self.following(p)
        if p is None:
            i = choose(self.Index)
            require(i < 1 << self.size[self.it])
            p = self.start_of(i)
        self.touch(p)
        self.bptr = p
        self.forgotten()
        c = choose(self.Cell)
        top = self.bucket[p].tophash[c]
        if not isEmpty(top) and top != Top.EVACUATED_EMPTY:
            self.take(p * self.cells + c)

    def start_of(self, i: MapMemory.Index):
        """The bucket in which the iterator reads what lies in bucket `i` of its array."""
        if self.growing() and self.size[self.it] == self.B:
            old = self.at(self.oldbuckets, i & (self.noldbuckets() - 1))
            if not self.evacuated(old):
                return old
        return self.at(self.it, i)

    def take(self, spot: MapMemory.Spot):
        """The entry of a cell; one that has moved is looked up."""
        p = spot // self.cells
        c = spot % self.cells
        found: Opt(self.Spot) = spot
        if self.bucket[p].tophash[c] != Top.LIVE:
            found = self.mapaccess(self.bucket[p].key[c])
        if found is not None:
            if self.pointers in (Pointers.KEYS, Pointers.BOTH):
                self.key = self.bucket[found // self.cells].key[found % self.cells]
            if self.pointers in (Pointers.ELEMS, Pointers.BOTH):
                self.elem = self.elem_at(found)

    def forgotten(self):
        """The iterator has left an array: outside marking, what the map has dropped is garbage from now on."""
        for a in self.Arr:
            if self.life[a] == Life.DROPPED and self.phase == Phase.OFF and not self.is_held(a):
                self.life[a] = Life.GARBAGE

    # What must be so.

    def holds(self, k: MapMemory.Key):
        """Whether the map, looked up now, agrees with what was stored last under a key."""
        if self.count == 0:
            return k not in self.present
        spot = self.find(self.chain_of(k), k)
        if spot is None:
            return k not in self.present
        return k in self.present and self.elem_at(spot) == self.contents[k]

    @always
    def no_key_lost(self):
        """Between operations every look-up finds what was stored last, and nothing that was deleted."""
        return self.where != Where.IDLE or all(self.holds(k) for k in self.Key)

    @always
    def no_missed_mark(self):
        """When marking has ended, every reachable object is marked."""
        return self.phase != Phase.SWEEP or self.reachable() <= self.marked

    @always
    def nothing_in_use_is_freed(self):
        """No pointer on the stack or in a reachable object leads to freed memory."""
        return not self.reachable() & self.free

    @always
    def dropped_while_marking_survives(self):
        """An old array that the map drops during marking is not freed in that cycle."""
        return self.phase != Phase.SWEEP or all(
            self.life[a] != Life.DROPPED_NOW or self.array(a) in self.marked for a in self.Arr
        )

    @always
    def garbage_goes_at_once(self):
        """An array that was unreachable when marking began is freed in that cycle."""
        return self.phase != Phase.SWEEP or all(
            self.life[a] != Life.GARBAGE or self.array(a) not in self.marked for a in self.Arr
        )

    # What must be possible.

    @sometimes
    def collected_in_mid_growth(self):
        """A cycle can end while entries still lie in the old array."""
        return self.phase == Phase.SWEEP and self.growing()

    @sometimes
    def kept_by_an_iterator(self):
        """An array that the map has dropped can outlive a cycle because an iterator stands on it."""
        return self.phase == Phase.SWEEP and any(
            self.life[a] == Life.DROPPED and self.array(a) in self.marked for a in self.Arr
        )

    @sometimes
    def old_array_waits_for_the_next_cycle(self):
        """An old array can be garbage, and yet survive the cycle in which it was dropped."""
        return self.phase == Phase.SWEEP and any(
            self.life[a] == Life.DROPPED_NOW and self.array(a) in self.marked and self.array(a) not in self.reachable()
            for a in self.Arr
        )

    @sometimes
    def old_array_is_freed(self):
        """An old array is freed in the end."""
        return self.phase == Phase.SWEEP and any(
            self.life[a] == Life.GARBAGE and self.array(a) not in self.marked for a in self.Arr
        )
