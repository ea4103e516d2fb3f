"""Where the values of `choose` come from: all of them in turn, one given vector, or chance. Knows no program."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from checker.ir.types import Type, Value
from checker.semantics.step import Impossible

Found = TypeVar("Found")


class Choices(Protocol):
    """Answers every `choose` of one run, in the order in which they are met."""

    def take(self, members: Sequence[Value], kind: Type) -> Value:
        """One of `members`, which are of type `kind`, in rank order and not empty; Impossible to refuse them all."""
        ...

    def taken(self) -> tuple[Value, ...]:
        """What has been taken so far."""
        ...


class Odometer:
    """Goes through all vectors of choices in lexicographic order, one run for each: run, `advance`, run, ...

    A run repeats the choices before the one that was advanced, so it meets the same members there: nothing but choices
    makes two runs of a step differ.
    """

    def __init__(self) -> None:
        self._wheels: list[tuple[Sequence[Value], int]] = []
        self._cursor = 0

    def take(self, members: Sequence[Value], kind: Type) -> Value:
        """The member whose turn it is; the first one where no earlier run has been."""
        if self._cursor == len(self._wheels):
            self._wheels.append((members, 0))
        known, place = self._wheels[self._cursor]
        assert len(known) == len(members)
        self._cursor += 1
        return members[place]

    def taken(self) -> tuple[Value, ...]:
        """What the present run has taken so far."""
        return tuple(members[place] for members, place in self._wheels[: self._cursor])

    def advance(self) -> bool:
        """Turn to the next vector; False if there is none."""
        assert self._cursor == len(self._wheels)
        self._cursor = 0
        while self._wheels:
            members, place = self._wheels.pop()
            if place + 1 < len(members):
                self._wheels.append((members, place + 1))
                return True
        return False


class Script:
    """Follows one given vector; a run that wants another choice, or more of them, is impossible."""

    def __init__(self, wanted: Sequence[Value]) -> None:
        self._wanted = wanted
        self._cursor = 0

    def take(self, members: Sequence[Value], kind: Type) -> Value:
        """The next wanted value, which must be a member and of type `kind` (True is not 1)."""
        if self._cursor == len(self._wanted):
            raise Impossible
        value = self._wanted[self._cursor]
        if not kind.contains(value) or value not in members:
            raise Impossible
        self._cursor += 1
        return value

    def taken(self) -> tuple[Value, ...]:
        """What the run has taken so far."""
        return tuple(self._wanted[: self._cursor])

    def exhausted(self) -> bool:
        """Whether every wanted value was taken."""
        return self._cursor == len(self._wanted)


class _Rest:
    """What is left of some members as one after the other is taken out. Does not copy them: there may be many."""

    def __init__(self, members: Sequence[Value]) -> None:
        self._members = members
        self._gone: list[int] = []  # how many members left stand before each that was taken out, in order

    def __len__(self) -> int:
        return len(self._members) - len(self._gone)

    def pop(self, place: int) -> Value:
        """Take out the member that is number `place` of those left."""
        smaller = bisect_right(self._gone, place)
        at = place + smaller
        self._gone[smaller:] = [place, *(each - 1 for each in self._gone[smaller:])]
        return self._members[at]


class Drawing:
    """Choices at random, each member at most once: redrawing ends when all vectors have been refused. `pick` gives a
    whole number below the one it is given, and is not asked where there is but one member."""

    def __init__(self, pick: Callable[[int], int]) -> None:
        self._pick = pick
        self._wheels: list[tuple[_Rest, Value]] = []  # what has not been tried, and what is taken
        self._cursor = 0
        self.most = 0
        """How many choices one run has made, at most."""

    def take(self, members: Sequence[Value], kind: Type) -> Value:
        """A member at random, or the one that stands since the last run."""
        if self._cursor == len(self._wheels):
            self._turn(_Rest(members))
        self._cursor += 1
        self.most = max(self.most, self._cursor)
        return self._wheels[self._cursor - 1][1]

    def taken(self) -> tuple[Value, ...]:
        """What the present run has taken so far."""
        return tuple(value for _, value in self._wheels[: self._cursor])

    def redraw(self) -> bool:
        """After an impossible run: draw its last choice anew, or the one before it; False if nothing is left."""
        assert self._cursor == len(self._wheels)
        self._cursor = 0
        while self._wheels:
            rest, _ = self._wheels.pop()
            if len(rest):
                self._turn(rest)
                return True
        return False

    def _turn(self, members: _Rest) -> None:
        value = members.pop(0 if len(members) == 1 else self._pick(len(members)))
        self._wheels.append((members, value))


def search(run: Callable[[Choices], Found | None], pick: Callable[[int], int], most: int) -> tuple[Found | None, int]:
    """Run with drawn choices until a run is possible, and how many runs that took, beside one for each choice made.
    Gives up after `most` of these."""
    drawing = Drawing(pick)
    used = 0
    while used < most + drawing.most:
        found = run(drawing)
        if found is not None:
            return found, used
        used += 1
        if not drawing.redraw():
            break
    return None, max(1, used - drawing.most)
