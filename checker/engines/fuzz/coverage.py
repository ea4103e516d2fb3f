"""How often each rule was taken, which code was never reached, and which share of a small model's states was seen.

Counts what runs report; runs nothing, except that `whole` lists the states of a small model to measure against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.engines.fuzz.steps import Rule, Taken, rules
from checker.engines.fuzz.watching import all_expressions
from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Program, Stmt
from checker.ir.traverse import conditions, substatements
from checker.semantics import Interpreter, State
from checker.semantics.explore import explore

Edge = tuple[State, State]


@dataclass(frozen=True, slots=True)
class Fired:
    """How often a rule was taken, how often it failed, and how often it was drawn without a step being found."""

    rule: Rule
    times: int
    failed: int
    refused: int
    runs: int
    """In how many runs it was taken."""


@dataclass(frozen=True, slots=True)
class Share:
    """What runs have seen of all that there is."""

    states: int
    all_states: int
    edges: int
    all_edges: int


@dataclass(frozen=True, slots=True)
class Whole:
    """Every reachable state of a model, and every pair of a state and a next one."""

    states: frozenset[State]
    edges: frozenset[Edge]

    def share(self, states: Iterable[State], edges: Iterable[Edge]) -> Share:
        """How much of it these are."""
        seen, gone = frozenset(states), frozenset(edges)
        assert seen <= self.states and gone <= self.edges, "a run left the reachable states"
        return Share(len(seen), len(self.states), len(gone), len(self.edges))


def whole(program: Program, limit: int) -> Whole | None:
    """All states and edges, by the interpreter; None if there are more than `limit` states, or twenty times as many
    steps. States that a failing property leads to are as good as others here."""
    states: set[State] = set()
    edges: set[Edge] = set()
    tried = 0
    for each in explore(Interpreter(program)):
        state = each.transition.state
        tried += each.origin is not None
        if state is not None:
            states.add(state)
            if each.origin is not None:
                edges.add((each.origin, state))
        if tried > 20 * limit or len(states) > limit:
            return None
    return Whole(frozenset(states), frozenset(edges))


@dataclass(frozen=True, slots=True)
class Branch:
    """A way that an `if`, `for` or `while` can go, or a stretch of a process: where it begins and what owns it."""

    owner: str
    span: Span


@dataclass
class Coverage:
    """What the runs of one program have taken so far."""

    program: Program
    times: Counter[Rule] = field(default_factory=Counter)
    failed: Counter[Rule] = field(default_factory=Counter)
    refused: Counter[Rule] = field(default_factory=Counter)
    runs: Counter[Rule] = field(default_factory=Counter)
    bodies: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rules = rules(self.program)
        self._branches = dict(_branches(self.program))

    def note(self, rule: Rule | None, taken: Taken) -> None:
        """A step was taken, or `init` run (None)."""
        self.bodies |= taken.bodies
        if rule is not None:
            self.times[rule] += 1
            if taken.transition.failure is not None:
                self.failed[rule] += 1

    def fired(self) -> tuple[Fired, ...]:
        """What there is to say of each rule, in the order of the model."""
        return tuple(
            Fired(each, self.times[each], self.failed[each], self.refused[each], self.runs[each]) for each in self.rules
        )

    def never(self) -> tuple[Rule, ...]:
        """The rules that no run has taken."""
        return tuple(each for each in self.rules if not self.times[each])

    def branches(self) -> tuple[int, int]:
        """How many branches the steps went through, and how many there are."""
        return sum(1 for each in self._branches if each in self.bodies), len(self._branches)

    def never_entered(self) -> tuple[Branch, ...]:
        """The branches that no step went through, in the order of the source; a place stands once."""
        missing = {branch for body, branch in self._branches.items() if body not in self.bodies}
        entered = {branch.span for body, branch in self._branches.items() if body in self.bodies}
        return tuple(sorted((each for each in missing if each.span not in entered), key=lambda each: each.span))


def _branches(program: Program) -> Iterator[tuple[int, Branch]]:
    """Every body of code that a step can go through or not, by identity. Empty ones are all the same object: left
    out."""
    called = _reached_by_steps(program)
    for function in (*program.actions, *(program.functions[name] for name in sorted(called))):
        yield from _inner(function.name, function.body)
    if program.init is not None:
        yield from _inner(program.init.name, program.init.body)
    for process in program.processes:
        for block in process.blocks:
            if block.body:
                yield id(block.body), Branch(process.name, block.body[0].span)
            yield from _inner(process.name, block.body)


def _inner(owner: str, body: Iterable[Stmt]) -> Iterator[tuple[int, Branch]]:
    for statement in body:
        for inner in _bodies(statement):
            if inner:
                yield id(inner), Branch(owner, inner[0].span)
        yield from _inner(owner, substatements(statement))


def _bodies(statement: Stmt) -> tuple[tuple[Stmt, ...], ...]:
    match statement:
        case ir.If(then=then, otherwise=otherwise):
            return then, otherwise
        case ir.For(body=body) | ir.While(body=body):
            return (body,)
        case _:
            return ()


def _reached_by_steps(program: Program) -> frozenset[str]:
    """The helpers that steps and `init` call, themselves or through others."""
    todo: list[Iterable[Stmt]] = [action.body for action in program.actions]
    todo.extend(block.body for process in program.processes for block in process.blocks)
    if program.init is not None:
        todo.append(program.init.body)
    ends = [block.end for process in program.processes for block in process.blocks]
    todo.append([ir.Require(each.span, each) for end in ends for each in conditions(end)])
    found: set[str] = set()
    while todo:
        for name in _calls(todo.pop()) - found:
            found.add(name)
            todo.append(program.functions[name].body)
    return frozenset(found)


def _calls(body: Iterable[Stmt]) -> set[str]:
    return {each.function for each in all_expressions(body) if isinstance(each, ir.Call)}
