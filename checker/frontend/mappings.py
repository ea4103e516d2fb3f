"""What a method that is marked `@implements` returns: a state of the model that is implemented, each part by its name.

`{"count": self.n, "thread": ["idle" if ... else "busy" for t in self.Thread], "thread.seen": [...]}` gives a value for
each variable, for each process the control points that its instances stand at, as text, and what the locals hold that
live across a `yield`. The names are those that a trace shows.
"""

from __future__ import annotations

import ast

from checker.errors import did_you_mean, nearest
from checker.frontend import values
from checker.frontend.dispatch import expression
from checker.frontend.scope import Refused, Scope
from checker.ir import nodes as ir
from checker.ir.points import names_in
from checker.ir.types import ArrayType, EnumType, TupleType


def state(scope: Scope, node: ast.Return) -> ir.Expr:
    """The state that a `return` gives, as a tuple of values in the order of the model's variables."""
    assert scope.abstract is not None
    try:
        given = _by_name(scope, node)
    except Refused:
        return values.poison(scope.span(node))
    found: dict[str, ir.Expr] = {}
    for name, declared in _parts(scope.abstract).items():
        if name in given:
            found[declared.name] = _part(scope, given[name], name, declared)
    if len(found) < len(scope.abstract.variables) or any(map(values.is_poison, found.values())):
        return values.poison(scope.span(node))
    items = tuple(found[declared.name] for declared in scope.abstract.variables)
    return ir.Make(scope.span(node), TupleType(tuple(each.type for each in items)), items)


def example(abstract: ir.Program) -> str:
    """How a state of this model is written."""
    first = next(iter(_parts(abstract)))
    return f"`return {{{_quoted(first)}: ...{', ' if len(abstract.variables) > 1 else ''}" + (
        "...}`" if len(abstract.variables) > 1 else "}`"
    )


def point(scope: Scope, node: ast.Constant, kind: EnumType) -> ir.Const | None:
    """The control point that a text names where one of the model implemented is wanted; None if none is."""
    abstract = scope.abstract
    process = None if abstract is None else _process_of(abstract, kind)
    if abstract is None or process is None or not isinstance(node.value, str):
        return None
    found = [each for each in process.points if node.value in each.names]
    if len(found) == 1:
        return ir.Const(scope.span(node), kind, found[0].label)
    known = names_in(process)
    problem = f"process {process.name!r} of {_short(abstract)} stops at no {node.value!r}"
    remedy = did_you_mean(nearest(node.value, known), f"There are: {', '.join(known)}.")
    if found:
        problem = f"process {process.name!r} of {_short(abstract)} has {len(found)} points called {node.value!r}"
        remedy = "Give each `yield` there a name of its own."
    raise scope.refuse("E212", node, problem, remedy)


def _parts(abstract: ir.Program) -> dict[str, ir.Declared]:
    """What a state is made of, by the names that a mapping gives: a process stands for its points."""
    return {
        each.process if each.role is ir.Role.POINT and each.process is not None else each.name: each
        for each in abstract.variables
    }


def _by_name(scope: Scope, node: ast.Return) -> dict[str, ast.expr]:
    """What is given for which part. Refuses what is no part, or a part that is not given."""
    assert scope.abstract is not None
    model, parts = _short(scope.abstract), _parts(scope.abstract)
    if not isinstance(node.value, ast.Dict):
        problem = f"a state of {model} is given by the names of its parts"
        raise scope.refuse("E218", node, problem, f"Write {example(scope.abstract)}.")
    given: dict[str, ast.expr] = {}
    for key, value in zip(node.value.keys, node.value.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
        if name is None:
            problem = "the name of a part is not written out"
            raise scope.refuse("E218", key or node, problem, f"Write {example(scope.abstract)}.")
        if name in given:
            raise scope.refuse("E218", value, f"{name!r} is given twice", "Give it once.")
        if name not in parts:
            remedy = did_you_mean(nearest(name, parts), f"There are: {', '.join(parts)}.")
            raise scope.refuse("E218", key or node, f"a state of {model} has no {name!r}", remedy)
        given[name] = value
    missing = [name for name in parts if name not in given]
    if missing:
        remedy = f"Give {'it' if len(missing) == 1 else 'them'} too: `{_quoted(missing[0])}: ...`."
        raise scope.refuse("E218", node, f"a state of {model} has {', '.join(map(repr, missing))} as well", remedy)
    return given


def _part(scope: Scope, node: ast.expr, name: str, declared: ir.Declared) -> ir.Expr:
    value = expression(scope, node, declared.type)
    if values.is_poison(value):
        return value
    try:
        return scope.convert(node, value, declared.type, ir.Kind.STORE, ast.Name(name))
    except Refused:
        return values.poison(scope.span(node))


def _process_of(abstract: ir.Program, kind: EnumType) -> ir.Process | None:
    """The process whose control points are the values of a type."""
    for each in abstract.variables:
        item = each.type.item if isinstance(each.type, ArrayType) else each.type
        if each.role is ir.Role.POINT and item == kind:
            return next(process for process in abstract.processes if process.name == each.process)
    return None


def _short(program: ir.Program) -> str:
    return program.model.rpartition(":")[2]


def _quoted(name: str) -> str:
    return f'"{name}"'
