"""Say of Go's Swiss map what a real one does at each operation: the models that `evacheck conform` holds against it.

Decides nothing by itself. The sizes are Go's: groups of 8 slots, tables of up to 128 groups, directories of up to
16 places. A seed is any hash function, since the real one's is: the choices of `draw_seed` are what the real map's
hashes lead to, one for each key. Which version and which assign function count, `conform` says.

    evacheck conform spec.go_map.swiss_followed:FollowedSwiss --go 1.27.3 --keys string --operations 5000
"""

from checker.lang import Range, Var, choose
from spec.go_map import swiss_mutants
from spec.go_map.swiss import SwissMap
from spec.go_map.swiss_range import RangedSwissMap
from spec.go_map.table import Table


class AtGoSizes(Table):
    """The sizes of Go's map, and 1,200 keys."""

    keys = 1200
    values = 4
    slots = 8
    groupBits = 7
    maxDepth = 4

    hint = Var(Range(0, Table.keys))  # as each map that is made was given

    def init(self):
        """make(map[K]V, hint)"""
        self.hint = choose(range(self.keys + 1))
        self.NewMap(self.hint)

    def draw_seed(self):
        """Any hash function: the keys have their names before there is a seed."""
        self.seed = [choose(self.Hash) for _ in self.Key]

    def become_empty(self):
        self.seed = [0 for _ in self.Key]


class FollowedSwiss(AtGoSizes, SwissMap):
    """A map without loops."""

    clone = None


class FollowedSwissLoop(AtGoSizes, RangedSwissMap):
    """A loop over a map that its body changes."""


class FollowedDeletesToEmpty(FollowedSwiss, swiss_mutants.DeletesToEmpty):
    """Deletion always leaves an empty slot."""


class FollowedPrunesWithoutLooking(FollowedSwiss, swiss_mutants.PrunesWithoutLooking):
    """pruneTombstones takes every tombstone for one that nobody needs."""


class FollowedTakesTheFirstTombstone(FollowedSwiss, swiss_mutants.TakesTheFirstTombstone):
    """An assignment takes the first tombstone that it meets, without looking for the key behind it."""


class FollowedSplitsByTheWrongBit(FollowedSwiss, swiss_mutants.SplitsByTheWrongBit):
    """A split looks at the bit by which the table was chosen, not at the next one."""


class FollowedKeepsGrowthLeft(FollowedSwiss, swiss_mutants.KeepsGrowthLeft):
    """clear leaves growthLeft as it is."""


class FollowedForgetsIndices(FollowedSwiss, swiss_mutants.ForgetsIndices):
    """The directory doubles, and the tables do not learn where they are in it now."""


class FollowedGoesOnInTheSecondHalf(FollowedSwissLoop, swiss_mutants.GoesOnInTheSecondHalf):
    """After a table that was split the loop goes on at the next table of the directory."""


class FollowedYieldsClearedNaN(FollowedSwissLoop, swiss_mutants.YieldsClearedNaN):
    """The loop takes NaNs from a replaced table after a clear, too."""

    nans = 8
    reseed = True


class FollowedTakesFromTheReplaced(FollowedSwissLoop, swiss_mutants.TakesFromTheReplaced):
    """The loop yields what a replaced table holds, without looking the key up."""
