"""Simplified programs do what the plain ones do, failure for failure; and each rule does what it is for."""

from __future__ import annotations

from random import Random

import pytest

from checker.errors import ModelError
from checker.frontend.load import compile_model, load
from checker.simplify import simplified
from tests.support.random_models import HEAD, RandomModel, drawn
from tests.support.simplifying import LINK, act, check_same, text


def seeds(first: int, last: int) -> None:
    """Plain and simplified random models do the same."""
    for seed in range(first, last):
        try:
            program = drawn(Random(seed), 2 if seed % 5 == 0 else None).program()
        except ModelError:
            continue
        check_same(program, simplified(program), Random(seed), states=12)


@pytest.mark.parametrize("first", [0, 20])
def test_random_models_do_the_same_when_simplified(first: int):
    seeds(first, first + 20)


@pytest.mark.parametrize("name", ["spec.gc.marking:Marking", "spec.classics.two_phase:TwoPhase"])
def test_models_of_the_catalogue_do_the_same_when_simplified(name: str):
    program = compile_model(load(name), {})
    check_same(program, simplified(program), Random(1), states=20)


COLOURS = """
class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


"""


def test_what_a_test_has_shown_is_not_asked_again():
    shown = act(
        "if self.here is not None:",
        "    if self.here is not None and self.next[self.here] is None:",
        "        self.n = 1",
    )
    assert shown.count("self.here is not None") == 1


def test_what_the_other_branch_has_refused_is_known_after_it():
    shown = act("if self.here is None:", "    return", "if self.here is None:", "    self.n = 1", "self.on = True")
    assert "self.n = 1" not in shown and "self.on = True" in shown


def test_what_is_required_is_known_after_it():
    shown = act("require(self.n < 3)", "if self.n > 5:", "    self.on = True", "self.n = self.n + 1")
    assert "self.on" not in shown


def test_that_one_of_two_is_true_does_not_say_which():
    shown = act("if self.n == 3 or self.on:", "    if self.n == 3:", "        self.n = 4")
    assert shown.count("self.n == 3") == 2


def test_that_two_are_not_both_true_does_not_say_which_is_false():
    shown = act("if not (self.n == 3 and self.on):", "    if self.n == 3:", "        self.n = 4")
    assert shown.count("self.n == 3") == 2


def test_that_neither_is_true_says_it_of_both():
    shown = act("if not (self.n == 3 or self.on):", "    if self.n == 3:", "        self.n = 4")
    assert shown.endswith("pass\n")


def test_where_both_branches_meet_only_what_both_know_is_known():
    lines = ["if self.on:", "    self.n = 1", "else:", "    self.n = 2"]
    assert "if self.n == 2" in act(*lines, "if self.n == 2:", "    self.here = 0")


def test_what_the_branch_that_goes_on_has_shown_is_known_after_it():
    lines = ["if self.here is not None:", "    self.n = 1", "else:", "    return", "if self.here is None:"]
    assert "self.on" not in act(*lines, "    self.on = True", "self.n = 2")


def test_what_has_changed_is_asked_again():
    shown = act("if self.n == 3:", "    self.n = choose(Range(0, 9))", "    if self.n == 3:", "        self.on = True")
    assert shown.count("self.n == 3") == 2


def test_an_assignment_that_moves_its_own_place_shows_nothing():
    lines = ["self.a[self.a[0]] = 1", "if self.a[self.a[0]] == 1:", "    self.on = True"]
    assert "if" in act(*lines, before="    a = Var(Array(Node, Node))\n")


def test_what_a_helper_may_change_is_asked_again():
    helper = "\n    def turn(self):\n        self.n = choose(Range(0, 9))\n"
    shown = act("if self.n == 3:", "    self.turn()", "    if self.n == 3:", "        self.on = True", more=helper)
    assert shown.count("self.n == 3") == 2


def test_what_a_helper_changes_between_two_operands_is_asked_again():
    helper = "\n    def turn(self):\n        self.n = choose(Range(0, 9))\n        return True\n"
    shown = act("if self.n == 3 and self.turn() and self.n == 3:", "    self.on = True", more=helper)
    assert shown.count("self.n == 3") == 2


