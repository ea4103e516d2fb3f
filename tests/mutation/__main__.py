"""Put small faults into the checker, run the tests that concern them, and say which of them no test notices.

    uv run python -m tests.mutation [--area NAME ...] [--sample N] [--seed S] [--minutes M] [--limit SECONDS]
                                    [--all-tests [SECONDS]]

What the quick tests of an area let pass is put, with --all-tests, to all tests of the suite that enter the function,
and to the catalogue. Nothing is written into the checkout: faults are put into a copy. The score is the share of faults
that make a test fail; `equivalent.toml` lists those that change nothing that anyone could see, each with its reason,
and they do not count. A fault after which a test takes five times as long of the processor (and 10 s), or waits for
ever, is noticed too. Status 1 if a fault survives.
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
from tests.mutation.areas import AREAS, area_of, files_of, held_by, modules_below
from tests.mutation.faults import faults_of
from tests.mutation.ready import Ready, is_below
from tests.mutation.running import COMPILING, OPEN, SLACK, Known, Ran, Tree, as_row, preload, run_with
from tests.mutation.whole import LONGEST, all_files, others

ROOT = Path(__file__).parent.parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent.toml"
COMPILED = tuple(f"checker/engines/explicit/machine/library.py:{name}" for name in ("load_kernels", "load_model"))
"""What a test enters that has machine code run, of which nothing is told as it runs."""
NONE = Ran(None, False, 0.0, 0)
"""Of a fault that was put to no test."""


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
        print(f"{len(drawn)} of {total:,} possible faults, seed {options.seed}", flush=True)
        found: list[tuple[Fault, Ran]] = []
        with Ready(tree, wanted, options.longest) as ready:
            known = Knowing(tree, ready, options, options.longest)
            for area in AREAS:
                ours = [fault for fault in drawn if area_of(fault.module) is area]
                if ours:
                    known.learn([test for test in _wanted(tree, ours) if test in wanted])
                    found += _try_all(tree, ready, ours, known.tests, reasons, options)
        again = _try_others(tree, found, known.tests, reasons, options) if options.all_tests else {}
    _report(found, again, reasons, options)
    left = [fault for fault, ran in found if ran.killed is None and fault.identity not in reasons]
    raise SystemExit(1 if any(again.get(fault, NONE).killed is None for fault in left) else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="How many small faults do tests see?")
    parser.add_argument("--sample", type=int, default=20, help="faults to try in each area (20); 0: all")
    parser.add_argument("--area", nargs="+", default=["*"], help="only areas with names like these: 'liveness*'")
    parser.add_argument("--seed", type=int, default=0, help="what the sample follows from (0)")
    parser.add_argument("--module", nargs="+", default=["*"], help="only modules like these: 'checker/lang/*'")
    parser.add_argument("--function", default="*", help="only functions like this")
    parser.add_argument("--minutes", type=float, help="start no further fault of an area after so long")
    parser.add_argument("--limit", type=float, default=20, help="seconds of tests for each fault, the quickest (20)")
    parser.add_argument("--longest", type=float, default=3, help="leave out tests of more processor seconds (3)")
    parser.add_argument(
        "--all-tests",
        type=float,
        nargs="?",
        const=180.0,
        default=0.0,
        metavar="SECONDS",
        help="what survives is put to all tests that enter the function, and to the catalogue, for so long (180)",
    )
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
    """The sample, as many of each area, one area after another, and how many faults there could be."""
    possible: dict[str, list[tuple[Fault, float]]] = {}
    for module in modules_below(ROOT):
        area = area_of(module)
        if (
            area is not None
            and any(fnmatch(module, each) for each in options.module)
            and any(fnmatch(area.name, each) for each in options.area)
        ):
            for fault in faults_of(module, (ROOT / module).read_bytes()):
                if fnmatch(fault.function, options.function):
                    possible.setdefault(area.name, []).append((fault, 1.0))
    drawn: list[Fault] = []
    for area in AREAS:
        faults = possible.get(area.name, [])
        texts = {fault.module: (ROOT / fault.module).read_bytes() for fault, _ in faults}
        readable = (each for each in shuffled(faults, options.seed) if is_readable(each.put_into(texts[each.module])))
        drawn += islice(readable, options.sample or None)
    return drawn, sum(len(each) for each in possible.values())


def _wanted(tree: Tree, drawn: Iterable[Fault]) -> list[str]:
    """The files of tests, and single tests, that concern these faults: those that many faults name first."""
    held = Counter(test for fault in drawn for test in _held_by(tree, fault))
    counted: Counter[str] = Counter()
    for test, faults in held.items():
        files = files_of(tree.path, test)
        for each in files:
            counted[each] = max(counted[each], faults // len(files))
    return sorted(counted, key=lambda each: (-counted[each], each))


class Knowing:
    """What is known of tests that take no more than the longest: read from a file that keeps it, or learnt, one file of
    tests after another. One that has changed since, or of which longer ones had been left out, is learnt again."""

    def __init__(self, tree: Tree, ready: Ready, options: argparse.Namespace, longest: float) -> None:
        self._tree, self._ready, self._options, self._longest = tree, ready, options, longest
        self._rows = _kept(options.known)
        self._spent = 0.0
        self.tests: dict[str, Known] = {}

    def learn(self, wanted: Iterable[str]) -> None:
        """Know these files of tests, and single tests."""
        limit, began = self._options.learning, time.monotonic()
        for test in wanted:
            digest = hashlib.sha256((self._tree.path / test.partition("::")[0]).read_bytes()).hexdigest()
            row = self._rows.get(test, {})
            if row.get("sha256") != digest or row.get("longest", self._longest) < self._longest:
                if limit is not None and self._spent > limit:
                    print(f"not learnt, since time for learning is over: {test}", flush=True)
                    continue
                learnt = self._learnt(test, began)
                self._rows[test] = {"sha256": digest, "longest": self._longest, "tests": learnt}
                if self._options.known is not None:
                    files.write(self._options.known, json.dumps(self._rows))
            rows = self._rows[test]["tests"]
            known = {name: Known(row[0], frozenset(row[1]), row[2]) for name, row in rows.items()}
            self.tests |= {name: each for name, each in known.items() if each.seconds <= self._longest}
        if not self.tests:
            raise SystemExit("without a fault no test runs")

    def _learnt(self, test: str, began: float) -> dict[str, tuple[float, list[str], bool]]:
        learnt = self._ready.learn(test)
        seconds = sum(each.seconds for each in learnt.tests.values())
        self._spent += seconds
        passed = time.monotonic() - began
        print(f"{passed:5.0f} s  {len(learnt.tests):3} tests of {test}, {seconds:.1f} s", flush=True)
        for name in learnt.failed:
            print(f"left out, since it fails without a fault or takes too long: {name}", flush=True)
        return {name: (each.seconds, sorted(each.enters), each.spawns) for name, each in learnt.tests.items()}


def _kept(file: Path | None) -> dict[str, Any]:
    """What a file keeps of earlier learning."""
    return json.loads(file.read_text()) if file is not None and file.exists() else {}


def _held_by(tree: Tree, fault: Fault) -> list[str]:
    area = area_of(fault.module)
    assert area is not None
    return held_by(tree.path, area)


def concerned(fault: Fault, known: Mapping[str, Known], tests: Sequence[str], limit: float) -> dict[str, Known]:
    """The tests of an area that enter the function, the quickest first and up to the limit; then those that start a
    process that may, as far as the limit goes. Without any, all tests of the area that it allows."""
    compiled, places = _is_compiled(fault.module), _places(fault)
    ours = {name: each for name, each in known.items() if is_below(name, tests)}
    entering = {name: each for name, each in ours.items() if places & each.enters}
    others = {} if compiled else {name: each for name, each in ours.items() if each.spawns and name not in entering}
    if not entering:
        others = ours  # run where nobody watched
    chosen, spent = {}, 0.0
    for group in (entering, others):
        for name in sorted(group, key=lambda name: group[name].seconds):
            if chosen and spent + group[name].seconds > limit:
                break
            spent += group[name].seconds
            chosen[name] = group[name]
    return chosen


def _places(fault: Fault) -> set[str]:
    """What a test enters that concerns a fault."""
    return {f"{fault.module}:{fault.function}", *(COMPILED if _is_compiled(fault.module) else ())}


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
    earlier = _earlier(options.out, "ran")
    found: list[tuple[Fault, Ran]] = []
    end = None if options.minutes is None else time.monotonic() + options.minutes * 60
    for number, fault in enumerate(drawn, 1):
        ran = earlier.get(_key(fault))
        if (
            ran is None
            or ran.killed == OPEN
            or (options.again and ran.killed is None and fault.identity not in reasons)
        ):
            if end is not None and time.monotonic() > end:
                print(f"time is over: {len(drawn) - number + 1} faults were not tried")
                break
            ran = _try(tree, ready, fault, concerned(fault, known, _held_by(tree, fault), options.limit))
            _keep(options.out, fault, ran, "ran")
            if ran.killed is None:
                print(f"{number:4} SURVIVES ({ran.seconds:.0f} s) {shown(fault)}", flush=True)
            else:
                print(f"{number:4} {ran.seconds:5.1f} s {ran.killed[-90:]}", flush=True)
        found.append((fault, ran))
    return found


def _try_others(
    tree: Tree,
    found: Sequence[tuple[Fault, Ran]],
    quick: Mapping[str, Known],
    reasons: Mapping[tuple[str, str, str, str], str],
    options: argparse.Namespace,
) -> dict[Fault, Ran]:
    """What becomes of the faults that survive, by the tests that they have not been put to."""
    earlier, again = _earlier(options.out, "others"), dict[Fault, Ran]()
    left = [fault for fault, ran in found if ran.killed is None and fault.identity not in reasons]
    again |= {fault: earlier[_key(fault)] for fault in left if _key(fault) in earlier}
    left = [fault for fault in left if fault not in again]
    if not left:
        return again
    end = None if options.minutes is None else time.monotonic() + options.minutes * 60
    files = all_files(tree.path)
    print(f"{len(left)} survive, and are put to all tests", flush=True)
    with Ready(tree, files, LONGEST) as ready:
        known = Knowing(tree, ready, options, LONGEST)
        known.learn(files if options.learning != 0 else [each for each in files if each in _kept(options.known)])
        for number, fault in enumerate(left, 1):
            if end is not None and time.monotonic() > end:
                print(f"time is over: {len(left) - number + 1} faults were not put to all tests")
                break
            tried = concerned(fault, quick, _held_by(tree, fault), options.limit)
            tests = others(fault.module, _places(fault), known.tests, tried, options.all_tests)
            ran = again[fault] = _try(tree, ready, fault, tests)
            _keep(options.out, fault, ran, "others")
            said = f"SURVIVES {len(tests)} tests" if ran.killed is None else ran.killed[-90:]
            print(f"{number:4} {ran.seconds:5.1f} s {said} {shown(fault)}", flush=True)
    return again


def _try(tree: Tree, ready: Ready, fault: Fault, tests: Mapping[str, Known]) -> Ran:
    text = (tree.path / fault.module).read_bytes()
    ran = _run(tree, ready, fault, fault.put_into(text), tests)
    if not _is_compiled(fault.module) or ran.killed not in tests:
        return ran
    # A test of compiling itself may fail since machine code is made otherwise here, with a fault or without.
    if _run(tree, ready, fault, text, {ran.killed: tests[ran.killed]}).killed is None:
        return ran
    return _try(tree, ready, fault, {name: each for name, each in tests.items() if name != ran.killed})


def _run(tree: Tree, ready: Ready, fault: Fault, text: bytes, tests: Mapping[str, Known]) -> Ran:
    """What becomes of these tests where the module of a fault has this text."""
    slack = COMPILING if _is_compiled(fault.module) else SLACK
    if any(each.spawns for each in tests.values()):
        tree.compile()
    with tree.changed(fault.module, text) as cache:
        return ready.run_with(fault, text, cache, tests, slack) or run_with(tree, cache, tests, slack)


def _key(fault: Fault) -> tuple[str, ...]:
    return *fault.identity, str(fault.number)


def _earlier(file: Path | None, which: str) -> dict[tuple[str, ...], Ran]:
    """What a file says: of the quick tests ("ran") or of all others ("others")."""
    if file is None or not file.exists():
        return {}
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return {tuple(row["fault"]): Ran(**row[which]) for row in rows if which in row}


def _keep(file: Path | None, fault: Fault, ran: Ran, which: str) -> None:
    if file is not None:
        with file.open("a") as kept:
            kept.write(json.dumps({"fault": _key(fault), which: as_row(ran)}) + "\n")


def shown(fault: Fault) -> str:
    """A fault in three lines."""
    place = f"{fault.module}:{fault.line} {fault.function}: {fault.kind}"
    return f"{place}\n       - {fault.before}\n       + {fault.after}"


def _report(
    found: Sequence[tuple[Fault, Ran]],
    again: Mapping[Fault, Ran],
    reasons: Mapping[tuple[str, str, str, str], str],
    options: argparse.Namespace,
) -> None:
    fates = [(fault, ran, _fate(fault, ran, again, reasons)) for fault, ran in found]
    survive = [fault for fault, _, fate in fates if fate == SURVIVES]
    print(f"\nwhat no test notices, {len(survive)}:")
    for fault in survive:
        print(f"  {shown(fault)}")
    print(f"\n  {'area':24}" + "".join(f"{fate:>13}" for fate in FATES))
    for area in AREAS:
        numbers = Counter(fate for fault, _, fate in fates if area_of(fault.module) is area)
        if numbers:
            print(f"  {area.name:24}" + "".join(f"{numbers[fate]:13}" for fate in FATES))
    numbers = Counter(fate for _, _, fate in fates)
    counted = numbers[NOTICED] + numbers[BY_OTHERS] + numbers[SURVIVES]
    slow = sum(ran.slow for _, ran, fate in fates if fate == NOTICED)
    print(f"\nscore {_share(numbers[NOTICED], counted)} noticed, {slow} of them since a test took too long;")
    if options.all_tests:
        print(f"by all tests {_share(numbers[NOTICED] + numbers[BY_OTHERS], counted)};")
    print(f"{numbers[NO_CHANGE]} equivalent and {numbers[UNDECIDED]} undecided ones are not counted;")
    print(f"tests of {options.limit:.0f} s at most for each fault, and {options.all_tests:.0f} s of others")


def _share(noticed: int, counted: int) -> str:
    return f"{100 * noticed / counted if counted else 0.0:.1f} %: {noticed} of {counted} faults"


FATES = NOTICED, BY_OTHERS, SURVIVES, NO_CHANGE, UNDECIDED = (
    "noticed",
    "by others",
    "survive",
    "equivalent",
    "undecided",
)


def _fate(fault: Fault, ran: Ran, again: Mapping[Fault, Ran], reasons: Mapping[tuple[str, str, str, str], str]) -> str:
    """What became of a fault: by others, if a test noticed it that is not among the quick ones of its area."""
    if ran.killed is not None:
        return UNDECIDED if ran.killed == OPEN else NOTICED
    if fault.identity in reasons:
        return NO_CHANGE
    later = again.get(fault, NONE).killed
    return SURVIVES if later is None else UNDECIDED if later == OPEN else BY_OTHERS


if __name__ == "__main__":
    sys.exit(main())
