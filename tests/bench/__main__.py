"""Measure evacheck beside Spin and hand-written C, in one run on this machine. Prints tables; gates nothing.

    uv run python -m tests.bench [--waits | --speed | --liveness | --scale | --engines | --against FOLDER]
                                 [--precision 0.05] [--budget S]

The same algorithm three times: `spec.gc.marking:Marking`, `marking.pml` and `marking.c` beside this file. What is
compared runs in turn, A B A B ..., until the ratios are known to the precision or the budget of a table is over
(`contest`); every table says what else the machine was doing (`timing`). A tool that is not installed gives no row
(`apt-get install spin gcc`). `--against` compares compiling and searching with another checkout of evacheck.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.contest import Contestant, Ratio, Sample, busy, compare
from tests.bench.engines import measure_engines
from tests.bench.scale import measure_scale
from tests.bench.timing import Run, load, run

HERE = Path(__file__).parent
HOME = HERE.parents[1]
MARKING, MAP = "spec.gc.marking:Marking", "spec.go_map.collected:CollectedMap"
ENDING = "spec.gc.ending:EndingMarking"
DIE_HARD, TWO_PHASE = "spec.classics.diehard:DieHard", "spec.classics.two_phase:TwoPhase"
STATES = 20_383_625  # of the marking model with three objects
VERDICT = (0, 3, 12)  # exit statuses of a run that came to an end, whatever it found
FIXED_MEMORY = 400 * 1024 * 1024


@dataclass(frozen=True)
class Bench:
    """What all tables have in common. `cache` is a folder for machine code that nobody else uses."""

    folder: Path
    precision: float
    budget: float

    @property
    def cache(self) -> Path:
        """Where machine code is kept, from one command to the next."""
        return self.folder / "cache"

    def table(
        self, title: str, contestants: Sequence[Contestant], states: int | None = None, ratios: bool = True
    ) -> None:
        """Measure, and print a row for each: times, their spread, and where `ratios` matter, that to the first."""
        precision = self.precision if ratios else math.inf
        found = compare(contestants, precision, self.budget)
        print(f"\n{title}: {len(contestants[0].samples)} rounds, {load(busy(contestants))}")
        print(f"  {'seconds, median (least-greatest)':32}{'of the wall':>20}{'of processors':>20}", end="")
        print(f"{'ratio':>12}" if ratios else "")
        for contestant, ratio in zip(contestants, found, strict=True):
            times = "".join(f"{_times(contestant, what):>20}" for what in ("seconds", "processor"))
            print(f"  {contestant.name:32}{times}", end="")
            print(f"{_shown(ratio, contestant is contestants[0]):>12}" if ratios else "", end="")
            by = contestant.middle("seconds" if contestant.by_wall else "processor")
            print(f"{states / by / 1e6:8.2f} M states/s" if states else "", flush=True)
        if not all(ratio.known(precision) for ratio in found):
            print(f"  time was over before every ratio was known to {precision:.0%}")


def _times(contestant: Contestant, what: str) -> str:
    least, greatest = contestant.spread(what)
    return f"{contestant.middle(what):.2f} ({least:.2f}-{greatest:.2f})"


def _shown(found: Ratio, first: bool) -> str:
    return "1" if first else f"{found.value:.2f} ±{min(found.error, 9.99):.0%}"


def evacheck(bench: Bench, model: str, *options: str, engine: str = "explicit", fresh: bool = False) -> Run:
    """One whole `evacheck verify` command; `fresh` means that nothing has been compiled before."""
    command = [
        sys.executable,
        "-m",
        "checker.start",
        "verify",
        model,
        "--engine",
        engine,
        "--json",
        "--fresh",
        *options,
    ]
    with tempfile.TemporaryDirectory() as empty:
        cache = empty if fresh else str(bench.cache)
        return run(command, extra={"EVACHECK_CACHE": cache}, good=VERDICT)


def sample(done: Run) -> Sample:
    """The times of a whole command."""
    return Sample(done.seconds, done.processor, done.others, done.memory)


def part(bench: Bench, what: str, model: str, *settings: str, workers: int = 1, home: Path = HOME) -> Sample:
    """What to `compile` or to `search` a model takes, without the start of Python. Stops where a count is wrong."""
    return part_and_states(bench, what, model, *settings, workers=workers, home=home)[0]


def part_and_states(
    bench: Bench, what: str, model: str, *settings: str, workers: int = 1, home: Path = HOME
) -> tuple[Sample, int]:
    """The same, and how many states were visited."""
    with tempfile.TemporaryDirectory() as empty:
        extra = {"PYTHONPATH": str(home), "EVACHECK_CACHE": empty if what == "compile" else str(bench.cache)}
        done = run([sys.executable, str(HERE / "one.py"), what, model, str(workers), *settings], extra=extra)
    found = json.loads(done.output)
    if what.startswith("search") and (model, *settings) == (MARKING, "objects=3") and found["distinct"] != STATES:
        raise SystemExit(f"expected {STATES:,} states, got {found['distinct']:,}")
    return Sample(found["seconds"], found["processor"], done.others, done.memory), found["distinct"]


def compile_c(folder: Path) -> Path | None:
    """marking.c, with three objects."""
    if shutil.which("gcc") is None:
        return None
    program = folder / "marking"
    run(["gcc", "-O3", "-march=native", "-DNH=3", "-o", str(program), str(HERE / "marking.c")])
    return program


def compile_spin(folder: Path, liveness: bool = False) -> Path | None:
    """Spin's verifier of marking.pml, or of whether its marking ends."""
    if shutil.which("spin") is None or shutil.which("gcc") is None:
        return None
    shutil.copy(HERE / "marking.pml", folder)
    run(["spin", *(["-DLIVENESS"] if liveness else []), "-a", "marking.pml"], folder)
    kind, name = ("-DNFAIR=3", "pan-live") if liveness else ("-DSAFETY", "pan")
    run(["gcc", "-O3", "-march=native", kind, "-DMEMLIM=16000", "-w", "-o", name, "pan.c"], folder)
    return folder / name


