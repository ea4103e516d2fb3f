"""From a class or a method to its syntax tree, and back to a place in a file. Understands no meaning.

Files are read through `linecache`, so that a model may also live in a notebook cell or in a string that was
registered there.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from checker.errors import ModelError, Problem, Span
from checker.pause import pause


@dataclass(frozen=True)
class Source:
    """A function's syntax tree, with what its names mean."""

    node: ast.FunctionDef
    file: str
    globals: Mapping[str, Any]
    _spans: dict[ast.AST, Span] = field(default_factory=dict, repr=False, compare=False)

    def span(self, node: ast.AST) -> Span:
        """Where `node` stands."""
        if node not in self._spans:
            self._spans[node] = _span(self.file, node)
        return self._spans[node]

    @property
    def doc(self) -> str:
        """The function's docstring, cleaned."""
        return ast.get_docstring(self.node) or ""


def _span(file: str, node: ast.AST) -> Span:
    line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    text = linecache.getline(file, line)
    if not text.isascii():
        offset = len(text.encode()[:offset].decode(errors="ignore"))  # ast counts bytes, people count characters
    return Span(shown_path(file), line, offset + 1)


def shown_path(file: str) -> str:
    """The path as a person would type it: relative when the file lies below the current folder."""
    return _relative(file, os.getcwd())  # noqa: PTH109 - asked for every place in a model: Path would take it apart each time


@lru_cache(maxsize=256)
def _relative(file: str, folder: str) -> str:
    relative = os.path.relpath(file, folder) if Path(file).is_absolute() else file
    return file if relative.startswith("..") else relative


@lru_cache(maxsize=256)
def _definitions(file: str, text: str) -> dict[tuple[str, int], ast.FunctionDef | ast.ClassDef]:
    """Every function and class of a file, by name and by the line of its first decorator or its `def`."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        pause()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name, first] = node
    return found


def source_of(function: Callable[..., Any]) -> Source:
    """The syntax tree of a function. Raises ModelError E101 when its file cannot be read."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    node = _definitions(code.co_filename, text).get((code.co_name, code.co_firstlineno)) if text else None
    if not isinstance(node, ast.FunctionDef):
        span = Span(shown_path(code.co_filename), code.co_firstlineno, 1)
        problem = f"the source of {code.co_name!r} cannot be read"
        remedy = "Define the model in a file, with `def`, not `lambda` or `async def`."
        raise ModelError([Problem("E101", span, problem, remedy)])
    _confirm_text(code.co_filename, node)
    names = dict(function.__globals__)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:  # assigned later in the function around, or never: as good as unknown
            names.pop(name, None)
    return Source(node, code.co_filename, names)


def too_large(source: Source, problem: str) -> ModelError:
    """What to raise, at once and alone, where reading on would take minutes and all memory (E216)."""
    remedy = "Put what repeats into a loop, or into data that a loop goes through; check parts as models of their own."
    return ModelError([Problem("E216", source.span(source.node), problem, remedy)])


def _confirm_text(file: str, function: ast.FunctionDef) -> None:
    """Refuse texts that no file and no screen can take. Raises ModelError E203 for all of them."""
    odd = _odd_texts(function)
    remedy = "Leave out half characters (surrogates)."
    if odd:
        problems = [(_span(file, node), f"{node.value!a} is a text that cannot be written") for node in odd]
        raise ModelError([Problem("E203", span, problem, remedy) for span, problem in problems])


@lru_cache(maxsize=4096)
def _odd_texts(function: ast.FunctionDef) -> tuple[ast.Constant, ...]:
    """The texts in a function that cannot be written. A helper is asked for once for each of its calls."""
    found = (node for node in ast.walk(function) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return tuple(node for node in found if not is_text(str(node.value)))


def is_text(text: str) -> bool:
    """Whether a text can be written: Python's may hold halves of characters, which have no encoding."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def class_attribute(model: type, name: str, missing: Any = None) -> Any:
    """What a class has under a name; `missing` also where a descriptor of the user's fails."""
    try:
        return getattr(model, name, missing)
    except Exception:
        return missing


def declaration(model: type, name: str | None = None) -> Span | None:
    """Where a class, or one that it inherits from, gives `name` its value; without a name where the class begins.
    None if that cannot be found: the place in a message is a courtesy."""
    owner = next((owner for owner in model.__mro__ if name is None or name in vars(owner)), None)
    file, node = (None, None) if owner is None else _class(owner)
    if file is None or node is None:
        return None
    statement = None if name is None else _assignment(node, name)
    return _span(file, node if statement is None else statement)


def assigned(owner: type, name: str) -> ast.expr | None:
    """What a class body writes after `name =`; None where that cannot be found."""
    _, node = _class(owner)
    statement = None if node is None else _assignment(node, name)
    return getattr(statement, "value", None)


def _assignment(node: ast.ClassDef, name: str) -> ast.stmt | None:
    """The statement of a class body that gives `name` its value, the first of several."""
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return statement
    return None


def _class(owner: type) -> tuple[str | None, ast.ClassDef | None]:
    """The file and syntax tree of a class: the one of its name that its methods stand in, or the only one."""
    functions = [value for value in vars(owner).values() if inspect.isfunction(value)]
    own = [function for function in functions if function.__module__ == owner.__module__]
    module = sys.modules.get(owner.__module__)
    file = own[0].__code__.co_filename if own else getattr(module, "__file__", None)
    text = "".join(linecache.getlines(file)) if file else ""
    nodes = [node for (name, _), node in _definitions(file or "", text).items() if name == owner.__name__]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    lines = [function.__code__.co_firstlineno for function in own]
    around = [n for n in classes if all(n.lineno <= line <= (n.end_lineno or n.lineno) for line in lines)]
    return (file, around[0]) if len(around) == 1 else (None, None)
