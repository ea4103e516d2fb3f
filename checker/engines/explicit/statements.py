"""Emit statements, and with them helpers, `init`, actions, properties and the segments of processes.

Control flow is the model's own: `if`, loops, `break` and `return` stay what they are. A segment of a process is what
runs from one of its points to the next; where its blocks form a tree they become nested ifs, else a loop over block
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from checker.engines.explicit import effects as effects_of
from checker.engines.explicit.code import CLEAN, Sheet, Writer, identifier, name_of, rank_text, scaled
from checker.engines.explicit.comprehensions import bind
from checker.engines.explicit.effects import Effects
from checker.engines.explicit.expressions import (
    deeper,
    emit,
    field_place,
    item_place,
)
from checker.engines.explicit.layout import is_direct, low, width
from checker.engines.explicit.loops import contains_call, each, kept
from checker.lang import ir
from checker.lang.ir import Expr, Function, Kind, Process, Stmt
from checker.lang.traverse import expressions, walk, walk_expressions
from checker.lang.types import ArrayType, NoneType, Type
from checker.semantics import LOOP_LIMIT


def statements(writer: Writer, body: Iterable[Stmt], result: str | None = None) -> None:
    """Write statements in order. `result` is the place of an aggregate that the function returns."""
    for statement in body:
        _statement(writer, statement, result)


def _statement(writer: Writer, statement: Stmt, result: str | None) -> None:
    match statement:
        case ir.Assign():
            _assign(writer, statement)
        case ir.Evaluate(value=value):
            emit(writer, value)
        case ir.If():
            _if(writer, statement, result)
        case ir.For():
            _for(writer, statement, result)
        case ir.While():
            _while(writer, statement, result)
        case ir.Break():
            writer.line("break")
        case ir.Continue():
            writer.line("continue")
        case ir.Return(value=value):
            _return(writer, value, result)
        case ir.Require(condition=condition):
            with writer.block(f"if not {emit(writer, condition)}:"):
                writer.stop(CLEAN)
        case ir.Assert(condition=condition):
            writer.fail_if(f"not {emit(writer, condition)}", Kind.ASSERT, statement.span)
        case _:
            raise AssertionError(statement)


def _assign(writer: Writer, statement: ir.Assign) -> None:
    target, kind = statement.target, statement.target.type
    value = emit(writer, statement.value)
    if contains_call(target):
        value = kept(writer, kind, value)
    if isinstance(target, ir.Local) and is_direct(kind):
        writer.line(f"{writer.locals[target.name]} = {value}")
        return
    place = writer.hold(_target(writer, target))
    writer.put(place, kind, value)
    writer.dirty = writer.dirty or _stores_state(target)


def _stores_state(target: Expr) -> bool:
    while isinstance(target, (ir.Index, ir.Attribute)):
        target = target.base
    return isinstance(target, ir.Variable)


def _target(writer: Writer, target: Expr) -> str:
    """The place of what is assigned to; all indices are evaluated before any is checked."""
    indices = [writer.hold(emit(writer, index)) for index in _indices(target)]
    return _located(writer, target, indices)


def _indices(target: Expr) -> Iterator[Expr]:
    match target:
        case ir.Index(base=base, index=index):
            yield from _indices(base)
            yield index
        case ir.Attribute(base=base):
            yield from _indices(base)


def _located(writer: Writer, target: Expr, indices: list[str]) -> str:
    match target:
        case ir.Variable(name=name):
            return str(writer.sheet.layout.offsets[name])
        case ir.Local(name=name):
            return writer.locals[name]
        case ir.Index(base=base):
            return item_place(writer, target, _located(writer, base, indices[:-1]), indices[-1])
        case ir.Attribute(base=base, name=name):
            return field_place(base.type, name, _located(writer, base, indices))
        case _:
            raise AssertionError(target)


def _if(writer: Writer, statement: ir.If, result: str | None) -> None:
    with writer.block(f"if {emit(writer, statement.condition)}:"):
        statements(writer, statement.then, result)
    if statement.otherwise:
        with writer.block("else:"):
            statements(writer, statement.otherwise, result)


def _for(writer: Writer, statement: ir.For, result: str | None) -> None:
    with each(writer, statement.generator.domain, emit, True) as member:
        _may_be_dirty(writer, statement.body)
        bind(writer, statement.generator, member)
        statements(writer, statement.body, result)


def _while(writer: Writer, statement: ir.While, result: str | None) -> None:
    rounds = writer.fresh("rounds")
    writer.line(f"{rounds} = 0")
    with writer.aside() as lines:
        _may_be_dirty(writer, statement.body)
        condition = emit(writer, statement.condition)
    with writer.block("while True:" if lines else f"while {condition}:"):
        if lines:
            deeper(writer, lines)
            with writer.block(f"if not {condition}:"):
                writer.line("break")
        writer.fail_if(f"{rounds} == {LOOP_LIMIT}", Kind.EVALUATION, statement.span)
        writer.line(f"{rounds} += 1")
        statements(writer, statement.body, result)


def _may_be_dirty(writer: Writer, body: Iterable[Stmt]) -> None:
    """A loop's body may follow itself."""
    collected = effects_of.of_body(body, writer.sheet.effects)
    writer.dirty = writer.dirty or collected.changes


