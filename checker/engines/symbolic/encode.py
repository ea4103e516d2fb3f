"""A program as terms over one state: its initial states, each of its steps, its properties. Solves nothing.

Every step is a `StepRelation`: a formula over the variables of the state before it and those of its choices. It says
when the step happens, what it leads to, and when it fails. Relations share the variables of choices, since one step
happens at a time. Actions come with known arguments as long as there are few of them, processes with a known index, and
with a known point as long as the code that follows the points is not mostly the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.run import Choice, Fault, Frame, Overrun, SymbolicRun, World, meet
from checker.engines.symbolic.statements import Execution, Limits, order_of
from checker.engines.symbolic.terms import Bool, and_, or_
from checker.engines.symbolic.values import Symbolic
from checker.ir.nodes import Function, Point, Process, Program, Role
from checker.ir.property_kind import PropertyKind
from checker.ir.ranks import Rank
from checker.ir.types import EnumType, Type, Value
from checker.semantics import Step
from checker.semantics.step import INIT

MANY_ARGUMENTS = 64
"""From so many combinations on, the arguments of an action are variables of one form instead of one form for each."""

MOSTLY = 3
"""Times that each block of a process would be written out with a form for each point, from which on there is one."""


@dataclass(frozen=True, slots=True, eq=False)
class StepRelation:
    """One step, or several of a process that share their terms. `happens`: it ends in the state `after`; `possible`: it
    does so or fails. `point` is the one that a process stands at before; None for an action, and for a form of several
    points: then the state tells, in `standing`, a value of type `points`. `variables` are those of its choices and
    arguments."""

    name: str
    point: str | None
    points: Type | None
    standing: Symbolic
    kinds: tuple[Type, ...]
    arguments: tuple[Symbolic, ...]
    happens: Bool
    possible: Bool
    faults: tuple[Fault, ...]
    overruns: tuple[Overrun, ...]
    choices: tuple[Choice, ...]
    after: tuple[Symbolic, ...]

    @property
    def variables(self) -> Iterator[z3.ExprRef]:
        """The variables of arguments and choices."""
        yield from values.leaves(self.arguments)
        for choice in self.choices:
            yield from values.leaves(choice.value)

    def step(self, solution: z3.ModelRef, at: Callable[[Symbolic], Symbolic] = lambda value: value) -> Step:
        """The step that a solution shows, whose terms `at` translates to those that were solved for."""
        arguments = tuple(
            values.read(kind, at(value), solution) for kind, value in zip(self.kinds, self.arguments, strict=True)
        )
        taken = tuple(
            values.read(choice.kind, at(choice.value), solution)
            for choice in self.choices
            if values.truth(at(choice.when), solution)
        )
        point = self.point if self.points is None else values.read(self.points, at(self.standing), solution)
        return Step(self.name, arguments, point, taken)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A property: its value, where it has one (`defined`), and how it may fail to have one. A lemma's parameters are
    constants of unknown value, `arguments`; those of one name and type are the same in every lemma. The value of a
    `@leads_to` is a pair, that of a rank one as its function returns it."""

    kinds: tuple[Type, ...]
    arguments: tuple[Symbolic, ...]
    value: Symbolic
    defined: Bool
    faults: tuple[Fault, ...]
    overruns: tuple[Overrun, ...]


