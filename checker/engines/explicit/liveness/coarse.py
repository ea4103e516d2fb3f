"""Take states out of a set by what is true of whole classes of them, which is cheaper than to look at each component.

A class is what some variables agree in, and its component one of the graph of classes. Which variables these are is
guessed from a sample of steps: those that, where the ones chosen before stay as they are, never come back to a value
they had. A bad guess decides nothing and costs a pass; what is taken out rests on all steps of all states of the set.
"""

from __future__ import annotations

import ctypes
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.engines.explicit.codegen.layout import Layout, signed, width
from checker.engines.explicit.liveness.graph import Graph
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.worker import State
from checker.ir.types import ArrayType

WORTH = 20_000
"""States from which on it is worth while: components of fewer are told apart in some hundredths of a second."""

_SAMPLE = 400
_PROBES = 2_000
_FEWEST = 2  # classes
_WORD = (1 << 64) - 1
"""States whose steps are looked at, and places in a set where one is looked for."""

_CLASS_ROOM = 1 << 15
_PAIR_ROOM = 1 << 17

Mask = tuple[int, ...]
"""Some bits of a packed state."""


def thinned(graph: Graph, states: Region, left: int, visits: bool) -> tuple[Region, int]:
    """A set without states that no fair cycle comes by, as far as classes show it; and how many are left. The set given
    is freed if another takes its place."""
    while left >= WORTH:
        key = _key(graph, states)
        if key is None:
            break
        after = graph.new_set()
        remaining = _thin(graph, key, states, after, visits)
        if remaining is None:
            graph.free(after)
            break
        graph.free(states)
        before, states, left = left, after, remaining
        if left > before // 2:
            break
    return states, left


def _thin(graph: Graph, key: Mask, states: Region, after: Region, visits: bool) -> int | None:
    """Put into `after` what classes by a key leave of a set; how many states that is. None if they say nothing."""
    with graph.reserved(Classes.room(graph.width, graph.mask_words)):
        classes = Classes(key, graph.width, graph.mask_words)
        try:
            graph.put({block.SET: states.address, block.AFTER: after.address, **classes.cells(graph.workers)})
            if not graph.try_sweep("coarsen") or not classes.decide(*graph.owed(), visits):
                return None
            return graph.sweep("thin", graph.set_words)
        finally:
            classes.free()


# -- which variables ---------------------------------------------------------------------------------------------------


def _key(graph: Graph, states: Region) -> Mask | None:
    """The bits in which states of one class agree; None if there are none worth while."""
    sample = _sample(graph, states)
    return guessed(graph.search.emitted.layout, sample, _edges(graph, states, sample))


def guessed(layout: Layout, sample: Sequence[State], edges: Iterable[tuple[State, State]]) -> Mask | None:
    """The same, by some states and steps."""
    parts = _parts(layout)
    steps = [_changed(parts, _whole(before), _whole(after)) for before, after in edges]
    chosen: list[int] = []
    while found := next((part for part in parts if part not in chosen and _goes_on(part, steps)), None):
        chosen.append(found)
        steps = [changes for changes in steps if found not in changes]
    joined = sum(chosen)
    if len({_whole(state) & joined for state in sample}) < _FEWEST:
        return None
    return tuple(signed(joined >> 64 * word) for word in range(layout.words))


def _whole(state: State) -> int:
    """The bits of all words of a state, or of a mask, as one number."""
    return sum((word & _WORD) << 64 * at for at, word in enumerate(state))


def _parts(layout: Layout) -> list[int]:
    """The bits of each variable, or of each item of an array."""
    found = []
    for name, kind in layout.kinds.items():
        size = width(kind)
        each = width(kind.item) if isinstance(kind, ArrayType) else size
        for at in range(layout.offsets[name], layout.offsets[name] + size, max(1, each)):
            mask = sum((field.mask & _WORD) << 64 * field.word for field in layout.fields[at : at + each])
            if mask:
                found.append(mask)
    return found


