"""Tours take all that can be taken, follow a program where it goes, and show the shortest way to a difference."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.lang import Array, Model, Opt, Param, Range, Record, Seq, SetOf, Var, action, choose, process, require
from checker.tours.cover import tours_of_pairs, tours_of_steps
from checker.tours.graph import Graph, explored
from evacheck.testing import Diverged, check_log, conform, machine, tours
from tests.trace_validation.support import Counter, written

MODELS = (
    "spec.classics.diehard:DieHard",
    "spec.classics.peterson:Peterson",
    "spec.classics.philosophers:Philosophers",
    "spec.classics.missionaries:Crossing",
)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("length", [7, 100])
def test_tours_take_every_step_and_every_two_that_can_follow_one_another(name: str, length: int) -> None:
    graph = explored(compile_model(load(name), {}), 500)
    every = {edge for edges in graph.edges for edge in edges}
    first = {edge for edge in every if edge.source < graph.initial}
    steps = tours_of_steps(graph, length)
    assert {edge for tour in steps for edge in tour} == every
    found = tours_of_pairs(graph, length)
    assert {pair for tour in found for pair in pairwise(tour)} == {
        (one, two) for one in every for two in graph.edges[one.target]
    }
    assert {tour[0] for tour in found} == first
    for tour in (*steps, *found):
        assert tour[0] in first and all(one.target == two.source for one, two in pairwise(tour))
        assert len(tour) < length + len(graph.states) + 1


def test_the_graph_is_that_of_the_interpreter() -> None:
    """DieHard: 16 states and 97 generated, the initial one among them, as TLC counts; steps that lead from one state to
    another by the same call are one."""
    graph = explored(compile_model(load("spec.classics.diehard:DieHard"), {}), 16)
    assert (len(graph.states), graph.initial, graph.steps) == (16, 1, 96)
    with pytest.raises(UsageError, match=r"U032 .*DieHard has more than 15 states"):
        explored(compile_model(load("spec.classics.diehard:DieHard"), {}), 15)


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Cache(Model):
    """Holds two keys at most, and evicts whichever it likes when it is full."""

    keys = Param(3)
    Key = Range(keys)
    held = Var(SetOf(Key))
    last = Var(Record(key=Opt(Key), colour=Colour))

    @action
    def put(self, k: Key, c: Colour):
        require(k not in self.held)
        if len(self.held) == 2:
            self.held.remove(choose(self.held))
        self.held.add(k)
        self.last = self.last._replace(key=k, colour=c)

    @action
    def clear(self):
        self.held.clear()
        self.last = self.last._replace(key=None)


class RealCache:
    """Evicts the smallest."""

    def reset(self) -> None:
        self.held: set[int] = set()
        self.key: int | None = None
        self.colour = Colour.RED
        self.puts = 0

    def put(self, k: int, c: Colour) -> None:
        if len(self.held) == 2:
            self.evict()
        self.held.add(k)
        self.key, self.colour = k, c
        self.puts += 1

    def evict(self) -> None:
        self.held.remove(min(self.held))

    def clear(self) -> None:
        self.held.clear()
        self.key = None

    def observe(self) -> Mapping[str, Any]:
        return {"held": self.held, "last": {"key": self.key, "colour": self.colour}, "last.colour": self.colour}


class Forgets(RealCache):
    """Its third key is lost if it is green."""

    def put(self, k: int, c: Colour) -> None:
        super().put(k, c)
        if self.puts == 3 and c is Colour.GREEN:
            self.held.remove(k)


class Raises(RealCache):
    def clear(self) -> None:
        if not self.held:
            raise LookupError("nothing to clear")
        super().clear()


def checked(planned: Any) -> None:
    for number in range(len(planned)):
        planned.check(number)


@pytest.mark.parametrize("cover", ["steps", "pairs"])
def test_a_program_that_chooses_is_followed_where_it_goes(cover: Any) -> None:
    """It evicts the smaller key, so it never has 0 with another key in hand when a third one was put; everything else
    that the model allows is tried."""
    made: set[tuple[frozenset[int], str]] = set()

    class Noted(RealCache):
        def put(self, k: int, c: Colour) -> None:
            made.add((frozenset(self.held), f"put {k} {c.name}"))
            super().put(k, c)

        def clear(self) -> None:
            made.add((frozenset(self.held), "clear"))
            super().clear()

    checked(tours(Cache, Noted, cover=cover))
    states = [frozenset(each) for each in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))]
    puts = {(held, f"put {k} {c.name}") for held in states for k in range(3) if k not in held for c in Colour}
    assert made == puts | {(held, "clear") for held in states}


def test_a_difference_is_shown_by_the_shortest_tour() -> None:
    with pytest.raises(Diverged) as caught:
        checked(tours(Cache, Forgets))
    text = str(caught.value)
    assert text.startswith("Forgets does what Cache does not, after 3 steps")
    assert text.count("\n  put(") == 3 and "expected  held = {" in text and "observed  held = {" in text
    assert "self.held.add(k)" in text and "with k = " in text
    assert max(map(len, text.splitlines())) <= 80


def test_what_the_program_raises_is_a_difference_with_its_cause() -> None:
    with pytest.raises(Diverged, match="raised LookupError: nothing to clear\n  The model takes the step") as caught:
        checked(tours(Cache, Raises))
    assert "Raises does what Cache does not, after 1 step" in str(caught.value)
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_program_that_begins_elsewhere_is_told_so() -> None:
    class Full(RealCache):
        def reset(self) -> None:
            super().reset()
            self.held = {1}

    with pytest.raises(Diverged, match=r"reset\(\)\n\n  expected  held = \{\}\n  observed  held = \{1\}"):
        checked(tours(Cache, Full))


def test_a_bug_that_needs_more_memory_than_the_model_has_is_found_by_pairs() -> None:
    class Doubles(RealCache):
        """Clearing twice leaves a key."""

        def reset(self) -> None:
            super().reset()
            self.cleared = False

        def clear(self) -> None:
            super().clear()
            if self.cleared:
                self.held.add(0)
            self.cleared = True

        def put(self, k: int, c: Colour) -> None:
            super().put(k, c)
            self.cleared = False

    with pytest.raises(Diverged, match=r"after 2 steps(.|\n)*  clear\n  clear\n"):
        checked(tours(Cache, Doubles, cover="pairs"))


def test_processes_are_methods_too() -> None:
    class Threads:
        def reset(self) -> None:
            self.seen: dict[int, int] = {}
            self.counter = 0

        def thread(self, t: int) -> None:
            if t in self.seen:
                self.counter = self.seen[t] + 1
            else:
                self.seen[t] = self.counter

        def observe(self) -> Mapping[str, Any]:
            return {"counter": self.counter}

    checked(tours(Counter(threads=2), Threads))

    class Locked(Threads):
        def thread(self, t: int) -> None:
            self.counter += t in self.seen
            self.seen[t] = 0

    with pytest.raises(Diverged, match="expected  counter = 1\n  observed  counter = 2"):
        checked(tours(Counter(threads=2), Locked))


def test_an_adapter_that_does_not_fit_is_refused() -> None:
    class Misspelt(RealCache):
        clear = None  # type: ignore[assignment]

        def cleer(self) -> None:
            pass

    with pytest.raises(UsageError, match="U033 Misspelt has no method 'clear'\n    Did you mean `cleer`"):
        checked(tours(Cache, Misspelt))

    class Says(RealCache):
        said: Any = None

        def observe(self) -> Any:
            return self.said

    for said, problem in (
        ({}, r"Says.observe\(\):0: it gives \{\}"),
        ({"helt": {1}}, r"Says.observe\(\):0: the model has no variable 'helt'\n    Did you mean `held`"),
        ({"held": {7}}, r"Says.observe\(\):0: held\[0\]: 7 is not in Range\(3\)\n    In the model it is SetOf"),
        ({"held": {1.5}}, r"Says.observe\(\):0: held\[0\]: 1.5 is not an integer"),
    ):
        Says.said = said
        with pytest.raises(UsageError, match=f"U030 {problem}"):
            checked(tours(Cache, Says))
    with pytest.raises(UsageError, match="U008 cover='all'"):
        tours(Cache, RealCache, cover="all")  # type: ignore[arg-type]


def test_each_tour_is_a_test_of_pytest() -> None:
    made = conform(Cache, RealCache, length=5)
    (mark,) = made.test_tour.pytestmark  # type: ignore[attr-defined]
    assert made.__name__ == "TestRealCache" and made.__doc__ is not None
    assert len(mark.args[1]) == len(tours(Cache, RealCache, length=5)) > 3
    made().test_tour(0)


def test_hypothesis_draws_the_steps_and_shrinks_what_differs() -> None:
    few = settings(max_examples=3, stateful_step_count=5, deadline=None, database=None)
    run_state_machine_as_test(machine(Cache(keys=40), RealCache), settings=few)  # type: ignore[no-untyped-call]
    phases = (Phase.generate, Phase.shrink)
    more = settings(few, max_examples=40, stateful_step_count=4, report_multiple_bugs=False, phases=phases)
    with pytest.raises(Diverged) as caught:
        run_state_machine_as_test(machine(Cache(keys=4), Forgets), settings=more)  # type: ignore[no-untyped-call]
    assert str(caught.value).count("\n  put(") == 3


class Lottery(Model):
    """Draws a number that nobody sees, and pays what was drawn."""

    drawn = Var(Range(3))
    paid = Var(Range(3))

    @action
    def draw(self):
        require(self.drawn == 0)
        self.drawn = choose(Range(1, 2))

    @action
    def pay_one(self):
        require(self.drawn == 1)
        self.paid = 1

    @action
    def pay(self):
        require(self.drawn != 0)
        self.paid = self.drawn


def test_a_step_that_is_not_allowed_in_each_state_that_fits_is_not_asked_for() -> None:
    """It drew 2, and does not say so: it must not be told to pay one before it has shown what it drew."""
    told: set[str] = set()

    class Real:
        def reset(self) -> None:
            self.paid = self.drawn = 0

        def draw(self) -> None:
            self.drawn = 2

        def pay_one(self) -> None:
            raise AssertionError("it drew 2")

        def pay(self) -> None:
            told.add("pay")
            self.paid = self.drawn

        def observe(self) -> Mapping[str, Any]:
            return {"paid": self.paid}

    checked(tours(Lottery, Real))
    assert told == {"pay"}


class Shelf(Model):
    """Holds two at most, and says so with an assertion."""

    held = Var(Range(3))

    @action
    def put(self):
        assert self.held < 2, "full"
        self.held += 1


def test_a_step_that_fails_in_the_model_is_not_asked_for() -> None:
    class Real:
        def reset(self) -> None:
            self.held = 0

        def put(self) -> None:
            assert self.held < 2
            self.held += 1

        def observe(self) -> Mapping[str, Any]:
            return {"held": self.held}

    assert explored(compile_model(Shelf, {}), 9).steps == 2
    checked(tours(Shelf, Real))


class Elsewhere(Model):
    """An array and a sequence, of which a program gives parts."""

    row = Var(Array(Range(2), Range(3)))
    queue = Var(Seq(Range(3), 2))

    @process
    def work(self):
        self.row[1] = 2
        self.queue.append(2)
        yield "worked"
        self.row[0] = 1


def test_values_may_be_of_many_kinds() -> None:
    class Values:
        def reset(self) -> None:
            self.steps = 0

        def work(self) -> None:
            self.steps += 1

        def observe(self) -> Mapping[str, Any]:
            row = {0: 1 if self.steps > 1 else 0, 1: 2 if self.steps else 0}
            return {"row": row, "row[1]": row[1], "queue": (2,) if self.steps else ()}

    checked(tours(Elsewhere, Values))


def test_a_log_in_a_test(tmp_path: Any) -> None:
    path = written(tmp_path, [{"process": "thread", "index": 0}, {"process": "thread", "index": 0}])
    assert check_log(Counter, path) == 2
    with pytest.raises(Diverged) as caught:
        check_log(Counter, written(tmp_path, [{"process": "thread", "index": 0}] * 3))
    assert "run.jsonl fits nothing; 2 lines fit before it" in " ".join(str(caught.value).split())
    with pytest.raises(Diverged, match="unknown"):
        check_log(Counter, written(tmp_path, [{"vars": {"counter": 2}}]), unlogged=["all"], most_unlogged=1)


def test_the_graph_of_a_model_without_steps_from_its_start_has_no_tours() -> None:
    class Never(Model):
        n = Var(Range(2))

        @action
        def go(self):
            require(self.n == 1)

    graph: Graph = explored(compile_model(Never, {}), 5)
    assert tours_of_steps(graph, 5) == [] and tours_of_pairs(graph, 5) == []
