"""Run tests in a forked child on a copy of the tree, with a fault in it or with none.

What is heavy to import is imported once, here; with a fault, the checker is imported by each child anew, from the copy;
to learn what tests enter, it is imported once, by a child that forks one for each file of tests. The cache of
compiled code is a copy too: its key covers the texts of the copy, so no fault is hidden by what was compiled without
it, and what a fault makes of the cache dies with the child.
"""

from __future__ import annotations

import ast
import builtins
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
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import pytest

HEAVY = ("cvc5", "hypothesis", "llvmlite.binding", "networkx", "rich", "typer", "typer.testing", "z3")
OWN = ("checker", "counterexamples", "spec", "tests")
MOST_MEMORY = 16 << 30
SLACK = 10.0
"""Seconds of processor time that a test may take with a fault, besides five times what it took without."""
PATIENCE = 10
"""How many times as many seconds by the clock a child may take: a test may wait, and the machine be busy."""
CROWDED = 10
"""How many times as many seconds by the clock a test may take without a fault."""
_PASSED, _FAILED, _SLOW = 0, 1, 9
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
    """What became of the tests: `killed` names the first that failed, None if all passed; `slow` if time ran out."""

    killed: str | None
    slow: bool
    seconds: float
    tests: int


class Tree:
    """A copy of what git knows of a tree, with a cache of its own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.path, self.cache, self._folder = folder / "tree", folder / "cache", folder
        shutil.rmtree(self.path, ignore_errors=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (root / name).is_file():
                (self.path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, self.path / name)
        self.cache.mkdir(parents=True, exist_ok=True)

    def compile(self) -> None:
        """Let Python have bytecode of all. Not before what there is to learn is learnt, since that changes it."""
        compileall.compile_dir(self.path, quiet=2, maxlevels=20)

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


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt of a file of tests, and the tests of it that can notice nothing, since they fail without a
    fault or take too long."""

    tests: Mapping[str, Known]
    failed: Sequence[str]


def learn(tree: Tree, wanted: Sequence[str], longest: float) -> Iterator[Learnt]:
    """Run tests without a fault, a file (or folder, or single test) after another, and remember what each enters. One
    that takes longer than so many processor seconds, or CROWDED times as many by the clock, is left out."""
    ours, theirs = Pipe(duplex=False)
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            ours.close()
            _teach(tree, wanted, longest, theirs)
        finally:
            os._exit(_FAILED)
    theirs.close()
    try:
        for _ in wanted:
            found = ours.recv()
            tests = {name: row for name, row in found["tests"].items() if name not in found["failed"]}
            yield Learnt(
                {name: Known(row[0], frozenset(row[1]), row[2]) for name, row in tests.items()}, found["failed"]
            )
    finally:
        ours.close()
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _teach(tree: Tree, wanted: Sequence[str], longest: float, theirs: Connection) -> None:
    """Import the checker so that it says what is entered, and fork a child for each file of tests."""
    _settle(tree, tree.cache)
    entered: set[str] = set()
    _note_entering(tree.path, entered)
    for path in sorted((tree.path / "checker").rglob("[!_]*.py")):
        with suppress(Exception):  # a test that needs it fails, and says so
            importlib.import_module(".".join(path.relative_to(tree.path).with_suffix("").parts))
    told = tree.path.parent / "learnt.json"
    for name in wanted:
        told.unlink(missing_ok=True)
        plugin = _Learner(entered, longest, told)
        _forked(lambda name=name, plugin=plugin: _tested([name], plugin), None)  # type: ignore[misc]
        found = json.loads(told.read_text()) if told.exists() else {"tests": {}, "failed": [name]}
        theirs.send(found)


def run_with(tree: Tree, cache: Path, tests: Mapping[str, Known]) -> Ran:
    """Run these tests, the quickest first, up to the first that fails."""
    told = tree.path.parent / "told.json"
    told.unlink(missing_ok=True)
    began = time.monotonic()
    ordered = sorted(tests, key=lambda name: tests[name].seconds)
    limit = PATIENCE * (SLACK + sum(each.seconds for each in tests.values()))
    status = _forked(lambda: _tried(tree, cache, ordered, tests, told), limit)
    seconds = time.monotonic() - began
    found: dict[str, Any] = json.loads(told.read_text()) if told.exists() else {}
    if status == _PASSED:
        return Ran(None, False, seconds, len(ordered))
    return Ran(
        next(iter(found.get("failed", ())), "the start"),
        status in (_SLOW, -signal.SIGKILL),
        seconds,
        found.get("ran", 0),
    )


