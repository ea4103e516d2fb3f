"""One behaviour in the making: where it stands, which steps it can take, and what its states show.

Draws from whatever it is given; knows neither Hypothesis's engine nor how many behaviours there will be. It ends with
the exception `ViolationFound` as soon as it shows a violation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import assert_never

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, begins_outside
from checker.contract.trace import AT_STATE, AtState, End, Failing, Lasso, Trace
from checker.engines.fuzz.coverage import Coverage
from checker.engines.fuzz.known import Known, Prefix
from checker.engines.fuzz.steps import Rule, Stepper, Taken, Used, init_chooses, rules
from checker.engines.fuzz.strategies import Chance, member
from checker.engines.fuzz.watching import Opinion, Watch, Watched, judged
from checker.ir.nodes import Program
from checker.semantics import Failure, State, Step, StepFailed

_FRESH = (True, True, True, False)
"""Of steps that can all be listed, three times in four one that leads to a state new in this run, if there is any."""

MOST_LISTS = 5_000
"""Lists of steps that are remembered."""


class ViolationFound(AssertionError):  # a test that fails, to whoever runs it
    """A behaviour violates a property; `trace` shows it."""

    def __init__(self, name: str, trace: Trace, model: str) -> None:
        self.property = name
        self.trace = trace
        super().__init__(f"{model} violates '{name}' after {len(trace.steps)} steps{_why(trace.end)}")


def _why(end: End) -> str:
    match end:
        case Failing(_, failure):
            return f": {failure.message}"
        case AtState() | Lasso():
            return ""
        case _:
            assert_never(end)


class Plan:
    """What all runs of one program share: its rules, and which properties are judged when."""

    def __init__(self, program: Program, properties: Collection[str]) -> None:
        self.program = program
        self.properties = frozenset(properties)
        self.rules: tuple[Rule, ...] = rules(program)
        self.init_chooses = init_chooses(program)
        self.judged: tuple[Watched, ...] = judged(program, properties)
        self.of_steps = tuple(each.name for each in program.steps if each.name in self.properties)
        self.sometimes = {each.name for each in program.properties if each.kind.traits.witnessed}
        self._lists: dict[tuple[Rule, State], list[Taken] | None] = {}

    def listed(self, stepper: Stepper, rule: Rule, state: State) -> list[Taken] | None:
        """What `stepper` lists, remembered for a while: Hypothesis comes by the same states again when it shrinks."""
        key = rule, state
        if key not in self._lists:
            if len(self._lists) >= MOST_LISTS:
                self._lists.clear()
            self._lists[key] = stepper.listed(rule, state)
        return self._lists[key]


class Walk:
    """One run: a behaviour from an initial state on."""

    def __init__(self, plan: Plan, coverage: Coverage) -> None:
        self.plan = plan
        self.coverage = coverage
        self.stepper = Stepper(plan.program)
        self.states: list[State] = []
        self.steps: list[Step] = []
        self.seen: set[State] = set()
        self.shown: dict[str, int] = {}
        """The `@sometimes` that were true, and in which state first."""
        self.unjudged: dict[str, Failure] = {}
        """The properties that could not be evaluated in some state, and why."""
        self.fired: set[Rule] = set()
        self.initial_choices: tuple[object, ...] = ()
        self.taken_before = 0
        """How many of the steps were not taken by this run, but lead to where it began."""
        self._judge = Watch(self.stepper, plan.judged)
        self._possible: dict[Rule, bool | None] = {}
        self._listed: dict[Rule, list[Taken] | None] = {}
        self._used = Used()

    @property
    def state(self) -> State:
        """Where the run stands."""
        return self.states[-1]

    def begin(self, chance: Chance) -> bool:
        """Run `init`; False if there is no state to go on from. Raises ViolationFound as `take` does."""
        taken = self.stepper.begin(chance)
        if taken is not None:
            self.start(taken)
        return bool(self.states)

    def start(self, taken: Taken) -> None:
        """Begin with an outcome of `init`. Raises ViolationFound as `take` does."""
        self.coverage.note(None, taken)
        self.initial_choices = taken.transition.step.choices
        failure = taken.transition.failure
        if failure is None:
            assert taken.transition.state is not None
            if not self.stepper.within(taken.transition.state):
                raise begins_outside(self.plan.program, taken.transition.state)
            self._arrive(taken)
        elif NO_FAILURE in self.plan.properties:
            raise self._found(NO_FAILURE, Trace((), (), self.initial_choices, Failing(None, failure)))

    def go_on_from(self, prefix: Prefix) -> None:
        """Begin where this way leads: an earlier run has judged its states."""
        self.states, self.steps = list(prefix.states), list(prefix.steps)
        self.seen.update(prefix.states)
        self.initial_choices = prefix.choices
        self.taken_before = len(prefix.steps)
        wide = {(rule.name, rule.point): rule for rule in self.plan.rules if rule.wide}
        for step in prefix.steps:
            if (step.name, step.point) in wide:
                self._used.note(wide[step.name, step.point], step)

    def untried(self, known: Known) -> list[tuple[Rule, Taken]]:
        """The steps from here to states that no run has seen, and those that fail, of the rules with few steps."""
        fails = NO_FAILURE in self.plan.properties
        found = []
        for rule in self.plan.rules:
            for each in (self._list(rule) or ()) if self._possible.get(rule) is not False else ():
                state = each.transition.state
                if (fails and state is None) or (state is not None and state not in known):
                    found.append((rule, each))
        return found

    def _list(self, rule: Rule) -> list[Taken] | None:
        """Every step of a rule here; None if there are too many."""
        if rule not in self._listed:
            listed = self._listed[rule] = self.plan.listed(self.stepper, rule, self.state)
            self._possible[rule] = None if listed is None else bool(listed)
        return self._listed[rule]

    def possible(self, rule: Rule) -> bool:
        """Whether a rule may have a step here: False is certain, True may be refused when it is drawn."""
        if not self.states:
            return False
        if rule not in self._possible:
            if rule.chooses or rule.wide:
                self._possible[rule] = self.stepper.possible(rule, self.state)
            else:
                self._list(rule)  # as soon done, and `draw` will ask for it
        return self._possible[rule] is not False

    def draw(self, rule: Rule, chance: Chance) -> Taken | None:
        """A step of a rule, preferably to a state that this run has not seen; None if none was found. One that fails
        only if that is looked for: no run goes on from there."""
        failures = NO_FAILURE in self.plan.properties
        listed = self._list(rule)
        if listed is None:
            found = self.stepper.draw(rule, self.state, chance, self._used)
            if found is None:
                self.coverage.refused[rule] += 1
            return found if found is None or failures or found.transition.failure is None else None
        if not failures:
            listed = [each for each in listed if each.transition.failure is None]
        if not listed:
            return None
        fresh = [each for each in listed if each.transition.state not in self.seen]
        if fresh and len(fresh) < len(listed) and _FRESH[chance.below(len(_FRESH))]:
            listed = fresh
        taken: Taken = member(chance, listed)
        return taken

    def take(self, rule: Rule, taken: Taken) -> None:
        """Go on by a step that `draw` gave. Raises ViolationFound if it fails, or leads to a violation."""
        self.coverage.note(rule, taken)
        if rule not in self.fired:
            self.fired.add(rule)
            self.coverage.runs[rule] += 1
        step, failure = taken.transition.step, taken.transition.failure
        if failure is not None:
            if NO_FAILURE in self.plan.properties:
                raise self._found(NO_FAILURE, self._trace(len(self.states) - 1, Failing(step, failure)))
            return
        self.steps.append(step)
        if rule.wide:
            self._used.note(rule, step)
        self._arrive(taken)

    def stuck(self) -> bool:
        """Whether nothing can happen here. Raises ViolationFound if that is a deadlock."""
        if any(self.possible(rule) for rule in self.plan.rules):
            return False
        try:
            deadlock = self.stepper.deadlocked(self.state, False)
        except StepFailed as failed:
            self.unjudged.setdefault(NO_DEADLOCK, failed.failure)
            if NO_FAILURE in self.plan.properties:
                trace = self._trace(len(self.states) - 1, Failing(None, failed.failure))
                raise self._found(NO_FAILURE, trace) from failed
            return True
        if deadlock and NO_DEADLOCK in self.plan.properties:
            raise self._found(NO_DEADLOCK, self._trace(len(self.states) - 1))
        return True

    def end(self) -> None:
        """Judge the last state by all properties. Raises ViolationFound."""
        if self.states:
            self._hear(self._judge.due(self.states, last=True))

    def witness(self, name: str) -> Trace:
        """The beginning of this run, up to where a `@sometimes` was first true."""
        return self._trace(self.shown[name])

    def _arrive(self, taken: Taken) -> None:
        assert taken.transition.state is not None
        self.states.append(taken.transition.state)
        self.seen.add(taken.transition.state)
        self._possible.clear()
        self._listed.clear()
        self._judge_step()
        self._hear(self._judge.due(self.states))

    def _judge_step(self) -> None:
        """Hold the properties of steps against the newest step, or where the run begins. Raises ViolationFound."""
        for name in self.plan.of_steps:
            try:
                begun = len(self.states) > 1
                allowed = (
                    self.stepper.allows(name, *self.states[-2:]) if begun else self.stepper.begins(name, self.state)
                )
            except StepFailed as failed:
                self.unjudged.setdefault(name, failed.failure)
                continue
            if not allowed:
                raise self._found(name, self._trace(len(self.states) - 1))

    def _hear(self, opinions: Sequence[Opinion]) -> None:
        for each in sorted(opinions, key=lambda opinion: opinion.at):
            if isinstance(each.value, Failure):
                self.unjudged.setdefault(each.name, each.value)
                if NO_FAILURE in self.plan.properties:
                    raise self._found(NO_FAILURE, self._trace(each.at, Failing(None, each.value)))
            elif each.name in self.plan.sometimes:
                if each.value:
                    self.shown.setdefault(each.name, each.at)
            elif not each.value and each.name in self.plan.properties:
                raise self._found(each.name, self._trace(each.at))

    def _trace(self, at: int, end: End = AT_STATE) -> Trace:
        """The run up to the state numbered `at`, and how it ends there."""
        return Trace(tuple(self.states[: at + 1]), tuple(self.steps[:at]), self.initial_choices, end)

    def _found(self, name: str, trace: Trace) -> ViolationFound:
        return ViolationFound(name, trace, self.plan.program.model)
