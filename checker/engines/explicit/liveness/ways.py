"""Compiled loops over lists of packed states, from which short ways are made: the same for every model."""

from __future__ import annotations

from checker.engines.explicit.liveness.states import holds, join, study, trouble
from checker.engines.explicit.native.block import (
    BEGIN,
    CHANGED,
    END,
    FAIR,
    FINISHED,
    LIST,
    LIST_ROOM,
    LISTED,
    LOST,
    NEED_LIST,
    NEXT,
    OTHER,
    OUT,
    ROWS,
    SET,
    SLOTS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import number, pointer, words
from checker.engines.explicit.native.table import slot_at


def look(k: words) -> number:
    """Study the state at ROWS. NEXT becomes its entry, CHANGED the number of its successors."""
    found = study(k, k[ROWS])
    if found < 0:
        return trouble(found)
    k[NEXT], k[CHANGED] = slot_at(k, pointer(k[ROWS])), found
    return FINISHED if k[NEXT] >= 0 else LOST


def gather(k: words) -> number:
    """List those of the rows BEGIN..END that are in the set."""
    width = k[WORDS]
    while k[BEGIN] < k[END]:
        row = pointer(k[ROWS] + k[BEGIN] * width * 8)
        slot = slot_at(k, row)
        if slot < 0:
            return LOST
        if holds(pointer(k[SET]), slot) != 0:
            if k[LISTED] == k[LIST_ROOM]:
                return NEED_LIST
            enlist(k, row)
        k[BEGIN] += 1
    return FINISHED


def enter(k: words) -> number:
    """List those of the rows BEGIN..END that are in OTHER and, so far, not in FAIR, where they are put."""
    width = k[WORDS]
    while k[BEGIN] < k[END]:
        row = pointer(k[ROWS] + k[BEGIN] * width * 8)
        slot = slot_at(k, row)
        if slot < 0:
            return LOST
        if holds(pointer(k[OTHER]), slot) != 0:
            if k[LISTED] == k[LIST_ROOM]:
                return NEED_LIST
            if join(k[FAIR] + (slot >> 6) * 8, 1 << (slot & 63)) != 0:
                enlist(k, row)
        k[BEGIN] += 1
    return FINISHED


def spread(k: words) -> number:
    """List the successors of the rows BEGIN..END that are in SET and, so far, not in FAIR, where they are put."""
    width = k[WORDS]
    slots, bits = pointer(k[SLOTS]), pointer(k[SET])
    while k[BEGIN] < k[END]:
        found = study(k, k[ROWS] + k[BEGIN] * width * 8)
        if found < 0:
            return trouble(found)
        j = 0
        while j < found:
            if slots[j] >= 0 and holds(bits, slots[j]) != 0:
                if k[LISTED] == k[LIST_ROOM]:
                    return NEED_LIST
                if join(k[FAIR] + (slots[j] >> 6) * 8, 1 << (slots[j] & 63)) != 0:
                    enlist(k, pointer(k[OUT] + j * width * 8))
            j += 1
        k[BEGIN] += 1
    return FINISHED


def enlist(k: words, row: words) -> number:
    """Add a row to the list, which has room."""
    target = pointer(k[LIST] + k[LISTED] * k[WORDS] * 8)
    i = 0
    while i < k[WORDS]:
        target[i] = row[i]
        i += 1
    k[LISTED] += 1
    return 0
