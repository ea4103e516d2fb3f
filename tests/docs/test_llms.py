"""llms.txt: what it links to is there, every page that one works with is in it, and its commands are commands."""

from __future__ import annotations

import re

import pytest

from checker.commands.starting import COMMANDS
from checker.contract.wording import Status
from tests.support.pages import ROOT

TEXT = (ROOT / "llms.txt").read_text("utf-8")


def test_what_it_links_to_is_there_and_no_page_to_work_with_is_missing() -> None:
    linked = set(re.findall(r"\]\(([^)]+)\)", TEXT))
    assert [link for link in linked if not (ROOT / link).is_file()] == []
    pages = [page for folder in ("tutorial", "how-to", "reference") for page in (ROOT / "docs" / folder).glob("*.md")]
    missing = {str(page.relative_to(ROOT)) for page in pages} - linked
    assert missing == set(), "a new page wants a line in llms.txt"


def test_it_begins_as_the_form_wants_it() -> None:
    """A heading, and a summary in a quotation: what readers of such files look for."""
    assert re.match(r"# evacheck\n\n> [^\n]+\n\n", TEXT)


def test_its_commands_and_statuses_are_ours() -> None:
    known = {each.name for each in COMMANDS}
    assert set(re.findall(r"`evacheck ([a-z-]+)", TEXT)) <= known
    (line,) = [line for line in TEXT.splitlines() if line.startswith("- Exit status: ")]
    said = {int(number) for number in re.findall(r"\b\d+\b", line)}
    assert said == {int(each) for each in Status} - {Status.NOT_AS_EXPECTED, Status.BUG}


@pytest.mark.parametrize("page", ["verdicts", "command"])
def test_every_exit_status_is_in_both_tables(page: str) -> None:
    """13, of what never comes, was missing in the one."""
    _, _, table = (ROOT / f"docs/reference/{page}.md").read_text().partition("## Exit status")
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {
        int(each) for each in Status
    }
