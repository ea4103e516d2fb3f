"""Where a behaviour that violates a temporal property can be, and come to from there: what an order has to speak of.

Of a formula such a place is a state with what is true there of the time to come (`untils`); of the other kinds, which
speak of one condition at a time, it is a state. Finds nothing out of the states, and knows no engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, assert_never

from checker.certificates.untils import Untils
from checker.contract.lasso import Thing
from checker.contract.order import Place
from checker.ir.temporal import Formula, TemporalKind

Truth = Sequence[tuple[bool, ...]]
"""What the conditions of a property are in each state, state 1 first."""

Steps = Sequence[Mapping[int, Collection[Thing]]]
"""Where each state leads, other than to itself, and what fair things such steps take."""


class Behaviours(Protocol):
    """Behaviours that violate one property, for one choice of values."""

    def begins(self) -> Iterable[Place]:
        """The places in which they begin to."""
        ...

    def state(self, place: Place) -> int | None:
        """The state of a place, by its number; None if there is no such place."""
        ...

    def ways(self, place: Place) -> Iterator[tuple[Place, Collection[Thing]]]:
        """The places that steps lead to, with what these take."""
        ...

    def goes_on(self, place: Place) -> bool:
        """Whether a behaviour that comes to this place from one before it may still violate the property."""
        ...

    def waits(self, place: Place, number: int) -> bool:
        """Whether the `until` of that number is true here, and what it waits for is not."""
        ...

    def harmless(self, place: Place) -> bool:
        """Whether a behaviour does not violate the property that is in the end in such places only."""
        ...


class ThroughStates:
    """Of a property that is no formula: its last condition is false for as long as they may violate it."""

    def __init__(self, kind: TemporalKind, truth: Truth, steps: Steps, initial: Iterable[int]) -> None:
        self._kind, self._truth, self._steps, self._initial = kind, truth, steps, initial

    def begins(self) -> Iterable[Place]:
        everywhere = range(1, len(self._truth) + 1)
        match self._kind:
            case TemporalKind.EVENTUALLY:
                return [number for number in self._initial if not self._is_true(number)]
            case TemporalKind.LEADS_TO:
                return [number for number in everywhere if self._truth[number - 1][0] and not self._is_true(number)]
            case TemporalKind.ALWAYS_EVENTUALLY:
                return [number for number in everywhere if not self._is_true(number)]
            case TemporalKind.EVENTUALLY_ALWAYS:
                return everywhere
            case TemporalKind.TEMPORAL:
                raise ValueError("states say nothing of a formula")
            case _:
                assert_never(self._kind)

    def state(self, place: Place) -> int | None:
        return place if isinstance(place, int) and 1 <= place <= len(self._truth) else None

    def ways(self, place: Place) -> Iterator[tuple[Place, Collection[Thing]]]:
        assert isinstance(place, int)
        yield from self._steps[place - 1].items()

    def goes_on(self, place: Place) -> bool:
        """Of the kinds that are not owed until what is promised comes, each state is one where it begins."""
        assert isinstance(place, int)
        return self._kind in (TemporalKind.EVENTUALLY, TemporalKind.LEADS_TO) and not self._is_true(place)

    def waits(self, place: Place, number: int) -> bool:
        return False

    def harmless(self, place: Place) -> bool:
        assert isinstance(place, int)
        return self._kind is TemporalKind.EVENTUALLY_ALWAYS and self._is_true(place)

    def _is_true(self, number: int) -> bool:
        return self._truth[number - 1][-1]


class WithUntils:
    """Of a formula: each behaviour goes through states with what is true in them of the time to come."""

    def __init__(self, formula: Formula, truth: Truth, steps: Steps, initial: Iterable[int]) -> None:
        self._untils, self._truth, self._steps, self._initial = Untils(formula), truth, steps, initial

    def begins(self) -> Iterable[Place]:
        for number in self._initial:
            conditions = self._truth[number - 1]
            for given in self._untils.possible(conditions):
                if self._untils.is_false(conditions, given):
                    yield number, given

    def state(self, place: Place) -> int | None:
        if not isinstance(place, tuple) or not 1 <= place[0] <= len(self._truth):
            return None
        return place[0] if place[1] in self._untils.possible(self._truth[place[0] - 1]) else None

    def ways(self, place: Place) -> Iterator[tuple[Place, Collection[Thing]]]:
        assert isinstance(place, tuple)
        number, given = place
        for target, taken in self._steps[number - 1].items():
            for later in self._untils.possible(self._truth[target - 1]):
                if self._untils.follows(self._truth[number - 1], given, later):
                    yield (target, later), taken

    def goes_on(self, place: Place) -> bool:
        return True

    def waits(self, place: Place, number: int) -> bool:
        assert isinstance(place, tuple)
        return self._untils.waits(self._truth[place[0] - 1], place[1], number)

    def harmless(self, place: Place) -> bool:
        return False
