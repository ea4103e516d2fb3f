"""Run an engine and let the judge confirm every trace before anyone sees it. Decides nothing itself.

Also says which properties are checked when none is named, and which engine suits a program.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from checker.engine import (
    BUILT_IN,
    NO_DEADLOCK,
    NO_FAILURE,
    Bounded,
    Engine,
    Exhausted,
    Outcome,
    Proved,
    Sampled,
    Task,
    Unknown,
    Unreachable,
    Violated,
    Witnessed,
)
from checker.engines.reference import ReferenceEngine
from checker.errors import EngineBug, ModelError, Problem, UsageError
from checker.lang.ir import Program, PropertyKind
from checker.lang.traverse import expressions, walk, walk_expressions
from checker.lang.types import mentions_symmetry
from checker.replay import Claim, ReplayError, confirm
from checker.trace import Trace

ENGINES = ("auto", "explicit", "reference")

TRIAL_WORK = 600_000
"""How far the reference engine goes before `auto` turns to native code: states times the size of the program, which
takes a few tenths of a second. Not a time, so that the same task always takes the same way."""


def check(task: Task, engine: Engine) -> Outcome:
    """What the engine finds, after every trace has been replayed. Raises EngineBug if one does not hold up."""
    outcome = engine.run(task)
    for name in task.properties:
        if name not in outcome.verdicts:
            raise EngineBug(f"engine '{outcome.engine}' gives no verdict for '{name}'")
        shows = claim(task.program, name)
        trace = _trace_of(outcome, name, shows)
        if trace is None:
            continue
        try:
            confirm(task.program, name, shows, trace)
        except ReplayError as error:
            problem = f"engine '{outcome.engine}' gives a trace for '{name}' that does not hold up: {error}"
            raise EngineBug(problem) from error
    if outcome.stats.distinct == 0 and outcome.stopped is None and not _failed(outcome):
        problem = f"{task.program.model} has no initial state: every property would hold of nothing"
        raise ModelError(
            [Problem("E104", None, problem, "Look for a `require` or `choose` in init that never can be.")]
        )
    return outcome


def _failed(outcome: Outcome) -> bool:
    return any(isinstance(verdict, (Violated, Unknown)) for verdict in outcome.verdicts.values())


def claim(program: Program, name: str) -> Claim:
    """What a trace for this property is meant to show."""
    if name == NO_DEADLOCK:
        return Claim.DEADLOCK
    if name == NO_FAILURE:
        return Claim.FAILURE
    kind = next(judged.kind for judged in program.properties if judged.name == name)
    return Claim.WITNESS if kind is PropertyKind.SOMETIMES else Claim.VIOLATION


def select(program: Program, names: Iterable[str] = ()) -> tuple[str, ...]:
    """The properties to check: those named, each once, or all but lemmas. Raises UsageError U003 for unknown ones.

    NO_FAILURE always comes along: beyond a step that fails there are no states, so that without it "holds" would say
    less than it seems to."""
    known = [judged.name for judged in program.properties if judged.kind is not PropertyKind.FINAL]
    lemmas = {judged.name for judged in program.properties if judged.kind is PropertyKind.LEMMA}
    known.extend(BUILT_IN)
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise _unknown("U003", f"{program.model} has no property '{name}'", name, known)
    return tuple(dict.fromkeys((*wanted, NO_FAILURE))) if wanted else tuple(x for x in known if x not in lemmas)


def engine(name: str) -> Engine:
    """The engine of this name. Raises UsageError U007 if there is none."""
    match name:
        case "auto":
            return AutoEngine()
        case "explicit":
            return _explicit()
        case "reference":
            return ReferenceEngine()
        case _:
            raise _unknown("U007", f"there is no engine '{name}'", name, ENGINES)


class AutoEngine:
    """The reference engine for a moment, which is all that a tiny model needs; then the explicit one. The outcome bears
    the name of the engine that decided.

    A program with interchangeable members goes to the explicit engine at once, so that `distinct` always counts orbits.
    """

    name = "auto"

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided within the budget, by one engine or the other."""
        if any(mentions_symmetry(declared.type) for declared in task.program.variables):
            return _explicit().run(task)
        began = time.monotonic()
        budget = task.budget
        few = max(1, TRIAL_WORK // size(task.program))
        trial = replace(budget, max_states=few if budget.max_states is None else min(few, budget.max_states))
        outcome = ReferenceEngine().run(replace(task, budget=trial))
        if outcome.stopped is None or outcome.stopped == "interrupted" or trial == budget:
            return outcome
        spent = time.monotonic() - began
        if budget.seconds is not None and spent >= budget.seconds:
            return outcome
        native = _explicit().run(task)  # with the whole of its budget: the trial took a moment
        if native.stopped is not None and native.stats.distinct < outcome.stats.distinct:
            native = _stopped_by(outcome, native.stopped)  # it ended before it came as far as the trial
        return replace(native, stats=replace(native.stats, seconds=native.stats.seconds + spent))


def _stopped_by(trial: Outcome, reason: str) -> Outcome:
    """What a trial found, and what ended the search after it."""
    assert trial.stopped is not None
    verdicts = {
        name: Unknown(verdict.reason.replace(trial.stopped, reason, 1)) if isinstance(verdict, Unknown) else verdict
        for name, verdict in trial.verdicts.items()
    }
    return replace(trial, verdicts=verdicts, stopped=reason)


def size(program: Program) -> int:
    """How many expressions the steps and properties of a program hold, at least 1."""
    bodies = [function.body for function in (*program.functions.values(), *program.actions)]
    bodies.extend(judged.function.body for judged in program.properties)
    bodies.extend(block.body for process in program.processes for block in process.blocks)
    outer = (each for body in bodies for statement in walk(body) for each in expressions(statement))
    return max(1, sum(1 for each in outer for _ in walk_expressions(each)))


def _explicit() -> Engine:
    # Numba takes a second to import: only who needs native code pays for it.
    from checker.engines.explicit import ExplicitEngine  # noqa: PLC0415

    return ExplicitEngine()


def _trace_of(outcome: Outcome, name: str, shows: Claim) -> Trace | None:
    """The trace that the verdict rests on. Raises EngineBug if a property of this kind cannot have such a verdict."""
    verdict = outcome.verdicts[name]
    match verdict:
        case Unknown():
            return None
        case Violated(trace=trace) if shows is not Claim.WITNESS:
            return trace
        case Witnessed(trace=trace) if shows is Claim.WITNESS:
            return trace
        case Proved() | Exhausted() | Bounded() | Sampled() if shows is not Claim.WITNESS:
            return None
        case Unreachable() if shows is Claim.WITNESS:
            return None
        case Violated() | Witnessed() | Proved() | Exhausted() | Bounded() | Sampled() | Unreachable():
            kind = type(verdict).__name__
            raise EngineBug(f"engine '{outcome.engine}' answers {kind} for '{name}', where a trace shows a {shows}")
        case _:
            assert_never(verdict)


def _unknown(code: str, problem: str, name: str, known: Iterable[str]) -> UsageError:
    near = difflib.get_close_matches(name, known := list(known), 1)
    remedy = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    return UsageError(code, problem, remedy)
