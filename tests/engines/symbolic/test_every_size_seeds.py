"""What is proved for every size is proved with any seed of Z3, each obligation within the steps that it may take."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from checker.engines.symbolic.every_size import obligations
from checker.frontend.load import compile_model, load
from tests.unbounded import UNBOUNDED, VARIANTS, claims_of, not_shown

SEEDS = range(1, 6)
LARGE = ("spec.gc.every_size", "spec.go_map.every_size", "spec.gc.ragged_barrier")
"""Their proofs take a large part of a second, or more."""


def cases() -> Iterator[Any]:
    """Each variant with each seed; all but the first seed of small models are slow."""
    for name, seed in product(UNBOUNDED, SEEDS):
        for parameters in VARIANTS.get(name, [{}]):
            marks = pytest.mark.slow if seed > 1 or name.startswith(LARGE) else ()
            shown = [name.partition(":")[2], *(f"{each}={value}" for each, value in parameters.items()), str(seed)]
            yield pytest.param(name, parameters, seed, id="-".join(shown), marks=marks)


@pytest.mark.parametrize(("name", "parameters", "seed"), list(cases()))
def test_it_is_proved_with_any_seed(name: str, parameters: dict[str, Any], seed: int) -> None:
    program = compile_model(load(name), parameters)
    assert not_shown(program, claims_of(program), seed) is None


def test_an_obligation_that_takes_too_many_steps_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "EFFORT", 10)
    program = compile_model(load("spec.classics.any_number:Token"), {})
    assert not_shown(program, claims_of(program)) is not None
