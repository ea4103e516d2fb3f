"""A program as formulas over one state, for every size at once: its initial states, its steps, its properties.

There is one form for each action, with any arguments, and one for each process and point, with any index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checker.engines.symbolic.every_size import terms
from checker.engines.symbolic.every_size.counts import Counts
from checker.engines.symbolic.every_size.execution import EverySize, refusal
from checker.engines.symbolic.every_size.terms import NoSize, Symbolic, Table, equal
from checker.engines.symbolic.run import Fault, Frame, SymbolicRun, World, meet
from checker.engines.symbolic.terms import Bool, and_, or_
from checker.engines.symbolic.values import merge
from checker.errors import ModelError, Span
from checker.ir.nodes import Function, Point, Process, Program, Role
from checker.ir.types import ArrayType, Type
from checker.semantics.step import INIT


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A step. `happens`: it ends in the state `after`, which differs from the one before in no places but `changes`."""

    name: str
    point: str | None
    arguments: tuple[Symbolic, ...]
    happens: Bool
    faults: tuple[Fault, ...]
    after: tuple[Symbolic, ...]

    changes: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return f"'{self.name}'" if self.point is None else f"'{self.name}' from '{self.point}'"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A property in a state, for some values of its parameters. It can be evaluated where `defined` is true."""

    value: Bool
    defined: Bool
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> Bool:
        """Whether it can be evaluated and is true."""
        return and_(self.defined, self.value)


class Encoding:
    """The formulas of one program. Raises ModelError E602 for what cannot be said for every size."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.counts = Counts()
        self.kinds = tuple(declared.type for declared in program.variables)
        self._positions = {declared.name: place for place, declared in enumerate(program.variables)}
        self._process = {process.name: process for process in program.processes}
        self.before = tuple(
            self._free(declared.type, declared.name, declared.process) for declared in program.variables
        )
        self.belongs = and_(*map(terms.belongs, self.kinds, self.before))

    def _free(self, kind: Type, name: str, process: str | None) -> Symbolic:
        try:
            value = terms.free(kind, name)
            equal(kind, value, terms.free(kind, f"{name} again"))  # makes use of all that it is built of
            return value
        except NoSize as none:
            span = None if process is None else self._process[process].span
            raise refusal(span or self._place(name), f"the variable {name!r}: {none}") from None

    def _place(self, name: str) -> Span | None:
        return None  # the command knows the class, and says where

    @cached_property
    def init(self) -> Form:
        """The initial states, over no state."""
        run = SymbolicRun(list(self._defaults()), "initial choice")
        if self.program.init is not None:
            self._execution(run).run_function(self.program.init, ())
            self._confirm_whole(run, self.program.init.span)
        return Form(INIT, None, (), run.path.term, tuple(run.faults), tuple(run.state))

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The steps."""
        return tuple(self._forms())

    def judged(self, function: Function, state: Sequence[Symbolic], arguments: Sequence[Symbolic]) -> Judged:
        """A property in a state."""
        run = SymbolicRun(list(state))
        value = self._execution(run).run_function(function, arguments)
        self._confirm_whole(run, function.span)
        return Judged(value, run.path.term, tuple(run.faults))

    def _execution(self, run: SymbolicRun) -> EverySize:
        return EverySize(self.program, run, lambda _: 1, self.counts)

    @staticmethod
    def _confirm_whole(run: SymbolicRun, span: Span) -> None:
        """Nothing was cut short: a loop within a step is refused."""
        if run.overruns:
            raise refusal(run.overruns[0].span or span, "a loop within a step is not looked at for every size")

    def _defaults(self) -> Iterator[Symbolic]:
        starts = {process.point_variable: process.points[0].label for process in self.program.processes}
        for declared in self.program.variables:
            if declared.role is not Role.POINT:
                yield terms.default(declared.type)
            elif isinstance(declared.type, ArrayType):
                yield _everywhere(declared.type, terms.constant(declared.type.item, starts[declared.name]))
            else:
                yield terms.constant(declared.type, starts[declared.name])

    def _forms(self) -> Iterator[Form]:
        for action in self.program.actions:
            yield self._action(action)
        for process in self.program.processes:
            for point in process.points:
                if point.block is not None:
                    yield self._step(process, point)

    def _argument(self, place: int, kind: Type, run: SymbolicRun, span: Span) -> Symbolic:
        try:
            value = terms.free(kind, f"argument {place}: {kind}")
            run.require(terms.belongs(kind, value))
        except NoSize as none:
            raise refusal(span, str(none)) from None
        return value

    def _action(self, action: Function) -> Form:
        run = SymbolicRun(list(self.before))
        arguments = tuple(
            self._argument(place, parameter.type, run, action.span) for place, parameter in enumerate(action.parameters)
        )
        self._execution(run).run_function(action, arguments)
        self._confirm_whole(run, action.span)
        return self._form(action.name, None, arguments, run.path.term, run, run.state)

    def _step(self, process: Process, point: Point) -> Form:
        """Any instance of a process, from a point to wherever it yields next."""
        run = SymbolicRun(list(self.before))
        frame: Frame = {}
        index: tuple[Symbolic, ...] = ()
        if process.index is not None:
            index = (self._argument(0, process.index.type, run, process.span),)
            frame[process.index.name] = index[0]
        kind = self._point_kind(process)
        standing = self._kept(process, index, process.point_variable)
        run.require(equal(kind, standing, terms.constant(kind, point.label)))
        frame.update({local: self._kept(process, index, name) for local, name in process.kept.items()})
        assert point.block is not None
        base = run.path
        ended = self._execution(run).run_process(process, [(point.block, True)], frame)
        self._confirm_whole(run, process.span)
        worlds = [self._settled(process, index, target, world) for target, world in ended]
        last = meet(base, worlds, {})
        happens = or_(*(world.path.term for world in worlds))
        return self._form(process.name, point.label, index, happens, run, last.state or self.before)

    def _form(
        self,
        name: str,
        point: str | None,
        arguments: tuple[Symbolic, ...],
        happens: Bool,
        run: SymbolicRun,
        after: Sequence[Any],
    ) -> Form:
        changes = (place for place, (was, term) in enumerate(zip(self.before, after, strict=True)) if was is not term)
        return Form(name, point, arguments, happens, tuple(run.faults), tuple(after), frozenset(changes))

    def _settled(self, process: Process, index: tuple[Symbolic, ...], point: int, world: World) -> World:
        """The world with the point, and the locals that are still needed there, put into the state."""
        here = process.points[point]
        state = list(world.state)
        label = terms.constant(self._point_kind(process), here.label)
        self._keep(process, index, process.point_variable, label, state)
        for local, variable in process.kept.items():
            default = terms.default(process.locals[local])
            value = world.frame.get(local, default) if local in here.live else default
            self._keep(process, index, variable, value, state)
        return World(world.path, tuple(state), {})

    def _point_kind(self, process: Process) -> Type:
        kind = self.kinds[self._positions[process.point_variable]]
        return kind.item if process.index is not None and isinstance(kind, ArrayType) else kind

    def _kept(self, process: Process, index: tuple[Symbolic, ...], variable: str) -> Symbolic:
        value = self.before[self._positions[variable]]
        return value.at(index[0]) if index else value

    def _keep(
        self, process: Process, index: tuple[Symbolic, ...], variable: str, value: Symbolic, state: list[Symbolic]
    ) -> None:
        place = self._positions[variable]
        if process.index is None:
            state[place] = value
        else:
            state[place] = _changed(process.index.type, state[place], index[0], value)


def _everywhere(kind: ArrayType, value: Symbolic) -> Table:
    return Table(kind.index, lambda _: value)


def _changed(kind: Type, whole: Any, index: Symbolic, value: Symbolic) -> Table:
    return Table(kind, lambda at: merge(equal(kind, at, index), value, whole.at(at)))


__all__ = ["Encoding", "Form", "Judged", "ModelError"]
