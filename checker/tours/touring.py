"""Take a tour with a program that may choose: where it goes another way, go on from there to what is not tried yet."""

from __future__ import annotations

from dataclasses import dataclass

from checker.semantics import State
from checker.tours.cover import Tour
from checker.tours.driving import Divergence, Driver
from checker.tours.graph import Call, Edge, Graph

_LONGER = 4
"""How many times as long as it was planned a tour may become."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A tour as it was taken, and where the program differs, if it does."""

    way: Tour
    divergence: Divergence | None


class Touring:
    """Takes tours through one graph with one program."""

    def __init__(self, graph: Graph, driver: Driver) -> None:
        self._graph = graph
        self._driver = driver
        self._led: dict[
            tuple[int, Call], int
        ] = {}  # where a step led that was taken: it is expected to lead there again
        self._numbers: dict[State, int] = {state: number for number, state in enumerate(graph.states)}

    def take(self, tour: Tour) -> Taken:
        """Take a tour: each of its steps is tried, if the program lets it come to where it begins."""
        found = self._driver.begin()
        left = dict.fromkeys((edge.source, edge.call) for edge in tour)
        planned, way = list(reversed(tour)), list[Edge]()
        while found is None and left and len(way) < _LONGER * len(tour):
            at = self._numbers[self._driver.states[0]]
            if not planned or planned[-1].source != at or not self._driver.allows(planned[-1].call):
                planned = self._again(at, left)
                if not planned:
                    break
            edge = planned.pop()
            left.pop((edge.source, edge.call), None)
            way.append(edge)
            found = self._driver.take(edge.call)
            if found is None:
                self._led[edge.source, edge.call] = self._numbers[self._driver.states[0]]
        return Taken(tuple(way), found)

    def _again(self, start: int, left: dict[tuple[int, Call], None]) -> list[Edge]:
        """A shortest way from a state to a step that is left, its first step last. What is not allowed in each state
        that the program may be in is left out."""
        came: dict[int, Edge | None] = {start: None}
        border = [start]
        while border:
            after = []
            for at in border:
                for edge in self._graph.edges[at]:
                    if self._led.get((at, edge.call), edge.target) != edge.target:
                        continue
                    if at == start and not self._driver.allows(edge.call):
                        left.pop((edge.source, edge.call), None)
                        continue
                    if (edge.source, edge.call) in left:
                        return _back(edge, came)
                    if edge.target not in came:
                        came[edge.target] = edge
                        after.append(edge.target)
            border = after
        return []


def _back(last: Edge, came: dict[int, Edge | None]) -> list[Edge]:
    way = [last]
    before = came[last.source]
    while before is not None:
        way.append(before)
        before = came[before.source]
    return way
