"""Truth values and whole numbers as Z3 terms, folded where they are known. Knows no types of the language.

A `Bool` is a Python bool, or a Z3 term of unknown value. A `Num` is a Python int, or a `Number`: a bit-vector with
bounds that its value never leaves, wide enough for them (two's complement where the lower bound is negative).
Arithmetic is exact: results carry the bounds that follow from those of the operands, and get the width for them.

The bounds hold wherever the value is used: on paths that have failed a value may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import z3

_CONTEXT = z3.main_ctx()

Bool: TypeAlias = "bool | z3.BoolRef"


@contextmanager
def fresh() -> Iterator[None]:
    """Within this, terms are made in a place of their own, and are of no use after it. Z3 numbers terms, and what it
    finds first goes by their numbers: without it, a question asked again in one process shows another trace."""
    global _CONTEXT  # as in Z3, where terms that name no place are made in the one that is the main one then
    before = _CONTEXT
    z3.z3._main_ctx = z3.Context()
    _CONTEXT = z3.main_ctx()
    try:
        yield
    finally:
        z3.z3._main_ctx = _CONTEXT = before


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number that is not known: `term` is as wide as `width(lo, hi)`."""

    term: z3.BitVecRef
    lo: int
    hi: int

    @property
    def size(self) -> int:
        """How many bits `term` has."""
        return width(self.lo, self.hi)


Num: TypeAlias = int | Number

Pairs: TypeAlias = Sequence[tuple[z3.ExprRef, z3.ExprRef]]


class Substitution:
    """Variables to be replaced by terms. Z3's own function looks at all pairs anew for each term in which it replaces
    some, which takes far longer than to replace them. Raises Z3Exception for a term of another sort than its variable.
    """

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs  # so that they live as long as this
        self._were = (z3.Ast * len(pairs))(*(was.ast for was, _ in pairs))
        self._become = (z3.Ast * len(pairs))(*(term.ast for _, term in pairs))

    def __call__(self, term: Bool) -> Bool:
        """The term with the variables replaced."""
        if not self._pairs or isinstance(term, bool):
            return term
        return z3.BoolRef(self._made(term), term.ctx)

    def number(self, number: Number) -> Number:
        """The number with the variables replaced."""
        return Number(z3.BitVecRef(self._made(number.term), number.term.ctx), number.lo, number.hi)

    def _made(self, term: z3.ExprRef) -> z3.Ast:
        return z3.Z3_substitute(term.ctx_ref(), term.ast, len(self._pairs), self._were, self._become)


def and_(*parts: Bool) -> Bool:
    """Whether all are true."""
    return _junction(parts, False, z3.Z3_mk_and)


def or_(*parts: Bool) -> Bool:
    """Whether any is true."""
    return _junction(parts, True, z3.Z3_mk_or)


def _junction(parts: Iterable[Bool], decides: bool, join: Callable[..., Any]) -> Bool:
    unknown: dict[int, z3.BoolRef] = {}
    for part in parts:
        if isinstance(part, bool):
            if part is decides:
                return decides
        else:
            unknown[_key(part)] = part
    for part in unknown.values():
        if isinstance(part, _Negation) and _key(part.inner) in unknown:
            return decides
    if not unknown:
        return not decides
    found = tuple(unknown.values())
    if len(found) == 1:
        return found[0]
    return z3.BoolRef(join(_CONTEXT.ref(), len(found), (z3.Ast * len(found))(*(each.ast for each in found))), _CONTEXT)


def not_(part: Bool) -> Bool:
    """Whether it is false."""
    if isinstance(part, bool):
        return not part
    if isinstance(part, _Negation):
        return part.inner
    return _Negation(part)


class _Negation(z3.BoolRef):  # type: ignore[misc]
    """A negated term, which remembers what it negates: to ask Z3 for it takes longer."""

    def __init__(self, inner: z3.BoolRef) -> None:
        super().__init__(z3.Z3_mk_not(_CONTEXT.ref(), inner.ast), _CONTEXT)
        self.inner = inner


