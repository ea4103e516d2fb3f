"""What the records of a log say in the terms of a program: a step, what it was given, and what holds after it.

Names are those of the model. A value is plain JSON, led by the type that it should have: a list for a set, an array or
a sequence, an object for a record or an array, a member's name for an Enum, null for None. A member of a symmetric type
may have any name, such as that of a thread: who comes first is member 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from checker.errors import UsageError, did_you_mean, nearest
from checker.ir.nodes import Function, Parameter, Process, Program
from checker.ir.points import names_in
from checker.ir.types import (
    ArrayType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
    mentions_symmetry,
)
from checker.semantics import State
from checker.trace_validation.raw import At, Json, Raw
from counterexamples.itf.encoding import Place, brief, decode
from counterexamples.itf.values import fit

_PATH = re.compile(r"\[([^\]]*)\]|\.(\w+)")
_REMEMBERED = 1 << 14


@dataclass(frozen=True, slots=True)
class Part:
    """A variable of the state, or an item or field of one. `keys` lead to it in the value of the variable; `cell` says
    the same in indices and names of fields."""

    text: str
    place: int
    keys: tuple[int, ...]
    cell: tuple[Value, ...]
    type: Type

    def of(self, state: State) -> Value:
        """What it holds in a state. LookupError where it is an item of a sequence that is shorter."""
        value = state[self.place]
        for key in self.keys:
            value = value[key]
        return value


@dataclass(frozen=True, slots=True)
class Entry:
    """What one record says. No `name`: only how things stand. `given` are the arguments that it says, by their place;
    `left` and `reached` the labels of the points that it may mean; `seen` what it says of variables."""

    raw: Raw
    name: str | None
    given: Mapping[int, Value] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    left: frozenset[str] | None = None
    reached: frozenset[str] | None = None
    seen: tuple[tuple[Part, Value], ...] = ()
    choices: tuple[Value, ...] | None = None
    """What the step chose, if the record says it."""

    @property
    def at(self) -> At:
        """Where it stands."""
        return self.raw.at

    def agrees(self, state: State) -> bool:
        """Whether what is said of variables is so in a state."""
        try:
            return all(part.of(state) == value for part, value in self.seen)
        except LookupError:
            return False


class Reading:
    """Reads the records of all logs of one run. `ignored` are names of steps that are none of the model's; with
    `others`, whatever is none. `numbered`: members of symmetric types have their numbers, and no names."""

    def __init__(
        self, program: Program, ignored: Collection[str] = (), others: bool = False, numbered: bool = False
    ) -> None:
        self._by_number = numbered
        self._program = program
        self._ignored = frozenset(ignored)
        self._others = others
        self._actions: dict[str, Function] = {action.name: action for action in program.actions}
        self._processes: dict[str, Process] = {process.name: process for process in program.processes}
        self._parts: dict[str, Part | None] = {}
        self._values: dict[tuple[int, str], Value] = {}
        self._members: dict[SymType, dict[str, int]] = {}
        self.passed: Counter[str] = Counter()
        """How many records were passed over, by the name of their step."""
        self.loose: Counter[str] = Counter()
        """How often a field was given that is nothing of the model's."""

    @property
    def members(self) -> Mapping[SymType, Mapping[str, int]]:
        """Which member each name in the log means, of the types whose members have no names of their own."""
        return self._members

    def entry(self, raw: Raw) -> Entry | None:
        """What a record says; None if it is passed over. Raises UsageError U030."""
        name = raw.named
        if name is None:
            return Entry(raw, None, seen=self.observed(raw.at, raw.variables))
        if name in self._ignored:
            self.passed[name] += 1
            return None
        owner = (None if raw.of_process else self._actions.get(name)) or self._processes.get(name)
        if owner is None:
            if self._others:
                self.passed[name] += 1
                return None
            raise self._unknown(raw, name)
        parameters = _parameters(owner)
        names = {each.name: number for number, each in enumerate(parameters)}
        seen = dict(raw.variables)
        given = self._given(raw, owner, parameters)
        for key, value in raw.loose.items():
            if key in names:
                given[names[key]] = self._value(parameters[names[key]].type, value, raw.at, key)
            elif self._part(key) is not None:
                seen[key] = value
            else:
                self.loose[key] += 1
        left, reached = (self._labels(raw, owner, wanted) for wanted in (raw.left, raw.reached))
        return Entry(raw, name, given, parameters, left, reached, self.observed(raw.at, seen), _choices(raw))

    def _given(self, raw: Raw, owner: Function | Process, parameters: tuple[Parameter, ...]) -> dict[int, Value]:
        match raw.arguments:
            case None:
                return {}
            case dict(named):
                known = {each.name: number for number, each in enumerate(parameters)}
                for name in named:
                    if name not in known:
                        takes = f"It takes: {', '.join(known)}." if known else "It takes none."
                        raise raw.at.wrong(
                            f"{owner.name!r} has no parameter {name!r}", did_you_mean(nearest(name, known), takes)
                        )
                places = {known[name]: value for name, value in named.items()}
            case list(items):
                if len(items) > len(parameters):
                    takes = ", ".join(each.name for each in parameters) or "none"
                    raise raw.at.wrong(f"{owner.name!r} is given {len(items)} arguments", f"It takes: {takes}.")
                places = dict(enumerate(items))
            case other:
                raise raw.at.wrong(f'"args" is {brief(other)}', 'Write an object, such as {"args": {"k": 1}}.')
        return {
            at: self._value(parameters[at].type, value, raw.at, parameters[at].name) for at, value in places.items()
        }

    def observed(self, at: At, said: Mapping[str, Json]) -> tuple[tuple[Part, Value], ...]:
        """What is said of variables, and of parts of them, by their names. Raises UsageError U030."""
        found = []
        for name, value in said.items():
            part = self._part(name)
            if part is None:
                known = [declared.name for declared in self._program.variables]
                remedy = did_you_mean(nearest(name, known), f"The model has: {', '.join(known)}.")
                raise at.wrong(f"the model has no variable {name!r}", remedy)
            found.append((part, self._value(part.type, value, at, name)))
        return tuple(found)

    def _labels(self, raw: Raw, owner: Function | Process, wanted: str | None) -> frozenset[str] | None:
        """The labels of the points that a name may mean: as in `.at(...)`, every one that has it."""
        if wanted is None:
            return None
        if not isinstance(owner, Process):
            raise raw.at.wrong(f"{owner.name!r} is an action, and has no point", 'Leave "from" and "point" out.')
        found = frozenset(point.label for point in owner.points if wanted in (point.label, *point.names))
        if not found:
            names = names_in(owner)
            remedy = did_you_mean(nearest(wanted, names), f"It stops at: {', '.join(names)}.")
            raise raw.at.wrong(f"process {owner.name!r} never stops at {wanted!r}", remedy)
        return found

    def _part(self, text: str) -> Part | None:
        """The part of the state that a text names: `queue`, `finished[0]`, `head.next`, `thread.seen[1]`."""
        if text not in self._parts:
            self._parts[text] = self._found_part(text)
        return self._parts[text]

    def _found_part(self, text: str) -> Part | None:
        starting = [each for each in self._program.variables if text.startswith(each.name)]
        for declared in sorted(starting, key=lambda each: -len(each.name)):
            rest = text[len(declared.name) :]
            steps = list(_PATH.finditer(rest))
            if "".join(step[0] for step in steps) != rest:
                continue
            kind, keys, cell = declared.type, [], []
            for step in steps:
                found = self._into(kind, step[1], step[2])
                if found is None:
                    return None
                key, inner, kind = found
                keys.append(key)
                cell.append(inner)
            return Part(text, self._program.position(declared.name), tuple(keys), tuple(cell), kind)
        return None

    def _into(self, kind: Type, index: str | None, name: str | None) -> tuple[int, Value, Type] | None:
        """Where an item or field stands in a value, its index or name, and its type; None if there is no such."""
        match kind:
            case ArrayType() if index is not None:
                written: Json = int(index) if index.lstrip("-").isdigit() else index
                try:
                    value = self._decoded(kind.index, written, Place(""))
                except UsageError:
                    return None
                return kind.index.rank(value), value, kind.item
            case SeqType() if index is not None and index.isdigit():
                return int(index), int(index), kind.item
            case RecordType() if name is not None:
                at = kind.position(name)
                return None if at is None else (at, name, kind.fields[at][1])
        return None

    def _value(self, kind: Type, data: Json, at: At, name: str) -> Value:
        key = (id(kind), repr(data))
        if key in self._values:
            return self._values[key]
        try:
            value = self._decoded(kind, data, Place("", name))
        except UsageError as error:
            problem = error.problem.problem.removeprefix(": ")
            sizes = f"In the model it is {kind}: give the model the program's sizes, with --set."
            raise at.wrong(problem, sizes if "is not in" in problem else error.problem.remedy) from None
        if len(self._values) < _REMEMBERED:
            self._values[key] = value
        return value

    def _decoded(self, kind: Type, data: Json, place: Place) -> Value:
        if mentions_symmetry(kind) and not self._by_number:
            data = self._numbered(kind, data, place)
        return decode(kind, fit(kind, data, place), place)

    def _numbered(self, kind: Type, data: Json, place: Place) -> Json:
        """The same with members of symmetric types by their numbers."""
        match kind:
            case SymType():
                return self._member(kind, data, place)
            case OptType(item=item):
                return None if data is None else self._numbered(item, data, place)
            case SetType(item=item) | SeqType(item=item) if isinstance(data, list):
                return [self._numbered(item, each, place) for each in data]
            case ArrayType(index=SymType() as index, item=item):
                if not isinstance(data, dict):
                    example = '{"T1": ..., "T2": ...}'
                    raise place.wrong(f"{brief(data)} does not name the members of {index.name}", f"Write {example}.")
                pairs = [
                    (self._member(index, key, place), self._numbered(item, each, place)) for key, each in data.items()
                ]
                return {"#map": [[{"#bigint": str(key)}, value] for key, value in pairs]}
            case ArrayType(item=item) if isinstance(data, list):
                return [self._numbered(item, each, place) for each in data]
            case ArrayType(item=item) if isinstance(data, dict):
                return {key: self._numbered(item, each, place) for key, each in data.items()}
            case RecordType(fields=fields) if isinstance(data, dict):
                kinds = dict(fields)
                return {
                    key: self._numbered(kinds[key], each, place) if key in kinds else each for key, each in data.items()
                }
            case TupleType(parts=parts) if isinstance(data, list) and len(data) == len(parts):
                return [self._numbered(part, each, place) for part, each in zip(parts, data, strict=True)]
        return data

    def _member(self, kind: SymType, data: Json, place: Place) -> int:
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            raise place.mistyped(data, f"a member of {kind.name}", '"T1"')
        named = self._members.setdefault(kind, {})
        if str(data) not in named and len(named) == kind.count:
            problem = f"{brief(data)} would be member {kind.count + 1} of {kind.name}, which has {kind.count}"
            raise place.wrong(problem, f"There are already {', '.join(named)}: have more with --set.")
        return named.setdefault(str(data), len(named))

    def _unknown(self, raw: Raw, name: str) -> UsageError:
        known = [*self._processes] if raw.of_process else [*self._actions, *self._processes]
        kind = "process" if raw.of_process else "action or process"
        guess = did_you_mean(nearest(name, known), f"It has: {', '.join(known)}.")
        return raw.at.wrong(
            f"the model has no {kind} {name!r}", f"{guess} If it is nothing of the model: --ignore {name}"
        )


def _choices(raw: Raw) -> tuple[Value, ...] | None:
    """What a record says that the step chose. Raises UsageError U030."""
    if raw.choices is None:
        return None
    if not isinstance(raw.choices, list) or not all(isinstance(each, int) for each in raw.choices):
        remedy = 'Write numbers, true and false, such as {"choices": [3, true]}, or leave it out: it is found then.'
        raise raw.at.wrong(f'"choices" is {brief(raw.choices)}', remedy)
    return tuple(raw.choices)


def _parameters(owner: Function | Process) -> tuple[Parameter, ...]:
    if isinstance(owner, Process):
        return () if owner.index is None else (owner.index,)
    return owner.parameters
