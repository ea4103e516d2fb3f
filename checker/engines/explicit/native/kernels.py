"""The compiled loops of the search, the same for every model: expand, judge, find parents, rebuild.

Every kernel takes the address of a parameter block (`block`), allocates nothing and raises nothing.
"""

from __future__ import annotations

from checker.engines.explicit.codegen.code import FAILED, STUCK
from checker.engines.explicit.native.block import (
    BATCH,
    BEGIN,
    BEST,
    CANONICAL,
    CHECK,
    CHECK_STEP,
    CHOSE_TOO_MUCH,
    CHUNK,
    CHUNK_BITS,
    CONTROL,
    DEADLOCK,
    END,
    EXPAND,
    FAILURE,
    FINISHED,
    FIRST_PROPERTY,
    FLUSHED,
    GENERATED,
    KEY,
    LEFT_OUT,
    MOST_SENT,
    NEED_OUT,
    NEED_SEND,
    NEED_TABLE,
    OUT,
    OUT_ROWS,
    PAIR,
    PENDING,
    PROPERTIES,
    REDUCTION,
    ROWS,
    SCRATCH,
    SELF,
    SEND,
    SEND_ROWS,
    SIEVE,
    STEP_PROPERTIES,
    STEP_SCRATCH,
    STEP_WANTED,
    TARGET_COUNT,
    TARGETS,
    UNJUDGED,
    WANTED,
    WITHIN,
    WITNESS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import (
    call2,
    call4,
    call5,
    number,
    pointer,
    words,
)
from checker.engines.explicit.native.lately import fetched_new
from checker.engines.explicit.native.sharing import owned_new
from checker.engines.explicit.native.table import enter, equal, fetch_rows, flush, hashed
from checker.engines.explicit.native.waiting import thinned

AHEAD = 16
"""States whose entries are fetched before the first of them is entered."""


def note(k: words, kind: number, row: words) -> number:
    """Remember the state at `row` as a culprit if it is the least so far."""
    width = k[WORDS]
    best = pointer(k[BEST] + kind * (width + 1) * 8)
    if best[0] != 0:
        i = 0
        while i < width and row[i] == best[1 + i]:
            i += 1
        if i == width or row[i] > best[1 + i]:
            return 0
    best[0] = 1
    i = 0
    while i < width:
        best[1 + i] = row[i]
        i += 1
    return 0


def settle(k: words, begin: number, end: number) -> number:
    """Make successors canonical, keep those that belong here and were not found lately, and fetch their table entries;
    one past the last."""
    if k[CANONICAL] != 0:
        width = k[WORDS]
        j = begin
        while j < end:
            call2(k[CANONICAL], k[OUT] + j * width * 8, k[SCRATCH])
            j += 1
    return fetched_new(k, begin, end) if k[SEND] == 0 else owned_new(k, begin, end)


def judged_step(k: words, row: number, out: number, found: number, begin: number) -> number:
    """Judge the steps from the state at address `row` to the `found` states at `out`, from number `begin` on, until one
    gives a `@step` property a mark; its number, or `found`. A step that changes nothing is none."""
    width = k[WORDS]
    pair, before = pointer(k[PAIR]), pointer(row)
    i = 0
    while i < width:
        pair[width + i] = before[i]
        i += 1
    while begin < found:
        after = pointer(out + begin * width * 8)
        if equal(before, after, width) == 0:
            i = 0
            while i < width:
                pair[i] = after[i]
                i += 1
            if call4(k[CHECK_STEP], k[PAIR], k[STEP_SCRATCH], k[CONTROL], k[STEP_WANTED]) != 0:
                break
        begin += 1
    return begin


def judge_steps(k: words, row: number, out: number, found: number) -> number:
    """Judge all of these steps, and remember the state before as a culprit of each `@step` property with a mark."""
    wanted = pointer(k[STEP_WANTED])
    j = judged_step(k, row, out, found, 0)
    while j < found:
        p = 0
        while p < k[STEP_PROPERTIES]:
            if wanted[2 * p + 1] != 0:
                note(k, FIRST_PROPERTY + 2 * k[PROPERTIES] + 2 * p + wanted[2 * p + 1] - 1, pointer(row))
                wanted[2 * p + 1] = 0
            p += 1
        j = judged_step(k, row, out, found, j + 1)
    return FINISHED


def sifted(k: words, row: number, out: number, found: number, noting: number) -> number:
    """Keep of the `found` states at `out`, which follow from that at address `row`, those within the constraint; how
    many. The others are judged, by what is wanted: with `noting`, `row` is remembered as a culprit of what has a mark;
    else the first of them that has one ends it with -1."""
    width, wanted = k[WORDS], pointer(k[WANTED])
    first = FIRST_PROPERTY + 2 * (k[PROPERTIES] + k[STEP_PROPERTIES])
    kept = 0
    j = 0
    while j < found:
        here = out + j * width * 8
        if call4(k[WITHIN], here, k[SCRATCH], k[CONTROL], k[WANTED]) != 0:
            source, target = pointer(here), pointer(out + kept * width * 8)
            i = 0
            while i < width:
                target[i] = source[i]
                i += 1
            kept += 1
        elif call4(k[CHECK], here, k[SCRATCH], k[CONTROL], k[WANTED]) != 0:
            if noting == 0:
                return -1
            p = 0
            while p < k[PROPERTIES]:
                if wanted[2 * p + 1] != 0:
                    note(k, first + 2 * p + wanted[2 * p + 1] - 1, pointer(row))
                    wanted[2 * p + 1] = 0
                p += 1
        j += 1
    return kept


def explore(k: words) -> number:
    """Expand the rows BEGIN..END and insert what they lead to; goes on where it was after any need was met."""
    width, control = k[WORDS], pointer(k[CONTROL])
    fetched = 0  # what waits at first may have been fetched for another table
    while True:
        answer = flush(k, fetched)
        if answer != FINISHED:
            return answer
        if k[BEGIN] >= k[END]:
            return FINISHED
        k[PENDING] = k[FLUSHED] = 0
        pending = 0
        while k[BEGIN] < k[END] and pending < BATCH:
            row = k[ROWS] + k[BEGIN] * width * 8
            out = k[OUT] + pending * width * 8
            found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], out, k[OUT_ROWS] - pending)
            if found < 0:
                if pending == 0:
                    return NEED_OUT if found == -1 else CHOSE_TOO_MUCH
                break  # look up what there is, then come back to this row
            if k[SEND] != 0 and k[MOST_SENT] + found > k[SEND_ROWS]:
                if pending == 0:
                    return NEED_SEND
                break
            if k[WITNESS] != 0:
                call4(k[WITNESS], k[SELF], row, out, found)
            if k[CHECK_STEP] != 0:
                judge_steps(k, row, out, found)
            if control[FAILED] != 0:
                note(k, FAILURE, pointer(row))
            if control[STUCK] != 0:
                note(k, DEADLOCK if control[STUCK] == 1 else UNJUDGED, pointer(row))
            if k[REDUCTION] != 0 and control[FAILED] == 0:
                kept = thinned(k, out, found)
                k[LEFT_OUT] += found - kept
                found = kept
            k[GENERATED] += found
            if k[WITHIN] != 0:
                found = sifted(k, row, out, found, 1)
            pending = settle(k, pending, pending + found)
            k[BEGIN] += 1
        k[PENDING], fetched = pending, 1


