"""States that were met lately, each where its hash says: the one met next there takes its place.

Most successors have been found before, and half of these a short while ago, by a step that is next to this one. To
know that takes a look at memory next to the processor; the table is far away, and a look there waits. What is kept
here is never wrong, only incomplete: states are compared whole, and who met them has entered them into the table or
sent them, or will do so before anything else.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import FOUND, FOUND_ROWS, OUT, WORDS
from checker.engines.explicit.native.intrinsics import FIRST_FACTOR, number, pointer, words
from checker.engines.explicit.native.table import copied, equal, hashed

NEVER = -1
"""What stands for no state where each has one word: a state has 63 bits at most."""


def met_lately(memory: number, rows: number, row: words, hash_: number, width: number) -> number:
    """Whether a state is among those last met at an address, where there is room for so many, each with a word before
    it that says whether there is any; from now on it is. `rows` is a power of two."""
    place = pointer(memory + (hash_ & (rows - 1)) * (width + 1) * 8)
    state = pointer(memory + ((hash_ & (rows - 1)) * (width + 1) + 1) * 8)
    if place[0] != 0 and equal(state, row, width):
        return 1
    place[0] = 1
    copied(state, row, width)
    return 0


def not_lately(k: words, begin: number, end: number) -> number:
    """Keep of the states begin..end at OUT those that were not found lately, in their order; one past the last."""
    kept, width, rows = begin, k[WORDS], k[FOUND_ROWS]
    if width == 1:
        out, found = pointer(k[OUT]), pointer(k[FOUND])
        while begin < end:
            word = out[begin]
            place = ((word * FIRST_FACTOR) >> 40) & (rows - 1)
            out[kept] = word
            kept += found[place] != word  # no jump that nobody can foresee
            found[place] = word
            begin += 1
        return kept
    while begin < end:
        row = pointer(k[OUT] + begin * width * 8)
        if not met_lately(k[FOUND], rows, row, hashed(row, width), width):
            if kept != begin:
                copied(pointer(k[OUT] + kept * width * 8), row, width)
            kept += 1
        begin += 1
    return kept
