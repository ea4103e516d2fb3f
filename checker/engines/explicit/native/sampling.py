"""How many successors may wait in a part of a level's states: counts them, and enters none anywhere.

Which states belong to the part follows from the states alone, so that the counts are the same on any number of workers.
"""

from __future__ import annotations

from checker.engines.explicit.codegen.code import FAILED
from checker.engines.explicit.native.block import (
    BEGIN,
    CHOSE_TOO_MUCH,
    CONTROL,
    END,
    EXPAND,
    FINISHED,
    NEED_OUT,
    OUT,
    OUT_ROWS,
    ROWS,
    SAMPLE_MASK,
    SAMPLED,
    SAMPLED_KEPT,
    SCRATCH,
    WORDS,
)
from checker.engines.explicit.native.intrinsics import call5, number, pointer, words
from checker.engines.explicit.native.table import hashed
from checker.engines.explicit.native.waiting import thinned


def sample(k: words) -> number:
    """Count the successors of the rows BEGIN..END that belong to the sample, and those that may not wait."""
    width, control = k[WORDS], pointer(k[CONTROL])
    while k[BEGIN] < k[END]:
        row = k[ROWS] + k[BEGIN] * width * 8
        if hashed(pointer(row), width) & k[SAMPLE_MASK] == 0:
            found = call5(k[EXPAND], row, k[SCRATCH], k[CONTROL], k[OUT], k[OUT_ROWS])
            if found < 0:
                return NEED_OUT if found == -1 else CHOSE_TOO_MUCH
            k[SAMPLED] += found
            if control[FAILED] == 0:
                found = thinned(k, k[OUT], found)
            k[SAMPLED_KEPT] += found
        k[BEGIN] += 1
    return FINISHED
