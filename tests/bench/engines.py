"""Where each engine wins: time from command to verdict for the same question to each. Prints a table; gates nothing.

    uv run python -m tests.bench --engines

A cell says what the engine answers within the limit, and when. `-` is no answer by then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ENGINES = ("explicit", "bmc", "induction")


@dataclass(frozen=True)
class Question:
    """A property of a model at one size."""

    text: str
    model: str
    settings: tuple[str, ...]
    property: str


QUESTIONS = (
    Question("marking holds, 2 objects", "spec.gc.marking:Marking", (), "no_missed_mark"),
    Question("marking holds, 3 objects", "spec.gc.marking:Marking", ("objects=3",), "no_missed_mark"),
    Question("marking holds, 6 objects", "spec.gc.marking:Marking", ("objects=6",), "no_missed_mark"),
    Question(
        "deletion breaks, any heap, 2 objects",
        "spec.gc.marking:Marking",
        ("barrier=deletion", "any_heap=true"),
        "no_missed_mark",
    ),
    Question(
        "deletion breaks, any heap, 4 objects",
        "spec.gc.marking:Marking",
        ("objects=4", "barrier=deletion", "any_heap=true"),
        "no_missed_mark",
    ),
    Question("Peterson's algorithm", "spec.classics.peterson:Peterson", (), "mutual_exclusion"),
)


def ask(question: Question, engine: str, cache: Path, limit: int) -> str:
    """What an engine says within so many seconds, and how long that takes it."""
    command = [sys.executable, "-m", "checker.cli", "verify", question.model, "--engine", engine, "--json", "--fresh"]
    command += ["--property", question.property, "--time", f"{limit}s", "--out", str(cache / "out")]
    for setting in question.settings:
        command += ["--set", setting]
    environment = {**os.environ, "EVACHECK_CACHE": str(cache)}
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    took = time.perf_counter() - began
    results = {each["property"]: each for each in json.loads(done.stdout)["results"]}
    verdict = results[question.property]["verdict"]
    return "-" if verdict in ("unknown", "bounded") else f"{verdict} {took:.1f} s"


def measure_engines(cache: Path, limit: int = 60) -> None:
    """Print what each engine says to each question. Models are compiled before they are timed."""
    print(f"\ntime to verdict, at most {limit} s; models were compiled before")
    print(f"  {'':38}" + "".join(f"{engine:>18}" for engine in ENGINES))
    for question in QUESTIONS:
        ask(question, "explicit", cache, 1)
        cells = [ask(question, engine, cache, limit) for engine in ENGINES]
        print(f"  {question.text:38}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
