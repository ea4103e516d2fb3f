"""Typed building blocks of the front end: conversion, arithmetic with bounds, folding of constants.

Every function takes and gives typed IR; none looks at syntax. `None` as a result means: there is no such thing, and
the caller, which knows the place, says so.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.analysis import can_fail
from checker.ir.traverse import walk_expressions
from checker.ir.types import (
    BOOL,
    NEVER,
    NONE,
    ArrayType,
    BoolType,
    EnumType,
    IntType,
    NeverType,
    NoneType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    join,
    join_all,
    subtype,
)
from checker.lang.open_sizes import counted

WORD = IntType(-(1 << 40), 1 << 40)  # what an integer local without bounds of its own can hold
LIMIT = 1 << 61  # no engine sees an integer beyond this


def poison(span: Span) -> ir.Expr:
    """Stands for an expression that was refused; silences what follows from it."""
    return ir.Const(span, NEVER, None)


def is_poison(expression: ir.Expr) -> bool:
    """Whether a mistake inside has already been reported."""
    return isinstance(expression.type, NeverType)


def undecided(span: Span) -> ir.Expr:
    """Stands for a condition that was refused: neither true nor false, so that both of its branches are read."""
    return ir.Compare(span, BOOL, "==", poison(span), poison(span))


def constant_type(value: object) -> Type | None:
    """The type of a Python constant, None if it is not a value of the language."""
    match value:
        case bool():
            return BOOL
        case Enum():
            members = tuple(type(value))
            return EnumType(type(value).__name__, members) if value in members else None
        case int():
            return IntType(value, value) if abs(value) < LIMIT else None
        case None:
            return NONE
        case tuple():
            parts = [constant_type(part) for part in value]
            return None if None in parts else TupleType(tuple(part for part in parts if part is not None))
        case frozenset():
            kinds = [constant_type(part) for part in value]
            item = None if None in kinds else join_all([kind for kind in kinds if kind is not None])
            return None if item is None else SetType(item)
    return None


def cannot_fail(expression: ir.Expr) -> bool:
    """Whether evaluating it has no effect but its value, so that it may as well be left out."""
    return not any(can_fail(inner) or isinstance(inner, (ir.Choose, ir.Call)) for inner in walk_expressions(expression))


def convertible(source: Type, target: Type) -> bool:
    """Whether some value of `source` could be a value of `target`, so that a checked conversion makes sense."""
    if isinstance(source, NeverType) or source == target:
        return True
    if isinstance(target, OptType):
        return isinstance(source, NoneType) or convertible(_bare(source), target.item)
    if isinstance(source, OptType):
        return convertible(source.item, target)
    match source, target:
        case IntType(), IntType():
            return True
        case SetType(), SetType():
            return convertible(source.item, target.item)
        case SeqType(), SeqType():
            return convertible(source.item, target.item)
        case TupleType(), TupleType():
            pairs = zip(source.parts, target.parts, strict=False)
            return len(source.parts) == len(target.parts) and all(convertible(a, b) for a, b in pairs)
        case TupleType(), ArrayType():
            return len(source.parts) == target.index.size and all(convertible(a, target.item) for a in source.parts)
        case TupleType(), SeqType():
            return all(convertible(part, target.item) for part in source.parts)
        case ArrayType(), ArrayType():
            return source.index == target.index and convertible(source.item, target.item)
    return False


def _bare(kind: Type) -> Type:
    return kind.item if isinstance(kind, OptType) else kind


def convert(expression: ir.Expr, target: Type, kind: ir.Kind) -> ir.Expr | None:
    """`expression` as a value of `target`; None if its type has nothing to do with it."""
    source = expression.type
    if source == target or is_poison(expression):
        return expression
    if not convertible(source, target):
        return None
    if isinstance(expression, ir.Const) and target.contains(expression.value):
        return ir.Const(expression.span, target, expression.value)
    return ir.Convert(expression.span, target, expression, kind, not _total(source, target))


def _total(source: Type, target: Type) -> bool:
    """Whether every value of `source` is in `target`."""
    if isinstance(source, TupleType) and isinstance(target, SeqType):
        return len(source.parts) <= target.capacity and all(subtype(part, target.item) for part in source.parts)
    return subtype(source, target)


def unify(left: ir.Expr, right: ir.Expr) -> tuple[ir.Expr, ir.Expr] | None:
    """Both as values of the least type that holds either; None if they cannot be compared."""
    common = join(left.type, right.type)
    if common is None:
        return None
    first = convert(left, common, ir.Kind.EVALUATION)
    second = convert(right, common, ir.Kind.EVALUATION)
    return None if first is None or second is None else (first, second)


def _corners(op: Callable[[int, int], int], left: IntType, right: IntType) -> IntType:
    results = [op(a, b) for a in (left.lo, left.hi) for b in (right.lo, right.hi)]
    return IntType(min(results), max(results))


def _divided(left: IntType, right: IntType) -> IntType:
    divisors = [d for d in (right.lo, -1, 1, right.hi) if d != 0 and right.lo <= d <= right.hi] or [1]
    results = [a // d for a in (left.lo, left.hi) for d in divisors]
    return IntType(min(results), max(results))


def _remainder(left: IntType, right: IntType) -> IntType:
    if left.lo >= 0 and right.lo > 0:
        return IntType(0, min(left.hi, right.hi - 1))
    return IntType(min(0, right.lo + 1), max(0, right.hi - 1))


def _bitwise(op: str, left: IntType, right: IntType) -> IntType | None:
    if left.lo < 0 or right.lo < 0:
        return None
    if op == "&":
        return IntType(0, min(left.hi, right.hi))
    return IntType(0, (1 << max(left.hi.bit_length(), right.hi.bit_length())) - 1)


def _shifted(op: str, left: IntType, right: IntType) -> IntType | None:
    amount = IntType(max(0, right.lo), max(0, right.hi))  # a negative one fails before it is used
    if op == ">>":
        return _corners(lambda a, b: a >> min(b, 64), left, amount)
    return _corners(lambda a, b: a << b, left, amount) if amount.hi <= 64 else None


def integer_bounds(op: str, left: IntType, right: IntType) -> IntType | None:
    """The exact bounds of an operation on integers; None if it is not defined or could leave 62 bits."""
    match op:
        case "+":
            bounds: IntType | None = IntType(left.lo + right.lo, left.hi + right.hi)
        case "-":
            bounds = IntType(left.lo - right.hi, left.hi - right.lo)
        case "*":
            bounds = _corners(lambda a, b: a * b, left, right)
        case "//":
            bounds = _divided(left, right)
        case "%":
            bounds = _remainder(left, right)
        case "min":
            bounds = IntType(min(left.lo, right.lo), min(left.hi, right.hi))
        case "max":
            bounds = IntType(max(left.lo, right.lo), max(left.hi, right.hi))
        case "&" | "|" | "^":
            bounds = _bitwise(op, left, right)
        case "<<" | ">>":
            bounds = _shifted(op, left, right)
        case _:
            bounds = None
    return bounds if bounds is not None and max(abs(bounds.lo), abs(bounds.hi)) < LIMIT else None


_FOLD: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "min": min,
    "max": max,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "in": lambda a, b: a in b,
}


def binary(span: Span, op: str, left: ir.Expr, right: ir.Expr) -> ir.Expr | None:
    """Arithmetic on integers, or algebra on sets; None if the types do not allow it."""
    if is_poison(left) or is_poison(right):
        return poison(span)
    if isinstance(left.type, IntType) and isinstance(right.type, IntType):
        bounds = integer_bounds(op, left.type, right.type)
        if bounds is None:
            return None
        return fold(ir.Binary(span, bounds, op, left, right))
    if isinstance(left.type, SetType) and isinstance(right.type, SetType) and op in ("|", "&", "-", "^"):
        pair = unify(left, right)
        return None if pair is None else fold(ir.Binary(span, pair[0].type, op, *pair))
    return None


def compare(span: Span, op: str, left: ir.Expr, right: ir.Expr) -> ir.Expr | None:
    """== != < <= on operands brought to one type; None if the types do not allow it."""
    if is_poison(left) or is_poison(right):
        return poison(span)
    pair = unify(left, right)
    if pair is None:
        return None
    ordered = isinstance(pair[0].type, (IntType, BoolType, SetType))
    if op in ("<", "<=") and not ordered:
        return None
    return fold(ir.Compare(span, BOOL, op, *pair))


def fold(expression: ir.Binary | ir.Compare) -> ir.Expr:
    """The constant that the expression is, if its operands are constants and it is defined."""
    left, right = expression.left, expression.right
    if not isinstance(left, ir.Const) or not isinstance(right, ir.Const):
        return expression
    op = expression.op
    if (op in ("//", "%") and right.value == 0) or (op in ("<<", ">>") and right.value < 0):
        return expression
    value = _FOLD[op](left.value, right.value)
    kind = IntType(value, value) if isinstance(expression.type, IntType) else expression.type
    return ir.Const(expression.span, kind, value)


def negate(expression: ir.Expr) -> ir.Expr:
    """The opposite of a Bool."""
    match expression:
        case ir.Const(value=bool(value)):
            return ir.Const(expression.span, BOOL, not value)
        case ir.Unary(op="not", operand=operand):
            return operand
        case ir.Compare(op="==", left=left, right=right):
            return ir.Compare(expression.span, BOOL, "!=", left, right)
        case ir.Compare(op="!=", left=left, right=right):
            return ir.Compare(expression.span, BOOL, "==", left, right)
    return ir.Unary(expression.span, BOOL, "not", expression)


def both(span: Span, op: str, operands: list[ir.Expr]) -> ir.Expr:
    """`and` or `or` of Bools; what constants decide is decided here."""
    decisive = op == "or"
    kept: list[ir.Expr] = []
    for operand in operands:
        if isinstance(operand, ir.Const) and isinstance(operand.value, bool):
            if operand.value == decisive:
                kept.append(operand)
                break
            continue
        if isinstance(operand, ir.BoolOp) and operand.op == op:
            kept.extend(operand.operands)
        else:
            kept.append(operand)
    if not kept:
        return ir.Const(span, BOOL, not decisive)
    if len(kept) == 1 or (isinstance(kept[0], ir.Const) and kept[0].value == decisive):
        return kept[0]
    return ir.BoolOp(span, BOOL, op, tuple(kept))


def contains(span: Span, item: ir.Expr, collection: ir.Expr) -> ir.Expr | None:
    """`item in collection`, for an item that may lie outside the collection's item type; None if types forbid it."""
    kind = collection.type
    if is_poison(item) or is_poison(collection):
        return poison(span)
    if not isinstance(kind, (SetType, SeqType, ArrayType)):
        return None
    if isinstance(kind.item, NeverType) and cannot_fail(item) and cannot_fail(collection):
        return ir.Const(span, BOOL, False)
    if item.type == kind.item or subtype(item.type, kind.item):
        inside = convert(item, kind.item, ir.Kind.EVALUATION)
        assert inside is not None
        return fold(ir.Compare(span, BOOL, "in", inside, collection))
    if not convertible(item.type, kind.item):
        return None
    tests = _inside(span, item, kind.item)
    # The collection is not evaluated when the item lies outside, and the item more than once.
    if tests is None or not is_plain(item) or not cannot_fail(collection):
        return _contains_wide(span, item, collection)
    return both(span, "and", [*tests[0], ir.Compare(span, BOOL, "in", tests[1], collection)])


