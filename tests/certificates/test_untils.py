"""What can be true along a behaviour, as a recheck has it, against what the operators of time mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from unittest.mock import patch

import pytest

from checker.certificates.untils import Untils
from checker.contract.lasso import over_time
from checker.engines.common.tableau import Tableau
from checker.ir.temporal import (
    Always,
    Condition,
    Conjunction,
    Disjunction,
    Eventually,
    Formula,
    Negation,
    Until,
)
from tests.support.formulas import formula

P, Q = Condition(0), Condition(1)

Truth = list[tuple[bool, ...]]


def lasso(draw: Random) -> tuple[Truth, int]:
    """What two conditions are at the times of a lasso, each once; and the time that comes after the last."""
    truth = [(draw.random() < 0.5, draw.random() < 0.5) for _ in range(draw.randint(1, 4))]
    return truth, draw.randrange(len(truth))


def lasting(untils: Untils, truth: Truth, back_to: int) -> Iterator[tuple[int, ...]]:
    """All that may be given at the times of a lasso, by the law and the promise."""
    following = [*range(1, len(truth)), back_to]
    for given in product(*(untils.possible(now) for now in truth)):
        law = all(untils.follows(truth[now], given[now], given[later]) for now, later in enumerate(following))
        round_ = range(back_to, len(truth))
        if law and not any(
            all(untils.waits(truth[now], given[now], number) for now in round_) for number in range(untils.number)
        ):
            yield given


def meant(untils: Untils, truth: Truth, back_to: int) -> tuple[int, ...]:
    """What is true of each `until` at each time, by what it means."""
    rows = [over_time(each, [*truth, truth[back_to]], back_to)[: len(truth)] for each in untils.all]
    return tuple(sum(row[now] << number for number, row in enumerate(rows)) for now in range(len(truth)))


def held(draw: Random, formulas: int) -> set[bool]:
    """Hold random formulas to what they mean of random lassos; what they came to."""
    outcomes = set()
    for _ in range(formulas):
        wanted = formula(draw, draw.randint(1, 3), 2)
        untils = Untils(wanted)
        if untils.number > 3:
            continue
        truth, back_to = lasso(draw)
        (given,) = lasting(untils, truth, back_to)
        assert given == meant(untils, truth, back_to), (wanted, truth, back_to)
        is_true = over_time(wanted, [*truth, truth[back_to]], back_to)[0]
        assert untils.is_false(truth[0], given[0]) != is_true, (wanted, truth, back_to)
        outcomes.add(is_true)
    return outcomes


def test_along_a_lasso_one_thing_can_be_given_and_that_is_what_the_operators_mean() -> None:
    assert held(Random("untils"), 300) == {True, False}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("follows", lambda self, conditions, given, later: True),
        ("waits", lambda self, conditions, given, number: False),
        ("is_false", lambda self, conditions, given: self._is_true(self._formula, conditions, given)),
    ],
)
def test_a_law_or_a_promise_that_is_left_out_is_noticed(name: str, wrong: Callable[..., bool]) -> None:
    with patch.object(Untils, name, wrong), pytest.raises((AssertionError, ValueError)):
        held(Random("untils"), 300)


TRUE = Conjunction(())


@pytest.mark.parametrize(
    ("written", "untils"),
    [
        (P, []),
        (Eventually(P), [Until(TRUE, P)]),
        (Always(P), [Until(TRUE, Negation(P))]),
        (Disjunction((Always(Negation(P)), Eventually(P))), [Until(TRUE, P)]),
        (Always(Eventually(P)), [Until(TRUE, P), Until(TRUE, Negation(Until(TRUE, P)))]),
        (Until(Always(P), Q), [Until(TRUE, Negation(P)), Until(Negation(Until(TRUE, Negation(P))), Q)]),
        (Eventually(Negation(Always(P))), [Until(TRUE, Negation(P)), Until(TRUE, Until(TRUE, Negation(P)))]),
    ],
)
def test_untils_have_their_numbers_as_the_page_on_certificates_says(written: Formula, untils: list[Until]) -> None:
    assert Untils(written).all == untils
    assert Untils(Negation(written)).all == untils


def test_the_automaton_of_the_engines_numbers_them_alike() -> None:
    """Otherwise their certificates could not be read. It shares no code with what is tested here."""
    draw = Random("numbers")
    for _ in range(300):
        wanted = formula(draw, 4, 2)
        assert Untils(wanted).all == list(Tableau(wanted)._numbers), wanted
