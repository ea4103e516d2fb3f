"""Work for several processes at once, with its results in order. Prints what is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Generic, TypeVar

from checker import signals
from checker.commands.common import screen
from checker.commands.options import cores
from checker.contract.wording import Status

Result = TypeVar("Result")


@dataclass(frozen=True)
class Job(Generic[Result]):
    """Work for another process. `failed` makes a result of it if that process crashes: from why, and a status."""

    label: str
    work: Callable[[], Result]
    failed: Callable[[str, Status], Result]


def together(jobs: Sequence[Job[Result]], workers: int, watched: bool) -> Iterator[Result]:
    """Do jobs at the same time, as many as there are cores, and give the results in order. Ctrl-C while waiting gives
    those that are there before it goes on."""
    count = max(1, min(cores() // workers, len(jobs)))
    # signals are for this process to handle
    pool = ProcessPoolExecutor(count, get_context("fork" if _is_alone() else "spawn"), signals.ignored)
    number = 0
    try:
        futures = [pool.submit(job.work) for job in jobs]
        try:
            for number, (job, future) in enumerate(zip(jobs, futures, strict=True)):
                if watched:
                    _wait(future, f"  {number} of {len(jobs)} done, waiting for {job.label}")
                yield _result(job, future)
        except KeyboardInterrupt:
            there = [future.done() for future in futures[number:]]
            for job, future, done in zip(jobs[number:], futures[number:], there, strict=True):
                if done:
                    yield _result(job, future)
            raise
    except BaseException:
        for child in active_children():
            child.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _is_alone() -> bool:
    """Whether this process has one thread only, those of libraries included: then it may be forked, which is the sooner
    the more is imported. A child of others would share the locks that they hold. False where it cannot be seen."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _result(job: Job[Result], future: Future[Result]) -> Result:
    """What a job came to. A worker that crashed is a problem of its job, shown with the others."""
    try:
        return future.result()
    except BrokenProcessPool:
        return job.failed("The process that checked it died, perhaps out of memory.", Status.INCONCLUSIVE)
    except Exception as error:  # a bug, reported as one: it must not hide the other results
        return job.failed(f"This is a bug of evacheck: {type(error).__name__}: {error}", Status.BUG)


def _wait(future: Future[Result], words: str) -> None:
    """Show what is waited for until it is there."""
    began = time.perf_counter()
    while not future.done():
        wait([future], timeout=0.5)
        screen.passing(f"{words}, {time.perf_counter() - began:.0f} s")
    screen.passing("")
