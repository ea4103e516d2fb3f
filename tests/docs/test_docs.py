"""Every Python block of README.md and docs/ runs: models compile, and what is marked as an error is that error.

A block is run as a module. One that begins with `# in a step of NAME` is the body of an action of a subclass of NAME, a
model defined earlier on the page. `# error: E305` ends a line that must be refused with that code; others may not be.

What a page links to is there, its heading included.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.lang import Model
from tests.frontend.support import PRELUDE, registered

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
# tests/docs/test_tutorial.py follows what is in the folder `tutorial`.
PAGES = [page for page in (ROOT / "README.md", *DOCS) if page.parent.name != "tutorial"]
# Files that import one another; tests/docs/test_how_to.py and test_from_other_checkers.py follow them in a folder.
APART = ("test-a-program-with-its-model.md", "from-tla.md", "from-pluscal.md", "from-promela.md")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
FRAGMENT = re.compile(r"# in a step of (\w+)\n")


def _with_blocks() -> list[Path]:
    return [page for page in PAGES if page.name not in APART and BLOCK.search(page.read_text())]


@pytest.mark.parametrize("page", _with_blocks(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page(page: Path) -> None:
    space: dict[str, Any] = {"__name__": page.stem}
    exec(PRELUDE, space)
    text = page.read_text()
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start(1)) + 1
        _check(found[1], f"{page.name}:{line}", space)


def _check(block: str, place: str, space: dict[str, Any]) -> None:
    fragment = FRAGMENT.match(block)
    before = set(space)
    if fragment:
        head = f"class Fragment({fragment[1]}):\n    @action\n    def fragment(self):\n"
        exec(compile(*registered(head + textwrap.indent(block, " " * 8), place)), space)
        made = [space.pop("Fragment")]
    else:
        head = ""
        exec(compile(*registered(block, place)), space)
        made = [space[name] for name in space if name not in before]
    models = [value for value in made if isinstance(value, type) and issubclass(value, Model)]
    wanted = {
        (number, code)
        for number, text in enumerate((head + block).splitlines(), start=1)
        for code in re.findall(r"# error: (E\d{3})", text)
    }
    said = {mistake for model in models for mistake in _mistakes(model, place)}
    assert said == wanted, f"{place}: {sorted(said ^ wanted)}"


def _mistakes(model: type[Model], place: str) -> set[tuple[int, str]]:
    try:
        compile_program(model())
    except ModelError as error:
        assert all(problem.span is not None for problem in error.problems)
        found = {(p.span.line, p.code) for p in error.problems if p.span is not None and p.span.file == place}
        abstract = model.__subclasses__() and {code for _, code in found} == {"E102"}  # it is there to inherit from
        return set() if abstract else found
    return set()


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    missing = []
    for link in LINK.findall(page.read_text()):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            missing.append(link)
    assert missing == []


def _anchors(page: Path) -> set[str]:
    """The headings of a page as they stand in addresses."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
