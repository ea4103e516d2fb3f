"""Decide what the Swiss map loses without each of its parts: broken variants, each with one thing changed."""

from spec.go_map.swiss import SwissMap
from spec.go_map.swiss_range import RangedSwissMap
from spec.go_map.table import Ctrl, Table


class Probing(SwissMap):
    """Two groups a table, so that probe sequences have somewhere to go."""

    slots = 2
    groupBits = 1
    hint = 3

    small_map_grows = None


class DeletesToEmpty(Probing):
    """Deletion always leaves an empty slot: it ends the probe sequences that led past it."""

    def leaves_tombstone(self, _g: Table.Group):
        return False


class PrunesWithoutLooking(Probing):
    """pruneTombstones takes every tombstone for one that nobody needs."""

    keys = 4

    def needed_groups(self, _t: Table.Tab):
        return {n for n in self.GroupIndex if n < 0}


class TakesTheFirstTombstone(Probing):
    """An assignment takes the first tombstone that it meets, without looking for the key behind it."""

    def ends_search(self, g: Table.Group):
        return any(c != Ctrl.FULL for c in g.ctrls)


class SplitsByTheWrongBit(SwissMap):
    """A split looks at the bit by which the table was chosen, not at the next one."""

    def split_bit(self, localDepth: Table.Depth):
        return localDepth - 1


class KeepsGrowthLeft(SwissMap):
    """clear leaves growthLeft as it is: the table counts slots as taken that are empty."""

    def clear_in(self, t: Table.Tab):
        left = self.tables[t].growthLeft
        super().clear_in(t)
        self.tables[t].growthLeft = left


class ForgetsIndices(SwissMap):
    """The directory doubles, and the tables do not learn where they are in it now."""

    def doubled_index(self, i: Table.Dir):
        return i


class GoesOnInTheSecondHalf(RangedSwissMap):
    """After a table that was split the loop goes on at the next table of the directory: the right half."""

    def entries(self):
        now = self.directory[(self.it.dirIdx + self.it.dirOffset) % self.dirLen]
        return 1 << (self.globalDepth - self.tables[now].localDepth)


class TakesFromTheReplaced(RangedSwissMap):
    """The loop yields what a replaced table holds, without looking the key up."""

    def grownKeyElem(self, k: Table.Held, v: Table.Value):
        self.yields(k, v)
        return True


class YieldsClearedNaN(RangedSwissMap):
    """The loop does not look whether there was a clear before it takes a NaN from a replaced table."""

    keys = 1
    nans = 2
    reseed = False

    def meet_nan(self, k: Table.Held, v: Table.Value):
        self.yields(k, v)
        return True


class MendedForClearOnly(RangedSwissMap):
    """Half of the mend: after a clear nothing of a replaced table is looked up, but deleting everything is no clear."""

    mended = True

    def deleted_all(self):
        pass
