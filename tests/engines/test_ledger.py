"""What one run has decided, what is open, and what is said of that in the end: the same for every engine."""

from __future__ import annotations

from dataclasses import replace

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.trace import AT_STATE, Failing, Trace
from checker.contract.verdict import Bounded, Exhausted, Unknown, Unreachable, Violated, Witnessed
from checker.engines.common.clock import Stopped, ended_by, time_ended
from checker.engines.common.ledger import Ledger
from checker.errors import Span
from checker.ir.nodes import Kind
from checker.semantics import Failure
from tests.frontend.support import program

COUNTER = program(
    """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x = (self.x + 1) % 3
    @always
    def small(self):
        return self.x < 2
    @sometimes
    def two(self):
        return self.x == 2
"""
)
TASK = Task(COUNTER, ("small", "two", NO_DEADLOCK, NO_FAILURE))
ONE = Trace(((0,),), (), (), AT_STATE)
WRONG = Failure(Kind.ASSERT, "not so", Span("m.py", 1, 1))


def test_a_trace_shows_what_the_kind_of_the_property_says() -> None:
    ledger = Ledger(TASK)
    ledger.shows("two", ONE)
    assert ledger.wants_more() and ledger.violated() is None
    ledger.shows("small", ONE)
    assert ledger.verdicts == {"two": Witnessed(ONE), "small": Violated(ONE)}
    assert not ledger.wants_more() and ledger.violated() == "small"
    assert ledger.any_open()


def test_who_keeps_going_wants_more_after_a_violation_until_all_is_decided() -> None:
    ledger = Ledger(replace(TASK, keep_going=True))
    for name in ("small", "two", NO_DEADLOCK):
        ledger.shows(name, ONE)
        assert ledger.wants_more()
    ledger.fails(Trace((), (), (), Failing(None, WRONG)))
    assert not ledger.wants_more()


def test_a_property_that_cannot_be_evaluated_is_closed_and_violates_nothing() -> None:
    ledger = Ledger(TASK)
    ledger.cannot_judge("small", WRONG)
    ledger.cannot_judge("nobody asked for it", WRONG)
    assert ledger.verdicts == {"small": Unknown("cannot be evaluated in a reachable state: not so")}
    assert not ledger.is_open("small") and ledger.wants_more()


def test_the_first_verdict_stays_and_one_taken_back_is_open_again() -> None:
    ledger = Ledger(TASK)
    ledger.decide("small", Unknown("so"))
    ledger.shows("small", ONE)
    assert ledger.verdicts == {"small": Unknown("so")}
    ledger.reopen("small")
    assert ledger.is_open("small")
    ledger.shows("small", ONE)
    assert ledger.violated() == "small"


def test_what_was_not_found_is_said_as_far_as_it_is_known() -> None:
    ledger = Ledger(TASK)
    assert ledger.of_all("small", 3) == Exhausted(3) and ledger.of_all("two", 3) == Unreachable(3)
    assert ledger.within("small", 2, 1, "no time") == Bounded(2)
    assert ledger.within("two", 2, 1, "no time") == Unknown("no time", unseen=2)
    assert ledger.within(NO_DEADLOCK, 2, 1, "no time") == Bounded(1)
    assert ledger.within(NO_FAILURE, 1, 0, "no time") == Unknown("no time")


def test_one_engines_share_of_the_time_is_called_that() -> None:
    assert time_ended(Budget(seconds=1.5)) == "time budget of 1.5 s ended"
    assert time_ended(Budget(seconds=0.5, share_of=1.5)) == "one engine's share of the time budget of 1.5 s ended"


def test_why_work_ended_before_its_time() -> None:
    def ends(why: BaseException) -> str | None:
        def work() -> None:
            raise why

        return ended_by(work)

    assert ended_by(lambda: None) is None
    assert ends(Stopped("enough")) == "enough"
    assert ends(KeyboardInterrupt()) == "interrupted"
    assert ends(MemoryError()) == "out of memory"
