"""Run tests, with a fault or with none, in children of a process that has the checker and all tests imported.

A fault is put into the functions that are there already, by their code; what that cannot show is left to a new process
(`running.run_with`): what was done while modules were imported, and what becomes machine code. Without a fault,
functions say when they are entered.
"""

from __future__ import annotations

import ast
import builtins
import gc
import hashlib
import importlib
import importlib.machinery
import importlib.util
import json
import marshal
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn, Self

import pytest

from checker.mutation.faults import Fault
from tests.mutation.running import (
    FAILED,
    PASSED,
    PYTEST,
    SLACK,
    Known,
    Ran,
    Tree,
    Trier,
    Watcher,
    forked,
    patience,
    processor_seconds,
    ran_of,
    settle,
)

CROWDED = 200
"""How many times as many seconds by the clock a test may take without a fault: the machine may be busy."""
_UNFIT = 8


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt of a file of tests, and the tests of it that can notice nothing, since they fail without a
    fault or take too long."""

    tests: Mapping[str, Known]
    failed: Sequence[str]


class Ready:
    """A process that has everything imported and these files of tests (or single tests) collected. A context."""

    def __init__(self, tree: Tree, wanted: Sequence[str], longest: float) -> None:
        self._ours, theirs = Pipe()
        sys.stdout.flush()
        self._process = os.fork()
        if self._process == 0:
            try:
                os.setsid()
                self._ours.close()
                _stand_ready(tree, wanted, longest, theirs)
            finally:
                os._exit(FAILED)
        theirs.close()
        self.at_import: frozenset[str] = self._ours.recv()
        """The functions that were entered while something was imported."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def learn(self, wanted: str) -> Learnt:
        """Run the tests of a file (or a single test) without a fault, and remember what each enters. One that takes
        longer than it may (so many processor seconds, or CROWDED times as many by the clock) is left out."""
        self._ours.send(("learn", wanted))
        found = self._ours.recv()
        tests = {name: row for name, row in found["tests"].items() if name not in found["failed"]}
        return Learnt({name: Known(row[0], frozenset(row[1]), row[2]) for name, row in tests.items()}, found["failed"])

    def run_with(
        self, fault: Fault, text: bytes, cache: Path, tests: Mapping[str, Known], slack: float = SLACK
    ) -> Ran | None:
        """Run these tests in this order, up to the first that fails, with a fault that makes this text of its module.
        None where the functions that are there cannot show it."""
        began = time.monotonic()
        seconds = {name: each.seconds for name, each in tests.items()}
        self._ours.send(("try", fault.module, fault.function, text, str(cache), seconds, slack))  # what all can read
        status, told = self._ours.recv()
        if status == _UNFIT:
            return None
        ran = ran_of(status, Path(told), time.monotonic() - began)
        survives = ran.killed is None
        return None if survives and f"{fault.module}:{fault.function}" in self.at_import else ran


def _stand_ready(tree: Tree, wanted: Sequence[str], longest: float, theirs: Connection) -> None:
    """Import the checker so that it says what is entered, collect the tests, and do what is asked."""
    settle(tree, tree.cache)
    entered: set[str] = set()
    _note_entering(tree.path, entered)
    for path in sorted((tree.path / "checker").rglob("[!_]*.py")):
        with suppress(Exception):  # a test that needs it fails, and says so
            importlib.import_module(".".join(path.relative_to(tree.path).with_suffix("").parts))
    pytest.main([*PYTEST, *wanted], [_Host(tree, entered, longest, theirs)])


class _Host(Watcher):
    """A plugin: collects once, and then does what it is asked, each in a child."""

    def __init__(self, tree: Tree, entered: set[str], longest: float, pipe: Connection) -> None:
        super().__init__(tree.path.parent / "told-by-ready.json")
        self._tree, self._entered, self._longest, self._pipe = tree, entered, longest, pipe

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        gc.collect()
        gc.freeze()  # so that children share what there is
        self._pipe.send(frozenset(self._entered))
        while True:
            try:
                asked = self._pipe.recv()
            except EOFError:
                return True
            self._pipe.send(
                self._learnt(session, asked[1]) if asked[0] == "learn" else self._tried(session, *asked[1:])
            )

    def _learnt(self, session: pytest.Session, wanted: str) -> dict[str, Any]:
        items = [item for item in session.items if is_below(item.nodeid, [wanted])]
        plugin = _Learner(self._entered, self._longest, self._told)
        forked(lambda: _run(session, items, plugin, stop=False), self._told, None)
        if not items or not self._told.exists():
            return {"tests": {}, "failed": [wanted]}
        found: dict[str, Any] = json.loads(self._told.read_text())
        return found

    def _tried(
        self,
        session: pytest.Session,
        module: str,
        function: str,
        text: bytes,
        cache: str,
        seconds: Mapping[str, float],
        slack: float,
    ) -> tuple[int, str]:
        tests = {name: Known(each, frozenset(), False) for name, each in seconds.items()}
        order = {name: place for place, name in enumerate(tests)}
        items = sorted((each for each in session.items if each.nodeid in tests), key=lambda each: order[each.nodeid])

        def work() -> int:
            os.environ["EVACHECK_CACHE"] = cache
            if not _put_in(self._tree.path / module, text, function):
                return _UNFIT
            if slack > SLACK:
                compile_by_meaning(self._tree.path.parent / "compiled")
            return _run(session, items, Trier(tests, self._told, slack), stop=True)

        return forked(work, self._told, patience(tests)), str(self._told)


