"""Make a trace shorter, so that it shows the same of the same property. Runs steps with the interpreter; draws nothing.

First whole stretches of steps are left out, long ones before short ones; steps that then cannot happen as they did are
repaired with other choices, or left out as well. Then, from the end backwards, a search of limited breadth looks for a
shorter way from each state to the end, or to a later state. Last, arguments and choices become the first of their types
that will do. All limits are counts of steps tried, so that the same trace always gives the same one. The result need
not be the shortest there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import assert_never

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.trace import AtState, End, Failing, Lasso, Trace, led_on
from checker.engines.common.clock import Stopped
from checker.engines.common.cost import effort
from checker.ir.nodes import Program
from checker.semantics import Failure, Interpreter, State, Step, StepFailed, Transition

MOST_TRIED = 60_000
"""How many steps are tried altogether; judging a state counts as much as it costs."""

REPAIRS = 24
"""How many other ways a step is given that cannot happen as it did."""

AROUND = 1_000
"""How many steps a search for a shorter way tries from one state. What one takes, those from other states lack: of two
walks of the map under its collector, of 40 and 35 states, 1,000 made the shortest there is, 21, in 2.1 s of processor
time each; 6,000 made 31 of one, in 5.8 s, and 300 made 28 of another. Of a crowded map 600, 2,000 and 6,000 all made
the shortest, 15, in 1.7, 3.4 and 9.1 s."""

PLAIN = 12_000
"""How many steps making the arguments plain may try: four times what the map at Go's sizes took, 2,809 for 10 states,
half of the time of shortening. The map under its collector took 128 for 21."""

KEPT = 20_000
"""Steps out of states that are remembered, so that nothing takes them a second time."""

WIDE = 150
"""Steps that a state may have for a search from it to make sense. The map at Go's sizes has 481: with searches,
shortening took 12.8 s of processor time instead of 2.4, and came to the same 10 states."""

DEAR = 2
"""A property that takes more effort than this is judged at the end of a candidate only, not all along it. Of one of 41,
on the map at Go's sizes, judging all along took 8.7 s of processor time instead of 2.1, for the same 10 states; of one
of 1 it makes no difference."""


def shortened(program: Program, name: str, trace: Trace, most: int = MOST_TRIED) -> Trace:
    """A trace that shows the same of property `name`, as short as can be found by trying `most` steps. A lasso is left
    as it is."""
    if not trace.states or isinstance(trace.end, Lasso):
        return trace
    work = _Shortening(program, name, trace, most)
    try:
        for improve in (work.leave_out, work.end_early, work.look_around, work.leave_out, work.make_plain):
            improve()
    except (_Enough, Stopped):
        pass  # the best so far is as good as any other: none is promised to be the shortest
    return work.best


class _Taken:
    """Steps of the interpreter, each taken once: searches from neighbouring states come to the same ones."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._found: dict[State, list[Transition]] = {}
        self._rest: dict[State, Iterator[Transition]] = {}
        self._kept = 0

    def successors(self, state: State) -> Iterator[Transition]:
        """As the interpreter gives them, one by one."""
        if state not in self._found:
            if self._kept > KEPT:
                yield from self._interpreter.successors(state)
                return
            self._found[state], self._rest[state] = [], self._interpreter.successors(state)
        found, rest = self._found[state], self._rest[state]
        for at in count():
            if at == len(found):
                following = next(rest, None)
                if following is None:
                    return
                self._kept += 1
                found.append(following)
            yield found[at]


class _Enough(Exception):
    """No more steps may be tried."""