def _inside(span: Span, item: ir.Expr, target: Type) -> tuple[list[ir.Expr], ir.Expr] | None:
    """Tests that `item`, an integer or Opt, is in `target`, and `item` as a value of it, safe once the tests have
    passed. None if there are no such tests."""
    tests: list[ir.Expr] = []
    if isinstance(item.type, OptType) and not isinstance(target, OptType):
        tests.append(ir.Compare(span, BOOL, "!=", item, ir.Const(span, item.type, None)))
        item = ir.Convert(span, item.type.item, item, ir.Kind.EVALUATION, True)
    if isinstance(item.type, IntType) and isinstance(_bare(target), IntType):
        bounds = _bare(target)
        assert isinstance(bounds, IntType)
        for low, high in ((_integer(span, bounds.lo), item), (item, _integer(span, bounds.hi))):
            test = compare(span, "<=", low, high)
            assert test is not None
            tests.append(test)
        item = ir.Convert(span, bounds, item, ir.Kind.EVALUATION, not subtype(item.type, bounds))
    last = convert(item, target, ir.Kind.EVALUATION)
    return (tests, last) if last is not None and subtype(item.type, target) else None


def _integer(span: Span, value: int) -> ir.Const:
    return ir.Const(span, IntType(value, value), value)


def _contains_wide(span: Span, item: ir.Expr, collection: ir.Expr) -> ir.Expr | None:
    """The collection is widened to the item's type: always right, sometimes slower."""
    kind = collection.type
    assert isinstance(kind, (SetType, SeqType, ArrayType))
    common = join(item.type, kind.item)
    if common is None:
        return None
    if isinstance(kind, SetType):
        wide: Type = SetType(common)
    else:
        wide = SeqType(common, kind.capacity) if isinstance(kind, SeqType) else ArrayType(kind.index, common)
    left = convert(item, common, ir.Kind.EVALUATION)
    right = convert(collection, wide, ir.Kind.EVALUATION)
    return None if left is None or right is None else ir.Compare(span, BOOL, "in", left, right)


