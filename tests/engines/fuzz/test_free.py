"""Random values: each of a small type comes up, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis.errors import Unsatisfiable

from checker.engines.fuzz.strategies import Free, from_type
from checker.ir.types import (
    BOOL,
    NEVER,
    NONE,
    ArrayType,
    EnumType,
    IntType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
)

KINDS = (
    NONE,
    BOOL,
    IntType(2, 5),
    SymType("Name", 3),
    EnumType("Light", ("red", "green", "blue")),
    OptType(IntType(0, 1)),
    OptType(NEVER),
    TupleType((BOOL, IntType(1, 2))),
    ArrayType(BOOL, IntType(0, 1)),
    RecordType("Pair", (("a", BOOL), ("b", OptType(BOOL)))),
    SetType(IntType(0, 2)),
    SetType(NEVER),
    SeqType(BOOL, 2),
    SeqType(NEVER, 2),
)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_value_of_a_small_type_is_drawn_some_time(kind: Type) -> None:
    free = Free(0)
    assert {free.value(kind) for _ in range(300)} == set(kind.values())


def test_sets_of_a_large_type_have_members_of_it() -> None:
    kind, free = SetType(IntType(0, 999)), Free(0)
    drawn = [free.value(kind) for _ in range(50)]
    assert all(kind.contains(value) for value in drawn)
    assert len({value for members in drawn for value in members}) > 50


def test_the_same_seed_draws_the_same() -> None:
    kind = SeqType(IntType(0, 99), 9)
    assert [Free(3).value(kind) for _ in range(2)] == [Free(3).value(kind)] * 2
    assert Free(3).value(kind) != Free(4).value(kind)


@pytest.mark.parametrize("kind", [*KINDS, NEVER], ids=str)
def test_hypothesis_draws_every_value_of_a_small_type_and_no_other(kind: Type) -> None:
    drawn: set[object] = set()

    @settings(max_examples=100, database=None, deadline=None, derandomize=True, phases=[Phase.generate])
    @given(from_type(kind))
    def draws(value: object) -> None:
        drawn.add(value)

    if kind == NEVER:
        with pytest.raises(Unsatisfiable):
            draws()
    else:
        draws()
    assert drawn == set(kind.values())
