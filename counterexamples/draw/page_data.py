"""What a page's script computes watched expressions from: types, every state, and what each property is there.

Values are numbers, truth values and lists, to be read by their type: of an enum the rank of the member, of a set its
members, of an array and a record the items in order. Integers that JavaScript would round are written as text.
"""

from __future__ import annotations

from typing import Any

from checker.contract.trace import Trace
from checker.ir.nodes import Process, Program
from checker.ir.points import plain_name
from checker.ir.property_kind import PropertyKind
from checker.ir.types import (
    ArrayType,
    EnumType,
    IntType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
)
from checker.semantics import Interpreter, State, StepFailed

_EXACT = 2**53  # what a number of JavaScript holds exactly

Json = Any


def watch_data(program: Program, trace: Trace) -> dict[str, Json]:
    """All that expressions over the states of a trace are computed from, as JSON."""
    parameters = [
        {"name": name, "type": type_json(kind), "value": value_json(kind, program.parameters[name])}
        for name, kind in program.parameter_types.items()
    ]
    return {
        "parameters": parameters,
        "variables": [{"name": each.name, "type": type_json(each.type)} for each in program.variables],
        "processes": [_process(each) for each in program.processes],
        "methods": sorted(name for name in program.functions if name.isidentifier()),
        "states": [_state(program, state) for state in trace.states],
        "properties": property_values(program, trace),
    }


def property_values(program: Program, trace: Trace) -> dict[str, list[bool | None]]:
    """What each property is in each state, as the reference interpreter says; None where it cannot be evaluated. A
    `@step` one is what it is of the step that led there; in the first state it is true."""
    interpreter = Interpreter(program)

    def value(name: str, state: State) -> bool | None:
        try:
            return interpreter.holds(name, state)
        except StepFailed:
            return None

    def of_step(name: str, before: State | None, after: State) -> bool | None:
        try:
            return interpreter.begins(name, after) if before is None else interpreter.allows(name, before, after)
        except StepFailed:
            return None

    asked = [each.name for each in program.properties if each.kind is not PropertyKind.FINAL]
    found = {name: [value(name, state) for state in trace.states] for name in asked}
    for each in program.steps:
        found[each.name] = [
            of_step(each.name, *pair) for pair in zip((None, *trace.states), trace.states, strict=False)
        ]
    return found


def _state(program: Program, state: State) -> list[Json]:
    return [value_json(declared.type, value) for declared, value in zip(program.variables, state, strict=True)]


def _process(process: Process) -> dict[str, Json]:
    plain: dict[str, list[str]] = {}
    for local in process.kept:
        plain.setdefault(plain_name(local), []).append(local)
    kept = {local: variable for local, variable in process.kept.items() if local.isidentifier()}
    kept |= {name: process.kept[same[0]] for name, same in plain.items() if len(same) == 1 and name not in kept}
    return {
        "name": process.name,
        "index": None if process.index is None else type_json(process.index.type),
        "point": process.point_variable,
        "kept": kept,
        "points": {point.label: {"names": list(point.names), "ended": point.block is None} for point in process.points},
    }


def type_json(kind: Type) -> Json:
    """A type: its name in lower case, and what it is made of."""
    match kind:
        case OptType():
            return ["opt", type_json(kind.item)]
        case IntType() | SymType():
            return ["int", str(kind)]
        case EnumType():
            return ["enum", kind.name.rpartition(".")[2], [kind.show(member) for member in kind.members]]
        case ArrayType():
            keys = [value_json(kind.index, index) for index in kind.index.values()]
            return ["array", type_json(kind.index), type_json(kind.item), keys]
        case RecordType():
            return ["record", kind.name, [[name, type_json(item)] for name, item in kind.fields]]
        case SetType():
            return ["set", type_json(kind.item)]
        case SeqType():
            return ["seq", type_json(kind.item)]
        case TupleType():
            return ["tuple", [type_json(part) for part in kind.parts]]
        case _:
            return ["plain"]


def value_json(kind: Type, value: Value) -> Json:
    """A value of a type."""
    match kind:
        case OptType():
            return None if value is None else value_json(kind.item, value)
        case IntType() | SymType():
            return value if abs(value) < _EXACT else str(value)
        case EnumType():
            return kind.rank(value)
        case ArrayType() | SeqType():
            return [value_json(kind.item, item) for item in value]
        case RecordType():
            return [value_json(item, part) for (_, item), part in zip(kind.fields, value, strict=True)]
        case SetType():
            return [value_json(kind.item, member) for member in sorted(value, key=kind.item.rank)]
        case TupleType():
            return [value_json(item, part) for item, part in zip(kind.parts, value, strict=True)]
        case _:
            return value
