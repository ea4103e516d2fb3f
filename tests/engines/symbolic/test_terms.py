"""Numbers and values as Z3 terms, held to Python's: Z3 is given the operands and asked for the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engines.symbolic import terms, values
from checker.engines.symbolic.terms import Num, Number
from checker.ir.types import (
    BOOL,
    NEVER,
    NONE,
    ArrayType,
    EnumType,
    IntType,
    NoneType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
    is_scalar,
    opt,
)

MOST = 1 << 20
"""How far operands go; a quarter of them are near 0, and those of a shift always."""


@dataclass(frozen=True)
class Operand:
    """A number: its value, the bounds that are known of it, and whether its value is known, too."""

    value: int
    lo: int
    hi: int
    known: bool

    def num(self, name: str) -> Num:
        """The number as a term."""
        return self.value if self.known else terms.free(name, self.lo, self.hi)


@st.composite
def operands(draw: st.DrawFn, most: int = MOST) -> Operand:
    """Any number within any bounds."""
    most = min(most, draw(st.sampled_from([3, 9, most, most])))
    lo, value, hi = sorted(draw(st.integers(-most, most)) for _ in range(3))
    return Operand(value, lo, hi, draw(st.sampled_from([False, False, False, True])))


def solution(*facts: Any) -> z3.ModelRef:
    """A solution in which all facts are true."""
    solver = z3.SolverFor("QF_FD")
    solver.add(*(z3.BoolVal(fact) if isinstance(fact, bool) else fact for fact in facts))
    assert solver.check() == z3.sat
    return solver.model()


def given_as(number: Num, value: int) -> bool | z3.BoolRef:
    """That a number has this value, in terms that are no part of what is tested."""
    if isinstance(number, int):
        return number == value
    return number.term == z3.BitVecVal(value, number.term.size())


def worth(number: Num, found: z3.ModelRef) -> int:
    """The value of a number, which its bounds hold and for which it is as wide as it must be."""
    if isinstance(number, int):
        return number
    assert number.term.size() == terms.width(number.lo, number.hi)
    value = found.eval(number.term, model_completion=True)
    assert isinstance(value, z3.BitVecNumRef)
    read = int(value.as_signed_long() if number.lo < 0 else value.as_long())
    assert number.lo <= read <= number.hi, f"{read} is not within {number.lo}..{number.hi}"
    return read


def _shifted(left: Num, right: Num) -> Num:
    """left << right, with the bounds that the front end works out."""
    (a, b), (_, d) = terms.bounds(left), terms.bounds(right)
    return terms.shift_left(left, right, min(a, a << max(d, 0)), max(b, b << max(d, 0)))


NUMBERS: dict[str, tuple[Callable[..., Num], Callable[[int, int], int]]] = {
    "+": (terms.add, lambda x, y: x + y),
    "-": (terms.subtract, lambda x, y: x - y),
    "*": (terms.multiply, lambda x, y: x * y),
    "//": (terms.floor_divide, lambda x, y: x // y),
    "%": (terms.modulo, lambda x, y: x % y),
    "&": (lambda x, y: terms.bitwise("&", x, y), lambda x, y: x & y),
    "|": (lambda x, y: terms.bitwise("|", x, y), lambda x, y: x | y),
    "^": (lambda x, y: terms.bitwise("^", x, y), lambda x, y: x ^ y),
    "<<": (_shifted, lambda x, y: x << y),
    ">>": (terms.shift_right, lambda x, y: x >> y),
    "min": (terms.least, min),
    "max": (terms.greatest, max),
    "unary -": (lambda x, _: terms.negate(x), lambda x, _: -x),
    "abs": (lambda x, _: terms.absolute(x), lambda x, _: abs(x)),
    "if": (lambda x, y: terms.if_num(terms.less(x, y), x, y), min),
}
TRUTHS: dict[str, tuple[Callable[[Num, Num], Any], Callable[[int, int], bool]]] = {
    "==": (terms.equal, lambda x, y: x == y),
    "<": (terms.less, lambda x, y: x < y),
    "<=": (terms.less_equal, lambda x, y: x <= y),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_arithmetic_is_pythons(name: str) -> None:
    symbolic, python = NUMBERS[name]
    shifts = name in ("<<", ">>")

    @settings(max_examples=50, derandomize=True, database=None, deadline=None)
    @given(operands(), operands(12 if shifts else MOST))
    def hold(one: Operand, two: Operand) -> None:
        if (name in ("//", "%") and two.value == 0) or (shifts and two.value < 0):
            return  # such a step fails, and the value is never used
        left, right = one.num("left"), two.num("right")
        result = symbolic(left, right)
        found = solution(given_as(left, one.value), given_as(right, two.value))
        assert worth(result, found) == python(one.value, two.value)

    hold()


@pytest.mark.parametrize("name", TRUTHS)
def test_comparison_is_pythons(name: str) -> None:
    symbolic, python = TRUTHS[name]

    @settings(max_examples=50, derandomize=True, database=None, deadline=None)
    @given(operands(9), operands(9), operands())
    def hold(one: Operand, two: Operand, three: Operand) -> None:
        for first, second in ((one, two), (one, three), (three, one), (one, one)):
            left, right = first.num("left"), second.num("left" if first is second else "right")
            result = symbolic(left, right)
            found = solution(given_as(left, first.value), given_as(right, second.value))
            assert values.truth(result, found) is python(first.value, second.value)

    hold()


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(operands(40), st.integers(-45, 45), st.integers(0, 45))
def test_bounds_can_be_asked_for_and_given(one: Operand, lo: int, more: int) -> None:
    hi = lo + more
    number = one.num("x")
    found = solution(given_as(number, one.value))
    assert values.truth(terms.within(number, lo, hi), found) is (lo <= one.value <= hi)
    if lo <= one.value <= hi:
        assert worth(terms.narrowed(number, lo, hi), found) == one.value
        around = terms.fitted(number, min(lo, one.lo), max(hi, one.hi))
        assert worth(around, found) == one.value
        assert worth(terms.fitted(number, max(lo, one.lo), min(hi, one.hi)), found) == one.value
    if isinstance(number, Number):
        wild = solution(number.term == z3.BitVecVal(lo, number.term.size()))
        read = wild.eval(number.term)
        meant = read.as_signed_long() if one.lo < 0 else read.as_long()
        assert values.truth(terms.within(number, one.lo, one.hi), wild) is (one.lo <= meant <= one.hi)


@settings(max_examples=50, derandomize=True, database=None, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=7))
def test_junctions_and_counts_are_pythons(bits: list[tuple[bool, bool]]) -> None:
    unknown = [value if known else z3.Bool(f"b{place}") for place, (value, known) in enumerate(bits)]
    found = solution(*(term == value for term, (value, known) in zip(unknown, bits, strict=True) if not known))
    plain = [value for value, _ in bits]
    assert worth(terms.count(unknown), found) == sum(plain)
    assert values.truth(terms.and_(*unknown), found) is all(plain)
    assert values.truth(terms.or_(*unknown), found) is any(plain)
    assert values.truth(terms.and_(*map(terms.not_, unknown)), found) is not any(plain)
    for one, mine in zip(unknown, plain, strict=True):
        assert values.truth(terms.not_(terms.not_(one)), found) is mine
        for two, other in zip(unknown, plain, strict=True):
            assert values.truth(terms.same(one, two), found) is (mine is other)
            assert values.truth(terms.and_(one, terms.not_(two)), found) is (mine and not other)
            assert values.truth(terms.or_(one, terms.not_(two)), found) is (mine or not other)
            assert values.truth(terms.if_bool(one, two, True), found) is (other if mine else True)
            assert values.truth(terms.if_bool(one, False, two), found) is (False if mine else other)
            assert values.truth(terms.if_bool(one, two, terms.not_(two)), found) is (mine is other)


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


INTEGERS = st.sampled_from([(0, 2), (1, 3), (-1, 1), (-3, -2), (0, 0), (2, 2), (-1, -1), (0, 7), (1, 1), (5, 20)])
ENUM = EnumType("Colour", tuple(Colour))
SCALARS = st.one_of(
    INTEGERS.map(lambda each: IntType(*each)), st.just(BOOL), st.just(ENUM), st.just(SymType("Peer", 3))
)
OPTIONAL = st.one_of(SCALARS, SCALARS.map(opt))


def _composite(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    index = st.sampled_from([BOOL, IntType(1, 2), OptType(IntType(0, 1)), IntType(0, 0)])
    return st.one_of(
        st.builds(ArrayType, index, inner),
        OPTIONAL.map(SetType),
        st.builds(SeqType, inner, st.integers(0, 3)),
        st.builds(lambda one, two: RecordType("R", (("a", one), ("b", two))), inner, inner),
        st.lists(inner, max_size=3).map(lambda parts: TupleType(tuple(parts))),
        inner.filter(lambda kind: not isinstance(kind, OptType)).map(opt),
    )


TYPES = st.recursive(st.one_of(OPTIONAL, st.just(NONE)), _composite, max_leaves=4)


Draw = Callable[..., Any]
"""How a test draws from a strategy."""


def pick(draw: Draw, kind: Type) -> Value:
    """Any value of a type."""
    return kind.unrank(draw(st.integers(0, kind.size - 1)))


def cousin(draw: Draw, kind: Type) -> Type:
    """A type whose values may be some of those of `kind`, as the front end allows to convert."""
    if draw(st.sampled_from([True, False, False])) and kind != NONE:
        return kind.item if isinstance(kind, OptType) else OptType(kind)
    match kind:
        case IntType():
            return IntType(*draw(INTEGERS))
        case OptType(item=item):
            return draw(st.sampled_from([opt(cousin(draw, item)), NONE]))
        case NoneType():
            return opt(draw(TYPES))
        case _:
            return _cousin_of_composite(draw, kind)


def _cousin_of_composite(draw: Draw, kind: Type) -> Type:
    match kind:
        case ArrayType(index=index, item=item):
            other = cousin(draw, item)
            return draw(st.sampled_from([ArrayType(index, other), SeqType(other, index.size)]))
        case SetType(item=item):
            return SetType(cousin(draw, item))
        case SeqType(item=item):
            return SeqType(cousin(draw, item), draw(st.integers(0, 3)))
        case TupleType(parts=parts) if parts and all(part == parts[0] for part in parts):
            other = cousin(draw, parts[0])
            rows = SeqType(other, draw(st.integers(0, 3))), ArrayType(IntType(1, len(parts)), other)
            return draw(st.sampled_from([TupleType((other,) * len(parts)), *rows]))
        case TupleType(parts=parts):
            return TupleType(tuple(cousin(draw, part) for part in parts))
        case _:
            return kind


def written(kind: Type, value: Value, name: str = "v") -> tuple[values.Symbolic, list[Any]]:
    """A term for an unknown value, and the facts that make it this one."""
    term = values.free(kind, name)
    return term, [one == two for one, two in values.bound(term, values.constant(kind, value))]


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(st.data())
def test_a_value_is_read_as_it_was_written(data: st.DataObject) -> None:
    kind = data.draw(TYPES)
    one, two = pick(data.draw, kind), pick(data.draw, kind)
    first, facts = written(kind, one, "one")
    second, more = written(kind, two, "two")
    choice = z3.Bool("choice")
    for other, known in ((second, two), (values.constant(kind, two), two), (values.constant(kind, one), one)):
        found = solution(*facts, *more, choice)
        assert values.read(kind, first, found) == one
        assert values.truth(values.belongs(kind, first), found)
        assert values.truth(values.equal(first, other), found) is (one == known)
        assert values.truth(values.is_value(kind, other, one), found) is (one == known)
        assert values.read(kind, values.merge(choice, first, other), found) == one
        assert values.read(kind, values.merge(terms.not_(choice), first, other), found) == known
        cases = [(terms.not_(choice), other), (choice, first), (True, other)]
        assert values.read(kind, values.select(cases), found) == one


@pytest.mark.parametrize(
    "kind",
    [
        OptType(TupleType((BOOL, IntType(-1, 1)))),
        OptType(SeqType(BOOL, 2)),
        ArrayType(BOOL, OptType(BOOL)),
        SetType(IntType(0, 2)),
    ],
    ids=str,
)
def test_of_all_values_of_small_types_those_are_equal_that_python_says_are(kind: Type) -> None:
    everything = list(kind.values())
    first, second = values.free(kind, "one"), values.free(kind, "two")
    equal = values.equal(first, second)
    for one in everything[:9]:
        for two in everything[:9]:
            pairs = [
                *values.bound(first, values.constant(kind, one)),
                *values.bound(second, values.constant(kind, two)),
            ]
            assert z3.is_true(z3.simplify(z3.substitute(equal, pairs))) is (one == two), (one, two)
            assert values.equal(values.constant(kind, one), values.constant(kind, two)) is (one == two)


@pytest.mark.parametrize(
    "kind", [SeqType(IntType(1, 3), 2), OptType(SeqType(BOOL, 1)), SetType(IntType(0, 2))], ids=str
)
def test_as_many_terms_belong_to_a_small_type_as_it_has_values(kind: Type) -> None:
    value = values.free(kind, "any")
    solver, found = z3.SolverFor("QF_FD"), set()
    solver.add(values.belongs(kind, value))
    while solver.check() == z3.sat:
        known = values.read(kind, value, solver.model())
        assert known not in found, "written in two ways"
        found.add(known)
        solver.add(z3.Not(z3.And(*(one == two for one, two in values.bound(value, values.constant(kind, known))))))
    assert found == set(kind.values())


def test_a_remainder_is_less_than_what_divides_however_little_that_is() -> None:
    number = terms.free("number", 0, 9)
    for most, wanted in ((1, 0), (2, 1), (3, 2), (10, 9), (20, 9)):
        assert terms.bounds(terms.modulo(number, terms.free("by", 0, most))) == (0, wanted)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(st.data())
def test_what_belongs_to_a_type_is_one_of_its_values_written_in_one_way(data: st.DataObject) -> None:
    kind = data.draw(TYPES)
    value = values.free(kind, "any")
    belongs = values.belongs(kind, value)
    solver = z3.SolverFor("QF_FD")
    solver.add(z3.BoolVal(belongs) if isinstance(belongs, bool) else belongs)
    solver.set("random_seed", data.draw(st.integers(0, 99)))
    for _ in range(min(5, kind.size)):
        assert solver.check() == z3.sat, "not every value can be written"
        found = solver.model()
        read = values.read(kind, value, found)
        assert kind.contains(read)
        same = [one == two for one, two in values.bound(value, values.constant(kind, read))]
        assert all(values.truth(each, found) for each in same)
        solver.add(z3.Not(z3.And(*same)))


@settings(max_examples=160, derandomize=True, database=None, deadline=None)
@given(st.data())
def test_a_conversion_keeps_the_value_and_fits_when_the_type_holds_it(data: st.DataObject) -> None:
    source = data.draw(TYPES)
    target = cousin(data.draw, source)
    value = pick(data.draw, source)
    term, facts = written(source, value)
    for given_, known in ((term, facts), (values.constant(source, value), [])):
        converted, fits = values.convert(source, target, given_)
        found = solution(*known)
        assert values.truth(fits, found) is target.contains(value), f"{value} from {source} to {target}"
        if target.contains(value):
            assert values.read(target, converted, found) == value
            same = values.bound(converted, values.constant(target, value))
            assert all(values.truth(one == two, found) for one, two in same), "not written as it must be"
            assert values.truth(values.belongs(target, converted), found)


@pytest.mark.parametrize("target", [SetType(IntType(0, 2)), SeqType(BOOL, 2)], ids=str)
def test_what_is_empty_becomes_anything_empty(target: Type) -> None:
    source: Type = SetType(NEVER) if isinstance(target, SetType) else SeqType(NEVER, 0)
    converted, fits = values.convert(source, target, values.constant(source, source.default))
    assert fits is True
    assert values.read(target, converted, solution()) == target.default


@settings(max_examples=50, derandomize=True, database=None, deadline=None)
@given(st.data())
def test_a_set_contains_what_python_says(data: st.DataObject) -> None:
    item = data.draw(OPTIONAL)
    kind = SetType(item)
    members, one = pick(data.draw, kind), pick(data.draw, item)
    bits, facts = written(kind, members, "set")
    term, more = written(item, one, "item")
    found = solution(*facts, *more)
    assert values.truth(values.contains(kind, bits, term), found) is (one in members)
    assert is_scalar(item)


def test_variables_are_replaced_by_terms_of_their_own_sort_only() -> None:
    """Z3 compares the sorts itself: that we did so, too, took two thirds of the time of a bounded search."""
    x, y, truth = z3.BitVec("x", 8), z3.BitVec("y", 8), z3.Bool("truth")
    become = terms.Substitution([(x, y)])
    made = become(x == 3)
    assert isinstance(made, z3.BoolRef) and made.eq(y == 3)
    assert become(True) is True and terms.Substitution([])(truth) is truth
    number = become.number(Number(x + 1, 0, 9))
    assert (number.term.eq(y + 1), number.lo, number.hi) == (True, 0, 9)
    for wrong in (z3.BitVec("z", 9), truth):
        with pytest.raises(z3.Z3Exception, match="type error"):
            terms.Substitution([(x, wrong)])(x == 3)


def test_of_the_same_terms_there_is_nothing_to_decide() -> None:
    """Also where they are other objects, and have other bounds."""
    x, y, p, q = z3.BitVec("x", 3), z3.BitVec("y", 3), z3.Bool("p"), z3.Bool("q")
    one, less_, other = Number(x, 0, 7), Number(z3.BitVec("x", 3), 0, 6), Number(y, 0, 7)
    joined = terms.if_num(p, one, less_)
    assert isinstance(joined, Number) and (joined.term.eq(x), joined.lo, joined.hi) == (True, 0, 7)
    assert terms.if_num(p, one, one) is one and terms.if_num(p, 3, 3) == 3
    assert terms.if_num(True, one, other) is one and terms.if_num(False, one, other) is other
    assert terms.equal(one, less_) is True and terms.equal(one, 8) is False
    assert terms.same(p, z3.Bool("p")) is True and terms.same(True, p) is p and terms.same(p, True) is p
    for condition in (True, False):
        assert terms.if_bool(condition, p, q) is (p if condition else q)
    assert terms.if_bool(q, p, p) is p and terms.if_bool(q, p, z3.Bool("p")) is p
    for join, decides in ((terms.and_, False), (terms.or_, True)):
        assert join() is (not decides) and join(p, decides, q) is decides and join(not decides, p, z3.Bool("p")).eq(p)
        assert join(p, q, terms.not_(p)) is decides
    assert terms.not_(terms.not_(p)) is p and terms.not_(True) is False


@pytest.mark.parametrize("then", [True, False, "p"])
@pytest.mark.parametrize("otherwise", [True, False, "q"])
def test_one_of_two_truth_values_is_the_one_that_is_chosen(then: bool | str, otherwise: bool | str) -> None:
    sides = [z3.Bool(each) if isinstance(each, str) else each for each in (then, otherwise)]
    found = terms.if_bool(z3.Bool("c"), *sides)
    assert isinstance(found, bool) is (then is otherwise)
    for condition in (True, False):
        chosen = sides[0] if condition else sides[1]
        solver = z3.Solver()
        solver.add(z3.Bool("c") == condition, terms.not_(terms.same(found, chosen)))
        assert solver.check() == z3.unsat