def project(k: words) -> number:
    """Have the rows BEGIN..END wait for being looked up, with no other bits than those of KEY. They fit into OUT."""
    key, out, width = pointer(k[KEY]), pointer(k[OUT]), k[WORDS]
    at = 0
    while k[BEGIN] < k[END]:
        row = pointer(k[ROWS] + k[BEGIN] * width * 8)
        i = 0
        while i < width:
            out[at + i] = row[i] & key[i]
            i += 1
        at += width
        k[BEGIN] += 1
    k[PENDING], k[FLUSHED] = at // width, 0
    return FINISHED


def judge(k: words) -> number:
    """Judge the wanted properties in the rows BEGIN..END."""
    wanted, width = pointer(k[WANTED]), k[WORDS]
    while k[BEGIN] < k[END]:
        row = k[ROWS] + k[BEGIN] * width * 8
        if call4(k[CHECK], row, k[SCRATCH], k[CONTROL], k[WANTED]) != 0:
            p = 0
            while p < k[PROPERTIES]:
                if wanted[2 * p + 1] != 0:
                    note(k, FIRST_PROPERTY + 2 * p + wanted[2 * p + 1] - 1, pointer(row))
                    wanted[2 * p + 1] = 0
                p += 1
        k[BEGIN] += 1
    return FINISHED


def find_parents(k: words) -> number:
    """Remember, as culprit i, the least of the rows BEGIN..END that has target number i among its successors."""
    width, size = k[WORDS], k[WORDS] * 8
    while k[BEGIN] < k[END]:
        row = k[ROWS] + k[BEGIN] * size
        found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
        if found < 0:
            return NEED_OUT if found == -1 else CHOSE_TOO_MUCH
        j = 0
        while j < found:
            successor = k[OUT] + j * size
            if k[CANONICAL] != 0:
                call2(k[CANONICAL], successor, k[SCRATCH])
            if (k[SIEVE] >> (hashed(pointer(successor), width) & 63)) & 1:
                i = 0
                while i < k[TARGET_COUNT]:
                    if equal(pointer(successor), pointer(k[TARGETS] + i * size), width):
                        note(k, i, pointer(row))
                    i += 1
            j += 1
        k[BEGIN] += 1
    return FINISHED


def sieve(k: words) -> number:
    """Set SIEVE for the targets."""
    k[SIEVE] = 0
    i = 0
    while i < k[TARGET_COUNT]:
        k[SIEVE] |= 1 << (hashed(pointer(k[TARGETS] + i * k[WORDS] * 8), k[WORDS]) & 63)
        i += 1
    return FINISHED


def rebuild(k: words) -> number:
    """Enter the rows BEGIN..END of chunk CHUNK, which are all different, into an empty or growing table."""
    ahead, width = k[BEGIN], k[WORDS]
    while k[BEGIN] < k[END]:
        if ahead == k[BEGIN]:
            ahead = min(k[END], ahead + AHEAD)
            fetch_rows(k, k[ROWS], k[BEGIN], ahead)
        if enter(k, pointer(k[ROWS] + k[BEGIN] * width * 8), (k[CHUNK] << CHUNK_BITS) + k[BEGIN]) == 0:
            return NEED_TABLE
        k[BEGIN] += 1
    return FINISHED
