"""What runtime/map.go works out from numbers alone (Go 1.23): codes of cells, when a map grows, how large it was.

The models of the map share it: `hmap`, where chains are sequences, `growth`, where they are memory, and `load`.
"""

from enum import Enum

from checker.lang import Bool, Range

MOST = Range(0, 4096)  # entries or overflow buckets, in any model here


class Top(Enum):
    """What a cell's tophash says, runtime/map.go."""

    EMPTY_REST = 0  # empty, and so is every later cell of the chain
    EMPTY_ONE = 1  # empty
    EVACUATED_X = 2  # the entry has moved to the same index of the new array
    EVACUATED_Y = 3  # the entry has moved to the upper half of the new array
    EVACUATED_EMPTY = 4  # was empty when its bucket was evacuated
    LIVE = 5  # Go: 5 .. 255, the top byte of the hash
    LIVE_ODD = 6  # the same with an odd byte, which is told apart only for a key that equals nothing: iterators.py


def isEmpty(top: Top):
    """runtime/map.go isEmpty: a free cell."""
    return top in (Top.EMPTY_REST, Top.EMPTY_ONE)


def is_evacuated(top: Top):
    """runtime/map.go evacuated, for the first tophash of a chain's first bucket, which alone it looks at."""
    return top in (Top.EVACUATED_X, Top.EVACUATED_Y, Top.EVACUATED_EMPTY)


def over_load(count: MOST, b: Range(0, 16), cells: Range(1, 8), num: Range(1, 64), den: Range(1, 64)):
    """runtime/map.go overLoadFactor, with its integer division: B = 0 is judged by the size of a bucket alone."""
    return count > cells and count > num * ((1 << b) // den)


def too_many(noverflow: MOST, b: Range(0, 16)):
    """runtime/map.go tooManyOverflowBuckets."""
    return noverflow >= 1 << min(b, 15)


def buckets_before(b: Range(0, 16), same_size: Bool):
    """runtime/map.go noldbuckets: the number of buckets before this growth."""
    return 1 << (b if same_size or b == 0 else b - 1)
