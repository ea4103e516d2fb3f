"""What the verdicts of several engines on one task come to together: nothing, where they contradict one another.

Of two that agree the stronger is taken, never more than one of them said. Runs no engine and judges no trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import assert_never

from checker.contract.task import Evidence, Outcome
from checker.contract.trace import Lasso
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
from checker.contract.wording import wording
from checker.errors import EngineBug


def confirm_agreement(outcomes: Sequence[Outcome]) -> None:
    """Raise EngineBug, naming the engines, if any two say what cannot both be true."""
    problems = list(dict.fromkeys(_contradictions(outcomes)))
    if problems:
        raise EngineBug(f"engines disagree: {'; '.join(problems)}")


def merged(name: str, outcomes: Sequence[Outcome]) -> Verdict:
    """The strongest verdict on a property; of equally strong ones the first. One that is open keeps what an induction
    showed."""
    given = [outcome.verdicts[name] for outcome in outcomes if name in outcome.verdicts]
    strongest = max(given, key=_strength)
    if not isinstance(strongest, Unknown):
        return strongest
    unknown = [verdict for verdict in given if isinstance(verdict, Unknown)]
    shown: NotInductive | None = next((each.not_inductive for each in unknown if each.not_inductive), None)
    return Unknown(strongest.reason, shown, max(each.unseen for each in unknown))


def beside(parts: Sequence[Outcome], more: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """What engines said, and what they and others said of other properties later: one outcome for each engine, which
    took the time of both."""
    found = {part.engine: part for part in parts}
    for later in more:
        first = found.get(later.engine)
        if first is not None:
            stats = replace(first.stats, seconds=first.stats.seconds + later.stats.seconds)
            verdicts = {**first.verdicts, **later.verdicts}
            later = replace(first, verdicts=verdicts, stats=stats, stopped=first.stopped or later.stopped)
        found[later.engine] = later
    return tuple(found.values())


def joined_evidence(outcomes: Sequence[Outcome]) -> Evidence | None:
    """All that the verdicts rest on; None if nothing is there. Of sets of states the first is taken."""
    there = [outcome.evidence for outcome in outcomes if outcome.evidence is not None]
    visited = next((each for each in there if each.states is not None), Evidence())
    if not there:
        return None
    return Evidence(
        tuple(dict.fromkeys(name for each in there for name in each.proved)),
        tuple(obligation for each in there for obligation in each.obligations),
        visited.exhausted,
        visited.states,
        ordered=visited.ordered,
        orders=visited.orders,
    )


def _contradictions(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for one, other in combinations(outcomes, 2):
        for name, verdict in one.verdicts.items():
            against = other.verdicts.get(name)
            if against is not None and (_contradict(verdict, against) or _contradict(against, verdict)):
                yield f"'{name}' {_said(verdict)} by engine '{one.engine}', {_said(against)} by engine '{other.engine}'"


def _said(verdict: Verdict) -> str:
    if isinstance(verdict, Unknown):
        return f"does not happen to depth {verdict.unseen}"
    return wording(verdict).brief


def _contradict(verdict: Verdict, other: Verdict) -> bool:
    """Whether the two cannot both be true, seen from the first. Traces are the shortest there are; of lassos some have
    the shortest stem, others the fewest states in all."""
    match verdict:
        case Violated(trace):
            match other:
                case Proved() | Exhausted():
                    return True
                case Violated(shortest):
                    return not isinstance(trace.end, Lasso) and len(trace) != len(shortest)
                case Bounded(depth):
                    return len(trace) <= depth
        case Witnessed(trace):
            match other:
                case Unreachable():
                    return True
                case Witnessed(shortest):
                    return len(trace) != len(shortest)
                case Unknown(unseen=depth):
                    return len(trace) <= depth
        case Exhausted(distinct) | Unreachable(distinct):
            match other:
                case Exhausted(visited) | Unreachable(visited):
                    return None not in (distinct, visited) and distinct != visited
        case Proved() | Bounded() | Sampled() | Unknown():
            return False
        case _:
            assert_never(verdict)
    return False


def _strength(verdict: Verdict) -> tuple[int, int]:
    match verdict:
        case Violated() | Witnessed():
            return 5, 0
        case Proved() | Unreachable(None):
            return 4, 0
        case Exhausted() | Unreachable():
            return 3, 0
        case Bounded(depth):
            return 2, depth
        case Sampled(runs):
            return 1, runs
        case Unknown(unseen=depth):
            return 0, depth
        case _:
            assert_never(verdict)
