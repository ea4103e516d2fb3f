"""Induction over several steps: what needs exactly two or three, what needs too many, and what the base case refutes.

Invariants are not looked for here: they would prove by one step what is to be proved by several.
"""

from __future__ import annotations

import time

import pytest

from checker.check import check
from checker.contract.task import Budget, Outcome, Task
from checker.contract.verdict import Proved, Unknown, Violated
from checker.engines.symbolic import BmcEngine, InductionEngine, induction
from checker.engines.symbolic.k_induction import MOST_STEPS
from tests.frontend.support import program


def chain(length: int, begins: str = "0") -> str:
    """Zero leads to zero. So many states that are never reached lead one to the next, and the last to a bad one."""
    return f"""
class Chain(Model):
    x = Var(Range({length + 2}))

    def init(self):
        self.x = {begins}

    @action
    def on(self):
        self.x = 0 if self.x in {{0, {length + 1}}} else self.x + 1

    @always
    def never_bad(self):
        return self.x != {length + 1}
"""


def proved(source: str, depth: int | None = None) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(induction, "candidates", lambda *_: [])
        asked = Task(program(source), ("never_bad",), Budget(max_depth=depth), keep_going=True)
        return check(asked, InductionEngine())


@pytest.mark.parametrize("length", range(MOST_STEPS))
def test_a_chain_of_unreachable_states_takes_one_step_more_than_it_has_states(length: int) -> None:
    assert proved(chain(length)).verdicts["never_bad"] == Proved(length + 1)


@pytest.mark.parametrize("length", [2, 3])
def test_it_is_not_proved_by_fewer_steps_than_it_takes(length: int) -> None:
    assert proved(chain(length), depth=length + 1).verdicts["never_bad"] == Proved(length + 1)
    verdict = proved(chain(length), depth=length).verdicts["never_bad"]
    assert isinstance(verdict, Unknown) and verdict.reason == "not inductive: 'on' breaks it"


def test_a_chain_that_is_too_long_stays_open() -> None:
    assert isinstance(proved(chain(MOST_STEPS)).verdicts["never_bad"], Unknown)
    assert proved(chain(MOST_STEPS), depth=MOST_STEPS + 1).verdicts["never_bad"] == Proved(MOST_STEPS + 1)


@pytest.mark.parametrize("length", range(1, MOST_STEPS))
@pytest.mark.parametrize("first", range(1, MOST_STEPS))
def test_a_chain_that_is_reached_is_violated_and_never_proved(length: int, first: int) -> None:
    """From the states before the bad one the step proves it, for there are no longer ways to it: the base case must be
    looked at as far as the step goes."""
    if first > length:
        return
    verdict = proved(chain(length, f"choose({{0, {first}}})")).verdicts["never_bad"]
    assert isinstance(verdict, Violated)
    assert len(verdict.trace) == length + 2 - first


def test_a_circle_of_unreachable_states_is_no_way_without_end() -> None:
    """One and two lead to one another, and two to a bad one. A way to it of any length goes through them, but a
    shortest one goes through each but once: three steps prove it."""
    source = """
class Circle(Model):
    x = Var(Range(4))

    @action
    def on(self):
        self.x = {0: 0, 1: 2, 2: 1, 3: 0}[self.x]

    @action
    def off(self):
        require(self.x == 2)
        self.x = 3

    @always
    def never_bad(self):
        return self.x != 3
"""
    source = source.replace("{0: 0, 1: 2, 2: 1, 3: 0}[self.x]", "2 if self.x == 1 else 1 if self.x == 2 else 0")
    assert proved(source).verdicts["never_bad"] == Proved(3)


def test_what_has_no_value_is_not_proved_by_several_steps() -> None:
    source = chain(2).replace("return self.x != 3", "return 6 // (3 - self.x) > 0")
    assert proved(source).verdicts["never_bad"] == Proved(3)
    reached = source.replace("self.x = 0\n", "self.x = choose({0, 2})\n", 1)
    assert isinstance(proved(reached).verdicts["never_bad"], Unknown)


@pytest.mark.parametrize("since", [None, 20.0])
def test_the_base_case_may_take_what_is_left_of_the_time(since: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had passed was taken off twice, where the time had begun before: from half of it on nothing was proved."""
    asked: list[Budget] = []

    class Base(BmcEngine):
        def run(self, task: Task) -> Outcome:
            asked.append(task.budget)
            return super().run(task)

    monkeypatch.setattr(induction, "BmcEngine", Base)
    monkeypatch.setattr(induction, "candidates", lambda *_: [])
    before = time.monotonic()
    budget = Budget(seconds=600, since=None if since is None else before - since)
    outcome = check(Task(program(chain(1)), ("never_bad",), budget), InductionEngine())
    assert outcome.verdicts["never_bad"] == Proved(2)
    (given,) = asked
    assert given.seconds == 600 and given.since is not None
    assert given.ends == budget.ends if since is not None else before <= given.since <= time.monotonic()
