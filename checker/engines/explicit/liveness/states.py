"""What all compiled loops over the states of a finished search have in common: states, sets of them, their successors.

A state is known by its entry in the visited table, which does not change any more; a set of states is a bit for each
entry. Edges are not stored: the model's `expand` gives them again. A successor that is equal to its state is no edge:
it takes nothing, and makes nothing possible.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import (
    BEFORE,
    CHOSE_TOO_MUCH,
    CONTROL,
    EXPAND,
    LETTER_LOG,
    LETTERS,
    LOST,
    MARKS,
    MASK_WORDS,
    MODE_LOG,
    MODES,
    NEED_OUT,
    OUT,
    OUT_ROWS,
    POSSIBLE,
    SCRATCH,
    SET,
    SLOTS,
    THINGS,
    TRUTHS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import (
    HALF,
    call5,
    exchange,
    number,
    pointer,
    popcount,
    seen,
    words,
)
from checker.engines.explicit.native.table import equal, fetch_rows, slot_at

FULL = (1 << 64) - 1
"""All bits of a word; what Python reads of a set is not negative then, so that taking bits away ends at 0."""


def holds(bits: words, slot: number) -> number:
    """Whether a set has the state."""
    return (bits[slot >> 6] >> (slot & 63)) & 1


def join(address: number, bits: number) -> number:
    """Add bits to a word that others add to as well; those that were not there before."""
    while True:
        before = seen(address)
        if before | bits == before:
            return 0
        if exchange(address, before, before | bits) == before:
            return bits & ~before


def place_of(k: words, slot: number) -> number:
    """Which of the states of the set it is."""
    before, bits = pointer(k[BEFORE]), pointer(k[SET])
    return before[slot >> 6] + popcount(bits[slot >> 6] & ((1 << (slot & 63)) - 1))


def number_of(numbers: words, place: number) -> number:
    """One of many numbers of 32 bits."""
    return (numbers[place >> 1] >> ((place & 1) << 5)) & HALF


def put_number(numbers: words, place: number, value: number) -> number:
    """Change one of them."""
    shift = (place & 1) << 5
    numbers[place >> 1] = (numbers[place >> 1] & ~(HALF << shift)) | (value << shift)
    return 0


# -- nodes: states with modes of an automaton --------------------------------------------------------------------------


def modes_at(k: words, bits: number, slot: number) -> number:
    """The modes with which the set at that address has a state: a bit for each."""
    at = slot << k[MODE_LOG]
    return ((pointer(bits)[at >> 6] & FULL) >> (at & 63)) & k[MODES]


def letter_at(k: words, slot: number) -> words:
    """What the automaton makes of what is true in a state: the modes it may be in there, those where the formula is
    true; then for each mode those that may follow, and which promises are settled in it."""
    at = slot << k[LETTER_LOG]
    letter = (pointer(k[TRUTHS])[at >> 6] >> (at & 63)) & ((1 << (1 << k[LETTER_LOG])) - 1)
    return pointer(pointer(k[LETTERS])[letter])


def follows(k: words, node: number) -> number:
    """The modes that may follow that of a node."""
    mode = node & ((1 << k[MODE_LOG]) - 1)
    return letter_at(k, node >> k[MODE_LOG])[2 + 2 * mode]


# -- successors --------------------------------------------------------------------------------------------------------


def study(k: words, row: number) -> number:
    """Find the successors of a state, their entries and the mask POSSIBLE; how many successors, or as `expand` says,
    or -3 if one is not in the table."""
    width = k[WORDS]
    found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
    if found < 0:
        return found
    out, slots = k[OUT], pointer(k[SLOTS])
    fetch_rows(k, out, 0, found)
    j = 0
    while j < found:
        successor = pointer(out + j * width * 8)
        slots[j] = -1
        if not equal(successor, pointer(row), width):
            slots[j] = slot_at(k, successor)
            if slots[j] < 0:
                return -3
        j += 1
    note_possible(k)
    return found


def note_possible(k: words) -> number:
    """Set POSSIBLE for the state whose successors were found."""
    slots, marks, possible = pointer(k[SLOTS]), pointer(k[MARKS]), pointer(k[POSSIBLE])
    i = 0
    while i < k[MASK_WORDS]:
        possible[i] = 0
        i += 1
    thing = 0
    while thing < k[THINGS]:
        j = marks[2 * thing]
        end = marks[2 * thing + 1]
        while j < end:
            if slots[j] >= 0:
                possible[thing >> 6] = possible[thing >> 6] | (1 << (thing & 63))
                break
            j += 1
        thing += 1
    return 0


def rests(k: words) -> number:
    """Whether a behaviour may rest in the state studied: nothing that is owed is possible."""
    possible = pointer(k[POSSIBLE])
    i = 0
    while i < k[MASK_WORDS]:
        if possible[i] != 0:
            return 0
        i += 1
    return 1


def trouble(found: number) -> number:
    """What a kernel answers where a state could not be studied."""
    if found == -1:
        return NEED_OUT
    return CHOSE_TOO_MUCH if found == -2 else LOST
