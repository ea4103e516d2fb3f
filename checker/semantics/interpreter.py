"""The behaviours of a program, one step at a time: initial states, successors, properties. Keeps no states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from checker.ir.nodes import Expr, Function, Process, Program, Role, Temporal
from checker.ir.pairs import paired
from checker.ir.property_kind import PropertyKind
from checker.ir.ranks import Rank
from checker.ir.types import EnumType, TupleType, Type, Value
from checker.semantics.choices import Choices, Odometer, Script, search
from checker.semantics.expressions import Frame, all_values, put
from checker.semantics.refinement import Refinement, with_part
from checker.semantics.statements import Execution
from checker.semantics.step import INIT, Failure, Impossible, State, Step, StepFailed, Transition

_Run = Callable[[Execution], None]

Execute = Callable[[Program, Mapping[str, int], list[Value], Choices], Execution]
"""What makes the execution of one run: `Execution` itself, or a subclass of it that watches and changes nothing."""


class Interpreter:
    """Runs the steps of one program. Its methods may be called in any order, also between two items of an iterator.
    Every run is an execution of its own, made by `execute`; who wants to watch runs gives another."""

    def __init__(self, program: Program, execute: Execute = Execution) -> None:
        self.program = program
        self._execute = execute
        self._positions = {declared.name: place for place, declared in enumerate(program.variables)}
        self._properties = {judged.name: judged.function for judged in program.properties}
        self._finals = [judged.name for judged in program.properties if judged.kind is PropertyKind.FINAL]
        self.constraints = tuple(each for each in program.properties if each.kind is PropertyKind.CONSTRAINT)
        self._actions = {action.name: action for action in program.actions}
        self._processes = {process.name: process for process in program.processes}
        self._points = {process.name: {point.label: point for point in process.points} for process in program.processes}
        assert all(len(self._points[process.name]) == len(process.points) for process in program.processes)
        self._defaults = self._default_state()
        self._refinements: dict[str, Refinement] = {}

    def initial(self) -> Iterator[Transition]:
        """Every outcome of `init` from the default values, by its choices in lexicographic order."""
        return self._all(INIT, (), None, self._defaults, self._init)

    def start(self, choices: Sequence[Value]) -> Transition | None:
        """The outcome of `init` when it chooses so; None if it cannot."""
        return self._one(Step(INIT, (), None, tuple(choices)), self._defaults, self._init)

    def drawn_start(self, pick: Callable[[int], int], most: int) -> Transition | None:
        """An outcome of `init` with choices at random, `pick` giving a whole number below the one it is given; None if
        none was found within `most` runs, beside one for each choice made."""
        return search(partial(self._drawn, self._defaults, self._init), pick, most)[0]

    def others(self, step: Step, state: State) -> Iterator[Transition]:
        """What the action or process instance of a step can do in a state, from wherever it stands."""
        if not self.within(state):
            return
        process = self._processes.get(step.name)
        if process is None:
            run = self._action(self._actions[step.name], step.arguments)
            yield from self._all(step.name, step.arguments, None, state, run)
            return
        label = self._label(process, step.arguments, state)
        goes_on = self._process(process, step.arguments, label)
        if goes_on is not None:
            yield from self._all(step.name, step.arguments, label, state, goes_on)

    def successors(self, state: State) -> Iterator[Transition]:
        """Every step possible in `state`: actions in the order of the model, their arguments in rank order, then
        processes likewise, each with its choices in lexicographic order. A step that fails is possible too. Beyond the
        constraint there is none."""
        if not self.within(state):
            return
        for action in self.program.actions:
            for arguments in vectors([parameter.type for parameter in action.parameters]):
                yield from self._all(action.name, arguments, None, state, self._action(action, arguments))
        for process in self.program.processes:
            for arguments in _indices(process):
                label = self._label(process, arguments, state)
                run = self._process(process, arguments, label)
                if run is not None:
                    yield from self._all(process.name, arguments, label, state, run)

    def run(self, state: State, step: Step) -> Transition | None:
        """Where `step` leads from `state`; None if there is no such step in the model or it is not possible here."""
        if not self.within(state):
            return None
        run: _Run | None = None
        if step.name in self._actions and step.point is None:
            action = self._actions[step.name]
            if _fits(step.arguments, [parameter.type for parameter in action.parameters]):
                run = self._action(action, step.arguments)
        elif step.name in self._processes:
            process = self._processes[step.name]
            if _fits(step.arguments, [] if process.index is None else [process.index.type]):
                label = self._label(process, step.arguments, state)
                run = self._process(process, step.arguments, label) if label == step.point else None
        return None if run is None else self._one(step, state, run)

    def within(self, state: State) -> bool:
        """Whether every `@constraint` is true in `state`: else no step leads on from it. Watched by nobody."""
        return all(
            Execution(self.program, self._positions, list(state), Script(())).run_function(each.function, ())
            for each in self.constraints
        )

    def holds(self, property_name: str, state: State) -> bool:
        """Whether the property is true in `state`, a lemma for all values of its parameters; StepFailed if it cannot be
        evaluated there."""
        function = self._properties[property_name]
        for arguments in vectors([parameter.type for parameter in function.parameters]):
            value = self._execution(state, Script(())).run_function(function, arguments)
            assert isinstance(value, bool)
            if not value:
                return False
        return True

    def allows(self, property_name: str, before: State, after: State) -> bool:
        """Whether a `@step` property is true of a step from one state to another, or the step is one of what a model
        `@implements`: of one that changes nothing it always is. StepFailed if that cannot be evaluated."""
        if before == after:
            return True
        if property_name in self.program.abstract:
            found = self.refinement(property_name)
            return found.allows(found.mapped(before), found.mapped(after))
        return self._pairs.holds(property_name, (*after, *before))

    def begins(self, property_name: str, state: State) -> bool:
        """Whether a property of steps allows a behaviour to begin in `state`: that of an `@implements`, in what
        is mapped to an initial state; a `@step`, anywhere. StepFailed if that cannot be evaluated."""
        if property_name not in self.program.abstract:
            return True
        found = self.refinement(property_name)
        return found.begins(found.mapped(state))

    def refinement(self, property_name: str) -> Refinement:
        """What an `@implements` property means: the abstract program, and which state of it a state stands for."""
        found = self._refinements.get(property_name)
        if found is None:
            function = next(each.function for each in self.program.steps if each.name == property_name)
            abstract = self.program.abstract[property_name]

            def mapping(state: State) -> Value:
                try:
                    return self._execution(state, Script(())).run_function(function, ())
                except StepFailed as failed:
                    raise StepFailed(with_part(failed.failure, function, abstract)) from None

            found = self._refinements[property_name] = Refinement(Interpreter(abstract), mapping)
        return found

    @cached_property
    def _pairs(self) -> Interpreter:
        return Interpreter(paired(self.program), self._execute)

    def conditions(self, temporal: Temporal, arguments: Sequence[Value], state: State) -> tuple[bool, ...]:
        """Whether the condition of a temporal property is true in `state`, or each of several is; StepFailed if that
        cannot be evaluated there."""
        value = self._execution(state, Script(())).run_function(temporal.function, tuple(arguments))
        return value if isinstance(temporal.function.returns, TupleType) else (value,)

    def rank(self, rank: Rank, arguments: Sequence[Value], state: State) -> Value:
        """What a rank is in `state`; StepFailed if that cannot be evaluated there."""
        return self._execution(state, Script(())).run_function(rank.function, tuple(arguments))

    def evaluate(self, expr: Expr, state: State, frame: Mapping[str, Value] | None = None) -> Value:
        """The value of an expression in `state`, where locals have the values in `frame`; StepFailed if it has none."""
        return self._execution(state, Script(())).evaluate(expr, dict(frame or {}))

    def finished(self, state: State) -> bool:
        """Whether every process stands at its end; False if the program has none."""
        if not self.program.processes:
            return False
        return all(
            self._points[process.name][self._label(process, arguments, state)].block is None
            for process in self.program.processes
            for arguments in _indices(process)
        )

    def deadlocked(self, state: State, has_successor: bool) -> bool:
        """Whether `state` is a deadlock, given whether any step is possible in it (one that fails is). StepFailed if a
        `@final` property cannot be evaluated."""
        if has_successor or self.finished(state) or not self.within(state):
            return False
        return not any(self.holds(name, state) for name in self._finals)

    def _default_state(self) -> State:
        starts = {process.point_variable: process.points[0].label for process in self.program.processes}
        values: list[Value] = []
        for declared in self.program.variables:
            value = declared.type.default
            if declared.role is Role.POINT:
                label = starts[declared.name]
                value = label if isinstance(declared.type, EnumType) else (label,) * len(value)
            values.append(value)
        return tuple(values)

    def _execution(self, state: State, choices: Choices) -> Execution:
        return self._execute(self.program, self._positions, list(state), choices)

    def _all(
        self, name: str, arguments: tuple[Value, ...], point: str | None, state: State, run: _Run
    ) -> Iterator[Transition]:
        """One transition for each vector of choices, without the impossible ones."""
        odometer = Odometer()
        while True:
            outcome = self._outcome(state, odometer, run)
            if outcome is not None:
                yield Transition(Step(name, arguments, point, odometer.taken()), *outcome)
            if not odometer.advance():
                return

    def _one(self, step: Step, state: State, run: _Run) -> Transition | None:
        """The transition with the choices of `step`, if it makes just these."""
        script = Script(step.choices)
        outcome = self._outcome(state, script, run)
        return Transition(step, *outcome) if outcome is not None and script.exhausted() else None

    def _drawn(self, state: State, run: _Run, choices: Choices) -> Transition | None:
        """The outcome of `init` with these choices; None if it is impossible."""
        outcome = self._outcome(state, choices, run)
        return None if outcome is None else Transition(Step(INIT, (), None, choices.taken()), *outcome)

    def _outcome(self, state: State, choices: Choices, run: _Run) -> tuple[State, None] | tuple[None, Failure] | None:
        """The state that one run leads to, or its failure; None if it is impossible."""
        execution = self._execution(state, choices)
        try:
            run(execution)
        except Impossible:
            return None
        except StepFailed as failed:
            return None, failed.failure
        return tuple(execution.state), None

    def _init(self, execution: Execution) -> None:
        if self.program.init is not None:
            execution.run_function(self.program.init, ())

    def _action(self, action: Function, arguments: tuple[Value, ...]) -> _Run:
        def run(execution: Execution) -> None:
            execution.run_function(action, arguments)

        return run

    def _process(self, process: Process, arguments: tuple[Value, ...], label: str) -> _Run | None:
        """How an instance goes on from the point it stands at; None if that is its end."""
        block = self._points[process.name][label].block
        if block is None:
            return None

        def run(execution: Execution) -> None:
            frame = self._thaw(process, arguments, execution.state)
            point = execution.run_process(process, block, frame)
            self._keep(process, arguments, process.point_variable, point.label, execution.state)
            for local, variable in process.kept.items():
                default = process.locals[local].default
                value = frame.get(local, default) if local in point.live else default
                self._keep(process, arguments, variable, value, execution.state)

        return run

    def _thaw(self, process: Process, arguments: tuple[Value, ...], state: Sequence[Value]) -> Frame:
        """The locals of an instance as the state keeps them, with its index."""
        frame = {local: self._kept(process, arguments, variable, state) for local, variable in process.kept.items()}
        if process.index is not None:
            frame[process.index.name] = arguments[0]
        return frame

    def _label(self, process: Process, arguments: tuple[Value, ...], state: State) -> str:
        label = self._kept(process, arguments, process.point_variable, state)
        assert isinstance(label, str)
        return label

    def _kept(self, process: Process, arguments: tuple[Value, ...], variable: str, state: Sequence[Value]) -> Value:
        """What a point or local variable holds for one instance."""
        value = state[self._positions[variable]]
        return value if process.index is None else value[process.index.type.rank(arguments[0])]

    def _keep(
        self, process: Process, arguments: tuple[Value, ...], variable: str, value: Value, state: list[Value]
    ) -> None:
        """Put a value into a point or local variable for one instance."""
        place = self._positions[variable]
        if process.index is None:
            state[place] = value
        else:
            state[place] = put(state[place], process.index.type.rank(arguments[0]), value)


def vectors(kinds: Sequence[Type]) -> Iterator[tuple[Value, ...]]:
    """Every vector of values of these types, in rank order. Lists none of them before it is its turn."""
    if not kinds:
        yield ()
        return
    *before, last = kinds
    for first in vectors(before):
        for value in all_values(last):
            yield (*first, value)


def _indices(process: Process) -> list[tuple[Value, ...]]:
    """The arguments of each instance of a process, in rank order."""
    return [()] if process.index is None else [(value,) for value in all_values(process.index.type)]


def _fits(values: Sequence[Value], kinds: Sequence[Type]) -> bool:
    """Whether these can be the arguments of something whose parameters are of these types (True is not 1)."""
    return len(values) == len(kinds) and all(kind.contains(value) for kind, value in zip(kinds, values, strict=True))
