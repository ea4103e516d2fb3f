"""What is known at a place in the code, by each kind of expression; and what stays as it was, since it matters when."""

from __future__ import annotations

from random import Random

import pytest

from checker.simplify import simplified
from tests.support.random_models import HEAD, RandomModel
from tests.support.simplifying import LINK, act, check_same

MORE = """    m = Var(Node)
    a = Var(Array(Node, Node))
    r = Var(Record(a=Node, b=Bool))
    big = Var(Range(0, 100000))
"""
ASKED = [
    ("self.n == 3", "self.n = choose(Range(0, 9))"),
    ("self.on", "self.on = choose({True, False})"),
    ("self.next[0] is None", "self.next[1] = 0"),
    ("self.next[i] is None", "i = choose(Range(3))"),
    ("i == 2", "i = choose(Range(3))"),
    ("self.r.a == 1", "self.r.b = True"),
    ("self.n + 1 == 3", "self.n = choose(Range(0, 9))"),
    ("-self.n == -3", "self.n = choose(Range(0, 9))"),
    ("self.m == self.here", "self.here = choose({0, 1})"),
    ("self.m == self.here", "self.m = choose(Range(2))"),
    ("self.m in self.seen", "self.seen = {o for o in self.Node if o != self.n}"),
]


@pytest.mark.parametrize(("asked", "change"), ASKED)
def test_what_was_asked_is_not_asked_again_until_it_changes(asked: str, change: str) -> None:
    first = ["i = choose(Range(3))", f"if {asked}:"]
    last = [f"    if {asked}:", "        self.n = 1", "    else:", "        self.n = 2"]
    assert act(*first, *last, before=MORE).count("  if ") == 1
    assert act(*first, f"    {change}", *last, before=MORE).count("  if ") == 2


@pytest.mark.parametrize("asked", ["self.n == self.big", "self.big == self.n", "self.n + self.big < 5"])
def test_what_has_too_many_values_is_compared_as_it_was(asked: str) -> None:
    assert asked in act(f"if {asked}:", "    self.on = True", before=MORE)


@pytest.mark.parametrize(
    "body",
    [
        "self.a[self.here] + o",  # its own failure comes after that of its argument
        "choose(Range(3)) + o",
        "self.lose(o) + o",
        "max(p for p in self.Node if p < 2 or p == o) + o",
        "o + o + o + o + o + o + o + o + o + o",
    ],
)
def test_a_helper_that_fails_chooses_calls_loops_or_is_long_stays_a_helper(body: str) -> None:
    more = f"""
    def lose(self, o: Node):
        self.here = None
        return 1

    def help(self, o: Node):
        return {body}
"""
    assert "self.help(" in act("self.big = self.help(self.m)", more=more, before=MORE)
    assert "self.help(" in act("self.big = self.help(self.next[0])", more=more, before=MORE)


@pytest.mark.parametrize(("first", "second", "left"), [(32, 32, 0), (25, 41, 1)])
def test_a_comprehension_without_variables_is_worked_out_if_it_is_quick(first: int, second: int, left: int) -> None:
    """It has 1,024 rounds, or 1,025."""
    asked = f"self.on = all(a + b < 99 for a in range({first}) for b in range({second}))"
    assert act(asked).count("all(") == left


def test_what_is_denied_twice_is_asked() -> None:
    more = "\n    def off(self):\n        return not self.on\n"
    assert act("if not self.off():", "    self.n = 1", more=more).count("not") == 0


def test_a_function_declares_the_locals_that_it_still_mentions_and_no_others() -> None:
    lines = ["i = choose(Range(3))", "self.n = sum(p for p in self.Node if p != i)", "if not self.on:", "    return"]
    lines += ["for q in self.seen:", "    if not self.on:", "        k = 2", "        self.n = k + q"]
    lines += ["self.n = sum(2 for t in self.seen)", "for u in range(self.n):", "    self.n = 3"]
    body = "\n".join(f"        {line}" for line in lines)
    program = RandomModel(f"{HEAD}\nclass Drawn(Model):{LINK}\n    @action\n    def act(self):\n{body}\n").program()
    (plain,), (simple,) = program.actions, simplified(program).actions
    assert set(plain.locals) == {"i", "p", "q", "q'item", "k", "t", "u", "u'item"}
    assert set(simple.locals) == {"i", "p", "q", "t", "u"}


@pytest.mark.parametrize("asked", ["self.p * self.q == 67", "self.p > self.r"])
@pytest.mark.parametrize("over", [0, 1])
def test_an_operator_is_tried_with_4096_pairs_of_values_and_no_more(asked: str, over: int) -> None:
    more = f"    p = Var(Range({64 + over}))\n    q = Var(Range(64))\n    r = Var(Range({64 + over}, {127 + over}))\n"
    shown = act(f"if {asked}:", "    self.on = True", "self.n = 1", before=more)
    assert shown.count("if ") == over


def test_what_is_in_no_case_among_some_is_not_asked() -> None:
    assert "if" not in act("require(1 < self.n < 5)", "if self.n in {0, 9}:", "    self.on = True", "self.n = 1")


def test_the_item_that_a_message_names_keeps_its_text() -> None:
    assert "self.line[i] = 1" in act("i = 0", "self.line[i] = 1", before="    line = Var(Seq(Node, 2))\n")
    assert "self.a[0] = 1" in act("i = 0", "self.a[i] = 1", before=MORE)


def test_a_helper_that_only_returns_is_one() -> None:
    assert "self.n = 1" in act("self.nothing()", "self.n = 1", more="\n    def nothing(self):\n        return\n")


def test_what_a_helper_returns_is_known_though_it_changes_what_else_is_known() -> None:
    text = f"""{HEAD}
class Drawn(Model):{LINK}{MORE}
    def far(self):
        i = self.n
        self.n = choose(Range(0, 9))
        if i == 7:
            return i
        return 7

    @action
    def act(self):
        if self.on:
            self.m = self.far() - 6
"""
    program = RandomModel(text).program()
    simple = simplified(program)
    check_same(program, simple, Random(0))
    assert "checked=True" in repr(program.actions) and "checked=True" not in repr(simple.actions)


def test_a_loop_that_is_never_entered_is_none() -> None:
    assert "while" not in act("if not self.on:", "    while self.on:", "        self.n = 0", "self.n = 1")


def test_each_side_of_a_choice_knows_how_the_condition_came_out() -> None:
    lines = ["self.n = (1 if self.on else 2) if self.on else 3", "self.m = 0 if self.on else (1 if self.on else 2)"]
    assert act(*lines, before=MORE).count("else") == 2
