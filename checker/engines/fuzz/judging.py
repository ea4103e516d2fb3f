"""Which properties are due in which state of a run. Decides none of them: the interpreter does.

A property is a function of the variables that it reads, so one whose variables are as they were need not be looked at
again. One that loops over much is looked at in every n-th state only, and in the last of each run: `period` says n,
from the size of its loops alone, so that the same seed always judges the same states. Where such a property is found
false, the states before are looked through, so that the trace ends where it first was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.engine import NO_FAILURE
from checker.lang import ir
from checker.lang.ir import Expr, Function, Program, Property, PropertyKind, Stmt
from checker.lang.traverse import children, expressions, substatements
from checker.lang.types import ArrayType, SeqType, SetType, TupleType, Type
from checker.semantics import Interpreter, State, StepFailed
from checker.semantics.step import Failure

AFFORDED = 6_000
"""Parts of expressions that judging one property may evaluate in each state, about: some milliseconds."""

SELDOM = 64
"""The longest that a property goes unjudged, however much it costs."""

_LONG = 2
"""How many items a sequence is taken to have: most hold far fewer than they could."""


@dataclass(frozen=True, slots=True)
class Judged:
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


def judged(program: Program, properties: Iterable[str]) -> tuple[Judged, ...]:
    """What has to be looked at to decide these properties. NO_FAILURE asks whether all of them can be evaluated."""
    wanted = set(properties)
    kinds = {PropertyKind.ALWAYS, PropertyKind.SOMETIMES} if NO_FAILURE in wanted else set()
    return tuple(
        Judged(each, _reads(program, each.function), min(SELDOM, 1 + _cost_of(program, each.function) // AFFORDED))
        for each in program.properties
        if each.name in wanted or each.kind in kinds
    )


def effort(program: Program, name: str) -> int:
    """How much judging a property costs, in multiples of what is afforded in each state."""
    return sum(
        _cost_of(program, each.function) // AFFORDED for each in program.properties if name in (each.name, NO_FAILURE)
    )


class Judge:
    """Judges the states of one run as they come."""

    def __init__(self, interpreter: Interpreter, properties: Sequence[Judged]) -> None:
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
    return what.kind is not PropertyKind.SOMETIMES


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


def _cost_of(program: Program, function: Function) -> int:
    """About how many parts of expressions judging a property evaluates, if no loop of it ends early."""
    costs: dict[str, int] = {}

    def called(name: str) -> int:
        if name not in costs:
            costs[name] = body(program.functions[name].body)
        return costs[name]

    def body(statements: Iterable[Stmt]) -> int:
        return sum(statement(each) for each in statements)

    def statement(each: Stmt) -> int:
        own = 1 + sum(cost(expression) for expression in expressions(each))
        inner = body(substatements(each))
        return own + inner * (_length(each.generator.domain.type) if isinstance(each, ir.For) else 1)

    def cost(expression: Expr) -> int:
        if isinstance(expression, ir.Comprehension):
            return 1 + rounds(expression.body, expression.generators)
        own = called(expression.function) if isinstance(expression, ir.Call) else 0
        return 1 + own + sum(cost(each) for each in children(expression))

    def rounds(inner: Expr, generators: Sequence[ir.Generator]) -> int:
        if not generators:
            return cost(inner)
        first, *rest = generators
        condition = 0 if first.condition is None else cost(first.condition)
        return cost(first.domain) + _length(first.domain.type) * (condition + rounds(inner, rest))

    parameters = 1
    for each in function.parameters:
        parameters *= each.type.size
    return parameters * body(function.body)


def _length(domain: Type) -> int:
    """About how many rounds a loop over a domain has."""
    match domain:
        case SetType(item=item):
            return max(1, item.size)
        case ArrayType(index=index):
            return index.size
        case SeqType(capacity=capacity):
            return min(capacity, _LONG)
        case TupleType(parts=parts):
            return len(parts)
        case _:
            raise AssertionError(domain)