def compile_by_meaning(folder: Path) -> None:
    """From now on this process compiles only what LLVM has not seen before: machine code is kept under the text that
    LLVM is given, and under that of the module that gives it. So a fault in what becomes machine code, after which
    nothing in the usual cache counts, costs what it changes."""
    folder.mkdir(exist_ok=True)
    machine = "checker.engines.explicit.machine"  # as it is in the copy, and in this process
    names = ("library", "llvm", "lowering", "reading")
    library, llvm, lowering, reading = (importlib.import_module(f"{machine}.{name}") for name in names)

    def compiled(source: str, names: Sequence[str], module: str, thorough: bool = True) -> bytes:
        text = lowering.lowered(reading.SourceReader().functions(source, module, names), names)
        parts = [text, str(thorough), Path(llvm.__file__).read_text()]
        place = folder / hashlib.sha256("\0".join(parts).encode()).hexdigest()
        if not place.exists():
            code = llvm.object_code(text, thorough)
            place.with_suffix(f".{os.getpid()}").write_bytes(code)
            place.with_suffix(f".{os.getpid()}").replace(place)
        return place.read_bytes()

    library.compiled = compiled  # type: ignore[attr-defined]


def is_below(name: str, tests: Sequence[str]) -> bool:
    """Whether a test is one of these, or stands in one of these files and folders."""
    return any(name == test or name.startswith((f"{test}/", f"{test}::", f"{test}[")) for test in tests)


def _run(session: pytest.Session, items: Sequence[pytest.Item], plugin: Watcher, *, stop: bool) -> int:
    """Run tests in this process, a child."""
    sys.addaudithook(plugin.heard)
    session.config.pluginmanager.register(plugin)
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if stop and plugin.failed:
            break
    plugin.write()
    return FAILED if plugin.failed else PASSED


def _put_in(path: Path, text: bytes, function: str) -> bool:
    """Give the functions of this name that were made from a file the code that the text says; whether that can be."""
    made = {code.co_firstlineno: code for code in _codes(compile(text, str(path), "exec", dont_inherit=True), function)}
    gc.unfreeze()
    there = [
        each
        for each in gc.get_objects()
        if type(each) is FunctionType and each.__code__.co_filename == str(path) and each.__qualname__ == function
    ]
    try:
        for each in there:
            each.__code__ = made[each.__code__.co_firstlineno]
    except (KeyError, ValueError):  # not the same names of functions around
        return False
    return bool(there)


def _codes(code: CodeType, function: str) -> Iterator[CodeType]:
    if code.co_qualname == function:
        yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner, function)


def _note_entering(root: Path, entered: set[str]) -> None:
    """From now on functions of the checker that are imported say when they are entered. What becomes machine code is
    read from the files as they are, and says nothing."""
    loader = importlib.machinery.SourceFileLoader
    plain, stats = loader.source_to_code, loader.path_stats
    kept = root.parent / "noting"
    kept.mkdir(exist_ok=True)

    def noting(self: Any, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        file = str(path).removeprefix(f"{root}/")
        if not file.startswith("checker/") or not isinstance(data, bytes):
            return plain(self, data, path, _optimize=_optimize)
        place = kept / hashlib.sha256(data + str(path).encode() + importlib.util.MAGIC_NUMBER).hexdigest()
        if place.exists():
            return marshal.loads(place.read_bytes())
        tree = ast.fix_missing_locations(_Noting(file).visit(ast.parse(data)))
        code = plain(self, tree, path, _optimize=_optimize)
        place.write_bytes(marshal.dumps(code))
        return code

    def stats_of(self: Any, path: Any) -> Any:
        if str(path).startswith(f"{root}/checker/"):
            raise OSError  # bytecode says nothing of what is entered
        return stats(self, path)

    loader.source_to_code = noting  # type: ignore[method-assign]
    loader.path_stats = stats_of  # type: ignore[method-assign]
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


class _TookTooLong(BaseException):
    """Raised within a test; no handler of the checker takes it for a model's mistake."""


class _Learner(Watcher):
    """Remembers what each test enters, and ends those that take too long. One that is skipped notices nothing, and is
    not remembered: by its name it would not be skipped, and would seem to take far longer than it did."""

    def __init__(self, entered: set[str], longest: float, told: Path) -> None:
        super().__init__(told)
        self._entered, self._longest = entered, longest
        self._skipped: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        super().pytest_runtest_logreport(report)
        if report.skipped and not hasattr(report, "wasxfail"):
            self._skipped.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._spawned, began = False, processor_seconds()
        self._entered.clear()
        try:
            return (yield)
        finally:
            seconds = processor_seconds() - began
            if item.nodeid not in self._skipped:
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
