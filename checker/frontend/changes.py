"""What changes something: assignment to places, and the methods that change a set or sequence in place.

A place is a variable, a local, or a part of one. A change in place is an assignment of the changed value: values are
copied, never shared. What is worked out with a helper's call is named before the place is read, as Python has it.
"""

from __future__ import annotations

import ast
from typing import Any

from checker.frontend import values
from checker.frontend.calls import callee, no_method
from checker.frontend.dispatch import SUPPORTED, expression, integer
from checker.frontend.domains import as_set, over
from checker.frontend.expressions import arithmetic, unknown_name
from checker.frontend.scope import MISSING, Scope
from checker.ir import nodes as ir
from checker.ir import purity
from checker.ir.traverse import walk_expressions
from checker.ir.types import NEVER, ArrayType, IntType, OptType, RecordType, SeqType, SetType, TupleType, subtype


def place(scope: Scope, node: ast.expr, mutates: bool) -> ir.Expr:
    """What an assignment changes: a variable, a local, or part of one. `mutates`: in place, not as a whole."""
    span = scope.span(node)
    if isinstance(node, ast.Name):
        unique = scope.resolve_name(node.id)
        if mutates:
            if not scope.is_local(node.id):
                raise unknown_name(scope, node)
            scope.mutated.setdefault(unique, span)
            return expression(scope, node)
        return ir.Local(span, scope.type_of(unique), unique)
    if isinstance(node, ast.Subscript):
        base = place(scope, node.value, True)
        match base.type:
            case ArrayType(index=kind, item=item):
                index = scope.convert(node.slice, expression(scope, node.slice), kind, ir.Kind.EVALUATION)
                return ir.Index(span, item, base, index)
            case SeqType(item=item):
                return ir.Index(span, item, base, integer(scope, node.slice))
        return _no_place(scope, node, base)
    if isinstance(node, ast.Attribute) and scope.is_earlier(node.value):
        raise scope.refuse("E208", node, "the state before a step cannot be changed", purity.REMEDY)
    if isinstance(node, ast.Attribute) and scope.is_state(node.value):
        found = expression(scope, node)
        if isinstance(found, ir.Variable) or values.is_poison(found):
            return found
        problem = f"self.{node.attr} is fixed for a run"
        raise scope.refuse("E211", node, problem, "Only what is declared with Var can change.")
    if isinstance(node, ast.Attribute):
        base = place(scope, node.value, True)
        at = base.type.position(node.attr) if isinstance(base.type, RecordType) else None
        if isinstance(base.type, RecordType) and at is not None:
            return ir.Attribute(span, base.type.fields[at][1], base, node.attr)
        return _no_place(scope, node, base)
    raise scope.refuse("E211", node, f"{ast.unparse(node)!r} cannot be changed", "Change a variable of the model.")


def _no_place(scope: Scope, node: ast.expr, base: ir.Expr) -> ir.Expr:
    if values.is_poison(base):
        return base
    if isinstance(base.type, OptType):
        problem, remedy = "a part of an Opt cannot be changed in place", "Assign the whole value."
        raise scope.refuse("E211", node, problem, remedy)
    problem = f"{values.describe(base.type)} has no such part to change"
    raise scope.refuse("E211", node, problem, "Change an array's item or a record's field.")


def assign(scope: Scope, node: ast.AST, target: ast.expr, value: ir.Expr) -> tuple[ir.Stmt, ...]:
    """target = value."""
    if values.is_poison(value):
        _give_up(scope, target)
        return ()
    if isinstance(target, (ast.Tuple, ast.List)):
        return _unpack(scope, node, target, value)
    span = scope.span(node)
    if isinstance(target, ast.Name):
        unique = scope.resolve_name(target.id)
        stored = scope.store(node, unique, value)
        return (ir.Assign(span, ir.Local(scope.span(target), stored.type, unique), stored),)
    where = place(scope, target, False)
    if values.is_poison(where):
        return ()
    return (ir.Assign(span, where, scope.convert(node, value, where.type, ir.Kind.STORE, target)),)


def _unpack(scope: Scope, node: ast.AST, target: Any, value: ir.Expr) -> tuple[ir.Stmt, ...]:
    kind = value.type
    if not isinstance(kind, TupleType) or len(kind.parts) != len(target.elts):
        _give_up(scope, target)
        problem = f"{values.describe(kind)} does not unpack into {len(target.elts)} names"
        raise scope.refuse("E302", node, problem, "Give a tuple with as many items.")
    whole = _hidden(scope, "tuple", value)
    made: list[ir.Stmt] = [ir.Assign(scope.span(node), whole, value)]
    for at, part in enumerate(target.elts):
        index = ir.Const(value.span, IntType(at, at), at)
        made.extend(assign(scope, node, part, ir.Index(value.span, kind.parts[at], whole, index)))
    return tuple(made)