def measure_waits(bench: Bench) -> None:
    """From the command to the verdict, the whole process."""

    def wait(name: str, model: str, *options: str, engine: str = "explicit", fresh: bool = False) -> Contestant:
        return Contestant(name, lambda: sample(evacheck(bench, model, *options, engine=engine, fresh=fresh)))

    for model in (MARKING, TWO_PHASE):
        evacheck(bench, model)  # compiled once
    helped = [sys.executable, "-m", "checker.start", "--help"]
    bench.table(
        "the wait, from command to verdict",
        (
            wait("DieHard (16)", DIE_HARD, engine="auto"),
            Contestant("--help", lambda: sample(run(helped))),
            wait("two-phase commit (288), again", TWO_PHASE),
            wait("marking, objects=2, again", MARKING),
            wait("marking, objects=2, first ever", MARKING, fresh=True),
        ),
        ratios=False,
    )


def measure_speed(bench: Bench) -> None:
    """Marking with three objects: everyone in turn, first one against one, then two workers against one."""
    c, spin = compile_c(bench.folder), compile_spin(bench.folder)
    part(bench, "search", MARKING, "objects=3")  # compiled once, so that a search is only that

    def search(name: str, workers: int, by_wall: bool) -> Contestant:
        return Contestant(name, partial(part, bench, "search", MARKING, "objects=3", workers=workers), by_wall)

    one = search("evacheck, 1 worker", 1, False)
    rows = [one] if c is None else [one, Contestant("marking.c, 1 thread", _running([str(c), "25"]))]
    bench.table(f"marking, objects=3, {STATES:,} states", rows, STATES)
    memory = max(each.memory for each in one.samples)
    each = max(0, memory - FIXED_MEMORY) / STATES
    print(f"  memory, evacheck, 1 worker: {memory / 1e6:,.0f} MB at most, {each:.1f} bytes a state beyond 400 MB")
    workers = [search("1 worker", 1, True), search("2 workers", 2, True)]
    bench.table("the same, two workers against one, by the wall's clock", workers, STATES)
    if spin is not None:  # apart: one round of it takes ten times as long as one of the others
        slow = Contestant("Spin's pan", _running([str(spin), "-w25", "-m20000000", "-E"]))
        bench.table("the same, beside Spin", [search("evacheck, 1 worker", 1, False), slow], STATES)


