"""Random small models as Python source, so that the front end is exercised and what fails prints as runnable Python.

`models()` draws sources. `compiled(source)` registers a source with `linecache`, executes it as a module of its own and
compiles its model. A model is well typed by construction but for rare cases (an integer that could leave 62 bits, say);
these are refused with a code in REFUSALS, and tests pass over them. Any other refusal is a bug of this module or of the
front end.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import linecache
import sys
import types as python_types
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from checker.errors import Problem
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.types import ArrayType, BoolType, EnumType, IntType, OptType, SeqType
from checker.lang.model import Model
from tests.support.random_expressions import Expressions, Helper, Nothing, Readable, Scope
from tests.support.random_points import Places
from tests.support.random_statements import INDENT, Body, Flow, Statements
from tests.support.random_types import BOOLEAN, INTEGER, Kind, Source, Types, set_of, starts_as_member
from tests.support.random_variants import Made, Variants

REFUSALS = frozenset({"E209", "E211", "E214", "E306", "E307", "E313"})
"""What a random model may be refused for: a helper that changes what is in use around its call, or what place is changed; a
value that can never be; integers too large; a set over too large a type."""
SYMMETRIC_REFUSALS = REFUSALS | {"E402", "E403", "E404", "E405", "E406"}
"""The same where there are interchangeable members, and something could tell them apart."""


def may_be_refused(problem: Problem, codes: frozenset[str]) -> bool:
    """Whether a random model may have this problem: one of these codes, or that a property looks at a point that the
    parameters, or a condition which is never true, make impossible."""
    return problem.code in codes or "stops at no" in problem.problem


HEAD = """\
from enum import Enum

