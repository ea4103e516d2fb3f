"""Decide, by induction, that Go's classic map loses no key and ends each growth in time, for every hash function.

The model is ClassicMap with its operations cut into stretches: before the old bucket that the operation needs is
evacuated, before the next one is, before the array grows, and before the entry is stored or removed. What happens in a
stretch is what hmap.py says. One goroutine writes, so nothing comes between the stretches, and between operations
(`at` is IDLE) the map is in the states of ClassicMap; but a step has one bucket to move instead of many, which keeps
the formula of an induction step small.

The arguments of most steps only name what the step will find: the bucket, B, the kind of growth. They choose nothing,
and make cases of which each is easy to prove. Seeds are drawn from all functions, without numbering keys by their hash.
Not decided here: that an operation ends (a growth could start again and again). In ClassicMap one that does not end is
a failure, and exhaustive runs find none.
"""

from enum import Enum

from checker.lang import Bool, Range, Var, action, final, lemma, require
from spec.go_map.arithmetic import Top
from spec.go_map.classic import ClassicMap
from spec.go_map.hmap import Hmap


class At(Enum):
    """Where the operation stands."""

    IDLE = "idle"  # no operation
    OWN = "own"  # the old bucket of its key is to be evacuated
    NEXT = "next"  # the old bucket at nevacuate is to be evacuated
    GROW = "grow"  # the array is to grow
    LAST = "last"  # the entry is to be stored or removed


