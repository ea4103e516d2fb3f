"""Prints the IR as text that reads like the Python it came from. Decides nothing: same program, same text.

For people: error messages, `EVACHECK_DUMP`, debugging. Conversions are not shown, so the text cannot be read back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import assert_never

from checker.ir import nodes as ir
from checker.ir.nodes import BEFORE, Expr, Function, Generator, Process, Program, Stmt, Terminator
from checker.ir.types import ArrayType, EnumType, OptType, RecordType, SeqType, SetType, SymType, TupleType, Type, Value

_INDENT = "    "

# How tightly an expression binds, as in Python's grammar; operands that bind less tightly get parentheses.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON = 1, 2, 3, 4, 5
_OPERATORS = {"|": 6, "^": 7, "&": 8, "<<": 9, ">>": 9, "+": 10, "-": 10, "*": 11, "//": 11, "%": 11}
_SIGN, _POSTFIX, _ATOM = 12, 13, 14


def show_program(program: Program) -> str:
    """A whole program, one line for each statement, ending in a line break."""
    return "\n".join(_program(program)) + "\n"


def show_function(function: Function, keyword: str = "def") -> str:
    """A helper, action or property, introduced by `keyword`."""
    return "\n".join(_function(function, keyword))


def show_process(process: Process) -> str:
    """A process: where it can stand, and its blocks."""
    return "\n".join(_process(process))


def show_statement(statement: Stmt, depth: int = 0) -> str:
    """A statement with all inside it, indented `depth` times."""
    return "\n".join(_statement(statement, depth))


def show_expression(expr: Expr) -> str:
    """An expression on one line, with the fewest parentheses that Python would need."""
    return _text(expr)[0]


def show_type(kind: Type) -> str:
    """A type as a model would name it."""
    return kind.name if isinstance(kind, SymType) else str(kind)


def show_value(kind: Type, value: Value) -> str:
    """A constant as a model would write it."""
    match kind:
        case EnumType(name=name):
            return f"{name}.{value.name}" if isinstance(value, Enum) else repr(value)
        case OptType(item=item):
            return "None" if value is None else show_value(item, value)
        case SetType(item=item):
            members = sorted(value, key=item.rank)
            return _braces([show_value(item, member) for member in members])
        case ArrayType(item=item) | SeqType(item=item):
            return "[" + ", ".join(show_value(item, part) for part in value) + "]"
        case RecordType(name=name, fields=fields):
            parts = (f"{at}={show_value(item, part)}" for (at, item), part in zip(fields, value, strict=True))
            return f"{name}({', '.join(parts)})"
        case TupleType(parts=parts):
            return _parentheses([show_value(item, part) for item, part in zip(parts, value, strict=True)])
        case _:
            return str(value)


# expressions


def _text(expr: Expr) -> tuple[str, int]:
    """The text of an expression and how tightly it binds."""
    match expr:
        case ir.Const(value=value):
            text = show_value(expr.type, value)
            return text, _SIGN if text.startswith("-") else _ATOM
        case ir.Local(name=name):
            return name, _ATOM
        case ir.Variable(name=name):
            return _of_model(name), _POSTFIX
        case ir.Index(base=base, index=index):
            return f"{_within(base, _POSTFIX)}[{show_expression(index)}]", _POSTFIX
        case ir.Attribute(base=base, name=name):
            return f"{_within(base, _POSTFIX)}.{name}", _POSTFIX
        case ir.Convert(operand=operand):
            return _text(operand)
        case ir.Unary() | ir.Binary() | ir.Compare() | ir.BoolOp() | ir.IfElse():
            return _operation(expr)
        case ir.Make():
            return _make(expr), _ATOM
        case ir.Comprehension():
            return _comprehension(expr), _ATOM
        case _:
            return _built_in(expr), _ATOM


def _within(expr: Expr, binding: int) -> str:
    """The text of an operand where only what binds at least as tightly needs no parentheses."""
    text, own = _text(expr)
    return text if own >= binding else f"({text})"


def _operation(expr: ir.Unary | ir.Binary | ir.Compare | ir.BoolOp | ir.IfElse) -> tuple[str, int]:
    match expr:
        case ir.Unary(op="not", operand=ir.Compare(op="in") as test):
            return _comparison(test, "not in"), _COMPARISON
        case ir.Unary(op="not", operand=operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case ir.Unary(op="-", operand=operand):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case ir.Unary(op=op, operand=operand):
            return f"{op}({show_expression(operand)})", _ATOM
        case ir.Binary(op="min" | "max" as op, left=left, right=right):
            return f"{op}({show_expression(left)}, {show_expression(right)})", _ATOM
        case ir.Binary(op=op, left=left, right=right):
            own = _OPERATORS[op]
            return f"{_within(left, own)} {op} {_within(right, own + 1)}", own
        case ir.Compare():
            return _comparison(expr, expr.op), _COMPARISON
        case ir.BoolOp(op=op, operands=operands):
            own = _OR if op == "or" else _AND
            return f" {op} ".join(_within(operand, own + 1) for operand in operands), own
        case ir.IfElse(condition=condition, then=then, otherwise=otherwise):
            parts = (_within(then, _OR), "if", _within(condition, _OR), "else", _within(otherwise, _CONDITIONAL))
            return " ".join(parts), _CONDITIONAL
        case _:
            assert_never(expr)


def _comparison(expr: ir.Compare, op: str) -> str:
    right = _within(expr.right, _COMPARISON + 1)
    if right == "None":
        op = {"==": "is", "!=": "is not"}.get(op, op)
    return f"{_within(expr.left, _COMPARISON + 1)} {op} {right}"


def _make(expr: ir.Make) -> str:
    items = [show_expression(item) for item in expr.items]
    match expr.type:
        case RecordType(name=name, fields=fields):
            return f"{name}({', '.join(f'{at}={item}' for (at, _), item in zip(fields, items, strict=True))})"
        case SetType():
            return _braces(items)
        case TupleType():
            return _parentheses(items)
        case _:
            return f"[{', '.join(items)}]"


def _comprehension(expr: ir.Comprehension) -> str:
    text = " ".join([show_expression(expr.body), *(_generator(generator) for generator in expr.generators)])
    match expr.op:
        case "set":
            return f"{{{text}}}"
        case "array":
            return f"[{text}]"
        case op:
            return f"{op}({text})"


def _generator(generator: Generator) -> str:
    text = f"for {generator.variable} in {_within(generator.domain, _OR)}"
    return text if generator.condition is None else f"{text} if {_within(generator.condition, _OR)}"


def _built_in(
    expr: ir.Replace | ir.Append | ir.Without | ir.Every | ir.Steps | ir.Choose | ir.Call,
) -> str:
    match expr:
        case ir.Replace(base=base, name=name, value=value):
            return f"replace({show_expression(base)}, {name}={show_expression(value)})"
        case ir.Append(base=base, item=item):
            return f"[*{_within(base, _OR)}, {show_expression(item)}]"
        case ir.Without(base=base, index=index):
            return f"without({show_expression(base)}, {show_expression(index)})"
        case ir.Every():
            assert isinstance(expr.type, SetType)
            return show_type(expr.type.item)
        case ir.Steps(start=start, stop=stop, step=step):
            last = "" if step == 1 else f", {step}"
            return f"range({show_expression(start)}, {show_expression(stop)}{last})"
        case ir.Choose(domain=domain):
            return f"choose({show_expression(domain)})"
        case ir.Call(function=function, arguments=arguments):
            return f"{_of_model(function)}({', '.join(show_expression(argument) for argument in arguments)})"
        case _:
            assert_never(expr)


def _of_model(name: str) -> str:
    """A variable or helper as a model names it: `self.x`, or `before.x` in the state before a step."""
    return f"before.{name.removeprefix(BEFORE)}" if name.startswith(BEFORE) else f"self.{name}"


def _braces(items: Sequence[str]) -> str:
    return f"{{{', '.join(items)}}}" if items else "set()"


def _parentheses(items: Sequence[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


# statements


def _statement(statement: Stmt, depth: int) -> Iterator[str]:
    margin = _INDENT * depth
    match statement:
        case ir.If(condition=condition, then=then, otherwise=otherwise):
            yield f"{margin}if {show_expression(condition)}:"
            yield from _body(then, depth + 1)
            if otherwise:
                yield f"{margin}else:"
                yield from _body(otherwise, depth + 1)
        case ir.For(generator=generator, body=body):
            yield f"{margin}{_generator(generator)}:"
            yield from _body(body, depth + 1)
        case ir.While(condition=condition, body=body):
            yield f"{margin}while {show_expression(condition)}:"
            yield from _body(body, depth + 1)
        case _:
            yield margin + _simple(statement)


def _simple(
    statement: ir.Assign | ir.Evaluate | ir.Return | ir.Require | ir.Assert | ir.Break | ir.Continue,
) -> str:
    match statement:
        case ir.Assign(target=target, value=value):
            return f"{show_expression(target)} = {show_expression(value)}"
        case ir.Evaluate(value=value):
            return show_expression(value)
        case ir.Return(value=value):
            return "return" if value is None else f"return {show_expression(value)}"
        case ir.Require(condition=condition):
            return f"require({show_expression(condition)})"
        case ir.Assert(condition=condition, message=message):
            return f"assert {show_expression(condition)}, {message!r}"
        case ir.Break():
            return "break"
        case ir.Continue():
            return "continue"
        case _:
            assert_never(statement)


def _body(body: Sequence[Stmt], depth: int) -> Iterator[str]:
    if not body:
        yield f"{_INDENT * depth}pass"
    for statement in body:
        yield from _statement(statement, depth)


# functions, processes, programs


def _function(function: Function, keyword: str) -> Iterator[str]:
    parameters = ", ".join(f"{parameter.name}: {show_type(parameter.type)}" for parameter in function.parameters)
    yield f"{keyword} {function.name}({parameters}) -> {show_type(function.returns)}:"
    yield from _body(function.body, 1)


def _process(process: Process) -> Iterator[str]:
    index = "" if process.index is None else f"{process.index.name}: {show_type(process.index.type)}"
    yield f"process {process.name}({index}):"
    for point in process.points:
        kept = f", keeps {', '.join(sorted(point.live))}" if point.live else ""
        goes_on = "the end" if point.block is None else f"goes on in block {point.block}"
        yield f"{_INDENT}point {point.label!r}: {goes_on}{kept}"
    for number, block in enumerate(process.blocks):
        yield f"{_INDENT}block {number}:"
        for statement in block.body:
            yield from _statement(statement, 2)
        yield _INDENT * 2 + _terminator(block.end, process)


def _terminator(end: Terminator, process: Process) -> str:
    match end:
        case ir.Jump(block=block):
            return f"go to block {block}"
        case ir.Branch(condition=condition, then=then, otherwise=otherwise):
            return f"go to block {then} if {show_expression(condition)} else block {otherwise}"
        case ir.Yield(point=point):
            return f"yield {process.points[point].label!r}"
        case _:
            assert_never(end)


def _program(program: Program) -> Iterator[str]:
    yield f"model {program.model}"
    for name, value in program.parameters.items():
        yield f"{_INDENT}{name} = {show_value(program.parameter_types[name], value)}"
    yield "state"
    for declared in program.variables:
        yield f"{_INDENT}{declared.name}: {show_type(declared.type)}"
    if program.init is not None:
        yield from ("", show_function(program.init))
    for function in program.functions.values():
        yield from ("", show_function(function))
    for action in program.actions:
        yield from ("", show_function(action, "action"))
    for process in program.processes:
        yield from ("", show_process(process))
    for name, fairness in program.fairness.items():
        yield from ("", f"{fairness.value} fairness of {name}")
    for judged in program.properties:
        yield from ("", show_function(judged.function, judged.kind.value))
    for step in program.steps:
        yield from ("", show_function(step.function, step.kind.value))
        if step.name in program.abstract:
            yield from (f"{_INDENT}{line}" for line in _program(program.abstract[step.name]))
    for temporal in program.temporal:
        yield from ("", show_function(temporal.function, temporal.kind.value))
    for rank in program.ranks:
        yield from ("", show_function(rank.function, f"rank of {rank.of}"))
