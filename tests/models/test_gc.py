"""The table of the mark phase, whole: every barrier with every help that it can get, against what the theory says."""

from __future__ import annotations

from itertools import product

import pytest

from checker.check import check, select
from checker.contract.task import Task
from checker.contract.trace import Lasso
from checker.contract.verdict import Exhausted, Violated
from checker.engines.explicit import ExplicitEngine
from checker.engines.reference import ReferenceEngine
from checker.frontend.compile import compile_program
from spec.gc.buffers import Buffered
from spec.gc.ending import EndingMarking
from spec.gc.marking import Allocation, Barrier, Marking

ALWAYS_RECORDS_NEW = (Barrier.INSERTION, Barrier.HYBRID, Barrier.ARTICLE_3_1)
HYBRIDS = (Barrier.HYBRID, Barrier.HYBRID_ANY_GREY, Barrier.HYBRID_THIS_GREY)


def holds(model: Marking) -> bool:
    """Whether no reachable object is left unmarked, by exploring the model whole."""
    program = compile_program(model)
    outcome = check(Task(program, select(program, ["no_missed_mark"])), ReferenceEngine())
    assert outcome.stopped is None
    return not any(isinstance(verdict, Violated) for verdict in outcome.verdicts.values())


def expected(barrier: Barrier, stacks_first: bool, rescan: bool, allocation: Allocation) -> bool:
    """What design/17503 and the papers behind it say. Every object is old, which makes an insertion barrier of the
    article's section 3.1."""
    if rescan and barrier in ALWAYS_RECORDS_NEW:
        return True
    if allocation == Allocation.WHITE:  # such an object can go from a scanned stack to a scanned object
        return False
    return barrier in HYBRIDS or (barrier == Barrier.DELETION and stacks_first)


HELPS = {
    Allocation.NONE: tuple(product((False, True), repeat=2)),
    Allocation.BLACK: ((False, False), (True, False)),
    Allocation.WHITE: ((True, False), (False, True)),
}
"""Whether stacks are scanned first, and scanned again, by what new objects are. Black ones change nothing in theory,
and where they are white only scanning again helps: two corners tell."""


@pytest.mark.parametrize(
    "allocation",
    [Allocation.NONE, *(pytest.param(each, marks=pytest.mark.slow) for each in (Allocation.BLACK, Allocation.WHITE))],
)
@pytest.mark.parametrize("barrier", Barrier)
def test_every_corner_is_as_the_theory_says(barrier: Barrier, allocation: Allocation) -> None:
    for stacks_first, rescan in HELPS[allocation]:
        found = holds(
            Marking(
                objects=1,
                goroutines=1,
                any_heap=True,
                barrier=barrier,
                allocation=allocation,
                stacks_first=stacks_first,
                rescan=rescan,
            )
        )
        assert found == expected(barrier, stacks_first, rescan, allocation), (stacks_first, rescan)


@pytest.mark.parametrize("barrier", [barrier for barrier in Barrier if barrier not in HYBRIDS])
def test_buffers_save_no_wrong_barrier(barrier: Barrier) -> None:
    assert not holds(Buffered(objects=1, goroutines=1, any_heap=True, barrier=barrier))


@pytest.mark.parametrize("emptied", [False, True])
def test_the_hybrid_barrier_holds_if_buffers_are_emptied(emptied: bool) -> None:
    assert holds(Buffered(objects=1, goroutines=1, any_heap=True, emptied_at_end=emptied)) == emptied


@pytest.mark.parametrize("stops", [True, False])
def test_marking_ends_if_the_world_is_stopped_for_it_and_else_stores_overlap_for_ever(stops: bool) -> None:
    program = compile_program(EndingMarking(objects=1, stops=stops))
    found = check(Task(program, ("marking_ends",)), ExplicitEngine()).verdicts["marking_ends"]
    if stops:
        assert found == Exhausted(37_295)
        return
    assert isinstance(found, Violated) and isinstance(found.trace.end, Lasso)
    storing = program.position("storing")
    assert all(state[storing] for state in found.trace.states[found.trace.end.back_to :])
