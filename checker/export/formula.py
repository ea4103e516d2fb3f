"""Formulas over the variables of a state, as plain data: what every exported language can say. Made from Z3's terms.

A formula is a truth value or a number from 0 to 2**bits - 1; a number that may be negative is in two's complement. What
is known is worked out while a formula is made, so that steps with known arguments become short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import z3

MOST_BITS = 30


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is known: of no bits, if it is a truth value."""

    value: int
    bits: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable by its name."""

    name: str
    bits: int


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operator on formulas. On truth values: not, and, or, =, if. On numbers: + - * / % & | ^ << >>, =, < (not
    negative), s< /s %s >>s (in two's complement), if, low (the lowest bits), more (bits of a number that is not
    negative), sign (more bits of one in two's complement). Made by `apply`, so that equal formulas are one object."""

    operator: str
    operands: tuple[Formula, ...]
    bits: int


Formula = Known | Name | Apply


@lru_cache(maxsize=1 << 18)
def apply(operator: str, operands: tuple[Formula, ...], bits: int) -> Apply:
    """The formula, the same object each time."""
    return Apply(operator, operands, bits)


TRUE, FALSE = Known(1, 0), Known(0, 0)


class TooWide(Exception):
    """A number takes more bits than the languages have."""


class TermReader:
    """Makes formulas of Z3's terms. `values` are those of variables that are known here."""

    def __init__(self, values: Mapping[str, int], names: Callable[[str], str]) -> None:
        self._values = values
        self._names = names
        self._made: dict[int, Formula] = {}
        self._kept: list[z3.ExprRef] = []  # Z3 gives the number of a term that is gone to another one

    def read(self, term: bool | int | z3.ExprRef, bits: int = 0) -> Formula:
        """The formula of a term, or of a value that is known, of so many bits."""
        if isinstance(term, (bool, int)):
            return Known(int(term) % (1 << bits) if bits else int(term), bits)
        key = term.get_id()
        if key not in self._made:
            self._made[key] = self._formula(term)
            self._kept.append(term)
        return self._made[key]

    def _formula(self, term: z3.ExprRef) -> Formula:
        bits = term.size() if z3.is_bv(term) else 0
        if bits > MOST_BITS:
            raise TooWide
        if z3.is_true(term) or z3.is_false(term):
            return Known(int(z3.is_true(term)), 0)
        if z3.is_bv_value(term):
            return Known(term.as_long(), bits)
        kind, operands = term.decl().kind(), [self.read(each) for each in term.children()]
        if kind == z3.Z3_OP_UNINTERPRETED:
            name = term.decl().name()
            return Known(self._values[name], bits) if name in self._values else Name(self._names(name), bits)
        return _BY_KIND[kind](operands, bits, term)


def negation(operand: Formula) -> Formula:
    """Not."""
    match operand:
        case Known(value=value):
            return FALSE if value else TRUE
        case Apply(operator="not", operands=(inner,)):
            return inner
        case Apply(operator="and" | "or" as operator, operands=operands):
            return apply("or" if operator == "and" else "and", tuple(map(negation, operands)), 0)
    return apply("not", (operand,), 0)


def conjunction(*operands: Formula) -> Formula:
    """And."""
    return _junction("and", operands, FALSE)


def disjunction(*operands: Formula) -> Formula:
    """Or. What all operands have in common stands before it."""
    found = _junction("or", operands, TRUE)
    if not isinstance(found, Apply) or found.operator != "or":
        return found
    parts = [conjuncts(each) for each in found.operands]
    common = [each for each in parts[0] if all(each in part for part in parts[1:])]
    if not common:
        return found
    rest = (conjunction(*(each for each in part if each not in common)) for part in parts)
    return conjunction(*common, disjunction(*rest))


def conjuncts(formula: Formula) -> tuple[Formula, ...]:
    """What must all be true for a truth value to be."""
    return formula.operands if isinstance(formula, Apply) and formula.operator == "and" else (formula,)


def _junction(operator: str, operands: tuple[Formula, ...], decides: Known) -> Formula:
    left: dict[Formula, None] = {}
    for each in operands:
        inside = each.operands if isinstance(each, Apply) and each.operator == operator else (each,)
        for one in inside:
            if one == decides:
                return decides
            if not isinstance(one, Known):
                left[one] = None
    if any(negation(each) in left for each in left):
        return decides
    left = dict.fromkeys(_without(each, operator, left) for each in left)
    if not left:
        return negation(decides)
    return next(iter(left)) if len(left) == 1 else apply(operator, tuple(left), 0)


