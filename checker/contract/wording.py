"""What a verdict comes to: in words for a person, in a word for a program, and as an exit status. Decides none.

Words are never rounded up: what was not decided is called unknown, and counts as inconclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from checker.contract.task import NO_DEADLOCK, Outcome
from checker.contract.trace import AtState, End, Failing, Lasso, Trace
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
    LIVENESS = 13
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


@dataclass(frozen=True, slots=True)
class Wording:
    """All that is said of a verdict. `sentence` is for a person; `brief` has about 20 characters, for a table; `short`
    about 14, for a table of engines, where `proved` and `holds` are told apart; `cell` as many, for a sweep, where they
    are not. `every` goes before "in every row": of several properties, and of one. `expected` are the words of the
    catalogue; what is not decided is none of those that it can expect."""

    sentence: str
    brief: str
    short: str
    cell: str
    every: tuple[str, str]
    expected: str
    status: Status


def for_every(parameters: Sequence[str]) -> str:
    """What a proof says of parameters that were left open. A name in the plural says what it counts, "for every number
    of objects and goroutines"; any other is the number itself, "for every n"."""
    counting = [name for name in parameters if len(name) > 1 and name.endswith("s") and not name.endswith("ss")]
    every = [f"every number of {listed(counting)}"] if counting else []
    return f"for {listed([*every, *(f'every {name}' for name in parameters if name not in counting)])}"


def wording(verdict: Verdict) -> Wording:
    """What is said of a verdict. Of a deadlock `status` says more."""
    match verdict:
        case Proved(constrained=constrained, every=names):
            number = f", {for_every(names)}" if names else ""
            return _of_holding(f"proved, at any depth{number}", "proved", constrained)
        case Exhausted(distinct, vacuous=True):
            said = f"holds of nothing: what it begins with never happens (all {counted(distinct, 'state')})"
            brief, every = "holds of nothing", ("hold of nothing", "holds of nothing")
            return Wording(said, brief, "holds", "of nothing", every, "vacuous", Status.AS_EXPECTED)
        case Exhausted(distinct, constrained=constrained, reduced=reduced):
            return _of_holding(f"all {counted(distinct, 'state')}{_REDUCED * reduced}", "holds", constrained)
        case Bounded(depth, constrained):
            said, to = (
                f"no violation up to depth {depth}{_WITHIN * constrained} (deeper: not checked)",
                f"to depth {depth}",
            )
            only = f"known only {to}"
            expected = f"known to hold only {to}"
            return Wording(said, f"holds {to}", to, to, _are(only), expected, Status.INCONCLUSIVE)
        case Sampled(runs):
            said = f"held in {counted(runs, 'random run')}, which proves nothing: unknown"
            expected = f"known only from {runs} random runs"
            brief = "unknown (sampled)"
            return Wording(said, brief, "unknown", "unknown", _are("unknown"), expected, Status.INCONCLUSIVE)
        case Violated(trace):
            return _wording_of_violated(trace)
        case Witnessed(trace):
            states, short = counted(len(trace), "state"), f"happens {len(trace)}"
            every, met = ("happen", "happens"), Status.AS_EXPECTED
            return Wording(f"happens ({states})", f"happens in {states}", short, short, every, "witnessed", met)
        case Unreachable(distinct, constrained, reduced):
            why = "proved, at any depth" if distinct is None else f"all {counted(distinct, 'state')}"
            why += _REDUCED * reduced + _WITHIN * constrained
            brief, every = "NEVER HAPPENS", ("NEVER HAPPEN", "NEVER HAPPENS")
            return Wording(f"{brief} ({why})", brief, "NEVER", "NEVER", every, "unreachable", Status.SAFETY)
        case Unknown(reason):
            said, word = f"unknown: {reason}", "unknown"
            return Wording(said, word, word, word, _are(word), said, Status.INCONCLUSIVE)
        case _:
            assert_never(verdict)


_WITHIN = " within the constraint"
_REDUCED = " of a reduced search"


def _of_holding(why: str, short: str, constrained: bool) -> Wording:
    """What is said of a property that holds, and why."""
    within = _WITHIN * constrained
    every = (f"hold{within}", f"holds{within}")
    brief = "holds (constrained)" if constrained else "holds"
    beside = " within" * constrained
    return Wording(
        f"holds ({why}{within})", brief, short + beside, "holds" + beside, every, "holds", Status.AS_EXPECTED
    )


def _wording_of_violated(trace: Trace) -> Wording:
    if not trace.states:
        said, short = "VIOLATED by init", "VIOLATED init"
        return Wording(said, said, short, short, _are(said), "violated", _violated(trace.end))
    states, short = counted(len(trace), "state"), f"VIOLATED {len(trace)}"
    brief = f"VIOLATED in {states}"
    sentence = f"VIOLATED in a trace of {states}"
    return Wording(sentence, brief, short, short, _are(brief), "violated", _violated(trace.end))


def _are(what: str) -> tuple[str, str]:
    return f"are {what}", f"is {what}"


def status(name: str, verdict: Verdict) -> Status:
    """The exit status that one verdict calls for."""
    found = wording(verdict).status
    at_state = isinstance(verdict, Violated) and isinstance(verdict.trace.end, AtState)
    return Status.DEADLOCK if name == NO_DEADLOCK and at_state else found


def _violated(end: End) -> Status:
    match end:
        case Failing(_, failure):
            return Status.EVALUATION if failure.kind is Kind.EVALUATION else Status.SAFETY
        case Lasso():
            return Status.LIVENESS
        case AtState():
            return Status.SAFETY
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


def listed(names: Sequence[str]) -> str:
    """`objects`, `objects and fields`, `objects, fields and threads`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def counted(number: int, noun: str) -> str:
    """`1 state`, `1,234 states`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
