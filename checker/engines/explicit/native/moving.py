"""The compiled loop for a compact table that becomes larger where it is: its entries move, in the order of the table.

An entry belongs at a part of the table that its scrambled word says, whatever the size: the larger the table, the
further from its beginning. So from the last entry to the first each goes beyond all that have not moved, into a table
whose other entries are where they belong. Entered row by row they would each go to another end of it, and wait for
memory. Few cannot go yet, next to the beginning, or round the end: those wait until all others have moved.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import (
    BEGIN,
    END,
    FINISHED,
    FLUSHED,
    FORMER,
    NEED_OUT,
    NEED_TABLE,
    OUT,
    OUT_ROWS,
    PENDING,
    REST_BITS,
    SIZE_BITS,
    STATE_BITS,
    TABLE,
    TABLE_SIZE,
)
from checker.engines.explicit.native.intrinsics import HALF, number, pointer, put_half, seen_half, words
from checker.engines.explicit.native.table import PLACE_BITS, enter_compact, home, mix_of, rest, unscrambled


def move(k: words) -> number:
    """Have the entries at BEGIN..END, all beyond which have moved, where they belong in the table as it is, and add
    their number to FLUSHED; once all have moved, those that wait at OUT, too. Nobody else looks at the table.
    NEED_TABLE if one finds no place near enough, NEED_OUT if more wait than there is room for: then some are lost."""
    table, size, bits, log = k[TABLE], k[TABLE_SIZE], k[STATE_BITS], k[SIZE_BITS]
    former, out = pointer(k[FORMER]), pointer(k[OUT])
    below, step = bits - PLACE_BITS, 1 << k[REST_BITS]
    while k[BEGIN] < k[END]:
        k[END] -= 1
        slot = k[END]
        entry = seen_half(table + slot * 4)
        if entry != 0:
            put_half(table + slot * 4, 0)
            k[FLUSHED] += 1
            mix = mix_of(former, slot, entry)
            product = home(mix, below, size)
            to, wanted = product >> PLACE_BITS, rest(mix, product, below, log)
            if to < slot:
                to = size
            while to < size and seen_half(table + to * 4) != 0:
                to += 1
                wanted += step
            if to == size:
                if k[PENDING] == k[OUT_ROWS]:
                    return NEED_OUT
                out[k[PENDING]] = unscrambled(mix, bits)
                k[PENDING] += 1
            elif wanted > HALF:
                return NEED_TABLE
            else:
                put_half(table + to * 4, wanted)
    while k[END] == 0 and k[PENDING] > 0:
        k[PENDING] -= 1
        if enter_compact(k, out[k[PENDING]]) == 0:
            return NEED_TABLE
    return FINISHED
