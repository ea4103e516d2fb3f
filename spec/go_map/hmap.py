"""The functions of runtime/map.go (Go 1.23) that make, read, change, clear and grow a map, without iteration.

Decides nothing: the operations that use them, and what must be so, are in classic.py. The methods have the runtime's
names and its shape, so that the two can be laid side by side. What is smaller than in Go, and why nothing is lost:

- The cells of a bucket, the load factor and the greatest B are parameters; the arithmetic of the triggers is Go's. With
  8 cells and a load of 13/2 it is Go's altogether. At the greatest B a growth that would double is not offered
  (`require`): the states up to there are those of a larger map that has not grown further yet.
- A chain is a sequence: a bucket, then its overflow buckets. Nobody can see an overflow bucket's address. An array
  without a bucket 0 is nil. How many overflow buckets were allocated with the array (`preallocB`) is counted only:
  rounding up to a size class can add some more.
- A seed is a hash function, and every function from keys to hashes is possible. Go draws a seed when a map is made and
  when it becomes empty; here it is drawn when the first entry comes, and `hash` is 0 before: in an empty map every
  look-up and deletion ends before it hashes. If nothing names a key when the seed is drawn, renaming the keys changes
  nothing else, so they are numbered in order of their hash; otherwise every function is tried.
- `tophash` of a live cell is one code. Equal keys have equal top bytes, so comparing the keys decides as before.
- A free cell holds key 0 and value 0, and `nevacuate` is 0 between growths: nobody reads them.
- With pointers, `evacuate` clears the old bucket behind its tophashes; without, keys, values and overflow buckets stay.
"""

from checker.lang import Array, Bool, Param, Range, Record, Seq, Var, choose, require
from spec.go_map.arithmetic import Top, buckets_before, is_evacuated, isEmpty, over_load, too_many
from spec.go_map.map_picture import MapPicture


