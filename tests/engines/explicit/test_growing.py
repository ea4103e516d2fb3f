"""A table that becomes larger where it is: each entry moves to where it belongs, and none is lost or comes twice."""

from __future__ import annotations

import ctypes
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.contract.task import Budget
from checker.engines.common.clock import Stopped
from checker.engines.explicit import growing
from checker.engines.explicit.machine import library
from checker.engines.explicit.native import block, memory, store
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.native.moving import move
from checker.engines.explicit.native.store import COMPACT_ENTRY, Store
from checker.engines.explicit.native.table import PLACE_BITS, enter_compact, slot_at_compact, unscrambled, word_of
from checker.errors import EngineBug
from tests.engines.explicit.support import counts, program_of, run

# -- the compiled loop, as Python and compiled -------------------------------------------------------------------------


class _Table:
    """A compact table of states of so many bits, in memory that has room for a larger one."""

    def __init__(self, size: int, most: int, bits: int) -> None:
        self.entries = (ctypes.c_uint32 * most)()
        self.bits, self.most = bits, most
        self.waiting = words(1 << 10)
        self.aim(size)

    def aim(self, size: int) -> None:
        log = size.bit_length() - 1
        self.cells = words(block.CELLS)
        cells = self.cells
        cells[block.TABLE], cells[block.TABLE_SIZE] = ctypes.addressof(self.entries), size
        cells[block.SIZE_BITS], cells[block.STATE_BITS], cells[block.REST_BITS] = log, self.bits, self.bits - log
        self.k = pointer(ctypes.addressof(cells))

    def enter(self, word: int) -> bool:
        return bool(enter_compact(self.k, word))

    def move(self, size: int, compiled: bool, room: int = 1 << 10, slots: int = 37) -> int:
        """Have it become larger; the answer."""
        former = self.cells
        before = former[block.TABLE_SIZE]
        self.aim(size)
        cells = self.cells
        cells[block.FORMER], cells[block.OUT] = ctypes.addressof(former), ctypes.addressof(self.waiting)
        cells[block.OUT_ROWS], cells[block.END] = room, before
        moving: Any = library.load_kernels("native.moving").function("move", 1) if compiled else None
        while cells[block.END] > 0:
            cells[block.BEGIN] = max(0, cells[block.END] - slots)
            answer = moving(ctypes.addressof(cells)) if compiled else move(self.k)
            if answer != block.FINISHED:
                return int(answer)
        return block.FINISHED

    def held(self) -> list[int]:
        """The states of its entries."""
        return [word_of(self.k, slot, entry) for slot, entry in enumerate(self.entries) if entry]


SIZES = [(64, 96), (96, 144), (100, 125), (127, 128), (128, 192), (200, 1000), (90, 91), (300, 2400)]
"""Of a table, and of what it becomes: powers of two and others, by little and by much."""


