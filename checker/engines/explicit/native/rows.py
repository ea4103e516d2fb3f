"""Operations on rows of slots in scratch memory, for sets and values of more than one slot."""

from __future__ import annotations

from checker.engines.explicit.codegen.layout import MASK_BITS
from checker.engines.explicit.native.intrinsics import lowest, number, popcount, words


def same(s: words, left: number, right: number, count: number) -> number:
    """Whether two rows of slots are equal: 1 or 0."""
    i = 0
    while i < count:
        if s[left + i] != s[right + i]:
            return 0
        i += 1
    return 1


def subset(s: words, left: number, right: number, count: number) -> number:
    """Whether one large set is a subset of another: 1 or 0."""
    i = 0
    while i < count:
        if s[left + i] & ~s[right + i] != 0:
            return 0
        i += 1
    return 1


def count_bits(s: words, place: number, count: number) -> number:
    """How many members a large set has."""
    total = 0
    i = 0
    while i < count:
        total += popcount(s[place + i])
        i += 1
    return total


def next_bit(s: words, place: number, count: number, start: number) -> number:
    """The least member of a large set with rank `start` or more; -1 if there is none."""
    i = start // MASK_BITS
    if i >= count:
        return -1
    rest = s[place + i] & ~((1 << start % MASK_BITS) - 1)
    while rest == 0:
        i += 1
        if i == count:
            return -1
        rest = s[place + i]
    return i * MASK_BITS + lowest(rest)


def unpack_row(w: words, s: words, table: number, first: number, last: number) -> number:
    """Put the slots first..last of the packed state `w` where they belong. The table has for each slot the number of
    its word, its shift, its mask and its lowest code."""
    i = first
    while i < last:
        s[i] = ((w[s[table + 4 * i]] >> s[table + 4 * i + 1]) & s[table + 4 * i + 2]) + s[table + 4 * i + 3]
        i += 1
    return 0


def pack_row(out: words, at: number, s: words, table: number, first: number, last: number) -> number:
    """Add the slots first..last to the packed state that begins at out[at], where their bits are 0."""
    i = first
    while i < last:
        word = at + s[table + 4 * i]
        out[word] = out[word] | ((s[i] - s[table + 4 * i + 3]) << s[table + 4 * i + 1])
        i += 1
    return 0


def patch_row(out: words, at: number, s: words, saved: number, table: number, first: number, last: number) -> number:
    """Bring the packed state that begins at out[at] from the slots saved[first..last] to the slots first..last. Fields
    hold codes less their lowest, so that adding the difference to the word changes just this field."""
    i = first
    while i < last:
        if s[i] != s[saved + i]:
            word = at + s[table + 4 * i]
            out[word] = out[word] + ((s[i] - s[saved + i]) << s[table + 4 * i + 1])
        i += 1
    return 0
