"""How temporal properties go with those of single states, in an engine that decides them and in one that cannot: that
says who can. Decides none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.contract.agreement import beside
from checker.contract.task import Evidence, Outcome, Stats, Task
from checker.contract.verdict import Bounded, Exhausted, Sampled, Unknown, Verdict, Violated
from checker.engines.common.orders import made, orders
from checker.ir.analysis import constrained
from checker.ir.types import mentions_symmetry

BEYOND = "a @constraint cuts behaviours off: what becomes of them beyond it is not known"
"""Why nothing is said of whole behaviours where there is a constraint."""

_DECIDERS = "'auto', 'explicit' and 'reference'"
"""Who says of all states what is true of whole behaviours, and of what a model implements."""

CANNOT_FOLLOW = "a step can fail: what would follow is not known"
"""Why nothing is said of them where a step fails; how it does follows in brackets."""


MOST_MODES = 64
"""States of a formula's automaton that compiled code has room for."""


def too_large(modes: int) -> Unknown:
    """What compiled code says of a formula whose automaton has so many states: it has no room for it."""
    automaton = f"an automaton of more than {MOST_MODES} states, {modes}"
    return Unknown(f"the formula takes {automaton}: 'reference' decides it", left_to="reference")


def no_lasso(states: int, why: str | None) -> str:
    """What bounded search says of a property that no lasso of up to so many states violates: why it looked no further;
    None if no behaviour takes more steps."""
    ended = f"{why}: " if why is not None else "no behaviour takes more steps: "
    sought = f"no lasso of up to {states} states violates it; " if states else ""
    return f"{ended}{sought}that it holds, {_DECIDERS} can say"


def without_rank(engine: str) -> str:
    """What an engine says of a property that no rank proves."""
    return f"without a @rank the engine '{engine}' does not decide what happens sooner or later: {_DECIDERS} do"


def temporal_names(task: Task) -> tuple[str, ...]:
    """The temporal properties that a task asks for, in its order."""
    known = {each.name for each in task.program.temporal}
    return tuple(name for name in task.properties if name in known)


def undecided(task: Task, engine: str) -> dict[str, Unknown]:
    """What an engine that knows nothing of whole behaviours says of the temporal properties of a task."""
    reason = f"the engine '{engine}' does not decide what happens sooner or later: {_DECIDERS} do"
    return {name: Unknown(reason) for name in temporal_names(task)}


def not_compared(task: Task, engine: str) -> dict[str, Unknown]:
    """What an engine that does not compare programs says of what a model implements."""
    does_not = f"the engine '{engine}' does not decide whether a model implements another"
    reason = f"{does_not}: {_DECIDERS} do, and 'walk' and `evacheck fuzz` try it in random runs"
    return {name: Unknown(reason) for name in task.properties if name in task.program.abstract}


def without_temporal(task: Task, engine: str, run: Callable[[Task], Outcome]) -> Outcome:
    """What such an engine makes of a task: `run` decides what speaks of states and steps, if anything does."""
    return known(task, undecided(task, engine), run, engine)


def known(task: Task, open_: Mapping[str, Unknown], run: Callable[[Task], Outcome], engine: str = "") -> Outcome:
    """What `run` makes of the other properties of a task, beside what is known of these."""
    if not open_:
        return run(task)
    rest = tuple(name for name in task.properties if name not in open_)
    outcome = run(replace(task, properties=rest)) if rest else Outcome((engine,), {}, Stats())
    verdicts: dict[str, Verdict] = {**outcome.verdicts, **open_}
    return replace(outcome, verdicts={name: verdicts[name] for name in task.properties})


@dataclass(frozen=True, slots=True)
class Behaviours:
    """What engines decided of whole behaviours, and why that ended early, if it did. `stats` are those of the run
    that looked at the states for it; `whole` says that they are to be reported, and not those of the run before.
    `notes` are those of an Outcome; `parts` are what several engines said, if they did."""

    engines: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    stopped: str | None
    stats: Stats
    whole: bool = False
    notes: tuple[str, ...] = ()
    parts: tuple[Outcome, ...] = ()


def with_temporal(
    task: Task, run: Callable[[Task], Outcome], decide: Callable[[Task, Sequence[str]], Behaviours]
) -> Outcome:
    """What `run` makes of the properties of single states, and `decide` of those of whole behaviours. These come last:
    a violation ends the run, unless it is to keep going."""
    names = temporal_names(task)
    if not names:
        return run(task)
    if constrained(task.program):
        return known(task, {name: Unknown(BEYOND) for name in names}, run)
    began = time.monotonic()
    budget = task.budget if task.budget.since is not None else replace(task.budget, since=began)
    task = replace(task, budget=budget)
    rest = tuple(name for name in task.properties if name not in names)
    outcome = run(replace(task, properties=rest)) if rest else Outcome((), {}, Stats())
    ended = _ended(task, outcome)
    if ended is not None:
        verdicts: Mapping[str, Verdict] = {**outcome.verdicts, **{name: Unknown(ended) for name in names}}
        return replace(outcome, verdicts={name: verdicts[name] for name in task.properties})
    found = decide(task, names)
    stats = found.stats if found.whole or not outcome.stats.distinct else outcome.stats
    verdicts = {**outcome.verdicts, **found.verdicts}
    outcome = replace(outcome, evidence=_ordered(task, outcome.evidence, found.verdicts))
    if outcome.parts or found.parts:
        alone = Outcome(found.engines, found.verdicts, found.stats, found.stopped)
        outcome = replace(outcome, parts=beside(outcome.parts, found.parts or (alone,)))
    return replace(
        outcome,
        engines=tuple(dict.fromkeys((*outcome.engines, *found.engines))),
        verdicts={name: verdicts[name] for name in task.properties},
        stats=replace(stats, seconds=time.monotonic() - began),
        stopped=outcome.stopped or found.stopped,
        notes=tuple(dict.fromkeys((*outcome.notes, *found.notes))),
    )


def _ordered(task: Task, evidence: Evidence | None, found: Mapping[str, Verdict]) -> Evidence | None:
    """The evidence, and orders of its states for what holds of whole behaviours. None are made where states stand for
    others, or there may be too many places."""
    held = {name: each.distinct for name, each in found.items() if isinstance(each, Exhausted)}
    states = None if evidence is None else evidence.states
    alike = any(mentions_symmetry(declared.type) for declared in task.program.variables)
    names = tuple(name for name, distinct in held.items() if made(task.program, name, distinct))
    if evidence is None or states is None or alike or not names:
        return evidence
    return replace(evidence, ordered=names, orders=lambda: orders(task.program, names, states()))


def _ended(task: Task, outcome: Outcome) -> str | None:
    """Why a run that has said this of single states does not go on; None if it does, as it has where it decided all of
    them in spite of a violation."""
    violated = [name for name in task.properties if isinstance(outcome.verdicts.get(name), Violated)]
    left_open = any(isinstance(each, (Bounded, Sampled, Unknown)) for each in outcome.verdicts.values())
    if violated and not task.keep_going and (left_open or task.first_only):
        return f"stopped at the violation of '{violated[0]}'"
    return outcome.stopped
