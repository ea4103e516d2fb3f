"""Statements without a `yield` in them: syntax tree to IR. Flow that crosses a yield is in `processes`.

`scope.assigned` follows the flow: the locals that surely have a value here, or None where no path leads.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.frontend import alias, mappings, signature, values
from checker.frontend.calls import callee
from checker.frontend.changes import assign, assign_popped, augment, mutate
from checker.frontend.dispatch import condition, expression
from checker.frontend.domains import domain
from checker.frontend.escape import MUTATORS
from checker.frontend.matching import desugar_match
from checker.frontend.scope import MISSING, RETURN, Refused, Scope
from checker.ir import nodes as ir
from checker.ir.types import BOOL, NEVER, NONE, ArrayType, OptType, RecordType, SeqType, SetType, Type
from checker.lang import declare

SUPPORTED = "See docs/reference/language.md for the statements that a model may use."


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
    names = {
        "With": "`with`",
        "Try": "`try`",
        "Raise": "`raise`",
        "Delete": "`del`",
        "Global": "`global`",
        "Nonlocal": "`nonlocal`",
        "Import": "`import`",
        "ImportFrom": "`import`",
        "FunctionDef": "a function inside a function",
        "AsyncFunctionDef": "a function inside a function",
        "ClassDef": "a class inside a function",
    }
    kind = type(node).__name__
    return names.get(kind, kind.lower())


def _pass(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    return ()


def _if(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    test = condition(scope, node.test)
    if isinstance(test, ir.Const):
        with scope.aside():
            statements(scope, node.orelse if test.value else node.body, loops)
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
    loop = Loop()
    if isinstance(test, ir.Const) and not test.value:
        with scope.aside():
            statements(scope, node.body, (*loops, loop))
        return ()
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
    kind = values.item_type(found) or NEVER
    before = None if scope.assigned is None else set(scope.assigned)
    if kind == NEVER:
        scope.hollow.append(node.iter)
    first, variable = _loop_variable(scope, node.target, found, kind)
    loop = Loop()
    body = (*first, *statements(scope, node.body, (*loops, loop)))
    scope.assigned = merge(before, *loop.breaks)
    if kind == NEVER:
        return ()
    return (ir.For(scope.span(node), ir.Generator(variable, kind, found, None), body),)


def _loop_variable(scope: Scope, target: ast.Name, found: ir.Expr, kind: Type) -> tuple[tuple[ir.Stmt, ...], str]:
    """The loop's variable, and what a round does first if the local that it stands for is of a wider type."""
    unique = scope.resolve_name(target.id)
    item = scope.fresh(target.id + "'item")
    scope.seen[item] = scope.declared[item] = kind
    if isinstance(kind, (SetType, ArrayType, SeqType, RecordType, OptType)):
        scope.aliases.setdefault(unique, scope.span(target))
    taken = ir.Local(found.span, kind, item)
    value = scope.store(target, unique, taken)
    if value is taken and value.type == scope.type_of(unique):
        return (), unique  # of the very type of the items: no other variable is needed
    return (ir.Assign(scope.span(target), ir.Local(found.span, value.type, unique), value),), item


def _break(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    loops[-1].breaks.append(scope.assigned)
    scope.assigned = None
    return (ir.Break(scope.span(node)),)


def _continue(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    scope.assigned = None
    return (ir.Continue(scope.span(node)),)


def _return(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    wanted = scope.declared.get(RETURN)
    value: ir.Expr | None = None
    if scope.abstract is not None:
        value = mappings.state(scope, node)
    elif node.value is not None:
        value = condition(scope, node.value) if wanted == BOOL else expression(scope, node.value, wanted)
    elif wanted is not None:
        scope.report("E210", node, "`return` gives no value here", "Write `return True` or `return False`.")
    elif scope.returned_before() != NONE:
        value = ir.Const(scope.span(node), NONE, None)
    else:
        scope.seen.setdefault(RETURN, NONE)
    if value is not None and values.is_poison(value):
        scope.seen.setdefault(RETURN, NEVER)
    elif value is not None:
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
        before = len(scope.problems)
        expression(scope, value)
        if len(scope.problems) > before:
            return ()
        raise scope.refuse("E201", node, "an expression on its own line does nothing", "Remove it, or assign it.")
    found = callee(scope, value)
    if found is declare.require:
        return _require(scope, value)
    if found is MISSING and isinstance(value.func, ast.Attribute) and value.func.attr in MUTATORS:
        return mutate(scope, value, value.func)
    made = expression(scope, value)
    if not values.is_poison(made) and not isinstance(made, (ir.Call, ir.Choose)):
        raise scope.refuse("E201", node, "the value of this is not used", "Remove it, or assign it.")
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


def _assign(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    if len(node.targets) != 1:
        raise scope.refuse("E201", node, "one assignment has one target", "Write two statements.")
    target, source = node.targets[0], node.value
    popped = assign_popped(scope, target, source)
    if popped is not None:
        return popped
    value = expression(scope, source, _wish(scope, target))
    alias.note(scope, target, source)
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
    if not isinstance(node.target, ast.Name):
        raise scope.refuse("E201", node, "only a local takes an annotation", "Leave it out.")
    kind = scope.annotation(node.annotation)
    if kind is None:
        scope.report("E301", node.annotation, *signature.no_type(node.annotation))
    if node.value is None:
        return ()
    popped = assign_popped(scope, node.target, node.value)
    if popped is not None:
        return popped
    value = expression(scope, node.value, kind)
    alias.note(scope, node.target, node.value)
    return assign(scope, node, node.target, value)


def _augmented(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    return augment(scope, node)


def _match(scope: Scope, node: Any, loops: tuple[Loop, ...]) -> tuple[ir.Stmt, ...]:
    return statements(scope, desugar_match(scope, node), loops)


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
