"""What is known of values at one place in a program: for an expression, the values that it can have there.

A fact is about a *place*: an expression that has the same value whenever it is evaluated, until something that it
mentions changes. Conversions are left out of places, since they never change a value. Knows neither control flow nor
what to do with a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from checker.ir import nodes as ir
from checker.ir.analysis import can_fail
from checker.ir.nodes import Expr
from checker.ir.traverse import children
from checker.ir.types import SetType, TupleType, Type, Value, is_scalar
from checker.semantics.expressions import BINARY, COMPARE, UNARY

Values = frozenset[Value] | None
"""The values that are possible; None where nothing is known but the type."""

LARGEST = 1024
"""Values of a type up to which it is known which are possible."""

_PAIRS = 4096
"""Pairs of values up to which an operator is tried with each."""

_BOTH = frozenset({False, True})


@cache
def everything(kind: Type) -> Values:
    """All values of a scalar type, unless these are many."""
    return frozenset(kind.values()) if is_scalar(kind) and 0 < kind.size <= LARGEST else None


class Looks:
    """What can be said of an expression by itself, remembered for each. `changes` names the variables that each helper
    may change, `returns` the values that it may give."""

    def __init__(self, changes: Mapping[str, frozenset[str]], returns: Mapping[str, Values]) -> None:
        self.changes, self.returns = changes, returns
        self.mentions: dict[str, frozenset[str]] = {}
        self._places: dict[int, tuple[Expr, str | None]] = {}
        self._changed: dict[int, tuple[Expr, frozenset[str]]] = {}
        self._free: dict[int, tuple[Expr, bool]] = {}

    def place(self, expr: Expr) -> str | None:
        """What tells the expression from others, if it is a place: its text, since names are unique and types follow.
        Names of locals and variables in it stand in `mentions`."""
        found = self._places.get(id(expr))
        if found is None:
            found = self._places[id(expr)] = (expr, self._place(expr))
        return found[1]

    def _place(self, expr: Expr) -> str | None:
        match expr:
            case ir.Local(name=name):
                self.mentions[name] = frozenset({name})
                return name
            case ir.Variable(name=name):
                self.mentions[f"self.{name}"] = frozenset({name})
                return f"self.{name}"
            case ir.Const(value=value):
                return self._made(repr(value))
            case ir.Convert(operand=operand):
                return self.place(operand)
            case ir.Attribute(base=base, name=name):
                return self._made("{}." + name, base)
            case ir.Unary(operand=operand, op=op):
                return self._made(op + "({})", operand)
            case ir.Index(base=base, index=index):
                return self._made("{}[{}]", base, index)
            case ir.Binary(left=left, right=right, op=op) | ir.Compare(left=left, right=right, op=op):
                return self._made(f"({{}} {op} {{}})", left, right)
        return None

    def _made(self, form: str, *parts: Expr) -> str | None:
        found = [self.place(part) for part in parts]
        texts = [text for text in found if text is not None]
        if len(texts) < len(parts):
            return None
        text = form.format(*texts) if parts else form
        self.mentions[text] = frozenset().union(*(self.mentions[each] for each in texts))
        return text

    def changed_by(self, expr: Expr) -> frozenset[str]:
        """The variables that evaluating an expression may change, by calls."""
        found = self._changed.get(id(expr))
        if found is None:
            own = self.changes[expr.function] if isinstance(expr, ir.Call) else frozenset[str]()
            found = self._changed[id(expr)] = (expr, own.union(*map(self.changed_by, children(expr))))
        return found[1]

    def is_free(self, expr: Expr) -> bool:
        """Whether it does not matter whether and when an expression is evaluated: it cannot fail, chooses and calls
        nothing."""
        found = self._free.get(id(expr))
        if found is None:
            own = not isinstance(expr, (ir.Call, ir.Choose)) and not can_fail(expr)
            found = self._free[id(expr)] = (expr, own and all(map(self.is_free, children(expr))))
        return found[1]


@dataclass
class Facts:
    """Facts where a walk through a program has come to. `dead`: nothing comes here, since all has returned or left a
    loop."""

    looks: Looks
    known: dict[str, frozenset[Value]] = field(default_factory=dict)
    dead: bool = False

    def copy(self) -> Facts:
        """The same facts, to go another way with."""
        return replace(self, known=dict(self.known))

    def become(self, other: Facts) -> None:
        """Go on with these."""
        self.known, self.dead = other.known, other.dead

    def meet(self, other: Facts) -> None:
        """Where two ways meet only what both know is known."""
        if other.dead:
            return
        if self.dead:
            self.become(other)
            return
        both = self.known.keys() & other.known.keys()
        self.known = {place: self.known[place] | other.known[place] for place in both}

    def forget(self, names: Iterable[str]) -> None:
        """These locals and variables may have changed."""
        changed = frozenset(names)
        if changed:
            mentions = self.looks.mentions
            self.known = {place: each for place, each in self.known.items() if changed.isdisjoint(mentions[place])}

    # -- what is possible ----------------------------------------------------------------------------------------------

    def possible(self, expr: Expr) -> Values:
        """The values that a scalar expression can have here, none of them if it has no value. Where something in it
        changes what is known, only types tell."""
        if not is_scalar(expr.type):
            return None
        if self.known and self.looks.changed_by(expr):
            return replace(self, known={}).possible(expr)
        found = self._by_parts(expr)
        found = everything(expr.type) if found is None else found
        place = self.looks.place(expr)
        known = None if place is None else self.known.get(place)
        if known is None or found is None:
            return found if known is None else frozenset(each for each in known if expr.type.contains(each))
        return found & known

    def _by_parts(self, expr: Expr) -> Values:
        """What follows from the values of its parts."""
        match expr:
            case ir.Const(value=value):
                return frozenset({value})
            case ir.Convert(operand=operand, type=kind):
                values = self.possible(operand)
                return None if values is None else frozenset(each for each in values if kind.contains(each))
            case ir.Unary(op="not" | "-" | "abs" as op, operand=operand):
                values = self.possible(operand)
                return None if values is None else frozenset(map(UNARY[op], values))
            case ir.Binary():
                return self._binary(expr)
            case ir.Compare():
                return frozenset(truth for truth in _BOTH if self._sides(expr, truth) is not _NEVER)
            case ir.BoolOp(op=op, operands=operands):
                return self._joined(op == "or", [self.possible(each) for each in operands])
            case ir.IfElse(then=then, otherwise=otherwise):
                first, second = self.possible(then), self.possible(otherwise)
                return None if first is None or second is None else first | second
            case ir.Call(function=function):
                return self.looks.returns.get(function)
        return None

    @staticmethod
    def _joined(decides: bool, found: list[Values]) -> Values:
        """The values of `and` or `or` over operands of these values; `decides` is what ends it."""
        if any(each == frozenset({decides}) for each in found):
            return frozenset({decides})
        return frozenset({not decides}) if all(each == frozenset({not decides}) for each in found) else _BOTH

    def _binary(self, expr: ir.Binary) -> Values:
        left, right = self.possible(expr.left), self.possible(expr.right)
        if left is None or right is None or len(left) * len(right) > _PAIRS:
            return None
        if expr.op in ("//", "%"):
            right -= {0}
        if expr.op in ("<<", ">>"):
            right = frozenset(each for each in right if each >= 0)
        return frozenset(BINARY[expr.op](one, other) for one in left for other in right)

    def _sides(self, expr: ir.Compare, truth: bool) -> tuple[Values, Values]:
        """The values of both sides with which a comparison can come out like this."""
        left, compare = self.possible(expr.left), COMPARE[expr.op]
        if left is None:
            return None, None
        if isinstance(expr.right.type, (SetType, TupleType)):
            if expr.op != "in" or not isinstance(expr.right, ir.Const):
                return None, None
            there = frozenset(each for each in left if compare(each, expr.right.value) is truth)
            return (there, None) if there else _NEVER
        right = self.possible(expr.right)
        if right is None or len(left) * len(right) > _PAIRS:
            return None, None
        pairs = [(one, other) for one in left for other in right if compare(one, other) is truth]
        return (frozenset(one for one, _ in pairs), frozenset(other for _, other in pairs)) if pairs else _NEVER

    # -- what becomes known --------------------------------------------------------------------------------------------

    def assume(self, condition: Expr, truth: bool) -> None:
        """The condition has just been evaluated and came out like this."""
        if self.looks.changed_by(condition):
            return
        match condition:
            case ir.Unary(op="not", operand=operand):
                self.assume(operand, not truth)
            case ir.BoolOp(op=op, operands=operands) if (op == "and") is truth:
                for each in operands:
                    self.assume(each, truth)
            case ir.Compare(left=left, right=right) if is_scalar(left.type):
                one, other = self._sides(condition, truth)
                self.restrict(left, one)
                self.restrict(right, other)
        self.restrict(condition, frozenset({truth}))

    def restrict(self, expr: Expr, values: Values) -> None:
        """An expression has one of these values. If it cannot, nothing comes here, and nothing needs to be known."""
        place = self.looks.place(expr)
        if place is None or not self.looks.mentions[place] or values is None or self.looks.changed_by(expr):
            return
        before = self.possible(expr)
        now = values if before is None else before & values
        if now:
            self.known[place] = now


_NEVER: tuple[Values, Values] = (frozenset(), frozenset())


def size(expr: Expr) -> int:
    """How many nodes an expression has."""
    return 1 + sum(map(size, children(expr)))
