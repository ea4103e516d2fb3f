"""Decide which lemma of the map's proof fails when a part of the algorithm is missing. Proves nothing.

Every class is a broken variant of the classic map, cut into steps as in stepped.py.
"""

from checker.lang import Bool, require
from spec.go_map.classic import ArticleLookup, ForgetsEvacuatedEmpty, ReadsOnlyNewArray
from spec.go_map.hmap import Hmap
from spec.go_map.mutants import (
    ForgetsOverflow,
    MarksRestTooSoon,
    NeverAdvances,
    NeverMarksRest,
    NeverSkips,
    NeverSplits,
    ReseedsOnGrow,
)
from spec.go_map.stepped import At, SteppedMap


class SteppedReadsOnlyNewArray(ReadsOnlyNewArray, SteppedMap):
    """Look-up forgets the old array."""


class SteppedArticleLookup(ArticleLookup, SteppedMap):
    """Look-up tests the old bucket the wrong way round."""


class SteppedForgetsEvacuatedEmpty(ForgetsEvacuatedEmpty, SteppedMap):
    """A bucket that begins with a free cell never counts as evacuated."""


class SteppedReseedsOnGrow(ReseedsOnGrow, SteppedMap):
    """A growth draws a new seed."""


class SteppedNeverSplits(NeverSplits, SteppedMap):
    """Every entry goes to the lower half."""


class SteppedMarksRestTooSoon(MarksRestTooSoon, SteppedMap):
    """Deletion writes emptyRest without looking at what follows."""


class SteppedForgetsOverflow(ForgetsOverflow, SteppedMap):
    """Deletion does not look into the overflow bucket."""


class SteppedNeverSkips(NeverSkips, SteppedMap):
    """nevacuate does not go past buckets that are evacuated already."""


class SteppedNeverAdvances(NeverAdvances, SteppedMap):
    """nevacuate stays where it is."""


class SteppedWritesAhead(SteppedMap):
    """An operation evacuates the bucket at nevacuate, and not the one that it needs."""

    def evacuate_own(self, o: Hmap.Index, b: SteppedMap.Size, same: Bool):
        require(self.at == At.OWN and o == 0)
        self.find(b, same)
        self.count_operation()
        self.at = At.NEXT


class SteppedNeverMarksRest(NeverMarksRest, SteppedMap):
    """Deletion leaves emptyOne where emptyRest would do: slower, and nothing is lost."""
