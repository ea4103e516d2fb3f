"""A local that is changed in place after it was stored somewhere is refused (E209): Python would change both.

Judges the text of one function. It follows names, not values: what a helper does with its argument is not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

MUTATORS = {"add", "discard", "remove", "update", "clear", "append", "pop"}


@dataclass(frozen=True)
class _Use:
    """A place where a local is stored elsewhere, or changed in place, with the loops around it, outermost first."""

    node: ast.AST
    loops: tuple[ast.stmt, ...]

    def before(self, other: _Use) -> bool:
        """Whether this one can happen before the other, on the same value."""
        place = (getattr(self.node, "lineno", 0), getattr(self.node, "col_offset", 0))
        return place < (getattr(other.node, "lineno", 0), getattr(other.node, "col_offset", 0))


def changed_after_stored(function: ast.FunctionDef, name: str) -> ast.AST | None:
    """Where a local is changed in place although it has been stored elsewhere, on some path; None if nowhere."""
    stored = [use for use in _walk(function.body, ()) if _stores(use.node, name)]
    for change in _walk(function.body, ()):
        if _changes(change.node, name):
            for store in stored:
                if store.before(change) or _again(store, change, name):
                    return change.node
    return None


def _again(store: _Use, change: _Use, name: str) -> bool:
    """Whether a later round of a loop around both can change what an earlier one stored: not if each makes it anew."""
    shared = [loop for loop in store.loops if loop in change.loops]
    return bool(shared) and not any(_assigns(inner, name) for inner in ast.walk(shared[-1]))


def _walk(body: list[ast.stmt], loops: tuple[ast.stmt, ...]) -> Iterator[_Use]:
    """Every statement of a body, and every call in it."""
    for statement in body:
        yield _Use(statement, loops)
        inner = (*loops, statement) if isinstance(statement, (ast.For, ast.While)) else loops
        for field in ("body", "orelse"):
            yield from _walk(getattr(statement, field, []), inner)
        for case in getattr(statement, "cases", []):
            yield from _walk(case.body, inner)
        if not hasattr(statement, "body"):
            yield from (_Use(call, loops) for call in ast.walk(statement) if isinstance(call, ast.Call))


def _is(node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _assigns(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(_is(target, name) for target in node.targets)


def _values(node: ast.expr | None) -> Iterator[ast.expr | None]:
    """What an assigned expression may be, or hold as a part."""
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _values(part)
        case ast.IfExp(body=then, orelse=otherwise):
            yield from _values(then)
            yield from _values(otherwise)
        case _:
            yield node


def _stores(node: ast.AST, name: str) -> bool:
    """Whether a local, as it is, becomes the value or a part of something else."""
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return any(_is(part, name) for part in _values(value))
        case ast.Call(func=ast.Attribute(attr="append" | "add"), args=[value]):
            return any(_is(part, name) for part in _values(value))
        case ast.Call(keywords=keywords):
            return any(_is(part, name) for word in keywords for part in _values(word.value))
    return False


def _changes(node: ast.AST, name: str) -> bool:
    """Whether a local is changed in place."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in MUTATORS:
            return _is(_root(owner), name)
        case ast.AugAssign(target=target):
            return _is(_root(target), name)
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute() as target]):
            return _is(_root(target), name)
    return False


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node