def _return(writer: Writer, value: Expr | None, result: str | None) -> None:
    if value is None or isinstance(value.type, NoneType):
        if value is not None:
            emit(writer, value)
        writer.line("return 0")
        return
    text = emit(writer, value)
    if is_direct(value.type):
        writer.line(f"return {text}")
        return
    assert result is not None
    writer.copy(result, text, width(value.type))
    writer.line("return 0")


def _declare_locals(
    writer: Writer, kinds: Iterable[tuple[str, Type]], body: tuple[Stmt, ...], first: tuple[Stmt, ...]
) -> None:
    """Names and places for locals that are not parameters, holding their defaults. `first` always runs, and first."""
    inner = _comprehension_variables(body)
    for name, kind in kinds:
        if name in writer.locals:
            continue
        writer.declare(name, kind)
        if name not in inner and not _assigned_first(name, first):
            writer.set_default(name, kind)


def _comprehension_variables(body: Iterable[Stmt]) -> frozenset[str]:
    return frozenset(
        generator.variable
        for statement in walk(tuple(body))
        for expression in expressions(statement)
        for node in walk_expressions(expression)
        if isinstance(node, ir.Comprehension)
        for generator in node.generators
    )


def _assigned_first(name: str, body: tuple[Stmt, ...]) -> bool:
    """Whether the first statement that mentions the local assigns it as a whole, without reading it."""
    for statement in body:
        match statement:
            case ir.Assign(target=ir.Local(name=target), value=value) if target == name:
                return not _mentions(value, name)
        if any(_statement_mentions(inner, name) for inner in walk((statement,))):
            return False
    return False


def _statement_mentions(statement: Stmt, name: str) -> bool:
    if isinstance(statement, ir.For) and statement.generator.variable == name:
        return True
    return any(_mentions(expression, name) for expression in expressions(statement))


def _mentions(expression: Expr, name: str) -> bool:
    return any(isinstance(node, ir.Local) and node.name == name for node in walk_expressions(expression))


def register(sheet: Sheet, function: Function, key: str) -> None:
    """Decide where a function takes and leaves aggregates; callers are emitted later."""
    for parameter in function.parameters:
        at = -1 if is_direct(parameter.type) else sheet.scratch(width(parameter.type))
        sheet.parameters[key, parameter.name] = at
    if not is_direct(function.returns):
        sheet.results[key] = sheet.scratch(width(function.returns))


def function_code(sheet: Sheet, function: Function, key: str, name: str, helper: bool) -> list[str]:
    """The lines of a function, called `name`. Only a helper may be called after the state has changed."""
    writer = Writer(sheet, dirty=helper)
    arguments = ["s", "c"]
    for parameter in function.parameters:
        if is_direct(parameter.type):
            arguments.append(writer.declare(parameter.name, parameter.type))
        else:
            writer.locals[parameter.name] = str(sheet.parameters[key, parameter.name])
    _declare_locals(writer, function.locals.items(), function.body, function.body)
    result = None if is_direct(function.returns) else str(sheet.results[key])
    statements(writer, function.body, result)
    writer.end()
    return [f"def {name}({', '.join(arguments)}):", *writer.lines]


