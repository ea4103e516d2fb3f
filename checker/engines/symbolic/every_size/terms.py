"""Values of types of any size as terms: their layout, how they compare, merge and convert.

    Bool                   a Bool of `checker.engines.symbolic.terms`
    a symmetric type       an `Atom` of a sort of its own, of which nothing is known but that it has members; the
                           default is one of them, the same everywhere
    Enum                   an `Atom` of a sort with just its members
    Range                  an `Atom`, a whole number of Z3
    Opt                    `Maybe`: whether it is there, and the item, which may be anything where it is not
    Record, tuple          a tuple of values
    Array, SetOf           a `Table`: what is at an index, or whether something is in it; a variable is a function of Z3

A quantifier over a type is taken apart: symmetric types, and large Ranges, are quantified over; of the others all
values are gone through. Sequences are not here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from checker.engines.symbolic import terms as booleans
from checker.engines.symbolic.terms import Bool, and_, not_, or_
from checker.engines.symbolic.values import Maybe, Merging, merge
from checker.ir.types import (
    ArrayType,
    BoolType,
    EnumType,
    IntType,
    NeverType,
    NoneType,
    OptType,
    RecordType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
)

Symbolic = Any  # Bool | Atom | Maybe | Table | None | tuple[Symbolic, ...], as the type says

MOST_LISTED = 64
"""Up to so many values, a Range is gone through value by value and not quantified over."""

_fresh = itertools.count(1)


class NoSize(Exception):
    """A type, or a value, that is not here for every size; the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Atom(Merging):
    """A value that is one term, and no truth value."""

    term: z3.ExprRef

    def merged(self, condition: Bool, otherwise: Symbolic) -> Symbolic:
        if isinstance(condition, bool):
            return self if condition else otherwise
        same = self.term.eq(otherwise.term)
        return self if same else Atom(z3.If(condition, self.term, otherwise.term))


@dataclass(slots=True, eq=False)
class Table(Merging):
    """An array, or a set, whose items are Bools. `at` gives the item at an index."""

    index: Type
    at_: Callable[[Symbolic], Symbolic]
    known: dict[tuple[int, ...], tuple[object, Symbolic]] = field(default_factory=dict)

    def at(self, index: Symbolic) -> Symbolic:
        """The item at an index, worked out once."""
        terms = flat(self.index, index)
        key = tuple(term.get_id() for term in terms)
        if key not in self.known:
            self.known[key] = (terms, self.at_(index))  # the terms live as long as their numbers are used
        return self.known[key][1]

    def merged(self, condition: Bool, otherwise: Symbolic) -> Symbolic:
        return Table(self.index, lambda index: merge(condition, self.at(index), otherwise.at(index)))


_sorts: dict[Type | str, Any] = {}


def _sort(kind: Type) -> Any:
    """The sort of an Atom, and for an Enum its members."""
    key: Type | str = kind.name if isinstance(kind, SymType) else kind
    if key not in _sorts:
        if isinstance(kind, SymType):
            _sorts[key] = (z3.DeclareSort(f"{kind.name}, any number"), ())
        else:
            assert isinstance(kind, EnumType)
            number = next(_fresh)  # the members of two sorts must not share a name
            _sorts[key] = z3.EnumSort(f"{kind.name}!{number}", [f"{kind.show(m)}!{number}" for m in kind.members])
    return _sorts[key]


def sort(kind: Type) -> z3.SortRef:
    """The sort of the term of a scalar type."""
    match kind:
        case BoolType():
            return z3.BoolSort()
        case IntType():
            return z3.IntSort()
        case SymType() | EnumType():
            return _sort(kind)[0]
        case _:
            raise NoSize(f"{kind} is not one term")


