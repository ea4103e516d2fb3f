"""A short way round that owes nothing, within states from each of which all others are reached. Knows no program, and
no graph: it asks where a walk goes on.

What a walk has done is a number, its marks, a bit for each: a thing that it took, or that is weakly fair and was not
possible somewhere on the way; a strongly fair one that was possible; and a set to visit that it came by.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

Node = TypeVar("Node", bound=Hashable)
Thing = Hashable
"""What fairness is about: an instance of a process, or an action with its arguments."""

Place = TypeVar("Place", bound=Hashable)

MOST_SEARCHED = 20_000
"""Places that the search for the shortest cycle looks at before it makes do with a short one."""

MOST_NEAR = 2_000
"""Places that are looked at for the next thing to do, before somebody is asked who knows the way to far ones."""


@dataclass(frozen=True, slots=True)
class Goal(Generic[Node]):
    """What a walk still has to do, any of it: take a thing, or be where it is not possible; come by a set; or, if
    nothing else is left, come home."""

    taken: frozenset[Any]
    impossible: frozenset[Any]
    visits: frozenset[int]
    home: Node | None = None


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


class Walks(Generic[Node]):
    """Walks from `start` back to it. `weak` and `strong` are the fair things that are possible anywhere around;
    `visits` is the number of sets to come by. `far` gives the shortest way from a node to the nearest from where some
    of a goal can be done by a step, or is done, both included; without it all ways are looked for step by step."""

    def __init__(
        self,
        around: Around[Node],
        start: Node,
        weak: Iterable[Thing],
        strong: Iterable[Thing],
        visits: int = 0,
        far: Callable[[Node, Goal[Node]], list[Node]] | None = None,
    ) -> None:
        self._around, self._start, self._far = around, start, far
        self._weak, self._strong, self._visits = tuple(weak), tuple(strong), visits
        self._things = {thing: 1 << number for number, thing in enumerate((*self._weak, *self._strong))}
        self._visit = len(self._things)
        """The number of the first bit for sets to visit; those for what was seen to be possible come after them."""
        self._first_strong, self._seen = len(self._weak), self._visit + visits
        self._all_weak = (1 << len(self._weak)) - 1
        self._owed = (1 << self._seen) - 1
        """All that there is to do."""
        self._known: dict[Node, int] = {}

    def cycle(self) -> list[Node]:
        """The states of a fair cycle, `start` first and last: the shortest, or one that does one thing after the other,
        each by the shortest way. Only `start` is to rest there."""
        begin = (self._start, self._marks(self._start))
        found = _shortest(begin, self._on, self._is_over, MOST_SEARCHED)
        return [node for node, _ in found] if found is not None else self._one_by_one()

    def _one_by_one(self) -> list[Node]:
        walk = [self._start]
        missing = self._owed & ~self._marks(self._start)
        while missing:
            for node, marks in self._shortly(walk[-1], missing):
                walk.append(node)
                missing &= ~marks
        if walk[-1] != self._start:
            walk += [node for node, _ in self._shortly(walk[-1], 0)]
        return walk

    def _shortly(self, node: Node, missing: int) -> list[tuple[Node, int]]:
        """The shortest way on from a state to where something missing is done; back to the start if nothing is.
        Where all that is around is fair there is one for all that is needed."""

        def ends(place: tuple[Node, int]) -> bool:
            return bool(place[1] & missing) if missing else place[0] == self._start

        found = _shortest((node, 0), self._onward, ends, MOST_NEAR if self._far is not None else None)
        if found is not None:
            return found[1:]
        assert self._far is not None
        way = self._along(self._far(node, self._goal(missing)))
        if not any(map(ends, way)):
            last = next(filter(ends, self._step(way[-1][0] if way else node)), None)
            assert last is not None
            way.append(last)
        return way

    def _along(self, way: Sequence[Node]) -> list[tuple[Node, int]]:
        """The steps of a way, with what each does."""
        found = []
        for one, other in pairwise(way):
            found.append(next(place for place in self._step(one) if place[0] == other))
        return found

    def _goal(self, missing: int) -> Goal[Node]:
        things = frozenset(thing for thing, bit in self._things.items() if bit & missing)
        visits = frozenset(number for number in range(self._visits) if missing >> self._visit + number & 1)
        home = None if missing else self._start
        return Goal(things, things.intersection(self._weak), visits, home)

    def _on(self, place: tuple[Node, int]) -> Iterator[tuple[Node, int]]:
        """Where a walk goes on, with all that it has done."""
        for node, marks in self._step(place[0]):
            yield node, place[1] | marks

    def _onward(self, place: tuple[Node, int]) -> Iterator[tuple[Node, int]]:
        return self._step(place[0])

    def _step(self, node: Node) -> Iterator[tuple[Node, int]]:
        """Where a walk goes on, with what that one step does."""
        for following, taken in self._around.ways(node):
            yield following, self._marks(following) | self._bits(taken)

    def _marks(self, node: Node) -> int:
        """What is done by being in a state."""
        found = self._known.get(node)
        if found is None:
            possible = self._bits(self._around.possible(node))
            found = self._all_weak & ~possible
            found |= possible >> self._first_strong << self._seen
            for number in self._around.visited(node):
                found |= 1 << self._visit + number
            self._known[node] = found
        return found

    def _bits(self, things: Iterable[Thing]) -> int:
        bits = 0
        for thing in things:
            bits |= self._things.get(thing, 0)
        return bits

    def _is_over(self, place: tuple[Node, int]) -> bool:
        node, done = place
        if node != self._start:
            return False
        strong = (1 << len(self._strong)) - 1
        seen, taken = done >> self._seen, done >> self._first_strong & strong
        owed = self._all_weak | (1 << self._seen) - (1 << self._visit)
        return seen & ~taken == 0 and owed & ~done == 0


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
