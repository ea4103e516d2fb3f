"""Entries of a table that has become larger: those it had move, or rows are entered anew. Does not say when."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from checker.engines.explicit.machine.library import load_kernels
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.queue import Queue
from checker.engines.explicit.native.store import Store
from checker.engines.explicit.worker import Worker
from checker.errors import EngineBug

MOST_WORKERS = 1
"""Entries are moved by one thread: one that moves takes 17 ns, a row that is entered 31, and two workers enter a row in
15 together. Of 366,993,408 states two workers' table grew in 14.1 s with entries that move, and in 12.3 with rows."""
_SLOTS = 1 << 20
"""Entries that move between two looks at the clock: some milliseconds."""
_WAITING = 1 << 16
"""Entries that may wait until all others have moved: as many as are displaced at the beginning, a few hundred."""


def enter_rows(store: Store, queue: Queue, worker: Worker, done: Callable[[], bool]) -> bool:
    """Enter slices of rows, in a block of its own: the worker's may be in the middle of something. False if one finds
    no place near enough."""
    cells = words(block.CELLS)
    cells[block.WORDS] = worker.words
    store.aim(cells)
    while not done() and (span := queue.take(1 << 16)) is not None:
        cells[block.ROWS], cells[block.CHUNK] = store.address(span.chunk), span.chunk
        cells[block.BEGIN], cells[block.END] = span.begin, span.end
        if worker.kernels["rebuild"](ctypes.addressof(cells)) == block.NEED_TABLE:
            return False
        store.put_aside([span])
    return True


def move_entries(store: Store, look: Callable[[], None]) -> bool | None:
    """Make the table larger where it is, and have its entries move to where they belong. None if it cannot be so, and
    nothing has changed; False if one finds no place: then the table is to be made anew. Raises OutOfMemory, and what
    `look` raises, after which there is no table."""
    former, cells = words(block.CELLS), words(block.CELLS)
    store.aim(former)
    before = store.stretch()
    if before is None:
        return None
    store.aim(cells)
    move, waiting = load_kernels("native.moving").function("move", 1), words(_WAITING)
    cells[block.FORMER], cells[block.OUT] = ctypes.addressof(former), ctypes.addressof(waiting)
    cells[block.OUT_ROWS], cells[block.END] = _WAITING, before
    while cells[block.END] > 0:
        look()
        cells[block.BEGIN] = max(0, cells[block.END] - _SLOTS)
        if move(ctypes.addressof(cells)) != block.FINISHED:
            return False
    rows = sum(store.used())
    if cells[block.FLUSHED] != rows:
        raise EngineBug(f"a table has {cells[block.FLUSHED]:,} entries for {rows:,} states")
    return True
