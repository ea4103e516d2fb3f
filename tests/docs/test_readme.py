"""The README's walk-through: its model prints what the README says, and its picture is the one in the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def timeless(text: str) -> str:
    return re.sub(r"\d+\.\d+ s", "T", text).strip()


def test_the_walk_through_is_true(tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(block("python"))
    command = [sys.executable, "-m", "checker.cli", "verify", "counter.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 12
    assert timeless(done.stdout) == timeless(block("text"))
    picture = tmp_path / "evacheck-out" / "counter-nothing_is_lost.svg"
    assert picture.read_text() == (ROOT / "docs" / "images" / "counter.svg").read_text()
