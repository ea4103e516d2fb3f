"""Where work that may take long looks up: at a clock, or whatever else the caller wants looked at. Keeps no time.

The interpreter, the encoder and the front end call `pause` in every round of what they go through. What that does is
said by who started the work, with `watched`; by itself it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Look = Callable[[], None]


def _nothing() -> None:
    """Nobody watches."""


_look: ContextVar[Look] = ContextVar("look", default=_nothing)


def current() -> Look:
    """What is to be called in every round, for loops that would not look it up each time."""
    return _look.get()


def is_watched() -> bool:
    """Whether somebody may want to end the work."""
    return _look.get() is not _nothing


def pause() -> None:
    """Look up. Raises what the watcher raises, to end the work."""
    _look.get()()


@contextmanager
def watched(look: Look) -> Iterator[None]:
    """Have `look` called in every round of what happens within."""
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)
