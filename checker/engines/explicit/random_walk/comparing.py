"""Hold the steps of random runs against the programs that a model implements.

Compiled code notes what the steps from each state that a run comes by would be there, each pair of states once, and
asks for a judgement of those that are new; the interpreter says whether there are such steps.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import NamedTuple

from checker.engines.explicit.implementing import REMEMBERED, Implemented, Links
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import words

MOST_BYTES = 1 << 30
"""Memory that the pairs of one state's steps may take."""


class Shown(NamedTuple):
    """What is so of the last state of a run: `failing`: it cannot be evaluated what it stands for, else it is violated;
    `of_step`: not there, but by a step from there."""

    failing: bool
    of_step: bool


class Comparison:
    """One `@implements` property, as the runs of one thread are held against it. `cells` is a block for the kernels."""

    def __init__(
        self, implemented: Implemented, walker: ctypes.Array[ctypes.c_int64], relink: Callable[[int], int]
    ) -> None:
        self.name = implemented.name
        self._implemented = implemented
        self.cells = words(block.CELLS)
        for cell in (block.WORDS, block.SCRATCH, block.CONTROL, block.MAPPING):
            self.cells[cell] = walker[cell]
        self._unmapped = words(1 + walker[block.WORDS])  # a state from which a step leads to one that stands for none
        self.cells[block.BEST] = ctypes.addressof(self._unmapped)
        address = ctypes.addressof(self.cells)
        self._links = Links(self.cells, implemented, lambda: relink(address), lambda size: size <= MOST_BYTES)
        self._links.lend()

    def shown(self) -> Shown | None:
        """What those pairs show that nobody has judged as yet; None if all of them are there."""
        half = self._implemented.layout.words
        for pair, _ in self._links.fresh():
            if not self._implemented.has(pair):
                return Shown(False, of_step=pair[:half] != pair[half:])
        if self.cells[block.UNMAPPED]:
            return Shown(True, of_step=False)
        return Shown(True, of_step=True) if self._unmapped[0] else None

    def make_room(self, compared: bool) -> None:
        """Have room for more pairs. They may be forgotten once the steps from a state have all been `compared`. Raises
        OutOfMemory."""
        if compared and self._links.count >= REMEMBERED:
            self._links.forget()
        elif self.cells[block.LINKED] == self.cells[block.LINK_LIMIT]:
            self._links.meet_need()
