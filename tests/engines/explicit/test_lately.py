"""States found lately: what is taken out of a batch was met before, whole, and nothing else is taken out."""

from __future__ import annotations

import ctypes
import random

import pytest

from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine.library import load_kernels, load_model
from checker.engines.explicit.native import block
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.lately import NEVER, not_lately
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.store import Store
from checker.engines.explicit.worker import Worker
from checker.frontend.load import compile_model, load


@pytest.mark.parametrize("width", [1, 3])
def test_only_what_was_met_before_is_left_out_and_in_order(width: int) -> None:
    drawn = random.Random(28)
    few = [tuple(drawn.randrange(4) for _ in range(width)) for _ in range(12)]
    cells, rows = words(block.CELLS), 4
    out, found = words(40 * width), words(rows * (1 if width == 1 else width + 1))
    if width == 1:
        found[:] = [NEVER] * rows
    cells[block.WORDS], cells[block.FOUND_ROWS] = width, rows
    cells[block.OUT], cells[block.FOUND] = ctypes.addressof(out), ctypes.addressof(found)
    met: set[tuple[int, ...]] = set()
    spared = 0
    for _ in range(30):
        batch = [drawn.choice(few) for _ in range(drawn.randrange(40))]
        begin = drawn.randrange(len(batch) + 1)
        for at, word in enumerate(word for row in batch for word in row):
            out[at] = word
        end = not_lately(pointer(ctypes.addressof(cells)), begin, len(batch))
        left = [tuple(out[at * width : (at + 1) * width]) for at in range(end)]
        assert left[:begin] == batch[:begin], "what waits already stays"
        rest = iter(left[begin:])
        waiting = next(rest, None)
        for row in batch[begin:]:
            if row == waiting:
                waiting = next(rest, None)
            else:
                assert row in met
                spared += 1
            met.add(row)
        assert waiting is None
    assert spared > 50


class _Owner:
    def look(self) -> None:
        """Nobody waits for this."""


def test_kernels_are_told_where_what_was_found_is_and_forget_it_before_they_look_for_parents() -> None:
    emitted = emit_program(compile_model(load("spec.classics.diehard:DieHard"), {}))
    kernels, model = load_kernels(), load_model(emitted.modules, thorough=False)
    owner = _Owner()
    store = Store(emitted.layout.words, emitted.layout.bits, 1 << 30)
    worker = Worker(emitted, kernels, model, store, owner.look)
    assert list(worker.found) == [NEVER] * worker.block[block.FOUND_ROWS]
    worker.found[3] = 7
    worker.seek([(0,)])
    assert set(worker.found) == {NEVER}
    assert worker.block[block.FOUND] == ctypes.addressof(worker.found)
