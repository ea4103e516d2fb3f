"""The causal slice of a trace: which steps and which parts of the states its end depends on. Judges nothing.

Going backwards from the cells that the end rests on, a step matters if it changed one that is needed after it. Before
a step that matters are needed what decided its way (also where its process stood, which the process's step before left
behind) and what the needed values were made from; before one that does not matter, the same as after it. So if the
steps that do not matter are left out, each of the others runs as it did, and the end is the same: `needed` never
changes. Tests hold it to that by replaying.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.contract.trace import Lasso, Trace
from checker.ir.nodes import Program
from checker.ir.types import ArrayType, RecordType, SetType, Type, Value
from checker.semantics import State
from counterexamples.explain.cells import Cell, Cells, Member, overlap, resolve
from counterexamples.explain.watch import Watched


@dataclass(frozen=True, slots=True)
class Slice:
    """What mattered: `relevant[i]` of steps[i], and `needed[i]`, the cells of states[i] that the end rests on."""

    relevant: tuple[bool, ...]
    needed: tuple[Cells, ...]


def trace_back(
    program: Program, trace: Trace, runs: Sequence[Watched], end: Cells, before: Cells | None = None
) -> Slice:
    """The slice of a trace, given the run of each step and the cells of the last state that its end rests on; and those
    of the state `before` it, where the last step itself is what is shown: that step matters. Of a lasso everything
    matters: it is all steps together that owe nothing."""
    if isinstance(trace.end, Lasso):
        return Slice((True,) * len(trace.steps), (end,) * len(trace))
    needed = [end]
    relevant: list[bool] = []
    for number in reversed(range(len(trace.steps))):
        wanted, run = needed[-1], runs[number]
        changed = list(changed_cells(program, trace.states[number], trace.states[number + 1]))
        shown = before if number == len(trace.steps) - 1 else None
        matters = shown is not None or any(overlap(cell, each) for cell in wanted for each in changed)
        relevant.append(matters)
        if matters:
            made = (resolve(run.written, cell) for cell in wanted)
            wanted = frozenset(run.path).union(*made, shown or ())
        needed.append(wanted)
    return Slice(tuple(reversed(relevant)), tuple(reversed(needed)))


def changed_cells(program: Program, before: State, after: State) -> Iterator[Cell]:
    """The smallest cells in which two states differ."""
    for declared, old, new in zip(program.variables, before, after, strict=True):
        yield from _changed((declared.name,), declared.type, old, new)


def _changed(cell: Cell, kind: Type, old: Value, new: Value) -> Iterator[Cell]:
    if old == new:
        return
    match kind:
        case ArrayType(index=index, item=item):
            for value, was, now in zip(index.values(), old, new, strict=True):
                yield from _changed((*cell, value), item, was, now)
        case RecordType(fields=fields):
            for (name, item), was, now in zip(fields, old, new, strict=True):
                yield from _changed((*cell, name), item, was, now)
        case SetType():
            yield from ((*cell, Member(member)) for member in old ^ new)
        case _:
            yield cell
