"""Check a model with sizes left open: prove for every size, or find the least size at which that does not go.

What is not proved for every size is tried at sizes 1, 2, 3 and 4: by induction, which shows a step that breaks it, and
by exploring all states, which may show a real counterexample. Every trace is of the model at that size, and replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from checker.check import check, engine
from checker.contract.judge import judge
from checker.contract.task import Outcome, Task
from checker.contract.verdict import Exhausted, Proved, Unknown, Verdict, Violated
from checker.engines.symbolic.every_size.proof import NOT_PROVED, EverySizeEngine
from checker.errors import ModelError
from checker.frontend.open_sizes import OpenSizes
from checker.ir.nodes import Program
from checker.signals import undisturbed

MOST_STATES = 200_000
"""States that are explored at a size at which induction fails."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came out: verdicts, and the program that their traces are of."""

    program: Program
    outcome: Outcome


def check_every_size(task: Task, open_sizes: OpenSizes, seed: int = 0) -> Found:
    """Prove for every size what can be proved; of the rest, show a step that breaks it, or a counterexample, at the
    least size that has one. Raises ModelError E602, and EngineBug if a trace does not hold up."""
    outcome = check(task, EverySizeEngine(open_sizes, seed))
    open_ = tuple(
        name
        for name, each in outcome.verdicts.items()
        if isinstance(each, Unknown) and each.reason.startswith(NOT_PROVED)
    )
    if not open_:
        return Found(task.program, outcome)
    for size, program in open_sizes.programs.items():
        part = replace(task, program=program, properties=open_)
        shown = check(part, engine("induction")).verdicts
        if any(_shows(each) for each in shown.values()):
            told = _told(outcome, shown, _explored(part), f"where {_at(open_sizes.names, size)}")
            with undisturbed():
                judge(replace(task, program=program), told)
            return Found(program, told)
    held = f"; no step is known to break it where {_at(open_sizes.names, max(open_sizes.programs))}, or less"
    verdicts = dict(outcome.verdicts)
    for name in open_:
        why = verdicts[name]
        assert isinstance(why, Unknown)
        verdicts[name] = replace(why, reason=why.reason + held)
    return Found(task.program, replace(outcome, verdicts=verdicts))


def _shows(verdict: Verdict) -> bool:
    return isinstance(verdict, Violated) or (isinstance(verdict, Unknown) and verdict.not_inductive is not None)


def _explored(task: Task) -> dict[str, Verdict]:
    """What exploring all states says is violated."""
    limit = min(task.budget.max_states or MOST_STATES, MOST_STATES)
    budget = replace(task.budget, max_states=limit)
    try:
        found = check(replace(task, budget=budget, keep_going=True), engine("explicit"))
    except ModelError:  # the explicit engine cannot hold it
        return {}
    return {name: each for name, each in found.verdicts.items() if isinstance(each, (Violated, Exhausted))}


def _told(outcome: Outcome, shown: Mapping[str, Verdict], explored: Mapping[str, Verdict], where: str) -> Outcome:
    """The verdicts for every size, and for what is not proved so, what one size shows."""
    verdicts = dict(outcome.verdicts)
    for name, each in shown.items():
        why, seen = verdicts[name], explored.get(name)
        assert isinstance(why, Unknown)
        violated = next((one for one in (seen, each) if isinstance(one, Violated)), None)
        if violated is not None:
            verdicts[name] = violated
            continue
        reason, cti = why.reason, each.not_inductive if isinstance(each, Unknown) else None
        if cti is not None:
            reason += f"; a step breaks it {where}"
        if isinstance(seen, Exhausted) or isinstance(each, Proved):
            reason += f"; it holds {where}"
        verdicts[name] = replace(why, reason=reason, not_inductive=cti)
    return replace(outcome, verdicts=verdicts)


def _at(names: tuple[str, ...], size: int) -> str:
    return ", ".join(f"{name}={size}" for name in names)
