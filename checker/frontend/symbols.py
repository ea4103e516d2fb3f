"""What the front end asks of a model while it reads one function: what names mean. A protocol, and no answer.

`compile.Compiler` gives the answers; scopes know no more of it than this, so that reading a function needs no model.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from checker.errors import Problem, Span
from checker.ir import nodes as ir
from checker.ir.types import Type
from checker.lang.model import Method
from checker.source import Source


@dataclass
class Read:
    """What reading the whole model has given so far."""

    problems: list[Problem] = field(default_factory=list)
    hollow: list[Span] = field(default_factory=list)  # expressions without a value, for which no mistake was found
    called: set[str] = field(default_factory=set)


class CallReader(Protocol):
    """Whoever reads a call of a helper: it may refuse it, and notes whom it called."""

    called: set[str]

    def refuse(self, code: str, node: ast.AST, problem: str, remedy: str) -> Exception:
        """Note a mistake; raise what comes back to give up the expression."""
        ...


class Symbols(Protocol):
    """What names mean in one model with its parameters fixed."""

    read: Read
    asked: dict[str, set[frozenset[str]]]
    """Of each process: the names of points that some `.at(...)` means."""

    # names of the class

    def attribute(self, name: str) -> Any:
        """What `self.name` is, if it is fixed for a run or a variable; else MISSING."""
        ...

    def variable(self, found: Any) -> ir.Declared | None:
        """The variable of the state that a declaration made."""
        ...

    def parameter_value(self, found: Any) -> Any:
        """What a parameter, or a formula of parameters, is in this run; anything else as it is."""
        ...

    def method(self, name: str) -> Method | None:
        """A method of the model."""
        ...

    def parent_method(self, name: str, owner: type) -> Method | None:
        """What `super().name` is in a method that `owner` defines."""
        ...

    def nearest(self, name: str) -> str | None:
        """The name of the model most like `name`."""
        ...

    # types

    def resolve(self, form: object, name: str | None = None, span: Span | None = None) -> Type:
        """The type that a form stands for under these parameters."""
        ...

    def annotation(self, source: Source, method: Method, name: str) -> Type | None:
        """The declared type of a function's parameter."""
        ...

    def annotation_type(self, source: Source, owner: type, node: ast.expr) -> Type | None:
        """The type that an annotation in a function of class `owner` names."""
        ...

    # processes, as properties see them

    def is_process(self, name: str) -> bool:
        """Whether a method of this name is a process."""
        ...

    def seen_process(self, name: str) -> ir.Process | None:
        """A process, as properties see it; None as long as steps are being read."""
        ...

    def hidden_type(self, name: str) -> Type:
        """The type of a variable that keeps a point or a local."""
        ...

    # functions

    def source(self, method: Method) -> Source:
        """A method's syntax tree."""
        ...

    def assigned_names(self, source: Source) -> set[str]:
        """Parameters and plain names that a function assigns, outside comprehensions."""
        ...

    def instance(
        self, scope: CallReader, node: ast.AST, method: Method, bound: Sequence[ir.Expr]
    ) -> ir.Function | None:
        """A helper, read for the types of these arguments."""
        ...

    def changes_state(self, expression: ir.Expr) -> bool:
        """Whether a helper that an expression calls changes the state."""
        ...
