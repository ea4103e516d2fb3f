"""Marking ends only when nothing grey is left, for every number of Ps: proved, and no check can be left out."""

from __future__ import annotations

from typing import Any

import pytest

from checker.check import check, engine
from checker.contract.task import Task
from checker.contract.verdict import Proved, Violated
from checker.frontend.compile import compile_program
from spec.gc.ragged_barrier import RaggedBarrier
from spec.gc.termination import Restart, Without
from tests.support.every_size import is_proved, proved
from tests.unbounded import claims_of, not_shown

CLAIM = "nothing_is_grey_at_the_end"
NO_BLOCK = {"weak": 1, "without": Without.BLOCK}
AS_GO_HAS_IT = {"stores": True, "restart": Restart.QUEUES}
WITH_THE_LIST = {"stores": True, "restart": Restart.QUEUES_AND_LIST}


@pytest.mark.parametrize("parameters", [{}, {"weak": 1}, WITH_THE_LIST], ids=str)
def test_nothing_is_grey_at_the_end_with_any_number_of_ps_and_objects(parameters: dict[str, Any]) -> None:
    outcome = proved(RaggedBarrier, **parameters)
    assert all(map(is_proved, outcome.verdicts.values())), outcome.verdicts
    verdict = outcome.verdicts[CLAIM]
    assert isinstance(verdict, Proved) and verdict.every == ("Ps", "objects")


@pytest.mark.parametrize(
    ("without", "lemma", "step"),
    [
        (Without.BALANCE_FLAG, "work_outside_was_flagged", "'balance'"),
        (Without.DISPOSE_FLAG, "work_outside_was_flagged", "'ask'"),
        (Without.DISPOSE, "work_outside_was_flagged", "'ask'"),
        (Without.LIST, "work_outside_was_flagged", "'begin'"),
        (Without.BLOCK, "work_outside_was_flagged", "'makeStrongFromWeak'"),
    ],
    ids=str,
)
def test_a_check_that_is_left_out_breaks_the_lemma_at_its_step(without: Without, lemma: str, step: str) -> None:
    program = compile_program(RaggedBarrier(without=without, weak=1))
    assert not_shown(program, claims_of(program)) == f"{lemma} after {step}"


CHECKS = (Without.BALANCE_FLAG, Without.DISPOSE_FLAG, Without.DISPOSE, Without.LIST)
WRONG: list[dict[str, Any]] = [AS_GO_HAS_IT, {"stores": True}, *({"without": each} for each in CHECKS), NO_BLOCK]


@pytest.mark.parametrize("parameters", WRONG, ids=str)
def test_something_is_grey_at_the_end_with_two_ps(parameters: dict[str, Any]) -> None:
    program = compile_program(RaggedBarrier(objects=1, **parameters))
    assert isinstance(check(Task(program, (CLAIM,)), engine("reference")).verdicts[CLAIM], Violated)
    assert not is_proved(proved(RaggedBarrier, **parameters).verdicts[CLAIM])