def _forked(work: Callable[[], int], limit: float | None) -> int:
    """The status of a child that does this work; it and what it started are killed at the limit."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = _FAILED
        try:
            os.setsid()
            status = work()
        finally:
            os._exit(status)
    end = None if limit is None else time.monotonic() + limit
    try:
        while True:
            done, raw = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(raw)
            if end is not None and time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return _SLOW
            time.sleep(0.02)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what the child left behind


def _settle(tree: Tree, cache: Path) -> None:
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


def _tried(tree: Tree, cache: Path, tests: Sequence[str], known: Mapping[str, Known], told: Path) -> int:
    _settle(tree, cache)
    return _tested(["-x", *tests], _Trier(known, told))


def _tested(arguments: Sequence[str], plugin: _Watcher) -> int:
    sys.addaudithook(plugin.heard)
    status = pytest.main(["-q", "--no-header", "-o", "addopts=", "-p", "no:cacheprovider", *arguments], [plugin])
    plugin.write()
    return _PASSED if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else _FAILED


def _note_entering(root: Path, entered: set[str]) -> None:
    """From now on functions of the checker that are imported say when they are entered. What becomes machine code is
    read from the files as they are, and says nothing."""
    loader = importlib.machinery.SourceFileLoader
    plain = loader.source_to_code

    def noting(self: Any, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        file = str(path).removeprefix(f"{root}/")
        if file.startswith("checker/") and isinstance(data, bytes):
            data = _Noting(file).visit(ast.parse(data))
            ast.fix_missing_locations(data)
        return plain(self, data, path, _optimize=_optimize)

    loader.source_to_code = noting  # type: ignore[method-assign]
    builtins.__entered__ = entered.add  # type: ignore[attr-defined]


class _Noting(ast.NodeTransformer):
    """Puts a call at the beginning of each outermost function."""

    def __init__(self, place: str) -> None:
        self._place = place

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        inner = _Noting(f"{self._place}{'.' if ':' in self._place else ':'}{node.name}")
        node.body = [inner.visit(statement) for statement in node.body]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        name = f"{self._place}{'.' if ':' in self._place else ':'}{node.name}"
        call = ast.Expr(ast.Call(ast.Name("__entered__", ast.Load()), [ast.Constant(name)], []))
        node.body.insert(1 if ast.get_docstring(node, False) is not None else 0, call)
        return node


class _Watcher:
    """A plugin: remembers which tests failed. What is done about time, a subclass says."""

    def __init__(self, told: Path) -> None:
        self._told = told
        self._spawned = False
        self.tests: dict[str, Known] = {}
        self.failed: list[str] = []
        self.text = ""
        self.ran = 0

    def heard(self, event: str, arguments: object) -> None:
        """Notice that a process is started: an audit hook."""
        if event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.forkpty"):
            self._spawned |= _COMPILING not in str(arguments)

    def write(self) -> None:
        """Tell the parent."""
        rows = {name: (each.seconds, sorted(each.enters), each.spawns) for name, each in self.tests.items()}
        self._told.write_text(json.dumps({"failed": self.failed, "text": self.text, "ran": self.ran, "tests": rows}))

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


class _TookTooLong(BaseException):
    """Raised within a test; no handler of the checker takes it for a model's mistake."""


class _Learner(_Watcher):
    """Remembers what each test enters, and ends those that take too long."""

    def __init__(self, entered: set[str], longest: float, told: Path) -> None:
        super().__init__(told)
        self._entered, self._longest = entered, longest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._spawned, began = False, _processor_seconds()
        self._entered.clear()
        try:
            return (yield)
        finally:
            seconds = _processor_seconds() - began
            self.tests[item.nodeid] = Known(seconds, frozenset(self._entered), self._spawned)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        for number, timer, seconds in (
            (signal.SIGPROF, signal.ITIMER_PROF, self._longest),
            (signal.SIGALRM, signal.ITIMER_REAL, CROWDED * self._longest),
        ):
            signal.signal(number, _give_up)
            signal.setitimer(timer, seconds, 1.0)  # again, where nothing can be raised
        try:
            return (yield)
        finally:
            for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
                signal.setitimer(timer, 0)


def _give_up(*_: object) -> NoReturn:
    raise _TookTooLong


class _Trier(_Watcher):
    """Runs the quickest tests first, and ends all when one takes far longer than without a fault."""

    def __init__(self, known: Mapping[str, Known], told: Path) -> None:
        super().__init__(told)
        self._known = known

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._known[item.nodeid].seconds if item.nodeid in self._known else 0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.signal(signal.SIGPROF, lambda *_: self._give_up(item.nodeid))
        known = self._known.get(item.nodeid)
        signal.setitimer(signal.ITIMER_PROF, SLACK + 5 * (known.seconds if known else 0))
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.ran += 1

    def _give_up(self, name: str) -> None:
        self.failed = [name]
        self.write()
        os._exit(_SLOW)


def _processor_seconds() -> float:
    """Of this process and those that it has waited for."""
    return sum(os.times()[:4])


def as_row(ran: Ran) -> dict[str, object]:
    """As a file keeps it."""
    return asdict(ran)
