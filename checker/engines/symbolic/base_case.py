"""The initial states of a program: the base case of an induction. Finds states, draws no conclusions."""

from __future__ import annotations

from checker.contract.trace import Trace
from checker.engines.symbolic import values
from checker.engines.symbolic.bmc import TooShort, failing_init
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, Substitution, or_
from checker.ir.types import Value
from checker.semantics import Interpreter


class Beginning:
    """All initial states at once. TooShort if a loop in init was not unrolled far enough."""

    def __init__(self, encoding: Encoding, clock: Clock) -> None:
        self.encoding = encoding
        self._to_init = Substitution(list(values.bound(encoding.before, encoding.init.after)))
        self._solver = Solver(clock)
        for overrun in encoding.init.overruns:
            if self._solver.solution(overrun.when) is not None:
                raise TooShort(overrun.span)
        self.failing = self._failing()
        self._solver.add(encoding.init.happens)
        self.some = self._solver.solution() is not None

    def failure(self, interpreter: Interpreter) -> Trace | None:
        """How init fails, if it can."""
        if self.failing is None:
            return None
        return failing_init(interpreter, self.failing)

    def where(self, condition: Bool) -> Trace | None:
        """The behaviour of one initial state in which a condition over a state is true; None if there is none."""
        init = self.encoding.init
        solution = self._solver.solution(self._to_init(condition))
        if solution is None:
            return None
        pairs = zip(self.encoding.kinds, init.after, strict=True)
        state = tuple(values.read(kind, value, solution) for kind, value in pairs)
        return Trace((state,), (), init.step(solution).choices)

    def _failing(self) -> tuple[Value, ...] | None:
        init = self.encoding.init
        solution = self._solver.solution(or_(*(fault.when for fault in init.faults)))
        return None if solution is None else init.step(solution).choices
