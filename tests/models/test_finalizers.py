"""In how many cycles objects with finalizers go: the model against a few lines of plain Python, at all its sizes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.check import check, select
from checker.contract.task import Task
from checker.contract.verdict import Exhausted
from checker.contract.wording import word
from checker.engines.reference import ReferenceEngine
from checker.frontend.compile import compile_program
from spec.gc.finalizers import Kind
from spec.gc.finalizers_count import Counted

NEEDED: dict[Kind, Callable[[int], int | None]] = {
    Kind.PLAIN: lambda o: 1,
    Kind.FIRST: lambda o: 2,
    Kind.CHAIN: lambda o: o + 2,
    Kind.CYCLE: lambda o: None,
}
"""What `Counted.needed` says, None for never."""


def freed_in(kind: Kind, objects: int) -> list[int | None]:
    """The cycle that frees each object, where nothing is held and each finalizer has run before the next cycle."""
    points_to = {o: o + 1 for o in range(objects - 1)}
    if kind is Kind.CYCLE:
        points_to[objects - 1] = 0
    with_finalizer = {Kind.PLAIN: set[int](), Kind.FIRST: {0}}.get(kind, set(range(objects)))
    freed: dict[int, int] = {}
    for cycle in range(1, objects + 3):
        marked: set[int] = set()
        for o in with_finalizer:
            while (o := points_to.get(o, -1)) >= 0 and o not in marked:
                marked.add(o)
        found = [o for o in range(objects) if o not in marked and o not in freed]
        freed |= {o: cycle for o in found if o not in with_finalizer}
        with_finalizer -= set(found)
    return [freed.get(o) for o in range(objects)]


@pytest.mark.parametrize("objects", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", Kind)
def test_an_object_goes_in_the_cycle_that_plain_python_says(kind: Kind, objects: int) -> None:
    assert freed_in(kind, objects) == [NEEDED[kind](o) for o in range(objects)]
    program = compile_program(Counted(objects=objects, kind=kind))
    names = ["goes_in_its_cycle", "not_before", "all_is_freed"]
    verdicts = check(Task(program, select(program, names)), ReferenceEngine()).verdicts
    assert isinstance(verdicts["goes_in_its_cycle"], Exhausted) and isinstance(verdicts["not_before"], Exhausted)
    assert word(verdicts["all_is_freed"]) == ("unreachable" if kind is Kind.CYCLE else "witnessed")
