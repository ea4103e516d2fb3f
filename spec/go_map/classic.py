"""Decide whether Go's classic map (Go 1.23) keeps its entries through growth. Iteration, clear and NaN are not here.

The methods are those of runtime/map.go, under the runtime's names and in its shape, so that the two can be laid side by
side. One map operation is one step: only one goroutine may write, and readers must not run meanwhile. Reading changes
nothing, so look-ups are not steps; `lookup_agrees` looks every key up in every state.

What is smaller than in Go, and why nothing is lost by it:

- The cells of a bucket, the load factor and the greatest B are parameters; the arithmetic of the triggers is Go's. With
  8 cells and a load of 13/2 it is Go's altogether. At the greatest B a growth that would double is not offered
  (`require`): the states up to there are those of a larger map that has not grown further yet.
- A chain is a sequence: a bucket, then its overflow buckets. Nobody can see an overflow bucket's address. An array
  without a bucket 0 is nil.
- Every function from keys to hashes is possible, up to the names of the keys: they are numbered in order of their hash.
- `tophash` of a live cell is one code. Equal keys have equal top bytes, so comparing the keys decides as before.
- Buckets hold pointers, and no iterator exists: evacuation clears the old bucket behind its tophashes, as `evacuate`
  does in that case. A free cell holds key 0 and value 0, and `nevacuate` is 0 between growths: nobody reads them.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Param,
    Range,
    Record,
    Seq,
    Var,
    action,
    always,
    choose,
    require,
    sometimes,
)


class Top(Enum):
    """What a cell's tophash says, runtime/map.go."""

    EMPTY_REST = 0  # empty, and so is every later cell of the chain
    EMPTY_ONE = 1  # empty
    EVACUATED_X = 2  # the entry has moved to the same index of the new array
    EVACUATED_Y = 3  # the entry has moved to the upper half of the new array
    EVACUATED_EMPTY = 4  # was empty when its bucket was evacuated
    LIVE = 5  # Go: 5 .. 255, the top byte of the hash