def constant(kind: Type, value: Value) -> Symbolic:
    """A known value, which names no certain member of a symmetric type."""
    match kind:
        case BoolType():
            return value
        case IntType():
            return Atom(z3.IntVal(value))
        case EnumType():
            return Atom(_sort(kind)[1][kind.rank(value)])
        case NoneType():
            return None
        case OptType(item=item):
            return Maybe(value is not None, default(item) if value is None else constant(item, value))
        case RecordType() | TupleType():
            return tuple(constant(item, part) for item, part in zip(kind.items(), value, strict=True))
        case SetType(item=item):
            members = [constant(item, each) for each in value]
            return Table(item, lambda index: or_(*(equal(item, index, each) for each in members)))
        case ArrayType(index=index, item=item) if all(part == value[0] for part in value):
            whole = constant(item, value[0])
            return Table(index, lambda _: whole)
        case ArrayType(index=index, item=item):
            found = [
                (constant(index, at), constant(item, part)) for at, part in zip(index.values(), value, strict=True)
            ]
            return Table(index, lambda at: listed(index, found, at))
        case SymType():
            raise NoSize(f"a certain member of {kind.name}")
        case _:
            raise NoSize(f"{kind} has no values for every size")


def listed(index: Type, found: Sequence[tuple[Symbolic, Symbolic]], at: Symbolic) -> Symbolic:
    """The item at one of the indices that are gone through."""
    *front, (_, last) = found
    for here, item in reversed(front):
        last = merge(equal(index, at, here), item, last)
    return last


def default(kind: Type) -> Symbolic:
    """What a variable of this type starts as."""
    match kind:
        case SymType():
            return Atom(z3.Const(f"the first {kind.name}", sort(kind)))
        case RecordType() | TupleType():
            return tuple(default(item) for item in kind.items())
        case ArrayType(index=index, item=item):
            whole = default(item)
            return Table(index, lambda _: whole)
        case NeverType():
            return None
        case _:
            return constant(kind, kind.default)


def free(kind: Type, name: str, over: tuple[z3.ExprRef, ...] = ()) -> Symbolic:
    """A value of which nothing is known but its type: `belongs` says what that does not. A function of `over`."""
    match kind:
        case BoolType():
            return _term(name, kind, over)
        case IntType() | EnumType() | SymType():
            return Atom(_term(name, kind, over))
        case NoneType():
            return None
        case OptType(item=item):
            return Maybe(_term(f"{name}?", BoolType(), over), free(item, name, over))
        case RecordType(fields=fields):
            return tuple(free(item, f"{name}.{part}", over) for part, item in fields)
        case TupleType(parts=parts):
            return tuple(free(item, f"{name}.{place}", over) for place, item in enumerate(parts))
        case ArrayType(index=index, item=item):
            return Table(index, lambda at: free(item, f"{name}[]", (*over, *flat(index, at))))
        case SetType(item=item):
            return Table(item, lambda at: _term(f"{name} has", BoolType(), (*over, *flat(item, at))))
        case _:
            raise NoSize(f"{kind} is not looked at for every size")


def _term(name: str, kind: Type, over: tuple[z3.ExprRef, ...]) -> Any:
    if not over:
        return z3.Const(name, sort(kind))
    return z3.Function(name, *(each.sort() for each in over), sort(kind))(*over)


def belongs(kind: Type, value: Symbolic) -> Bool:
    """That a free value is one of its type, where its sort does not say so."""
    match kind:
        case IntType(lo=lo, hi=hi):
            return and_(lo <= value.term, value.term <= hi)
        case OptType(item=item):
            return belongs(item, value.item)
        case RecordType() | TupleType():
            return and_(*(belongs(item, part) for item, part in zip(kind.items(), value, strict=True)))
        case ArrayType(index=index, item=item):
            return and_(*(each.every(belongs(item, value.at(each.value))) for each in generic(index)))
        case _:
            return True


def flat(kind: Type, value: Symbolic) -> tuple[z3.ExprRef, ...]:
    """The terms that stand for a value as an index: equal values have equal terms."""
    match kind:
        case BoolType():
            return (z3.BoolVal(value) if isinstance(value, bool) else value,)
        case IntType() | EnumType() | SymType():
            return (value.term,)
        case NoneType():
            return ()
        case OptType(item=item):
            there = z3.BoolVal(value.there) if isinstance(value.there, bool) else value.there
            return (there, *flat(item, merge(value.there, value.item, default(item))))
        case RecordType() | TupleType():
            return tuple(term for item, part in zip(kind.items(), value, strict=True) for term in flat(item, part))
        case _:
            raise NoSize(f"{kind} is no index, and no member of a set, for every size")


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """What a quantifier ranges over: a value, of which the variables `bound` are any that `when` allows."""

    value: Symbolic
    bound: tuple[z3.ExprRef, ...] = ()
    when: Bool = True

    def every(self, claim: Bool) -> Bool:
        """Whether the claim is true for all of it."""
        return quantified(z3.ForAll, self.bound, or_(not_(self.when), claim))

    def some(self, claim: Bool) -> Bool:
        """Whether the claim is true for some of it."""
        return quantified(z3.Exists, self.bound, and_(self.when, claim))


