"""Work for other processes, with what comes of it in order. Prints nothing.

Signals are for the process that waits: the others hear of none, and end with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import TypeVar

from checker import signals

Result = TypeVar("Result")

_LOOK_SECONDS = 0.5
"""Between two looks at Ctrl-C, and two reports of what is waited for."""


def in_order(
    work: Sequence[Callable[[], Result]], processes: int, waiting: Callable[[int, float], None] | None = None
) -> Iterator[tuple[int, Future[Result]]]:
    """Have work done in at most so many processes at the same time; gives the number and what came of each, in order.
    `waiting` is told the number of the one that is waited for, and the seconds of that so far. Ctrl-C gives those that
    are there before it goes on. A process that died gives BrokenProcessPool to all that were not done."""
    if not work:
        return
    before = set(active_children())
    start = "fork" if is_alone() else "spawn"
    pool = ProcessPoolExecutor(max(1, min(processes, len(work))), get_context(start), signals.ignored)
    number = 0
    try:
        futures = [pool.submit(each) for each in work]
        try:
            for number, future in enumerate(futures):
                _wait(number, future, waiting)
                yield number, future
        except KeyboardInterrupt:
            yield from [(at, each) for at, each in enumerate(futures) if at >= number and each.done()]
            raise
    except BaseException:
        for child in set(active_children()) - before:
            child.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # a thread of the pool that Python's end meets prints an OSError


def is_alone() -> bool:
    """Whether this process has one thread only, those of libraries included and that of `signals` not: then it may be
    forked, which is the sooner the more is imported. A child of others would share the locks that they hold. False
    where it cannot be seen."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1 + signals.threads()
    except OSError:
        return False


def _wait(number: int, future: Future[Result], waiting: Callable[[int, float], None] | None) -> None:
    began = time.monotonic()
    while not future.done():
        if waiting is not None:
            waiting(number, time.monotonic() - began)
        wait([future], timeout=_LOOK_SECONDS)
