"""What a card's threads share: the visited table, the states, the culprits. Any number of them may insert at once.

Entries are those of `native.table`, for states of one word. An entry goes from 0 to its value once and stands for
itself, so that the order in which other memory is seen does not matter; states are read by the next launch at the
earliest.
"""

from __future__ import annotations

from checker.engines.explicit.gpu.block import (
    APPENDED,
    COUNTERS,
    CULPRITS,
    FULL,
    REST_BITS,
    ROOM,
    ROWS,
    SIZE_BITS,
    STATE_BITS,
    TABLE,
    TABLE_SIZE,
)
from checker.engines.explicit.native.intrinsics import (
    HALF,
    mixed,
    number,
    pointer,
    relaxed_add,
    relaxed_exchange,
    relaxed_exchange_half,
    relaxed_min,
    relaxed_seen,
    relaxed_seen_half,
    words,
)
from checker.engines.explicit.native.table import PLACE_BITS, home, rest, scrambled, slot_of

MOST_TRIES = 1024
"""Places that a state is looked for at: a table in which that is too few is too full. Several times what Knuth's
formulas give for the longest search among 10^9 states at the load that is allowed."""

OLD, NEW, NO_PLACE = 0, 1, 2
"""What became of a state: it was there, it is there now, or it found no place."""


def entered(k: words, word: number) -> number:
    """Look a state up, and enter it if it is not there: OLD, NEW or NO_PLACE."""
    if k[STATE_BITS] != 0:
        return entered_compact(k, word)
    table, size = k[TABLE], k[TABLE_SIZE]
    slot = slot_of(mixed(word), size)
    tries = 0
    while tries < MOST_TRIES:
        entry = relaxed_seen(table + slot * 8)
        if entry == 0:
            entry = relaxed_exchange(table + slot * 8, 0, word + 1)
            if entry == 0:
                return NEW
        if entry == word + 1:
            return OLD
        tries += 1
        slot += 1
        if slot == size:
            slot = 0
    return NO_PLACE


def entered_compact(k: words, word: number) -> number:
    """The same in a table of compact entries."""
    table, size, bits = k[TABLE], k[TABLE_SIZE], k[STATE_BITS]
    below, step = bits - PLACE_BITS, 1 << k[REST_BITS]
    mix = scrambled(word, bits)
    product = home(mix, below, size)
    slot, wanted = product >> PLACE_BITS, rest(mix, product, below, k[SIZE_BITS])
    tries = 0
    while wanted <= HALF and tries < MOST_TRIES:
        entry = relaxed_seen_half(table + slot * 4)
        if entry == 0:
            entry = relaxed_exchange_half(table + slot * 4, 0, wanted)
            if entry == 0:
                return NEW
        if entry == wanted:
            return OLD
        wanted += step
        tries += 1
        slot += 1
        if slot == size:
            slot = 0
    return NO_PLACE


def add(k: words, counter: number, more: number) -> number:
    """Add to a counter; what it was."""
    return relaxed_add(k[COUNTERS] + counter * 8, more)


def is_full(k: words) -> number:
    """Whether a state has found no place, so that there is no sense in going on."""
    return relaxed_seen(k[COUNTERS] + FULL * 8)


def visit(k: words, word: number) -> number:
    """Enter a state, and put it behind the others if it is new; 0 if there is no place for it."""
    became = entered(k, word)
    if became == OLD:
        return 1
    if became == NEW:
        place = add(k, APPENDED, 1)
        if place < k[ROOM]:
            pointer(k[ROWS])[place] = word
            return 1
    add(k, FULL, 1)
    return 0


def note(k: words, kind: number, word: number) -> number:
    """Count a state as a culprit of a kind, and remember it if it is the least so far."""
    relaxed_add(k[CULPRITS] + kind * 16, 1)
    return relaxed_min(k[CULPRITS] + kind * 16 + 8, word)
