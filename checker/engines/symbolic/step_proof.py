"""One step of an induction: which claims it keeps, and what that takes. Assumes what the hypotheses say."""

from __future__ import annotations

from dataclasses import dataclass, field

import z3

from checker.contract.verdict import NotInductive
from checker.engines.symbolic import values
from checker.engines.symbolic.bmc import TooShort
from checker.engines.symbolic.claims import Hypothesis
from checker.engines.symbolic.encode import StepRelation
from checker.engines.symbolic.hypotheses import Allowed, Hypotheses
from checker.engines.symbolic.solving import Solver
from checker.engines.symbolic.terms import Bool, Substitution, and_, not_, or_


@dataclass(frozen=True, slots=True)
class Broken:
    """Claims that a step breaks, at least one, and how it does."""

    claims: list[Hypothesis]
    how: NotInductive


@dataclass
class StepProof:
    """One step, and which claims it has been shown to keep, with what that took."""

    hypotheses: Hypotheses
    form: StepRelation
    proofs: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._solver: Solver | None = None
        before = self.hypotheses.encoding.before
        self._becomes = Substitution(
            [(was, term) for was, term in values.bound(before, self.form.after) if not was.eq(term)]
        )
        self._known: dict[Hypothesis, Bool] = {}

    def breaks(self, wanted: Hypothesis, also: bool = False) -> Broken | None:
        """How the claim can be false after the step although all hypotheses (with `also`, it too) are true before; None
        if it cannot."""
        if wanted.name in self.proofs:
            return None
        after = self._after(wanted)
        if after is wanted.holds or (isinstance(after, z3.BoolRef) and after.eq(wanted.holds)):
            self.proofs[wanted.name] = frozenset({wanted.name})
            return None
        solver = self._prepared()  # before the goal: Z3 finds others where terms are made in another order
        found = self.hypotheses.find(solver, and_(not_(after), wanted.holds) if also else not_(after))
        if isinstance(found, Allowed):
            return self._broken(found, [wanted])
        self.proofs[wanted.name] = found.used
        return None

    def breaks_any(self, claims: list[Hypothesis]) -> Broken | None:
        """As `breaks`, for many claims at once: those that one solution shows to be broken."""
        asked = [each for each in claims if each.name not in self.proofs]
        if not asked:
            return None
        after = [self._after(each) for each in asked]
        found = self.hypotheses.find(self._prepared(), or_(*(not_(term) for term in after)))
        if isinstance(found, Allowed):
            return self._broken(found, asked)
        self.proofs.update(dict.fromkeys((each.name for each in asked), found.used))
        return None

    def _broken(self, found: Allowed, claims: list[Hypothesis]) -> Broken:
        """Those of the claims that are false after the step, as the interpreter sees it. TooShort if none is, and a
        loop in one was not unrolled far enough."""
        how = self.hypotheses.counterexample(claims[0].name, found.state, self.form.step(found.solution))
        broken = [each for each in claims if self.hypotheses.is_false(each, how.trace.states[-1])]
        if broken:
            return Broken(broken, how)
        for each in claims:
            overruns = () if each.kind is None else self.hypotheses.encoding.judgement(each.name).overruns
            for overrun in overruns:
                raise TooShort(overrun.span)
        raise AssertionError(f"the encoding of '{claims[0].name}' differs from the interpreter")

    def explain(self, wanted: Hypothesis) -> None:
        """Find out what the proof of this claim takes, apart from those of others."""
        self.proofs.pop(wanted.name, None)
        self.breaks(wanted)

    def release(self) -> None:
        """Give the memory of the solver back."""
        self._solver = None

    def uses(self, name: str) -> frozenset[str]:
        """The claims that the proof of this one rests on."""
        return self.proofs.get(name, frozenset())

    def forget(self, dropped: Hypothesis) -> None:
        """The claim is no longer assumed: what was proved with its help is open again."""
        self.proofs = {name: used for name, used in self.proofs.items() if dropped.name not in used}

    def _after(self, wanted: Hypothesis) -> Bool:
        """What the claim says of the state after the step."""
        if wanted not in self._known:
            self._known[wanted] = self._becomes(wanted.holds)
        return self._known[wanted]

    def _prepared(self) -> Solver:
        if self._solver is None:
            self._solver = self.hypotheses.solver()
            self._solver.add(self.form.happens)
        return self._solver