class Encoding:
    """The terms of one program. Built as they are asked for; `pause` is called between parts and may raise."""

    def __init__(self, program: Program, limits: Limits, pause: Callable[[], None] = lambda: None) -> None:
        self.program = program
        self.limits = limits
        self.pause = pause
        self.kinds = tuple(declared.type for declared in program.variables)
        self.before = tuple(values.free(declared.type, declared.name) for declared in program.variables)
        self.belongs = and_(*map(values.belongs, self.kinds, self.before))
        self._positions = {declared.name: place for place, declared in enumerate(program.variables)}
        self._judged: dict[str, Judgement] = {}

    @cached_property
    def init(self) -> StepRelation:
        """The initial states, over no state."""
        run = SymbolicRun(list(self._defaults()), "initial choice")
        if self.program.init is not None:
            Execution(self.program, run, self.limits).run_function(self.program.init, ())
        return self._form(INIT, None, (), (), run, run.path.term, tuple(run.state))

    @cached_property
    def within(self) -> Bool:
        """Whether every `@constraint` is true: else no step leads on. A constraint always has a value."""
        names = (judged.name for judged in self.program.properties if judged.kind is PropertyKind.CONSTRAINT)
        return and_(*(self.judgement(name).value for name in names))

    @cached_property
    def forms(self) -> tuple[StepRelation, ...]:
        """The steps, in the order of the interpreter."""
        return tuple(self._forms())

    def judgement(self, name: str) -> Judgement:
        """A property over one state."""
        if name not in self._judged:
            function = next(judged.function for judged in self.program.properties if judged.name == name)
            self._judged[name] = self._judgement(function)
        return self._judged[name]

    def conditions(self, name: str) -> Judgement:
        """What a temporal property asks of one state: the value is a condition, or the pair of a `@leads_to`."""
        if name not in self._judged:
            function = next(judged.function for judged in self.program.temporal if judged.name == name)
            self._judged[name] = self._judgement(function)
        return self._judged[name]

    def ranked(self, rank: Rank) -> Judgement:
        """What a rank is in one state."""
        return self._judgement(rank.function)

    def _judgement(self, function: Function) -> Judgement:
        self.pause()
        kinds = tuple(parameter.type for parameter in function.parameters)
        arguments = tuple(values.free(each.type, f"any {each.name}: {each.type}") for each in function.parameters)
        run = SymbolicRun(list(self.before))
        value = Execution(self.program, run, self.limits).run_function(function, arguments)
        return Judgement(kinds, arguments, value, run.path.term, tuple(run.faults), tuple(run.overruns))

    @cached_property
    def finished(self) -> Bool:
        """Whether every process stands at its end; false if there is none."""
        ends: list[Bool] = []
        for process in self.program.processes:
            kind = self._point_kind(process)
            last = [point.label for point in process.points if point.block is None]
            for index in _indices(process):
                here = self._kept(process, index, process.point_variable, self.before)
                ends.append(or_(*(values.is_value(kind, here, label) for label in last)))
        return and_(*ends) if ends else False

    @cached_property
    def finals(self) -> tuple[str, ...]:
        """The names of the `@final` properties."""
        return tuple(judged.name for judged in self.program.properties if judged.kind is PropertyKind.FINAL)

    def _defaults(self) -> Iterator[Symbolic]:
        starts = {process.point_variable: process.points[0].label for process in self.program.processes}
        for declared in self.program.variables:
            value = declared.type.default
            if declared.role is Role.POINT:
                label = starts[declared.name]
                value = label if isinstance(declared.type, EnumType) else (label,) * len(value)
            yield values.constant(declared.type, value)

    def _forms(self) -> Iterator[StepRelation]:
        for action in self.program.actions:
            for arguments in _arguments(action):
                self.pause()
                yield self._action(action, arguments)
        for process in self.program.processes:
            going = [point for point in process.points if point.block is not None]
            together = [going] if shares_much(process) else [[point] for point in going]
            for index in _indices(process):
                for points in together:
                    self.pause()
                    yield self._process(process, index, points)

    def _action(self, action: Function, arguments: tuple[Symbolic, ...]) -> StepRelation:
        kinds = tuple(parameter.type for parameter in action.parameters)
        run = SymbolicRun(list(self.before))
        run.require(and_(self.within, *map(values.belongs, kinds, arguments)))
        Execution(self.program, run, self.limits).run_function(action, arguments)
        return self._form(action.name, None, kinds, arguments, run, run.path.term, tuple(run.state))

    def _process(self, process: Process, index: tuple[Value, ...], points: Sequence[Point]) -> StepRelation:
        """An instance of a process, from one of the points to wherever it yields next."""
        run = SymbolicRun(list(self.before))
        kind = self._point_kind(process)
        standing = self._kept(process, index, process.point_variable, self.before)
        here = [(point.block, values.is_value(kind, standing, point.label)) for point in points]
        run.require(and_(self.within, or_(*(stands for _, stands in here))))
        base = run.path
        frame: Frame = {local: self._kept(process, index, name, self.before) for local, name in process.kept.items()}
        kinds: tuple[Type, ...] = ()
        if process.index is not None:
            kinds = (process.index.type,)
            frame[process.index.name] = values.constant(process.index.type, index[0])
        starts = [(block, stands) for block, stands in here if block is not None]
        ended = Execution(self.program, run, self.limits).run_process(process, starts, frame)
        worlds = [self._settled(process, index, point, world) for point, world in ended]
        last = meet(base, worlds, {})
        arguments = tuple(map(values.constant, kinds, index))
        happens = or_(*(world.path.term for world in worlds))
        form = self._form(process.name, None, kinds, arguments, run, happens, last.state or tuple(self.before))
        if len(points) == 1:
            return replace(form, point=points[0].label)
        return replace(form, points=kind, standing=standing)

    def _settled(self, process: Process, index: tuple[Value, ...], point: int, world: World) -> World:
        """The world with the point and the locals that are still needed there put into the state."""
        here = process.points[point]
        state = list(world.state)
        label = values.constant(self._point_kind(process), here.label)
        self._keep(process, index, process.point_variable, label, state)
        for local, variable in process.kept.items():
            kind = process.locals[local]
            value = world.frame.get(local, values.default(kind)) if local in here.live else values.default(kind)
            self._keep(process, index, variable, value, state)
        return World(world.path, tuple(state), {})

    def _form(
        self,
        name: str,
        point: str | None,
        kinds: tuple[Type, ...],
        arguments: tuple[Symbolic, ...],
        run: SymbolicRun,
        happens: Bool,
        after: tuple[Symbolic, ...],
    ) -> StepRelation:
        possible = or_(happens, *(fault.when for fault in run.faults), *(each.when for each in run.overruns))
        faults, overruns, choices = tuple(run.faults), tuple(run.overruns), tuple(run.choices)
        return StepRelation(
            name, point, None, None, kinds, arguments, happens, possible, faults, overruns, choices, after
        )

    def _point_kind(self, process: Process) -> Type:
        kind = self.kinds[self._positions[process.point_variable]]
        return kind if process.index is None else values.parts(kind)[0]

    def _kept(self, process: Process, index: tuple[Value, ...], variable: str, state: Sequence[Symbolic]) -> Symbolic:
        """What a point or local variable holds for one instance."""
        value = state[self._positions[variable]]
        return value if process.index is None else value[process.index.type.rank(index[0])]

    def _keep(
        self, process: Process, index: tuple[Value, ...], variable: str, value: Symbolic, state: list[Symbolic]
    ) -> None:
        """Put a value into a point or local variable for one instance."""
        place = self._positions[variable]
        if process.index is None:
            state[place] = value
        else:
            at = process.index.type.rank(index[0])
            state[place] = (*state[place][:at], value, *state[place][at + 1 :])


def shares_much(process: Process) -> bool:
    """Whether the code that follows the points of a process is mostly the same, so that one form for all is smaller."""
    starts = [point.block for point in process.points if point.block is not None]
    apart = sum(len(order_of(process, [start])) for start in starts)
    return apart > MOSTLY * len(order_of(process, starts))


def _arguments(action: Function) -> Iterator[tuple[Symbolic, ...]]:
    """The arguments of each form of an action."""
    kinds = [parameter.type for parameter in action.parameters]
    total = 1
    for kind in kinds:
        total *= kind.size
    if total > MANY_ARGUMENTS:
        yield tuple(values.free(kind, f"argument {place}: {kind}") for place, kind in enumerate(kinds))
        return
    for chosen in product(*(tuple(kind.values()) for kind in kinds)):
        yield tuple(map(values.constant, kinds, chosen))


def _indices(process: Process) -> list[tuple[Value, ...]]:
    """The arguments of each instance of a process, in rank order."""
    return [()] if process.index is None else [(value,) for value in process.index.type.values()]
