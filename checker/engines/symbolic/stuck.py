"""When nothing can happen in a state: no step, whatever its choices. Learns step by step what "whatever" comes to."""

from __future__ import annotations

from functools import cached_property

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.encode import Encoding, Judgement, StepRelation
from checker.engines.symbolic.run import Overrun
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, Substitution, and_, not_, or_
from checker.semantics import State


class Stuck:
    """Formulas over one state of an encoding. `nothing_known` says that no step is possible among those known by their
    choices; where that is true, `learn` finds a further one or shows that there is none."""

    def __init__(self, encoding: Encoding, clock: Clock) -> None:
        self.encoding = encoding
        self.clock = clock
        self._open: list[StepRelation] = []
        self.nothing_known: list[Bool] = []
        for form in encoding.forms:
            if next(form.variables, None) is None:
                self.nothing_known.append(not_(form.possible))
            else:
                self._open.append(form)

    @cached_property
    def deadlocked(self) -> Bool:
        """Whether a state in which nothing can happen is a deadlock: some process has not finished, no final holds."""
        judged = [self.encoding.judgement(name) for name in self.encoding.finals]
        false = [and_(each.defined, not_(each.value)) for each in judged]
        return and_(self.encoding.within, not_(self.encoding.finished), *false)

    @cached_property
    def final_faults(self) -> list[tuple[str, Bool]]:
        """For each `@final`, whether it fails where it is asked."""
        found = [(name, and_(asked, or_(*(fault.when for fault in each.faults)))) for name, asked, each in self._asked]
        return [(name, fails) for name, fails in found if fails is not False]

    @cached_property
    def final_overruns(self) -> list[Overrun]:
        """The loops of `@final` properties that may go on, where these are asked, for longer than was looked at."""
        found = [Overrun(and_(asked, cut.when), cut.span) for _, asked, each in self._asked for cut in each.overruns]
        return [cut for cut in found if cut.when is not False]

    @cached_property
    def _asked(self) -> list[tuple[str, Bool, Judgement]]:
        """The `@final` properties, each with when it is asked where nothing can happen: all before it are false."""
        found: list[tuple[str, Bool, Judgement]] = []
        so_far = and_(self.encoding.within, not_(self.encoding.finished))
        for name in self.encoding.finals:
            each = self.encoding.judgement(name)
            found.append((name, so_far, each))
            so_far = and_(so_far, each.defined, not_(each.value))
        return found

    def learn(self, state: State) -> bool:
        """Whether some step is possible in `state` after all; it is known from now on."""
        known_state = zip(self.encoding.kinds, self.encoding.before, state, strict=True)
        here = Substitution(
            [pair for kind, value, each in known_state for pair in values.bound(value, values.constant(kind, each))]
        )
        for form in self._open:
            possible = form.possible
            if isinstance(possible, z3.BoolRef):
                possible = z3.simplify(here(possible))
            solver = Solver(self.clock)
            solution = solver.solution(possible)
            if solution is None:
                continue
            chosen = [(each, solution.eval(each, model_completion=True)) for each in form.variables]
            known: Bool = form.possible
            if isinstance(known, z3.BoolRef):
                known = z3.simplify(Substitution(chosen)(known))
            self.nothing_known.append(not_(known))
            return True
        return False
