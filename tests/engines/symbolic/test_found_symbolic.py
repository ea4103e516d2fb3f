"""What was wrong with the Z3 encoding and the engines on it, each by its smallest model and named after the fault."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Task
from checker.contract.verdict import Proved, Violated
from checker.engines.symbolic import terms
from checker.semantics import statements
from tests.support.encoding import hold_encoding
from tests.support.random_models import of_lines
from tests.support.solvers import Factors, ended


def outcome(body: str, name: str) -> Outcome:
    """What an engine finds of a model with these lines in its class."""
    program = of_lines(body).program()
    return check(Task(program, select(program)), engine(name))


def hold(body: str) -> None:
    """The encoding of such a model agrees with the interpreter, with few rounds for loops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "LOOP_LIMIT", 64)
        hold_encoding(model := of_lines(body), model.program())


def test_what_follows_an_any_happens_on_every_path_to_it() -> None:
    """Where a round was sure to decide, `any` left the path on which no earlier round had: what came next was possible
    only there."""
    body = """
    x = Var(Range(3))
    y = Var(Bool)
    n = Var(Range(3))

    @action
    def step(self):
        if any(v == 2 or self.x == v for v in range(3)):
            self.n = 1
        require(self.y)
"""
    hold(body)
    verdict = outcome(body, "bmc").verdicts[NO_DEADLOCK]
    assert isinstance(verdict, Violated) and len(verdict.trace) == 1


def test_an_array_has_all_its_items_though_the_first_is_sure_to_fail() -> None:
    """No path comes to the items after one that always fails. They were left out, and what took the array crashed."""
    hold(
        """
    zero = Var(Range(1))
    cells = Var(Array(Range(3), Range(3)))

    @action
    def step(self):
        require(self.cells == [1 // self.zero for c in range(3)])
"""
    )


LONG_FINAL = """
    x = Var(Range(8))

    @action
    def step(self):
        require(self.x < 6)
        self.x += 1

    @final
    def over(self):
        n = 0
        while n < self.x:
            n += 1
        return {returned}
"""


def test_a_final_property_with_a_long_loop_does_not_hide_a_deadlock() -> None:
    """Bounded search took a `@final` that goes round more often than was unrolled for one that holds."""
    body = LONG_FINAL.format(returned="n < 3")
    hold(body)
    verdict = outcome(body, "bmc").verdicts[NO_DEADLOCK]
    assert isinstance(verdict, Violated) and len(verdict.trace) == 7


def test_induction_does_not_prove_what_a_long_loop_in_a_final_property_hides() -> None:
    """It called both proved."""
    verdicts = outcome(LONG_FINAL.format(returned="n < 3"), "induction").verdicts
    assert not isinstance(verdicts[NO_DEADLOCK], Proved)
    verdicts = outcome(LONG_FINAL.format(returned="1 // (6 - n) < 3"), "induction").verdicts
    assert not isinstance(verdicts[NO_FAILURE], Proved)


def test_a_step_that_is_possible_whatever_it_chooses_is_no_deadlock() -> None:
    """To learn from a step without conditions, something was put into a formula that was none."""
    body = """
    x = Var(Bool)

    @action
    def step(self):
        self.x = choose(Bool)

    @action
    def stop(self):
        require(self.x)
        assert self.x
"""
    hold(body)
    assert outcome(body, "induction").verdicts[NO_DEADLOCK] == Proved(1)


def test_bounds_beyond_the_bits_of_a_number_do_not_wrap_around() -> None:
    """A number of one bit seemed to lie within -1..-1: -1 was cut to one bit, and so was 1."""
    number = terms.free("x", 0, 1)
    assert terms.within(number, -1, -1) is False
    assert terms.within(number, 2, 3) is False
    assert terms.within(number, -5, 9) is True


@pytest.mark.usefixtures("command")
def test_ctrl_c_leaves_no_z3_at_work() -> None:
    """Z3 took Ctrl-C for itself. Then an interrupted `join` said that the thread was dead in which Z3 went on: the next
    term that was made crashed Python."""
    before = set(threading.enumerate())
    found, seconds = ended(Factors, lambda task: os.kill(os.getpid(), signal.SIGINT))
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(60)  # what ends by itself has; Z3 would go on for hours
    assert not any(thread.is_alive() for thread in left)
    assert found.stopped == "interrupted"
    assert seconds < 60
