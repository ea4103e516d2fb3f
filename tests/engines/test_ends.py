"""How every engine ends before its time: it names the limit that was hit, and no verdict goes beyond what was seen."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace

import pytest

from checker.check import check, engine
from checker.contract.task import BUILT_IN, NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Sampling, Stats, Task
from checker.contract.verdict import Bounded, Exhausted, Unknown, Unreachable, Violated
from checker.engines.common import clock
from checker.engines.common.clock import INTERRUPTED
from checker.engines.explicit import ExplicitEngine, WalkEngine
from tests.frontend.support import program
from tests.support.conformance import (
    CASES,
    COUNTS,
    DEPTH,
    ENDLESS,
    SHORTEST,
    SUBJECTS,
    Subject,
    asked_of,
    claims_nothing,
    endless,
    every_engine,
    may_say,
    of,
)


@every_engine
def test_it_is_stopped_from_outside_before_it_begins(subject: Subject) -> None:
    stop = threading.Event()
    stop.set()
    outcome = subject.run(endless(stop=stop), ENDLESS)
    assert outcome.stopped == INTERRUPTED
    assert set(outcome.verdicts) == {"no_divisor", "divides", *BUILT_IN}
    assert claims_nothing(outcome)


@every_engine
def test_it_is_stopped_from_outside_in_the_middle(subject: Subject) -> None:
    stop = threading.Event()
    outcome = subject.run(endless(stop=stop, progress=lambda _: stop.set()), ENDLESS)
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


@pytest.fixture(scope="module")
def compiled_before() -> None:
    """Nobody has to compile the endless model any more."""
    for compiles in (ExplicitEngine(), WalkEngine()):
        compiles.run(endless(budget=Budget(max_states=1), sampling=Sampling(runs=1, steps=1, seed=1)))


@every_engine
@pytest.mark.usefixtures("compiled_before")
def test_time_ends_it_and_it_says_so(subject: Subject) -> None:
    began = time.process_time()
    outcome = subject.run(endless(budget=Budget(seconds=0.3)), ENDLESS)
    said = ("one engine's share of the " if subject.shares else "") + "time budget of 0.3 s ended"
    assert outcome.stopped is not None and outcome.stopped.startswith(said)  # on a busy machine, while compiling
    assert claims_nothing(outcome)
    assert time.process_time() - began < 60 * subject.workers, "and not for ever"


def fill(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """Let this process seem to grow by a MiB whenever it is looked at: how soon it really does depends on what earlier
    tests have left free. The explicit engine counts its states itself."""
    if not subject.name.startswith("explicit"):
        held = itertools.count(0, 1 << 20)
        monkeypatch.setattr(clock, "resident", lambda: next(held))


@every_engine
def test_memory_ends_it_and_it_says_so(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    fill(monkeypatch, subject)
    keeps_nothing = subject.name.startswith("walk")  # and so needs no more
    budget = Budget(memory=1 << 20, seconds=0.3 if keeps_nothing else 300.0)
    outcome = subject.run(endless(budget=budget), ENDLESS)
    assert outcome.stopped == ("time budget of 0.3 s ended" if keeps_nothing else "memory budget of 1 MiB ended")
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
    """Who looks at all behaviours says how deep; who walks at random makes none that is longer."""
    case = "a violation that takes three states, and a witness that takes one"
    outcome = subject.run(of(case, budget=Budget(max_depth=2)))
    if subject.name in {*COUNTING, "bmc"}:
        assert outcome.stopped == "depth budget of 2 ended"
        assert outcome.verdicts["low"] == Bounded(2)
        beyond = outcome.verdicts["beyond"]
        assert (
            isinstance(beyond, Unknown) and beyond.unseen == 2 and beyond.reason.startswith("depth budget of 2 ended")
        )
    assert not any(isinstance(verdict, Violated) and len(verdict.trace) > 2 for verdict in outcome.verdicts.values())
    for name, verdict in outcome.verdicts.items():
        assert may_say(verdict, CASES[case][1][name], subject.can(SHORTEST))


@every_engine
def test_what_is_exhausted_within_a_budget_of_depth_holds_and_what_is_not_does_not(subject: Subject) -> None:
    made = program(ENDS_AT_THREE)
    for most in (1, 2, 3, 4):
        names = ("small", "never", NO_FAILURE)
        outcome = subject.run(asked_of(made, names, budget=Budget(max_depth=most)))
        if subject.name not in COUNTING:
            continue
        if most < 3:
            assert outcome.verdicts["small"] == Bounded(most)
            assert isinstance(outcome.verdicts["never"], Unknown)
        else:
            assert outcome.stopped is None
            assert (outcome.verdicts["small"], outcome.verdicts["never"]) == (Exhausted(3), Unreachable(3))


def test_whole_behaviours_are_unknown_where_a_depth_ends_the_run() -> None:
    made = program(ENDS_AT_THREE)
    for most in (1, 2, 3):
        for by in ("reference", "explicit", "auto"):
            verdict = check(Task(made, ("comes",), Budget(max_depth=most)), engine(by)).verdicts["comes"]
            if most == 3:
                assert verdict == Exhausted(3)
            else:
                assert isinstance(verdict, Unknown) and verdict.reason.startswith(f"depth budget of {most} ended")


# each limit by itself, with all others given and far away

FAR = Budget(seconds=300.0, memory=1 << 36, max_states=1 << 40, max_depth=1 << 20)
SAID = {
    "states": "state budget",
    "time": "time budget",
    "memory": "memory budget",
    "depth": "depth budget",
    "stop": INTERRUPTED,
}
NEAR = {
    "states": replace(FAR, max_states=50),
    "time": replace(FAR, seconds=0.3),
    "memory": replace(FAR, memory=1 << 20),
    "depth": replace(FAR, max_depth=2),
    "stop": FAR,
}
ENDS_AT_THREE = """
class EndsAtThree(Model):
    x = Var(Range(3))
    @action(fair="weak")
    def up(self):
        require(self.x < 2)
        self.x += 1
    @action
    def stay(self):
        require(self.x == 2)
    @always
    def small(self):
        return self.x < 3
    @sometimes
    def never(self):
        return self.x == 3
    @eventually
    def comes(self):
        return self.x == 2
