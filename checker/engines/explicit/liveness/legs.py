"""Compiled loops over lists of states or nodes within a component, by which a walk round it finds a far place where it
can go on with what it owes. The same for every model.

At GOALS stand two masks and a word: the things that are wanted to be taken, those that it is enough to find impossible,
and the sets to come by. NEXT is the entry to come back to, or -1.
"""

from __future__ import annotations

from checker.engines.explicit.liveness.products import add
from checker.engines.explicit.liveness.states import follows, holds, join, letter_at, modes_at, study, trouble
from checker.engines.explicit.native.block import (
    BEGIN,
    FAIR,
    FINISHED,
    GOALS,
    LEFT,
    LIST,
    LIST_ROOM,
    LISTED,
    LOST,
    MARKS,
    MASK_WORDS,
    MODE_LOG,
    NEED_LIST,
    NEXT,
    OTHER,
    OUT,
    PAUSED,
    POSSIBLE,
    SET,
    SLOTS,
    THINGS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import lowest, number, pointer, words
from checker.engines.explicit.native.table import slot_at, state_of


def roam(k: words) -> number:
    """Go on with the list, of states with the place of the one that each was reached from: to BEGIN, the first where
    something of the goals can be done. BEGIN is LISTED if there is none."""
    width, visits = k[WORDS], pointer(k[GOALS])[2 * k[MASK_WORDS]]
    slots, bits = pointer(k[SLOTS]), pointer(k[SET])
    while k[BEGIN] < k[LISTED]:
        if k[LEFT] == 0:
            return PAUSED
        row = k[LIST] + k[BEGIN] * (width + 1) * 8
        slot = slot_at(k, pointer(row))
        if slot < 0:
            return LOST
        if slot == k[NEXT] or (visits != 0 and holds(pointer(k[OTHER]), slot) != 0):
            return FINISHED
        found = study(k, row)
        if found < 0:
            return trouble(found)
        if does_some(k, 0, 0) != 0:
            return FINISHED
        if k[LISTED] + found > k[LIST_ROOM]:
            return NEED_LIST
        j = 0
        while j < found:
            if slots[j] >= 0 and holds(bits, slots[j]) != 0:
                if join(k[FAIR] + (slots[j] >> 6) * 8, 1 << (slots[j] & 63)) != 0:
                    source, target = pointer(k[OUT] + j * width * 8), pointer(k[LIST] + k[LISTED] * (width + 1) * 8)
                    i = 0
                    while i < width:
                        target[i] = source[i]
                        i += 1
                    target[width] = k[BEGIN]
                    k[LISTED] += 1
            j += 1
        k[LEFT] -= 1
        k[BEGIN] += 1
    return FINISHED


def roam_nodes(k: words) -> number:
    """The same of nodes."""
    visits, slots, rows = pointer(k[GOALS])[2 * k[MASK_WORDS]], pointer(k[SLOTS]), pointer(k[LIST])
    while k[BEGIN] < k[LISTED]:
        if k[LEFT] == 0:
            return PAUSED
        node = rows[2 * k[BEGIN]]
        slot, mode = node >> k[MODE_LOG], node & ((1 << k[MODE_LOG]) - 1)
        if node == k[NEXT] or letter_at(k, slot)[3 + 2 * mode] & visits != 0:
            return FINISHED
        found, onward = study(k, state_of(k, slot)), follows(k, node)
        if found < 0:
            return trouble(found)
        if does_some(k, 1, onward) != 0:
            return FINISHED
        if k[LISTED] + found * 64 > k[LIST_ROOM]:
            return NEED_LIST
        j = 0
        while j < found:
            if slots[j] >= 0:
                new = add(k, k[FAIR], slots[j], onward & modes_at(k, k[SET], slots[j]))
                while new != 0:
                    rows[2 * k[LISTED]] = (slots[j] << k[MODE_LOG]) + lowest(new)
                    rows[2 * k[LISTED] + 1] = k[BEGIN]
                    k[LISTED] += 1
                    new = new & (new - 1)
            j += 1
        k[LEFT] -= 1
        k[BEGIN] += 1
    return FINISHED


def does_some(k: words, nodes: number, onward: number) -> number:
    """Whether something wanted is not possible in the state studied, or leads to what is in SET: of `nodes`, with one
    of these modes."""
    slots, marks, possible, goals = pointer(k[SLOTS]), pointer(k[MARKS]), pointer(k[POSSIBLE]), pointer(k[GOALS])
    size = k[MASK_WORDS]
    thing = 0
    while thing < k[THINGS]:
        word, bit = thing >> 6, 1 << (thing & 63)
        if goals[size + word] & bit & ~possible[word] != 0:
            return 1
        if goals[word] & bit != 0:
            j = marks[2 * thing]
            end = marks[2 * thing + 1]
            while j < end:
                if slots[j] >= 0 and is_in(k, slots[j], nodes, onward) != 0:
                    return 1
                j += 1
        thing += 1
    return 0


def is_in(k: words, slot: number, nodes: number, onward: number) -> number:
    """Whether a state is in SET; of `nodes`, with one of these modes."""
    if nodes == 0:
        return holds(pointer(k[SET]), slot)
    return onward & modes_at(k, k[SET], slot)
