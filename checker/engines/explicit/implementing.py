"""Decide `@implements` for a search: compiled code collects which steps of the program implemented its steps would be,
each pair of states once, and the interpreter says which of these there are.

A level is compared as a whole. Of several steps in it that are none there, the one from the least state is shown.
Interchangeable members need no care: the program implemented has none, so that a state and what comes of renaming stand
for the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.engines.explicit.codegen.layout import Layout
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.native.store import OutOfMemory, RowSpan, Store
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State, Worker
from checker.ir.nodes import Program
from checker.semantics import Interpreter

_FIRST_LINKS = 1 << 10
"""Links that there is room for at first; the room grows as they come."""
_LINKS_FOR_EACH_ENTRY = 2
"""The table of links has at least so many entries for each."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing a level has found, each the least state of its kind: one from which a step, or which as an initial
    state, is none of the program implemented; and one of which, or of a step from which, that cannot be evaluated."""

    wrong: State | None
    unknown: State | None


class Links:
    """The links that one worker has found, and what its kernels need for them."""

    def __init__(self, worker: Worker, which: int, mapped_words: int, store: Store) -> None:
        self._worker, self._which, self._words, self._store = worker, which, mapped_words, store
        self.entry = 2 * mapped_words + worker.words
        self._mapped = words(2 * mapped_words)
        self.count = self.looked_at = 0
        self._room = 0
        self._list = self._table = Region(0)
        self.grow()

    def grow(self) -> None:
        """Have room for more links. OutOfMemory if that is more than the store may take."""
        room = max(_FIRST_LINKS, 4 * self._room)
        size = 8 * room * (self.entry + _LINKS_FOR_EACH_ENTRY)
        if size + self._store.occupied() > self._store.limit:
            raise OutOfMemory
        try:
            fresh, table = Region(8 * room * self.entry), Region(8 * room * _LINKS_FOR_EACH_ENTRY)
        except MemoryError as error:
            raise OutOfMemory from error
        ctypes.memmove(fresh.address, self._list.address, 8 * self.count * self.entry)
        self._list.free()
        self._table.free()
        self._list, self._table, self._room = fresh, table, room

    def lend(self) -> None:
        """Have the worker's kernels use them."""
        cells = {
            block.MAPPED: ctypes.addressof(self._mapped),
            block.MAPPED_WORDS: self._words,
            block.WHICH: self._which,
            block.LINKS: self._table.address,
            block.LINK_ROOM: _LINKS_FOR_EACH_ENTRY * self._room,
            block.LINK_LIST: self._list.address,
            block.LINKED: self.count,
            block.LINK_LIMIT: self._room,
        }
        for cell, value in cells.items():
            self._worker.block[cell] = value

    def meet_need(self) -> None:
        """Grow in the middle of a kernel's work, which then goes on."""
        self.count = self._worker.block[block.LINKED]
        self.grow()
        self.lend()
        self._worker.call("relink")

    def fresh(self) -> Iterator[tuple[tuple[int, ...], State]]:
        """Those found since they were asked for last: the two mapped states' words, and the least state."""
        self.count = self._worker.block[block.LINKED]
        row = ctypes.c_int64 * self.entry
        for at in range(self.looked_at, self.count):
            cells = tuple(row.from_address(self._list.address + 8 * at * self.entry))
            yield cells[: 2 * self._words], cells[2 * self._words :]
        self.looked_at = self.count


class Comparing:
    """One `@implements` property, and the levels of one search."""

    def __init__(self, program: Program, search: Search, kernels: Library, name: str, which: int) -> None:
        self.name = name
        self._search = search
        self._layout = Layout(program.abstract[name])
        self._found = Interpreter(program).refinement(name)
        self._links = [Links(each, which, self._layout.words, search.store) for each in search.workers]
        self._known: set[tuple[int, ...]] = set()
        for worker in search.workers:
            worker.kernels.update({kernel: kernels.function(kernel, 1) for kernel in kernels.addresses})

    def starts(self, level: Sequence[RowSpan]) -> Compared:
        """Compare the initial states."""
        return self._compared("link_starts", level)

    def steps(self, level: Sequence[RowSpan]) -> Compared:
        """Compare the steps from the states of a level."""
        return self._compared("link_steps", level)

    def _compared(self, kernel: str, level: Sequence[RowSpan]) -> Compared:
        for worker, links in zip(self._search.workers, self._links, strict=True):
            links.lend()
            worker.need_links = links.meet_need
        unknown = self._search.sweep(kernel, level)
        fresh: dict[tuple[int, ...], State] = {}
        for links in self._links:
            for pair, state in links.fresh():
                if pair not in self._known:
                    fresh[pair] = min(state, fresh.get(pair, state))
        self._known |= fresh.keys()
        wrong = [state for pair, state in sorted(fresh.items()) if not self._is_there(pair, kernel == "link_starts")]
        return Compared(min(wrong, default=None), unknown.get(0))

    def _is_there(self, pair: tuple[int, ...], begins: bool) -> bool:
        """Whether the program implemented has such a step, or initial state. Raises Stopped when it is time."""
        self._search.clock.check(self._search.stats)
        half = self._layout.words
        before, after = (self._found.plain(self._layout.decode(each)) for each in (pair[:half], pair[half:]))
        return self._found.begins(before) if begins else self._found.allows(before, after)