@pytest.mark.parametrize("compiled", [False, True], ids=["as Python", "compiled"])
@pytest.mark.parametrize(("size", "larger"), SIZES)
def test_every_entry_is_found_where_it_belongs_after_it_has_moved(size: int, larger: int, compiled: bool) -> None:
    """As full as a table may be by chance, and more: next to the beginning, round the end, everywhere."""
    drawn = random.Random(size)
    waited = 0
    for bits in (32, 33, 34):
        for around in (None, 0, (1 << PLACE_BITS) - 1):
            table = _Table(size, larger, bits)
            entered: list[int] = []
            for _ in range(size * 4 // 5 if around is None else size // 4):
                word = _drawn(drawn, bits, around)
                if word not in entered and table.enter(word):
                    entered.append(word)
            assert sorted(table.held()) == sorted(entered)
            assert table.move(larger, compiled) == block.FINISHED
            waited += any(table.waiting)
            assert table.cells[block.FLUSHED] == len(entered)
            assert table.cells[block.PENDING] == 0
            assert sorted(table.held()) == sorted(entered), "each once, and no other"
            for word in entered:
                at = slot_at_compact(table.k, word)
                assert at >= 0 and word_of(table.k, at, table.entries[at]) == word
            others = [_drawn(drawn, bits, around) for _ in range(50)]
            assert all(slot_at_compact(table.k, word) == -1 for word in others if word not in entered)
    assert waited, "some could not move until all others had"


def _drawn(drawn: random.Random, bits: int, around: int | None) -> int:
    """A state, or one that belongs at the beginning or the end of a table."""
    if around is None:
        return drawn.getrandbits(bits)
    near = abs(around - drawn.getrandbits(PLACE_BITS - 2))
    return unscrambled(
        (near << (bits - PLACE_BITS)) | drawn.getrandbits(bits - PLACE_BITS) if bits > 32 else near, bits
    )


@pytest.mark.parametrize("compiled", [False, True], ids=["as Python", "compiled"])
def test_entries_that_may_not_wait_or_find_no_place_are_said(compiled: bool) -> None:
    """Where 36 bits are 30 of an entry's 32, it may be three places away from where it belongs."""
    drawn = random.Random(4)
    answers = {32: set[int](), 36: set[int]()}
    for bits, said in answers.items():
        for _ in range(100):
            table = _Table(64, 67, bits)
            while sum(map(bool, table.entries)) < 50:
                table.enter(drawn.getrandbits(bits))
            entered = sorted(table.held())
            answer = table.move(67, compiled, room=1 if bits == 32 else 1 << 10)
            said.add(answer)
            if answer == block.FINISHED:
                assert sorted(table.held()) == entered
            elif answer == block.NEED_OUT:
                assert table.cells[block.PENDING] == 1, "no more than there is room for"
    assert answers[32] == {block.NEED_OUT}
    assert answers[36] == {block.FINISHED, block.NEED_TABLE}


# -- searches ----------------------------------------------------------------------------------------------------------


class _Moves:
    """Has tables become larger where they are from the first on, and counts how often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[bool | None] = []
        monkeypatch.setattr(store, "_FAST_SIZE", store._FIRST_SIZE)
        monkeypatch.setattr(growing, "_SLOTS", 1000)
        monkeypatch.setattr(memory, "addresses_cost_nothing", lambda: True)  # whatever holds where this is run
        moved = growing.move_entries

        def counted(*given: Any) -> bool | None:
            self.answers.append(moved(*given))
            return self.answers[-1]

        monkeypatch.setattr("checker.engines.explicit.search.move_entries", counted)


@pytest.mark.parametrize("workers", [1, growing.MOST_WORKERS + 1, 4])
def test_a_search_whose_table_grows_where_it_is_finds_the_same(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of("spec.gc.marking:ArticleMarking", objects=2)
    wanted = run(program, keep_going=True)
    moves = _Moves(monkeypatch)
    found = run(program, workers=workers, keep_going=True)
    assert counts(found) == counts(wanted) and found.verdicts == wanted.verdicts
    if workers <= growing.MOST_WORKERS:
        assert moves.answers[0] is None, "the first table has no addresses behind it"
        assert moves.answers.count(True) >= 4
    else:
        assert moves.answers == []


@pytest.mark.parametrize("which", [1, 3])
def test_a_table_whose_entries_cannot_all_move_is_made_anew(which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of("spec.gc.marking:ArticleMarking", objects=2)
    wanted = run(program)
    moves = _Moves(monkeypatch)
    stretched = Store.stretch
    times = []

    def stretch(table: Store) -> int | None:
        before = stretched(table)
        if before is not None:
            times.append(before)
        if before is not None and len(times) == which:
            monkeypatch.setattr(growing, "_WAITING", 1)
        elif times:
            monkeypatch.setattr(growing, "_WAITING", 1 << 16)
        return before

    monkeypatch.setattr(Store, "stretch", stretch)
    found = run(program)
    assert moves.answers.count(False) == 1
    assert counts(found) == counts(wanted) and found.verdicts == wanted.verdicts


def test_a_table_that_has_lost_an_entry_is_a_mistake_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    _Moves(monkeypatch)
    stretched = Store.stretch

    def losing(table: Store) -> int | None:
        before = stretched(table)
        if before is not None:
            entries = (ctypes.c_uint32 * before).from_address(table._table.address)
            entries[next(at for at, entry in enumerate(entries) if entry)] = 0
        return before

    monkeypatch.setattr(Store, "stretch", losing)
    with pytest.raises(EngineBug, match=r"a table has [0-9,]+ entries for [0-9,]+ states"):
        run(program_of("spec.gc.marking:ArticleMarking", objects=2))


def test_a_search_that_is_to_end_ends_while_entries_move(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = _Moves(monkeypatch)

    def ends(*given: Any) -> bool | None:
        given = (given[0], _raise)
        return moved(*given)

    def _raise() -> None:
        raise Stopped("it is time")

    moved = growing.move_entries
    monkeypatch.setattr("checker.engines.explicit.search.move_entries", ends)
    found = run(program_of("spec.gc.marking:ArticleMarking", objects=2), budget=Budget())
    assert found.stopped == "it is time"
    assert not any(type(each).__name__ in ("Exhausted", "Unreachable") for each in found.verdicts.values())
    assert moves.answers == []


# -- memory ------------------------------------------------------------------------------------------------------------


def test_memory_becomes_larger_as_far_as_it_has_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "addresses_cost_nothing", lambda: True)
    region = Region(1 << 16, 1 << 20)
    ctypes.memset(region.address, 7, 1 << 16)
    assert region.extend(1 << 19) and region.size == 1 << 19
    held = ctypes.string_at(region.address, 1 << 19)
    assert held == b"\7" * (1 << 16) + bytes((1 << 19) - (1 << 16))
    assert not region.extend((1 << 20) + 1) and region.size == 1 << 19
    assert not Region(1 << 16).extend(1 << 17)


def test_memory_is_as_large_as_asked_where_addresses_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = memory._mapped

    def few(size: int) -> Any:
        if size > 1 << 17:
            raise MemoryError
        return mapped(size)

    monkeypatch.setattr(memory, "_mapped", few)
    region = Region(1 << 16, 1 << 20)
    assert region.size == 1 << 16 and not region.extend(1 << 17)
    with pytest.raises(MemoryError):
        Region(1 << 18)


def test_addresses_are_not_kept_where_they_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux told to count all that is mapped."""
    monkeypatch.setattr("resource.getrlimit", lambda which: (resource.RLIM_INFINITY,) * 2)
    for said, free in (("0", True), ("1", True), ("2", False)):
        (tmp_path / "said").write_text(f"{said}\n")
        monkeypatch.setattr("checker.memory._OVERCOMMIT", tmp_path / "said")
        assert Region(1 << 16, 1 << 20).extend(1 << 17) == free


def test_who_may_have_so_many_addresses_has_them_for_states() -> None:
    """`ulimit -v`, and what answers an assistant: eight gigabytes of addresses for the table alone were kept."""
    program = """
import resource
from checker.engines.explicit.native.memory import Region
resource.setrlimit(resource.RLIMIT_AS, (1 << 40, resource.getrlimit(resource.RLIMIT_AS)[1]))
print(Region(1 << 16, 1 << 20).extend(1 << 17))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_a_table_grows_where_it_is_only_if_it_stays_compact_and_there_is_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "_FAST_SIZE", store._FIRST_SIZE)
    monkeypatch.setattr(memory, "addresses_cost_nothing", lambda: True)
    table = Store(1, 36, 1 << 30)
    assert table.stretch() is None
    table.enlarge()
    before, occupied = table.size, table.occupied()
    assert table.stretch() == before
    assert table.size == before * 3 // 2
    assert table.occupied() - occupied == (table.size - before) * COMPACT_ENTRY
    wide = Store(1, 60, 1 << 30)
    wide.enlarge()
    before = wide.size
    assert wide.stretch() is None and wide.size == before
    full = Store(1, 36, table.occupied())
    full.enlarge()
    assert full.stretch() is not None
    with pytest.raises(store.OutOfMemory):
        full.stretch()
