"""Random small models as Python source, so that the front end is exercised and what fails prints as runnable Python.

`models()` draws sources. `compiled(source)` registers a source with `linecache`, executes it as a module of its own and
compiles its model. A model is well typed by construction but for rare cases (an integer that could leave 62 bits, say);
these are refused with a code in REFUSALS, and tests pass over them. Any other refusal is a bug of this module or of the
front end.
"""

from __future__ import annotations

import hashlib
import itertools
import linecache
import sys
import types as python_types
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from checker.lang.compile import compile_program
from checker.lang.ir import Program
from checker.lang.model import Model
from checker.lang.types import ArrayType, OptType, SeqType
from tests.support.random_expressions import Expressions, Helper, Nothing, Readable, Scope
from tests.support.random_statements import INDENT, Body, Flow, Statements
from tests.support.random_types import BOOLEAN, Kind, Source, Types, set_of, starts_as_member

REFUSALS = frozenset({"E209", "E211", "E214", "E306", "E307", "E313"})
"""What a random model may be refused for: a helper that changes what is in use around its call, or what place is changed; a
value that can never be; integers too large; a set over too large a type."""
SYMMETRIC_REFUSALS = REFUSALS | {"E402", "E403", "E404", "E405", "E406"}
"""The same where there are interchangeable members, and something could tell them apart."""

HEAD = """\
from enum import Enum

from checker.lang import (
    Array, Bool, Model, Opt, Range, Record, Seq, SetOf, Var, action, always, choose, final, process, require, sometimes,
)

"""


@dataclass(frozen=True)
class RandomModel:
    """The source of a module that defines one model, `Drawn`."""

    text: str

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"\n{self.text}")  # how Hypothesis shows it

    @property
    def name(self) -> str:
        """The name of the module."""
        return f"random_model_{hashlib.sha256(self.text.encode()).hexdigest()[:12]}"

    def module(self) -> python_types.ModuleType:
        """The module, executed once."""
        if self.name in sys.modules:
            return sys.modules[self.name]
        file = f"<{self.name}>"
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(keepends=True), file)
        module = python_types.ModuleType(self.name)
        sys.modules[self.name] = module
        exec(compile(self.text, file, "exec"), module.__dict__)
        return module

    def model(self) -> type[Model]:
        """The model class."""
        drawn = self.module().Drawn
        assert issubclass(drawn, Model)
        return drawn

    def program(self) -> Program:
        """The model, compiled. Raises ModelError."""
        return compile_program(self.model()())


@dataclass
class _Draft:
    """A model being drawn."""

    source: Source
    types: Types
    expressions: Expressions
    statements: Statements
    variables: list[Readable] = field(default_factory=list)
    helpers: list[Helper] = field(default_factory=list)
    subs: list[Helper] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    yields: bool = True

    def scope(self, *more: Readable, chooses: int = 0, helpers: bool = True) -> Scope:
        """What a method can use. It may contain so many `choose`s."""
        known = tuple(self.helpers) if helpers else ()
        return Scope((*self.variables, *more), known, chooses > 0, [chooses])

    def method(self, head: str, body: Body, mark: str | None = None) -> None:
        """Add a method."""
        self.lines += ["", *([INDENT + mark] if mark else []), INDENT + head]
        self.lines += [2 * INDENT + line for line in body.lines or ["pass"]]


def models(members: int | None = None, processes: int = 2) -> st.SearchStrategy[RandomModel]:
    """Models with at most so many processes; with a symmetric type `Peer` of so many members, if `members` is given."""
    return st.randoms(use_true_random=True).map(lambda random: drawn(random, members, processes))


def drawn(random: Random, members: int | None = None, processes: int = 2) -> RandomModel:
    """The model that follows from the state of `random`."""
    source = Source(random)
    kinds = Types(source, members)
    expressions = Expressions(source, kinds, map(str, itertools.count(1)))
    draft = _Draft(source, kinds, expressions, Statements(expressions, kinds))
    for number in range(1 + source.below(4)):
        kind = kinds.symmetric() if members is not None and number == 0 else kinds.variable()
        if number > 0 and source.chance(4):
            cousin = kinds.cousin(source.pick(draft.variables).kind)
            kind = kind if starts_as_member(cousin.type) else cousin
        draft.variables.append(Readable(f"self.x{number}", kind))
    for _ in range(source.below(3)):
        _helper(draft)
    if processes and source.chance(4):
        _sub(draft)
    if source.chance(2):
        source.careful = True
        scope = draft.scope(chooses=1 + source.below(2), helpers=False)
        draft.method("def init(self):", draft.statements.body(scope, Flow(guards=False), 1 + source.below(3), 1))
        source.careful = False
    number_of = source.below(processes + 1)
    for number in range(number_of):
        _process(draft, number)
    for number in range(source.below(2 + (number_of == 0)) + 1 + (number_of == 0)):
        _action(draft, number)
    _properties(draft)
    return RandomModel(_text(draft))


