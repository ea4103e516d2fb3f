"""The messages that tests/frontend/messages holds: what is written, what is said of it, and what mends it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from checker.codes_language import LANGUAGE
from checker.errors import ModelError, Problem
from checker.frontend.load import compile_model, load
from tests.frontend.support import body, problems

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


def cases_of(name: str) -> list[Case]:
    """The cases of a file of messages."""
    cases = []
    for case in (Path(__file__).parents[1] / "frontend" / "messages" / name).read_text().strip("\n").split("\n\n"):
        lines = case.split("\n")
        said = [line for line in lines if line.startswith("> ")]
        mended = [line[2:] for line in lines if line.startswith("+ ")]
        written = [line for line in lines if not line.startswith(("> ", "+ "))]
        cases.append(Case(name, "\n".join(written), "\n".join(said), "\n".join(mended)))
    return cases


CASES = [*cases_of("steps.txt"), *cases_of("models.txt"), *cases_of("files.txt")]


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


ELSEWHERE = (
    "E103",
    "E104",
    "E105",
    "E501",
    "E502",
    "E503",
    "E601",
    "E602",
)  # not said by the compiler: tested in test_codes, or with their engine


COMPILED = sorted(code for code in LANGUAGE if code not in ELSEWHERE)
