"""Random models with random fairness: of every temporal property the reference engine says what brute force says, and
the explicit engine what the reference engine says, with a lasso as short."""

from __future__ import annotations

from random import Random

import pytest

from checker.contract.verdict import Exhausted, Violated
from tests.frontend.support import program
from tests.support.fair_models import FEW, differences, is_violated, said, text, whole
from tests.support.plain_code import plain_code


@pytest.mark.parametrize("seed", range(2))
def test_random_models_agree_with_brute_force(seed: int) -> None:
    draw, decided = Random(seed), 0
    while decided < 16:
        source = text(draw)
        compiled = program(source)
        graph = whole(compiled)
        if len(graph.states) > FEW:
            continue
        for name, found in said(compiled, "reference").verdicts.items():
            expected = Violated if is_violated(compiled, name, graph) else Exhausted
            assert isinstance(found, expected), f"{name} of\n{source}"
            decided += 1


@pytest.mark.parametrize("seed", range(2))
def test_emitted_code_says_of_random_models_what_the_reference_engine_says(seed: int) -> None:
    draw = Random(f"plain {seed}")
    for _ in range(12):
        source = text(draw, 6)
        with plain_code():
            assert differences(program(source)) == [], source


def test_compiled_code_says_of_random_models_what_the_reference_engine_says() -> None:
    draw = Random("compiled")
    for _ in range(4):
        source = text(draw, 6)
        assert differences(program(source)) == [], source