class SteppedMap(ClassicMap):
    """The classic map, an operation in several steps, with the lemmas of its proof."""

    keys = 3
    hashBits = 3
    loadNum = 1
    loadDen = 2

    Size = Range(0, Hmap.maxB)

    at = Var(At)
    key = Var(Hmap.Key)  # of the operation; 0 between operations
    value = Var(Hmap.Value)
    deleting = Var(Bool)

    def keys_are_named(self):
        """Every seed is possible, whatever the order of the keys."""
        return True

    # Operations.

    def assign(self, k: Hmap.Key, v: Hmap.Value):
        """m[k] = v begins."""
        require(self.at == At.IDLE)
        self.begin()
        if self.count == 0 and self.draws_late():
            self.draw_seed()
        if len(self.buckets[0]) == 0:
            self.buckets[0].append(self.empty_bucket())
        self.key = k
        self.value = v
        self.at = At.OWN if self.growing() else At.LAST

    def delete(self, k: Hmap.Key):
        """delete(m, k) begins; on an empty map it ends at once."""
        require(self.at == At.IDLE)
        self.begin()
        if self.count == 0:
            self.contents[k] = None
            return
        self.key = k
        self.deleting = True
        self.at = At.OWN if self.growing() else At.LAST

    def clear(self):
        require(self.at == At.IDLE)
        super().clear()

    @action
    def evacuate_own(self, o: Hmap.Index, b: Size, same: Bool):
        """The first half of growWork."""
        require(self.at == At.OWN)
        self.find(b, same)
        require(self.hash[self.key] & (self.noldbuckets() - 1) == o)
        self.count_operation()
        self.evacuate(o)
        self.at = At.NEXT if self.growing() else At.LAST

    @action
    def evacuate_next(self, o: Hmap.Index, b: Size, same: Bool):
        """The second half of growWork."""
        require(self.at == At.NEXT and self.nevacuate == o)
        self.find(b, same)
        assert o < self.noldbuckets(), "nevacuate is beyond the old array"
        self.nevacuate = o
        self.evacuate(o)
        self.at = At.LAST

    @action
    def grow(self, b: Size):
        """hashGrow, and again."""
        require(self.at == At.GROW and b == self.B)
        self.B = b
        self.hashGrow()
        self.at = At.OWN

    @action
    def store(self, k: Hmap.Key, bucket: Hmap.Index):
        """mapassign, after growWork."""
        require(self.at == At.LAST and not self.deleting and self.key == k)
        require(self.hash[k] & self.bucketMask(self.B) == bucket)
        if not self.overwrite(bucket, k, self.value):
            if self.must_grow():
                self.at = At.GROW
                return
            self.insert(bucket, Top.LIVE, k, self.value)
            self.count += 1
        self.contents[k] = self.value
        self.end()

    @action
    def drop(self, k: Hmap.Key, bucket: Hmap.Index):
        """mapdelete, after growWork."""
        require(self.at == At.LAST and self.deleting and self.key == k)
        require(self.hash[k] & self.bucketMask(self.B) == bucket)
        self.remove(bucket, k)
        self.contents[k] = None
        self.end()

    def find(self, b: Size, same: Bool):
        """The step finds B and the kind of growth like this."""
        require(b == self.B and self.sameSize == same)
        self.B = b
        self.sameSize = same

    def end(self):
        """The operation is over, and forgets what it was about."""
        self.at = At.IDLE
        self.key = 0
        self.value = 0
        self.deleting = False

    @final
    def at_the_greatest_size(self):
        """A growth beyond the greatest B is not offered: the operation stops in the middle."""
        return self.at == At.GROW and self.maxB == self.B

    # What holds between steps, where ClassicMap only says what holds between operations.

    def moved(self, i: Hmap.Index):
        """Whether there is an old bucket `i`, evacuated."""
        return len(self.oldbuckets[i]) > 0 and self.evacuated(self.oldbuckets[i][0])

    def growing_mark_in_range(self):
        return self.at not in (At.IDLE, At.LAST) or super().growing_mark_in_range()

    def evacuation_is_bounded(self):
        return self.at != At.IDLE or super().evacuation_is_bounded()

    # Lemmas.

    @lemma
    def arrays_have_their_length(self):
        """Either array has no chains, or as many as its size says, one after the other."""
        return all(
            (len(self.buckets[i]) > 0) == (i < 1 << self.B and len(self.buckets[0]) > 0)
            and (len(self.oldbuckets[i]) > 0) == (i < self.noldbuckets() and self.growing())
            for i in self.Index
        )

    @lemma
    def no_array_no_entry(self):
        """A map without an array is new and empty."""
        return len(self.buckets[0]) > 0 or (
            self.count == 0 and self.B == 0 and not self.growing() and self.at == At.IDLE
        )

    @lemma
    def growth_leaves_nothing(self):
        """Without old buckets there is no mark, no flag and no work; a growth that doubles has made B at least 1."""
        if self.growing():
            return self.sameSize or self.B > 0
        return self.nevacuate == 0 and not self.sameSize and self.work == 0

    @lemma
    def live_code(self):
        """LIVE_ODD is for keys that equal nothing."""
        return all(
            b.tophash[c] != Top.LIVE_ODD
            for i in self.Index
            for chain in (self.buckets[i], self.oldbuckets[i])
            for b in chain
            for c in self.Cell
        )

    @lemma
    def old_empty_rest_is_a_suffix(self):
        """After a cell of an old chain that says emptyRest, every cell does."""
        return all(
            self.is_suffix(chain[n].tophash, n + 1 < len(chain) and chain[n + 1].tophash[0] != Top.EMPTY_REST)
            for chain in self.oldbuckets
            for n in range(len(chain))
        )

    @lemma
    def mark_stands_at_the_first_left(self):
        """All old buckets below nevacuate are evacuated, and that at nevacuate is not."""
        return not self.growing() or (
            self.nevacuate < self.noldbuckets()
            and not self.moved(self.nevacuate)
            and all(self.moved(i) for i in self.Index if i < self.nevacuate)
        )

    @lemma
    def own_bucket_is_moved_first(self):
        """Before an operation looks for its key, the old bucket of the key is evacuated."""
        return (
            not self.growing()
            or self.at not in (At.NEXT, At.LAST)
            or self.moved(self.hash[self.key] & (self.noldbuckets() - 1))
        )

    @lemma
    def steps_fit_the_growth(self):
        """Buckets are evacuated while the map grows, and a growth starts while it does not."""
        if self.at in (At.OWN, At.NEXT):
            return self.growing()
        return self.at != At.GROW or (not self.growing() and not self.deleting)

    @lemma
    def work_is_progress(self):
        """Each operation of a growth evacuates one bucket or two, the first one two."""
        done = sum(1 for i in self.Index if self.moved(i))
        if not self.growing():
            return True
        if self.at == At.NEXT:
            return self.work <= done and done < 2 * self.work
        return (self.work < done and done <= 2 * self.work) or (self.at == At.OWN and self.work == 0 and done == 0)

    @lemma
    def last_growth_was_in_time(self):
        """What the operation that ends a growth says of it, is said until the next one begins."""
        return self.took <= max(1, self.grown - 1) and 2 * self.took >= self.grown

    @lemma
    def destinations_are_fresh(self):
        """The new buckets of an old one that is not evacuated are empty: evacuation starts at their first cells."""
        return not self.growing() or all(
            self.moved(i & (self.noldbuckets() - 1))
            or all(b.tophash[c] == Top.EMPTY_REST for b in self.buckets[i] for c in self.Cell)
            for i in self.Index
        )
