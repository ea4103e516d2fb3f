"""What runs have seen: ways to states are ways, as short as known, and what is open can be taken and given back."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from checker.contract.task import NO_FAILURE
from checker.contract.trace import Trace
from checker.engines.common.cost import AFFORDED
from checker.engines.fuzz import watching
from checker.engines.fuzz.known import Known
from checker.semantics import Step
from tests.frontend.support import program

STEP = Step("go", (), None, ())


@pytest.mark.parametrize("seed", range(20))
def test_ways_are_walks_that_were_seen_and_no_longer_than_said(seed: int) -> None:
    chance, known = Random(seed), Known()
    edges = set()
    for _ in range(60):
        place = chance.randrange(3)
        known.begins((place,), (place,))
        for _ in range(chance.randrange(12)):
            following = chance.randrange(40)
            known.leads((place,), STEP, (following,))
            edges.add((place, following))
            place = following
    for state in range(40):
        if (state,) not in known:
            continue
        way = known.way_to((state,))
        places = [int(str(each[0])) for each in way.states]
        assert places[0] < 3 and way.choices == (places[0],) and places[-1] == state
        assert set(pairwise(places)) <= edges
        assert len(way.steps) == len(places) - 1 <= known.depth((state,))


def test_a_trace_gets_the_shortest_way_that_is_known_to_its_end() -> None:
    known = Known()
    known.begins((0,), ())
    for at in range(5):
        known.leads((at,), STEP, (at + 1,))
    long = Trace(tuple((at,) for at in range(6)), (STEP,) * 5)
    assert known.shorter(long) == long
    known.leads((1,), STEP, (5,))
    assert known.shorter(long).states == ((0,), (1,), (5,))
    unseen = Trace(((0,), (9,)), (STEP,))
    assert known.shorter(unseen) is unseen


@pytest.mark.parametrize("seed", range(10))
def test_open_is_what_was_opened_and_not_closed(seed: int) -> None:
    chance, known, expected = Random(seed), Known(), set()
    for state in range(20):
        known.begins((state,), ())
        expected.add((state,))
    for _ in range(200):
        state, is_open = (chance.randrange(25),), chance.random() < 0.5
        known.set_open(state, is_open)
        if is_open and state in known:
            expected.add(state)
        elif not is_open:
            expected.discard(state)
        assert set(known.open) == expected and len(known.open) == len(expected)


@pytest.mark.parametrize("cost", [0, 1, AFFORDED - 1, AFFORDED, 3 * AFFORDED + 1, 200 * AFFORDED])
def test_what_costs_more_is_looked_at_less_often_but_now_and_then(cost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = program("""
class M(Model):
    x = Var(Range(4))
    @action
    def stays(self):
        pass
    @always
    def small(self):
        return self.x < 4
    @lemma
    def low(self):
        return self.x < 4
    @sometimes
    def high(self):
        return self.x == 3
""")
    monkeypatch.setattr(watching, "cost_of", lambda *_: cost)
    named = {each.property.name: each.period for each in watching.judged(made, ["small", "high"])}
    assert named == dict.fromkeys(["small", "high"], min(watching.SELDOM, 1 + cost // AFFORDED))
    everywhere = {each.name for each in made.properties if each.kind.traits.everywhere}
    assert {each.property.name for each in watching.judged(made, [NO_FAILURE])} == everywhere
    assert [each.reads for each in watching.judged(made, ["small"])] == [(0,)]
