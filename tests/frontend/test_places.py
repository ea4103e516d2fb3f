"""Every place of the front end that refuses something is reached by a case of `messages/`, whose text is tested whole.

A place is a call that reports a code, or that passes on what another function of the front end reports for it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import checker
from checker.errors import Problem
from tests.support.messages import CASES, said_of

ROOT = Path(checker.__file__).parent
FILES = [
    ROOT / "source.py",
    *(path for room in ("lang", "frontend", "ir") for path in sorted((ROOT / room).glob("*.py"))),
]
REPORTING = {"refuse", "report", "Problem", "FormError"}
PASSING_ON = {
    "mismatch",
    "unknown_name",
    "no_member",
    "no_method",
    "no_type",
    "too_deep",
    "_clash",
    "_incomparable",
    "_misfit",
    "_never_in",
    "_no_place",
    "_undecided",
    "_unknown",
}
ELSEWHERE: dict[tuple[str, str], str] = {
    ("_by_name", "E218"): "test_what_is_no_state_of_the_other_model_is_refused",
    ("point", "E212"): "test_what_is_no_state_of_the_other_model_is_refused",
    ("implements", "E206"): "test_the_mark_without_a_model_is_refused",
    ("rank", "E206"): "test_a_rank_is_of_one_property_takes_what_that_takes_and_returns_numbers",
    ("ranks", "E206"): "test_a_rank_is_of_one_property_takes_what_that_takes_and_returns_numbers",
    ("_wrong", "E206"): "test_a_rank_is_of_one_property_takes_what_that_takes_and_returns_numbers",
    ("_wrong", "E210"): "test_a_rank_is_of_one_property_takes_what_that_takes_and_returns_numbers",
    ("compile_program", "E204"): "test_helpers_that_call_one_another_too_deep_are_refused",
    ("_confirm_neighbours", "E103"): "test_a_neighbour_hidden_by_a_module_of_python_is_said",
    ("_names", "unknown_name"): "test_parameters_that_cannot_be_left_open",
    ("_problem", "E601"): "test_what_depends_on_the_size_is_refused_with_its_place",
    ("_confirm_same", "E602"): "test_what_depends_on_the_size_is_refused_with_its_place",
    ("_confirm_named_apart", "E602"): "test_declarations_that_depend_on_the_size_are_refused",
    ("_expression", "E403"): "nothing: the types forbid such a comparison already; it stays in case they do no longer",
}
"""Places that no case can lead to, each with the test that does, or why none can."""


@dataclass(frozen=True, order=True)
class Place:
    """A call in the source of the front end."""

    file: str
    first: int
    last: int
    function: str
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first} {self.function} {self.code}"


def _calls(node: ast.AST, inside: str) -> Iterator[tuple[ast.Call, str]]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, (ast.FunctionDef, ast.ClassDef))
        name = f"{inside}.{child.name}".lstrip(".") if named else inside  # type: ignore[attr-defined]
        if isinstance(child, ast.Call):
            yield child, inside
        yield from _calls(child, name)


def places() -> list[Place]:
    """Where the front end refuses something."""
    found = []
    for path in FILES:
        for call, function in _calls(ast.parse(path.read_text()), ""):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
            code = first if isinstance(first, str) and re.fullmatch(r"E\d{3}", first) else ""
            if (name in REPORTING and code) or name in PASSING_ON:
                found.append(
                    Place(
                        str(path.relative_to(ROOT)), call.lineno, call.end_lineno or call.lineno, function, code or name
                    )
                )
    return found


def _lines(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """The lines of the front end that were running whenever a problem was made, while all cases are read."""
    reached: set[tuple[str, int]] = set()
    make = Problem.__init__

    def noting(self: Problem, *arguments: Any, **named: Any) -> None:
        frame: Any = sys._getframe(1)
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path in FILES:
                reached.add((str(path.relative_to(ROOT)), frame.f_lineno))
            frame = frame.f_back
        make(self, *arguments, **named)

    monkeypatch.setattr(Problem, "__init__", noting)
    for case in CASES:
        said_of(case)
    return reached


def test_every_refusal_is_reached_by_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = _lines(monkeypatch)
    missing = [
        str(place)
        for place in places()
        if not any((place.file, line) in reached for line in range(place.first, place.last + 1))
        and (place.function, place.code) not in ELSEWHERE
    ]
    assert not missing, "add a case to tests/frontend/messages for each of these"
    assert set(ELSEWHERE) <= {(place.function, place.code) for place in places()}, "these are no more"
