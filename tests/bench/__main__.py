"""Measure evacheck beside Spin and hand-written C, in one run on this machine. Prints a table; gates nothing.

    uv run python -m tests.bench [--quick | --engines] [--rounds N]

The same algorithm three times: `spec.gc.marking:Marking`, `marking.pml` and `marking.c` beside this file. Only ratios
within one run mean anything; each round runs all contestants in turn, and the median of the rounds is shown. A tool
that is not installed gives an empty row (`apt-get install spin gcc`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.engines import measure_engines

HERE = Path(__file__).parent
MODEL = "spec.gc.marking:Marking"
STATES = {2: 1_162_056, 3: 20_383_625}
INCONCLUSIVE = 3
FIXED_MEMORY = 400 * 1024 * 1024


@dataclass(frozen=True)
class Run:
    """One finished command: wall seconds from outside, peak resident bytes, what it printed."""

    seconds: float
    memory: int
    output: str


def run(
    command: list[str],
    folder: Path | None = None,
    extra: Mapping[str, str] | None = None,
    good: tuple[int, ...] = (0,),
) -> Run:
    """Run a command to its end; an exit status that is not `good` stops the measurement."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=output, env={**os.environ, **(extra or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode not in good:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    return Run(seconds, usage.ru_maxrss * 1024, text)


def evacheck(model: str, cache: Path, *options: str, engine: str = "explicit") -> Run:
    """One whole `evacheck verify` command."""
    command = [sys.executable, "-m", "checker.cli", "verify", model, "--engine", engine, "--json", *options]
    return run(command, extra={"EVACHECK_CACHE": str(cache)}, good=(0, INCONCLUSIVE))


def search_seconds(done: Run, states: int) -> float:
    """The engine's own time for the search; stops when the count is not the known one."""
    result = json.loads(done.output)["results"][0]
    if result["distinct"] != states:
        raise SystemExit(f"expected {states:,} states, got {result['distinct']:,}")
    return float(result["seconds"])


def compile_c(folder: Path, objects: int) -> Path | None:
    if shutil.which("gcc") is None:
        return None
    program = folder / "marking"
    source = str(HERE / "marking.c")
    run(["gcc", "-O3", "-march=native", f"-DNH={objects}", "-o", str(program), source])
    return program


def compile_spin(folder: Path) -> Path | None:
    if shutil.which("spin") is None or shutil.which("gcc") is None:
        return None
    shutil.copy(HERE / "marking.pml", folder)
    run(["spin", "-a", "marking.pml"], folder)
    run(["gcc", "-O3", "-march=native", "-DSAFETY", "-DMEMLIM=16000", "-w", "-o", "pan", "pan.c"], folder)
    return folder / "pan"


def time_c(program: Path) -> float:
    """Seconds that marking.c itself measured for its search."""
    return float(run([str(program), "25"]).output.split()[6].rstrip("s"))


def time_spin(program: Path) -> float:
    """Wall seconds of pan."""
    return run([str(program), "-w25", "-m20000000", "-E"]).seconds


def rate(seconds: list[float], objects: int = 3) -> float:
    """States a second, by the median."""
    return STATES[objects] / statistics.median(seconds)


def measure_speed(folder: Path, cache: Path, rounds: int) -> None:
    """Marking with three objects: everyone in turn."""
    c, spin = compile_c(folder, 3), compile_spin(folder)
    evacheck(MODEL, cache, "--set", "objects=3", "--max-states", "1000")  # compiled once, so that a search is measured
    times: dict[str, list[float]] = {}
    memory = 0
    for _ in range(rounds):
        for workers in (1, 2):
            done = evacheck(MODEL, cache, "--set", "objects=3", "--workers", str(workers))
            times.setdefault(f"evacheck, {workers} worker{'s' if workers > 1 else ''}", []).append(
                search_seconds(done, STATES[3])
            )
            memory = max(memory, done.memory) if workers == 1 else memory
        if c is not None:
            times.setdefault("marking.c, 1 thread", []).append(time_c(c))
        if spin is not None:
            times.setdefault("Spin's pan", []).append(time_spin(spin))
    print(f"\nmarking, objects=3: {STATES[3]:,} states, median of {rounds}; last: evacheck's 1 worker over this")
    base = rate(times["evacheck, 1 worker"])
    for name, seconds in times.items():
        print(f"  {name:22}{statistics.median(seconds):8.2f} s{rate(seconds) / 1e6:8.2f} M states/s", end="")
        print(f"{base / rate(seconds):8.2f}")
    each = max(0, memory - FIXED_MEMORY) / STATES[3]
    print(f"  memory, 1 worker: {memory / 1e6:,.0f} MB at most, {each:.1f} bytes a state beyond 400 MB")


def measure_walk(cache: Path, rounds: int) -> None:
    """Random steps a second, of runs that find nothing."""
    print("\nmarking, objects=3: random walk, median")
    for workers in (1, 2):
        rates = []
        for _ in range(rounds):
            options = ("--property", "no_missed_mark", "--runs", "200000", "--workers", str(workers))
            done = evacheck(MODEL, cache, "--set", "objects=3", *options, engine="walk")
            result = json.loads(done.output)["results"][0]
            rates.append(result["steps"] / (result["seconds"] - result["compile_seconds"]) / 1e6)
        print(f"  evacheck, {workers} worker{'s' if workers > 1 else ' '}   {statistics.median(rates):8.2f} M steps/s")


def measure_waits(cache: Path, rounds: int) -> None:
    """From the command to the verdict, the whole process."""
    print("\nthe wait, from command to verdict")
    first = evacheck(MODEL, cache, "--set", "objects=2")
    print(f"  marking, objects=2, first ever    {first.seconds:6.2f} s")
    again = [evacheck(MODEL, cache, "--set", "objects=2").seconds for _ in range(rounds)]
    print(f"  marking, objects=2, again         {statistics.median(again):6.2f} s")
    small = "spec.classics.two_phase:TwoPhase"
    evacheck(small, cache)
    again = [evacheck(small, cache).seconds for _ in range(rounds)]
    print(f"  two-phase commit (288), again     {statistics.median(again):6.2f} s")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure evacheck beside Spin and C. Gates nothing.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--quick", action="store_true", help="only the waits")
    parser.add_argument("--engines", action="store_true", help="only which engine wins where")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.engines:
            measure_engines(folder / "cache")
            return
        measure_waits(folder / "cache", options.rounds)
        if not options.quick:
            measure_speed(folder, folder / "cache", options.rounds)
            measure_walk(folder / "cache", options.rounds)


if __name__ == "__main__":
    main()
