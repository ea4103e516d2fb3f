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
    LOST,
    MARKS,
    MASK_WORDS,
    NEED_OUT,
    OUT,
    OUT_ROWS,
    POSSIBLE,
    SCRATCH,
    SET,
    SLOTS,
    THINGS,
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
from checker.engines.explicit.native.table import equal, fetch, slot_at

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


def study(k: words, row: number) -> number:
    """Find the successors of a state, their entries and the mask POSSIBLE; how many successors, or as `expand` says,
    or -3 if one is not in the table."""
    width = k[WORDS]
    found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
    if found < 0:
        return found
    out, slots = k[OUT], pointer(k[SLOTS])
    fetch(k, out, 0, found)
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
