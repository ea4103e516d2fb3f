"""Where a state's values stand in its words: what was packed is unpacked, one way and the other, and lines of emitted
code touch no more than they must."""

from __future__ import annotations

from itertools import islice, product
from random import Random
from typing import Any

import pytest

from checker.engines.explicit.codegen.code import CONTROL_CELLS
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.codegen.layout import Layout, signed
from tests.engines.explicit.support import program_of
from tests.frontend.support import program


@pytest.mark.parametrize("name", ["zoo:Shapes", "zoo:Numbers", "zoo:Symmetric", "zoo:Lines"])
def test_what_was_packed_is_unpacked(name: str) -> None:
    made, random = program_of(name), Random(1)
    layout = Layout(made)
    decode = layout.decoder()
    states = [tuple(each.type.unrank(random.randrange(each.type.size)) for each in made.variables) for _ in range(60)]
    for state in [*states, *states[:9]]:
        assert layout.decode(layout.encode(state)) == decode(layout.encode(state)) == state
    assert len({layout.encode(state) for state in states}) == len(set(states))


def test_two_words_say_how_many_bits_of_the_first_are_used() -> None:
    made = program("""
class M(Model):
    a = Var(Range(0, 2**20 - 1))
    b = Var(Range(0, 2**20 - 1))
    c = Var(Range(0, 2**20 - 1))
    d = Var(Range(0, 2**61 - 1))
    @action
    def act(self):
        self.a = 1
""")
    layout = Layout(made)
    used = [sum(field.bits for field in layout.fields if field.word == word) for word in range(layout.words)]
    assert sorted(used) == [60, 61]
    assert layout.bits == used[0]


ITEMS = """
class M(Model):
    I = Range({count})
    Pair = Record(n=Range(3), on=Bool)
    a = Var(Array(I, {kind}))
    @action
    def act(self, i: I):
        self.a[i] = {value}
"""


def _steps(count: int, kind: str, value: str) -> str:
    text = emit_program(program(ITEMS.format(count=count, kind=kind, value=value))).source
    at = text.index("def steps_act")
    return text[at : text.index("def ", at + 1)]


@pytest.mark.parametrize(("kind", "value"), [("Range(0, 5)", "3"), ("Pair", "self.Pair(n=2, on=True)")])
def test_of_an_array_within_a_word_one_item_is_packed(kind: str, value: str) -> None:
    """Packing and putting back all of it would be right, and slow."""
    steps = _steps(7, kind, value)
    assert "w0 & ~(" in steps and "s[0]" not in steps


def test_of_an_array_in_two_words_all_is_packed() -> None:
    assert "& ~(" not in _steps(40, "Range(0, 5)", "3")


@pytest.mark.parametrize(
    ("word", "wanted"), [(0, 0), (5, 5), (-1, -1), (1 << 63, -(1 << 63)), ((1 << 64) - 1, -1), ((1 << 64) + 5, 5)]
)
def test_a_word_is_the_number_of_its_64_bits(word: int, wanted: int) -> None:
    assert signed(word) == wanted


OWED = """
class M(Model):
    x = Var(Range(9))
    @action
    def other(self):
        self.x = 8
    @action(fair="weak")
    def some(self, i: Range(3)):
        require(i != 1)
        self.x = choose(range(i + 1))
    @process(Range(2))
    def both(self, j: Range(2)):
        while True:
            self.x = 3 + j
            yield "on"
            require(self.x > 4)
            self.x = 5 + j
            yield "off"
    @eventually
    def happens(self):
        return self.x == 1
"""


def test_each_that_is_owed_something_knows_which_next_states_are_its_own() -> None:
    made = program(OWED)
    emitted = emit_program(made, temporal=True)
    entries: dict[str, Any] = {}
    exec(compile(emitted.source, "<emitted>", "exec"), entries)
    scratch = [0] * emitted.scratch
    for at, row in emitted.constants:
        scratch[at : at + len(row)] = list(row)
    width, names = emitted.layout.words, [each.name for each in made.variables]
    state = tuple({"x": 4, "both.point": ("off", "on")}.get(name, 0) for name in names)
    out = [0] * 40 * width
    found = entries["expand"](list(emitted.layout.encode(state)), scratch, [0] * CONTROL_CELLS, out, 40)
    after = [emitted.layout.decode(out[at * width : (at + 1) * width])[names.index("x")] for at in range(found)]
    own = {}
    for number, thing in enumerate(emitted.things):
        first, last = scratch[emitted.marks + 2 * number : emitted.marks + 2 * number + 2]
        own[thing] = after[first:last]
    assert own == {
        ("some", (0,)): [0],
        ("some", (1,)): [],
        ("some", (2,)): [0, 1, 2],
        ("both", (0,)): [3],
        ("both", (1,)): [],
    }
    assert sorted(after) == [0, 0, 1, 2, 3, 8]


def test_members_of_types_stand_apart() -> None:
    """Every state of a small model has words of its own."""
    made = program(ITEMS.format(count=3, kind="Opt(Range(2))", value="1"))
    layout = Layout(made)
    states = list(islice(product(*(each.type.values() for each in made.variables)), 100))
    assert len({layout.encode(state) for state in states}) == len(states) == 27
