"""Say of Go's classic map what a real one does at each operation: the models that `evacheck conform` holds against it.

Decides nothing by itself. The sizes are Go's; there are more keys than `real` has, since nothing is drawn or explored
here. A seed is any hash function, since the real one's is: the choices of `draw_seed` are the hashes that the real map
reports, one for each key. The shorter form of hmap.py, in which keys are numbered in order of their hash, would not do,
for the keys have their names already. Chains are as long as 64 entries of one bucket need.

    evacheck conform spec.go_map.followed:FollowedMap --go 1.23.9 --keys string --operations 5000
"""

from checker.lang import Param, Range, Seq, Var, choose
from spec.go_map import classic, mutants
from spec.go_map.classic import ClassicMap
from spec.go_map.hmap import Hmap
from spec.go_map.iterators import IteratedMap


class Followed(Hmap):
    """The sizes of Go's map: 320 keys, up to 64 buckets of 8 cells, a load of 6.5."""

    keys = 320
    values = 4
    cells = 8
    loadNum = 13
    loadDen = 2
    maxB = 6
    hashBits = 6

    spares4 = Param(1, Range(0, 15))  # spare overflow buckets of an array at B = 4; Go asks for one
    spares5 = Param(2, Range(0, 15))  # at B = 5 for two, at B = 6 for four; rounding up to a size class adds some
    spares6 = Param(4, Range(0, 15))

    hint = Var(Range(0, Hmap.keys))  # as each map that is made was given

    spare = Var(Range(0, 15))
    Spare = Range(0, 15)
    Link = Range(8)
    Chain = Seq(Hmap.Bucket, 8)

    def init(self):
        """make(map[K]V, hint)"""
        self.hint = choose(range(self.keys + 1))
        self.makemap()

    def preallocated(self):
        if self.B == 6:
            return self.spares6
        if self.B == 5:
            return self.spares5
        return self.spares4 if self.B == 4 else 0

    def draw_seed(self):
        for k in self.Key:
            self.hash[k] = choose(self.Hash)


class FollowedMap(Followed, ClassicMap):
    """A map without loops."""


class FollowedLoops(Followed, IteratedMap):
    """Two loops over a map that their bodies change."""

    keys = 160
    maxB = 5
    hashBits = 5
    iterators = 2


class FollowedReadsOnlyNewArray(Followed, classic.ReadsOnlyNewArray):
    """Look-up forgets the old array."""


class FollowedArticleLookup(Followed, classic.ArticleLookup):
    """Look-up with the test of the article's section 4.1, turned round."""


class FollowedForgetsEvacuatedEmpty(Followed, classic.ForgetsEvacuatedEmpty):
    """A bucket that begins with a free cell never counts as moved."""


class FollowedReseedsOnGrow(Followed, mutants.ReseedsOnGrow):
    """A growth draws a new seed."""


class FollowedNeverSplits(Followed, mutants.NeverSplits):
    """Evacuation moves every entry to the lower half of the new array."""


class FollowedNeverMarksRest(Followed, mutants.NeverMarksRest):
    """Deletion leaves emptyOne where emptyRest would do: harmless, but not what Go does."""


class FollowedMarksRestTooSoon(Followed, mutants.MarksRestTooSoon):
    """Deletion writes emptyRest without looking at what follows."""


class FollowedForgetsOverflow(Followed, mutants.ForgetsOverflow):
    """Deletion takes the last cell of a bucket for the last of its chain."""


class FollowedNeverSkips(Followed, mutants.NeverSkips):
    """nevacuate goes on by one only: harmless, but not what Go does."""


class FollowedNeverAdvances(Followed, mutants.NeverAdvances):
    """nevacuate stays where it is."""


class FollowedWritesAhead(Followed, mutants.WritesAhead):
    """An assignment stores into the new array without evacuating the old bucket first."""


class FollowedClearsUnderIterators(FollowedLoops, mutants.ClearsUnderIterators):
    """evacuate clears old buckets whether or not an iterator may stand on them."""


class FollowedTakesWhatHasMoved(FollowedLoops, mutants.TakesWhatHasMoved):
    """A loop yields an entry from the cell in which it stood, without looking up where it is now."""
