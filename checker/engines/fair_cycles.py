"""Where in a graph a behaviour can stay for ever and owe nothing, and a short way round there. Knows no program.

A graph's nodes are states, its edges steps that change the state: the attribute `takes` of an edge names what is taken
by such a step. `possible` names what can be taken in each state, along edges of the graph or others. In every state a
behaviour may also rest, which takes nothing; so a state alone is a cycle too.

A set of states from each of which all others are reached holds a fair cycle if every weakly fair thing is taken on an
edge within or not possible in one of its states, and every strongly fair one is taken within or possible nowhere in it.
If a strongly fair thing is possible and never taken, a fair cycle must avoid the states where it is possible: they are
left out, and the rest is looked at again (Emerson and Lei 1987). A weakly fair thing that is always possible and never
taken within is so in every part as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import networkx as nx

from checker.ir.temporal import Fairness

Node = int
Thing = Hashable
"""What fairness is about: an instance of a process, or an action with its arguments."""

Place = TypeVar("Place", bound=Hashable)

MOST_SEARCHED = 20_000
"""Places that the search for the shortest cycle looks at before it makes do with a short one."""


@dataclass(frozen=True)
class Fair:
    """A graph and what is owed in it. Things without fairness stand nowhere."""

    graph: nx.DiGraph[Node]
    possible: Sequence[Collection[Thing]]
    fairness: Callable[[Thing], Fairness]

    def takes(self, source: Node, target: Node) -> Collection[Thing]:
        """What a step from one state to another takes."""
        found: Collection[Thing] = self.graph.edges[source, target]["takes"]
        return found


def fair_parts(fair: Fair, within: Collection[Node], visiting: Collection[Node] | None = None) -> Iterator[set[Node]]:
    """The largest sets of states, all of them `within`, that hold a fair cycle through all their states; if `visiting`
    is given, those that have a state of it."""
    pending = [set(part) for part in nx.strongly_connected_components(fair.graph.subgraph(within))]
    while pending:
        part = pending.pop()
        taken = {each for edge in fair.graph.subgraph(part).edges for each in fair.takes(*edge)}
        left = {each for node in part for each in fair.possible[node] if each not in taken}
        starved = {each for each in left if fair.fairness(each) is Fairness.STRONG}
        if starved:
            rest = {node for node in part if starved.isdisjoint(fair.possible[node])}
            pending.extend(set(each) for each in nx.strongly_connected_components(fair.graph.subgraph(rest)))
        elif any(all(each in fair.possible[node] for node in part) for each in left):
            continue
        elif visiting is None or not part.isdisjoint(visiting):
            yield part


def short_cycle(fair: Fair, part: Collection[Node], start: Node, visiting: Collection[Node] | None) -> list[Node]:
    """The states of a fair cycle through a fair part, from `start` back to `start`: the shortest, if that is found
    soon. Only `start` is to rest there."""
    return _Walks(fair, part, start, visiting).cycle()


_Place = tuple[Node, frozenset[Hashable]]
"""A state, and what was done until then."""


class _Walks:
    """Walks within one part. What a walk has done is a set of marks: a thing that it took, or that is weakly fair and
    was not possible somewhere on the way; `_Seen(thing)` for a strongly fair one that was possible; and `_VISITED`."""

    def __init__(self, fair: Fair, part: Collection[Node], start: Node, visiting: Collection[Node] | None) -> None:
        self._fair = fair
        self._part = part
        self._start = start
        self._visiting = part if visiting is None else visiting
        things = dict.fromkeys(each for node in sorted(part) for each in fair.possible[node])
        self._weak = {each for each in things if fair.fairness(each) is Fairness.WEAK}
        self._strong = {each for each in things if fair.fairness(each) is Fairness.STRONG}

    def cycle(self) -> list[Node]:
        """The shortest cycle, or one that does one thing after the other, each by the shortest way."""
        begin = (self._start, self._marks(self._start))
        found = _shortest(begin, self._ways, self._is_over, MOST_SEARCHED)
        return [node for node, _ in found] if found is not None else self._one_by_one()

    def _one_by_one(self) -> list[Node]:
        walk = [(self._start, self._marks(self._start))]
        while missing := frozenset({*self._weak, *self._strong, _VISITED}).difference(*(marks for _, marks in walk)):
            walk += self._on(walk[-1], partial(_does_some, missing))
        if walk[-1][0] != self._start:
            walk += self._on(walk[-1], lambda place: place[0] == self._start)
        return [node for node, _ in walk]

    def _on(self, place: _Place, ends: Callable[[_Place], bool]) -> list[_Place]:
        """The shortest way on from a place that has done nothing yet. In a fair part there is one for all that is
        needed."""
        nothing: frozenset[Hashable] = frozenset()
        found = _shortest((place[0], nothing), self._last_way, ends)
        assert found is not None
        return found[1:]

    def _ways(self, place: _Place) -> Iterator[_Place]:
        """Where a walk goes on, with all that it has done."""
        for node, marks in self._last_way(place):
            yield node, place[1] | marks

    def _last_way(self, place: _Place) -> Iterator[_Place]:
        """Where a walk goes on, with what that one step does."""
        for node in self._fair.graph.successors(place[0]):
            if node in self._part:
                yield node, self._marks(node) | frozenset(self._fair.takes(place[0], node))

    def _marks(self, node: Node) -> frozenset[Hashable]:
        possible = set(self._fair.possible[node])
        seen = {_Seen(each) for each in self._strong & possible}
        return frozenset((self._weak - possible) | seen | ({_VISITED} if node in self._visiting else set()))

    def _is_over(self, place: _Place) -> bool:
        node, done = place
        owed = {each for each in self._strong if _Seen(each) in done}
        return node == self._start and _VISITED in done and owed | self._weak <= done


def _does_some(missing: frozenset[Hashable], place: _Place) -> bool:
    return not missing.isdisjoint(place[1])


_VISITED = "a state to visit was visited"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A strongly fair thing was possible."""

    thing: Thing


def _shortest(
    begin: Place, ways: Callable[[Place], Iterable[Place]], ends: Callable[[Place], bool], most: int | None = None
) -> list[Place] | None:
    """The shortest way to where it ends, breadth first; None if there is none among `most` places."""
    came: dict[Place, Place | None] = {begin: None}
    queue = deque([begin])
    while queue and (most is None or len(came) <= most):
        place = queue.popleft()
        if ends(place):
            return path_to(came, place)
        for following in ways(place):
            if following not in came:
                came[following] = place
                queue.append(following)
    return None


def path_to(came: Mapping[Place, Place | None], last: Place) -> list[Place]:
    """The way to a place, by the one that each was reached from."""
    found = [last]
    while (before := came[found[-1]]) is not None:
        found.append(before)
    return found[::-1]
