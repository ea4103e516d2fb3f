"""Say what a state holds and what a step changed, at the finest sensible grain. Knows neither files nor pictures.

Control points and the locals of processes are shown as a person thinks of them, one line for each instance of a
process: `mutator[0]  at "latched"  o = 1, v = None`. Locals that are dead at the point are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import dataclass
from enum import Enum

from checker.contract.trace import Trace
from checker.ir.nodes import Process, Program, Role
from checker.ir.points import START
from checker.ir.types import ArrayType, IntType, OptType, RecordType, SeqType, SetType, Type, Value
from checker.semantics import State, Step


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about a state: what it speaks of, its value, and the value before, if that is what it tells."""

    subject: str
    new: str
    old: str | None = None

    @property
    def text(self) -> str:
        """The value, or `old -> new`."""
        return self.new if self.old is None else f"{self.old} -> {self.new}"


Idle = Container[str] | None
"""The instances of processes that have not taken a step; None where nobody knows."""


def idle(program: Program, trace: Trace, initial: bool = True) -> tuple[frozenset[str], ...]:
    """For each state of a trace the instances of processes that have not taken a step. They stand at their start, also
    where that is one with a point that they reach later: nobody has come there. Unless the trace starts in an `initial`
    state every instance may have taken some."""
    left = frozenset(name for process in program.processes for name, _ in _instances(process) if initial)
    found = [left]
    for step in trace.steps:
        fallen = crashed(program, step)
        left = left - {name_of(program, step)} if fallen is None else left | {fallen}
        found.append(left)
    return tuple(found)


def facts(program: Program, state: State, waiting: Idle = ()) -> tuple[Fact, ...]:
    """All that a state holds: variables in declared order, then where each process stands, given who has not begun."""
    found = [
        Fact(declared.name, declared.type.show(value))
        for declared, value in zip(program.variables, state, strict=True)
        if declared.role is Role.MODEL and is_shown(declared.name)
    ]
    for process in program.processes:
        for name, place in _instances(process):
            found.append(Fact(name, _standing(program, process, place, state, waiting)))
    return tuple(found)


def changes(program: Program, before: State, after: State, waited: Idle = (), waiting: Idle = ()) -> tuple[Fact, ...]:
    """What differs between two states, in the order of `facts`, given who had not begun in the first and has not in the
    second; nothing if they are equal."""
    found: list[Fact] = []
    for declared, old, new in zip(program.variables, before, after, strict=True):
        if declared.role is Role.MODEL and is_shown(declared.name):
            found += differences(declared.name, declared.type, old, new)
    for process in program.processes:
        for name, place in _instances(process):
            standing = _standing(program, process, place, after, waiting)
            if standing != _standing(program, process, place, before, waited):
                found.append(Fact(name, standing))
    return tuple(found)


def is_shown(variable: str) -> bool:
    """Whether text and pictures show a variable: what begins with an underscore keeps the books of a property, and is
    told by its events. Trace files hold it."""
    return not variable.startswith("_")


def shown_in(program: Program, view: Collection[str]) -> Callable[[Fact], bool]:
    """Whether a fact speaks of one of these variables; of all if there are none."""
    if not view:
        return lambda _: True
    subjects = {each for each in view if "." not in each}
    stands = [process for process in program.processes if process.point_variable in view]
    instances = {name for process in stands for name, _ in _instances(process)}
    return lambda fact: fact.subject in instances or re.split(r"[.\[]", fact.subject, maxsplit=1)[0] in subjects


def crashed(program: Program, step: Step) -> str | None:
    """The instance of a process that the step is a crash of; None if it is no crash."""
    for action in program.actions:
        if action.name == step.name and action.crash_of is not None:
            return name_of(program, Step(action.crash_of, step.arguments, None, ()))
    return None


def name_of(program: Program, step: Step) -> str:
    """How a step is called: `pour(source=1, target=0)`, `mutator[0]`, `init`, `mutator[0] crashes`."""
    fallen = crashed(program, step)
    if fallen is not None:
        return f"{fallen} crashes"
    for action in program.actions:
        if action.name == step.name and action.parameters:
            pairs = zip(action.parameters, step.arguments, strict=False)
            return f"{step.name}({', '.join(f'{each.name}={each.type.show(value)}' for each, value in pairs)})"
    for process in program.processes:
        if process.name == step.name and process.index is not None and step.arguments:
            return f"{step.name}[{process.index.type.show(step.arguments[0])}]"
    return step.name


