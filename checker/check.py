"""Run an engine by name and let the judge confirm every trace before anyone sees it. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from checker.contract.judge import claim, judge
from checker.contract.task import Budget, Engine, Outcome, Task, select
from checker.contract.verdict import within_constraint
from checker.engines.common.clock import Clock, Stopped
from checker.engines.registered import REGISTERED, Registered
from checker.errors import UsageError, unknown_name
from checker.ir.analysis import constrained
from checker.pause import watched
from checker.signals import undisturbed

__all__ = ["ENGINES", "check", "claim", "engine", "read_in_time", "registered", "select"]

Read = TypeVar("Read")

ENGINES = tuple(each.name for each in REGISTERED)


def check(task: Task, engine: Engine) -> Outcome:
    """What the engine finds, after every trace has been replayed. Raises EngineBug if one does not hold up."""
    outcome = engine.run(task)
    with undisturbed():
        judge(task, outcome)
    return _said_within(outcome) if constrained(task.program) else outcome


def _said_within(outcome: Outcome) -> Outcome:
    """The outcome for a program with a `@constraint`: what holds, holds within it."""
    verdicts = {name: within_constraint(verdict) for name, verdict in outcome.verdicts.items()}
    return replace(outcome, verdicts=verdicts, parts=tuple(map(_said_within, outcome.parts)))


def read_in_time(budget: Budget, read: Callable[[], Read]) -> Read:
    """A model's program, or what else is made of a model, in the time and memory of its check. Raises UsageError U026
    if they end first."""
    try:
        with watched(Clock(budget).look):
            return read()
    except Stopped as reason:
        remedy = "Give it more, or check parts of the model as models of their own."
        raise UsageError("U026", f"{reason} while the model was read", remedy) from None


def registered(name: str) -> Registered:
    """What is known of the engine of this name. Raises UsageError U007 if there is none."""
    for each in REGISTERED:
        if each.name == name:
            return each
    raise unknown_name("U007", f"there is no engine '{name}'", name, ENGINES)


def engine(name: str) -> Engine:
    """The engine of this name. Raises UsageError U007 if there is none, and U016 if what it needs is not installed."""
    return registered(name).load()
