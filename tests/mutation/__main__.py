"""Put small faults into the checker, run the tests that concern them, and say which of them no test notices.

    uv run python -m tests.mutation [--sample N] [--seed S] [--module PATTERN ...] [--minutes M] [--limit SECONDS]

Nothing is written into the checkout: faults are put into a copy. The score is the share of faults that make a test
fail; `equivalent.toml` lists those that change nothing that anyone could see, each with its reason, and they do not
count. A fault after which a test takes five times as long (and 10 s) is noticed too. Status 1 if a fault survives.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Any

from checker import files
from checker.engines.explicit.machine import library
from checker.mutation.faults import Fault, is_readable, shuffled
from tests.mutation.areas import area_of, files_of, held_by, modules_below
from tests.mutation.faults import faults_of
from tests.mutation.ready import Ready, is_below
from tests.mutation.running import OPEN, Known, Ran, Tree, as_row, preload, run_with

ROOT = Path(__file__).parent.parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent.toml"
COMPILED = tuple(f"checker/engines/explicit/machine/library.py:{name}" for name in ("load_kernels", "load_model"))
"""What a test enters that has machine code run, of which nothing is told as it runs."""


def main() -> None:
    """Draw faults, try each, and print what survives and the score."""
    options = _options()
    os.nice(5)
    reasons = equivalent()
    drawn, total = _drawn(options)
    if options.list:
        for fault in drawn:
            print(f"{fault.module}:{fault.line} {fault.kind}\n    - {fault.before}\n    + {fault.after}")
        return
    preload()
    with tempfile.TemporaryDirectory(prefix="evacheck-mutation-") as name:
        tree = Tree(ROOT, Path(options.work or name))
        wanted = _wanted(tree, drawn)
        if options.learning == 0:
            wanted = [test for test in wanted if test in _kept(options.known)]
        with Ready(tree, wanted, options.longest) as ready:
            known = _known(tree, ready, wanted, options)
            print(f"{len(drawn)} of {total:,} possible faults, seed {options.seed}; {len(known):,} tests", flush=True)
            found = _try_all(tree, ready, drawn, known, reasons, options)
    _report(found, reasons, options.limit)
    raise SystemExit(1 if any(ran.killed is None for fault, ran in found if fault.identity not in reasons) else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="How many small faults do tests see?")
    parser.add_argument("--sample", type=int, default=200, help="faults to try (200); 0: all")
    parser.add_argument("--seed", type=int, default=0, help="what the sample follows from (0)")
    parser.add_argument("--module", nargs="+", default=["*"], help="only modules like these: 'checker/lang/*'")
    parser.add_argument("--function", default="*", help="only functions like this")
    parser.add_argument("--minutes", type=float, help="start no further fault after so long")
    parser.add_argument("--limit", type=float, default=30, help="seconds of tests for each fault, the quickest (30)")
    parser.add_argument("--longest", type=float, default=10, help="leave out tests of more processor seconds (10)")
    parser.add_argument(
        "--learning",
        type=float,
        help="processor seconds for learning; what is not learnt then (with 0: is not in --known) has no say",
    )
    parser.add_argument("--known", type=Path, help="a file that keeps what tests enter, for the next run")
    parser.add_argument("--work", type=Path, help="a folder for the copy and its cache, kept")
    parser.add_argument(
        "--out", type=Path, help="a file for the results, a line of JSON each; those in it are not tried"
    )
    parser.add_argument("--again", action="store_true", help="try those that survived in --out again")
    parser.add_argument("--list", action="store_true", help="name the faults and try none")
    return parser.parse_args()


def equivalent() -> dict[tuple[str, str, str, str], str]:
    """The faults that change nothing anyone could see, with the reason."""
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return {(row["module"], row["function"], row["before"], row["after"]): row["why"] for row in rows}


def _drawn(options: argparse.Namespace) -> tuple[list[Fault], int]:
    """The sample, and how many faults there could be."""
    possible = []
    for module in modules_below(ROOT):
        area = area_of(module)
        if area is not None and any(fnmatch(module, each) for each in options.module):
            for fault in faults_of(module, (ROOT / module).read_bytes()):
                if fnmatch(fault.function, options.function):
                    possible.append((fault, area.weight))
    texts = {fault.module: (ROOT / fault.module).read_bytes() for fault, _ in possible}
    readable = (each for each in shuffled(possible, options.seed) if is_readable(each.put_into(texts[each.module])))
    return list(islice(readable, options.sample or None)), len(possible)


def _wanted(tree: Tree, drawn: Iterable[Fault]) -> list[str]:
    """The files of tests, and single tests, that concern these faults: those that many faults name first."""
    held = Counter(test for fault in drawn for test in _held_by(tree, fault))
    counted: Counter[str] = Counter()
    for test, faults in held.items():
        files = files_of(tree.path, test)
        for each in files:
            counted[each] = max(counted[each], faults // len(files))
    return sorted(counted, key=lambda each: (-counted[each], each))


def _known(tree: Tree, ready: Ready, wanted: Sequence[str], options: argparse.Namespace) -> dict[str, Known]:
    """What is known of these tests: read from a file that keeps it, or learnt now, one file of tests after another.
    One that has changed since is learnt again."""
    file: Path | None = options.known
    rows = _kept(file)
    began, spent = time.monotonic(), 0.0
    known: dict[str, Known] = {}
    for test in wanted:
        digest = hashlib.sha256((tree.path / test.partition("::")[0]).read_bytes()).hexdigest()
        if rows.get(test, {}).get("sha256") != digest:
            if options.learning is not None and spent > options.learning:
                print(f"not learnt, since time for learning is over: {test}", flush=True)
                continue
            learnt = ready.learn(test)
            spent += sum(each.seconds for each in learnt.tests.values())
            print(f"{time.monotonic() - began:5.0f} s  {len(learnt.tests):3} tests of {test}", flush=True)
            for name in learnt.failed:
                print(f"left out, since it fails without a fault or takes too long: {name}", flush=True)
            tests = {name: (each.seconds, sorted(each.enters), each.spawns) for name, each in learnt.tests.items()}
            rows[test] = {"sha256": digest, "tests": tests}
            if file is not None:
                files.write(file, json.dumps(rows))
        known |= {name: Known(row[0], frozenset(row[1]), row[2]) for name, row in rows[test]["tests"].items()}
    if not known:
        raise SystemExit("without a fault no test runs")
    tree.compile()
    return known


def _kept(file: Path | None) -> dict[str, Any]:
    """What a file keeps of earlier learning."""
    return json.loads(file.read_text()) if file is not None and file.exists() else {}


def _held_by(tree: Tree, fault: Fault) -> list[str]:
    area = area_of(fault.module)
    assert area is not None
    return held_by(tree.path, area)


def concerned(fault: Fault, known: Mapping[str, Known], tests: Sequence[str], limit: float) -> dict[str, Known]:
    """The tests of an area that enter the function or start a process that may; the quickest up to the limit."""
    places = {f"{fault.module}:{fault.function}", *(COMPILED if _is_compiled(fault.module) else ())}
    ours = {name: each for name, each in known.items() if is_below(name, tests)}
    entering = {name: each for name, each in ours.items() if places & each.enters or each.spawns}
    if not any(places & each.enters for each in entering.values()):
        entering = ours  # run where nobody watched
    chosen, spent = {}, 0.0
    for name in sorted(entering, key=lambda name: entering[name].seconds):
        spent += entering[name].seconds
        if spent > limit and chosen:
            break
        chosen[name] = entering[name]
    return chosen


def _is_compiled(module: str) -> bool:
    """Whether machine code follows from a module's text: it is compiled, or compiles."""
    room, _, part = module.partition("checker/engines/explicit/")
    return not room and part in library._PARTS