class ClassicMap(Model):
    """A map with one writer, step by step: assign and delete, growing and evacuating as they go."""

    keys = Param(6, Range(1, 16))
    values = Param(1, Range(1, 4))
    hashBits = Param(2, Range(0, 6))
    cells = Param(1, Range(1, 8))  # Go: 8
    loadNum = Param(1, Range(1, 64))  # Go: 13; entries per bucket that start a growth, as a fraction loadNum / loadDen
    loadDen = Param(1, Range(1, 64))  # Go: 2
    maxB = Param(3, Range(0, 4))
    skips = Param(1024, Range(1, 1024))  # how far advanceEvacuationMark goes ahead at once

    Key = Range(keys)
    Value = Range(values)
    Hash = Range(2**hashBits)
    Cell = Range(cells)
    Index = Range(2**maxB)  # of a bucket in an array
    Buckets = Range(0, 2**maxB)  # how many buckets
    Link = Range((keys + cells - 1) // cells)  # of a bucket in a chain, 0 the first
    Bucket = Record(tophash=Array(Cell, Top), key=Array(Cell, Key), elem=Array(Cell, Value))
    Chain = Seq(Bucket, (keys + cells - 1) // cells)

    # The fields of hmap. hash stands for the seed.
    count = Var(Range(0, keys))
    sameSize = Var(Bool)  # the flag sameSizeGrow
    B = Var(Range(0, maxB))
    noverflow = Var(Range(0, keys * 2**maxB))
    hash = Var(Array(Key, Hash))
    buckets = Var(Array(Index, Chain))
    oldbuckets = Var(Array(Index, Chain))
    nevacuate = Var(Buckets)

    # What the properties need: the map as its user sees it, and how many operations a growth takes.
    contents = Var(Array(Key, Opt(Value)))
    work = Var(Buckets)  # evacuating operations so far, while growing
    grown = Var(Buckets)  # the number of old buckets, if the last operation ended a growth; else 0
    took = Var(Buckets)  # the evacuating operations of that growth

    def init(self):
        """makemap_small: no bucket yet, some hash seed."""
        for k in self.Key:
            self.hash[k] = choose(self.Hash)
            require(k == 0 or self.hash[k - 1] <= self.hash[k])

    # Operations.

    @action
    def assign(self, k: Key, v: Value):
        """m[k] = v"""
        self.grown = 0
        self.took = 0
        self.mapassign(k, v)
        self.contents[k] = v

    @action
    def delete(self, k: Key):
        """delete(m, k)"""
        self.grown = 0
        self.took = 0
        self.mapdelete(k)
        self.contents[k] = None

    # Small things.

    def isEmpty(self, top: Top):
        """runtime/map.go isEmpty: a free cell."""
        return top in (Top.EMPTY_REST, Top.EMPTY_ONE)

    def evacuated(self, b: Bucket):
        """runtime/map.go evacuated: looks at the first tophash of the chain's first bucket only."""
        return b.tophash[0] in (Top.EVACUATED_X, Top.EVACUATED_Y, Top.EVACUATED_EMPTY)

    def growing(self):
        """runtime/map.go growing: oldbuckets is not nil."""
        return len(self.oldbuckets[0]) > 0

    def bucketMask(self, b: Range(0, maxB)):
        """runtime/map.go bucketMask."""
        return (1 << b) - 1

    def noldbuckets(self):
        """runtime/map.go noldbuckets: the number of buckets before this growth."""
        return 1 << (self.B if self.sameSize or self.B == 0 else self.B - 1)

    def overLoadFactor(self, count: Range(0, keys + 1), b: Range(0, maxB)):
        """runtime/map.go overLoadFactor, with its integer division: B = 0 is judged by the size of a bucket alone."""
        return count > self.cells and count > self.loadNum * ((1 << b) // self.loadDen)

    def tooManyOverflowBuckets(self):
        """runtime/map.go tooManyOverflowBuckets."""
        return self.noverflow >= 1 << min(self.B, 15)

    def emptyBucket(self):
        """A zeroed bucket."""
        return self.Bucket(
            tophash=[Top.EMPTY_REST for _ in self.Cell],
            key=[0 for _ in self.Cell],
            elem=[0 for _ in self.Cell],
        )

    # Look-up.

    def mapaccess(self, k: Key):
        """runtime/map.go mapaccess2: the value of `k`, or None."""
        if self.count == 0:
            return None
        hash = self.hash[k]
        if self.growing():
            old = self.oldbuckets[hash & (self.noldbuckets() - 1)]
            if not self.evacuated(old[0]):
                return self.lookIn(old, k)
        return self.lookIn(self.buckets[hash & self.bucketMask(self.B)], k)

    def lookIn(self, chain: Chain, k: Key):
        """The loop of runtime/map.go mapaccess2."""
        for b in chain:
            for i in self.Cell:
                if b.tophash[i] == Top.EMPTY_REST:
                    return None
                if b.tophash[i] == Top.LIVE and b.key[i] == k:
                    return b.elem[i]
        return None

    # Assignment and deletion.

    def mapassign(self, k: Key, v: Value):
        """runtime/map.go mapassign, with the caller's store of the value."""
        if len(self.buckets[0]) == 0:
            self.buckets[0].append(self.emptyBucket())
        while True:  # again
            bucket = self.hash[k] & self.bucketMask(self.B)
            if self.growing():
                self.growWork(bucket)
            if self.overwrite(bucket, k, v):
                return
            over = self.overLoadFactor(self.count + 1, self.B)
            if self.growing() or not (over or self.tooManyOverflowBuckets()):
                break
            self.hashGrow()
        self.insert(bucket, k, v)
        self.count += 1

    def overwrite(self, bucket: Index, k: Key, v: Value):
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

    def insert(self, bucket: Index, k: Key, v: Value):
        """runtime/map.go mapassign, from inserti on: the first free cell, in a new overflow bucket if all are full."""
        for link in range(len(self.buckets[bucket])):
            for i in self.Cell:
                if self.isEmpty(self.buckets[bucket][link].tophash[i]):
                    self.fill(bucket, link, i, k, v)
                    return
        self.newoverflow(bucket)
        self.fill(bucket, len(self.buckets[bucket]) - 1, 0, k, v)

    def fill(self, bucket: Index, link: Link, i: Cell, k: Key, v: Value):
        """Put an entry into a free cell of the new array."""
        self.buckets[bucket][link].tophash[i] = Top.LIVE
        self.buckets[bucket][link].key[i] = k
        self.buckets[bucket][link].elem[i] = v

    def newoverflow(self, bucket: Index):
        """runtime/map.go newoverflow, and incrnoverflow, whose count is exact for B < 16."""
        self.buckets[bucket].append(self.emptyBucket())
        self.noverflow += 1

    def mapdelete(self, k: Key):
        """runtime/map.go mapdelete: an empty map does no growth work; deleting an absent key does."""
        if self.count == 0:
            return
        bucket = self.hash[k] & self.bucketMask(self.B)
        if self.growing():
            self.growWork(bucket)
        for link in range(len(self.buckets[bucket])):
            for i in self.Cell:
                top = self.buckets[bucket][link].tophash[i]
                if top == Top.EMPTY_REST:
                    return
                if top == Top.LIVE and self.buckets[bucket][link].key[i] == k:
                    self.buckets[bucket][link].tophash[i] = Top.EMPTY_ONE
                    self.buckets[bucket][link].key[i] = 0
                    self.buckets[bucket][link].elem[i] = 0
                    self.emptyRestFixUp(bucket, link, i)
                    self.count -= 1
                    return

    def emptyRestFixUp(self, bucket: Index, link: Link, i: Cell):
        """runtime/map.go mapdelete, down to notLast: a tail of emptyOne becomes emptyRest, walking backwards."""
        if not self.restIsEmpty(bucket, link, i):
            return
        while self.buckets[bucket][link].tophash[i] == Top.EMPTY_ONE:
            self.buckets[bucket][link].tophash[i] = Top.EMPTY_REST
            if i > 0:
                i -= 1
            elif link > 0:
                link -= 1
                i = self.cells - 1

    def restIsEmpty(self, bucket: Index, link: Link, i: Cell):
        """Whether the cell after this one is emptyRest, or there is none."""
        if i < self.cells - 1:
            return self.buckets[bucket][link].tophash[i + 1] == Top.EMPTY_REST
        if link == len(self.buckets[bucket]) - 1:
            return True
        return self.buckets[bucket][link + 1].tophash[0] == Top.EMPTY_REST

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
        for i in self.Index:
            self.buckets[i] = ()
            if i < 1 << self.B:
                self.buckets[i].append(self.emptyBucket())
        self.nevacuate = 0
        self.noverflow = 0

    def growWork(self, bucket: Index):
        """runtime/map.go growWork: evacuate the old bucket about to be used, and one more."""
        self.work += 1
        self.evacuate(bucket & (self.noldbuckets() - 1))
        if self.growing():
            self.evacuate(self.nevacuate)

    def evacuate(self, oldbucket: Index):
        """runtime/map.go evacuate: move a chain's entries, in order, to one or two chains of the new array."""
        newbit = self.noldbuckets()
        if not self.evacuated(self.oldbuckets[oldbucket][0]):
            for link in range(len(self.oldbuckets[oldbucket])):
                for i in self.Cell:
                    self.evacuateCell(oldbucket, link, i, newbit)
            self.clearOld(oldbucket)
        if oldbucket == self.nevacuate:
            self.advanceEvacuationMark(newbit)

    def evacuateCell(self, oldbucket: Index, link: Link, i: Cell, newbit: Buckets):
        """The inner loop of runtime/map.go evacuate. The destination's next free cell is that of evacDst."""
        top = self.oldbuckets[oldbucket][link].tophash[i]
        if self.isEmpty(top):
            self.oldbuckets[oldbucket][link].tophash[i] = Top.EVACUATED_EMPTY
            return
        assert top == Top.LIVE, "bad map state"
        k = self.oldbuckets[oldbucket][link].key[i]
        useY = not self.sameSize and self.hash[k] & newbit != 0
        self.oldbuckets[oldbucket][link].tophash[i] = Top.EVACUATED_Y if useY else Top.EVACUATED_X
        self.insert(oldbucket + newbit if useY else oldbucket, k, self.oldbuckets[oldbucket][link].elem[i])

    def clearOld(self, oldbucket: Index):
        """runtime/map.go evacuate, memclrHasPointers: unlink overflow buckets, clear keys and values, keep tophash."""
        tophash = self.oldbuckets[oldbucket][0].tophash
        self.oldbuckets[oldbucket] = ()
        self.oldbuckets[oldbucket].append(self.emptyBucket())
        self.oldbuckets[oldbucket][0].tophash = tophash

    def bucketEvacuated(self, bucket: Index):
        """runtime/map.go bucketEvacuated."""
        return self.evacuated(self.oldbuckets[bucket][0])

    def advanceEvacuationMark(self, newbit: Buckets):
        """runtime/map.go advanceEvacuationMark: skip what is evacuated already; at the end drop the old array."""
        self.nevacuate += 1
        stop = min(self.nevacuate + self.skips, newbit)
        while self.nevacuate != stop and self.bucketEvacuated(self.nevacuate):
            self.nevacuate += 1
        if self.nevacuate == newbit:
            for i in self.Index:
                self.oldbuckets[i] = ()
            self.sameSize = False
            self.nevacuate = 0
            self.grown = newbit
            self.took = self.work
            self.work = 0

    # What must be so.

    @always
    def lookup_agrees(self):
        """Every look-up finds what the user stored last, and nothing that was deleted."""
        return all(self.mapaccess(k) == self.contents[k] for k in self.Key)

    @always
    def count_agrees(self):
        """len(m) is the number of keys in the map."""
        return self.count == sum(1 for k in self.Key if self.contents[k] is not None)

    def copies(self, chain: Chain, k: Key):
        """In how many live cells of a chain `k` stands."""
        return sum(1 for b in chain for c in self.Cell if b.tophash[c] == Top.LIVE and b.key[c] == k)

    @always
    def one_live_copy_per_key(self):
        """A key stands in one live cell if it is in the map, and in none otherwise."""
        return all(
            sum(self.copies(self.buckets[i], k) + self.copies(self.oldbuckets[i], k) for i in self.Index)
            == (0 if self.contents[k] is None else 1)
            for k in self.Key
        )

    @always
    def chains_evacuated_whole(self):
        """Between operations the cells of an old chain are all evacuated, or none is."""
        return all(
            all(self.isEmpty(b.tophash[c]) or b.tophash[c] == Top.LIVE for b in chain for c in self.Cell)
            or all(not self.isEmpty(b.tophash[c]) and b.tophash[c] != Top.LIVE for b in chain for c in self.Cell)
            for chain in self.oldbuckets
        )

    @always
    def new_array_has_no_evacuated_cells(self):
        """Only old buckets carry evacuation codes."""
        return all(
            self.isEmpty(b.tophash[c]) or b.tophash[c] == Top.LIVE
            for chain in self.buckets
            for b in chain
            for c in self.Cell
        )

    @always
    def growing_mark_in_range(self):
        """A growth that is seen between operations has evacuated bucket 0, not all, and all below nevacuate."""
        return not self.growing() or (
            1 <= self.nevacuate < self.noldbuckets()
            and all(self.bucketEvacuated(i) for i in self.Index if i < self.nevacuate)
        )

    @always
    def evacuation_is_bounded(self):
        """A growth from n buckets is over after at most max(1, n - 1) evacuating operations."""
        return (not self.growing() or self.work < max(1, self.noldbuckets() - 1)) and (
            self.took <= max(1, self.grown - 1) and 2 * self.took >= self.grown
        )

    @always
    def empty_rest_is_a_suffix(self):
        """After a cell that says emptyRest, every cell of the chain does."""
        return all(
            self.isSuffix(chain[n].tophash, n + 1 < len(chain) and chain[n + 1].tophash[0] != Top.EMPTY_REST)
            for chain in self.buckets
            for n in range(len(chain))
        )

    def isSuffix(self, tophash: Array(Cell, Top), more: Bool):
        """Whether nothing but emptyRest follows an emptyRest; `more` says whether the next bucket starts otherwise."""
        return all(
            tophash[c] != Top.EMPTY_REST or (not more if c == self.cells - 1 else tophash[c + 1] == Top.EMPTY_REST)
            for c in self.Cell
        )

    @always
    def noverflow_counts_the_links(self):
        """noverflow is the number of overflow buckets of the current array: deletion never lowers it."""
        return self.noverflow == sum(len(chain) - 1 for chain in self.buckets if len(chain) > 0)

    # What must be possible.

    @sometimes
    def growth_is_seen(self):
        """A growth can be half done between two operations."""
        return self.growing()

    @sometimes
    def old_array_is_read(self):
        """A key can be found in a bucket of the old array."""
        return any(len(chain) > 0 and chain[0].tophash[0] == Top.LIVE for chain in self.oldbuckets)

    @sometimes
    def same_size_growth_happens(self):
        """A growth to the same size can happen, because of overflow buckets in sparse use."""
        return self.grown == 1 << self.B

    @sometimes
    def overflow_in_use(self):
        """An overflow bucket can hold an entry."""
        return any(len(chain) > 1 and chain[1].tophash[0] == Top.LIVE for chain in self.buckets)

    @sometimes
    def slowest_growth_reached(self):
        """A growth from n >= 4 buckets can take n - 1 operations: the bound is exact."""
        return self.grown >= 4 and self.took == self.grown - 1

    @sometimes
    def fastest_growth_reached(self):
        """A growth from n >= 4 buckets can be over after ceil(n / 2) operations, and never before."""
        return self.grown >= 4 and self.took == (self.grown + 1) // 2

    @sometimes
    def emptied_while_growing(self):
        """A map can be empty and still keep its old array: deletion then does no more growth work."""
        return self.growing() and self.count == 0


class ReadsOnlyNewArray(ClassicMap):
    """Look-up forgets the old array: what is not evacuated yet is not found."""

    def mapaccess(self, k: ClassicMap.Key):
        return self.lookIn(self.buckets[self.hash[k] & self.bucketMask(self.B)], k)


class ArticleLookup(ClassicMap):
    """Section 4.1 of the article: `if !evacuated(b) { goto notFound }`, the test turned round."""

    def mapaccess(self, k: ClassicMap.Key):
        if self.growing() and not self.evacuated(self.oldbuckets[self.hash[k] & (self.noldbuckets() - 1)][0]):
            return None
        return self.lookIn(self.buckets[self.hash[k] & self.bucketMask(self.B)], k)


class ForgetsEvacuatedEmpty(ClassicMap):
    """`evacuated` knows evacuatedX and evacuatedY only: a bucket that begins with a free cell never counts as moved."""

    def evacuated(self, b: ClassicMap.Bucket):
        return b.tophash[0] in (Top.EVACUATED_X, Top.EVACUATED_Y)
