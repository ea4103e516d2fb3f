"""Emit processes. A segment is what runs from one point of a process to the next.

Where its blocks form a tree they become nested ifs, else a loop over block numbers. Segments of one process often share
most of their blocks: where writing each out would be several times as long, they share one loop over all blocks, which
starts where it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from checker.engines.explicit.codegen import effects as effects_of
from checker.engines.explicit.codegen.code import Sheet, Writer, identifier, name_of, rank_text, scaled
from checker.engines.explicit.codegen.effects import Effects
from checker.engines.explicit.codegen.expressions import emit
from checker.engines.explicit.codegen.layout import Layout, is_direct, low, width
from checker.engines.explicit.codegen.statements import declare_locals, mentioned, statements
from checker.ir import nodes as ir
from checker.ir.nodes import Kind, Process
from checker.ir.traverse import conditions, following, walk
from checker.ir.types import ArrayType, Type
from checker.semantics import LOOP_LIMIT

Change = tuple[str, str | None, Type]
"""A variable of a process, the local whose value it takes (None for the default or the point), and its type."""


class Segment:
    """What a process does from one of its points on."""

    def __init__(self, sheet: Sheet, process: Process, point: int) -> None:
        start = process.points[point].block
        assert start is not None
        self.sheet, self.process, self.point, self.start = sheet, process, point, start
        self.name = f"segment_{identifier(process.name)}_{point}"
        self.blocks = _reached(process, start)
        index = process.index.name if process.index else None
        self.body = _all(process, self.blocks)
        self.assigned = effects_of.assigned(self.body)
        self.index_changes = index in self.assigned
        self.index = "_index" if self.index_changes else name_of(index) if index else None
        touched = {variable for end in self._ends() for variable, _, _ in self._kept_at(end)}
        fixed = frozenset({index} if index else ())
        if self.index_changes:
            fixed = frozenset()
        self.effects: Effects = effects_of.of_blocks(
            [process.blocks[block] for block in self.blocks], fixed, sheet.effects, touched
        )

    def _ends(self) -> set[int]:
        """The points where it can end."""
        ends = (self.process.blocks[block].end for block in self.blocks)
        return {end.point for end in ends if isinstance(end, ir.Yield)}

    def _kept_at(self, end: int) -> list[Change]:
        """What changes when it ends at a point. A local that is not assigned stays as it was kept, which is its default
        if it was dead."""
        process, here, there = self.process, self.process.points[self.point], self.process.points[end]
        changed: list[Change] = []
        for local, variable in process.kept.items():
            if local in there.live:
                if local in self.assigned:
                    changed.append((variable, local, process.locals[local]))
            elif local in here.live:
                changed.append((variable, None, process.locals[local]))
        if end != self.point:
            changed.append((process.point_variable, None, point_type(self.sheet.layout, process)))
        return changed

    def call(self, arguments: list[str]) -> str:
        """How it is called. `arguments` is the index of the instance, if there is one."""
        return f"{self.name}({', '.join(['s', 'c', *arguments])})"

    def code(self) -> list[str]:
        """The lines of its function."""
        process = self.process
        writer = Writer(self.sheet, dirty=False)
        if process.index is not None:
            name = writer.declare(process.index.name, process.index.type)
            if self.index_changes:
                writer.line(f"{name} = _index")
        live = self.process.points[self.point].live & mentioned(self.body)
        body = _Body(writer, process, self.index)
        body.thaw([local for local in process.kept if local in live])
        declare_locals(writer, process.locals.items(), self.body, process.blocks[self.start].body)
        if self._is_tree():
            body.tree(self.start, self._kept_at)
        else:
            writer.line(f"_block = {self.start}")
            body.dispatch(self.blocks, self._kept_at)
        writer.end()
        arguments = "s, c" if self.index is None else f"s, c, {self.index}"
        return [f"def {self.name}({arguments}):", *writer.lines]

    def _is_tree(self) -> bool:
        """Whether no block can be entered in two ways."""
        entered = [self.start]
        for block in self.blocks:
            entered.extend(following(self.process.blocks[block].end))
        return len(entered) == len(set(entered))


class SharedSegment(Segment):
    """A segment that runs in the loop over all blocks of its process, from block `_block` on. That writes what any of
    the segments does."""

    def call(self, arguments: list[str]) -> str:
        return f"{_shared_name(self.process)}({', '.join(['s', 'c', '_block', *arguments])})"


def segments_of(sheet: Sheet, process: Process) -> tuple[list[Segment], list[list[str]]]:
    """The segments of a process, in the order of its points, and the functions that they call."""
    points = [at for at, point in enumerate(process.points) if point.block is not None]
    segments = [Segment(sheet, process, at) for at in points]
    written = sum(_weight(process, segment.blocks) for segment in segments)
    once = _weight(process, range(len(process.blocks)))
    if written < max(_LARGE, _OFTEN * once) or any(segment.index_changes for segment in segments):
        return segments, [segment.code() for segment in segments]
    return [SharedSegment(sheet, process, at) for at in points], [_shared(sheet, process)]


_LARGE = 200  # statements that may be written out at any rate: nested ifs are faster than a loop over block numbers
_OFTEN = 3  # how many times as long the segments may be as what they share


def _weight(process: Process, blocks: Iterable[int]) -> int:
    return sum(1 + sum(1 for _ in walk(process.blocks[block].body)) for block in blocks)


def _shared_name(process: Process) -> str:
    return f"process_{identifier(process.name)}"


def _shared(sheet: Sheet, process: Process) -> list[str]:
    """The function that runs a process from any of its blocks."""
    writer = Writer(sheet, dirty=False)
    index = None if process.index is None else writer.declare(process.index.name, process.index.type)
    body = _Body(writer, process, index)
    body.thaw(process.kept)  # a local that is dead at a point holds its default there
    every = range(len(process.blocks))
    declare_locals(writer, process.locals.items(), _all(process, every), ())

    for local, variable in process.kept.items():  # nothing in a step looks at these: they are dead until it ends
        body.put_default(variable, process.locals[local])

    def kept_at(end: int) -> list[Change]:
        live = process.points[end].live
        kept = [(variable, local, process.locals[local]) for local, variable in process.kept.items() if local in live]
        return [*kept, (process.point_variable, None, point_type(sheet.layout, process))]

    body.dispatch(every, kept_at)
    writer.end()
    arguments = "s, c, _block" if index is None else f"s, c, _block, {index}"
    return [f"def {_shared_name(process)}({arguments}):", *writer.lines]


class _Body:
    """Writes blocks of a process into a function."""

    def __init__(self, writer: Writer, process: Process, index: str | None) -> None:
        self.writer, self.process, self.index = writer, process, index

    def _place(self, variable: str) -> str:
        """Where the value of a point or kept local of this instance stands."""
        at = str(self.writer.sheet.layout.offsets[variable])
        if self.process.index is None or self.index is None:
            return at
        kind = self.writer.sheet.layout.kinds[variable]
        assert isinstance(kind, ArrayType)
        return scaled(at, rank_text(kind.index, self.index), width(kind.item))

    def thaw(self, names: Iterable[str]) -> None:
        """Load kept locals."""
        for local in names:
            kind = self.process.locals[local]
            target = self.writer.declare(local, kind)
            value = self.writer.read(self._place(self.process.kept[local]), kind)
            if is_direct(kind):
                self.writer.line(f"{target} = {value}")
            else:
                self.writer.copy(target, value, width(kind))

    def put_default(self, variable: str, kind: Type) -> None:
        """Have a kept local of this instance hold its default."""
        layout = self.writer.sheet.layout
        row = layout.slots[layout.offsets[variable] :][: width(kind)]
        value = str(row[0].default) if is_direct(kind) else self.writer.constant([slot.default for slot in row])
        self.writer.put(self._place(variable), kind, value)

    def _end(self, point: int, changes: Iterable[Change]) -> None:
        """Write back what lives at the point where it stops."""
        writer = self.writer
        for variable, local, kind in changes:
            if variable == self.process.point_variable:
                label = self.process.points[point].label
                writer.line(f"s[{self._place(variable)}] = {low(kind) + kind.rank(label)}")
            elif local is None:
                self.put_default(variable, kind)
            else:
                writer.put(self._place(variable), kind, writer.locals[local])
        writer.line("return 0")

    def tree(self, block: int, kept_at: Callable[[int], list[Change]]) -> None:
        """A block and, nested in it, those that follow."""
        writer = self.writer
        statements(writer, self.process.blocks[block].body)
        match self.process.blocks[block].end:
            case ir.Jump(block=target):
                self.tree(target, kept_at)
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                with writer.block(f"if {emit(writer, condition)}:"):
                    self.tree(then, kept_at)
                with writer.block("else:"):
                    self.tree(otherwise, kept_at)
            case ir.Yield(point=point):
                self._end(point, kept_at(point))
            case end:
                assert_never(end)

    def dispatch(self, blocks: Sequence[int], kept_at: Callable[[int], list[Change]]) -> None:
        """A loop over block numbers, from `_block` on, that counts its rounds."""
        writer = self.writer
        writer.dirty = True
        writer.line("_entered = 0")
        with writer.block("while True:"):
            writer.fail_if(f"_entered == {LOOP_LIMIT}", Kind.EVALUATION, self.process.span)
            writer.line("_entered += 1")
            for at, block in enumerate(blocks):
                head = f"{'el' if at else ''}if _block == {block}:" if at + 1 < len(blocks) or not at else "else:"
                with writer.block(head):
                    statements(writer, self.process.blocks[block].body)
                    self._go_on(self.process.blocks[block].end, kept_at)

    def _go_on(self, end: ir.Terminator, kept_at: Callable[[int], list[Change]]) -> None:
        match end:
            case ir.Jump(block=target):
                self.writer.line(f"_block = {target}")
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                self.writer.line(f"_block = {then} if {emit(self.writer, condition)} else {otherwise}")
            case ir.Yield(point=point):
                self._end(point, kept_at(point))
            case _:
                assert_never(end)


def _all(process: Process, blocks: Iterable[int]) -> tuple[ir.Stmt, ...]:
    """Every statement of some blocks, and their conditions."""
    body = [statement for block in blocks for statement in process.blocks[block].body]
    ends = (process.blocks[block].end for block in blocks)
    body += [ir.Evaluate(process.span, condition) for end in ends for condition in conditions(end)]
    return tuple(body)


def point_type(layout: Layout, process: Process) -> Type:
    """The type of the control points of a process."""
    kind = layout.kinds[process.point_variable]
    return kind.item if process.index is not None and isinstance(kind, ArrayType) else kind


def _reached(process: Process, start: int) -> list[int]:
    """The blocks that a step can enter from block `start`, which comes first."""
    found, queue = {start}, [start]
    for block in queue:
        for target in following(process.blocks[block].end):
            if target not in found:
                found.add(target)
                queue.append(target)
    return queue
