"""Induction: what holds in the initial states and is kept by every step holds for ever.

Decides `@always` properties, `@lemma`s, deadlocks and failures at any depth, or says which step breaks which claim. All
claims are assumed together before a step, and each is to be proved after it; a claim that some step breaks is dropped,
and whatever was proved with its help is tried again without it. What remains is proved. A property that is dropped is
tried once more by induction over several steps.

A temporal property is proved by its `@rank` (`rank_proof`), in the states that the claims allow.

A state from which a claim is broken may be unreachable: that refutes the proof, not the property. Real violations are
found in the base case only, that is in initial states and within the first steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from checker.contract.task import BUILT_IN, INIT_FAILS, NO_DEADLOCK, NO_FAILURE, Evidence, Outcome, Task, begins_outside
from checker.contract.trace import Failing, Trace
from checker.contract.verdict import NotInductive, Proved, Unknown, Unreachable, Verdict, Violated, Witnessed
from checker.engines.common.clock import ended_by
from checker.engines.common.ledger import Ledger, cannot_be_evaluated
from checker.engines.common.temporal import BEYOND, CANNOT_FOLLOW, known, not_compared, without_rank
from checker.engines.symbolic import values
from checker.engines.symbolic.base_case import Beginning
from checker.engines.symbolic.bmc import BmcEngine, Rounds, TooShort, no_initial_state
from checker.engines.symbolic.claims import Hypothesis, claim
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.evidence import evidence
from checker.engines.symbolic.hypotheses import Allowed, Hypotheses
from checker.engines.symbolic.invariants import Candidate, candidates
from checker.engines.symbolic.k_induction import longer
from checker.engines.symbolic.owed import too_many
from checker.engines.symbolic.rank_proof import RankProof, not_covered
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.step_claims import StepClaims
from checker.engines.symbolic.step_proof import Broken, StepProof
from checker.engines.symbolic.stuck import Stuck
from checker.engines.symbolic.terms import Bool, and_, fresh, not_, or_
from checker.ir.analysis import constrained
from checker.ir.nodes import Temporal
from checker.ir.property_kind import PropertyKind
from checker.ir.ranks import Rank, rank_of
from checker.semantics import Interpreter, State, StepFailed

MANY_QUESTIONS = 1000
"""From so many pairs of a step and a claim on, each step is asked about all claims at once: one by one tells which
lemmas each proof needs. Two-phase commit with its lemmas, 7 claims and 17 steps, is proved in 0.3 to 0.5 s of processor
time either way; the map in steps, 23 claims and 169 steps, in 43 s at once, and not within 69 one by one."""

MOST_SPARE = 80
"""Invariants that were found, up to which it is tried to do without each. Of Peterson's lock 39 are spare, and 10
instead of 29 are shown for it; of two-phase commit 37, and 12 instead of 36. Trying costs nothing to speak of, 5.0 s of
processor time instead of 4.6 to 5.3, and 2.0 instead of 2.2: what is left makes the last proofs smaller."""


class InductionEngine:
    """One-step induction with lemmas, then induction over more steps, with Z3."""

    name = "induction"

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided; ends with `stopped` set if a budget or Ctrl-C ended it."""
        with fresh():
            return known(task, not_compared(task, self.name), lambda part: _Proof(part).outcome(), self.name)


