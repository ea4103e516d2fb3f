"""A command in a process of its own that begins as a copy of this one: nothing is imported anew, which takes half a
second and more each time, and nothing that it does to its process is left here. What it takes to start Python for a
command is tested in tests/commands/test_cli.py and test_signals.py, with processes that are started.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checker import cli

ROOT = Path(__file__).parents[2]
LIMIT = 120.0
"""Seconds by the clock that a command may take."""
_OURS = (str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"))


def command(
    folder: Path,
    words: Sequence[str],
    main: Callable[[], object] = cli.main,
    prepare: Callable[[], object] = lambda: None,
) -> subprocess.CompletedProcess[str]:
    """What `evacheck WORDS` (or another `main`) gives in a folder; `prepare` is called in the new process before."""
    out, err = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            for number, (reads, writes) in ((1, out), (2, err)):
                os.close(reads)
                os.dup2(writes, number)
                os.close(writes)
            status = _ran(folder, words, main, prepare)
        finally:
            os._exit(status)
    for _, writes in (out, err):
        os.close(writes)
    try:
        said = _read((out[0], err[0]), time.monotonic() + LIMIT)
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    return subprocess.CompletedProcess(list(words), os.waitstatus_to_exitcode(status), *said)


def tests(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What `python -m pytest WORDS` gives in a folder."""
    plugins = ("cacheprovider", "hypothesispytest", "xdist")
    without = [word for plugin in plugins for word in ("-p", f"no:{plugin}")]

    def main() -> None:
        raise SystemExit(int(pytest.main([*without, *words])))

    return command(folder, words, main)


def _ran(folder: Path, words: Sequence[str], main: Callable[[], object], prepare: Callable[[], object]) -> int:
    """The status of a command that this process becomes."""
    gc.freeze()  # pytest collects garbage five times when it ends: all that is ours would be looked at, and copied for it
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # Errors line by line, as Python writes them: a process that draws is ended as soon as its picture is there.
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    os.environ["PYTHONPATH"] = str(ROOT)  # for what it starts itself
    os.chdir(folder)
    sys.argv = ["evacheck", *words]
    sys.path.insert(0, str(folder))
    for name, module in list(sys.modules.items()):  # models of other tests, which may bear the same name
        file = getattr(module, "__file__", None)
        if file is not None and not str(file).startswith(_OURS):
            del sys.modules[name]
    try:
        prepare()
        main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _read(pipes: Sequence[int], end: float) -> list[str]:
    """All that comes out of pipes, until nobody writes to them any more. Raises TimeoutError, and closes them."""
    found: dict[int, bytes] = dict.fromkeys(pipes, b"")
    left = set(pipes)
    try:
        while left:
            ready, _, _ = select.select(list(left), [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError
            for pipe in ready:
                more = os.read(pipe, 1 << 16)
                found[pipe] += more
                if not more:
                    left.discard(pipe)
    finally:
        for pipe in pipes:
            os.close(pipe)
    return [found[pipe].decode() for pipe in pipes]
