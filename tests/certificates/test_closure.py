"""Whether a row of states is all that a program reaches: what is claimed of it is looked at, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checker.certificates.reachable_set import Closure, NotClosed
from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.frontend.load import compile_model
from checker.ir.types import Value
from checker.lang import (
    Model,
    Opt,
    Param,
    Range,
    Var,
    action,
    always,
    choose,
    final,
    lemma,
    process,
    require,
    sometimes,
)


class Ends(Model):
    """Counts from 0 or 1 to 3, where nothing can happen."""

    fails = Param(9, Range(10))  # the number at which the step up fails

    n = Var(Range(5))
    known = Var(Opt(Range(5)))

    def init(self):
        self.n = choose({0, 1})
        self.known = 0

    @action
    def wait(self):
        require(self.n < 3)

    @action
    def up(self):
        require(self.n < 3)
        assert self.n != self.fails, "not there"
        self.n += 1

    @always
    def small(self):
        return self.n < 4

    @always
    def below_three(self):
        return self.n < 3

    @lemma
    def below_two(self):
        return self.n < 2

    @sometimes
    def three(self):
        return self.n == 3

    @sometimes
    def four(self):
        return self.n == 4


class Unsaid(Ends):
    """Properties that cannot be evaluated."""

    def init(self):
        self.n = choose({0, 1})

    @lemma
    def lemma_unsaid(self):
        return self.known < 5


class UnsaidAlways(Unsaid):
    @always
    def always_unsaid(self):
        return self.known < 5


class UnsaidSometimes(Unsaid):
    @sometimes
    def sometimes_unsaid(self):
        return self.known < 5 and self.known == 4


class UnsaidFinal(Unsaid):
    @final
    def final_unsaid(self):
        return self.known < 5


class Right(Ends):
    """Ends as it should."""

    @final
    def over(self):
        return self.n == 3


class Once(Model):
    """A process that finishes."""

    n = Var(Range(3))

    @process
    def goes(self):
        self.n = 1
        yield "between"
        self.n = 2


def said(
    model: type[Model], claims: Mapping[str, bool], numbers: tuple[int, ...] = (0, 1, 2, 3), **values: Value
) -> str:
    """What is wrong with a row of states; empty if nothing is."""
    known = None if issubclass(model, Unsaid) else 0
    try:
        closure = Closure(compile_model(model, values), claims)
        for n in numbers:
            closure.add((n, known))
        closure.end()
    except NotClosed as wrong:
        return str(wrong)
    return ""


ALL = {"small": True, "four": False, NO_FAILURE: True}


def test_a_row_of_all_states_in_any_order_that_can_be_reached_is_closed() -> None:
    assert said(Ends, ALL) == said(Ends, ALL, (1, 0, 2, 3)) == said(Ends, ALL, (1, 2, 0, 3)) == ""
    assert said(Ends, ALL, (0, 2, 1, 3)) == (
        "state 2 is not initial and follows from no state before it: [n=2, known=0]"
    )
    assert said(Ends, ALL, (0, 1, 2, 2)) == "state 4 stands twice: [n=2, known=0]"


def test_what_is_missing_is_named_with_what_leads_there() -> None:
    assert said(Ends, ALL, (0, 1, 2)) == (
        "a reachable state is missing: [n=3, known=0], to which 'up()' from [n=2, known=0] leads"
    )
    assert said(Ends, ALL, (1, 2, 3)) == "a reachable state is missing: [n=0, known=0], to which init leads"
    assert said(Ends, ALL, ()) == "a reachable state is missing: [n=0, known=0], to which init leads"


def test_only_what_is_claimed_is_held_to_be_so() -> None:
    assert said(Ends, {}) == ""
    assert said(Ends, {"below_three": True}) == "'below_three' is false in state 4: [n=3, known=0]"
    assert said(Ends, {"three": False}) == "'three' is true in state 4: [n=3, known=0]"
    assert said(Ends, {"below_two": True}) == "'below_two' is false in state 3: [n=2, known=0]"
    assert said(Ends, {"small": False}) == "'small' is true in state 1: [n=0, known=0]"


def test_a_deadlock_counts_where_there_is_said_to_be_none() -> None:
    stuck = "state 4 is a deadlock: [n=3, known=0]"
    assert said(Ends, {NO_DEADLOCK: True}) == said(Ends, {**ALL, NO_DEADLOCK: True}) == stuck
    assert said(Ends, {NO_FAILURE: True}) == ""
    assert said(Right, {NO_DEADLOCK: True}) == said(Right, {**ALL, NO_DEADLOCK: True}) == ""


def test_a_failure_counts_where_there_is_said_to_be_none() -> None:
    fails = "'up()' fails in state 3: not there"
    assert said(Ends, ALL, (0, 1, 2), fails=2) == fails
    assert said(Ends, {"small": True}, (0, 1, 2), fails=2) == "", "beyond it there are no states"
    assert said(Ends, {"small": True, NO_DEADLOCK: True}, (0, 1, 2), fails=2) == "", "a step that fails is a step"


def test_properties_that_cannot_be_evaluated_are_failures_where_there_are_said_to_be_none() -> None:
    for model, name in ((UnsaidAlways, "always_unsaid"), (UnsaidSometimes, "sometimes_unsaid")):
        wrong = f"'{name}' cannot be evaluated in state 1: self.known is None, which is not in Range(5): "
        assert said(model, {NO_FAILURE: True}).startswith(wrong)
        assert said(model, {"small": True, NO_DEADLOCK: True}) == "state 4 is a deadlock: [n=3, known=None]"
        assert said(model, {"small": True}) == ""
    assert said(Unsaid, {NO_FAILURE: True}) == "", "a lemma that nobody claims is nobody's failure"
    assert said(Unsaid, {"lemma_unsaid": True}).startswith("'lemma_unsaid' cannot be evaluated in state 1: ")


@pytest.mark.parametrize("name", [NO_FAILURE, NO_DEADLOCK])
def test_a_final_that_cannot_be_evaluated_is_a_failure_and_no_end(name: str) -> None:
    wrong = "whether state 4 is a deadlock cannot be evaluated: self.known is None, which is not in Range(5): [n=3"
    assert said(UnsaidFinal, {name: True}).startswith(wrong)
    assert said(UnsaidFinal, {"small": True}) == ""


def test_an_init_that_fails_is_a_failure() -> None:
    program = compile_model(FailsAtOnce, {})
    with pytest.raises(NotClosed, match=r"^'init\(\), choosing 1' fails: 5 does not fit"):
        Closure(program, {NO_FAILURE: True})
    closure = Closure(program, {})
    closure.add((4,))
    closure.end()


class FailsAtOnce(Model):
    """`init` fails for one of its choices."""

    n = Var(Range(5))

    def init(self):
        self.n = 4 + choose({0, 1})

    @action
    def stay(self):
        self.n = self.n


class Nowhere(Model):
    """There is no initial state."""

    n = Var(Range(5))

    def init(self):
        require(self.n > 0)

    @action
    def stay(self):
        self.n = self.n


def test_no_states_at_all_are_no_evidence() -> None:
    with pytest.raises(NotClosed, match=r"^there is no initial state: every property would hold of nothing$"):
        Closure(compile_model(Nowhere, {}), {}).end()


def test_a_process_that_has_finished_is_no_deadlock() -> None:
    closure = Closure(compile_model(Once, {}), {NO_DEADLOCK: True, NO_FAILURE: True})
    for state in ((0, "start"), (1, "between"), (2, "end")):
        closure.add(state)
    closure.end()
    assert closure.count == 3
