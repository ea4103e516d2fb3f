"""Small faults in a model's steps: each makes a mutant, and it says something which of them no property notices.

Changed are `init`, actions, processes and helpers, as the model's own text says them, one place at a time. Properties
stay as they are: a change that would be seen in one is left out. Prints nothing.
"""

from __future__ import annotations

import ast
import linecache
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from checker.check import check, select
from checker.contract.task import BUILT_IN, Budget, Engine, Outcome, Task
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.engines.common.clock import INTERRUPTED
from checker.errors import ModelError
from checker.frontend.load import compile_model
from checker.ir.nodes import BEFORE, Call, Function, Program
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import Value
from checker.lang.declare import TEMPORAL, MarkKind
from checker.lang.model import Method, Model, outline
from checker.mutation.faults import Fault, Finder, is_readable, told_apart
from checker.semantics import Interpreter, State
from checker.source import Source, shown_path, source_of

MOST_STATES = 20_000
"""States up to which the behaviours of a mutant are laid beside the model's own."""

PATIENCE = 10
"""The model itself gets so many times what each mutant gets: all are held against its verdicts."""

_JUDGING = (MarkKind.ALWAYS, MarkKind.LEMMA, MarkKind.SOMETIMES, MarkKind.FINAL, *TEMPORAL)


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"  # a verdict is another than the model's
    UNNOTICED = "unnoticed"  # every verdict is the model's
    EQUIVALENT = "equivalent"  # and so are all its states and steps: here it is the same model
    UNDECIDED = "undecided"  # no verdict is another, and one is open


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed model: the place in a file, the line before and after, and its program."""

    file: str
    line: int
    owner: str
    kind: str
    before: str
    after: str
    program: Program


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant and what became of it: the property that killed it with its new verdict; or why it is undecided, or was
    not compared."""

    mutant: Mutant
    fate: Fate
    by: str = ""
    verdict: Verdict | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoMutant:
    """A change that makes no mutant: the front end does not take it, or a property would say something else."""

    why: str


def mutants_of(model: type[Model], parameters: Mapping[str, Value]) -> Iterator[Mutant | NoMutant]:
    """Every mutant of a model, in the order of its methods."""
    program = compile_model(model, parameters)
    shared = _judging(program)
    for method in outline(model).methods.values():
        if method.mark is not None and method.mark.kind in _JUDGING:
            continue
        source = source_of(method.function)
        text = "".join(linecache.getlines(source.file, method.function.__globals__)).encode()
        for fault in _faults(method, source, text):
            changed = fault.put_into(text)
            if is_readable(changed):
                made = _made(model, parameters, program, source.file, fault, changed)
                if isinstance(made, Mutant) and method.name in shared:
                    made = NoMutant("a property would change")
                if made is not None:
                    yield made
    if len(program.actions) + len(program.processes) > 1:
        for action in program.actions:
            left = tuple(each for each in program.actions if each is not action)
            shown = f"def {action.name}(...)"
            mutated = replace(program, actions=left)
            yield Mutant(action.span.file, action.span.line, action.name, "step dropped", shown, "left out", mutated)


def _faults(method: Method, source: Source, text: bytes) -> list[Fault]:
    finder = _Finder(source, text, method.name)
    for statement in source.node.body:
        finder.visit(statement)
    return told_apart(finder.found)


def _made(
    model: type[Model], parameters: Mapping[str, Value], program: Program, file: str, fault: Fault, text: bytes
) -> Mutant | NoMutant | None:
    """The mutant that a fault makes; None if it is the same program: the place is not used."""
    try:
        with _reading(file, text.decode()):
            changed = compile_model(model, parameters)
    except ModelError as error:
        return NoMutant(error.problems[0].code)
    if changed == program:
        return None
    shown = shown_path(file)
    return Mutant(shown, fault.line, fault.function, fault.kind, fault.before, fault.after, changed)