def _key(term: z3.ExprRef) -> int:
    """Equal for two terms that live at the same time if and only if they are the same."""
    return int(term.ast.value)


def _either(condition: z3.BoolRef, then: z3.ExprRef, otherwise: z3.ExprRef) -> Any:
    """Z3's `If` on terms of the same sort, made directly: most of the time that encoding takes goes into it."""
    return z3.Z3_mk_ite(_CONTEXT.ref(), condition.ast, then.ast, otherwise.ast)


def same(left: Bool, right: Bool) -> Bool:
    """Whether two truth values are equal."""
    if isinstance(left, bool):
        return right if left else not_(right)
    if isinstance(right, bool):
        return left if right else not_(left)
    return True if _key(left) == _key(right) else left == right


def if_bool(condition: Bool, then: Bool, otherwise: Bool) -> Bool:
    """One of two truth values."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then is otherwise:
        return then
    if isinstance(then, bool):
        return or_(condition, otherwise) if then else and_(not_(condition), otherwise)
    if isinstance(otherwise, bool):
        return or_(not_(condition), then) if otherwise else and_(condition, then)
    if _key(then) == _key(otherwise):
        return then
    return z3.BoolRef(_either(condition, then, otherwise), _CONTEXT)


def width(lo: int, hi: int) -> int:
    """How many bits a number within these bounds takes."""
    if lo >= 0:
        return max(1, hi.bit_length())
    return max((-lo - 1).bit_length(), hi.bit_length() if hi > 0 else 0) + 1


def number(term: z3.BitVecRef, lo: int, hi: int) -> Num:
    """The number with these bounds; known if there is only one."""
    return lo if lo == hi else Number(term, lo, hi)


def free(name: str, lo: int, hi: int) -> Num:
    """A variable. That it is within bounds must be asserted: `within`."""
    return number(z3.BitVec(name, width(lo, hi)), lo, hi)


def within(value: Num, lo: int, hi: int) -> Bool:
    """Whether the bits of `value`, read as they stand, lie within these bounds. Does not trust the value's own."""
    if isinstance(value, int):
        return lo <= value <= hi
    term, signed = value.term, value.lo < 0
    least, most = (-(1 << term.size() - 1), (1 << term.size() - 1) - 1) if signed else (0, (1 << term.size()) - 1)
    if hi < least or most < lo:  # bounds that have no such bits must not be compared with
        return False
    above: Bool = least >= lo or (term >= lo if signed else z3.UGE(term, lo))
    below: Bool = most <= hi or (term <= hi if signed else z3.ULE(term, hi))
    return and_(above, below)


def bounds(value: Num) -> tuple[int, int]:
    """What the value never leaves, both included."""
    return (value, value) if isinstance(value, int) else (value.lo, value.hi)


def fitted(value: Num, lo: int, hi: int) -> Num:
    """The same number with these bounds, which are known to hold it."""
    if isinstance(value, int):
        return value
    return number(_resized(value, width(lo, hi)), lo, hi)


def narrowed(value: Num, lo: int, hi: int) -> Num:
    """The value where it lies within these bounds; anything else within them where it does not."""
    if isinstance(value, int):
        return min(max(value, lo), hi)
    low, high = max(lo, value.lo), min(hi, value.hi)
    return fitted(value, low, high) if low <= high else lo


def term(value: Num, size: int) -> z3.BitVecRef:
    """The value as a bit-vector of so many bits, which are enough."""
    return z3.BitVecVal(value, size) if isinstance(value, int) else _resized(value, size)


def _resized(value: Number, size: int) -> z3.BitVecRef:
    more = size - value.size
    if more == 0:
        return value.term
    if more < 0:
        return z3.Extract(size - 1, 0, value.term)
    return z3.SignExt(more, value.term) if value.lo < 0 else z3.ZeroExt(more, value.term)


def _hull(*values: Num) -> tuple[int, int]:
    found = [bounds(value) for value in values]
    return min(lo for lo, _ in found), max(hi for _, hi in found)


