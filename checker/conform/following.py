"""Decide whether a model takes the steps that a real system took, from each state that was reported to the next.

The steps come with the choices that the environment made, so there is nothing to search: each of them is run from the
state before, and what comes of it is compared with the state that was reported, variable by variable. The interpreter
has the last word.
What a model keeps for its properties alone, nobody can report; those variables go on as the model says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checker.conform.emitted import Emitted, Refused
from checker.errors import EngineBug, Span
from checker.ir.nodes import Call, Const, Program
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step, Transition
from counterexamples.explain.changes import Fact, differences

Seen = Mapping[str, Value] | Callable[[State], Mapping[str, Value]]
"""What the real system reported: the values of some variables of the model. Where the model can say one thing in two
ways, a function makes of the state that the model has reached the values in its way, if they say what was reported."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A real step that the model does not take. `allowed` is what the model does instead, None if it refuses the step;
    `real` is the reported state (unreported variables are the model's), None if the first step is refused. Each of
    `different` names a place, with the model's value as `old` and the real one as `new`; empty if there is no state."""

    step: Step | None
    before: State | None
    allowed: Transition | None
    real: State | None
    different: tuple[Fact, ...]

    @property
    def problem(self) -> str:
        """What is wrong, in one sentence."""
        if self.allowed is None:
            return "the model refuses the step"
        if self.allowed.failure is not None:
            return f"the step fails in the model: {self.allowed.failure.message}"
        first = self.different[0]
        return f"{first.subject} is {first.old} in the model, and really {first.new}"


_NOWHERE = Span("", 0, 0)
_NOTHING = Step("", (), None, ())


class Follower:
    """Follows one real system, from its first report on. `state` is where it is now. `emitted`, the program's steps as
    plain Python, takes them faster; what it does not confirm is for the interpreter. `starts` keeps what `init` gives
    with the same choices, for all followers of a program."""

    def __init__(
        self,
        program: Program,
        emitted: Emitted | None = None,
        starts: dict[tuple[Value, ...], Transition | None] | None = None,
    ) -> None:
        self.program = program
        self._starts = {} if starts is None else starts
        self._emitted = emitted
        self._interpreter = Interpreter(program)
        self._places = {declared.name: place for place, declared in enumerate(program.variables)}
        self.state: State = ()
        self.last = _NOTHING
        """The last step that was followed."""

    def start(self, choices: tuple[Value, ...], seen: Seen) -> Mismatch | None:
        """Begin in the state that `init` gives and the first report confirms."""
        if choices not in self._starts:
            self._starts[choices] = self._interpreter.start(choices)
        return self._judged(None, None, self._starts[choices], seen)

    def follow(self, step: Step, seen: Seen) -> Mismatch | None:
        """Take a step; None if it leads to what was reported. Raises EngineBug where the interpreter differs from the
        emitted steps."""
        fast = None if self._emitted is None else self._emitted.run(self.state, step)
        if self._emitted is not None and fast is not None and fast == self._told(fast, seen):
            if self._emitted.is_due(step.name):
                found = self._interpreter.run(self.state, step)
                if found is None or found.state != fast:
                    raise EngineBug(f"the emitted step {step.name} differs from the interpreter's")
            self.state, self.last = fast, step
            return None
        return self._judged(step, self.state, self._interpreter.run(self.state, step), seen)

    def follow_one(self, steps: Iterable[Step], seen: Seen) -> Mismatch | None:
        """Take that one of some steps, which differ in choices that nobody reported, that leads to what was reported;
        the mismatch of the first that is possible, or of the first at all, if none does."""
        kept: Mismatch | None = None
        for step in steps:
            mismatch = self.follow(step, seen)
            if mismatch is None:
                return None
            if kept is None or (kept.allowed is None and mismatch.allowed is not None):
                kept = mismatch
        assert kept is not None
        return kept

    def stay(self, seen: Seen) -> Mismatch | None:
        """Nothing was to change; None if nothing did."""
        return self._judged(None, None, Transition(_NOTHING, self.state, None), seen)

    def answer(self, helper: str, *arguments: Value) -> Value:
        """What a helper of the model, which only reads, gives in the present state."""
        if self._emitted is not None:
            try:
                return self._emitted.answer(helper, arguments, self.state)
            except Refused:
                pass  # the interpreter says what is wrong
        function = self.program.functions[helper]
        pairs = zip(function.parameters, arguments, strict=True)
        given = tuple(Const(_NOWHERE, each.type, value) for each, value in pairs)
        return self._interpreter.evaluate(Call(_NOWHERE, function.returns, helper, given), self.state)

    def _judged(self, step: Step | None, before: State | None, found: Transition | None, seen: Seen) -> Mismatch | None:
        """Compare, and go on to the state found if there is nothing to be said against it."""
        reached = None if found is None else found.state
        told = reached or before
        if told is None:
            return Mismatch(step, before, found, None, ())
        real = self._told(told, seen)
        if real == reached:
            self.state, self.last = reached, step or self.last
            return None
        return Mismatch(step, before, found, real, self._different(reached, real))

    def _told(self, state: State, seen: Seen) -> State:
        """A state with what was reported in it."""
        values = list(state)
        for name, value in (seen(state) if callable(seen) else seen).items():
            values[self._places[name]] = value
        return tuple(values)

    def _different(self, reached: State | None, real: State) -> tuple[Fact, ...]:
        if reached is None:
            return ()
        pairs = zip(self.program.variables, reached, real, strict=True)
        return tuple(
            fact for declared, old, new in pairs for fact in differences(declared.name, declared.type, old, new)
        )

    def value(self, name: str) -> Value:
        """What a variable holds now."""
        return self.state[self._places[name]]
