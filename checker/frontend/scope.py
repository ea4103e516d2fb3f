"""What the front end knows while it reads one function: its names, their types so far, and the mistakes found.

Types of locals are inferred by reading the function again and again until nothing changes: a pass takes the types that
the pass before it ended with (`assumed`) and collects what is assigned now (`seen`). An integer that keeps growing
becomes a checked 40-bit integer (`wide`). Where every type that a pass was told is the one that it ended with (`told`),
another would read the same, and is left out: most functions are read once.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from checker.errors import Problem, Span, nearest
from checker.frontend import values
from checker.frontend.symbols import Symbols
from checker.ir import nodes as ir
from checker.ir.points import plain_name
from checker.ir.types import NEVER, NONE, IntType, NeverType, OptType, SymType, Type, join
from checker.lang import declare
from checker.lang.declare import FORMS, Form, Variable, is_form
from checker.lang.formulas import OPERATORS as KNOWN_OPERATORS
from checker.lang.formulas import Arithmetic, Parameter
from checker.source import Source

MISSING = object()
PASSES_BEFORE_WIDENING = 4
"""Passes in which the bounds of a local may grow; those that still do then are taken to be all integers, since a loop
that counts would let them grow for ever."""
RETURN = "return'"  # the name under which the type of what a function returns is inferred
ALWAYS_WRONG = frozenset({"E201", "E202", "E203", "E205", "E212", "E213"})  # also where nothing ever leads
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


BUILT_IN = ("abs", "all", "any", "bool", "frozenset", "int", "len", "max", "min", "range", "set", "sum")


class Refused(Exception):  # control flow, not an error
    """A mistake that has been reported; the expression around it is given up."""


@dataclass
class Assumption:
    """What one pass takes for granted."""

    types: dict[str, Type] = field(default_factory=dict)
    wide: frozenset[str] = frozenset()


class Scope:
    """One pass over one function."""

    def __init__(self, symbols: Symbols, source: Source, owner: type, assumption: Assumption) -> None:
        self.symbols = symbols
        self.source = source
        self.root = source  # `source` is another one while a helper is inlined
        self.owner = owner
        self.earlier: str | None = None  # the parameter of a @step that is the state before
        self.abstract: ir.Program | None = None  # what a method that is marked @implements returns a state of
        self.assumption = assumption
        self.seen: dict[str, Type] = {}
        self.told: list[tuple[str, Type]] = []  # what was answered of locals without a declared type
        self.declared: dict[str, Type] = {}
        self.assigned: set[str] | None = set()  # None: this place cannot be reached
        self.renamed: list[dict[str, str]] = []
        self.labels: dict[str, str] = {}  # parameters of an inlined helper that name its control points
        self.aliases: dict[str, Span] = {}  # locals that name a part of something else
        self.mutated: dict[str, Span] = {}  # locals that are changed in place
        self.called: set[str] = set()
        self.body: tuple[ir.Stmt, ...] = ()
        self.opened: list[Any] = []  # the blocks of a process
        self.problems: list[Problem] = []
        self.stored: dict[str, Span] = {}  # where a local was given a value last
        self.hollow: list[ast.AST] = []  # expressions that can have no value
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
        taken = name in self.local_names() or name in self.symbols.assigned_names(self.root)
        return name if number == 0 and not taken else f"{name}'{number + 1}"

    def local_names(self) -> set[str]:
        """Every plain name that the function assigns."""
        return self.symbols.assigned_names(self.source)

    def resolve_name(self, name: str) -> str:
        """The unique name of a local, given the comprehensions and inlined helpers around."""
        for names in reversed(self.renamed):
            if name in names:
                return names[name]
        return name

    def is_label(self, name: str) -> bool:
        """Whether `name` is a parameter that names a control point here."""
        return name in self.labels and not any(name in names for names in self.renamed)

    def is_local(self, name: str) -> bool:
        """Whether `name` is a parameter, a local, or a comprehension's variable here."""
        return any(name in names for names in self.renamed) or name in self.local_names()

    def is_state(self, node: ast.expr) -> bool:
        """Whether an expression is the model in some state: `self`, or in a @step what was before."""
        return isinstance(node, ast.Name) and (node.id == "self" or self.is_earlier(node))

    def is_earlier(self, node: ast.expr) -> bool:
        """Whether an expression is the model in the state before a step."""
        return self.earlier is not None and isinstance(node, ast.Name) and node.id == self.earlier

    def type_of(self, unique: str) -> Type:
        """The type of a local, as far as it is known."""
        if unique in self.declared:
            return self.declared[unique]
        kind = self._inferred(unique)
        self.told.append((unique, kind))
        return kind

    def _inferred(self, unique: str) -> Type:
        common = join(self.assumption.types.get(unique, NEVER), self.seen.get(unique, NEVER))
        return NEVER if common is None else common

    def returned_before(self) -> Type:
        """What the function returned in the pass before this."""
        kind = self.assumption.types.get(RETURN, NONE)
        self.told.append((RETURN, kind))
        return kind

    def is_settled(self, kinds: Mapping[str, Type]) -> bool:
        """Whether a pass that takes these types for granted, with which this one ended, would read the same."""
        return not self.problems and all(kinds.get(name, NEVER) == kind for name, kind in self.told)

    def store(self, node: ast.AST, unique: str, value: ir.Expr) -> ir.Expr:
        """Note that a local is assigned; returns the value as one of the local's type."""
        if unique in self.declared:
            kind = self.declared[unique]
        elif unique in self.assumption.wide:
            kind = values.WORD
        else:
            common = join(self._inferred(unique), value.type)
            if common is None:
                raise self._clash(node, unique, value.type)
            kind = common
            self.told.append((unique, kind))
        self.stored[unique] = self.span(node)
        known = join(self.seen.get(unique, NEVER), kind)
        self.seen[unique] = kind if known is None else known
        if self.assigned is not None:
            self.assigned.add(unique)
        converted = values.convert(value, kind, ir.Kind.STORE)
        if converted is None:
            raise self.mismatch(node, value.type, kind, None if unique == RETURN else ast.Name(plain_name(unique)))
        return converted

    def _clash(self, node: ast.AST, unique: str, found: Type) -> Refused:
        """Report that a local, or what a function returns, is of two unlike types."""
        before, here = values.describe(self.type_of(unique)), values.describe(found)
        if unique == RETURN:
            problem, remedy = f"the function returns {before} elsewhere, and here {here}", "Return values of one type."
        else:
            problem = f"{plain_name(unique)!r} holds {before} elsewhere, and here {here}"
            remedy = "Use another name for the other thing."
        return self.refuse("E302", node, problem, remedy)

    def mismatch(self, node: ast.AST, found: Type, wanted: Type, place: ast.expr | None = None) -> Refused:
        """Report that a value is of a wholly different type than the `place` it is for."""
        if isinstance(wanted, NeverType) and (self.problems or self.symbols.read.problems):
            return Refused()  # its type was refused
        inner = wanted.item if isinstance(wanted, OptType) else wanted
        whose = None if place is None else ast.unparse(place)
        if isinstance(found, IntType) and isinstance(inner, SymType):
            problem = f"a number would name a certain member of {inner.name}, whose members are interchangeable"
            if whose is not None:
                problem = f"{whose} takes members of {inner.name}, which are interchangeable: a number would name one"
            return self.refuse("E404", node, problem, "Use choose, or compare with a variable.")
        problem = f"{values.describe(found)} where {values.describe(wanted)} is expected"
        remedy = "Convert the value, or change the type of the variable."
        if whose is not None:
            problem = f"{whose} takes {values.describe(wanted)}, not {values.describe(found)}"
            remedy = f"Convert the value, or change the type of {whose}."
        return self.refuse("E302", node, problem, remedy)

    def convert(
        self, node: ast.AST, value: ir.Expr, kind: Type, reason: ir.Kind, place: ast.expr | None = None
    ) -> ir.Expr:
        """`value` as one of `kind`, with a check where it might not be; reports E302 if it never can be in `place`."""
        converted = values.convert(value, kind, reason)
        if converted is None:
            raise self.mismatch(node, value.type, kind, place)
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
            if self.is_state(node.value):
                return self.symbols.attribute(node.attr)
            return _member(self.static(node.value), node.attr)
        if isinstance(node, ast.Call) and is_form_call(self.static(node.func)):
            return self._form(node)
        return MISSING

    def _form(self, node: ast.Call) -> Any:
        """A type written in place, such as `Opt(self.Obj)`."""
        arguments = [self._form_argument(argument) for argument in node.args]
        keywords = {word.arg: self._form_argument(word.value) for word in node.keywords if word.arg}
        if MISSING in arguments or MISSING in keywords.values() or len(keywords) != len(node.keywords):
            problem = f"{ast.unparse(node)} is not fixed for a run"
            raise self.refuse("E310", node, problem, "A type's parts are types, parameters and constants.")
        try:
            return self.static(node.func)(*arguments, **keywords)
        except TypeError:
            maker = ast.unparse(node.func)
            remedy = f"Write {FORMS.get(maker.rpartition('.')[2], 'what the language has')}."
            raise self.refuse("E310", node, f"{ast.unparse(node)} is not a type", remedy) from None

    def _form_argument(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._operation("-", 0, self._form_argument(operand))
            case ast.BinOp(op=op, left=left, right=right):
                symbol = "**" if isinstance(op, ast.Pow) else OPERATORS.get(type(op), "?")
                return self._operation(symbol, self._form_argument(left), self._form_argument(right))
        return self.static(node)

    def _operation(self, symbol: str, left: Any, right: Any) -> Any:
        known = symbol in KNOWN_OPERATORS and left is not MISSING and right is not MISSING
        return Arithmetic(symbol, left, right) if known else MISSING

    def form(self, node: ast.expr) -> Type | None:
        """The type that `node` names, or None."""
        found = self.static(node)
        known = found is not MISSING and is_form(found)
        return self.symbols.resolve(found, span=self.span(node)) if known else None

    def annotation(self, node: ast.expr) -> Type | None:
        """The type that an annotation names, or None."""
        return self.symbols.annotation_type(self.source, self.owner, node)

    def constant(self, node: ast.AST, value: Any) -> ir.Const | None:
        """A Python constant as an expression, or None if it is not one of the language."""
        kind = values.constant_type(value)
        return None if kind is None else ir.Const(self.span(node), kind, value)

    def nearest(self, name: str) -> str | None:
        """The nearest thing that a plain name could stand for: of the model, of the function, of the module."""
        near = self.symbols.nearest(name)
        if near == name:
            return f"self.{name}"
        public = (known for known in self.source.globals if not known.startswith("_"))
        plain = [*self.local_names(), *public, *BUILT_IN]
        close = nearest(name, [*plain, *([near] if near else [])])
        return close if close is None or close in plain else f"self.{close}"

    # what never happens

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For code that these parameters never reach: its misspellings count, and nothing else of it does."""
        tables: tuple[dict[str, Any], ...] = (self.seen, self.declared, self.aliases, self.mutated, self._numbers)
        kept = [dict(table) for table in tables]
        called, assigned = set(self.called), None if self.assigned is None else set(self.assigned)
        own, shared, hollow = len(self.problems), len(self.symbols.read.problems), len(self.hollow)
        yield
        found = [problem for problem in self.problems[own:] if problem.code in ALWAYS_WRONG]
        for table, before in zip(tables, kept, strict=True):
            table.clear()
            table.update(before)
        self.called, self.assigned = called, assigned
        self.problems[own:] = found
        del self.symbols.read.problems[shared:], self.hollow[hollow:]


def _member(owner: Any, name: str) -> Any:
    """An attribute of a module, class or enum, as Python has it."""
    if owner is MISSING or isinstance(owner, (int, Parameter, Variable, Form)):
        return MISSING
    try:
        return getattr(owner, name, MISSING)
    except Exception:  # a property of the user's that fails: nothing that a model can name
        return MISSING


FORM_MAKERS = (declare.Range, declare.Opt, declare.Array, declare.SetOf, declare.Seq, declare.Record)


def is_form_call(function: Any) -> bool:
    """Whether calling `function` makes a type."""
    return any(function is maker for maker in FORM_MAKERS)


def settle(read: Callable[[Assumption], Scope]) -> Scope:
    """Read a function until the types of its locals no longer change; returns the last pass."""
    assumption, before = Assumption(), dict[str, Type]()
    for number in range(64):
        scope = read(assumption)
        kinds = {name: scope.type_of(name) for name in scope.seen}
        if kinds == assumption.types or (number < PASSES_BEFORE_WIDENING and scope.is_settled(kinds)):
            return scope
        wide = set(assumption.wide)
        if number >= PASSES_BEFORE_WIDENING:
            for name, kind in kinds.items():
                if isinstance(kind, IntType) and kind != assumption.types.get(name):
                    wide.add(name)
                    kinds[name] = values.WORD
        before, assumption = assumption.types, Assumption(kinds, frozenset(wide))
    kinds = {name: scope.type_of(name) for name in scope.seen}
    growing = [name for name, kind in kinds.items() if kind != before.get(name)]
    for name in [name for name in growing if plain_name(name) in scope.local_names()] or growing:
        what = "what this returns" if name == RETURN else repr(plain_name(name))
        remedy = "Give it a type where it starts: `seen: SetOf(Obj) = set()`."
        place = scope.stored.get(name, scope.span(scope.source.node))
        scope.problems.append(Problem("E307", place, f"the type of {what} keeps growing", remedy))
    return scope
