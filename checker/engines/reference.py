"""Explore every state with the reference interpreter, breadth first. Exact and slow: for tests and for tiny models.

Decides every property. Of states that differ only in the names of interchangeable members it visits the first it finds,
which need not be the least of them, so that every state kept is one that the model reaches. Time and memory end it
within a step as well as between two. A property that cannot be evaluated in some state is a failure there, and
is itself left undecided, since it is neither true nor false in that state.

While NO_FAILURE is asked for and undecided, every `@always` and `@sometimes` of the program is evaluated in every
state, and where nothing can happen the `@final` ones until one of them holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from checker.contract.task import INIT_FAILS, NO_DEADLOCK, NO_FAILURE, Evidence, Outcome, Stats, Task, begins_outside
from checker.contract.trace import AT_STATE, End, Failing, Trace, led_on
from checker.contract.verdict import Unknown, Verdict
from checker.engines.common.clock import Clock, Stopped, depth_ended, ended_by, states_ended
from checker.engines.common.ledger import Ledger, after, resting_on_states
from checker.engines.common.reduced import Searched, with_reduction
from checker.engines.common.temporal import temporal_names
from checker.ir.types import mentions_symmetry
from checker.reduction.stubborn import Reduction, Sought
from checker.semantics import Failure, Interpreter, State, Step, StepFailed, Transition
from checker.semantics.orbits import TooManyRenamings, key_of

GAVE_WAY = "another engine took over"
"""Why a search ended that was asked to give way."""

_PROGRESS_SECONDS = 0.25
"""As often as a line on a terminal can be read."""


class ReferenceEngine:
    """Breadth-first search by the reference interpreter, on one thread. `most_rounds` ends it after so many rounds of
    what the interpreter goes through: the same number on every machine. `gives_way` is asked now and then whether the
    search is still wanted. Without `orbits` it visits every arrangement of interchangeable members, which shows whether
    any engine is wrong to leave some out."""

    name = "reference"

    def __init__(
        self, most_rounds: int | None = None, gives_way: Callable[[], bool] | None = None, orbits: bool = True
    ) -> None:
        self._most_rounds = most_rounds
        self._gives_way = gives_way
        self._orbits = orbits

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided within the budget. Ctrl-C ends the search like a budget."""
        if task.reduce:
            return with_reduction(task, self._reduced)
        if not temporal_names(task):
            return self._search(task)
        from checker.engines.reference_liveness import with_temporal  # noqa: PLC0415 - networkx takes long to import

        return with_temporal(task, self._search)

    def _search(self, task: Task) -> Outcome:
        return self._plain(task, None)[0]

    def _reduced(self, task: Task, reduction: Reduction | None) -> Searched:
        if reduction is None:
            return self.run(task), False
        return self._plain(task, reduction)

    def _plain(self, task: Task, reduction: Reduction | None) -> Searched:
        try:
            key = key_of(task.program) if self._orbits else _itself
        except TooManyRenamings as reason:
            open_ = {name: Unknown(str(reason)) for name in task.properties}
            return Outcome((self.name,), open_, Stats(), str(reason)), False
        search = _Search(task, self._most_rounds, self._gives_way, key, reduction)
        return search.run(), search.put_off


def _itself(state: State) -> Hashable:
    return state


@dataclass(frozen=True, slots=True)
class _Origin:
    """How a state was first reached: by a step from `parent`, or by `init` (None)."""

    parent: State | None
    step: Step