class Segment:
    """What a process does from one of its points on."""

    def __init__(self, sheet: Sheet, process: Process, point: int) -> None:
        start = process.points[point].block
        assert start is not None
        self.sheet, self.process, self.point, self.start = sheet, process, point, start
        self.name = f"segment_{identifier(process.name)}_{point}"
        self.blocks = _reached(process, start)
        index = process.index.name if process.index else None
        body = [statement for block in self.blocks for statement in process.blocks[block].body]
        self._index_changes = index in effects_of.assigned(body)
        self.index = "_index" if self._index_changes else name_of(index) if index else None
        touched = {variable for end in self._ends() for variable, _, _ in self._kept_at(end)}
        fixed = frozenset({index} if index else ())
        if self._index_changes:
            fixed = frozenset()
        self.effects: Effects = effects_of.of_blocks(
            [process.blocks[block] for block in self.blocks], fixed, sheet.effects, touched
        )

    def _ends(self) -> set[int]:
        """The points where it can end."""
        ends = (self.process.blocks[block].end for block in self.blocks)
        return {end.point for end in ends if isinstance(end, ir.Yield)}

    def _kept_at(self, end: int) -> list[tuple[str, str | None, Type]]:
        """What changes when it ends at a point: the variable, the local whose value it takes (None for the default or
        the point), and its type."""
        process, here, there = self.process, self.process.points[self.point], self.process.points[end]
        changed: list[tuple[str, str | None, Type]] = []
        for local, variable in process.kept.items():
            if local in there.live:
                changed.append((variable, local, process.locals[local]))
            elif local in here.live:
                changed.append((variable, None, process.locals[local]))
        if end != self.point:
            changed.append((process.point_variable, None, self._point_type()))
        return changed

    def _point_type(self) -> Type:
        kind = self.sheet.layout.kinds[self.process.point_variable]
        return kind.item if self.process.index and isinstance(kind, ArrayType) else kind

    def place(self, variable: str) -> str:
        """Where the value of a point or kept local of this instance stands."""
        at = str(self.sheet.layout.offsets[variable])
        kind = self.sheet.layout.kinds[variable]
        if self.process.index is None or self.index is None:
            return at
        assert isinstance(kind, ArrayType)
        return scaled(at, rank_text(kind.index, self.index), width(kind.item))

    def code(self) -> list[str]:
        """The lines of its function."""
        process = self.process
        writer = Writer(self.sheet, dirty=False)
        if process.index is not None:
            name = writer.declare(process.index.name, process.index.type)
            if self._index_changes:
                writer.line(f"{name} = _index")
        self._thaw(writer)
        body = [statement for block in self.blocks for statement in process.blocks[block].body]
        for block in self.blocks:
            end = process.blocks[block].end
            if isinstance(end, ir.Branch):
                body.append(ir.Evaluate(process.span, end.condition))
        _declare_locals(writer, process.locals.items(), tuple(body), process.blocks[self.start].body)
        if self._is_tree():
            self._tree(writer, self.start)
        else:
            self._dispatch(writer)
        writer.end()
        arguments = "s, c" if self.index is None else f"s, c, {self.index}"
        return [f"def {self.name}({arguments}):", *writer.lines]

    def _thaw(self, writer: Writer) -> None:
        """Load the kept locals that live here; the others hold their defaults."""
        live = self.process.points[self.point].live
        for local, variable in self.process.kept.items():
            if local not in live:
                continue
            kind = self.process.locals[local]
            target = writer.declare(local, kind)
            value = writer.read(self.place(variable), kind)
            if is_direct(kind):
                writer.line(f"{target} = {value}")
            else:
                writer.copy(target, value, width(kind))

    def _end(self, writer: Writer, point: int) -> None:
        """Write back what lives at the point where it stops."""
        for variable, local, kind in self._kept_at(point):
            if variable == self.process.point_variable:
                label = self.process.points[point].label
                writer.line(f"s[{self.place(variable)}] = {low(kind) + kind.rank(label)}")
            elif local is None:
                row = writer.sheet.layout.slots[self.sheet.layout.offsets[variable] :][: width(kind)]
                value = str(row[0].default) if is_direct(kind) else writer.constant([slot.default for slot in row])
                writer.put(self.place(variable), kind, value)
            else:
                writer.put(self.place(variable), kind, writer.locals[local])
        writer.line("return 0")

    def _is_tree(self) -> bool:
        """Whether no block can be entered in two ways."""
        entered = [self.start]
        for block in self.blocks:
            entered.extend(_following(self.process.blocks[block]))
        return len(entered) == len(set(entered))

    def _tree(self, writer: Writer, block: int) -> None:
        """A block and, nested in it, those that follow."""
        statements(writer, self.process.blocks[block].body)
        match self.process.blocks[block].end:
            case ir.Jump(block=target):
                self._tree(writer, target)
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                with writer.block(f"if {emit(writer, condition)}:"):
                    self._tree(writer, then)
                with writer.block("else:"):
                    self._tree(writer, otherwise)
            case ir.Yield(point=point):
                self._end(writer, point)
            case end:
                assert_never(end)

    def _dispatch(self, writer: Writer) -> None:
        """A loop over block numbers that counts its rounds."""
        writer.dirty = True
        writer.line(f"_block = {self.start}")
        writer.line("_entered = 0")
        with writer.block("while True:"):
            writer.fail_if(f"_entered == {LOOP_LIMIT}", Kind.EVALUATION, self.process.span)
            writer.line("_entered += 1")
            for at, block in enumerate(self.blocks):
                head = f"{'el' if at else ''}if _block == {block}:" if at + 1 < len(self.blocks) or not at else "else:"
                with writer.block(head):
                    statements(writer, self.process.blocks[block].body)
                    self._go_on(writer, self.process.blocks[block].end)

    def _go_on(self, writer: Writer, end: ir.Terminator) -> None:
        match end:
            case ir.Jump(block=target):
                writer.line(f"_block = {target}")
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                writer.line(f"_block = {then} if {emit(writer, condition)} else {otherwise}")
            case ir.Yield(point=point):
                self._end(writer, point)
            case _:
                assert_never(end)


def _following(block: ir.Block) -> tuple[int, ...]:
    match block.end:
        case ir.Jump(block=target):
            return (target,)
        case ir.Branch(then=then, otherwise=otherwise):
            return (then, otherwise)
        case _:
            return ()


def _reached(process: Process, start: int) -> list[int]:
    """The blocks that a step can enter from block `start`, which comes first."""
    found, queue = {start}, [start]
    for block in queue:
        for target in _following(process.blocks[block]):
            if target not in found:
                found.add(target)
                queue.append(target)
    return queue
