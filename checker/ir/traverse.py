"""Going through the IR: what stands inside an expression or a statement, in the order of evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from checker.ir.nodes import (
    Append,
    Assert,
    Assign,
    Attribute,
    Binary,
    BoolOp,
    Branch,
    Break,
    Call,
    Choose,
    Compare,
    Comprehension,
    Const,
    Continue,
    Convert,
    Evaluate,
    Every,
    Expr,
    For,
    If,
    IfElse,
    Index,
    Jump,
    Local,
    Make,
    Replace,
    Require,
    Return,
    Steps,
    Stmt,
    Terminator,
    Unary,
    Variable,
    While,
    Without,
    Yield,
)
from checker.pause import pause


def children(node: Expr) -> Iterator[Expr]:
    """The expressions directly inside an expression, in the order of evaluation."""
    match node:
        case Const() | Local() | Variable() | Every():  # first, for they are more than half of all
            return
        case Index(base=base, index=index) | Without(base=base, index=index):
            yield from (base, index)
        case Attribute(base=base):
            yield base
        case Unary(operand=operand) | Convert(operand=operand):
            yield operand
        case Binary(left=left, right=right) | Compare(left=left, right=right):
            yield from (left, right)
        case BoolOp(operands=operands) | Make(items=operands) | Call(arguments=operands):
            yield from operands
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            yield from (condition, then, otherwise)
        case Replace(base=base, value=value) | Append(base=base, item=value):
            yield from (base, value)
        case Steps(start=start, stop=stop):
            yield from (start, stop)
        case Choose(domain=domain):
            yield domain
        case Comprehension(body=body, generators=generators):
            for generator in generators:
                yield generator.domain
                if generator.condition is not None:
                    yield generator.condition
            yield body
        case _:
            assert_never(node)


def expressions(statement: Stmt) -> Iterator[Expr]:
    """The expressions directly inside a statement, in the order of evaluation."""
    match statement:
        case Assign(target=target, value=value):
            yield from (value, target)
        case Evaluate(value=value):
            yield value
        case If(condition=condition) | While(condition=condition) | Require(condition=condition):
            yield condition
        case Assert(condition=condition):
            yield condition
        case For(generator=generator):
            yield generator.domain
        case Return(value=value):
            if value is not None:
                yield value
        case Break() | Continue():
            return
        case _:
            assert_never(statement)


def substatements(statement: Stmt) -> Iterator[Stmt]:
    """The statements directly inside a statement."""
    match statement:
        case If(then=then, otherwise=otherwise):
            yield from then
            yield from otherwise
        case For(body=body) | While(body=body):
            yield from body
        case Assign() | Evaluate() | Break() | Continue() | Return() | Require() | Assert():
            return
        case _:
            assert_never(statement)


def conditions(end: Terminator) -> tuple[Expr, ...]:
    """What is evaluated where a block ends."""
    match end:
        case Branch(condition=condition):
            return (condition,)
        case Jump() | Yield():
            return ()
        case _:
            assert_never(end)


def following(end: Terminator) -> tuple[int, ...]:
    """The blocks that the same step can go on in where a block ends."""
    match end:
        case Jump(block=block):
            return (block,)
        case Branch(then=then, otherwise=otherwise):
            return (then, otherwise)
        case Yield():
            return ()
        case _:
            assert_never(end)


def walk(statements: tuple[Stmt, ...]) -> Iterator[Stmt]:
    """Every statement, outer before inner. Looks up (`pause`) at each: most that takes long goes through here."""
    for statement in statements:
        pause()
        yield statement
        yield from walk(tuple(substatements(statement)))


def walk_expressions(expression: Expr) -> Iterator[Expr]:
    """An expression and all inside it."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(tuple(children(node))))
