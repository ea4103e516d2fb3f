"""`evacheck trace` as it is called: what it prints, its exit statuses, and how fast it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from checker.ir.nodes import Program
from checker.lang import Array, Model, Opt, Range, Var, action, require
from checker.trace_validation.validating import Options, validate
from tests.support import forked
from tests.trace_validation.support import program, written

MODEL = "tests.trace_validation.support:Counter"
FITS = [{"process": "thread", "index": 0, "point": "read"}, {"process": "thread", "index": 0, "vars": {"counter": 1}}]


def test_the_exit_status_says_what_became_of_the_log(tmp_path: Path) -> None:
    written(tmp_path, FITS, "fits.jsonl")
    written(tmp_path, [*FITS, *FITS], "twice.jsonl")
    written(tmp_path, [{"vars": {"counter": 2}}], "late.jsonl")
    written(tmp_path, [], "empty.jsonl")
    done = forked.command(tmp_path, ["trace", "fits.jsonl", "--model", MODEL])
    assert (done.returncode, done.stdout) == (0, "2 lines fit\n")
    done = forked.command(tmp_path, ["trace", "twice.jsonl", "--model", MODEL])
    assert done.returncode == 1
    assert done.stdout.startswith("line 3 of twice.jsonl fits nothing; 2 lines fit before it\n\n  twice.jsonl:3  {")
    assert "    thread[0] has come to its end\n  Possible then: thread[1] from" in done.stdout
    words = ["trace", "late.jsonl", "--model", MODEL, "--unlogged", "all", "--most-unlogged", "2"]
    done = forked.command(tmp_path, words)
    assert (done.returncode, done.stdout.partition(":")[0]) == (3, "unknown")
    assert max(map(len, done.stdout.splitlines())) <= 80
    done = forked.command(tmp_path, ["trace", "empty.jsonl", "--model", MODEL])
    assert done.returncode == 2 and "U031 empty.jsonl holds no line" in done.stderr
    done = forked.command(tmp_path, ["trace", "fits.jsonl", "--model", MODEL, "--format", "struct"])
    assert done.returncode == 2 and "Did you mean `structlog`?" in done.stderr


def test_the_result_as_json_and_the_behaviour_as_a_file(tmp_path: Path) -> None:
    written(tmp_path, [*FITS, {"process": "thread", "index": 1, "vars": {"counter": 2}}], "run.jsonl")
    done = forked.command(tmp_path, ["trace", "run.jsonl", "--model", MODEL, "--json", "--out", "fits.itf.json"])
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"], said["lines"]) == (1, "fits nothing", 2)
    (misfit,) = said["misfits"]
    assert (misfit["line"], misfit["states"][0]["counter"]) == (3, "1")
    assert misfit["nearest"][0]["problem"] == "gives counter = 1, the log says 2"
    done = forked.command(tmp_path, ["show", "fits.itf.json", "--model", MODEL])
    assert '  3  thread[0] from "read"\n' in done.stdout and "The trace has 3 states." in done.stdout


class Store(Model):
    """Eight keys with values."""

    Key = Range(8)
    held = Var(Array(Key, Opt(Range(100))))
    used = Var(Range(0, 8))

    @action
    def put(self, k: Key, v: Range(100)):
        if self.held[k] is None:
            self.used += 1
        self.held[k] = v

    @action
    def drop(self, k: Key):
        require(self.held[k] is not None)
        self.held[k] = None
        self.used -= 1


MOST_CALLS = 250
"""For a line of a log, where 180 are."""


def _called(work: Callable[[], object]) -> int:
    """How many functions of Python some work calls, which no other work on the machine changes."""
    count = 0

    def calls(frame: object, event: str, given: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(calls)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_line_of_a_log_that_says_everything_costs_little_however_long_the_log(tmp_path: Path) -> None:
    """Ten thousand lines a second are promised, and 25,000 were measured, at 180 calls of functions a line. Calls are
    counted: seconds would tell of the machine."""
    random, held = Random(1), dict[int, int]()
    lines = []
    for _ in range(2_000):
        k, v = random.randrange(8), random.randrange(100)
        drops = k in held and random.random() < 0.5
        if drops:
            del held[k]
        else:
            held[k] = v
        step = {"action": "drop", "args": {"k": k}} if drops else {"action": "put", "args": {"k": k, "v": v}}
        lines.append({**step, "vars": {"used": len(held), f"held[{k}]": held.get(k)}})
    model, calls = program(Store), []
    for count in (500, 1_000, 2_000):
        path = written(tmp_path, lines[:count], f"{count}.jsonl")
        calls.append(_called(lambda path=path, count=count: _fits(model, path, count)))
    assert calls[2] - calls[1] < 1_000 * MOST_CALLS
    assert calls[2] - calls[1] < 1.1 * 2 * (calls[1] - calls[0]), "and no more for lines that come late"


def _fits(model: Program, path: Path, lines: int) -> None:
    assert validate(model, [path], Options()).followed.fit == lines
