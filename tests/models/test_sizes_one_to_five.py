"""What is proved for every size is proved at sizes 1 to 5, too, by an engine that has numbers and no quantifiers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from checker.check import check, engine
from checker.contract.task import Task
from checker.contract.verdict import Proved
from checker.frontend.load import compile_model, load
from checker.ir.types import IntType
from checker.lang.model import bind, outline, parameter_type
from tests.support.sizes import open_sizes
from tests.unbounded import UNBOUNDED, VARIANTS, claims_of

QUICK = {"spec.gc.every_size": 2, "spec.go_map.every_size": 3, "spec.gc.ragged_barrier": 3}
"""Up to which size it takes tenths of a second; 5 if nothing is said. All of them were proved on 30 November 2026: of
`MarkingAnySize` size 3 took 1.1 to 1.7 s of processor time, 4 3.8 to 5.9 s and 5 8.0 to 11.2 s; of `GrowingMap`, with
growths to the same size or not, 4 took 2.0 s and 5 5.4 s."""


def cases() -> Iterator[Any]:
    """Each variant at each size."""
    for name, number in product(UNBOUNDED, range(1, 6)):
        for parameters in VARIANTS.get(name, [{}]):
            slow = number > QUICK.get(name.partition(":")[0], 5)
            shown = [name.partition(":")[2], *(f"{each}={value}" for each, value in parameters.items()), str(number)]
            marks = pytest.mark.slow if slow else ()
            yield pytest.param(name, parameters, number, id="-".join(shown), marks=marks)


@pytest.mark.parametrize(("name", "parameters", "size"), list(cases()))
def test_a_proof_for_every_size_is_one_at_sizes_1_to_5(name: str, parameters: dict[str, Any], size: int) -> None:
    model = load(name)
    sizes = {each: min(size, most(name, each)) for each in open_sizes(model, parameters).names}
    program = compile_model(model, {**parameters, **sizes})
    claims = claims_of(program)
    verdicts = check(Task(program, claims), engine("induction")).verdicts
    assert all(isinstance(verdicts[each], Proved) for each in claims), verdicts


def most(name: str, parameter: str) -> int:
    """The largest value of a parameter."""
    model = load(name)
    kind = parameter_type(outline(model).parameters[parameter], bind(model, {}))
    assert isinstance(kind, IntType)
    return kind.hi
