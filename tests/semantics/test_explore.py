"""Reachable states breadth first: each is new once, its steps come in the order in which it was found."""

from __future__ import annotations

from checker.semantics import Interpreter
from checker.semantics.explore import explore
from tests.frontend.support import program

FORK = """
class M(Model):
    x = Var(Range(8))

    def init(self):
        self.x = choose(Range(2))

    @action
    def double(self):
        require(self.x > 0)
        self.x = self.x * 2

    @action
    def back(self):
        require(self.x > 1)
        self.x = 0
"""


def test_states_are_found_breadth_first_and_each_once() -> None:
    found = list(explore(Interpreter(program(FORK))))
    assert [each.transition.state for each in found if each.new] == [(0,), (1,), (2,), (4,)]
    steps = [(each.origin, each.transition.step.name, each.transition.state) for each in found if each.origin]
    assert steps == [
        ((1,), "double", (2,)),
        ((2,), "double", (4,)),
        ((2,), "back", (0,)),
        ((4,), "double", None),
        ((4,), "back", (0,)),
    ]
    assert [each.origin for each in found[:2]] == [None, None]
