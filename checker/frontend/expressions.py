"""Expressions but for calls and comprehensions: names, constants, operators, comparisons, literals."""

from __future__ import annotations

import ast
from types import ModuleType
from typing import Any

from checker import lang
from checker.errors import did_you_mean, nearest
from checker.frontend import control_points, mappings, values
from checker.frontend.dispatch import condition, every, expression, handles, integer, is_listed, strip_opt
from checker.frontend.domains import as_set, domain, over
from checker.frontend.scope import OPERATORS, Refused, Scope
from checker.ir import nodes as ir
from checker.ir.sizes import LARGEST_SET, fits
from checker.ir.types import (
    BOOL,
    NEVER,
    ArrayType,
    EnumType,
    IntType,
    NeverType,
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


@handles(ast.Constant)
def _constant(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    constant = scope.constant(node, node.value)
    if constant is None and isinstance(hint, EnumType):
        constant = mappings.point(scope, node, hint)
    if constant is not None:
        return constant
    kinds = {str: "text", bytes: "a byte string", float: "a float", complex: "a complex number"}
    kind = kinds.get(type(node.value), "`...`")
    if isinstance(node.value, int):
        raise scope.refuse("E307", node, f"{node.value} is beyond 62 bits", "Use smaller integers.")
    raise scope.refuse("E202", node, f"{kind} is not a value of the language", "Use an Enum or an integer.")


@handles(ast.Name)
def _name(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    if node.id == "self":
        raise scope.refuse("E202", node, "the model itself is not a value", "Name one of its variables: `self.x`.")
    if scope.is_label(node.id):
        problem = f"{node.id!r} is the name of a control point, and no value"
        raise scope.refuse("E205", node, problem, f"Write `yield {node.id}`, or give it to a helper as a `str`.")
    if scope.is_earlier(node):
        remedy = f"Name one of its variables, `{node.id}.x`, or call a helper on it: `{node.id}.helper()`."
        raise scope.refuse("E202", node, "the state before a step is not a value", remedy)
    if not scope.is_local(node.id):
        raise unknown_name(scope, node)
    unique = scope.resolve_name(node.id)
    if scope.assigned is not None and unique not in scope.assigned:
        remedy = "Give it a value on every path that leads here."
        raise scope.refuse("E207", node, f"{node.id!r} may be used before it has a value", remedy)
    return ir.Local(scope.span(node), scope.type_of(unique), unique)


def unknown_name(scope: Scope, node: ast.Name) -> Refused:
    """Report a name that stands for nothing, with the nearest one that does."""
    remedy = did_you_mean(scope.nearest(node.id), "Assign it first, or import it.")
    if node.id in lang.__all__:
        remedy = f"Write `from evacheck import {node.id}` at the top of the file."
    return scope.refuse("E203", node, f"nothing is called {node.id!r} here", remedy)


def no_member(scope: Scope, node: ast.AST, name: str, otherwise: str) -> Refused:
    """Report that the model has nothing of this name, with the nearest that it has."""
    near = scope.symbols.nearest(name)
    remedy = did_you_mean(near and f"self.{near}", otherwise)
    return scope.refuse("E212", node, f"the model has no {name!r}", remedy)


@handles(ast.Attribute)
def _attribute(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    if scope.is_state(node.value):
        if scope.symbols.is_process(node.attr):
            remedy = 'A property can ask where it stands, `.at("...")`, and what its locals hold, `.name`.'
            raise scope.refuse("E212", node, f"{node.attr!r} is a process, not a value", remedy)
        if scope.symbols.method(node.attr) is not None:
            remedy = f"Call it: `{node.value.id}.{node.attr}(...)`."
            raise scope.refuse("E212", node, f"{node.attr!r} is a method, not a value", remedy)
        raise no_member(scope, node, node.attr, "Declare it in the class body.")
    kept = control_points.local(scope, node)
    if kept is not None:
        return kept
    owner = scope.static(node.value)
    if isinstance(owner, (type, ModuleType)):
        near = nearest(node.attr, (name for name in dir(owner) if not name.startswith("_")))
        remedy = did_you_mean(near and f"{ast.unparse(node.value)}.{near}", "Check the spelling.")
        raise scope.refuse("E212", node, f"{ast.unparse(node.value)} has no {node.attr!r}", remedy)
    base = strip_opt(scope, node.value, expression(scope, node.value))
    if values.is_poison(base):
        return base
    if isinstance(base.type, RecordType):
        place = base.type.position(node.attr)
        if place is not None:
            return ir.Attribute(scope.span(node), base.type.fields[place][1], base, node.attr)
        fields = [name for name, _ in base.type.fields]
        remedy = did_you_mean(nearest(node.attr, fields), f"Its fields are {', '.join(fields)}.")
        raise scope.refuse("E212", node, f"{base.type} has no field {node.attr!r}", remedy)
    problem = f"{values.describe(base.type)} has no attribute {node.attr!r}"
    raise scope.refuse("E212", node, problem, "Only records have fields.")


@handles(ast.Subscript)
def subscript(scope: Scope, node: Any, hint: Type | None = None) -> ir.Expr:
    """base[index] of an array, sequence or tuple."""
    if isinstance(node.slice, ast.Slice):
        remedy = "Use pop, or append the items to a sequence in a loop: `rest: Seq(T, 3) = []`."
        raise scope.refuse("E308", node, "slices are not in the language", remedy)
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
            if values.is_poison(index):
                return index
            if isinstance(index, ir.Const) and -len(parts) <= index.value < len(parts):
                at = index.value % len(parts)
                return ir.Index(span, parts[at], base, ir.Const(index.span, IntType(at, at), at))
            remedy = f"Give it the type of a sequence where it starts: `v: Seq(T, {len(parts)}) = (...)`."
            raise scope.refuse("E308", node, "a tuple's index must be a constant inside it", remedy)
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
        raise scope.refuse("E304", node, "'~' is not in the language", "Write `mask ^ x` or `mask - x`.")
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
        name = {ast.Div: "/", ast.Pow: "**", ast.MatMult: "@"}[type(op)]
        remedy = "Use //, which rounds down." if name == "/" else "Use + - * // % & | ^ << >>, or a loop."
        raise scope.refuse("E304", node, f"{name!r} is not in the language", remedy)
    left, right = strip_opt(scope, node, left), strip_opt(scope, node, right)
    found = values.binary(scope.span(node), symbol, left, right)
    if found is not None:
        return found
    if isinstance(left.type, IntType) and isinstance(right.type, IntType):
        if symbol in ("&", "|", "^"):
            problem = f"{symbol!r} is not defined on integers that may be negative"
            raise scope.refuse("E307", node, problem, "Annotate the operands with a Range that starts at 0.")
        remedy = "Keep the operands small: annotate them with a Range."
        raise scope.refuse("E307", node, f"the result of {symbol!r} could leave 62 bits", remedy)
    problem = f"{symbol!r} is not defined on {values.describe(left.type)} and {values.describe(right.type)}"
    raise scope.refuse("E304", node, problem, "It takes two integers, or two sets.")


@handles(ast.BoolOp)
def _bool_op(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    op = "and" if isinstance(node.op, ast.And) else "or"
    operands: list[ir.Expr] = []
    for place, part in enumerate(node.values):
        operands.append(condition(scope, part))
        if isinstance(operands[-1], ir.Const) and operands[-1].value == (op == "or"):
            with scope.aside():
                for rest in node.values[place + 1 :]:
                    condition(scope, rest)
            break
    return values.both(scope.span(node), op, operands)


@handles(ast.IfExp)
def _if_else(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    test = condition(scope, node.test)
    if isinstance(test, ir.Const):
        with scope.aside():
            expression(scope, node.orelse if test.value else node.body, hint)
        return expression(scope, node.body if test.value else node.orelse, hint)
    pair = values.unify(expression(scope, node.body, hint), expression(scope, node.orelse, hint))
    if pair is None:
        problem = "the two sides of `if ... else` are of unlike types"
        raise scope.refuse("E303", node, problem, "Make both sides alike.")
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
    if not isinstance(op, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
        first, second = strip_opt(scope, left, first), strip_opt(scope, right, second)
    match op:
        case ast.Lt() | ast.LtE():
            compared = values.compare(span, "<" if isinstance(op, ast.Lt) else "<=", first, second)
        case ast.Gt() | ast.GtE():
            compared = _greater(scope, node, "<" if isinstance(op, ast.Gt) else "<=", first, second)
        case _:
            compared = values.compare(span, "==", first, second)
    if compared is None:
        raise _incomparable(scope, node, op, (left, first.type), (right, second.type))
    return values.negate(compared) if isinstance(op, (ast.NotEq, ast.IsNot)) else compared


def _greater(scope: Scope, node: ast.AST, op: str, first: ir.Expr, second: ir.Expr) -> ir.Expr | None:
    """`first > second` as `second < first`, unless that would change what happens first."""
    span = scope.span(node)
    if values.is_plain(first) and values.is_plain(second):
        return values.compare(span, op, second, first)
    if isinstance(first.type, SetType):
        problem = "a superset test may not choose or call"
        raise scope.refuse("E202", node, problem, "Name the values first, or turn it round: `b <= a`.")
    opposite = values.compare(span, "<=" if op == "<" else "<", first, second)
    return None if opposite is None else values.negate(opposite)


def _incomparable(
    scope: Scope, node: ast.AST, op: ast.cmpop, one: tuple[ast.expr, Type], two: tuple[ast.expr, Type]
) -> Refused:
    """Report that two values cannot be compared, or not in this way."""
    left, right = one[1], two[1]
    ordered = not isinstance(op, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot))
    if ordered and isinstance(left, SymType) and left == right:
        return scope.refuse("E403", node, f"members of {left.name} have no order", "Compare them with == only.")
    for number, (place, other) in ((left, two), (right, one)):
        if isinstance(number, IntType) and isinstance(other.item if isinstance(other, OptType) else other, SymType):
            return scope.mismatch(node, number, other, place)
    if ordered and join(left, right) is not None:
        kind = values.describe(left if left == right else right)
        return scope.refuse("E303", node, f"{kind} has no order", "Only integers, Bool and sets can be ordered.")
    problem = f"{values.describe(left)} and {values.describe(right)} cannot be compared"
    return scope.refuse("E303", node, problem, "Compare values of one type.")


def membership(scope: Scope, node: ast.AST, item: ir.Expr, right: ast.expr) -> ir.Expr:
    """`item in right`: a set, sequence, array, type, range, or literal in any brackets."""
    form = scope.form(right)
    if form is not None and not is_listed(form):
        return _of_type(scope, node, item, right, form)
    if isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        collection = _few(set_of(scope, right, right.elts, None))
    else:
        collection = domain(scope, right)
        if isinstance(collection, ir.Steps):
            between = _between(scope, item, collection)
            if between is not None:
                return between
            collection = as_set(scope, right)
    found = _contains(scope, node, item, collection)
    if found is None:
        raise _never_in(scope, node, item, collection.type if form is None else form)
    return found


def _few(literal: ir.Expr) -> ir.Expr:
    """What a literal lists, as a sequence where its items are of a type too large for a set: they are few for all
    that."""
    kind = literal.type
    if not isinstance(kind, SetType) or fits(kind.item, LARGEST_SET):
        return literal
    match literal:
        case ir.Const(span=span, value=members):
            assert isinstance(members, frozenset)
            return ir.Const(span, SeqType(kind.item, len(members)), tuple(sorted(members, key=kind.item.rank)))
        case ir.Make(span=span, items=items):
            return ir.Make(span, SeqType(kind.item, len(items)), items)
        case _:
            return literal


def _never_in(scope: Scope, node: ast.AST, item: ir.Expr, where: Type) -> Refused:
    problem = f"{values.describe(item.type)} is never in {values.describe(where)}"
    return scope.refuse("E303", node, problem, "Compare values of one type.")


def _of_type(scope: Scope, node: ast.AST, item: ir.Expr, right: ast.expr, form: Type) -> ir.Expr:
    """`item in T`, a type whose values are not listed: every member of a set is looked at, and of what is of the type
    nothing but that it can be worked out."""
    span = scope.span(node)
    if values.is_poison(item) or isinstance(form, NeverType):
        return values.poison(span)
    if isinstance(form, SetType) and isinstance(item.type, SetType) and item.type.item != NEVER:
        clause, each = over(scope, node, item)
        inside = values.contains(span, each, ir.Every(span, SetType(form.item)))
        if inside is not None:
            return ir.Comprehension(span, BOOL, "all", inside, (clause,))
    if subtype(item.type, form):
        clause, _ = over(scope, node, ir.Make(span, SeqType(item.type, 1), (item,)))
        return ir.Comprehension(span, BOOL, "any", ir.Const(span, BOOL, True), (clause,))
    if not values.convertible(item.type, form):
        raise _never_in(scope, node, item, form)
    return every(scope, right)  # refuses it


def _contains(scope: Scope, node: ast.AST, item: ir.Expr, collection: ir.Expr) -> ir.Expr | None:
    """`item in collection`; an item that chooses or calls is worked out once, as the one item of a sequence."""
    span = scope.span(node)
    if values.is_plain(item) or values.item_type(collection) == item.type:
        return values.contains(span, item, collection)
    clause, once = over(scope, node, ir.Make(span, SeqType(item.type, 1), (item,)))
    found = values.contains(span, once, collection)
    return None if found is None else ir.Comprehension(span, BOOL, "any", found, (clause,))


def _between(scope: Scope, item: ir.Expr, steps: ir.Steps) -> ir.Expr | None:
    """`item in range(start, stop)` as two comparisons; None where the range or the item is of another kind."""
    if steps.step != 1 or not isinstance(item.type, IntType):
        return None
    if not values.is_plain(item) or not values.cannot_fail(steps):
        return None
    low = values.compare(steps.span, "<=", steps.start, item)
    high = values.compare(steps.span, "<", item, steps.stop)
    return None if low is None or high is None else values.both(steps.span, "and", [low, high])


def set_of(scope: Scope, node: ast.AST, parts: list[ast.expr], hint: Type | None) -> ir.Expr:
    """A set from its members."""
    wish = hint.item if isinstance(hint, SetType) else None
    items = [expression(scope, part, wish) for part in parts]
    if any(values.is_poison(item) for item in items):
        return values.poison(scope.span(node))
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
        raise scope.refuse("E303", node, "the items are of unlike types", "Make all items alike.")
    return wish if wish is not None and subtype(total, wish) else total


@handles(ast.Set)
def _set(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    return set_of(scope, node, node.elts, hint)


@handles(ast.Tuple, ast.List)
def _tuple(scope: Scope, node: Any, hint: Type | None) -> ir.Expr:
    if any(isinstance(part, ast.Starred) for part in node.elts):
        raise scope.refuse("E202", node, "`*` is not an expression of the language", "Write the items out.")
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
