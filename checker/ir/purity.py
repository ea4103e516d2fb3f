"""A property only looks: it changes, chooses and requires nothing (E208). A constraint always has a value (E217)."""

from __future__ import annotations

from collections.abc import Mapping

from checker.errors import Problem, Span
from checker.ir import nodes as ir
from checker.ir.analysis import can_fail, root
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


def total(function: ir.Function, functions: Mapping[str, ir.Function]) -> list[Problem]:
    """Where a constraint, or a helper that it calls, may have no value: nobody could say what lies beyond it."""
    found: dict[Span, Problem] = {}
    pending, seen = [function], {function.name}
    while pending:
        for statement in walk(pending.pop().body):
            if isinstance(statement, ir.While):
                problem = f"{function.name!r} loops with `while`: a constraint always has a value"
                found[statement.span] = Problem("E217", statement.span, problem, "Use `for`, any, all or sum.")
            for outer in expressions(statement):
                for inner in walk_expressions(outer):
                    if can_fail(inner):
                        problem = f"{function.name!r} may fail here, and a constraint always has a value"
                        remedy = "Say it so that nothing can fail: by len, any, all, `in`, or numbers that fit."
                        found[inner.span] = Problem("E217", inner.span, problem, remedy)
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
