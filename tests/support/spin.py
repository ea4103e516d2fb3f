"""Runs Spin on an exported model: how many states it stores, and what it finds wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

THERE = all(shutil.which(each) for each in ("spin", "gcc"))
WHY = "spin and gcc are not installed: `apt install spin gcc` brings them"


@dataclass(frozen=True)
class Said:
    """What `pan` printed: states stored, whether an assertion was violated, and whether an end state was invalid."""

    states: int
    violated: bool
    stuck: bool


def spin(folder: Path, text: str, *defines: str, count: bool = False) -> Said:
    """Search all states of a Promela text; to `count` them, whatever is violated is passed over."""
    (folder / "model.pml").write_text(text)
    run = lambda *words: subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)  # noqa: E731
    made = run("spin", "-a", "-o1", "-o2", "-o3", *(f"-D{each}" for each in defines), "model.pml")
    assert made.returncode == 0 and "rror" not in made.stdout, made.stdout + made.stderr
    built = run("gcc", "-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=4096", "-o", "pan", "pan.c")
    assert built.returncode == 0, built.stderr
    done = run("./pan", "-m1000000", "-w20", *(["-A", "-E"] if count else []))
    found = re.search(r"(\d+) states, stored", done.stdout)
    assert found is not None and "max search depth too small" not in done.stdout, done.stdout + done.stderr
    return Said(int(found[1]), "assertion violated" in done.stdout, "invalid end state (at" in done.stdout)
