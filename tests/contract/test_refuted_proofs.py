"""Steps that are said to refute a proof are held to the interpreter, as traces are."""

from __future__ import annotations

import pytest

from checker.check import check
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Stats, Task
from checker.contract.trace import AT_STATE, Failing, Trace
from checker.contract.verdict import (
    NotInductive,
    Unknown,
)
from checker.errors import EngineBug, Span
from checker.frontend.load import compile_model
from checker.ir.nodes import Kind
from checker.lang import Model, Opt, Range, Var, action, always, lemma
from checker.semantics import Failure, Step
from tests.support.pair import PAIR


class Says:
    """An engine that refutes a proof as it is told to."""

    name = "says"

    def __init__(self, shown: NotInductive) -> None:
        self.shown = shown

    def run(self, task: Task) -> Outcome:
        verdicts = {name: Unknown("not inductive", self.shown) for name in task.properties}
        return Outcome((self.name,), verdicts, Stats())


BOTH = Step("both", (), None, ())


def steps(*states: tuple[int, int]) -> Trace:
    return Trace(states, (BOTH,) * (len(states) - 1))


def said(broken: str, held: tuple[str, ...], trace: Trace) -> Outcome:
    return check(Task(PAIR, ("not_apart",)), Says(NotInductive(broken, held, trace)))


def test_steps_from_a_state_that_is_not_initial_refute_a_proof() -> None:
    said("not_apart", (), steps((9, 4), (10, 5)))
    said("not_apart", (), steps((8, 3), (9, 4), (10, 5)))


@pytest.mark.parametrize(
    ("broken", "held", "trace", "problem"),
    [
        ("not_apart", (), steps((9, 4), (10, 6)), "step 1: expected that 'both()' leads to a state with 'b' = 6"),
        ("not_apart", (), steps((8, 3), (9, 4)), "step 1: expected that 'not_apart' is false, but it is true"),
        ("not_apart", (), steps((10, 4), (11, 5)), "step 1: expected that 'not_apart' is false, but it is true"),
        ("not_apart", ("same",), steps((9, 4), (10, 5)), "the initial state: expected that 'same' is true"),
        ("same", (), steps((9, 4), (10, 5)), "the initial state: expected that 'same' is true, but it is not"),
        (NO_FAILURE, (), steps((9, 4)), "the trace: expected a failure at its end"),
        (NO_DEADLOCK, (), steps((9, 4)), "the initial state: expected a state where nothing can happen"),
        ("same", (), steps((9, 99)), "the initial state: expected 'b' in"),
    ],
)
def test_steps_that_refute_no_proof_are_the_engines_bug(
    broken: str, held: tuple[str, ...], trace: Trace, problem: str
) -> None:
    with pytest.raises(EngineBug) as bug:
        said(broken, held, trace)
    start = "engine 'says' gives a counterexample to the induction of 'not_apart' that does not hold up: "
    assert str(bug.value).startswith(start + problem)


def test_a_found_invariant_that_held_is_no_property_to_look_up() -> None:
    said("not_apart", ("a >= 0, found by search",), steps((9, 4), (10, 5)))


class Fails(Model):
    """A step that fails at two, properties of many kinds, and lemmas of many values."""

    n = Var(Range(9))
    at = Var(Opt(Range(9)))

    @action
    def up(self):
        assert self.n != 2, "not two"
        self.n = (self.n + 1) % 9

    @always
    def small(self):
        return self.n < 8

    @always
    def low(self):
        return self.n < 2

    @always
    def known(self):
        """Cannot be evaluated where `at` is None."""
        return self.at < 9

    @lemma
    def judged_one_by_one(self, a: Range(1024)):
        return self.n != 7 or a >= 0

    @lemma
    def not_judged(self, a: Range(1025)):
        return self.n != 7 and a >= 0

    @lemma
    def false_at_seven(self, a: Range(1024)):
        return self.n != 7 and a >= 0


FAILS = compile_model(Fails, {})
NOT_TWO = Failure(Kind.ASSERT, "not two", Span("m.py", 1, 1))


def up(first: int, last: int, failure: Failure | None = None, at: int | None = 0) -> Trace:
    """Counting from one number to another, where the next step may fail."""
    states = tuple((n, at) for n in range(first, last + 1))
    step = Step("up", (), None, ())
    return Trace(states, (step,) * (last - first), end=Failing(step, failure) if failure else AT_STATE)


def refuted(broken: str, held: tuple[str, ...], trace: Trace) -> str:
    """What the judge says of steps that are said to refute a proof; empty if they do."""
    try:
        check(Task(FAILS, ("small",)), Says(NotInductive(broken, held, trace)))
    except EngineBug as bug:
        return str(bug).partition("that does not hold up: ")[2]
    return ""


def test_steps_that_end_in_a_failure_refute_any_proof_that_all_assumed_allows() -> None:
    assert refuted("small", (), up(1, 2, NOT_TWO)) == ""
    assert refuted("small", ("known",), up(1, 2, NOT_TWO)) == ""
    assert refuted(NO_FAILURE, ("small",), up(2, 2, NOT_TWO)) == ""
    low = "step 1: expected that 'low' is true, but it is not"
    assert refuted("low", (), up(1, 2, NOT_TWO)) == low, "it is not only the failure that refutes it"
    assert refuted("small", ("low",), up(1, 2, NOT_TWO)) == low
    assert refuted(NO_FAILURE, ("low",), up(1, 2, NOT_TWO)) == low
    assert refuted("small", (), up(1, 1, NOT_TWO)) == (
        "step 1: expected that 'up()' fails: not two, but it does not fail"
    )


def test_what_cannot_be_evaluated_did_not_hold() -> None:
    assert refuted("small", ("known",), up(7, 8)) == ""
    assert refuted("small", ("known",), up(7, 8, at=None)) == (
        "the initial state: expected that 'known' is true, but it is not"
    )
    assert refuted("low", (), up(1, 2)) == "", "in the last state what is broken alone is looked at"
    assert refuted("low", ("small",), up(0, 2)) == ""


def test_lemmas_of_very_many_values_are_not_judged() -> None:
    assert refuted("small", ("judged_one_by_one",), up(7, 8)) == ""
    assert refuted("small", ("not_judged",), up(7, 8)) == ""
    assert refuted("small", ("false_at_seven",), up(7, 8)) == (
        "the initial state: expected that 'false_at_seven' is true, but it is not"
    )
