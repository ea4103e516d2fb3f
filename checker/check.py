"""Run an engine by name and let the judge confirm every trace before anyone sees it. Decides nothing itself.

Also says which properties are checked when none is named.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.contract.judge import claim, judge
from checker.contract.task import BUILT_IN, NO_FAILURE, Engine, Outcome, Task
from checker.engines.reference import ReferenceEngine
from checker.errors import UsageError, did_you_mean, nearest
from checker.ir.nodes import Program, PropertyKind
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
            raise _unknown("U007", f"there is no engine '{name}'", name, ENGINES)


def _unknown(code: str, problem: str, name: str, known: Iterable[str]) -> UsageError:
    there = list(known)
    return UsageError(code, problem, did_you_mean(nearest(name, there), f"There are: {', '.join(there)}."))
