"""Compiled loops over sets of states: where a fair cycle can stay. The same for every model.

A loop works on the words BEGIN..END of a set and writes no other, so that several workers may share a set; what they
all write, they only add bits to, by compare-and-exchange. So what comes out depends on nothing but the set.
"""

from __future__ import annotations

from checker.engines.explicit.liveness.classes import add_up, is_dropped
from checker.engines.explicit.liveness.states import (
    FULL,
    holds,
    number_of,
    place_of,
    rests,
    study,
    trouble,
)
from checker.engines.explicit.native.block import (
    AFTER,
    BEFORE,
    BEGIN,
    CHANGED,
    CONDITIONS,
    CONTROL,
    DROPPED,
    END,
    FAILS,
    FAIR,
    FAIR_ITSELF,
    FINISHED,
    FIRST_COMPONENT,
    FORM,
    HAPPENS,
    MARKS,
    MASK_WORDS,
    NEXT,
    NOBODY,
    NUMBERS,
    OTHER,
    OTHER_WHEN,
    PARTS,
    POSSIBLE,
    REFINED,
    SCRATCH,
    SET,
    SKIPS,
    SLOTS,
    STAY_WHEN,
    STRONG,
    TABLE_SIZE,
    TAKEN,
    THINGS,
    VISITS,
    WEAK,
)
from checker.engines.explicit.native.intrinsics import call4, lowest, number, pointer, popcount, words
from checker.engines.explicit.native.kernels import note
from checker.engines.explicit.native.table import state_of


def assess(k: words) -> number:
    """Set SET and OTHER, in their words BEGIN..END, by what the conditions of a property are in each state."""
    bits, other = pointer(k[SET]), pointer(k[OTHER])
    while k[BEGIN] < k[END]:
        stay, begin = 0, 0
        slot = k[BEGIN] * 64
        last = min(slot + 64, k[TABLE_SIZE])
        while slot < last:
            row = state_of(k, slot)
            if row != 0 and (k[SKIPS] == 0 or is_dropped(k, pointer(row)) == 0):
                truth = call4(k[CONDITIONS], row, k[SCRATCH], k[CONTROL], k[FORM])
                if truth < 0:
                    k[FAILS] = 1
                    note(k, 0, pointer(row))
                    truth = 0
                k[HAPPENS] |= truth & 1
                stay = stay | (((k[STAY_WHEN] >> truth) & 1) << (slot & 63))
                begin = begin | (((k[OTHER_WHEN] >> truth) & 1) << (slot & 63))
            slot += 1
        bits[k[BEGIN]], other[k[BEGIN]] = stay, begin
        k[CHANGED] += popcount(stay)
        k[BEGIN] += 1
    return FINISHED


def trim(k: words) -> number:
    """Take out of the set what cannot stay in it: no successor is in it, and something is owed."""
    bits = pointer(k[SET])
    while k[BEGIN] < k[END]:
        rest = bits[k[BEGIN]] & FULL
        while rest != 0:
            slot = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            found = study(k, state_of(k, slot))
            if found < 0:
                return trouble(found)
            if rests(k) == 0 and leads_within(k, found) == 0:
                bits[k[BEGIN]] = bits[k[BEGIN]] & ~(1 << (slot & 63))
                k[CHANGED] += 1
        k[BEGIN] += 1
    return FINISHED


def leads_within(k: words, found: number) -> number:
    """Whether the state studied has a successor in the set."""
    slots, bits = pointer(k[SLOTS]), pointer(k[SET])
    j = 0
    while j < found:
        if slots[j] >= 0 and holds(bits, slots[j]) != 0:
            return 1
        j += 1
    return 0


def count(k: words) -> number:
    """Set BEFORE for the words BEGIN..END; CHANGED counts all states."""
    bits, before = pointer(k[SET]), pointer(k[BEFORE])
    while k[BEGIN] < k[END]:
        before[k[BEGIN]] = k[CHANGED]
        k[CHANGED] += popcount(bits[k[BEGIN]])
        k[BEGIN] += 1
    return FINISHED


