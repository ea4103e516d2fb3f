"""The README: its model prints what it says, its test fails as it says, and it stays short."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.pages import ROOT, agree, run

TEXT = (ROOT / "README.md").read_text()
(MODEL,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
(LINE,) = re.findall(r"`(evacheck\.verify\(.*?\.check\(\))`", TEXT)
TEST = f"\n\nimport evacheck\n\ndef test_counter():\n    {LINE}\n"
(SHOWN,) = re.findall(r"^```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_walk_through_is_true(tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(MODEL)
    agree(SHOWN, run(tmp_path, "evacheck verify counter.py"))


def test_the_line_for_pytest_fails_with_the_trace(tmp_path: Path) -> None:
    (tmp_path / "test_counter.py").write_text(MODEL + TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_counter.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed" in done.stdout
    assert "CheckFailed" in done.stdout
    assert re.search(r"State 5 violates nothing_is_lost", done.stdout), done.stdout


def test_it_is_read_in_a_few_minutes() -> None:
    assert TEXT.count("\n") <= 120


def test_links_come_after_the_example() -> None:
    before = TEXT.partition("```python")[0]
    assert re.findall(r"(?<!!)\[[^]]*\]\((?!https?:)", before) == []
