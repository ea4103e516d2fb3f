"""Why a formula is false of a lasso, in the model's words."""

from __future__ import annotations

import pytest

from checker.contract.trace import Lasso
from checker.contract.verdict import Violated
from counterexamples.explain.loop import false_words
from tests.frontend.support import program
from tests.support.fair_models import said

COUNTER = """
class M(Model):
    V = Range(4)
    x = Var(V)
    @action(fair="weak")
    def go(self):
        self.x = (self.x + 1) % 4
    @temporal
    def p(self{takes}):
        return {formula}
"""


@pytest.mark.parametrize(
    ("formula", "takes", "words"),
    [
        ("always(self.x != 2)", "", "self.x != 2 is false in state 3."),
        ("eventually(self.x > 4)", "", "self.x > 4 is false in every state."),
        ("eventually_always(self.x != 1)", "", "self.x != 1 is false in state 2, again and again."),
        ("not always_eventually(self.x == 1)", "", "self.x == 1 is true in state 2, again and again."),
        (
            "always(implies(self.x == 1, until(self.x < 3, self.x == 0)))",
            "",
            "self.x == 1 is true in state 2, and self.x < 3 is false in state 4, and self.x == 0 is false up to then.",
        ),
        (
            "leads_to(self.x == v, self.x > 4)",
            ", v: V",
            "With v = 0, self.x == v is true in state 1, and self.x > 4 is false in every state.",
        ),
        (
            "any(always(self.x != v) for v in self.V)",
            "",
            "self.x != 0 is false in state 1, and self.x != 1 is false in state 2, and "
            "self.x != 2 is false in state 3, and self.x != 3 is false in state 4.",
        ),
    ],
)
def test_what_is_false_of_a_formula_is_said_of_its_conditions(formula: str, takes: str, words: str) -> None:
    compiled = program(COUNTER.format(formula=formula, takes=takes))
    found = said(compiled, "reference").verdicts["p"]
    assert isinstance(found, Violated) and isinstance(found.trace.end, Lasso)
    assert false_words(compiled, compiled.temporal[0], found.trace, found.trace.end) == words
