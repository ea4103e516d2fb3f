"""Make a trace shorter by leaving steps out: first those that did not matter, then any that it can do without.

Every candidate is run again from its beginning and judged by `checker.contract.replay`; the result is a trace of the
program that shows the same, never longer than the one given. It need not be the shortest: no step is
put in another's place.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.contract.judge import claim
from checker.contract.replay import Claim, ReplayError, confirm
from checker.contract.trace import Trace
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step
from counterexamples.explain.conclusion import slice_of


def minimise(program: Program, trace: Trace, shows: str) -> Trace:
    """A trace that shows the same with as few of the steps as can be found by leaving some out."""
    minimiser = _Minimiser(program, trace, claim(program, shows), shows)
    if not trace.states:
        return trace
    relevant = slice_of(program, trace, shows).relevant
    found = minimiser.without(trace, [number for number, matters in enumerate(relevant) if not matters])
    best = trace if found is None else found
    return minimiser.shorten(best)


def replayed(program: Program, trace: Trace, steps: Sequence[Step], failing: Step | None = None) -> Trace | None:
    """The trace that these steps make from the first state of `trace`; None if one of them is not possible."""
    interpreter = Interpreter(program)
    states: list[State] = [trace.states[0]]
    for step in steps:
        found = interpreter.run(states[-1], step)
        if found is None or found.state is None:
            return None
        states.append(found.state)
    if failing is None:
        return Trace(tuple(states), tuple(steps), trace.initial_choices, None, trace.failure)
    last = interpreter.run(states[-1], failing)
    if last is None or last.failure is None:
        return None
    return Trace(tuple(states), tuple(steps), trace.initial_choices, failing, last.failure)


class _Minimiser:
    """Tries candidates, each of which must show what the trace showed."""

    def __init__(self, program: Program, trace: Trace, shown: Claim, shows: str) -> None:
        self._program = program
        self._trace = trace
        self._claim = shown
        self._shows = shows

    def without(self, trace: Trace, gone: Sequence[int]) -> Trace | None:
        """The trace without some of its steps, if it still shows the same."""
        left = [step for number, step in enumerate(trace.steps) if number not in set(gone)]
        found = replayed(self._program, trace, left, trace.failing)
        if found is None or not self._same_failure(found):
            return None
        try:
            confirm(self._program, self._shows, self._claim, found)
        except ReplayError:  # not what was claimed: the step is needed
            return None
        return found

    def _same_failure(self, found: Trace) -> bool:
        wanted, actual = self._trace.failure, found.failure
        if wanted is None or actual is None:
            return wanted is actual
        return (wanted.kind, wanted.message) == (actual.kind, actual.message)

    def shorten(self, trace: Trace) -> Trace:
        """Delta debugging: stretches of half the steps are left out, then of a quarter, down to single ones, until no
        single step can go."""
        size = max(1, len(trace.steps) // 2)
        while trace.steps:
            shorter = self._pass(trace, size)
            if len(shorter) == len(trace):
                if size == 1:
                    break
                size //= 2
            trace = shorter
            size = max(1, min(size, len(trace.steps)))
        return trace

    def _pass(self, trace: Trace, size: int) -> Trace:
        """Leave out every stretch of `size` steps that can go, from the end."""
        start = len(trace.steps)
        while start > 0:
            start = max(0, start - size)
            found = self.without(trace, range(start, min(start + size, len(trace.steps))))
            trace = trace if found is None else found
        return trace
