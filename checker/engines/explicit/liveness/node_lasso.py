"""A short behaviour that makes a formula false, through the product of all states with the formula's automaton: the
shortest stem to a fair component of nodes, and a short way round there.

As for other properties the stem is found breadth first, of the nodes that come last on one the least by state and mode;
so it depends neither on workers nor on where a state stands in the table.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import replace

from checker.contract.trace import Lasso, Trace
from checker.engines.explicit.liveness.far import FarNodes
from checker.engines.explicit.liveness.graph import Graph
from checker.engines.explicit.liveness.lasso import Parts
from checker.engines.explicit.liveness.modes import Modes
from checker.engines.explicit.liveness.rows import Rows
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.path import Pathfinder
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program

_MOST_ENTRIES = 16
"""Nodes at the end of stems of one length of which the shortest cycle is taken."""

Node = tuple[State, int]
"""A state and a mode."""


def begin(graph: Graph, search: Search, nodes: Region, found: Rows) -> None:
    """Add the nodes in which behaviours begin to a set and to a list; those that the set has are left out."""
    graph.put({block.FAIR: nodes.address})
    for span in search.levels[0]:
        graph.through("begin_nodes", search.store.address(span.chunk), span.begin, span.end, found)


class NodeLassos:
    """Behaviours of `program` through nodes: states that `search` has found, with modes. `truths` is the letter of each
    state."""

    def __init__(self, program: Program, search: Search, graph: Graph, modes: Modes, truths: Region) -> None:
        self._program, self._search, self._graph, self._modes, self._truths = program, search, graph, modes, truths
        self._paths = Pathfinder(program, search)

    def shortest(self, fair: Region) -> Trace | None:
        """A lasso into fair components, with the shortest stem there is; None if none leads there."""
        stems = self._stems(fair)
        if not stems:
            return None
        parts = Parts(self._graph, fair, None, self._program, self._search.emitted.things)
        try:
            cycles = [self._cycle(parts, stem[-1]) for stem in stems]
        finally:
            parts.free()
        stem, cycle = min(zip(stems, cycles, strict=True), key=lambda each: len(each[1]))
        states = [self._graph.state_at(node >> self._graph.mode_log) for node in stem]
        [trace] = self._paths.walks([[*states, *(state for state, _ in cycle[1:])]])
        return replace(trace, end=Lasso(len(stem) - 1))

    def _cycle(self, parts: Parts, entry: int) -> list[Node]:
        around = _AroundNodes(self._graph, parts.part, self._modes, self._truths)
        far = FarNodes(self._graph, parts.part, self._node)
        return parts.cycle(entry, self._node(entry), around, self._modes.promises, far.way)

    def _node(self, entry: int) -> Node:
        self._graph.clock.check(self._graph.stats)
        log = self._graph.mode_log
        return self._graph.state_at(entry >> log), entry & (1 << log) - 1

    def _least(self, rows: Rows, most: int) -> list[int]:
        """So many of some nodes, the least by state and mode."""
        return sorted((entry for (entry,) in rows.states()), key=self._node)[:most]

    # -- stems ---------------------------------------------------------------------------------------------------------

    def _stems(self, fair: Region) -> list[list[int]]:
        """The shortest ways to a set of nodes, one to each of the first that are reached."""
        layers: list[Rows] = []
        been = self._graph.new_set()
        try:
            return [self._stem(end, layers) for end in self._ends(fair, been, layers)]
        finally:
            self._graph.free(been)
            for layer in layers:
                layer.free()

    def _ends(self, fair: Region, been: Region, layers: list[Rows]) -> list[int]:
        """The first nodes of a set that behaviours come to. `layers` gets all that they have been to before: for each
        depth the nodes that were not reached sooner."""
        graph = self._graph
        while True:
            layer = Rows(graph, 1)
            layers.append(layer)
            if len(layers) == 1:
                begin(graph, self._search, been, layer)
            else:
                graph.put({block.FAIR: been.address})
                graph.through("spread_nodes", layers[-2].address, 0, layers[-2].used, layer)
            graph.put({block.SET: fair.address})
            found = Rows(graph, 1)
            graph.through("gather_nodes", layer.address, 0, layer.used, found)
            ends = self._least(found, _MOST_ENTRIES)
            found.free()
            if ends or layer.used == 0:
                return ends

    def _stem(self, end: int, layers: list[Rows]) -> list[int]:
        """The way to a node of the last layer."""
        stem = [end]
        for layer in reversed(layers[:-1]):
            self._graph.put({block.NEXT: stem[-1]})
            found = Rows(self._graph, 1)
            self._graph.through("leads_to_node", layer.address, 0, layer.used, found)
            stem += self._least(found, 1)
            found.free()
        return stem[::-1]


class _AroundNodes:
    """One component of nodes, asked node by node."""

    def __init__(self, graph: Graph, part: Region, modes: Modes, truths: Region) -> None:
        self._graph, self._part, self._modes, self._truths = graph, part, modes, truths
        self._known: dict[Node, tuple[list[tuple[Node, frozenset[int]]], frozenset[int], tuple[int, ...]]] = {}

    def ways(self, node: Node) -> list[tuple[Node, frozenset[int]]]:
        return self._look(node)[0]

    def possible(self, node: Node) -> frozenset[int]:
        return self._look(node)[1]

    def visited(self, node: Node) -> tuple[int, ...]:
        return self._look(node)[2]

    def _look(self, node: Node) -> tuple[list[tuple[Node, frozenset[int]]], frozenset[int], tuple[int, ...]]:
        if node not in self._known:
            letter = self._letter(self._graph.look(node[0]))
            onward = self._modes.follow(letter, node[1])
            taken: dict[Node, set[int]] = {}
            possible: set[int] = set()
            for state, entry, things in self._graph.successors():
                possible |= things
                for mode in _bits(onward & self._graph.modes_at(self._part, entry)):
                    taken.setdefault((state, mode), set()).update(things)
            ways = [(following, frozenset(things)) for following, things in taken.items()]
            self._known[node] = ways, frozenset(possible), self._modes.settled(letter, node[1])
        return self._known[node]

    def _letter(self, slot: int) -> int:
        log = self._graph.hand.block[block.LETTER_LOG]
        at = slot << log
        word = ctypes.c_int64.from_address(self._truths.address + (at >> 6) * 8).value
        return word >> (at & 63) & (1 << (1 << log)) - 1


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
