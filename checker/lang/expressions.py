"""Expressions but for calls and comprehensions: names, constants, operators, comparisons, literals."""

from __future__ import annotations

import ast
from typing import Any

from checker.lang import ir, values
from checker.lang.dispatch import condition, expression, handles, integer, strip_opt
from checker.lang.domains import domain
from checker.lang.scope import Scope
from checker.lang.types import (
    NEVER,
    ArrayType,
    IntType,
    NeverType,
    RecordType,
    SeqType,
    SetType,
    TupleType,
    Type,
    join_all,
    subtype,
)

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


@handles(ast.Constant)
def _constant(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    constant = scope.constant(node, node.value)
    if constant is not None:
        return constant
    kind = "text" if isinstance(node.value, str) else type(node.value).__name__
    raise scope.refuse("E202", node, f"{kind} is not a value of the language", "Use an Enum or an integer.")


@handles(ast.Name)
def _name(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    if node.id == "self":
        raise scope.refuse("E202", node, "the model itself is not a value", "Name one of its variables: `self.x`.")
    if not scope.is_local(node.id):
        remedy = "Check the spelling; a variable of the model is `self." + node.id + "`."
        raise scope.refuse("E203", node, f"nothing is called {node.id!r} here", remedy)
    unique = scope.resolve_name(node.id)
    if scope.assigned is not None and unique not in scope.assigned:
        remedy = "Give it a value on every path that leads here."
        raise scope.refuse("E207", node, f"{node.id!r} may be used before it has a value", remedy)
    return ir.Local(scope.span(node), scope.type_of(unique), unique)


@handles(ast.Attribute)
def _attribute(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        near = scope.compiler.nearest(node.attr)
        remedy = f"Did you mean `self.{near}`?" if near else "Declare it in the class body."
        raise scope.refuse("E212", node, f"the model has no {node.attr!r}", remedy)
    base = strip_opt(scope, node.value, expression(scope, node.value))
    if values.is_poison(base):
        return base
    if isinstance(base.type, RecordType):
        place = base.type.position(node.attr)
        if place is not None:
            return ir.Attribute(scope.span(node), base.type.fields[place][1], base, node.attr)
        fields = ", ".join(name for name, _ in base.type.fields)
        raise scope.refuse("E212", node, f"{base.type} has no field {node.attr!r}", f"Its fields are {fields}.")
    problem = f"{values.describe(base.type)} has no attribute {node.attr!r}"
    raise scope.refuse("E212", node, problem, "Only records have fields.")


@handles(ast.Subscript)
def subscript(scope: Scope, node: Any, hint: Type | None = None) -> ir.Expr:
    """base[index] of an array, sequence or tuple."""
    if isinstance(node.slice, ast.Slice):
        raise scope.refuse("E308", node, "slices are not in the language", "Use a comprehension, or a loop.")
    base = strip_opt(scope, node.value, expression(scope, node.value))
    span = scope.span(node)
    match base.type:
        case ArrayType(index=kind, item=item):
            index = expression(scope, node.slice)
            return ir.Index(span, item, base, scope.convert(node.slice, index, kind, ir.Kind.EVALUATION))
        case SeqType(item=item):
            return ir.Index(span, item, base, integer(scope, node.slice))
        case TupleType(parts=parts):
            index = integer(scope, node.slice)
            if isinstance(index, ir.Const) and -len(parts) <= index.value < len(parts):
                at = index.value % len(parts)
                return ir.Index(span, parts[at], base, ir.Const(index.span, IntType(at, at), at))
            raise scope.refuse("E308", node, "a tuple's index must be a constant inside it", "Use an Array or a Seq.")
        case NeverType():
            return base
    remedy = "Only arrays, sequences and tuples can be indexed."
    raise scope.refuse("E308", node, f"{values.describe(base.type)} cannot be indexed", remedy)


@handles(ast.UnaryOp)
def _unary(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    span = scope.span(node)
    if isinstance(node.op, ast.Not):
        return values.negate(condition(scope, node.operand))
    value = integer(scope, node.operand)
    if values.is_poison(value) or isinstance(node.op, ast.UAdd):
        return value
    if isinstance(node.op, ast.Invert):
        raise scope.refuse("E304", node, "~ is not in the language", "Write `mask ^ x` or `mask - x`.")
    assert isinstance(value.type, IntType)
    kind = IntType(-value.type.hi, -value.type.lo)
    if isinstance(value, ir.Const):
        return ir.Const(span, kind, -value.value)
    return ir.Unary(span, kind, "-", value)


@handles(ast.BinOp)
def _binary(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    return arithmetic(scope, node, node.op, expression(scope, node.left, hint), expression(scope, node.right, hint))


def arithmetic(scope: Scope, node: ast.AST, op: ast.operator, left: ir.Expr, right: ir.Expr) -> ir.Expr:
    """`left op right` on integers or sets; None among Opt(Range) operands fails when the step comes here."""
    symbol = OPERATORS.get(type(op))
    if symbol is None:
        remedy = "Use + - * // % & | ^ << >>, or a loop."
        raise scope.refuse("E304", node, f"{type(op).__name__} is not in the language", remedy)
    left, right = strip_opt(scope, node, left), strip_opt(scope, node, right)
    found = values.binary(scope.span(node), symbol, left, right)
    if found is not None:
        return found
    if isinstance(left.type, IntType) and isinstance(right.type, IntType):
        remedy = "Keep the operands small, and not negative for bit operations: annotate them with a Range."
        raise scope.refuse("E307", node, f"the result of {symbol!r} could leave 62 bits or is not defined", remedy)
    problem = f"{symbol!r} is not defined on {values.describe(left.type)} and {values.describe(right.type)}"
    raise scope.refuse("E304", node, problem, "It takes two integers, or two sets.")


@handles(ast.BoolOp)
def _bool_op(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    op = "and" if isinstance(node.op, ast.And) else "or"
    operands: list[ir.Expr] = []
    for part in node.values:
        operand = condition(scope, part)
        operands.append(operand)
        if isinstance(operand, ir.Const) and operand.value == (op == "or"):
            break  # the rest can never matter with these parameters
    return values.both(scope.span(node), op, operands)


@handles(ast.IfExp)
def _if_else(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    test = condition(scope, node.test)
    if isinstance(test, ir.Const):
        return expression(scope, node.body if test.value else node.orelse, hint)
    pair = values.unify(expression(scope, node.body, hint), expression(scope, node.orelse, hint))
    if pair is None:
        raise scope.refuse("E303", node, "the two sides are of different types", "Make both sides alike.")
    if isinstance(pair[0].type, NeverType):
        return pair[0]
    return ir.IfElse(scope.span(node), pair[0].type, test, *pair)


@handles(ast.Compare)
def _compare(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    parts = [node.left, *node.comparators]
    tests = []
    for left, op, right in zip(parts, node.ops, parts[1:], strict=False):
        tests.append(_comparison(scope, node, left, op, right))
    for middle in node.comparators[:-1]:
        if not values.is_plain(expression(scope, middle)):
            raise scope.refuse("E202", middle, "a chained comparison may not choose or call", "Name the value first.")
    return values.both(scope.span(node), "and", tests)


def _comparison(scope: Scope, node: ast.AST, left: ast.expr, op: ast.cmpop, right: ast.expr) -> ir.Expr:
    span = scope.span(node)
    if isinstance(op, (ast.In, ast.NotIn)):
        found = membership(scope, node, expression(scope, left), right)
        return values.negate(found) if isinstance(op, ast.NotIn) else found
    first, second = expression(scope, left), expression(scope, right)
    if isinstance(op, (ast.Gt, ast.GtE)):
        first, second = second, first
    if not isinstance(op, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
        first, second = strip_opt(scope, left, first), strip_opt(scope, right, second)
    symbol = "<" if isinstance(op, (ast.Lt, ast.Gt)) else "<=" if isinstance(op, (ast.LtE, ast.GtE)) else "=="
    compared = values.compare(span, symbol, first, second)
    if compared is None:
        problem = f"{values.describe(first.type)} and {values.describe(second.type)} cannot be compared"
        raise scope.refuse("E303", node, problem, "Compare values of one type.")
    return values.negate(compared) if isinstance(op, (ast.NotEq, ast.IsNot)) else compared


def membership(scope: Scope, node: ast.AST, item: ir.Expr, right: ast.expr) -> ir.Expr:
    """`item in right`: a set, sequence, array, type, or literal in any brackets."""
    if isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        collection = set_of(scope, right, right.elts, None)
    else:
        collection = domain(scope, right)
    found = values.contains(scope.span(node), item, collection)
    if found is None:
        problem = f"{values.describe(item.type)} is never in {values.describe(collection.type)}"
        raise scope.refuse("E303", node, problem, "Compare values of one type.")
    return found


def set_of(scope: Scope, node: ast.AST, parts: list[ast.expr], hint: Type | None) -> ir.Expr:
    """A set from its members."""
    wish = hint.item if isinstance(hint, SetType) else None
    items = [expression(scope, part, wish) for part in parts]
    kind = common_type(scope, node, items, wish)
    converted = [scope.convert(node, item, kind, ir.Kind.EVALUATION) for item in items]
    span = scope.span(node)
    if converted and all(isinstance(item, ir.Const) for item in converted) and kind != NEVER:
        members = frozenset(item.value for item in converted if isinstance(item, ir.Const))
        return ir.Const(span, SetType(kind), members)
    return ir.Make(span, SetType(kind), tuple(converted))


def common_type(scope: Scope, node: ast.AST, items: list[ir.Expr], wish: Type | None) -> Type:
    """The type that holds all items: the wish if they fit, else their join."""
    total = join_all([item.type for item in items])
    if total is None:
        raise scope.refuse("E303", node, "the items are of different types", "Make all items alike.")
    return wish if wish is not None and subtype(total, wish) else total


@handles(ast.Set)
def _set(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    return set_of(scope, node, node.elts, hint)


@handles(ast.Tuple, ast.List)
def _tuple(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    if any(isinstance(part, ast.Starred) for part in node.elts):
        raise scope.refuse("E202", node, "* is not in the language", "Write the items out.")
    wishes: list[Type | None] = [None] * len(node.elts)
    if isinstance(hint, TupleType) and len(hint.parts) == len(node.elts):
        wishes = list(hint.parts)
    elif isinstance(hint, (ArrayType, SeqType)):
        wishes = [hint.item] * len(node.elts)
    items = [expression(scope, part, wish) for part, wish in zip(node.elts, wishes, strict=True)]
    if any(values.is_poison(item) for item in items):
        return values.poison(scope.span(node))
    if not items and isinstance(hint, SeqType):
        return ir.Const(scope.span(node), hint, ())
    kind = TupleType(tuple(item.type for item in items))
    return ir.Make(scope.span(node), kind, tuple(items))