def _try_all(
    tree: Tree,
    ready: Ready,
    drawn: Sequence[Fault],
    known: Mapping[str, Known],
    reasons: Mapping[tuple[str, str, str, str], str],
    options: argparse.Namespace,
) -> list[tuple[Fault, Ran]]:
    earlier = _earlier(options.out)
    found: list[tuple[Fault, Ran]] = []
    end = None if options.minutes is None else time.monotonic() + options.minutes * 60
    for number, fault in enumerate(drawn, 1):
        ran = earlier.get((*fault.identity, str(fault.number)))
        if (
            ran is None
            or ran.killed == OPEN
            or (options.again and ran.killed is None and fault.identity not in reasons)
        ):
            if end is not None and time.monotonic() > end:
                print(f"time is over: {len(drawn) - number + 1} faults were not tried")
                break
            ran = _try(tree, ready, fault, known, options.limit)
            _keep(options.out, fault, ran)
            if ran.killed is None:
                print(f"{number:4} SURVIVES ({ran.seconds:.0f} s) {shown(fault)}", flush=True)
            else:
                print(f"{number:4} {ran.seconds:5.1f} s {ran.killed[-90:]}", flush=True)
        found.append((fault, ran))
    return found


def _try(tree: Tree, ready: Ready, fault: Fault, known: Mapping[str, Known], limit: float) -> Ran:
    tests = concerned(fault, known, _held_by(tree, fault), limit)
    text = fault.put_into((tree.path / fault.module).read_bytes())
    with tree.changed(fault.module, text) as cache:
        ran = None if _is_compiled(fault.module) else ready.run_with(fault, text, cache, tests)
        return ran or run_with(tree, cache, tests)


