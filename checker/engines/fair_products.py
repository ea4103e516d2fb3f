"""A fair behaviour that makes a formula true: a lasso in the product of a graph with the formula's automaton. Knows no
program.

A place of the product is a state with the promises that a run of the automaton gives there. A behaviour rests in a
place as in its state: the automaton rests too. Which things are fair, taken and possible is a matter of states alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import networkx as nx

from checker.engines.common.fair_walks import Thing, path_to
from checker.engines.common.tableau import Tableau
from checker.engines.fair_cycles import Fair, Node, fair_parts, short_cycle

MOST_ENTRIES = 50
"""Places at the end of stems of one length of which the shortest cycle is taken."""


class Product:
    """The places that lead on from `initial` states where the formula of a tableau is true. `conditions` are those of
    each state, as bits; `look` is called now and then, and may raise."""

    def __init__(
        self,
        fair: Fair,
        initial: Iterable[Node],
        conditions: Sequence[int],
        tableau: Tableau,
        look: Callable[[], None],
    ) -> None:
        self._fair, self._conditions, self._tableau, self._look = fair, conditions, tableau, look
        self._states: list[Node] = []
        self._given: list[int] = []
        self._numbers: dict[tuple[Node, int], int] = {}
        self._came: dict[int, int | None] = {}
        self._depth: list[int] = []
        self._graph: nx.DiGraph[Node] = nx.DiGraph()
        self._explore(initial)

    def _explore(self, initial: Iterable[Node]) -> None:
        """Find the places breadth first, with the shortest way to each."""
        for state in initial:
            for given, place in self._tableau.places(self._conditions[state]).items():
                if place.begins:
                    self._number(state, given, None)
        for number, state in enumerate(self._states):  # which grow meanwhile
            self._look()
            before = self._given[number]
            carried = self._tableau.places(self._conditions[state])[before].carried
            for following in self._fair.graph.successors(state):
                takes = self._fair.takes(state, following)
                for given in self._tableau.places(self._conditions[following]):
                    if (given ^ before) & carried == 0:
                        self._graph.add_edge(number, self._number(following, given, number), takes=takes)

    def _number(self, state: Node, given: int, before: int | None) -> int:
        """The number of a place, which is noted if it is a new one."""
        place = self._numbers.setdefault((state, given), len(self._states))
        if place == len(self._states):
            self._states.append(state)
            self._given.append(given)
            self._came[place] = before
            self._depth.append(1 if before is None else self._depth[before] + 1)
            self._graph.add_node(place)
        return place

    def lasso(self) -> tuple[list[Node], list[Node]] | None:
        """The states of a stem, the shortest there is, and of a fair cycle from its end back to it that puts no promise
        off for ever; None if there is none."""
        possible: list[Collection[Thing]] = [self._fair.possible[state] for state in self._states]
        fair = Fair(self._graph, possible, self._fair.fairness)
        visits = tuple(self._settled(promise) for promise in range(self._tableau.promises))
        part_of: dict[Node, set[Node]] = {}
        for part in fair_parts(fair, range(len(self._states)), visits):
            self._look()
            part_of.update(dict.fromkeys(part, part))
        best: tuple[int, list[Node]] | None = None
        for end in self._ends(part_of):
            self._look()
            cycle = short_cycle(fair, part_of[end], end, visits)
            if best is None or len(cycle) < len(best[1]):
                best = end, cycle
        if best is None:
            return None
        stem = path_to(self._came, best[0])
        return [self._states[place] for place in stem], [self._states[place] for place in best[1]]

    def _settled(self, promise: int) -> frozenset[Node]:
        """The places where a promise is kept or not given."""
        return frozenset(
            number
            for number, state in enumerate(self._states)
            if self._tableau.places(self._conditions[state])[self._given[number]].settled >> promise & 1
        )

    def _ends(self, part_of: Collection[Node]) -> Iterator[Node]:
        """The first places in fair parts, in the order in which they were found."""
        found = sorted(part_of)[:MOST_ENTRIES]
        yield from (place for place in found if self._depth[place] == self._depth[found[0]])
