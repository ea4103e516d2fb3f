"""Sizes at which the representation of something changes: sets around a machine word, thousands of initial states.

Each engine is right there, or refuses.
"""

from __future__ import annotations

from dataclasses import replace
from string import Template

import pytest

from checker.check import check
from checker.contract.task import BUILT_IN, NO_DEADLOCK, NO_FAILURE, Budget, Engine, Outcome, Sampling, Task
from checker.contract.verdict import Bounded, Exhausted, Unknown, Violated, Witnessed
from checker.engines.explicit import ExplicitEngine, WalkEngine
from checker.engines.fuzz.engine import FuzzEngine
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic import BmcEngine, InductionEngine, induction
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from tests.frontend.support import program

SIZES = ((1, -40), (32, 0), (63, 0))
"""Members and the first of them. A native set holds 62 in each word; Z3 has a Boolean for each; Python's are without
limit."""

MORE_WORDS = ((61, 0), (62, -40), (62, 0), (64, -40), (64, 0), (65, 0), (124, 0), (125, -40))
"""The same where only the native sets change: they have another word."""

DEPTH = 4
"""States of the behaviours that bounded search looks at."""


SETS = Template("""
class Sets(Model):
    T = Range($first, $top)
    s = Var(SetOf(T))
    x = Var(T)
    seen = Var(Bool)

    def init(self):
        self.s = {$top}
        self.x = $top

    @action
    def turn(self):
        self.s = {t for t in self.T} - self.s

    @action
    def swap(self):
        self.s = self.s ^ {$first, $top}

    @action
    def take(self):
        require($top in self.s)
        self.x = choose(self.s & {$first, $top})
        self.seen = True

    @action
    def drop(self):
        self.s.discard($top)

    @always
    def never_all_but_two(self):
        return len(self.s) != $size - 2 or $size < 3

    @always
    def one_of_two(self):
        return ($top in self.s) or not (self.s == {$top})

    @always
    def inside(self):
        return self.s <= {t for t in self.T}

    @always
    def never_whole(self):
        return len(self.s) < $size

    @always
    def greatest(self):
        return len(self.s) == 0 or max(t for t in self.s) >= $top - 1 or len(self.s) == 1

    @sometimes
    def all_but_the_last(self):
        return sum(1 for t in self.s) == $size - 1 and $top not in self.s

    @sometimes
    def first_was_taken(self):
        return self.seen and self.x == $first

    @sometimes
    def nothing_is_left(self):
        return len(self.s) == 0
""")
"""Everything that can be done to a set, on sets with the first and the last member and all between."""


def sets_of(size: int, first: int = 0) -> Program:
    """A model of sets of so many members."""
    return program(SETS.substitute(size=size, first=first, top=first + size - 1))


def asked_of(made: Program, **options: object) -> Task:
    names = tuple(judged.name for judged in made.properties if judged.kind is not PropertyKind.FINAL) + BUILT_IN
    return Task(made, names, keep_going=True, sampling=Sampling(400, 30, 1), **options)  # type: ignore[arg-type]


def gist(verdict: object) -> str:
    """A verdict, and of its trace the length alone."""
    trace = getattr(verdict, "trace", None)
    return repr(verdict) if trace is None else f"{type(verdict).__name__} in {len(trace)}"


def explored_alike(task: Task) -> Outcome:
    """What the two engines that explore agree on."""
    plain, native = check(task, ReferenceEngine()), check(task, ExplicitEngine())
    assert plain.stopped is None
    assert (native.stats.distinct, native.stats.generated) == (plain.stats.distinct, plain.stats.generated)
    assert {n: gist(v) for n, v in native.verdicts.items()} == {n: gist(v) for n, v in plain.verdicts.items()}
    return plain


@pytest.mark.parametrize(("size", "first"), MORE_WORDS)
def test_sets_of_one_word_and_of_more_are_explored_alike(size: int, first: int) -> None:
    explored_alike(asked_of(sets_of(size, first)))


@pytest.mark.parametrize(("size", "first"), SIZES)
def test_sets_around_a_machine_word_are_the_same_to_all(size: int, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Induction takes one step and looks for no invariants: to add up 33 members over several steps takes minutes, and
    so does it to say which of thousands of invariants are needed."""
    monkeypatch.setattr(induction, "candidates", lambda *_: [])
    task = asked_of(sets_of(size, first), budget=Budget(max_depth=DEPTH))
    plain = explored_alike(replace(task, budget=Budget()))
    one_step = replace(task, budget=Budget(max_depth=1))
    for engine in (BmcEngine(), InductionEngine(), WalkEngine(), FuzzEngine(60, 20, 1)):
        for name, verdict in check(one_step if engine.name == "induction" else task, engine).verdicts.items():
            known = plain.verdicts[name]
            if isinstance(verdict, (Violated, Witnessed)):
                assert isinstance(known, type(verdict)), (engine.name, name)
                assert isinstance(known, (Violated, Witnessed)) and len(verdict.trace) >= len(known.trace)
            elif not isinstance(verdict, (Unknown, Bounded)) and type(verdict).__name__ != "Sampled":
                assert not isinstance(known, (Violated, Witnessed)), (engine.name, name, verdict)
            elif engine.name == "bmc":
                assert not isinstance(known, (Violated, Witnessed)) or len(known.trace) > DEPTH, (name, verdict)


MANY = """
class Many(Model):
    \"\"\"4,096 initial states, of which one is wrong, one has no value, and one is shown.\"\"\"
    N = Range(64)
    x = Var(N)
    y = Var(N)

    def init(self):
        self.x = choose(self.N)
        self.y = choose(self.N)

    @action
    def swap(self):
        self.x = self.y

    @always
    def not_there(self):
        return not (self.x == 63 and self.y == 1)

    @always
    def everywhere(self):
        return self.x + self.y <= 126

    @sometimes
    def here(self):
        return self.x == 62 and self.y == 61

    @sometimes
    def nowhere(self):
        return self.x + self.y == 127

    @always
    def has_a_value(self):
        return 1 // (self.x + (0 if self.y == 17 else 1)) >= 0
"""


@pytest.mark.parametrize(
    "engine", [ReferenceEngine(), ExplicitEngine(), BmcEngine(), InductionEngine()], ids=lambda e: e.name
)
@pytest.mark.parametrize("workers", [1, 2])
def test_one_of_thousands_of_initial_states_is_found(engine: Engine, workers: int) -> None:
    task = replace(asked_of(program(MANY), budget=Budget(max_depth=2)), workers=workers)
    verdicts = check(task, engine).verdicts
    wrong, shown, failing = verdicts["not_there"], verdicts["here"], verdicts[NO_FAILURE]
    assert isinstance(wrong, Violated) and wrong.trace.states == ((63, 1),)
    assert isinstance(shown, Witnessed) and shown.trace.states == ((62, 61),)
    assert isinstance(failing, Violated) and failing.trace.states == ((0, 17),)
    assert isinstance(verdicts["has_a_value"], Unknown)
    assert not isinstance(verdicts["everywhere"], (Violated, Unknown))
    assert not isinstance(verdicts["nowhere"], Witnessed)
    if engine.name in ("reference", "explicit"):
        assert verdicts["everywhere"] == verdicts[NO_DEADLOCK] == Exhausted(4_096)
