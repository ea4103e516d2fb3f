"""Where a state's values stand in its words: what was packed is unpacked, one way and the other, and lines of emitted
code touch no more than they must."""

from __future__ import annotations

from itertools import islice, product
from random import Random

import pytest

from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.codegen.layout import Layout
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


def test_members_of_types_stand_apart() -> None:
    """Every state of a small model has words of its own."""
    made = program(ITEMS.format(count=3, kind="Opt(Range(2))", value="1"))
    layout = Layout(made)
    states = list(islice(product(*(each.type.values() for each in made.variables)), 100))
    assert len({layout.encode(state) for state in states}) == len(states) == 27
