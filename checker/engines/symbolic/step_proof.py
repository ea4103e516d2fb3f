"""One step of an induction: which claims it keeps, and what that takes. Assumes what it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import z3

from checker.contract.verdict import NotInductive
from checker.engines.symbolic import values
from checker.engines.symbolic.bmc import TooShort
from checker.engines.symbolic.claims import Claim, substituted
from checker.engines.symbolic.encode import Encoding, Form
from checker.engines.symbolic.solving import Solver
from checker.engines.symbolic.terms import Bool, and_, not_, or_
from checker.semantics import State, Step


class Proof(Protocol):
    """What a step asks of the proof that it is part of."""

    encoding: Encoding
    used: frozenset[str]

    def assuming(self) -> Solver:
        """A solver that knows the hypotheses."""
        ...

    def find(self, solver: Solver, *goals: Bool) -> tuple[z3.ModelRef, State] | None:
        """A state in which the hypotheses and the goals are true; else `used` says which of them that took."""
        ...

    def cti(self, name: str, state: State, step: Step) -> NotInductive:
        """The counterexample to induction that a step from `state` is."""
        ...

    def is_false(self, wanted: Claim, state: State) -> bool:
        """Whether a claim is false in a state, as the interpreter sees it."""
        ...


@dataclass
class Kept:
    """One step, and which claims it has been shown to keep, with what that took."""

    proof: Proof
    form: Form
    proofs: dict[str, frozenset[str]] = field(default_factory=dict)
    cti: NotInductive | None = None

    def __post_init__(self) -> None:
        self._solver: Solver | None = None
        self._after = [
            (was, term) for was, term in values.bound(self.proof.encoding.before, self.form.after) if not was.eq(term)
        ]

    def keeps(self, wanted: Claim, also: bool = False) -> bool:
        """Whether the claim holds after the step if all hypotheses (with `also`, it too) hold before; else `cti`."""
        if wanted.name in self.proofs:
            return True
        after = substituted(wanted.holds, self._after)
        if after is wanted.holds or (isinstance(after, z3.BoolRef) and after.eq(wanted.holds)):
            self.proofs[wanted.name] = frozenset({wanted.name})
            return True
        solver = self._prepared()
        goal = and_(not_(after), wanted.holds) if also else not_(after)
        found = self.proof.find(solver, goal)
        if found is not None:
            solution, state = found
            self.cti = self.proof.cti(wanted.name, state, self.form.step(solution))
            self._confirm([wanted])
            return False
        self.proofs[wanted.name] = self.proof.used
        return True

    def breaks(self, claims: list[Claim]) -> list[Claim]:
        """As `keeps`, for many claims at once: those that one solution shows to be broken; none if all are kept."""
        after = {each.name: substituted(each.holds, self._after) for each in claims if each.name not in self.proofs}
        if not after:
            return []
        found = self.proof.find(self._prepared(), or_(*(not_(term) for term in after.values())))
        if found is None:
            self.proofs.update(dict.fromkeys(after, self.proof.used))
            return []
        solution, state = found
        self.cti = self.proof.cti(claims[0].name, state, self.form.step(solution))
        return self._confirm([each for each in claims if each.name in after])

    def _confirm(self, claims: list[Claim]) -> list[Claim]:
        """Those of the claims that are false after the step, as the interpreter sees it; at least one."""
        assert self.cti is not None
        broken = [each for each in claims if self.proof.is_false(each, self.cti.trace.states[-1])]
        if broken:
            return broken
        for each in claims:
            overruns = () if each.kind is None else self.proof.encoding.judgement(each.name).overruns
            for overrun in overruns:
                raise TooShort(overrun.span)
        raise AssertionError(f"the encoding of '{claims[0].name}' differs from the interpreter")

    def explain(self, wanted: Claim) -> None:
        """Find out what the proof of this claim takes, apart from those of others."""
        self.proofs.pop(wanted.name, None)
        self.keeps(wanted)

    def release(self) -> None:
        """Give the memory of the solver back."""
        self._solver = None

    def uses(self, name: str) -> frozenset[str]:
        """The claims that the proof of this one rests on."""
        return self.proofs.get(name, frozenset())

    def forget(self, dropped: Claim) -> None:
        """The claim is no longer assumed: what was proved with its help is open again."""
        self.proofs = {name: used for name, used in self.proofs.items() if dropped.name not in used}

    def _prepared(self) -> Solver:
        if self._solver is None:
            self._solver = self.proof.assuming()
            self._solver.add(self.form.happens)
        return self._solver
