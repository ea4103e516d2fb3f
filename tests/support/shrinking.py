"""Make a model that shows a bug small: leave out whatever the bug does not need. Knows nothing of what the bug is."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator

from tests.support.random_models import RandomModel

_BODIES = ("body", "orelse", "cases")
Edit = Callable[[], None]


def smallest(model: RandomModel, fails: Callable[[RandomModel], bool], seconds: float = 60.0) -> RandomModel:
    """A model as small as can be found in the time that still fails."""
    until = time.monotonic() + seconds
    tree = ast.parse(model.text)
    shrunk = True
    while shrunk and time.monotonic() < until:
        shrunk = False
        number = 0
        while time.monotonic() < until:
            candidate = copy.deepcopy(tree)
            edits = list(_edits(candidate))
            if number >= len(edits):
                break
            edits[number]()
            if _still(candidate, fails):
                tree, shrunk = candidate, True
            else:
                number += 1
    return RandomModel(ast.unparse(ast.fix_missing_locations(tree)) + "\n")


def _still(tree: ast.Module, fails: Callable[[RandomModel], bool]) -> bool:
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    try:
        compile(text, "<shrunk>", "exec")
        return fails(RandomModel(text))
    except Exception:  # whatever a mutilated model does, it is not the bug in question
        return False


def _edits(tree: ast.Module) -> Iterator[Edit]:
    """Ways to make the tree smaller, large ones first."""
    for node in ast.walk(tree):
        for name in _BODIES:
            body = getattr(node, name, None)
            if isinstance(body, list) and not isinstance(node, ast.Module):
                yield from _shorter(body, keeps_one=name != "orelse")
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                for smaller in _smaller(value):
                    yield _setter(node, name, smaller)
            elif isinstance(value, list):
                for at, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        for smaller in _smaller(item):
                            yield _putter(value, at, smaller)


def _shorter(body: list[ast.AST], keeps_one: bool) -> Iterator[Edit]:
    for at, statement in enumerate(body):
        if len(body) > 1 or not keeps_one:
            yield _slicer(body, at, [])
        elif not isinstance(statement, (ast.Pass, ast.match_case)):
            yield _slicer(body, at, [ast.Pass()])
        for name in ("body", "orelse"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list) and inner and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                yield _slicer(body, at, inner)


def _smaller(node: ast.expr) -> Iterator[ast.expr]:
    """Simpler expressions that might do as well."""
    match node:
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            yield from parts if isinstance(node, ast.BoolOp) else ()
            for at in range(len(parts)):
                if len(parts) > 1:
                    smaller = copy.copy(node)
                    rest = parts[:at] + parts[at + 1 :]
                    setattr(smaller, "values" if isinstance(node, ast.BoolOp) else "elts", rest)
                    yield smaller
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Compare() | ast.Call(func=ast.Name(id="any" | "all")):
            yield from (ast.Constant(True), ast.Constant(False))
        case ast.Call(func=ast.Name(), args=arguments):
            yield from arguments
        case ast.Constant(value=int(number)) if number not in (0, 1) and not isinstance(number, bool):
            yield from (ast.Constant(0), ast.Constant(1))


def _setter(node: ast.AST, name: str, value: ast.expr) -> Edit:
    return lambda: setattr(node, name, value)


def _putter(items: list[ast.expr], at: int, value: ast.expr) -> Edit:
    return lambda: items.__setitem__(at, value)


def _slicer(body: list[ast.AST], at: int, rest: list[ast.AST]) -> Edit:
    return lambda: body.__setitem__(slice(at, at + 1), rest)
