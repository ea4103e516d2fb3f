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

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from checker.engines.common.fair_walks import Thing, Walks
from checker.ir.temporal import Fairness

Node = int


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


def fair_parts(fair: Fair, within: Collection[Node], visiting: Sequence[Collection[Node]] = ()) -> Iterator[set[Node]]:
    """The largest sets of states, all of them `within`, that hold a fair cycle through all their states; of these,
    those that have a state of each set of `visiting`."""
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
        elif not any(part.isdisjoint(each) for each in visiting):
            yield part


def short_cycle(
    fair: Fair, part: Collection[Node], start: Node, visiting: Sequence[Collection[Node]] = ()
) -> list[Node]:
    """The states of a fair cycle through a fair part, from `start` back to `start`: the shortest, if that is found
    soon. Only `start` is to rest there. It comes by a state of each set of `visiting`."""
    things = dict.fromkeys(each for node in sorted(part) for each in fair.possible[node])
    weak = [each for each in things if fair.fairness(each) is Fairness.WEAK]
    strong = [each for each in things if fair.fairness(each) is Fairness.STRONG]
    return Walks(_Around(fair, part, visiting), start, weak, strong, len(visiting)).cycle()


@dataclass(frozen=True)
class _Around:
    """One part of a graph."""

    fair: Fair
    part: Collection[Node]
    visiting: Sequence[Collection[Node]]

    def ways(self, node: Node) -> Iterator[tuple[Node, Collection[Thing]]]:
        for following in self.fair.graph.successors(node):
            if following in self.part:
                yield following, self.fair.takes(node, following)

    def possible(self, node: Node) -> Collection[Thing]:
        return self.fair.possible[node]

    def visited(self, node: Node) -> Iterator[int]:
        return (number for number, each in enumerate(self.visiting) if node in each)
