"""Replay: which traces are behaviours of a model, and what is said of those that are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.contract.replay import Claim, ReplayError, confirm, replay
from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.trace import Failing, Trace
from checker.ir.nodes import Program
from checker.semantics import Step
from tests.support.counter import COUNTER, STRICT, THREE, UP, refuse_claim, state, trace


def refusal(program: Program, wrong: Trace) -> str:
    with pytest.raises(ReplayError) as caught:
        replay(program, wrong)
    return str(caught.value)


def test_a_real_behaviour_replays() -> None:
    replay(COUNTER, trace(0, 1, 2, 3, 4))
    replay(COUNTER, replace(trace(1, 3), steps=(Step("double", (3,), None, ()),)))


def test_a_step_that_leads_elsewhere_is_named() -> None:
    assert refusal(COUNTER, trace(0, 1, 3)) == (
        "step 2: expected that 'up()' leads to a state with 'n' = 3, but it is 2"
    )


def test_an_impossible_step_is_named() -> None:
    wrong = replace(trace(0, 1), steps=(Step("double", (2,), None, ()),))
    assert refusal(COUNTER, wrong) == "step 1: expected that 'double(2)' leads to a state, but it is not possible"


def test_the_first_state_must_be_initial() -> None:
    assert refusal(COUNTER, replace(trace(1, 2), initial_choices=(0,))) == (
        "the initial state: expected that init gives a state with 'n' = 1, but it is 0"
    )
    assert refusal(COUNTER, replace(trace(1, 2), initial_choices=(2,))) == (
        "the initial state: expected that init gives a state, but it is not possible"
    )


def test_states_must_be_of_their_types() -> None:
    assert refusal(COUNTER, replace(trace(1), states=((True, None),))) == (
        "the initial state: expected 'n' in Range(7), but it is True"
    )
    assert refusal(COUNTER, replace(trace(0, 1), states=(state(0), (1,)))) == (
        "step 1: expected a state of 2 variables, but there are 1"
    )


def test_a_failing_step_must_fail_as_it_says() -> None:
    replay(STRICT, trace(1, 2, end=Failing(UP, THREE)))
    assert refusal(STRICT, trace(0, 1, end=Failing(UP, THREE))) == (
        "step 2: expected that 'up()' fails: three is not allowed, but it does not fail"
    )
    other = replace(THREE, message="four is not allowed")
    assert refusal(STRICT, trace(1, 2, end=Failing(UP, other))) == (
        "step 2: expected that 'up()' fails: four is not allowed, but it fails otherwise: three is not allowed"
    )
    assert refusal(STRICT, trace(1, 2, 3)) == (
        "step 2: expected that 'up()' leads to a state, but it fails: three is not allowed"
    )


def test_claims_are_confirmed() -> None:
    confirm(COUNTER, "below_four", Claim.VIOLATION, trace(1, 2, 3, 4))
    confirm(COUNTER, "three", Claim.WITNESS, trace(1, 2, 3))
    confirm(COUNTER, NO_DEADLOCK, Claim.DEADLOCK, trace(1, 2, 3, 4))
    confirm(STRICT, NO_FAILURE, Claim.FAILURE, trace(1, 2, end=Failing(UP, THREE)))


def test_claims_that_are_not_so_are_refused() -> None:
    assert refuse_claim(COUNTER, "below_four", Claim.VIOLATION, trace(1, 2)) == (
        "step 1: expected a violation of 'below_four', but it is true there"
    )
    assert refuse_claim(COUNTER, "three", Claim.WITNESS, trace(1)) == (
        "the initial state: expected a witness of 'three', but it is false there"
    )
    assert refuse_claim(COUNTER, NO_DEADLOCK, Claim.DEADLOCK, trace(1, 2)) == (
        "step 1: expected a state where nothing can happen, but 'up()' can"
    )
    assert refuse_claim(COUNTER, NO_FAILURE, Claim.FAILURE, trace(1, 2)) == (
        "the trace: expected a failure at its end, but it ends without one"
    )
    assert refuse_claim(STRICT, "three", Claim.WITNESS, trace(1, 2, end=Failing(UP, THREE))) == (
        "the trace: expected a witness of 'three' in its last state, but it ends in a failure"
    )
    with pytest.raises(ReplayError):
        confirm(COUNTER, "below_four", Claim.VIOLATION, trace(1, 3, 4))