"""
DEEP = """
class Deep(Model):
    x = Var(Range(100))
    @action
    def on(self):
        self.x = (self.x + 1) % 100
    @sometimes
    def far(self):
        return self.x == 50
"""
"""What is looked at to the second state only: Z3 is long at the first state of the endless one."""
COUNTING = {"reference", "explicit", "explicit-2", "auto"}  # `all` goes on with those who count nothing
HEEDED = [
    (subject, limit)
    for subject in SUBJECTS
    for limit in SAID
    if (limit != "states" or subject.name in COUNTING)
    and (limit != "memory" or not subject.name.startswith("walk"))
    and (limit != "depth" or subject.name in {*COUNTING, "bmc"})
]


def all_that_is_said(outcome: Outcome) -> str:
    """Why it and each of its parts ended, and why properties are open."""
    open_ = [verdict.reason for verdict in outcome.verdicts.values() if isinstance(verdict, Unknown)]
    return "\n".join([outcome.stopped or "", *open_, *map(all_that_is_said, outcome.parts)])


@pytest.mark.parametrize("subject, limit", HEEDED, ids=lambda each: getattr(each, "name", each))
def test_the_limit_that_was_hit_is_named_and_no_other(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, limit: str
) -> None:
    stop = threading.Event()
    if limit == "memory":
        fill(monkeypatch, subject)
    if limit == "stop":
        stop.set()
    asked = asked_of(program(DEEP)) if limit == "depth" else endless()
    outcome = subject.run(replace(asked, budget=NEAR[limit], stop=stop), ENDLESS)
    said = all_that_is_said(outcome)
    assert {each for each, words in SAID.items() if words in said} == {limit}, said
    assert claims_nothing(outcome)
