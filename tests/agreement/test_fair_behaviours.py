"""Random models with random fairness: the reference engine says of every temporal property what brute force says."""

from __future__ import annotations

from random import Random

import pytest

from checker.check import check, engine
from checker.contract.task import Task
from checker.contract.verdict import Exhausted, Violated
from tests.frontend.support import program
from tests.support.fair_models import is_violated, text, whole

FEW = 6
"""States up to which all sets of them are gone through."""


@pytest.mark.parametrize("seed", range(4))
def test_random_models_agree_with_brute_force(seed: int) -> None:
    draw, decided = Random(seed), 0
    while decided < 16:
        source = text(draw)
        compiled = program(source)
        graph = whole(compiled)
        if len(graph.states) > FEW:
            continue
        names = tuple(each.name for each in compiled.temporal)
        found = check(Task(compiled, names), engine("reference")).verdicts
        for name in names:
            expected = Violated if is_violated(compiled, name, graph) else Exhausted
            assert isinstance(found[name], expected), f"{name} of\n{source}"
            decided += 1