def quantified(quantifier: Callable[..., Any], bound: Sequence[z3.ExprRef], claim: Bool) -> Bool:
    """The claim for all, or for some, values of variables: every sort has values."""
    return claim if isinstance(claim, bool) or not bound else quantifier(list(bound), claim)


def generic(kind: Type) -> list[Element]:
    """The values of a type."""
    match kind:
        case BoolType():
            return [Element(False), Element(True)]
        case EnumType():
            return [Element(constant(kind, member)) for member in kind.members]
        case IntType() if kind.size <= MOST_LISTED:
            return [Element(constant(kind, number)) for number in kind.values()]
        case IntType(lo=lo, hi=hi):
            variable = z3.Int(f"number!{next(_fresh)}")
            return [Element(Atom(variable), (variable,), and_(lo <= variable, variable <= hi))]
        case SymType():
            member = z3.Const(f"{kind.name}!{next(_fresh)}", sort(kind))
            return [Element(Atom(member), (member,))]
        case NoneType():
            return [Element(None)]
        case NeverType():
            return []
        case OptType(item=item):
            there = [Element(Maybe(True, each.value), each.bound, each.when) for each in generic(item)]
            return [Element(Maybe(False, default(item))), *there]
        case RecordType() | TupleType():
            found = [Element(())]
            for item in kind.items():
                found = [
                    Element((*left.value, right.value), (*left.bound, *right.bound), and_(left.when, right.when))
                    for left in found
                    for right in generic(item)
                ]
            return found
        case _:
            raise NoSize(f"the values of {kind} are not gone through for every size")


def is_generic(term: z3.ExprRef) -> bool:
    """Whether a constant is a variable that `generic` made."""
    return "!" in term.decl().name()


def equal(kind: Type, one: Symbolic, other: Symbolic) -> Bool:
    """Whether two values of a type are equal."""
    if one is other:
        return True
    match kind:
        case BoolType():
            return booleans.same(one, other)
        case IntType() | EnumType() | SymType():
            return _same(kind, one.term, other.term)
        case NoneType():
            return True
        case OptType(item=item):
            there = booleans.same(one.there, other.there)
            return and_(there, or_(not_(one.there), equal(item, one.item, other.item)))
        case RecordType() | TupleType():
            return and_(*map(equal, kind.items(), one, other))
        case ArrayType(index=index, item=item):
            return and_(*(each.every(equal(item, one.at(each.value), other.at(each.value))) for each in generic(index)))
        case SetType(item=item):
            return and_(
                *(each.every(booleans.same(one.at(each.value), other.at(each.value))) for each in generic(item))
            )
        case _:
            raise NoSize(f"values of {kind} are not compared for every size")


def _same(kind: Type, one: z3.ExprRef, other: z3.ExprRef) -> Bool:
    if one.eq(other):
        return True
    if isinstance(kind, EnumType) and all(any(each.eq(m) for m in _sort(kind)[1]) for each in (one, other)):
        return False
    if z3.is_int_value(one) and z3.is_int_value(other):
        return False
    return one == other


def substituted(value: Symbolic, pairs: Sequence[tuple[z3.ExprRef, z3.ExprRef]]) -> Symbolic:
    """The value with variables replaced."""
    match value:
        case None | bool():
            return value
        case Atom(term=term):
            return Atom(z3.substitute(term, *pairs)) if pairs else value
        case z3.BoolRef():
            return z3.substitute(value, *pairs) if pairs else value
        case Maybe():
            return Maybe(substituted(value.there, pairs), substituted(value.item, pairs))
        case Table():
            return Table(value.index, lambda index: substituted(value.at(index), pairs))
        case tuple():
            return tuple(substituted(part, pairs) for part in value)
    raise AssertionError(value)


