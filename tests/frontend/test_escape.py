"""Where a local is changed in place after it was stored, whatever stands around it; and how narrow bounds are."""

from __future__ import annotations

import ast
import textwrap

import pytest

from checker.frontend.escape import changed_after_stored
from checker.frontend.values import integer_bounds
from checker.ir.types import IntType

STORE, CHANGE = "self.kept = x", "x.add(1)"
AROUND = [
    "{}",
    "if self.c:\n    {}",
    "if self.c:\n    pass\nelse:\n    {}",
    "match self.n:\n    case 1:\n        pass\n    case 2:\n        {}",
    "for i in self.s:\n    {}",
    "while self.c:\n    if self.c:\n        {}",
]


def changed(*statements: str) -> int | None:
    """The line of the change, counted from 1."""
    text = "\n".join(statements)
    function = ast.parse(f"def f(self):\n{textwrap.indent(text, '    ')}").body[0]
    assert isinstance(function, ast.FunctionDef)
    found = changed_after_stored(function, "x")
    return None if found is None else getattr(found, "lineno", 0) - 1


@pytest.mark.parametrize("around", AROUND)
def test_a_change_after_a_store_is_found_within_any_statement(around: str) -> None:
    lines = around.count("\n")
    assert changed(STORE, around.format(CHANGE)) == 2 + lines
    assert changed(around.format(STORE), CHANGE) == 2 + lines
    assert changed(CHANGE, around.format(STORE)) is None
    assert changed(around.format(CHANGE), STORE) is None


@pytest.mark.parametrize("loop", ["for i in self.s:", "while self.c:"])
def test_a_later_round_changes_what_an_earlier_one_stored_unless_it_makes_it_anew(loop: str) -> None:
    assert changed(f"{loop}\n    {CHANGE}\n    {STORE}") == 2
    assert changed(f"{loop}\n    x = set()\n    {CHANGE}\n    {STORE}") is None


@pytest.mark.parametrize(
    ("op", "left", "right"),
    [
        ("+", (-2, 9), (1, 3)),
        ("-", (-2, 9), (1, 3)),
        ("*", (-2, 9), (-3, 4)),
        ("//", (-7, 9), (2, 3)),
        ("//", (0, 9), (-2, 3)),
        ("%", (0, 9), (3, 3)),
        ("%", (0, 9), (1, 4)),
        ("%", (0, 2), (5, 5)),
        ("%", (-9, 9), (3, 3)),
        ("%", (-9, 9), (-3, -3)),
        ("min", (0, 9), (3, 5)),
        ("max", (0, 9), (3, 5)),
        ("&", (0, 15), (0, 7)),
        ("|", (0, 4), (0, 3)),
        ("<<", (-1, 3), (0, 2)),
        (">>", (-8, 8), (0, 2)),
    ],
)
def test_bounds_are_as_narrow_as_what_comes_out(op: str, left: tuple[int, int], right: tuple[int, int]) -> None:
    """Wider ones would ask for checks that cannot fail; that they are wide enough is held beside what Python says."""
    apply = {"min": min, "max": max}.get(op) or eval(f"lambda a, b: a {op} b")
    pairs = [(a, b) for a in range(left[0], left[1] + 1) for b in range(right[0], right[1] + 1)]
    results = [apply(a, b) for a, b in pairs if b != 0 or op not in ("//", "%")]
    assert integer_bounds(op, IntType(*left), IntType(*right)) == IntType(min(results), max(results))
