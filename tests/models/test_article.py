"""The article's own algorithms, under every reading of the article: which readings work, and how the others fail."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from checker.check import check, select
from checker.contract.task import BUILT_IN, Outcome, Task
from checker.contract.verdict import Violated
from checker.engines.reference import ReferenceEngine
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.lang.model import Model
from spec.article.copy_on_read import Copy, CopyOnRead, Order, ReleasedBucket, Route
from spec.article.double_write import DoubleWrite, First, InterruptedWrites

READINGS = list(product(Order, Order, Copy, Route))


def explored(model: Model) -> tuple[Program, Outcome]:
    """The model's @always properties, decided up to the first violation."""
    program = compile_program(model)
    always = [judged.name for judged in program.properties if judged.kind is PropertyKind.ALWAYS]
    outcome = check(Task(program, select(program, [*always, *BUILT_IN])), ReferenceEngine())
    assert outcome.stopped is None
    return program, outcome


def broken(model: Model) -> set[str]:
    """The properties that the shortest counterexamples violate."""
    _, outcome = explored(model)
    return {name for name, verdict in outcome.verdicts.items() if isinstance(verdict, Violated)}


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: "-".join(each.value for each in reading))
def test_copy_on_read_works_only_if_it_copies_first_and_replaces_nothing(
    reading: tuple[Order, Order, Copy, Route],
) -> None:
    read_order, write_order, copy, route = reading
    found = broken(CopyOnRead(read_order=read_order, write_order=write_order, copy=copy, route=route))
    works = (
        read_order == write_order == Order.COPY_FIRST
        and copy == Copy.YIELDS
        and route in (Route.OLD_FIRST, Route.NEW_FIRST)
    )
    assert (found == set()) == works
    if route == Route.NEW_ONLY:
        assert found == {"data_stay_reachable", "only_writes_change_values"}


@pytest.mark.parametrize("route", [Route.OLD_FIRST, Route.NEW_FIRST])
def test_copy_on_read_brings_removed_entries_back(route: Route) -> None:
    assert broken(CopyOnRead(copy=Copy.YIELDS, route=route, removes=True)) != set()


def values(program: Program, outcome: Outcome, name: str, variable: str) -> list[object]:
    """What a variable goes through in the counterexample of a property."""
    verdict = outcome.verdicts[name]
    assert isinstance(verdict, Violated)
    place = [declared.name for declared in program.variables].index(variable)
    return [state[place] for state in verdict.trace.states]


def test_a_copy_replaces_a_newer_value() -> None:
    program = compile_program(CopyOnRead(readers=1))
    outcome = check(Task(program, select(program, ["reads_are_current"])), ReferenceEngine())
    new = values(program, outcome, "reads_are_current", "new")
    assert (1, 0) in pairwise(new)


@pytest.mark.parametrize("counted", [False, True])
def test_a_count_of_references_does_not_keep_the_bucket(counted: bool) -> None:
    assert "not_used_after_release" in broken(ReleasedBucket(counted=counted))


@pytest.mark.parametrize(("first", "versioned", "interruptions"), list(product(First, (False, True), (False, True))))
def test_double_writes_work_only_with_versions_and_the_new_bucket_first(
    first: First, versioned: bool, interruptions: bool
) -> None:
    found = broken(DoubleWrite(first=first, versioned=versioned, interruptions=interruptions))
    assert (found == set()) == (versioned and first == First.NEW)


@pytest.mark.parametrize(("first", "versioned"), list(product(First, (False, True))))
def test_repeating_a_write_is_not_idempotent(first: First, versioned: bool) -> None:
    found = broken(InterruptedWrites(first=first, versioned=versioned))
    assert found == (set() if versioned or first == First.NEW else {"values_do_not_return"})
