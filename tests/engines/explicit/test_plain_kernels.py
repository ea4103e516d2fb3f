"""What becomes machine code, run as the Python that it is: rows of slots, choices and numbers against Python's own."""

from __future__ import annotations

import ast
import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from checker.engines.explicit.codegen.code import (
    ADVANCE,
    CHOICE_LIMIT,
    CONTROL_CELLS,
    CURSOR,
    RECORDED,
    STATUS,
    TOO_MANY,
)
from checker.engines.explicit.codegen.layout import MASK_BITS
from checker.engines.explicit.liveness.states import holds, join, number_of, place_of, put_number
from checker.engines.explicit.native import block, links
from checker.engines.explicit.native.choices import advance, choose, choose_below
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.large_choices import choose_big
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.rows import (
    count_bits,
    next_bit,
    pack_row,
    patch_row,
    same,
    subset,
    unpack_row,
)

COUNT = 3
"""Slots of a large set."""

SETS = [
    frozenset(random.sample(range(COUNT * MASK_BITS), size))
    for random in [Random(1)]
    for size in (0, 1, 1, 2, 3, 20, COUNT * MASK_BITS)
] + [frozenset({0}), frozenset({MASK_BITS - 1}), frozenset({MASK_BITS}), frozenset({COUNT * MASK_BITS - 1})]


