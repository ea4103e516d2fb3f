"""Orbits of symmetric models by brute force, and what engines make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import pytest

from checker.certificates.reachable_set import Closure, NotClosed
from checker.check import check, engine, select
from checker.contract.task import Budget, Task
from checker.engines.reference import ReferenceEngine
from checker.errors import ModelError
from checker.ir.nodes import Program, Role
from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, SymType, TupleType, Type, Value, leaves
from checker.semantics import Interpreter, State, StepFailed
from tests.engines.explicit.support import counts
from tests.support.agreement import TooLarge, agree, some, summary
from tests.support.emitted import PlainModel
from tests.support.random_models import RandomModel

MOST_STATES = 3_000
"""States of a model, counted without reduction."""

Way = Mapping[str, Sequence[int]]
"""For each symmetric type, by name, where its members go."""


def moved(kind: Type, value: Value, way: Way) -> Value:
    """A value with its members renamed."""
    match kind:
        case SymType(name=name):
            return way[name][value]
        case OptType(item=item):
            return None if value is None else moved(item, value, way)
        case SetType(item=item):
            return frozenset(moved(item, member, way) for member in value)
        case SeqType(item=item):
            return tuple(moved(item, part, way) for part in value)
        case RecordType() | TupleType():
            return tuple(moved(item, part, way) for item, part in zip(kind.items(), value, strict=True))
        case ArrayType(index=index, item=item):
            places = {moved(index, index.unrank(rank), way): part for rank, part in enumerate(value)}
            return tuple(moved(item, places[at], way) for at in index.values())
    return value


@dataclass(frozen=True)
class Group:
    """All ways to rename the members of a program's symmetric types, those of each by themselves."""

    program: Program
    ways: tuple[Way, ...]

    @staticmethod
    def of(program: Program) -> Group:
        """The group of a program."""
        kinds = {leaf.name: leaf for d in program.variables for leaf in leaves(d.type) if isinstance(leaf, SymType)}
        each = [[(name, way) for way in permutations(range(kind.count))] for name, kind in kinds.items()]
        return Group(program, tuple(dict(ways) for ways in product(*each)))

    def image(self, state: State, way: Way) -> State:
        """A state with its members renamed. A process's local that is dead names nobody."""
        made = []
        for declared, value in zip(self.program.variables, state, strict=True):
            if declared.role is Role.LOCAL:
                made.append(self._kept(declared.process, declared.local, declared.type, state, value, way))
            else:
                made.append(moved(declared.type, value, way))
        return tuple(made)

    def _kept(self, owner: str | None, local: str | None, kind: Type, state: State, value: Value, way: Way) -> Value:
        process = next(process for process in self.program.processes if process.name == owner)
        points = state[self.program.position(process.point_variable)]
        live = {point.label: local in point.live for point in process.points}
        if process.index is None:
            return moved(kind, value, way) if live[points] else value
        assert isinstance(kind, ArrayType)
        parts = [
            moved(kind.item, part, way) if live[label] else part for label, part in zip(points, value, strict=True)
        ]
        images = {moved(kind.index, kind.index.unrank(rank), way): part for rank, part in enumerate(parts)}
        return tuple(images[at] for at in kind.index.values())

    def orbit(self, state: State) -> frozenset[State]:
        """All states that differ from it in names only."""
        return frozenset(self.image(state, way) for way in self.ways)


@dataclass(frozen=True)
class Space:
    """All states of a program, without reduction, and how many steps lead to one."""

    initial: frozenset[State]
    states: frozenset[State]


def explore(program: Program) -> Space:
    """All states, breadth first, by the interpreter."""
    interpreter = Interpreter(program)
    begin = [step.state for step in some(interpreter.initial()) if step.state is not None]
    seen = dict.fromkeys(begin)
    queue = list(seen)
    for state in queue:
        for step in some(interpreter.successors(state)):
            if step.state is not None and step.state not in seen:
                seen[step.state] = None
                queue.append(step.state)
        if len(queue) > MOST_STATES:
            raise TooLarge
    return Space(frozenset(begin), frozenset(queue))


def orbits(group: Group, states: frozenset[State]) -> list[frozenset[State]]:
    """The orbits that the states fall into."""
    left, found = set(states), []
    while left:
        orbit = group.orbit(left.pop())
        left -= orbit
        found.append(orbit)
    return found


