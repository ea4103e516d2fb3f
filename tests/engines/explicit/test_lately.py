"""States found lately: what is taken out of a batch was met before, whole, and nothing else is taken out; in a part of
a cluster each goes where it belongs."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Sequence

import pytest

from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine.library import load_kernels, load_model
from checker.engines.explicit.native import block, lately, sharing
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.lately import NEVER, fetched_new
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.sharing import owned_new, part_of, sharing_hash
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


class _Memory:
    """A parameter block by itself, for states of so many words, of the second of so many parts of a cluster."""

    def __init__(self, width: int, bits: int, parts: int) -> None:
        self.cells, self.out, self.mixes, self.mask = words(block.CELLS), words(40 * width), words(40), words(width)
        self.found = words(4 * (1 if width == 1 else width + 1))
        self.send, self.sent = words(parts * 40 * width), words(parts)
        self.mask[:] = [3] * width
        if width == 1:
            self.found[:] = [NEVER] * 4
        cells = self.cells
        cells[block.WORDS], cells[block.STATE_BITS], cells[block.FOUND_ROWS] = width, bits, 4
        cells[block.TABLE], cells[block.TABLE_SIZE] = _TABLE, _SIZE
        cells[block.SHARES], cells[block.SHARE], cells[block.SEND_ROWS] = parts, 1, 40
        memories = {
            block.OUT: self.out,
            block.MIXES: self.mixes,
            block.FOUND: self.found,
            block.SEND: self.send,
            block.SENT: self.sent,
            block.SHARE_MASK: self.mask,
        }
        for cell, memory in memories.items():
            cells[cell] = ctypes.addressof(memory)

    def sent_to(self, part: int) -> list[tuple[int, ...]]:
        """What waits for a part."""
        width = self.cells[block.WORDS]
        first = part * 40 * width
        return [tuple(self.send[at : at + width]) for at in range(first, first + self.sent[part] * width, width)]


@pytest.mark.parametrize("parts", [1, 3], ids=["alone", "one of three"])
@pytest.mark.parametrize(("width", "bits"), [(1, 40), (1, 0), (3, 0)], ids=["compact", "narrow", "wide"])
def test_only_what_was_met_before_is_left_out_and_all_else_is_fetched_or_sent(
    width: int, bits: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = random.Random(28)
    few = [tuple(drawn.randrange(4) for _ in range(width)) for _ in range(12)]
    memory = _Memory(width, bits, parts)
    cells, out, mixes = memory.cells, memory.out, memory.mixes
    belongs = {row: part_of(sharing_hash(list(row), [3] * width, width), parts) if parts > 1 else 1 for row in few}
    assert set(belongs.values()) == (set(range(parts)) if parts > 1 else {1})
    keep = owned_new if parts > 1 else fetched_new
    fetched: list[int] = []
    for module in (lately, sharing):
        monkeypatch.setattr(module, "prefetch", fetched.append)
    met: set[tuple[int, ...]] = set()
    left_out = spared = most = 0
    for _ in range(30):
        batch = [drawn.choice(few) for _ in range(drawn.randrange(40))]
        begin = drawn.randrange(len(batch) + 1)
        for at, word in enumerate(word for row in batch for word in row):
            out[at] = word
        mixes[:] = [-1] * 40
        memory.sent[:] = [0] * parts
        fetched.clear()
        end = keep(pointer(ctypes.addressof(cells)), begin, len(batch))
        left = [tuple(out[at * width : (at + 1) * width]) for at in range(end)]
        assert left[:begin] == batch[:begin], "what waits already stays"
        assert all(mix == -1 for mix in mixes[:begin])
        told = [_told(row, bits) for row in left[begin:]]
        assert list(mixes[begin:end]) == [mix for mix, _ in told]
        assert set(fetched) - {_TABLE} == {entry for _, entry in told} - {_TABLE}
        waiting = {part: memory.sent_to(part) for part in range(parts) if part != 1} | {1: left[begin:]}
        most = max(most, *(len(waiting[part]) for part in waiting if part != 1), 0)
        for row in batch[begin:]:
            rest = waiting[belongs[row]]
            if rest[:1] == [row]:
                rest.pop(0)
            else:
                assert row in met
                left_out += 1
                spared += belongs[row] != 1
            met.add(row)
        assert not any(waiting.values()), "each is where it belongs, in the order in which they were found"
        assert memory.sent_to(1 if parts > 1 else 0) == [], "nobody sends to itself"
    assert left_out > 50
    assert (cells[block.SPARED], cells[block.MOST_SENT]) == (spared, most)


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