@dataclass
class _Proof:
    """One task on its way to an outcome."""

    task: Task
    broken: dict[str, NotInductive] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)  # in the order in which that happened
    stopped: str | None = None

    def __post_init__(self) -> None:
        self.clock = Clock(self.task)
        self.ledger = Ledger(self.task)
        self.rounds = Rounds()
        self.interpreter = Interpreter(self.task.program)
        self.kinds = {judged.name: judged.kind for judged in self.task.program.properties}
        self.evidence: Evidence | None = None
        self.searching = False
        self.barren = False  # init fails, whatever it chooses
        self.excluded: list[Hypothesis] = []  # what was proved never to happen

    def outcome(self) -> Outcome:
        """Prove, then say what is known."""
        self.stopped = ended_by(self._prove_all, self.clock.look)
        decided = self.ledger.verdicts
        verdicts = {name: decided.get(name) or self._undecided(name) for name in self.task.properties}
        return Outcome((InductionEngine.name,), verdicts, self.clock.stats(), self.stopped, self.evidence)

    def _prove_all(self) -> None:
        """Prove; when a loop turns out to be unrolled too rarely, begin again with more rounds."""
        while True:
            self.ledger = Ledger(self.task)
            self.broken, self.dropped, self.excluded = {}, [], []
            try:
                self._prove()
                return
            except TooShort as loop:
                self.rounds.more(loop.span)

    def _prove(self) -> None:
        began = self.clock.seconds()
        self.clock.doing = "encoding"
        self.encoding = Encoding(self.task.program, self.rounds, self.clock.look)
        wanted = [name for name, kind in self.kinds.items() if kind.traits.invariant]
        wanted.sort(key=lambda name: self.kinds[name] is not PropertyKind.LEMMA)
        claims = {name: claim(self.encoding, name, self.kinds[name]) for name in wanted}
        self.assumed = Hypotheses(self.encoding, self.clock, claims)
        assert self.encoding.forms is not None  # built here, so that it counts as encoding
        self.clock.encoding_seconds += self.clock.seconds() - began
        self._base()
        if self.barren:
            return
        self.steps = [StepProof(self.assumed, form) for form in self.encoding.forms]
        self._loops_end()  # with all that may be assumed: to find out early costs less
        self._drop_until_kept()
        self._loops_end()
        self._say_what_is_proved()
        self._built_in()
        self._search()
        self._of_steps()
        self._of_behaviours()
        self._never()
        if self.task.certify:
            proved = tuple(name for name, verdict in self.ledger.verdicts.items() if _is_one_step(verdict))
            self.evidence = evidence(
                self.encoding,
                list(self.assumed.claims.values()),
                self.excluded,
                proved,
                self.stuck,
                self.of_steps.obligations(),
            )
        self._longer()

    # -- the base case -------------------------------------------------------------------------------------------------

    def _base(self) -> None:
        """What is so in the initial states."""
        self.clock.doing = "initial states"
        self.beginning = Beginning(self.encoding, self.clock)
        failure = self.beginning.failure(self.interpreter)
        self.barren = not self.beginning.some
        if failure is None and self.barren:
            raise no_initial_state(self.task)
        beyond = self.beginning.where(not_(self.encoding.within))
        if beyond is not None:
            raise begins_outside(self.task.program, beyond.states[0])
        if failure is not None:
            self.ledger.fails(failure)
        for each in list(self.assumed.claims.values()):
            trace = self.beginning.where(not_(each.holds))
            if trace is not None:
                self._false_at_once(each, trace)

    def _false_at_once(self, wrong: Hypothesis, trace: Trace) -> None:
        """A claim is false, or cannot be evaluated, in an initial state."""
        self.assumed.claims.pop(wrong.name)
        self.dropped.append(wrong.name)
        try:
            self.interpreter.holds(wrong.name, trace.states[0])
            self.ledger.decide(wrong.name, Violated(trace))
        except StepFailed as failed:
            self.ledger.decide(wrong.name, cannot_be_evaluated(failed.failure))
            if self._is_evaluated(wrong.name, self.kinds[wrong.name]):
                self.ledger.fails(replace(trace, end=Failing(None, failed.failure)))

    # -- the step ------------------------------------------------------------------------------------------------------

    def _drop_until_kept(self) -> None:
        """Drop the claims that some step breaks, until every step keeps all that are left."""
        settled = False
        while not settled:
            settled = True
            for number, step in enumerate(self.steps):
                self.clock.doing = f"step {number + 1} of {len(self.steps)}: {step.form.name}"
                while broken := self._broken_by(step):
                    settled = False
                    for each in broken.claims:
                        self._drop(each, broken.how)
                step.release()

    def _broken_by(self, step: StepProof) -> Broken | None:
        """Claims that a step breaks; None if it keeps all that are assumed. Claims are asked about one by one, which
        tells what each proof needs, unless that would be too many questions."""
        claims = list(self.assumed.claims.values())
        if self.searching or len(claims) * len(self.steps) > MANY_QUESTIONS:
            return step.breaks_any(claims)
        return next((broken for each in claims if (broken := step.breaks(each)) is not None), None)

    def _drop(self, each: Hypothesis, how: NotInductive) -> None:
        del self.assumed.claims[each.name]
        if each.kind is not None and each.name not in self.dropped:
            self.dropped.append(each.name)
            self.broken[each.name] = replace(how, broken=each.name)
        for step in self.steps:
            step.forget(each)

    def _loops_end(self) -> None:
        """No loop goes on for longer than it was unrolled, in the states that the hypotheses allow."""
        self.clock.doing = "loops"
        solver = self.assumed.solver()
        judged = [self.encoding.judgement(name) for name, kind in self.kinds.items() if self._is_evaluated(name, kind)]
        groups = [form.overruns for form in self.encoding.forms] + [judgement.overruns for judgement in judged]
        for overruns in groups:
            found = self.assumed.find(solver, or_(*(each.when for each in overruns)))
            if isinstance(found, Allowed):
                raise TooShort(next(each.span for each in overruns if values.truth(each.when, found.solution)))

    def _is_invariant(self, name: str) -> bool:
        return name in self.kinds and self.kinds[name].traits.invariant

    def _is_evaluated(self, name: str, kind: PropertyKind) -> bool:
        """Whether the property is evaluated in every state by those who ask for no failures."""
        return kind.traits.everywhere or name in self.task.properties

    # -- the verdicts --------------------------------------------------------------------------------------------------

    def _say_what_is_proved(self) -> None:
        for name in self.assumed.claims:
            if name in self.task.properties:
                self.ledger.decide(name, self._proved({name}, but=name))

    def _proved(self, rests_on: set[str], but: str = "") -> Proved:
        """The verdict on something that was proved with these claims."""
        lemmas = [name for name, each in self.assumed.claims.items() if each.kind is PropertyKind.LEMMA and name != but]
        needed = self._needed(rests_on)
        used = tuple(lemma for lemma in lemmas if lemma in needed)
        found = tuple(name for name, each in self.assumed.claims.items() if each.kind is None and name in needed)
        return Proved(1, used, tuple(lemma for lemma in lemmas if lemma not in needed), found)

    def _needed(self, names: set[str]) -> set[str]:
        """The claims that the proofs of these rest on, and the proofs of those, and so on."""
        needed: set[str] = set()
        waiting = set(names)
        while waiting:
            name = waiting.pop()
            if name in needed:
                continue
            needed.add(name)
            for step in self.steps:
                if self.searching:
                    step.explain(self.assumed.claims[name])
                waiting |= step.uses(name) - needed
        return needed

    def _built_in(self) -> None:
        """No step or property fails, and no state is stuck, in the states that the hypotheses allow."""
        self.stuck = Stuck(self.encoding, self.clock)
        for overrun in self.stuck.final_overruns:
            if self._find_stuck(self.assumed.solver(), set(), overrun.when) is not None:
                raise TooShort(overrun.span)
        for name, cannot in ((NO_FAILURE, self._cannot_fail), (NO_DEADLOCK, self._cannot_be_stuck)):
            if self.ledger.is_open(name):
                self.clock.doing = name
                rests_on: set[str] = set()
                wrong = cannot(rests_on)
                if isinstance(wrong, NotInductive):
                    wrong = self._open(name, wrong)
                self.ledger.decide(name, self._proved(rests_on) if wrong is None else wrong)

    def _find(self, solver: Solver, rests_on: set[str], *goals: Bool) -> Allowed | None:
        """A state as `Hypotheses.find` gives it; if there is none, what excludes it comes to `rests_on`."""
        found = self.assumed.find(solver, *goals)
        if isinstance(found, Allowed):
            return found
        rests_on |= found.used
        return None

    def _cannot_fail(self, rests_on: set[str]) -> NotInductive | None:
        """How something fails in a state that the hypotheses allow; None if nothing does."""
        solver = self.assumed.solver()
        for form in self.encoding.forms:
            found = self._find(solver, rests_on, or_(*(fault.when for fault in form.faults)))
            if found is not None:
                return self.assumed.counterexample(NO_FAILURE, found.state, form.step(found.solution))
        for name, kind in self.kinds.items():
            if not self._is_evaluated(name, kind):
                continue
            faults = self.encoding.judgement(name).faults
            found = self._find(solver, rests_on, or_(*(fault.when for fault in faults)))
            if found is not None:
                return self._cannot_judge(name, found.state)
        for name, when in self.stuck.final_faults:
            state = self._find_stuck(solver, rests_on, when)
            if state is not None:
                return self._cannot_judge(name, state)
        return None

    def _cannot_judge(self, name: str, state: State) -> NotInductive | None:
        try:
            self.interpreter.holds(name, state)
        except StepFailed as failed:
            return NotInductive(NO_FAILURE, self.assumed.held(), Trace((state,), (), (), Failing(None, failed.failure)))
        raise AssertionError(f"'{name}' can be evaluated where the encoding says that it cannot")

    def _cannot_be_stuck(self, rests_on: set[str]) -> NotInductive | Unknown | None:
        """Of a state in which a `@final` has no value nobody can say whether it may be an end."""
        solver = self.assumed.solver()
        state = self._find_stuck(solver, rests_on, self.stuck.deadlocked)
        if state is not None:
            return NotInductive(NO_DEADLOCK, self.assumed.held(), Trace((state,), ()))
        for name, when in self.stuck.final_faults:
            if self._find_stuck(solver, rests_on, when) is not None:
                return Unknown(f"where nothing can happen, '{name}' may have no value, in states that the claims allow")
        return None

    def _find_stuck(self, solver: Solver, rests_on: set[str], when: Bool) -> State | None:
        """A state in which no step is possible and something is true; if there is none, what excludes it comes to
        `rests_on`."""
        while True:
            found = self._find(solver, rests_on, and_(when, *self.stuck.nothing_known))
            if found is None or not self.stuck.learn(found.state):
                return None if found is None else found.state

    def _search(self) -> None:
        """Find invariants, if something is open and no lemma failed: then that is what to look at. What is found is
        proved with the properties that were dropped, all together."""
        goals = [name for name in self.task.properties if self._is_invariant(name) and name in self.broken]
        built_in = [name for name in BUILT_IN if isinstance(self.ledger.verdicts.get(name), Unknown)]
        failed = any(self.kinds[name] is PropertyKind.LEMMA for name in self.dropped)
        if failed or not (goals or built_in):
            return
        self.clock.doing = "looking for invariants"
        known = dict(self.assumed.claims)
        self.assumed.claims.update({each.name: each for each in candidates(self.encoding, self.clock)})
        self.assumed.claims.update({name: claim(self.encoding, name, self.kinds[name]) for name in goals})
        self.searching = True
        self._drop_false_at_once()
        self._drop_until_kept()
        self._loops_end()
        for name in built_in:
            self.ledger.reopen(name)
        self._built_in()
        goals = [name for name in goals if name in self.assumed.claims]
        self._keep_what_is_needed(known, goals)
        taken = {name for each in self.ledger.verdicts.values() if isinstance(each, Proved) for name in each.found}
        spare = [name for name, each in self.assumed.claims.items() if each.kind is None and name not in taken]
        if len(spare) <= MOST_SPARE:
            self._minimise(goals, spare)
        self._drop_until_kept()  # none is dropped: what is left proves itself
        for name in goals:
            if name in self.assumed.claims:
                self.ledger.decide(name, self._proved({name}, but=name))

    def _drop_false_at_once(self) -> None:
        """Drop the candidates that are false in some initial state."""
        while True:
            found = [each for each in self.assumed.claims.values() if isinstance(each, Candidate)]
            trace = self.beginning.where(or_(*(not_(each.holds) for each in found)))
            if trace is None:
                return
            for each in found:
                if self.assumed.is_false(each, trace.states[0]):
                    del self.assumed.claims[each.name]

    def _minimise(self, goals: list[str], found: list[str]) -> None:
        """Do without as many of the invariants found as can be, one after the other: what is left still proves the
        goals."""
        for name in found:
            if name not in self.assumed.claims:
                continue
            claims, proofs = dict(self.assumed.claims), [dict(step.proofs) for step in self.steps]
            without = self.assumed.claims.pop(name)
            for step in self.steps:
                step.forget(without)
            self._drop_until_kept()
            if any(goal not in self.assumed.claims for goal in goals):
                self.assumed.claims = claims
                for step, known in zip(self.steps, proofs, strict=True):
                    step.proofs = known

    def _keep_what_is_needed(self, known: dict[str, Hypothesis], goals: list[str]) -> None:
        """Forget the invariants that were found and that no proof rests on."""
        needed = self._needed(set(goals))
        for verdict in self.ledger.verdicts.values():
            needed |= set(verdict.found) if isinstance(verdict, Proved) else set()
        kept = {
            name
            for name, each in self.assumed.claims.items()
            if each.kind is not None or name in needed or name in known
        }
        self.assumed.claims = {name: each for name, each in self.assumed.claims.items() if name in kept}
        for step in self.steps:
            step.proofs = {name: used for name, used in step.proofs.items() if name in kept and used <= kept}

    def _of_steps(self) -> None:
        """A `@step` property that no step from a state that the claims allow violates holds."""
        self.of_steps = StepClaims(self.encoding)
        for name in (each.name for each in self.task.program.steps if self.ledger.is_open(each.name)):
            self.clock.doing = name
            rests_on: set[str] = set()
            wrong = self.of_steps.broken(name, self.assumed, rests_on)
            if isinstance(wrong, NotInductive):
                wrong = self._open(name, wrong)
            self.ledger.decide(name, self._proved(rests_on) if wrong is None else wrong)

    def _of_behaviours(self) -> None:
        """A temporal property that has a rank holds if that is as the rule wants it, and nothing fails."""
        for temporal in (each for each in self.task.program.temporal if self.ledger.is_open(each.name)):
            rank = rank_of(self.task.program, temporal.name)
            why = None if rank is None else self._cannot_be_ranked(temporal)
            if why is not None:
                self.ledger.decide(temporal.name, Unknown(why))
            elif rank is not None:
                self.clock.doing = temporal.name
                self.ledger.decide(temporal.name, self._ranked(temporal, rank))

    def _cannot_be_ranked(self, temporal: Temporal) -> str | None:
        """Why a rank says nothing of a property; None if it may."""
        program = self.task.program
        if NO_FAILURE not in self.task.properties:
            fails = self._cannot_fail(set()) is not None
        else:
            fails = not isinstance(self.ledger.verdicts.get(NO_FAILURE), Proved)
        said = f"{CANNOT_FOLLOW} (that none does was not proved)" if fails else None
        return (BEYOND if constrained(program) else None) or not_covered(temporal) or too_many(program) or said

    def _ranked(self, temporal: Temporal, rank: Rank) -> Verdict:
        rests_on: set[str] = set()
        proof = RankProof(self.encoding, self.assumed, temporal, rank, self.clock)
        wrong = proof.wrong(self.beginning.where, rests_on)
        return replace(self._proved(rests_on), rank=rank.name) if wrong is None else wrong

    def _never(self) -> None:
        """A `@sometimes` that no initial state and no step makes true never happens."""
        for name, kind in self.kinds.items():
            if not kind.traits.witnessed or name not in self.task.properties:
                continue
            self.clock.doing = f"never {name}"
            never = claim(self.encoding, name, kind)
            trace = self.beginning.where(not_(never.holds))
            if trace is not None:
                if self.assumed.is_false(never, trace.states[0], also_undefined=False):
                    self.ledger.decide(name, Witnessed(trace))
            elif all(step.breaks(never, also=True) is None for step in self.steps):
                self.ledger.decide(name, Unreachable(None))
                self.excluded.append(never)

    def _longer(self) -> None:
        """Induction over several steps for the properties that one step does not keep."""
        goals = [name for name in self.dropped if self.ledger.is_open(name) and name in self.broken]
        if not goals:
            return
        bmc = BmcEngine()
        for name, verdict in longer(
            self.task, self.encoding, list(self.assumed.claims.values()), goals, self.clock, bmc
        ):
            self.ledger.decide(name, verdict)

    def _undecided(self, name: str) -> Verdict:
        if self.stopped is not None:
            return Unknown(self.stopped, self.broken.get(name))
        if self.barren:
            return Unknown(INIT_FAILS)
        if self.task.program.witnessed(name):
            return Unknown("induction looks for no witnesses, and does not exclude that it happens")
        if isinstance(self.task.program.claimed(name), Temporal):
            return Unknown(without_rank(InductionEngine.name))
        return self._open(name, self.broken.get(name))

    def _open(self, name: str, cti: NotInductive | None) -> Unknown:
        """Not proved; the first lemma that failed is what to look at."""
        first = next((each for each in self.dropped if each in self.broken), name)
        if first != name and self.kinds[first] is PropertyKind.LEMMA:
            return Unknown(f"the lemma '{first}' is not inductive: {_breaks(self.broken[first])}", self.broken[first])
        if cti is None:
            return Unknown("not proved by induction")
        return Unknown(f"not inductive: {_breaks(cti)}", cti)


def _breaks(cti: NotInductive) -> str:
    trace = cti.trace
    if not trace.taken:
        return "a state that the claims allow breaks it"
    step = trace.taken[-1]
    place = "" if step.point is None else f" from '{step.point}'"
    return f"'{step.name}'{place} breaks it"


def _is_one_step(verdict: Verdict) -> bool:
    return isinstance(verdict, Proved) and verdict.k == 1 and not verdict.rank
