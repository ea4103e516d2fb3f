"""Whether one program does what another allows, under a mapping of its states: the meaning of `@implements`.

An initial state must be mapped to an initial state; a step, to a step of the abstract program or to none. Which steps
that program has is asked of its interpreter, and remembered for a while. A step that fails there is no step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Protocol, TypeVar

from checker.ir.nodes import Convert, Function, Kind, Make, Process, Program, Return, Role
from checker.ir.traverse import walk_expressions
from checker.ir.types import Value
from checker.semantics.step import Failure, State, Transition

_Found = TypeVar("_Found")

_DOES_NOT_FIT = " does not fit in "

REMEMBERED = 1 << 16
"""How many states are remembered, of each kind, before all are forgotten."""


def with_part(failure: Failure, mapping: Function, abstract: Program) -> Failure:
    """A failure of the method that gives an abstract state, with the name of the part where a value does not fit in
    that; as it is, if that is not why."""
    value, within, kind = failure.message.partition(_DOES_NOT_FIT)
    if failure.kind is not Kind.STORE or not within or not isinstance(mapping.body[-1], Return):
        return failure
    given = mapping.body[-1].value
    for declared, part in zip(abstract.variables, given.items if isinstance(given, Make) else (), strict=False):
        if any(isinstance(each, Convert) and each.span == failure.span for each in walk_expressions(part)):
            name = declared.process if declared.role is Role.POINT and declared.process is not None else declared.name
            model = abstract.model.rpartition(":")[2]
            return replace(failure, message=f"{value}{_DOES_NOT_FIT}'{name}' of {model}, which is {kind}")
    return failure


class Behaving(Protocol):
    """What gives the behaviours of the abstract program: its interpreter."""

    program: Program

    def initial(self) -> Iterator[Transition]:
        """Every outcome of `init`."""
        ...

    def successors(self, state: State) -> Iterator[Transition]:
        """Every step possible in a state."""
        ...


class Refinement:
    """One mapping. `mapping` gives the value that the model's method returns, or raises StepFailed."""

    def __init__(self, abstract: Behaving, mapping: Callable[[State], Value]) -> None:
        self.abstract = abstract
        self._mapping = mapping
        self._mapped: dict[State, State] = {}
        self._leads: dict[State, frozenset[State]] = {}

    def mapped(self, state: State) -> State:
        """The abstract state that a state stands for; a local that is not needed where its process stands holds its
        type's default. StepFailed if there is none."""
        found = self._mapped.get(state)
        if found is None:
            found = self.plain(self._mapping(state))
            _room_in(self._mapped)[state] = found
        return found

    def plain(self, given: State) -> State:
        """An abstract state without what its processes do not need where they stand."""
        values = list(given)
        for process, at, kept in self._forgetting:
            values[kept] = _forgotten(process, self._locals[kept], given[at], given[kept])
        return tuple(values)

    def begins(self, abstract: State) -> bool:
        """Whether an abstract state is an initial one."""
        return abstract in self._initial

    def allows(self, before: State, after: State) -> bool:
        """Whether a step of the abstract program leads from one of its states to another, or none is needed."""
        if before == after:
            return True
        found = self._leads.get(before)
        if found is None:
            found = frozenset(each.state for each in self.abstract.successors(before) if each.state is not None)
            _room_in(self._leads)[before] = found
        return after in found

    @cached_property
    def _initial(self) -> frozenset[State]:
        return frozenset(each.state for each in self.abstract.initial() if each.state is not None)

    @cached_property
    def _locals(self) -> dict[int, str]:
        program = self.abstract.program
        return {program.position(name): local for process in program.processes for local, name in process.kept.items()}

    @cached_property
    def _forgetting(self) -> list[tuple[Process, int, int]]:
        """Each local that lives across a yield: its process, and where its point and the local are kept."""
        program = self.abstract.program
        return [
            (process, program.position(process.point_variable), program.position(name))
            for process in program.processes
            for name in process.kept.values()
        ]


def _forgotten(process: Process, local: str, points: Value, values: Value) -> Value:
    """What a local holds, or the default of its type where the point does not need it."""
    live = {point.label for point in process.points if local in point.live}
    default = process.locals[local].default
    if process.index is None:
        return values if points in live else default
    return tuple(value if point in live else default for point, value in zip(points, values, strict=True))


def _room_in(remembered: dict[State, _Found]) -> dict[State, _Found]:
    if len(remembered) >= REMEMBERED:
        remembered.clear()
    return remembered
