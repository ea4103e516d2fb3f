"""What a formula is along a lasso, as terms, is what its operators say there."""

from __future__ import annotations

from random import Random

import z3

from checker.contract.lasso import over_time
from checker.engines.symbolic.over_time import OverTime
from checker.engines.symbolic.terms import and_, not_, or_
from checker.ir.temporal import Always, Condition, Eventually, Until
from tests.support.formulas import formula, lasso


def test_a_formula_is_at_each_depth_what_it_means_there() -> None:
    """There is one way to choose the unknowns, and no other, whether a lasso goes back or rests."""
    draw, solver = Random("over time"), z3.Solver()
    rests, outcomes = set(), set()
    for _ in range(120):
        wanted, (truth, back_to) = formula(draw, draw.randint(1, 3), 2), lasso(draw, 2)
        depths = range(len(truth))
        made = OverTime(
            "p",
            [[state[number] for state in truth] for number in range(2)],
            [depth == back_to for depth in depths],
            [depth >= back_to for depth in depths],
        )
        found, meant = made.truth(wanted), over_time(wanted, truth, back_to)
        solver.push()
        solver.add(*made.known)
        assert solver.check() == z3.sat, (wanted, truth, back_to)
        solver.add(or_(*(not_(one) if other else one for one, other in zip(found, meant, strict=True))))
        assert solver.check() == z3.unsat, (wanted, truth, back_to)
        solver.pop()
        rests.add(back_to == len(truth) - 1)
        outcomes |= set(meant)
    assert rests == outcomes == {True, False}


def test_where_a_lasso_goes_back_to_is_an_unknown_too() -> None:
    """As long as nobody has said where, what comes in the end may come or not."""
    begins = [z3.Bool(f"begins {depth}") for depth in range(3)]
    within = [or_(*begins[: depth + 1]) for depth in range(3)]
    made = OverTime("p", [[True, False, True], [False, True, False]], begins, within)
    always, comes, until = (
        made.truth(each) for each in (Always(Condition(0)), Eventually(Condition(1)), Until(Condition(0), Condition(1)))
    )
    solver = z3.Solver()
    solver.add(*made.known, or_(begins[0], begins[2]), not_(begins[1]), not_(and_(begins[0], begins[2])))
    for wanted, back_to in ((True, 2), (False, 0)):
        assert solver.check(always[2] if wanted else not_(always[2])) == z3.sat
        assert z3.is_true(solver.model()[begins[back_to]])
        assert solver.check(not_(comes[2]) if wanted else comes[2]) == z3.sat
        assert z3.is_true(solver.model()[begins[back_to]])
    assert solver.check(not_(until[0])) == solver.check(not_(comes[0])) == solver.check(always[0]) == z3.unsat
