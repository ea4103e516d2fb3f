"""Run tests in a forked child on a copy of the tree, with a fault in it or with none.

What is heavy to import is imported once, here; the checker is imported by each child anew, from the copy. `ready` is
quicker, where it can be. The cache of compiled code is a copy too: its key covers the texts of the copy, so no fault
is hidden by what was compiled without it, and what a fault makes of the cache dies with the child.
"""

from __future__ import annotations

import compileall
import importlib
import importlib.machinery
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("cvc5", "hypothesis", "llvmlite.binding", "networkx", "rich", "typer", "typer.testing", "z3")
OWN = ("checker", "counterexamples", "spec", "tests")
MOST_MEMORY = 16 << 30
SLACK = 10.0
"""Seconds of processor time that a test may take with a fault, besides five times what it took without."""
COMPILING = 40.0
"""The same where the fault has machine code made anew."""
STARTING = 60.0
"""Seconds of processor time until the first test."""
STILL = 45.0
"""Seconds by the clock after which a child that uses no processor, and waits for none, will never go on."""
PATIENCE = 10
"""How many times as many seconds by the clock a child may take where the system does not tell what it has used."""
OPEN = "nothing: ended by the clock on the wall"
PYTEST = ("-q", "--no-header", "-o", "addopts=", "-o", "tmp_path_retention_policy=none", "-p", "no:cacheprovider")
PASSED, FAILED, SLOW, LATE = 0, 1, 9, 10
"""What becomes of a child: SLOW is one that used more of the processor than it may or stands still, LATE one that the
clock on the wall ended."""
_LOOK = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PROCESSES = Path("/proc")
_COMPILING = "machine.compiling import main"
"""What a process is started with that only compiles, which says nothing of what else a test enters."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a test that passes: its processor seconds, the functions that it enters, whether it starts
    other processes."""

    seconds: float
    enters: frozenset[str]
    spawns: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of the tests: `killed` names the first that failed, None if all passed; `slow` if time ran out. With
    OPEN for a name nothing is known: the machine was too busy."""

    killed: str | None
    slow: bool
    seconds: float
    tests: int


class Tree:
    """A copy of what git knows of a tree, with a cache of its own. What is there of an earlier copy is used again."""

    def __init__(self, root: Path, folder: Path) -> None:
        folder = folder.resolve()
        self.path, self.cache, self._folder = folder / "tree", folder / "cache", folder
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            check=True,
        )
        names = {name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()}
        for path in [path for path in self.path.rglob("*") if path.is_file() and path.suffix != ".pyc"]:
            if str(path.relative_to(self.path)) not in names:
                path.unlink()
        for name in names:
            source, copy = root / name, self.path / name
            if not copy.exists() or copy.read_bytes() != source.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)
        self.cache.mkdir(parents=True, exist_ok=True)
        self._compiled = False

    def compile(self) -> None:
        """Let Python have bytecode of all, for new processes."""
        if not self._compiled:
            compileall.compile_dir(self.path, quiet=2, maxlevels=20)
            self._compiled = True

    @contextmanager
    def changed(self, module: str, text: bytes) -> Iterator[Path]:
        """The module has this text inside; gives a cache to use meanwhile."""
        path, cache = self.path / module, self._folder / "cache-of-a-fault"
        whole = path.read_bytes()
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(self.cache, cache, copy_function=os.link)
        _forget(path)
        path.write_bytes(text)
        try:
            yield cache
        finally:
            path.write_bytes(whole)
            _forget(path)
            shutil.rmtree(cache, ignore_errors=True)


def _forget(path: Path) -> None:
    """Python tells bytecode by time and size, which a fault may keep."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def preload() -> None:
    """Import what every child needs and no fault changes."""
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def run_with(tree: Tree, cache: Path, tests: Mapping[str, Known], slack: float) -> Ran:
    """Run these tests in this order, up to the first that fails."""
    tree.compile()
    told = tree.path.parent / "told.json"
    began = time.monotonic()
    status = forked(lambda: _tried(tree, cache, tests, told, slack), told, patience(tests))
    return ran_of(status, told, time.monotonic() - began)


def patience(tests: Mapping[str, Known]) -> float:
    """Seconds by the clock that a child may take for tests, if nothing better is known."""
    return PATIENCE * (SLACK + sum(each.seconds for each in tests.values()))


def ran_of(status: int, told: Path, seconds: float) -> Ran:
    """What became of the tests of a child that ended with this status."""
    found = _read(told)
    if status == PASSED:
        return Ran(None, False, seconds, found.get("ran", 0))
    last = OPEN if status == LATE else found.get("at") or "the start"
    killed = next(iter(found.get("failed", ())), last)
    return Ran(killed, status in (SLOW, LATE, -signal.SIGKILL), seconds, found.get("ran", 0))


def _read(told: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told.read_text()) if told.exists() else {}
    return found


def forked(work: Callable[[], int], told: Path, patience: float | None) -> int:
    """The status of a child that does this work; it and what it started are killed when they have used the processor
    for longer than it says that they may, or stand still. The clock ends it only where nothing tells what it used, and
    without patience not even that ends it."""
    sys.stdout.flush()
    told.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        status = FAILED
        try:
            os.setsid()
            status = work()
        finally:
            os._exit(status)
    watch = None if patience is None else _Watch(child, told, patience)
    try:
        while True:
            done, raw = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(raw)
            verdict = watch.verdict() if watch else None
            if verdict is not None:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return verdict
            time.sleep(0.02)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what the child left behind


