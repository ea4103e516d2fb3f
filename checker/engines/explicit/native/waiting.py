"""The compiled choice of which steps may wait in a state: `checker.reduction.stubborn`, word for word, over tables.

Says which of the successors that a state has are kept. The tables (`explicit.reducing`) are read only; masks are of
moves, BITS a word. What is worked with is the worker's own memory.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import PUT_OFF, REDUCTION, SCRATCH, WORDS, WORK
from checker.engines.explicit.native.intrinsics import lowest, number, pointer, popcount, words

BITS_LOG = 5
BITS = 1 << BITS_LOG
"""Bits of a mask that a word of it holds."""

THINGS, MASK, MARKS, DEADLOCK, GOALS = 0, 1, 2, 3, 4
"""Of a table: how many things there are; words of a mask; where `expand` leaves the numbers of the successors of each;
a 1 if deadlocks are looked for; how many goals are."""
THING, CONFLICTS, OF_MOVE, LOCAL, FAILING, GOAL = 5, 6, 7, 8, 9, 10
"""Where in it the things stand, three words each: the slot that says its point, or -1; the code of its first point;
where the numbers of its moves stand. The masks of conflicts, by move. For each move where its clauses begin and end.
The masks of local moves, and of those that may come to fail. For each goal as for a move."""
HEAD = 11

LITERALS_AT, LITERALS_END, OPEN, BY = 0, 1, 2, 3
"""Of a clause: where its literals begin and end; a 1 if more than these decide it; the mask of who makes it true."""
SLOT, SHIFT, POSITIVE, CODES_AT, CODES_END = 0, 1, 2, 3, 4
LITERAL = 5
"""Of a literal: the slot of its cell; which bit of it, or -1; whether that is to be 1, or its code to be among those
from CODES_AT on."""

CURRENT, POSSIBLE, FOUND, TODO, BEST, BASE, MORE, COUNT, MOVE = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""What a worker's memory holds: seven masks, how many of FOUND are possible, the current move of each thing."""


def is_true(r: words, s: words, clause: number) -> number:
    """Whether a clause is true in the state in `s`: 1 or 0, or -1 if that is not known."""
    if r[clause + OPEN] != 0:
        return -1
    at = r[clause + LITERALS_AT]
    while at < r[clause + LITERALS_END]:
        value, hit = s[r[at + SLOT]], 0
        if r[at + SHIFT] >= 0:
            hit = (value >> r[at + SHIFT]) & 1
        else:
            code = r[at + CODES_AT]
            while code < r[at + CODES_END]:
                if r[code] == value:
                    hit = 1
                code += 1
        if hit == r[at + POSITIVE]:
            return 1
        at += LITERAL
    return 0


def ask(r: words, m: words, s: words, clause: number, end: number) -> number:
    """Set MORE to who may make true what is false, of the clauses from `clause` on that which asks for the fewest."""
    width = r[MASK]
    least, best, unknown = -1, 0, 0
    more = MORE * width
    i = 0
    while i < width:
        m[more + i] = 0
        i += 1
    while clause < end:
        true = is_true(r, s, clause)
        if true < 0:
            unknown = 1
            i = 0
            while i < width:
                m[more + i] |= r[clause + BY + i]
                i += 1
        elif true == 0:
            count = 0
            i = 0
            while i < width:
                count += popcount(r[clause + BY + i] & m[i] & ~m[FOUND * width + i])
                i += 1
            if least < 0 or count < least:
                least, best = count, clause
        clause += BY + width
    i = 0
    while i < width:
        if least >= 0:
            m[more + i] = r[best + BY + i]
        elif unknown == 0:
            m[more + i] = m[i]
        i += 1
    return 0


def add(r: words, m: words, row: number) -> number:
    """Have in TODO what is current of the mask at `row` of the table, and not yet in FOUND."""
    width = r[MASK]
    j = 0
    while j < width:
        m[TODO * width + j] = (m[TODO * width + j] | r[row + j] & m[j]) & ~m[FOUND * width + j]
        j += 1
    return 0


def add_more(m: words, width: number) -> number:
    """The same of MORE."""
    j = 0
    while j < width:
        m[TODO * width + j] = (m[TODO * width + j] | m[MORE * width + j] & m[j]) & ~m[FOUND * width + j]
        j += 1
    return 0


def close(r: words, m: words, s: words, limit: number) -> number:
    """Close FOUND with what is in TODO; how many of it are possible, or `limit` as soon as these are as many."""
    width = r[MASK]
    found, todo = FOUND * width, TODO * width
    count = m[COUNT * width]
    i = 0
    while i < width:
        m[todo + i] = m[todo + i] & m[i] & ~m[found + i]
        i += 1
    i = 0
    while i < width and count < limit:
        if m[todo + i] == 0:
            i += 1
            continue
        bit = lowest(m[todo + i])
        move = i * BITS + bit
        m[found + i] |= 1 << bit
        if (m[POSSIBLE * width + i] >> bit) & 1:
            count += 1
            add(r, m, r[CONFLICTS] + move * width)
        else:
            ask(r, m, s, r[r[OF_MOVE] + 2 * move], r[r[OF_MOVE] + 2 * move + 1])
            add_more(m, width)
        i = 0
    m[COUNT * width] = count
    return count