@dataclass
class _Search:
    """One search: what it has seen and what it has decided."""

    task: Task
    most_rounds: int | None
    gives_way: Callable[[], bool] | None
    key: Callable[[State], Hashable]  # equal for states that count as the same
    reduction: Reduction | None = None  # by which steps wait
    reported: float = field(default_factory=time.monotonic)
    rounds: int = 0
    origins: dict[State, _Origin] = field(default_factory=dict)
    seen: set[Hashable] = field(default_factory=set)  # keys of the states in `origins`
    generated: int = 0
    queue: int = 0  # states seen and not expanded
    depth: int = 0  # levels that hold a state
    init_fails: bool = False  # for some choice at least
    checked: int = 0  # levels whose states have all been judged
    expanded: int = 0  # levels whose states have all been expanded
    put_off: bool = False  # whether a step waited that a shortest path may need
    sought: Sought | None = None  # what is open in the level that is expanded

    def __post_init__(self) -> None:
        program = self.task.program
        self.clock = Clock(self.task.budget, self.task.stop)
        self.ledger = Ledger(self.task)
        self.complete = False
        self.interpreter = Interpreter(program)
        self.judged = {
            judged.name: judged.kind.traits.witnessed  # the value that decides it
            for judged in program.properties
            if judged.kind.traits.everywhere or judged.name in self.task.properties
        }
        self.of_steps = [each.name for each in program.steps if each.name in self.task.properties]

    def run(self) -> Outcome:
        """Search, then give a verdict to every property."""
        stopped = ended_by(self._explore, self._tick)
        verdicts = {name: self._verdict(name, stopped) for name in self.task.properties}
        stats = replace(self._stats(), views=self._views())
        return Outcome((ReferenceEngine.name,), verdicts, stats, stopped, self._evidence(verdicts))

    def _explore(self) -> None:
        """Level by level, until no reachable state is left, which makes it complete, or nothing to decide."""
        level = self._begin()
        while level and self.ledger.wants_more():
            for state in level:
                self._tick()
                self._judge(state)
            self.checked += 1
            if not self.ledger.wants_more():
                break
            found: list[State] = []
            self._seek()
            for state in level:
                self._expand(state, found)
                self.queue -= 1
            self.expanded += 1
            level = found
            most = self.task.budget.max_depth
            if level and most is not None and self.expanded >= most and self.ledger.wants_more():
                raise Stopped(depth_ended(most))
        self.complete = not level and self.ledger.wants_more()

    def _begin(self) -> list[State]:
        """The first level."""
        found: list[State] = []
        for transition in self.interpreter.initial():
            self._tick()
            if transition.failure is not None:
                self.init_fails = True
                self.ledger.fails(Trace((), (), transition.step.choices, Failing(None, transition.failure)))
            elif transition.state is not None and not self.interpreter.within(transition.state):
                raise begins_outside(self.task.program, transition.state)
            elif transition.state is not None:
                self._add(transition.state, _Origin(None, transition.step), found)
        for state in found:
            self._judge_first(state)
        return found

    def _judge(self, state: State, beyond: Trace | None = None) -> None:
        """Hold the properties against a state. One beyond the constraint is not kept, and comes with its trace."""
        for name, sought in self.judged.items():
            if not self.ledger.is_open(name) and not self.ledger.is_open(NO_FAILURE):
                continue
            try:
                holds = self.interpreter.holds(name, state)
            except StepFailed as failed:
                self._cannot_judge(name, beyond or self._trace(state), failed.failure)
                continue
            if holds is sought and self.ledger.is_open(name):
                self.ledger.shows(name, beyond or self._trace(state))

    def _cannot_judge(self, name: str, trace: Trace, failure: Failure) -> None:
        """A property fails in the last state of a trace instead of being true or false."""
        self.ledger.fails(replace(trace, end=Failing(None, failure)))
        self.ledger.cannot_judge(name, failure)

    def _expand(self, state: State, found: list[State]) -> None:
        """Add what is new among the successors; note a failing step, or a deadlock."""
        steps, possible = self._taken(state)
        for transition in steps:
            self._tick()
            possible = True
            if transition.state is not None:
                self._judge_step(state, transition.step, transition.state)
                if self.interpreter.within(transition.state):
                    self._add(transition.state, _Origin(state, transition.step), found)
                else:
                    self.generated += 1
                    self._judge(transition.state, led_on(self._trace(state), transition.step, transition.state))
            elif self.ledger.is_open(NO_FAILURE) and transition.failure is not None:
                self.ledger.fails(self._trace(state, Failing(transition.step, transition.failure)))
        if possible or not (self.ledger.is_open(NO_DEADLOCK) or self.ledger.is_open(NO_FAILURE)):
            return
        try:
            deadlocked = self.interpreter.deadlocked(state, False)
        except StepFailed as failed:
            self._cannot_judge(NO_DEADLOCK, self._trace(state), failed.failure)
            return
        if deadlocked and self.ledger.is_open(NO_DEADLOCK):
            self.ledger.shows(NO_DEADLOCK, self._trace(state))

    def _seek(self) -> None:
        """Note what is open, for all of a level."""
        if self.reduction is not None:
            judged = list(filter(self.ledger.is_open, self.judged))
            failures, deadlock = self.ledger.is_open(NO_FAILURE), self.ledger.is_open(NO_DEADLOCK)
            self.sought = self.reduction.sought(judged, failures, deadlock)

    def _taken(self, state: State) -> tuple[Iterable[Transition], bool]:
        """The steps from a state, without those that wait, and whether it is known that there are any."""
        if self.reduction is None or self.sought is None:
            return self.interpreter.successors(state), False
        found = []
        for transition in self.interpreter.successors(state):
            self._tick()
            found.append(transition)
        if any(each.failure is not None for each in found):
            return found, True
        things = {(each.step.name, each.step.arguments) for each in found}
        kept, put_off = self.reduction.kept(state, things, self.sought)
        self.put_off = self.put_off or put_off
        return [each for each in found if (each.step.name, each.step.arguments) in kept], bool(found)

    def _judge_step(self, before: State, step: Step, after: State) -> None:
        """Hold the `@step` properties against a step, wherever it leads: also to a state that is known."""
        for name in self.of_steps:
            if not self.ledger.is_open(name):
                continue
            try:
                allowed = self.interpreter.allows(name, before, after)
            except StepFailed as failed:
                self.ledger.cannot_judge(name, failed.failure)
                continue
            if not allowed:
                self.ledger.shows(name, led_on(self._trace(before), step, after))

    def _judge_first(self, state: State) -> None:
        """Hold what the program `@implements` against an initial state."""
        for name in filter(self.ledger.is_open, self.of_steps):
            try:
                begins = self.interpreter.begins(name, state)
            except StepFailed as failed:
                self.ledger.cannot_judge(name, failed.failure)
                continue
            if not begins:
                self.ledger.shows(name, self._trace(state))

    def _add(self, state: State, origin: _Origin, found: list[State]) -> None:
        """Count a state; if it is new, it belongs to the level `found`."""
        self.generated += 1
        key = self.key(state)
        if key in self.seen:
            return
        limit = self.task.budget.max_states
        if limit is not None and len(self.origins) >= limit:
            raise Stopped(states_ended(limit))
        self.seen.add(key)
        self.origins[state] = origin
        self.depth = self.expanded + (1 if origin.parent is None else 2)
        self.queue += 1
        found.append(state)

    def _tick(self) -> None:
        """Report progress now and then; end the search when it is time."""
        self.clock.look()
        self.rounds += 1
        if self.most_rounds is not None and self.rounds > self.most_rounds:
            raise Stopped(f"round budget of {self.most_rounds:,} ended")
        now = time.monotonic()
        if now - self.reported < _PROGRESS_SECONDS:
            return
        self.reported = now
        if self.gives_way is not None and self.gives_way():
            raise Stopped(GAVE_WAY)
        if self.task.progress is not None:
            self.task.progress(self._stats())

    def _trace(self, last: State, end: End = AT_STATE) -> Trace:
        """The behaviour by which `last` was first reached, and how it ends."""
        states, steps = [last], []
        origin = self.origins[last]
        while origin.parent is not None:
            states.append(origin.parent)
            steps.append(origin.step)
            origin = self.origins[origin.parent]
        return Trace(tuple(reversed(states)), tuple(reversed(steps)), origin.step.choices, end)

    def _verdict(self, name: str, stopped: str | None) -> Verdict:
        if name in self.ledger.verdicts:
            return self.ledger.verdicts[name]
        if self.complete and self.init_fails and not self.origins:
            return Unknown(INIT_FAILS)
        if self.complete:
            return self.ledger.of_all(name, len(self.origins))
        why = self.ledger.why(stopped, after(len(self.origins), self.depth))
        return self.ledger.within(name, self.checked, self.expanded, why)

    def _views(self) -> int | None:
        """How many values the variables of the view have together; None without a view, or if a state stands for its
        orbit."""
        named = self.task.program.variables
        if not self.task.view or (self.key is not _itself and any(mentions_symmetry(each.type) for each in named)):
            return None
        places = [self.task.program.position(name) for name in self.task.view]
        return len({tuple(state[place] for place in places) for state in self.origins})

    def _stats(self) -> Stats:
        return Stats(len(self.origins), self.generated, self.depth, self.queue, self.clock.seconds())

    def _evidence(self, verdicts: Mapping[str, Verdict]) -> Evidence | None:
        """All states in the order found, one of each orbit, if the task asks for them and a verdict rests on them."""
        exhausted = resting_on_states(self.task, verdicts)
        if not exhausted:
            return None
        return Evidence(exhausted=exhausted, states=lambda: iter(self.origins))
