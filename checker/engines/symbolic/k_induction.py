"""Induction over several steps: a property that held in the last k states of any behaviour holds in the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.contract.task import Engine, Task
from checker.contract.verdict import Bounded, Proved, Verdict, Violated
from checker.engines.common.clock import INTERRUPTED, Stopped
from checker.engines.symbolic import values
from checker.engines.symbolic.claims import Hypothesis, claim
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, not_
from checker.engines.symbolic.unrolling import Unrolling
from checker.ir.property_kind import PropertyKind

MOST_STEPS = 5
"""Steps that are tried when the task sets no depth."""


def longer(
    task: Task, encoding: Encoding, proved: list[Hypothesis], goals: list[str], clock: Clock, base: Engine
) -> Iterator[tuple[str, Verdict]]:
    """What comes of the goals: Proved by k steps, or Violated if `base`, a bounded search, finds that. The claims
    `proved` hold in every reachable state."""
    unrolling = Unrolling(encoding)
    solver = Solver(clock)
    solver.add(unrolling.at(0)(encoding.belongs))
    open_ = {name: claim(encoding, name, PropertyKind.ALWAYS) for name in goals}
    lemmas = tuple(each.name for each in proved if each.kind is PropertyKind.LEMMA)
    known = [formula for each in proved for formula in (each.holds, *each.instances)]
    most = task.budget.max_depth or MOST_STEPS
    for steps in range(1, most + 1):
        clock.depth = steps
        clock.doing = f"{steps} steps"
        at = unrolling.at(steps - 1)
        solver.add(*map(at, known))
        solver.add(*unrolling.goes(steps - 1))
        for earlier in range(steps - 1):
            solver.add(_differ(unrolling, earlier, steps - 1))
        for name, goal in list(open_.items()):
            before = [unrolling.at(depth)(goal.holds) for depth in range(steps)]
            if solver.solution(*before, not_(unrolling.at(steps)(goal.holds))) is not None:
                continue
            del open_[name]
            since = clock.began if task.budget.since is None else task.budget.since
            budget = replace(task.budget, max_depth=steps, since=since)  # it ends when this does
            outcome = base.run(replace(task, properties=(name,), budget=budget, certify=False))
            if outcome.stopped == INTERRUPTED:
                raise Stopped(INTERRUPTED)
            verdict = outcome.verdicts[name]
            match verdict:
                case Bounded(depth) if depth >= steps:
                    yield name, Proved(steps, lemmas)
                case Proved() | Violated():
                    yield name, verdict
                case _:
                    pass  # the base case was not decided: the goal stays open
        if not open_:
            return


def _differ(unrolling: Unrolling, one: int, other: int) -> Bool:
    """The states at two depths differ: a shortest way to a bad state repeats none."""
    before = unrolling.encoding.before
    return not_(values.equal(unrolling.value_at(one)(before), unrolling.value_at(other)(before)))
