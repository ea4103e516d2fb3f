"""Decide whether real maps do what a trace of the model does: the same operations, judged by the rules of `range`.

The map's keys are chosen so that their hashes end as the trace has them, and a loop is begun anew until it starts where
the trace has it start. What else chance decides, a seed that is drawn while a loop runs, is left to it: there are many
trials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.conform.classic_map.holding import confirm_map
from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.real import KINDS, RealMaps
from checker.conform.maps.rules import RULES, Reproduced, Rules
from checker.contract.trace import Trace
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.semantics import Step


def kind_of(program: Program) -> str:
    """A kind of keys that has what the program's parameters say. Raises UsageError U024 for another kind of model."""
    wanted = "float" if program.parameters.get("nans") else "string" if program.parameters.get("pointers") else "int"
    confirm_map(program, wanted)
    return wanted


def reproduce(program: Program, trace: Trace, rule: str, version: str, trials: int) -> Reproduced:
    """Carry out the operations of a trace that violates one of RULES, so many times. Raises UsageError U022, U023
    without such a Go, U024 for a trace that is not of the map at Go's sizes, or not about such a rule."""
    if rule not in RULES:
        remedy = f"Give a trace about one of them: {', '.join(RULES)}."
        raise UsageError("U024", f"{rule} is no rule of range, by which a real map could be judged", remedy)
    kind = kind_of(program)
    assert kind in KINDS
    operations = list(operations_of(program, trace))
    lines = "".join(operation.line for operation in operations)
    with RealMaps(kind, version) as real:
        real.driven.send(f"k {program.parameters['keys']}\n")
        times = 0
        for _ in range(trials):
            real.driven.send(lines)
            rules = Rules()
            broken = [rules.broken(operation, tuple(real.driven.answer()[8:10])) for operation in operations]
            times += RULES[rule] in broken
    return Reproduced(times, trials)


def operations_of(program: Program, trace: Trace) -> Iterator[Operation]:
    """What a map's user does in a trace, with the hashes that its first entry found."""
    mask = (1 << int(program.parameters["hashBits"])) - 1
    place, count = program.position("hash"), program.position("count")
    hashes = next((state[place] for state in trace.states if state[count]), None)
    yield Operation(Op.MAKE, int(trace.initial_choices[0]), hashes=() if hashes is None else (mask, *hashes))  # type: ignore[call-overload]
    nans = int(program.parameters["keys"])
    for step in trace.steps:
        operation = _operation(step)
        if step.name == "assign_nan":
            operation, nans = replace(operation, key=nans), nans + 1
        yield operation


def _operation(step: Step) -> Operation:
    match step.name:
        case "assign":
            return Operation(Op.ASSIGN, *step.arguments)
        case "assign_nan":
            return Operation(Op.ASSIGN, 0, *step.arguments)
        case "delete":
            return Operation(Op.DELETE, *step.arguments)
        case "range_start":
            start, offset = step.choices
            return Operation(Op.START, step.arguments[0], 1 + 8 * start + offset)
        case "range_next":
            return Operation(Op.NEXT, *step.arguments)
        case _:
            return Operation(Op.CLEAR)