def _aligned(left: Num, right: Num) -> tuple[z3.BitVecRef, z3.BitVecRef, bool]:
    """Both as bit-vectors of one width, and whether they are signed."""
    lo, hi = _hull(left, right)
    size = width(lo, hi)
    return term(left, size), term(right, size), lo < 0


def equal(left: Num, right: Num) -> Bool:
    """Whether two numbers are equal."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    (a, b), (c, d) = bounds(left), bounds(right)
    if b < c or d < a:
        return False
    first, second, _ = _aligned(left, right)
    if _key(first) == _key(second):
        return True
    return z3.BoolRef(z3.Z3_mk_eq(_CONTEXT.ref(), first.ast, second.ast), _CONTEXT)


def less(left: Num, right: Num) -> Bool:
    """Whether left < right."""
    (a, b), (c, d) = bounds(left), bounds(right)
    if b < c:
        return True
    if a >= d:
        return False
    first, second, signed = _aligned(left, right)
    return first < second if signed else z3.ULT(first, second)


def less_equal(left: Num, right: Num) -> Bool:
    """Whether left <= right."""
    return not_(less(right, left))


def if_num(condition: Bool, then: Num, otherwise: Num) -> Num:
    """One of two numbers."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then is otherwise or (isinstance(then, int) and isinstance(otherwise, int) and then == otherwise):
        return then
    lo, hi = _hull(then, otherwise)
    size = width(lo, hi)
    first, second = term(then, size), term(otherwise, size)
    if _key(first) == _key(second):
        return number(first, lo, hi)
    return number(z3.BitVecRef(_either(condition, first, second), _CONTEXT), lo, hi)


def _exact(left: Num, right: Num, lo: int, hi: int, apply: Callable[..., z3.BitVecRef]) -> Num:
    """An operation that is right modulo a power of two, in enough bits for operands and result."""
    low, high = _hull(left, right)
    size = width(min(low, lo), max(high, hi))
    result = apply(term(left, size), term(right, size))
    return fitted(Number(result, min(low, lo), max(high, hi)), lo, hi)


def add(left: Num, right: Num) -> Num:
    """The sum."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if right == 0 or left == 0:
        return left if right == 0 else right
    (a, b), (c, d) = bounds(left), bounds(right)
    return _exact(left, right, a + c, b + d, lambda x, y: x + y)


def subtract(left: Num, right: Num) -> Num:
    """The difference."""
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    if right == 0:
        return left
    (a, b), (c, d) = bounds(left), bounds(right)
    return _exact(left, right, a - d, b - c, lambda x, y: x - y)


def negate(value: Num) -> Num:
    """The number with the other sign."""
    return subtract(0, value)


def multiply(left: Num, right: Num) -> Num:
    """The product."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    for one, other in ((left, right), (right, left)):
        if one == 0:
            return 0
        if one == 1:
            return other
    corners = [x * y for x in bounds(left) for y in bounds(right)]
    return _exact(left, right, min(corners), max(corners), lambda x, y: x * y)