def _text(draft: _Draft) -> str:
    declared = [f"{INDENT}{line}" for line in draft.types.lines]
    variables = [f"{INDENT}{each.text.removeprefix('self.')} = Var({each.kind.text})" for each in draft.variables]
    lines = [*draft.types.heads, "class Drawn(Model):", *declared, *variables, *draft.lines]
    return HEAD + "\n" + "\n".join(lines) + "\n"


def _parameters(draft: _Draft, most: int) -> list[Readable]:
    """Parameters of at most 9 combinations of arguments."""
    found: list[Readable] = []
    total = 1
    for _ in range(draft.source.below(most + 1)):
        small = [
            kind
            for kind in (set_of(draft.source.pick(draft.types.scalars)), *draft.types.records)
            if kind.type.size <= 8
        ]
        kind = draft.source.pick([*draft.types.scalars, *draft.types.scalars, *small])
        total *= kind.type.size
        if total <= 9:
            found.append(Readable(draft.expressions.fresh("a"), kind, True))
    return found


def _heads(parameters: list[Readable], annotated: bool = True) -> str:
    """What stands between the parentheses. An Opt is always annotated: where None is given, it would be taken for no more."""
    return "".join(
        f", {each.text}: {each.kind.text}" if annotated or isinstance(each.kind.type, OptType) else f", {each.text}"
        for each in parameters
    )


def _returned(draft: _Draft) -> Kind:
    """What a helper may return."""
    kinds = draft.types.everything([each.kind for each in draft.variables])
    rows = (SeqType, ArrayType)  # written out, these are tuples until they are stored
    return draft.source.pick(
        [kind for kind in (BOOLEAN, *draft.types.scalars, *kinds) if not isinstance(kind.type, rows)]
    )


def _helper(draft: _Draft) -> None:
    source = draft.source
    pure = source.chance(2)
    returns = _returned(draft) if pure or source.chance(2) else None
    parameters = _parameters(draft, 2)
    scope = draft.scope(*parameters, chooses=0 if pure else source.below(2))
    if pure:
        scope = scope.looking()
    flow = Flow(changes=not pure, returns=returns, ends=returns is None)
    body = draft.statements.body(scope, flow, 1 + source.below(2), 2)
    if body.open and returns is not None:
        try:
            body.add(f"return {draft.expressions.value(returns, body.scope, 2, exact=True)}")
        except Nothing:
            return
    name = f"h{len(draft.helpers)}"
    draft.method(f"def {name}(self{_heads(parameters, source.chance(2))}):", body)
    draft.helpers.append(Helper(name, tuple(each.kind for each in parameters), returns, pure))


def _sub(draft: _Draft) -> None:
    """A helper that yields."""
    returns = draft.source.pick([None, draft.source.pick(draft.types.scalars)])
    parameters = _parameters(draft, 1)
    scope = draft.scope(*parameters, chooses=draft.source.below(2))
    flow = Flow(returns=returns, ends=returns is None, yields=True)
    body = draft.statements.body(scope, flow, 1 + draft.source.below(3), 1)
    draft.statements._yield(body, flow, 0) if body.open else None
    if not any(line.strip().startswith("yield") for line in body.lines):
        return
    if body.open and returns is not None:
        try:
            body.add(f"return {draft.expressions.value(returns, body.scope, 1, exact=True)}")
        except Nothing:
            return
    draft.method(f"def s0(self{_heads(parameters)}):", body)
    draft.subs.append(Helper("s0", tuple(each.kind for each in parameters), returns, False))


def _action(draft: _Draft, number: int) -> None:
    parameters = _parameters(draft, 2)
    scope = draft.scope(*parameters, chooses=draft.source.below(3))
    body = draft.statements.body(scope, Flow(ends=draft.source.chance(3)), 1 + draft.source.below(4), 2)
    draft.method(f"def act{number}(self{_heads(parameters)}):", body, "@action")


def _process(draft: _Draft, number: int) -> None:
    source = draft.source
    indices = [kind for kind in draft.types.scalars if kind.type.size <= 3]
    index = source.pick(indices) if indices and source.chance(2) else None
    own = [] if index is None else [Readable(draft.expressions.fresh("me"), index, True)]
    scope = draft.scope(*own, chooses=source.below(3))
    flow = Flow(ends=source.chance(2), yields=True, sub=tuple(draft.subs))
    body = draft.statements.body(scope, flow, 2 + source.below(4), 2)
    mark = "@process" if index is None else f"@process({index.text})"
    head = _heads(own, source.chance(2))
    if not any(line.strip().startswith("yield") for line in body.lines):
        body.lines.insert(0, 'yield "first"')
    draft.method(f"def proc{number}(self{head}):", body, mark)


def _properties(draft: _Draft) -> None:
    source = draft.source
    marks = ["always"] * source.below(3) + ["sometimes"] * source.below(2) + ["final"] * source.chance(4)
    for number, mark in enumerate(marks):
        scope = draft.scope().looking()
        body = Body([], scope)
        if source.chance(4):
            body = draft.statements.body(scope, Flow(changes=False, returns=BOOLEAN), 1, 1)
        try:
            if body.open:
                body.add(f"return {draft.expressions.condition(body.scope, 3)}")
        except Nothing:
            continue
        draft.method(f"def prop{number}(self):", body, f"@{mark}")
