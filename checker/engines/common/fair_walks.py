"""A short way round that owes nothing, within states from each of which all others are reached. Knows no program, and
no graph: it asks where a walk goes on.

What a walk has done is a set of marks: a thing that it took, or that is weakly fair and was not possible somewhere on
the way; `_Seen(thing)` for a strongly fair one that was possible; and `_Visited(number)` for a set of states to visit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

Node = TypeVar("Node", bound=Hashable)
Thing = Hashable
"""What fairness is about: an instance of a process, or an action with its arguments."""

Place = TypeVar("Place", bound=Hashable)

MOST_SEARCHED = 20_000
"""Places that the search for the shortest cycle looks at before it makes do with a short one."""


class Around(Protocol[Node]):
    """The states in which a walk stays."""

    def ways(self, node: Node) -> Iterable[tuple[Node, Collection[Thing]]]:
        """The states that steps from this one lead to, other than itself, and what each step takes."""
        ...

    def possible(self, node: Node) -> Collection[Thing]:
        """What can be taken there, also where that leads out."""
        ...

    def visited(self, node: Node) -> Iterable[int]:
        """Of the sets that a cycle has to come by, those that it is in, by their numbers."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """A strongly fair thing was possible."""

    thing: Thing


@dataclass(frozen=True, slots=True)
class _Visited:
    """A state of a set to visit was visited."""

    number: int


class Walks(Generic[Node]):
    """Walks from `start` back to it. `weak` and `strong` are the fair things that are possible anywhere around;
    `visits` is the number of sets to come by."""

    def __init__(
        self, around: Around[Node], start: Node, weak: Iterable[Thing], strong: Iterable[Thing], visits: int = 0
    ) -> None:
        self._around = around
        self._start = start
        self._weak, self._strong = frozenset(weak), frozenset(strong)
        self._visits = frozenset(map(_Visited, range(visits)))

    def cycle(self) -> list[Node]:
        """The states of a fair cycle, `start` first and last: the shortest, or one that does one thing after the other,
        each by the shortest way. Only `start` is to rest there."""
        begin = (self._start, self._marks(self._start))
        found = _shortest(begin, self._on, self._is_over, MOST_SEARCHED)
        return [node for node, _ in found] if found is not None else self._one_by_one()

    def _one_by_one(self) -> list[Node]:
        walk = [(self._start, self._marks(self._start))]
        wanted = self._weak | self._strong | self._visits
        while missing := wanted.difference(*(marks for _, marks in walk)):
            walk += self._shortly(walk[-1][0], partial(_does_some, missing))
        if walk[-1][0] != self._start:
            walk += self._shortly(walk[-1][0], lambda place: place[0] == self._start)
        return [node for node, _ in walk]

    def _shortly(
        self, node: Node, ends: Callable[[tuple[Node, frozenset[Hashable]]], bool]
    ) -> list[tuple[Node, frozenset[Hashable]]]:
        """The shortest way on from a state. Where all that is around is fair there is one for all that is needed."""
        begin: tuple[Node, frozenset[Hashable]] = (node, frozenset())
        found = _shortest(begin, lambda place: self._step(place[0]), ends)
        assert found is not None
        return found[1:]

    def _on(self, place: tuple[Node, frozenset[Hashable]]) -> Iterator[tuple[Node, frozenset[Hashable]]]:
        """Where a walk goes on, with all that it has done."""
        for node, marks in self._step(place[0]):
            yield node, place[1] | marks

    def _step(self, node: Node) -> Iterator[tuple[Node, frozenset[Hashable]]]:
        """Where a walk goes on, with what that one step does."""
        for following, taken in self._around.ways(node):
            yield following, self._marks(following) | frozenset(taken)

    def _marks(self, node: Node) -> frozenset[Hashable]:
        possible = set(self._around.possible(node))
        seen = {_Seen(each) for each in self._strong & possible}
        return frozenset((self._weak - possible) | seen | set(map(_Visited, self._around.visited(node))))

    def _is_over(self, place: tuple[Node, frozenset[Hashable]]) -> bool:
        node, done = place
        owed = {each for each in self._strong if _Seen(each) in done}
        return node == self._start and owed | self._weak | self._visits <= done


def _does_some(missing: frozenset[Hashable], place: tuple[Hashable, frozenset[Hashable]]) -> bool:
    return not missing.isdisjoint(place[1])


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
