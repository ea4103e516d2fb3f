"""Which properties are due in which state of a run. Decides none of them: the interpreter does.

A property is a function of the variables that it reads, so one whose variables are as they were need not be looked at
again. One that loops over much is looked at in every n-th state only, and in the last of each run: `period` says n,
from the size of its loops alone, so that the same seed always judges the same states. Where such a property is found
false, the states before are looked through, so that the trace ends where it first was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.contract.task import NO_FAILURE
from checker.engines.common.cost import AFFORDED, cost_of
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Program, Property, Stmt
from checker.ir.traverse import children, expressions, substatements
from checker.semantics import Interpreter, State, StepFailed
from checker.semantics.step import Failure

SELDOM = 64
"""The longest that a property goes unjudged, however much it costs."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One property, the places of the variables that it reads, and how often it is looked at."""

    property: Property
    reads: tuple[int, ...]
    period: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a property is worth in the state numbered `at` of a run."""

    name: str
    at: int
    value: bool | Failure


def judged(program: Program, properties: Iterable[str]) -> tuple[Watched, ...]:
    """What has to be looked at to decide these properties. NO_FAILURE asks whether all of them can be evaluated."""
    wanted = set(properties)
    all_of_them = NO_FAILURE in wanted
    return tuple(
        Watched(each, _reads(program, each.function), min(SELDOM, 1 + cost_of(program, each.function) // AFFORDED))
        for each in program.properties
        if each.name in wanted or (all_of_them and each.kind.traits.everywhere)
    )


class Watch:
    """Judges the states of one run as they come."""

    def __init__(self, interpreter: Interpreter, properties: Sequence[Watched]) -> None:
        self._interpreter = interpreter
        self._properties = properties
        self._looked: dict[str, tuple[int, tuple[object, ...]]] = {}
        self.judgements = 0

    def due(self, states: Sequence[State], last: bool = False) -> list[Opinion]:
        """What is to be said of the newest state; `last` asks for every property."""
        at = len(states) - 1
        found = []
        for each in self._properties:
            if at % each.period and not last:
                continue
            name, read = each.property.name, tuple(states[at][place] for place in each.reads)
            before, then = self._looked.get(name, (-1, None))
            if before == at or (then is not None and _same(then, read)):
                continue
            self._looked[name] = (at, read)
            opinion = self._opinion(name, states[at], at)
            if opinion.value is not _calm(each.property):
                opinion = self._earliest(each.property, states, before + 1, opinion)
            found.append(opinion)
        return found

    def _earliest(self, what: Property, states: Sequence[State], since: int, known: Opinion) -> Opinion:
        """The first state, of those nobody looked at, of which there is something to say."""
        for at in range(since, known.at):
            opinion = self._opinion(what.name, states[at], at)
            if opinion.value is not _calm(what):
                return opinion
        return known

    def _opinion(self, name: str, state: State, at: int) -> Opinion:
        self.judgements += 1
        try:
            return Opinion(name, at, self._interpreter.holds(name, state))
        except StepFailed as failed:
            return Opinion(name, at, failed.failure)


def _calm(what: Property) -> bool:
    """The value of which nothing is to be said."""
    return not what.kind.traits.witnessed


def _same(left: tuple[object, ...], right: tuple[object, ...]) -> bool:
    return all(one is other for one, other in zip(left, right, strict=True)) or left == right


def _reads(program: Program, function: Function) -> tuple[int, ...]:
    """The places of the variables that a property reads, itself or through helpers."""
    names: set[str] = set()
    called = {function.name}
    todo = [function]
    while todo:
        for expression in all_expressions(todo.pop().body):
            if isinstance(expression, ir.Variable):
                names.add(expression.name)
            elif isinstance(expression, ir.Call) and expression.function not in called:
                called.add(expression.function)
                todo.append(program.functions[expression.function])
    return tuple(place for place, declared in enumerate(program.variables) if declared.name in names)


def all_expressions(body: Iterable[Stmt]) -> Iterator[Expr]:
    """Every expression in a body of code, and all inside it, in no order."""
    todo: list[Expr] = []
    for statement in body:
        todo.extend(expressions(statement))
        yield from all_expressions(substatements(statement))
    while todo:
        expression = todo.pop()
        yield expression
        todo.extend(children(expression))
