"""Bounded search: are there behaviours of 1, 2, 3, ... states that break a property? Shortest counterexamples first.

Decides violations, witnesses, deadlocks and failures up to a depth. Where no behaviour is longer than those looked at,
it decides everything. It never ends by itself on a model that goes on for ever: a budget, a violation or having seen
all that was asked for ends it.

At each depth, as in breadth-first search, the properties are judged in the state first; then comes what may happen
next: a failing step, or nothing. A state is stuck if no step is possible for any choices. That is a statement about all
choices, and so it is approached from above: a state in which no step that is known by its choices is possible, until
every such state has been shown to have another step, which then is known too.

Last come whole behaviours: lassos whose last state is at this depth (`lassos`), of which a temporal property is false.
That one holds is never said: a longer lasso may refute it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import z3

from checker.contract import task as engine
from checker.contract.task import INIT_FAILS, NO_DEADLOCK, NO_FAILURE, Outcome, Task
from checker.contract.trace import AT_STATE, End, Failing, Lasso, Trace
from checker.contract.verdict import Proved, Unknown, Unreachable, Verdict
from checker.engines.common.clock import Stopped, depth_ended, ended_by
from checker.engines.common.ledger import UNEVALUABLE, Ledger, known_depth
from checker.engines.common.temporal import BEYOND, CANNOT_FOLLOW, known, no_lasso, not_compared
from checker.engines.symbolic import values
from checker.engines.symbolic.encode import Encoding, Judgement, StepRelation
from checker.engines.symbolic.lassos import Lassos
from checker.engines.symbolic.owed import too_many
from checker.engines.symbolic.run import Overrun
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.stepping import Stepping
from checker.engines.symbolic.stuck import Stuck
from checker.engines.symbolic.terms import Bool, and_, fresh, not_, or_
from checker.engines.symbolic.unrolling import Unrolling
from checker.errors import EngineBug, ModelError, Span
from checker.ir.analysis import constrained
from checker.ir.nodes import Temporal
from checker.ir.types import Value
from checker.semantics import Failure, Interpreter, State, StepFailed, Transition
from checker.simplify import simplified

FIRST_LIMIT, LAST_LIMIT = 2, 64
"""Loops are unrolled so often at first, and twice as often when that is not enough, up to the last limit."""


class BmcEngine:
    """Bounded search with Z3, deeper and deeper."""

    name = "bmc"

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided; ends with `stopped` set if a budget or Ctrl-C ended it."""
        with fresh():
            return known(task, not_compared(task, self.name), lambda part: _Search(part).outcome(), self.name)


class TooShort(Exception):
    """A loop can go on for longer than it was unrolled."""

    def __init__(self, span: Span) -> None:
        self.span = span


class Rounds:
    """How often each loop is unrolled: rarely at first, then as often as turns out to be needed."""

    def __init__(self) -> None:
        self._known: dict[Span, int] = defaultdict(lambda: FIRST_LIMIT)

    def __call__(self, span: Span) -> int:
        """The limit for the loop at this place."""
        return self._known[span]

    def more(self, span: Span) -> None:
        """Unroll this loop twice as often from now on. Stopped if that is too often."""
        if self._known[span] >= LAST_LIMIT:
            problem = f"the loop at {span} may go on for more than {LAST_LIMIT} rounds within a step"
            raise Stopped(f"{problem}; bound it, by a `for` over a finite type that it leaves with `break`, say")
        self._known[span] *= 2


@dataclass(frozen=True, slots=True)
class _Query:
    """Something that may be so in some state at a depth, and what to do with a solution that shows it."""

    when: Bool
    found: Callable[[z3.ModelRef], None]


