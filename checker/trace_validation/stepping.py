"""The steps of a program that a record may mean, and those that nobody logs. Fast by emitted code; the interpreter
takes a share of them as well, and has the last word where nothing fits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from checker.conform.emitted import Emitted
from checker.errors import EngineBug, unknown_name
from checker.ir.nodes import Process, Program
from checker.ir.points import names_in
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step, Transition, vectors
from checker.trace_validation.entries import Entry


@dataclass(frozen=True, slots=True)
class Unlogged:
    """The steps that may happen without a record: all of a name, or those of a process that reach a point."""

    names: frozenset[str] = frozenset()
    points: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names or self.points)


def unlogged(program: Program, wanted: Collection[str]) -> Unlogged:
    """What `--unlogged` names: `all`, actions and processes, `process@point`. Raises UsageError U008."""
    processes = {process.name: process for process in program.processes}
    every = [*(action.name for action in program.actions), *processes]
    names: set[str] = set()
    points: set[tuple[str, str]] = set()
    for text in wanted:
        name, at, point = text.partition("@")
        if text == "all":
            names.update(every)
        elif name not in every or (at and name not in processes):
            raise unknown_name("U008", f"--unlogged {text}: the model has no such step", name, every)
        elif not at:
            names.add(name)
        else:
            labels = [each.label for each in processes[name].points if point in (each.label, *each.names)]
            if not labels:
                problem = f"--unlogged {text}: the process never stops there"
                raise unknown_name("U008", problem, point, names_in(processes[name]))
            points.update((name, label) for label in labels)
    return Unlogged(frozenset(names), frozenset(points))


class Stepper:
    """Takes the steps of one program."""

    def __init__(self, program: Program, hidden: Unlogged) -> None:
        self.program = program
        self.interpreter = Interpreter(program)
        self.hidden = hidden
        self._emitted = Emitted(program)
        self._processes: dict[str, Process] = {process.name: process for process in program.processes}
        self._hidden = [
            (name, arguments)
            for name, arguments in _instances(program)
            if name in hidden.names or any(name == each for each, _ in hidden.points)
        ]

    def initial(self) -> Iterator[Transition]:
        """The initial states, each with the choices of `init`."""
        return (each for each in self.interpreter.initial() if each.state is not None)

    def meant(self, state: State, entry: Entry) -> Iterator[tuple[Step, State]]:
        """The steps that a record may mean in a state, and where they lead: as it says."""
        assert entry.name is not None
        if not self._within(state):
            return
        process = self._processes.get(entry.name)
        for arguments in arguments_of(entry):
            point = None if process is None else self._emitted.standing(state, entry.name, arguments)
            if entry.left is not None and point not in entry.left:
                continue
            for step, reached in self._ways(state, entry.name, arguments, point, entry.choices):
                if self.says(entry, arguments, reached):
                    yield step, reached

    def says(self, entry: Entry, arguments: Sequence[Value], reached: State) -> bool:
        """Whether a state after a step is as a record says."""
        if entry.reached is not None:
            assert entry.name is not None
            if self._emitted.standing(reached, entry.name, arguments) not in entry.reached:
                return False
        return entry.agrees(reached)

    def unseen(self, state: State) -> Iterator[tuple[Step, State]]:
        """The steps that may happen without a record."""
        if not self._within(state):
            return
        for name, arguments in self._hidden:
            point = self._emitted.standing(state, name, arguments) if name in self._processes else None
            for step, reached in self._ways(state, name, arguments, point):
                if name in self.hidden.names or (name, self.stands(reached, step)) in self.hidden.points:
                    yield step, reached

    def stands(self, state: State, step: Step) -> str:
        """The label of the point where the process of a step stands in a state."""
        return self._emitted.standing(state, step.name, step.arguments)

    def confirm_refused(self, state: State, entry: Entry) -> None:
        """Raise EngineBug if the interpreter takes a step that fits, where emitted code has none."""
        if entry.name is None:
            return
        for arguments in arguments_of(entry):
            for each in self._others(state, entry, arguments):
                left = entry.left is None or each.step.point in entry.left
                if left and each.state is not None and self.says(entry, arguments, each.state):
                    raise EngineBug(f"the emitted step {each.step.name} is refused, and the interpreter takes it")

    def _others(self, state: State, entry: Entry, arguments: tuple[Value, ...]) -> Iterator[Transition]:
        """What the interpreter makes of a record."""
        assert entry.name is not None
        if entry.choices is None:
            yield from self.interpreter.others(Step(entry.name, arguments, None, ()), state)
            return
        process = self._processes.get(entry.name)
        point = None if process is None else self._emitted.standing(state, entry.name, arguments)
        found = self.interpreter.run(state, Step(entry.name, arguments, point, entry.choices))
        if found is not None:
            yield found

    def _within(self, state: State) -> bool:
        return not self.interpreter.constraints or self.interpreter.within(state)

    def _ways(
        self,
        state: State,
        name: str,
        arguments: tuple[Value, ...],
        point: str | None,
        chosen: tuple[Value, ...] | None = None,
    ) -> Iterator[tuple[Step, State]]:
        for choices, reached in self._chosen(state, Step(name, arguments, point, ()), chosen):
            step = Step(name, arguments, point, choices)
            if self._emitted.is_due(name):
                found = self.interpreter.run(state, step)
                if found is None or found.state != reached:
                    raise EngineBug(f"the emitted step {name} differs from the interpreter's")
            yield step, reached

    def _chosen(
        self, state: State, step: Step, choices: tuple[Value, ...] | None
    ) -> Iterator[tuple[tuple[Value, ...], State]]:
        """The ways that a step can go, or the one that chooses so."""
        if choices is None:
            yield from self._emitted.ways(state, step.name, step.arguments)
            return
        reached = self._emitted.run(state, replace(step, choices=choices))
        if reached is not None:
            yield choices, reached


def arguments_of(entry: Entry) -> Iterator[tuple[Value, ...]]:
    """What the step of a record may have been given: what it does not say is any value of its type."""
    if len(entry.given) == len(entry.parameters):
        yield tuple(entry.given[at] for at in range(len(entry.parameters)))
        return
    yield from product(
        *([entry.given[at]] if at in entry.given else each.type.values() for at, each in enumerate(entry.parameters))
    )


def _instances(program: Program) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Every action with its arguments, and every instance of a process."""
    for action in program.actions:
        for arguments in vectors([parameter.type for parameter in action.parameters]):
            yield action.name, tuple(arguments)
    for process in program.processes:
        for arguments in [()] if process.index is None else [(value,) for value in process.index.type.values()]:
            yield process.name, arguments
