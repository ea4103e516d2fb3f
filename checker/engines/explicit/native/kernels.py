"""The compiled loops of the search, the same for every model: look up, expand, judge, rebuild.

The visited table is open addressing with linear probing. Narrow (a state is one word): an entry is the word + 1. Wide:
an entry is some bits of the hash and the number of the row that holds the state; rows are compared in full, so equality
is exact in both. An entry goes from 0 to its value once, by compare-and-exchange, so any number of workers may insert.

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
    CHUNK_ROWS,
    CHUNKS,
    CONTROL,
    DEADLOCK,
    END,
    EXPAND,
    FAILURE,
    FINISHED,
    FIRST_PROPERTY,
    FLUSHED,
    GENERATED,
    NEED_CHUNK,
    NEED_OUT,
    NEED_QUOTA,
    OUT,
    OUT_ROWS,
    PAIR,
    PENDING,
    PROPERTIES,
    QUOTA,
    ROW_BITS,
    ROWS,
    SCRATCH,
    SELF,
    SIEVE,
    STEP_PROPERTIES,
    STEP_SCRATCH,
    STEP_WANTED,
    TABLE,
    TABLE_SIZE,
    TARGET_COUNT,
    TARGETS,
    UNJUDGED,
    USED,
    WANTED,
    WITHIN,
    WITNESS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import (
    HALF,
    call2,
    call4,
    call5,
    exchange,
    mixed,
    number,
    pointer,
    prefetch,
    seen,
    words,
)

TAG = (1 << 64 - ROW_BITS) - 1
ROW = (1 << ROW_BITS) - 1
AHEAD = 16


def hashed(row: words, width: number) -> number:
    """A hash of a row."""
    total = mixed(row[0])
    i = 1
    while i < width:
        total = mixed(total ^ row[i])
        i += 1
    return total


def slot_of(hash_: number, size: number) -> number:
    """The entry at which to begin, from the upper half of the hash."""
    return (((hash_ >> 32) & HALF) * size) >> 32


def equal(left: words, right: words, width: number) -> number:
    """Whether two rows are equal."""
    i = 0
    while i < width:
        if left[i] != right[i]:
            return 0
        i += 1
    return 1


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


def flush_narrow(k: words) -> number:
    """Look up the waiting states of one word and append those that are new."""
    out, table, size = pointer(k[OUT]), k[TABLE], k[TABLE_SIZE]
    rows = pointer(pointer(k[CHUNKS])[k[CHUNK]])
    used, quota, pending = k[USED], k[QUOTA], k[PENDING]
    j = k[FLUSHED]
    answer = FINISHED
    while j < pending:
        word = out[j]
        slot = slot_of(mixed(word), size)
        while True:
            entry = seen(table + slot * 8)
            if entry == 0:
                if quota == 0 or used == CHUNK_ROWS:
                    answer = NEED_QUOTA if quota == 0 else NEED_CHUNK
                    break
                entry = exchange(table + slot * 8, 0, word + 1)
                if entry == 0:
                    rows[used] = word
                    used += 1
                    quota -= 1
                    break
            if entry == word + 1:
                break
            slot += 1
            if slot == size:
                slot = 0
        if answer != FINISHED:
            break
        j += 1
    k[USED], k[QUOTA], k[FLUSHED] = used, quota, j
    return answer


def row_at(k: words, place: number) -> words:
    """The row of that number."""
    chunk = pointer(k[CHUNKS])[place >> CHUNK_BITS]
    return pointer(chunk + (place & (CHUNK_ROWS - 1)) * k[WORDS] * 8)


def flush_wide(k: words) -> number:
    """Look up the waiting states of several words and append those that are new."""
    table, size, width = k[TABLE], k[TABLE_SIZE], k[WORDS]
    chunk = pointer(k[CHUNKS])[k[CHUNK]]
    used, quota, pending = k[USED], k[QUOTA], k[PENDING]
    j = k[FLUSHED]
    answer = FINISHED
    while j < pending:
        state = pointer(k[OUT] + j * width * 8)
        hash_ = hashed(state, width)
        slot = slot_of(hash_, size)
        tag = hash_ & TAG
        written = False
        while True:
            entry = seen(table + slot * 8)
            if entry == 0:
                if quota == 0 or used == CHUNK_ROWS:
                    answer = NEED_QUOTA if quota == 0 else NEED_CHUNK
                    break
                if not written:  # the row must be complete before anyone can see its place
                    fresh = pointer(chunk + used * width * 8)
                    i = 0
                    while i < width:
                        fresh[i] = state[i]
                        i += 1
                    written = True
                place = (k[CHUNK] << CHUNK_BITS) + used
                entry = exchange(table + slot * 8, 0, (tag << ROW_BITS) | (place + 1))
                if entry == 0:
                    used += 1
                    quota -= 1
                    break
            if (entry >> ROW_BITS) & TAG == tag and equal(row_at(k, (entry & ROW) - 1), state, width):
                break
            slot += 1
            if slot == size:
                slot = 0
        if answer != FINISHED:
            break
        j += 1
    k[USED], k[QUOTA], k[FLUSHED] = used, quota, j
    return answer


def settle(k: words, begin: number, end: number) -> number:
    """Make successors canonical and fetch their table entries."""
    width = k[WORDS]
    while begin < end:
        row = k[OUT] + begin * width * 8
        if k[CANONICAL] != 0:
            call2(k[CANONICAL], row, k[SCRATCH])
        prefetch(k[TABLE] + slot_of(hashed(pointer(row), width), k[TABLE_SIZE]) * 8)
        begin += 1
    return 0


def settle_narrow(k: words, begin: number, end: number) -> number:
    """The same for states of one word."""
    if k[CANONICAL] != 0:
        return settle(k, begin, end)
    out, table, size = pointer(k[OUT]), k[TABLE], k[TABLE_SIZE]
    while begin < end:
        prefetch(table + slot_of(mixed(out[begin]), size) * 8)
        begin += 1
    return 0


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
    while True:
        answer = flush_narrow(k) if width == 1 else flush_wide(k)
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
            if k[WITNESS] != 0:
                call4(k[WITNESS], k[SELF], row, out, found)
            if k[CHECK_STEP] != 0:
                judge_steps(k, row, out, found)
            if control[FAILED] != 0:
                note(k, FAILURE, pointer(row))
            if control[STUCK] != 0:
                note(k, DEADLOCK if control[STUCK] == 1 else UNJUDGED, pointer(row))
            k[GENERATED] += found
            if k[WITHIN] != 0:
                found = sifted(k, row, out, found, 1)
            if width == 1:
                settle_narrow(k, pending, pending + found)
            else:
                settle(k, pending, pending + found)
            pending += found
            k[BEGIN] += 1
        k[PENDING] = pending


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
    width, size, table = k[WORDS], k[TABLE_SIZE], k[TABLE]
    ahead = k[BEGIN]
    i = k[BEGIN]
    while i < k[END]:
        while ahead < k[END] and ahead < i + AHEAD:
            prefetch(table + slot_of(hashed(pointer(k[ROWS] + ahead * width * 8), width), size) * 8)
            ahead += 1
        row = pointer(k[ROWS] + i * width * 8)
        hash_ = hashed(row, width)
        slot = slot_of(hash_, size)
        place = (k[CHUNK] << CHUNK_BITS) + i + 1
        entry = row[0] + 1 if width == 1 else ((hash_ & TAG) << ROW_BITS) | place
        while seen(table + slot * 8) != 0 or exchange(table + slot * 8, 0, entry) != 0:
            slot += 1
            if slot == size:
                slot = 0
        i += 1
    k[BEGIN] = i
    return FINISHED
