"""Have compiled code look up within one long step. Knows no clock: what looks raises what ends the step."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Generator
from weakref import WeakMethod

from checker.engines.explicit.codegen.code import LEFT, LOOK

_SECONDS = 0.01
"""Between two looks, about: each takes a few microseconds."""

_MOST = 1 << 20
_CALLED = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)


class Looking:
    """Calls `look` about every hundredth of a second while compiled code goes through choices, in the thread that runs
    it. What `look` raises, and Ctrl-C in the main thread, ends the step, and is raised by `end_if_it_must`. `look` is a
    method, whose object this does not keep: its gigabytes go when nobody else needs them."""

    def __init__(self, control: ctypes.Array[ctypes.c_int64], look: Callable[[], None]) -> None:
        self._look = WeakMethod(look)
        self._problem: BaseException | None = None
        # A function would not do: a signal that is waiting is raised as it begins, where ctypes drops it.
        looks = self._looks()
        next(looks)
        self._called = _CALLED(looks.send)  # lives as long as this
        control[LEFT], control[LOOK] = 0, ctypes.cast(self._called, ctypes.c_void_p).value or 0

    def _looks(self) -> Generator[int, int, None]:
        """After how many vectors of choices to look again; 0 if the step is to end."""
        left, now = 1, time.monotonic()
        while True:
            try:
                yield left if self._problem is None else 0
                before, now = now, time.monotonic()
                left = max(1, min(_MOST, 2 * left, int(left * _SECONDS / max(now - before, 1e-6))))
                look = self._look()
                if self._problem is None and look is not None:
                    look()
            except GeneratorExit:
                return
            except BaseException as problem:
                self._problem = self._problem or problem

    def end_if_it_must(self) -> None:
        """Raise what ended a step, once."""
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
