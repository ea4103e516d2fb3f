"""Decide what the article says about growth, sentence by sentence, on the model of Go's real map (Go 1.23).

Each property here is a claim of the article, made as strong as its words and no stronger; docs/claims.md says which.
That some are violated is the answer. What is claimed of lookup needs nothing more than spec.go_map.classic; what
concerns numbers of entries is asked of spec.go_map.load.
"""

from enum import Enum

from checker.lang import Bool, Range, Var, always, sometimes
from spec.go_map.classic import ClassicMap
from spec.go_map.load import CELLS, Load


class Operation(Enum):
    """What the map's user did last."""

    NONE = "none"
    ASSIGN = "assign"
    DELETE = "delete"
    CLEAR = "clear"


class ClaimsAboutGrowth(ClassicMap):
    """Section 1 and section 2: what a growth does, who moves it on, and when it is over.

    The map begins with four buckets, and its third entry doubles them: the least in which a growth is seen half done.
    """

    keys = 3
    loadDen = 2
    hint = 2
    reseed = False

    operation = Var(Operation)
    evacuated_now = Var(Range(0, 4))  # how many old buckets it evacuated
    joined = Var(Bool)  # it began while the map grew
    twice = Var(Bool)  # it ended a growth and started the next
    dropped = Var(Bool)  # it dropped an old array that was not evacuated yet
    light = Var(Bool)  # it joined in and evacuated, although the map was not over its load

    # What the claims need to know of the last operation.

    def assign(self, k: ClassicMap.Key, v: ClassicMap.Value):
        self.forget(Operation.ASSIGN)
        super().assign(k, v)

    def delete(self, k: ClassicMap.Key):
        self.forget(Operation.DELETE)
        super().delete(k)

    def clear(self):
        self.forget(Operation.CLEAR)
        super().clear()

    def forget(self, operation: Operation):
        """A new operation begins."""
        self.operation = operation
        self.evacuated_now = 0
        self.joined = self.growing()
        self.twice = False
        self.dropped = False
        self.light = False

    def growWork(self, bucket: ClassicMap.Index):
        self.light = self.joined and not self.overLoadFactor(self.count + 1, self.B)
        super().growWork(bucket)

    def evacuate(self, oldbucket: ClassicMap.Index):
        if not self.evacuated(self.oldbuckets[oldbucket][0]):
            self.evacuated_now += 1
        super().evacuate(oldbucket)

    def hashGrow(self):
        self.twice = self.evacuated_now > 0
        super().hashGrow()

    def mapclear(self):
        self.dropped = self.growing()
        super().mapclear()
        self.dropped = self.dropped and not self.growing()

    # Section 1.

    @sometimes
    def stage_one_begins_at_zero(self):
        """ "Stage 1: oldbuckets != nil and nevacuated == 0"."""
        return self.growing() and self.nevacuate == 0

    @always
    def new_array_starts_empty(self):
        """ "Stage 1: the new buckets are not filled": not by the operation that starts the growth."""
        return not self.growing() or self.work > 1 or all(self.entries_in(i) == 0 for i in self.Index)

    def entries_in(self, i: ClassicMap.Index):
        """How many entries stand in a bucket of the new array and its overflow buckets."""
        return sum(1 for b in self.buckets[i] for c in self.Cell if self.is_live(b.tophash[c]))

    @always
    def stage_two_is_below_the_end(self):
        """ "Stage 2: nevacuated < noldbuckets", for as long as the map grows."""
        return not self.growing() or self.nevacuate < self.noldbuckets()

    @always
    def an_assignment_evacuates_one_bucket(self):
        """ "Each call of mapassign moves on by one bucket"."""
        moves_on = self.joined or self.evacuated_now > 0
        return not (moves_on and self.operation == Operation.ASSIGN) or self.evacuated_now == 1

    @always
    def at_most_two_buckets_a_growth(self):
        """Section 2.3, "lazy, and in batches": an operation evacuates two buckets of a growth at the most."""
        return self.evacuated_now <= 2 or self.twice

    @always
    def one_growth_at_a_time(self):
        """An operation moves one growth on. No: it can end a growth to the same size and start a doubling at once."""
        return not self.twice

    @always
    def only_assignments_move_on(self):
        """ "Every stage is controlled by mapassign and growWork": no other operation evacuates anything."""
        return self.evacuated_now == 0 or self.operation == Operation.ASSIGN

    @always
    def stage_three_condition_is_met(self):
        """ "Stage 3: nevacuated == noldbuckets", when the growth has ended; nevacuate then is what `grown` says.

        noldbuckets() follows the map's flags, and the flag of a growth to the same size is gone by then.
        """
        return self.grown == 0 or self.grown == self.noldbuckets()

    @always
    def old_array_goes_when_evacuated(self):
        """ "It becomes nil only when nevacuated has reached its limit"."""
        return not self.dropped

    # Section 2.

    @always
    def helps_only_over_the_load(self):
        """Section 2.4: "is the load over 6.5? and does the map grow already? then evacuate the current bucket"."""
        return not self.light


class GrowthAfterGrowth(ClaimsAboutGrowth):
    """Six keys, and a load at which growth to the same size comes first: one growth can follow on another at once."""

    keys = 6
    hashBits = 1
    loadDen = 1
    hint = 4

    new_array_starts_empty = None
    an_assignment_evacuates_one_bucket = None
    only_assignments_move_on = None
    old_array_goes_when_evacuated = None
    helps_only_over_the_load = None


class ClaimsAboutOverflow(ClaimsAboutGrowth):
    """Section 2.1: "or there are many overflow buckets, with a mean chain length above 8": above what a bucket holds.

    There are two buckets at the most, so that growth to the same size is near. Every growth is over in the operation
    that starts it.
    """

    keys = 3
    hashBits = 1
    cells = 2
    loadNum = 3
    maxB = 1
    hint = 0
    reseed = True

    short = Var(Bool)  # a growth to the same size began while the mean chain held no more than one bucket does

    def hashGrow(self):
        super().hashGrow()
        if self.sameSize and self.count <= self.cells << self.B:
            self.short = True

    @always
    def same_size_needs_long_chains(self):
        """A growth to the same size begins only if the chains hold more entries than a bucket does, in the mean."""
        return not self.short


class ClaimsAboutLoad(Load):
    """Chapter 1 and section 2.1: the numbers at which a map is said to grow."""

    @sometimes
    def more_than_64_start_a_growth(self):
        """Chapter 1: "insert more than 64 elements", to make the map grow."""
        return self.started and self.count == 65

    @always
    def grows_when_count_exceeds_6_5(self):
        """Section 2.1: a growth begins when `count > B * 6.5` with B = 2^b, and only then."""
        return self.started == (2 * self.count > 13 << self.before())

    @always
    def grows_while_load_allows(self):
        """Section 2.1, the same condition in other words: when "buckets * load factor >= count"."""
        return self.started == (13 << self.before() >= 2 * self.count)

    @always
    def load_factor_is_6_5(self):
        """Section 2.1: the load factor is 6.5, "unchanged since Go 1.19"; maps of more than one bucket."""
        return self.before() == 0 or not self.started or 2 * self.count > 13 << self.before()

    @sometimes
    def mean_chain_is_above_8(self):
        """Section 2.1: "a mean chain length above 8", as a state in which a map can be: it doubles long before."""
        return self.count > CELLS << self.B

    @sometimes
    def an_entry_starts_no_growth(self):
        """Section 2.1: "growth does not happen with every entry"."""
        return self.count > 0 and not self.started

    def before(self):
        """log2 of the number of buckets before the last entry came."""
        return self.B - 1 if self.started else self.B
