"""Emit statements, and with them helpers, `init`, actions and properties. Processes are in `segments`.

Control flow is the model's own: `if`, loops, `break` and `return` stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from checker.engines.explicit.codegen import effects as effects_of
from checker.engines.explicit.codegen.code import CLEAN, Sheet, Writer
from checker.engines.explicit.codegen.comprehensions import bind
from checker.engines.explicit.codegen.expressions import deeper, emit, field_place, item_place
from checker.engines.explicit.codegen.layout import is_direct, width
from checker.engines.explicit.codegen.loops import contains_call, each, kept
from checker.ir import nodes as ir
from checker.ir.analysis import root
from checker.ir.nodes import Expr, Function, Kind, Stmt
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import NoneType, Type
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
            assert_never(statement)


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
    return isinstance(root(target), ir.Variable)


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


def declare_locals(
    writer: Writer, kinds: Iterable[tuple[str, Type]], body: tuple[Stmt, ...], first: tuple[Stmt, ...]
) -> None:
    """Names and places for those locals in `body` that are not parameters, holding their defaults. `first` always runs,
    and first."""
    wanted = mentioned(body)
    settled = _comprehension_variables(body) | _assigned_first(first)
    for name, kind in kinds:
        if name in writer.locals or name not in wanted:
            continue
        writer.declare(name, kind)
        if name not in settled:
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


def _assigned_first(body: tuple[Stmt, ...]) -> set[str]:
    """The locals that the first statement that mentions them assigns as a whole, without reading them."""
    found: set[str] = set()
    before: set[str] = set()
    for statement in body:
        match statement:
            case ir.Assign(target=ir.Local(name=name), value=value):
                before |= _locals_in(value)
                if name not in before:
                    found.add(name)
        before |= mentioned((statement,))
    return found


def mentioned(body: tuple[Stmt, ...]) -> set[str]:
    """The locals in some statements."""
    found: set[str] = set()
    for statement in walk(body):
        found.update(*map(_locals_in, expressions(statement)))
        if isinstance(statement, ir.For):
            found.add(statement.generator.variable)
    return found


def _locals_in(expression: Expr) -> set[str]:
    """The locals in an expression, the variables of its comprehensions among them."""
    found: set[str] = set()
    for node in walk_expressions(expression):
        match node:
            case ir.Local(name=name):
                found.add(name)
            case ir.Comprehension(generators=generators):
                found.update(each.variable for each in generators)
    return found


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
    declare_locals(writer, function.locals.items(), function.body, function.body)
    result = None if is_direct(function.returns) else str(sheet.results[key])
    statements(writer, function.body, result)
    writer.end()
    return [f"def {name}({', '.join(arguments)}):", *writer.lines]
