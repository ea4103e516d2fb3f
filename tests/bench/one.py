"""One measurement in a process of its own: compile a model, or search it too; prints what each took as JSON.

    python one.py compile|search[+HOW]|decide:NAME MODEL WORKERS [NAME=VALUE ...]

`search` leaves temporal properties out, `decide` has one of them decided too. HOW is `disk`, `checkpoint` (every half
second), `reduce`, or `actors`, where WORKERS is how many.

Run as a file, so that the checker measured is the one in PYTHONPATH, which need not be the one beside this file.
Processor time is that of all threads, and of processes that were waited for.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from checker.check import engine, select
from checker.contract.task import Budget, Cluster, Keeping, Task
from checker.frontend.load import compile_model, load
from checker.lang.model import parse_parameter

SMALLEST = "spec.classics.diehard:DieHard"
"""A model to compile first, with all that is the same for every model."""


def processor() -> float:
    """Seconds of processors that this process and those it waited for have taken."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def as_said(task: Task, how: str, folder: Path) -> Task:
    """The task, searched in another way."""
    match how:
        case "disk":
            return replace(task, keeping=Keeping(disk=folder))
        case "checkpoint":
            return replace(task, keeping=Keeping(folder / "kept", seconds=0.5))
        case "reduce":
            return replace(task, reduce=True)
        case "actors":
            return replace(task, workers=1, cluster=Cluster(task.workers, threads=1))
    return task


def took(
    name: str, workers: int, settings: list[str], budget: Budget, temporal: str = "", how: str = ""
) -> dict[str, float]:
    """Wall and processor seconds of one run of the explicit engine, and the states that it visited; of whole behaviours
    it is asked about `temporal`, if that is given. The front end is not counted."""
    model = load(name)
    given = [setting.split("=", 1) for setting in settings]
    program = compile_model(model, {key: parse_parameter(model, key, text) for key, text in given})
    left_out = {each.name for each in program.temporal} - {temporal}
    names = tuple(name for name in select(program) if name not in left_out)
    task = Task(program, names, budget, workers, keep_going=True)
    with TemporaryDirectory() as folder:
        task = as_said(task, how, Path(folder))
        clock, began = time.perf_counter(), processor()
        stats = engine("explicit").run(task).stats
        seconds, used = time.perf_counter() - clock, processor() - began
    if how == "actors":
        seconds = stats.seconds - stats.compile_seconds  # without what it takes to begin them, and to end them
    return {"seconds": seconds, "processor": used, "distinct": stats.distinct}


def main() -> None:
    """Measure."""
    what, name, workers, *settings = sys.argv[1:]
    at_once = Budget(max_states=1)
    took(SMALLEST, 1, [], at_once)
    compiling = took(name, int(workers), settings, at_once)
    if what == "compile":
        print(json.dumps(compiling))
    else:
        what, _, how = what.partition("+")
        print(json.dumps(took(name, int(workers), settings, Budget(), what.partition(":")[2], how)))


if __name__ == "__main__":
    main()
