"""The iterators of runtime/map.go (Go 1.21 to 1.24), and what the map does to them. Decides nothing: see iterators.py.

mapiterinit and mapiternext are those of runtime/map.go, for 1.24 of map_noswiss.go (GOEXPERIMENT=noswissmap).
How an iterator's memory is kept:

- `it.buckets` is the current array, the old one, or one that the map has dropped. Nobody writes a dropped array any
  more, so the iterator has its own copy: `kept`, without the buckets that it has begun.
- `it.bptr` is a bucket in a chain of the current or the old array, or in a chain that no array leads to: `keptChain`,
  from that bucket on. An empty `keptChain` is a bptr of nil. Overflow buckets that were allocated with the array are
  zeroed by clear and handed out again: an iterator can stand on one, used or not. `spares` says where they are used.
- When a loop ends everything of it is forgotten. When no loop runs, oldIterator and what stands behind evacuation codes
  mean nothing to anybody, nor does the flag iterator unless there are NaN keys: they are reset.

A NaN key equals nothing, not even itself: it is never found, only clear removes it, and each insertion and evacuation
draws a new hash. The entries of such keys have numbers from `keys` on, for the properties alone; a number is not used
again while a loop runs. A cleared old bucket holds key 0, the zero value, which may be in the map.
"""

from enum import Enum

from checker.lang import Array, Bool, Opt, Param, Range, Record, SetOf, Var, choose
from spec.go_map.arithmetic import Top, isEmpty
from spec.go_map.classic import ClassicMap
from spec.go_map.hmap import Hmap
from spec.go_map.loop_picture import draw_loops
from spec.go_map.map_picture import draw_map
from spec.go_map.range_rules import Fault, RangeRules


class Version(Enum):
    """What clear does to iterators."""

    DEV_1_21 = "before the fix of #59411: nothing"
    GO_1_21 = "1.21, 1.22: marks all cells of the current and of the old array empty"
    GO_1_23 = "1.23: the same"
    GO_1_24 = "1.24: counts; an iterator that has seen fewer clears looks every entry up"


class Place(Enum):
    """Where an array or a bucket is that an iterator points to."""

    CURRENT = 0  # in buckets
    OLD = 1  # in oldbuckets
    KEPT = 2  # the map has dropped it
    SPARE = 3  # in the array, but not in use: clear took it back


