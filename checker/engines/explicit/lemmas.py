"""What compiled code does without: lemmas with parameters. What is said of those, and of the rest of a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checker.contract.task import NO_FAILURE, Outcome, Task
from checker.contract.verdict import Bounded, Exhausted, Sampled, Unknown
from checker.ir.nodes import Property
from checker.ir.property_kind import PropertyKind
from checker.ir.purity import total


def without_parameters(task: Task, run: Callable[[Task], Outcome]) -> Outcome:
    """What `run` makes of the part of a task that compiled code can do; the rest is unknown. So is whether something
    fails, if nothing does but what may is left out."""
    left_out = {judged.name for judged in task.program.properties if _is_left_out(judged, task)}
    steps = tuple(each for each in task.program.steps if each.name in task.properties)
    if steps != task.program.steps:
        task = replace(task, program=replace(task.program, steps=steps))
    if not left_out:
        return run(task)
    properties = tuple(judged for judged in task.program.properties if judged.name not in left_out)
    names = tuple(name for name in task.properties if name not in left_out)
    outcome = run(replace(task, program=replace(task.program, properties=properties), properties=names))
    others = "the engines reference, bmc and induction check it"
    open_ = {name: Unknown(f"a lemma with parameters: {others}") for name in task.properties if name in left_out}
    unseen = [
        each for each in task.program.properties if each.name in open_ and total(each.function, task.program.functions)
    ]
    if unseen and isinstance(outcome.verdicts.get(NO_FAILURE), Exhausted | Bounded | Sampled):
        named = ", ".join(each.name for each in unseen)
        open_[NO_FAILURE] = Unknown(f"nothing else fails; {named}, with parameters, might: {others}")
    return replace(outcome, verdicts={**outcome.verdicts, **open_})


def _is_left_out(judged: Property, task: Task) -> bool:
    """Whether compiled code does without a property: a lemma that is not asked for, or that has parameters."""
    lemma = judged.kind is PropertyKind.LEMMA
    return lemma and (judged.name not in task.properties or bool(judged.function.parameters))
