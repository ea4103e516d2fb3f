"""A picture of any model's state: its variables in a table, its arrays as rows of cells, its processes. Judges nothing.

For models that do not say themselves how a state looks.
"""

from __future__ import annotations

from checker.ir.nodes import Declared, Process, Program, Role
from checker.ir.types import ArrayType, OptType, RecordType, Type, Value
from checker.lang.picture import Cell, Group, Picture
from checker.semantics import State
from counterexamples.explain.changes import Fact, Idle, facts, is_shown

_CELL = 12  # characters; what may be longer stands in the table
_CELLS = 16  # more of them stand in the table


def generic_picture(program: Program, state: State, waiting: Idle) -> Picture:
    """The tidy picture of one state, given who has not begun."""
    picture = Picture(arrange="row", gap=44)
    values = {
        d.name: (d, v)
        for d, v in zip(program.variables, state, strict=True)
        if d.role is Role.MODEL and is_shown(d.name)
    }
    rows = [(d, v) for d, v in values.values() if _is_row(d.type)]
    table = {d.name: d.type.show(v) for d, v in values.values() if not _is_row(d.type)}
    if table:
        picture.table("variables", table)
    if rows:
        arrays = picture.group("arrays", arrange="column", gap=14)
        for declared, value in rows:
            _row(arrays, declared, value)
    standing = {fact.subject: fact for fact in facts(program, state, waiting)[len(values) :]}
    if standing:
        _processes(picture, program.processes, standing)
    return picture


def _is_row(kind: Type) -> bool:
    """Whether a value of the type is drawn as a row of cells: a short array of what is short."""
    return isinstance(kind, ArrayType) and 1 < kind.index.size <= _CELLS and _longest(kind.item) <= _CELL


def _longest(kind: Type) -> int:
    """How many characters a value may have, at most; many for what has parts."""
    match kind:
        case OptType():
            return max(4, _longest(kind.item))
        case ArrayType() | RecordType():
            return _CELL + 1
        case _ if kind.size <= 64:
            return max((len(kind.show(value)) for value in kind.values()), default=0)
        case _:
            return max(len(kind.show(kind.default)), len(str(kind.size)) if kind.size < 1 << 63 else _CELL + 1)


def _row(group: Group, declared: Declared, value: Value) -> None:
    kind = declared.type
    assert isinstance(kind, ArrayType)
    heads = [kind.index.show(index) for index in kind.index.values()]
    shown = [kind.item.show(item) for item in value]
    group.cells(declared.name, [Cell(*each) for each in zip(shown, heads, strict=True)], label=declared.name)


def _processes(picture: Picture, processes: tuple[Process, ...], standing: dict[str, Fact]) -> None:
    """Every instance of a process, with the point at which it stands and what it still needs below it."""
    lanes = picture.group("processes", arrange="column", gap=16)
    for process in processes:
        lane = lanes.group(("process", process.name), gap=30)
        for name, fact in standing.items():
            if name == process.name or name.startswith(f"{process.name}["):
                place, _, kept = fact.new.partition("  ")
                finished = place == "finished"
                own = [each for each in kept.split(", ") if "'" not in each.partition(" = ")[0]]  # no helper's
                note = "\n".join((place, *own)) if kept else place
                lane.node(name, name, shape="pill", colour="quiet" if finished else "blue", note=note)
