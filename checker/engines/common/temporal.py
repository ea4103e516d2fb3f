"""What an engine does with temporal properties that it cannot decide: it says who can. Decides none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checker.contract.task import Outcome, Stats, Task
from checker.contract.verdict import Unknown, Verdict


def temporal_names(task: Task) -> tuple[str, ...]:
    """The temporal properties that a task asks for, in its order."""
    known = {each.name for each in task.program.temporal}
    return tuple(name for name in task.properties if name in known)


def undecided(task: Task, engine: str) -> dict[str, Unknown]:
    """What an engine that knows nothing of whole behaviours says of the temporal properties of a task."""
    reason = f"the engine '{engine}' does not decide what happens sooner or later: 'auto' and 'reference' do"
    return {name: Unknown(reason) for name in temporal_names(task)}


def without_temporal(task: Task, engine: str, run: Callable[[Task], Outcome]) -> Outcome:
    """What such an engine makes of a task: `run` decides what speaks of single states, if anything does."""
    open_ = undecided(task, engine)
    if not open_:
        return run(task)
    rest = tuple(name for name in task.properties if name not in open_)
    outcome = run(replace(task, properties=rest)) if rest else Outcome(engine, {}, Stats())
    verdicts: dict[str, Verdict] = {**outcome.verdicts, **open_}
    return replace(outcome, verdicts={name: verdicts[name] for name in task.properties})
