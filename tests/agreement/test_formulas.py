"""Random models with random fairness and random formulas: where the reference engine says that a formula holds, no
behaviour among all that are short denies it; a property of another kind, written as a formula, is decided alike; and
the explicit engine says what the reference engine says, with a lasso as short."""

from __future__ import annotations

from random import Random

import pytest

from checker.check import check, engine
from checker.contract.task import Budget, Task
from checker.contract.verdict import Exhausted, Unknown, Violated
from tests.frontend.support import program
from tests.support.fair_models import FEW, KINDS, gist, said, text, whole
from tests.support.formulas import as_formulas, differences, refuted, timed
from tests.support.plain_code import plain_code

SHORT = 7
"""States of the behaviours that are gone through: of tiny models, a violation is hardly ever longer."""


@pytest.mark.parametrize("seed", range(3))
def test_random_formulas_hold_where_no_short_behaviour_denies_them(seed: int) -> None:
    """That a violation is one, the judge has said of each, by the same meaning of the operators."""
    draw, decided = Random(f"formulas {seed}"), {Exhausted: 0, Violated: 0}
    while min(decided.values()) < 6:
        source = timed(text(draw, 3), draw)
        compiled = program(source)
        graph = whole(compiled)
        if len(graph.states) > FEW:
            continue
        found = {name: each for name, each in said(compiled, "reference").verdicts.items() if name.startswith("f")}
        for name, verdict in found.items():
            assert isinstance(verdict, (Exhausted, Violated))
            decided[type(verdict)] += 1
            if isinstance(verdict, Exhausted):
                assert not refuted(compiled, name, graph, SHORT), f"{name} of\n{source}"
            elif len(verdict.trace) <= SHORT:
                assert refuted(compiled, name, graph, len(verdict.trace)), f"{name} of\n{source}"


def test_other_kinds_written_as_formulas_are_decided_alike() -> None:
    draw = Random("kinds")
    for _ in range(12):
        source = as_formulas(text(draw, 5))
        verdicts = said(program(source), "reference").verdicts
        for kind in KINDS:
            assert gist(verdicts[f"{kind}_p"]) == gist(verdicts[f"{kind}_f"]), source


@pytest.mark.parametrize("seed", range(3))
def test_emitted_code_says_of_random_formulas_what_the_reference_engine_says(seed: int) -> None:
    """And where states are few, what behaviours of a few states say."""
    draw = Random(f"plain formulas {seed}")
    for _ in range(12):
        source = timed(text(draw, 5), draw)
        with plain_code():
            assert differences(program(source), most=4) == [], source


def test_compiled_code_says_of_random_formulas_what_the_reference_engine_says() -> None:
    draw = Random("compiled formulas")
    for _ in range(3):
        source = timed(text(draw, 6), draw, 4)
        assert differences(program(source), workers=2) == [], source


@pytest.mark.parametrize("name", ["walk", "induction", "bmc"])
def test_who_does_not_decide_a_formula_says_who_does(name: str) -> None:
    written = (
        "    x = Var(Range(2))\n    @action\n    def a(self):\n        self.x = 1\n    @temporal\n    def p(self):\n"
    )
    compiled = program(
        f"class M(Model):\n{written}        return until(self.x == 0, self.x == 1) or always(self.x == 0)\n"
    )
    found = check(Task(compiled, ("p",), Budget(max_depth=3)), engine(name)).verdicts["p"]
    assert isinstance(found, Unknown) and "'auto', 'explicit' and 'reference'" in found.reason


def test_bounded_search_finds_what_the_reference_engine_finds() -> None:
    draw, found = Random("bounded"), 0
    while found < 8:
        source = timed(text(draw, 3), draw, 2)
        compiled = program(source)
        expected = {name: each for name, each in said(compiled, "reference").verdicts.items() if name.startswith("f")}
        task = Task(compiled, tuple(expected), Budget(max_depth=6), keep_going=True)
        for name, verdict in check(task, engine("bmc")).verdicts.items():
            theirs = expected[name]
            if isinstance(theirs, Violated) and len(theirs.trace) <= 6:
                assert isinstance(verdict, Violated) and len(verdict.trace) <= len(theirs.trace), f"{name} of\n{source}"
                found += 1
            elif not isinstance(theirs, Violated):
                assert not isinstance(verdict, Violated), f"{name} of\n{source}"