def floor_divide(left: Num, right: Num) -> Num:
    """Python's `//`; anything where `right` is 0."""
    if isinstance(left, int) and isinstance(right, int):
        return left // right if right else 0
    if right == 1:
        return left
    (a, b), (c, _) = bounds(left), bounds(right)
    if a >= 0 and c >= 0:
        first, second, _ = _aligned(left, right)
        return fitted(Number(z3.UDiv(first, second), 0, max(b, bounds(right)[1])), 0, b // max(c, 1))
    most = max(abs(a), abs(b))
    first, second, size = _signed(left, right)
    rest = z3.SRem(first, second)
    down = z3.And(rest != 0, (rest < 0) != (second < 0))
    quotient = first / second - z3.If(down, z3.BitVecVal(1, size), z3.BitVecVal(0, size))
    return fitted(Number(quotient, -(1 << size - 1), (1 << size - 1) - 1), -most, most)


def modulo(left: Num, right: Num) -> Num:
    """Python's `%`, with the sign of `right`; anything where that is 0."""
    if isinstance(left, int) and isinstance(right, int):
        return left % right if right else 0
    if right == 1:
        return 0
    (a, b), (c, d) = bounds(left), bounds(right)
    if a >= 0 and c >= 0:
        first, second, _ = _aligned(left, right)
        return fitted(Number(z3.URem(first, second), 0, max(b, d)), 0, min(b, max(d - 1, 0)))
    first, second, size = _signed(left, right)
    rest = z3.SRem(first, second)
    result = z3.If(z3.And(rest != 0, (rest < 0) != (second < 0)), rest + second, rest)
    return fitted(Number(result, -(1 << size - 1), (1 << size - 1) - 1), min(c + 1, 0), max(d - 1, 0))


def _signed(left: Num, right: Num) -> tuple[z3.BitVecRef, z3.BitVecRef, int]:
    """Both in two's complement, with a bit to spare."""
    lo, hi = _hull(left, right)
    size = width(min(lo, -1), hi) + 1
    return term(left, size), term(right, size), size


def bitwise(operator: str, left: Num, right: Num) -> Num:
    """Python's `&`, `|` or `^`."""
    apply = _BITWISE[operator]
    if isinstance(left, int) and isinstance(right, int):
        return int(apply(left, right))
    (a, b), (c, d) = bounds(left), bounds(right)
    if operator == "&" and (a >= 0 or c >= 0):
        most = min([high for low, high in ((a, b), (c, d)) if low >= 0])
        return _exact(left, right, 0, most, apply)
    lo, hi = _hull(left, right)
    bits = width(lo, hi)
    if lo >= 0:
        return _exact(left, right, 0, (1 << bits) - 1, apply)
    return _exact(left, right, -(1 << bits - 1), (1 << bits - 1) - 1, apply)


_BITWISE: dict[str, Callable[..., Any]] = {
    "&": lambda x, y: x & y,
    "|": lambda x, y: x | y,
    "^": lambda x, y: x ^ y,
}


def shift_left(left: Num, right: Num, lo: int, hi: int) -> Num:
    """Python's `<<`, known to lie within lo..hi; anything where `right` is negative."""
    if isinstance(left, int) and isinstance(right, int):
        return left << right if right >= 0 else 0
    return _exact(left, right, lo, hi, lambda x, y: x << y)


def shift_right(left: Num, right: Num) -> Num:
    """Python's `>>`; anything where `right` is negative."""
    if isinstance(left, int) and isinstance(right, int):
        return left >> right if right >= 0 else 0
    a, b = bounds(left)
    return _exact(left, right, min(a, 0 if a >= 0 else a), max(b, 0), z3.LShR if a >= 0 else lambda x, y: x >> y)


def least(left: Num, right: Num) -> Num:
    """The smaller of two numbers."""
    (a, b), (c, d) = bounds(left), bounds(right)
    return fitted(if_num(less_equal(left, right), left, right), min(a, c), min(b, d))


def greatest(left: Num, right: Num) -> Num:
    """The larger of two numbers."""
    (a, b), (c, d) = bounds(left), bounds(right)
    return fitted(if_num(less_equal(left, right), right, left), max(a, c), max(b, d))


def absolute(value: Num) -> Num:
    """The number without its sign."""
    lo, hi = bounds(value)
    if lo >= 0:
        return value
    return fitted(if_num(less(value, 0), negate(value), value), 0, max(-lo, hi))


def count(bits: Sequence[Bool]) -> Num:
    """How many are true."""
    known = sum(1 for bit in bits if bit is True)
    found: list[Num] = [if_num(bit, 1, 0) for bit in bits if not isinstance(bit, bool)]
    while len(found) > 1:  # pairs, so that most sums are narrow
        pairs = [add(*found[place : place + 2]) for place in range(0, len(found) - 1, 2)]
        found = pairs + ([found[-1]] if len(found) % 2 else [])
    return add(found[0], known) if found else known
