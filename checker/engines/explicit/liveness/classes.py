"""Compiled loops that judge fairness by classes of states, without looking a successor up: the same for every model.

States are of one class if they agree in some bits, the key. A component lies within one component of the graph of
classes; so what is taken nowhere there is taken nowhere in it, and what is possible everywhere there is so in it. That
may not decide the fate of a class, but where it does, none of its states has to be visited again.

All workers share one table of classes. An entry is 0, then BUSY while its key is written, then READY for good.
"""

from __future__ import annotations

from checker.engines.explicit.liveness.states import FULL, holds, join, trouble
from checker.engines.explicit.native.block import (
    AFTER,
    BEGIN,
    CHANGED,
    CLASS_LIMIT,
    CLASS_ROOM,
    CLASSED,
    CLASSES,
    CONTROL,
    DROPPED,
    END,
    EXPAND,
    FINISHED,
    KEY,
    LATELY,
    LATEST,
    LOST,
    MARKS,
    MASK_WORDS,
    NOTED,
    OTHER,
    OUT,
    OUT_ROWS,
    PAIR_LIMIT,
    PAIR_ROOM,
    PAIRED,
    PAIRS,
    POSSIBLE,
    REFINED,
    ROWS,
    SCRATCH,
    SELF,
    SET,
    SLOTS,
    STRONG,
    TAKEN,
    THINGS,
    TOO_FINE,
    WITNESS,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import (
    HALF,
    call5,
    exchange,
    lowest,
    mixed,
    number,
    pointer,
    popcount,
    seen,
    words,
)
from checker.engines.explicit.native.table import state_of

BUSY, READY = 1, 2
LATELY_ROOM = 1 << 12
"""Pairs that a worker remembers, of two words each."""


def coarsen(k: words) -> number:
    """Find the classes of the states of the set, what is known of each, and which follow which."""
    bits = pointer(k[SET])
    while k[BEGIN] < k[END]:
        rest = bits[k[BEGIN]] & FULL
        while rest != 0:
            slot = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            row = state_of(k, slot)
            found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
            if found < 0:
                return trouble(found)
            if note_class(k, row, k[OUT], found, holds(pointer(k[OTHER]), slot)) < 0:
                return TOO_FINE
        k[BEGIN] += 1
    return FINISHED


def overtake(k: words) -> number:
    """The same for the rows BEGIN..END, as `witness` has it."""
    width = k[WORDS]
    while k[BEGIN] < k[END]:
        row = k[ROWS] + k[BEGIN] * width * 8
        found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
        if found < 0:
            return trouble(found)
        witness(k[SELF], row, k[OUT], found)
        k[BEGIN] += 1
    return FINISHED


def witness(self: number, row: number, out: number, found: number) -> number:
    """Note the class of a state that a search has expanded just now, to the `found` states at `out`; whether there is
    one to visit was not asked. `self` is the address of the parameter block. If there are too many classes, no more are
    noted."""
    k = pointer(self)
    if k[WITNESS] != 0:
        if note_class(k, row, out, found, 1) < 0:
            k[WITNESS] = 0
        k[NOTED] += 1
    return 0


def note_class(k: words, row: number, out: number, found: number, visited: number) -> number:
    """Add what is known of a state with `found` successors at `out` to its class; -1 if there are too many."""
    size, width = k[MASK_WORDS], k[WORDS]
    own = class_again(k, pointer(row))
    if own < 0:
        return -1
    address = k[CLASSES] + (own * (3 * size + 2 + width) + 1 + width) * 8
    if width == 1 and k[THINGS] < 64 and found < 64:
        join(address + 24, visited)
        return note_narrow(k, own, pointer(row)[0], out, found)
    if note_pairs(k, row, out, found, own) < 0:
        return -1
    note_things(k)
    add_up(k, address, visited)
    return 0


def note_narrow(k: words, own: number, word: number, out: number, found: number) -> number:
    """Add what is known of a state of one word to its class, and which classes follow it; -1 if there are too many. All
    fair things fit into one mask."""
    key, successors = pointer(k[KEY])[0], pointer(out)
    there, within = 0, 0
    j = 0
    while j < found:
        changed = word ^ successors[j]
        if changed & key != 0:
            there = there | (1 << j)
            if was_noted(k, own, successors[j] & key) == 0:
                following = class_of(k, pointer(out + j * 8))
                if following < 0 or note_pair(k, (own << 32) + following + 1) < 0:
                    return -1
        elif changed != 0:
            there = there | (1 << j)
            within = within | (1 << j)
        j += 1
    return add_open(k, own, there, within)


def add_open(k: words, own: number, there: number, within: number) -> number:
    """Add to a class what is possible, impossible and taken within by these two masks of a state's successors: those
    that differ from the state, and those of them in its class. Nothing can come any more of what was taken within, nor
    of what is only weakly fair and was impossible somewhere: that is passed over, which may leave its bits unset."""
    address = k[CLASSES] + (own * 6 + 2) * 8
    marks, known = pointer(k[MARKS]), pointer(address)
    rest = ((1 << k[THINGS]) - 1) & ~known[2] & ~(known[1] & ~pointer(k[STRONG])[0])
    possible, impossible, taken = 0, 0, 0
    while rest != 0:
        thing = lowest(rest)
        rest = rest & (rest - 1)
        span = (1 << marks[2 * thing + 1]) - (1 << marks[2 * thing])
        some, inside = int(there & span != 0), int(within & span != 0)
        possible = possible | (some << thing)
        impossible = impossible | ((1 - some) << thing)
        taken = taken | (inside << thing)
    join(address, possible)
    join(address + 8, impossible)
    join(address + 16, taken)
    return 0


def class_again(k: words, row: words) -> number:
    """The same as `class_of`; it is often the one that was asked for last."""
    width, key, last = k[WORDS], pointer(k[KEY]), k[LATEST]
    entry = pointer(k[CLASSES] + last * (3 * k[MASK_WORDS] + 2 + width) * 8)
    i = 0
    while i < width and entry[1 + i] == row[i] & key[i]:
        i += 1
    if i == width and entry[0] == READY:
        return last
    own = class_of(k, row)
    if own >= 0:
        k[LATEST] = own
    return own


def class_of(k: words, row: words) -> number:
    """The entry of a state's class, added if need be; -1 if there are too many."""
    width, key = k[WORDS], pointer(k[KEY])
    stride = 3 * k[MASK_WORDS] + 2 + width
    total = 0
    i = 0
    while i < width:
        total = mixed(total ^ (row[i] & key[i]))
        i += 1
    at = (((total >> 32) & HALF) * k[CLASS_ROOM]) >> 32
    while True:
        address = k[CLASSES] + at * stride * 8
        entry = pointer(address)
        state = seen(address)
        if state == 0:
            if k[CLASSED] >= k[CLASS_LIMIT]:
                return -1
            if exchange(address, 0, BUSY) == 0:
                i = 0
                while i < width:
                    entry[1 + i] = row[i] & key[i]
                    i += 1
                exchange(address, BUSY, READY)
                k[CLASSED] += 1
                return at
        elif state == READY:
            i = 0
            while i < width and entry[1 + i] == row[i] & key[i]:
                i += 1
            if i == width:
                return at
            at += 1
            if at == k[CLASS_ROOM]:
                at = 0


def is_dropped(k: words, row: words) -> number:
    """Whether the fate of a state's class is that no fair cycle comes by."""
    size, width = k[MASK_WORDS], k[WORDS]
    own = class_of(k, row)
    if own < 0:
        return 0
    return int(pointer(k[CLASSES] + (own * (3 * size + 2 + width) + 1 + width) * 8)[3 * size] == DROPPED)


def agrees(k: words, row: words, other: words) -> number:
    """Whether two states are of one class: 2 if they are equal, 1 if they are not, 0 if they differ in their class."""
    key, width = pointer(k[KEY]), k[WORDS]
    answer = 2
    i = 0
    while i < width:
        changed = row[i] ^ other[i]
        if changed & key[i] != 0:
            return 0
        if changed != 0:
            answer = 1
        i += 1
    return answer


def compare(k: words, row: number, out: number, found: number) -> number:
    """Set SLOTS to how a state agrees with each successor."""
    width, kinds = k[WORDS], pointer(k[SLOTS])
    j = 0
    while j < found:
        kinds[j] = agrees(k, pointer(row), pointer(out + j * width * 8))
        j += 1
    return 0


def note_pairs(k: words, row: number, out: number, found: number, own: number) -> number:
    """Note which classes follow that of a state, and in SLOTS how it agrees with each successor; -1 if there are too
    many."""
    width, kinds = k[WORDS], pointer(k[SLOTS])
    compare(k, row, out, found)
    j = 0
    while j < found:
        if kinds[j] == 0:
            successor = pointer(out + j * width * 8)
            if width > 1 or was_noted(k, own, successor[0] & pointer(k[KEY])[0]) == 0:
                following = class_of(k, successor)
                if following < 0 or note_pair(k, (own << 32) + following + 1) < 0:
                    return -1
        j += 1
    return 0


def was_noted(k: words, own: number, following: number) -> number:
    """Whether the same was asked a short while ago: that a class is followed by the one of that key, of one word.
    Whoever asks notes it now."""
    cell = pointer(k[LATELY] + (((mixed(following) ^ own) & (LATELY_ROOM - 1)) << 4))
    if cell[0] == own + 1 and cell[1] == following:
        return 1
    cell[0], cell[1] = own + 1, following
    return 0


def note_pair(k: words, pair: number) -> number:
    """Add a pair, if it is not there; -1 if there are too many."""
    at = (((mixed(pair) >> 32) & HALF) * k[PAIR_ROOM]) >> 32
    while True:
        address = k[PAIRS] + at * 8
        there = seen(address)
        if there == pair:
            return 0
        if there == 0:
            if k[PAIRED] >= k[PAIR_LIMIT]:
                return -1
            there = exchange(address, 0, pair)
            if there == 0 or there == pair:
                k[PAIRED] += int(there == 0)
                return 0
        at += 1
        if at == k[PAIR_ROOM]:
            at = 0


def note_things(k: words) -> number:
    """Set POSSIBLE, and TAKEN for what leads to another state of the class, by what SLOTS says."""
    marks, possible, taken, kinds = pointer(k[MARKS]), pointer(k[POSSIBLE]), pointer(k[TAKEN]), pointer(k[SLOTS])
    things, size = k[THINGS], k[MASK_WORDS]
    thing, word = 0, 0
    while word < size:
        last = min(things, thing + 64)
        there, within = 0, 0
        while thing < last:
            j = marks[2 * thing]
            end = marks[2 * thing + 1]
            bit = 1 << (thing & 63)
            while j < end:
                if kinds[j] < 2:
                    there = there | bit
                if kinds[j] == 1:
                    within = within | bit
                    break
                j += 1
            thing += 1
        possible[word], taken[word] = there, within
        word += 1
    return 0


def add_up(k: words, address: number, visited: number) -> number:
    """Add POSSIBLE and TAKEN to what is known of a class or component; `visited` says that it has a state to visit."""
    possible, taken, size = pointer(k[POSSIBLE]), pointer(k[TAKEN]), k[MASK_WORDS]
    i = 0
    while i < size:
        join(address + i * 8, possible[i])
        join(address + (size + i) * 8, ~possible[i])
        join(address + (2 * size + i) * 8, taken[i])
        i += 1
    join(address + 3 * size * 8, visited)
    return 0


def thin(k: words) -> number:
    """Set AFTER to what is left of the set by the fates of classes: all of a class whose fate is open, and of one that
    is refined what nothing is possible in that is starved."""
    bits, after, size, width = pointer(k[SET]), pointer(k[AFTER]), k[MASK_WORDS], k[WORDS]
    possible = pointer(k[POSSIBLE])
    while k[BEGIN] < k[END]:
        rest, left = bits[k[BEGIN]] & FULL, 0
        while rest != 0:
            slot = k[BEGIN] * 64 + lowest(rest)
            rest = rest & (rest - 1)
            row = state_of(k, slot)
            own = class_of(k, pointer(row))
            if own < 0:
                return LOST
            known = pointer(k[CLASSES] + (own * (3 * size + 2 + width) + 1 + width) * 8)
            if known[3 * size] == DROPPED:
                continue
            starved = 0
            if known[3 * size] == REFINED:
                found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
                if found < 0:
                    return trouble(found)
                compare(k, row, k[OUT], found)
                note_things(k)
                i = 0
                while i < size:
                    starved = starved | (possible[i] & known[2 * size + i])
                    i += 1
            if starved == 0:
                left = left | (1 << (slot & 63))
        after[k[BEGIN]] = left
        k[CHANGED] += popcount(left)
        k[BEGIN] += 1
    return FINISHED