def measure_liveness(bench: Bench) -> None:
    """What temporal properties take beside exploring the same states: one that holds, and one that is violated."""
    for settings, what in ((("objects=3",), "holds"), (("objects=3", "stops=false"), "is violated")):
        rows = []
        for name, how in (("exploring", "search"), ("and deciding", "decide:marking_ends")):
            of = partial(part, bench, how, ENDING, *settings)
            of()  # compiled once, so that a search is only that
            rows.append(Contestant(name, of))
        bench.table(f"marking_ends {what}, {STATES:,} states", rows, STATES)
        memory = [max(each.memory for each in row.samples) for row in rows]
        print(f"  memory: {memory[0] / 1e6:,.0f} MB, and {memory[1] / 1e6:,.0f} MB with deciding")
    _measure_spin(bench)


def _measure_spin(bench: Bench) -> None:
    """Spin on the second of these. It has no strong fairness, so that there is nothing beside the first."""
    pan = compile_spin(bench.folder, liveness=True)
    if pan is None:
        return
    done = run([str(pan), "-a", "-f", "-w25", "-m1000000", "-E"], bench.folder)
    cycle, stored = (
        re.search(r"acceptance cycle \(at depth (\d+)\)", done.output),
        re.search(r"(\d+) states, stored", done.output),
    )
    found = f"a cycle at depth {cycle[1]}" if cycle else "no cycle"
    states = stored[1] if stored else "?"
    print(f"  Spin's pan -a -f, depth first: {found} after {states} states, {done.processor:.2f} s of processors")


def _running(command: list[str]) -> Callable[[], Sample]:
    return lambda: sample(run(command))


def measure_walk(bench: Bench) -> None:
    """Random steps a second, of runs that find nothing."""
    options = ("--set", "objects=3", "--property", "no_missed_mark", "--runs", "200000")
    steps: dict[int, int] = {}

    def walk(workers: int) -> Sample:
        done = evacheck(bench, MARKING, *options, "--workers", str(workers), engine="walk")
        steps[workers] = json.loads(done.output)["results"][0]["steps"]
        return sample(done)

    rows = [Contestant(f"workers: {workers}", partial(walk, workers), by_wall=True) for workers in (1, 2)]
    walk(1)  # compiles
    bench.table("marking, objects=3, random walk of 200,000 runs, the whole command", rows)
    for contestant, made in zip(rows, steps.values(), strict=True):
        print(f"  {contestant.name}: {made / contestant.middle('seconds') / 1e6:.1f} M steps/s")


def measure_against(bench: Bench, other: Path) -> None:
    """This checkout against another: what compiling and searching take."""
    for model, *settings in ((MARKING, "objects=3"), (MAP,)):
        for what in ("compile", "search"):
            of = partial(part, bench, what, model, *settings)
            for home in (HOME, other):
                of(home=home)  # compiled once, so that a search is only that
            rows = [Contestant("this", partial(of, home=HOME)), Contestant("the other", partial(of, home=other))]
            bench.table(f"{what} {' '.join((model, *settings))}", rows)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure evacheck beside Spin and C. Gates nothing.")
    parser.add_argument("--precision", type=float, default=0.05, help="how well every ratio is to be known (0.05)")
    parser.add_argument("--budget", type=float, default=120, help="seconds after which a table ends all the same (120)")
    parser.add_argument("--waits", action="store_true", help="only the waits")
    parser.add_argument("--speed", action="store_true", help="only how fast the marking model is explored")
    parser.add_argument("--liveness", action="store_true", help="only what temporal properties take")
    parser.add_argument("--scale", action="store_true", help="only what disks, checkpoints, actors and --reduce take")
    parser.add_argument("--engines", action="store_true", help="only which engine wins where")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="only this checkout against another one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), options.precision, options.budget)
        if options.engines:
            measure_engines(bench.cache)
        elif options.speed:
            measure_speed(bench)
        elif options.liveness:
            measure_liveness(bench)
        elif options.scale:
            measure_scale(partial(part_and_states, bench), bench.table, STATES)
        elif options.against is not None:
            measure_against(bench, options.against.resolve())
        else:
            measure_waits(bench)
            if not options.waits:
                measure_speed(bench)
                measure_liveness(bench)
                measure_walk(bench)
                measure_scale(partial(part_and_states, bench), bench.table, STATES)


if __name__ == "__main__":
    main()