@contextmanager
def _reading(file: str, text: str) -> Iterator[None]:
    """The front end reads this text for a file inside: lines of a model in memory, as a notebook has them."""
    before = linecache.cache.get(file)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    try:
        yield
    finally:
        if before is None:
            del linecache.cache[file]
        else:
            linecache.cache[file] = before


def _judging(program: Program) -> set[str]:
    """The names of the helpers that properties call. Told by name, not by what a property is compiled to: that says
    which points there are, and a mutant may have one less."""
    helpers: dict[str, Function] = {}
    todo = [judged.function for judged in (*program.properties, *program.steps)]
    todo += [judged.function for judged in program.temporal]
    while todo:
        for statement in walk(todo.pop().body):
            for outer in expressions(statement):
                for each in walk_expressions(outer):
                    if isinstance(each, Call) and (name := each.function.removeprefix(BEFORE)) not in helpers:
                        helpers[name] = program.functions[name]
                        todo.append(helpers[name])
    return {each.name for each in helpers.values()}


class _Finder(Finder):
    """Faults of a step: a guard dropped, an assignment forgotten, operands exchanged, a step less."""

    def __init__(self, source: Source, text: bytes, name: str) -> None:
        super().__init__(source.file, text, name)
        self._globals = source.globals

    def visit_Expr(self, node: ast.Expr) -> None:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        guard = isinstance(called, ast.Name) and called.id == "require"
        if isinstance(node.value, ast.Yield):
            self.note("yield dropped", node, "pass")
        elif isinstance(node.value, (ast.Call, ast.YieldFrom)):
            self.note("guard dropped" if guard else "statement dropped", node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.note("assignment dropped", node, "pass")
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self.note("return dropped", node, "pass")
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield) -> None:
        """The name of a point is left alone."""

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not isinstance(node.op, (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)):
            self.note_changed("operands exchanged", node, ast.BinOp(node.right, node.op, node.left))
        super().visit_BinOp(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
            self.note_changed("operands exchanged", node, ast.Compare(node.comparators[0], node.ops, [node.left]))
        super().visit_Compare(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Another member of an enum."""
        found: Any = self._globals.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if isinstance(found, type) and issubclass(found, Enum) and node.attr in found.__members__:
            members = list(found)
            other = members[(members.index(found[node.attr]) + 1) % len(members)]
            self.note_changed("constant", node, ast.Attribute(node.value, other.name, node.ctx))
        self.generic_visit(node)


class Trial:
    """The verdicts of a model, against which its mutants are held. Raises what `check` raises."""

    def __init__(self, program: Program, engine: Engine, budget: Budget, properties: Sequence[str] = ()) -> None:
        self.program, self._engine, self._budget = program, engine, budget
        self._properties = select(program, properties)
        self._keep_going = False
        self.outcome = self._checked(program, PATIENCE)
        if any(isinstance(verdict, Violated) for verdict in self.outcome.verdicts.values()):
            self._keep_going = True  # the first violation is not news
            self.outcome = self._checked(program, PATIENCE)
        own = (name for name in self._properties if name not in BUILT_IN)
        self._before = {name: self.outcome.verdicts[name] for name in (*own, *BUILT_IN) if name in self._properties}
        self._behaviours: _Behaviours | None = None

    @property
    def open(self) -> list[str]:
        """The properties that nothing can be held against: their verdict is open."""
        return [name for name, verdict in self._before.items() if _gist(verdict) is None]

    def of(self, mutant: Mutant) -> Tried:
        """What becomes of a mutant."""
        try:
            after = self._checked(mutant.program).verdicts
        except ModelError as error:
            problem = error.problems[0]
            if problem.code == "E104":
                return Tried(mutant, Fate.KILLED, "E104", None, "it has no initial state")
            return Tried(mutant, Fate.UNDECIDED, reason=f"{problem.code} {problem.problem}")
        open_ = ""
        for name, verdict in self._before.items():
            before, now = _gist(verdict), _gist(after[name])
            if before is None:
                continue
            if now is None:
                open_ = open_ or name
            elif now != before:
                return Tried(mutant, Fate.KILLED, name, after[name])
        if open_:
            return Tried(mutant, Fate.UNDECIDED, open_, after[open_])
        why = self._difference(mutant.program)
        return Tried(mutant, Fate.EQUIVALENT if why is None else Fate.UNNOTICED, reason=why or "")

    def _checked(self, program: Program, times: int = 1) -> Outcome:
        seconds = self._budget.seconds
        budget = self._budget if seconds is None else replace(self._budget, seconds=seconds * times)
        task = Task(program, self._properties, budget, keep_going=self._keep_going, first_only=True)
        outcome = check(task, self._engine)
        if outcome.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        return outcome

    def _difference(self, program: Program) -> str | None:
        """None if a mutant has the model's states and steps; else "", or why that is not known."""
        if self._behaviours is None:
            self._behaviours = _Behaviours(self.program, self._budget.seconds)
        return self._behaviours.missing or self._behaviours.difference(program, self._budget.seconds)


class _Behaviours:
    """Every state of a small model and where its steps lead, by the interpreter."""

    def __init__(self, program: Program, seconds: float | None) -> None:
        self._variables = program.variables
        self._interpreter = Interpreter(program)
        self._next: dict[State, frozenset[object]] = {}
        self.missing = ""
        self._initial = frozenset(_leads(self._interpreter.initial()))
        end = None if seconds is None else time.monotonic() + seconds
        todo = _states(self._initial)
        while todo:
            state = todo.pop()
            if state in self._next:
                continue
            if len(self._next) >= MOST_STATES or (end is not None and time.monotonic() > end):
                self.missing = f"not compared with the model's own steps beyond {len(self._next):,} states"
                return
            self._next[state] = frozenset(_leads(self._interpreter.successors(state)))
            todo += _states(self._next[state])

    def difference(self, program: Program, seconds: float | None) -> str | None:
        """None if another program has the same initial states and, in each state reached, the same steps; else "", or
        why that is not known."""
        if program.variables != self._variables:
            return ""
        other = Interpreter(program)
        if frozenset(_leads(other.initial())) != self._initial:
            return ""
        end = None if seconds is None else time.monotonic() + seconds
        for state, steps in self._next.items():
            if end is not None and time.monotonic() > end:
                return "its steps were not all compared with the model's own: the time was over"
            if frozenset(_leads(other.successors(state))) != steps:
                return ""
        return None


def _leads(transitions: Iterator[Any]) -> Iterator[tuple[str, tuple[Value, ...], State | None, str]]:
    """Where steps lead, or how they fail, without what they chose on the way."""
    for each in transitions:
        failure = "" if each.failure is None else f"{each.failure.kind}: {each.failure.message}"
        yield each.step.name, each.step.arguments, each.state, failure


def _states(leads: frozenset[Any]) -> list[State]:
    return [state for _, _, state, _ in leads if state is not None]


def _gist(verdict: Verdict) -> bool | None:
    """Whether a property is as its author wants it; None if that is open."""
    match verdict:
        case Exhausted() | Proved() | Witnessed():
            return True
        case Violated() | Unreachable():
            return False
        case Bounded() | Sampled() | Unknown():
            return None


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants were killed, of those that differ from the model and were decided."""

    killed: int
    unnoticed: int
    equivalent: int
    undecided: int

    @property
    def counted(self) -> int:
        """Those that a property could have noticed."""
        return self.killed + self.unnoticed


def score(tried: Sequence[Tried]) -> Score:
    """The score of a model."""
    number = {fate: sum(1 for each in tried if each.fate is fate) for fate in Fate}
    return Score(number[Fate.KILLED], number[Fate.UNNOTICED], number[Fate.EQUIVALENT], number[Fate.UNDECIDED])
