"""Say why a step is not possible in a state, or which assignment in it gives a variable the value that it gets.

Every way that the step could go is run under observation: arguments are given, choices are all tried. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Program, Stmt
from checker.ir.types import Value
from checker.semantics import Failure, Interpreter, State, Step
from checker.semantics.choices import Choices
from checker.semantics.expressions import Frame
from checker.semantics.statements import Execution, Leave
from counterexamples.explain.anatomy import Anatomy
from counterexamples.explain.cells import Cell, overlap
from counterexamples.explain.changes import Fact
from counterexamples.explain.watch import Guard, Watched, address


@dataclass(frozen=True, slots=True)
class Store:
    """An assignment to a variable, or a part of one: the cell that it writes, its place, and the values that it was
    made from."""

    cell: Cell
    span: Span
    values: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way in which a step was tried. `state` is where it leads, `failure` how it fails; with neither it is
    impossible, and `blocked` the `require`, or the `choose` from nothing, that says so."""

    step: Step
    state: State | None
    failure: Failure | None
    blocked: Guard | None
    stores: tuple[Store, ...]

    def maker(self, cell: Cell) -> Store | None:
        """The last assignment to a cell, to what it is part of or to a part of it; None if it is left as it was."""
        return next((store for store in reversed(self.stores) if overlap(store.cell, cell)), None)


class _Enough(Exception):
    """So many ways have been tried. Never leaves this module."""


class _Noted(Watched):
    """An execution that notes, besides, what every assignment stored."""

    def __init__(
        self, anatomy: Anatomy, program: Program, positions: Mapping[str, int], state: list[Value], choices: Choices
    ) -> None:
        super().__init__(anatomy, program, positions, state, choices)
        self.stores: list[Store] = []
        self._cell: Cell | None = None

    def _write(self, target: ir.Expr, indices: Sequence[Value]) -> None:
        super()._write(target, indices)
        base, keys, _ = address(target, list(indices))
        self._cell = (base.name, *keys) if isinstance(base, ir.Variable) else None

    def _body(self, body: Sequence[Stmt], frame: Frame) -> Leave:
        for statement in body:
            leave = super()._body((statement,), frame)
            if isinstance(statement, ir.Assign) and self._cell is not None:
                self.stores.append(Store(self._cell, statement.span, self.noted))
            if leave is not None:
                return leave
        return None


class Trying:
    """Tries the steps of one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._anatomy = Anatomy(program)

    def attempts(
        self, state: State, name: str, arguments: Sequence[Value], most: int, chosen: Step | None = None
    ) -> Iterator[Attempt]:
        """The first ways in which an action, or an instance of a process, could go in a state. None at all where a
        process has come to its end, or the state is beyond a constraint. `chosen`: only the way that this step goes."""
        step = Step(name, tuple(arguments), None, ())
        runs: list[_Noted] = []

        def execute(program: Program, positions: Mapping[str, int], state: list[Value], choices: Choices) -> Execution:
            if len(runs) == most:
                raise _Enough
            runs.append(_Noted(self._anatomy, program, positions, state, choices))
            return runs[-1]

        possible = {}
        with suppress(_Enough):
            interpreter = Interpreter(self._program, execute)
            one = None if chosen is None else interpreter.run(state, chosen)
            ways = interpreter.others(step, state) if chosen is None else () if one is None else (one,)
            for transition in ways:
                possible[id(runs[-1])] = transition
        for run in runs:
            found = possible.get(id(run))
            if found is None:
                yield Attempt(step, None, None, run.blocked, tuple(run.stores))
            else:
                yield Attempt(found.step, found.state, found.failure, None, tuple(run.stores))
