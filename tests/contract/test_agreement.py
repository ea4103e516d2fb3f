"""Verdicts of several engines together: what contradicts, what is strongest, and their evidence."""

from __future__ import annotations

import pytest

from checker.contract.agreement import confirm_agreement, joined_evidence, merged
from checker.contract.task import Evidence, Obligation, Outcome, Stats
from checker.contract.trace import Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    NotInductive,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.errors import EngineBug
from checker.semantics import Step

STEP = Step("go", (), None, ())
ONE = Trace(((0,),), ())
TWO = Trace(((0,), (1,)), (STEP,))


def gives(name: str, verdict: Verdict, evidence: Evidence | None = None) -> Outcome:
    return Outcome((name,), {"p": verdict}, Stats(), evidence=evidence)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Violated(TWO), Proved()),
        (Violated(TWO), Exhausted(4)),
        (Violated(TWO), Violated(ONE)),
        (Violated(TWO), Bounded(2)),
        (Witnessed(TWO), Unreachable(4)),
        (Witnessed(TWO), Unreachable(None)),
        (Witnessed(TWO), Witnessed(ONE)),
        (Witnessed(TWO), Unknown("stopped", unseen=2)),
        (Exhausted(4), Exhausted(5)),
        (Unreachable(4), Unreachable(5)),
    ],
)
def test_what_cannot_both_be_true_is_a_bug(one: Verdict, other: Verdict) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(EngineBug, match=r"^engines disagree: 'p' .* by engine 'a', .* by engine 'b'$"):
            confirm_agreement([gives("a", pair[0]), gives("b", pair[1])])


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (Exhausted(4), Proved()),
        (Bounded(9), Exhausted(4)),
        (Bounded(1), Bounded(2)),
        (Sampled(9), Bounded(1)),
        (Sampled(8), Sampled(9)),
        (Unknown("no"), Sampled(1)),
        (Unknown("no"), Violated(ONE)),
        (Unknown("no"), Unknown("no", unseen=1)),
        (Bounded(1), Violated(TWO)),
        (Unknown("no", unseen=1), Witnessed(TWO)),
        (Unreachable(4), Unreachable(None)),
        (Unknown("no", unseen=9), Unreachable(4)),
    ],
)
def test_of_verdicts_that_agree_the_strongest_is_taken(weaker: Verdict, stronger: Verdict) -> None:
    for pair in ((weaker, stronger), (stronger, weaker)):
        outcomes = [gives("a", pair[0]), gives("b", pair[1])]
        confirm_agreement(outcomes)
        assert merged("p", outcomes) == stronger


def test_what_is_open_keeps_what_an_induction_showed() -> None:
    cti = NotInductive("p", (), TWO)
    open_ = [gives("a", Unknown("time", unseen=3)), gives("b", Unknown("not inductive", cti))]
    assert merged("p", open_) == Unknown("time", cti, 3)


def test_evidence_is_joined() -> None:
    proof = Evidence(proved=("p",), obligations=(Obligation("o", "m", "f"),))
    visited = Evidence(exhausted=("p",), states=lambda: iter([(0,)]))
    outcomes = [gives("a", Exhausted(1), visited), gives("b", Bounded(1)), gives("c", Proved(), proof)]
    joined = joined_evidence(outcomes)
    assert joined == Evidence(("p",), proof.obligations, ("p",), visited.states)
    assert joined_evidence(outcomes[1:2]) is None
