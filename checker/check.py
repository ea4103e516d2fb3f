"""Run an engine by name and let the judge confirm every trace before anyone sees it. Decides nothing itself."""

from __future__ import annotations

from checker.contract.judge import claim, judge
from checker.contract.task import Engine, Outcome, Task, select
from checker.engines.reference import ReferenceEngine
from checker.errors import unknown_name
from checker.portfolio import AllEngine, AutoEngine, explicit, symbolic, walking
from checker.signals import undisturbed

__all__ = ["ENGINES", "check", "claim", "engine", "select"]

ENGINES = ("auto", "all", "explicit", "bmc", "induction", "reference", "walk")


def check(task: Task, engine: Engine) -> Outcome:
    """What the engine finds, after every trace has been replayed. Raises EngineBug if one does not hold up."""
    outcome = engine.run(task)
    with undisturbed():
        judge(task, outcome)
    return outcome


def engine(name: str) -> Engine:
    """The engine of this name. Raises UsageError U007 if there is none, and U016 if what it needs is not installed."""
    match name:
        case "auto":
            return AutoEngine()
        case "all":
            return AllEngine()
        case "explicit":
            return explicit()
        case "bmc" | "induction":
            return symbolic(name)
        case "reference":
            return ReferenceEngine()
        case "walk":
            return walking()
        case _:
            raise unknown_name("U007", f"there is no engine '{name}'", name, ENGINES)
