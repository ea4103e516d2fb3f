"""Which step a random run goes on by, decided by numbers that are given here and not drawn."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from checker.engines.fuzz.drawing import IDLE, MISSING, WEIGHTS, _weighed, next_step

HERE, THERE = (0,), (1,)


class Given:
    """A chance that gives these numbers, one after the other, and then zeros; it notes what it was asked."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = list(numbers)
        self.asked: list[int] = []

    def below(self, count: int) -> int:
        self.asked.append(count)
        number = self._numbers.pop(0) if self._numbers else 0
        assert number < count
        return number


class Walk:
    """A run that stands in HERE: where each rule leads, None for one that cannot be taken though that is not known."""

    def __init__(self, leads: dict[str, Any], impossible: str = "") -> None:
        self.plan = SimpleNamespace(rules=tuple(leads))
        self.state = HERE
        self._leads, self._impossible = leads, impossible
        self.tried: list[str] = []
        self.is_stuck = False

    def possible(self, rule: str) -> bool:
        return rule not in self._impossible

    def draw(self, rule: str, chance: Given) -> Any:
        self.tried.append(rule)
        state = self._leads[rule]
        return None if state is None else SimpleNamespace(transition=SimpleNamespace(state=state), rule=rule)

    def stuck(self) -> None:
        self.is_stuck = True


def taken(walk: Walk, chance: Given, weights: dict[Any, int]) -> str | None:
    found = next_step(walk, chance, weights)  # type: ignore[arg-type]
    if found is None:
        return None
    rule, step = found
    assert step.rule == rule  # type: ignore[attr-defined]
    return str(rule)


def test_each_rule_is_drawn_as_often_as_it_weighs() -> None:
    weights: dict[Any, int] = {"a": 4, "b": 1, "c": 0, "d": 2}
    drawn = [_weighed(["a", "b", "c", "d"], Given(place), weights, ()) for place in range(7)]  # type: ignore[list-item, arg-type]
    assert drawn == ["a"] * 4 + ["b"] + ["d"] * 2


def test_where_nothing_weighs_anything_any_rule_is_drawn() -> None:
    weights: dict[Any, int] = {"a": 0, "b": 0, "c": 0}
    assert [_weighed(["a", "b", "c"], Given(place), weights, ()) for place in range(3)] == ["a", "b", "c"]  # type: ignore[list-item, arg-type]


def test_what_is_missing_weighs_at_least_as_much_as_the_heaviest_others() -> None:
    assert max(WEIGHTS) == MISSING
    for number, weight in enumerate(WEIGHTS):
        weights: dict[Any, int] = {}
        _weighed(["a", "b"], Given(number, number), weights, {"b"})  # type: ignore[list-item, arg-type]
        assert weights == {"a": weight, "b": MISSING}
        again = dict(weights)
        _weighed(["a", "b"], Given(), weights, {"a"})  # type: ignore[list-item, arg-type]
        assert weights == again, "a weight is drawn once a run"


def test_the_only_rule_left_is_taken_without_a_draw() -> None:
    chance = Given()
    assert _weighed(["a"], chance, {}, ()) == "a"  # type: ignore[list-item, arg-type]
    assert chance.asked == []


def test_a_rule_that_cannot_be_taken_is_put_aside() -> None:
    walk = Walk({"a": None, "b": THERE, "c": THERE}, impossible="b")
    assert taken(walk, Given(0, 0), {"a": 1, "b": 1, "c": 1}) == "c"
    assert walk.tried == ["a", "c"] and not walk.is_stuck


def test_what_changes_nothing_gives_way_to_what_does_except_once_in_a_while() -> None:
    for idle in range(IDLE):
        walk = Walk({"a": HERE, "b": THERE})
        assert taken(walk, Given(0, idle), {"a": 1, "b": 1}) == ("b" if idle else "a")


def test_what_changes_something_is_taken_at_once() -> None:
    chance = Given()
    assert taken(Walk({"a": THERE, "b": THERE}), chance, {"a": 1, "b": 1}) == "a"
    assert chance.asked == [2], "nothing is drawn but the rule"


def test_the_first_of_those_that_change_nothing_is_taken_where_nothing_else_can_be() -> None:
    walk = Walk({"a": HERE, "b": HERE, "c": None})
    assert taken(walk, Given(0, 1, 0, 1), {"a": 1, "b": 1, "c": 1}) == "a"
    assert walk.tried == ["a", "b", "c"] and not walk.is_stuck


def test_what_weighs_nothing_in_this_run_is_not_taken_only_since_the_rest_changes_nothing() -> None:
    walk = Walk({"a": HERE, "b": THERE})
    assert taken(walk, Given(0, 1), {"a": 1, "b": 0}) == "a"
    assert walk.tried == ["a"]
    walk = Walk({"a": HERE, "b": THERE, "c": THERE})
    assert taken(walk, Given(0, 1), {"a": 1, "b": 0, "c": 1}) == "c", "another weighs something"


def test_where_no_rule_can_be_taken_the_run_is_stuck() -> None:
    walk = Walk({"a": None, "b": None})
    assert taken(walk, Given(), {"a": 1, "b": 0}) is None
    assert walk.tried == ["a", "b"] and walk.is_stuck


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_every_rule_is_drawn_some_time(order: str) -> None:
    counted = Counter(taken(Walk(dict.fromkeys(order, THERE)), Given(place), {"a": 3, "b": 2}) for place in range(5))
    assert counted == {"a": 3, "b": 2}
