"""Every message, whole: place, code, problem and remedy. A confusing message is a bug.

`messages/` holds what is written and, behind `>`, what is said of it: line and column, code, problem, remedy.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.codes_language import LANGUAGE
from checker.errors import ModelError, Problem
from checker.frontend.load import compile_model, load
from tests.frontend.support import body, problems, said

VARIABLES = """
x = Var(Range(0, 9))
s = Var(SetOf(Range(3)))
o = Var(Opt(Range(3)))
b = Var(Bool)
c = Var(Colour)
q = Var(Seq(Range(3), 2))
R = Record(f=Range(3), g=Bool)
r = Var(R)
a = Var(Array(Range(3), Bool))
"""
MORE = """
p = Param(3)
def f(self):
    return 1
def turn(self):
    self.s = {1}
    return 1
"""
FIRST = 19  # the line on which the text of a step begins


@dataclass(frozen=True)
class Case:
    """A text of a file of messages, what is said of it, and the text again with the remedies applied, if that stands
    there."""

    file: str
    text: str
    said: str
    mended: str

    def __str__(self) -> str:
        return self.text


def _cases(name: str) -> list[Case]:
    """The cases of a file of messages."""
    cases = []
    for case in (Path(__file__).parent / "messages" / name).read_text().strip("\n").split("\n\n"):
        lines = case.split("\n")
        said = [line for line in lines if line.startswith("> ")]
        mended = [line[2:] for line in lines if line.startswith("+ ")]
        written = [line for line in lines if not line.startswith(("> ", "+ "))]
        cases.append(Case(name, "\n".join(written), "\n".join(said), "\n".join(mended)))
    return cases


CASES = [*_cases("steps.txt"), *_cases("models.txt"), *_cases("files.txt")]


def found_in(case: Case, text: str) -> tuple[Problem, ...]:
    """What is wrong with a case's text, or with its mended one. `files.txt` holds files, and is loaded as such."""
    if case.file != "files.txt":
        return tuple(problems(body(text, VARIABLES, MORE) if case.file == "steps.txt" else text))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.py"
        file.write_text(f"from checker.lang import *; from checker import lang\n{text}\n")
        try:
            compile_model(load(f"{file}:M"), {})
        except ModelError as error:
            return error.problems
    return ()


def said_of(case: Case) -> str:
    """What is said of a case, as its file has it, with lines and columns counted from the first of its text; `-` where
    it has no place, for want of a file."""
    above, left = {"steps.txt": (FIRST - 1, 8), "models.txt": (0, 0), "files.txt": (1, 0)}[case.file]
    lines = []
    for problem in found_in(case, case.text):
        place = f"{problem.span.line - above}:{problem.span.column - left}" if problem.span is not None else "-"
        said_here = problem.problem if problem.span is None else problem.problem.replace(problem.span.file, "model.py")
        lines.append(f"> {place} {problem.code} {said_here.replace(':M failed', ' failed')}")
        lines.append(f">     {problem.remedy}")
    return "\n".join(lines)


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
