"""Decide by fuzzing whether Go's classic map keeps its entries at Go's own sizes, where nothing can be exhausted.

Eight cells in a bucket, a load of 13/2, growth from one bucket to 64, hundreds of keys, several loops. The classes
change sizes and nothing else, with one exception: a seed does not stand for any hash function here, but for one of
1,024 that scatter the keys as a good hash does. Buckets are as unevenly full as they are in Go.

    evacheck fuzz spec.go_map.real:RealMap --runs 100 --steps 800
"""

from checker.lang import Range, choose, sometimes
from spec.go_map import mutants
from spec.go_map.classic import ClassicMap, ReadsOnlyNewArray
from spec.go_map.hmap import Hmap
from spec.go_map.iterators import IteratedMap


def scattered(k: Range(0, 1023), seed: Range(0, 1023)):
    """16 bits that look random: a polynomial of the key, whose coefficients the seed makes, modulo a prime."""
    x = (k * k + k * (2 * seed + 1) * 61 + seed) % 65521
    return x * (x + 7) % 65521


class RealSizes(Hmap):
    """The sizes of Go's map: 240 keys, 64 buckets of 8 cells, a load of 6.5."""

    keys = 240
    cells = 8
    loadNum = 13
    loadDen = 2
    maxB = 6
    hashBits = 6

    def draw_seed(self):
        seed = choose(range(1024))
        for k in self.Key:
            self.hash[k] = scattered(k, seed) & (1 << self.hashBits) - 1

    @sometimes
    def all_sizes_reached(self):
        """The map can grow to its greatest size."""
        return not self.growing() and len(self.buckets[(1 << self.maxB) - 1]) > 0


class RealMap(RealSizes, ClassicMap):
    """A map with one writer, at Go's sizes."""


class RealLoops(RealSizes, IteratedMap):
    """Two loops over a map that their bodies change, at Go's sizes."""

    keys = 120
    maxB = 5
    hashBits = 5
    iterators = 2
    reseed = False  # with re-seeding two growths to the same size in one loop lose entries: iterators.py


class RealReadsOnlyNewArray(RealSizes, ReadsOnlyNewArray):
    """Look-up forgets the old array: what is not evacuated yet is not found."""


class RealForgetsOverflow(RealSizes, mutants.ForgetsOverflow):
    """Deletion takes the last cell of a bucket for the last of its chain."""


class RealNeverSplits(RealSizes, mutants.NeverSplits):
    """Evacuation moves every entry to the lower half of the new array."""


class RealWritesAhead(RealSizes, mutants.WritesAhead):
    """An assignment stores into the new array without evacuating the old bucket first."""


class RealNeverAdvances(RealSizes, mutants.NeverAdvances):
    """nevacuate stays where it is: the growth never ends."""


class RealTakesWhatHasMoved(RealLoops, mutants.TakesWhatHasMoved):
    """A loop yields an entry from the cell in which it stood, without looking up where it is now."""
