"""Loops through components that are too large to look at step by step: compiled loops find the way to what is far. Here
everything is far, and the loops are those of tiny random models; what they owe the judge has seen in each."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from checker.contract.trace import Lasso
from checker.contract.verdict import Violated
from checker.engines.common import fair_walks
from checker.engines.common.fair_walks import Walks
from checker.engines.explicit.liveness import far, legs, rows
from checker.engines.explicit.native import block
from checker.errors import EvacheckError
from tests.frontend.support import program
from tests.support.fair_models import far_lassos, said, stems, text
from tests.support.formulas import timed
from tests.support.plain_code import plain_code
from tests.support.verdicts import lasso_of

shortly: Any = Walks._shortly


def _both(self: Any, node: Any, missing: int) -> Any:
    """Each leg of a loop is as short as the one that is found step by step."""
    found = shortly(self, node, missing)
    other = Walks(self._around, self._start, self._weak, self._strong, self._visits)
    assert len(found) == len(shortly(other, node, missing))
    return found


def _differing(draw: Random, models: int) -> list[str]:
    """Models of which the explicit engine with far lassos says something else than the reference engine."""
    found = []
    for _ in range(models):
        source = timed(text(draw, 5, 2), draw, 2)
        made = program(source)
        expected = stems(made, "reference")
        with plain_code(), far_lassos(), patch.object(Walks, "_shortly", _both):
            if stems(made, "explicit", draw.choice((1, 2))) != expected:
                found.append(source)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_far_loops_owe_nothing_and_have_the_stem_of_the_reference_engine(seed: int) -> None:
    assert _differing(Random(f"far {seed}"), 7) == []


FAULTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "something can be done everywhere": (legs, "does_some", lambda k, nodes, onward: 1),
    "nothing can be done anywhere": (legs, "does_some", lambda k, nodes, onward: 0),
    "a way leads out of the component": (legs, "holds", lambda bits, slot: 1),
    "nodes are taken that are not in the component": (legs, "modes_at", lambda k, bits, slot: k[block.MODES]),
}


EXITS = """
class Exits(Model):
    x = Var(Range(10))
    @action
    def goes_round(self):
        require(self.x < 8)
        self.x = (self.x + 1) % 8
    @action(fair="weak")
    def serves(self):
        require(self.x < 8)
        self.x = 7 if self.x == 6 else 9
    @action
    def leaves(self):
        require(self.x == 2)
        self.x = 8
    @eventually
    def p(self):
        return self.x >= 8
    @temporal
    def f(self):
        return until(self.x < 8, self.x >= 8)
"""


def test_the_way_round_stays_where_it_may() -> None:
    """It is served in 6 alone; nearer, and outside, are states in which it cannot be."""
    small = patch.object(rows, "_FIRST_LIST", 1), patch.object(far, "STEPS", 3)
    with plain_code(), far_lassos(), patch.object(Walks, "_shortly", _both), small[0], small[1]:
        found = said(program(EXITS), "explicit").verdicts
    for name in ("p", "f"):
        trace = lasso_of(found[name])[0]
        assert [state[0] for state in trace.states] == [0, 1, 2, 3, 4, 5, 6, 7, 0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_way_is_noticed(fault: str) -> None:
    owner, name, wrong = FAULTS[fault]
    with patch.object(owner, name, wrong), pytest.raises((AssertionError, EvacheckError, StopIteration)):
        test_the_way_round_stays_where_it_may()


RINGS = """
class Rings(Model):
    n = Param(12)
    P = Range(n)
    at = Var(Array(Range(3), P))
    @action(fair="weak")
    def go(self, w: Range(3)):
        self.at[w] = (self.at[w] + 1) % self.n
    @action(fair="strong")
    def turn(self):
        require(self.at[0] == 6 and self.at[1] == 6)
        self.at[1] = 7
    @eventually_always
    def p(self):
        return self.at[0] != self.n - 1
    @temporal
    def f(self):
        return eventually(always(self.at[0] == 1))
"""


def test_a_loop_through_three_rings_is_found_by_compiled_code() -> None:
    """Each has to be gone round once, and what is strongly fair taken."""
    made = program(RINGS)
    with patch.object(fair_walks, "MOST_SEARCHED", 100), patch.object(fair_walks, "MOST_NEAR", 50):
        for name, verdict in said(made, "explicit").verdicts.items():
            assert isinstance(verdict, Violated) and isinstance(verdict.trace.end, Lasso), name
            loop = len(verdict.trace.steps) - verdict.trace.end.back_to
            assert 3 * 12 <= loop <= 6 * 12, name
