"""The map at Go's own sizes: nothing exhausts it, so it is fuzzed, and its broken variants are found."""

from __future__ import annotations

from collections import Counter
from statistics import mean

import pytest

from checker.check import select
from checker.contract.judge import judge
from checker.contract.task import Task
from checker.contract.verdict import Sampled, Violated, Witnessed
from checker.engines.fuzz import FuzzOutcome, fuzz
from checker.frontend.load import compile_model, load
from spec.go_map.load import DOUBLES_1_23
from spec.go_map.real import scattered

FIRST, *_ = sorted(DOUBLES_1_23)  # entries at which programs of Go 1.23 were seen to grow their map


def fuzzed(name: str, *properties: str, runs: int, steps: int, seed: int = 0) -> FuzzOutcome:
    program = compile_model(load(f"spec.go_map.real:{name}"), {})
    task = Task(program, select(program, properties))
    found = fuzz(task, runs, steps, seed)
    judge(task, found.outcome)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "broken", "seed", "shortest"),
    [
        ("RealNeverSplits", "lookup_agrees", 0, FIRST + 1),  # the first growth moves what belongs above
    ],
)
def test_a_broken_variant_is_found_and_shrunk(name: str, broken: str, seed: int, shortest: int) -> None:
    """To within two steps of what the growths of real Go allow at all."""
    verdict = fuzzed(name, broken, runs=100, steps=100, seed=seed).outcome.verdicts[broken]
    assert isinstance(verdict, Violated)
    assert shortest <= len(verdict.trace) <= shortest + 2


@pytest.mark.slow
def test_the_map_holds_where_it_is_tried_and_grows_on_the_way() -> None:
    found = fuzzed("RealMap", "lookup_agrees", "evacuation_is_bounded", "overflow_in_use", runs=4, steps=80, seed=5)
    verdicts = found.outcome.verdicts
    assert isinstance(verdicts["overflow_in_use"], Witnessed), "which only a map that has grown can have"
    assert verdicts["lookup_agrees"] == verdicts["evacuation_is_bounded"] == Sampled(4)
    assert all(each.times for each in found.fired)


def test_loops_hold_where_they_are_tried() -> None:
    found = fuzzed("RealLoops", "IterOnce", "IterNoRemoved", "IterFresh", runs=4, steps=100)
    assert {str(each.rule) for each in found.fired if not each.times} == {"assign_nan"}, "there are no NaN keys"
    assert found.outcome.verdicts["IterOnce"] == Sampled(4)


def test_keys_are_scattered_as_by_chance() -> None:
    """Pearson's chi-square of 240 keys in 64 buckets: as often high or low as it is for random numbers."""
    found = []
    for seed in range(1024):
        buckets = Counter(scattered(k, seed) & 63 for k in range(240))
        found.append(sum((buckets[i] - 3.75) ** 2 / 3.75 for i in range(64)))
    assert abs(mean(found) - 63) < 3
    assert abs(mean((each - 63) ** 2 for each in found) - 126) < 30
