"""The reference engine: when its search ends, and what it says then."""

from __future__ import annotations

import threading
from dataclasses import replace

from checker.contract.replay import Claim
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Stats
from checker.contract.trace import Failing, Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Unknown,
    Unreachable,
    Violated,
)
from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action, always, choose, final, process, require
from checker.semantics import Interpreter
from tests.support.counter import COUNTER, STRICT, UP, Counter, Undecidable, decide, kinds, refuse_claim


def test_a_violation_ends_the_search_with_its_level() -> None:
    outcome = decide(compile_model(Counter, {"limit": 6}))
    stopped = Unknown("stopped at the violation of 'below_four'", unseen=3)
    assert kinds(outcome) == {
        "below_four": ("Violated", 3),
        "three": ("Witnessed", 2),
        "six": stopped,
        NO_DEADLOCK: Bounded(2),
        NO_FAILURE: Bounded(2),
    }
    assert outcome.stopped is None


def test_keep_going_decides_everything() -> None:
    outcome = decide(COUNTER, keep_going=True)
    assert kinds(outcome) == {
        "below_four": ("Violated", 3),
        "three": ("Witnessed", 2),
        "six": Unreachable(5),
        NO_DEADLOCK: ("Violated", 3),
        NO_FAILURE: Exhausted(5),
    }
    assert replace(outcome.stats, seconds=0.0) == Stats(distinct=5, generated=8, depth=3)


def test_a_failing_step_and_a_deadlock_are_found_when_a_level_is_expanded() -> None:
    assert kinds(decide(STRICT, "six", NO_FAILURE, NO_DEADLOCK)) == {
        "six": Unknown("stopped at the violation of 'no_failure'", unseen=2),
        NO_FAILURE: ("Violated", 2),
        NO_DEADLOCK: Bounded(2),
    }
    unasked = decide(STRICT, "below_four")
    assert kinds(unasked) == {"below_four": ("Violated", 3)}, "double(3) goes round the assert"


def test_the_search_ends_when_all_is_decided() -> None:
    outcome = decide(COUNTER, "three")
    assert kinds(outcome) == {"three": ("Witnessed", 2)}
    assert (outcome.stats.distinct, outcome.stats.queue, outcome.stopped) == (4, 2, None)


def test_budgets_say_how_far_they_reached() -> None:
    outcome = decide(COUNTER, "six", "no_failure", budget=Budget(max_states=3))
    assert outcome.stopped == "state budget of 3 ended"
    reason = Unknown("state budget of 3 ended after 3 states, depth 2")
    assert kinds(outcome) == {"six": replace(reason, unseen=1), NO_FAILURE: reason}
    assert decide(COUNTER, NO_FAILURE, budget=Budget(max_states=5)).verdicts[NO_FAILURE] == Exhausted(5)
    assert decide(COUNTER, NO_FAILURE, budget=Budget(seconds=0.0)).verdicts[NO_FAILURE] == Unknown(
        "time budget of 0 s ended after 0 states, depth 0"
    )
    later = decide(COUNTER, NO_FAILURE, "below_four", keep_going=True, budget=Budget(max_states=4))
    assert kinds(later) == {NO_FAILURE: Bounded(1), "below_four": Bounded(2)}, "level 2 was judged, level 1 expanded"
    assert later.stopped == "state budget of 4 ended"
    stop = threading.Event()
    stop.set()
    assert decide(COUNTER, NO_FAILURE, stop=stop).stopped == "interrupted"


def test_a_property_that_cannot_be_evaluated_is_a_failure_and_undecided() -> None:
    program = compile_model(Undecidable, {})
    message = "self.x is None, which is not in Range(3)"
    outcome = decide(program)
    found = outcome.verdicts[NO_FAILURE]
    assert isinstance(found, Violated)
    assert isinstance(found.trace.end, Failing) and found.trace.end.step is None
    assert (len(found.trace), found.trace.end.failure.message) == (2, message)
    undecided = Unknown(f"cannot be evaluated in a reachable state: {message}")
    assert outcome.verdicts["positive"] == undecided
    assert kinds(decide(program, "positive", NO_DEADLOCK)) == {"positive": undecided, NO_DEADLOCK: ("Violated", 2)}
    assert kinds(decide(program, NO_FAILURE)) == {NO_FAILURE: ("Violated", 2)}, "also of properties not asked for"


class BadStart(Model):
    """`init` fails for one of its choices."""

    x = Var(Range(2))

    def init(self):
        self.x = choose({0, 1}) + choose({0, 1})

    @action
    def stay(self):
        self.x = self.x

    @always
    def small(self):
        return self.x < 2


def test_a_failing_init_is_a_failure_without_states() -> None:
    outcome = decide(compile_model(BadStart, {}), "small", NO_FAILURE)
    found = outcome.verdicts[NO_FAILURE]
    assert isinstance(found, Violated)
    assert (found.trace.states, found.trace.initial_choices) == ((), (1, 1))
    assert isinstance(found.trace.end, Failing)
    assert found.trace.end.failure.message == "2 does not fit in 'x', which is Range(2)"
    assert outcome.verdicts["small"] == Unknown("stopped at the violation of 'no_failure'")


class Finishes(Model):
    """One process that ends, which is no deadlock."""

    x = Var(Range(3))

    @process
    def once(self):
        self.x += 1
        yield "between"
        self.x += 1


def test_a_finished_program_is_not_deadlocked() -> None:
    assert kinds(decide(compile_model(Finishes, {}))) == {NO_DEADLOCK: Exhausted(3), NO_FAILURE: Exhausted(3)}


class RightEnd(Model):
    """Nothing can happen at two, and that is right."""

    n = Var(Range(3))

    @action
    def up(self):
        require(self.n < 2)
        self.n += 1

    @final
    def over(self):
        return self.n == 2


def test_an_end_that_is_right_is_no_deadlock() -> None:
    finishes, right = compile_model(Finishes, {}), compile_model(RightEnd, {})
    (start,) = Interpreter(finishes).initial()
    assert start.state is not None
    first = next(Interpreter(finishes).successors(start.state))
    assert first.state is not None
    second = next(Interpreter(finishes).successors(first.state))
    assert second.state is not None
    ends = Trace((start.state, first.state, second.state), (first.step, second.step))
    assert refuse_claim(finishes, NO_DEADLOCK, Claim.DEADLOCK, ends) == (
        "step 2: expected a deadlock, but every process has finished"
    )
    over = Trace(((0,), (1,), (2,)), (UP, UP))
    assert refuse_claim(right, NO_DEADLOCK, Claim.DEADLOCK, over) == (
        "step 2: expected a deadlock, but a @final property holds there"
    )
    early = Trace(((0,), (1,)), (UP,))
    assert refuse_claim(right, NO_DEADLOCK, Claim.DEADLOCK, early) == (
        "step 1: expected a state where nothing can happen, but 'up()' can"
    )
