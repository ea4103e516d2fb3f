"""When a run has to end: its budgets, and the one sentence for each. Searches nothing.

`look` is cheap enough to be called in every round of a loop. Memory is looked up only now and then.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

from checker.contract.task import Budget
from checker.memory import allowance, resident
from checker.pause import watched

INTERRUPTED = "interrupted"
MACHINE_MEMORY = "out of memory"

_SIGNALS = re.compile(r": (KeyboardInterrupt|Terminated): ")

_MEMORY_SECONDS = 0.05
"""Between two looks at memory: reading it takes some 50 microseconds, and Python fills some 50 MiB in that time."""


class Stopped(Exception):
    """A run ends before its time. Its text says why."""


def ended_by(work: Callable[[], None], look: Callable[[], None] | None = None) -> str | None:
    """Do the work, which looks up by `look`; gives the reason if it ended before its time: a budget, Ctrl-C, or the
    memory of the machine."""
    try:
        with nullcontext() if look is None else watched(look):
            work()
    except Stopped as reason:
        return str(reason)
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        return MACHINE_MEMORY
    except Exception as error:
        if not _is_signal_within_ctypes(error):
            raise
        return INTERRUPTED
    return None


def _is_signal_within_ctypes(error: Exception) -> bool:
    """Whether Ctrl-C or SIGTERM came while ctypes made an argument for Z3: it gives an ArgumentError of its own then,
    and nothing but its text says of what. Named and not imported: the command starts without ctypes."""
    return type(error).__name__ == "ArgumentError" and bool(_SIGNALS.search(str(error)))


def time_ended(budget: Budget) -> str:
    """The reason for a run that took as long as it may. It names the time that the user gave: nobody has heard of the
    share of one engine."""
    if budget.share_of is None:
        return f"time budget of {budget.seconds:g} s ended"
    return f"one engine's share of the time budget of {budget.share_of:g} s ended"


def states_ended(states: int) -> str:
    """The reason for a run that found as many states as it may."""
    return f"state budget of {states:,} ended"


def depth_ended(depth: int) -> str:
    """The reason for a run that looked as deep as it may."""
    return f"depth budget of {depth} ended"


def memory_ended(budget: Budget, limit: int) -> str:
    """The reason for a run that took `limit` bytes: the user's budget, or what this machine had free."""
    if budget.memory is None:
        return f"{MACHINE_MEMORY}: {in_mebibytes(limit)} were free"
    return f"memory budget of {in_mebibytes(limit)} ended"


def in_mebibytes(size: int) -> str:
    """An amount of memory in the one unit of all messages."""
    return f"{size >> 20:,} MiB" if size >= 1 << 20 else f"{size:,} B"


class Clock:
    """The time and memory of one run. Memory counts from here on: what was there before is not the run's."""

    def __init__(self, budget: Budget, stop: threading.Event | None = None) -> None:
        self.budget = budget
        self.began = time.monotonic()
        self._stop = stop
        self._limit = allowance() if budget.memory is None else budget.memory
        self._base = resident()
        self._measured = self.began

    def seconds(self) -> float:
        """Since this run began, which may be later than its budget."""
        return time.monotonic() - self.began

    def left(self) -> float | None:
        """Seconds that are left of the budget; None if it sets none."""
        if self.budget.seconds is None:
            return None
        since = self.began if self.budget.since is None else self.budget.since
        return since + self.budget.seconds - time.monotonic()

    def look(self) -> None:
        """Stopped if the run has to end."""
        if self._stop is not None and self._stop.is_set():
            raise Stopped(INTERRUPTED)
        left = self.left()
        if left is not None and left <= 0:
            raise Stopped(time_ended(self.budget))
        now = time.monotonic()
        if now - self._measured >= _MEMORY_SECONDS:
            self._measured = now
            if resident() - self._base > self._limit:
                raise Stopped(memory_ended(self.budget, self._limit))
