"""What an induction assumes of a state, and the states in which that is so. Proves nothing, and remembers no question.

A question is answered by a value: a state, or what excludes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import z3

from checker.contract.trace import Failing, Trace
from checker.contract.verdict import NotInductive
from checker.engines.symbolic import values
from checker.engines.symbolic.claims import Hypothesis
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.invariants import Candidate
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool
from checker.semantics import Interpreter, State, Step, StepFailed


@dataclass(frozen=True, slots=True)
class Allowed:
    """A state in which all hypotheses are true, with the solution that it was read from."""

    solution: z3.ModelRef
    state: State


@dataclass(frozen=True, slots=True)
class Excluded:
    """There is no such state; `used` are the names of the hypotheses that this takes."""

    used: frozenset[str]


class Hypotheses:
    """The claims that are assumed, by name. Who drops one deletes it from `claims`, and asks again."""

    def __init__(self, encoding: Encoding, clock: Clock, claims: Mapping[str, Hypothesis]) -> None:
        self.encoding = encoding
        self.claims = dict(claims)
        self._clock = clock
        self._interpreter = Interpreter(encoding.program)

    def solver(self) -> Solver:
        """A solver that knows what a state is, and what each hypothesis says."""
        solver = Solver(self._clock)
        solver.add(self.encoding.belongs)
        for each in self.claims.values():
            solver.add(*each.assumed)
        return solver

    def find(self, solver: Solver, *goals: Bool) -> Allowed | Excluded:
        """A state in which all hypotheses are true (for every value of their parameters) and the goals, too. Raises
        Stopped."""
        while True:
            hypotheses = self.claims.values()
            solution = solver.solution(*goals, given=[each.literal for each in hypotheses])
            if solution is None:
                return Excluded(frozenset(each.name for each in hypotheses if each.literal.get_id() in solver.core))
            state = tuple(
                values.read(kind, value, solution)
                for kind, value in zip(self.encoding.kinds, self.encoding.before, strict=True)
            )
            refuted = [
                z3.Implies(each.literal, instance)
                for each in self.claims.values()
                if (instance := each.refute(self.encoding, state, self._clock)) is not None
            ]
            if not refuted:
                return Allowed(solution, state)
            solver.add(*refuted)

    def held(self) -> tuple[str, ...]:
        """The names of what the model claims, as far as it is assumed now."""
        return tuple(name for name, each in self.claims.items() if each.kind is not None)

    def counterexample(self, name: str, state: State, step: Step) -> NotInductive:
        """The counterexample to the induction of `name` that a step from `state` is."""
        found = self._interpreter.run(state, step)
        if found is None:
            raise AssertionError(f"{step} is impossible where the encoding says that it is possible")
        if found.failure is not None:
            return NotInductive(name, self.held(), Trace((state,), (), (), Failing(step, found.failure)))
        assert found.state is not None
        return NotInductive(name, self.held(), Trace((state, found.state), (step,)))

    def is_false(self, wanted: Hypothesis, state: State, also_undefined: bool = True) -> bool:
        """Whether a claim is false in a state, as the interpreter sees it; or cannot be evaluated there."""
        if isinstance(wanted, Candidate):
            return not wanted.test(state)
        try:
            return self._interpreter.holds(wanted.name, state) is self.encoding.program.witnessed(wanted.name)
        except StepFailed:
            return also_undefined
