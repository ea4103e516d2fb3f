"""Work during which Python must not, or need not, look for garbage. Collects none itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Within this Python looks for no cycles of objects that nobody holds. Others are freed as ever."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
