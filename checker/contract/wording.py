"""What a verdict comes to: in words for a person, in a word for a program, and as an exit status. Decides none.

Words are never rounded up: what was not decided is called unknown, and counts as inconclusive.
"""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

from checker.contract.task import NO_DEADLOCK, Outcome
from checker.contract.trace import AtState, End, Failing, Trace
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
from checker.ir.nodes import Kind


class Status(IntEnum):
    """Exit statuses, as TLC's."""

    AS_EXPECTED = 0
    NOT_AS_EXPECTED = 1  # a catalogue run, a replay
    USAGE = 2
    INCONCLUSIVE = 3
    DEADLOCK = 11
    SAFETY = 12
    BUG = 70
    EVALUATION = 75
    MODEL = 150


def trace_of(verdict: Verdict) -> Trace | None:
    """The trace that a verdict rests on, if it does on one."""
    match verdict:
        case Violated(trace) | Witnessed(trace):
            return trace
        case Proved() | Exhausted() | Bounded() | Sampled() | Unreachable() | Unknown():
            return None
        case _:
            assert_never(verdict)


def word(verdict: Verdict) -> str:
    """The verdict's own name, for programs to read: "violated", "exhausted"."""
    return type(verdict).__name__.lower()


def status(name: str, verdict: Verdict) -> Status:
    """The exit status that one verdict calls for."""
    match verdict:
        case Proved() | Exhausted() | Witnessed():
            return Status.AS_EXPECTED
        case Violated(trace):
            return _violated(name, trace.end)
        case Unreachable():
            return Status.SAFETY
        case Bounded() | Sampled() | Unknown():
            return Status.INCONCLUSIVE
        case _:
            assert_never(verdict)


def _violated(name: str, end: End) -> Status:
    match end:
        case Failing(_, failure):
            return Status.EVALUATION if failure.kind is Kind.EVALUATION else Status.SAFETY
        case AtState():
            return Status.DEADLOCK if name == NO_DEADLOCK else Status.SAFETY
        case _:
            assert_never(end)


def first_violated(outcome: Outcome) -> str | None:
    """The property with the shortest counterexample, the first of several; None if nothing is violated."""
    lengths = {name: len(verdict.trace) for name, verdict in outcome.verdicts.items() if isinstance(verdict, Violated)}
    return min(lengths, key=lambda name: lengths[name], default=None)


def overall(outcome: Outcome) -> Status:
    """The exit status of a direct run: that of the counterexample shown, else the worst of the verdicts."""
    shown = first_violated(outcome)
    if shown is not None:
        return status(shown, outcome.verdicts[shown])
    found = {status(name, verdict) for name, verdict in outcome.verdicts.items()}
    return next((each for each in (Status.SAFETY, Status.INCONCLUSIVE) if each in found), Status.AS_EXPECTED)


def words(verdict: Verdict) -> str:
    """The verdict as a person reads it."""
    match verdict:
        case Proved():
            return "holds (proved, at any depth)"
        case Exhausted(distinct):
            return f"holds (all {counted(distinct, 'state')})"
        case Bounded(depth):
            return f"no violation up to depth {depth} (deeper: not checked)"
        case Sampled(runs):
            return f"held in {counted(runs, 'random run')}, which proves nothing: unknown"
        case Violated(trace):
            return f"VIOLATED in a trace of {counted(len(trace), 'state')}" if trace.states else "VIOLATED by init"
        case Witnessed(trace):
            return f"happens ({counted(len(trace), 'state')})"
        case Unreachable(distinct):
            why = "proved, at any depth" if distinct is None else f"all {counted(distinct, 'state')}"
            return f"NEVER HAPPENS ({why})"
        case Unknown(reason):
            return f"unknown: {reason}"
        case _:
            assert_never(verdict)


def brief(verdict: Verdict) -> str:
    """The verdict in about 20 characters, for a table."""
    match verdict:
        case Proved() | Exhausted():
            return "holds"
        case Bounded(depth):
            return f"holds to depth {depth}"
        case Sampled():
            return "unknown (sampled)"
        case Violated(trace):
            return f"VIOLATED in {counted(len(trace), 'state')}" if trace.states else "VIOLATED by init"
        case Witnessed(trace):
            return f"happens in {counted(len(trace), 'state')}"
        case Unreachable():
            return "NEVER HAPPENS"
        case Unknown():
            return "unknown"
        case _:
            assert_never(verdict)


def short(verdict: Verdict) -> str:
    """The verdict in at most about 14 characters, for a table of engines: `proved` and `holds` are told apart."""
    match verdict:
        case Proved():
            return "proved"
        case Exhausted():
            return "holds"
        case Bounded(depth):
            return f"to depth {depth}"
        case Violated(trace):
            return f"VIOLATED {len(trace)}" if trace.states else "VIOLATED init"
        case Witnessed(trace):
            return f"happens {len(trace)}"
        case Unreachable():
            return "NEVER"
        case Sampled() | Unknown():
            return "unknown"
        case _:
            assert_never(verdict)


def counted(number: int, noun: str) -> str:
    """`1 state`, `1,234 states`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
