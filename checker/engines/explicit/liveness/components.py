"""The compiled search for strongly connected components, depth first, over edges that are computed when they are asked
for. One worker runs it; it can be left between any two states, and goes on where it was.
"""

from __future__ import annotations

from checker.engines.explicit.liveness.states import (
    FULL,
    follows,
    holds,
    modes_at,
    number_of,
    place_of,
    put_number,
    rests,
    study,
    trouble,
)
from checker.engines.explicit.native.block import (
    BEGIN,
    COMPONENT,
    END,
    FINISHED,
    FRAME,
    FRAME_WORDS,
    INDEX,
    LEFT,
    LETTERS,
    MODE_LOG,
    NEED_STACK,
    NEXT,
    NOBODY,
    NUMBERS,
    OPEN,
    OPENED,
    PAUSED,
    SET,
    SLOTS,
    STACK,
    STACK_ROOM,
    TOP,
)
from checker.engines.explicit.native.intrinsics import lowest, number, pointer, words
from checker.engines.explicit.native.table import state_of


def components(k: words) -> number:
    """Number the states of the set by their strongly connected components, those of one state only where a behaviour
    can rest; all others are NOBODY's. BEGIN..END are entries. Pearce's algorithm (2016): a state's number is that of
    the first state met that it leads back to, until its component is known."""
    numbers, stack = pointer(k[NUMBERS]), pointer(k[STACK])
    while True:
        if k[NEXT] < 0 and k[FRAME] < 0:
            seek(k)
            if k[NEXT] < 0:
                return FINISHED
        if k[NEXT] >= 0:
            if k[LEFT] <= 0:
                return PAUSED
            answer = meet(k)
            if answer != FINISHED:
                return answer
        frame = k[FRAME]
        if k[TOP] == frame + FRAME_WORDS:
            leave(k)
            continue
        k[TOP] -= 1
        slot = stack[k[TOP]]
        place = place_of(k, slot)
        if number_of(numbers, place) == 0:
            k[NEXT] = slot
        else:
            lower(k, frame, number_of(numbers, place))


def seek(k: words) -> number:
    """Set NEXT to a state of the set, at BEGIN or after it, that was not met."""
    bits, numbers = pointer(k[SET]), pointer(k[NUMBERS])
    while k[BEGIN] < k[END]:
        rest = bits[k[BEGIN] >> 6] & FULL & ~((1 << (k[BEGIN] & 63)) - 1)
        if rest == 0:
            k[BEGIN] = ((k[BEGIN] >> 6) + 1) << 6
            continue
        slot = ((k[BEGIN] >> 6) << 6) + lowest(rest)
        k[BEGIN] = slot + 1
        if number_of(numbers, place_of(k, slot)) == 0:
            k[NEXT] = slot
            return 0
    return 0


def meet(k: words) -> number:
    """Begin with the node NEXT: a frame, and what it leads to that was not met."""
    node = k[NEXT]
    found = study(k, state_of(k, node >> k[MODE_LOG]))
    if found < 0:
        return trouble(found)
    if k[TOP] + FRAME_WORDS + (found << k[MODE_LOG]) > k[STACK_ROOM]:
        return NEED_STACK
    stack, slots, bits = pointer(k[STACK]), pointer(k[SLOTS]), pointer(k[SET])
    frame = k[TOP]
    place = place_of(k, node)
    stack[frame], stack[frame + 1] = node, place
    stack[frame + 2] = 1 | (rests(k) << 1)
    stack[frame + 3] = k[FRAME]
    put_number(pointer(k[NUMBERS]), place, k[INDEX])
    k[INDEX] += 1
    k[FRAME], k[TOP] = frame, frame + FRAME_WORDS
    onward = 0 if k[LETTERS] == 0 else follows(k, node)
    j = 0
    while j < found:
        if slots[j] >= 0:
            if k[LETTERS] == 0:
                if holds(bits, slots[j]) != 0:
                    lead(k, frame, slots[j])
            else:
                modes = onward & modes_at(k, k[SET], slots[j])
                while modes != 0:
                    lead(k, frame, (slots[j] << k[MODE_LOG]) + lowest(modes))
                    modes = modes & (modes - 1)
        j += 1
    k[NEXT] = -1
    k[LEFT] -= 1
    return FINISHED


def lead(k: words, frame: number, node: number) -> number:
    """The node of a frame, the last, leads to one of the set."""
    met = number_of(pointer(k[NUMBERS]), place_of(k, node))
    if met != 0:
        lower(k, frame, met)
    else:
        pointer(k[STACK])[k[TOP]] = node
        k[TOP] += 1
    return 0


def lower(k: words, frame: number, met: number) -> number:
    """A state leads to one with the number `met`."""
    numbers, stack = pointer(k[NUMBERS]), pointer(k[STACK])
    if met < number_of(numbers, stack[frame + 1]):
        put_number(numbers, stack[frame + 1], met)
        stack[frame + 2] = stack[frame + 2] & ~1
    return 0


def met_later(k: words, own: number) -> number:
    """Whether the last of the states that were left belongs to the component of the one with this number."""
    if k[OPENED] == 0:
        return 0
    return int(own <= number_of(pointer(k[NUMBERS]), pointer(k[OPEN])[k[OPENED] - 1]))


def leave(k: words) -> number:
    """End with the state of the last frame: its component, if it was the first of it that was met."""
    numbers, stack, opened = pointer(k[NUMBERS]), pointer(k[STACK]), pointer(k[OPEN])
    frame = k[FRAME]
    place, flags = stack[frame + 1], stack[frame + 2]
    own = number_of(numbers, place)
    if flags & 1:
        k[INDEX] -= 1
        if flags & 2 == 0 and met_later(k, own) == 0:
            put_number(numbers, place, NOBODY)
        else:
            while met_later(k, own) != 0:
                k[OPENED] -= 1
                k[INDEX] -= 1
                put_number(numbers, opened[k[OPENED]], k[COMPONENT])
            put_number(numbers, place, k[COMPONENT])
            k[COMPONENT] -= 1
    else:
        opened[k[OPENED]] = place
        k[OPENED] += 1
    k[TOP], k[FRAME] = frame, stack[frame + 3]
    if k[FRAME] >= 0:
        lower(k, k[FRAME], number_of(numbers, place))
    return 0
