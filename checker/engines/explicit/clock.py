"""When a run over compiled code has to end, and when it tells how far it is. Searches nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from checker.contract.task import Budget, Stats
from checker.engines.common.clock import INTERRUPTED, Stopped, time_ended
from checker.pause import watched

_PROGRESS_SECONDS = 0.2
"""As often as a line on a terminal can be read."""


@dataclass
class Clock:
    """When to stop and when to report. `stop` is set from outside."""

    budget: Budget
    stop: threading.Event
    progress: Callable[[Stats], None] | None
    started: float = field(default_factory=time.monotonic)
    _reported: float = 0.0

    def look(self) -> None:
        """Stopped if the run has to end."""
        if self.stop.is_set():
            raise Stopped(INTERRUPTED)
        since = self.started if self.budget.since is None else self.budget.since
        if self.budget.seconds is not None and time.monotonic() - since > self.budget.seconds:
            raise Stopped(time_ended(self.budget))

    def check(self, stats: Callable[[], Stats]) -> None:
        """Report if it is time; Stopped if the run has to end."""
        self.look()
        now = time.monotonic()
        if self.progress is not None and now - self._reported > _PROGRESS_SECONDS:
            self._reported = now
            self.progress(stats())

    def compiling(self) -> AbstractContextManager[None]:
        """Within this, compiling ends when the time does; it takes a process of its own, so only if there is a limit.
        Raises Stopped."""
        return nullcontext() if self.budget.seconds is None else watched(self._heed_compiling)

    def _heed_compiling(self) -> None:
        try:
            self.check(lambda: Stats(seconds=self.seconds(), doing="compiling"))
        except Stopped as reason:
            spent = f" in {self.seconds():.0f} s of compiling" if str(reason) != INTERRUPTED else ""
            raise Stopped(f"{reason}{spent}") from None

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started
