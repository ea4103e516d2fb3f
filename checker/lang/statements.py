"""Statements without a `yield` in them: syntax tree to IR. Flow that crosses a yield is in `checker.lang.processes`.

`scope.assigned` follows the flow: the locals that surely have a value here, or None where no path leads.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.lang import declare, ir, values
from checker.lang.calls import callee
from checker.lang.dispatch import condition, expression, integer
from checker.lang.domains import domain
from checker.lang.expressions import arithmetic, membership
from checker.lang.scope import MISSING, Refused, Scope
from checker.lang.types import (
    BOOL,
    NONE,
    ArrayType,
    IntType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    TupleType,
    Type,
)

SUPPORTED = "See docs/reference/language.md for the statements that a model may use."
RETURN = "return'"  # the name under which the type of what a function returns is inferred


@dataclass
class Loop:
    """A loop being read: what surely has a value at each `break`."""

    breaks: list[set[str] | None] = field(default_factory=list)


def merge(*paths: set[str] | None) -> set[str] | None:
    """What surely has a value where several paths meet."""
    reached = [path for path in paths if path is not None]
    return set.intersection(*reached) if reached else None


def statements(scope: Scope, nodes: list[ast.stmt], loops: tuple[Loop, ...] = ()) -> tuple[ir.Stmt, ...]:
    """A body, in order."""
    made: list[ir.Stmt] = []
    for node in nodes:
        made.extend(statement(scope, node, loops))
    return tuple(made)


def statement(scope: Scope, node: ast.stmt, loops: tuple[Loop, ...] = ()) -> tuple[ir.Stmt, ...]:
    """One statement; () when it was refused or means nothing."""
    handler = _HANDLERS.get(type(node))
    try:
        if handler is None:
            problem = f"{_name_of(node)} is not a statement of the language"
            raise scope.refuse("E201", node, problem, SUPPORTED)
        return handler(scope, node, loops)
    except Refused:
        return ()


def _name_of(node: ast.stmt) -> str:
    names = {"With": "with", "Try": "try", "FunctionDef": "a function inside a function", "ClassDef": "class"}
    kind = type(node).__name__
    return names.get(kind, kind.lower())


def _pass(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    return ()


def _if(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    test = condition(scope, node.test)
    if isinstance(test, ir.Const):
        return statements(scope, node.body if test.value else node.orelse, loops)
    before = scope.assigned
    scope.assigned = None if before is None else set(before)
    then = statements(scope, node.body, loops)
    after_then, scope.assigned = scope.assigned, None if before is None else set(before)
    otherwise = statements(scope, node.orelse, loops)
    scope.assigned = merge(after_then, scope.assigned)
    return (ir.If(scope.span(node), test, then, otherwise),)


def _while(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    no_else(scope, node)
    test = condition(scope, node.test)
    if isinstance(test, ir.Const) and not test.value:
        return ()
    loop = Loop()
    before = scope.assigned
    scope.assigned = None if before is None else set(before)
    body = statements(scope, node.body, (*loops, loop))
    forever = isinstance(test, ir.Const)
    scope.assigned = merge(*loop.breaks, None if forever else before)
    return (ir.While(scope.span(node), test, body),)


def no_else(scope: Scope, node: Any) -> None:
    """Refuse `else` on a loop."""
    if node.orelse:
        raise scope.refuse("E201", node.orelse[0], "`else` on a loop is not in the language", "Use a flag, or return.")


def _for(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    no_else(scope, node)
    if not isinstance(node.target, ast.Name):
        raise scope.refuse("E201", node.target, "a loop has one plain variable", "Write `for x in ...`.")
    found = domain(scope, node.iter)
    kind = values.item_type(found)
    if values.is_poison(found) or kind is None:
        found = ir.Const(found.span, SetType(BOOL), frozenset())
        kind = BOOL
    unique = scope.resolve_name(node.target.id)
    before = None if scope.assigned is None else set(scope.assigned)
    variable = scope.fresh(node.target.id + "'item")
    scope.seen[variable] = kind
    scope.declared[variable] = kind
    if isinstance(kind, (SetType, ArrayType, SeqType, RecordType)):
        scope.aliases.setdefault(unique, scope.span(node.target))
    taken = ir.Local(found.span, kind, variable)
    value = scope.store(node.target, unique, taken)
    first: tuple[ir.Stmt, ...] = ()
    if value is taken:
        variable = unique  # of the very type of the items: no other variable is needed
    else:
        first = (ir.Assign(scope.span(node.target), ir.Local(found.span, value.type, unique), value),)
    loop = Loop()
    body = (*first, *statements(scope, node.body, (*loops, loop)))
    scope.assigned = merge(before, *loop.breaks)
    return (ir.For(scope.span(node), ir.Generator(variable, kind, found, None), body),)


def _break(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    loops[-1].breaks.append(scope.assigned)
    scope.assigned = None
    return (ir.Break(scope.span(node)),)


def _continue(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    scope.assigned = None
    return (ir.Continue(scope.span(node)),)


def _return(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    value: ir.Expr | None = None
    if scope.declared.get(RETURN) == BOOL and node.value is not None:
        value = condition(scope, node.value)
    elif node.value is not None:
        value = expression(scope, node.value, scope.declared.get(RETURN))
    elif RETURN in scope.assumption.types and scope.assumption.types[RETURN] != NONE:
        value = ir.Const(scope.span(node), NONE, None)
    else:
        scope.seen.setdefault(RETURN, NONE)
    if value is not None and not values.is_poison(value):
        value = scope.store(node, RETURN, value)
    scope.assigned = None
    return (ir.Return(scope.span(node), value),)


def _assert(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    message = ast.unparse(node.test)
    if isinstance(node.msg, ast.Constant) and isinstance(node.msg.value, str):
        message = node.msg.value
    elif node.msg is not None:
        scope.report("E202", node.msg, "the message of an assert is plain text", 'Write assert c, "text".')
    return (ir.Assert(scope.span(node), condition(scope, node.test), message),)


def _expression_statement(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    value = node.value
    if isinstance(value, ast.Constant) and (isinstance(value.value, str) or value.value is ...):
        return ()
    if isinstance(value, (ast.Yield, ast.YieldFrom)):
        remedy = "Yield in a @process, or in a helper that it calls with `yield from`."
        raise scope.refuse("E205", node, "`yield` outside a process", remedy)
    if not isinstance(value, ast.Call):
        raise scope.refuse("E201", node, "an expression on its own line does nothing", "Remove it, or assign it.")
    found = callee(scope, value)
    if found is declare.require:
        return _require(scope, value)
    if found is MISSING and isinstance(value.func, ast.Attribute) and value.func.attr in _MUTATORS:
        return mutate(scope, value, value.func)
    made = expression(scope, value)
    return () if values.is_poison(made) else (ir.Evaluate(scope.span(node), made),)


def _require(scope: Scope, node: ast.Call) -> tuple[ir.Stmt, ...]:
    if len(node.args) != 1 or node.keywords:
        raise scope.refuse("E213", node, "require takes one condition", "Write require(c).")
    test = condition(scope, node.args[0])
    if isinstance(test, ir.Const) and test.value:
        return ()
    if isinstance(test, ir.Const):
        scope.assigned = None
    return (ir.Require(scope.span(node), test),)


# places


def place(scope: Scope, node: ast.expr, mutates: bool) -> ir.Expr:
    """What an assignment changes: a variable, a local, or part of one. `mutates`: in place, not as a whole."""
    span = scope.span(node)
    if isinstance(node, ast.Name):
        unique = scope.resolve_name(node.id)
        if mutates:
            if not scope.is_local(node.id):
                raise scope.refuse("E203", node, f"nothing is called {node.id!r} here", "Check the spelling.")
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
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            found = expression(scope, node)
            if isinstance(found, ir.Variable) or values.is_poison(found):
                return found
            problem = f"self.{node.attr} is fixed for a run"
            raise scope.refuse("E211", node, problem, "Only what is declared with Var can change.")
        base = place(scope, node.value, True)
        if isinstance(base.type, RecordType):
            at = base.type.position(node.attr)
            if at is not None:
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
    if values.is_poison(value) and not (isinstance(value, ir.Const) and isinstance(target, ast.Name)):
        return ()
    if isinstance(target, (ast.Tuple, ast.List)):
        return _unpack(scope, node, target, value)
    span = scope.span(node)
    if isinstance(target, ast.Name):
        if not scope.is_local(target.id):
            raise scope.refuse("E211", target, f"{target.id!r} cannot be assigned", "Use another name.")
        unique = scope.resolve_name(target.id)
        stored = scope.store(node, unique, value)
        if values.is_poison(stored):
            return ()
        return (ir.Assign(span, ir.Local(scope.span(target), stored.type, unique), stored),)
    where = place(scope, target, False)
    if values.is_poison(where):
        return ()
    return (ir.Assign(span, where, scope.convert(node, value, where.type, ir.Kind.STORE)),)


def _unpack(scope: Scope, node: ast.AST, target: Any, value: ir.Expr) -> tuple[ir.Stmt, ...]:
    kind = value.type
    if not isinstance(kind, TupleType) or len(kind.parts) != len(target.elts):
        problem = f"{values.describe(kind)} does not unpack into {len(target.elts)} names"
        raise scope.refuse("E302", node, problem, "Give a tuple with as many items.")
    temporary = scope.fresh("tuple")
    scope.seen[temporary] = kind
    scope.declared[temporary] = kind
    whole = ir.Local(value.span, kind, temporary)
    made: list[ir.Stmt] = [ir.Assign(scope.span(node), whole, value)]
    for at, part in enumerate(target.elts):
        index = ir.Const(value.span, IntType(at, at), at)
        made.extend(assign(scope, node, part, ir.Index(value.span, kind.parts[at], whole, index)))
    return tuple(made)


def _assign(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    if len(node.targets) != 1:
        raise scope.refuse("E201", node, "one assignment has one target", "Write two statements.")
    target, source = node.targets[0], node.value
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) and source.func.attr == "pop":
        if callee(scope, source) is MISSING:
            taken, rest = _pop(scope, source, source.func)
            return (*assign(scope, node, target, taken), *rest)
    value = expression(scope, source, _wish(scope, target))
    if isinstance(target, ast.Name) and isinstance(source, (ast.Name, ast.Attribute, ast.Subscript)):
        if isinstance(value.type, (SetType, ArrayType, SeqType, RecordType)):
            scope.aliases.setdefault(scope.resolve_name(target.id), scope.span(node))
    return assign(scope, node, target, value)


def _wish(scope: Scope, target: ast.expr) -> Type | None:
    """The type that the target would like, if it is known already."""
    if isinstance(target, ast.Name):
        return scope.declared.get(scope.resolve_name(target.id)) if scope.is_local(target.id) else None
    if isinstance(target, (ast.Attribute, ast.Subscript)):
        before = len(scope.problems)
        kind = expression(scope, target).type
        del scope.problems[before:]
        return kind
    return None


def _annotated(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    kind = scope.compiler.annotation_type(scope, node.annotation)
    if not isinstance(node.target, ast.Name) or kind is None:
        text = ast.unparse(node.annotation)
        raise scope.refuse("E301", node, f"{text!r} is not a type of the language", "Annotate a local with a type.")
    scope.declared[scope.resolve_name(node.target.id)] = kind
    if node.value is None:
        return ()
    return assign(scope, node, node.target, expression(scope, node.value, kind))


def _augmented(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    where = place(scope, node.target, True)
    if not isinstance(where.type, SetType) and isinstance(node.target, ast.Name):
        scope.mutated.pop(scope.resolve_name(node.target.id), None)
    if values.is_poison(where):
        return ()
    _plain_place(scope, node, where)
    value = arithmetic(scope, node, node.op, where, expression(scope, node.value, where.type))
    return assign(scope, node, node.target, value)


def _plain_place(scope: Scope, node: ast.AST, where: ir.Expr) -> None:
    if not values.is_plain(where):
        raise scope.refuse("E211", node, "the index of a changed place may not choose or call", "Name the index first.")


_MUTATORS = {"add", "discard", "remove", "update", "clear", "append", "pop"}


def mutate(scope: Scope, node: ast.Call, func: ast.Attribute) -> tuple[ir.Stmt, ...]:
    """place.add(v) and the like."""
    if func.attr == "pop":
        return _pop(scope, node, func)[1]
    where = place(scope, func.value, True)
    if values.is_poison(where):
        return ()
    _plain_place(scope, node, where)
    span = scope.span(node)
    match where.type:
        case SetType():
            return _change_set(scope, node, func.attr, where)
        case SeqType(item=item) if func.attr == "append" and len(node.args) == 1:
            value = scope.convert(node, expression(scope, node.args[0], item), item, ir.Kind.STORE)
            return (ir.Assign(span, where, ir.Append(span, where.type, where, value)),)
        case SeqType() if func.attr == "clear":
            return (ir.Assign(span, where, ir.Const(span, where.type, ())),)
    problem = f"{func.attr!r} cannot be called on {values.describe(where.type)}"
    raise scope.refuse("E213", node, problem, SUPPORTED)


def _change_set(scope: Scope, node: ast.Call, name: str, where: ir.Expr) -> tuple[ir.Stmt, ...]:
    span, kind = scope.span(node), where.type
    assert isinstance(kind, SetType)
    if name == "clear" and not node.args:
        return (ir.Assign(span, where, ir.Const(span, kind, frozenset())),)
    if len(node.args) != 1 or name in ("append", "clear"):
        raise scope.refuse("E213", node, f"{name!r} of a set takes no such arguments", SUPPORTED)
    if name == "update":
        other = domain(scope, node.args[0])
    else:
        member = expression(scope, node.args[0], kind.item)
        if name in ("discard", "remove"):
            return _take_out(scope, node, name, where, member)
        member = scope.convert(node, member, kind.item, ir.Kind.STORE)
        other = ir.Make(span, kind, (member,))
    value = values.binary(span, "|", where, other)
    if value is None:
        raise scope.mismatch(node, other.type, kind)
    return (ir.Assign(span, where, scope.convert(node, value, kind, ir.Kind.STORE)),)


def _take_out(scope: Scope, node: ast.Call, name: str, where: ir.Expr, member: ir.Expr) -> tuple[ir.Stmt, ...]:
    span, kind = scope.span(node), where.type
    assert isinstance(kind, SetType)
    if values.is_poison(member):
        return ()
    one = ir.Make(span, SetType(member.type), (member,))
    rest = values.binary(span, "-", where, one)
    if rest is None:
        raise scope.mismatch(node, member.type, kind.item)
    change = ir.Assign(span, where, scope.convert(node, rest, kind, ir.Kind.STORE))
    if name == "discard":
        return (change,)
    held = membership(scope, node, member, node.func.value) if isinstance(node.func, ast.Attribute) else None
    assert held is not None
    return (ir.Assert(span, held, f"{ast.unparse(node.args[0])} is in the set it is removed from"), change)


def _pop(scope: Scope, node: ast.Call, func: ast.Attribute) -> tuple[ir.Expr, tuple[ir.Stmt, ...]]:
    """The item that seq.pop(i) takes, and the statement that takes it out."""
    where = place(scope, func.value, True)
    _plain_place(scope, node, where)
    span = scope.span(node)
    if not isinstance(where.type, SeqType) or len(node.args) > 1:
        remedy = "Write x = choose(s), then s.remove(x)." if isinstance(where.type, SetType) else SUPPORTED
        raise scope.refuse("E213", node, f"{values.describe(where.type)} has no such pop", remedy)
    index = integer(scope, node.args[0]) if node.args else ir.Const(span, IntType(-1, -1), -1)
    if not values.is_plain(index):
        raise scope.refuse("E211", node, "the index of a pop may not choose or call", "Name the index first.")
    taken = ir.Index(span, where.type.item, where, index)
    return taken, (ir.Assign(span, where, ir.Without(span, where.type, where, index)),)


# match


def _match(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    return statements(scope, desugar_match(scope, node), loops)


def desugar_match(scope: Scope, node: ast.Match) -> list[ast.stmt]:
    """`match` as a chain of `if`; captures become assignments."""
    subject: ast.expr = node.subject
    if not isinstance(subject, (ast.Name, ast.Attribute)):
        raise scope.refuse("E201", subject, "match takes a name", "Assign the value to a local first.")
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        test, body = _pattern(scope, case.pattern, subject), list(case.body)
        if isinstance(case.pattern, ast.MatchAs) and case.pattern.name is not None:
            name = ast.copy_location(ast.Name(case.pattern.name, ast.Store()), case.pattern)
            body.insert(0, ast.copy_location(ast.Assign([name], subject), case.pattern))
            if case.guard is not None:
                raise scope.refuse("E201", case.guard, "a captured name has no guard", "Use `if` in the body.")
        elif case.guard is not None:
            test = ast.copy_location(ast.BoolOp(ast.And(), [test, case.guard]), case.guard)
        chain = [ast.copy_location(ast.If(test, body, chain), case.pattern)]
    return chain


def _pattern(scope: Scope, pattern: ast.pattern, subject: ast.expr) -> ast.expr:
    made: ast.expr
    match pattern:
        case ast.MatchValue(value=value):
            made = ast.Compare(subject, [ast.Eq()], [value])
        case ast.MatchSingleton(value=value):
            constant = ast.copy_location(ast.Constant(value), pattern)
            made = ast.Compare(subject, [ast.Is()], [constant])
        case ast.MatchOr(patterns=patterns):
            made = ast.BoolOp(ast.Or(), [_pattern(scope, part, subject) for part in patterns])
        case ast.MatchAs(pattern=None):
            made = ast.Constant(True)
        case _:
            raise scope.refuse("E201", pattern, "only values, None and _ can be matched", "Use `if`.")
    return ast.copy_location(made, pattern)


_HANDLERS: dict[type[ast.stmt], Callable[[Scope, Any, tuple[Loop, ...]], tuple[ir.Stmt, ...]]] = {
    ast.Pass: _pass,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Return: _return,
    ast.Assert: _assert,
    ast.Expr: _expression_statement,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Match: _match,
}