class _Search:
    """One task on its way to an outcome. `judged` and `expanded` are the depths up to which each pass is complete."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.clock = Clock(task)
        self.rounds = Rounds()
        self.interpreter = Interpreter(task.program)
        self.ledger = Ledger(task)
        self.judged = self.expanded = 0
        self.stepped = 0  # the depth up to which the steps to its states have been judged, less one
        self.closed = 0  # the depth up to which lassos have been looked for
        self.complete = False
        self.barren = False  # init fails, whatever it chooses
        self.stopped: str | None = None

    def outcome(self) -> Outcome:
        """Search, then say what is known."""
        self._leave_out()
        self.stopped = ended_by(self._deepen, self.clock.look) or self.stopped
        decided = self.ledger.verdicts
        verdicts = {name: decided.get(name) or self._undecided(name) for name in self.task.properties}
        return Outcome((BmcEngine.name,), verdicts, self.clock.stats(), self.stopped)

    def _leave_out(self) -> None:
        """Temporal properties of which nothing can be said."""
        why = BEYOND if constrained(self.task.program) else too_many(self.task.program)
        for each in self._temporal():
            if why is not None:
                self.ledger.decide(each.name, Unknown(why))

    def _temporal(self) -> list[Temporal]:
        """The temporal properties that are open."""
        return [each for each in self.task.program.temporal if self.ledger.is_open(each.name)]

    def _deepen(self) -> None:
        """Search; when a loop turns out to be unrolled too rarely, encode again and go on from the same depth."""
        self.program = simplified(self.task.program)  # what is solved; traces are of the plain one
        while True:
            try:
                self._search()
                return
            except TooShort as loop:
                self.rounds.more(loop.span)

    def _search(self) -> None:
        began = self.clock.seconds()
        self.clock.doing = "encoding"
        self.encoding = Encoding(self.program, self.rounds, self.clock.look)
        self.unrolling = Unrolling(self.encoding)
        self.stuck = Stuck(self.encoding, self.clock)
        self.stepping = Stepping(self.task.program, self.rounds, self.clock.look)
        self.solver = Solver(self.clock)
        self.lassos = Lassos(self.encoding, self.unrolling, self.solver, self.clock)
        self._begin()
        if self.barren:
            return
        depth = 0
        while self.ledger.wants_more():
            if depth >= self.judged:
                self._at(depth, "states", self._about_states(depth))
                self.judged = depth + 1
            if not self.ledger.wants_more():
                break
            if depth >= self.expanded:
                self._at(depth, "steps", self._about_steps(depth))
                self._find_stuck(depth)
                self.expanded = depth + 1
            if depth >= self.closed:
                self._find_lassos(depth)
                self.closed = depth + 1
            if self._limit_reached(depth + 1) or not self.ledger.wants_more():
                break
            self._go(depth)
            if depth >= self.stepped:
                self._judge_steps(depth)
                self.stepped = depth + 1
            if depth == 0:
                self.clock.encoding_seconds += self.clock.seconds() - began
            depth += 1
            if depth >= self.judged and self.solver.solution() is None:
                self.complete = True
                break

    def _limit_reached(self, depth: int) -> bool:
        limit = self.task.budget.max_depth
        if limit is None or depth < limit:
            return False
        self.stopped = depth_ended(limit)
        return True

    def _begin(self) -> None:
        """The initial states, or how init fails."""
        init = self.encoding.init
        started = Solver(self.clock)
        for overrun in init.overruns:
            if started.solution(overrun.when) is not None:
                raise TooShort(overrun.span)
        failing = or_(*(fault.when for fault in init.faults))
        if self.ledger.is_open(NO_FAILURE):
            solution = started.solution(failing)
            if solution is not None:
                self.ledger.fails(failing_init(self.interpreter, init.step(solution).choices))
        self.solver.add(*self.unrolling.begins())
        if self.solver.solution() is not None:
            beyond = self.solver.solution(self.unrolling.at(0)(not_(self.encoding.within)))
            if beyond is not None:
                raise engine.begins_outside(self.task.program, self.unrolling.state(0, beyond))
            return
        if NO_FAILURE not in self.ledger.verdicts and started.solution(failing) is None:
            raise no_initial_state(self.task)
        self.barren = True

    def _go(self, depth: int) -> None:
        self.clock.doing = f"depth {depth + 2}: encoding"
        self.clock.look()
        self.solver.add(*self.unrolling.goes(depth))

    def _at(self, depth: int, about: str, queries: list[_Query]) -> None:
        """Find what of these is so at a depth, one after the other, until nothing is."""
        self.clock.depth = depth + 1
        self.clock.doing = f"depth {depth + 1}: {about}"
        at = self.unrolling.at(depth)
        open_ = [(at(query.when), query) for query in queries]
        while True:
            open_ = [(when, query) for when, query in open_ if when is not False]
            solution = self.solver.solution(or_(*(when for when, _ in open_)))
            if solution is None:
                break
            shown = [each for each in open_ if values.truth(each[0], solution)]
            for _, query in shown:
                query.found(solution)
            open_ = [each for each in open_ if each not in shown]
        self.solver.add(*(not_(when) for when, _ in open_))

    def _about_states(self, depth: int) -> list[_Query]:
        """What the properties may come to in a state at this depth."""
        queries: list[_Query] = []
        for judged in self.task.program.properties:
            name, traits = judged.name, judged.kind.traits
            asked = traits.asked and self.ledger.is_open(name)
            if not (asked or (traits.everywhere and self.ledger.is_open(NO_FAILURE))):
                continue
            judgement = self.encoding.judgement(name)
            if asked:
                queries.append(_Query(_shows(traits.witnessed, judgement), self._decides(name, depth)))
            queries += [
                _Query(or_(*(fault.when for fault in judgement.faults)), self._cannot_judge(name, depth)),
                *map(_too_short, judgement.overruns),
            ]
        for temporal in self._temporal():
            judgement = self.encoding.conditions(temporal.name)
            possible = and_(*map(values.belongs, judgement.kinds, judgement.arguments))
            faults = or_(*(fault.when for fault in judgement.faults))
            queries.append(_Query(and_(possible, faults), self._has_no_condition(temporal, judgement, depth)))
            queries += [_too_short(Overrun(and_(possible, each.when), each.span)) for each in judgement.overruns]
        return queries

    def _has_no_condition(self, temporal: Temporal, judgement: Judgement, depth: int) -> Callable[[z3.ModelRef], None]:
        """The condition of a temporal property fails in a state instead of being true or false."""

        def found(solution: z3.ModelRef) -> None:
            known = zip(judgement.kinds, judgement.arguments, strict=True)
            arguments = tuple(values.read(kind, value, solution) for kind, value in known)
            try:
                self.interpreter.conditions(temporal, arguments, self.unrolling.state(depth, solution))
            except StepFailed as failed:
                self.ledger.cannot_judge(temporal.name, failed.failure)

        return found

    def _judge_steps(self, depth: int) -> None:
        """Hold the `@step` properties against the steps from this depth to the next."""
        before, after = (tuple(map(self.unrolling.value_at(at), self.encoding.before)) for at in (depth, depth + 1))
        queries: list[_Query] = []
        for name in (each.name for each in self.task.program.steps if self.ledger.is_open(each.name)):
            found = self.stepping.of(name, before, after)
            queries.append(_Query(found.violated, self._decides(name, depth + 1)))
            queries.append(_Query(found.undefined, self._cannot_judge_step(name, depth)))
            queries += map(_too_short, found.overruns)
        self._at(depth + 1, "steps to it", queries)

    def _cannot_judge_step(self, name: str, depth: int) -> Callable[[z3.ModelRef], None]:
        def found(solution: z3.ModelRef) -> None:
            try:
                self.interpreter.allows(
                    name, self.unrolling.state(depth, solution), self.unrolling.state(depth + 1, solution)
                )
            except StepFailed as failed:
                self.ledger.cannot_judge(name, failed.failure)

        return found

    def _decides(self, name: str, depth: int) -> Callable[[z3.ModelRef], None]:
        def found(solution: z3.ModelRef) -> None:
            self.ledger.shows(name, self._trace(depth, solution))

        return found

    def _cannot_judge(self, name: str, depth: int) -> Callable[[z3.ModelRef], None]:
        """A property fails in a state instead of being true or false."""

        def found(solution: z3.ModelRef) -> None:
            state = self.unrolling.state(depth, solution)
            try:
                self.interpreter.holds(name, state)
                return  # no such failure: the trace of it would not replay, and is not shown
            except StepFailed as failed:
                failure = failed.failure
            if self.ledger.is_open(NO_FAILURE):
                self.ledger.fails(self._trace(depth, solution, Failing(None, failure)))
            self.ledger.cannot_judge(name, failure)

        return found

    def _about_steps(self, depth: int) -> list[_Query]:
        """How the steps from a state at this depth may fail."""
        queries: list[_Query] = []
        for form in self.encoding.forms:
            queries += map(_too_short, form.overruns)
            if self.ledger.is_open(NO_FAILURE) or self._temporal():
                queries.append(_Query(or_(*(fault.when for fault in form.faults)), self._fails(form, depth)))
        return queries

    def _fails(self, form: StepRelation, depth: int) -> Callable[[z3.ModelRef], None]:
        def found(solution: z3.ModelRef) -> None:
            step = self.unrolling.step_of(form, depth, solution)
            found = self.interpreter.run(self.unrolling.state(depth, solution), step)
            end = Failing(step, failure_of(found, f"'{step.name}'"))
            self.ledger.fails(self._trace(depth, solution, end))
            for each in self._temporal():
                self.ledger.decide(each.name, Unknown(f"{CANNOT_FOLLOW} ({end.failure.message})"))

        return found

    def _find_stuck(self, depth: int) -> None:
        """Deadlocks at this depth, and `@final` properties that fail where nothing can happen."""
        self.clock.doing = f"depth {depth + 1}: deadlocks"
        at = self.unrolling.at(depth)
        queries = [(cut.when, cut.found) for cut in map(_too_short, self.stuck.final_overruns)]
        if self.ledger.is_open(NO_DEADLOCK):
            queries.append((self.stuck.deadlocked, self._deadlocks(depth)))
        if self.ledger.is_open(NO_FAILURE) or self.ledger.is_open(NO_DEADLOCK):
            queries += [(when, self._cannot_end(name, depth)) for name, when in self.stuck.final_faults]
        for when, found in queries:
            while True:
                self.solver.add()
                solution = self.solver.solution(and_(at(when), *map(at, self.stuck.nothing_known)))
                if solution is None:
                    break
                if not self.stuck.learn(self.unrolling.state(depth, solution)):
                    found(solution)
                    break

    def _deadlocks(self, depth: int) -> Callable[[z3.ModelRef], None]:
        def found(solution: z3.ModelRef) -> None:
            self.ledger.shows(NO_DEADLOCK, self._trace(depth, solution))

        return found

    def _cannot_end(self, name: str, depth: int) -> Callable[[z3.ModelRef], None]:
        judge = self._cannot_judge(name, depth)

        def found(solution: z3.ModelRef) -> None:
            judge(solution)
            reason = f"{UNEVALUABLE}: a @final property fails there"
            self.ledger.decide(NO_DEADLOCK, Unknown(reason))

        return found

    def _find_lassos(self, depth: int) -> None:
        """Temporal properties that are false of a behaviour which goes on for ever after this depth."""
        for each in self._temporal():
            self.clock.doing = f"depth {depth + 1}: lassos of {each.name}"
            found = self.lassos.find(depth, each)
            if found is not None:
                self.ledger.shows(each.name, self._trace(depth, found.solution, Lasso(found.back_to)))
            if not self.ledger.wants_more():
                break
        self.lassos.done(depth)

    def _trace(self, depth: int, solution: z3.ModelRef, end: End = AT_STATE) -> Trace:
        """The behaviour that a solution shows, up to the state at this depth."""
        states: tuple[State, ...] = tuple(self.unrolling.state(each, solution) for each in range(depth + 1))
        steps = tuple(self.unrolling.taken(each, solution) for each in range(depth))
        begun = self.encoding.init.step(solution, self.unrolling.value_at(0))
        return Trace(states, steps, begun.choices, end)

    def _undecided(self, name: str) -> Verdict:
        if self.barren:
            return Unknown(INIT_FAILS)
        if isinstance(self.task.program.claimed(name), Temporal):
            return Unknown(no_lasso(self.closed, None if self.complete else self.ledger.why(self.stopped)))
        if self.complete:
            return Unreachable(None) if self.task.program.witnessed(name) else Proved(0)
        if self.task.program.speaks_of_steps(name):
            return self.ledger.within(name, self.judged, self.stepped, self.ledger.why(self.stopped))
        known = known_depth(name, self.judged, self.expanded)
        why = self.ledger.why(self.stopped) + (f"; not seen to depth {known}" if known else "")
        return self.ledger.within(name, self.judged, self.expanded, why)


def _shows(sought: bool, judgement: Judgement) -> Bool:
    """That a property has the value that decides it."""
    return and_(judgement.defined, judgement.value if sought else not_(judgement.value))


def _too_short(overrun: Overrun) -> _Query:
    def found(solution: z3.ModelRef) -> None:
        raise TooShort(overrun.span)

    return _Query(overrun.when, found)


def no_initial_state(task: Task) -> ModelError:
    """What to raise when init has no outcome."""
    return engine.no_initial_state(task.program)


def failing_init(interpreter: Interpreter, choices: tuple[Value, ...]) -> Trace:
    """The trace of an init that fails with these choices. Raises EngineBug if it does not."""
    return Trace((), (), choices, Failing(None, failure_of(interpreter.start(choices), "'init'")))


def failure_of(found: Transition | None, what: str) -> Failure:
    """How a step fails. Raises EngineBug, naming it as `what`, if it does not: then the encoding is wrong."""
    if found is None or found.failure is None:
        raise EngineBug(f"{what} fails in the encoding and not in the interpreter")
    return found.failure
