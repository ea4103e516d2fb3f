"""Run random behaviours of a program until they are enough, and say what they show.

Behaviours come in batches. In one of four Hypothesis draws, and aims by `target` at runs that see many states and take
many rules. In the others a plain generator does, and what no run has seen steers: most runs go on from a state that can
be left in a way not tried yet, and most steps lead to states that are new to all runs. Between batches, the rules that
no run has taken become more likely. Each run gives every rule a weight of its own (swarm testing), zero included, so
that some runs only ever assign and others hardly do. Nothing depends on time except where a budget ends: the same seed
gives the same runs.

A violation is made shorter by leaving out steps, rather than by Hypothesis, whose shrinker stops by the clock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings, target
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable

from checker.contract.task import Stats, Task
from checker.contract.trace import Trace, led_on
from checker.engines.common.clock import INTERRUPTED, Clock, Stopped
from checker.engines.common.shorten import shortened
from checker.engines.fuzz.alike import alike
from checker.engines.fuzz.coverage import Coverage, Edge
from checker.engines.fuzz.drawing import hunted, next_step
from checker.engines.fuzz.known import Known
from checker.engines.fuzz.steps import Rule, Taken
from checker.engines.fuzz.strategies import Chance, Draw, Free, Led, member
from checker.engines.fuzz.walk import Plan, ViolationFound, Walk
from checker.pause import watched
from checker.semantics import Failure, State

BATCH = 50
"""Runs at most for which the chances of the rules stay as they are."""

BATCH_STEPS = 3_000
"""Steps that a batch may take, unless it is of five runs."""

LED = 4
"""Of so many batches Hypothesis draws the first."""

FROM_INIT = 8
"""Of so many steered runs one begins anew."""

ANY_STEP = 4
"""Of so many steps of a steered run one is drawn as Hypothesis would draw it, wherever it leads."""

WITNESS = 4_000
"""Steps that may be tried to make the trace of a `@sometimes` shorter, which nobody may look at."""

_PROGRESS_SECONDS = 0.25
"""As often as a line on a terminal can be read."""


@dataclass
class Sample:
    """What the runs of one task have shown so far."""

    plan: Plan
    coverage: Coverage
    runs: int = 0
    steps: int = 0
    longest: int = 0
    cut_short: int = 0
    """Runs that Hypothesis ended before their time, because they needed more choices than it allows."""
    failed_to_begin: int = 0
    violated: dict[str, Trace] = field(default_factory=dict)
    witnessed: dict[str, Trace] = field(default_factory=dict)
    shown: Counter[str] = field(default_factory=Counter)
    """In how many runs each `@sometimes` was seen."""
    unjudged: dict[str, Failure] = field(default_factory=dict)
    states: set[int] = field(default_factory=set)
    """Hashes of the states seen, which only count them."""
    visited: set[State] | None = None
    edges: set[Edge] | None = None
    stopped: str | None = None


class Over(BaseException):
    """The sampling ends before its time, for the reason given. Hypothesis lets it through."""


class _Interesting(BaseException):
    """A violation was found. Not an Exception, so that Hypothesis does not run it a second time."""

    def __init__(self, found: ViolationFound) -> None:
        self.found = found


class Sampler:
    """Runs of one task, batch after batch. `sample` says at any time what they have shown."""

    def __init__(self, task: Task, runs: int, steps: int, seed_: int, remember: bool) -> None:
        self._task = task
        self._runs, self._steps, self._seed = runs, steps, seed_
        self._clock = Clock(task.budget, task.stop)
        self._reported = time.monotonic()
        self._wanted = set(task.properties)
        self._known = Known()
        self.sample = Sample(Plan(task.program, self._wanted), Coverage(task.program))
        if remember:
            self.sample.visited, self.sample.edges = set(), set()

    def run(self) -> None:
        """Run until there are enough, nothing is left to decide, or a budget ends. Keeps what was found."""
        try:
            with watched(self._look):
                self._sample()
        except KeyboardInterrupt:
            self.sample.stopped = INTERRUPTED
        except Over as reason:
            self.sample.stopped = str(reason)

    def _sample(self) -> None:
        """Batch after batch, until there is a reason to end; then make the witnesses shorter."""
        batch = 0
        while self.sample.runs < self._runs and self._wants_more():
            before, due = self.sample.runs, self._due()
            found = self._steered_batch(batch) if batch % LED else self._led_batch(batch)
            if found is not None:
                self._keep(found)
            elif self.sample.runs - before < due:
                self.sample.stopped = "no other runs can be drawn"
                break
            batch += 1
        if self.sample.stopped is not None:
            return
        for name, trace in self.sample.witnessed.items():
            self.sample.witnessed[name] = shortened(self._task.program, name, trace, WITNESS)

    def stats(self) -> Stats:
        """Counts so far: states as `distinct`, steps as `generated`, the longest run as `depth`."""
        sample = self.sample
        doing = f"{sample.runs:,} of {self._runs:,} runs, {sample.steps:,} steps"
        seconds = self._clock.seconds()
        return Stats(len(sample.states), sample.steps, sample.longest, 0, seconds, 0.0, doing)

    def _wants_more(self) -> bool:
        return bool(self._wanted) and (self._task.keep_going or not self.sample.violated)

    def _keep(self, found: ViolationFound) -> None:
        """Note a violation, then make its trace shorter; on Ctrl-C it stays as it is."""
        trace = self._shorter(found)
        self.sample.violated[found.property] = trace
        self._wanted.discard(found.property)
        self.sample.plan = Plan(self._task.program, self._wanted)
        trace = self.sample.violated[found.property] = shortened(self._task.program, found.property, trace)
        if any(rule.wide for rule in self.sample.plan.rules):
            chance = Free(self._seed * 1_000_003 - 1)
            self.sample.violated[found.property] = hunted(self._task.program, found.property, trace, chance, self._tick)

    def _shorter(self, found: ViolationFound) -> Trace:
        """The trace that was found, with the shortest way that is known to where it shows the property: its last state,
        or the one before its last step."""
        trace = found.trace
        if not self._task.program.speaks_of_steps(found.property) or not trace.steps:
            return self._known.shorter(trace)
        before = self._known.shorter(Trace(trace.states[:-1], trace.steps[:-1], trace.initial_choices))
        return led_on(before, trace.steps[-1], trace.states[-1])

    def _due(self) -> int:
        """How many runs the next batch has."""
        return min(max(5, min(BATCH, BATCH_STEPS // max(1, self._steps))), self._runs - self.sample.runs)

    def _steered_batch(self, number: int) -> ViolationFound | None:
        """One batch of runs that what was seen before steers; ends at the first violation."""
        missing = frozenset(self.sample.coverage.never())
        chance = Free(self._seed * 1_000_003 + number)
        try:
            for _ in range(self._due()):
                self._one(chance, missing, steered=True)
        except _Interesting as event:
            return event.found
        return None

    def _led_batch(self, number: int) -> ViolationFound | None:
        """One batch of runs that Hypothesis draws; ends at the first violation."""
        missing = frozenset(self.sample.coverage.never()) if number else frozenset()

        @st.composite
        def behaviour(draw: Draw) -> Walk:
            return self._one(Led(draw), missing)

        @seed(self._seed * 1_000_003 + number)
        @settings(
            max_examples=self._due(),
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.target),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )
        @given(behaviour())
        def runs(walk: Walk) -> None:
            target(float(len(walk.seen)), label="states seen in one run")
            target(float(len(walk.fired)), label="rules taken in one run")

        self._event: BaseException | None = None
        try:
            with alike():
                runs()
        except _Interesting as event:
            return event.found
        except Flaky:  # a run that was ended from here drew less than one before it: that is what ended it
            if isinstance(self._event, _Interesting):
                return self._event.found
            if self._event is None:
                raise
            raise self._event from None
        except Unsatisfiable:
            self.sample.stopped = "no run could be begun"
        return None

    def _one(self, chance: Chance, missing: Collection[Rule], steered: bool = False) -> Walk:
        """One run, from `init` until it has taken its steps or nothing can happen."""
        walk = Walk(self.sample.plan, self.sample.coverage)
        try:
            if not (steered and self._go_back(walk, chance)):
                if not walk.begin(chance):
                    self.sample.failed_to_begin += 1
                    return walk
                self._known.begins(walk.state, walk.initial_choices)
            weights: dict[Rule, int] = {}
            while len(walk.steps) < self._steps:
                self._tick()
                if steered and self._go_where_nobody_was(walk, chance):
                    continue
                following = next_step(walk, chance, weights, missing)
                if following is None:
                    break
                self._take(walk, *following)
            walk.end()
        except ViolationFound as found:
            self._event = _Interesting(found)
            raise self._event from None
        except (Over, KeyboardInterrupt) as event:
            self._event = event
            raise
        except BaseException:
            self.sample.cut_short += 1
            raise
        finally:
            self._note(walk)
        return walk

    def _go_back(self, walk: Walk, chance: Chance) -> bool:
        """Have a run begin where an earlier one was, and something was left to try; False if it is to begin anew."""
        if not self._known.open or chance.below(FROM_INIT) == 0:
            return False
        state = member(chance, self._known.open)
        if self._known.depth(state) >= self._steps:
            return False
        walk.go_on_from(self._known.way_to(state))
        return True

    def _go_where_nobody_was(self, walk: Walk, chance: Chance) -> bool:
        """Take a step to a state that is new to all runs, or one that fails; False if there is none, or if any step may
        be next."""
        if len(walk.steps) > walk.taken_before and chance.below(ANY_STEP) == 0:
            return False
        untried = walk.untried(self._known)
        self._known.set_open(walk.state, len(untried) > 1)
        if untried:
            self._take(walk, *member(chance, untried))
        return bool(untried)

    def _take(self, walk: Walk, rule: Rule, taken: Taken) -> None:
        step, state = taken.transition.step, taken.transition.state
        if state is not None:
            self._known.leads(walk.state, step, state)
        walk.take(rule, taken)

    def _note(self, walk: Walk) -> None:
        """Count a run, whether it came to its end or not."""
        sample = self.sample
        sample.runs += 1
        sample.steps += len(walk.steps) - walk.taken_before
        sample.longest = max(sample.longest, len(walk.states))
        sample.states.update(map(hash, walk.seen))
        for name in walk.shown:
            sample.shown[name] += 1
            if name in self._wanted and name not in sample.witnessed:
                sample.witnessed[name] = walk.witness(name)
        for name, failure in walk.unjudged.items():
            sample.unjudged.setdefault(name, failure)
        if sample.visited is not None and sample.edges is not None:
            sample.visited.update(walk.states)
            sample.edges.update(zip(walk.states, walk.states[1:], strict=False))

    def _tick(self) -> None:
        """Report progress now and then; end the sampling when it is time."""
        self._look()
        now = time.monotonic()
        if self._task.progress is not None and now - self._reported >= _PROGRESS_SECONDS:
            self._reported = now
            self._task.progress(self.stats())

    def _look(self) -> None:
        """End the sampling when it is time, within a step too."""
        try:
            self._clock.look()
        except Stopped as reason:
            raise Over(str(reason)) from None
