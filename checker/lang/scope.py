"""What the front end knows while it reads one function: its names, their types so far, and the mistakes found.

Types of locals are inferred by reading the function again and again until nothing changes: a pass takes the types that
the pass before it ended with (`assumed`) and collects what is assigned now (`seen`). An integer that keeps growing
becomes a checked 40-bit integer (`wide`).
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from checker.errors import Problem, Span
from checker.lang import declare, ir, values
from checker.lang.declare import Parameter, Variable, is_form
from checker.lang.source import Source
from checker.lang.types import BOOL, NEVER, NONE, EnumType, IntType, Type, join

if TYPE_CHECKING:
    from checker.lang.compile import Compiler

MISSING = object()
PASSES_BEFORE_WIDENING = 4


class Refused(Exception):  # noqa: N818 - control flow, not an error
    """A mistake that has been reported; the expression around it is given up."""


@dataclass
class Assumption:
    """What one pass takes for granted."""

    types: dict[str, Type] = field(default_factory=dict)
    wide: frozenset[str] = frozenset()


class Scope:
    """One pass over one function."""

    def __init__(self, compiler: Compiler, source: Source, owner: type, assumption: Assumption) -> None:
        self.compiler = compiler
        self.source = source
        self.owner = owner
        self.assumption = assumption
        self.seen: dict[str, Type] = {}
        self.declared: dict[str, Type] = {}
        self.assigned: set[str] | None = set()  # None: this place cannot be reached
        self.renamed: list[dict[str, str]] = []
        self.aliases: dict[str, Span] = {}  # locals that name a part of something else
        self.mutated: dict[str, Span] = {}  # locals that are changed in place
        self.called: set[str] = set()
        self.body: tuple[ir.Stmt, ...] = ()
        self.opened: list[Any] = []  # the blocks of a process
        self.returns: Type = NEVER
        self.problems: list[Problem] = []
        self._numbers: dict[str, int] = {}

    # mistakes

    def report(self, code: str, node: ast.AST, problem: str, remedy: str) -> None:
        """Note a mistake and go on."""
        self.problems.append(Problem(code, self.span(node), problem, remedy))

    def refuse(self, code: str, node: ast.AST, problem: str, remedy: str) -> Refused:
        """Note a mistake; raise what comes back to give up the expression."""
        self.report(code, node, problem, remedy)
        return Refused()

    def span(self, node: ast.AST) -> Span:
        """Where `node` stands."""
        return self.source.span(node)

    # names

    def fresh(self, name: str) -> str:
        """A name for a local that no other local of the function has."""
        number = self._numbers.get(name, 0)
        self._numbers[name] = number + 1
        return name if number == 0 and name not in self.local_names() else f"{name}'{number + 1}"

    def local_names(self) -> set[str]:
        """Every plain name that the function assigns."""
        return self.compiler.assigned_names(self.source)

    def resolve_name(self, name: str) -> str:
        """The unique name of a local, given the comprehensions and inlined helpers around."""
        for names in reversed(self.renamed):
            if name in names:
                return names[name]
        return name

    def is_local(self, name: str) -> bool:
        """Whether `name` is a parameter, a local, or a comprehension's variable here."""
        return any(name in names for names in self.renamed) or name in self.local_names()

    def type_of(self, unique: str) -> Type:
        """The type of a local, as far as it is known."""
        if unique in self.declared:
            return self.declared[unique]
        common = join(self.assumption.types.get(unique, NEVER), self.seen.get(unique, NEVER))
        return NEVER if common is None else common

    def store(self, node: ast.AST, unique: str, value: ir.Expr) -> ir.Expr:
        """Note that a local is assigned; returns the value as one of the local's type."""
        if unique in self.declared:
            kind = self.declared[unique]
        elif unique in self.assumption.wide:
            kind = values.WORD
        else:
            common = join(self.type_of(unique), value.type)
            if common is None:
                raise self.refuse(
                    "E302",
                    node,
                    f"{unique!r} holds {values.describe(self.type_of(unique))} elsewhere, and here {value.type}",
                    "Use another name for the other thing.",
                )
            kind = common
        known = join(self.seen.get(unique, NEVER), kind)
        self.seen[unique] = kind if known is None else known
        if self.assigned is not None:
            self.assigned.add(unique)
        converted = values.convert(value, kind, ir.Kind.STORE)
        if converted is None:
            raise self.mismatch(node, value.type, kind)
        return converted

    def mismatch(self, node: ast.AST, found: Type, wanted: Type) -> Refused:
        """Report that a value is of a wholly different type."""
        return self.refuse(
            "E302",
            node,
            f"{values.describe(found)} where {values.describe(wanted)} is expected",
            "Convert the value, or change the type of the variable.",
        )

    def convert(self, node: ast.AST, value: ir.Expr, kind: Type, reason: ir.Kind) -> ir.Expr:
        """`value` as one of `kind`, with a check where it might not be; reports E302 if it never can."""
        converted = values.convert(value, kind, reason)
        if converted is None:
            raise self.mismatch(node, value.type, kind)
        return converted

    # what is known before the model runs

    def static(self, node: ast.expr) -> Any:
        """The Python object that `node` names, if it is a parameter, a type, a constant or a function; or MISSING."""
        if isinstance(node, ast.Name):
            if self.is_local(node.id):
                return MISSING
            if node.id in self.source.globals:
                return self.source.globals[node.id]
            return getattr(builtins, node.id, MISSING)
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                return self.compiler.attribute(node.attr)
            owner = self.static(node.value)
            if owner is MISSING or isinstance(owner, (int, Parameter, Variable)):
                return MISSING
            return getattr(owner, node.attr, MISSING)
        if isinstance(node, ast.Call) and is_form_call(self.static(node.func)):
            return self._form(node)
        return MISSING

    def _form(self, node: ast.Call) -> Any:
        """A type written in place, such as `Opt(self.Obj)`."""
        arguments = [self._form_argument(argument) for argument in node.args]
        keywords = {word.arg: self._form_argument(word.value) for word in node.keywords if word.arg}
        if MISSING in arguments or MISSING in keywords.values():
            return MISSING
        return self.static(node.func)(*arguments, **keywords)

    def _form_argument(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        return self.static(node)

    def form(self, node: ast.expr) -> Type | None:
        """The type that `node` names, or None."""
        found = self.static(node)
        return self.compiler.resolve(found) if found is not MISSING and is_form(found) else None

    def constant(self, node: ast.AST, value: Any) -> ir.Const | None:
        """A Python constant as an expression, or None if it is not one of the language."""
        span = self.span(node)
        if isinstance(value, bool):
            return ir.Const(span, BOOL, value)
        if isinstance(value, Enum):
            return ir.Const(span, EnumType(type(value).__name__, tuple(type(value))), value)
        if isinstance(value, int):
            return ir.Const(span, IntType(value, value), value) if abs(value) < values.LIMIT else None
        return ir.Const(span, NONE, None) if value is None else None


FORM_MAKERS = (declare.Range, declare.Opt, declare.Array, declare.SetOf, declare.Seq)


def is_form_call(function: Any) -> bool:
    """Whether calling `function` makes a type."""
    return any(function is maker for maker in FORM_MAKERS)


def settle(read: Callable[[Assumption], Scope]) -> Scope:
    """Read a function until the types of its locals no longer change; returns the last pass."""
    assumption = Assumption()
    for number in range(64):
        scope = read(assumption)
        kinds = {name: scope.type_of(name) for name in scope.seen}
        if kinds == assumption.types:
            return scope
        wide = set(assumption.wide)
        if number >= PASSES_BEFORE_WIDENING:
            for name, kind in kinds.items():
                if isinstance(kind, IntType) and kind != assumption.types.get(name):
                    wide.add(name)
                    kinds[name] = values.WORD
        assumption = Assumption(kinds, frozenset(wide))
    problem = f"the types of {', '.join(sorted(kinds))} keep growing"
    scope.report("E307", scope.source.node, problem, "Annotate the local that grows: `total: Range(0, 9) = 0`.")
    return scope
