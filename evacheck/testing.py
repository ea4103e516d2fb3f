"""Tests of a real program made from its model. `conform` takes every step of the model; `machine` draws them at random.

    from evacheck.testing import conform

    TestCache = conform(Cache(keys=2), CacheAdapter)

The adapter has `reset()`, a method for each action of the model that takes its arguments, and `observe()`, which gives
the values of some of the model's variables. Needs pytest, and for `machine` the extra `fuzz`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from checker.contract.wording import counted
from checker.errors import UsageError
from checker.frontend.compile import compile_program
from checker.lang.model import Model
from checker.tours.cover import Tour, tours_of_pairs, tours_of_steps
from checker.tours.driving import Adapter, Driver
from checker.tours.graph import Graph, explored
from checker.tours.shortest import shortest, told, tried_words
from checker.tours.touring import Touring
from checker.trace_validation.search import MOST_STATES, MOST_UNLOGGED, Bounds
from checker.trace_validation.validating import Options, validate
from checker.trace_validation.wording import lines
from counterexamples.explain.text import plain
from evacheck.checking import instance

if TYPE_CHECKING:
    from checker.tours.machine import DrivenMachine

__all__ = ["Adapter", "Diverged", "Tours", "check_log", "conform", "machine", "tours"]

Cover = Literal["steps", "pairs"]


class Diverged(AssertionError):
    """The program does what the model does not: after which calls, what was expected, what was seen."""


class Tours:
    """Tours through all states of a model, and the program that takes them. `covers` says what they take together."""

    def __init__(self, graph: Graph, adapter: Callable[[], Adapter], planned: Sequence[Tour], covers: str) -> None:
        self.covers = covers
        self._graph = graph
        self._make = adapter
        self._tours = planned

    def __len__(self) -> int:
        """How many tours there are."""
        return len(self._tours)

    def check(self, number: int) -> None:
        """Have the program take a tour, by its number from 0. Raises Diverged, with the shortest tour that shows it."""
        __tracebackhide__ = True
        driver = Driver(self._graph.program, self._make)
        tour = self._tours[number]
        taken = Touring(self._graph, driver).take(tour)
        found = taken.divergence
        if found is not None:
            short = shortest(driver, self._graph, taken.way, found)
            name = getattr(self._make, "__name__", "the program")
            said = tried_words(short, len(found.calls))
            raise Diverged(told(self._graph.program, name, short.divergence, said)) from short.divergence.raised


def tours(
    model: Model | type[Model] | str,
    adapter: Callable[[], Adapter],
    *,
    cover: Cover = "steps",
    most_states: int = 2_000,
    length: int = 100,
) -> Tours:
    """Tours of about `length` steps that together take every step of the model, or with `cover="pairs"` every two steps
    that can follow one another. Raises UsageError U032 for a model of more than `most_states` states."""
    graph = explored(compile_program(instance(model)), most_states)
    if cover not in ("steps", "pairs"):
        raise UsageError("U008", f"cover={cover!r}: there is no such thing", 'Write cover="steps" or cover="pairs".')
    planned = tours_of_steps(graph, length) if cover == "steps" else tours_of_pairs(graph, length)
    what = counted(graph.steps, "step") if cover == "steps" else "every pair of steps"
    return Tours(graph, adapter, planned, f"{what} of {counted(len(graph.states), 'state')}")


def conform(
    model: Model | type[Model] | str,
    adapter: Callable[[], Adapter],
    *,
    cover: Cover = "steps",
    most_states: int = 2_000,
    length: int = 100,
) -> type:
    """A class of tests for pytest, one for each of the `tours`: `TestCache = conform(Cache, CacheAdapter)`."""
    import pytest  # noqa: PLC0415 - only who writes tests has it

    planned = tours(model, adapter, cover=cover, most_states=most_states, length=length)

    class TestTours:
        """The program takes every step of its model."""

        @pytest.mark.parametrize("tour", range(len(planned)))
        def test_tour(self, tour: int) -> None:
            """One tour."""
            __tracebackhide__ = True
            planned.check(tour)

    TestTours.__doc__ = f"The program takes {planned.covers}."
    TestTours.__name__ = TestTours.__qualname__ = f"Test{getattr(adapter, '__name__', 'Program')}"
    return TestTours


def machine(model: Model | type[Model] | str, adapter: Callable[[], Adapter]) -> type[DrivenMachine]:
    """A Hypothesis state machine that drives the program beside a model of any size, and shrinks what differs:
    `TestCache = machine(Cache(keys=9), CacheAdapter).TestCase`. Needs the extra `fuzz`."""
    from checker.tours.machine import driven_machine  # noqa: PLC0415 - Hypothesis, an extra and slow to load

    name = f"{getattr(adapter, '__name__', 'Program')}Machine"
    return driven_machine(compile_program(instance(model)), adapter, name, Diverged)


def check_log(
    model: Model | type[Model] | str,
    *logs: str | Path,
    unlogged: Sequence[str] = (),
    ignored: Sequence[str] = (),
    most_unlogged: int = MOST_UNLOGGED,
    most_states: int = MOST_STATES,
) -> int:
    """Hold logs against a model, as `evacheck trace` does; gives how many lines fit. Raises Diverged if a line fits
    nothing, and if a bound ended the search: what was not decided does not pass. UsageError for a log that is none."""
    options = Options(None, tuple(unlogged), tuple(ignored), bounds=Bounds(most_unlogged, most_states))
    found = validate(compile_program(instance(model)), [Path(log) for log in logs], options)
    if not found.fits:
        raise Diverged(plain(tuple(lines(found))))
    return found.followed.fit