def closed(group: Group, states: frozenset[State]) -> bool:
    """Whether with a state all of its orbit is there."""
    return all(orbit <= states for orbit in orbits(group, states))


def judged(interpreter: Interpreter, state: State) -> dict[str, bool | None]:
    """What the properties say of a state."""
    found: dict[str, bool | None] = {}
    for each in interpreter.program.properties:
        try:
            found[each.name] = interpreter.holds(each.name, state)
        except StepFailed:
            found[each.name] = None
    return found


def successors(interpreter: Interpreter, state: State) -> tuple[frozenset[State], bool]:
    """The successors of a state, and whether a step fails."""
    steps = some(interpreter.successors(state))
    return frozenset(s.state for s in steps if s.state is not None), any(s.failure is not None for s in steps)


def check_language(model: RandomModel, program: Program) -> None:
    """Nothing tells members apart: renamed states have renamed successors, and properties say the same of them."""
    interpreter, group = Interpreter(program), Group.of(program)
    plain = PlainModel(program)
    for state in some_states(explore(program)):
        after, fails = successors(interpreter, state)
        truth = judged(interpreter, state)
        chosen, fixing = plain.canonical(state) if len(group.ways) > 1 else (state, 1)
        assert chosen in group.orbit(state), "the state that stands for an orbit is none of it"
        assert fixing == sum(group.image(chosen, way) == chosen for way in group.ways)
        for way in group.ways:
            image = group.image(state, way)
            there = frozenset(group.image(each, way) for each in after)
            agree((there, fails), successors(interpreter, image), (state, way))
            agree(truth, judged(interpreter, image), (state, way))
            if len(group.ways) > 1:
                agree((chosen, fixing), plain.canonical(image), (state, way))


def some_states(space: Space) -> Iterator[State]:
    """Thirty states, always the same."""
    states = sorted(space.states, key=repr)
    yield from states[:: max(1, len(states) // 30)]


def check_engine(model: RandomModel, program: Program) -> None:
    """The explicit engine visits one state of each orbit, and its verdicts are those of a search without reduction."""
    group, space = Group.of(program), explore(program)
    task = Task(program, select(program), Budget(), keep_going=True)
    if not closed(group, space.initial):
        with pytest.raises(ModelError, match="E503"):
            check(task, engine("explicit"))
        return
    if not space.initial:
        raise TooLarge
    reduced = check(task, engine("explicit"))
    plain = check(task, ReferenceEngine(orbits=False))
    assert plain.stats.distinct == len(space.states), "not every arrangement"
    counted = check(task, ReferenceEngine())
    agree(counts(reduced), counts(counted), "counts")
    agree(without_counts(summary(plain)), without_counts(summary(counted)), "verdicts by orbit")
    assert reduced.stats.distinct == len(orbits(group, space.states)), "not one state for each orbit"
    agree(without_counts(summary(plain)), without_counts(summary(reduced)), "verdicts")


def without_counts(found: dict[str, object]) -> dict[str, object]:
    """A summary but for what counts states, which reduction is meant to change."""
    return {
        name: type(said) if type(said).__name__ in ("Exhausted", "Unreachable") else said
        for name, said in found.items()
        if name not in ("distinct", "generated")
    }


def confirm_orbits(model: RandomModel, program: Program) -> None:
    """The states that the explicit engine's code lets stand for their orbits, searched in plain Python, are closed."""
    explore(program)  # TooLarge if it is
    interpreter, plain, group = Interpreter(program), PlainModel(program), Group.of(program)
    rows: dict[State, None] = {}
    queue = [step.state for step in interpreter.initial()]
    for state in queue:
        if state is None:
            continue
        chosen = plain.canonical(state)[0] if len(group.ways) > 1 else state
        if chosen not in rows:
            rows[chosen] = None
            queue.extend(step.state for step in interpreter.successors(chosen))
    if not rows:
        raise TooLarge
    closure = Closure(program, {})
    for state in rows:
        closure.add(state)
    closure.end()
    with pytest.raises(NotClosed, match="stands twice"):  # under whatever names
        closure.add(group.image(state, group.ways[-1]))