def _earlier(file: Path | None) -> dict[tuple[str, ...], Ran]:
    if file is None or not file.exists():
        return {}
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return {tuple(row["fault"]): Ran(**row["ran"]) for row in rows}


def _keep(file: Path | None, fault: Fault, ran: Ran) -> None:
    if file is not None:
        with file.open("a") as kept:
            kept.write(json.dumps({"fault": [*fault.identity, str(fault.number)], "ran": as_row(ran)}) + "\n")


def shown(fault: Fault) -> str:
    """A fault in three lines."""
    place = f"{fault.module}:{fault.line} {fault.function}: {fault.kind}"
    return f"{place}\n       - {fault.before}\n       + {fault.after}"


def _report(found: Sequence[tuple[Fault, Ran]], reasons: Mapping[tuple[str, str, str, str], str], limit: float) -> None:
    decided = [(fault, ran) for fault, ran in found if ran.killed != OPEN]
    counted = [(fault, ran) for fault, ran in decided if ran.killed is not None or fault.identity not in reasons]
    survive = [fault for fault, ran in counted if ran.killed is None]
    print(f"\nwhat no test notices, {len(survive)}:")
    for fault in survive:
        print(f"  {shown(fault)}")
    killed, slow = len(counted) - len(survive), sum(1 for _, ran in counted if ran.slow)
    rooms: dict[str, list[int]] = {}
    for fault, ran in counted:
        room = fault.module.rpartition("/")[0] if fault.module.count("/") > 1 else fault.module
        rooms.setdefault(room, [0, 0])[ran.killed is None] += 1
    print()
    for room, (dead, alive) in sorted(rooms.items()):
        print(f"  {room:32}{dead:5} of {dead + alive:4} noticed")
    share = 100 * killed / len(counted) if counted else 0.0
    print(
        f"\nscore {share:.1f} %: {killed} of {len(counted)} faults noticed, {slow} of them since a test took too long;"
    )
    print(f"{len(decided) - len(counted)} equivalent and {len(found) - len(decided)} left open by a busy machine;")
    print(f"neither is counted; tests of {limit:.0f} s at most for each fault")


if __name__ == "__main__":
    sys.exit(main())
