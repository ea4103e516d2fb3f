"""Traces of the small Swiss map on a real one: what the model shares with Go happens, what a mutant adds does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.conform.holdings import reproduce
from checker.contract.trace import Trace
from checker.errors import UsageError
from checker.frontend.load import compile_model, load

CORPUS = Path(__file__).parents[2] / "counterexamples" / "corpus"
TWICE = CORPUS / "spec.go_map.swiss_range" / "RangedSwissMap-IterOnce.itf.json"
MUTANTS = CORPUS / "spec.go_map.swiss_mutants"


def replayed(trace: Path, version: str, trials: int) -> tuple[int, str]:
    came = CliRunner().invoke(app, ["replay", str(trace), "--go", version, "--trials", str(trials)])
    return came.exit_code, f"{came.output}{came.exception}"


@pytest.mark.parametrize("trace", [TWICE, MUTANTS / "MendedForClearOnly-IterOnce.itf.json"], ids=["clear", "delete"])
def test_the_entry_that_is_yielded_twice_is_so_on_a_real_map(swiss: str, trace: Path) -> None:
    """About half of the trials: 30 without one are a chance of one in a billion."""
    status, said = replayed(trace, swiss, 30)
    assert status == 0 and f"reproduced on Go {swiss}: IterOnce was broken in" in said, said


@pytest.mark.parametrize("name", ["TakesFromTheReplaced-IterNoRemoved", "GoesOnInTheSecondHalf-IterOnce"])
def test_what_only_a_mutant_does_is_not_reproduced(swiss: str, name: str) -> None:
    status, said = replayed(MUTANTS / f"{name}.itf.json", swiss, 10)
    assert status == 1 and "NOT REPRODUCED" in said and "0 of 10 trials" in said, said


def test_a_trace_that_is_about_no_rule_of_range_is_refused() -> None:
    status, said = replayed(MUTANTS / "DeletesToEmpty-lookup_agrees.itf.json", "1.27.3", 1)
    assert status != 0 and "U024 lookup_agrees is no rule of range" in said


def test_a_version_without_a_swiss_map_is_refused() -> None:
    assert "U024 Go 1.23.9 has no Swiss map" in replayed(TWICE, "1.23.9", 1)[1]


def test_a_model_at_gos_sizes_is_refused() -> None:
    """Its traces are a gigabyte; real maps need no steering for them."""
    large = compile_model(load("spec.go_map.swiss_followed:FollowedSwissLoop"), {})
    with pytest.raises(UsageError, match=r"U024 .* has Go's sizes"):
        reproduce(large, Trace(((),), (), ()), "IterOnce", "1.27.3", 1)
