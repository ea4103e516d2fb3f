"""The visited table holds what was put into it, exactly, whatever the kind of its entries."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable
from random import Random

import pytest
import z3

from checker.contract.task import Budget
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine import library
from checker.engines.explicit.native import block, table
from checker.engines.explicit.native.intrinsics import FIRST_FACTOR, HALF, SECOND_FACTOR, pointer
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.store import Store
from checker.engines.explicit.search import Search
from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action, always

WIDTHS = range(32, 64)


@pytest.mark.parametrize("bits", WIDTHS)
def test_z3_proves_that_folding_a_word_can_be_undone(bits: int) -> None:
    word = z3.BitVec("word", bits)
    folded = word ^ z3.LShR(word, table.FOLD)
    unfolded = folded ^ z3.LShR(folded, table.FOLD) ^ z3.LShR(folded, 2 * table.FOLD)
    solver = z3.Solver()
    solver.add(unfolded != word)
    assert solver.check() == z3.unsat


def test_the_factors_of_scrambling_can_be_undone_in_every_width() -> None:
    for bits in WIDTHS:
        assert FIRST_FACTOR * table.FIRST_INVERSE % (1 << bits) == 1
        assert SECOND_FACTOR * table.SECOND_INVERSE % (1 << bits) == 1


def test_scrambling_loses_nothing_and_stays_within_its_bits() -> None:
    random = Random(1)
    for bits in WIDTHS:
        for word in (0, 1, (1 << bits) - 1, 1 << bits - 1, *(random.getrandbits(bits) for _ in range(50))):
            mix = table.scrambled(word, bits)
            assert 0 <= mix < 1 << bits
            assert table.unscrambled(mix, bits) == word


def test_z3_proves_that_two_words_that_begin_at_one_entry_differ_in_the_rest() -> None:
    """Of two upper halves the products with a size differ by that size at least; and no more is used of them."""
    first, second, size, power = z3.Ints("first second size power")
    solver = z3.Solver()
    solver.add(second - first >= size, size >= power, power > 0, first >= 0)
    place = [each / (1 << 32) for each in (first, second)]
    left = [each % (1 << 32) / power for each in (first, second)]
    for log in range(16, 32):
        solver.push()
        solver.add(power == 1 << log, place[0] == place[1], left[0] == left[1])
        assert solver.check() == z3.unsat
        solver.pop()


# -- a store, filled by compiled code and by Python --------------------------------------------------------------------


def words_of(given: Iterable[int]) -> ctypes.Array[ctypes.c_int64]:
    row = list(given)
    made = words(len(row))
    made[:] = row
    return made


class _Filled:
    """A store, and a block with which words are put into it."""

    def __init__(self, bits: int, width: int = 1) -> None:
        self.width = width
        self.store = Store(width, bits, 1 << 30)
        self.cells = words(block.CELLS)
        self.cell = words(1)
        for name, value in {
            block.WORDS: width,
            block.CHUNKS: self.store.chunks,
            block.CHUNK: self.store.add_chunk(),
            block.QUOTA: 1 << 30,
            block.CELL: ctypes.addressof(self.cell),
        }.items():
            self.cells[name] = value
        self.store.aim(self.cells)
        self.address = ctypes.addressof(self.cells)
        self.compact = self.cells[block.STATE_BITS] != 0

    def put_rows(self, rows: Iterable[tuple[int, ...]], compiled: bool) -> None:
        self.put([word for row in rows for word in row], compiled)

    def put(self, given: Iterable[int], compiled: bool) -> None:
        self.out = words_of(given)
        pending = len(self.out) // self.width
        self.cells[block.OUT], self.cells[block.PENDING] = ctypes.addressof(self.out), pending
        self.cells[block.FLUSHED] = 0
        self.mixes = words(pending)
        self.cells[block.MIXES] = ctypes.addressof(self.mixes)
        if compiled:  # with nothing to expand, `explore` looks up what waits
            self.cells[block.BEGIN] = self.cells[block.END] = 0
            assert library.load_kernels().function("explore", 1)(self.address) == block.FINISHED
        else:
            assert table.flush(pointer(self.address), 0) == block.FINISHED
        self.store.set_used(0, self.cells[block.USED])

    def rows(self) -> list[int]:
        return list((ctypes.c_int64 * self.cells[block.USED]).from_address(self.store.address(0)))

    def slot(self, word: int) -> int:
        row = words(1)
        row[0] = word
        return int(table.slot_at(pointer(self.address), pointer(ctypes.addressof(row))))

    def state(self, slot: int) -> int:
        return int(pointer(table.state_of(pointer(self.address), slot))[0])


def _last(random: Random) -> int:
    """A word of 62 bits that lies at the end of a table, however large that is: what `mixed` makes of it begins with 32
    bits that are set."""
    whole = (1 << 64) - 1
    while True:
        hash_ = 0xFFFFFFFF << 32 | random.getrandbits(32)
        word = (hash_ ^ hash_ >> 29 ^ hash_ >> 58) * pow(SECOND_FACTOR, -1, 1 << 64) & whole
        word = (word ^ word >> 32) * pow(FIRST_FACTOR, -1, 1 << 64) & whole
        if word < 1 << 62:
            return word


def _words(bits: int) -> list[int]:
    """Small and large ones, spread ones, many that differ in a few bits only, and some that lie at the end of a table
    and go on at its beginning."""
    random, most = Random(bits), (1 << bits) - 1
    near = random.getrandbits(bits)
    return [
        *range(300),
        *(most - each for each in range(300)),
        *(random.getrandbits(bits) for _ in range(2000)),
        *(table.unscrambled((1 << bits) - 1 - each, bits) for each in range(40)),
        *(_last(random) for _ in range(40) if bits == 62),
        *(near ^ (each << random.randrange(bits - 8)) for each in range(300)),
    ]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("bits", [32, 37, 41, 42, 62])
def test_a_table_has_each_word_once_and_gives_it_back(bits: int, compiled: bool) -> None:
    filled = _Filled(bits)
    assert filled.compact == (bits <= 41), "a table of 65,536 entries is compact if a state has no more than 41 bits"
    put, wanted = _words(bits), Random(2)
    for at in range(0, len(put), 500):
        filled.put(put[at : at + 500], compiled)
        filled.put(wanted.sample(put[: at + 500], 100), compiled)  # again
    assert sorted(filled.rows()) == sorted(set(put))
    slots = {word: filled.slot(word) for word in set(put)}
    assert len(set(slots.values())) == len(slots) and min(slots.values()) >= 0
    assert all(filled.state(slot) == word for word, slot in slots.items())
    others = {word ^ 1 << at for word in put[::9] for at in (0, bits - 1, bits // 2)} - set(put)
    assert {filled.slot(word) for word in others} == {-1}


def test_a_table_that_grew_by_half_has_what_it_had() -> None:
    """A size that is no power of two: there the rest is what a division leaves."""
    filled = _Filled(41)
    filled.put(set(_words(41)), True)
    before = sorted(filled.rows())
    filled.store._larger = lambda: (filled.store.size * 3 // 2,)  # type: ignore[method-assign]
    for expected in (98_304, 147_456):
        filled.store.enlarge()
        assert filled.store.size == expected
        filled.store.aim(filled.cells)
        filled.cells[block.ROWS] = filled.store.address(0)
        filled.cells[block.BEGIN], filled.cells[block.END] = 0, filled.cells[block.USED]
        assert library.load_kernels().function("rebuild", 1)(filled.address) == block.FINISHED
        slots = [filled.slot(word) for word in before]
        assert min(slots) >= 0 and [filled.state(slot) for slot in slots] == before


class Wide(Model):
    """Its state has 41 bits, for which the smallest table is compact by a hair: 128 places to look at."""

    n = Var(Range(1 << 41))

    @action
    def reset(self) -> None:
        self.n = 0

    @always
    def counted(self) -> bool:
        return self.n >= 0


def _crowd(count: int) -> list[tuple[int, ...]]:
    """States that all begin at one entry, however large the table is."""
    return [(table.unscrambled((12345 << 9) | each, 41),) for each in range(count)]


@pytest.mark.parametrize("count", [127, 128, 129, 400])
def test_a_table_where_a_state_finds_no_place_near_enough_grows(count: int) -> None:
    emitted = emit_program(compile_model(Wide, {}))
    assert emitted.layout.bits == 41
    kernels, model = library.load_kernels(), library.load_model(emitted.modules, thorough=False)
    search = Search(emitted, kernels, model, 1, 1 << 28, Clock(Budget(), threading.Event(), None))
    search.begin_with(_crowd(count))
    assert search.distinct == count
    search.begin_with(_crowd(count))
    assert search.distinct == count, "each is found again"
    assert (search.store.size > 1 << 16) == (count > 128)


def test_a_compact_entry_fits_into_half_a_word() -> None:
    """The last place that may be looked at, and the largest rest."""
    filled = _Filled(41)
    bits = filled.cells[block.REST_BITS]
    assert (HALF >> bits) * (1 << bits) + (1 << bits) - 1 <= HALF


def test_a_state_is_found_at_the_last_place_that_may_be_looked_at_and_none_is_entered_beyond() -> None:
    filled, crowd = _Filled(41), [state[0] for state in _crowd(129)]
    filled.put(crowd[:128], True)
    assert min(map(filled.slot, crowd[:128])) >= 0 and filled.slot(crowd[128]) == -1
    kernel = pointer(filled.address)
    place = words(1)
    place[0] = crowd[128]
    assert table.enter(kernel, pointer(ctypes.addressof(place)), 0) == 0, "or its entry would stand for another state"


@pytest.mark.parametrize("compiled", [True, False])
def test_a_table_of_rows_of_three_words_has_each_once_and_gives_it_back(compiled: bool) -> None:
    random, filled = Random(3), _Filled(0, width=3)
    rows = [tuple(random.choice([-1, 0, 1, 1 << 62, random.getrandbits(40)]) for _ in range(3)) for _ in range(900)]
    for begin in (0, 300, 600, 0):
        filled.put_rows(rows[begin : begin + 300], compiled)
    first = list(dict.fromkeys(rows))
    assert filled.cells[block.USED] == len(first) < len(rows)
    address = filled.store.address(0)
    stride = filled.store.row_bytes
    assert [tuple((ctypes.c_int64 * 3).from_address(address + stride * at)) for at in range(len(first))] == first
    for at, row in enumerate(first):
        slot = table.slot_at(pointer(filled.address), words_of(row))
        assert slot >= 0 and table.state_of(pointer(filled.address), slot) == address + 24 * at
    assert table.slot_at(pointer(filled.address), words_of((1, 2, 3))) == -1
