"""States that were met lately, each where its hash says: the one met next there takes its place.

Most successors have been found before, and half of these a short while ago, by a step that is next to this one. To
know that takes a look at memory next to the processor; the table is far away, and a look there waits. What is kept
here is never wrong, only incomplete: states are compared whole, and who met them has entered them into the table or
sent them, or will do so before anything else.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import FOUND, FOUND_ROWS, MIXES, OUT, STATE_BITS, TABLE, TABLE_SIZE, WORDS
from checker.engines.explicit.native.intrinsics import FIRST_FACTOR, mixed, number, pointer, prefetch, words
from checker.engines.explicit.native.table import PLACE_BITS, copied, equal, hashed, home, scrambled, slot_of

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


def fetched_new(k: words, begin: number, end: number) -> number:
    """Keep of the states begin..end at OUT those that were not found lately, in their order, and fetch their table
    entries, as `table.fetch` does; one past the last."""
    return fetched_words(k, begin, end) if k[WORDS] == 1 else fetched_wide(k, begin, end)


def fetched_words(k: words, begin: number, end: number) -> number:
    """The same for states of one word, with no jump that nobody can foresee: a state that is not kept stands where the
    next one goes, and instead of its entry the last one is fetched again, which costs nothing."""
    table, size, bits = k[TABLE], k[TABLE_SIZE], k[STATE_BITS]
    out, mixes, found, last = pointer(k[OUT]), pointer(k[MIXES]), pointer(k[FOUND]), k[FOUND_ROWS] - 1
    kept, entry = begin, table
    while begin < end:
        word = out[begin]
        place = ((word * FIRST_FACTOR) >> 40) & last
        new = int(found[place] != word)
        found[place] = word
        mix = scrambled(word, bits) if bits != 0 else mixed(word)
        at = (home(mix, bits - PLACE_BITS, size) >> PLACE_BITS) * 4 if bits != 0 else slot_of(mix, size) * 8
        out[kept] = word
        mixes[kept] = mix
        entry ^= (entry ^ (table + at)) & -new
        prefetch(entry)
        kept += new
        begin += 1
    return kept


def fetched_wide(k: words, begin: number, end: number) -> number:
    """The same for states of several words."""
    table, size, width, rows = k[TABLE], k[TABLE_SIZE], k[WORDS], k[FOUND_ROWS]
    mixes = pointer(k[MIXES])
    kept = begin
    while begin < end:
        row = pointer(k[OUT] + begin * width * 8)
        hash_ = hashed(row, width)
        if not met_lately(k[FOUND], rows, row, hash_, width):
            if kept != begin:
                copied(pointer(k[OUT] + kept * width * 8), row, width)
            mixes[kept] = hash_
            prefetch(table + slot_of(hash_, size) * 8)
            kept += 1
        begin += 1
    return kept
