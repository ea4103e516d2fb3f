"""The visited states: rows of words in chunks, and the table that finds them. Grows between kernel calls only.

Rows stay in the order of discovery and are never moved; the table holds nothing that the rows do not, so it can be made
from them when it grows, or its entries move where it is: old and new table are never in memory together. Does not
search.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.engines.explicit.native import block
from checker.engines.explicit.native.block import CHUNK_BITS, CHUNK_ROWS, ROW_BITS
from checker.engines.explicit.native.disk import Disk
from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.native.table import PLACE_BITS

_FIRST_SIZE = 1 << 16
"""Entries of the first table: half a megabyte, which a cache holds, and no time to clear."""
_LEAST_SIZE = 1 << 10
"""Entries of it where it is one of many."""
_FAST_SIZE = 1 << 25
"""Entries up to which the table grows eightfold; beyond, by half, which keeps the memory for a state small."""
_SLOW_SIZE = 1 << 30
"""Entries from which it grows by a quarter: 10^9 states then take a table of 6.5 GB and not of 7.8."""

LARGEST_SIZE = 1 << 31
"""An entry's place is the upper half of 32 bits times the size, a product within a word: see `slot_of`."""
LOAD = 0.75
"""Share of entries that may be taken: with linear probing a search then looks at 8.5 of them on average where it finds
nothing (Knuth, The Art of Computer Programming 3, 6.4), most of them in one or two lines of a cache."""
_ENTRY, COMPACT_ENTRY = 8, 4
"""Bytes of an entry."""
_MOST_REST = 25
"""Bits of a state that a compact entry has room for beside a distance of up to 126 places."""

_MOST_CHUNKS = 1 << (ROW_BITS - CHUNK_BITS)


class OutOfMemory(Exception):
    """The store may not grow any further. What it holds stays valid."""


@dataclass(frozen=True, slots=True)
class RowSpan:
    """The rows begin..end of a chunk."""

    chunk: int
    begin: int
    end: int


