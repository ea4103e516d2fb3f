"""What the head of a function says: its parameters, their types and defaults; and the types its locals are given.

Reports E206, E301 and E211. Reads no statement but annotations.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from string import Formatter
from types import CodeType
from typing import Any

from checker.errors import Problem
from checker.frontend.scope import Scope
from checker.lang.declare import FORMS, is_form
from checker.lang.model import Method
from checker.source import Source, class_attribute

_REMEDY = "Use a type: Bool, Range, an Enum, Opt, Array, SetOf, Record or Seq, or a name for one."


def no_type(node: ast.expr) -> tuple[str, str]:
    """What is said of an annotation that names no type: a problem and its remedy."""
    remedy = _REMEDY
    if isinstance(node, ast.Call) and (form := FORMS.get(ast.unparse(node.func).rpartition(".")[2])):
        remedy = f"Write {form}."
    elif isinstance(node, (ast.Tuple, ast.List)):
        remedy = "Write Record(first=A, second=B), with a name for each."
    return f"{ast.unparse(node)!r} is not a type of the language", remedy


class _Self:
    """What `self` is in an annotation: the names of a model, each looked up when it is asked for."""

    def __init__(self, model: type, parameters: Mapping[str, Any]) -> None:
        self._model = model
        self._parameters = parameters

    def __getattr__(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name]
        if name.startswith("__") or not _has(self._model, name):
            raise AttributeError(name)
        return class_attribute(self._model, name)


class _Names(dict[str, Any]):
    """The names that an annotation may use: those of the class in which it stands, as the model means them."""

    def __init__(self, owner: type, meant: _Self) -> None:
        super().__init__(self=meant)
        self._owner = owner

    def __missing__(self, name: str) -> Any:
        if class_attribute(self._owner, name, _Names) is _Names:
            raise KeyError(name)
        try:
            return getattr(self["self"], name)
        except AttributeError:
            raise KeyError(name) from None


def _has(model: type, name: str) -> bool:
    """Whether a class, or one above it, has a name: what its metaclass has does not count."""
    return any(name in vars(owner) for owner in model.__mro__)


def parameter_names(source: Source, method: Method) -> list[str]:
    """The names of a function's parameters, without the `self` of a method."""
    names = [argument.arg for argument in source.node.args.args]
    return names[1:] if method.owner is not object else names


def wrong_event(source: Source, method: Method) -> Problem | None:
    """What is wrong with what an @event is called in traces: it names what the helper does not take, or cannot happen
    in one step."""
    if method.event is None:
        return None
    span = source.span(source.node)
    if any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(source.node)):
        problem = f"{method.name!r} yields, and an event is one moment"
        return Problem("E206", span, problem, "Mark a helper that does not yield, and call it where it happens.")
    known = [*parameter_names(source, method), "result"]
    try:
        named = [name for _, name, _, _ in Formatter().parse(method.event) if name is not None]
    except ValueError:
        problem = f"the text of the event {method.name!r} has a brace too many"
        return Problem("E206", span, problem, "Write {name} for a parameter, and {{ for a brace.")
    odd = next((name for name in named if name not in known), None)
    if odd is None:
        return None
    problem = f"the text of the event {method.name!r} names {odd!r}"
    return Problem("E206", span, problem, f"It may name {', '.join(known)}.")


def default_values(method: Method) -> dict[str, Any]:
    """The Python values that a function's parameters have when they are not given."""
    code, values = method.function.__code__, method.function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    return dict(zip(names[len(names) - len(values) :], values, strict=True))


def annotation_of(source: Source, name: str) -> ast.expr | None:
    """How a function's parameter is annotated."""
    return next((argument.annotation for argument in source.node.args.args if argument.arg == name), None)


def state_before(source: Source, method: Method) -> tuple[str | None, list[Problem]]:
    """The name by which a @step calls the state before, and what is wrong with that."""
    found: list[Problem] = []
    names = parameter_names(source, method)
    name = names[0] if len(names) == 1 else None
    written = f"Write `def {method.name}(self, before)`: `before` is the state before the step."
    if name is None or annotation_of(source, name) is not None or default_values(method):
        problem = f"@step {method.name!r} takes {', '.join(names) or 'no parameter'}, not just the state before"
        problem = problem if name is None else f"the state before, {name!r}, is no value with a type or default"
        found.append(Problem("E206", source.span(source.node), problem, written))
    if name is not None and assigns(source, name):
        problem = f"{method.name!r} assigns {name!r}, which is the state before"
        found.append(Problem("E211", source.span(source.node), problem, "Use another name."))
    return name, found


