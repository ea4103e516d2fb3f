"""Where random runs begin: all initial states, or some drawn at random where these are very many."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from random import Random

from checker.contract.task import begins_outside
from checker.contract.trace import Failing, Trace
from checker.engines.common.clock import Stopped
from checker.engines.explicit.codegen.code import CHOICE_LIMIT, DONE, FAILED
from checker.engines.explicit.codegen.layout import Layout
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.path import Retracing
from checker.engines.explicit.worker import Worker
from checker.ir.nodes import Program
from checker.semantics import Interpreter

MOST_BYTES = 1 << 24
"""Memory that a list of all outcomes of `init` may take."""

DRAWN = 512
"""Initial states that are drawn where a list of all would take more."""

REDRAWS = 400
"""Runs of `init`, beside one for each choice, that drawing one initial state may take."""


class Beginnings:
    """The packed initial states at `address`, `count` of them; as often as `init` has choices that lead there."""

    def __init__(
        self, program: Program, worker: Worker, layout: Layout, model: Library, seed: int, check: Callable[[], None]
    ) -> None:
        self.complete = True
        self.failure: Trace | None = None
        """How `init` fails, if it can and that was seen."""
        self._program, self._layout = program, layout
        self._check = check
        rows = self._listed(worker, model)
        if rows is None:
            self.complete = False
            rows = self._drawn(seed)
        self.count = len(rows) // worker.words
        self._rows = words(max(1, len(rows)))
        for at, word in enumerate(rows):
            self._rows[at] = word
        self.states = [tuple(rows[at : at + worker.words]) for at in range(0, len(rows), worker.words)]
        beyond = worker.beyond(model, self.states)
        if beyond is not None:
            raise begins_outside(program, layout.decode(beyond))
        self.address = ctypes.addressof(self._rows)

    def _listed(self, worker: Worker, model: Library) -> list[int] | None:
        """All of them; None if they are too many."""
        run = model.function("initial", 4)
        rows: list[int] = []
        failed = False
        while not worker.control[DONE]:
            found = worker.initial(run)
            if found < 0:
                raise Stopped(f"a step of more than {CHOICE_LIMIT} choices ended the walk")
            rows += worker.out[: found * worker.words]
            failed = failed or bool(worker.control[FAILED])
            if len(rows) * 8 > MOST_BYTES and not worker.control[DONE]:
                return None
            self._check()
        if failed:
            self.failure = Retracing(self._program, self._layout).failing_init()
        return rows

    def _drawn(self, seed: int) -> list[int]:
        """Some, drawn by the interpreter."""
        interpreter, chance = Interpreter(self._program), Random(seed)
        rows: list[int] = []
        for _ in range(DRAWN):
            drawn = interpreter.drawn_start(chance.randrange, REDRAWS)
            if drawn is not None and drawn.state is not None:
                rows += self._layout.encode(drawn.state)
            elif drawn is not None and drawn.failure is not None and self.failure is None:
                self.failure = Trace((), (), drawn.step.choices, Failing(None, drawn.failure))
            self._check()
        return rows
