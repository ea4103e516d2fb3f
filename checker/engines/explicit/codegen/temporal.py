"""What temporal properties need of emitted code: who takes which step, and what their conditions are in a state.

    conditions(w, s, c, h)   of the temporal property number h[0], whose arguments have the ranks h[1], h[2], ...: 1 if
                             its first condition is true in the packed state `w`, plus 2 if its second is, plus 4 for
                             the third, ...; or UNDECIDABLE, if they cannot be evaluated

States are those of the program, whose dead locals are forgotten and whose points are one where nothing tells them
apart. So a step that changes nothing here changes nothing for the interpreter either, and two states that differ in
what is possible differ in a word: code that the points of a process share keeps a dead local at its default, as the
interpreter does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.engines.explicit.codegen import effects as effects_of
from checker.engines.explicit.codegen.code import OK, STATUS, Sheet, Writer, identifier
from checker.engines.explicit.codegen.layout import is_direct, width
from checker.engines.explicit.codegen.loops import unranked
from checker.engines.explicit.codegen.packing import unpack_lines
from checker.engines.explicit.codegen.statements import function_code, register
from checker.ir.nodes import Program, Temporal
from checker.ir.types import TupleType, Value
from checker.semantics import vectors

UNDECIDABLE = -1
"""What `conditions` answers where a condition cannot be evaluated."""

Thing = tuple[str, tuple[Value, ...]]
"""What is owed something: a process with its index, or an action with its arguments."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The fair things of one process or action, in the order in which `expand` runs them; their pairs of numbers stand
    in scratch memory from `place` on."""

    place: int
    things: tuple[Thing, ...]


def marked(program: Program, sheet: Sheet, every: bool = False) -> Mapping[str, Marks]:
    """Everything that is owed something, or `every` thing, by the name of its process or action. The pairs stand in a
    row."""
    kinds = {action.name: [parameter.type for parameter in action.parameters] for action in program.actions}
    for process in program.processes:
        kinds[process.name] = [] if process.index is None else [process.index.type]
    found: dict[str, Marks] = {}
    for name, parameters in kinds.items():
        if every or name in program.fairness:
            things = tuple((name, arguments) for arguments in vectors(parameters))
            found[name] = Marks(sheet.scratch(2 * len(things)), things)
    return found


def conditions_code(program: Program, sheet: Sheet) -> list[list[str]]:
    """The entry `conditions`, and the functions that it calls."""
    functions: list[list[str]] = []
    read: set[str] = set()
    for temporal in program.temporal:
        read |= effects_of.of_function(temporal.function, sheet.effects).reads
    writer = Writer(sheet, dirty=False)
    writer.lines += unpack_lines(sheet, [name for name in sheet.layout.offsets if name in read])
    writer.line(f"c[{STATUS}] = {OK}")
    for at, temporal in enumerate(program.temporal):
        key, name = f"temporal {temporal.name}", f"temporal_{identifier(temporal.name)}"
        register(sheet, temporal.function, key)
        functions.append(function_code(sheet, temporal.function, key, name, helper=True))
        with writer.block(f"if h[0] == {at}:"):
            _answer(writer, temporal, key, name)
    writer.line("return 0")
    return [*functions, ["def conditions(w, s, c, h):", *writer.lines]]


def _answer(writer: Writer, temporal: Temporal, key: str, name: str) -> None:
    sheet, arguments = writer.sheet, ["s", "c"]
    for at, parameter in enumerate(temporal.function.parameters):
        rank = writer.hold(f"h[{at + 1}]")
        value = unranked(writer, parameter.type, rank)
        if is_direct(parameter.type):
            arguments.append(value)
        else:
            writer.copy(str(sheet.parameters[key, parameter.name]), value, width(parameter.type))
    value = writer.fresh()
    writer.line(f"{value} = {name}({', '.join(arguments)})")
    with writer.block(f"if c[{STATUS}] != {OK}:"):
        writer.line(f"return {UNDECIDABLE}")
    if isinstance(temporal.function.returns, TupleType):
        place, number = sheet.results[key], len(temporal.function.returns.parts)
        writer.line(f"return {' + '.join(f's[{place + at}] * {1 << at}' for at in range(number))}")
    else:
        writer.line(f"return 1 if {value} else 0")
