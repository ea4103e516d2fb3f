"""Breadth-first search whose levels a card expands: what lies in its memory, launches, growth. Decides nothing about
properties: it reports which states are culprits of what.

All states found lie one behind the other, level after level, in the card's memory. Where one finds no place, in the
table or behind the others, what the level has done is thrown away: the table is filled anew with the states before it,
with more room, and the level begins again. So a level is found whole or not at all.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from struct import pack, unpack
from typing import Protocol

from checker.contract.task import Stats
from checker.engines.common.clock import Stopped, in_mebibytes, states_ended
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.code import CHOICE_LIMIT, CONTROL_CELLS
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.gpu import block
from checker.engines.explicit.native.block import FIRST_PROPERTY
from checker.engines.explicit.native.store import COMPACT_ENTRY, LARGEST_SIZE, LOAD, entry_bytes
from checker.engines.explicit.native.table import PLACE_BITS

_FIRST_SIZE = 1 << 22
"""Entries of the first table: 16 or 32 MiB."""
_LEAST_SIZE = 1 << 12
_GROWTH = ((8, 1), (2, 1), (5, 4))
"""By how much the table grows: the first of these that there is memory for."""
_OUT_ROWS = 64
"""Successors of a state that a thread has room for, to begin with; one that has more makes it four times as many."""
_SLICES = 8
"""The threads' own memory takes at most one part of so many."""
_FIRST_WINDOW = 1 << 16
"""States of the first launch. Between launches the processor looks at the time, at Ctrl-C and at memory."""
_SHORT_SECONDS, _LONG_SECONDS = 0.05, 0.3
"""A launch that took less is followed by one of twice as many states; one that took more by one of half as many."""

_WORD = 8


class RunsKernels(Protocol):
    """A card, as `gpu.card` has it."""

    threads: int
    block: int

    def allocate(self, size: int) -> int:
        """The address of so many bytes. Raises MemoryError."""
        ...

    def free(self, address: int) -> None:
        """Give back what was allocated."""
        ...

    def clear(self, address: int, size: int) -> None:
        """Have zeros there."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Copy to the card."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Copy from the card."""
        ...

    def copy(self, target: int, source: int, size: int) -> None:
        """Copy within the card."""
        ...

    def launch(self, kernel: str, address: int, threads: int) -> None:
        """Run a kernel on the block at an address, by so many threads, and wait for its end."""
        ...


@dataclass(frozen=True, slots=True)
class Noted:
    """How many states of a level are culprits of a kind, and the least of them."""

    count: int
    least: int


