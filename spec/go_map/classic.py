"""Decide whether Go's classic map (Go 1.23) keeps its entries through growth. Iteration and NaN are in iterators.py.

The functions of the runtime are in hmap.py. One map operation is one step: only one goroutine may write, and readers
must not run meanwhile. Reading changes nothing, so look-ups are not steps: `lookup_agrees` looks every key up in every
state, by the same functions as the steps, and a property cannot change anything.
"""

from checker.lang import Array, Bool, Opt, Var, action, always, sometimes
from spec.go_map.arithmetic import Top
from spec.go_map.hmap import Hmap


class ClassicMap(Hmap):
    """A map with one writer, step by step: assign, delete and clear, growing and evacuating as they go."""

    # What the properties need: the map as its user sees it, and how many operations a growth takes.
    contents = Var(Array(Hmap.Held, Opt(Hmap.Value)))
    work = Var(Hmap.Buckets)  # evacuating operations so far, while growing
    grown = Var(Hmap.Buckets)  # the number of old buckets, if the last operation ended a growth; else 0
    took = Var(Hmap.Buckets)  # the evacuating operations of that growth

    def init(self):
        """make(map[K]V, hint)"""
        self.makemap()

    # Operations.

    @action
    def assign(self, k: Hmap.Key, v: Hmap.Value):
        """m[k] = v"""
        self.begin()
        if self.count == 0 and self.draws_late():
            self.draw_seed()
        self.mapassign(k, self.hash[k], Top.LIVE, v)
        self.contents[k] = v

    @action
    def delete(self, k: Hmap.Key):
        """delete(m, k)"""
        self.begin()
        self.mapdelete(k)
        self.contents[k] = None

    @action
    def clear(self):
        """clear(m), and the loop that deletes every key, which the compiler turns into it."""
        self.begin()
        self.mapclear()
        for k in self.Held:
            self.contents[k] = None

    # How long growths take.

    def begin(self):
        """At the start of an operation: forget the growth that the last one ended."""
        self.grown = 0
        self.took = 0

    def count_operation(self):
        """One more evacuating operation."""
        self.work += 1

    def count_growth(self, n: Hmap.Buckets):
        """A growth from `n` buckets is over; 0: given up by clear."""
        self.grown = n
        self.took = self.work if n > 0 else 0
        self.work = 0

    def growWork(self, bucket: Hmap.Index):
        self.count_operation()
        super().growWork(bucket)

    def advanceEvacuationMark(self, newbit: Hmap.Buckets):
        super().advanceEvacuationMark(newbit)
        if not self.growing():
            self.count_growth(newbit)

    def mapclear(self):
        super().mapclear()
        if not self.growing():
            self.count_growth(0)

    # What must be so.

    @always
    def lookup_agrees(self):
        """Every look-up finds what the user stored last, and nothing that was deleted."""
        return all(self.mapaccess(k) == self.contents[k] for k in self.Key)

    @always
    def count_agrees(self):
        """len(m) is the number of keys in the map."""
        return self.count == sum(1 for k in self.Held if self.contents[k] is not None)

    def copies(self, chain: Hmap.Chain, k: Hmap.Held):
        """In how many live cells of a chain `k` stands."""
        return sum(1 for b in chain for c in self.Cell if self.is_live(b.tophash[c]) and b.key[c] == k)

    @always
    def one_live_copy_per_key(self):
        """A key stands in one live cell if it is in the map, and in none otherwise."""
        return all(
            sum(self.copies(self.buckets[i], k) + self.copies(self.oldbuckets[i], k) for i in self.Index)
            == (0 if self.contents[k] is None else 1)
            for k in self.Held
        )

    @always
    def chains_evacuated_whole(self):
        """Between operations the cells of an old chain are all evacuated, or none is."""
        return all(
            all(not self.is_moved(b.tophash[c]) for b in chain for c in self.Cell)
            or all(self.is_moved(b.tophash[c]) for b in chain for c in self.Cell)
            for chain in self.oldbuckets
        )

    @always
    def new_array_has_no_evacuated_cells(self):
        """Only old buckets carry evacuation codes."""
        return all(not self.is_moved(b.tophash[c]) for chain in self.buckets for b in chain for c in self.Cell)

    def is_moved(self, top: Top):
        """Whether a cell carries an evacuation code."""
        return top in (Top.EVACUATED_X, Top.EVACUATED_Y, Top.EVACUATED_EMPTY)

    @always
    def entries_lie_where_their_hash_says(self):
        """A live entry stands in the bucket of its hash, in the new array and in the old one."""
        return all(
            self.lie_at(self.buckets[i], i, self.bucketMask(self.B))
            and self.lie_at(self.oldbuckets[i], i, self.noldbuckets() - 1)
            for i in self.Index
        )

    def lie_at(self, chain: Hmap.Chain, i: Hmap.Index, mask: Hmap.Index):
        """Whether the hashes of a chain's live keys lead to bucket `i`; a key that equals nothing has none."""
        return all(
            not self.is_live(b.tophash[c]) or b.key[c] not in self.Key or self.hash[b.key[c]] & mask == i
            for b in chain
            for c in self.Cell
        )

    @always
    def same_size_growth_keeps_the_index(self):
        """A growth to the same size moves no entry to another index."""
        return not self.sameSize or all(
            b.tophash[c] != Top.EVACUATED_Y for chain in self.oldbuckets for b in chain for c in self.Cell
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
            self.is_suffix(chain[n].tophash, n + 1 < len(chain) and chain[n + 1].tophash[0] != Top.EMPTY_REST)
            for chain in self.buckets
            for n in range(len(chain))
        )

    def is_suffix(self, tophash: Array(Hmap.Cell, Top), more: Bool):
        """Whether nothing but emptyRest follows an emptyRest; `more` says whether the next bucket starts otherwise."""
        return all(
            tophash[c] != Top.EMPTY_REST or (not more if c == self.cells - 1 else tophash[c + 1] == Top.EMPTY_REST)
            for c in self.Cell
        )

    @always
    def noverflow_counts_the_links(self):
        """noverflow is the number of overflow buckets of the current array: deletion never lowers it."""
        return self.noverflow == sum(len(chain) - 1 for chain in self.buckets if len(chain) > 0)

    @always
    def spares_are_used_first(self):
        """The spare overflow buckets of the current array are those that it came with, less the links made since."""
        return self.spare == (max(0, self.preallocated() - self.noverflow) if len(self.buckets[0]) > 0 else 0)

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
        """A map can be empty and keep its old array, for good while it stays so: delete and clear do nothing then."""
        return self.growing() and self.count == 0


class ReadsOnlyNewArray(ClassicMap):
    """Look-up forgets the old array: what is not evacuated yet is not found."""

    def mapaccess(self, k: Hmap.Key):
        return self.look_in(self.buckets[self.hash[k] & self.bucketMask(self.B)], k)


class ArticleLookup(ClassicMap):
    """Section 4.1 of the article: `if !evacuated(b) { goto notFound }`, the test turned round."""

    def mapaccess(self, k: Hmap.Key):
        if self.growing() and not self.evacuated(self.oldbuckets[self.hash[k] & (self.noldbuckets() - 1)][0]):
            return None
        return self.look_in(self.buckets[self.hash[k] & self.bucketMask(self.B)], k)


class ForgetsEvacuatedEmpty(ClassicMap):
    """`evacuated` knows evacuatedX and evacuatedY only: a bucket that begins with a free cell never counts as moved."""

    def evacuated(self, b: Hmap.Bucket):
        return b.tophash[0] in (Top.EVACUATED_X, Top.EVACUATED_Y)
