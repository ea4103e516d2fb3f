"""`evacheck skill`: what an assistant needs to write, verify, read and mend a model, made of sections of docs/.

Nothing is said here that a page does not say. The pages come with a wheel.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from checker.commands.common import screen
from checker.errors import UsageError, unknown_name

_BESIDE = Path(__file__).parents[2]
"""Where `docs` and `llms.txt` are: a clone, or the package `evacheck` of a wheel."""
_HEAD = """\
---
name: evacheck
description: >-
  Write a concurrent or distributed algorithm as a small Python model, decide whether it can go wrong with the command
  `evacheck`, read the counterexample, and mend it. For races, deadlocks, lost updates, protocols, lock-free structures.
---
"""


class Extent(Enum):
    """What is taken of a section."""

    WHOLE = "all of it"
    TABLES = "its tables"
    WORDS = "all but its code"


_SECTIONS = (
    ("first-bug", Extent.WHOLE, ("An algorithm", "The bug", "Keep it", "Mend it")),
    ("language", Extent.TABLES, ("A model", "Types and values", "Statements")),
    ("language", Extent.WORDS, ("Choosing and requiring", "Processes")),
    ("language", Extent.TABLES, ("What is refused",)),
    ("safety-and-liveness", Extent.WHOLE, ("Which mark", "Which fairness", "What the verdict says")),
    ("read-a-counterexample", Extent.TABLES, ("2. Which step did it?",)),
    ("read-a-counterexample", Extent.WHOLE, ("5. Is it the bug, or the model?",)),
    ("make-a-model-smaller", Extent.WHOLE, ("When it is still too large",)),
)
"""Sections of pages, in the order in which they are printed. `Keep it` is there for the test that `Mend it` runs."""
_FENCED = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[([^]]*)\]\(([^)]*)\)")


def skill(
    page: Annotated[
        str | None, typer.Argument(metavar="[PAGE]", help="A page of the manual, whole, such as `language`.")
    ] = None,
) -> None:
    """Print what an assistant needs to know to work with evacheck, or a page of the manual."""
    screen.text(instructions() if page is None else whole(page))


def instructions() -> str:
    """The instructions, as a file SKILL.md holds them."""
    found = pages()
    parts = [_HEAD, summary()]
    for page, taken, titles in _SECTIONS:
        text = _read(found[page])
        for title in titles:
            heading = re.sub(r"^\d+\. ", "", title)
            parts.append(f"## {heading}\n\n{_part(_section(text, title), taken)}")
    lines = "\n".join(f"- `{name}`: {_heading(path)}" for name, path in found.items())
    parts.append(f"## More\n\nEach is printed by `evacheck skill PAGE`:\n\n{lines}")
    return "\n".join(f"{_without_links(part, found).strip()}\n" for part in parts).rstrip()


def summary() -> str:
    """The instructions in a few lines: what llms.txt says before its links."""
    return _read(_BESIDE / "llms.txt").partition("\n## ")[0].strip()


def whole(page: str) -> str:
    """A page of the documentation, or the instructions, called `skill`. Raises UsageError U008 for no such page."""
    if page == "skill":
        return instructions()
    found = pages()
    if page not in found:
        raise unknown_name("U008", f"there is no page {page!r}", page, found)
    return _without_links(_read(found[page]), found).rstrip()


def pages() -> dict[str, Path]:
    """The pages that llms.txt names for work with evacheck, by name."""
    linked = re.findall(r"\]\((docs/(?:tutorial|reference|how-to)/[^)]+\.md)\)", _read(_BESIDE / "llms.txt"))
    return {Path(each).stem: _BESIDE / each for each in linked}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        problem = f"{path} cannot be read ({error.strerror})"
        raise UsageError("U010", problem, "Install evacheck again: its documentation comes with it.") from None


def _section(text: str, title: str) -> str:
    """What stands below a heading, up to the next of its rank."""
    pieces = _FENCED.split(text)  # a comment in code is no heading
    marked = (piece if at % 2 else re.sub(r"^## ", "\0", piece, flags=re.MULTILINE) for at, piece in enumerate(pieces))
    (found,) = [each for each in "".join(marked).split("\0")[1:] if each.partition("\n")[0] == title]
    return found.partition("\n")[2].strip()


def _part(text: str, taken: Extent) -> str:
    """What is taken of a section's text."""
    match taken:
        case Extent.WHOLE:
            return text
        case Extent.TABLES:
            return "\n".join(re.findall(r"(?:^\|.*(?:\n|\Z))+", text, re.MULTILINE))
        case Extent.WORDS:
            return re.sub(r"\n{3,}", "\n\n", _FENCED.sub("", text))
        case _:
            assert_never(taken)


def _heading(path: Path) -> str:
    return _read(path).partition("\n")[0].removeprefix("# ")


def _without_links(text: str, found: dict[str, Path]) -> str:
    """A text whose links to pages say how to print them; other links are their words."""

    def said(link: re.Match[str]) -> str:
        words, target = link[1], link[2]
        name = Path(target.partition("#")[0]).stem
        return f"{words} (`evacheck skill {name}`)" if name in found and "://" not in target else words

    pieces = _FENCED.split(text)
    return "".join(piece if at % 2 else _LINK.sub(said, piece) for at, piece in enumerate(pieces))