def matching(kind: Type, element: Symbolic, value: Symbolic) -> tuple[Bool, list[tuple[z3.ExprRef, z3.ExprRef]]]:
    """When a value is one of those that `element`, of `generic`, stands for, and what its variables are then."""
    match kind:
        case SymType():
            return True, [(element.term, value.term)]
        case IntType() if not z3.is_int_value(element.term):
            return True, [(element.term, value.term)]
        case OptType(item=item):
            if element.there is False:
                return not_(value.there), []
            here, pairs = matching(item, element.item, value.item)
            return and_(value.there, here), pairs
        case RecordType() | TupleType():
            found = list(map(matching, kind.items(), element, value))
            return and_(*(here for here, _ in found)), [pair for _, pairs in found for pair in pairs]
        case _:
            return equal(kind, element, value), []


Converted = tuple[Symbolic, Bool]  # a value of another type, and whether it fits; if not, it may be anything


def convert(source: Type, target: Type, value: Symbolic) -> Converted:
    """The value as one of `target`."""
    if source == target:
        return value, True
    match source, target:
        case IntType(), IntType():
            return value, and_(_at_most(target.lo, value.term), _at_most(value.term, target.hi))
        case NoneType(), OptType():
            return constant(target, None), True
        case NoneType(), _:
            return default(target), False
        case OptType(), OptType():
            item, fits = convert(source.item, target.item, value.item)
            return Maybe(value.there, item), or_(not_(value.there), fits)
        case OptType(), NoneType():
            return None, not_(value.there)
        case OptType(), _:
            item, fits = convert(source.item, target, value.item)
            return item, and_(value.there, fits)
        case _, OptType():
            item, fits = convert(source, target.item, value)
            return Maybe(True, item), fits
        case SetType(), SetType():
            return _convert_set(source, target, value)
        case ArrayType(), ArrayType() if source.index == target.index:
            moved = Table(source.index, lambda index: convert(source.item, target.item, value.at(index))[0])
            fit = (
                each.every(convert(source.item, target.item, value.at(each.value))[1]) for each in generic(source.index)
            )
            return moved, and_(*fit)
        case TupleType(), TupleType() | RecordType():
            return _all(map(convert, source.items(), target.items(), value))
        case TupleType(), ArrayType(index=BoolType() | EnumType() | IntType()):
            parts, fits = _all(map(convert, source.items(), target.items(), value))
            found = [(constant(target.index, at), part) for at, part in zip(target.index.values(), parts, strict=True)]
            return Table(target.index, lambda at: listed(target.index, found, at)), fits
    raise NoSize(f"{source} does not become {target} for every size")


def _at_most(low: Any, high: Any) -> Bool:
    found = z3.simplify(low <= high) if not isinstance(low, int) or not isinstance(high, int) else low <= high
    return found if isinstance(found, bool) else z3.is_true(found) or (False if z3.is_false(found) else found)


def _all(converted: Iterable[Converted]) -> Converted:
    found = list(converted)
    return tuple(item for item, _ in found), and_(*(fits for _, fits in found))


def _convert_set(source: SetType, target: SetType, value: Symbolic) -> Converted:
    if isinstance(source.item, NeverType):
        return constant(target, frozenset()), True

    def has(member: Symbolic) -> Bool:
        back, fits = convert(target.item, source.item, member)
        return and_(fits, value.at(back))

    fits = (
        each.every(or_(not_(value.at(each.value)), convert(source.item, target.item, each.value)[1]))
        for each in generic(source.item)
    )
    return Table(target.item, has), and_(*fits)


def leaves(value: Symbolic) -> Iterator[z3.ExprRef]:
    """The terms of a value that holds no table."""
    match value:
        case Atom(term=term):
            yield term
        case z3.BoolRef():
            yield value
        case Maybe():
            yield from leaves(value.there)
            yield from leaves(value.item)
        case tuple():
            for part in value:
                yield from leaves(part)
