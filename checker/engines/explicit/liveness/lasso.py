"""A short behaviour that violates a temporal property: the shortest stem to a fair component, and a short way round
there. The interpreter then walks along it and says which steps these were.

The stem is found breadth first, of the states that come last on one the least; so it depends neither on workers nor on
where a state stands in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from checker.contract.trace import Lasso, Trace
from checker.engines.common.fair_walks import Around, Goal, Node, Walks
from checker.engines.explicit.codegen.temporal import Thing
from checker.engines.explicit.liveness.far import Far
from checker.engines.explicit.liveness.graph import Graph
from checker.engines.explicit.liveness.rows import Rows
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.path import Pathfinder
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program
from checker.ir.temporal import Fairness

_MOST_ENTRIES = 8
"""States at the end of stems of one length of which the shortest cycle is taken."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where a violation's cycle stays; and, if something is owed on its stem (`begins`), where that can begin, in
    initial states only if it is `at_once`. Otherwise `other` is what the cycle visits, if that is asked for."""

    stays: Region
    other: Region
    begins: bool
    at_once: bool


class Lassos:
    """Behaviours of `program` through states that `search` has found."""

    def __init__(self, program: Program, search: Search, graph: Graph) -> None:
        self._program, self._search, self._graph = program, search, graph
        self._paths = Pathfinder(program, search)

    def shortest(self, question: Question, fair: Region, visits: bool) -> Trace | None:
        """A lasso into the fair components, with the shortest stem there is; None if none leads there."""
        stems = self._owed_stems(question, fair) if question.begins else self._stems(fair)
        if not stems:
            return None
        graph, visited = self._graph, question.other if visits else None
        parts = Parts(graph, fair, visited, self._program, self._search.emitted.things)
        try:
            best = None
            for stem in stems:
                around = _Around(graph, parts.part, visited)
                far = Far(graph, parts.part, visited)
                cycle = parts.cycle(graph.look(stem[-1]), stem[-1], around, int(visits), far.way)
                if best is None or len(cycle) < len(best[1]):
                    best = stem, cycle
        finally:
            parts.free()
        assert best is not None
        stem, cycle = best
        [trace] = self._paths.walks([[*stem, *cycle[1:]]])
        return replace(trace, end=Lasso(len(stem) - 1))

    # -- stems ---------------------------------------------------------------------------------------------------------

    def _stems(self, fair: Region) -> list[list[State]]:
        """The shortest ways to a set of states, one to each of the first that are reached."""
        for depth, level in enumerate(self._search.levels, start=1):
            found = Rows(self._graph)
            for span in level:
                self._graph.put({block.SET: fair.address})
                self._graph.through("gather", self._search.store.address(span.chunk), span.begin, span.end, found)
            ends = sorted(found.states())[:_MOST_ENTRIES]
            found.free()
            if ends:
                return self._paths.chains([(state, depth) for state in ends])
        return []

    def _owed_stems(self, question: Question, fair: Region) -> list[list[State]]:
        """The same, of ways that from some state on, where a violation begins, stay where it can."""
        layers: list[Rows] = []
        been = self._graph.new_set()
        try:
            ends = self._owed_ends(question, fair, been, layers)
            return [self._owed_stem(end, layers) for end in ends]
        finally:
            self._graph.free(been)
            for layer in layers:
                layer.free()

    def _owed_ends(self, question: Question, fair: Region, been: Region, layers: list[Rows]) -> list[State]:
        """The first states of a set that such ways lead to, and by `layers`, all that they have been to before: for
        each depth the states that were not reached sooner."""
        graph, levels = self._graph, self._search.levels
        entries = levels[:1] if question.at_once else levels
        while True:
            depth = len(layers)
            layer = Rows(graph)
            layers.append(layer)
            cells = {block.SET: question.stays.address, block.OTHER: question.other.address, block.FAIR: been.address}
            graph.put(cells)
            for span in entries[depth] if depth < len(entries) else []:
                graph.through("enter", self._search.store.address(span.chunk), span.begin, span.end, layer)
            if depth > 0:
                graph.through("spread", layers[-2].address, 0, layers[-2].used, layer)
            graph.put({block.SET: fair.address})
            found = Rows(graph)
            graph.through("gather", layer.address, 0, layer.used, found)
            ends = sorted(found.states())[:_MOST_ENTRIES]
            found.free()
            if ends or (layer.used == 0 and depth >= len(entries)):
                return ends

    def _owed_stem(self, end: State, layers: list[Rows]) -> list[State]:
        chain = [end]
        for layer in reversed(layers[:-1]):
            parent = self._graph.parent(chain[-1], layer)
            if parent is None:
                break
            chain.append(parent)
        depth = len(layers) - len(chain) + 1
        [before] = self._paths.chains([(chain[-1], depth)])
        return [*before, *reversed(chain[:-1])]


class Parts:
    """Fair components, of states or of nodes. What is looked at by `cycle` is put into `part`."""

    def __init__(
        self, graph: Graph, fair: Region, visited: Region | None, program: Program, things: Collection[Thing]
    ) -> None:
        self._graph, self._fair = graph, fair
        self._fairness = [program.fairness[name] for name, _ in things]
        self._before = graph.new_set()
        self._numbers, self._count = graph.components(fair, self._before, graph.count(fair, self._before))
        self._parts = graph.parts(self._count)
        self.part = graph.new_set()
        graph.put({block.PARTS: self._parts.address, block.AFTER: self.part.address})
        if visited is not None:
            graph.put({block.OTHER: visited.address})
        graph.sweep("weigh", graph.set_words)

    def free(self) -> None:
        """Give the memory back."""
        for memory in (self._before, self._numbers, self._parts, self.part):
            self._graph.free(memory)

    def cycle(
        self,
        entry: int,
        start: Node,
        around: Around[Node],
        visits: int,
        far: Callable[[Node, Goal[Node]], list[Node]],
    ) -> list[Node]:
        """A short fair cycle from a state or node of a fair component back to it. `entry` is its place in sets."""
        graph = self._graph
        number = graph.number_at(entry, self._fair, self._before, self._numbers)
        graph.put({block.NEXT: number})
        graph.sweep("pick", graph.set_words)
        possible = graph.possible_in(self._parts, block.FIRST_COMPONENT - number)
        weak = [each for each in possible if self._fairness[each] is Fairness.WEAK]
        strong = [each for each in possible if self._fairness[each] is Fairness.STRONG]
        return Walks(around, start, weak, strong, visits, far).cycle()


class _Around:
    """One component, asked state by state."""

    def __init__(self, graph: Graph, part: Region, visited: Region | None) -> None:
        self._graph, self._part, self._visited = graph, part, visited
        self._known: dict[State, tuple[list[tuple[State, frozenset[int]]], frozenset[int], bool]] = {}

    def ways(self, node: State) -> list[tuple[State, frozenset[int]]]:
        return self._look(node)[0]

    def possible(self, node: State) -> frozenset[int]:
        return self._look(node)[1]

    def visited(self, node: State) -> tuple[int, ...]:
        return (0,) if self._look(node)[2] else ()

    def _look(self, node: State) -> tuple[list[tuple[State, frozenset[int]]], frozenset[int], bool]:
        if node not in self._known:
            slot = self._graph.look(node)
            visited = self._visited is not None and self._graph.has(self._visited, slot)
            taken: dict[State, set[int]] = {}
            possible = set()
            for state, entry, things in self._graph.successors():
                possible |= things
                if self._graph.has(self._part, entry):
                    taken.setdefault(state, set()).update(things)
            ways = [(state, frozenset(things)) for state, things in taken.items()]
            self._known[node] = ways, frozenset(possible), visited
        return self._known[node]