def weigh(k: words) -> number:
    """Add up, for each component, what is possible, impossible and taken in its states."""
    bits, other, numbers = pointer(k[SET]), pointer(k[OTHER]), pointer(k[NUMBERS])
    while k[BEGIN] < k[END]:
        rest = bits[k[BEGIN]] & FULL
        while rest != 0:
            slot = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            own = number_of(numbers, place_of(k, slot))
            if own == NOBODY:
                continue
            found = study(k, state_of(k, slot))
            if found < 0:
                return trouble(found)
            note_taken(k, own)
            add_up(k, part_of(k, own), holds(other, slot))
        k[BEGIN] += 1
    return FINISHED


def part_of(k: words, own: number) -> number:
    """The address of what is known of a component."""
    return k[PARTS] + (FIRST_COMPONENT - own) * (3 * k[MASK_WORDS] + 1) * 8


def note_taken(k: words, own: number) -> number:
    """Set TAKEN: what leads from the state studied to another of its component."""
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
            if is_within(k, slots[j], own) != 0:
                taken[thing >> 6] = taken[thing >> 6] | (1 << (thing & 63))
                break
            j += 1
        thing += 1
    return 0


def is_within(k: words, slot: number, own: number) -> number:
    """Whether a successor is in the component of that number."""
    if slot < 0 or holds(pointer(k[SET]), slot) == 0:
        return 0
    return int(number_of(pointer(k[NUMBERS]), place_of(k, slot)) == own)


def classify(k: words) -> number:
    """Decide the fate of the components BEGIN..END. Of one that is refined, what is starved takes the place of what is
    taken: possible somewhere, strongly fair and never taken."""
    weak, strong, size = pointer(k[WEAK]), pointer(k[STRONG]), k[MASK_WORDS]
    while k[BEGIN] < k[END]:
        part = pointer(k[PARTS] + k[BEGIN] * (3 * size + 1) * 8)
        starved, owed = 0, 0
        i = 0
        while i < size:
            missing = part[i] & ~part[2 * size + i]
            owed = owed | (missing & weak[i] & ~part[size + i])
            part[2 * size + i] = missing & strong[i]
            starved = starved | part[2 * size + i]
            i += 1
        fate = FAIR_ITSELF
        if owed != 0 or part[3 * size] & k[VISITS] != k[VISITS]:
            fate = DROPPED
        elif starved != 0:
            fate = REFINED
        part[3 * size] = fate
        k[BEGIN] += 1
    return FINISHED


def sift(k: words) -> number:
    """Set AFTER to what is left of the components to be refined, and add fair ones to FAIR."""
    bits, after, fair = pointer(k[SET]), pointer(k[AFTER]), pointer(k[FAIR])
    numbers, possible, size = pointer(k[NUMBERS]), pointer(k[POSSIBLE]), k[MASK_WORDS]
    while k[BEGIN] < k[END]:
        rest, left, good = bits[k[BEGIN]] & FULL, 0, 0
        while rest != 0:
            slot = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            own = number_of(numbers, place_of(k, slot))
            if own == NOBODY:
                continue
            part = pointer(part_of(k, own))
            if part[3 * size] == FAIR_ITSELF:
                good = good | (1 << (slot & 63))
            if part[3 * size] != REFINED:
                continue
            found = study(k, state_of(k, slot))
            if found < 0:
                return trouble(found)
            starved, i = 0, 0
            while i < size:
                starved = starved | (possible[i] & part[2 * size + i])
                i += 1
            if starved == 0:
                left = left | (1 << (slot & 63))
        after[k[BEGIN]] = left
        fair[k[BEGIN]] = fair[k[BEGIN]] | good
        k[CHANGED] += popcount(left)
        k[BEGIN] += 1
    return FINISHED


def pick(k: words) -> number:
    """Set AFTER, in the words BEGIN..END, to the states of the component with the number NEXT."""
    bits, after, numbers = pointer(k[SET]), pointer(k[AFTER]), pointer(k[NUMBERS])
    while k[BEGIN] < k[END]:
        rest, own = bits[k[BEGIN]] & FULL, 0
        while rest != 0:
            slot = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            if number_of(numbers, place_of(k, slot)) == k[NEXT]:
                own = own | (1 << (slot & 63))
        after[k[BEGIN]] = own
        k[BEGIN] += 1
    return FINISHED
