"""Several counterexamples of one property that differ in more than the order of independent steps.

Breadth first over the interpreter, so the first are the shortest. Every way to a state that is as short as any is kept,
and every trace that these make is looked at. Two steps in a row are independent where both orders are possible, with
the same choices, and lead to the same state; traces that come from one another by swapping such steps are one
counterexample (Mazurkiewicz). What a violating state or step leads to is not looked at, nor
a longer way to a state. Names of interchangeable members count
as different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from checker.contract.judge import claim
from checker.contract.replay import confirm
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget
from checker.contract.trace import AT_STATE, End, Failing, Trace, led_on
from checker.engines.common.clock import Clock, Stopped, ended_by, states_ended
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step, StepFailed

MOST_STATES = 200_000
"""States that are visited if nobody says otherwise."""

MOST_ORDERS = 20_000
"""Orders of the steps of one counterexample that are looked at."""


@dataclass(frozen=True, slots=True)
class Several:
    """What was found: traces, each replayed, the shortest first. `complete_to` is the number of states up to which
    there are no others: never more than the first trace has, for of longer ones only the shortest ways are looked at.
    `stopped` says why it ended before there were enough, if it did."""

    traces: tuple[Trace, ...]
    complete_to: int
    stopped: str | None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A state that shows the property, or in which something fails; or a step from it to a state, which together do."""

    state: State
    end: End = AT_STATE
    step: Step | None = None
    after: State | None = None


def several(program: Program, name: str, wanted: int, budget: Budget | None = None) -> Several:
    """At most `wanted` counterexamples of a property (of a `@sometimes`: ways to it)."""
    return _Search(program, name, wanted, budget or Budget(max_states=MOST_STATES)).run()


class _Enough(Exception):
    """As many were found as were wanted."""


@dataclass
class _Search:
    program: Program
    name: str
    wanted: int
    budget: Budget
    traces: list[Trace] = field(default_factory=list)
    complete_to: int = 0

    def run(self) -> Several:
        """Look level by level."""
        self._interpreter = Interpreter(self.program)
        self._shows = self._judged()
        self._of_step = self.program.speaks_of_steps(self.name)
        self._clock = Clock(self.budget)
        self._initial: dict[State, tuple[object, ...]] = {}
        self._ways: dict[State, list[tuple[State, Step]]] = {}
        self._known: set[tuple[object, ...]] = set()
        self._cut = False
        stopped = ended_by(self._levels, self._clock.look)
        for trace in self.traces:
            confirm(self.program, self.name, claim(self.program, self.name), trace)
        return Several(tuple(self.traces), self.complete_to, stopped)

    def _levels(self) -> None:
        with suppress(_Enough):
            self._search()

    def _search(self) -> None:
        for transition in self._interpreter.initial():
            if transition.state is not None and transition.state not in self._initial:
                self._initial[transition.state] = transition.step.choices
                self._ways[transition.state] = []
        level = list(self._initial)
        depth = 1
        while level:
            following: dict[State, None] = {}
            for state in level:
                for shown in self._expand(state, following):
                    self._take(shown)
            reach = depth + self._of_step
            if not self._cut and (not self.traces or len(self.traces[0]) == reach):
                self.complete_to = reach  # later levels leave out detours to what was reached before
            level = list(following)
            depth += 1

    def _expand(self, state: State, following: dict[State, None]) -> Iterator[_Shown]:
        """The counterexamples that end in a state; what comes after it joins the next level, if none does."""
        self._pause()
        ends = list(self._shows(state))
        if ends:
            yield from ends
            return
        some = False
        for transition in self._interpreter.successors(state):
            some = True
            after = transition.state
            if after is None:
                if self.name == NO_FAILURE and transition.failure is not None:
                    yield _Shown(state, Failing(transition.step, transition.failure))
                continue
            if self._of_step and not self._interpreter.allows(self.name, state, after):
                yield _Shown(state, step=transition.step, after=after)
                continue
            if after not in self._ways:
                self._ways[after] = []
                following[after] = None
            if after in following:
                self._ways[after].append((state, transition.step))
        if self.name == NO_DEADLOCK and self._interpreter.deadlocked(state, some):
            yield _Shown(state)

    def _judged(self) -> Callable[[State], Iterator[_Shown]]:
        """What of a state alone shows the property."""
        sought = self.program.witnessed(self.name)

        def shows(state: State) -> Iterator[_Shown]:
            if self.program.property(self.name) is not None:
                if self._interpreter.holds(self.name, state) is sought:
                    yield _Shown(state)
            elif self._of_step:
                if state in self._initial and not self._interpreter.begins(self.name, state):
                    yield _Shown(state)
            elif self.name == NO_FAILURE:
                for each in self.program.properties:
                    try:
                        if each.kind.traits.everywhere:
                            self._interpreter.holds(each.name, state)
                    except StepFailed as failed:
                        yield _Shown(state, Failing(None, failed.failure))
                        return

        return shows

    def _take(self, shown: _Shown) -> None:
        """Keep each counterexample with this end that is not known in another order."""
        for states, steps in self._behaviours(shown.state):
            trace = Trace(states, steps, self._initial[states[0]], shown.end)
            if shown.step is not None and shown.after is not None:
                trace = led_on(trace, shown.step, shown.after)
            if (states[0], *trace.taken) in self._known:
                continue
            self._known |= self._orders(trace)
            self.traces.append(trace)
            if len(self.traces) == self.wanted:
                raise _Enough

    def _behaviours(self, state: State) -> Iterator[tuple[tuple[State, ...], tuple[Step, ...]]]:
        """Every shortest way to a state."""
        if state in self._initial:
            yield (state,), ()
        for before, step in self._ways[state]:
            for states, steps in self._behaviours(before):
                yield (*states, state), (*steps, step)

    def _orders(self, trace: Trace) -> set[tuple[object, ...]]:
        """The trace, and all that come from it by swapping independent steps."""
        first = trace.states[0]
        waiting = [(trace.states, trace.steps)]
        last = trace.taken[len(trace.steps) :]
        found: set[tuple[object, ...]] = {(first, *trace.taken)}
        while waiting:
            states, steps = waiting.pop()
            for place in range(len(steps) - 1 - self._of_step):  # the step that shows it stays the last
                self._pause()
                other = self._swapped(states, steps, place)
                if other is not None and (key := (first, *other[1], *last)) not in found:
                    found.add(key)
                    waiting.append(other)
            if len(found) > MOST_ORDERS:
                self._cut = True
                return found
        return found

    def _swapped(
        self, states: tuple[State, ...], steps: tuple[Step, ...], place: int
    ) -> tuple[tuple[State, ...], tuple[Step, ...]] | None:
        """The behaviour with two steps in the other order, if that comes to the same."""
        one, two = steps[place : place + 2]
        early = self._interpreter.run(states[place], two)
        if early is None or early.state is None:
            return None
        late = self._interpreter.run(early.state, one)
        if late is None or late.state != states[place + 2]:
            return None
        return (
            (*states[: place + 1], early.state, *states[place + 2 :]),
            (*steps[:place], two, one, *steps[place + 2 :]),
        )

    def _pause(self) -> None:
        if self.budget.max_states is not None and len(self._ways) > self.budget.max_states:
            raise Stopped(states_ended(self.budget.max_states))
        self._clock.look()
