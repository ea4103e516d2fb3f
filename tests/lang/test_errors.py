"""Every message, whole: place, code, problem and remedy. A confusing message is a bug.

`messages/` holds what is written and, behind `>`, what is said of it: line and column, code, problem, remedy.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import ModelError
from checker.lang.load import compile_model, load
from tests.lang.support import body, problems, said

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
"""
FIRST = 16  # the line on which the text of a step begins


def _cases(name: str) -> list[tuple[str, str]]:
    """The texts of a file of messages, each with what is said of it."""
    text = (Path(__file__).parent / "messages" / name).read_text()
    cases = []
    for case in text.strip("\n").split("\n\n"):
        lines = case.split("\n")
        written = [line for line in lines if not line.startswith("> ")]
        cases.append(("\n".join(written), "\n".join(line for line in lines if line.startswith("> "))))
    return cases


def _said(source: str, above: int, left: int) -> str:
    """What is said of a model, as the files of messages have it, with lines and columns counted from a place in it."""
    lines = []
    for problem in problems(source):
        assert problem.span is not None
        lines.append(f"> {problem.span.line - above}:{problem.span.column - left} {problem.code} {problem.problem}")
        lines.append(f">     {problem.remedy}")
    return "\n".join(lines)


@pytest.mark.parametrize(("text", "wanted"), _cases("steps.txt"))
def test_a_mistake_in_a_step(text: str, wanted: str) -> None:
    assert _said(body(text, VARIABLES, MORE), FIRST - 1, 8) == wanted


@pytest.mark.parametrize(("text", "wanted"), _cases("models.txt"))
def test_the_mistakes_of_a_model(text: str, wanted: str) -> None:
    assert _said(text, 0, 0) == wanted


def test_a_column_counts_characters_and_not_bytes() -> None:
    (line, _) = said(body("é = 1; self.x = é + self.yy")).splitlines()
    assert line == "model.py:5:29: E212 the model has no 'yy'"


def test_a_set_that_is_too_large_is_reported_once_a_line() -> None:
    found = said(body("v = {i * 1000 for i in range(9)}\nself.x = len(v | {1})")).splitlines()
    assert found[0] == "model.py:5:13: E313 a set of Range(8001) could have more than 4,096 members"
    assert [line.partition(" ")[0] for line in found[::2]] == ["model.py:5:13:", "model.py:6:22:"]


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