def test_an_enum_that_is_known_decides():
    lines = ["if self.c == Colour.RED:", "    self.n = 1", "elif self.c == Colour.GREEN:", "    self.n = 2"]
    lines += ["elif self.c == Colour.BLUE:", "    self.n = 3", "else:", "    self.n = 4"]
    shown = act(*lines, head=COLOURS, before="    c = Var(Colour)\n")
    assert "BLUE" not in shown and "self.n = 3" in shown and "self.n = 4" not in shown


def test_bounds_that_imply_a_check_make_it_none():
    """Nothing stores outside the type: what is stored is known to be at most 9."""
    program = RandomModel(
        f"{HEAD}\nclass Drawn(Model):{LINK}\n    @action\n    def act(self):\n"
        "        if self.n < 5:\n            self.n = self.n * 2\n"
    ).program()
    assert "checked=True" in repr(program.actions) and "checked=True" not in repr(simplified(program).actions)


def test_a_check_that_was_passed_is_not_made_again():
    lines = ["self.next[self.here] = None", "self.on = self.next[self.here] is None"]
    body = "\n".join(f"        {line}" for line in lines)
    program = RandomModel(f"{HEAD}\nclass Drawn(Model):{LINK}\n    @action\n    def act(self):\n{body}\n").program()
    simple = simplified(program)
    check_same(program, simple, Random(0))
    assert repr(program.actions).count("checked=True") == 2 and repr(simple.actions).count("checked=True") == 1


def test_nothing_follows_a_return():
    shown = act("if self.on:", "    self.n = 1", "    return", "else:", "    self.n = 2", "    return", "self.n = 3")
    assert "self.n = 3" not in shown


def test_constants_are_worked_out():
    assert "{0, 2}" in act("self.seen = {o for o in self.Node if o != 1}")


def test_a_loop_of_one_round_is_its_body():
    shown = act("for i in Range(1):", "    self.n = i + 4")
    assert "for" not in shown and "self.n = 4" in shown


def test_a_loop_of_one_round_that_is_left_stays_a_loop():
    assert "for" in act("for i in Range(1):", "    if self.on:", "        break", "    self.n = i + 4")


def test_a_quantifier_over_one_member_is_its_body():
    shown = act("require(any(o in self.seen for o in [self.n % 3]))", "self.on = True")
    assert "any" not in shown and "in self.seen" in shown


@pytest.mark.parametrize("op", ["any", "all"])
def test_a_quantifier_over_one_member_keeps_its_filter(op: str):
    shown = act(f"require({op}(o in self.seen for o in [self.n % 3] if self.on))", "self.here = 0")
    assert op not in shown and "self.on" in shown


def test_items_of_different_types_become_alike_before_they_are_a_sequence():
    """The types are looked at in `check_same`."""
    act("for o in [self.n % 3, self.here]:", "    self.on = o is None")


def test_a_small_helper_stands_where_it_is_called():
    shown = act(
        "self.n = self.after(self.n)", more="\n    def after(self, i: Range(0, 9)):\n        return (i + 1) % 10\n"
    )
    assert "(self.n + 1) % 10" in shown and "after" not in shown


def test_a_helper_does_not_take_a_check_of_its_argument_away():
    helper = (
        "\n    def twice(self, o: Node):\n        return o + o\n\n    def once(self, o: Node):\n        return o + 1\n"
    )
    shown = act("self.n = self.once(self.here) + self.twice(self.next[0])", more=helper)
    assert "once" not in shown and "twice" in shown


def test_the_argument_that_fails_first_is_the_first_one():
    helper = "\n    def less(self, a: Node, b: Node):\n        return (b + 3 - a) % 3\n"
    assert "less" in act("self.n = self.less(self.here, self.next[0])", more=helper)


def test_a_long_argument_is_not_written_twice():
    helper = "\n    def twice(self, o: Node):\n        return o + o\n"
    assert "twice" in act("self.n = self.twice((self.n * 2 + 1) % 3)", more=helper)


def test_a_check_within_conversions_stays():
    helper = "\n    def same(self, o: Node):\n        return o\n"
    act("self.m = self.same(self.here)", more=helper, before="    m = Var(Opt(Range(0, 9)))\n")


def test_what_does_not_fit_is_said_not_to_fit_in_these_words():
    shown = act(
        "if self.n > 0:",
        "    self.c[0 if self.n == 0 else 1] = self.n * 3",
        before="    c = Var(Array(Node, Range(0, 9)))\n",
    )
    assert "self.c[0 if self.n == 0 else 1]" in shown


