"""Types: their values and numbers, what holds what, and what the class body makes of them."""

from __future__ import annotations

from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import ModelError, UsageError
from checker.frontend.load import compile_model
from checker.ir.sizes import fits
from checker.ir.types import (
    BOOL,
    NEVER,
    NONE,
    ArrayType,
    EnumType,
    IntType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    join,
    opt,
    subtype,
)
from checker.lang import Array, Bool, Model, Opt, Param, Range, Record, Seq, SetOf, Var, action
from checker.lang.model import parse_parameter


class Colour(Enum):
    RED = 1
    GREEN = 2


scalars = st.one_of(
    st.sampled_from([BOOL, NONE, EnumType("Colour", tuple(Colour)), SymType("Node", 2)]),
    st.tuples(st.integers(-2, 2), st.integers(0, 2)).map(lambda pair: IntType(pair[0], pair[0] + pair[1])),
)


def _larger(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    return st.one_of(
        inner.map(opt),
        inner.map(SetType),
        st.tuples(scalars, inner).map(lambda pair: ArrayType(*pair)),
        st.tuples(inner, st.integers(1, 2)).map(lambda pair: SeqType(*pair)),
        st.lists(inner, max_size=2).map(lambda parts: TupleType(tuple(parts))),
        st.tuples(inner, inner).map(lambda pair: RecordType("Pair", (("a", pair[0]), ("b", pair[1])))),
    )


kinds = st.recursive(scalars, _larger, max_leaves=3).filter(lambda kind: fits(kind, 600))


@given(kinds)
def test_values_are_numbered_from_0(kind: Type) -> None:
    values = list(kind.values())
    assert len(values) == kind.size == len(set(map(repr, values)))
    assert [kind.rank(value) for value in values] == list(range(kind.size))
    assert all(kind.contains(value) for value in values)
    assert kind.contains(kind.default)


@given(kinds, kinds)
def test_a_join_holds_the_values_of_both_and_a_subtype_none_but_those_of_its_supertype(left: Type, right: Type) -> None:
    common = join(left, right)
    assert common == join(right, left)
    if common is not None:
        assert all(common.contains(value) for value in [*left.values(), *right.values()])
    if subtype(left, right):
        assert all(right.contains(value) for value in left.values())
    assert join(left, NEVER) == left and subtype(NEVER, left)


@given(kinds, st.integers(0, 700))
@settings(max_examples=300)
def test_fits_says_how_large_a_type_is_without_counting(kind: Type, limit: int) -> None:
    assert fits(kind, limit) == (kind.size <= limit)


def test_fits_takes_no_time_for_enormous_types() -> None:
    enormous = SetType(SetType(IntType(0, 4000)))
    assert not fits(SeqType(enormous, 4096), 1 << 60)
    assert not fits(ArrayType(IntType(0, 60000), SeqType(enormous, 4096)), 1 << 60)


def test_true_is_not_1() -> None:
    assert not IntType(0, 1).contains(True) and not BOOL.contains(1) and not SymType("Node", 2).contains(False)


class Shop(Model):
    """All kinds of declarations."""

    n = Param(3, Range(1, 5))
    wide = Param(False)
    colour = Param(Colour.RED)

    Item = Range(n)
    Pair = Record(left=Item, right=Opt(Item))

    stock = Var(Array(Item, Range(-n, 2 * n)))
    pairs = Var(Seq(Pair, n - 1))
    shown = Var(SetOf(Item))
    open = Var(Bool)

    @action
    def close(self):
        self.open = False


def test_types_depend_on_parameters() -> None:
    types = [declared.type for declared in compile_model(Shop, {"n": 4}).variables]
    item = IntType(0, 3)
    pair = RecordType("Pair", (("left", item), ("right", opt(item))))
    assert types == [ArrayType(item, IntType(-4, 8)), SeqType(pair, 3), SetType(item), BOOL]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"m": 1}, "U002 Shop has no parameter 'm'\n    It has: n, wide, colour."),
        ({"colur": 1}, "U002 Shop has no parameter 'colur'\n    Did you mean `colour`?"),
        ({"n": 6}, "U004 n = 6 is outside its type\n    It takes an integer from 1 to 5."),
        ({"n": True}, "U004 n = True is outside its type\n    It takes an integer from 1 to 5."),
        ({"wide": 1}, "U004 wide = 1 is outside its type\n    It takes true or false."),
        ({"colour": 1}, "U004 colour = 1 is outside its type\n    It takes one of RED, GREEN."),
    ],
)
def test_a_parameter_outside_its_type(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Shop(**given)
    assert str(caught.value) == message


def test_a_parameter_as_text() -> None:
    found = [
        parse_parameter(Shop, *pair) for pair in (("n", "2"), ("wide", "yes"), ("colour", "green"), ("colour", "1"))
    ]
    assert found == [2, True, Colour.GREEN, Colour.RED]
    with pytest.raises(UsageError, match="U004 colour = 'gren' is outside its type"):
        parse_parameter(Shop, "colour", "gren")
    with pytest.raises(UsageError, match="U002 Shop has no parameter 'm'"):
        parse_parameter(Shop, "m", "1")


def test_a_parameter_that_breaks_a_type_is_a_mistake_of_the_model() -> None:
    with pytest.raises(ModelError, match=r"test_types.py:\d+:5: E314 a sequence cannot hold 0 items"):
        compile_model(Shop, {"n": 1})


class Direction(Enum):
    UP = "down"
    DOWN = "up"


class Swapped(Model):
    """What is the value of one member is the name of another."""

    direction = Param(Direction.UP)
    least = Param(-1)
    n = Var(Range(2))

    @action
    def turn(self):
        self.n = 1 if self.direction == Direction.UP else 0


@pytest.mark.parametrize("text", ["UP", "up"])
def test_a_member_is_called_by_its_name_before_its_value(text: str) -> None:
    """`--set direction=DOWN` was UP, whose value is "down"; so was a row of a sweep."""
    assert parse_parameter(Swapped, "direction", text) is Direction.UP
    assert parse_parameter(Swapped, "direction", "DOWN") is Direction.DOWN


@pytest.mark.parametrize("text", ["--5", "-", "²", "٣", "9" * 5000, "1_0", " 1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """`--5`, `²` and numbers of thousands of digits were tracebacks."""
    with pytest.raises(UsageError, match="U004"):
        parse_parameter(Swapped, "least", text)
