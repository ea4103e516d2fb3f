"""Every verdict has its words and its exit status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Stats
from checker.contract.trace import Failing, Lasso, Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.contract.wording import Status, overall, status, wording
from checker.errors import Span
from checker.ir.nodes import Kind
from checker.semantics import Failure

ONE = Trace(((0,),), ())


def failing(kind: Kind) -> Violated:
    return Violated(Trace((), (), (), Failing(None, Failure(kind, "text", Span("f", 1, 1)))))


@pytest.mark.parametrize(
    ("name", "verdict", "ends", "said", "shorter", "shortest"),
    [
        ("p", Proved(), 0, "holds (proved, at any depth)", "holds", "proved"),
        ("p", Exhausted(16), 0, "holds (all 16 states)", "holds", "holds"),
        ("p", Bounded(4), 3, "no violation up to depth 4 (deeper: not checked)", "holds to depth 4", "to depth 4"),
        ("p", Sampled(9), 3, "held in 9 random runs, which proves nothing: unknown", "unknown (sampled)", "unknown"),
        ("p", Violated(ONE), 12, "VIOLATED in a trace of 1 state", "VIOLATED in 1 state", "VIOLATED 1"),
        (NO_DEADLOCK, Violated(ONE), 11, "VIOLATED in a trace of 1 state", "VIOLATED in 1 state", "VIOLATED 1"),
        (NO_FAILURE, failing(Kind.STORE), 12, "VIOLATED by init", "VIOLATED by init", "VIOLATED init"),
        (NO_FAILURE, failing(Kind.ASSERT), 12, "VIOLATED by init", "VIOLATED by init", "VIOLATED init"),
        (NO_FAILURE, failing(Kind.EVALUATION), 75, "VIOLATED by init", "VIOLATED by init", "VIOLATED init"),
        ("p", Witnessed(ONE), 0, "happens (1 state)", "happens in 1 state", "happens 1"),
        ("p", Unreachable(None), 12, "NEVER HAPPENS (proved, at any depth)", "NEVER HAPPENS", "NEVER"),
        ("p", Unreachable(1234), 12, "NEVER HAPPENS (all 1,234 states)", "NEVER HAPPENS", "NEVER"),
        ("p", Unknown("no time"), 3, "unknown: no time", "unknown", "unknown"),
    ],
)
def test_every_verdict_has_words_and_a_status(
    name: str, verdict: Verdict, ends: int, said: str, shorter: str, shortest: str
) -> None:
    assert status(name, verdict) == ends
    assert (wording(verdict).sentence, wording(verdict).brief) == (said, shorter)
    assert wording(verdict).short == shortest


@pytest.mark.parametrize(
    ("verdicts", "ends"),
    [
        ({"p": Exhausted(1)}, Status.AS_EXPECTED),
        ({"p": Exhausted(1), "q": Unknown("")}, Status.INCONCLUSIVE),
        ({"p": Unknown(""), "q": Unreachable(1)}, Status.SAFETY),
        ({"p": Bounded(1), NO_DEADLOCK: Violated(ONE)}, Status.DEADLOCK),
        ({"p": Violated(replace(ONE, end=Lasso(0))), "q": Exhausted(1)}, Status.LIVENESS),
        ({NO_DEADLOCK: Violated(ONE), NO_FAILURE: failing(Kind.EVALUATION)}, Status.EVALUATION),
    ],
)
def test_the_status_of_a_run_is_that_of_what_it_shows(verdicts: dict[str, Verdict], ends: Status) -> None:
    assert overall(Outcome(("e",), verdicts, Stats())) == ends