def test_what_a_helper_returns_is_what_any_of_its_returns_gives():
    helper = "\n    def far(self):\n        if self.on:\n            return 7\n        return 1\n"
    assert "far" in act("self.next[self.far()] = None", more=helper)


def test_an_argument_that_may_not_be_evaluated_stays_an_argument():
    helper = "\n    def pick(self, o: Node):\n        return o if self.on else 0\n"
    assert "pick" in act("self.n = self.pick(self.here)", more=helper)


def test_a_failure_keeps_its_words():
    """The message quotes what stands in the model, not what has become of it."""
    shown = act("require(self.on)", "self.n = (1 if self.on else 2) + self.n * 3")
    assert "(1 if self.on else 2)" in shown


def test_what_can_fail_is_evaluated_where_it_was():
    shown = act("self.on = self.next[self.here] is None or True")
    assert "self.next[self.here]" in shown


def test_what_a_loop_changes_is_not_known_in_it():
    lines = [
        "i = 0",
        "while i < 3:",
        "    if i == 0:",
        "        self.n = 1",
        "    i = i + 1",
        "if i == 0:",
        "    self.on = True",
    ]
    shown = act(*lines)
    assert "i == 0" in shown and "self.on" in shown


def test_what_a_loop_over_members_changes_is_not_known_in_it():
    lines = ["i = 0", "for o in self.Node:", "    if i == 0:", "        self.n = 1", "    i = i + 1 if i < 9 else i"]
    shown = act(*lines, "if i == 0:", "    self.on = True")
    assert shown.count("i == 0") == 2


def test_what_a_helper_changes_in_a_loop_is_not_known_in_it():
    lines = ["self.here = 0", "for o in self.Node:", "    if self.here is None:", "        self.n = 4"]
    assert "self.here is None" in act(*lines, "    self.lose()", more=LOSE)


def test_a_filter_says_nothing_of_what_comes_after_a_comprehension():
    shown = act("self.on = any(o in self.seen for o in self.Node if self.n == 3)", "if self.n == 3:", "    self.n = 4")
    assert shown.count("self.n == 3") == 2


LOSE = """
    def lose(self):
        self.here = None
        return True
"""


def test_what_a_helper_changes_in_one_round_is_asked_again_in_the_next():
    shown = act("self.on = all(self.next[self.here] is None and self.lose() for o in range(0, self.here))", more=LOSE)
    assert "lose" in shown


def test_what_a_second_operand_changes_is_asked_again_after_it():
    shown = act("self.on = self.next[self.here] is None and self.lose()", "self.next[self.here] = None", more=LOSE)
    assert "lose" in shown


def test_a_condition_that_a_loop_was_left_by_is_known_after_it():
    shown = act("while self.here is not None:", "    self.here = self.next[self.here]", "self.on = self.here is None")
    assert "self.on = True" in shown


def test_a_loop_that_is_left_otherwise_shows_nothing():
    lines = [
        "p = self.here",
        "while self.next[p] is not None:",
        "    p = self.next[p]",
        "    if self.on:",
        "        break",
    ]
    shown = act(*lines, "self.here = p", "self.n = 5 if p is None else p")
    assert "5 if p is None" in shown or "p is None" in shown


def test_what_a_loop_changes_before_it_is_left_is_not_known_after_it():
    """The condition can be evaluated for a `p` that is something only, and `p` is nothing where the loop is left."""
    lines = ["p = self.here", "while self.next[p] is None:", "    p = None", "    if self.on:", "        break"]
    shown = act(*lines, "    p = 0", "self.n = 5 if p is None else p")
    assert "5 if p is None else" in shown


def test_blocks_of_a_process_go_on_with_what_is_known():
    body = f"""{LINK}
    @process
    def walk(self):
        yield "a"
        if self.here is None:
            yield "b"
        else:
            self.n = 0 if self.here is None else self.here
            yield "c"
"""
    assert "self.n = self.here" in text(body)


def test_where_ways_of_a_process_meet_only_what_both_know_is_known():
    body = f"""{LINK}
    @process
    def walk(self):
        yield "a"
        if self.on:
            yield "b"
            self.n = 1
        if self.on:
            self.here = 0
        yield "c"
"""
    assert "    if self.on:" in text(body)


def test_choices_are_made_as_before():
    shown = act("i = choose(Range(1))", "j = choose({2})", "if i == 0:", "    self.n = j")
    assert shown.count("choose") == 2
