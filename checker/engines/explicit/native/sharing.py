"""The compiled loops for a part of a cluster: which states belong to it, what others are to be sent, and what comes in.

A state belongs to the part that the hash of some of its bits names. What was sent lately is not sent again: a part that
has been sent a state has it.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import (
    BATCH,
    BEGIN,
    END,
    FINISHED,
    FLUSHED,
    MOST_SENT,
    OUT,
    PENDING,
    RECENT,
    ROWS,
    SEND,
    SEND_ROWS,
    SENT,
    SHARE,
    SHARE_MASK,
    SHARES,
    SPARED,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import HALF, mixed, number, pointer, words
from checker.engines.explicit.native.lately import met_lately
from checker.engines.explicit.native.table import copied, fetch, flush, hashed

RECENT_ROWS = 4096
"""States that are remembered as sent: they fit a cache next to the processor."""

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


def kept_here(k: words, begin: number, end: number) -> number:
    """Keep of the states begin..end at OUT those that belong to this part, in their order; one past the last. The
    others wait to be sent: there is room for them."""
    width, size = k[WORDS], k[WORDS] * 8
    sent, mask = pointer(k[SENT]), pointer(k[SHARE_MASK])
    kept = begin
    while begin < end:
        row = pointer(k[OUT] + begin * size)
        part = part_of(sharing_hash(row, mask, width), k[SHARES])
        if part == k[SHARE]:
            if kept != begin:
                copied(pointer(k[OUT] + kept * size), row, width)
            kept += 1
        elif met_lately(k[RECENT], RECENT_ROWS, row, hashed(row, width), width):
            k[SPARED] += 1
        else:
            copied(pointer(k[SEND] + (part * k[SEND_ROWS] + sent[part]) * size), row, width)
            sent[part] += 1
            k[MOST_SENT] = max(k[MOST_SENT], sent[part])
        begin += 1
    return kept


def disperse(k: words) -> number:
    """Keep of the states that wait for being looked up those that belong to this part."""
    k[PENDING] = kept_here(k, 0, k[PENDING])
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
