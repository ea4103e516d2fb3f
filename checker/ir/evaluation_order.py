"""What Python would see change while it works out an expression is refused (E209), because a value here is a copy.

In `self.a[self.rotate()]` Python takes hold of the array, then calls; if the call changes the array, Python indexes the
changed one. Here the array would be the one before the call. Judges a whole program; statements need no such care.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checker.errors import Problem
from checker.ir import nodes as ir
from checker.ir.analysis import root
from checker.ir.limits import all_statements
from checker.ir.traverse import children, expressions, walk, walk_expressions
from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, TupleType, Type

Functions = Mapping[str, ir.Function]


def check(program: ir.Program) -> list[Problem]:
    """Every call that changes a variable which the expression around it has already taken hold of."""
    return [
        problem
        for statement in all_statements(program)
        for outer in expressions(statement)
        for inner in _around_calls(outer)
        for problem in _held(inner, program.functions)
    ]


def _around_calls(expression: ir.Expr) -> Sequence[ir.Expr]:
    """An expression and all inside it, if there is a call among that: most have none, and change nothing."""
    inside = tuple(walk_expressions(expression))
    return inside if any(isinstance(each, ir.Call) for each in inside) else ()


def _held(expression: ir.Expr, functions: Functions) -> Iterator[Problem]:
    """The calls among an expression's operands that change an operand before them."""
    if isinstance(expression, (ir.BoolOp, ir.IfElse)):
        return  # the first is worked out, and let go, before the next is looked at
    held: set[str] = set()
    for operand in children(expression):
        for call in _calls(operand):
            for name in sorted(held & changed(functions[call.function], functions)):
                helper = call.function.partition("'")[0]
                problem = f"'self.{name}' is in use here, and {helper!r} changes it"
                yield Problem("E209", call.span, problem, "Call it before, and name what it returns.")
        held |= set(roots(operand, functions))


def _calls(expression: ir.Expr) -> Iterator[ir.Call]:
    return (inner for inner in walk_expressions(expression) if isinstance(inner, ir.Call))


def roots(expression: ir.Expr, functions: Functions) -> Iterator[str]:
    """The variables that a value of several parts may be, or be a part of, in Python."""
    if not has_parts(expression.type):
        return
    match expression:
        case ir.Variable(name=name):
            yield name
        case ir.Index(base=base) | ir.Attribute(base=base):
            yield from roots(base, functions)
        case ir.Convert(operand=operand):
            yield from roots(operand, functions)
        case ir.IfElse(then=then, otherwise=otherwise):
            yield from roots(then, functions)
            yield from roots(otherwise, functions)
        case ir.Make() | ir.Replace():
            for part in children(expression):
                yield from roots(part, functions)
        case ir.Call(function=function, arguments=arguments):
            for argument in arguments:
                yield from roots(argument, functions)
            for called in reached(functions[function], functions):
                yield from _mentioned(called.body)


def _mentioned(body: Sequence[ir.Stmt]) -> Iterator[str]:
    for statement in walk(tuple(body)):
        for outer in expressions(statement):
            yield from (inner.name for inner in walk_expressions(outer) if isinstance(inner, ir.Variable))


def reached(function: ir.Function, functions: Functions) -> Iterator[ir.Function]:
    """A helper and all that it calls, each once: each may call others twice, and those others, until the calls are
    millions."""
    pending, seen = [function], {function.name}
    while pending:
        current = pending.pop()
        yield current
        for statement in walk(current.body):
            called = {call.function for outer in expressions(statement) for call in _calls(outer)} - seen
            seen |= called
            pending += [functions[name] for name in called]


def has_parts(kind: Type) -> bool:
    """Whether Python changes such values in place."""
    if isinstance(kind, OptType):
        return has_parts(kind.item)
    return isinstance(kind, (SetType, SeqType, ArrayType, RecordType, TupleType))


def changed(function: ir.Function, functions: Functions) -> set[str]:
    """The variables that a helper, or one that it calls, assigns."""
    return {
        goal.name
        for called in reached(function, functions)
        for statement in walk(called.body)
        if isinstance(statement, ir.Assign)
        for goal in [root(statement.target)]
        if isinstance(goal, ir.Variable)
    }
