"""Runs CoSA, a model checker of hardware on PyPI, on a BTOR2 text: which `bad` it reaches, and after how many frames.

It is of 2019, and imports from `collections` what Python has moved since; so it is started with that put back. It reads
no `justice`, and no division.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

THERE = importlib.util.find_spec("cosa") is not None
WHY = "CoSA is not here: `uv run --with cosa pytest tests/export` brings it"
_START = """
import collections, collections.abc, sys
collections.Sequence = collections.abc.Sequence
from cosa.shell import main
sys.exit(main())
"""
_SAID = re.compile(r"\*\* Problem embedded_assertion_(\d+) \*\*\n(.*?)(?=\*\* Problem|\Z)", re.DOTALL)


def cosa(folder: Path, text: str, frames: int) -> Mapping[str, int | None]:
    """For each `bad`, by its name, the frame in which it is true first, counted from 0; None if in none of so many."""
    bad = "\n".join(line for line in text.splitlines() if " justice " not in line)  # which it does not read
    (folder / "model.btor2").write_text(f"{bad}\n")
    words = ["-i", "model.btor2", "--verification", "safety", "--strategy", "BWD", "--solver-name", "z3"]
    words += ["-k", str(frames)]
    done = subprocess.run(
        [sys.executable, "-c", _START, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    names = re.findall(r"(?m)^\d+ bad \d+ (\S+)$", text)
    found = {names[int(number)]: _frame(said) for number, said in _SAID.findall(done.stdout)}
    assert list(found) == names, done.stdout + done.stderr
    return found


def _frame(said: str) -> int | None:
    (result,) = re.findall(r"Result: (\w+)", said)
    if result == "UNKNOWN":
        return None
    assert result == "FALSE", said
    return max(map(int, re.findall(r"---> STATE (\d+) <---", said)), default=0)