class _Watch:
    """Says when a child and what it started have used up what they may."""

    def __init__(self, child: int, told: Path, patience: float) -> None:
        self._child, self._told = child, told
        self._looked = self._moved = time.monotonic()
        self._end = self._looked + patience
        self._used = 0.0

    def verdict(self) -> int | None:
        """SLOW, or LATE, or None as long as it may go on. Looks up once a second."""
        now = time.monotonic()
        if now < self._looked + _LOOK:
            return None
        self._looked = now
        used, waits = _used(self._child)
        if used is None:
            return LATE if now > self._end else None
        if waits or used > self._used + 0.05:
            self._used, self._moved = used, now
        allowed = _read(self._told).get("until") or STARTING
        return SLOW if used > allowed or now > self._moved + STILL else None


def _used(session: int) -> tuple[float | None, bool]:
    """The processor seconds of a session's processes, and whether one of them could go on if it had a processor (or a
    disk). None where the system does not tell."""
    spent, found, waits = 0, False, False
    for entry in _PROCESSES.glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found = True
                spent += sum(int(each) for each in fields[11:15])
                waits |= fields[0] in "RD"
    return (spent / _TICKS if found else None), waits


def settle(tree: Tree, cache: Path) -> None:
    """From now on this process, a child, lives in the copy."""
    log = os.open(tree.path.parent / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]
    sys.path.insert(0, str(tree.path))
    importlib.machinery.SourceFileLoader.set_data = _keep_nothing  # type: ignore[method-assign]
    sys.dont_write_bytecode = False  # pytest may keep what it made of tests, which no fault changes
    os.environ.update(EVACHECK_CACHE=str(cache), PYTHONPATH=str(tree.path), PYTHONDONTWRITEBYTECODE="1")
    os.chdir(tree.path)
    importlib.invalidate_caches()


def _keep_nothing(*_: object, **__: object) -> None:
    """In place of writing bytecode."""


def _tried(tree: Tree, cache: Path, tests: Mapping[str, Known], told: Path, slack: float) -> int:
    settle(tree, cache)
    return _tested(["-x", *tests], Trier(tests, told, slack))


def _tested(arguments: Sequence[str], plugin: Watcher) -> int:
    sys.addaudithook(plugin.heard)
    status = pytest.main([*PYTEST, *arguments], [plugin])
    plugin.write()
    return PASSED if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else FAILED


class Watcher:
    """A plugin: remembers which tests failed. What is done about time, a subclass says."""

    def __init__(self, told: Path) -> None:
        self._told = told
        self._spawned = False
        self.tests: dict[str, Known] = {}
        self.failed: list[str] = []
        self.text = ""
        self.ran = 0
        self.at = ""
        self.until = 0.0

    def heard(self, event: str, arguments: object) -> None:
        """Notice that a process is started: an audit hook."""
        if event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.forkpty"):
            self._spawned |= _COMPILING not in str(arguments)

    def write(self) -> None:
        """Tell the parent."""
        rows = {name: (each.seconds, sorted(each.enters), each.spawns) for name, each in self.tests.items()}
        told = {"failed": self.failed, "text": self.text, "ran": self.ran, "at": self.at, "until": self.until}
        whole = self._told.with_suffix(".new")
        whole.write_text(json.dumps({**told, "tests": rows}))
        whole.replace(self._told)

    def pytest_configure(self) -> None:
        import hypothesis  # noqa: PLC0415 - not before the child

        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # a fault's example need not be small
        usual = hypothesis.settings(derandomize=True, database=None, deadline=None, report_multiple_bugs=False)
        hypothesis.settings.register_profile("faults", usual, phases=phases)
        hypothesis.settings.load_profile("faults")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
            self.text = self.text or report.longreprtext[-3000:]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
            self.text = self.text or str(report.longrepr)[-3000:]


class Trier(Watcher):
    """Runs tests in the order in which they are known, and ends all when one takes far longer than without a fault."""

    def __init__(self, known: Mapping[str, Known], told: Path, slack: float) -> None:
        super().__init__(told)
        self._known, self._slack = known, slack
        self._order = {name: place for place, name in enumerate(known)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._order.get(item.nodeid, 0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.signal(signal.SIGPROF, lambda *_: self._give_up(item.nodeid))
        known = self._known.get(item.nodeid)
        allowed = self._slack + 5 * (known.seconds if known else 0)
        # Who waits for this process looks as well: machine code hears no signal, and has no time of others.
        self.at, self.until = item.nodeid, processor_seconds() + allowed + _LOOK
        self.write()
        signal.setitimer(signal.ITIMER_PROF, allowed)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.ran += 1

    def _give_up(self, name: str) -> None:
        self.failed = [name]
        self.write()
        os._exit(SLOW)


def processor_seconds() -> float:
    """Of this process and those that it has waited for."""
    return sum(os.times()[:4])


def as_row(ran: Ran) -> dict[str, object]:
    """As a file keeps it."""
    return asdict(ran)