class Store:
    """Rows of so many words, and the table. `bits` are those that a state of one word uses; `limit` is the number of
    bytes that all may take, or the table alone if rows go to a `disk`."""

    def __init__(self, words: int, bits: int, limit: int, disk: Disk | None = None) -> None:
        self.row_bytes = words * 8
        self._disk = disk
        self._bits = max(bits, PLACE_BITS) if words == 1 else None
        self.limit = limit
        self.size = _FIRST_SIZE
        self._used: list[int] = []  # rows in each chunk
        self._chunks: list[Region] = []
        self._lock = threading.Lock()
        self._addresses = Region(_MOST_CHUNKS * 8)
        self._address_of = (ctypes.c_int64 * _MOST_CHUNKS).from_address(self._addresses.address)
        self._table = Region(self.size * self._entry(self.size))

    def begin_as_one_of(self, parts: int) -> None:
        """Have the states of one of so many parts: all their tables together then begin no larger than one, and grow
        when it would. Nothing is in the table yet."""
        self._table.free()
        self.size = max(_LEAST_SIZE, _FIRST_SIZE >> (parts - 1).bit_length())
        self._table = Region(self.size * self._entry(self.size))

    def aim(self, cells: ctypes.Array[ctypes.c_int64]) -> None:
        """Tell a parameter block where the table is, and of which kind."""
        log = self.size.bit_length() - 1
        cells[block.TABLE], cells[block.TABLE_SIZE], cells[block.SIZE_BITS] = self._table.address, self.size, log
        cells[block.STATE_BITS] = cells[block.REST_BITS] = 0
        if self._bits is not None and self._entry(self.size) == COMPACT_ENTRY:
            cells[block.STATE_BITS], cells[block.REST_BITS] = self._bits, self._bits - log

    def _entry(self, size: int) -> int:
        return entry_bytes(self._bits, size)

    @property
    def chunks(self) -> int:
        """The address of the addresses of the chunks."""
        return self._addresses.address

    @property
    def capacity(self) -> int:
        """How many states the table takes before it has to grow."""
        return int(self.size * LOAD)

    def occupied(self) -> int:
        """Bytes of memory that rows and table take."""
        return self._table.size + sum(chunk.size for chunk in self._chunks)

    def room(self) -> int:
        """How many states there is memory for, those found included, if its limit does not change."""
        size, most = self.size, 0
        while size <= LARGEST_SIZE and (table := size * self._entry(size)) <= self.limit:
            rows = size if self._disk is not None else (self.limit - table) // self.row_bytes
            most = max(most, min(int(size * LOAD), rows))
            size = size * 5 // 4
        return most

    def address(self, chunk: int) -> int:
        """The address of a chunk's first row."""
        return self._address_of[chunk]

    def add_chunk(self) -> int:
        """The number of a new empty chunk. Raises OutOfMemory, and DiskFull."""
        with self._lock:
            number = len(self._used)
            if number == _MOST_CHUNKS:
                raise OutOfMemory
            self._address_of[number] = self._new_chunk(CHUNK_ROWS * self.row_bytes)
            self._used.append(0)
            return number

    def _new_chunk(self, size: int) -> int:
        """The address of so many bytes."""
        if self._disk is not None:
            return self._disk.piece(size)
        if self.occupied() + size > self.limit:
            raise OutOfMemory
        try:
            self._chunks.append(Region(size))
        except MemoryError as error:
            raise OutOfMemory from error
        return self._chunks[-1].address

    def append(self, rows: bytes) -> None:
        """Put rows behind all others. Raises OutOfMemory, and DiskFull."""
        taken = 0
        while taken < len(rows):
            if not self._used or self._used[-1] == CHUNK_ROWS:
                self.add_chunk()
            last = len(self._used) - 1
            part = rows[taken : taken + (CHUNK_ROWS - self._used[last]) * self.row_bytes]
            ctypes.memmove(self.address(last) + self._used[last] * self.row_bytes, part, len(part))
            self._used[last] += len(part) // self.row_bytes
            taken += len(part)
            if self._used[last] == CHUNK_ROWS:
                self.put_aside([RowSpan(last, 0, CHUNK_ROWS)])

    def bytes_of(self, span: RowSpan) -> memoryview:
        """The rows of a span as they are in memory."""
        size = (span.end - span.begin) * self.row_bytes
        first = self.address(span.chunk) + span.begin * self.row_bytes
        return memoryview((ctypes.c_char * size).from_address(first)).cast("B")

    def put_aside(self, spans: list[RowSpan]) -> None:
        """These rows are not read for some time: those on a disk need not be in memory."""
        if self._disk is not None:
            for span in spans:
                self._disk.put_aside(self.address(span.chunk), CHUNK_ROWS * self.row_bytes)

    def set_used(self, chunk: int, rows: int) -> None:
        """Say how many rows of a chunk are in use."""
        self._used[chunk] = rows

    def spans_since(self, before: list[int]) -> list[RowSpan]:
        """The rows added since `used` gave `before`."""
        spans = []
        for chunk, end in enumerate(self._used):
            begin = before[chunk] if chunk < len(before) else 0
            if begin < end:
                spans.append(RowSpan(chunk, begin, end))
        return spans

    def consecutive(self, counts: Sequence[int]) -> list[list[RowSpan]]:
        """The first rows, so many and then so many: where they are, if no chunk but the last has room left."""
        found: list[list[RowSpan]] = []
        begin = 0
        for count in counts:
            spans, end = [], begin + count
            while begin < end:
                chunk, first = begin >> CHUNK_BITS, begin & CHUNK_ROWS - 1
                rows = min(end - begin, CHUNK_ROWS - first)
                spans.append(RowSpan(chunk, first, first + rows))
                begin += rows
            found.append(spans)
        return found

    def used(self) -> list[int]:
        """How many rows each chunk has."""
        return list(self._used)

    def enlarge(self) -> list[RowSpan]:
        """Replace the table by an empty larger one; the rows that have to be entered into it."""
        size = self._next_size()
        self._table.free()
        most = min(self.limit, LARGEST_SIZE * COMPACT_ENTRY) if size >= _FAST_SIZE else 0
        try:
            self._table = Region(size * self._entry(size), most)
        except MemoryError as error:
            raise OutOfMemory from error
        self.size = size
        return self.spans_since([])

    def stretch(self) -> int | None:
        """Make the table larger where it is, for its entries to move in it: the size that it had. None, and nothing has
        changed, if it cannot be so. Raises OutOfMemory."""
        size = self._next_size()
        if not self._entry(self.size) == self._entry(size) == COMPACT_ENTRY:
            return None
        if not self._table.extend(size * COMPACT_ENTRY):
            return None
        before, self.size = self.size, size
        return before

    def _next_size(self) -> int:
        """Raises OutOfMemory."""
        size = next((size for size in self._larger() if self._fits(size)), None)
        if size is None:
            raise OutOfMemory
        return size

    def _larger(self) -> tuple[int, ...]:
        """Sizes that the table could have next, the best first."""
        modest = self.size * 5 // 4 if self.size >= _SLOW_SIZE else self.size * 3 // 2
        return (min(self.size * 8, _FAST_SIZE), modest) if self.size < _FAST_SIZE else (modest,)

    def _fits(self, size: int) -> bool:
        more = size * self._entry(size) - self._table.size
        return size <= LARGEST_SIZE and self.occupied() + more <= self.limit


def entry_bytes(bits: int | None, size: int) -> int:
    """Bytes of an entry of a table of that size, for states of one word of so many bits, PLACE_BITS at least; None for
    wider states."""
    compact = bits is not None and bits - (size.bit_length() - 1) <= _MOST_REST
    return COMPACT_ENTRY if compact else _ENTRY


def slices(spans: list[RowSpan], rows: int) -> Iterator[RowSpan]:
    """The same rows in pieces of at most so many."""
    for span in spans:
        for begin in range(span.begin, span.end, rows):
            yield RowSpan(span.chunk, begin, min(begin + rows, span.end))
