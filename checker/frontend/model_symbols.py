"""What names mean in one model with its parameters fixed: the answers to `symbols.Symbols`, but for helpers.

Reads the class, and of functions no more than their heads and the names that they assign.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from checker.errors import ModelError, Problem, Span, nearest
from checker.frontend import signature
from checker.frontend.scope import MISSING
from checker.frontend.symbols import Read
from checker.ir import nodes as ir
from checker.ir.sizes import MOST_STATEMENTS
from checker.ir.types import NEVER, Type, Value
from checker.lang.declare import MarkKind, Variable, resolve
from checker.lang.formulas import Arithmetic, Formula, number
from checker.lang.model import Method, Model, mro_method, outline, placed
from checker.lang.renew import renewed
from checker.source import Source, class_attribute, declaration, source_of, too_large


class ModelSymbols:
    """Answers what names mean, from the class and from what has been read of it."""

    def __init__(self, model: Model) -> None:
        self.model = type(model)
        self.outline = outline(self.model)
        self.parameters: Mapping[str, Value] = model.parameters
        self.read = Read()
        self.renewed = renewed(self.model)
        inherited = (value for owner in self.model.__mro__ for value in vars(owner).values())
        known = (*self.outline.variables.values(), *self.outline.parameters.values(), *inherited)
        self._own = frozenset(map(id, known))
        self.variables = {name: self._declare(name, variable) for name, variable in self.outline.variables.items()}
        self._check_names()
        self._sources: dict[int, Source] = {}
        self._statements = 0
        self._names: dict[int, set[str]] = {}
        self._annotated: dict[tuple[int, type, ast.expr], Type | None] = {}
        self._seen: dict[str, ir.Process] | None = None  # the processes, once all of them have been read
        self._hidden: dict[str, Type] = {}
        self.asked: dict[str, set[frozenset[str]]] = {}  # of each process: the names that some `.at(...)` means

    def resolve(self, form: object, name: str | None = None, span: Span | None = None) -> Type:
        """The type that a form stands for under these parameters. A wrong one is a mistake of the model, which stands
        where it declares the form, or else `name`, or else at `span`."""
        try:
            return resolve(self.renewed.of(form), self.parameters)
        except ModelError as error:
            self.read.problems.extend(placed(self.model, name, error, span).problems)
            return NEVER

    def _declare(self, name: str, variable: Variable) -> ir.Declared:
        return ir.Declared(name, self.resolve(variable.form, name))

    def _check_names(self) -> None:
        """Refuse one Var or Param under two names: which of them would be the variable?"""
        called = {name: variable.name for name, variable in self.outline.variables.items()}
        called.update({name: parameter.name for name, parameter in self.outline.parameters.items()})
        for name, first in called.items():
            if not name.isidentifier() or keyword.iskeyword(name):
                problem = f"{name!a} is no name of a variable or parameter"
                remedy = "Write `name = Var(...)` in the class body."
                self.read.problems.append(Problem("E301", declaration(self.model), problem, remedy))
            elif first == "?":
                problem = f"{name!r} is not declared in a class body"
                remedy = f"Write `{name} = Var(...)`, or Param, in the class body."
                self.read.problems.append(Problem("E301", declaration(self.model), problem, remedy))
            elif name != first:
                problem = f"{name!r} and {first!r} are one and the same"
                remedy = "Give each name a Var or Param of its own."
                self.read.problems.append(Problem("E301", declaration(self.model, name), problem, remedy))

    def attribute(self, name: str) -> Any:
        """What `self.name` is, if it is fixed for a run or a variable; else MISSING."""
        if name in self.outline.parameters:
            return self.outline.parameters[name]
        if name in self.outline.variables:
            return self.outline.variables[name]
        found = MISSING if name in self.outline.methods else class_attribute(self.model, name, MISSING)
        return MISSING if found is None else found  # None: left out by a subclass

    def parameter_value(self, found: Any) -> Any:
        """What a parameter, or a formula of parameters, is in this run; anything else as it is."""
        try:
            known = isinstance(found, Formula) and self._is_own(found)
            return number(self.renewed.of(found), self.parameters) if known else found
        except (ArithmeticError, TypeError, ValueError, RecursionError):
            return found

    def variable(self, found: Any) -> ir.Declared | None:
        """The variable of the state that a declaration made; None if it is none of this model's."""
        return self.variables.get(found.name) if isinstance(found, Variable) and self._is_own(found) else None

    def _is_own(self, found: Variable | Formula) -> bool:
        """Whether a variable or parameter is the model's, and not another's of perhaps the same name."""
        if isinstance(found, Arithmetic):
            return all(self._is_own(part) for part in (found.left, found.right) if isinstance(part, Formula))
        return id(found) in self._own

    def method(self, name: str) -> Method | None:
        """A method of the model."""
        return self.outline.methods.get(name)

    def is_process(self, name: str) -> bool:
        """Whether a method of this name is a process."""
        method = self.outline.methods.get(name)
        return method is not None and method.mark is not None and method.mark.kind is MarkKind.PROCESS

    def seen_process(self, name: str) -> ir.Process | None:
        """A process, as properties see it; None as long as steps are being read."""
        return None if self._seen is None else self._seen[name]

    def hidden_type(self, name: str) -> Type:
        """The type of a variable that keeps a point or a local."""
        return self._hidden[name]

    def parent_method(self, name: str, owner: type) -> Method | None:
        """What `super().name` is in a method that `owner` defines."""
        return mro_method(self.model, name, owner) if owner in self.model.__mro__ else None

    def nearest(self, name: str) -> str | None:
        """The name of the model most like `name`."""
        known = {*self.outline.parameters, *self.outline.variables, *self.outline.methods}
        known |= {
            other for other in dir(self.model) if not other.startswith("_") and self.attribute(other) is not MISSING
        }
        return nearest(name, sorted(known))

    def source(self, method: Method) -> Source:
        """A method's syntax tree."""
        key = id(method.function)
        if key not in self._sources:
            self._sources[key] = found = source_of(method.function)
            self._statements += _size(found.node)
            if self._statements > MOST_STATEMENTS:
                problem = f"with {method.name!r} the model has more than {MOST_STATEMENTS:,} statements"
                raise too_large(found, problem)
        return self._sources[key]

    def assigned_names(self, source: Source) -> set[str]:
        """Parameters and plain names that a function assigns, outside comprehensions."""
        key = id(source.node)
        if key not in self._names:
            names = {argument.arg for argument in source.node.args.args if argument.arg != "self"}
            self._names[key] = names | signature.assigned_in(source.node)
        return self._names[key]

    def annotation(self, source: Source, method: Method, name: str) -> Type | None:
        """The declared type of a function's parameter."""
        node = signature.annotation_of(source, name)
        return None if node is None else self.annotation_type(source, method.owner, node)

    def annotation_type(self, source: Source, owner: type, node: ast.expr) -> Type | None:
        """The type that an annotation in a function of class `owner` names: `self.Obj`, `Obj`, `Opt(Obj)`."""
        key = (id(source.globals), owner, node)  # every source is kept, in `_sources`: no other gets this number
        if key in self._annotated:  # of a helper it is asked for at each of its calls
            return self._annotated[key]
        before = len(self.read.problems)
        found = signature.form_of(self.model, owner, self.outline.parameters, source, node)
        kind = None if found is None else self.resolve(found, span=source.span(node))
        if len(self.read.problems) == before:
            self._annotated[key] = kind
        return kind


@lru_cache(maxsize=4096)
def _size(function: ast.FunctionDef) -> int:
    """How many statements a function has. A model is read again for other parameters, its text is the same."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function))
