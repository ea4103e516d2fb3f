"""Single pieces of emitted code, run as the Python that they are: sets that become others, choices that are cut off."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from checker.engines.explicit.codegen.code import CONTROL_CELLS
from checker.engines.explicit.codegen.packing import TOO_MANY_CHOICES
from checker.semantics import Interpreter
from tests.frontend.support import program
from tests.support.emitted import PlainModel

BECOMES = """
class Becomes(Model):
    source = Var(SetOf({source}))
    target = Var(SetOf({target}))

    @action
    def act(self):
        self.target = self.source
"""


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Range(5)", "Range(5)"),
        ("Range(5)", "Range(0, 9)"),
        ("Range(3, 6)", "Range(1, 9)"),
        ("Range(1, 6)", "Range(3, 9)"),
        ("Range(3, 6)", "Range(5, 9)"),
        ("Range(3)", "Range(4, 6)"),
        ("Range(4)", "Opt(Range(4))"),
        ("Opt(Range(4))", "Range(4)"),
        ("Opt(Range(1, 4))", "Opt(Range(3, 5))"),
    ],
)
def test_a_set_within_a_word_becomes_another_by_shifts(source: str, target: str) -> None:
    """Whatever it holds; member by member would be right too, and slow."""
    made = program(BECOMES.format(source=source, target=target))
    plain, interpreter = PlainModel(made), Interpreter(made)
    assert "next_bit(s" not in plain.emitted.source
    one, other = (each.type for each in made.variables)
    for value in one.values():
        state = value, other.default
        (step,) = interpreter.successors(state)
        found = plain.expand(state)
        assert found.states == ([] if step.state is None else [step.state])
        assert (found.failed is None) is (step.state is not None)


def test_members_of_large_sets_are_moved_one_by_one() -> None:
    made = program(BECOMES.format(source="Range(70)", target="Range(30, 99)"))
    plain = PlainModel(made)
    assert "next_bit(s" in plain.emitted.source
    for held, fits in (({30, 61, 62, 69}, True), (set(), True), ({29, 40}, False)):
        found = plain.expand((frozenset(held), frozenset({99})))
        assert found.states == ([(frozenset(held), frozenset(held))] if fits else [])
        assert (found.failed is None) is fits


CHOOSES = """
class Chooses(Model):
    x = Var(Range(9))

    @action
    def act(self):
        self.x = choose(Range(9))
"""


@pytest.mark.parametrize("calls", [1, 4])
def test_a_step_that_is_not_to_go_on_makes_no_further_choice(calls: int) -> None:
    plain, asked = PlainModel(program(CHOOSES)), []
    advance = plain.entries["advance"]

    def ends(control: Any) -> int:
        asked.append(None)
        assert len(asked) <= calls
        return -1 if len(asked) == calls else int(advance(control))

    plain.entries["advance"] = ends
    out = [0] * 20
    found = plain.entries["expand"](plain._packed((0,)), plain._scratch(), [0] * CONTROL_CELLS, out, 20)
    assert found == TOO_MANY_CHOICES and len(asked) == calls


SETS_OF = """
class SetsOf(Model):
    Pair = Record(a=Range(3), b=Bool)
    K = {kind}
    some = Var(SetOf(K))
    one = Var(K)

    @action
    def draws(self):
        self.one = choose(self.some)

    @action
    def takes(self, value: K):
        self.some = self.some ^ {{value}}

    @action
    def keeps(self):
        self.some = {{each for each in self.some if each != self.one}} | {{self.one}}

    @always
    def there(self):
        return self.one in self.some
"""


@pytest.mark.parametrize(
    "kind",
    [
        "Range(2, 5)",
        "Bool",
        "Pair",
        "Array(Range(2), Range(3))",
        "Array(Range(2), Pair)",
        "SetOf(Range(3))",
        "Seq(Range(2), 2)",
        "Opt(Pair)",
        "Record(x=Opt(Range(2)), y=SetOf(Bool))",
    ],
)
def test_members_of_every_kind_have_their_places_in_a_set(kind: str) -> None:
    made = program(SETS_OF.format(kind=kind))
    plain, interpreter, random = PlainModel(made), Interpreter(made), Random(kind)
    types = [each.type for each in made.variables]
    for _ in range(6):
        state = tuple(each.unrank(random.randrange(each.size)) for each in types)
        assert plain.expand(state).states == [step.state for step in interpreter.successors(state)]
        assert (plain.judge(state)["there"] == 0) is interpreter.holds("there", state)


@pytest.mark.parametrize("sizes", [(6, 3), (5, 7)])
def test_the_items_of_a_long_array_become_others_in_a_loop(sizes: tuple[int, int]) -> None:
    """Its code is no longer for more items, from five on."""

    def of(count: int) -> PlainModel:
        return PlainModel(
            program(
                BECOMES.replace("SetOf({source})", f"Array(Range({count}), Range({sizes[0]}))").replace(
                    "SetOf({target})", f"Array(Range({count}), Range({sizes[1]}))"
                )
            )
        )

    few, many = (of(count).emitted.source.count("\n") for count in (5, 30))
    assert many <= few
    plain, random = of(6), Random(0)
    interpreter = Interpreter(plain.program)
    for most in (min(sizes), sizes[0], sizes[0]):
        state = tuple(random.randrange(most) for _ in range(6)), (0,) * 6
        (step,) = interpreter.successors(state)
        found = plain.expand(state)
        assert found.states == ([] if step.state is None else [step.state])
        assert (found.failed is None) is (step.state is not None)


LINES_OF = """
class LinesOf(Model):
    Pair = Record(a=Range(3), b=Bool)
    K = {kind}
    line = Var(Seq(K, 2))
    row = Var(Array(Bool, K))
    one = Var(K)

    @action
    def finds(self):
        require(self.one in self.line)
        self.row[self.one in self.row] = self.one

    @always
    def in_line(self):
        return self.one in self.line

    @always
    def in_row(self):
        return self.one not in self.row
"""


@pytest.mark.parametrize(
    "kind", ["Range(3)", "Pair", "Array(Range(2), Bool)", "Opt(Pair)", "SetOf(Range(3))", "Seq(Bool, 2)"]
)
def test_what_is_in_a_sequence_or_an_array_is_found_there(kind: str) -> None:
    made = program(LINES_OF.format(kind=kind))
    plain, interpreter, random = PlainModel(made), Interpreter(made), Random(kind)
    lines, rows, ones = (each.type for each in made.variables)
    seen = set()
    for _ in range(40):
        line, row = (each.unrank(random.randrange(each.size)) for each in (lines, rows))
        one = random.choice([*line, *row, ones.unrank(random.randrange(ones.size))])
        state = line, row, one
        assert plain.expand(state).states == [step.state for step in interpreter.successors(state)]
        for name, found in plain.judge(state).items():
            assert (found == 0) is interpreter.holds(name, state)
            seen.add((name, found))
    assert len(seen) == 4
