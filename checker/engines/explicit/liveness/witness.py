"""What classes of states say of all states, noted while the search expands them: afterwards it costs no second look.

It begins between two levels, when many states have been found, with a key that is guessed from some of them; those
expanded by then are expanded once more. The classes are of all states, whatever a property asks, so that one note does
for all properties: a fair cycle lies within one component of this graph of classes, too. Where that takes out little of
what a property leaves, classes of that alone are formed as before.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence

from checker.engines.explicit.liveness.classes import LATELY_ROOM
from checker.engines.explicit.liveness.coarse import Classes, guessed
from checker.engines.explicit.liveness.graph import Graph, mask_of, mask_words
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State, Worker
from checker.ir.temporal import Fairness

FROM = 1_000_000
"""States found from which on it is worth while."""

_SAMPLE = 1_600


class Witness:
    """Classes of all states of a search, noted by its workers. `kernels` are those of `classes`."""

    def __init__(
        self, search: Search, kernels: Library, classes: Classes, strong: ctypes.Array[ctypes.c_int64]
    ) -> None:
        self._search, self._classes, self._kernels, self._strong = search, classes, kernels, strong
        self._memory = [_prepared(worker, search, kernels) for worker in search.workers]
        for worker in search.workers:
            for cell, value in classes.cells(len(search.workers)).items():
                worker.block[cell] = value
            worker.block[block.STRONG] = ctypes.addressof(strong)
        self._decided: bool | None = None

    def is_whole(self) -> bool:
        """Whether every state was noted."""
        blocks = [worker.block for worker in self._search.workers]
        noted = sum(each[block.NOTED] for each in blocks)
        return self._search.complete and all(each[block.WITNESS] for each in blocks) and noted == self._search.distinct

    def is_decided(self, graph: Graph) -> bool:
        """Whether anything can be said of a class; then the kernels of a graph are told of the classes."""
        if self._decided is None:
            self._decided = self.is_whole() and self._classes.decide(*graph.owed(), visits=False)
        if self._decided:
            graph.put(self._classes.cells(graph.workers))
        return self._decided

    def thin(self, graph: Graph, states: Region, after: Region) -> int | None:
        """Put into `after` what is left of a set; how many states that is. None if nothing can be said."""
        if not self.is_decided(graph):
            return None
        graph.put({block.SET: states.address, block.AFTER: after.address})
        return graph.sweep("thin", graph.set_words)


def witness(search: Search, kernels: Library, fairness: Iterable[Fairness]) -> Witness | None:
    """Have the workers of a search note classes from now on, by how each thing is fair; None if no key is worth while,
    or memory is short."""
    emitted = search.emitted
    size = mask_words(search)
    if not emitted.things or search.store.occupied() + Classes.room(emitted.layout.words, size) > search.store.limit:
        return None
    sample = list(_sample(search))
    key = guessed(emitted.layout, sample, _edges(search, sample))
    if key is None:
        return None
    made = Witness(search, kernels, Classes(key, emitted.layout.words, size), mask_of(fairness, Fairness.STRONG, size))
    search.again("overtake")
    return made


def _prepared(worker: Worker, search: Search, kernels: Library) -> Sequence[ctypes.Array[ctypes.c_int64]]:
    """Give a worker what noting takes; the memory of it."""
    size = mask_words(search)
    masks, lately = [words(size) for _ in range(2)], words(2 * LATELY_ROOM)
    cells = {
        block.MARKS: ctypes.addressof(worker.scratch) + search.emitted.marks * 8,
        block.THINGS: len(search.emitted.things),
        block.MASK_WORDS: size,
        block.POSSIBLE: ctypes.addressof(masks[0]),
        block.TAKEN: ctypes.addressof(masks[1]),
        block.LATELY: ctypes.addressof(lately),
        block.SELF: ctypes.addressof(worker.block),
        block.NOTED: 0,
        block.WITNESS: kernels.addresses["witness"],
    }
    for cell, value in cells.items():
        worker.block[cell] = value
    worker.kernels["overtake"] = kernels.function("overtake", 1)
    return [*masks, lately]


def _sample(search: Search) -> Iterator[State]:
    """Some of the states found so far, from all levels."""
    width, size = search.emitted.layout.words, search.store.row_bytes
    step, skipped = max(1, search.distinct // _SAMPLE), 0
    for span in (span for level in search.levels for span in level):
        first = search.store.address(span.chunk)
        for at in range(span.begin + skipped, span.end, step):
            yield tuple((ctypes.c_int64 * width).from_address(first + at * size))
        skipped = (skipped - (span.end - span.begin)) % step


def _edges(search: Search, sample: Sequence[State]) -> Iterator[tuple[State, State]]:
    """The steps from some states."""
    worker, expand = search.workers[0], search.model.function("expand", 5)
    width = worker.words
    for state in sample:
        row = words(width)
        row[:] = list(state)
        addresses = [ctypes.addressof(each) for each in (row, worker.scratch, worker.control, worker.out)]
        found = expand(*addresses, worker.block[block.OUT_ROWS])
        for at in range(max(0, found)):
            yield state, tuple(worker.out[at * width : (at + 1) * width])