class Hmap(MapPicture):
    """The map of the runtime: its fields and its functions."""

    keys = Param(5, Range(1, 1024))
    nans = Param(0, Range(0, 0))  # entries whose key equals nothing; iterators.py has them
    values = Param(1, Range(1, 4))
    hashBits = Param(2, Range(0, 10))
    cells = Param(1, Range(1, 8))  # Go: 8
    loadNum = Param(1, Range(1, 64))  # Go: 13; entries per bucket that start a growth, as a fraction loadNum / loadDen
    loadDen = Param(1, Range(1, 64))  # Go: 2
    maxB = Param(3, Range(0, 8))
    skips = Param(1024, Range(1, 1024))  # how far advanceEvacuationMark goes ahead at once
    hint = Param(0, Range(0, 64))  # make(map[K]V, hint)
    preallocB = Param(4, Range(0, 64))  # Go: 4; from this B on, arrays come with 2**(B - preallocB) overflow buckets
    pointers = Param(True)  # whether buckets hold pointers
    reseed = Param(True)  # a map that becomes empty draws a new seed; False: Go before #25237

    Key = Range(keys)
    Held = Range(keys + nans)  # what a cell can hold
    Value = Range(values)
    Hash = Range(2**hashBits)
    Cell = Range(cells)
    Index = Range(2**maxB)  # of a bucket in an array
    Buckets = Range(0, 2**maxB)  # how many buckets
    Link = Range((keys + nans + cells - 1) // cells)  # of a bucket in a chain, 0 the first
    Bucket = Record(tophash=Array(Cell, Top), key=Array(Cell, Held), elem=Array(Cell, Value))
    Chain = Seq(Bucket, (keys + nans + cells - 1) // cells)

    # The fields of hmap. hash stands for the seed, spare for extra.nextOverflow.
    count = Var(Range(0, keys + nans))
    sameSize = Var(Bool)  # the flag sameSizeGrow
    B = Var(Range(0, maxB))
    noverflow = Var(Range(0, (keys + nans) * 2**maxB))
    hash = Var(Array(Key, Hash))
    buckets = Var(Array(Index, Chain))
    oldbuckets = Var(Array(Index, Chain))
    nevacuate = Var(Buckets)
    spare = Var(Range(0, 2**maxB // 2**preallocB))

    # Small things.

    def evacuated(self, b: Bucket):
        """runtime/map.go evacuated: looks at the first tophash of the chain's first bucket only."""
        return is_evacuated(b.tophash[0])

    def growing(self):
        """runtime/map.go growing: oldbuckets is not nil."""
        return len(self.oldbuckets[0]) > 0

    def bucketMask(self, b: Range(0, maxB)):
        """runtime/map.go bucketMask."""
        return (1 << b) - 1

    def noldbuckets(self):
        """runtime/map.go noldbuckets: the number of buckets before this growth."""
        return buckets_before(self.B, self.sameSize)

    def overLoadFactor(self, count: Range(0, keys + nans + 64), b: Range(0, maxB)):
        """runtime/map.go overLoadFactor, with this model's sizes."""
        return over_load(count, b, self.cells, self.loadNum, self.loadDen)

    def tooManyOverflowBuckets(self):
        """runtime/map.go tooManyOverflowBuckets."""
        return too_many(self.noverflow, self.B)

    def empty_bucket(self):
        """A zeroed bucket."""
        return self.Bucket(
            tophash=[Top.EMPTY_REST for _ in self.Cell],
            key=[0 for _ in self.Cell],
            elem=[0 for _ in self.Cell],
        )

    def is_live(self, top: Top):
        """Whether an entry stands in the cell: a tophash from minTopHash on."""
        return top in (Top.LIVE, Top.LIVE_ODD)

    def draw_seed(self):
        """A new hash0: any hash function, in order of the keys if none is named."""
        for k in self.Key:
            self.hash[k] = choose(self.Hash)
            require(k == 0 or self.keys_are_named() or self.hash[k - 1] <= self.hash[k])

    def keys_are_named(self):
        """Whether an empty map still names a key: in evacuated cells that nobody cleared."""
        return self.growing() and not self.pointers

    def become_empty(self):
        """mapdelete and mapclear, when nothing is left: a new seed."""
        if self.draws_late():
            for k in self.Key:
                self.hash[k] = 0
        elif self.reseed:
            self.draw_seed()

    def draws_late(self):
        """Whether the seed of an empty map is drawn only when the first entry comes: nobody can see it before."""
        return self.reseed

    # Making.

    def makemap(self):
        """runtime/map.go makemap and makemap_small: an array only if the hint asks for more than one bucket."""
        if not self.draws_late():
            self.draw_seed()
        while self.overLoadFactor(self.hint, self.B):
            self.B += 1
        if self.B > 0:
            self.makeBucketArray()

    def makeBucketArray(self):
        """runtime/map.go makeBucketArray: zeroed buckets, and spare overflow buckets behind them if there are many.

        hashGrow keeps the old array's spares where the new one has none. That never happens: B does not fall.
        """
        for i in self.Index:
            self.buckets[i] = ()
            if i < 1 << self.B:
                self.buckets[i].append(self.empty_bucket())
        self.spare = self.preallocated()

    def preallocated(self):
        """How many spare buckets runtime/map.go makeBucketArray makes, before it rounds up to a size class."""
        return 1 << (self.B - self.preallocB) if self.preallocB <= self.B else 0

    # Look-up.

    def mapaccess(self, k: Key):
        """runtime/map.go mapaccess2: the value of `k`, or None."""
        if self.count == 0:
            return None
        hash = self.hash[k]
        if self.growing():
            old = self.oldbuckets[hash & (self.noldbuckets() - 1)]
            if not self.evacuated(old[0]):
                return self.look_in(old, k)
        return self.look_in(self.buckets[hash & self.bucketMask(self.B)], k)

    def look_in(self, chain: Chain, k: Key):
        """The loop of runtime/map.go mapaccess2."""
        for b in chain:
            for i in self.Cell:
                if b.tophash[i] == Top.EMPTY_REST:
                    return None
                if b.tophash[i] == Top.LIVE and b.key[i] == k:
                    return b.elem[i]
        return None

    # Assignment and deletion.

    def mapassign(self, k: Held, hash: Hash, top: Top, v: Value):
        """runtime/map.go mapassign, with the caller's store of the value."""
        if len(self.buckets[0]) == 0:
            self.buckets[0].append(self.empty_bucket())
        while True:  # again
            bucket = hash & self.bucketMask(self.B)
            if self.growing():
                self.growWork(bucket)
            if self.overwrite(bucket, k, v):
                return
            if not self.must_grow():
                break
            self.hashGrow()
        self.insert(bucket, top, k, v)
        self.count += 1

    def must_grow(self):
        """runtime/map.go mapassign: whether one more entry starts a growth."""
        return not self.growing() and (self.overLoadFactor(self.count + 1, self.B) or self.tooManyOverflowBuckets())

    def overwrite(self, bucket: Index, k: Held, v: Value):
        """runtime/map.go mapassign, from bucketloop on: store in the cell of `k`, if it has one, and say so."""
        for link in range(len(self.buckets[bucket])):
            for i in self.Cell:
                top = self.buckets[bucket][link].tophash[i]
                if top == Top.EMPTY_REST:
                    return False
                if top == Top.LIVE and self.buckets[bucket][link].key[i] == k:
                    self.buckets[bucket][link].elem[i] = v
                    return True
        return False

    def insert(self, bucket: Index, top: Top, k: Held, v: Value):
        """runtime/map.go mapassign, from inserti on: the first free cell, in a new overflow bucket if all are full."""
        for link in range(len(self.buckets[bucket])):
            for i in self.Cell:
                if isEmpty(self.buckets[bucket][link].tophash[i]):
                    self.fill(bucket, link, i, top, k, v)
                    return
        self.newoverflow(bucket)
        self.fill(bucket, len(self.buckets[bucket]) - 1, 0, top, k, v)

    def fill(self, bucket: Index, link: Link, i: Cell, top: Top, k: Held, v: Value):
        """Put an entry into a free cell of the new array."""
        self.buckets[bucket][link].tophash[i] = top
        self.buckets[bucket][link].key[i] = k
        self.buckets[bucket][link].elem[i] = v

    def newoverflow(self, bucket: Index):
        """runtime/map.go newoverflow, and incrnoverflow, whose count is exact for B < 16."""
        if self.spare > 0:
            self.spare -= 1
        self.buckets[bucket].append(self.empty_bucket())
        self.noverflow += 1

    def mapdelete(self, k: Key):
        """runtime/map.go mapdelete: an empty map does no growth work; deleting an absent key does."""
        if self.count == 0:
            return
        bucket = self.hash[k] & self.bucketMask(self.B)
        if self.growing():
            self.growWork(bucket)
        self.remove(bucket, k)

    def remove(self, bucket: Index, k: Key):
        """runtime/map.go mapdelete, from search on."""
        for link in range(len(self.buckets[bucket])):
            for i in self.Cell:
                top = self.buckets[bucket][link].tophash[i]
                if top == Top.EMPTY_REST:
                    return
                if top == Top.LIVE and self.buckets[bucket][link].key[i] == k:
                    self.buckets[bucket][link].tophash[i] = Top.EMPTY_ONE
                    self.buckets[bucket][link].key[i] = 0
                    self.buckets[bucket][link].elem[i] = 0
                    self.empty_rest_fix_up(bucket, link, i)
                    self.count -= 1
                    if self.count == 0:
                        self.become_empty()
                    return

    def empty_rest_fix_up(self, bucket: Index, link: Link, i: Cell):
        """runtime/map.go mapdelete, down to notLast: a tail of emptyOne becomes emptyRest, walking backwards."""
        if not self.rest_is_empty(bucket, link, i):
            return
        for _ in range((link + 1) * self.cells):  # a bound that proofs need: no cell is met twice
            if self.buckets[bucket][link].tophash[i] != Top.EMPTY_ONE:
                break
            self.buckets[bucket][link].tophash[i] = Top.EMPTY_REST
            if i > 0:
                i -= 1
            elif link > 0:
                link -= 1
                i = self.cells - 1

    def rest_is_empty(self, bucket: Index, link: Link, i: Cell):
        """Whether the cell after this one is emptyRest, or there is none."""
        if i < self.cells - 1:
            return self.buckets[bucket][link].tophash[i + 1] == Top.EMPTY_REST
        if link == len(self.buckets[bucket]) - 1:
            return True
        return self.buckets[bucket][link + 1].tophash[0] == Top.EMPTY_REST

    def mapclear(self):
        """runtime/map.go mapclear: does nothing to an empty map, not even to a growing one. The array stays, zeroed."""
        if self.count == 0:
            return
        self.drop_old()
        self.sameSize = False
        self.nevacuate = 0
        self.noverflow = 0
        self.count = 0
        self.makeBucketArray()
        self.become_empty()

    def drop_old(self):
        """oldbuckets becomes nil."""
        for i in self.Index:
            self.oldbuckets[i] = ()

    # Growth.

    def hashGrow(self):
        """runtime/map.go hashGrow: a new array, twice as large or just as large; no entry moves yet."""
        assert not self.growing(), "a growth starts while another goes on"
        bigger = 1
        if not self.overLoadFactor(self.count + 1, self.B):
            bigger = 0
            self.sameSize = True
        require(self.B + bigger <= self.maxB)
        self.B += bigger
        self.oldbuckets = self.buckets
        self.makeBucketArray()
        self.nevacuate = 0
        self.noverflow = 0

    def growWork(self, bucket: Index):
        """runtime/map.go growWork: evacuate the old bucket about to be used, and one more."""
        self.evacuate(bucket & (self.noldbuckets() - 1))
        if self.growing():
            self.evacuate(self.nevacuate)

    def evacuate(self, oldbucket: Index):
        """runtime/map.go evacuate: move a chain's entries, in order, to one or two chains of the new array."""
        newbit = self.noldbuckets()
        if not self.evacuated(self.oldbuckets[oldbucket][0]):
            for link in range(len(self.oldbuckets[oldbucket])):
                for i in self.Cell:
                    self.evacuate_cell(oldbucket, link, i, newbit)
            if self.clears_old():
                self.clear_old(oldbucket)
        if oldbucket == self.nevacuate:
            self.advanceEvacuationMark(newbit)

    def evacuate_cell(self, oldbucket: Index, link: Link, i: Cell, newbit: Buckets):
        """The inner loop of runtime/map.go evacuate. The destination's next free cell is that of evacDst."""
        top = self.oldbuckets[oldbucket][link].tophash[i]
        if isEmpty(top):
            self.oldbuckets[oldbucket][link].tophash[i] = Top.EVACUATED_EMPTY
            return
        assert self.is_live(top), "bad map state"
        k = self.oldbuckets[oldbucket][link].key[i]
        useY = not self.sameSize and self.goes_up(k, top, newbit)
        self.oldbuckets[oldbucket][link].tophash[i] = Top.EVACUATED_Y if useY else Top.EVACUATED_X
        bucket = oldbucket + newbit if useY else oldbucket
        self.insert(bucket, self.next_top(k, top), k, self.oldbuckets[oldbucket][link].elem[i])

    def goes_up(self, k: Held, _top: Top, newbit: Buckets):
        """runtime/map.go evacuate, useY: whether an entry goes to the upper half of the new array."""
        return self.hash[k] & newbit != 0

    def next_top(self, _k: Held, top: Top):
        """The tophash of the entry in its new cell: the same one."""
        return top

    def clears_old(self):
        """Whether evacuate clears the old bucket: if it holds pointers, and no iterator may stand on it."""
        return self.pointers

    def clear_old(self, oldbucket: Index):
        """runtime/map.go evacuate, memclrHasPointers: unlink overflow buckets, clear keys and values, keep tophash."""
        tophash = self.oldbuckets[oldbucket][0].tophash
        self.oldbuckets[oldbucket] = ()
        self.oldbuckets[oldbucket].append(self.empty_bucket())
        self.oldbuckets[oldbucket][0].tophash = tophash

    def bucketEvacuated(self, bucket: Index):
        """runtime/map.go bucketEvacuated."""
        return self.evacuated(self.oldbuckets[bucket][0])

    def advanceEvacuationMark(self, newbit: Buckets):
        """runtime/map.go advanceEvacuationMark: skip what is evacuated already; at the end drop the old array."""
        self.nevacuate += 1
        stop = min(self.nevacuate + self.skips, newbit)
        for _ in self.Index:  # likewise
            if self.nevacuate == stop or not self.bucketEvacuated(self.nevacuate):
                break
            self.nevacuate += 1
        if self.nevacuate == newbit:
            self.drop_old()
            self.sameSize = False
            self.nevacuate = 0
