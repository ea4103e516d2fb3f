"""From a method to its syntax tree, and back to a place in a file. Understands no meaning.

Files are read through `linecache`, so that a model may also live in a notebook cell or in a string that was
registered there.
"""

from __future__ import annotations

import ast
import linecache
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from checker.errors import ModelError, Problem, Span


@dataclass(frozen=True)
class Source:
    """A function's syntax tree, with what its names mean."""

    node: ast.FunctionDef
    file: str
    globals: Mapping[str, Any]

    def span(self, node: ast.AST) -> Span:
        """Where `node` stands."""
        return Span(shown_path(self.file), getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)

    @property
    def doc(self) -> str:
        """The function's docstring, cleaned."""
        return ast.get_docstring(self.node) or ""


def shown_path(file: str) -> str:
    """The path as a person would type it: relative when the file lies below the current folder."""
    relative = os.path.relpath(file) if Path(file).is_absolute() else file
    return file if relative.startswith("..") else relative


@lru_cache(maxsize=256)
def _functions(file: str, text: str) -> dict[tuple[str, int], ast.FunctionDef]:
    """Every function of a file, by name and by the line of its first decorator or its `def`."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name, first] = node
    return found


def source_of(function: Callable[..., Any]) -> Source:
    """The syntax tree of a function. Raises ModelError E101 when its file cannot be read."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    node = _functions(code.co_filename, text).get((code.co_name, code.co_firstlineno)) if text else None
    if node is None:
        span = Span(shown_path(code.co_filename), code.co_firstlineno, 1)
        problem = f"the source of {code.co_name!r} cannot be read"
        raise ModelError([Problem("E101", span, problem, "Define the model in a file, with `def`, not `lambda`.")])
    names = dict(function.__globals__)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        names[name] = cell.cell_contents
    return Source(node, code.co_filename, names)
