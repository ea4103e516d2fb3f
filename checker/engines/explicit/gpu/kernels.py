"""What a card's threads run: each takes every so many of a level's states. Together with a model's emitted code this is
one source, in which that code's functions take the place of those of `gpu.model`.

A kernel takes the block, the number of its thread, and how many there are. It allocates nothing and raises nothing. No
two of its arguments point into the same memory.
"""

from checker.engines.explicit.codegen.code import FAILED, STUCK
from checker.engines.explicit.gpu.block import (
    BEGIN,
    CONTROL_AT,
    END,
    ENDED,
    FULL,
    GENERATED,
    OUT_AT,
    OUT_ROWS,
    PROPERTIES,
    ROWS,
    SHORT,
    SLICE_WORDS,
    SLICES,
    TEMPLATE,
    WANTED_AT,
)
from checker.engines.explicit.gpu.model import canonical, check, expand, within
from checker.engines.explicit.gpu.table import NO_PLACE, add, entered, is_full, note, visit
from checker.engines.explicit.native.block import DEADLOCK, FAILURE, FIRST_PROPERTY, UNJUDGED
from checker.engines.explicit.native.intrinsics import number, pointer, words


def own_slice(k: words, thread: number) -> number:
    """The address of a thread's own memory."""
    return k[SLICES] + thread * k[SLICE_WORDS] * 8


def prepare(k: words, thread: number, threads: number) -> number:
    """Have the thread's own memory hold what it does at the start."""
    own, template = pointer(own_slice(k, thread)), pointer(k[TEMPLATE])
    i = 0
    while i < k[SLICE_WORDS]:
        own[i] = template[i]
        i += 1
    return 0


def want(k: words, thread: number) -> number:
    """Judge by the properties that are wanted now; the address of the pairs."""
    address = own_slice(k, thread) + k[WANTED_AT] * 8
    own, template = pointer(address), pointer(k[TEMPLATE] + k[WANTED_AT] * 8)
    p = 0
    while p < 2 * k[PROPERTIES]:
        own[p] = template[p]
        p += 1
    return address


def note_marks(k: words, h: words, first: number, word: number) -> number:
    """Remember a state as a culprit of each property with a mark, in kinds from `first` on."""
    p = 0
    while p < k[PROPERTIES]:
        if h[2 * p + 1] != 0:
            note(k, first + 2 * p + h[2 * p + 1] - 1, word)
            h[2 * p + 1] = 0
        p += 1
    return 0


def enter_rows(k: words, thread: number, threads: number) -> number:
    """Enter the states BEGIN..END, which are all different, into the table."""
    row = k[BEGIN] + thread
    while row < k[END]:
        if entered(k, pointer(k[ROWS])[row]) == NO_PLACE:
            add(k, FULL, 1)
        row += threads
    return 0


def judge_rows(k: words, thread: number, threads: number) -> number:
    """Judge the wanted properties in the states BEGIN..END."""
    row = k[BEGIN] + thread
    if row >= k[END]:
        return 0
    own = own_slice(k, thread)
    s, c, h = pointer(own), pointer(own + k[CONTROL_AT] * 8), pointer(want(k, thread))
    while row < k[END]:
        w = pointer(k[ROWS] + row * 8)
        if check(w, s, c, h) != 0:
            note_marks(k, h, FIRST_PROPERTY, w[0])
        row += threads
    return 0


def expand_rows(k: words, thread: number, threads: number) -> number:
    """Expand the states BEGIN..END, and put what is new behind the others. What lies beyond the constraint is judged
    instead, and its culprit is the state before it."""
    row = k[BEGIN] + thread
    if row >= k[END]:
        return 0
    own = own_slice(k, thread)
    s, c, h = pointer(own), pointer(own + k[CONTROL_AT] * 8), pointer(want(k, thread))
    out = own + k[OUT_AT] * 8
    beyond = FIRST_PROPERTY + 2 * k[PROPERTIES]
    generated = 0
    while row < k[END] and is_full(k) == 0:
        w = pointer(k[ROWS] + row * 8)
        found = expand(w, s, c, pointer(out), k[OUT_ROWS])
        if found < 0:
            add(k, SHORT if found == -1 else ENDED, 1)
            return 0
        if c[FAILED] != 0:
            note(k, FAILURE, w[0])
        if c[STUCK] != 0:
            note(k, DEADLOCK if c[STUCK] == 1 else UNJUDGED, w[0])
        generated += found
        j = 0
        while j < found:
            after = pointer(out + j * 8)
            if within(after, s, c, h) != 0:
                canonical(after, s)
                if visit(k, after[0]) == 0:
                    return 0
            elif check(after, s, c, h) != 0:
                note_marks(k, h, beyond, w[0])
            j += 1
        row += threads
    add(k, GENERATED, generated)
    return 0