def is_plain(expression: ir.Expr) -> bool:
    """Whether evaluating it twice is the same as once: it chooses nothing and calls nothing."""
    return not any(isinstance(inner, (ir.Choose, ir.Call)) for inner in walk_expressions(expression))


def truth(expression: ir.Expr) -> ir.Expr | None:
    """A Bool as it is; a set or sequence as `not empty`; None for what has no truth of its own."""
    match expression.type:
        case BoolType() | NeverType():
            return expression
        case SetType() | SeqType():
            return compare(expression.span, "<", _integer(expression.span, 0), length(expression, expression.span))
    return None


def length(expression: ir.Expr, span: Span) -> ir.Expr:
    """The number of members of a set, or items of a sequence, or of an array that can be left out for what its type
    says; `span` is where the author asks for it."""
    match expression.type:
        case SetType(item=item):
            bound = item.size
        case SeqType(capacity=capacity):
            bound = capacity
        case kind:
            counted(kind, span)
            fixed = kind.index.size if isinstance(kind, ArrayType) else len(getattr(kind, "parts", ()))
            return ir.Const(span, IntType(fixed, fixed), fixed)
    return ir.Unary(span, IntType(0, bound), "len", expression)


def item_type(domain: ir.Expr) -> Type | None:
    """What a loop over `domain` meets; None if it is nothing to loop over."""
    match domain.type:
        case SetType(item=item) | SeqType(item=item) | ArrayType(item=item):
            return item
        case TupleType(parts=parts):
            total: Type | None = NEVER
            for part in parts:
                total = None if total is None else join(total, part)
            return total
    return None


def most_items(domain: ir.Expr) -> int:
    """An upper bound of how many items a loop over `domain` meets."""
    match domain.type:
        case SetType(item=item):
            return item.size
        case SeqType(capacity=capacity):
            return capacity
        case ArrayType(index=index):
            return index.size
        case TupleType(parts=parts):
            return len(parts)
    return 0


def describe(kind: Type) -> str:
    """A type in an error message, with its article where it takes one."""
    match kind:
        case RecordType():
            return f"record {kind}"
        case SymType():
            return f"the symmetric type {kind.name}"
        case IntType(lo=low, hi=high) if low == high:
            return f"the integer {low}"
        case IntType() if kind == WORD:
            return "an integer"
        case TupleType(parts=()):
            return "an empty tuple or list"
        case TupleType(parts=parts):
            return f"a tuple of {len(parts)} item{'s' if len(parts) > 1 else ''}"
        case SetType(item=NeverType()):
            return "an empty set"
    return str(kind)
