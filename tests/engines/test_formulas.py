"""Formulas of linear temporal logic without "next": what their operators mean, and that the automaton agrees."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import networkx as nx
import pytest

from checker.contract.lasso import over_time
from checker.contract.verdict import Exhausted, Verdict, Violated
from checker.engines.common.tableau import Tableau
from checker.engines.fair_cycles import Fair
from checker.engines.fair_products import Product
from checker.ir.temporal import (
    Always,
    Condition,
    Conjunction,
    Disjunction,
    Eventually,
    Fairness,
    Formula,
    Negation,
    Until,
    release,
    weak_until,
)
from tests.frontend.support import program
from tests.support.fair_models import said
from tests.support.formulas import formula, lasso
from tests.support.verdicts import lasso_of

P, Q = Condition(0), Condition(1)
WEAK = 'fair="weak"'


def verdict(written: str, *steps: str, by: str = "reference") -> Verdict:
    """The verdict on a formula of a model with a number x, from 0, which steps change: `go=self.x = 1`, fair if its
    name begins with `fair_`."""
    lines = ["class M(Model):", "    x = Var(Range(5))"]
    for step in steps:
        name, _, body = step.partition("=")
        lines += [f"    @action({WEAK})" if name.startswith("fair_") else "    @action", f"    def {name}(self):"]
        lines += [f"        {line}" for line in body.split("; ")]
    lines += ["    @temporal", "    def p(self):", f"        return {written}"]
    return said(program("\n".join(lines)), by).verdicts["p"]


UP = "fair_up=require(self.x < 3); self.x += 1"
ROUND = "fair_round=self.x = (self.x + 1) % 4"


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("until(self.x < 2, self.x == 2)", True),
        ("until(self.x < 2, self.x == 3)", False),  # 2 comes between
        ("until(self.x < 3, self.x == 4)", False),  # never comes
        ("weak_until(self.x < 4, self.x == 4)", True),  # need not come
        ("weak_until(self.x < 3, self.x == 4)", False),
        ("until(self.x == 4, self.x == 0)", True),  # at once
        ("release(self.x == 3, self.x < 4)", True),
        ("release(self.x == 2, self.x < 3)", True),
        ("release(self.x == 3, self.x < 3)", False),  # both at that time
        ("release(self.x == 4, self.x < 4)", True),
        ("always(self.x < 4)", True),
        ("always(self.x < 3)", False),
        ("eventually(self.x == 3)", True),
        ("eventually(self.x == 4)", False),
        ("eventually_always(self.x == 3)", True),
        ("always_eventually(self.x == 2)", False),
        ("leads_to(self.x == 1, self.x == 3)", True),
        ("leads_to(self.x == 1, self.x == 0)", False),
        ("always(implies(self.x == 1, until(self.x < 3, self.x == 3)))", True),
        ("implies(eventually(self.x == 4), always(self.x == 0))", True),
        ("not eventually(self.x == 4) and not always(self.x == 0)", True),
        ("eventually(self.x == 1 and eventually(self.x == 3 and always(self.x == 3)))", True),
        ("eventually(self.x == 3 and eventually(self.x == 1))", False),
        ("any(always_eventually(self.x == v) for v in range(2, 5))", True),
        ("all(eventually(self.x == v) for v in range(4))", True),
        ("all(eventually(self.x == v) for v in range(5) if v != 4)", True),
        ("all(eventually(self.x == v) for v in range(5))", False),
        ("any(eventually(self.x == v and always(self.x == w)) for v in range(2, 5) for w in range(4) if w == 3)", True),
    ],
)
def test_a_formula_means_what_its_operators_say(written: str, holds: bool) -> None:
    """x goes from 0 to 3 and stays there."""
    assert isinstance(verdict(written, UP), Exhausted if holds else Violated)


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("until(self.x < 2, self.x == 2)", True),
        ("until(self.x < 2, self.x == 3)", False),
        ("weak_until(self.x < 4, self.x == 4)", True),
        ("release(self.x == 3, self.x < 3)", False),
        ("always(implies(self.x == 1, until(self.x < 2, self.x == 3)))", False),
    ],
)
def test_bounded_search_finds_what_a_formula_does_not_allow(written: str, holds: bool) -> None:
    assert isinstance(verdict(written, UP, by="bmc"), Violated) is not holds


def test_a_formula_is_asked_of_the_first_state_too() -> None:
    assert isinstance(verdict("self.x == 0 and eventually(self.x == 3)", UP), Exhausted)
    assert isinstance(verdict("self.x == 1 and eventually(self.x == 3)", UP), Violated)
    assert isinstance(verdict("self.x == 1 or not always(self.x == 0)", UP), Exhausted)


def test_a_promise_is_not_put_off_for_ever() -> None:
    """Without acceptance, "x is 4 some time" would be believed of every loop."""
    trace, back_to = lasso_of(verdict("eventually(self.x == 4) or always_eventually(self.x == 4)", ROUND))
    assert len(trace.steps) - back_to == 4


def test_a_behaviour_may_rest_while_it_owes_nothing() -> None:
    assert isinstance(verdict("eventually(self.x == 1)", "go=self.x = 1"), Violated)
    assert isinstance(verdict("eventually(self.x == 1)", "fair_go=self.x = 1"), Exhausted)
    trace, back_to = lasso_of(verdict("until(self.x == 0, self.x == 1)", "go=self.x = 1"))
    assert len(trace) == 1 and back_to == 0


def test_fairness_is_asked_of_the_loop_that_a_formula_makes() -> None:
    """The component of x = 0, 1, 2 has all that is fair; a loop on which x is never 1 leaves a fair step out."""
    steps = (
        "fair_go=require(self.x != 1); self.x = 2 - self.x",
        "back=require(self.x == 1); self.x = 0",
        "fair_by=require(self.x != 1); self.x = 1",
    )
    assert isinstance(verdict("always(implies(self.x == 0, eventually(self.x == 2)))", *steps), Violated)
    assert isinstance(verdict("always(implies(self.x == 0, eventually(self.x == 1)))", *steps), Exhausted)


def test_the_shortest_stem_leads_to_the_loop() -> None:
    steps = ("go=require(self.x < 3); self.x += 1", "leap=require(self.x == 0); self.x = 3")
    trace, back_to = lasso_of(verdict("until(self.x < 3, self.x == 4)", *steps))
    assert len(trace) == 1 and back_to == 0
    trace, back_to = lasso_of(verdict("always(self.x < 3)", *steps))
    assert [step.name for step in trace.steps] == ["leap"] and back_to == 1


def test_what_a_formula_begins_with_and_never_happens_is_said() -> None:
    found = verdict("always(implies(self.x == 4, until(self.x == 4, self.x == 0)))", UP)
    assert found == Exhausted(4, vacuous=True)
    assert verdict("leads_to(self.x == 4, self.x == 0)", UP) == Exhausted(4, vacuous=True)
    assert verdict("always(self.x < 4 or eventually(self.x == 0))", UP) == Exhausted(4)


# the automaton against the meaning of the operators


def _denied(wanted: Formula, truth: Sequence[tuple[bool, ...]], back_to: int) -> bool:
    """Whether the automaton of a formula has no run over a lasso: the graph is the lasso, nothing is fair but its
    steps."""
    steps = list(range(len(truth) - 1))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(steps or [0])
    for now in steps:
        graph.add_edge(now, now + 1 if now + 1 < len(steps) else back_to, takes={now})
    fair = Fair(graph, [{now} if now in steps else set() for now in range(len(truth))], lambda _: Fairness.WEAK)
    conditions = [sum(each << number for number, each in enumerate(state)) for state in truth]
    return Product(fair, [0], conditions, Tableau(wanted), lambda: None).lasso() is None


def test_the_automaton_has_a_run_where_the_operators_say_that_the_formula_is_true() -> None:
    draw = Random("automaton")
    outcomes = set()
    for _ in range(600):
        wanted = formula(draw, draw.randint(1, 3), 2)
        if Tableau(wanted).promises > 4:
            continue
        truth, back_to = lasso(draw, 2)
        expected = over_time(wanted, truth, back_to)[0]
        outcomes.add(expected)
        assert _denied(wanted, truth, back_to) != expected, (wanted, truth, back_to)
    assert outcomes == {True, False}


LAWS = [
    (Always(P), Negation(Eventually(Negation(P)))),
    (Always(Always(P)), Always(P)),
    (Eventually(Eventually(P)), Eventually(P)),
    (Until(P, Until(P, Q)), Until(P, Q)),
    (Negation(Until(P, Q)), release(Negation(P), Negation(Q))),
    (Negation(release(P, Q)), Until(Negation(P), Negation(Q))),
    (Negation(Until(P, Q)), weak_until(Negation(Q), Conjunction((Negation(P), Negation(Q))))),
    (Until(P, Q), Conjunction((weak_until(P, Q), Eventually(Q)))),
    (Eventually(P), Until(Conjunction(()), P)),
    (Always(P), weak_until(P, Disjunction(()))),
    (Always(P), release(Disjunction(()), P)),
    (Eventually(Disjunction((P, Q))), Disjunction((Eventually(P), Eventually(Q)))),
    (Always(Conjunction((P, Q))), Conjunction((Always(P), Always(Q)))),
    (Always(Eventually(Disjunction((P, Q)))), Disjunction((Always(Eventually(P)), Always(Eventually(Q))))),
    (Eventually(Always(Conjunction((P, Q)))), Conjunction((Eventually(Always(P)), Eventually(Always(Q))))),
    (Eventually(Always(Eventually(P))), Always(Eventually(P))),
]


@pytest.mark.parametrize(("one", "other"), LAWS)
def test_laws_of_the_logic_hold_of_the_judge_and_of_the_automaton(one: Formula, other: Formula) -> None:
    """Manna and Pnueli 1992, section 3.4. That the automaton has them too is a second look: 30 lassos."""
    draw = Random("laws")
    for number in range(200):
        truth, back_to = lasso(draw, 2)
        assert over_time(one, truth, back_to) == over_time(other, truth, back_to)
        if number < 30:
            assert _denied(one, truth, back_to) == _denied(other, truth, back_to)


def test_no_formula_can_tell_how_long_a_behaviour_rests() -> None:
    draw = Random("stutter")
    for _ in range(300):
        wanted = formula(draw, 3, 2)
        truth, back_to = lasso(draw, 2)
        at = draw.randrange(len(truth))
        longer = [*truth[: at + 1], *truth[at:]]
        moved = back_to + 1 if at < back_to or (at == back_to == len(truth) - 1) else back_to
        assert over_time(wanted, longer, moved)[0] == over_time(wanted, truth, back_to)[0]
