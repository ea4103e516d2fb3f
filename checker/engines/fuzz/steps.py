"""The steps of a program as rules that can be drawn: which are possible in a state, and one of them at random.

A rule is an action, or a process at one control point. Where a state has few steps of a rule, all are listed and one is
drawn: exact. Where they are many, arguments are drawn from their types and choices as the interpreter asks for them;
when a `require` is false, the last choice is drawn anew, and the one before it when no member is left. Everything runs
on the reference interpreter; nothing is remembered between states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from itertools import islice, product
from math import prod

from checker.engines.fuzz.strategies import Chance, member
from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Function, Process, Program
from checker.ir.traverse import conditions, expressions, walk, walk_expressions
from checker.ir.types import Type, Value
from checker.semantics import Interpreter, State, Step, Transition
from checker.semantics.choices import Choices, Odometer, search
from checker.semantics.expressions import Frame
from checker.semantics.statements import Execution, Leave
from checker.semantics.step import INIT, Impossible, StepFailed

FEW_RUNS = 48
"""How many runs of a rule in one state are tried before it counts as one with many."""

MOST_REDRAWS = 400
"""How many runs, beside one for each choice made, a draw may take until it gives up."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What can be drawn: an action, or a process at a control point. `wide`: too many arguments to try them all."""

    name: str
    point: str | None
    parameters: tuple[ir.Parameter, ...]
    chooses: bool
    wide: bool
    span: Span

    def __hash__(self) -> int:
        """Rules are looked up at each step, and the hash of a type is that of all that it is made of."""
        return hash((self.name, self.point))

    def __str__(self) -> str:
        return self.name if self.point is None else f"{self.name} at {self.point}"


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that can be taken, and the bodies of code that it goes through, by identity."""

    transition: Transition
    bodies: frozenset[int]


@dataclass
class Used:
    """The arguments that a run has given to its steps, by their type, and in how many draws of four it gives one of
    them again: drawn for each run, when first asked for."""

    share: int | None = None
    values: dict[Type, list[Value]] = field(default_factory=dict)

    def note(self, rule: Rule, step: Step) -> None:
        """Remember the arguments of a step: later ones may mean the same thing."""
        for each, value in zip(rule.parameters, step.arguments, strict=True):
            known = self.values.setdefault(each.type, [])
            if value not in known:
                known.append(value)


def rules(program: Program) -> tuple[Rule, ...]:
    """Every rule of a program, actions first, in the order of the model."""
    found = []
    choosing = _choosing(program)
    for action in program.actions:
        wide = prod(each.type.size for each in action.parameters) > FEW_RUNS
        found.append(Rule(action.name, None, action.parameters, _chooses(action.body, choosing), wide, action.span))
    for process in program.processes:
        index = () if process.index is None else (process.index,)
        wide = prod(each.type.size for each in index) > FEW_RUNS
        body = tuple(statement for block in process.blocks for statement in block.body)
        asked = [each for block in process.blocks for each in conditions(block.end)]
        chooses = _chooses(body, choosing) or any(_asks(each, choosing) for each in asked)
        for point in process.points:
            if point.block is not None:
                found.append(Rule(process.name, point.label, index, chooses, wide, process.span))
    return tuple(found)


def init_chooses(program: Program) -> bool:
    """Whether `init` may choose."""
    return program.init is not None and _chooses(program.init.body, _choosing(program))


class Nowhere(Enum):
    """Why a model has no initial state, if that is known."""

    UNKNOWN = "unknown"
    REFUSED = "refused"  # `init` refuses all that it can choose
    FAILED = "failed"  # `init` fails with some of it, and refuses the rest


class Stepper(Interpreter):
    """The interpreter, with runs whose choices are drawn, and which say through which code they went."""

    def listed(self, rule: Rule, state: State) -> list[Taken] | None:
        """Every step of a rule in a state, in order; None if there are too many to list."""
        if not self.within(state):
            return []
        if rule.wide:
            return None
        tried = list(islice(self._runs(rule, state), FEW_RUNS + 1))
        return None if len(tried) > FEW_RUNS else [each for each in tried if each is not None]

    def possible(self, rule: Rule, state: State) -> bool | None:
        """Whether a rule has a step in a state; None if that would take too long to say."""
        if not self.within(state):
            return False
        if rule.wide:
            return None
        tried = 0
        for found in islice(self._runs(rule, state), FEW_RUNS + 1):
            if found is not None:
                return True
            tried += 1
        return None if rule.wide or tried > FEW_RUNS else False

    def draw(self, rule: Rule, state: State, chance: Chance, used: Used) -> Taken | None:
        """One step of a rule at random, without listing them; None if none was found within MOST_REDRAWS runs. An
        argument may be one of those `used`."""
        left = MOST_REDRAWS if self.within(state) else 0
        while left > 0:
            arguments = self._drawn_arguments(rule, state, chance, used)
            if arguments is None:
                return None
            found, tried = search(partial(self._attempt, rule, arguments, state), chance.below, left)
            if found is not None:
                return found
            left -= tried
        return None

    def begin(self, chance: Chance) -> Taken | None:
        """An outcome of `init` at random; None if none was found within MOST_REDRAWS runs."""
        run = partial(self._run, Step(INIT, (), None, ()), self._defaults, self._init)
        return search(run, chance.below, MOST_REDRAWS)[0]

    def begins_nowhere(self) -> Nowhere:
        """Whether `init` is known to have no outcome that is a state: after MOST_REDRAWS of them nobody says so."""
        odometer, nowhere = Odometer(), Nowhere.REFUSED
        for _ in range(MOST_REDRAWS):
            taken = self._run(Step(INIT, (), None, ()), self._defaults, self._init, odometer)
            if taken is not None and taken.transition.state is not None:
                return Nowhere.UNKNOWN
            if taken is not None:
                nowhere = Nowhere.FAILED
            if not odometer.advance():
                return nowhere
        return Nowhere.UNKNOWN

    def owner(self, rule: Rule) -> Function | Process:
        """The action or process of a rule."""
        return self._actions[rule.name] if rule.point is None else self._processes[rule.name]

    def _arguments(self, rule: Rule, state: State) -> Iterable[tuple[Value, ...]]:
        """All arguments of a rule in rank order; of a wide rule, the first ones only."""
        owner = self.owner(rule)
        if isinstance(owner, Process):
            every = [()] if owner.index is None else [(value,) for value in owner.index.type.values()]
            return (arguments for arguments in every if self._label(owner, arguments, state) == rule.point)
        return product(*(islice(each.type.values(), FEW_RUNS + 1) for each in rule.parameters))

    def _drawn_arguments(self, rule: Rule, state: State, chance: Chance, used: Used) -> tuple[Value, ...] | None:
        """Arguments at random; of a process, one of the instances that stand at the point, or None."""
        if rule.point is None:
            return tuple(self._argument(each.type, chance, used) for each in rule.parameters)
        standing = list(self._arguments(rule, state))
        found: tuple[Value, ...] | None = member(chance, standing) if standing else None
        return found

    @staticmethod
    def _argument(kind: Type, chance: Chance, used: Used) -> Value:
        known = used.values.get(kind)
        if used.share is None:
            used.share = chance.below(4)
        return member(chance, known) if known and chance.below(4) < used.share else chance.value(kind)

    def _runs(self, rule: Rule, state: State) -> Iterator[Taken | None]:
        """Run a rule with all arguments and choices, in order; None for each run that is impossible."""
        for arguments in self._arguments(rule, state):
            odometer = Odometer()
            while True:
                yield self._attempt(rule, arguments, state, odometer)
                if not odometer.advance():
                    break

    def _attempt(self, rule: Rule, arguments: tuple[Value, ...], state: State, choices: Choices) -> Taken | None:
        owner = self.owner(rule)
        if isinstance(owner, Process):
            assert rule.point is not None
            run = self._process(owner, arguments, rule.point)
            assert run is not None
        else:
            run = self._action(owner, arguments)
        return self._run(Step(rule.name, arguments, rule.point, ()), state, run, choices)

    def _run(self, step: Step, state: State, run: Callable[[Execution], None], choices: Choices) -> Taken | None:
        execution = _Followed(self.program, self._positions, list(state), choices)
        try:
            run(execution)
        except Impossible:
            return None
        except StepFailed as failed:
            step = Step(step.name, step.arguments, step.point, choices.taken())
            return Taken(Transition(step, None, failed.failure), frozenset(execution.bodies))
        step = Step(step.name, step.arguments, step.point, choices.taken())
        return Taken(Transition(step, tuple(execution.state), None), frozenset(execution.bodies))


class _Followed(Execution):
    """An execution that remembers through which bodies of code it went."""

    __slots__ = ("bodies",)

    def __init__(self, program: Program, positions: Mapping[str, int], state: list[Value], choices: Choices) -> None:
        super().__init__(program, positions, state, choices)
        self.bodies: set[int] = set()

    def _body(self, body: Sequence[ir.Stmt], frame: Frame) -> Leave:
        self.bodies.add(id(body))
        return super()._body(body, frame)


def _choosing(program: Program) -> frozenset[str]:
    """The helpers that may choose, themselves or through others."""
    found: set[str] = set()
    while True:
        more = {each.name for each in program.functions.values() if _chooses(each.body, found)} - found
        if not more:
            return frozenset(found)
        found |= more


def _chooses(body: tuple[ir.Stmt, ...], choosing: frozenset[str] | set[str]) -> bool:
    return any(_asks(outer, choosing) for statement in walk(body) for outer in expressions(statement))


def _asks(expression: ir.Expr, choosing: frozenset[str] | set[str]) -> bool:
    return any(
        isinstance(inner, ir.Choose) or (isinstance(inner, ir.Call) and inner.function in choosing)
        for inner in walk_expressions(expression)
    )