def _sample(graph: Graph, states: Region) -> list[State]:
    """Some states of a set, from all over the table."""
    step = max(1, graph.set_words // _PROBES)
    bits = (ctypes.c_int64 * graph.set_words).from_address(states.address)
    full = [at for at in range(0, graph.set_words, step) if bits[at]]
    chosen = full[:: max(1, len(full) // _SAMPLE)]
    return [graph.state_at(at * 64 + (bits[at] & -bits[at]).bit_length() - 1) for at in chosen]


def _edges(graph: Graph, states: Region, sample: Sequence[State]) -> list[tuple[State, State]]:
    """The steps within the set from some of its states."""
    found = []
    for state in sample:
        graph.look(state)
        found += [(state, following) for following, slot, _ in graph.successors() if graph.has(states, slot)]
    return found


def _changed(parts: Sequence[int], before: int, after: int) -> dict[int, tuple[int, int]]:
    """The parts that a step changes, from what to what."""
    differ = before ^ after
    return {part: (before & part, after & part) for part in parts if differ & part}


def _goes_on(part: int, steps: Sequence[Mapping[int, tuple[int, int]]]) -> bool:
    """Whether some steps change a part, and none brings it back to a value that it had."""
    pairs = {changes[part] for changes in steps if part in changes}
    return bool(pairs) and all(len(each) == 1 for each in components(pairs))


def components(pairs: Iterable[tuple[Hashable, Hashable]]) -> list[list[Any]]:
    """The strongly connected components of a graph of a few nodes, given by its edges (Tarjan 1972)."""
    following: dict[Hashable, list[Hashable]] = {}
    for one, other in pairs:
        following.setdefault(one, []).append(other)
        following.setdefault(other, [])
    number: dict[Hashable, int] = {}
    least: dict[Hashable, int] = {}
    opened: list[Hashable] = []
    closed: set[Hashable] = set()
    found: list[list[Any]] = []
    for root in following:
        frames = [] if root in number else [(root, iter(following[root]))]
        while frames:
            node, rest = frames[-1]
            if node not in number:
                number[node] = least[node] = len(number)
                opened.append(node)
            for other in rest:
                if other not in number:
                    frames.append((other, iter(following[other])))
                    break
                if other not in closed:
                    least[node] = min(least[node], number[other])
            else:
                frames.pop()
                if frames:
                    least[frames[-1][0]] = min(least[frames[-1][0]], least[node])
                if least[node] == number[node]:
                    cut = opened.index(node)
                    found.append(opened[cut:])
                    closed.update(found[-1])
                    del opened[cut:]
    return found


# -- what is true of classes -------------------------------------------------------------------------------------------


@dataclass
class _Known:
    """What is known of the states of a component of classes: what is possible somewhere, impossible somewhere, taken
    within; whether one is to be visited."""

    possible: int = 0
    impossible: int = 0
    taken: int = 0
    visited: bool = False


class Classes:
    """The classes by one key, of `width` words, of states whose fair things fill masks of so many words."""

    def __init__(self, key: Mask, width: int, mask_words: int) -> None:
        self._key = words(width)
        self._key[:] = list(key)
        self._width, self._size = width, mask_words
        self._stride = 3 * mask_words + 2 + width
        self._table, self._pairs = Region(_CLASS_ROOM * self._stride * 8), Region(_PAIR_ROOM * 8)

    @staticmethod
    def room(width: int, mask_words: int) -> int:
        """The bytes that classes take."""
        return (_CLASS_ROOM * (3 * mask_words + 2 + width) + _PAIR_ROOM) * 8

    def cells(self, workers: int) -> dict[int, int]:
        """What the block of each of so many workers has to say of them."""
        return {
            block.KEY: ctypes.addressof(self._key),
            block.CLASSES: self._table.address,
            block.CLASS_ROOM: _CLASS_ROOM,
            block.CLASSED: 0,
            block.LATEST: 0,
            block.CLASS_LIMIT: _CLASS_ROOM // 2 // workers,
            block.PAIRS: self._pairs.address,
            block.PAIR_ROOM: _PAIR_ROOM,
            block.PAIRED: 0,
            block.PAIR_LIMIT: _PAIR_ROOM // 2 // workers,
        }

    def free(self) -> None:
        """Give the memory back."""
        self._table.free()
        self._pairs.free()

    def decide(self, weak: int, strong: int, visits: bool) -> bool:
        """Write the fate of each class into the table, by what is weakly and what is strongly fair; False if all of
        them stay open. To be asked once: there is no going back from fates to what was known."""
        cells = (ctypes.c_int64 * (_CLASS_ROOM * self._stride)).from_address(self._table.address)
        there = [at for at, state in enumerate(cells[:: self._stride]) if state]
        words_ = (ctypes.c_int64 * _PAIR_ROOM).from_address(self._pairs.address)
        linked = [(word - 1 >> 32, (word - 1) & block.NOBODY) for word in words_ if word]
        decided = False
        for part in components([*((at, at) for at in there), *linked]):
            fate, starved = fate_of(self._known(cells, part), weak, strong, visits)
            decided = decided or fate != block.FAIR_ITSELF
            for at in part:
                begin = at * self._stride + 1 + self._width
                for word in range(self._size):
                    cells[begin + 2 * self._size + word] = signed(starved >> 64 * word)
                cells[begin + 3 * self._size] = fate
        return decided

    def _known(self, cells: ctypes.Array[ctypes.c_int64], part: Sequence[int]) -> _Known:
        known = _Known()
        for at in part:
            begin = at * self._stride + 1 + self._width
            possible, impossible, taken = (
                sum((word & (1 << 64) - 1) << 64 * at for at, word in enumerate(cells[first : first + self._size]))
                for first in (begin, begin + self._size, begin + 2 * self._size)
            )
            known.possible |= possible
            known.impossible |= impossible
            known.taken |= taken
            known.visited = known.visited or bool(cells[begin + 3 * self._size])
        if len(part) > 1:  # who takes the steps from one class to another was not noted
            known.taken = known.possible
        return known


def fate_of(known: _Known, weak: int, strong: int, visits: bool) -> tuple[int, int]:
    """The fate of a component, and what is starved in it. FAIR_ITSELF says no more than that it is open: it holds
    components, and not all of its classes may be in one."""
    missing = known.possible & ~known.taken
    if missing & weak & ~known.impossible or (visits and not known.visited):
        return block.DROPPED, 0
    if missing & strong:
        return block.REFINED, missing & strong
    return block.FAIR_ITSELF, 0
