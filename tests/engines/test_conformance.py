"""What every engine promises, held against every engine: small models whose verdicts are known by hand.

An engine that cannot do something says so here (`Subject.cannot`), and is then held to saying `Unknown` instead.
What none may do is the same for all: claim what is false, leave a property out, go on when told to stop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

import pytest

from checker.check import check
from checker.contract.task import (
    BUILT_IN,
    INIT_FAILS,
    NO_DEADLOCK,
    NO_FAILURE,
    Budget,
    Engine,
    Outcome,
    Sampling,
    Stats,
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
from checker.engines.common.clock import INTERRUPTED
from checker.engines.explicit import ExplicitEngine, WalkEngine
from checker.engines.fuzz.engine import FuzzEngine
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic import BmcEngine, InductionEngine
from checker.errors import ModelError
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
LOOKS_AT_INIT = "tells an init that fails from one that refuses, though nobody asks for failures"
DEPTH = 8
"""States of the behaviours that bounded search looks at: more than any case has."""

SAMPLES = frozenset({DECIDES, SHORTEST, COUNTS, LOOKS_AT_INIT})
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

    def run(self, asked: Task, runs: int = 400) -> Outcome:
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
        """
class M(Model):
    x = Var(Range(4))
    @action
    def fails(self):
        require(self.x == 1)
        self.x = self.x + 3
    @action
    def first(self):
        require(self.x == 0)
        self.x = choose({1, 2})
    @action
    def on(self):
        require(self.x == 2)
        self.x = 3
    @final
    def over(self):
        return self.x == 3
""",
        {NO_DEADLOCK: HOLDS, NO_FAILURE: Shown(2)},
        4,
    ),
    "a step that failed, and then a deadlock": (
        """
class M(Model):
    x = Var(Range(4))
    @action
    def fails(self):
        require(self.x == 1)
        self.x = self.x + 3
    @action
    def first(self):
        require(self.x == 0)
        self.x = choose({1, 2})
    @action
    def on(self):
        require(self.x == 2)
        self.x = 3
    @final
    def over(self):
        return self.x == 1
""",
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


@every_engine
@every_case
@pytest.mark.parametrize("keep_going", [False, True], ids=["stops", "keeps-going"])
def test_no_engine_says_what_is_false_or_leaves_out_what_it_can_say(
    subject: Subject, case: str, keep_going: bool
) -> None:
    _, truths, states = CASES[case]
    outcome = subject.run(of(case, keep_going=keep_going, budget=Budget(max_depth=DEPTH)))
    assert set(outcome.verdicts) == set(truths)
    for name, verdict in outcome.verdicts.items():
        assert may_say(verdict, truths[name], subject.can(SHORTEST)), (name, verdict, truths[name])
        if isinstance(verdict, (Exhausted, Unreachable)) and verdict.distinct is not None:
            assert verdict.distinct == states, name
    shown = {name: truth.states for name, truth in truths.items() if isinstance(truth, Shown)}
    within_reach = {name for name, count in shown.items() if subject.can(FINDS) or count <= 1}
    found = {name for name, verdict in outcome.verdicts.items() if isinstance(verdict, (Violated, Witnessed))}
    if not keep_going:
        assert found or not within_reach
        return
    assert within_reach <= found
    if subject.can(COUNTS):
        assert outcome.stats.distinct == states
    for name, truth in truths.items():
        if subject.can(DECIDES) or (truth == NO_VALUE and within_reach):
            assert decides(outcome.verdicts[name], truth, subject.can(ENDS)), (name, outcome.verdicts[name])


@every_engine
@pytest.mark.parametrize("allowed", ["self.x > 2", "choose({0, 1} - {0, 1}) == 0"])
def test_a_model_without_an_initial_state_is_refused(subject: Subject, allowed: str) -> None:
    made = program(
        f"""
class Nothing(Model):
    x = Var(Range(3))
    def init(self):
        require({allowed})
    @action
    def stay(self):
        self.x = 0
    @always
    def low(self):
        return self.x < 2
