"""The automaton of a formula as compiled loops read it has a run along a lasso where the formula is true there."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from random import Random

import networkx as nx
import pytest

from checker.contract.lasso import over_time
from checker.engines.common.tableau import Tableau
from checker.engines.explicit.liveness import modes
from checker.engines.explicit.liveness.modes import Modes
from checker.ir.temporal import Always, Condition, Conjunction, Disjunction, Eventually, Formula, Until
from tests.support.formulas import formula, lasso

LETTERS = range(4)


def allowed(of: Modes, letter: int) -> int:
    """The modes that it may be in at a letter, as compiled loops read them."""
    return ctypes.c_int64.from_address(of.address_of(letter)).value & (1 << 64) - 1


def members(bits: int) -> list[int]:
    return [bit for bit in range(bits.bit_length()) if bits >> bit & 1]


def accepted(of: Modes, letters: Sequence[int], back_to: int) -> bool:
    """Whether it has a run along a lasso on which no promise is put off for ever."""
    graph: nx.DiGraph[tuple[int, int]] = nx.DiGraph()
    for at, letter in enumerate(letters):
        after = at + 1 if at + 1 < len(letters) else back_to
        for mode in members(allowed(of, letter)):
            there = of.follow(letter, mode) & allowed(of, letters[after])
            graph.add_node((at, mode))
            graph.add_edges_from(((at, mode), (after, other)) for other in members(there))
    begun = {(0, mode) for mode in members(of.begin(letters[0]))}
    assert begun <= set(graph)
    for part in nx.strongly_connected_components(graph):
        node = next(iter(part))
        if len(part) == 1 and not graph.has_edge(node, node):
            continue
        kept = {promise for at, mode in part for promise in of.settled(letters[at], mode)}
        if kept == set(range(of.promises)):
            assert all(of.lasting >> mode & 1 for _, mode in part)
            if any(nx.has_path(graph, each, node) for each in begun):
                return True
    return False


def test_it_has_a_run_where_the_formula_is_true() -> None:
    draw, outcomes = Random("modes"), set()
    for _ in range(150):
        wanted = formula(draw, draw.randint(1, 3), 2)
        if Tableau(wanted).promises > 4:
            continue
        made = Modes(Tableau(wanted), LETTERS, lambda: None)
        for _ in range(3):
            truth, back_to = lasso(draw, 2)
            if back_to + 1 < len(truth):
                truth = truth[:-1]
            letters = [sum(each << number for number, each in enumerate(state)) for state in truth]
            closed = [*truth, truth[back_to]] if back_to + 1 < len(truth) else truth
            expected = over_time(wanted, closed, back_to)[0]
            assert accepted(made, letters, back_to) is expected, (wanted, truth, back_to)
            outcomes.add(expected)
    assert outcomes == {True, False}


P, Q = Condition(0), Condition(1)


@pytest.mark.parametrize(
    ("wanted", "letters", "count", "lasting"),
    [
        (Eventually(P), LETTERS, 2, 2),
        (Always(P), LETTERS, 2, 2),
        (Eventually(P), [0], 2, 1),  # one that promises what never comes, and one that does not
        (P, LETTERS, 1, 1),
        (Until(P, Q), [0], 1, 1),
        (Conjunction((Eventually(P), Eventually(Q))), LETTERS, 4, 4),
    ],
)
def test_a_mode_is_what_may_be_promised_where_some_letter_is(
    wanted: Formula, letters: Sequence[int], count: int, lasting: int
) -> None:
    looks: list[None] = []
    made = Modes(Tableau(wanted), letters, lambda: looks.append(None))
    assert (made.count, made.lasting.bit_count()) == (count, lasting)
    assert 1 << made.log >= count > (1 << made.log) // 2 or made.log == 0
    assert len(looks) == 2 * len(letters)


def test_what_leads_to_no_cycle_that_settles_all_is_left_out() -> None:
    """Where p never comes, nothing begins with the promise that it does; that it does not is kept for ever."""
    made = Modes(Tableau(Eventually(P)), [0], lambda: None)
    assert (made.begin(0), allowed(made, 0).bit_count()) == (0, 1)
    (mode,) = members(allowed(made, 0))
    assert made.settled(0, mode) == (0,) and made.follow(0, mode) >> mode & 1
    both = Modes(Tableau(Eventually(P)), [0, 1], lambda: None)
    assert both.begin(0) == both.begin(1) & allowed(both, 0) != 0 and allowed(both, 1).bit_count() == 1


def test_of_too_many_modes_nothing_more_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Disjunction((Eventually(P), Eventually(Q)))
    for most, known in ((4, True), (3, False)):
        monkeypatch.setattr(modes, "MOST_MODES", most)
        made = Modes(Tableau(wanted), LETTERS, lambda: None)
        assert made.count == 4 and (made.lasting != 0) is known and (made._rows != {}) is known
