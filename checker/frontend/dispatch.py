"""The front end's way into expressions: dispatch on the syntax, and what every caller asks of the result.

`expression(scope, node, hint)` gives typed IR; `hint` is the type that the surroundings would like, used only where
the source leaves it open (`set()`, `None`, a literal). A mistake is reported to the scope and raises Refused. How each
kind of syntax is read stands in `expressions` and `calls`, which register themselves here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from checker.frontend import values
from checker.frontend.scope import MISSING, Refused, Scope
from checker.ir import nodes as ir
from checker.ir.nodes import BEFORE
from checker.ir.sizes import LARGEST_LISTED, fits
from checker.ir.types import IntType, NeverType, OptType, SetType, Type, is_scalar
from checker.pause import pause

SUPPORTED = "See docs/reference/language.md for the expressions that a model may use."
Handler = Callable[[Scope, Any, Type | None], ir.Expr]
HANDLERS: dict[type[ast.expr], Handler] = {}


_NAMES: dict[type[ast.expr], str] = {
    ast.Lambda: "a lambda",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "`:=`",
    ast.Starred: "`*`",
    ast.Dict: "a dict",
    ast.GeneratorExp: "a generator on its own",
    ast.Slice: "a slice",
}


def handles(*nodes: type[ast.expr]) -> Callable[[Handler], Handler]:
    """Registers how a kind of syntax is read."""

    def register(handler: Handler) -> Handler:
        for node in nodes:
            HANDLERS[node] = handler
        return handler

    return register


def expression(scope: Scope, node: ast.expr, hint: Type | None = None) -> ir.Expr:
    """The expression, or a stand-in when it was refused (the mistake is then in the scope)."""
    pause()
    hollow = len(scope.hollow)
    try:
        found = _expression(scope, node, hint)
    except Refused:
        return values.poison(scope.span(node))
    if values.is_poison(found) and len(scope.hollow) == hollow:
        scope.hollow.append(node)
    return found


def _expression(scope: Scope, node: ast.expr, hint: Type | None) -> ir.Expr:
    static = scope.static(node)
    if static is not MISSING:
        return _static(scope, node, static)
    handler = HANDLERS.get(type(node))
    if isinstance(node, (ast.Yield, ast.YieldFrom)):
        raise scope.refuse("E205", node, "`yield` cannot stand inside an expression", "Put it on a line of its own.")
    if handler is None:
        what = _NAMES.get(type(node), type(node).__name__.lower())
        raise scope.refuse("E202", node, f"{what} is not an expression of the language", SUPPORTED)
    return handler(scope, node, hint)


def condition(scope: Scope, node: ast.expr) -> ir.Expr:
    """An expression that must be a Bool, or a set or sequence that stands for `not empty`."""
    value = expression(scope, node)
    found = values.truth(value)
    if found is not None:
        return found if not values.is_poison(found) else values.undecided(value.span)
    remedy = "Write what is meant: `x is not None`, `x != 0`."
    scope.report("E305", node, f"{values.describe(value.type)} is neither true nor false", remedy)
    return values.undecided(value.span)


def integer(scope: Scope, node: ast.expr) -> ir.Expr:
    """An expression that must be an integer; a Bool or Opt is not one."""
    value = expression(scope, node)
    if isinstance(value.type, (IntType, NeverType)):
        return value
    if isinstance(value.type, OptType) and isinstance(value.type.item, IntType):
        return scope.convert(node, value, value.type.item, ir.Kind.EVALUATION)
    raise scope.refuse("E302", node, f"{values.describe(value.type)} where an integer is expected", "Use an integer.")


def _static(scope: Scope, node: ast.expr, found: Any) -> ir.Expr:
    value = scope.symbols.parameter_value(found)
    constant = scope.constant(node, value)
    if constant is not None:
        return constant
    declared = scope.symbols.variable(found)
    if declared is not None:
        earlier = isinstance(node, ast.Attribute) and scope.is_earlier(node.value)
        return ir.Variable(scope.span(node), declared.type, BEFORE + declared.name if earlier else declared.name)
    if scope.form(node) is not None:
        return every(scope, node)
    text = ast.unparse(node)
    if isinstance(value, (str, float)):
        kind = "text" if isinstance(value, str) else "a float"
        raise scope.refuse("E202", node, f"{text} is {kind}, which no state can hold", "Use an Enum or an integer.")
    if isinstance(value, int):
        raise scope.refuse("E307", node, f"{text} is beyond 62 bits", "Use smaller integers.")
    raise scope.refuse("E203", node, f"{text!r} is not a value of the language", SUPPORTED)


def strip_opt(scope: Scope, node: ast.AST, value: ir.Expr) -> ir.Expr:
    """An Opt(T) used as a T: None fails when the step comes here."""
    if isinstance(value.type, OptType):
        return scope.convert(node, value, value.type.item, ir.Kind.EVALUATION)
    return value


def is_listed(kind: Type) -> bool:
    """Whether the values of a type can be gone through, one by one."""
    return is_scalar(kind) or (isinstance(kind, SetType) and fits(kind, LARGEST_LISTED))


def every(scope: Scope, node: ast.expr) -> ir.Expr:
    """All values of the type that `node` names, as a set."""
    kind = scope.form(node)
    assert kind is not None
    if isinstance(kind, NeverType):
        return values.poison(scope.span(node))
    if isinstance(kind, SetType) and not fits(kind, LARGEST_LISTED):
        problem = f"{kind} has more than {LARGEST_LISTED:,} values, too many to go through"
        remedy = f"Use a set type over at most {LARGEST_LISTED.bit_length() - 1} values, or loop over single members."
        raise scope.refuse("E306", node, problem, remedy)
    if not is_scalar(kind) and not isinstance(kind, SetType):
        remedy = "Loop over its parts; `choose` takes whole records, arrays and sets."
        raise scope.refuse("E306", node, f"the values of {values.describe(kind)} cannot be listed", remedy)
    return ir.Every(scope.span(node), SetType(kind))
