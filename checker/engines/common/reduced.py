"""What an engine that visits states does with a task whose search is to be reduced: what it is refused for, how what it
came to is said, and the search for the shortest traces.

Which steps wait is `checker.reduction.stubborn`'s to say. A reduced search has not seen all states: of what it leaves
open it knows nothing, at any depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.contract.task import NO_FAILURE, Keeping, Outcome, Task
from checker.contract.verdict import Bounded, Exhausted, Unknown, Unreachable, Verdict
from checker.contract.wording import counted, first_violated, trace_of
from checker.engines.common.temporal import temporal_names
from checker.errors import UsageError
from checker.ir.analysis import constrained
from checker.ir.nodes import Program
from checker.ir.types import Type, mentions_symmetry
from checker.reduction.stubborn import Reduction, reduction_of

LEAST_AGAIN, TIMES_AGAIN = 1_000_000, 10
"""States that the search for a shortest trace visits at most: so many, or so many times those that were visited."""

Searched = tuple[Outcome, bool]
"""What came out, and whether some step waited that a shortest trace may need."""


@dataclass(frozen=True, slots=True)
class WentOver:
    """From where on steps waited in a search that began with all states: all of at most that `depth` were found, so
    many `states`, and those less deep expanded in full. `put_off`: some step waited that a shortest trace may need."""

    depth: int
    states: int
    put_off: bool


def may_go_over(task: Task) -> bool:
    """Whether the search for a task may have steps wait once it has found many states. It may not if the task asks for
    states besides verdicts, keeps or spreads them, or limits the depth: then that is what it wants to know."""
    states = task.certify or bool(task.view) or task.keeping != Keeping() or task.cluster is not None
    return task.reduce_late and not states and task.budget.max_depth is None and not unsuited(task)


def with_late_reduction(task: Task, search: Callable[[Task], tuple[Outcome, WentOver | None]]) -> Outcome:
    """What `search` comes to; said to be reduced, and with shortest traces, if steps waited in it."""
    outcome, went_over = search(task)
    if went_over is None:
        return outcome
    found = {name: _of_late(verdict, went_over) for name, verdict in outcome.verdicts.items()}
    note = (
        f"Steps waited from depth {went_over.depth} on, where nothing that is asked hangs on their order; all "
        f"{counted(went_over.states, 'state')} up to there were visited. --no-reduce visits all."
    )
    outcome = replace(outcome, verdicts=found, stats=replace(outcome.stats, reduced=True), notes=(*outcome.notes, note))
    again = [name for name, each in found.items() if (trace := trace_of(each)) and len(trace) > went_over.depth]
    if not went_over.put_off or not again:
        return outcome
    return _shortest(task, outcome, lambda part, _: (search(part)[0], False), again)


def with_reduction(task: Task, search: Callable[[Task, Reduction | None], Searched]) -> Outcome:
    """What `search` comes to, with steps that wait; without, and a note why, if what is asked does not allow it. Raises
    UsageError U008 for evidence and views, which are of all states."""
    if task.certify or task.view:
        what = "a certificate lists" if task.certify else "a view counts the values of"
        raise UsageError("U008", f"{what} all states, and a reduced search does not visit them", "Leave out --reduce.")
    why = unsuited(task)
    reduction = None if why else reduction_of(task.program)
    if reduction is None:
        outcome, _ = search(replace(task, reduce=False), None)
        why = why or "the model has too many steps to look at two by two"
        return replace(outcome, notes=(*outcome.notes, f"Not reduced: {why}. All states were looked for."))
    outcome, put_off = search(task, reduction)
    outcome = replace(
        outcome,
        verdicts={name: _of_reduced(verdict, outcome) for name, verdict in outcome.verdicts.items()},
        stats=replace(outcome.stats, reduced=True),
    )
    return _shortest(task, outcome, search) if put_off else outcome


def unsuited(task: Task) -> str:
    """Why no step may wait in a search for what is asked; empty if some may."""
    steps = [each.name for each in task.program.steps if each.name in task.properties]
    behaviours = list(temporal_names(task))
    if behaviours:
        return f"{behaviours[0]} speaks of whole behaviours. Ask for other properties by --property"
    if steps:
        return f"{steps[0]} speaks of single steps. Ask for other properties by --property"
    if constrained(task.program):
        return "steps beyond a @constraint depend on the order of those before"
    if any(mentions_symmetry(kind) for kind in _kinds(task.program)):
        return "of interchangeable members one arrangement is visited each, which is a reduction of its own"
    return ""


def _kinds(program: Program) -> Iterator[Type]:
    yield from (declared.type for declared in program.variables)
    yield from (parameter.type for action in program.actions for parameter in action.parameters)
    yield from (process.index.type for process in program.processes if process.index is not None)


def _of_reduced(verdict: Verdict, outcome: Outcome) -> Verdict:
    """A verdict that rests on the states of a reduced search. It knows of no depth that it has seen all of it."""
    match verdict:
        case Exhausted() | Unreachable():
            return replace(verdict, reduced=True)
        case Bounded():
            return Unknown(outcome.stopped or f"stopped at the violation of '{first_violated(outcome)}'")
        case Unknown():
            return replace(verdict, unseen=0)
    return verdict


def _of_late(verdict: Verdict, went_over: WentOver) -> Verdict:
    """A verdict of a search that went over. It knows of no depth beyond that that it has seen all of it."""
    match verdict:
        case Exhausted() | Unreachable():
            return replace(verdict, reduced=True)
        case Bounded():
            return replace(verdict, depth=min(verdict.depth, went_over.depth))
        case Unknown() if verdict.unseen:
            return replace(verdict, unseen=min(verdict.unseen, went_over.depth))
    return verdict


def _shortest(
    task: Task,
    outcome: Outcome,
    search: Callable[[Task, Reduction | None], Searched],
    among: Sequence[str] | None = None,
) -> Outcome:
    """The same with shortest traces, by a search in which nothing waits, no deeper than those that were found; of the
    properties `among`, if not of all."""
    traces = {name: trace for name, verdict in outcome.verdicts.items() if (trace := trace_of(verdict)) is not None}
    found = traces if among is None else {name: traces[name] for name in among}
    if not found or outcome.stopped is not None:
        return outcome if not found else _perhaps_longer(outcome, f"the run ended before ({outcome.stopped})")
    most = max(LEAST_AGAIN, TIMES_AGAIN * outcome.stats.distinct)
    limit = most if task.budget.max_states is None else min(most, task.budget.max_states)
    again = replace(
        task,
        properties=tuple(dict.fromkeys((*found, NO_FAILURE))),
        budget=replace(task.budget, max_depth=max(map(len, found.values())), max_states=limit),
        keep_going=True,
        keeping=replace(task.keeping, folder=None, resume=False),
        reduce=False,
        reduce_late=False,
    )
    full, _ = search(again, None)
    shorter: Mapping[str, Verdict] = {name: full.verdicts[name] for name in found if trace_of(full.verdicts[name])}
    better = replace(outcome, verdicts={**outcome.verdicts, **shorter})
    if len(shorter) == len(found):
        return better
    return _perhaps_longer(better, f"the search for the shortest ended after {counted(full.stats.distinct, 'state')}")


def _perhaps_longer(outcome: Outcome, why: str) -> Outcome:
    return replace(outcome, notes=(*outcome.notes, f"A trace may be longer than the shortest: {why}."))
