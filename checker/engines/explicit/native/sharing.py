"""The compiled loops for a part of a cluster: which states belong to it, what others are to be sent, and what comes in.

A state belongs to the part that the hash of some of its bits names. What was met lately (`native.lately`) is not sent
again: a part that has been sent a state has it.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import (
    BATCH,
    BEGIN,
    END,
    FINISHED,
    FLUSHED,
    FOUND,
    FOUND_ROWS,
    MIXES,
    MOST_SENT,
    OUT,
    PENDING,
    ROWS,
    SEND,
    SEND_ROWS,
    SENT,
    SHARE,
    SHARE_MASK,
    SHARES,
    SPARED,
    STATE_BITS,
    TABLE,
    TABLE_SIZE,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import FIRST_FACTOR, HALF, mixed, number, pointer, prefetch, words
from checker.engines.explicit.native.lately import met_lately
from checker.engines.explicit.native.table import PLACE_BITS, copied, fetch, flush, hashed, home, scrambled, slot_of

_OTHER = 0x2545F4914F6CDD1D
"""Makes another hash than the table's, in one stretch of which all states of a part would begin otherwise."""


def sharing_hash(row: words, mask: words, width: number) -> number:
    """The hash that says to which part a state belongs, of the bits in `mask`."""
    total = mixed((row[0] & mask[0]) ^ _OTHER)
    i = 1
    while i < width:
        total = mixed(total ^ (row[i] & mask[i]))
        i += 1
    return total


def part_of(hash_: number, parts: number) -> number:
    """The part that a hash names."""
    return (((hash_ >> 32) & HALF) * parts) >> 32


def put_to_send(k: words, part: number, row: words) -> number:
    """Have a state wait to be sent to a part: there is room for it."""
    width, sent = k[WORDS], pointer(k[SENT])
    copied(pointer(k[SEND] + (part * k[SEND_ROWS] + sent[part]) * width * 8), row, width)
    sent[part] += 1
    k[MOST_SENT] = max(k[MOST_SENT], sent[part])
    return 0


def owned_new(k: words, begin: number, end: number) -> number:
    """Keep of the states begin..end at OUT those that were not met lately and belong to this part, in their order, and
    fetch their table entries, as `table.fetch` does; one past the last. Those of others wait to be sent: there is room
    for them."""
    return owned_words(k, begin, end) if k[WORDS] == 1 else owned_wide(k, begin, end)


def owned_words(k: words, begin: number, end: number) -> number:
    """The same for states of one word, with no jump that nobody can foresee, as `lately.fetched_words`: a state is put
    where the next goes that is kept, and where the next goes that is sent to its part, and one of the two counts, or
    none."""
    table, size, bits = k[TABLE], k[TABLE_SIZE], k[STATE_BITS]
    out, mixes, found, last = pointer(k[OUT]), pointer(k[MIXES]), pointer(k[FOUND]), k[FOUND_ROWS] - 1
    mask, parts, share = pointer(k[SHARE_MASK])[0], k[SHARES], k[SHARE]
    send, room, sent, most, spared = k[SEND], k[SEND_ROWS] * 8, pointer(k[SENT]), k[MOST_SENT], k[SPARED]
    kept, entry = begin, table
    while begin < end:
        word = out[begin]
        place = ((word * FIRST_FACTOR) >> 40) & last
        new = int(found[place] != word)
        found[place] = word
        part = part_of(mixed((word & mask) ^ _OTHER), parts)
        other = int(part != share)
        pointer(send + part * room)[sent[part]] = word
        sent[part] += new & other
        most = max(most, sent[part])
        spared += (1 - new) & other
        mix = scrambled(word, bits) if bits != 0 else mixed(word)
        at = (home(mix, bits - PLACE_BITS, size) >> PLACE_BITS) * 4 if bits != 0 else slot_of(mix, size) * 8
        here = new & (1 - other)
        out[kept] = word
        mixes[kept] = mix
        entry ^= (entry ^ (table + at)) & -here
        prefetch(entry)
        kept += here
        begin += 1
    k[MOST_SENT], k[SPARED] = most, spared
    return kept


def owned_wide(k: words, begin: number, end: number) -> number:
    """The same for states of several words."""
    table, size, width, mask = k[TABLE], k[TABLE_SIZE], k[WORDS], pointer(k[SHARE_MASK])
    mixes = pointer(k[MIXES])
    kept = begin
    while begin < end:
        row = pointer(k[OUT] + begin * width * 8)
        part, hash_ = part_of(sharing_hash(row, mask, width), k[SHARES]), hashed(row, width)
        if met_lately(k[FOUND], k[FOUND_ROWS], row, hash_, width):
            k[SPARED] += int(part != k[SHARE])
        elif part != k[SHARE]:
            put_to_send(k, part, row)
        else:
            if kept != begin:
                copied(pointer(k[OUT] + kept * width * 8), row, width)
            mixes[kept] = hash_
            prefetch(table + slot_of(hash_, size) * 8)
            kept += 1
        begin += 1
    return kept


def disperse(k: words) -> number:
    """Keep of the states that wait for being looked up those that belong to this part. The others wait to be sent:
    there is room for them."""
    width, mask = k[WORDS], pointer(k[SHARE_MASK])
    kept = j = 0
    while j < k[PENDING]:
        row = pointer(k[OUT] + j * width * 8)
        part = part_of(sharing_hash(row, mask, width), k[SHARES])
        if part != k[SHARE]:
            put_to_send(k, part, row)
        else:
            copied(pointer(k[OUT] + kept * width * 8), row, width)
            kept += 1
        j += 1
    k[PENDING] = kept
    return FINISHED


def admit(k: words) -> number:
    """Look up the rows BEGIN..END, which belong to this part, and append those that are new."""
    size = k[WORDS] * 8
    while True:
        answer = flush(k, 0)
        if answer != FINISHED:
            return answer
        if k[BEGIN] >= k[END]:
            return FINISHED
        rows = min(BATCH, k[END] - k[BEGIN])
        copied(pointer(k[OUT]), pointer(k[ROWS] + k[BEGIN] * size), rows * k[WORDS])
        fetch(k, 0, rows)
        k[BEGIN] += rows
        k[PENDING], k[FLUSHED] = rows, 0
