"""What every engine is held to, and with which small models: their verdicts are known by hand.

An engine that cannot do something says so here (`Subject.cannot`), and is then held to saying `Unknown` instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, assert_never

import pytest

from checker.check import check
from checker.contract.task import (
    BUILT_IN,
    INIT_FAILS,
    NO_DEADLOCK,
    NO_FAILURE,
    Engine,
    Outcome,
    Sampling,
    Task,
)
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.engines.explicit import ExplicitEngine, WalkEngine
from checker.engines.fuzz.engine import FuzzEngine
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic import BmcEngine, InductionEngine
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.portfolio import AllEngine, AutoEngine
from tests.frontend.support import program

ENDLESS = 1_000_000_000
"""Runs that no random engine comes to the end of."""

FINDS = "finds what is wrong behind the first states"
DECIDES = "decides everything"
SHORTEST = "shows the shortest behaviour"
ENDS = "ends by itself where behaviours go on for ever"
COUNTS = "counts states"
DEPTH = 8
"""States of the behaviours that bounded search looks at: more than any case has."""

SAMPLES = frozenset({DECIDES, SHORTEST, COUNTS})
"""What random behaviours cannot do."""


@dataclass(frozen=True)
class Subject:
    """An engine under test, and what it cannot do."""

    name: str
    make: Callable[[int], Engine]  # told how many random runs to make, if it makes any
    cannot: frozenset[str] = frozenset()
    workers: int = 1
    shares: bool = False
    """Whether each of several engines has its share of the time."""

    def run(self, asked: Task, runs: int = 100) -> Outcome:
        """What it says of a task, after the judge has seen it."""
        sampling = Sampling(runs=runs, steps=40, seed=1)
        return check(replace(asked, workers=self.workers, sampling=sampling), self.make(runs))

    def can(self, what: str) -> bool:
        return what not in self.cannot


SUBJECTS = (
    Subject("reference", lambda _: ReferenceEngine()),
    Subject("explicit", lambda _: ExplicitEngine()),
    Subject("explicit-2", lambda _: ExplicitEngine(), workers=2),
    Subject("all", lambda _: AllEngine(), shares=True),
    Subject("auto", lambda _: AutoEngine()),
    Subject("bmc", lambda _: BmcEngine(), frozenset({ENDS, COUNTS})),
    Subject("induction", lambda _: InductionEngine(), frozenset({FINDS, DECIDES, COUNTS})),
    Subject("walk", lambda _: WalkEngine(), SAMPLES),
    Subject("walk-2", lambda _: WalkEngine(), SAMPLES, workers=2),
    Subject("fuzz", lambda runs: FuzzEngine(runs, 40, 1), SAMPLES),
)

every_engine = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


# what is true of small models


@dataclass(frozen=True)
class Shown:
    """It is violated, or happens, in a behaviour of so many states, and of no fewer. (Init that fails has none.)"""

    states: int


HOLDS, NEVER, NO_VALUE = "it holds", "it never happens", "it has no value in a state that is reached"
NO_STATES = "there is no state of which it could be true"
Truth = Shown | str

FAILS_BESIDE = """
class M(Model):
    x = Var(Range(4))
    @action
    def fails(self):
        require(self.x == 1)
        self.x = self.x + 3
    @action
    def first(self):
        require(self.x == 0)
        self.x = choose({{1, 2}})
    @action
    def on(self):
        require(self.x == 2)
        self.x = 3
    @final
    def over(self):
        return self.x == {over}
"""
"""A step that fails beside one that goes on to x = 3, where nothing can happen; `over` is where that is right."""

CASES: dict[str, tuple[str, dict[str, Truth], int]] = {
    "a violation that takes three states, and a witness that takes one": (
        """
class M(Model):
    x = Var(Range(4))
    @action
    def up(self):
        require(self.x < 3)
        self.x += 1
    @final
    def over(self):
        return self.x == 3
    @always
    def low(self):
        return self.x < 2
    @always
    def fits(self):
        return self.x <= 3
    @sometimes
    def begins(self):
        return self.x == 0
    @sometimes
    def beyond(self):
        return self.x > 3
""",
        {"low": Shown(3), "fits": HOLDS, "begins": Shown(1), "beyond": NEVER, NO_DEADLOCK: HOLDS, NO_FAILURE: HOLDS},
        4,
    ),
    "violated at once": (
        """
class M(Model):
    x = Var(Range(2))
    @action
    def flip(self):
        self.x = 1 - self.x
    @always
    def one(self):
        return self.x == 1
""",
        {"one": Shown(1), NO_DEADLOCK: HOLDS, NO_FAILURE: HOLDS},
        2,
    ),
    "init that fails for one of three choices": (
        """
class M(Model):
    x = Var(Range(2))
    def init(self):
        self.x = choose(range(3))
    @action
    def flip(self):
        self.x = 1 - self.x
    @always
    def fits(self):
        return self.x < 2
""",
        {"fits": HOLDS, NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(0)},
        2,
    ),
    "init that fails whatever it chooses": (
        """
class M(Model):
    x = Var(Range(2))
    def init(self):
        assert self.x == 1, "wrong"
    @action
    def flip(self):
        self.x = 1 - self.x
    @always
    def fits(self):
        return self.x < 2
""",
        {"fits": NO_STATES, NO_DEADLOCK: NO_STATES, NO_FAILURE: Shown(0)},
        0,
    ),
    "a property without a value in the first state": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x = (self.x + 1) % 3
    @always
    def divides(self):
        return 6 // self.x > 0
""",
        {"divides": NO_VALUE, NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(1)},
        3,
    ),
    "a property without a value in the third state": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x = (self.x + 1) % 3
    @sometimes
    def divides(self):
        return 6 // (2 - self.x) > 6
