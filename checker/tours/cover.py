"""Tours: ways through a graph that together take every step, or every two steps that can follow one another.

Each begins in an initial state, goes to the nearest step that is not taken yet, and from there to the next one, until
it is long enough or nothing new can be reached. They are few, and not the fewest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from checker.tours.graph import Edge, Graph

_Node = TypeVar("_Node", bound=Hashable)
_Pair = tuple[Edge | None, Edge]
Tour = tuple[Edge, ...]


def tours_of_steps(graph: Graph, length: int) -> list[Tour]:
    """Tours of about so many steps at most that together take every step."""

    def following(at: int) -> Iterable[tuple[Edge, int]]:
        return ((edge, edge.target) for edge in graph.edges[at])

    return [tuple(tour) for tour in _tours(range(graph.initial), following, length)]


def tours_of_pairs(graph: Graph, length: int) -> list[Tour]:
    """Tours that together take every two steps of which one can follow the other."""

    def following(at: int | Edge) -> Iterable[tuple[_Pair, int | Edge]]:
        before, state = (at, at.target) if isinstance(at, Edge) else (None, at)
        return (((before, edge), edge) for edge in graph.edges[state])

    starts: Sequence[int | Edge] = range(graph.initial)
    return [tuple(edge for _, edge in tour) for tour in _tours(starts, following, length)]


_Taken = TypeVar("_Taken", bound=Hashable)


def _tours(
    starts: Sequence[_Node], following: Callable[[_Node], Iterable[tuple[_Taken, _Node]]], length: int
) -> list[list[_Taken]]:
    """Ways from the starts that together take all that can be taken."""
    taken: set[_Taken] = set()
    tours: list[list[_Taken]] = []
    for start in starts:
        while True:
            tour: list[_Taken] = []
            at = start
            while len(tour) < length:
                found = _nearest(at, following, taken)
                if found is None:
                    break
                way, at = found
                tour += way
                taken.update(way)
            if not tour:
                break
            tours.append(tour)
    return tours


def _nearest(
    start: _Node, following: Callable[[_Node], Iterable[tuple[_Taken, _Node]]], taken: set[_Taken]
) -> tuple[list[_Taken], _Node] | None:
    """The shortest way that ends with something not taken yet, and where it leads; None if all has been."""
    came: dict[_Node, tuple[_Taken, _Node] | None] = {start: None}
    border = [start]
    while border:
        after: list[_Node] = []
        for at in border:
            for each, target in following(at):
                if each not in taken:
                    return [*_way(came, at), each], target
                if target not in came:
                    came[target] = (each, at)
                    after.append(target)
        border = after
    return None


def _way(came: dict[_Node, tuple[_Taken, _Node] | None], at: _Node) -> list[_Taken]:
    way: list[_Taken] = []
    before = came[at]
    while before is not None:
        way.append(before[0])
        before = came[before[1]]
    return way[::-1]