def _without(formula: Formula, operator: str, others: Mapping[Formula, None]) -> Formula:
    """One of some operands without what the others decide: `a or (not a and b)` is `a or b`."""
    if not isinstance(formula, Apply) or formula.operator not in ("and", "or") or formula.operator == operator:
        return formula
    kept = [each for each in formula.operands if negation(each) not in others]
    if len(kept) == len(formula.operands) or not kept:
        return formula
    return kept[0] if len(kept) == 1 else apply(formula.operator, tuple(kept), 0)


def equality(left: Formula, right: Formula) -> Formula:
    """Whether two are equal."""
    if left == right:
        return TRUE
    match left, right:
        case Known(), Known():
            return FALSE
        case Known(), _:
            return equality(right, left)
        case _, Known(value=value, bits=0):
            return left if value else negation(left)
        case Apply(operator="if", operands=(condition, then, otherwise)), Known():
            if isinstance(then, Known) or isinstance(otherwise, Known):
                return choice(condition, equality(then, right), equality(otherwise, right))
    return apply("=", (left, right), 0)


def choice(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    """One of two."""
    match condition:
        case Known(value=value):
            return then if value else otherwise
        case Apply(operator="not", operands=(inner,)):
            return choice(inner, otherwise, then)
    if then == otherwise:
        return then
    if then.bits == 0:
        match then, otherwise:
            case Known(value=value), _:
                return disjunction(condition, otherwise) if value else conjunction(negation(condition), otherwise)
            case _, Known(value=value):
                return disjunction(negation(condition), then) if value else conjunction(condition, then)
    return apply("if", (condition, then, otherwise), then.bits)


def assuming(guard: Formula, formula: Formula) -> Formula:
    """A formula where a guard is true, shorter by what that says."""
    facts: dict[Formula, Formula] = {}
    for each in conjuncts(guard):
        facts[each], facts[negation(each)] = TRUE, FALSE
        match each:
            case Apply(operator="=", operands=(Name() as name, Known() as known)):
                facts[name] = known
    return _assuming(facts, formula, {})


def _assuming(facts: Mapping[Formula, Formula], formula: Formula, made: dict[Formula, Formula]) -> Formula:
    if formula in facts:
        return facts[formula]
    if not isinstance(formula, Apply):
        return formula
    if formula not in made:
        operands = [_assuming(facts, each, made) for each in formula.operands]
        made[formula] = again(formula, operands)
    return made[formula]


def again(formula: Apply, operands: list[Formula]) -> Formula:
    """The same operator on other operands."""
    match formula.operator:
        case "not":
            return negation(operands[0])
        case "and":
            return conjunction(*operands)
        case "or":
            return disjunction(*operands)
        case "=":
            return equality(*operands)
        case "if":
            return choice(*operands)
        case "<" | "s<" as operator:
            return compared(operator, *operands)
        case "low" | "more" | "sign" as operator:
            return resized(operator, operands[0], formula.bits)
        case operator:
            return numeric(operator, operands[0], operands[1], formula.bits)


def signed(value: int, bits: int) -> int:
    """A number in two's complement as it is."""
    return value - (1 << bits) if value >> (bits - 1) else value


def numeric(operator: str, left: Formula, right: Formula, bits: int) -> Formula:
    """A number made of two."""
    if isinstance(left, Known) and isinstance(right, Known):
        return Known(computed(operator, left.value, right.value, left.bits) % (1 << bits), bits)
    return apply(operator, (left, right), bits)


def compared(operator: str, left: Formula, right: Formula) -> Formula:
    """Whether the left number is smaller."""
    if isinstance(left, Known) and isinstance(right, Known):
        one, two, size = left.value, right.value, left.bits
        less = one < two if operator == "<" else signed(one, size) < signed(two, size)
        return TRUE if less else FALSE
    return apply(operator, (left, right), 0)


def resized(operator: str, operand: Formula, bits: int) -> Formula:
    """The number with fewer or more bits."""
    if isinstance(operand, Known):
        value = signed(operand.value, operand.bits) if operator == "sign" else operand.value
        return Known(value % (1 << bits), bits)
    return apply(operator, (operand,), bits)


def computed(operator: str, left: int, right: int, bits: int) -> int:
    """What an operator gives, before it is cut to its bits. By zero: what SMT-LIB says."""
    one, two = signed(left, bits), signed(right, bits)
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "<<":
            return left << right if right < bits else 0
        case ">>":
            return left >> right
        case ">>s":
            return one >> right
        case "/":
            return left // right if right else -1
        case "%":
            return left % right if right else left
        case "/s":
            return (abs(one) // abs(two)) * (1 if (one < 0) == (two < 0) else -1) if two else (1 if one < 0 else -1)
        case "%s":
            return (abs(one) % abs(two)) * (-1 if one < 0 else 1) if two else one
    raise AssertionError(operator)


_Make = Callable[[list[Formula], int, z3.ExprRef], Formula]


def _numeric(operator: str) -> _Make:
    return lambda operands, bits, term: numeric(operator, operands[0], operands[1], bits)


def _compared(operator: str, swapped: bool, negated: bool) -> _Make:
    def made(operands: list[Formula], bits: int, term: z3.ExprRef) -> Formula:
        left, right = reversed(operands) if swapped else operands
        found = compared(operator, left, right)
        return negation(found) if negated else found

    return made


def _resized(operator: str) -> _Make:
    return lambda operands, bits, term: resized(operator, operands[0], bits)


def _extract(operands: list[Formula], bits: int, term: z3.ExprRef) -> Formula:
    _, low = term.params()
    operand = operands[0]
    return resized("low", numeric(">>", operand, Known(low, operand.bits), operand.bits) if low else operand, bits)


def _distinct(operands: list[Formula], bits: int, term: z3.ExprRef) -> Formula:
    return negation(equality(operands[0], operands[1]))


_BY_KIND: Mapping[int, _Make] = {
    z3.Z3_OP_NOT: lambda operands, bits, term: negation(operands[0]),
    z3.Z3_OP_AND: lambda operands, bits, term: conjunction(*operands),
    z3.Z3_OP_OR: lambda operands, bits, term: disjunction(*operands),
    z3.Z3_OP_EQ: lambda operands, bits, term: equality(*operands),
    z3.Z3_OP_IFF: lambda operands, bits, term: equality(*operands),
    z3.Z3_OP_ITE: lambda operands, bits, term: choice(*operands),
    z3.Z3_OP_DISTINCT: _distinct,
    z3.Z3_OP_XOR: _distinct,
    z3.Z3_OP_BADD: _numeric("+"),
    z3.Z3_OP_BSUB: _numeric("-"),
    z3.Z3_OP_BMUL: _numeric("*"),
    z3.Z3_OP_BUDIV: _numeric("/"),
    z3.Z3_OP_BUREM: _numeric("%"),
    z3.Z3_OP_BUDIV_I: _numeric("/"),
    z3.Z3_OP_BUREM_I: _numeric("%"),
    z3.Z3_OP_BSDIV: _numeric("/s"),
    z3.Z3_OP_BSREM: _numeric("%s"),
    z3.Z3_OP_BSDIV_I: _numeric("/s"),
    z3.Z3_OP_BSREM_I: _numeric("%s"),
    z3.Z3_OP_BAND: _numeric("&"),
    z3.Z3_OP_BOR: _numeric("|"),
    z3.Z3_OP_BXOR: _numeric("^"),
    z3.Z3_OP_BSHL: _numeric("<<"),
    z3.Z3_OP_BLSHR: _numeric(">>"),
    z3.Z3_OP_BASHR: _numeric(">>s"),
    z3.Z3_OP_ULT: _compared("<", False, False),
    z3.Z3_OP_UGT: _compared("<", True, False),
    z3.Z3_OP_ULEQ: _compared("<", True, True),
    z3.Z3_OP_UGEQ: _compared("<", False, True),
    z3.Z3_OP_SLT: _compared("s<", False, False),
    z3.Z3_OP_SGT: _compared("s<", True, False),
    z3.Z3_OP_SLEQ: _compared("s<", True, True),
    z3.Z3_OP_SGEQ: _compared("s<", False, True),
    z3.Z3_OP_EXTRACT: _extract,
    z3.Z3_OP_ZERO_EXT: _resized("more"),
    z3.Z3_OP_SIGN_EXT: _resized("sign"),
}