"""
    )
    for names in ((), ("low",), (NO_DEADLOCK,)):
        with pytest.raises(ModelError, match="E104 model:Nothing has no initial state: every property would hold of"):
            subject.run(asked_of(made, names))


@every_engine
@pytest.mark.parametrize("names", [(), ("fits",), (NO_DEADLOCK,), ("fits", NO_FAILURE)])
@pytest.mark.parametrize("keep_going", [False, True], ids=["stops", "keeps-going"])
def test_nothing_holds_of_a_model_whose_init_only_fails(
    subject: Subject, names: tuple[str, ...], keep_going: bool
) -> None:
    """It was said to hold in all 0 states, or to be proved."""
    made = program(CASES["init that fails whatever it chooses"][0])
    asked = asked_of(made, names, keep_going=keep_going, budget=Budget(max_depth=DEPTH))
    if not subject.can(LOOKS_AT_INIT) and NO_FAILURE not in asked.properties:
        with pytest.raises(ModelError, match="E104 model:M has no initial state"):
            subject.run(asked)
        return
    outcome = subject.run(asked)
    for name, verdict in outcome.verdicts.items():
        assert isinstance(verdict, Violated if name == NO_FAILURE else Unknown), (name, verdict)


@every_engine
def test_what_is_not_asked_for_is_not_answered(subject: Subject) -> None:
    case = "a violation that takes three states, and a witness that takes one"
    made = program(CASES[case][0])
    for name in (*CASES[case][1],):
        outcome = subject.run(asked_of(made, (name,), budget=Budget(max_depth=DEPTH)))
        assert set(outcome.verdicts) == {name}
        assert may_say(outcome.verdicts[name], CASES[case][1][name], subject.can(SHORTEST))


def _without_steps(verdicts: Mapping[str, Verdict]) -> dict[str, object]:
    traces = {name: getattr(verdict, "trace", None) for name, verdict in verdicts.items()}
    return {
        name: verdict if traces[name] is None else (type(verdict), len(traces[name].states))
        for name, verdict in verdicts.items()
    }


@every_engine
def test_the_same_task_gives_the_same(subject: Subject) -> None:
    """Verdicts with their traces, and counts; on one worker or two. Z3 may choose another shortest trace when asked
    again in the same process, so that of bmc only the length is the same."""
    for case in ("a violation that takes three states, and a witness that takes one", *list(CASES)[-3:]):
        asked = of(case, keep_going=True, budget=Budget(max_depth=DEPTH))
        one, again = subject.run(asked), subject.run(asked)
        other = replace(subject, workers=3 - subject.workers).run(asked)
        for found in (again, other):
            if subject.name == "bmc":
                assert _without_steps(found.verdicts) == _without_steps(one.verdicts)
            else:
                assert found.verdicts == one.verdicts
            assert (found.stats.distinct, found.stats.generated, found.stats.depth) == (
                one.stats.distinct,
                one.stats.generated,
                one.stats.depth,
            )


# ends before its time

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


@every_engine
def test_it_is_stopped_from_outside_before_it_begins(subject: Subject) -> None:
    stop = threading.Event()
    stop.set()
    outcome = subject.run(endless(stop=stop), ENDLESS)
    assert outcome.stopped == INTERRUPTED
    assert set(outcome.verdicts) == {"no_divisor", "divides", *BUILT_IN}
    assert claims_nothing(outcome)


def from_outside(stop: threading.Event) -> None:
    """Set `stop` in a moment."""
    timer = threading.Timer(0.5, stop.set)
    timer.daemon = True
    timer.start()


@every_engine
def test_it_is_stopped_from_outside_in_the_middle(subject: Subject) -> None:
    stop = threading.Event()
    from_outside(stop)
    outcome = subject.run(endless(stop=stop), ENDLESS)
    assert outcome.stopped == INTERRUPTED
    assert claims_nothing(outcome)


@every_engine
def test_it_reports_and_is_interrupted_by_ctrl_c(subject: Subject) -> None:
    """Ctrl-C comes while the engine calls from the thread that called it."""
    reports: list[Stats] = []

    def progress(stats: Stats) -> None:
        reports.append(stats)
        raise KeyboardInterrupt

    outcome = subject.run(endless(progress=progress), ENDLESS)
    assert len(reports) == 1
    assert outcome.stopped == INTERRUPTED
    assert claims_nothing(outcome)


@every_engine
def test_time_ends_it_and_it_says_so(subject: Subject) -> None:
    subject.run(endless(budget=Budget(seconds=0.1)), ENDLESS)  # compiled now
    began = time.process_time()
    outcome = subject.run(endless(budget=Budget(seconds=1.0)), ENDLESS)
    assert outcome.stopped == ("one engine's share of the " if subject.shares else "") + "time budget of 1 s ended"
    assert claims_nothing(outcome)
    assert time.process_time() - began < 10 * subject.workers


@every_engine
def test_memory_ends_it_and_it_says_so(subject: Subject) -> None:
    keeps_nothing = subject.name.startswith("walk")  # and so needs no more
    budget = Budget(memory=1 << 20, seconds=1.0 if keeps_nothing else 100.0)
    outcome = subject.run(endless(budget=budget), ENDLESS)
    assert outcome.stopped == ("time budget of 1 s ended" if keeps_nothing else "memory budget of 1 MiB ended")
    assert claims_nothing(outcome)


@every_engine
def test_a_budget_of_states_is_exact_for_those_who_count_them(subject: Subject) -> None:
    made = program(CASES["a violation that takes three states, and a witness that takes one"][0])
    for most in (1, 2, 3, 4):
        budget = Budget(max_states=most, max_depth=DEPTH)
        outcome = subject.run(asked_of(made, ("fits", NO_DEADLOCK, NO_FAILURE), budget=budget))
        counted = outcome.parts[0] if outcome.parts else outcome  # others may prove what that leaves open
        if not subject.can(COUNTS):
            assert outcome.stopped is None or "state" not in outcome.stopped
        elif most < 4:
            assert counted.stopped == f"state budget of {most} ended"
            assert counted.stats.distinct == outcome.stats.distinct == most
            assert claims_nothing(counted)
        else:
            assert outcome.stopped is None
            assert counted.verdicts == dict.fromkeys(outcome.verdicts, Exhausted(4))


@every_engine
def test_no_violation_is_shown_beyond_a_budget_of_depth(subject: Subject) -> None:
    """Those who search to a depth say so; those who count states, or walk, are bounded otherwise."""
    case = "a violation that takes three states, and a witness that takes one"
    outcome = subject.run(of(case, budget=Budget(max_depth=2)))
    if subject.name == "bmc":
        assert outcome.stopped == "depth budget of 2 ended"
        assert outcome.verdicts["low"] == Bounded(2)
        assert outcome.verdicts["beyond"] == Unknown("depth budget of 2 ended; not seen to depth 2", unseen=2)
    for name, verdict in outcome.verdicts.items():
        assert may_say(verdict, CASES[case][1][name], subject.can(SHORTEST))
