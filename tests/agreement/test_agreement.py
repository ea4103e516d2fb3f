"""Engines that disagree are a bug of the tool: random models, held to the interpreter by every road there is.

EVACHECK_AGREEMENT=500 draws so many models for each test instead of the few that a normal run can afford. A model that
shows a disagreement is made small before it is shown; then it belongs among the named cases of `test_found.py`.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given

from tests.support.agreement import check_emitted, check_engines, check_python, examples, hold, how_many
from tests.support.random_models import RandomModel, drawn, models


@pytest.mark.parametrize("first", range(0, how_many(20), 10))
def test_emitted_code_takes_the_steps_of_the_interpreter(first: int) -> None:
    """By tens, so that each takes tenths of a second: `tests.mutation` runs the quickest tests."""
    for seed in range(first, first + 10):
        hold(drawn(Random(seed)), check_emitted)


@examples(10)
@given(models())
def test_the_interpreter_does_what_python_does(model: RandomModel) -> None:
    hold(model, check_python)


@examples(5)
@given(models())
def test_the_engines_agree(model: RandomModel) -> None:
    hold(model, check_engines)
