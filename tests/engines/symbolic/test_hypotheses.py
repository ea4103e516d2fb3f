"""What an induction assumes, asked as values: a state or what excludes it, and how a step breaks a claim."""

from __future__ import annotations

import pytest

from checker.contract.task import Task
from checker.engines.symbolic.bmc import Rounds
from checker.engines.symbolic.claims import claim
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.hypotheses import Allowed, Excluded, Hypotheses
from checker.engines.symbolic.solving import Clock
from checker.engines.symbolic.step_proof import StepProof
from checker.ir.property_kind import PropertyKind
from tests.frontend.support import program

PAIR = program(
    """
class M(Model):
    x = Var(Range(10))
    y = Var(Range(10))

    @action
    def both(self):
        require(self.x < 9 and self.y < 9)
        self.x = self.x + 1
        self.y = self.y + 1

    @lemma
    def equal(self):
        return self.x == self.y

    @always
    def not_apart(self):
        return not (self.x == 3 and self.y == 7)

    @always
    def not_five(self):
        return self.x != 5
"""
)


@pytest.fixture
def assumed() -> Hypotheses:
    encoding = Encoding(PAIR, Rounds(), lambda: None)
    kinds = {each.name: each.kind for each in PAIR.properties}
    claims = {name: claim(encoding, name, kind) for name, kind in kinds.items()}
    return Hypotheses(encoding, Clock(Task(PAIR, ())), claims)


def test_a_question_is_answered_by_a_state_or_by_what_excludes_it(assumed: Hypotheses) -> None:
    x, y = assumed.encoding.before
    solver = assumed.solver()
    found = assumed.find(solver, x.term == 4)
    assert isinstance(found, Allowed) and found.state == (4, 4)
    assert assumed.find(solver, x.term == 5) == Excluded(frozenset({"not_five"}))
    assert assumed.find(solver, x.term == 4, y.term == 6) == Excluded(frozenset({"equal"}))


def test_a_claim_that_is_dropped_excludes_nothing_any_more(assumed: Hypotheses) -> None:
    x, _ = assumed.encoding.before
    del assumed.claims["not_five"]
    assert isinstance(assumed.find(assumed.solver(), x.term == 5), Allowed)
    assert assumed.held() == ("equal", "not_apart")


def test_a_step_says_how_it_breaks_a_claim_and_what_its_proofs_take(assumed: Hypotheses) -> None:
    (form,) = assumed.encoding.forms
    step = StepProof(assumed, form)
    broken = step.breaks(assumed.claims["not_five"])
    assert broken is not None and [each.name for each in broken.claims] == ["not_five"]
    assert (broken.how.broken, broken.how.held) == ("not_five", ("equal", "not_apart", "not_five"))
    assert broken.how.trace.states == ((4, 4), (5, 5))
    assert step.breaks(assumed.claims["equal"]) is None and step.uses("equal") == {"equal"}
    assert step.breaks(assumed.claims["not_apart"]) is None and step.uses("not_apart") == {"equal"}
    assert step.uses("not_five") == frozenset()


def test_of_many_claims_those_are_broken_that_one_state_shows(assumed: Hypotheses) -> None:
    (form,) = assumed.encoding.forms
    step = StepProof(assumed, form)
    broken = step.breaks_any(list(assumed.claims.values()))
    assert broken is not None and [each.name for each in broken.claims] == ["not_five"]
    del assumed.claims["not_five"]
    step = StepProof(assumed, form)
    assert step.breaks_any(list(assumed.claims.values())) is None
    assert step.uses("not_apart") == step.uses("equal") == {"equal"}
    step.forget(assumed.claims["equal"])
    assert step.proofs == {}
    assert assumed.claims["equal"].kind is PropertyKind.LEMMA
