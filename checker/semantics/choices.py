"""Where the values of `choose` come from: all of them in turn, or one given vector. Knows no program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from checker.lang.types import Type, Value
from checker.semantics.step import Impossible


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
