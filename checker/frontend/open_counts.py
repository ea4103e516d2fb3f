"""What counts the members of sets in a comparison, where how many there are is left open. Counts nothing itself."""

from __future__ import annotations

from dataclasses import replace

from checker.ir import nodes as ir
from checker.ir.types import BOOL, IntType, SetType, mentions_symmetry

SUMS = frozenset({"+", "-", "*"})
"""What is done with counts in a comparison."""


def compares_counts(expr: ir.Compare) -> bool:
    """Whether a comparison says how many members sets have: `2 * len(self.voters) > len(self.Node)`. The sets are over
    types that have symmetric members in them."""
    return expr.op in ("==", "!=", "<", "<=") and (_counts(expr.left) or _counts(expr.right))


def counted_set(expr: ir.Expr) -> ir.Expr | None:
    """The set whose members are counted here, by `len(s)`, `sum(1 for m in s if ...)` or `sum(... for m in s)` of truth
    values; None if it is no such count, or of a set that has no symmetric members in it."""
    match expr:
        case ir.Unary(op="len", operand=operand) if _is_open(operand):
            return operand
        case ir.Comprehension(op="sum", body=body, generators=(generator,)) if _is_open(generator.domain):
            conditions: tuple[ir.Expr, ...] = () if generator.condition is None else (generator.condition,)
            match body:
                case ir.Const(value=1):
                    pass
                case ir.IfElse(condition=condition, then=ir.Const(value=1), otherwise=ir.Const(value=0)):
                    conditions += (condition,)
                case _:
                    return None
            wanted = ir.BoolOp(expr.span, BOOL, "and", conditions) if len(conditions) > 1 else (*conditions, None)[0]
            member = ir.Local(expr.span, generator.variable_type, generator.variable)
            found = replace(generator, condition=wanted)
            return ir.Comprehension(expr.span, generator.domain.type, "set", member, (found,))
    return None


def unbounded(expr: ir.Expr) -> ir.Expr:
    """The expression that a number comes from: its bounds may be those of what it is compared with."""
    while isinstance(expr, ir.Convert) and not expr.checked and isinstance(expr.operand.type, IntType):
        expr = expr.operand
    return expr


def _is_open(domain: ir.Expr) -> bool:
    return isinstance(domain.type, SetType) and mentions_symmetry(domain.type)


def _counts(expr: ir.Expr) -> bool:
    match expr := unbounded(expr):
        case ir.Unary(op="-", operand=operand):
            return _counts(operand)
        case ir.Binary(op=op, left=left, right=right) if op in SUMS:
            return _counts(left) or _counts(right)
    return counted_set(expr) is not None
