"""Compiled loops over the product of all states with a formula's automaton: the same for every model and formula.

A node is a state with a mode: one of the automaton's states, which are at most 64. The modes of a state are bits side
by side in one word of a set, so that a state is studied once for all of them. Loops that need no successors, and the
search for components, are those of sets of states.
"""

from __future__ import annotations

from checker.engines.explicit.liveness.classes import add_up
from checker.engines.explicit.liveness.passes import part_of
from checker.engines.explicit.liveness.states import (
    FULL,
    follows,
    join,
    letter_at,
    modes_at,
    number_of,
    place_of,
    rests,
    study,
    trouble,
)
from checker.engines.explicit.native.block import (
    AFTER,
    BEGIN,
    CHANGED,
    CONDITIONS,
    CONTROL,
    END,
    FAILS,
    FAIR,
    FAIR_ITSELF,
    FINISHED,
    FORM,
    LASTING,
    LETTER_LOG,
    LETTERS,
    LIST,
    LIST_ROOM,
    LISTED,
    LOST,
    MARKS,
    MASK_WORDS,
    MODE_LOG,
    MODES,
    NEED_LIST,
    NEXT,
    NOBODY,
    NUMBERS,
    OTHER,
    POSSIBLE,
    REFINED,
    ROWS,
    SCRATCH,
    SET,
    SLOTS,
    TABLE_SIZE,
    TAKEN,
    THINGS,
    TRUTHS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import (
    call4,
    exchange,
    lowest,
    number,
    pointer,
    popcount,
    seen,
    words,
)
from checker.engines.explicit.native.kernels import note
from checker.engines.explicit.native.table import slot_at, state_of


def read_letters(k: words) -> number:
    """Note what the conditions of a formula are in each state, whose entries BEGIN..END count in 64, and which letters
    that makes."""
    truths, letters = pointer(k[TRUTHS]), pointer(k[LETTERS])
    while k[BEGIN] < k[END]:
        slot = k[BEGIN] * 64
        last = min(slot + 64, k[TABLE_SIZE])
        while slot < last:
            row = state_of(k, slot)
            if row != 0:
                letter = call4(k[CONDITIONS], row, k[SCRATCH], k[CONTROL], k[FORM])
                if letter < 0:
                    k[FAILS] = 1
                    note(k, 0, pointer(row))
                else:
                    at = slot << k[LETTER_LOG]
                    truths[at >> 6] = truths[at >> 6] | (letter << (at & 63))
                    letters[letter] = 1
            slot += 1
        k[BEGIN] += 1
    return FINISHED


# -- which nodes behaviours come to ------------------------------------------------------------------------------------


def add(k: words, bits: number, slot: number, modes: number) -> number:
    """Add nodes of a state to the set at that address; the modes of those that are new."""
    at = slot << k[MODE_LOG]
    return ((join(bits + (at >> 6) * 8, modes << (at & 63)) & FULL) >> (at & 63)) & k[MODES]


def take(k: words, bits: number, slot: number) -> number:
    """Take all nodes of a state out of the set at that address, to which others add; their modes."""
    at = slot << k[MODE_LOG]
    address = bits + (at >> 6) * 8
    while True:
        before = seen(address)
        modes = ((before & FULL) >> (at & 63)) & k[MODES]
        if exchange(address, before, before & ~(modes << (at & 63))) == before:
            return modes


def reach(k: words) -> number:
    """Take each node out of AFTER, and add to SET what it leads to; to AFTER, too, what is new there."""
    while k[BEGIN] < k[END]:
        rest = seen(k[AFTER] + k[BEGIN] * 8)
        while rest != 0:
            slot = (k[BEGIN] * 64 + lowest(rest)) >> k[MODE_LOG]
            found = study(k, state_of(k, slot))
            if found < 0:
                return trouble(found)
            go_on(k, slot, found)
            rest = seen(k[AFTER] + k[BEGIN] * 8)
        k[BEGIN] += 1
    return FINISHED


def go_on(k: words, slot: number, found: number) -> number:
    """The same for the state studied."""
    slots = pointer(k[SLOTS])
    modes, onward = take(k, k[AFTER], slot), 0
    k[CHANGED] += popcount(modes)
    while modes != 0:
        onward = onward | follows(k, (slot << k[MODE_LOG]) + lowest(modes))
        modes = modes & (modes - 1)
    j = 0
    while j < found:
        if slots[j] >= 0:
            new = add(k, k[SET], slots[j], onward & letter_at(k, slots[j])[0])
            if new != 0:
                add(k, k[AFTER], slots[j], new)
        j += 1
    return 0


def last_nodes(k: words) -> number:
    """Take out of SET the nodes whose modes are not among LASTING. AFTER gets the states of those that are left, which
    CHANGED counts."""
    bits = pointer(k[SET])
    while k[BEGIN] < k[END]:
        bits[k[BEGIN]] = bits[k[BEGIN]] & k[LASTING]
        rest = bits[k[BEGIN]] & FULL
        while rest != 0:
            slot = (k[BEGIN] * 64 + lowest(rest)) >> k[MODE_LOG]
            rest = rest & ~(k[MODES] << ((slot << k[MODE_LOG]) & 63))
            k[CHANGED] += int(join(k[AFTER] + (slot >> 6) * 8, 1 << (slot & 63)) != 0)
        k[BEGIN] += 1
    return FINISHED


def keep_nodes(k: words) -> number:
    """Take out of SET the nodes of states that are not in OTHER, a set of states; CHANGED counts those that are
    left."""
    bits, states = pointer(k[SET]), pointer(k[OTHER])
    while k[BEGIN] < k[END]:
        rest = bits[k[BEGIN]] & FULL
        while rest != 0:
            slot = (k[BEGIN] * 64 + lowest(rest)) >> k[MODE_LOG]
            modes = k[MODES] << ((slot << k[MODE_LOG]) & 63)
            rest = rest & ~modes
            if (states[slot >> 6] >> (slot & 63)) & 1 == 0:
                bits[k[BEGIN]] = bits[k[BEGIN]] & ~modes
        k[CHANGED] += popcount(bits[k[BEGIN]])
        k[BEGIN] += 1
    return FINISHED


# -- where a fair cycle can stay ---------------------------------------------------------------------------------------


def trim_nodes(k: words) -> number:
    """Take out of the set what cannot stay in it: nothing that follows is in it, and something is owed."""
    bits = pointer(k[SET])
    while k[BEGIN] < k[END]:
        rest, studied, found, resting = bits[k[BEGIN]] & FULL, -1, 0, 0
        while rest != 0:
            node = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            if node >> k[MODE_LOG] != studied:
                studied = node >> k[MODE_LOG]
                found = study(k, state_of(k, studied))
                if found < 0:
                    return trouble(found)
                resting = rests(k)
            if resting == 0 and leads_within(k, follows(k, node), found) == 0:
                bits[k[BEGIN]] = bits[k[BEGIN]] & ~(1 << (node & 63))
                k[CHANGED] += 1
        k[BEGIN] += 1
    return FINISHED


def leads_within(k: words, onward: number, found: number) -> number:
    """Whether the state studied has a successor that is in the set with one of these modes."""
    slots = pointer(k[SLOTS])
    j = 0
    while j < found:
        if slots[j] >= 0 and onward & modes_at(k, k[SET], slots[j]) != 0:
            return 1
        j += 1
    return 0


def weigh_nodes(k: words) -> number:
    """Add up, for each component, what is possible, impossible and taken in its nodes, and what is settled there."""
    bits, numbers = pointer(k[SET]), pointer(k[NUMBERS])
    while k[BEGIN] < k[END]:
        rest, studied = bits[k[BEGIN]] & FULL, -1
        while rest != 0:
            node = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            own = number_of(numbers, place_of(k, node))
            if own == NOBODY:
                continue
            slot = node >> k[MODE_LOG]
            if slot != studied:
                found = study(k, state_of(k, slot))
                if found < 0:
                    return trouble(found)
                studied = slot
            note_taken(k, follows(k, node), own)
            add_up(k, part_of(k, own), letter_at(k, slot)[3 + 2 * (node & ((1 << k[MODE_LOG]) - 1))])
        k[BEGIN] += 1
    return FINISHED


def note_taken(k: words, onward: number, own: number) -> number:
    """Set TAKEN: what leads from the state studied, on to one of these modes, to another node of its component."""
    slots, marks, taken = pointer(k[SLOTS]), pointer(k[MARKS]), pointer(k[TAKEN])
    i = 0
    while i < k[MASK_WORDS]:
        taken[i] = 0
        i += 1
    thing = 0
    while thing < k[THINGS]:
        j = marks[2 * thing]
        end = marks[2 * thing + 1]
        while j < end:
            if is_within(k, slots[j], onward, own) != 0:
                taken[thing >> 6] = taken[thing >> 6] | (1 << (thing & 63))
                break
            j += 1
        thing += 1
    return 0


def is_within(k: words, slot: number, onward: number, own: number) -> number:
    """Whether a successor is with one of these modes in the component of that number."""
    if slot < 0:
        return 0
    numbers, modes = pointer(k[NUMBERS]), onward & modes_at(k, k[SET], slot)
    while modes != 0:
        if number_of(numbers, place_of(k, (slot << k[MODE_LOG]) + lowest(modes))) == own:
            return 1
        modes = modes & (modes - 1)
    return 0


def sift_nodes(k: words) -> number:
    """Set AFTER to what is left of the components to be refined, and add fair ones to FAIR."""
    bits, after, fair = pointer(k[SET]), pointer(k[AFTER]), pointer(k[FAIR])
    numbers, possible, size = pointer(k[NUMBERS]), pointer(k[POSSIBLE]), k[MASK_WORDS]
    while k[BEGIN] < k[END]:
        rest, left, good, studied = bits[k[BEGIN]] & FULL, 0, 0, -1
        while rest != 0:
            node = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            own = number_of(numbers, place_of(k, node))
            if own == NOBODY:
                continue
            part = pointer(part_of(k, own))
            if part[3 * size] == FAIR_ITSELF:
                good = good | (1 << (node & 63))
            if part[3 * size] != REFINED:
                continue
            if node >> k[MODE_LOG] != studied:
                studied = node >> k[MODE_LOG]
                found = study(k, state_of(k, studied))
                if found < 0:
                    return trouble(found)
            starved, i = 0, 0
            while i < size:
                starved = starved | (possible[i] & part[2 * size + i])
                i += 1
            if starved == 0:
                left = left | (1 << (node & 63))
        after[k[BEGIN]] = left
        fair[k[BEGIN]] = fair[k[BEGIN]] | good
        k[CHANGED] += popcount(left)
        k[BEGIN] += 1
    return FINISHED


# -- ways there: lists of nodes ----------------------------------------------------------------------------------------


def begin_nodes(k: words) -> number:
    """List the nodes in which behaviours begin, of the rows BEGIN..END, states; those that are, so far, not in FAIR,
    where they are put."""
    while k[BEGIN] < k[END]:
        slot = slot_at(k, pointer(k[ROWS] + k[BEGIN] * k[WORDS] * 8))
        if slot < 0:
            return LOST
        if enlist(k, slot, letter_at(k, slot)[1]) == 0:
            return NEED_LIST
        k[BEGIN] += 1
    return FINISHED


def spread_nodes(k: words) -> number:
    """List what the nodes BEGIN..END at ROWS lead to, and is, so far, not in FAIR, where it is put."""
    slots = pointer(k[SLOTS])
    while k[BEGIN] < k[END]:
        node = pointer(k[ROWS])[k[BEGIN]]
        found = study(k, state_of(k, node >> k[MODE_LOG]))
        if found < 0:
            return trouble(found)
        onward = follows(k, node)
        j = 0
        while j < found:
            if slots[j] >= 0 and enlist(k, slots[j], onward & letter_at(k, slots[j])[0]) == 0:
                return NEED_LIST
            j += 1
        k[BEGIN] += 1
    return FINISHED


def enlist(k: words, slot: number, modes: number) -> number:
    """List the nodes of a state with these modes that are, so far, not in FAIR, where they are put; 0 if there is no
    room."""
    if k[LISTED] + 64 > k[LIST_ROOM]:
        return 0
    new, rows = add(k, k[FAIR], slot, modes), pointer(k[LIST])
    while new != 0:
        rows[k[LISTED]] = (slot << k[MODE_LOG]) + lowest(new)
        k[LISTED] += 1
        new = new & (new - 1)
    return 1


def gather_nodes(k: words) -> number:
    """List those of the nodes BEGIN..END at ROWS that are in SET."""
    bits, rows = pointer(k[SET]), pointer(k[LIST])
    while k[BEGIN] < k[END]:
        node = pointer(k[ROWS])[k[BEGIN]]
        if (bits[node >> 6] >> (node & 63)) & 1 != 0:
            if k[LISTED] == k[LIST_ROOM]:
                return NEED_LIST
            rows[k[LISTED]] = node
            k[LISTED] += 1
        k[BEGIN] += 1
    return FINISHED


def leads_to_node(k: words) -> number:
    """List those of the nodes BEGIN..END at ROWS that lead to the node NEXT."""
    slots, rows = pointer(k[SLOTS]), pointer(k[LIST])
    target, mode = k[NEXT] >> k[MODE_LOG], k[NEXT] & ((1 << k[MODE_LOG]) - 1)
    while k[BEGIN] < k[END]:
        node = pointer(k[ROWS])[k[BEGIN]]
        if (follows(k, node) >> mode) & 1 != 0:
            found = study(k, state_of(k, node >> k[MODE_LOG]))
            if found < 0:
                return trouble(found)
            j = 0
            while j < found and slots[j] != target:
                j += 1
            if j < found:
                if k[LISTED] == k[LIST_ROOM]:
                    return NEED_LIST
                rows[k[LISTED]] = node
                k[LISTED] += 1
        k[BEGIN] += 1
    return FINISHED
