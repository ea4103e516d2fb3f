"""The `@step` properties that every step of a program has, from any state that the hypotheses of an induction allow.

Such a property is no hypothesis: it says nothing of a state. It is proved of each step by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.contract.verdict import NotInductive, Unknown
from checker.engines.symbolic import values
from checker.engines.symbolic.bmc import TooShort
from checker.engines.symbolic.encode import Encoding, StepRelation
from checker.engines.symbolic.hypotheses import Allowed, Hypotheses
from checker.engines.symbolic.run import Overrun
from checker.engines.symbolic.stepping import Stepping
from checker.engines.symbolic.terms import Bool, and_, or_
from checker.semantics import Interpreter, StepFailed


@dataclass
class StepClaims:
    """The `@step` properties of one program. `proved` are those that no step can violate."""

    encoding: Encoding
    proved: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stepping = Stepping(self.encoding.program, self.encoding.limits, self.encoding.pause)
        self._interpreter = Interpreter(self.encoding.program)

    def wrong(self, name: str, form: StepRelation) -> tuple[Bool, tuple[Overrun, ...]]:
        """That a step of this form, if it happens, violates the property or cannot be judged by it; and the loops of
        the property with when they go on for longer than they were unrolled."""
        found = self._stepping.of(name, self.encoding.before, form.after)
        return or_(found.violated, found.undefined), found.overruns

    def broken(self, name: str, hypotheses: Hypotheses, used: set[str]) -> NotInductive | Unknown | None:
        """How some step violates the property in a state that the hypotheses allow; None if none does: then those that
        this takes have come to `used`. Raises TooShort."""
        solver = hypotheses.solver()
        for form in self.encoding.forms:
            wrong, overruns = self.wrong(name, form)
            for goal in (or_(*(each.when for each in overruns)), wrong):
                if goal is False:
                    continue
                found = hypotheses.find(solver, form.happens, goal)
                if not isinstance(found, Allowed):
                    used |= found.used
                    continue
                if goal is not wrong:
                    raise TooShort(next(each.span for each in overruns if values.truth(each.when, found.solution)))
                return self._shown(name, hypotheses, found, form)
        self.proved.append(name)
        return None

    def _shown(self, name: str, hypotheses: Hypotheses, found: Allowed, form: StepRelation) -> NotInductive | Unknown:
        how = hypotheses.counterexample(name, found.state, form.step(found.solution))
        try:
            before, after = how.trace.states
            if self._interpreter.allows(name, before, after):
                raise AssertionError(f"the encoding of '{name}' differs from the interpreter")
        except StepFailed as failed:
            return Unknown(f"for a step that the claims allow it cannot be evaluated: {failed.failure.message}")
        return how

    def obligations(self) -> Iterator[tuple[str, StepRelation, Bool]]:
        """For each property that is proved, and each step, what must not be."""
        for name in self.proved:
            for form in self.encoding.forms:
                wrong, overruns = self.wrong(name, form)
                yield name, form, and_(form.happens, or_(wrong, *(each.when for each in overruns)))
