"""Decide what the classic map loses without each of its parts: broken variants, and variants with fewer behaviours.

Every class changes one thing of ClassicMap or IteratedMap, and its docstring says which.
"""

from checker.lang import choose, require
from spec.go_map.arithmetic import Top, isEmpty
from spec.go_map.classic import ClassicMap
from spec.go_map.hiter import Place
from spec.go_map.hmap import Hmap
from spec.go_map.iterators import IteratedMap


class ReseedsOnGrow(ClassicMap):
    """A growth draws a new seed: entries are looked for where they do not lie."""

    def hashGrow(self):
        super().hashGrow()
        for k in self.Key:
            self.hash[k] = choose(self.Hash)


class NeverSplits(ClassicMap):
    """Evacuation moves every entry to the lower half of the new array."""

    def goes_up(self, _k: Hmap.Key, _top: Top, _newbit: Hmap.Buckets):
        return False


class NeverMarksRest(ClassicMap):
    """Deletion leaves emptyOne where emptyRest would do. That loses time only: emptyRest ends searches early."""

    def empty_rest_fix_up(self, _bucket: Hmap.Index, _link: Hmap.Link, _i: Hmap.Cell):
        pass


class MarksRestTooSoon(ClassicMap):
    """Deletion writes emptyRest without looking at what follows in the chain."""

    def rest_is_empty(self, _bucket: Hmap.Index, _link: Hmap.Link, _i: Hmap.Cell):
        return True


class ForgetsOverflow(ClassicMap):
    """Deletion takes the last cell of a bucket for the last of its chain: it does not look into the overflow bucket."""

    def rest_is_empty(self, bucket: Hmap.Index, link: Hmap.Link, i: Hmap.Cell):
        return i == self.cells - 1 or self.buckets[bucket][link].tophash[i + 1] == Top.EMPTY_REST


class NeverSkips(ClassicMap):
    """nevacuate goes on by one only, also over buckets that are evacuated already: one operation more than needed."""

    def bucketEvacuated(self, _bucket: Hmap.Index):
        return False

    growing_mark_in_range = None  # it asks bucketEvacuated


class NeverAdvances(ClassicMap):
    """nevacuate stays where it is: the growth never ends."""

    def advanceEvacuationMark(self, _newbit: Hmap.Buckets):
        pass


class WritesAhead(ClassicMap):
    """An assignment stores into the new array without evacuating the old bucket first."""

    def growWork(self, bucket: Hmap.Index):
        self.count_operation()
        self.evacuate(self.nevacuate)


class ClearsUnderIterators(IteratedMap):
    """evacuate clears old buckets of pointerful maps whether or not an iterator may stand on them."""

    def clears_old(self):
        return self.pointers


class ClearsBeforeGrowthEnds(IteratedMap):
    """clear comes only while an iterator stands on nothing that the map has dropped: what #59411 is about."""

    def clear(self):
        require(all(self.it[n].buckets != Place.KEPT and len(self.keptChain[n]) == 0 for n in self.It))
        super().clear()


class TwoSeeds(IteratedMap):
    """Three keys and two seeds: first keys 0 and 1 share a bucket of 4 but not of 8, then they share one of 8."""

    maxB = 4
    preallocB = 5

    def draw_seed(self):
        first = choose({True, False})
        self.hash = (1, 5, 2) if first else (1, 1, 2)


class Crowded(IteratedMap):
    """Key 0 alone in bucket 0, every other key in bucket 3 of 4 for good: the map grows to the same size."""

    keys = 6
    cells = 1
    hashBits = 2
    maxB = 2
    loadNum = 8
    loadDen = 1
    hint = 17

    def draw_seed(self):
        for k in self.Key:
            self.hash[k] = 0 if k == 0 else 3

    def assign(self, k: Hmap.Key, v: Hmap.Value):
        require(k == 0 or self.contents[k - 1] is not None)
        super().assign(k, v)

    def delete(self, k: Hmap.Key):
        require(k == 0)
        super().delete(k)

    def clear(self):
        require(self.count == 0)
        super().clear()


class TakesWhatHasMoved(IteratedMap):
    """mapiternext yields an entry from the cell in which it stood, without looking up where it is now."""

    def meet(self, n: IteratedMap.It, top: Top, k: Hmap.Held, v: Hmap.Value):
        if isEmpty(top) or top == Top.EVACUATED_EMPTY or not self.comes_here(n, top, k):
            return False
        self.yields(n, k, v)
        return True