""",
        {"divides": NO_VALUE, NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(3)},
        3,
    ),
    "a step that fails in the second state": (
        """
class M(Model):
    x = Var(Range(2))
    @action
    def up(self):
        self.x += 1
""",
        {NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(2)},
        2,
    ),
    "a deadlock in the third state": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        require(self.x < 2)
        self.x += 1
""",
        {NO_DEADLOCK: Shown(3), NO_FAILURE: HOLDS},
        3,
    ),
    "nothing can happen in two states, and only one is meant to be an end": (
        """
class M(Model):
    x = Var(Range(5))
    @action
    def one(self):
        require(self.x in {0, 2, 3})
        self.x += 1
    @action
    def two(self):
        require(self.x == 0)
        self.x = 2
    @final
    def early(self):
        return self.x == 1
""",
        {NO_DEADLOCK: Shown(4), NO_FAILURE: HOLDS},
        5,
    ),
    "one of two ends is right": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        require(self.x < 2)
        self.x += 1
    @final
    def never(self):
        return self.x == 1
    @final
    def late(self):
        return self.x == 2
""",
        {NO_DEADLOCK: HOLDS, NO_FAILURE: HOLDS},
        3,
    ),
    "a @final that fails where nothing can happen": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        require(self.x < 2)
        self.x += 1
    @final
    def broken(self):
        return 1 // (2 - self.x) == 1
""",
        {NO_DEADLOCK: NO_VALUE, NO_FAILURE: Shown(3)},
        3,
    ),
    "a @final that would fail, behind one that holds": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        require(self.x < 2)
        self.x += 1
    @final
    def over(self):
        return self.x == 2
    @final
    def broken(self):
        return 1 // (2 - self.x) == 1
""",
        {NO_DEADLOCK: HOLDS, NO_FAILURE: HOLDS},
        3,
    ),
    "a state whose only step fails is not stuck, whatever the @final says": (
        """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x += 1
    @final
    def no(self):
        return self.x == 0
""",
        {NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(3)},
        3,
    ),
    "a step that failed, and then a @final that holds": (
        FAILS_BESIDE.format(over=3),
        {NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(2)},
        4,
    ),
    "a step that failed, and then a deadlock": (
        FAILS_BESIDE.format(over=1),
        {NO_DEADLOCK: Shown(3), NO_FAILURE: Shown(2)},
        4,
    ),
    "one process ends, the other waits for ever": (
        """
class M(Model):
    T = Range(2)
    done = Var(Bool)
    @process(T)
    def waits(self, t: T):
        yield "before"
        require(t == 0)
        self.done = True
    @sometimes
    def one_ends(self):
        return self.done
""",
        {"one_ends": Shown(3), NO_DEADLOCK: Shown(4), NO_FAILURE: HOLDS},
        6,
    ),
}

every_case = pytest.mark.parametrize("case", CASES)


def asked_of(made: Program, names: tuple[str, ...] = (), **options: Any) -> Task:
    """Everything that can be asked of a program, or the properties named."""
    every = tuple(judged.name for judged in made.properties if judged.kind is not PropertyKind.FINAL) + BUILT_IN
    return Task(made, names or every, **options)


def of(case: str, **options: Any) -> Task:
    return asked_of(program(CASES[case][0]), **options)


def may_say(verdict: Verdict, truth: Truth, shortest: bool) -> bool:
    """Whether a verdict claims nothing that is false."""
    match verdict:
        case Unknown():
            return True
        case Violated(trace=trace) | Witnessed(trace=trace):
            return isinstance(truth, Shown) and (
                len(trace) == truth.states or (len(trace) > truth.states > 0 and not shortest)
            )
        case Proved() | Exhausted():
            return truth == HOLDS
        case Unreachable():
            return truth == NEVER
        case Bounded(depth=depth):
            return truth in (HOLDS, NO_VALUE) or (isinstance(truth, Shown) and depth < truth.states)
        case Sampled():
            return truth not in (NEVER, NO_STATES)
        case _:
            assert_never(verdict)


def decides(verdict: Verdict, truth: Truth, ends: bool) -> bool:
    """Whether a verdict says all that can be said, by an engine that ends or by one that looks to DEPTH."""
    if not ends and truth in (HOLDS, NEVER) and verdict == Bounded(DEPTH):
        return True
    if truth == NO_STATES:
        return isinstance(verdict, Unknown) and verdict.reason == INIT_FAILS
    if truth == NO_VALUE:
        return isinstance(verdict, Unknown) and verdict.reason.startswith("cannot be evaluated in a reachable state")
    return not isinstance(verdict, (Unknown, Bounded, Sampled))


# what nobody comes to the end of

# Nobody comes to the end of it: 2^40 initial states, and a number that Z3 would have to show to be prime.
ENDLESS_MODEL = """
class Endless(Model):
    N = Range(1048576)
    a = Var(N)
    b = Var(N)
    def init(self):
        self.a = choose(self.N)
        self.b = choose(self.N)
    @action
    def on(self):
        self.a = (self.a + 7) % 1048576
    @always
    def no_divisor(self):
        return self.a * self.b != 549755813881
    @sometimes
    def divides(self):
        return self.a * self.b == 549755813881
"""


def endless(**options: Any) -> Task:
    return asked_of(program(ENDLESS_MODEL), **options)


def claims_nothing(outcome: Outcome) -> bool:
    """Whether no verdict goes beyond what a part of the states can show."""
    return all(isinstance(verdict, (Bounded, Sampled, Unknown)) for verdict in outcome.verdicts.values())
