"""A property only looks: it changes nothing, chooses nothing, requires nothing. Reports E208."""

from __future__ import annotations

from collections.abc import Mapping

from checker.errors import Problem, Span
from checker.ir import nodes as ir
from checker.ir.analysis import root
from checker.ir.traverse import expressions, walk, walk_expressions

REMEDY = "A property only looks at a state; move this into a step."


def check(function: ir.Function, functions: Mapping[str, ir.Function]) -> list[Problem]:
    """What a property, or a helper that it calls, does beyond looking."""
    found: dict[Span, Problem] = {}
    pending, seen = [function], {function.name}
    while pending:
        for statement in walk(pending.pop().body):
            what = _effect(statement)
            if what is not None:
                found[statement.span] = Problem("E208", statement.span, f"{function.name!r} {what}", REMEDY)
            for outer in expressions(statement):
                for inner in walk_expressions(outer):
                    if isinstance(inner, ir.Choose):
                        found[inner.span] = Problem("E208", inner.span, f"{function.name!r} chooses", REMEDY)
                    if isinstance(inner, ir.Call) and inner.function not in seen:
                        seen.add(inner.function)
                        pending.append(functions[inner.function])
    return list(found.values())


def _effect(statement: ir.Stmt) -> str | None:
    match statement:
        case ir.Assign(target=target) if isinstance(root(target), ir.Variable):
            return "changes the state"
        case ir.Require():
            return "requires something"
        case ir.Assert():
            return "asserts something"
    return None
