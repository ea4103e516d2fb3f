"""The catalogue of codes: nothing missing, nothing unused, and its examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.check import check, engine
from checker.codes import CODES
from checker.codes_language import LANGUAGE
from checker.contract.task import NO_FAILURE, Task
from checker.errors import ModelError
from checker.frontend.load import load
from tests.frontend.support import problems, program
from tests.support.messages import COMPILED

ROOT = Path(__file__).parents[2]


def test_every_code_in_use_is_explained_and_every_other_is_not() -> None:
    used = set()
    for path in (ROOT / "checker").rglob("*.py"):
        if path.name != "codes_language.py":
            used |= set(re.findall(r'"(E\d{3})"', path.read_text()))
    assert used == set(LANGUAGE)
    assert set(LANGUAGE) <= set(CODES)


@pytest.mark.parametrize("code", COMPILED)
def test_the_bad_example_is_refused_with_just_that_code(code: str) -> None:
    assert {problem.code for problem in problems(CODES[code].bad)} == {code}


@pytest.mark.parametrize("code", [*COMPILED, "E103", "E104", "E105"])
def test_the_good_example_compiles(code: str) -> None:
    program(CODES[code].good)


def test_a_module_that_does_not_parse(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(CODES["E103"].bad)
    with pytest.raises(ModelError) as caught:
        load(str(file))
    (problem,) = caught.value.problems
    assert (problem.code, problem.problem) == ("E103", "Python cannot read this: expected ':'")
    assert problem.span is not None and (problem.span.line, problem.span.column) == (1, 21)


def test_a_model_without_initial_states() -> None:
    with pytest.raises(ModelError) as caught:
        check(Task(program(CODES["E104"].bad), (NO_FAILURE,)), engine("reference"))
    assert caught.value.problems[0].code == "E104"
