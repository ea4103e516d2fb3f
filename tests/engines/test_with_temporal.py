"""What speaks of single states and what of whole behaviours is decided by two parts of an engine, told as one run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from checker.contract.task import Budget, Outcome, Stats, Task
from checker.contract.trace import AT_STATE, Trace
from checker.contract.verdict import Bounded, Exhausted, Unknown, Violated
from checker.engines.common.temporal import BEYOND, Behaviours, with_temporal
from tests.frontend.support import program

MODEL = """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x = (self.x + 1) % 3
    @always
    def small(self):
        return self.x < 2
    @eventually
    def ends(self):
        return self.x == 2
"""
BOUNDED = MODEL + "    @constraint\n    def near(self):\n        return self.x < 3\n"
TASK = Task(program(MODEL), ("ends", "small"))
WRONG = Violated(Trace(((0,),), (), (), AT_STATE))


class Parts:
    """The two parts of an engine: what each says, and what it was asked."""

    def __init__(self, single: Outcome, whole: Behaviours) -> None:
        self.single, self.whole = single, whole
        self.runs: list[Task] = []
        self.decided: list[tuple[Task, Sequence[str]]] = []

    def run(self, task: Task) -> Outcome:
        self.runs.append(task)
        return self.single

    def decide(self, task: Task, names: Sequence[str]) -> Behaviours:
        self.decided.append((task, names))
        return self.whole

    def outcome(self, task: Task = TASK) -> Outcome:
        return with_temporal(task, self.run, self.decide)


THREE = Stats(distinct=3)


def parts(*engines: str, seen: Stats = THREE, verdict: object = Exhausted(3), **more: object) -> Parts:
    single = Outcome(engines or ("one",), {"small": verdict}, seen)  # type: ignore[dict-item]
    whole = Behaviours(("two",), {"ends": Exhausted(9)}, None, Stats(distinct=9, depth=4))
    return Parts(replace(single, **more), whole)  # type: ignore[arg-type]


def test_each_part_is_asked_for_its_own_and_verdicts_come_in_the_order_asked_for() -> None:
    both = parts()
    found = both.outcome()
    assert [each.properties for each in both.runs] == [("small",)]
    assert [names for _, names in both.decided] == [("ends",)]
    assert list(found.verdicts.items()) == [("ends", Exhausted(9)), ("small", Exhausted(3))]
    assert found.engine == "one, then two"
    assert parts("two").outcome().engine == "two", "one engine is named once"
    assert parts("two", "three").outcome().engine == "two, then three"


def test_who_asks_for_behaviours_alone_has_no_other_run() -> None:
    both = parts()
    found = both.outcome(replace(TASK, properties=("ends",)))
    assert both.runs == []
    assert (found.engine, found.verdicts, found.stats.depth) == ("two", {"ends": Exhausted(9)}, 4)


def test_the_states_that_are_told_of_are_those_of_the_run_before_if_it_saw_any() -> None:
    assert parts().outcome().stats.distinct == 3
    assert parts(seen=Stats()).outcome().stats.distinct == 9
    both = parts()
    both.whole = replace(both.whole, whole=True)
    assert both.outcome().stats.distinct == 9


def test_a_run_takes_as_long_as_both_its_parts() -> None:
    began = time.monotonic()
    seconds = parts(seen=Stats(distinct=3, seconds=500.0)).outcome().stats.seconds
    assert 0 <= seconds <= time.monotonic() - began


def test_both_parts_share_one_time_which_counts_from_the_beginning() -> None:
    both = parts()
    before = time.monotonic()
    both.outcome(replace(TASK, budget=Budget(seconds=60)))
    first, second = both.runs[0].budget, both.decided[0][0].budget
    assert first == second
    assert first.since is not None and before <= first.since <= time.monotonic()
    both = parts()
    both.outcome(replace(TASK, budget=Budget(seconds=60, since=17.0)))
    assert both.runs[0].budget.since == both.decided[0][0].budget.since == 17.0


def test_what_ended_one_of_the_parts_is_said() -> None:
    both = parts(stopped="time is over")
    found = both.outcome()
    assert both.decided == []
    assert found.stopped == "time is over" and found.verdicts["ends"] == Unknown("time is over")
    both = parts()
    both.whole = replace(both.whole, stopped="memory is over")
    assert both.outcome().stopped == "memory is over"


def test_a_violation_ends_the_run_only_where_something_is_left_open_or_the_first_is_enough() -> None:
    assert parts(verdict=WRONG).outcome().verdicts["ends"] == Exhausted(9)
    ended = Unknown("stopped at the violation of 'small'")
    assert parts(verdict=WRONG).outcome(replace(TASK, first_only=True)).verdicts["ends"] == ended
    task = replace(TASK, program=program(MODEL.replace("    @eventually", OTHER)))
    task = replace(task, properties=("small", "other", "ends"))
    for left in (Bounded(3), Unknown("stopped")):
        verdicts = {"small": WRONG, "other": left}
        assert parts(verdicts=verdicts).outcome(task).verdicts == {**verdicts, "ends": ended}
        going = replace(task, keep_going=True)
        assert parts(verdicts=verdicts).outcome(going).verdicts == {**verdicts, "ends": Exhausted(9)}
    verdicts = {"small": Exhausted(3), "other": Bounded(3)}
    assert parts(verdicts=verdicts).outcome(task).verdicts["ends"] == Exhausted(9), "open, and nothing is violated"


OTHER = """    @always
    def other(self):
        return self.x < 3
    @eventually"""


def test_beyond_a_constraint_nothing_is_said_of_behaviours() -> None:
    both = parts()
    found = both.outcome(replace(TASK, program=program(BOUNDED)))
    assert both.decided == []
    assert found.verdicts == {"ends": Unknown(BEYOND), "small": Exhausted(3)}


def test_a_task_without_behaviours_is_run_as_it_is() -> None:
    both = parts()
    task = replace(TASK, properties=("small",))
    assert both.outcome(task) is both.single
    assert both.runs == [task]
