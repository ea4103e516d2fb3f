"""What can be said of a node of the IR by itself: one answer for the front end, the engines and the explanations."""

from __future__ import annotations

from typing import assert_never

from checker.ir import nodes as ir
from checker.ir.property_kind import PropertyKind
from checker.ir.types import IntType, SeqType, Type


def kinds(program: ir.Program) -> dict[str, Type]:
    """The type of each variable."""
    return {declared.name: declared.type for declared in program.variables}


def constrained(program: ir.Program) -> bool:
    """Whether a model has a `@constraint`."""
    return any(judged.kind is PropertyKind.CONSTRAINT for judged in program.properties)


def root(target: ir.Expr) -> ir.Expr:
    """The variable or local that an assignment to `target` changes."""
    while isinstance(target, (ir.Index, ir.Attribute)):
        target = target.base
    return target


def can_fail(node: ir.Expr) -> bool:
    """Whether evaluating this node can fail, apart from what is inside it and what it calls."""
    match node:
        case ir.Convert(checked=checked):
            return checked
        case ir.Index(base=base):
            return isinstance(base.type, SeqType)
        case ir.Append() | ir.Without():
            return True
        case ir.Binary(op=op, right=right):
            return _fails_on(op, right)
        case ir.Comprehension(op=op):
            return op in ("min", "max")
        case (
            ir.Const() | ir.Local() | ir.Variable() | ir.Attribute() | ir.Unary() | ir.Compare() | ir.BoolOp()
            | ir.IfElse() | ir.Make() | ir.Replace() | ir.Every() | ir.Steps() | ir.Choose() | ir.Call()
        ):  # fmt: skip
            return False
        case _:
            assert_never(node)


def _fails_on(op: str, right: ir.Expr) -> bool:
    """Whether the right side of an operator can be one that it has no value for: the bounds are exact."""
    if not isinstance(right.type, IntType):
        return False
    if op in ("//", "%"):
        return right.type.lo <= 0 <= right.type.hi
    return op in ("<<", ">>") and right.type.lo < 0
