"""`evacheck skill`: what it prints is made of pages, can be followed, and leads to every page that one works with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.commands.skill import instructions, pages, whole
from checker.errors import UsageError
from tests.support import forked
from tests.support.pages import BLOCK, follow

TEXT = instructions()


def test_who_follows_it_finds_a_bug_keeps_it_and_mends_it(tmp_path: Path) -> None:
    assert follow(TEXT, tmp_path) == 7
    blocks = BLOCK.findall(TEXT)
    assert len(blocks) == TEXT.count("\n```python\n") + TEXT.count("\n```console\n") == TEXT.count("\n```\n")


def test_it_is_a_file_that_assistants_know_how_to_load() -> None:
    """The form of a SKILL.md: a name of small letters, and a description of at most 1,024 characters."""
    found = re.match(r"---\nname: ([a-z-]+)\ndescription: >-\n((?:  .*\n)+)---\n\n# evacheck\n", TEXT)
    assert found is not None and found[1] == "evacheck" and len(found[2]) < 1024
    assert TEXT.count("\n") < 400, "whoever reads all of it before the first line of a model has read enough"


def test_it_holds_no_link_that_leads_nowhere_where_it_is_read() -> None:
    texts = {"": TEXT} | {name: whole(name) for name in pages()}
    for name, text in texts.items():
        words = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        assert re.findall(r"(?<!!)\[[^]]*\]\((?!https?:)[^)]*\)", words) == [], name
        assert set(re.findall(r"`evacheck skill ([a-z-]+)`", text)) <= set(pages()), name


def test_a_page_is_printed_whole_and_a_misspelt_one_is_guessed(tmp_path: Path) -> None:
    done = forked.command(tmp_path, ["skill", "language"])
    assert done.returncode == 0 and done.stdout.startswith("# The language\n") and "# error: E305" in done.stdout
    with pytest.raises(UsageError, match=r"U008 there is no page 'langage'\n    Did you mean `language`\?"):
        whole("langage")
