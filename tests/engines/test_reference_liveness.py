"""The reference engine over whole behaviours: which loop it shows, where it ends, and what it says of that."""

from __future__ import annotations

from itertools import pairwise

import pytest

from checker.contract.task import Budget, Task
from checker.contract.trace import Lasso, Trace
from checker.contract.verdict import Exhausted, Unknown, Violated
from checker.engines import fair_cycles
from checker.engines.common import fair_walks
from checker.engines.common.fair_walks import Walks
from checker.engines.reference_liveness import decide, too_many
from tests.frontend.support import program

COUNTS = """
class Counts(Model):
    x = Var(Range(5))
    @action(fair=True)
    def up(self):
        require(self.x < 4)
        self.x += 1
    @eventually
    def p(self):
        return self.x == 4
"""


def decided(source: str, budget: Budget | None = None, most: int | None = None) -> object:
    compiled = program(source)
    return decide(Task(compiled, ("p",), budget or Budget()), ["p"], most).verdicts["p"]


def lasso(source: str) -> Trace:
    found = decided(source)
    assert isinstance(found, Violated) and isinstance(found.trace.end, Lasso)
    return found.trace


def test_as_many_states_as_may_be_are_enough_and_one_less_is_not() -> None:
    assert decided(COUNTS, Budget(max_states=5), most=5) == Exhausted(5)
    assert decided(COUNTS, Budget(max_states=4)) == Unknown("state budget of 4 ended after 4 states")
    assert decided(COUNTS, most=4) == Unknown(f"{too_many(4)} after 4 states")


def test_as_many_levels_as_may_be_are_enough_and_one_less_is_not() -> None:
    """A deeper state was found, and is counted, and not looked at."""
    assert decided(COUNTS, Budget(max_depth=5)) == Exhausted(5)
    assert decided(COUNTS, Budget(max_depth=4)) == Unknown("depth budget of 4 ended after 5 states")
    two = COUNTS.replace("    @action(fair", "    def init(self):\n        self.x = choose({1, 2})\n    @action(fair")
    assert decided(two, Budget(max_depth=4)) == Exhausted(4)
    assert decided(two, Budget(max_depth=1)) == Unknown("depth budget of 1 ended after 3 states")


def test_time_that_is_over_before_it_begins_leaves_all_unknown() -> None:
    assert decided(COUNTS, Budget(seconds=1, since=0.0)) == Unknown("time budget of 1 s ended after 0 states")


def test_what_fails_is_told_with_its_reason() -> None:
    found = decided(COUNTS.replace("require(self.x < 4)", "pass"))
    assert found == Unknown(
        "a step can fail: what would follow is not known (5 does not fit in 'x', which is Range(5))"
    )
    bad = COUNTS.replace("    @action(fair", "    def init(self):\n        self.x = choose({4, 5})\n    @action(fair")
    said = decided(bad)
    assert isinstance(said, Unknown) and "'init' can fail" in said.reason and "does not fit" in said.reason


def test_of_two_steps_to_one_state_the_fair_one_is_shown() -> None:
    """Both lead from 0 to 1 and back; the loop owes `fair` a step, and a loop of `plain` would be none."""
    trace = lasso("""
class Twice(Model):
    x = Var(Range(3))
    @action
    def plain(self):
        require(self.x < 2)
        self.x = 1 - self.x
    @action(fair=True)
    def turn(self):
        require(self.x < 2)
        self.x = 1 - self.x
    @eventually
    def p(self):
        return self.x == 2
""")
    assert {step.name for step in trace.steps} == {"turn"}


def test_the_shortest_stem_is_shown_though_a_longer_one_leads_to_a_shorter_loop() -> None:
    """Fairness keeps behaviours from resting in 2 and 3: the loop there has two steps. In 4 they can rest."""
    trace = lasso("""
class Near(Model):
    x = Var(Range(5))
    @action(fair=True)
    def turn(self):
        require(self.x in {2, 3})
        self.x = 5 - self.x
    @action
    def near(self):
        require(self.x == 0)
        self.x = 2
    @action
    def far(self):
        require(self.x < 2)
        self.x = 1 if self.x == 0 else 4
    @always_eventually
    def p(self):
        return self.x < 2
""")
    assert [state[0] for state in trace.states] == [0, 2, 3, 2] and trace.end == Lasso(1)


