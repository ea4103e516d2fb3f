"""Decide whether a range loop over Go's classic map ends, whatever its body does to the map between two rounds.

The loop is that of iterators.py. Its body assigns and deletes as it likes, and comes to its end; it may clear the map,
or not. With clear a loop can go on for ever: an overflow bucket that came with the array is handed back while the loop
stands on it, and its link leads to bucket 0 again (what-a-range-loop-yields.md has the rest of that story).
"""

from checker.lang import action, leads_to, require
from spec.go_map.hiter import Hiter
from spec.go_map.iterators import IteratedMap


class LoopsWithClear(IteratedMap):
    """A body that clears the map and inserts once a round keeps its loop going for ever."""

    keys = 2
    hashBits = 1
    cells = 1
    loadDen = 1
    maxB = 1
    hint = 2
    preallocB = 1
    reseed = False

    @action(fair="weak")
    def range_next(self, n: Hiter.It):
        super().range_next(n)

    @leads_to
    def a_loop_ends(self, n: Hiter.It):
        """A loop that has begun ends."""
        return self.it[n].active, not self.it[n].active


class LoopsEnd(LoopsWithClear):
    """Without clear in its body a loop ends, also if that inserts in every round, and where the loop stands."""

    def clear(self):
        require(not self.ranging())
        super().clear()


class LoopsStay(LoopsEnd):
    """A body that need not come to its end."""

    @action
    def range_next(self, n: Hiter.It):
        super().range_next(n)
