"""Ask Z3, within a budget, and stop at once when told to. Knows nothing of programs.

Z3 runs in a thread of its own, so that the thread that asks can look after time, memory, Ctrl-C and progress; terms are
made only while it does not run. `unknown` is never an answer: it ends the run with Z3's reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

import z3

from checker.contract.task import Stats, Task
from checker.engines.common import clock
from checker.engines.common.clock import Stopped
from checker.engines.symbolic.terms import Bool
from checker.garbage import uncollected

_LOOK = 0.05  # seconds between two looks at the budget
_TELL = 0.25  # seconds between two reports of progress


class Undecided(Stopped):
    """Z3 does not know."""


class Clock(clock.Clock):
    """The budget of one task, and its progress. `depth` and `doing` are what progress shows."""

    def __init__(self, task: Task) -> None:
        super().__init__(task.budget, task.stop)
        self.task = task
        self.encoding_seconds = 0.0
        self.doing = ""
        self._depth = 0
        self._arrived = self.began  # at this depth
        self._told = self.began

    @property
    def depth(self) -> int:
        """States of the behaviours that are looked at."""
        return self._depth

    @depth.setter
    def depth(self, depth: int) -> None:
        if depth != self._depth:
            self._depth, self._arrived = depth, time.monotonic()

    def stats(self) -> Stats:
        """How far it has come; while at some depth, with the time that this depth has taken so far."""
        spent = f" ({time.monotonic() - self._arrived:.0f} s)" if self._depth else ""
        doing = f"{self.doing}{spent}" if self.doing else ""
        return Stats(depth=self.depth, seconds=self.seconds(), compile_seconds=self.encoding_seconds, doing=doing)

    def look(self) -> None:
        """Report progress now and then; Stopped when it is time."""
        super().look()
        now = time.monotonic()
        if self.task.progress is not None and now - self._told >= _TELL:
            self._told = now
            self.task.progress(self.stats())


class Solver:
    """Formulas that are to hold together. `logic` is Z3's name of the solver to use, or "" for its own choice."""

    def __init__(self, clock: Clock, logic: str = "QF_FD") -> None:
        self.clock = clock
        self.core: frozenset[int] = frozenset()
        self.solver = z3.SolverFor(logic) if logic else z3.Solver()
        self.solver.set("ctrl_c", False)  # else Z3 takes Ctrl-C for itself, and says that it does not know

    def add(self, *formulas: Bool) -> None:
        """Hold these from now on."""
        self.solver.add(*(_formula(each) for each in formulas if each is not True))

    def solution(self, *also: Bool, given: Sequence[z3.BoolRef] = ()) -> z3.ModelRef | None:
        """Values for all variables that make everything true, with `also` and the literals `given`; None if there are
        none; then `core` tells which of the literals that took. Raises Stopped."""
        self.core = frozenset()
        if any(each is False for each in also):
            return None
        answer = self._ask([_formula(each) for each in also if each is not True], given)
        if answer == z3.sat:
            return self.solver.model()
        if answer == z3.unsat:
            self.core = frozenset(each.get_id() for each in self.solver.unsat_core())
            return None
        raise Undecided(f"Z3 does not know: {self.solver.reason_unknown()}")

    def _ask(self, also: list[z3.BoolRef], given: Sequence[z3.BoolRef]) -> z3.CheckSatResult:
        literals, names = _literals(also)
        literals += given
        self.solver.add(*names)
        found: list[z3.CheckSatResult | Exception] = []

        done = threading.Event()

        def ask() -> None:
            try:
                found.append(self.solver.check(*literals))
            except Exception as error:  # in a thread nobody else would hear of it
                found.append(error)
            finally:
                done.set()

        worker = threading.Thread(target=ask, daemon=True)
        with uncollected():  # terms in a cycle would be given back to Z3 while it works
            try:
                worker.start()
                while not done.wait(_LOOK):
                    self.clock.look()
            except BaseException:
                self._end(worker, done)
                raise
        (answer,) = found
        if isinstance(answer, z3.Z3Exception):
            raise Stopped(f"Z3 gave up: {answer}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _end(self, worker: threading.Thread, done: threading.Event) -> None:
        """Make Z3 end, and wait for it: until then nothing else may touch its terms. A thread whose `join` Ctrl-C
        interrupts calls itself dead while it runs (CPython 3.11), so that it cannot be asked."""
        looks = 0
        while not done.is_set() and (worker.ident is not None or looks < 2):
            with suppress(KeyboardInterrupt):
                looks += 1
                self.solver.ctx.interrupt()
                done.wait(_LOOK)


_fresh = 0


def _literals(formulas: Iterable[z3.BoolRef]) -> tuple[list[z3.BoolRef], list[z3.BoolRef]]:
    """A variable for each formula to ask about, since a solver takes no more than that, and what they stand for."""
    global _fresh  # names must be new for as long as Z3 lives
    literals, names = [], []
    for formula in formulas:
        _fresh += 1
        literals.append(z3.Bool(f"asked {_fresh}"))
        names.append(z3.Implies(literals[-1], formula))
    return literals, names


def _formula(term: Bool) -> z3.BoolRef:
    return z3.BoolVal(term) if isinstance(term, bool) else term
