"""docs/reference/python.md is what the docstrings say, and names everything that is public."""

from __future__ import annotations

import evacheck
from evacheck import testing
from tests.support import reference


def test_the_page_says_what_the_docstrings_say() -> None:
    assert reference.page() == reference.PAGE.read_text("utf-8"), "run: uv run python -m tests.support.reference"


def test_everything_that_is_public_stands_on_the_page_and_has_a_docstring() -> None:
    assert reference.named() == set(evacheck.__all__)
    assert [name for name in evacheck.__all__ if not getattr(evacheck, name).__doc__] == []


def test_what_makes_tests_of_a_model_stands_on_the_page() -> None:
    assert {*reference._TESTING, "Adapter"} == set(testing.__all__)
