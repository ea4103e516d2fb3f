"""Decide whether a map loses a key while it grows, whatever the number of keys and buckets and whatever hash function.

The growth of `spec.go_map.classic`, told without numbers: keys, values, cells and old buckets are members that nothing
can tell apart, so that `evacheck verify --unbounded all` proves it for every number of each at once. A bucket is a set
of cells, of any size: that is its chain, without an order. An old bucket becomes two new ones, and a bit of the hash
says which. Numbers are left where Go has them: old buckets are numbered, and `nevacuate` counts up through them.

Beside Go 1.23, runtime/map.go:

    here                      there
    looked_at                 mapaccess1: the old bucket is looked into if it is not evacuated
    assign                    mapassign, which has evacuated the key's bucket first (growWork)
    delete                    mapdelete, likewise
    grow                      hashGrow
    evacuate                  evacuate; a step of its own here, for any bucket at any time
    advance, finish           advanceEvacuationMark
    settle                    no code: what was the new array is from now on called the old one

After a growth there may be another, with more buckets or fewer: `buckets` is how many names there are for them.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Param,
    Range,
    SetOf,
    Var,
    action,
    always,
    choose,
    lemma,
    require,
    sometimes,
)


class Phase(Enum):
    """Where the map is with its growth."""

    BEFORE = "before"
    GROWING = "growing"
    AFTER = "after"


class Place(Enum):
    """Where a cell lies: in no bucket, in an old one, or in one of the two that an old one becomes."""

    NOWHERE = "nowhere"
    OLD = "old"
    LOW = "low"
    HIGH = "high"


class GrowingMap(Model):
    """Does a map lose a key while it grows? With any number of keys, cells and buckets, and any hash function."""

    keys = Param(2, Range(1, 12))
    values = Param(2, Range(1, 12))
    cells = Param(2, Range(1, 12))
    buckets = Param(2, Range(1, 12))  # old ones
    numbers = Param(2, Range(1, 2**40))  # old buckets have numbers below this one
    same_size = Param(False)  # a growth that only tidies up: an old bucket becomes one new one

    Key = Range(keys, symmetric=True)
    Element = Range(values, symmetric=True)
    Cell = Range(cells, symmetric=True)
    Bucket = Range(buckets, symmetric=True)
    Number = Range(0, numbers)

    hash = Var(Array(Key, Opt(Bucket)))  # never None: the bits that say which old bucket
    bit = Var(Array(Key, Bool))  # the next bit: which of the two that it becomes
    number = Var(Array(Bucket, Number))
    noldbuckets = Var(Number)

    wanted = Var(Array(Key, Opt(Element)))  # what the map is to hold: nothing looks at it but properties
    place = Var(Array(Cell, Place))
    bucket = Var(Array(Cell, Opt(Bucket)))
    key = Var(Array(Cell, Opt(Key)))
    element = Var(Array(Cell, Opt(Element)))

    phase = Var(Phase)
    evacuated = Var(SetOf(Bucket))
    nevacuate = Var(Number)

    def init(self):
        """Nothing in the map."""
        self.hash_anew()

    def hash_anew(self):
        """Any function from keys to buckets, and any numbers for these; but nobody knows more of it than that."""
        self.hash = choose(Array(self.Key, Opt(self.Bucket)))
        require(all(self.hash[k] is not None for k in self.Key))
        self.bit = choose(Array(self.Key, Bool))
        self.number = choose(Array(self.Bucket, self.Number))
        self.noldbuckets = choose(self.Number)
        require(all(self.number[b] < self.noldbuckets for b in self.Bucket))

    # Where things are.

    def is_evacuated(self, b: Opt(Bucket)):
        """Whether the entries of an old bucket have moved."""
        return self.phase == Phase.AFTER or any(b == other for other in self.evacuated)

    def half(self, k: Opt(Key)):
        """Which of the two new buckets a key belongs to."""
        return (
            Place.HIGH
            if not self.same_size and any(k == other and self.bit[other] for other in self.Key)
            else Place.LOW
        )

    def looked_at(self, k: Key):
        """Where a lookup goes."""
        return self.half(k) if self.is_evacuated(self.hash[k]) else Place.OLD

    def written(self, k: Key):
        """Where an entry is changed or put: into the new array as soon as there is one."""
        return Place.OLD if self.phase == Phase.BEFORE else self.half(k)

    def cells_of(self, k: Key, place: Place):
        """The cells with this key, in that bucket of the key's."""
        return {c for c in self.Cell if self.place[c] == place and self.bucket[c] == self.hash[k] and self.key[c] == k}

    # What is done with the map.

    @action
    def assign(self, k: Key, e: Element):
        """Put an entry in, or change it. A growing map has evacuated the key's bucket before."""
        require(self.phase != Phase.GROWING or self.is_evacuated(self.hash[k]))
        there = self.cells_of(k, self.written(k))
        c = choose(there if there else {c for c in self.Cell if self.place[c] == Place.NOWHERE})
        self.place[c] = self.written(k)
        self.bucket[c] = self.hash[k]
        self.key[c] = k
        self.element[c] = e
        self.wanted[k] = e

    @action
    def delete(self, k: Key):
        """Take an entry out."""
        require(self.phase != Phase.GROWING or self.is_evacuated(self.hash[k]))
        c = choose(self.cells_of(k, self.written(k)))
        self.place[c] = Place.NOWHERE
        self.bucket[c] = None
        self.key[c] = None
        self.element[c] = None
        self.wanted[k] = None

    # Growth.

    @action
    def grow(self):
        require(self.phase == Phase.BEFORE)
        self.phase = Phase.GROWING

    @action
    def evacuate(self, b: Bucket):
        """Move the whole chain of an old bucket."""
        require(self.phase == Phase.GROWING and b not in self.evacuated)
        self.place = {
            c: self.moved_to(c) if self.place[c] == Place.OLD and self.bucket[c] == b else self.place[c]
            for c in self.Cell
        }
        self.evacuated.add(b)

    def moved_to(self, c: Cell):
        """Where an entry of an old bucket comes."""
        return self.half(self.key[c])

    @action
    def advance(self):
        """Go on by one bucket, which has been evacuated."""
        require(self.phase == Phase.GROWING and self.nevacuate < self.noldbuckets)
        require(all(b in self.evacuated for b in self.Bucket if self.number[b] == self.nevacuate))
        self.nevacuate += 1

    @action
    def finish(self):
        """The old array is let go."""
        require(self.phase == Phase.GROWING and self.nevacuate == self.noldbuckets)
        self.phase = Phase.AFTER

    @action
    def settle(self):
        """The new array is the old one of the next growth: other bits say where a key is, and buckets have other names.

        A cell stays in its bucket, so that it is where its key's hash says if it was; no more is asked of the names.
        """
        require(self.phase == Phase.AFTER)
        self.hash_anew()
        self.bucket = choose(Array(self.Cell, Opt(self.Bucket)))
        require(all(self.key[c] is not None or self.bucket[c] is None for c in self.Cell))
        require(all(self.key[c] != k or self.bucket[c] == self.hash[k] for c in self.Cell for k in self.Key))
        self.place = {c: Place.NOWHERE if self.place[c] == Place.NOWHERE else Place.OLD for c in self.Cell}
        self.evacuated = set()
        self.nevacuate = 0
        self.phase = Phase.BEFORE

    # What must be so, and what must be possible.

    @always
    def lookup_agrees(self):
        """Every key is found with the value that was assigned to it last, and no other is found."""
        return all(
            all(self.wanted[k] == self.element[c] for c in self.cells_of(k, self.looked_at(k)))
            and (self.wanted[k] is None) == (not self.cells_of(k, self.looked_at(k)))
            for k in self.Key
        )

    @sometimes
    def a_key_moves_to_the_second_half(self):
        """An entry can come into the second of the two buckets, or of the one, if the map keeps its size."""
        moved = Place.LOW if self.same_size else Place.HIGH
        return self.phase == Phase.AFTER and any(self.place[c] == moved for c in self.Cell)

    # Why.

    @lemma
    def every_key_has_a_hash(self, k: Key):
        return self.hash[k] is not None

    @lemma
    def entries_have_a_key(self, c: Cell):
        return (self.place[c] == Place.NOWHERE) == (self.key[c] is None)

    @lemma
    def entries_lie_where_their_hash_says(self, c: Cell, k: Key):
        return self.key[c] != k or (self.bucket[c] == self.hash[k] and self.place[c] == self.looked_at(k))

    @lemma
    def a_key_has_one_cell(self, c: Cell, d: Cell):
        return c == d or self.key[c] is None or self.key[c] != self.key[d]

    @lemma
    def nothing_is_evacuated_before_growth(self, b: Bucket):
        return self.phase != Phase.BEFORE or b not in self.evacuated

    @lemma
    def buckets_below_the_mark_are_evacuated(self, b: Bucket):
        return not self.number[b] < self.nevacuate or self.is_evacuated(b)

    @lemma
    def buckets_are_numbered(self, b: Bucket):
        return self.number[b] < self.noldbuckets