class Hiter(ClassicMap, RangeRules):
    """A map with iterators: their fields, and the functions of the runtime that read or move them."""

    keys = 3
    hashBits = 3
    cells = 2
    loadDen = 8
    nans = Param(0, Range(0, 2))
    iterators = Param(1, Range(1, 2))
    version = Param(Version.GO_1_23)

    It = Range(iterators)
    Spare = Range(0, 2**Hmap.maxB // 2**Hmap.preallocB)  # the last one is never there
    SpareAt = Record(at=Hmap.Index, link=Hmap.Link)
    Iter = Record(
        active=Bool,
        buckets=Place,
        B=Range(0, Hmap.maxB),
        startBucket=Hmap.Index,
        offset=Hmap.Cell,
        wrapped=Bool,
        bucket=Hmap.Index,
        bptr=Place,
        at=Hmap.Index,  # the chain in which bptr is, or the number of the spare
        link=Hmap.Link,  # and where in the chain
        i=Range(0, Hmap.cells),
        checkBucket=Opt(Hmap.Index),
        cleared=Bool,  # Go 1.24: clearSeq is not the map's
    )

    iterator = Var(Bool)
    oldIterator = Var(Bool)
    it = Var(Array(It, Iter))
    kept = Var(Array(It, Array(Hmap.Index, Hmap.Chain)))
    keptChain = Var(Array(It, Hmap.Chain))
    spares = Var(Array(Spare, Opt(SpareAt)))  # where the current array's spares are in use

    # What the properties need. An entry is in neither set if it came during the loop and was not yielded.
    due = Var(Array(It, SetOf(Hmap.Held)))  # there since the start of the loop, and not yielded
    yielded = Var(Array(It, SetOf(Hmap.Held)))  # there, and yielded
    spent = Var(SetOf(Hmap.Held))  # numbers of NaN entries that were removed while a loop runs

    # How long growths take is not looked at.
    work = None
    grown = None
    took = None
    evacuation_is_bounded = None
    same_size_growth_happens = None
    slowest_growth_reached = None
    fastest_growth_reached = None

    def count_operation(self):
        pass

    def count_growth(self, _n: Hmap.Buckets):
        pass

    def begin(self):
        self.fault = Fault.NONE

    def picture(self):
        return draw_map(self, draw_loops)

    # The iterator.

    def ranging(self):
        """Whether a loop runs."""
        return any(self.it[n].active for n in self.It)

    def mapiterinit(self, n: It):
        """runtime/map.go mapiterinit: any bucket to start from, any cell in each."""
        start = choose(range(1 << self.B))
        self.it[n] = self.Iter(
            active=True,
            buckets=Place.CURRENT,
            B=self.B,
            startBucket=start,
            offset=choose(self.Cell),
            wrapped=False,
            bucket=start,
            bptr=Place.KEPT,
            at=0,
            link=0,
            i=0,
            checkBucket=None,
            cleared=False,
        )
        self.iterator = True
        self.oldIterator = True

    def mapiternext(self, n: It):
        """runtime/map.go mapiternext: up to the next entry to yield, or to the end of the loop."""
        if self.it[n].bptr == Place.SPARE:
            self.leave_spare(n, Place.CURRENT, self.it[n].at == self.preallocated() - 1)
        while True:
            chain = self.chain_of(n)
            link: Range(0, 2**16) = self.it[n].link
            i: Range(0, 2**16) = self.it[n].i
            while link < len(chain):
                while i < self.cells:
                    offi = (i + self.it[n].offset) % self.cells
                    i += 1
                    if self.meet(n, chain[link].tophash[offi], chain[link].key[offi], chain[link].elem[offi]):
                        self.it[n].link = link
                        self.it[n].i = i
                        self.tidy(n)
                        return
                i = 0
                link += 1
            if self.it[n].wrapped and self.it[n].bucket == self.it[n].startBucket:
                self.end_loop(n)
                return
            self.next_bucket(n)

    def chain_of(self, n: It):
        """The chain in which the iterator's bptr is."""
        if self.it[n].bptr == Place.CURRENT:
            return self.buckets[self.it[n].at]
        if self.it[n].bptr == Place.OLD:
            return self.oldbuckets[self.it[n].at]
        return self.keptChain[n]

    def next_bucket(self, n: It):
        """runtime/map.go mapiternext, where b is nil: which chain to go through for the next bucket."""
        bucket = self.it[n].bucket
        self.it[n].bptr = self.it[n].buckets
        self.it[n].at = bucket
        self.it[n].checkBucket = None
        if self.growing() and self.it[n].B == self.B:
            old = bucket & (self.noldbuckets() - 1)
            if not self.evacuated(self.oldbuckets[old][0]):
                self.it[n].bptr = Place.OLD
                self.it[n].at = old
                self.it[n].checkBucket = bucket
        self.keptChain[n] = ()
        if self.it[n].bptr == Place.KEPT:
            self.keptChain[n] = self.kept[n][bucket]
            self.it[n].at = 0
        self.kept[n][bucket] = ()
        last = bucket == (1 << self.it[n].B) - 1
        self.it[n].wrapped = self.it[n].wrapped or last
        self.it[n].bucket = 0 if last else bucket + 1
        self.it[n].link = 0
        self.it[n].i = 0

    def meet(self, n: It, top: Top, k: Hmap.Held, v: Hmap.Value):
        """runtime/map.go mapiternext, the loop over cells: yield what stands in a cell, if it is to be yielded."""
        if isEmpty(top) or top == Top.EVACUATED_EMPTY:
            return False
        if not self.comes_here(n, top, k):
            return False
        if (self.is_live(top) or k >= self.keys) and not self.it[n].cleared:
            self.yields(n, k, v)
            return True
        if k >= self.keys:
            return False
        found = self.mapaccess(k)  # mapaccessK
        if found is None:
            return False
        self.yields(n, k, found)
        return True

    def comes_here(self, n: It, top: Top, k: Hmap.Held):
        """runtime/map.go mapiternext, checkBucket: whether an entry of an old bucket belongs to the bucket in hand."""
        check = self.it[n].checkBucket
        if check is None or self.sameSize:
            return True
        if k < self.keys:
            return self.hash[k] & self.bucketMask(self.it[n].B) == check
        return (check >> (self.it[n].B - 1) == 1) == (top in (Top.LIVE_ODD, Top.EVACUATED_Y))

    def yields(self, n: It, k: Hmap.Held, v: Hmap.Value):
        """An entry is yielded; note what is wrong with it."""
        self.judge_yield(self.contents[k] is None, k in self.yielded[n], self.contents[k] != v)
        if self.contents[k] is not None:
            self.yielded[n].add(k)
        self.due[n].discard(k)

    def end_loop(self, n: It):
        """The loop is over: forget the iterator, and what only iterators could read."""
        if self.due[n]:
            self.fault = Fault.MISSED
        self.due[n] = set()
        self.yielded[n] = set()
        self.it[n] = self.no_iterator()
        self.keptChain[n] = ()
        for i in self.Index:
            self.kept[n][i] = ()
        if self.ranging():
            return
        self.spent = set()
        self.oldIterator = False
        if self.nans == 0:
            self.iterator = False
        if self.pointers:
            for i in self.Index:
                if len(self.oldbuckets[i]) > 0 and self.bucketEvacuated(i):
                    self.clear_old(i)

    def no_iterator(self):
        """The iterator of no loop."""
        return self.Iter(
            active=False,
            buckets=Place.CURRENT,
            B=0,
            startBucket=0,
            offset=0,
            wrapped=False,
            bucket=0,
            bptr=Place.CURRENT,
            at=0,
            link=0,
            i=0,
            checkBucket=None,
            cleared=False,
        )

    # What the map does to its iterators.

    def keep_chain(self, n: It, chain: Hmap.Chain):
        """No array leads to the iterator's bucket any more: keep the chain from there on."""
        self.keptChain[n] = ()
        for link in range(len(chain)):
            if link >= self.it[n].link:
                self.keptChain[n].append(chain[link])
        self.it[n].bptr = Place.KEPT
        self.it[n].at = 0
        self.it[n].link = 0
        self.tidy(n)

    def tidy(self, n: It):
        """At the end of a kept chain, which nobody makes longer, bptr might as well be nil."""
        if self.it[n].bptr != Place.KEPT:
            return
        if len(self.keptChain[n]) == 0 or (
            self.it[n].link == len(self.keptChain[n]) - 1 and self.it[n].i == self.cells
        ):
            self.keptChain[n] = ()
            self.it[n].link = 0
            self.it[n].i = 0
            self.it[n].checkBucket = None

    def leave_spare(self, n: It, place: Place, last: Bool):
        """On from a spare that is not in use. Its overflow link is nil, but of the last one it is the array itself:
        runtime/map.go makeBucketArray, so bucket 0 follows."""
        self.it[n].bptr = place if last else Place.KEPT
        self.it[n].at = 0
        self.it[n].i = 0

    def newoverflow(self, bucket: Hmap.Index):
        """Iterators that stand on the spare are in its new chain."""
        number = self.preallocated() - self.spare
        last = self.spare == 0
        super().newoverflow(bucket)
        if last:
            return
        link = len(self.buckets[bucket]) - 1
        self.spares[number] = self.SpareAt(at=bucket, link=link)
        for n in self.It:
            if self.it[n].active and self.it[n].bptr == Place.SPARE and self.it[n].at == number:
                self.it[n].bptr = Place.CURRENT
                self.it[n].at = bucket
                self.it[n].link = link

    def makeBucketArray(self):
        super().makeBucketArray()
        for s in self.Spare:
            self.spares[s] = None

    def drop_old(self):
        for n in self.It:
            if self.it[n].active:
                if self.it[n].bptr == Place.OLD:
                    self.keep_chain(n, self.oldbuckets[self.it[n].at])
                if self.it[n].buckets == Place.OLD:
                    self.it[n].buckets = Place.KEPT
                    for i in self.Index:
                        if self.is_ahead(n, i):
                            self.kept[n][i] = self.oldbuckets[i]
        super().drop_old()

    def is_ahead(self, n: It, i: Hmap.Index):
        """Whether the iterator has still to begin bucket `i`."""
        if self.it[n].wrapped:
            return self.it[n].bucket <= i < self.it[n].startBucket
        return i >= self.it[n].bucket or i < self.it[n].startBucket

    def mapclear(self):
        """runtime/map.go mapclear: the array and its spares are zeroed; other overflow buckets are only unlinked."""
        if self.count > 0:
            for n in self.It:
                if self.it[n].active:
                    self.clear_under(n)
        super().mapclear()

    def clear_under(self, n: It):
        """What clear does to an iterator, by version."""
        marks = self.version in (Version.GO_1_21, Version.GO_1_23)
        if self.it[n].bptr == Place.CURRENT and self.it[n].link > 0:
            for s in self.Spare:
                if self.spares[s] == self.SpareAt(at=self.it[n].at, link=self.it[n].link):
                    self.it[n].bptr = Place.SPARE
                    self.it[n].at = s
                    self.it[n].link = 0
                    break
        if self.it[n].bptr == Place.CURRENT and self.it[n].link > 0:
            self.keep_chain(n, self.buckets[self.it[n].at])
            if marks:
                self.keptChain[n] = ()
        if marks and self.it[n].bptr == Place.OLD:
            self.keptChain[n] = ()
            self.it[n].bptr = Place.KEPT
            self.it[n].at = 0
        if marks and self.it[n].buckets == Place.OLD:
            self.it[n].buckets = Place.KEPT
        self.tidy(n)
        if self.version == Version.GO_1_24:
            self.it[n].cleared = True

    def hashGrow(self):
        """runtime/map.go hashGrow: iterators of the current array become those of the old one."""
        spares = self.preallocated()
        super().hashGrow()
        self.oldIterator = self.iterator and self.ranging()
        self.iterator = False
        for n in self.It:
            if self.it[n].active:
                if self.it[n].buckets == Place.CURRENT:
                    self.it[n].buckets = Place.OLD
                if self.it[n].bptr == Place.CURRENT:
                    self.it[n].bptr = Place.OLD
                if self.it[n].bptr == Place.SPARE:
                    self.leave_spare(n, Place.OLD, self.it[n].at == spares - 1)

    def clears_old(self):
        return self.pointers and not self.oldIterator

    def clear_old(self, oldbucket: Hmap.Index):
        for n in self.It:
            if self.it[n].active and self.it[n].bptr == Place.OLD and self.it[n].at == oldbucket:
                if self.it[n].link > 0:
                    self.keep_chain(n, self.oldbuckets[oldbucket])
        super().clear_old(oldbucket)

    def goes_up(self, k: Hmap.Held, top: Top, newbit: Hmap.Buckets):
        """For a NaN key the low bit of tophash decides if there may be iterators, else a new hash."""
        if k < self.keys:
            return self.hash[k] & newbit != 0
        if self.iterator:
            return top == Top.LIVE_ODD
        return choose(Bool)

    def next_top(self, k: Hmap.Held, top: Top):
        """A NaN key gets a new tophash if its low bit has just been used."""
        if k >= self.keys and self.iterator and not self.sameSize:
            return Top.LIVE_ODD if choose(Bool) else Top.LIVE
        return top

    def draws_late(self):
        """Before #59411 live cells outlast clear, and the seed of an empty map decides whether they are yielded."""
        return super().draws_late() and self.version != Version.DEV_1_21

    def keys_are_named(self):
        return super().keys_are_named() or self.ranging()
