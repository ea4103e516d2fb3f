"""Say of a record that fits nothing which steps come nearest, and the `require` or the assignment that says no to each.
Data first, then words; whether nothing fits has been decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step
from checker.trace_validation.entries import Entry, Part
from checker.trace_validation.search import Stuck
from checker.trace_validation.stepping import arguments_of
from counterexamples.explain.changes import differences, name_of
from counterexamples.explain.refusal import Attempt, Trying
from counterexamples.explain.text import describe_step, source_line

_STATES = 4  # of those that the model could be in, so many are looked at
_WAYS = 64  # in which one step is tried there
_VECTORS = 64  # of arguments that the record does not say
_NEAREST = 3
_POSSIBLE = 6
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Differs:
    """A part of the state that has one value in the model, and is said to have another."""

    part: str
    model: str
    said: str


@dataclass(frozen=True, slots=True)
class Near:
    """A step that does not fit, or the present state where the record names none: who, what is wrong with it, and the
    place in the model that says no, with the values that it had; `rank` sorts the nearest first. `differs` are the
    parts of the state after it that are not as was said."""

    who: str
    problem: str
    place: str
    values: tuple[str, ...]
    rank: tuple[int, int]
    differs: tuple[Differs, ...] = ()


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a record fits nothing. `possible` are the steps that could happen instead, some of them."""

    stuck: Stuck
    nearest: tuple[Near, ...]
    possible: tuple[str, ...]


def explained(program: Program, stuck: Stuck) -> Misfit:
    """Why a record fits none of the states."""
    entry, trying = stuck.entry, Trying(program)
    found: dict[tuple[str, str, str], Near] = {}
    for state in stuck.states[:_STATES]:
        for near in _near(program, trying, state, entry):
            found.setdefault((near.who, near.problem, near.place), near)
    nearest = sorted(found.values(), key=_rank)[:_NEAREST]
    return Misfit(stuck, tuple(nearest), tuple(_possible(program, stuck)))


def _rank(near: Near) -> tuple[int, int]:
    return near.rank


def _near(program: Program, trying: Trying, state: State, entry: Entry) -> Iterator[Near]:
    if entry.name is None:
        wrong = _wrong(program, state, entry)
        yield Near("the present state", "; ".join(_told(wrong)), "", (), (0, len(wrong)), _differs(wrong))
        return
    for arguments in islice(arguments_of(entry), _VECTORS):
        yield from _tried(program, trying, state, entry, arguments)


def _tried(
    program: Program, trying: Trying, state: State, entry: Entry, arguments: tuple[Value, ...]
) -> Iterator[Near]:
    """The ways that one step with its arguments could go in a state, each with what is wrong with it."""
    assert entry.name is not None
    point = _standing(program, state, entry.name, arguments)
    step = Step(entry.name, arguments, point, ())
    who = describe_step(program, step)
    if entry.left is not None and point not in entry.left:
        yield Near(
            name_of(program, step), f'stands at "{point}", the log says it left "{entry.raw.left}"', "", (), (1, 0)
        )
        return
    chosen = None if entry.choices is None else replace(step, choices=entry.choices)
    ways = list(trying.attempts(state, entry.name, arguments, _WAYS, chosen))
    if not ways:
        problem = "has come to its end" if point is not None else "cannot happen beyond the constraint"
        yield Near(name_of(program, step), problem, "", (), (4, 0))
    for way in ways:
        yield _missed(program, state, entry, way, who if way.state is None else describe_step(program, way.step))


def _missed(program: Program, state: State, entry: Entry, way: Attempt, who: str) -> Near:
    if way.failure is not None:
        span = way.failure.span
        where = f"{span.file}:{span.line}: {source_line(span)}"
        return Near(who, f"fails: {way.failure.message}", where, (), (3, 0))
    if way.state is None:
        guard = way.blocked
        if guard is None:
            return Near(who, "is not possible", "", (), (2, 0))
        values = tuple(f"{fact.subject} = {fact.new}" for fact in guard.values)
        where = f"{guard.span.file}:{guard.span.line}: {source_line(guard.span)}"
        said = f"{guard.text} is false" if guard.kind != "choose" else f"there is nothing for {guard.text}"
        return Near(who, f"is not possible: {said}", where, values, (2, 0))
    wrong = _wrong(program, way.state, entry)
    if entry.reached is not None and entry.name is not None:
        point = _standing(program, way.state, entry.name, way.step.arguments)
        if point not in entry.reached:
            problem = f'leads to "{point}", the log says "{entry.raw.reached}"'
            return Near(who, problem, "", (), (1, 1 + len(wrong)))
    where, values = _maker(program, way, wrong[0][0])
    rank = (0, sum(count for *_, count in wrong))
    return Near(who, f"gives {'; '.join(_told(wrong))}", where, values, rank, _differs(wrong))


_Wrong = tuple[Part, str, str, int]  # a part, what the model gives, what the log says, and how much differs


def _wrong(program: Program, state: State, entry: Entry) -> list[_Wrong]:
    """The parts of a state that are not as a record says."""
    found: list[_Wrong] = []
    for part, said in entry.seen:
        try:
            held = part.of(state)
        except LookupError:
            found.append((part, "nothing there", part.type.show(said), 1))
            continue
        if held != said:
            count = len(list(differences(part.text, part.type, held, said)))
            found.append((part, part.type.show(held), part.type.show(said), count))
    return found


def _differs(wrong: Sequence[_Wrong]) -> tuple[Differs, ...]:
    return tuple(Differs(part.text, held, said) for part, held, said, _ in wrong)


def _told(wrong: Sequence[_Wrong]) -> list[str]:
    said = [f"{part.text} = {held}, the log says {wanted}" for part, held, wanted, _ in wrong[:_PARTS]]
    return [*said, f"and {len(wrong) - _PARTS} more"] if len(wrong) > _PARTS else said


def _maker(program: Program, way: Attempt, part: Part) -> tuple[str, tuple[str, ...]]:
    """The assignment that gave a part its value, and the values that it was made from."""
    made = way.maker((program.variables[part.place].name, *part.cell))
    if made is None:
        return f"nothing in the step changes {part.text}", ()
    values = tuple(f"{fact.subject} = {fact.new}" for fact in made.values)
    return f"{made.span.file}:{made.span.line}: {source_line(made.span)}", values


def _standing(program: Program, state: State, name: str, arguments: Sequence[Value]) -> str | None:
    process = next((each for each in program.processes if each.name == name), None)
    if process is None or any(each.name == name for each in program.actions):
        return None
    points = state[program.position(process.point_variable)]
    return str(points if process.index is None else points[process.index.type.rank(arguments[0])])


def _possible(program: Program, stuck: Stuck) -> Iterator[str]:
    """Steps that could happen in the states, those that would be as the record says first."""
    fitting: dict[str, None] = {}
    others: dict[str, None] = {}
    interpreter = Interpreter(program)
    for state in stuck.states[:_STATES]:
        for each in islice(interpreter.successors(state), _WAYS):
            if each.state is not None and not _is_meant(each.step, stuck.entry):
                fits = stuck.entry.seen and stuck.entry.agrees(each.state)
                (fitting if fits else others).setdefault(describe_step(program, each.step))
    yield from islice((*(f"{each} (which would be as the line says)" for each in fitting), *others), _POSSIBLE)


def _is_meant(step: Step, entry: Entry) -> bool:
    """Whether a step is one that the record may mean."""
    return step.name == entry.name and all(step.arguments[at] == value for at, value in entry.given.items())
