"""Find a behaviour of a program that does what logs say, record by record; judges no property.

What is kept is the set of all states that fit what was read. Before each record steps may be put in that nobody logs. A
search that a bound has cut never says that nothing fits: that is unknown, and why is said.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from checker.contract.trace import Trace
from checker.pause import current
from checker.semantics import State, Step
from checker.semantics.step import INIT
from checker.trace_validation.entries import Entry
from checker.trace_validation.order import Cut, Order
from checker.trace_validation.stepping import Stepper

MOST_UNLOGGED, MOST_STATES = 32, 10_000
KEPT = 100_000
"""Records up to which the way to the states is kept."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """When to give up: steps put in before one record, states that fit at one time, seconds."""

    unlogged: int = MOST_UNLOGGED
    states: int = MOST_STATES
    seconds: float | None = None


class Reached(NamedTuple):
    """How a state was reached: by a step, the first of all by `init`; and from what."""

    step: Step
    state: State
    before: Reached | None


Layer = dict[State, Reached]


@dataclass(frozen=True, slots=True)
class Stuck:
    """A record that fits nothing, and the states that the program could be in then, with what was put in before it."""

    entry: Entry
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of logs: so many records `fit`. Nothing else is set if all do. `stuck`: these fit nothing, those
    nearest to the end first. `unknown`: why nobody knows. `most` is the largest set of states that was kept, `put_in`
    whether steps were. `trace` is a behaviour that fits as far as that goes, None where it is too long to be kept."""

    fit: int
    states: tuple[State, ...]
    most: int
    stuck: tuple[Stuck, ...] = ()
    unknown: str | None = None
    trace: Trace | None = None


class _Cut(Exception):
    """A bound has ended the search. Never leaves this module."""


class Search:
    """One search through the records of one run."""

    def __init__(self, stepper: Stepper, bounds: Bounds) -> None:
        self._stepper = stepper
        self._bounds = bounds
        self._pause = current()
        self._ends = None if bounds.seconds is None else time.monotonic() + bounds.seconds
        self._missed: str | None = None  # why candidates may be missing
        self._most = 0

    def follow(self, order: Order) -> Followed:
        """Go through all records."""
        layers: dict[Cut, Layer] = {}
        number = 0
        try:
            layers = {order.start(): self._initial()}
            while True:
                self._look()
                found: dict[Cut, Layer] = {}
                stuck: list[Stuck] = []
                for cut, layer in layers.items():
                    nexts = list(order.following(cut))
                    closed = self._closed(layer, number) if nexts and self._stepper.hidden else layer
                    for after, entry in nexts:
                        if not self._after(closed, entry, found.setdefault(after, {}), number < KEPT):
                            stuck.append(Stuck(entry, tuple(closed)))
                found = {cut: layer for cut, layer in found.items() if layer}
                if not found:
                    return self._ended(number, layers, stuck)
                layers = found
                number += 1
                self._count(sum(map(len, layers.values())), number)
        except _Cut as cut:
            return Followed(number, (), self._most, unknown=str(cut), trace=self._told(layers, number))

    def _ended(self, number: int, layers: dict[Cut, Layer], stuck: list[Stuck]) -> Followed:
        """All that can be read has been: everything, or up to what is stuck."""
        states = tuple(dict.fromkeys(state for layer in layers.values() for state in layer))
        trace = self._told(layers, number)
        if stuck and self._missed is not None:
            reason = f"nothing fits {stuck[0].entry.at}, but {self._missed}"
            return Followed(number, states, self._most, unknown=reason, trace=trace)
        for each in stuck:
            for state in each.states:
                self._stepper.confirm_refused(state, each.entry)
        return Followed(number, states, self._most, tuple(stuck), trace=trace)

    def _initial(self) -> Layer:
        found: Layer = {}
        for each in self._stepper.initial():
            assert each.state is not None
            found.setdefault(each.state, Reached(each.step, each.state, None))
            self._look()
            if len(found) > self._bounds.states:
                self._missed = f"only {self._bounds.states:,} initial states were kept (--most-states)"
                break
        return found

    def _after(self, closed: Layer, entry: Entry, found: Layer, keep: bool) -> bool:
        """Add to `found` the states after a record; whether there was any."""
        some = False
        if entry.name is None:
            for state, reached in closed.items():
                if entry.agrees(state):
                    found.setdefault(state, reached)
                    some = True
            return some
        for state, reached in closed.items():
            for step, after in self._stepper.meant(state, entry):
                some = True
                if after not in found:
                    found[after] = Reached(step, after, reached if keep else None)
            if len(closed) > 1:
                self._look()
        return some

    def _closed(self, layer: Layer, number: int) -> Layer:
        """The states that are reached by steps that nobody logs, those of the layer with them."""
        found = dict(layer)
        border = list(layer.values())
        for _ in range(self._bounds.unlogged):
            after: list[Reached] = []
            for reached in border:
                for step, state in self._stepper.unseen(reached.state):
                    if state not in found:
                        found[state] = Reached(step, state, reached)
                        after.append(found[state])
                self._look()
                self._count(len(found), number)
            border = after
            if not border:
                return found
        if self._missed is None and any(
            state not in found for reached in border for _, state in self._stepper.unseen(reached.state)
        ):
            more = f"{self._bounds.unlogged} steps without a record"
            self._missed = f"more than {more} may have happened after record {number} (--most-unlogged)"
        return found

    def _count(self, states: int, number: int) -> None:
        self._most = max(self._most, states)
        if states > self._bounds.states:
            more = f"more than {self._bounds.states:,} states of the model fit after record {number}"
            raise _Cut(f"{more} (--most-states); let the log say more")

    def _look(self) -> None:
        self._pause()
        if self._ends is not None and time.monotonic() > self._ends:
            raise _Cut("the time of --time ended")

    def _told(self, layers: dict[Cut, Layer], number: int) -> Trace | None:
        """A behaviour that leads to the first of the states that are left."""
        last = next(iter(next(iter(layers.values()), {}).values()), None)
        if last is None or number > KEPT:
            return None
        path = list(_back(last))[::-1]
        first = path[0]
        assert first.step.name == INIT
        steps = tuple(each.step for each in path[1:])
        return Trace(tuple(each.state for each in path), steps, first.step.choices)


def _back(last: Reached) -> Iterator[Reached]:
    reached: Reached | None = last
    while reached is not None:
        yield reached
        reached = reached.before
