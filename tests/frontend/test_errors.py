"""Every message, whole: place, code, problem and remedy. A confusing message is a bug.

`messages/` holds what is written and, behind `>`, what is said of it: line and column, code, problem, remedy.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.codes_language import LANGUAGE
from checker.errors import ModelError
from checker.frontend.load import compile_model, load
from tests.frontend.support import body, said
from tests.support.messages import CASES, Case, found_in, said_of


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_said_of_a_mistake(case: Case) -> None:
    assert said_of(case) == case.said


@pytest.mark.parametrize("case", [case for case in CASES if case.mended], ids=str)
def test_a_model_with_its_remedies_applied_compiles(case: Case) -> None:
    assert found_in(case, case.mended) == ()


def test_every_code_has_a_case_whose_remedy_was_applied() -> None:
    codes = {code for case in CASES if case.mended for code in re.findall(r"(?m)^> \S+ (E\d{3})", case.said)}
    assert set(LANGUAGE) - codes == NO_REMEDY_IN_THE_TEXT


NO_REMEDY_IN_THE_TEXT = {"E104", "E105", "E501", "E502", "E503", "E601", "E602"}
"""Codes that the front end does not find by itself: engines do, and who leaves sizes open."""


def test_a_column_counts_characters_and_not_bytes() -> None:
    (line, _) = said(body("é = 1; self.x = é + self.yy")).splitlines()
    assert line == "model.py:5:29: E212 the model has no 'yy'"


def test_a_set_that_is_too_large_is_reported_once_a_line() -> None:
    found = said(body("v = {i * 1000 for i in range(9)}\nself.x = len(v | {1})")).splitlines()
    assert found[0] == "model.py:5:13: E313 a set of Range(8001) could have more than 4,096 members"
    assert [line.partition(" ")[0] for line in found[::2]] == ["model.py:5:13:", "model.py:6:22:"]


@pytest.mark.parametrize(
    ("first", "small", "large"),
    [
        ("None", "{1}", "{9000}"),
        ("(True, {1})", "(True, {2})", "(True, {9000})"),
        ("[{1} for i in self.T]", "[{2} for i in self.T]", "[{9000} for i in self.T]"),
    ],
)
def test_a_set_too_large_within_another_type_is_found_where_only_small_ones_are_written(
    first: str, small: str, large: str
) -> None:
    text = f"v = {first}\nif self.x == 1:\n    v = {small}\nif self.x == 2:\n    v = {large}"
    found = said(body(text, "T = Range(2)\nx = Var(Range(0, 9))"))
    assert "model.py:10:17: E313 a set of Range(1, 9000) could have more than 4,096 members" in found


def _refused(file: Path, text: str) -> str:
    file.write_text("from checker.lang import *\n" + text)
    with pytest.raises(ModelError) as caught:
        compile_model(load(str(file)), {})
    return str(caught.value).replace(str(file), file.name)


def test_places_in_a_class_body_come_from_its_file(tmp_path: Path) -> None:
    said = _refused(tmp_path / "still.py", "\n\nclass Still(Model):\n    x = Var(Bool)\n")
    assert said == (
        "still.py:4:1: E102 Still has no step: nothing can happen\n    Mark a method with @action or @process."
    )


def test_a_method_with_two_marks_is_refused_as_it_is_defined(tmp_path: Path) -> None:
    text = "class M(Model):\n    x = Var(Bool)\n    @always\n    @action\n    def a(self):\n        return True\n"
    assert _refused(tmp_path / "twice.py", text) == "twice.py:4:1: E206 'a' is marked twice\n    Give it one mark."
