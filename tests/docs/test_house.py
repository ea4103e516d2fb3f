"""The house rules that a machine can hold: docstrings, lengths, and what must not be imported."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for folder in ("checker", "counterexamples", "spec") for path in (ROOT / folder).rglob("*.py"))
OTHERS = sorted(path for folder in ("evacheck", "tests") for path in (ROOT / folder).rglob("*.py"))
LONGEST_MODULE = 500
LONGEST_FUNCTION = 60


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_opens_with_what_it_decides_and_is_short(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert text.strip() == "" or ast.get_docstring(tree), "no docstring"
    assert text.count("\n") <= LONGEST_MODULE, "too long a module: the design wants a change"
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in functions(tree)
        if node.end_lineno is not None and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long, "too long a function: the design wants a change"


def test_no_file_of_tests_or_of_the_public_door_is_too_long() -> None:
    """Seven were: what belongs to one subject was looked for in a file of six hundred lines."""
    long = {shown(path): path.read_text().count("\n") for path in OTHERS}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}, "one file, one subject"


def test_no_test_imports_another() -> None:
    """What 19 of them took from each other was found by nobody who looked for it in tests/support."""
    taken = re.compile(
        r"^(?:from|import) (tests\.(?:\w+\.)*test_\w+)|^from tests(?:\.\w+)+ import .*\btest_", re.MULTILINE
    )
    tests = [path for path in OTHERS if "tests" in path.parts]
    assert {shown(path): found[0] for path in tests if (found := taken.search(path.read_text()))} == {}


@pytest.mark.parametrize("path", [path for path in MODULES if "spec" not in path.parts], ids=shown)
def test_public_names_say_what_they_mean(path: Path) -> None:
    tree = ast.parse(path.read_text())
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, "a public name has a sentence"


def imported_by(code: str) -> set[str]:
    """The top-level modules that running `code` in a fresh Python imports."""
    command = [sys.executable, "-c", code + "\nimport sys; print(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_the_command_does_not_wait_for_a_compiler() -> None:
    loaded = imported_by("import checker.cli, checker.check")
    assert not loaded & {"llvmlite", "z3", "hypothesis"}


def test_a_model_is_ordinary_python() -> None:
    loaded = imported_by("import spec.gc.marking, spec.go_map.classic")
    assert not loaded & {"llvmlite", "networkx", "rich", "typer"}


def test_what_was_meant_is_asked_in_one_place_and_in_one_way() -> None:
    elsewhere = [path for path in MODULES if shown(path) != "checker/errors.py"]
    asks = [shown(path) for path in elsewhere if {"get_close_matches", "Did you mean"} & set(_words(path))]
    assert not asks, "use checker.errors.nearest and did_you_mean"


def _words(path: Path) -> Iterator[str]:
    text = path.read_text()
    return (words for words in ("get_close_matches", "Did you mean") if words in text)
