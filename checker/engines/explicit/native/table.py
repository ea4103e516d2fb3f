"""The visited table as compiled code sees it: look up, insert, and what state an entry stands for.

Open addressing with linear probing. An entry goes from 0 to its value once, by compare-and-exchange, so any number of
workers may insert. There are three kinds of entries, and equality is exact in each:

narrow   64 bits, for states of one word: the word + 1.
wide     64 bits, for states of several words: some bits of the hash, and the number of the row that holds the state;
         rows are compared in full.
compact  32 bits, for states of one word where the table is large enough for them. The word is scrambled, which loses
         nothing, and its place in the table says most of it: the entry is what the place where the search for it
         begins does not say, and how far from there it is (Cleary, "Compact Hash Tables Using Bidirectional Linear
         Probing", IEEE Transactions on Computers C-33, 1984, has the idea). Where it would be too far, the table grows.
"""

from __future__ import annotations

from checker.engines.explicit.native.block import (
    ALONE,
    CELL,
    CHUNK,
    CHUNK_BITS,
    CHUNK_ROWS,
    CHUNKS,
    FINISHED,
    FLUSHED,
    MIXES,
    NEED_CHUNK,
    NEED_QUOTA,
    NEED_TABLE,
    OUT,
    PENDING,
    QUOTA,
    REST_BITS,
    ROW_BITS,
    SIZE_BITS,
    STATE_BITS,
    TABLE,
    TABLE_SIZE,
    USED,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import (
    FIRST_FACTOR,
    HALF,
    SECOND_FACTOR,
    exchange,
    exchange_half,
    mixed,
    number,
    pointer,
    prefetch,
    put_half,
    seen,
    seen_half,
    words,
)

TAG = (1 << 64 - ROW_BITS) - 1
ROW = (1 << ROW_BITS) - 1
PLACE_BITS = 32
"""Bits of a scrambled word that say where in a compact table the search for it begins."""
FIRST_INVERSE = pow(FIRST_FACTOR, -1, 1 << 64)
SECOND_INVERSE = pow(SECOND_FACTOR, -1, 1 << 64)
FOLD = 25
"""Three times this is more than the bits of a word: what unfolds relies on it."""


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


def copied(target: words, source: words, width: number) -> number:
    """Copy a row."""
    i = 0
    while i < width:
        target[i] = source[i]
        i += 1
    return 0


def equal(left: words, right: words, width: number) -> number:
    """Whether two rows are equal."""
    i = 0
    while i < width:
        if left[i] != right[i]:
            return 0
        i += 1
    return 1


def row_at(k: words, place: number) -> words:
    """The row of that number."""
    chunk = pointer(k[CHUNKS])[place >> CHUNK_BITS]
    return pointer(chunk + (place & (CHUNK_ROWS - 1)) * k[WORDS] * 8)


# -- compact entries ---------------------------------------------------------------------------------------------------


def scrambled(word: number, bits: number) -> number:
    """A word of `bits` bits, 32 to 63 of them, for one of as many; no other gives the same."""
    mask = (1 << bits) - 1
    word = (word * FIRST_FACTOR) & mask
    word = ((word ^ (word >> FOLD)) * SECOND_FACTOR) & mask
    return word ^ (word >> FOLD)


def unscrambled(word: number, bits: number) -> number:
    """The word that this is made of."""
    mask = (1 << bits) - 1
    word = ((word ^ (word >> FOLD) ^ (word >> 2 * FOLD)) * SECOND_INVERSE) & mask
    return ((word ^ (word >> FOLD) ^ (word >> 2 * FOLD)) * FIRST_INVERSE) & mask


def home(mix: number, below: number, size: number) -> number:
    """The entry at which to begin, and in the lower half what tells apart the words that begin there."""
    return (mix >> below) * size


def rest(mix: number, product: number, below: number, log: number) -> number:
    """What of a scrambled word its `home` does not say, from 1 on; `log` is the table's SIZE_BITS."""
    return ((((product & HALF) >> log) << below) | (mix & ((1 << below) - 1))) + 1


def mix_of(k: words, slot: number, entry: number) -> number:
    """The scrambled word whose entry is there in a compact table."""
    size, log, below = k[TABLE_SIZE], k[SIZE_BITS], k[STATE_BITS] - PLACE_BITS
    begin = slot - ((entry - 1) >> k[REST_BITS])
    if begin < 0:
        begin += size
    left = (entry - 1) & ((1 << k[REST_BITS]) - 1)
    upper = (begin << PLACE_BITS) + ((left >> below) << log)
    upper = upper >> log if size == 1 << log else (upper + size - 1) // size
    return (upper << below) | (left & ((1 << below) - 1))


def word_of(k: words, slot: number, entry: number) -> number:
    """The state whose entry is there in a compact table."""
    return unscrambled(mix_of(k, slot, entry), k[STATE_BITS])


# -- looking up --------------------------------------------------------------------------------------------------------


def fetch(k: words, begin: number, end: number) -> number:
    """Fetch the table entries of the states begin..end at OUT. What their places follow from stands at MIXES then: what
    the states are scrambled to in a compact table, else their hashes."""
    table, size, width, bits = k[TABLE], k[TABLE_SIZE], k[WORDS], k[STATE_BITS]
    mixes = pointer(k[MIXES])
    while begin < end:
        row = pointer(k[OUT] + begin * width * 8)
        if bits != 0:
            mixes[begin] = scrambled(row[0], bits)
            prefetch(table + (home(mixes[begin], bits - PLACE_BITS, size) >> PLACE_BITS) * 4)
        else:
            mixes[begin] = hashed(row, width)
            prefetch(table + slot_of(mixes[begin], size) * 8)
        begin += 1
    return 0


def fetch_rows(k: words, rows: number, begin: number, end: number) -> number:
    """Fetch the table entries of the states begin..end of those at an address."""
    table, size, width, bits = k[TABLE], k[TABLE_SIZE], k[WORDS], k[STATE_BITS]
    row = pointer(rows)
    if bits != 0:
        while begin < end:
            prefetch(table + (home(scrambled(row[begin], bits), bits - PLACE_BITS, size) >> PLACE_BITS) * 4)
            begin += 1
    elif width == 1:
        while begin < end:
            prefetch(table + slot_of(mixed(row[begin]), size) * 8)
            begin += 1
    else:
        while begin < end:
            prefetch(table + slot_of(hashed(pointer(rows + begin * width * 8), width), size) * 8)
            begin += 1
    return 0


def state_of(k: words, slot: number) -> number:
    """The address of the state with that entry; 0 if the entry is empty. Good until the next is asked for."""
    if k[STATE_BITS] != 0:
        entry = seen_half(k[TABLE] + slot * 4)
        if entry == 0:
            return 0
        pointer(k[CELL])[0] = word_of(k, slot, entry)
        return k[CELL]
    entry = pointer(k[TABLE])[slot]
    if entry == 0:
        return 0
    if k[WORDS] == 1:
        pointer(k[CELL])[0] = entry - 1
        return k[CELL]
    place = (entry & ROW) - 1
    return pointer(k[CHUNKS])[place >> CHUNK_BITS] + (place & (CHUNK_ROWS - 1)) * k[WORDS] * 8


def slot_at(k: words, row: words) -> number:
    """The entry of a state; -1 if there is none."""
    if k[STATE_BITS] != 0:
        return slot_at_compact(k, row[0])
    width, size = k[WORDS], k[TABLE_SIZE]
    table = pointer(k[TABLE])
    hash_ = hashed(row, width)
    tag = hash_ & TAG
    slot = slot_of(hash_, size)
    while True:
        entry = table[slot]
        if entry == 0:
            return -1
        if width == 1:
            if entry == row[0] + 1:
                return slot
        elif (entry >> ROW_BITS) & TAG == tag and equal(row_at(k, (entry & ROW) - 1), row, width):
            return slot
        slot += 1
        if slot == size:
            slot = 0


def slot_at_compact(k: words, word: number) -> number:
    """The same in a compact table."""
    table, size, below = k[TABLE], k[TABLE_SIZE], k[STATE_BITS] - PLACE_BITS
    mix = scrambled(word, k[STATE_BITS])
    product = home(mix, below, size)
    slot, wanted = product >> PLACE_BITS, rest(mix, product, below, k[SIZE_BITS])
    while wanted <= HALF:
        entry = seen_half(table + slot * 4)
        if entry == wanted:
            return slot
        if entry == 0:
            return -1
        wanted += 1 << k[REST_BITS]
        slot += 1
        if slot == size:
            slot = 0
    return -1


# -- inserting ---------------------------------------------------------------------------------------------------------


def flush(k: words, fetched: number) -> number:
    """Look up the waiting states and append those that are new. `fetched` says that all of them have been, for the
    table as it is."""
    if fetched == 0:
        fetch(k, k[FLUSHED], k[PENDING])
    if k[STATE_BITS] != 0:
        return flush_compact(k)
    return flush_narrow(k) if k[WORDS] == 1 else flush_wide(k)


def flush_narrow(k: words) -> number:
    """Look up the waiting states of one word and append those that are new."""
    out, mixes, table, size = pointer(k[OUT]), pointer(k[MIXES]), k[TABLE], k[TABLE_SIZE]
    rows = pointer(pointer(k[CHUNKS])[k[CHUNK]])
    used, quota, pending = k[USED], k[QUOTA], k[PENDING]
    j = k[FLUSHED]
    answer = FINISHED
    while j < pending:
        word = out[j]
        slot = slot_of(mixes[j], size)
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


def flush_compact(k: words) -> number:
    """The same in a compact table."""
    mixes, alone = pointer(k[MIXES]), k[ALONE]
    out, table, size, bits, log = pointer(k[OUT]), k[TABLE], k[TABLE_SIZE], k[STATE_BITS], k[SIZE_BITS]
    rows = pointer(pointer(k[CHUNKS])[k[CHUNK]])
    used, quota, pending = k[USED], k[QUOTA], k[PENDING]
    below, step, end = bits - PLACE_BITS, 1 << k[REST_BITS], table + size * 4
    j = k[FLUSHED]
    answer = FINISHED
    while j < pending:
        mix = mixes[j]
        product = home(mix, below, size)
        place, wanted = table + (product >> PLACE_BITS) * 4, rest(mix, product, below, log)
        while True:
            entry = seen_half(place)
            if entry == 0:
                if quota == 0 or used == CHUNK_ROWS:
                    answer = NEED_QUOTA if quota == 0 else NEED_CHUNK
                    break
                if alone != 0:
                    put_half(place, wanted)
                else:
                    entry = exchange_half(place, 0, wanted)
                if entry == 0:
                    rows[used] = out[j]
                    used += 1
                    quota -= 1
                    break
            if entry == wanted:
                break
            wanted += step
            if wanted > HALF:
                answer = NEED_TABLE
                break
            place += 4
            if place == end:
                place = table
        if answer != FINISHED:
            break
        j += 1
    k[USED], k[QUOTA], k[FLUSHED] = used, quota, j
    return answer


def flush_wide(k: words) -> number:
    """Look up the waiting states of several words and append those that are new."""
    mixes = pointer(k[MIXES])
    table, size, width = k[TABLE], k[TABLE_SIZE], k[WORDS]
    chunk = pointer(k[CHUNKS])[k[CHUNK]]
    used, quota, pending = k[USED], k[QUOTA], k[PENDING]
    j = k[FLUSHED]
    answer = FINISHED
    while j < pending:
        state = pointer(k[OUT] + j * width * 8)
        hash_ = mixes[j]
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


def enter(k: words, row: words, place: number) -> number:
    """Enter the state of row number `place`, which is not in the table; 0 if it finds no place near enough."""
    if k[STATE_BITS] != 0:
        return enter_compact(k, row[0])
    table, size, width = k[TABLE], k[TABLE_SIZE], k[WORDS]
    hash_ = hashed(row, width)
    slot = slot_of(hash_, size)
    entry = row[0] + 1 if width == 1 else ((hash_ & TAG) << ROW_BITS) | (place + 1)
    while seen(table + slot * 8) != 0 or exchange(table + slot * 8, 0, entry) != 0:
        slot += 1
        if slot == size:
            slot = 0
    return 1


def enter_compact(k: words, word: number) -> number:
    """The same in a compact table."""
    table, size, below = k[TABLE], k[TABLE_SIZE], k[STATE_BITS] - PLACE_BITS
    mix = scrambled(word, k[STATE_BITS])
    product = home(mix, below, size)
    slot, wanted = product >> PLACE_BITS, rest(mix, product, below, k[SIZE_BITS])
    while seen_half(table + slot * 4) != 0 or exchange_half(table + slot * 4, 0, wanted) != 0:
        wanted += 1 << k[REST_BITS]
        if wanted > HALF:
            return 0
        slot += 1
        if slot == size:
            slot = 0
    return 1
