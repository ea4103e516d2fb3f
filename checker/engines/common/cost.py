"""What judging a property costs, guessed from the size of its loops. Runs nothing.

Not a time: the same program always has the same costs, so that what is decided by them is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.contract.task import NO_FAILURE
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Program, Stmt
from checker.ir.traverse import children, expressions, substatements
from checker.ir.types import ArrayType, SeqType, SetType, TupleType, Type

AFFORDED = 6_000
"""Parts of expressions that judging one property may evaluate in each state, about: some milliseconds."""

_LONG = 2
"""How many items a sequence is taken to have: most hold far fewer than they could."""


def effort(program: Program, name: str) -> int:
    """How much judging a property costs, in multiples of what is afforded in each state."""
    return sum(
        cost_of(program, each.function) // AFFORDED for each in program.properties if name in (each.name, NO_FAILURE)
    )


def cost_of(program: Program, function: Function) -> int:
    """About how many parts of expressions judging a property evaluates, if no loop of it ends early."""
    costs: dict[str, int] = {}

    def called(name: str) -> int:
        if name not in costs:
            costs[name] = body(program.functions[name].body)
        return costs[name]

    def body(statements: Iterable[Stmt]) -> int:
        return sum(statement(each) for each in statements)

    def statement(each: Stmt) -> int:
        own = 1 + sum(cost(expression) for expression in expressions(each))
        inner = body(substatements(each))
        return own + inner * (_length(each.generator.domain.type) if isinstance(each, ir.For) else 1)

    def cost(expression: Expr) -> int:
        if isinstance(expression, ir.Comprehension):
            return 1 + rounds(expression.body, expression.generators)
        own = called(expression.function) if isinstance(expression, ir.Call) else 0
        return 1 + own + sum(cost(each) for each in children(expression))

    def rounds(inner: Expr, generators: Sequence[ir.Generator]) -> int:
        if not generators:
            return cost(inner)
        first, *rest = generators
        condition = 0 if first.condition is None else cost(first.condition)
        return cost(first.domain) + _length(first.domain.type) * (condition + rounds(inner, rest))

    parameters = 1
    for each in function.parameters:
        parameters *= each.type.size
    return parameters * body(function.body)


def _length(domain: Type) -> int:
    """About how many rounds a loop over a domain has."""
    match domain:
        case SetType(item=item):
            return max(1, item.size)
        case ArrayType(index=index):
            return index.size
        case SeqType(capacity=capacity):
            return min(capacity, _LONG)
        case TupleType(parts=parts):
            return len(parts)
        case _:
            raise AssertionError(domain)
