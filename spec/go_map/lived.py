"""Decide whether a growth of Go's classic map is ever over, and its old array ever freed (Go 1.23).

The map is that of classic.py; how many operations a growth takes is asked there. The collector is as coarse as this
question allows: what is unreachable when marking begins is freed when it ends, and what the map drops meanwhile is
marked by the barrier of `h.oldbuckets = nil` and waits for the next cycle (collected.py shows that it is so). There are
no loops and no pointers into the array, which would keep it (collected.py). One growth's array, any one, is watched.
"""

from enum import Enum

from checker.lang import Bool, Var, action, choose, leads_to, process, sometimes
from spec.go_map.classic import ClassicMap
from spec.go_map.hmap import Hmap


class Fate(Enum):
    """What has become of the array that is watched."""

    UNWATCHED = "unwatched"  # none is, so far
    OLD = "old"  # h.oldbuckets
    DROPPED = "dropped"  # h.oldbuckets is nil since
    GARBAGE = "garbage"  # dropped before marking began
    FREED = "freed"


class LivedMap(ClassicMap):
    """Somebody goes on assigning, and the collector runs; deletions and clear come as they like."""

    keys = 2
    hashBits = 1
    loadDen = 16
    maxB = 4
    reseed = False

    fate = Var(Fate)

    # How many operations a growth takes is not looked at.
    work = None
    grown = None
    took = None
    evacuation_is_bounded = None
    same_size_growth_happens = None
    slowest_growth_reached = None
    fastest_growth_reached = None
    overflow_in_use = None
    old_array_is_read = None

    def begin(self):
        pass

    def count_operation(self):
        pass

    def count_growth(self, _n: Hmap.Buckets):
        pass

    # The array that is watched.

    def hashGrow(self):
        super().hashGrow()
        if self.fate == Fate.UNWATCHED and choose(Bool):
            self.fate = Fate.OLD

    def drop_old(self):
        super().drop_old()
        if self.fate == Fate.OLD:
            self.fate = Fate.DROPPED

    @action(fair="weak")
    def assign(self):
        """m[k] = v, for some k and v: again and again, and nobody owes it to any one key."""
        super().assign(choose(self.Key), choose(self.Value))

    @process
    def collector(self):
        """One cycle after the other."""
        while True:
            if self.fate == Fate.DROPPED:
                self.fate = Fate.GARBAGE
            yield "marks"
            if self.fate == Fate.GARBAGE:
                self.fate = Fate.FREED
            yield "sleeps"

    @leads_to
    def growth_ends(self):
        """A growth that is seen between two operations is over, then or later."""
        return self.growing(), not self.growing()

    @leads_to
    def old_array_is_freed(self):
        """The old array of a growth is freed in the end."""
        return self.fate != Fate.UNWATCHED, self.fate == Fate.FREED

    @sometimes
    def freed_while_another_grows(self):
        """The array of one growth can be freed while the next is under way."""
        return self.fate == Fate.FREED and self.growing()


class LivedMapStalled(LivedMap):
    """Nobody needs to write any more: the map keeps its old array for ever, however often the collector runs."""

    @action
    def assign(self):
        super().assign()


class LivedMapEmptied(LivedMap):
    """Somebody goes on deleting, not assigning: deletions from a map that has become empty evacuate nothing."""

    @action
    def assign(self):
        super().assign()

    @action(fair="weak")
    def delete(self):
        super().delete(choose(self.Key))


class LivedMapUncollected(LivedMap):
    """The collector may stop for ever (GOGC=off): the growth is over, and the array stays."""

    @process(fair=False)
    def collector(self):
        while True:
            if self.fate == Fate.DROPPED:
                self.fate = Fate.GARBAGE
            yield "marks"
            if self.fate == Fate.GARBAGE:
                self.fate = Fate.FREED
            yield "sleeps"
