"""Values for every size become those of other types as the interpreter's do: kinds that few models have."""

from __future__ import annotations

import pytest

from checker.engines.symbolic.every_size.terms import Atom, NoSize, constant, convert, equal
from checker.ir.types import NEVER, ArrayType, EnumType, IntType, SetType, TupleType

TWO, THREE, FIVE = IntType(0, 1), IntType(0, 2), IntType(0, 4)


def number(value: int) -> Atom:
    found = constant(FIVE, value)
    assert isinstance(found, Atom)
    return found


def test_an_empty_set_becomes_one_of_any_type() -> None:
    for item in (THREE, TupleType((THREE, TWO))):
        made, fits = convert(SetType(NEVER), SetType(item), constant(SetType(NEVER), frozenset()))
        assert fits is True
        for member in item.values():
            assert made.at(constant(item, member)) is False


def test_an_array_is_made_of_its_items() -> None:
    for index in (TWO, EnumType("Side", ("LEFT", "RIGHT"))):
        made, fits = convert(TupleType((THREE, FIVE)), ArrayType(index, FIVE), (number(1), number(4)))
        first, second = (constant(index, each) for each in index.values())
        assert fits is True
        assert equal(FIVE, made.at(first), number(1)) is True and equal(FIVE, made.at(second), number(4)) is True
        whole = constant(ArrayType(index, FIVE), (1, 4))
        assert equal(FIVE, whole.at(first), number(1)) is True and equal(FIVE, whole.at(second), number(4)) is True
    _, fits = convert(TupleType((FIVE, FIVE)), ArrayType(TWO, THREE), (number(1), number(4)))
    assert fits is False


def test_an_array_becomes_one_of_the_same_index_only() -> None:
    value = constant(ArrayType(TWO, FIVE), (1, 4))
    made, fits = convert(ArrayType(TWO, FIVE), ArrayType(TWO, IntType(0, 9)), value)
    assert fits is True and equal(FIVE, made.at(constant(TWO, 1)), number(4)) is True
    with pytest.raises(NoSize, match="does not become"):
        convert(ArrayType(TWO, FIVE), ArrayType(THREE, FIVE), value)