def test_of_stems_of_one_length_the_one_with_the_shortest_loop_is_shown() -> None:
    source = """
class Choice(Model):
    x = Var(Range(5))
    @action(fair=True)
    def turn(self):
        require(self.x in {A, B})
        self.x = A + B - self.x
    @action
    def go(self):
        require(self.x == 0)
        self.x = choose({A, C})
    @always_eventually
    def p(self):
        return self.x == 0
"""
    for a, b, c in ((1, 2, 3), (2, 3, 1)):
        text = source.replace("{A, B}", f"{{{a}, {b}}}").replace("{A, C}", f"{{{a}, {c}}}").replace("A + B", str(a + b))
        assert [state[0] for state in lasso(text).states] == [0, c]


# A walk round, without a program.

RING = {0: [(1, ["a"])], 1: [(2, [])], 2: [(3, ["b"]), (0, [])], 3: [(2, []), (0, ["a"])]}


class Around:
    """A small graph, in which these things are possible everywhere, and this is to be visited."""

    def __init__(self, ways: dict[int, list[tuple[int, list[str]]]], possible: dict[int, set[str]], visit: int) -> None:
        self._ways, self._possible, self._visit = ways, possible, visit

    def ways(self, node: int) -> list[tuple[int, list[str]]]:
        return self._ways[node]

    def possible(self, node: int) -> set[str]:
        return self._possible.get(node, set())

    def visited(self, node: int) -> list[int]:
        return [0] if node == self._visit else []


BOTH = {node: {"a", "b"} for node in RING}


@pytest.mark.parametrize(
    ("possible", "visit", "weak", "strong", "walk"),
    [
        ({}, 0, "", "", [0]),
        ({}, 3, "", "", [0, 1, 2, 3, 0]),
        ({}, 2, "", "", [0, 1, 2, 0]),
        (BOTH, 0, "a", "", [0, 1, 2, 0]),
        (BOTH, 0, "b", "", [0, 1, 2, 3, 0]),
        (BOTH, 0, "ab", "", [0, 1, 2, 3, 0]),
        ({0: {"b"}}, 0, "b", "", [0, 1, 2, 0]),
        ({0: {"b"}}, 0, "", "b", [0, 1, 2, 3, 0]),
        ({3: {"b"}}, 0, "", "b", [0]),
        ({3: {"b"}}, 3, "", "b", [0, 1, 2, 3, 0]),
    ],
)
@pytest.mark.parametrize("most", [20_000, 0])
def test_a_walk_round_does_all_that_it_owes(
    possible: dict[int, set[str]],
    visit: int,
    weak: str,
    strong: str,
    walk: list[int],
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shortest; one thing after the other where nobody looks for the shortest, which may be longer."""
    monkeypatch.setattr(fair_walks, "MOST_SEARCHED", most)
    around = Around(RING, possible, visit)
    found = Walks(around, 0, weak, strong, 1).cycle()
    assert found[0] == found[-1] == 0
    took = [dict(RING[one])[other] for one, other in pairwise(found)]
    been = set(found)
    for each in (*weak, *strong):
        owed = all(each in possible.get(node, ()) for node in been) if each in weak else True
        owed = owed and any(each in possible.get(node, ()) for node in been)
        assert not owed or any(each in taken for taken in took), each
    assert visit in been
    if most:
        assert found == walk


def test_states_of_a_part_are_left_for_no_other() -> None:
    """A cycle stays within its part, where the way out would be shorter."""
    import networkx as nx  # noqa: PLC0415 - slow to import

    from checker.ir.temporal import Fairness  # noqa: PLC0415

    graph = nx.DiGraph()
    for source, target in ((0, 4), (4, 2), (0, 1), (1, 2), (2, 0), (1, 3), (3, 2)):
        graph.add_edge(source, target, takes=set())
    fair = fair_cycles.Fair(graph, [set()] * 5, lambda thing: Fairness.WEAK)
    assert fair_cycles.short_cycle(fair, {0, 1, 2, 3}, 0, [{2}]) == [0, 1, 2, 0]
