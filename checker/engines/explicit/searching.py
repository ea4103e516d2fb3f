"""What a breadth-first search gives to whoever decides by it: the same for one on this machine and one on many."""

from __future__ import annotations

import ctypes
from collections.abc import Container, Sequence
from typing import Protocol

from checker.contract.task import Stats
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.worker import State


class Searching(Protocol):
    """States found level by level. Culprits and parents are the least states of their kind, whoever found them."""

    emitted: Emitted
    model: Library
    distinct: int
    complete: bool
    compile_seconds: float

    @property
    def levels(self) -> Sequence[object]:
        """As many as there are levels."""
        ...

    @property
    def scratch(self) -> ctypes.Array[ctypes.c_int64]:
        """Memory for the model's code."""
        ...

    def initial(self) -> bool:
        """Find the initial states, the first level. False if `init` fails somewhere."""
        ...

    def judge(self, wanted: Sequence[int]) -> dict[int, State]:
        """Judge the properties of these numbers in the last level; the culprits by kind."""
        ...

    def expand(self, of_steps: Container[int] = (), beyond: Container[int] = ()) -> dict[int, State]:
        """Find the next level, and judge the steps to it by the `@step` properties of these numbers, and what is beyond
        the constraint by those properties; the culprits by kind."""
        ...

    def parents(self, targets: Sequence[State], depth: int) -> list[State | None]:
        """For each target the least state of that depth that has it among its successors."""
        ...

    def go_on_with(self, model: Library) -> None:
        """Run other machine code of the same program from the next level on."""
        ...

    def stats(self) -> Stats:
        """The counts at this moment."""
        ...
