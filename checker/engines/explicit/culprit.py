"""The state that decides a property, as a search notes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.engines.explicit.worker import State


@dataclass(frozen=True, slots=True)
class Culprit:
    """The state that decides a property, and its depth. `failing` says that something fails there, in a step or in one
    of the properties `judged`; without a state `init` failed. `of_step`: a step from it shows that."""

    state: State | None
    depth: int
    failing: bool = False
    judged: tuple[str, ...] = ()
    of_step: bool = False


def state_of(words: Sequence[int] | None) -> State | None:
    """A state as it was written."""
    return None if words is None else tuple(words)
