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
        remaining = _Classes(graph, key).thin(states, after, visits)
        if remaining is None:
            graph.free(after)
            break
        graph.free(states)
        before, states, left = left, after, remaining
        if left > before // 2:
            break
    return states, left


# -- which variables ---------------------------------------------------------------------------------------------------


def _key(graph: Graph, states: Region) -> Mask | None:
    """The bits in which states of one class agree; None if there are none worth while."""
    sample = _sample(graph, states)
    parts = _parts(graph.search.emitted.layout)
    steps = [dict(_changed(parts, *edge)) for edge in _edges(graph, states, sample)]
    chosen: list[Mask] = []
    while found := next((part for part in parts if part not in chosen and _goes_on(part, steps)), None):
        chosen.append(found)
        steps = [changes for changes in steps if found not in changes]
    key = tuple(signed(_joined(part[word] for part in chosen)) for word in range(graph.width))
    classes = {tuple(word & bits for word, bits in zip(state, key, strict=True)) for state in sample}
    return None if len(classes) < 2 else key


def _joined(words_: Iterable[int]) -> int:
    total = 0
    for word in words_:
        total |= word
    return total


def _parts(layout: Layout) -> list[Mask]:
    """The bits of each variable, or of each item of an array."""
    found = []
    for name, kind in layout.kinds.items():
        size = width(kind)
        each = width(kind.item) if isinstance(kind, ArrayType) else size
        for at in range(layout.offsets[name], layout.offsets[name] + size, max(1, each)):
            mask = [0] * layout.words
            for field in layout.fields[at : at + each]:
                mask[field.word] |= field.mask
            if any(mask):
                found.append(tuple(mask))
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


def _changed(parts: Sequence[Mask], before: State, after: State) -> Iterable[tuple[Mask, tuple[State, State]]]:
    """The parts that a step changes, from what to what."""
    for part in parts:
        old = tuple(word & bits for word, bits in zip(before, part, strict=True))
        new = tuple(word & bits for word, bits in zip(after, part, strict=True))
        if old != new:
            yield part, (old, new)


def _goes_on(part: Mask, steps: Sequence[Mapping[Mask, tuple[State, State]]]) -> bool:
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


class _Classes:
    """The classes by one key."""

    def __init__(self, graph: Graph, key: Mask) -> None:
        self._graph = graph
        self._key = words(graph.width)
        self._key[:] = list(key)
        self._size = graph.mask_words
        self._stride = 3 * self._size + 2 + graph.width

    def thin(self, states: Region, after: Region, visits: bool) -> int | None:
        """Put into `after` what is left of a set; how many states that is. None if nothing can be said."""
        graph = self._graph
        table, pairs = graph.region(_CLASS_ROOM * self._stride * 8), graph.region(_PAIR_ROOM * 8)
        try:
            cells = {
                block.SET: states.address,
                block.AFTER: after.address,
                block.KEY: ctypes.addressof(self._key),
                block.CLASSES: table.address,
                block.CLASS_ROOM: _CLASS_ROOM,
                block.CLASSED: 0,
                block.CLASS_LIMIT: _CLASS_ROOM // 2 // graph.workers,
                block.PAIRS: pairs.address,
                block.PAIR_ROOM: _PAIR_ROOM,
                block.PAIRED: 0,
                block.PAIR_LIMIT: _PAIR_ROOM // 2 // graph.workers,
            }
            graph.put(cells)
            if not graph.try_sweep("coarsen") or not self._decide(table, pairs, visits):
                return None
            return graph.sweep("thin", graph.set_words)
        finally:
            graph.free(table)
            graph.free(pairs)

    def _decide(self, table: Region, pairs: Region, visits: bool) -> bool:
        """Write the fate of each class into the table; False if all of them stay open."""
        cells = (ctypes.c_int64 * (_CLASS_ROOM * self._stride)).from_address(table.address)
        there = [at for at, state in enumerate(cells[:: self._stride]) if state]
        words_ = (ctypes.c_int64 * _PAIR_ROOM).from_address(pairs.address)
        linked = [(word - 1 >> 32, (word - 1) & block.NOBODY) for word in words_ if word]
        decided = False
        for part in components([*((at, at) for at in there), *linked]):
            fate, starved = self._fate(self._known(cells, part), visits)
            decided = decided or fate != block.FAIR_ITSELF
            for at in part:
                begin = at * self._stride + 1 + self._graph.width
                for word in range(self._size):
                    cells[begin + 2 * self._size + word] = signed(starved >> 64 * word)
                cells[begin + 3 * self._size] = fate
        return decided

    def _known(self, cells: ctypes.Array[ctypes.c_int64], part: Sequence[int]) -> _Known:
        known = _Known()
        for at in part:
            begin = at * self._stride + 1 + self._graph.width
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

    def _fate(self, known: _Known, visits: bool) -> tuple[int, int]:
        """The fate of a component, and what is starved in it. FAIR_ITSELF says no more than that it is open: it holds
        components, and not all of its classes may be in one."""
        weak, strong = (_number(mask) for mask in (self._graph.weak, self._graph.strong))
        missing = known.possible & ~known.taken
        if missing & weak & ~known.impossible or (visits and not known.visited):
            return block.DROPPED, 0
        if missing & strong:
            return block.REFINED, missing & strong
        return block.FAIR_ITSELF, 0


def _number(mask: Iterable[int]) -> int:
    return sum((word & (1 << 64) - 1) << 64 * at for at, word in enumerate(mask))
