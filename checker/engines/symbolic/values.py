"""Values of the language's types as terms: their layout, how they compare, merge and convert, how they are read.

    Bool                     a Bool
    other scalars            a Num, the value's code: an integer itself, the rank of an enum's member or of a symmetric
                             one; None in an Opt of a scalar is a code next to those of its values
    Array, Record, tuple     a tuple of symbolic values
    SetOf                    a tuple of Bools, one for each possible member in rank order
    Seq                      `Items`: its length, and as many items as it can hold
    Opt of something larger  `Maybe`: whether it is there, and the item

What is not there (items beyond the length, the item of a None) holds the default value, so that equal values have equal
terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import z3

from checker.engines.symbolic import terms
from checker.engines.symbolic.terms import Bool, Num, Number, Substitution, and_, not_, or_
from checker.ir.types import (
    ArrayType,
    BoolType,
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
)


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A sequence."""

    length: Num
    items: tuple[Symbolic, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Maybe:
    """A composite value that may be None."""

    there: Bool
    item: Symbolic


class Merging:
    """A value of another layout, which knows how to become one with another of its type."""

    def merged(self, condition: Bool, otherwise: Symbolic) -> Symbolic:
        """This value where the condition is true, `otherwise` elsewhere."""
        raise NotImplementedError


Symbolic = Any  # Bool | Num | tuple[Symbolic, ...] | Items | Maybe, as the type says


@cache
def codes(kind: Type) -> tuple[int, int]:
    """The least and the greatest code of a scalar type."""
    match kind:
        case BoolType():
            return 0, 1
        case IntType(lo=lo, hi=hi):
            return lo, hi
        case NoneType():
            return 0, 0
        case SymType() | EnumType():
            return 0, kind.size - 1
        case OptType(item=item):
            lo, hi = codes(item)
            return (lo - 1, hi) if lo == 1 else (lo, hi + 1)
    raise AssertionError(kind)


def none_code(kind: OptType) -> int:
    """The code of None in an Opt of a scalar: 0 where the values begin at 1, else one more than theirs."""
    lo, hi = codes(kind)
    return lo if codes(kind.item)[0] == 1 else hi


def code(kind: Type, value: Value) -> int:
    """The code of a value of a scalar type."""
    match kind:
        case OptType(item=item):
            return none_code(kind) if value is None else code(item, value)
        case IntType():
            return int(value)
        case _:
            return kind.rank(value)


def decoded(kind: Type, found: int) -> Value:
    """The value of a scalar type with this code."""
    match kind:
        case OptType(item=item):
            return None if found == none_code(kind) else decoded(item, found)
        case IntType():
            return found
        case _:
            return kind.unrank(found)


def parts(kind: Type) -> tuple[Type, ...]:
    """The types of the items of an array, record or tuple."""
    assert isinstance(kind, (ArrayType, RecordType, TupleType))
    return kind.items()


@cache
def members(kind: SetType) -> tuple[Value, ...]:
    """What a set of this type can hold, in rank order."""
    return tuple(kind.item.values())


def constant(kind: Type, value: Value) -> Symbolic:
    """A known value."""
    match kind:
        case BoolType():
            return value
        case SetType():
            return tuple(member in value for member in members(kind))
        case SeqType(item=item, capacity=capacity):
            filled = [*value, *([item.default] * (capacity - len(value)) if capacity > len(value) else [])]
            return Items(len(value), tuple(constant(item, part) for part in filled))
        case ArrayType() | RecordType() | TupleType():
            return tuple(constant(item, part) for item, part in zip(parts(kind), value, strict=True))
        case OptType(item=item) if not is_scalar(kind):
            return Maybe(value is not None, constant(item, item.default if value is None else value))
        case _:
            return code(kind, value)


@cache
def default(kind: Type) -> Symbolic:
    """The default value."""
    return constant(kind, kind.default)


def free(kind: Type, name: str) -> Symbolic:
    """A value of which nothing is known but its shape: `belongs` says that it is of the type."""
    match kind:
        case BoolType():
            return z3.Bool(name)
        case SetType():
            return tuple(z3.Bool(f"{name}.{place}") for place in range(kind.item.size))
        case SeqType(item=item, capacity=capacity):
            items = tuple(free(item, f"{name}[{place}]") for place in range(capacity))
            return Items(terms.free(f"{name}.len", 0, capacity), items)
        case ArrayType():
            return tuple(free(kind.item, f"{name}[{place}]") for place in range(kind.index.size))
        case RecordType(fields=fields):
            return tuple(free(item, f"{name}.{field}") for field, item in fields)
        case TupleType():
            return tuple(free(item, f"{name}.{place}") for place, item in enumerate(kind.parts))
        case OptType(item=item) if not is_scalar(kind):
            return Maybe(z3.Bool(f"{name}?"), free(item, name))
        case _:
            return terms.free(name, *codes(kind))


def belongs(kind: Type, value: Symbolic) -> Bool:
    """Whether the terms are a value of the type, written as it must be."""
    match kind:
        case BoolType() | SetType():
            return True
        case SeqType(item=item, capacity=capacity):
            there = [beyond(value.length, place) for place in range(capacity)]
            fits = [
                and_(belongs(item, part), or_(inside, equal(part, default(item))))
                for inside, part in zip(there, value.items, strict=True)
            ]
            return and_(terms.within(value.length, 0, capacity), *fits)
        case ArrayType() | RecordType() | TupleType():
            return and_(*(belongs(item, part) for item, part in zip(parts(kind), value, strict=True)))
        case OptType(item=item) if not is_scalar(kind):
            return and_(belongs(item, value.item), or_(value.there, equal(value.item, default(item))))
        case _:
            return terms.within(value, *codes(kind))


def beyond(length: Num, place: int) -> Bool:
    """Whether a sequence of this length has an item at `place`."""
    return terms.less(place, length)


def equal(left: Symbolic, right: Symbolic) -> Bool:
    """Whether two values of one type are equal."""
    if left is right:
        return True
    match left:
        case tuple():
            return and_(*(equal(one, other) for one, other in zip(left, right, strict=True)))
        case Items():
            items = (equal(one, other) for one, other in zip(left.items, right.items, strict=True))
            return and_(terms.equal(left.length, right.length), *items)
        case Maybe():
            return and_(terms.same(left.there, right.there), equal(left.item, right.item))
        case bool() | z3.BoolRef():
            return terms.same(left, right)
        case _:
            return terms.equal(left, right)


def is_value(kind: Type, value: Symbolic, known: Value) -> Bool:
    """Whether it is this value."""
    return equal(value, constant(kind, known))


def merge(condition: Bool, then: Symbolic, otherwise: Symbolic) -> Symbolic:
    """One of two values of one type."""
    if then is otherwise or condition is True:
        return then
    if condition is False:
        return otherwise
    match then:
        case Merging():
            return then.merged(condition, otherwise)
        case tuple():
            merged = tuple(merge(condition, one, other) for one, other in zip(then, otherwise, strict=True))
            return otherwise if all(one is other for one, other in zip(merged, otherwise, strict=True)) else merged
        case Items():
            items = merge(condition, then.items, otherwise.items)
            return Items(terms.if_num(condition, then.length, otherwise.length), items)
        case Maybe():
            return Maybe(
                terms.if_bool(condition, then.there, otherwise.there), merge(condition, then.item, otherwise.item)
            )
        case bool() | z3.BoolRef():
            return terms.if_bool(condition, then, otherwise)
        case _:
            return terms.if_num(condition, then, otherwise)


def select(cases: Sequence[tuple[Bool, Symbolic]]) -> Symbolic:
    """The value of the first case that is true; one is."""
    *front, (_, last) = cases
    return reduce(lambda rest, case: merge(case[0], case[1], rest), reversed(front), last)


def contains(kind: SetType, bits: Symbolic, item: Symbolic) -> Bool:
    """Whether a set holds an item of its item type."""
    return or_(
        *(
            and_(bit, is_value(kind.item, item, member))
            for bit, member in zip(bits, members(kind), strict=True)
            if bit is not False
        )
    )


def leaves(value: Symbolic) -> Iterator[z3.ExprRef]:
    """The terms that a value is made of, in an order that depends on its type alone; nothing where it is known."""
    match value:
        case tuple():
            for part in value:
                yield from leaves(part)
        case Items():
            yield from leaves(value.length)
            yield from leaves(value.items)
        case Maybe():
            yield from leaves(value.there)
            yield from leaves(value.item)
        case Number():
            yield value.term
        case z3.BoolRef():
            yield value


def bound(value: Symbolic, other: Symbolic) -> Iterator[tuple[z3.ExprRef, z3.ExprRef]]:
    """The terms that a value is made of, each with that which it is in another value of the same type."""
    match value:
        case tuple():
            for one, two in zip(value, other, strict=True):
                yield from bound(one, two)
        case Items():
            yield from bound(value.length, other.length)
            yield from bound(value.items, other.items)
        case Maybe():
            yield from bound(value.there, other.there)
            yield from bound(value.item, other.item)
        case Number():
            yield value.term, terms.term(other, value.size)
        case z3.BoolRef():
            yield value, z3.BoolVal(other) if isinstance(other, bool) else other


def replaced(value: Symbolic, become: Substitution) -> Symbolic:
    """The value with variables replaced by other terms."""
    match value:
        case tuple():
            return tuple(replaced(part, become) for part in value)
        case Items():
            return Items(replaced(value.length, become), replaced(value.items, become))
        case Maybe():
            return Maybe(replaced(value.there, become), replaced(value.item, become))
        case Number():
            return become.number(value)
        case z3.BoolRef():
            return become(value)
        case _:
            return value


def read(kind: Type, value: Symbolic, solution: z3.ModelRef) -> Value:
    """The value in a solution."""
    match kind:
        case BoolType():
            return truth(value, solution)
        case SetType():
            found = zip(value, members(kind), strict=True)
            return frozenset(member for bit, member in found if truth(bit, solution))
        case SeqType(item=item):
            length = _number(value.length, solution)
            return tuple(read(item, part, solution) for part in value.items[:length])
        case ArrayType() | RecordType() | TupleType():
            return tuple(read(item, part, solution) for item, part in zip(parts(kind), value, strict=True))
        case OptType(item=item) if not is_scalar(kind):
            return read(item, value.item, solution) if truth(value.there, solution) else None
        case _:
            return decoded(kind, _number(value, solution))


def truth(value: Bool, solution: z3.ModelRef) -> bool:
    """A truth value in a solution; false where the solution leaves it open."""
    return value if isinstance(value, bool) else z3.is_true(solution.eval(value, model_completion=True))


def _number(value: Num, solution: z3.ModelRef) -> int:
    if isinstance(value, int):
        return value
    found = solution.eval(value.term, model_completion=True)
    assert isinstance(found, z3.BitVecNumRef)
    return int(found.as_signed_long() if value.lo < 0 else found.as_long())


Converted = tuple[Symbolic, Bool]  # a value of another type, and whether it fits; if not, it may be anything


def convert(source: Type, target: Type, value: Symbolic) -> Converted:
    """The value as one of `target`."""
    if source == target:
        return value, True
    if is_scalar(source) and is_scalar(target):
        return _convert_scalar(source, target, value)
    match source, target:
        case NoneType(), OptType():
            return constant(target, None), True
        case OptType(), OptType():
            item, fits = convert(source.item, target.item, value.item)
            return Maybe(value.there, merge(value.there, item, default(target.item))), or_(not_(value.there), fits)
        case NoneType(), _:
            return default(target), False
        case OptType(), NoneType():
            return 0, not_(value.there)
        case OptType(), _:
            item, fits = convert(source.item, target, value.item)
            return item, and_(value.there, fits)
        case _, OptType():
            item, fits = convert(source, target.item, value)
            return Maybe(True, item), fits
        case SetType(), SetType():
            return _convert_set(source, target, value)
        case SeqType(), SeqType():
            return _convert_row(source, target, value)
        case _, SeqType():
            assert isinstance(source, (TupleType, ArrayType))
            return _convert_to_row(parts(source), target, value)
        case _:
            return _all(list(map(convert, parts(source), parts(target), value)))


def _all(converted: Sequence[Converted]) -> Converted:
    return tuple(item for item, _ in converted), and_(*(fits for _, fits in converted))


def _convert_scalar(source: Type, target: Type, value: Symbolic) -> Converted:
    """By the code, where both have the same for what they share; else value by value."""
    if isinstance(source, BoolType):
        return terms.if_num(value, code(target, True), code(target, False)), True
    if isinstance(target, BoolType):
        return terms.equal(value, 1), terms.less_equal(value, 1)
    inner = source.item if isinstance(source, OptType) else source
    lo, hi = codes(target.item if isinstance(target, OptType) else target)
    if isinstance(inner, NoneType):
        return default(target), isinstance(target, OptType)
    fits = _code_within(value, lo, hi) if not isinstance(target, NoneType) else False
    moved = terms.narrowed(value, lo, hi)
    if not isinstance(source, OptType):
        return (moved, fits)
    is_none = terms.equal(value, none_code(source))
    if isinstance(target, OptType):
        return terms.fitted(terms.if_num(is_none, none_code(target), moved), *codes(target)), or_(is_none, fits)
    if isinstance(target, NoneType):
        return 0, is_none
    return moved, and_(not_(is_none), fits)


def _code_within(value: Num, lo: int, hi: int) -> Bool:
    return and_(terms.less_equal(lo, value), terms.less_equal(value, hi))


def _convert_set(source: SetType, target: SetType, value: Symbolic) -> Converted:
    bits = dict(zip(members(source), value, strict=True))
    kept = tuple(bits.pop(member, False) for member in members(target))
    return kept, not_(or_(*bits.values()))


def _convert_row(source: SeqType, target: SeqType, value: Items) -> Converted:
    items, fits = [], terms.less_equal(value.length, target.capacity)
    for place, part in enumerate(value.items):
        item, fit = convert(source.item, target.item, part)
        there = beyond(value.length, place)
        fits = and_(fits, or_(not_(there), fit))
        items.append(merge(there, item, default(target.item)))
    items = [*items, *[default(target.item)] * (target.capacity - len(items))][: target.capacity]
    length = terms.narrowed(value.length, 0, target.capacity)
    return Items(length, tuple(items)), fits


def _convert_to_row(kinds: Sequence[Type], target: SeqType, value: Symbolic) -> Converted:
    items, fits = _all([convert(kind, target.item, part) for kind, part in zip(kinds, value, strict=True)])
    fits = and_(fits, len(items) <= target.capacity)
    filled = (*items, *[default(target.item)] * (target.capacity - len(items)))
    return Items(min(len(items), target.capacity), filled[: target.capacity]), fits
