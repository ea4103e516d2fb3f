"""Formulas as texts of a language with whole numbers. Cuts a number to its bits only where it could leave them.

A number is written as an integer that is the same modulo 2**bits, together with bounds of that integer. Where those lie
within what the bits hold, the integer is the number, as it nearly always is: the model's own arithmetic is exact.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from checker.errors import UsageError
from checker.export.commands import Leaf
from checker.export.formula import Apply, Formula, Known, Name, signed

_LONGEST = 100_000
"""Characters of one expression."""
_LARGE = 1 << 30


class Syntax(Protocol):
    """How a language writes what formulas are made of."""

    def known(self, value: bool) -> str:
        """A truth value."""
        ...

    def applied(self, operator: str, operands: Sequence[str]) -> str:
        """not, and, or, =, if, and of numbers + - * / % & | ^ << >> and <. Divisors are not 0, and / and % round as
        Python's do where no operand is negative."""
        ...

    def cut(self, text: str, bits: int) -> str:
        """An integer modulo 2**bits."""
        ...

    def divided(self, operator: str, left: str, right: str) -> str:
        """`/` or `%` that round towards 0, of integers of any sign; the divisor is not 0."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """An integer, and what it never leaves."""

    text: str
    lo: int
    hi: int


class Texts:
    """Writes the formulas of one program. `names` are what the leaves are called."""

    def __init__(self, leaves: Sequence[Leaf], names: Mapping[str, str], syntax: Syntax, model: str) -> None:
        self._leaves = {leaf.name: leaf for leaf in leaves}
        self._names = names
        self._syntax = syntax
        self._model = model
        self._truths: dict[Formula, str] = {}
        self._numbers: dict[Formula, Written] = {}

    def assigned(self, leaf: Leaf, formula: Formula) -> str:
        """The value that a leaf gets."""
        if leaf.bits == 0:
            return self.truth(formula)
        return self._signed(formula) if leaf.is_signed else self._plain(formula)

    def truth(self, formula: Formula) -> str:
        """A truth value."""
        if formula not in self._truths:
            self._truths[formula] = self._short(self._as_truth(formula))
        return self._truths[formula]

    def _as_truth(self, formula: Formula) -> str:
        match formula:
            case Known(value=value):
                return self._syntax.known(bool(value))
            case Name(name=name):
                return self._names[name]
            case Apply(operator="=", operands=(left, right)) if left.bits:
                return self._syntax.applied("=", [self._plain(left), self._plain(right)])
            case Apply(operator="<", operands=(left, right)):
                return self._syntax.applied("<", [self._plain(left), self._plain(right)])
            case Apply(operator="s<", operands=(left, right)):
                return self._syntax.applied("<", [self._signed(left), self._signed(right)])
            case Apply(operator=operator, operands=operands):
                return self._syntax.applied(operator, [self.truth(each) for each in operands])

    def _plain(self, formula: Formula) -> str:
        """A number that is not negative."""
        written = self._number(formula)
        if written.lo >= 0 and written.hi < 1 << formula.bits:
            return written.text
        return self._syntax.cut(written.text, formula.bits)

    def _signed(self, formula: Formula) -> str:
        """A number in two's complement, as it is."""
        written, top = self._number(formula), 1 << (formula.bits - 1)
        if written.lo >= -top and written.hi < top:
            return written.text
        moved = self._syntax.applied("+", [written.text, str(top)])
        return self._syntax.applied("-", [self._syntax.cut(moved, formula.bits), str(top)])

    def _number(self, formula: Formula) -> Written:
        if formula not in self._numbers:
            written = self._as_number(formula)
            if max(-written.lo, written.hi) > _LARGE:
                written = Written(self._syntax.cut(written.text, formula.bits), 0, (1 << formula.bits) - 1)
            self._short(written.text)
            self._numbers[formula] = written
        return self._numbers[formula]

    def _as_number(self, formula: Formula) -> Written:
        bits = formula.bits
        match formula:
            case Known(value=value):
                return Written(str(value), value, value)
            case Name(name=name):
                leaf = self._leaves[name]
                return Written(self._names[name], leaf.lo, leaf.hi)
            case Apply(operator="+" | "-" | "*" as operator, operands=(left, right)):
                return self._sum(operator, left, right)
            case Apply(operator="if", operands=(condition, then, otherwise)):
                one, two = self._number(then), self._number(otherwise)
                text = self._syntax.applied("if", [self.truth(condition), one.text, two.text])
                lo, hi = min(one.lo, two.lo), max(one.hi, two.hi)
                compared = self._compared(condition)
                if compared == (one.text, two.text):
                    hi = min(one.hi, two.hi)  # the smaller one
                elif compared == (two.text, one.text):
                    lo = max(one.lo, two.lo)
                return Written(text, lo, hi)
            case Apply(operator="low", operands=(operand,)):
                return self._number(operand)
            case Apply(operator="more", operands=(operand,)):
                return self._within(operand, False)
            case Apply(operator="sign", operands=(operand,)):
                return self._within(operand, True)
            case Apply(operator=operator, operands=(left, right)):
                return Written(self._of_bits(operator, left, right, bits), 0, (1 << bits) - 1)
        raise AssertionError(formula)

    def _compared(self, condition: Formula) -> tuple[str, str] | None:
        """The integers of which a condition says that the first is smaller; None for any other."""
        match condition:
            case Apply(operator="<", operands=(left, right)):
                return self._plain(left), self._plain(right)
            case Apply(operator="s<", operands=(left, right)):
                return self._signed(left), self._signed(right)
        return None

    def _within(self, operand: Formula, is_signed: bool) -> Written:
        """A number as it is, with the bounds that its bits and its parts have."""
        written, bits = self._number(operand), operand.bits
        lo, hi = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)
        if written.lo >= lo and written.hi <= hi:
            return written
        return Written(self._signed(operand) if is_signed else self._plain(operand), lo, hi)

    def _sum(self, operator: str, left: Formula, right: Formula) -> Written:
        one, two = self._number(left), self._number(right)
        text = self._syntax.applied(operator, [one.text, two.text])
        match operator:
            case "+":
                return Written(text, one.lo + two.lo, one.hi + two.hi)
            case "-":
                return Written(text, one.lo - two.hi, one.hi - two.lo)
        corners = [x * y for x in (one.lo, one.hi) for y in (two.lo, two.hi)]
        return Written(text, min(corners), max(corners))

    def _of_bits(self, operator: str, left: Formula, right: Formula, bits: int) -> str:
        """What is done to the bits of numbers, which are not negative; cut to so many. By zero: as SMT-LIB has it."""
        syntax, mask = self._syntax, (1 << bits) - 1
        if operator in ("/s", "%s"):
            one, two = self._signed(left), self._signed(right)
            by_zero = syntax.applied("if", [syntax.applied("<", [one, "0"]), "1", str(mask)])
            none = syntax.applied("=", [two, "0"])
            made = syntax.cut(syntax.divided(operator[0], one, two), bits)
            return syntax.applied("if", [none, by_zero if operator == "/s" else syntax.cut(one, bits), made])
        one, two = self._plain(left), self._plain(right)
        match operator:
            case "/" | "%":
                by_zero = str(mask) if operator == "/" else one
                none = syntax.applied("=", [two, "0"])
                return syntax.applied("if", [none, by_zero, syntax.applied(operator, [one, two])])
            case "<<" | ">>" | ">>s":
                far = syntax.applied("<", [two, str(left.bits)])
                shifted = self._signed(left) if operator == ">>s" else one
                rest = (
                    "0"
                    if operator != ">>s"
                    else syntax.applied("if", [syntax.applied("<", [shifted, "0"]), str(mask), "0"])
                )
                return syntax.applied("if", [far, syntax.cut(syntax.applied(operator[:2], [shifted, two]), bits), rest])
        return syntax.applied(operator, [one, two])

    def _short(self, text: str) -> str:
        if len(text) > _LONGEST:
            problem = f"{self._model}: a condition takes more than {_LONGEST:,} characters"
            raise UsageError("U034", problem, "Give smaller parameters, or simpler steps.")
        return text


def free(name: str, taken: Collection[str]) -> str:
    """A name, or one like it, that is not taken."""
    while name in taken:
        name += "_"
    return name


def plain(name: str) -> str:
    """A name in letters, digits and underscores alone, those of ASCII: `größe` is `gr_e`. It may begin with a digit."""
    return re.sub(r"\W+", "_", name.replace("?", "_there"), flags=re.ASCII).strip("_")


def literal(leaf: Leaf, value: int) -> int:
    """The value of a leaf, from its bits."""
    return signed(value, leaf.bits) if leaf.is_signed else value
