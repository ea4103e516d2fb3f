"""Formulas of published specifications that no other kind of property can say, with the verdicts published of them."""

from __future__ import annotations

from checker.contract.verdict import Exhausted, Violated
from checker.frontend.compile import compile_program
from checker.lang import always_eventually, leads_to, temporal
from spec.classics.ewd840 import Termination
from tests.support.fair_models import said


class Claims(Termination):
    """EWD840.tla of the TLA+ examples: Liveness, and FalseLiveness, of which it says that it does not hold, since nodes
    can wake each other up; TLC agrees, as Quint's own tests have it."""

    @temporal
    def liveness(self):
        return leads_to(self.quiet(), self.detected())

    @temporal
    def false_liveness(self):
        return leads_to(all(always_eventually(not self.active[n]) for n in self.Node), self.detected())


def test_nodes_that_fall_asleep_again_and_again_need_not_end() -> None:
    found = said(compile_program(Claims()), "reference").verdicts
    assert found["liveness"] == found["the_end_is_found"] == Exhausted(302)
    assert isinstance(found["false_liveness"], Violated)