def labels(source: Source, method: Method) -> list[str]:
    """The parameters that take the name of a control point, `at: str`."""
    return [name for name in parameter_names(source, method) if _is_label(source, annotation_of(source, name))]


def _is_label(source: Source, node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name) and node.id == "str" and source.globals.get("str", str) is str


def form_of(model: type, owner: type, parameters: Mapping[str, Any], source: Source, node: ast.expr) -> object | None:
    """The type that an annotation names, None if it names no type of the language.

    Names of the class body mean what the model says they are, so that a subclass that gives a type anew changes the
    methods that it inherits.
    """
    names = _Names(owner, _Self(model, parameters))
    try:
        found = eval(_code(node, source.file), dict(source.globals), names)
    except Exception:  # an annotation that is no type of ours, whatever it is: the caller says so
        return None
    return found if is_form(found) else None


@lru_cache(maxsize=4096)
def _code(node: ast.expr, file: str) -> CodeType:
    """An annotation, which may stand in quotes, as code. A helper's are asked for once for each of its calls."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    return compile(ast.Expression(node), file, "eval")


def loose(source: Source, node: ast.expr) -> bool:
    """Whether an annotation says no more than that a value is there: `int`, `Any`, `object`."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    known = {**vars(builtins), **source.globals}
    return name == "Any" or (name in ("int", "object") and known.get(name) in (int, object))


def check(scope: Scope, method: Method, labels: Collection[str] = ()) -> None:
    """Report what no function of a model may have in its head. `labels` are parameters that need no type."""
    node, arguments = scope.source.node, scope.source.node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        problem = f"{node.name!r} takes *args, keyword-only or positional-only parameters"
        scope.report("E206", node, problem, "Use plain parameters.")
        return
    if method.owner is not object and [argument.arg for argument in arguments.args][:1] != ["self"]:
        scope.report("E206", node, f"the first parameter of {node.name!r} is not `self`", "Call it `self`.")
    if method.owner is object and any(argument.arg == "self" for argument in arguments.args):
        problem = f"{node.name!r} is no method, and its parameter `self` would be taken for the model"
        scope.report("E206", node, problem, "Use another name.")
    if "self" in scope.local_names():
        scope.report("E211", node, f"{node.name!r} assigns `self`", "Use another name.")
    for argument in arguments.args:
        if argument.annotation is None or argument.arg in labels or loose(scope.source, argument.annotation):
            continue
        if scope.annotation(argument.annotation) is None:
            scope.report("E301", argument.annotation, *no_type(argument.annotation))


def assigns(source: Source, name: str) -> bool:
    """Whether a function gives `name` a value of its own, outside comprehensions."""
    return name in assigned_in(source.node)


@lru_cache(maxsize=4096)
def assigned_in(function: ast.FunctionDef) -> frozenset[str]:
    """The plain names that a function assigns, outside comprehensions. A model is read again for other parameters, its
    text is the same."""
    return frozenset(stored_names(function.body))


def stored_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The plain names that these statements assign, outside comprehensions."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, ast.MatchAs) and node.name is not None:
            found.add(node.name)
        found |= stored_names(ast.iter_child_nodes(node))
    return found


def declare_locals(scope: Scope) -> None:
    """Give the annotated locals of a function their types before anything is read."""
    for node in _annotated(scope.source.node):
        kind = scope.annotation(node.annotation)
        if kind is None or not isinstance(node.target, ast.Name):
            continue  # reported where the statement is read
        unique = scope.resolve_name(node.target.id)
        if scope.declared.setdefault(unique, kind) != kind:
            problem = f"{node.target.id!r} is given two types"
            scope.report("E301", node, problem, "Annotate it once, or use another name.")


@lru_cache(maxsize=4096)
def _annotated(function: ast.FunctionDef) -> tuple[ast.AnnAssign, ...]:
    """The statements of a function that annotate something. A helper is asked for once for each of its calls."""
    nodes = (node for statement in function.body for node in ast.walk(statement))
    return tuple(node for node in nodes if isinstance(node, ast.AnnAssign))