def _hidden(scope: Scope, name: str, value: ir.Expr) -> ir.Local:
    """A local that the model does not name, of the type of `value`."""
    unique = scope.fresh(name)
    scope.seen[unique] = scope.declared[unique] = value.type
    return ir.Local(value.span, value.type, unique)


def _give_up(scope: Scope, target: ast.expr) -> None:
    """What is assigned was refused: read the target for its own mistakes, and take its names as assigned."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            _give_up(scope, part)
    elif isinstance(target, ast.Name):
        unique = scope.resolve_name(target.id)
        scope.seen.setdefault(unique, NEVER)
        if scope.assigned is not None:
            scope.assigned.add(unique)
    else:
        place(scope, target, False)


def augment(scope: Scope, node: ast.AugAssign) -> tuple[ir.Stmt, ...]:
    """target += value and the like."""
    where = place(scope, node.target, True)
    if not isinstance(where.type, SetType) and isinstance(node.target, ast.Name):
        scope.mutated.pop(scope.resolve_name(node.target.id), None)
    value = expression(scope, node.value, where.type)
    if values.is_poison(where):
        return ()
    _plain_place(scope, node, where, value)
    return assign(scope, node, node.target, arithmetic(scope, node, node.op, where, value))


def _plain_place(scope: Scope, node: ast.AST, where: ir.Expr, value: ir.Expr | None = None) -> None:
    """Refuse a place that is not the same when it is read and when, once `value` is known, it is written."""
    if not values.is_plain(where):
        raise scope.refuse("E211", node, "the index of a changed place may not choose or call", "Name the index first.")
    acts = value is not None and scope.symbols.changes_state(value)
    if acts and any(_moves(inner) for inner in walk_expressions(where)):
        problem = "a helper's call could change which place this is"
        raise scope.refuse("E211", node, problem, "Name what it returns first.")


def _moves(where: ir.Expr) -> bool:
    """Whether a part of a place depends on the state."""
    index = where.index if isinstance(where, ir.Index) else None
    return index is not None and any(isinstance(inner, ir.Variable) for inner in walk_expressions(index))


def _first(scope: Scope, node: ast.AST, value: ir.Expr, twice: bool) -> tuple[tuple[ir.Stmt, ...], ir.Expr]:
    """A value, used once or twice, and the statement that works it out if that must happen before the place is read."""
    if values.is_plain(value) or not (twice or scope.symbols.changes_state(value)):
        return (), value
    named = _hidden(scope, "value", value)
    return (ir.Assign(scope.span(node), named, value),), named


def mutate(scope: Scope, node: ast.Call, func: ast.Attribute) -> tuple[ir.Stmt, ...]:
    """place.add(v) and the like."""
    if func.attr == "pop":
        return pop(scope, node, func, None)
    where = place(scope, func.value, True)
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise scope.refuse("E213", node, f"{func.attr!r} takes plain arguments", SUPPORTED)
    if values.is_poison(where):
        for argument in node.args:
            expression(scope, argument)
        return ()
    span = scope.span(node)
    match where.type:
        case SetType() if func.attr != "append":
            return _change_set(scope, node, func.attr, where)
        case SeqType(item=item) if func.attr == "append" and len(node.args) == 1:
            value = scope.convert(node, expression(scope, node.args[0], item), item, ir.Kind.STORE)
            _plain_place(scope, node, where, value)
            before, value = _first(scope, node, value, False)
            return (*before, ir.Assign(span, where, ir.Append(span, where.type, where, value)))
        case SeqType() if func.attr == "clear" and not node.args:
            _plain_place(scope, node, where)
            return (ir.Assign(span, where, ir.Const(span, where.type, ())),)
    if isinstance(where.type, SeqType) and func.attr in ("append", "clear"):
        wanted, remedy = (
            ("one item", "Write one 'append' for each.") if func.attr == "append" else ("no argument", "Leave it out.")
        )
        raise scope.refuse("E213", node, f"{func.attr!r} of a sequence takes {wanted}", remedy)
    raise no_method(scope, node, func.attr, where.type, True)


def _change_set(scope: Scope, node: ast.Call, name: str, where: ir.Expr) -> tuple[ir.Stmt, ...]:
    span, kind = scope.span(node), where.type
    assert isinstance(kind, SetType)
    if name == "clear" and not node.args:
        _plain_place(scope, node, where)
        return (ir.Assign(span, where, ir.Const(span, kind, frozenset())),)
    if len(node.args) != 1 or name == "clear":
        wanted, remedy = (
            ("no argument", "Leave it out.") if name == "clear" else ("one argument", f"Write one {name!r} for each.")
        )
        raise scope.refuse("E213", node, f"{name!r} of a set takes {wanted}", remedy)
    value = as_set(scope, node.args[0]) if name == "update" else expression(scope, node.args[0], kind.item)
    if values.is_poison(value):
        return ()
    _plain_place(scope, node, where, value)
    before, value = _first(scope, node, value, name in ("discard", "remove"))
    if name in ("discard", "remove"):
        return (*before, *_take_out(scope, node, name, where, value))
    if name == "add":
        if not isinstance(where, ir.Local) or where.name in scope.declared:
            value = scope.convert(node, value, kind.item, ir.Kind.STORE)
        value = ir.Make(span, SetType(value.type), (value,))
    whole = values.binary(span, "|", where, value)
    if whole is None:
        raise scope.mismatch(node, value.type, kind)
    return (*before, _write(scope, node, where, whole))


def _write(scope: Scope, node: ast.AST, where: ir.Expr, value: ir.Expr) -> ir.Stmt:
    """The changed value, put back; a local without a declared type takes on the type that holds it."""
    if isinstance(where, ir.Local):
        stored = scope.store(node, where.name, value)
        return ir.Assign(scope.span(node), ir.Local(where.span, stored.type, where.name), stored)
    return ir.Assign(scope.span(node), where, scope.convert(node, value, where.type, ir.Kind.STORE))


def _take_out(scope: Scope, node: ast.Call, name: str, where: ir.Expr, member: ir.Expr) -> tuple[ir.Stmt, ...]:
    span = scope.span(node)
    assert isinstance(where.type, SetType)
    rest, held = _without(scope, node, where, member), values.contains(span, member, where)
    if rest is None or held is None:
        raise scope.mismatch(node, member.type, where.type.item)
    change = _write(scope, node, where, rest)
    if name == "discard":
        return (change,)
    return (ir.Assert(span, held, f"{ast.unparse(node.args[0])} is in the set it is removed from"), change)


def _without(scope: Scope, node: ast.Call, where: ir.Expr, member: ir.Expr) -> ir.Expr | None:
    """The set without a member, which may be of a type so wide that no set holds it."""
    span = scope.span(node)
    assert isinstance(where.type, SetType)
    if subtype(member.type, where.type.item):
        return values.binary(span, "-", where, ir.Make(span, SetType(member.type), (member,)))
    clause, item = over(scope, node, where)
    kept = values.compare(span, "==", item, member)
    if kept is None:
        return None
    clause = ir.Generator(clause.variable, clause.variable_type, clause.domain, values.negate(kept))
    return ir.Comprehension(span, where.type, "set", item, (clause,))


def assign_popped(scope: Scope, target: ast.expr, source: ast.expr) -> tuple[ir.Stmt, ...] | None:
    """target = place.pop(i), if that is what the source is."""
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Attribute) or source.func.attr != "pop":
        return None
    return pop(scope, source, source.func, target) if callee(scope, source) is MISSING else None


def pop(scope: Scope, node: ast.Call, func: ast.Attribute, target: ast.expr | None) -> tuple[ir.Stmt, ...]:
    """target = place.pop(i): the item is taken out before it is put anywhere."""
    where = place(scope, func.value, True)
    _plain_place(scope, node, where)
    span = scope.span(node)
    if values.is_poison(where):
        if target is not None:
            _give_up(scope, target)
        return ()
    if isinstance(where.type, SetType):
        problem, remedy = "a set has no order, and no pop", "Write x = choose(s), then s.remove(x)."
        raise scope.refuse("E213", node, problem, remedy)
    if not isinstance(where.type, SeqType):
        raise no_method(scope, node, "pop", where.type, True)
    if len(node.args) > 1 or node.keywords:
        problem, remedy = "'pop' of a sequence takes at most an index", "Write q.pop(), or q.pop(0) for the first item."
        raise scope.refuse("E213", node, problem, remedy)
    index = integer(scope, node.args[0]) if node.args else ir.Const(span, IntType(-1, -1), -1)
    if values.is_poison(index):
        return ()
    if not values.is_plain(index):
        raise scope.refuse("E211", node, "the index of a pop may not choose or call", "Name the index first.")
    rest = ir.Assign(span, where, ir.Without(span, where.type, where, index))
    if target is None:
        return (rest,)
    taken = ir.Index(span, where.type.item, where, index)
    item = _hidden(scope, "item", taken)
    return (ir.Assign(span, item, taken), rest, *assign(scope, node, target, item))