def begin(m: words, width: number, base: number) -> number:
    """Have FOUND be BASE, of which nothing is possible, or nothing; and TODO nothing."""
    i = 0
    while i < width:
        m[FOUND * width + i] = m[BASE * width + i] if base else 0
        m[TODO * width + i] = 0
        i += 1
    m[COUNT * width] = 0
    return 0


def keep(m: words, width: number, target: number, source: number) -> number:
    """Copy a mask to another."""
    i = 0
    while i < width:
        m[target * width + i] = m[source * width + i]
        i += 1
    return 0


def try_each(r: words, m: words, s: words, among: number, best: number, base: number) -> number:
    """The fewest possible in a closed set, with BASE if it says so, for any one of POSSIBLE, and of the mask at `among`
    if that is not 0. If they are fewer than `best`, BEST is it."""
    width = r[MASK]
    i = 0
    while i < width:
        bits = m[POSSIBLE * width + i]
        if among:
            bits &= r[among + i]
        while bits and best > 1:
            begin(m, width, base)
            m[TODO * width + i] = bits & -bits
            count = close(r, m, s, best)
            if count < best:
                best = count
                keep(m, width, BEST, FOUND)
            bits &= bits - 1
        i += 1
    return best


def direct(r: words, m: words, s: words, best: number) -> number:
    """Set FOUND to who may come to show what is sought, closed; how many are possible, or `best` if not fewer."""
    width = r[MASK]
    begin(m, width, 0)
    i = 0
    while i < width:
        m[TODO * width + i] = r[r[FAILING] + i]
        i += 1
    count = close(r, m, s, best)
    goal = 0
    while goal < r[GOALS] and count < best:
        at = r[GOAL] + 2 * goal
        ask(r, m, s, r[at], r[at + 1])
        keep(m, width, TODO, MORE)
        count = close(r, m, s, best)
        goal += 1
    return count


def look(r: words, m: words, s: words) -> number:
    """Note which moves are current, and which of them possible; how many these are."""
    width, count = r[MASK], 0
    i = 0
    while i < width:
        m[i] = m[POSSIBLE * width + i] = 0
        i += 1
    thing = 0
    while thing < r[THINGS]:
        at = r[THING] + 3 * thing
        code = 0
        if r[at] >= 0:
            code = s[r[at]] - r[at + 1]
        move = r[r[at + 2] + code]
        m[MOVE * width + thing] = move
        m[move >> BITS_LOG] |= 1 << (move & (BITS - 1))
        if s[r[MARKS] + 2 * thing] < s[r[MARKS] + 2 * thing + 1]:
            count += 1
            m[POSSIBLE * width + (move >> BITS_LOG)] |= 1 << (move & (BITS - 1))
        thing += 1
    return count


def thinned(k: words, out: number, found: number) -> number:
    """Keep of the `found` successors at `out` those that may not wait; how many. Nothing fails in their state, which
    stands in the scratch memory."""
    r, m, s = pointer(k[REDUCTION]), pointer(k[WORK]), pointer(k[SCRATCH])
    width = r[MASK]
    all_of_them = look(r, m, s)
    if all_of_them < 2:
        return found
    best = try_each(r, m, s, r[LOCAL], all_of_them, 0)
    local = 1 if best < all_of_them else 0
    if best > 1:
        count = direct(r, m, s, best)
        if count < best and (count > 0 or r[DEADLOCK] == 0):
            best, local = count, 0
            keep(m, width, BEST, FOUND)
        elif count < best:
            keep(m, width, BASE, FOUND)
            fewer = try_each(r, m, s, 0, best, 1)
            if fewer < best:
                best, local = fewer, 0
    if best == all_of_them:
        return found
    k[PUT_OFF] += local
    return left_over(k, r, m, s, out)


def left_over(k: words, r: words, m: words, s: words, out: number) -> number:
    """Move the successors of the moves in BEST together; how many they are."""
    size, best, kept = k[WORDS], BEST * r[MASK], 0
    rows = pointer(out)
    thing = 0
    while thing < r[THINGS]:
        move = m[MOVE * r[MASK] + thing]
        if (m[best + (move >> BITS_LOG)] >> (move & (BITS - 1))) & 1:
            at, end = s[r[MARKS] + 2 * thing] * size, s[r[MARKS] + 2 * thing + 1] * size
            while at < end:
                rows[kept] = rows[at]
                kept += 1
                at += 1
        thing += 1
    return kept // size
