"""`match` as a chain of `if`: values, None and alternatives are compared, a captured name is assigned.

From syntax to syntax; types come later. The subject is worked out anew for each case, so it may not call or choose.
"""

from __future__ import annotations

import ast

from checker.frontend.calls import callee
from checker.frontend.scope import Scope
from checker.lang.model import Method


def desugar_match(scope: Scope, node: ast.Match) -> list[ast.stmt]:
    """`match` as a chain of `if`; captures become assignments."""
    subject: ast.expr = node.subject
    if not isinstance(subject, (ast.Name, ast.Attribute)) or any(isinstance(n, ast.Call) for n in ast.walk(subject)):
        raise scope.refuse("E201", subject, "match takes a name", "Assign the value to a local first.")
    for case in node.cases:
        if case.guard is not None and not isinstance(subject, ast.Name) and _calls_helper(scope, case.guard):
            problem = "a guard that calls a helper could change what is matched"
            raise scope.refuse("E201", case.guard, problem, "Assign the subject to a local first.")
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


def _calls_helper(scope: Scope, guard: ast.expr) -> bool:
    calls = (inner for inner in ast.walk(guard) if isinstance(inner, ast.Call))
    return any(isinstance(callee(scope, call), Method) for call in calls)


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
