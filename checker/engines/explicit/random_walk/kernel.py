"""The compiled loop of the random walk, the same for every model.

A run is numbered; what it does follows from the seed and its number alone, so that runs can be shared out in any way.
From each state all steps are run, whatever they lead to, and one of the successors is taken, each as likely as any
other. So a step that fails, or a state without a step, is seen wherever a run comes by.
"""

from __future__ import annotations

from checker.engines.explicit.codegen.code import FAILED, STUCK
from checker.engines.explicit.native.block import (
    AT,
    BEGIN,
    BEST,
    BEYOND_MARKED,
    CHECK,
    CHECK_STEP,
    CHOSE_TOO_MUCH,
    COMPARED,
    COMPARING,
    CONTROL,
    END,
    EXPAND,
    FINISHED,
    GENERATED,
    HALTED,
    LEFT,
    LINKED,
    MARKED,
    MOST,
    NEED_JUDGE,
    NEED_OUT,
    OUT,
    OUT_ROWS,
    PATH,
    PAUSED,
    RANDOM,
    ROW_COUNT,
    ROWS,
    SCRATCH,
    SEED,
    STEP_MARKED,
    STEPS,
    UNMAPPED,
    WANT_FAILURE,
    WANT_STUCK,
    WANTED,
    WITHIN,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import HALF, call4, call5, mixed, number, pointer, words
from checker.engines.explicit.native.kernels import judged_step, sifted
from checker.engines.explicit.native.links import linked_start, linked_steps

STRIDE = 0x1E3779B97F4A7C15
"""What the state of the generator grows by: splitmix64 with the hash of this engine (Steele, Lea and Flood, OOPSLA
2014). Not for secrets."""


def below(k: words, count: number) -> number:
    """A whole number below `count`, which is at most 2**32."""
    k[RANDOM] += STRIDE
    return (((mixed(mixed(k[RANDOM])) >> 16) & HALF) * count) >> 32


def go_to(k: words, row: number) -> number:
    """Write the state at address `row` as the next one of the run, and judge it; how many properties got a mark."""
    width = k[WORDS]
    here = k[PATH] + k[AT] * width * 8
    source, target = pointer(row), pointer(here)
    i = 0
    while i < width:
        target[i] = source[i]
        i += 1
    return call4(k[CHECK], here, k[SCRATCH], k[CONTROL], k[WANTED])


def compared(k: words, row: number, found: number) -> number:
    """Note what the state at address `row`, if a run begins there, and the `found` steps from it would be of the
    programs that are implemented; whether anything of that is new. It is COMPARED once there was room for all of it."""
    anew, noted, at = 0, 1, k[COMPARING]
    while at != 0:
        each = pointer(at)
        known, best = each[LINKED], pointer(each[BEST])
        begun = 1
        if k[AT] == 0:
            begun = linked_start(each, row)
        if begun < 0:
            each[UNMAPPED] = 1
        if begun == 0 or linked_steps(each, row, k[OUT], found) == 0:
            noted = 0
        if noted == 0 or each[LINKED] != known or each[UNMAPPED] != 0 or best[0] != 0:
            anew = 1
        at = each[COMPARING]
    k[COMPARED] = noted
    return anew


def stroll(k: words) -> number:
    """Make the runs BEGIN..END, from where it stands; stops in every state that has something to show."""
    size, control = k[WORDS] * 8, pointer(k[CONTROL])
    while k[BEGIN] < k[END]:
        if k[AT] < 0:
            k[RANDOM] = mixed(k[SEED] * STRIDE + mixed(k[BEGIN]))
            k[AT] = 0
            if go_to(k, k[ROWS] + below(k, k[ROW_COUNT]) * size) != 0:
                return MARKED
        while k[AT] < k[MOST]:
            if k[LEFT] <= 0:
                return PAUSED
            here = k[PATH] + k[AT] * size
            found = call5(k[EXPAND], here, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
            if found < 0:
                return NEED_OUT if found == -1 else CHOSE_TOO_MUCH
            if k[CHECK_STEP] != 0 and judged_step(k, here, k[OUT], found, 0) < found:
                return STEP_MARKED
            if (control[FAILED] != 0 and k[WANT_FAILURE] != 0) or (control[STUCK] & k[WANT_STUCK]) != 0:
                return HALTED
            if k[COMPARING] != 0 and k[COMPARED] == 0 and compared(k, here, found) != 0:
                return NEED_JUDGE
            k[COMPARED] = 0
            generated = found
            if k[WITHIN] != 0:
                found = sifted(k, here, k[OUT], found, 0)
                if found < 0:
                    return BEYOND_MARKED
            k[GENERATED] += generated
            if found == 0:
                break
            k[AT] += 1
            k[STEPS] += 1
            k[LEFT] -= 1
            if go_to(k, k[OUT] + below(k, found) * size) != 0:
                return MARKED
        k[BEGIN] += 1
        k[AT] = -1
    return FINISHED