from checker.lang import (
    Array, Bool, Model, Opt, Param, Range, Record, Seq, SetOf, Var, action, always, choose, final, lemma, process,
    require, sometimes,
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
    functions: list[str] = field(default_factory=list)  # lines of the module
    methods: list[Made] = field(default_factory=list)
    places: Places | None = None  # what properties say of where processes stand

    def scope(self, *more: Readable, chooses: int = 0, helpers: bool = True) -> Scope:
        """What a method can use. It may contain so many `choose`s."""
        known = tuple(helper for helper in self.helpers if helpers or helper.of_module)
        given = [Readable(f"self.{kind.text}", kind, True) for kind in self.types.parameters]
        return Scope((*self.variables, *given, *more), known, chooses > 0, [chooses])

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
    variants = source.below(3) if source.chance(2) else 0
    kinds = Types(source, members, variants > 0)
    expressions = Expressions(source, kinds, map(str, itertools.count(1)))
    draft = _Draft(source, kinds, expressions, Statements(expressions, kinds))
    for number in range(1 + source.below(4)):
        kind = kinds.symmetric() if members is not None and number == 0 else kinds.variable()
        if number > 0 and source.chance(4):
            cousin = kinds.cousin(source.pick(draft.variables).kind)
            kind = kind if starts_as_member(cousin.type) else cousin
        draft.variables.append(Readable(f"self.x{number}", kind))
    if processes and source.chance(2):
        draft.places = Places(expressions, kinds)
    for _ in range(source.below(2)):
        _function(draft)
    for _ in range(source.below(3)):
        _helper(draft)
    for number in range(1 + source.below(2) if processes and source.chance(2) else 0):
        _sub(draft, number)
    if source.chance(2):
        source.careful = True
        scope = draft.scope(chooses=1 + source.below(2), helpers=False)
        draft.method("def init(self):", draft.statements.body(scope, Flow(guards=False), 1 + source.below(3), 1))
        draft.methods.append(Made("init", "init", "", scope))
        source.careful = False
    number_of = source.below(processes + 1)
    for number in range(number_of):
        _process(draft, number)
    for number in range(source.below(2 + (number_of == 0)) + 1 + (number_of == 0)):
        _action(draft, number)
    _properties(draft)
    return RandomModel(_text(draft, variants))


def _text(draft: _Draft, variants: int) -> str:
    names = [*["Base", "Middle"][:variants], "Drawn"]
    declared = [f"{INDENT}{line}" for line in draft.types.lines]
    variables = draft.variables + (draft.places.variables if draft.places else [])
    state = [f"{INDENT}{each.text.removeprefix('self.')} = Var({each.kind.text})" for each in variables]
    lines = [*draft.types.heads, *draft.functions, f"class {names[0]}(Model):", *declared, *state, *draft.lines]
    drawn = Variants(draft.statements, draft.expressions, draft.places.needed if draft.places else set())
    for above, name in itertools.pairwise(names):
        own = [f"{INDENT}{line}" for line in draft.types.anew] if name == "Drawn" else []
        methods = drawn.lines(above, draft.methods)
        lines += ["", "", f"class {name}({above}):", *(own or methods or [f"{INDENT}pass"]), *(methods if own else [])]
    return HEAD + "\n" + "\n".join(lines) + "\n"


def _function(draft: _Draft) -> None:
    """A function of the module, with a default for its last parameter."""
    source = draft.source
    returns = source.pick([kind for kind in draft.types.scalars if isinstance(kind.type, (IntType, BoolType))])
    first, last = draft.expressions.fresh("a"), draft.expressions.fresh("a")
    default = source.below(4)
    body = source.pick(
        [
            f"{first} * {last}",
            f"max({first}, {last})",
            f"abs({first}) + {last}",
            f"({first} - {last} if {first} > {last} else 1)",
        ]
    )
    lines = []
    if source.chance(3):
        lines, body = [f"{INDENT}total = 0", f"{INDENT}for i in range(2):", f"{2 * INDENT}total += i * {body}"], "total"
    if isinstance(returns.type, IntType):
        body = f"({body}) % {returns.type.size} + {returns.type.lo}"
    else:
        body = f"{body} > 1"
    name = f"f{sum(helper.of_module for helper in draft.helpers)}"
    annotated = source.pick(["", ": Range(-9, 9)", ": int"])
    draft.functions += [f"def {name}({first}{annotated}, {last}={default}):", *lines, f"{INDENT}return {body}", "", ""]
    draft.helpers.append(Helper(name, (INTEGER, INTEGER), returns, True, 1, True))


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
    head, optional = _heads(parameters, source.chance(2)), 0
    if parameters and (default := _default(source, parameters[-1].kind)) is not None and source.chance(2):
        head, optional = f"{head} = {default}" if ":" in head.rpartition(",")[2] else f"{head}={default}", 1
    draft.method(f"def {name}(self{head}):", body)
    draft.helpers.append(Helper(name, tuple(each.kind for each in parameters), returns, pure, optional))
    draft.methods.append(Made(name, "", head, scope, returns, pure, own=tuple(parameters)))


def _default(source: Source, kind: Kind) -> str | None:
    """A default for a parameter: a number, a Bool, an enum member or None."""
    match kind.type:
        case IntType(lo=low, hi=high):
            return str(source.pick([low, high]))
        case BoolType():
            return source.pick(["False", "True"])
        case EnumType(name=name, members=members):
            return f"{name}.{source.pick(members)}"
        case OptType():
            return "None"
    return None


def _named_by_its_caller(body: Body) -> bool:
    """Let the caller of a helper say how its first named control point is called. Whether it has one."""
    for i, line in enumerate(body.lines):
        if line.strip().startswith('yield "'):
            body.lines[i] = f"{line[: line.index('yield')]}yield at"
            return True
    return False


def _sub(draft: _Draft, number: int) -> None:
    """A helper that yields; it may run those before it."""
    returns = draft.source.pick([None, draft.source.pick(draft.types.scalars)])
    parameters = _parameters(draft, 1)
    scope = draft.scope(*parameters, chooses=draft.source.below(2))
    flow = Flow(returns=returns, ends=returns is None, yields=True, sub=tuple(draft.subs))
    body = draft.statements.body(scope, flow, 1 + draft.source.below(3), 1)
    _runs_others(draft, body, flow)
    draft.statements._yield(body, flow, 0) if body.open else None
    if not any(line.strip().startswith("yield") for line in body.lines):
        return
    if body.open and returns is not None:
        try:
            body.add(f"return {draft.expressions.value(returns, body.scope, 1, exact=True)}")
        except Nothing:
            return
    if draft.places is not None:
        draft.places.mark(body)
    labelled = number % 2 == 0 and _named_by_its_caller(body)
    head = f"{_heads(parameters)}{', at: str' if labelled else ''}"
    draft.method(f"def s{number}(self{head}):", body)
    draft.subs.append(Helper(f"s{number}", tuple(each.kind for each in parameters), returns, False, labelled=labelled))
    made = Made(f"s{number}", "sub", head, scope, returns, yields=True, own=tuple(parameters), labelled=labelled)
    if draft.places is None:  # what an override yields is not marked
        draft.methods.append(made)


def _runs_others(draft: _Draft, body: Body, flow: Flow) -> None:
    """Let a body run one of the helpers that yield, now and then, if it does not."""
    if flow.sub and draft.source.chance(2) and not any("yield from" in line for line in body.lines) and body.open:
        with contextlib.suppress(Nothing):
            draft.statements._delegate(body, draft.source.pick(flow.sub))


def _action(draft: _Draft, number: int) -> None:
    parameters = _parameters(draft, 2)
    scope = draft.scope(*parameters, chooses=draft.source.below(3))
    body = draft.statements.body(scope, Flow(ends=draft.source.chance(3)), 1 + draft.source.below(4), 2)
    draft.method(f"def act{number}(self{_heads(parameters)}):", body, "@action")
    draft.methods.append(Made(f"act{number}", "action", _heads(parameters), scope, own=tuple(parameters)))


def _process(draft: _Draft, number: int) -> None:
    source = draft.source
    indices = [kind for kind in draft.types.scalars if kind.type.size <= 3]
    index = source.pick(indices) if indices and source.chance(2) else None
    own = [] if index is None else [Readable(draft.expressions.fresh("me"), index, True)]
    scope = draft.scope(*own, chooses=source.below(3))
    flow = Flow(ends=source.chance(2), yields=True, sub=tuple(draft.subs))
    body = draft.statements.body(scope, flow, 2 + source.below(4), 2)
    _runs_others(draft, body, flow)
    mark = "@process" if index is None else f"@process({index.text})"
    head = _heads(own, source.chance(2))
    if not any(line.strip().startswith("yield") for line in body.lines):
        body.lines.insert(0, 'yield "first"')
    if draft.places is not None:
        draft.places.stands(body, f"proc{number}", index, draft.scope(*own))
    draft.method(f"def proc{number}(self{head}):", body, mark)
    if draft.places is None:
        draft.methods.append(Made(f"proc{number}", "process", head, scope, yields=True, own=tuple(own)))


def _properties(draft: _Draft) -> None:
    source = draft.source
    marks = ["always"] * source.below(3) + ["sometimes"] * source.below(2)
    marks += ["final"] * (source.below(3) if source.chance(3) else 0)
    marks += ["lemma"] * (source.below(3) if source.chance(3) else 0)
    if draft.places is not None:
        marks.append("always")
    for number, mark in enumerate(marks):
        parameters = _parameters(draft, 2) if mark == "lemma" else []
        scope = draft.scope(*parameters).looking()
        body = Body([], scope)
        if source.chance(4):
            body = draft.statements.body(scope, Flow(changes=False, returns=BOOLEAN), 1, 1)
        try:
            if body.open:
                claims = [draft.expressions.condition(body.scope, 3)]
                if draft.places is not None and draft.places.known and source.chance(1 + (mark != "always")):
                    claims.append(draft.places.claim(body.scope))
                source.shuffle(claims)
                body.add(f"return {source.pick([' and ', ' or ']).join(f'({claim})' for claim in claims)}")
        except Nothing:
            continue
        draft.method(f"def prop{number}(self{_heads(parameters)}):", body, f"@{mark}")
        draft.methods.append(Made(f"prop{number}", mark, _heads(parameters), scope, own=tuple(parameters)))


def of_lines(body: str) -> RandomModel:
    """A model with these lines in its class."""
    return RandomModel(f"{HEAD}\nclass Drawn(Model):\n{body}")
