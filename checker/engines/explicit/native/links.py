"""The compiled loops for `@implements`: collect which steps of the program implemented the steps from rows would be.

A link is two states of that program, before a step and after it, and the least state from which a step comes to it.
Links are kept in a list, in the order in which they were found, and each is there once: a table by hash holds their
numbers. One worker's are no other's. Where a state stands for none, that is noted.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import (
    BEGIN,
    CHOSE_TOO_MUCH,
    CONTROL,
    END,
    EXPAND,
    FINISHED,
    LINK_LIMIT,
    LINK_LIST,
    LINK_ROOM,
    LINKED,
    LINKS,
    MAPPED,
    MAPPED_WORDS,
    MAPPING,
    NEED_LINKS,
    NEED_OUT,
    OUT,
    OUT_ROWS,
    ROWS,
    SCRATCH,
    WHICH,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import call5, number, pointer, words
from checker.engines.explicit.native.kernels import note
from checker.engines.explicit.native.table import equal, hashed, slot_of


def lower(kept: words, row: words, width: number) -> number:
    """Put a row where another is kept, if it is less."""
    i = 0
    while i < width and row[i] == kept[i]:
        i += 1
    if i == width or row[i] > kept[i]:
        return 0
    while i < width:
        kept[i] = row[i]
        i += 1
    return 0


def place_for(k: words, pair: words) -> number:
    """The place in the table where a pair of mapped states stands, or would stand."""
    both, room = 2 * k[MAPPED_WORDS], k[LINK_ROOM]
    table, size = pointer(k[LINKS]), 8 * (both + k[WORDS])
    place = slot_of(hashed(pair, both), room)
    while table[place] != 0 and equal(pointer(k[LINK_LIST] + (table[place] - 1) * size), pair, both) == 0:
        place += 1
        if place == room:
            place = 0
    return place


def link(k: words, row: words) -> number:
    """Note the pair at MAPPED, to which a step from `row` comes; 0 if there is no room for it."""
    both, width, table = 2 * k[MAPPED_WORDS], k[WORDS], pointer(k[LINKS])
    pair = pointer(k[MAPPED])
    place = place_for(k, pair)
    if table[place] != 0:
        lower(pointer(k[LINK_LIST] + 8 * ((table[place] - 1) * (both + width) + both)), row, width)
        return 1
    if k[LINKED] == k[LINK_LIMIT]:
        return 0
    entry = pointer(k[LINK_LIST] + 8 * k[LINKED] * (both + width))
    i = 0
    while i < both:
        entry[i] = pair[i]
        i += 1
    i = 0
    while i < width:
        entry[both + i] = row[i]
        i += 1
    k[LINKED] += 1
    table[place] = k[LINKED]
    return 1


def linked_start(k: words, row: number) -> number:
    """Note what the initial state at address `row` stands for, as a link from itself to itself; 0 if there is no room,
    negative if it stands for none."""
    mapped = k[MAPPED_WORDS]
    pair = pointer(k[MAPPED])
    if call5(k[MAPPING], row, k[SCRATCH], k[CONTROL], k[MAPPED], k[WHICH]) != 0:
        return -1
    i = 0
    while i < mapped:
        pair[mapped + i] = pair[i]
        i += 1
    return link(k, pointer(row))


def linked_steps(k: words, row: number, out: number, found: number) -> number:
    """Note what the steps from the state at address `row` to the `found` ones at `out` come to, if they change what is
    mapped; 0 if there is no room."""
    mapped, width = k[MAPPED_WORDS], k[WORDS]
    after = k[MAPPED] + 8 * mapped
    if call5(k[MAPPING], row, k[SCRATCH], k[CONTROL], k[MAPPED], k[WHICH]) != 0:
        return 1  # it was noted as what a step leads to
    j = 0
    while j < found:
        successor = out + j * width * 8
        if equal(pointer(successor), pointer(row), width) == 0:
            if call5(k[MAPPING], successor, k[SCRATCH], k[CONTROL], after, k[WHICH]) != 0:
                note(k, 0, pointer(row))
            elif equal(pointer(k[MAPPED]), pointer(after), mapped) == 0 and link(k, pointer(row)) == 0:
                return 0
        j += 1
    return 1


def link_starts(k: words) -> number:
    """Note what the rows BEGIN..END stand for."""
    while k[BEGIN] < k[END]:
        row = k[ROWS] + k[BEGIN] * k[WORDS] * 8
        noted = linked_start(k, row)
        if noted == 0:
            return NEED_LINKS
        if noted < 0:
            note(k, 0, pointer(row))
        k[BEGIN] += 1
    return FINISHED


def link_steps(k: words) -> number:
    """Note what the steps from the rows BEGIN..END come to."""
    while k[BEGIN] < k[END]:
        row = k[ROWS] + k[BEGIN] * k[WORDS] * 8
        found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
        if found < 0:
            return NEED_OUT if found == -1 else CHOSE_TOO_MUCH
        if linked_steps(k, row, k[OUT], found) == 0:
            return NEED_LINKS
        k[BEGIN] += 1
    return FINISHED


def relink(k: words) -> number:
    """Enter all links into an empty table."""
    size = 8 * (2 * k[MAPPED_WORDS] + k[WORDS])
    i = 0
    while i < k[LINKED]:
        place = place_for(k, pointer(k[LINK_LIST] + i * size))
        pointer(k[LINKS])[place] = i + 1
        i += 1
    return FINISHED
