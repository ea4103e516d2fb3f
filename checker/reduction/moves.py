"""The moves of a program: an action with its arguments, or an instance of a process at one of its points.

Each instance has one current move in a state, that of the point where it stands. What a move may touch is its
footprint, and that of a process holds its point and the locals that it keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from checker.ir import nodes as ir
from checker.ir.analysis import root
from checker.ir.nodes import Function, Process, Program
from checker.ir.traverse import following, walk
from checker.ir.types import Value
from checker.reduction.cells import Cells
from checker.reduction.clauses import NEVER
from checker.reduction.footprint import UNKNOWN, Footprint, Fuel, Known, TooLong, Walk
from checker.semantics import vectors

MOST_MOVES = 512
"""Moves of a program up to which it is looked at: tables hold a bit for each pair of them."""

Thing = tuple[str, tuple[Value, ...]]
"""An action with its arguments, or a process with its index: what has one current move."""


@dataclass(frozen=True, slots=True)
class Move:
    """What one thing can do from one `point`, a number; an action has none, which is -1. `ends` are the points to which
    the step may lead. A move from the end of a process is never possible."""

    thing: int
    point: int
    footprint: Footprint
    ends: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Moves:
    """All moves; those of one thing stand together, in the order of its points, from `first[thing]` on. `points` is the
    cell that says where a thing stands, -1 for an action."""

    things: tuple[Thing, ...]
    every: tuple[Move, ...]
    first: tuple[int, ...]
    points: tuple[int, ...]
    processes: tuple[Process | None, ...] = field(default=())


def moves_of(program: Program, cells: Cells, fuel: Fuel) -> Moves:
    """The moves of a program. Raises TooLong if they are many, or take long to look at."""
    things: list[Thing] = []
    every: list[Move] = []
    first: list[int] = []
    points: list[int] = []
    owners: list[Process | None] = []

    def begin(name: str, arguments: tuple[Value, ...], cell: int, process: Process | None) -> int:
        things.append((name, arguments))
        first.append(len(every))
        points.append(cell)
        owners.append(process)
        if len(every) > MOST_MOVES:
            raise TooLong
        return len(things) - 1

    for action in program.actions:
        for arguments in vectors([parameter.type for parameter in action.parameters]):
            thing = begin(action.name, arguments, -1, None)
            every.append(Move(thing, -1, _of_action(Walk(program, cells, fuel), action, arguments)))
    for process in program.processes:
        kinds = [] if process.index is None else [process.index.type]
        for arguments in vectors(kinds):
            own = Own(process, arguments, cells)
            thing = begin(process.name, arguments, own.point, process)
            every += [own.move(Walk(program, cells, fuel), thing, point) for point in range(len(process.points))]
    return Moves(tuple(things), tuple(every), tuple(first), tuple(points), tuple(owners))


def _of_action(walked: Walk, action: Function, arguments: Sequence[Value]) -> Footprint:
    known = {parameter.name: value for parameter, value in zip(action.parameters, arguments, strict=True)}
    walked.body(action.body, known, [])
    return walked.found


class Own:
    """One instance of a process: what is its own, and its moves."""

    def __init__(self, process: Process, arguments: tuple[Value, ...], cells: Cells) -> None:
        self.process, self.arguments = process, arguments
        self.point = self._cell(process.point_variable, cells)
        self._kept = {local: self._cells(variable, cells) for local, variable in process.kept.items()}

    def _cell(self, variable: str, cells: Cells) -> int:
        (cell,) = self._cells(variable, cells)
        return cell

    def _cells(self, variable: str, cells: Cells) -> list[int]:
        """Where a point or kept local of this instance may stand."""
        if not cells.divided(variable):
            return [cells.whole(variable)]
        if self.process.index is None:  # the local is a set or an array itself
            return list(cells.parts(variable))
        return [cells.part(variable, self.arguments[0])]

    def move(self, walked: Walk, thing: int, point: int) -> Move:
        """What the instance can do from a point."""
        here = self.process.points[point]
        if here.block is None:
            walked.found.clauses.append(NEVER)
            return Move(thing, point, walked.found)
        walked.found.reads |= 1 << self.point
        for local in here.live & self._kept.keys():
            walked.found.reads |= sum(1 << cell for cell in self._kept[local])
        ends = self._run(walked, here.block)
        walked.found.write(self.point, frozenset(self.process.points[end].label for end in ends))
        live = here.live.union(*(self.process.points[end].live for end in ends))
        for local in live & self._kept.keys():
            for cell in self._kept[local]:
                walked.found.write(cell, None)
        return Move(thing, point, walked.found, frozenset(ends))

    def _run(self, walked: Walk, start: int) -> set[int]:
        """Go through the blocks that a step can enter; where it can end."""
        index = self.process.index
        known: Known = (
            {} if index is None or _is_assigned(self.process, index.name) else {index.name: self.arguments[0]}
        )
        ends: set[int] = set()
        after: dict[int, tuple[int, ...]] = {}
        queue = [start]
        while queue:
            number = queue.pop(0)
            if number in after:
                continue
            block = self.process.blocks[number]
            here = dict(known)
            walked.body(block.body, here, [])
            after[number] = self._next(walked, block.end, here)
            queue += after[number]
            if isinstance(block.end, ir.Yield):
                ends.add(block.end.point)
        if _comes_back(after, start):
            walked.fail()
        return ends

    @staticmethod
    def _next(walked: Walk, end: ir.Terminator, known: Known) -> tuple[int, ...]:
        if not isinstance(end, ir.Branch):
            return following(end)
        condition = walked.value(end.condition, known)
        if condition is UNKNOWN:
            walked.plain = False
            return following(end)
        return (end.then if condition else end.otherwise,)


def _is_assigned(process: Process, name: str) -> bool:
    for block in process.blocks:
        for statement in walk(block.body):
            if isinstance(statement, ir.For) and statement.generator.variable == name:
                return True
            if isinstance(statement, ir.Assign):
                target = root(statement.target)
                if isinstance(target, ir.Local) and target.name == name:
                    return True
    return False


def _comes_back(after: dict[int, tuple[int, ...]], start: int) -> bool:
    """Whether a step can enter a block twice."""
    done: set[int] = set()
    path: list[tuple[int, int]] = [(start, 0)]
    on_path = {start}
    while path:
        block, which = path[-1]
        if which == len(after[block]):
            path.pop()
            on_path.discard(block)
            done.add(block)
            continue
        path[-1] = (block, which + 1)
        target = after[block][which]
        if target in on_path:
            return True
        if target not in done:
            path.append((target, 0))
            on_path.add(target)
    return False