class _Shortening:
    """The shortest trace so far, and how many steps may still be tried."""

    def __init__(self, program: Program, name: str, trace: Trace, most: int) -> None:
        self.best = trace
        self._left = most
        self._interpreter = Interpreter(program)
        self._taken = _Taken(self._interpreter)
        self._shown: dict[State, bool] = {}
        self._goal = _Goal(self._interpreter, name, trace)

    def leave_out(self) -> None:
        """Leave out stretches of steps, long ones first, while that works."""
        size = len(self.best.steps)
        while size:
            start = len(self.best.steps) - size
            while start >= 0:
                self._without(start, size)
                start = min(start, len(self.best.steps)) - max(1, size // 2)
            size //= 2

    def end_early(self) -> None:
        """End where it is shown first."""
        for at, state in enumerate(self.best.states[:-1]) if self._goal.effort > DEAR else ():
            if self._shows(state):
                best = self.best
                self.best = self._goal.trace(best.states[: at + 1], best.steps[:at], best.initial_choices)
                return

    def look_around(self) -> None:
        """Look for a shorter way on from each state, the last ones first, then from other initial states. Where there
        are too many steps to try, nothing would come of it."""
        if self._is_wide(self.best.states[-1]):
            return
        at = len(self.best.states) - 1
        while at >= 0:
            self._search(at)
            at = min(at, len(self.best.states)) - 1
        self._search(-1)

    def _is_wide(self, state: State) -> bool:
        """Whether a state has more than WIDE steps."""
        found = sum(1 for _ in islice(self._taken.successors(state), WIDE + 1))
        self._spend(found)
        return found > WIDE

    def make_plain(self) -> None:
        """Let each step have the first arguments and choices with which the rest can go on as it does."""
        self._left = min(self._left, PLAIN)
        for at in range(len(self.best.taken)):
            for other in islice(self._ways(at), REPAIRS):
                changed = self._replay(at, [other, *self.best.taken[at + 1 :]], strict=True)
                if changed is not None and len(changed) == len(self.best):
                    self.best = changed
                    break

    def _without(self, start: int, size: int) -> bool:
        """Whether the trace shows the same without these steps; it is the best one then."""
        shorter = self._replay(start, self.best.taken[start + size :], strict=False)
        if shorter is None or len(shorter) >= len(self.best):
            return False
        self.best = shorter
        return True

    def _ways(self, at: int) -> Iterator[Step]:
        """The steps of the same rule that come before the one taken in state `at`, in order."""
        state, taken = self.best.states[at], self.best.taken[at]
        for each in self._taken.successors(state):
            self._spend(1)
            if each.step == taken:
                return
            if (each.step.name, each.step.point) == (taken.name, taken.point):
                yield each.step

    def _replay(self, at: int, steps: Sequence[Step], strict: bool) -> Trace | None:
        """The best trace up to state `at`, then these steps as far as they can be taken; None if it shows nothing."""
        states, taken = list(self.best.states[: at + 1]), list(self.best.steps[:at])
        choices = self.best.initial_choices
        early = self._goal.effort <= DEAR  # whether to judge every state on the way, or the last one only
        if early and self._shows(states[-1]):
            return self._goal.trace(states, taken, choices)
        for step in steps:
            found = self._interpreter.run(states[-1], step)
            self._spend(1)
            if found is None and not strict:
                found = self._repaired(states[-1], step)
            if found is not None and self._goal.is_met_by(states[-1], found):
                return self._goal.trace(states, taken, choices, found)
            if found is None or found.failure is not None:
                if strict:
                    return None
                continue
            assert found.state is not None
            states.append(found.state)
            taken.append(found.step)
            if early and self._shows(found.state):
                return self._goal.trace(states, taken, choices)
        return self._goal.trace(states, taken, choices) if not early and self._shows(states[-1]) else None

    def _repaired(self, state: State, step: Step) -> Transition | None:
        """Another way of the same action or process instance to go on, the first one that there is."""
        self._spend(1)
        found = next(islice(self._interpreter.others(step, state), 1), None)
        return found if found is None or found.failure is None or self._goal.is_met_by(state, found) else None

    def _search(self, at: int) -> None:
        """Breadth first from state `at` (-1: from all initial states) for a shorter way than the present one."""
        best, ways = self.best, _Ways()
        last = len(best.states) - self._goal.by_a_step  # to come to the last state otherwise would not show the same
        later = {state: place for place, state in enumerate(best.states[:last]) if place > at}
        level = [best.states[at]] if at >= 0 else self._begin(ways)
        for state in level:
            ways.add(state, None, None)
        stop = max(0, self._left - AROUND)
        for place in range(max(at, 0), len(best.states)):
            found: list[State] = []
            for state in level:
                if place > at and self._leads(ways, state, place, at, later):
                    return
                for each in self._taken.successors(state) if place + 1 < len(best.states) else ():
                    self._spend(1)
                    if self._left <= stop:
                        return
                    if self._goal.is_met_by(state, each):
                        self.best = self._goal.trace(*self._way(ways, state, at), each)
                        return
                    if each.state is not None and ways.add(each.state, state, each.step):
                        found.append(each.state)
            level = found

    def _leads(self, ways: _Ways, state: State, place: int, at: int, later: Mapping[State, int]) -> bool:
        """Whether coming to this state as state number `place` makes a shorter trace; it is the best one then."""
        if place + 1 < len(self.best.states) and self._shows(state):
            self.best = self._goal.trace(*self._way(ways, state, at))
            return True
        if later.get(state, -1) <= place:
            return False
        rest, old = later[state], self.best
        states, steps, choices = self._way(ways, state, at)
        states, steps = [*states, *old.states[rest + 1 :]], [*steps, *old.steps[rest:]]
        self.best = Trace(tuple(states), tuple(steps), choices, old.end)
        return True

    def _way(self, ways: _Ways, state: State, at: int) -> tuple[list[State], list[Step], tuple[object, ...]]:
        """The best trace up to state `at`, then the way found to `state`; and what `init` chose."""
        states, steps = ways.to(state)
        choices = ways.begins[states[0]] if at < 0 else self.best.initial_choices
        before = max(at, 0)
        return [*self.best.states[:before], *states], [*self.best.steps[:before], *steps], choices

    def _begin(self, ways: _Ways) -> list[State]:
        for each in self._interpreter.initial():
            self._spend(1)
            if each.state is not None:
                ways.begins.setdefault(each.state, each.step.choices)
            if len(ways.begins) == AROUND // 10:
                break
        return list(ways.begins)

    def _shows(self, state: State) -> bool:
        if self._goal.effort:
            self._spend(self._goal.effort)
        if state not in self._shown:
            self._shown[state] = self._goal.is_shown_in(state)
        return self._shown[state]

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise _Enough


class _Ways:
    """How each state was first reached."""

    def __init__(self) -> None:
        self.begins: dict[State, tuple[object, ...]] = {}
        """Initial states, with what `init` chose."""
        self._came: dict[State, tuple[State | None, Step | None]] = {}

    def add(self, state: State, origin: State | None, step: Step | None) -> bool:
        """Note how a state is reached; False if it has been before."""
        if state in self._came:
            return False
        self._came[state] = (origin, step)
        return True

    def to(self, state: State) -> tuple[list[State], list[Step]]:
        """The states from where it began to this one, and the steps between them."""
        states, steps = [state], []
        origin, step = self._came[state]
        while origin is not None and step is not None:
            states.append(origin)
            steps.append(step)
            origin, step = self._came[origin]
        return states[::-1], steps[::-1]


class _Goal:
    """What a trace has to show: the same as the one that was given."""

    def __init__(self, interpreter: Interpreter, name: str, trace: Trace) -> None:
        self._interpreter = interpreter
        self._name = name
        self._end = trace.end
        self._failing = len(trace.taken) > len(trace.steps)
        self._wanted = interpreter.program.witnessed(name)
        self.by_a_step = interpreter.program.speaks_of_steps(name)
        """Whether the last step of the trace is what shows it."""
        free = self._failing or self.by_a_step or name == NO_DEADLOCK
        self.effort = 0 if free else effort(interpreter.program, name)
        """What it costs to see whether a state shows it, in steps."""

    def is_met_by(self, before: State, transition: Transition) -> bool:
        """Whether a step shows it: it fails as the trace does, in the same place for the same kind of reason; or it
        violates the `@step` property."""
        if self.by_a_step and transition.state is not None:
            try:
                return not self._interpreter.allows(self._name, before, transition.state)
            except StepFailed:
                return False
        return self._failing and self._is_same(transition.failure)

    def is_shown_in(self, state: State) -> bool:
        """Whether a trace that ends in this state shows the same, however it came there."""
        if self._failing or self.by_a_step:
            return False
        if self._name == NO_DEADLOCK:
            return next(self._interpreter.successors(state), None) is None and self._is_deadlock(state)
        if self._name == NO_FAILURE:
            return self._cannot_judge(state) is not None
        try:
            return self._interpreter.holds(self._name, state) is self._wanted
        except StepFailed:
            return False

    def trace(
        self, states: Sequence[State], steps: Sequence[Step], choices: tuple[object, ...], end: Transition | None = None
    ) -> Trace:
        """A trace of these that ends as it should: a step fails or violates a property, or its last state does."""
        if end is not None and end.state is not None:
            return led_on(Trace(tuple(states), tuple(steps), choices), end.step, end.state)
        return Trace(tuple(states), tuple(steps), choices, self._ends(states[-1], end))

    def _ends(self, last: State, end: Transition | None) -> End:
        if end is not None and end.failure is not None:
            return Failing(end.step, end.failure)
        match self._end:
            case AtState() | Lasso():
                return self._end
            case Failing():
                failure = self._cannot_judge(last)
                assert failure is not None
                return Failing(None, failure)
            case _:
                assert_never(self._end)

    def _is_same(self, failure: Failure | None) -> bool:
        match self._end:
            case Failing(_, wanted):
                return failure is not None and (failure.kind, failure.span) == (wanted.kind, wanted.span)
            case AtState() | Lasso():
                return False
            case _:
                assert_never(self._end)

    def _is_deadlock(self, state: State) -> bool:
        try:
            return self._interpreter.deadlocked(state, False)
        except StepFailed:
            return False

    def _cannot_judge(self, state: State) -> Failure | None:
        """The failure of a property in a state that is the one of the trace."""
        for each in self._interpreter.program.properties:
            try:
                self._interpreter.holds(each.name, state)
            except StepFailed as failed:
                if self._is_same(failed.failure):
                    return failed.failure
        return None
