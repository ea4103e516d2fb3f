"""The fast lane: its files are there, and they touch every room and every engine. What is slow is left out."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import EXTRAS, QUICK, asks_for_slow

TESTS = Path(__file__).parents[1]


def test_every_file_of_the_fast_lane_is_there() -> None:
    assert [name for name in QUICK if not (TESTS / name).is_file()] == []


def test_the_fast_lane_touches_every_room_and_every_engine() -> None:
    """`test_conformance` asks each engine; what it asks is shallow, and that is the point."""
    rooms = {
        "certificates",
        "contract",
        "counterexamples",
        "docs",
        "engines",
        "evacheck",
        "frontend",
        "ir",
        "models",
        "semantics",
    }
    assert {name.partition("/")[0] for name in QUICK} == rooms
    assert "engines/test_conformance.py" in QUICK


@pytest.mark.parametrize(
    ("marks", "named", "runs"),
    [("", "tests", False), ("quick", "tests/models", False), ("slow", "tests", True), ("", "tests/a.py::test_b", True)],
)
def test_slow_tests_run_where_their_mark_or_a_test_is_named(marks: str, named: str, runs: bool) -> None:
    config: Any = SimpleNamespace(option=SimpleNamespace(markexpr=marks), args=[named])
    assert asks_for_slow(config) == runs


def test_a_mark_is_written_where_it_is_used() -> None:
    """`needs_cvc5 = pytest.mark.needs("cvc5")` hid from `pytest -m needs` all tests of what the extra `recheck` brings:
    .ci/run tried none of them."""
    other_name = re.compile(r"^(?!pytestmark)\w+ = (?:\w+\()?pytest\.mark\.(?!parametrize)\w+", re.MULTILINE)
    found = {path: other_name.findall(path.read_text()) for path in TESTS.rglob("*.py")}
    assert {path.name: names for path, names in found.items() if names} == {}


def test_every_module_that_a_test_needs_comes_with_an_extra_that_ci_run_installs() -> None:
    """Of one, a run without its extra said KeyError: 'pygls' instead of what brings it."""
    needed = {
        name
        for path in TESTS.rglob("test_*.py")
        for names in re.findall(r"^@pytest\.mark\.needs\((.*)\)$", path.read_text(), re.MULTILINE)
        for name in re.findall(r'"(\w+)"', names)
    }
    assert needed == set(EXTRAS)
    (installed,) = re.findall(r"^for extra in (.*); do$", (TESTS.parent / ".ci" / "run").read_text(), re.MULTILINE)
    assert set(EXTRAS.values()) == set(installed.split())