def slots(members: frozenset[int]) -> list[int]:
    """A large set as it is stored."""
    row = [0] * COUNT
    for member in members:
        row[member // MASK_BITS] |= 1 << member % MASK_BITS
    return row


@pytest.mark.parametrize("left", SETS, ids=len)
def test_rows_of_slots_are_sets(left: frozenset[int]) -> None:
    for right in [*SETS, left | {70}, left - {min(left, default=0)}]:
        s = [7, *slots(left), 9, 9, *slots(right), 7]
        assert same(s, 1, 6, COUNT) == (left == right)
        assert bool(subset(s, 1, 6, COUNT)) == (left <= right)
    assert count_bits(s, 1, COUNT) == len(left)
    for start in range(COUNT * MASK_BITS + 1):
        assert next_bit(s, 1, COUNT, start) == min((member for member in left if member >= start), default=-1)


TABLE = [(0, 0, 0b111, 0), (0, 3, 0b11111, -5), (1, 0, 0b1, 4), (1, 1, (1 << 40) - 1, 0)]
"""For each slot its word, shift, mask and lowest code."""


def test_slots_are_packed_and_unpacked_and_changed_one_by_one() -> None:
    random, table, saved = Random(2), 20, 8
    flat = [number for row in TABLE for number in row]

    def drawn() -> list[int]:
        return [lowest + random.randrange(mask + 1) for _, _, mask, lowest in TABLE]

    for _ in range(50):
        before, after = drawn(), drawn()
        s = [*before, 0, 0, 0, 0, *before, *[0] * (table - 12), *flat]
        out = [1, 0, 0, 1]
        pack_row(out, 1, s, table, 0, 4)
        packed = [(before[0]) | (before[1] + 5) << 3, (before[2] - 4) | before[3] << 1]
        assert out == [1, *packed, 1]
        s[:4] = [0] * 4
        unpack_row(packed, s, table, 1, 4)
        assert s[:4] == [0, *before[1:]]
        unpack_row(packed, s, table, 0, 1)
        assert s[:4] == before
        s[:3] = after[:3]
        patch_row(out, 1, s, saved, table, 0, 4)
        assert out == [1, (after[0]) | (after[1] + 5) << 3, (after[2] - 4) | before[3] << 1, 1]


def all_of(body: Callable[[list[int]], object]) -> list[object]:
    """What a body gives for every vector of choices, in the order in which they are made."""
    c, found = [0] * CONTROL_CELLS, []
    while True:
        c[CURSOR] = 0
        found.append(body(c))
        if not advance(c):
            return found


def test_every_vector_of_choices_is_made_once_and_in_order() -> None:
    big = sorted(SETS[4])
    row = slots(SETS[4])

    def body(c: list[int]) -> tuple[int, ...]:
        first = choose_below(c, 3)
        if first == 1:
            return (first,)
        second = choose(c, 0b101010 if first else 0b1)
        third = choose_big(c, row, 0, COUNT)
        return first, second, third, choose_below(c, 1)

    assert all_of(body) == [
        *((0, 0, third, 0) for third in big),
        (1,),
        *((2, second, third, 0) for second in (1, 3, 5) for third in big),
    ]


def test_more_choices_than_there_are_cells_for_are_not_made() -> None:
    c = [0] * CONTROL_CELLS
    for _ in range(CHOICE_LIMIT):
        choose(c, 0b10)
    assert c[STATUS] == 0 and c[CURSOR] == CHOICE_LIMIT and c[RECORDED] == c[ADVANCE] == 0
    for more in (lambda: choose(c, 0b10), lambda: choose_below(c, 2), lambda: choose_big(c, [0b10], 0, 1)):
        c[STATUS] = 0
        assert more() == 0
        assert c[STATUS] == TOO_MANY and c[CURSOR] == CHOICE_LIMIT


def test_numbers_of_half_a_word_change_nothing_beside_them() -> None:
    random, size = Random(3), 9
    numbers, plain = [0] * (size // 2 + 1), [0] * size
    for _ in range(200):
        place, value = random.randrange(size), random.choice([0, 1, 1 << 31, (1 << 32) - 1, random.getrandbits(32)])
        put_number(numbers, place, value)
        plain[place] = value
        assert [number_of(numbers, each) for each in range(size)] == plain


def test_a_state_of_a_set_has_the_number_of_those_before_it() -> None:
    random = Random(4)
    members = sorted({*random.sample(range(192), 40), 0, 63, 64, 191})
    bits = (ctypes.c_int64 * 3)(*(_signed(sum(1 << m - 64 * i for m in members if m // 64 == i)) for i in range(3)))
    before = (ctypes.c_int64 * 3)(*(sum(1 for m in members if m < 64 * i) for i in range(3)))
    k = [0] * 200
    k[block.SET], k[block.BEFORE] = ctypes.addressof(bits), ctypes.addressof(before)
    assert [place_of(k, member) for member in members] == list(range(len(members)))
    assert [slot for slot in range(192) if holds(list(bits), slot)] == members


def test_bits_that_were_not_there_before_are_told() -> None:
    cell = (ctypes.c_int64 * 1)(0b0101)
    assert join(ctypes.addressof(cell), 0b0110) == 0b0010 and cell[0] == 0b0111
    assert join(ctypes.addressof(cell), 0b0011) == 0 and cell[0] == 0b0111


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def test_each_link_is_noted_once_with_its_least_state() -> None:
    """With `equal` for `lower`, which a commit on something else had left there, it had the state that came first."""
    random, k = Random(4), words(block.CELLS)
    table, entries, mapped, row = words(8), words(6 * 4), words(2), words(2)
    places = {block.LINKS: table, block.LINK_LIST: entries, block.MAPPED: mapped}
    for cell, memory in places.items():
        k[cell] = ctypes.addressof(memory)
    k[block.MAPPED_WORDS], k[block.WORDS], k[block.LINK_ROOM], k[block.LINK_LIMIT] = 1, 2, 8, 5
    least: dict[tuple[int, ...], tuple[int, ...]] = {}
    for _ in range(200):
        mapped[:], row[:] = [random.randrange(3), random.randrange(2)], [random.randrange(9), random.randrange(9)]
        pair, state = tuple(mapped), tuple(row)
        there = links.link(k, pointer(ctypes.addressof(row)))
        assert there == (pair in least or len(least) < 5)
        if there:
            least[pair] = min(state, least.get(pair, state))
    noted = [tuple(entries[at : at + 4]) for at in range(0, 4 * k[block.LINKED], 4)]
    assert noted == [(*pair, *state) for pair, state in least.items()] and len(noted) == 5
    table[:] = [0] * 8
    links.relink(k)
    for number, (pair, _) in enumerate(least.items(), start=1):
        mapped[:] = pair
        assert table[links.place_for(k, pointer(ctypes.addressof(mapped)))] == number


def test_no_two_cells_of_the_block_are_one() -> None:
    """A name given twice is another cell to whoever imports it, and nothing says so: two parts each had a PARTS."""
    tree = ast.parse(Path(block.__file__).read_text())
    numbered = [
        (name.id, value)
        for each in tree.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        for name, value in _named(target, each.value)
    ]
    names = [name for name, _ in numbered]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    cells = [value for _, value in numbered[: names.index("CELLS") + 1]]
    assert cells == list(range(len(cells)))


def _named(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, object]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _named(one, other)
    elif isinstance(target, ast.Name):
        yield target, value.value if isinstance(value, ast.Constant) else None
