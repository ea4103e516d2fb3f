"""A program as terms over one state: its initial states, each of its steps, its properties. Solves nothing.

Every step is a `Form`: a formula over the variables of the state before it and those of its choices. It says when the
step happens, what it leads to, and when it fails. Forms share the variables of choices, since one step happens at a
time. Actions come with known arguments as long as there are few of them, processes with a known index and point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.run import Choice, Fault, Frame, Overrun, Run, World, meet
from checker.engines.symbolic.statements import Execution, Limits
from checker.engines.symbolic.terms import Bool, and_, or_
from checker.engines.symbolic.values import Symbolic
from checker.lang.ir import Function, Process, Program, PropertyKind, Role
from checker.lang.types import EnumType, Type, Value
from checker.semantics import Step
from checker.semantics.step import INIT

MANY_ARGUMENTS = 64
"""From so many combinations on, the arguments of an action are variables of one form instead of one form for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One step. `happens`: it ends in the state `after`; `possible`: it does so or fails. `variables` are those of its
    choices and arguments."""

    name: str
    point: str | None
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
        return Step(self.name, arguments, self.point, taken)

    def binding(self, step: Step) -> list[tuple[z3.ExprRef, z3.ExprRef]] | None:
        """What the variables are when this form is that step; None if it cannot be, or if which choices are made
        depends on the state."""
        if self.name != step.name or self.point != step.point:
            return None
        pairs: list[tuple[z3.ExprRef, z3.ExprRef]] = []
        for kind, value, known in zip(self.kinds, self.arguments, step.arguments, strict=True):
            if values.is_value(kind, value, known) is False:
                return None
            pairs += values.bound(value, values.constant(kind, known))
        if len(step.choices) != len(self.choices):
            return None
        for choice, known in zip(self.choices, step.choices, strict=True):
            if not choice.kind.contains(known) or values.is_value(choice.kind, choice.value, known) is False:
                return None
            pairs += values.bound(choice.value, values.constant(choice.kind, known))
        return pairs


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A property: its value, where it has one (`defined`), and how it may fail to have one. A lemma's parameters are
    constants of unknown value, `arguments`; those of one name and type are the same in every lemma."""

    kinds: tuple[Type, ...]
    arguments: tuple[Symbolic, ...]
    value: Bool
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
    def init(self) -> Form:
        """The initial states, over no state."""
        run = Run(list(self._defaults()), "initial choice")
        if self.program.init is not None:
            Execution(self.program, run, self.limits).run_function(self.program.init, ())
        return self._form(INIT, None, (), (), run, run.path.term, tuple(run.state))

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The steps, in the order of the interpreter."""
        return tuple(self._forms())

    def judgement(self, name: str) -> Judgement:
        """A property over one state."""
        if name not in self._judged:
            self.pause()
            function = next(judged.function for judged in self.program.properties if judged.name == name)
            kinds = tuple(parameter.type for parameter in function.parameters)
            arguments = tuple(values.free(each.type, f"any {each.name}: {each.type}") for each in function.parameters)
            run = Run(list(self.before))
            value = Execution(self.program, run, self.limits).run_function(function, arguments)
            faults, overruns = tuple(run.faults), tuple(run.overruns)
            self._judged[name] = Judgement(kinds, arguments, value, run.path.term, faults, overruns)
        return self._judged[name]

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

    def _forms(self) -> Iterator[Form]:
        for action in self.program.actions:
            for arguments in _arguments(action):
                self.pause()
                yield self._action(action, arguments)
        for process in self.program.processes:
            for index in _indices(process):
                for point in process.points:
                    if point.block is not None:
                        self.pause()
                        yield self._process(process, index, point.label, point.block)

    def _action(self, action: Function, arguments: tuple[Symbolic, ...]) -> Form:
        kinds = tuple(parameter.type for parameter in action.parameters)
        run = Run(list(self.before))
        run.require(and_(*map(values.belongs, kinds, arguments)))
        Execution(self.program, run, self.limits).run_function(action, arguments)
        return self._form(action.name, None, kinds, arguments, run, run.path.term, tuple(run.state))

    def _process(self, process: Process, index: tuple[Value, ...], label: str, block: int) -> Form:
        """An instance of a process, from the point where it stands to wherever it yields next."""
        run = Run(list(self.before))
        stands = self._kept(process, index, process.point_variable, self.before)
        run.require(values.is_value(self._point_kind(process), stands, label))
        base = run.path
        frame: Frame = {local: self._kept(process, index, name, self.before) for local, name in process.kept.items()}
        kinds: tuple[Type, ...] = ()
        if process.index is not None:
            kinds = (process.index.type,)
            frame[process.index.name] = values.constant(process.index.type, index[0])
        ended = Execution(self.program, run, self.limits).run_process(process, block, frame)
        worlds = [self._settled(process, index, point, world) for point, world in ended]
        last = meet(base, worlds, {})
        arguments = tuple(map(values.constant, kinds, index))
        happens = or_(*(world.path.term for world in worlds))
        return self._form(process.name, label, kinds, arguments, run, happens, last.state or tuple(self.before))

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
        run: Run,
        happens: Bool,
        after: tuple[Symbolic, ...],
    ) -> Form:
        possible = or_(happens, *(fault.when for fault in run.faults), *(each.when for each in run.overruns))
        faults, overruns, choices = tuple(run.faults), tuple(run.overruns), tuple(run.choices)
        return Form(name, point, kinds, arguments, happens, possible, faults, overruns, choices, after)

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