class CardSearch:
    """The states found so far. `levels` says how many each has; `distinct` and `generated` count whole levels."""

    def __init__(self, emitted: Emitted, card: RunsKernels, limit: int, clock: Clock) -> None:
        assert emitted.layout.words == 1 and not emitted.pairs.judged
        self.emitted, self.limit, self.clock = emitted, limit, clock
        self._card = card
        self._bits = max(emitted.layout.bits, PLACE_BITS)
        self._properties = len(emitted.judged)
        self._kinds = FIRST_PROPERTY + 4 * self._properties
        self.levels: list[int] = []
        self.distinct = self.generated = 0
        self.complete = False  # whether the last level had no successors that were new
        self.grown = 0  # how often a level began again with more room
        self._held: dict[str, tuple[int, int]] = {}  # what lies in the card's memory: address and bytes
        self._cells = (ctypes.c_int64 * block.CELLS)()
        self._window = _FIRST_WINDOW
        self._size = self._room = 0
        self._out_rows = _OUT_ROWS
        for name, cells in (("block", block.CELLS), ("counters", block.COUNTED), ("culprits", 2 * self._kinds)):
            self._have(name, cells * _WORD)
        self._cells[block.COUNTERS], self._cells[block.CULPRITS] = self._at("counters"), self._at("culprits")
        self._cells[block.PROPERTIES] = self._properties
        self._prepare_threads()
        self._have_first_table()

    def stats(self) -> Stats:
        """The counts at this moment."""
        queue = 0 if self.complete or not self.levels else self.levels[-1]
        return Stats(self.distinct, self.generated, len(self.levels), queue, self.clock.seconds())

    # -- levels --------------------------------------------------------------------------------------------------------

    def begin(self, initial: bytes, generated: int) -> None:
        """Take these states, a word each and all different, for the first level."""
        count = len(initial) // _WORD
        self._heed_most(count)
        while self._room < count:
            self._grow(0)
        if count:
            self._card.write(self._at("rows"), initial)
        self._enter(count)
        self.distinct, self.generated = count, generated
        self.levels = [count] if count else []
        self.complete = not count

    def judge(self, wanted: Container[int]) -> dict[int, Noted]:
        """Judge the properties of these numbers in the last level; the culprits by kind."""
        self._want(wanted)
        self._reset(self.distinct)
        self._sweep("judge_rows", self.distinct - self.levels[-1], self.distinct)
        return self._culprits()

    def expand(self, beyond: Container[int]) -> dict[int, Noted]:
        """Find the next level, and judge what is beyond the constraint by the properties of these numbers; the culprits
        by kind."""
        end = self.distinct
        self._want(beyond)
        while True:
            self._reset(end)
            self._sweep("expand_rows", end - self.levels[-1], end)
            counters = self._counters()
            if counters[block.ENDED]:
                raise Stopped(f"a step of more than {CHOICE_LIMIT} choices ended the search")
            if not counters[block.SHORT] and not counters[block.FULL]:
                break
            self.grown += 1
            if counters[block.SHORT]:
                self._out_rows *= 4
                self._prepare_threads()
                self._want(beyond)
            else:
                self._heed_most(counters[block.APPENDED])
                self._grow(end)
            self._enter(end)
        self.generated += counters[block.GENERATED]
        self.distinct = counters[block.APPENDED]
        if self.distinct > end:
            self.levels.append(self.distinct - end)
        else:
            self.complete = True
        return self._culprits()

    def states(self) -> tuple[int, ...]:
        """All states found, level after level."""
        return self._read("rows", self.distinct)

    def _heed_most(self, appended: int) -> None:
        most = self.clock.budget.max_states
        if most is not None and appended > most:
            raise Stopped(states_ended(most))

    # -- launches ------------------------------------------------------------------------------------------------------

    def _sweep(self, kernel: str, begin: int, end: int) -> None:
        """Run a kernel over the states begin..end, in launches between which the processor looks up; what it finds
        without a place ends it."""
        while begin < end:
            self.clock.check(self.stats)
            upto = min(end, begin + self._window)
            began = time.perf_counter()
            self._launch(kernel, begin, upto)
            self._adapt(time.perf_counter() - began)
            counters = self._counters()
            if counters[block.FULL] or counters[block.SHORT] or counters[block.ENDED]:
                return
            begin = upto

    def _adapt(self, seconds: float) -> None:
        if seconds < _SHORT_SECONDS:
            self._window *= 2
        elif seconds > _LONG_SECONDS:
            self._window = max(self._card.block, self._window // 2)

    def _launch(self, kernel: str, begin: int, end: int) -> None:
        self._cells[block.BEGIN], self._cells[block.END] = begin, end
        self._card.write(self._at("block"), bytes(self._cells))
        blocks = -(-(end - begin) // self._card.block)
        self._card.launch(kernel, self._at("block"), min(self._threads, blocks * self._card.block))

    def _reset(self, end: int) -> None:
        """Nothing is counted yet, and there are `end` states."""
        counters = [0] * block.COUNTED
        counters[block.APPENDED] = end
        self._write("counters", counters)
        self._write("culprits", [0, block.NOTHING] * self._kinds)

    def _counters(self) -> tuple[int, ...]:
        return self._read("counters", block.COUNTED)

    def _culprits(self) -> dict[int, Noted]:
        row = self._read("culprits", 2 * self._kinds)
        return {kind: Noted(*row[2 * kind : 2 * kind + 2]) for kind in range(self._kinds) if row[2 * kind]}

    def _want(self, wanted: Container[int]) -> None:
        """Judge by the properties of these numbers from the next launch on."""
        pairs = [word for at in range(self._properties) for word in (int(at in wanted), 0)]
        self._write("template", pairs, self._cells[block.WANTED_AT])

    # -- memory --------------------------------------------------------------------------------------------------------

    def _prepare_threads(self) -> None:
        """Give each thread memory of its own, as it is at the start."""
        scratch, wanted = max(1, self.emitted.scratch), 2 * self._properties
        control = scratch
        at = (control, control + CONTROL_CELLS, control + CONTROL_CELLS + wanted)
        words = at[2] + self._out_rows
        most = self.limit // _SLICES // (words * _WORD) // self._card.block * self._card.block
        self._threads = min(self._card.threads, max(self._card.block, most))
        self._have("template", words * _WORD)
        self._have("slices", self._threads * words * _WORD)
        template = [0] * words
        for place, row in self.emitted.constants:
            template[place : place + len(row)] = row
        self._write("template", template)
        cells = (block.SLICES, block.SLICE_WORDS, block.TEMPLATE, block.OUT_ROWS)
        for cell, value in zip(cells, (self._at("slices"), words, self._at("template"), self._out_rows), strict=True):
            self._cells[cell] = value
        self._cells[block.CONTROL_AT], self._cells[block.WANTED_AT], self._cells[block.OUT_AT] = at
        self._launch("prepare", 0, self._threads)

    def _have_first_table(self) -> None:
        """Have a table as large as there is memory for, and no larger than need be. Raises Stopped."""
        held, size = sum(size for _, size in self._held.values()), _FIRST_SIZE
        while held + self._needs(size) > self.limit:
            size //= 2
            if size < _LEAST_SIZE:
                raise self._out_of_memory()
        self._have_table(size)

    def _have_table(self, size: int, rows: int = 0) -> None:
        """Have an empty table of that size, and room for as many states as it may hold; the first `rows` stay."""
        self._give_back("table")
        room = int(size * LOAD)
        self._have("rows", room * _WORD, keep=rows * _WORD)
        self._have("table", size * entry_bytes(self._bits, size))
        log = size.bit_length() - 1
        compact = entry_bytes(self._bits, size) == COMPACT_ENTRY
        most = self.clock.budget.max_states
        self._size, self._room = size, room if most is None else min(room, most)
        cells = {
            block.ROWS: self._at("rows"),
            block.ROOM: self._room,
            block.TABLE: self._at("table"),
            block.TABLE_SIZE: size,
            block.SIZE_BITS: log,
            block.STATE_BITS: self._bits if compact else 0,
            block.REST_BITS: self._bits - log if compact else 0,
        }
        for cell, value in cells.items():
            self._cells[cell] = value

    def _grow(self, rows: int) -> None:
        """Have a larger table, which is empty, and more room; the first `rows` states stay. Raises Stopped."""
        held = sum(size for name, (_, size) in self._held.items() if name != "table")
        for times, of in _GROWTH:
            size = self._size * times // of
            if self._size < size <= LARGEST_SIZE and held + self._needs(size) <= self.limit:
                self._have_table(size, rows)
                return
        raise self._out_of_memory()

    def _needs(self, size: int) -> int:
        """Bytes of a table of that size, and of the states that it may hold."""
        return size * entry_bytes(self._bits, size) + int(size * LOAD) * _WORD

    def _enter(self, rows: int) -> None:
        """Enter the first `rows` states into a table that has none of them; if it is too full, into a larger one."""
        while True:
            address, size = self._held["table"]
            self._card.clear(address, size)
            self._reset(rows)
            self._sweep("enter_rows", 0, rows)
            if not self._counters()[block.FULL]:
                return
            self._grow(rows)

    def _out_of_memory(self) -> Stopped:
        return Stopped(f"the card's memory ended: {in_mebibytes(self.limit)} may be taken")

    def _have(self, name: str, size: int, keep: int = 0) -> None:
        """Have so many bytes under a name; the first `keep` of those that it had stay."""
        if not keep:
            self._give_back(name)
        try:
            address = self._card.allocate(size)
        except MemoryError:
            raise self._out_of_memory() from None
        if keep:
            self._card.copy(address, self._at(name), keep)
            self._give_back(name)
        self._held[name] = (address, size)

    def _give_back(self, name: str) -> None:
        if name in self._held:
            self._card.free(self._held.pop(name)[0])

    def _at(self, name: str) -> int:
        return self._held[name][0]

    def _write(self, name: str, row: Sequence[int], at: int = 0) -> None:
        if row:
            self._card.write(self._at(name) + at * _WORD, pack(f"{len(row)}q", *row))

    def _read(self, name: str, count: int) -> tuple[int, ...]:
        return unpack(f"{count}q", self._card.read(self._at(name), count * _WORD)) if count else ()
