"""States found lately: what is taken out of a batch was met before, whole, and nothing else is taken out."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Sequence

import pytest

from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine.library import load_kernels, load_model
from checker.engines.explicit.native import block, lately
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.lately import NEVER, fetched_new
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.store import Store
from checker.engines.explicit.native.table import PLACE_BITS, hashed, home, scrambled, slot_of
from checker.engines.explicit.worker import Worker
from checker.frontend.load import compile_model, load

_TABLE, _SIZE = 1 << 20, 24


def _told(row: Sequence[int], bits: int) -> tuple[int, int]:
    """What a state's place follows from, and the address of its entry."""
    if bits:
        mix = scrambled(row[0], bits)
        return mix, _TABLE + (home(mix, bits - PLACE_BITS, _SIZE) >> PLACE_BITS) * 4
    mix = hashed(list(row), len(row))
    return mix, _TABLE + slot_of(mix, _SIZE) * 8


@pytest.mark.parametrize(("width", "bits"), [(1, 40), (1, 0), (3, 0)], ids=["compact", "narrow", "wide"])
def test_only_what_was_met_before_is_left_out_and_all_else_is_fetched(
    width: int, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = random.Random(28)
    few = [tuple(drawn.randrange(4) for _ in range(width)) for _ in range(12)]
    cells, rows = words(block.CELLS), 4
    out, mixes, found = words(40 * width), words(40), words(rows * (1 if width == 1 else width + 1))
    if width == 1:
        found[:] = [NEVER] * rows
    cells[block.WORDS], cells[block.STATE_BITS], cells[block.FOUND_ROWS] = width, bits, rows
    cells[block.TABLE], cells[block.TABLE_SIZE] = _TABLE, _SIZE
    for cell, memory in ((block.OUT, out), (block.MIXES, mixes), (block.FOUND, found)):
        cells[cell] = ctypes.addressof(memory)
    fetched: list[int] = []
    monkeypatch.setattr(lately, "prefetch", fetched.append)
    met: set[tuple[int, ...]] = set()
    spared = 0
    for _ in range(30):
        batch = [drawn.choice(few) for _ in range(drawn.randrange(40))]
        begin = drawn.randrange(len(batch) + 1)
        for at, word in enumerate(word for row in batch for word in row):
            out[at] = word
        mixes[:] = [-1] * 40
        fetched.clear()
        end = fetched_new(pointer(ctypes.addressof(cells)), begin, len(batch))
        left = [tuple(out[at * width : (at + 1) * width]) for at in range(end)]
        assert left[:begin] == batch[:begin], "what waits already stays"
        assert all(mix == -1 for mix in mixes[:begin])
        told = [_told(row, bits) for row in left[begin:]]
        assert list(mixes[begin:end]) == [mix for mix, _ in told]
        assert set(fetched) - {_TABLE} == {entry for _, entry in told} - {_TABLE}
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
