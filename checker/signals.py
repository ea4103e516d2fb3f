"""Ctrl-C and SIGTERM: both end a run in the same way, and neither loses what was found. Decides nothing of its own.

Only the command installs this. The first signal raises KeyboardInterrupt wherever the program is; while what was found
is judged, shown and written, and for a moment after a first signal, others are only acknowledged. Python hears none
while machine code runs one long loop: a thread of its own does, and the next signal then ends the command.
"""

from __future__ import annotations

import _thread
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

PATIENCE = 3.0
"""Seconds for which a signal waits for results to be written; after that, another one ends the command at once."""

_SOON = 0.5
"""Seconds between a signal and Python's hearing of it that are nothing to speak of."""

_AGAIN = 0.02
"""Seconds after which a signal that was lost is sent once more."""

_STDERR = 2
_BOTH = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: `docker stop`, a job that was cancelled."""


@dataclass
class _State:
    """What was heard so far, as `time.monotonic` tells it."""

    interrupted: float | None = None
    busy: float | None = None
    told: float | None = None
    heard: float = float("-inf")
    threads: int = 0


_state = _State()


def install() -> None:
    """Handle Ctrl-C and SIGTERM from now on, in the main thread of the command."""
    for number in _BOTH:
        signal.signal(number, _heard)
    _listen()
    if not isinstance(sys.unraisablehook, _Again):
        sys.unraisablehook = _Again(sys.unraisablehook)


def _listen() -> None:
    """Have a thread hear of signals that Python itself does not hear of soon."""
    if sys.platform == "win32":  # no pipe can be waited for there
        return
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    _thread.start_new_thread(_watch, (reads,))
    _state.threads = 1


def threads() -> int:
    """How many threads were started here: they hold no lock while Python is forked, and a child does without them."""
    return _state.threads


def _watch(reads: int) -> None:
    """Tell of a signal that Python has not heard for PATIENCE seconds, and end the command at the next."""
    unheard: float | None = None
    told = False
    while True:
        waits = unheard is not None and not told
        came = bool(select.select([reads], [], [], PATIENCE if waits else None)[0])
        if unheard is not None and _state.heard >= unheard - _SOON:
            unheard, told = None, False
        elif not came:
            told = True
            os.write(
                _STDERR, b"\none step of compiled code takes long, and ends by itself: again loses what was found\n"
            )
        for number in os.read(reads, 1) if came else b"":
            if told:
                os._exit(128 + number)
            unheard = unheard or (time.monotonic() if number in _BOTH else None)


def ignored() -> None:
    """Leave both to the process that started this one: it ends its workers itself."""
    signal.set_wakeup_fd(-1)
    _state.threads = 0
    for number in _BOTH:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within this, a signal does not lose what was found, unless it takes longer than PATIENCE."""
    before, _state.busy = _state.busy, time.monotonic()
    try:
        yield
    finally:
        _state.busy = before


def is_signal(error: BaseException) -> bool:
    """Whether a signal raised this, and not code that happens to raise the same."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and last.tb_frame.f_code is _heard.__code__


class _Again:
    """Hears what was raised where nobody can catch it. A signal that arrives while an object is taken apart, as
    thousands of Z3's are in a second, is dropped there by Python: the run would go on as if nothing had been."""

    def __init__(self, otherwise: Callable[[Any], object]) -> None:
        self._otherwise = otherwise

    def __call__(self, lost: Any) -> None:
        if not (isinstance(lost.exc_value, KeyboardInterrupt) and is_signal(lost.exc_value)):
            self._otherwise(lost)
            return
        from threading import Timer  # noqa: PLC0415 - hardly ever needed, and takes time to import

        _state.interrupted = None
        number = signal.SIGTERM if isinstance(lost.exc_value, Terminated) else signal.SIGINT
        Timer(_AGAIN, os.kill, (os.getpid(), number)).start()


def _heard(number: int, _: FrameType | None) -> None:
    now = _state.heard = time.monotonic()
    if any(since is not None and now - since < PATIENCE for since in (_state.interrupted, _state.busy)):
        if _state.told is None or now - _state.told >= PATIENCE:
            _state.told = now
            os.write(_STDERR, b"\nending: what was found is being written; again in 3 s ends at once\n")
        return
    _state.interrupted = now
    raise (Terminated if number == signal.SIGTERM else KeyboardInterrupt)
