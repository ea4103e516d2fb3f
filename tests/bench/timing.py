"""Run a command and say what it took: wall time, processor time, memory, and what else the machine was doing meanwhile.

Wall time counts what neighbours do; processor time does not, but for the caches and the memory that they share.
`/proc/stat` tells how busy the whole machine was, and how much the host took away (steal). Where there is none, nothing
is known of others, and the table says so.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_STAT = Path("/proc/stat")
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_IDLE = (3, 4)  # of the numbers in /proc/stat's first line: idle, waiting for a disk
_COUNTED = 8  # steal is the last of these; what guests take, in the numbers after it, is counted before

QUIET = 0.1
"""Processors in use by others up to which a machine counts as idle: its own housekeeping takes a few hundredths."""


@dataclass(frozen=True)
class Run:
    """One finished command. `seconds` is wall time from outside, `processor` what it and its children took of
    processors; `memory` peak resident bytes; `others` how many processors were busy with something else meanwhile, on
    average, or taken away by the host: None where the system does not tell."""

    seconds: float
    processor: float
    memory: int
    others: float | None
    output: str


def run(
    command: list[str],
    folder: Path | None = None,
    extra: Mapping[str, str] | None = None,
    good: tuple[int, ...] = (0,),
) -> Run:
    """Run a command to its end; an exit status that is not `good` stops the measurement."""
    with tempfile.TemporaryFile("w+") as output:
        before, start = _busy(), time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=output, env={**os.environ, **(extra or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds, after = time.perf_counter() - start, _busy()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode not in good:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    processor = usage.ru_utime + usage.ru_stime
    others = None if before is None or after is None else max(0.0, after - before - processor) / seconds
    return Run(seconds, processor, usage.ru_maxrss * 1024, others, text)


def load(others: float | None) -> str:
    """What is to be said of a measurement that so many processors of others went along with."""
    if others is None:
        return "what else was running is not known here"
    if others < QUIET:
        return "nothing else was running"
    return f"others used {others:.1f} of {os.cpu_count()} processors: wall time says little"


def _busy() -> float | None:
    """Seconds that all processors together have been busy, or taken away, since the machine started."""
    try:
        numbers = [int(each) for each in _STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]]
    except (OSError, ValueError):
        return None
    return sum(each for at, each in enumerate(numbers[:_COUNTED]) if at not in _IDLE) / _TICK
