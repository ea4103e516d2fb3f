"""What a model can loop over and choose from: types, `range`, sets, sequences, arrays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from checker.frontend import values
from checker.frontend.dispatch import condition, every, expression, integer
from checker.frontend.scope import Scope
from checker.ir import nodes as ir
from checker.ir.types import (
    BOOL,
    NEVER,
    ArrayType,
    IntType,
    NeverType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    TupleType,
    Type,
    is_scalar,
    join_all,
)


def domain(scope: Scope, node: ast.expr) -> ir.Expr:
    """What `for x in node` goes through: a set (Every and Steps included), a sequence or an array."""
    if scope.form(node) is not None:
        return every(scope, node)
    if isinstance(node, ast.Call) and scope.static(node.func) is range:
        return steps(scope, node)
    found = expression(scope, node)
    match found.type:
        case SetType() | SeqType() | ArrayType() | NeverType():
            return found
        case TupleType(parts=parts):
            item = join_all(list(parts))
            if item is not None:
                return scope.convert(node, found, SeqType(item, max(1, len(parts))), ir.Kind.EVALUATION)
    problem = f"{values.describe(found.type)} has no items"
    raise scope.refuse("E306", node, problem, "Use a type, range(...), a set, a sequence or an array.")


def steps(scope: Scope, node: ast.Call) -> ir.Expr:
    """range(stop), range(start, stop) or range(start, stop, step)."""
    if not 1 <= len(node.args) <= 3 or node.keywords:
        raise scope.refuse("E213", node, "range takes one to three numbers", "Write range(stop) or range(start, stop).")
    parts = [integer(scope, argument) for argument in node.args]
    if any(values.is_poison(part) for part in parts):
        return values.poison(scope.span(node))
    span = scope.span(node)
    zero = ir.Const(span, IntType(0, 0), 0)
    start, stop = (zero, parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    step = 1
    if len(parts) == 3:
        if not isinstance(parts[2], ir.Const) or parts[2].value == 0:
            raise scope.refuse("E306", node, "the step of a range must be a constant, not 0", "Write 1, -1, 2, ...")
        step = parts[2].value
    assert isinstance(start.type, IntType) and isinstance(stop.type, IntType)
    low, high = (start.type.lo, stop.type.hi - 1) if step > 0 else (stop.type.lo + 1, start.type.hi)
    return ir.Steps(span, SetType(IntType(low, max(low, high))), start, stop, step)


def as_set(scope: Scope, node: ast.expr) -> ir.Expr:
    """The items of what `node` names, as a set that can be used as a value."""
    found = domain(scope, node)
    if values.is_poison(found) or (isinstance(found.type, SetType) and not isinstance(found, ir.Steps)):
        return found
    clause, item = over(scope, node, found)
    return ir.Comprehension(found.span, SetType(item.type), "set", item, (clause,))


def over(scope: Scope, node: ast.AST, found: ir.Expr) -> tuple[ir.Generator, ir.Expr]:
    """The loop over all items of `found`, which is what `node` names, and the item."""
    kind = values.item_type(found) or NEVER
    name = scope.fresh("each")
    scope.seen[name] = scope.declared[name] = kind
    if values.is_poison(ir.Local(found.span, kind, name)):
        scope.hollow.append(node)
    return ir.Generator(name, kind, found, None), ir.Local(found.span, kind, name)


@contextmanager
def generators(scope: Scope, clauses: list[ast.comprehension]) -> Iterator[tuple[ir.Generator, ...]]:
    """The `for ... in ... if ...` clauses of a comprehension; their variables are visible inside the `with`."""
    names: dict[str, str] = {}
    scope.renamed.append(names)
    made: list[ir.Generator] = []
    try:
        for clause in clauses:
            made.append(_generator(scope, clause, names))
        yield tuple(made)
    finally:
        scope.renamed.pop()


def _generator(scope: Scope, clause: ast.comprehension, names: dict[str, str]) -> ir.Generator:
    if not isinstance(clause.target, ast.Name) or clause.is_async:
        raise scope.refuse("E202", clause.target, "a comprehension has one plain variable", "Write `for x in ...`.")
    if scope.is_state(clause.target):
        problem = f"`{clause.target.id}` cannot be the variable of a loop"
        raise scope.refuse("E202", clause.target, problem, "Use another name.")
    found = domain(scope, clause.iter)
    item = values.item_type(found) or NEVER
    name = scope.fresh(clause.target.id)
    names[clause.target.id] = name
    scope.seen[name] = scope.declared[name] = item
    if scope.assigned is not None:
        scope.assigned.add(name)
    tests = [condition(scope, test) for test in clause.ifs]
    test = values.both(found.span, "and", tests) if tests else None
    return ir.Generator(name, item, found, test)


def choose(scope: Scope, node: ast.Call) -> ir.Expr:
    """choose(T) or choose(set)."""
    if len(node.args) != 1 or node.keywords:
        raise scope.refuse("E213", node, "choose takes one type or set", "Write choose(self.Obj) or choose({a, b}).")
    form = scope.form(node.args[0])
    if form is not None:
        return any_value(scope, node, form)
    if isinstance(node.args[0], ast.Call) and scope.static(node.args[0].func) is range:
        found = steps(scope, node.args[0])
    else:
        found = expression(scope, node.args[0])
    if values.is_poison(found):
        return found
    if isinstance(found.type, SetType) and found.type.item == NEVER:
        return values.poison(found.span)
    if not isinstance(found.type, SetType):
        remedy = "Write a type or a set: choose({a, b})."
        raise scope.refuse("E306", node.args[0], f"nothing can be chosen from {values.describe(found.type)}", remedy)
    return ir.Choose(scope.span(node), found.type.item, found)


def any_value(scope: Scope, node: ast.AST, kind: Type) -> ir.Expr:
    """Any value of `kind`, chosen part by part."""
    span = scope.span(node)
    if kind == NEVER:
        return values.poison(span)
    if is_scalar(kind):
        return ir.Choose(span, kind, ir.Every(span, SetType(kind)))
    match kind:
        case RecordType(fields=fields):
            return ir.Make(span, kind, tuple(any_value(scope, node, item) for _, item in fields))
        case ArrayType(index=index, item=item):
            clause = _clause(scope, node, index, None)
            return ir.Comprehension(span, kind, "array", any_value(scope, node, item), (clause,))
        case SetType(item=item) if is_scalar(item):
            from_bool = any_value(scope, node, BOOL)
            clause = _clause(scope, node, item, from_bool)
            body = ir.Local(span, item, clause.variable)
            return ir.Comprehension(span, kind, "set", body, (clause,))
        case OptType(item=item):
            some = scope.convert(node, any_value(scope, node, item), kind, ir.Kind.EVALUATION)
            none = ir.Const(span, kind, None)
            return ir.IfElse(span, kind, any_value(scope, node, BOOL), some, none)
    remedy = "Choose its parts one by one."
    raise scope.refuse("E306", node, f"choose cannot list the values of {values.describe(kind)}", remedy)


def _clause(scope: Scope, node: ast.AST, kind: Type, test: ir.Expr | None) -> ir.Generator:
    name = scope.fresh("each")
    scope.seen[name] = kind
    scope.declared[name] = kind
    return ir.Generator(name, kind, ir.Every(scope.span(node), SetType(kind)), test)
