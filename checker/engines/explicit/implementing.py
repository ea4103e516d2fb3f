"""Decide `@implements` for a search: compiled code collects which steps of the program implemented its steps would be,
each pair of states once, and the interpreter says which of these there are.

A level is compared as a whole. Of several steps in it that are none there, the one from the least state is shown.
Interchangeable members need no care: the program implemented has none, so that a state and what comes of renaming stand
for the same.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from checker.engines.explicit.codegen.layout import Layout
from checker.engines.explicit.codegen.mapping import implementing
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.native.store import OutOfMemory, RowSpan
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program
from checker.semantics import Interpreter

REMEMBERED = 1 << 16
"""Pairs of states, or answers for them, that are remembered before all are forgotten: searches for a shorter way ask
the same again and again, and of a long walk there may be more than memory has room for."""
_FIRST_LINKS = 1 << 10
"""Links that there is room for at first; the room grows as they come."""
_LINKS_FOR_EACH_ENTRY = 2
"""The table of links has at least so many entries for each."""


class Implemented:
    """One `@implements` property, as the interpreter answers for it. Several threads may ask."""

    def __init__(self, program: Program, name: str, which: int) -> None:
        self.name = name
        self.which = which
        """Its number for the compiled `mapping`."""
        self.layout = Layout(program.abstract[name])
        """How compiled code puts down a state of the program implemented."""
        self._decode = self.layout.decoder()
        self._found = Interpreter(program).refinement(name)
        self._said: dict[tuple[int, ...], bool] = {}
        self._lock = threading.Lock()

    def has(self, pair: tuple[int, ...]) -> bool:
        """Whether the program implemented has a step from the one of two packed states to the other; or, if they are
        one, whether it begins there."""
        with self._lock:
            said = self._said.get(pair)
            if said is None:
                if len(self._said) >= REMEMBERED:
                    self._said.clear()
                said = self._said[pair] = self._has(pair)
            return said

    def _has(self, pair: tuple[int, ...]) -> bool:
        half = self.layout.words
        before, after = (self._found.plain(self._decode(each)) for each in (pair[:half], pair[half:]))
        return self._found.begins(before) if pair[:half] == pair[half:] else self._found.allows(before, after)


def all_implemented(program: Program) -> list[Implemented]:
    """What the interpreter is asked of, for each `@implements` of a program."""
    return [Implemented(program, each.name, which) for which, each in enumerate(implementing(program))]


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing a level has found, each the least state of its kind: one from which a step, or which as an initial
    state, is none of the program implemented; and one of which, or of a step from which, that cannot be evaluated."""

    wrong: State | None
    unknown: State | None


class Links:
    """The links that kernels have noted through one block, `cells`, and what they need for that. `relink` is the kernel
    of that name, and `fits` says whether so many bytes may be taken."""

    def __init__(
        self,
        cells: ctypes.Array[ctypes.c_int64],
        implemented: Implemented,
        relink: Callable[[], object],
        fits: Callable[[int], bool],
    ) -> None:
        self._cells, self._relink, self._fits = cells, relink, fits
        self._which, self._words = implemented.which, implemented.layout.words
        self.entry = 2 * self._words + cells[block.WORDS]
        self._mapped = words(2 * self._words)
        self.count = self.looked_at = 0
        self._room = 0
        self._list = self._table = Region(0)
        self.grow()

    def grow(self) -> None:
        """Have room for more links. OutOfMemory if that is more than may be taken."""
        room = max(_FIRST_LINKS, 4 * self._room)
        size = 8 * room * (self.entry + _LINKS_FOR_EACH_ENTRY)
        if not self._fits(size):
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
        """Have kernels use them."""
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
            self._cells[cell] = value

    def meet_need(self) -> None:
        """Grow in the middle of a kernel's work, which then goes on."""
        self.count = self._cells[block.LINKED]
        self.grow()
        self.lend()
        self._relink()

    def forget(self) -> None:
        """Have none, where as many are remembered as is worth while."""
        ctypes.memset(self._table.address, 0, self._table.size)
        self.count = self.looked_at = 0
        self.lend()

    def fresh(self) -> Iterator[tuple[tuple[int, ...], State]]:
        """Those found since they were asked for last: the two mapped states' words, and the least state."""
        self.count = self._cells[block.LINKED]
        row = ctypes.c_int64 * self.entry
        for at in range(self.looked_at, self.count):
            cells = tuple(row.from_address(self._list.address + 8 * at * self.entry))
            yield cells[: 2 * self._words], cells[2 * self._words :]
        self.looked_at = self.count


class Comparing:
    """One `@implements` property, and the levels of one search."""

    def __init__(self, implemented: Implemented, search: Search, kernels: Library) -> None:
        self.name = implemented.name
        self._implemented, self._search = implemented, search
        for worker in search.workers:
            worker.kernels.update({kernel: kernels.function(kernel, 1) for kernel in kernels.addresses})
        store = search.store
        self._links = [
            Links(
                each.block,
                implemented,
                partial(each.call, "relink"),
                lambda size: size + store.occupied() <= store.limit,
            )
            for each in search.workers
        ]
        self._known: set[tuple[int, ...]] = set()

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
        wrong = [state for pair, state in sorted(fresh.items()) if not self._is_there(pair)]
        return Compared(min(wrong, default=None), unknown.get(0))

    def _is_there(self, pair: tuple[int, ...]) -> bool:
        """Whether the program implemented has such a step, or initial state. Raises Stopped when it is time."""
        self._search.clock.check(self._search.stats)
        return self._implemented.has(pair)
