"""Make a Hypothesis state machine from a model. Hypothesis runs and shrinks it; the interpreter decides what happens.

A rule for each action, and for each process at each control point; a rule can be drawn where it has a step. Arguments
and choices are what Hypothesis prints: `state.put(k=3, v=0)`, `state.mutator(g=1, choices=(2, None))`. A printed call
is code that runs; a call of a step that is not possible does nothing, and without `choices` it takes the first that are
possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, ClassVar

from hypothesis import currently_in_test_context, reject, target
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from checker.contract.task import select
from checker.engines.fuzz.coverage import Coverage
from checker.engines.fuzz.steps import Rule, Taken
from checker.engines.fuzz.strategies import Draw, Led
from checker.engines.fuzz.walk import Plan, ViolationFound, Walk
from checker.errors import UsageError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import Model
from checker.semantics import Step

CHOICES = "choices"

_RESERVED = frozenset({"self", "target", "targets", CHOICES})
"""Names of parameters that mean something to Hypothesis, or here."""


class ModelMachine(RuleBasedStateMachine):
    """A run of a model. What all machines that `machine` makes have in common; has no rules of its own."""

    plan: ClassVar[Plan]
    coverage: ClassVar[Coverage]
    """What all runs of this machine have taken."""
    shown: ClassVar[Counter[str]]
    """In how many runs each `@sometimes` was seen."""
    found: ClassVar[ViolationFound | None] = None
    """The violation that was found last: when a test has failed, the shrunken one that Hypothesis shows."""

    def __init__(self) -> None:
        self.walk = Walk(self.plan, self.coverage)
        self.drawn: Taken | None = None
        self._over = False
        super().__init__()

    def perform(self, name: str, arguments: tuple[Value, ...], choices: tuple[Value, ...] | None) -> None:
        """Take the step that was drawn, or else the first one with these arguments and choices, if it is possible."""
        taken, self.drawn = self.drawn, None
        if taken is None:
            wanted = Step(name, arguments, None, ())
            ways = self.walk.stepper.others(wanted, self.walk.state)
            found = next((each for each in ways if choices is None or each.step.choices == choices), None)
            taken = None if found is None else Taken(found, frozenset())
        if taken is not None:
            step = taken.transition.step
            chosen = next(each for each in self.plan.rules if (each.name, each.point) == (step.name, step.point))
            self.attempt(lambda: self.walk.take(chosen, taken))

    def attempt(self, what: Callable[[], object]) -> None:
        """Do something that may show a violation, and keep it."""
        try:
            what()
        except ViolationFound as found:
            self._over = True
            type(self).found = found
            raise

    def teardown(self) -> None:
        """Judge the last state by what is not judged in every state, and count what the run has shown."""
        if not self._over:
            self.attempt(self.walk.end)
        self.shown.update(self.walk.shown)
        if currently_in_test_context():
            target(float(len(self.walk.seen)), label="states seen in one run")
            target(float(len(self.walk.fired)), label="rules taken in one run")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def machine(model: Model | type[Model] | Program, properties: Collection[str] = ()) -> type[ModelMachine]:
    """The state machine of a model: of an instance, which fixes parameters, a class, or a program. Judges the named
    properties, or all but lemmas; `no_failure` comes along. `machine(model).TestCase` is a test for pytest and
    unittest."""
    program = _program(model)
    endless = next((each.name for each in program.temporal if each.name in properties), None)
    if endless is not None:
        problem = f"'{endless}' speaks of whole behaviours, and a random run ends"
        raise UsageError("U003", problem, "`evacheck verify` decides it.")
    plan = Plan(program, select(program, properties))
    name = program.model.rpartition(":")[2].rpartition(".")[2] + "Machine"
    body: dict[str, object] = {
        "__doc__": program.doc,
        "__module__": __name__,
        "plan": plan,
        "coverage": Coverage(program),
        "shown": Counter(),
        "begin": _begin(plan),
        "nothing_can_happen": _rest(plan),
    }
    for number, each in enumerate(plan.rules):
        method = _method(each)
        body[f"_rule_{number}"] = _as_rule(each, method)
        body[method.__name__] = method  # what is printed can be called, wherever the process stands
    return type(name, (ModelMachine,), body)


def _program(model: Model | type[Model] | Program) -> Program:
    if isinstance(model, Program):
        return model
    return compile_program(model() if isinstance(model, type) else model)


def _begin(plan: Plan) -> object:
    """The rule that runs `init`, with its choices as an argument if it makes any."""

    def begin(self: ModelMachine, choices: tuple[Value, ...] | None = None) -> None:
        taken, self.drawn = self.drawn, None
        if taken is None:
            initial = self.walk.stepper.initial()
            found = next((each for each in initial if choices is None or each.step.choices == choices), None)
            if found is None:
                reject()
            taken = Taken(found, frozenset())
        self.attempt(lambda: self.walk.start(taken))

    drawn: dict[str, Any] = {CHOICES: _beginning()} if plan.init_chooses else {}
    made: Any = initialize(**drawn)
    return made(begin)


def _rest(plan: Plan) -> object:
    """The rule that is drawn where nothing can happen: it says whether that is a deadlock."""

    def nothing_can_happen(self: ModelMachine) -> None:
        self.attempt(self.walk.stuck)

    def is_so(self: ModelMachine) -> bool:
        return not any(self.walk.possible(each) for each in plan.rules)

    made: Any = rule()
    return made(precondition(is_so)(nothing_can_happen))


def _method(drawn: Rule) -> Callable[..., None]:
    """What a rule does, by the name of its action or process."""
    names = _arguments(drawn)

    def method(self: ModelMachine, **given: Any) -> None:
        unknown = sorted(set(given) - {*names, CHOICES})
        missing = [name for name in names if name not in given]
        if unknown or missing:
            raise TypeError(f"{drawn.name} takes {', '.join(names) or 'no arguments'}, and may take {CHOICES}")
        self.perform(drawn.name, tuple(given[name] for name in names), given.get(CHOICES))

    method.__name__ = drawn.name + ("_" if hasattr(ModelMachine, drawn.name) else "")
    method.__doc__ = f"Take a step of {drawn.name}."
    return method


def _as_rule(drawn: Rule, method: Callable[..., None]) -> object:
    """The rule that Hypothesis draws: it is possible where the model says so, and gets its arguments all at once."""

    def act(self: ModelMachine, **given: Any) -> None:
        method(self, **given)

    def is_possible(self: ModelMachine) -> bool:
        return self.walk.possible(drawn)

    act.__name__ = method.__name__
    names = sorted([*_arguments(drawn), *([CHOICES] if drawn.chooses else [])])  # Hypothesis draws them in this order
    strategies: dict[str, Any] = {name: _part(drawn, name, name == names[0]) for name in names}
    made: Any = rule(**strategies)
    return made(precondition(is_possible)(act))


def _arguments(drawn: Rule) -> tuple[str, ...]:
    """What the parameters of a rule are called in Python."""
    return tuple(each.name + ("_" if each.name in _RESERVED else "") for each in drawn.parameters)


@st.composite
def _part(draw: Draw, drawn: Rule, name: str, first: bool) -> Value:
    """One argument of a step, or its choices. The first one that is asked for draws the whole step."""
    self: ModelMachine = draw(st.runner())
    if first:
        self.drawn = self.walk.draw(drawn, Led(draw))
        if self.drawn is None:
            reject()
    assert self.drawn is not None
    step = self.drawn.transition.step
    return step.choices if name == CHOICES else step.arguments[_arguments(drawn).index(name)]


@st.composite
def _beginning(draw: Draw) -> Value:
    """The choices of an outcome of `init`."""
    self: ModelMachine = draw(st.runner())
    self.drawn = self.walk.stepper.begin(Led(draw))
    if self.drawn is None:
        reject()
    return self.drawn.transition.step.choices