def show_value(value: Value) -> str:
    """A value whose type is not at hand, such as what a `choose` took."""
    match value:
        case Enum():
            return value.name
        case tuple():
            return f"({', '.join(map(show_value, value))})"
        case frozenset():
            return "{" + ", ".join(map(show_value, sorted(value, key=order))) + "}"
        case _:
            return str(value)


def order(value: Value) -> tuple[object, ...]:
    """A key that sorts the values of any one type, None first: sets are written the same way in every run."""
    match value:
        case None:
            return (0,)
        case bool() | int():
            return (1, int(value))
        case Enum():
            return (2, list(type(value)).index(value))
        case str():
            return (3, value)
        case tuple():
            return (4, len(value), *map(order, value))
        case frozenset():
            return (5, len(value), *sorted(map(order, value)))
        case _:
            raise TypeError(f"not a value of the language: {value!r}")


def unfinished(program: Program, state: State, waiting: Idle) -> tuple[Fact, ...]:
    """The instances of processes that have not reached their end, and where they stand, given who has not begun."""
    return tuple(
        Fact(name, _standing(program, process, place, state, waiting))
        for process in program.processes
        for name, place in _instances(process)
        if not _ended(process, _held(program, process.point_variable, place, state))
    )


def _instances(process: Process) -> Iterator[tuple[str, int | None]]:
    """Each instance of a process: its name, and its place in the arrays that keep it (None: it has no index)."""
    if process.index is None:
        yield process.name, None
        return
    for place in range(process.index.type.size):
        yield _instance(process, place), place


def _instance(process: Process, place: int) -> str:
    assert process.index is not None
    kind = process.index.type
    return f"{process.name}[{kind.show(kind.unrank(place))}]"


def _held(program: Program, variable: str, place: int | None, state: State) -> Value:
    value = state[program.position(variable)]
    return value if place is None else value[place]


def _ended(process: Process, label: str) -> bool:
    return any(point.label == label and point.block is None for point in process.points)


def _standing(program: Program, process: Process, place: int | None, state: State, waiting: Idle) -> str:
    """Where one instance of a process stands, with the locals that it may still need."""
    label = _held(program, process.point_variable, place, state)
    if _ended(process, label):
        return "finished"
    live = next(point.live for point in process.points if point.label == label)
    name = process.name if place is None else _instance(process, place)
    said = _either(process, label) if waiting is None else START if name in waiting else label
    kept = []
    for local, variable in process.kept.items():
        if local in live:
            kind = program.variables[program.position(variable)].type
            item = kind.item if place is not None and isinstance(kind, ArrayType) else kind
            kept.append(f"{local} = {item.show(_held(program, variable, place, state))}")
    return f'at "{said}"' + (f"  {', '.join(kept)}" if kept else "")


def _either(process: Process, label: str) -> str:
    """A point by its label, and as the start if it is also that: for one who may or may not have begun."""
    names = next(point.names for point in process.points if point.label == label)
    return f"{START}/{label}" if START in names and label != START else label


def differences(path: str, kind: Type, old: Value, new: Value) -> Iterator[Fact]:
    """The facts that tell `new` from `old`, each about the smallest part that changed."""
    if old == new:
        return
    match kind:
        case ArrayType():
            for index, was, now in zip(kind.index.values(), old, new, strict=True):
                yield from differences(f"{path}[{kind.index.show(index)}]", kind.item, was, now)
        case RecordType():
            for (field, item), was, now in zip(kind.fields, old, new, strict=True):
                yield from differences(f"{path}.{field}", item, was, now)
        case OptType() if old is not None and new is not None:
            yield from differences(path, kind.item, old, new)
        case SetType() if new or len(old) == 1:
            yield Fact(path, _set_change(kind, old, new))
        case SeqType() if len(old) == len(new):
            for index, (was, now) in enumerate(zip(old, new, strict=True)):
                yield from differences(f"{path}[{index}]", kind.item, was, now)
        case _:
            yield Fact(path, kind.show(new), kind.show(old))


def _set_change(kind: SetType, old: Value, new: Value) -> str:
    """What joined and what left: `+2 -0`."""
    gained = (f"+{kind.item.show(member)}" for member in sorted(new - old, key=kind.item.rank))
    lost = (f"-{_negated(kind.item, member)}" for member in sorted(old - new, key=kind.item.rank))
    return " ".join((*gained, *lost))


def _negated(kind: Type, member: Value) -> str:
    """A member after a minus sign: a negative number in brackets, so that `--1` is never read."""
    text = kind.show(member)
    return f"({text})" if isinstance(kind, IntType) and text.startswith("-") else text
