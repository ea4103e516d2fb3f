"""Draw the steps of a run one by one, by the weights that the run gives to its rules; and hunt for a shorter run."""

from __future__ import annotations

from collections.abc import Callable, Collection

from checker.contract.trace import Trace
from checker.engines.common.shorten import shortened
from checker.engines.fuzz.coverage import Coverage
from checker.engines.fuzz.steps import Rule, Taken
from checker.engines.fuzz.strategies import Chance, member
from checker.engines.fuzz.walk import Plan, ViolationFound, Walk
from checker.ir.nodes import Program

WEIGHTS = (4, 1, 16, 0)
"""What a rule may weigh in a run, against the others. Weight 0: only when nothing else can happen."""

MISSING = 16
"""What a rule weighs at least that no run of an earlier batch has taken."""

IDLE = 8
"""Of steps that change nothing, one in so many is taken although others would change something."""

HUNT = 1_000
"""Steps that looking for a shorter run may take."""


def next_step(
    walk: Walk, chance: Chance, weights: dict[Rule, int], missing: Collection[Rule] = ()
) -> tuple[Rule, Taken] | None:
    """A step for a run to go on by; None if there is none. Rules that cannot be taken are drawn and put aside, one by
    one. `weights` are those of this run, and are drawn as they are needed. Raises ViolationFound if that is a
    deadlock."""
    left = list(walk.plan.rules)
    idle: tuple[Rule, Taken] | None = None
    while left and (idle is None or any(weights.get(each) != 0 for each in left)):
        rule = _weighed(left, chance, weights, missing)
        taken = walk.draw(rule, chance) if walk.possible(rule) else None
        if taken is not None and taken.transition.state == walk.state and chance.below(IDLE) != 0:
            idle = idle or (rule, taken)  # it changes nothing: rather something else, if there is something
        elif taken is not None:
            return rule, taken
        left.remove(rule)
    if idle is None:
        walk.stuck()
    return idle


def hunted(program: Program, name: str, trace: Trace, chance: Chance, tick: Callable[[], None]) -> Trace:
    """The trace, or a shorter one of the same property: from new runs of fewer steps, where leaving out steps does not
    help because others would be needed. `tick` is called before each step, and may raise."""
    plan, best, left = Plan(program, {name}), trace, HUNT
    while left > 0 and len(best.steps) > 1:
        walk = Walk(plan, Coverage(program))
        weights: dict[Rule, int] = {}
        try:
            if not walk.begin(chance):
                break
            while len(walk.steps) + 1 < len(best.steps):
                tick()
                left -= 1
                following = next_step(walk, chance, weights)
                if following is None:
                    break
                walk.take(*following)
            walk.end()
        except ViolationFound as found:
            if found.property == name and len(found.trace) < len(best):
                best = shortened(program, name, found.trace)
        left -= 1
    return best


def _weighed(left: list[Rule], chance: Chance, weights: dict[Rule, int], missing: Collection[Rule]) -> Rule:
    """One of the rules left, each as likely as it weighs; if none weighs anything, any of them."""
    if len(left) == 1:
        return left[0]
    for rule in left:
        if rule not in weights:
            weight: int = member(chance, WEIGHTS)
            weights[rule] = max(weight, MISSING) if rule in missing else weight
    total = sum(weights[rule] for rule in left)
    if total == 0:
        chosen: Rule = member(chance, left)
        return chosen
    place = chance.below(total)
    for rule in left:
        place -= weights[rule]
        if place < 0:
            return rule
    raise AssertionError(total)
