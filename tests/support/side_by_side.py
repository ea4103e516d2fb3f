"""Long behaviours, taken by the interpreter and by Python side by side, and compared in every state.

Python is run forward once, its generators with it, so that a behaviour may be long. What each step could do besides is
looked at in some states only: for each way to go, Python has to run again from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from types import FrameType, GeneratorType
from typing import Any

from checker.ir.nodes import Point, Process, Program, Role
from checker.ir.types import Value
from checker.lang.declare import MarkKind
from checker.semantics import Interpreter, State, Step, StepFailed, Transition
from tests.support.python_oracle import Oracle, Run
from tests.support.values_in_python import frozen

STEPS = 40
"""Steps of a behaviour, if it does not end before."""


@dataclass
class SideBySide:
    """One behaviour. `agree` fails the test unless what the interpreter says is what Python says."""

    program: Program
    interpreter: Interpreter
    oracle: Oracle
    random: Random
    agree: Callable[[object, object, object], None]
    history: list[Step] = field(default_factory=list)

    def walk(self, first: list[Transition], looked_at: Callable[[int, State], list[Transition]]) -> None:
        """Take up to STEPS steps. `looked_at` says what is possible in the state of that number."""
        run, steps = Run(self.oracle, []), first
        for number in range(STEPS + 1):
            possible = [step for step in steps if step.state is not None]
            if not possible:
                return
            taken = self.random.choice(possible)
            assert taken.state is not None
            self.history.append(taken.step)
            self._take(run, taken.step)
            self.compare(run, taken.state)
            steps = looked_at(number, taken.state)
            self.agree(self._deadlocked(taken.state, steps), self._stuck(run, taken.state, steps), self.history)

    def _take(self, run: Run, step: Step) -> None:
        chooser = self.oracle.chooser
        chooser.turning, chooser.script = False, list(step.choices)
        run.take(step.name, step.arguments)
        assert not chooser.script, "Python chooses less"

    def compare(self, run: Run, state: State) -> None:
        """Variables, control points, locals and properties in one state."""
        at = self.history
        ours = [value for each, value in zip(self.program.variables, state, strict=True) if each.role is Role.MODEL]
        self.agree(tuple(ours), run.live.state(), at)
        for process in self.program.processes:
            for arguments in indices(process):
                point = standing(self.program, process, arguments, state)
                name = called(run, process.name, arguments)
                assert name in point.names, f"after {at}\nthe interpreter says {point.names}, Python says {name}"
                for local, value in self._kept(process, arguments, point, state):
                    found = held(run, process.name, arguments, local)
                    assert not found or value in found, (
                        f"after {at}\n{local}: the interpreter says {value}, Python {found}"
                    )
        for judged in self.program.properties:
            self.agree(self._holds(judged.name, state), self.oracle.judged(run, judged.name), (at, judged.name))

    def _kept(
        self, process: Process, arguments: tuple[Value, ...], point: Point, state: State
    ) -> Iterator[tuple[str, Value]]:
        """The locals that live at a point, and what the interpreter says they hold."""
        for local, variable in process.kept.items():
            if local in point.live and not local.partition("'")[2].strip("0123456789"):
                value = state[self.program.position(variable)]
                yield local, value if process.index is None else value[process.index.type.rank(arguments[0])]

    def _holds(self, name: str, state: State) -> bool | None:
        try:
            return self.interpreter.holds(name, state)
        except StepFailed:
            return None

    def _deadlocked(self, state: State, steps: list[Transition]) -> bool | None:
        try:
            return self.interpreter.deadlocked(state, bool(steps))
        except StepFailed:
            return None

    def _stuck(self, run: Run, state: State, steps: list[Transition]) -> bool | None:
        """Whether Python finds a deadlock where nothing is possible: no process has more to do, or some `@final` holds."""
        if steps or (run.processes and all(self._ends(run, process, state) for process in self.program.processes)):
            return False
        for name, _ in self.oracle.marked(MarkKind.FINAL):
            holds = self.oracle.judged(run, name)
            if holds is not False:
                return None if holds is None else False
        return True

    def _ends(self, run: Run, process: Process, state: State) -> bool:
        """Whether Python has come to the end of a process everywhere, or has nothing to do before it."""
        return all(
            run.ended(process.name, arguments)
            or (
                standing(self.program, process, arguments, state).block is None
                and self._next_is_nothing(process.name, arguments, run)
            )
            for arguments in indices(process)
        )

    def _next_is_nothing(self, name: str, arguments: tuple[Value, ...], run: Run) -> bool:
        self.oracle.chooser.turning = False
        again = Run(self.oracle, self.history)
        again.take(name, arguments)
        return again.ended(name, arguments) and again.live.state() == run.live.state()


def indices(process: Process) -> list[tuple[Value, ...]]:
    """The arguments of each instance."""
    return [()] if process.index is None else [(value,) for value in process.index.type.values()]


def standing(program: Program, process: Process, arguments: tuple[Value, ...], state: State) -> Point:
    """The point where an instance stands, by the interpreter."""
    found = state[program.position(process.point_variable)]
    label = found if process.index is None else found[process.index.type.rank(arguments[0])]
    return next(point for point in process.points if point.label == label)


def called(run: Run, name: str, arguments: tuple[Value, ...]) -> str:
    """What the model calls the place where Python's generator stands: by name, or by line."""
    if (name, arguments) not in run.labels:
        return "start"
    if run.ended(name, arguments):
        return "end"
    label = run.labels[name, arguments]
    return f"line {frames(run.processes[name, arguments])[-1][1].f_lineno}" if label is None else label


def held(run: Run, name: str, arguments: tuple[Value, ...], local: str) -> list[Value]:
    """What Python holds under the name of a local: nothing where it has none yet. A helper that runs an overridden one
    of its own name has a frame for each."""
    owner, _, plain = local.partition("'")[0].rpartition(".")
    generator = run.processes[name, arguments]
    found = [frame for function, frame in frames(generator) if function == (owner or name)]
    return [frozen(frame.f_locals[plain]) for frame in found if plain in frame.f_locals]


def frames(generator: Any) -> list[tuple[str, FrameType]]:
    """A generator's frame, and those of the helpers that it runs, each with the name of its function."""
    found = []
    while isinstance(generator, GeneratorType) and generator.gi_frame is not None:
        found.append((generator.gi_code.co_name, generator.gi_frame))
        generator = generator.gi_yieldfrom
    return found
