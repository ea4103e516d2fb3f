"""The temporal properties that a rank proves, from any state that the hypotheses of an induction allow.

The rule is that of `checker.contract.ranking`, which judges each counterexample. Of a state and a step a solution may
claim that something does not help which does, or helps which does not: then choices are learned that show it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import z3

from checker.contract.ranking import Wrong
from checker.contract.trace import Trace
from checker.contract.verdict import NotInductive, Unknown
from checker.engines.symbolic import values
from checker.engines.symbolic.bmc import TooShort
from checker.engines.symbolic.claims import as_constants
from checker.engines.symbolic.encode import Encoding, Judgement, StepRelation
from checker.engines.symbolic.hypotheses import Allowed, Hypotheses
from checker.engines.symbolic.owed import Owed
from checker.engines.symbolic.rank_terms import Helper, Promise
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, Substitution, and_, not_, or_
from checker.ir.nodes import Temporal
from checker.ir.ranks import Rank
from checker.ir.temporal import Fairness, TemporalKind
from checker.semantics import State

INSTEAD = "'auto', 'explicit' and 'reference' do"


def not_covered(temporal: Temporal) -> str | None:
    """Why the rule proves nothing of the kind of a property; None if it does."""
    match temporal.kind:
        case TemporalKind.EVENTUALLY | TemporalKind.LEADS_TO | TemporalKind.ALWAYS_EVENTUALLY:
            return None
        case TemporalKind.EVENTUALLY_ALWAYS:
            return f"a @rank proves that something comes, not that it stays, as @{temporal.kind} says: {INSTEAD}"
        case TemporalKind.TEMPORAL:
            return f"a @rank proves that something comes, not a formula: {INSTEAD}"
        case _:
            assert_never(temporal.kind)


@dataclass
class RankProof:
    """One property and its rank."""

    encoding: Encoding
    hypotheses: Hypotheses
    temporal: Temporal
    rank: Rank
    clock: Clock

    def __post_init__(self) -> None:
        self._owed = Owed(self.encoding, self.clock)
        self._promise = Promise(self.encoding, self.temporal, self.rank)
        self._helpers = [Helper(thing, self._promise, number) for number, thing in enumerate(self._owed.things)]
        self._used: set[str] = set()

    def wrong(self, at_once: Callable[[Bool], Trace | None], used: set[str]) -> Unknown | None:
        """What the proof fails at; None if it does not, and then the hypotheses that it takes have come to `used`.
        `at_once` finds an initial state. Raises TooShort."""
        parts = (self._has_no_value, lambda: self._begins(at_once), self._rises, self._nobody, self._stops)
        for part in parts:
            found = part()
            if found is not None:
                return found
        used |= self._used
        return None

    # -- what can be evaluated -----------------------------------------------------------------------------------------

    def _has_no_value(self) -> Unknown | None:
        """The condition cannot be evaluated in some state, or the rank in one in which it is asked for."""
        promise = self._promise
        judged: tuple[tuple[str, Judgement, Bool], ...] = (
            (self.temporal.name, promise.conditions, True),
            (self.rank.name, promise.ranked, promise.wanted),
        )
        solver = self.hypotheses.solver()
        for name, judgement, asked in judged:
            possible = and_(asked, *map(values.belongs, promise.conditions.kinds, promise.conditions.arguments))
            overruns = [(promise.of_rank(each.when), each.span) for each in judgement.overruns]
            found = self._find(solver, possible, or_(*(when for when, _ in overruns)))
            if found is not None:
                raise TooShort(next(span for when, span in overruns if values.truth(when, found.solution)))
            faults = [promise.of_rank(each.when) for each in judgement.faults]
            if self._find(solver, possible, or_(*faults)) is not None:
                return Unknown(f"in a state that the claims allow, '{name}' cannot be evaluated")
        return None

    # -- the rule ------------------------------------------------------------------------------------------------------

    def _begins(self, at_once: Callable[[Bool], Trace | None]) -> Unknown | None:
        state: State | None = None
        if self.temporal.kind is TemporalKind.EVENTUALLY:
            trace = at_once(self._promise.without)
            state = None if trace is None else trace.states[0]
        else:
            found = self._find(self.hypotheses.solver(), self._promise.without)
            state = None if found is None else found.state
        return None if state is None else self._shown(Wrong.BEGINS, Trace((state,), ()))

    def _rises(self) -> Unknown | None:
        solver, promise = self.hypotheses.solver(), self._promise
        for form in self.encoding.forms:
            keeps = Substitution(list(values.bound(promise.primed, form.after)))(promise.keeps)
            found = self._find(solver, promise.owed, form.happens, not_(keeps))
            if found is not None:
                return self._shown(Wrong.RISES, self._step(found, form))
        return None

    def _nobody(self) -> Unknown | None:
        solver = self.hypotheses.solver()
        while True:
            goal = and_(self._promise.owed, *(helper.fails() for helper in self._helpers))
            found = self._find(solver, goal)
            if found is None:
                return None
            claimed = [each for each in self._helpers if _is_denied(each, found.solution, None)]
            if not self._learn(claimed, found.state):
                return self._shown(Wrong.NOBODY, Trace((found.state,), ()))

    def _stops(self) -> Unknown | None:
        solver, promise = self.hypotheses.solver(), self._promise
        for form in self.encoding.forms:
            becomes = Substitution(list(values.bound(self.encoding.before, form.after)))
            lowers = Substitution(list(values.bound(promise.primed, form.after)))(promise.lowers)
            base = and_(promise.owed, form.happens, not_(lowers))
            while True:
                stops = [and_(helper.helps(), becomes(helper.fails())) for helper in self._helpers]
                found = self._find(solver, base, or_(*stops))
                if found is None:
                    break
                trace = self._step(found, form)
                said = zip(self._helpers, stops, strict=True)
                claimed = [each for each, stop in said if values.truth(stop, found.solution)]
                harmful = [self._learn_harm(each, found) for each in claimed]
                denied = [each for each in claimed if _is_denied(each, found.solution, becomes)]
                if not any(harmful) and not self._learn(denied, trace.states[-1]):
                    return self._shown(Wrong.STOPS, trace)
        return None

    # -- choices that are learned --------------------------------------------------------------------------------------

    def _learn(self, helpers: Sequence[Helper], state: State) -> bool:
        """Whether one of those that are said to be unable to do anything in a state can; it is known from now on."""
        open_ = [each.number for each in helpers if not each.thing.always_known]
        learned = [self._owed.learn(number, state) is not None for number in open_]
        return any(learned)

    def _learn_harm(self, helper: Helper, found: Allowed) -> bool:
        """Whether something that is said to help does not, for choices that are known from now on."""
        arguments = values.leaves(self._promise.conditions.arguments)
        given = [(each, found.solution.eval(each, model_completion=True)) for each in arguments]
        here = Substitution([*as_constants(self.encoding, found.state), *given])
        for harm, variables in helper.harmful():
            term = and_(here(harm), *(here(known) for known in helper.known))
            solution = None if term is False else Solver(self.clock).solution(term)
            if solution is not None:
                chosen = [(each, solution.eval(each, model_completion=True)) for each in variables]
                helper.known.append(not_(Substitution(chosen)(harm)))
                return True
        return False

    # -- what is found -------------------------------------------------------------------------------------------------

    def _find(self, solver: Solver, *goals: Bool) -> Allowed | None:
        goal = and_(*goals)
        if goal is False:
            return None
        found = self.hypotheses.find(solver, goal)
        if isinstance(found, Allowed):
            return found
        self._used |= found.used
        return None

    def _step(self, found: Allowed, form: StepRelation) -> Trace:
        return self.hypotheses.counterexample(self.temporal.name, found.state, form.step(found.solution)).trace

    def _shown(self, wrong: Wrong, trace: Trace) -> Unknown:
        shown = NotInductive(self.temporal.name, self.hypotheses.held(), trace, self.rank.name)
        said = f"the rank '{self.rank.name}' does not prove it: {self._words(wrong, trace)}"
        strong = Fairness.STRONG in self.encoding.program.fairness.values()
        if strong and wrong in (Wrong.NOBODY, Wrong.STOPS):
            said += " (strong fairness counts for no more than weak here)"
        return Unknown(said, shown)

    def _words(self, wrong: Wrong, trace: Trace) -> str:
        step = f"'{trace.steps[-1].name}'" if trace.steps else ""
        match wrong:
            case Wrong.BEGINS:
                return "it is None in a state in which the property begins to be owed"
            case Wrong.RISES:
                return f"{step} raises it, or leaves the property owed without a rank"
            case Wrong.NOBODY:
                return "in some state no fair step lowers it"
            case Wrong.STOPS:
                return f"{step} leaves it as it was, and what would have lowered it does so no more"
            case _:
                assert_never(wrong)


def _is_denied(helper: Helper, solution: z3.ModelRef, becomes: Substitution | None) -> bool:
    """Whether a solution says of something that it can do nothing."""
    known = helper.thing.known if becomes is None else [becomes(each) for each in helper.thing.known]
    return not any(values.truth(each, solution) for each in known)
