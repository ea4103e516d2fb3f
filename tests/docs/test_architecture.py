"""docs/architecture.md and its picture are those of the tree as it is."""

from __future__ import annotations

import re

from tests.support import architecture

REMEDY = "run: uv run python -m tests.support.architecture"


def test_the_page_lists_every_file_as_it_describes_itself() -> None:
    assert architecture.page() == architecture.PAGE.read_text(encoding="utf-8"), REMEDY


def test_the_picture_shows_the_layers_that_lint_imports_holds() -> None:
    assert architecture.picture() == architecture.PICTURE.read_text(encoding="utf-8"), REMEDY


def test_every_folder_and_file_stands_in_a_layer() -> None:
    named = {name for layer in architecture.layers() for name in layer}
    loose = {f"checker.{path.stem}" for path in (architecture.ROOT / "checker").glob("*.py")} - {"checker.__init__"}
    folders = {f"checker.{path.parent.name}" for path in (architecture.ROOT / "checker").glob("*/__init__.py")}
    assert loose | folders | {"counterexamples", "evacheck"} == named


def test_every_path_that_the_page_names_is_there() -> None:
    text = architecture.PAGE.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:checker|counterexamples|spec)/[\w/]*(?:\.py)?)`", text):
        assert (architecture.ROOT / path).exists(), path
