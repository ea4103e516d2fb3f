"""Work for other processes: its results come in order, Ctrl-C gives those that are there, and a death is told."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checker import pool
from checker.memory import resident
from checker.pool import in_order


@pytest.fixture(autouse=True)
def _spawns(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there are threads: all other tests fork."""
    monkeypatch.setattr(pool, "is_alone", lambda: False)


def late(number: int, seconds: float) -> int:
    """The number, after so long."""
    time.sleep(seconds)
    return number


def test_results_come_in_order_whichever_is_ready_first() -> None:
    work = [partial(late, number, 0.3 if number == 0 else 0) for number in range(4)]
    asked: list[int] = []
    found = [(number, each.result()) for number, each in in_order(work, 2, lambda number, _: asked.append(number))]
    assert found == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert asked[0] == 0
    assert list(in_order([], 2)) == []


def test_ctrl_c_gives_what_is_there_and_then_ends_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes when the result of the second is there, while the first is waited for."""
    given, submit = list[Future[Any]](), ProcessPoolExecutor.submit

    def submitted(executor: ProcessPoolExecutor, /, *work: Any) -> Future[Any]:
        given.append(submit(executor, *work))
        return given[-1]

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submitted)
    mine = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    mine.start()
    try:

        def interrupts(number: int, seconds: float) -> None:
            if given[1].done():
                raise KeyboardInterrupt

        found: list[int] = []
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            for number, _ in in_order([partial(time.sleep, 600), _one], 2, interrupts):
                found.append(number)
        assert found == [1] and time.monotonic() - began < 300
        mine.join(0.5)
        assert mine.is_alive(), "whoever else has children keeps them"
    finally:
        mine.kill()


def test_a_process_that_dies_is_told() -> None:
    ((number, future),) = in_order([partial(os._exit, 9)], 1)
    assert number == 0
    with pytest.raises(BrokenProcessPool):
        future.result()


def test_memory_is_told_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 was told on macOS, so that a budget of memory never ended there."""
    now = resident()

    def none(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr("pathlib.Path.read_text", none)
    assert resident() >= now * 0.9 > 0


def test_nothing_of_a_pool_is_left_for_the_end_of_python_to_meet() -> None:
    """`verify` of one model printed "Exception ignored ... Bad file descriptor" once in thousands of runs."""
    before = set(threading.enumerate())
    assert [future.result() for _, future in in_order([_one, _one], 2)] == [1, 1]
    assert set(threading.enumerate()) <= before


def _one() -> int:
    return 1


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not tell its threads")
def test_a_process_with_threads_is_not_forked() -> None:
    code = "import threading; from checker.pool import is_alone\n"
    code += "alone = is_alone(); done = threading.Event(); threading.Thread(target=done.wait).start()\n"
    code += "print(alone, is_alone()); done.set()"
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout == "True False\n"
