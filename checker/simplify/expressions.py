"""Rewrite expressions into simpler ones of the same value, given what is known where they are evaluated.

The rules: what has one possible value is that value; what decides a condition ends it; a check that cannot fail is
none; a conversion goes as far in as it can; a loop of one round is its body; a helper that is one small expression is
that expression. What can fail, chooses or changes something is evaluated as before, in the same order: it is never left
out, added or moved. A message quotes the source of what failed, so what it quotes keeps its text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import assert_never

from checker.ir import nodes as ir
from checker.ir.analysis import can_fail
from checker.ir.nodes import Expr
from checker.ir.printer import show_expression
from checker.ir.traverse import children, walk_expressions
from checker.ir.types import ArrayType, SeqType, SetType, is_scalar
from checker.semantics.choices import Script
from checker.semantics.expressions import Evaluator
from checker.simplify.facts import Facts, size

_ROUNDS = 1024
"""Rounds of comprehensions up to which one without variables is worked out at once."""

SMALL = 16
"""Nodes of a helper's only expression up to which it takes the place of a call."""

_SIMPLE = 3
"""Nodes of an argument that may be written more than once."""


@dataclass(frozen=True, slots=True)
class Inline:
    """A helper that is one expression, which cannot fail and calls nothing."""

    parameters: tuple[str, ...]
    result: Expr


class Expressions:
    """Rewrites the expressions of one function or process, in the order in which they are evaluated. `facts` is what is
    known there; evaluating an expression adds to it, and takes from it."""

    def __init__(self, facts: Facts, inlines: Mapping[str, Inline]) -> None:
        self.facts = facts
        self.looks = facts.looks
        self.inlines = inlines

    def rewrite(self, expr: Expr, verbatim: bool = False) -> Expr:
        """The simpler expression. `verbatim`: its text must stay, so that only checks are taken out of it."""
        inlined = isinstance(expr, ir.Call) and expr.function in self.inlines and not verbatim
        before = self.facts.copy() if inlined else None
        new = self._within(expr, verbatim)
        if before is not None and isinstance(new, ir.Call):
            shorter = self._inlined(new)
            if shorter is not None:
                self.facts.become(before)  # in which arguments have not been evaluated: a check in them is one still
                return self.rewrite(shorter)
        if not verbatim:
            new = self._folded(new)
        match new:
            case ir.Call(function=function):
                self.facts.forget(self.looks.changes[function])
            case ir.Convert(operand=operand, checked=True) if is_scalar(operand.type):
                self.facts.restrict(operand, self.facts.possible(new))  # it has not failed
        return new

    def quoted(self, expr: Expr, verbatim: bool = False) -> Expr:
        """The simpler expression where a message may quote it."""
        known = self.facts.copy()
        new = self.rewrite(expr, verbatim)
        if verbatim or show_expression(new) == show_expression(expr):
            return new
        self.facts.become(known)
        return self.rewrite(expr, verbatim=True)

    # -- what stands inside --------------------------------------------------------------------------------------------

    def _within(self, expr: Expr, verbatim: bool) -> Expr:
        """The same expression over simpler ones."""

        def simpler(inner: Expr) -> Expr:
            return self.rewrite(inner, verbatim)

        def quoted(inner: Expr) -> Expr:
            return self.quoted(inner, verbatim)

        match expr:
            case ir.Const() | ir.Local() | ir.Variable() | ir.Every():
                return expr
            case ir.Index(base=base, index=index):
                first = quoted(base) if isinstance(base.type, SeqType) else simpler(base)
                return replace(expr, base=first, index=simpler(index))
            case ir.Attribute(base=base):
                return replace(expr, base=simpler(base))
            case ir.Unary(operand=operand):
                return replace(expr, operand=simpler(operand))
            case ir.Binary(left=left, right=right):
                first = simpler(left)
                return replace(expr, left=first, right=quoted(right) if can_fail(expr) else simpler(right))
            case ir.Compare(left=left, right=right):
                first = simpler(left)
                return replace(expr, left=first, right=simpler(right))
            case ir.BoolOp():
                return self._bool_op(expr, simpler)
            case ir.IfElse():
                return self._if_else(expr, simpler)
            case ir.Convert():
                return self._convert(expr, verbatim)
            case ir.Make(items=items):
                return replace(expr, items=tuple(map(simpler, items)))
            case ir.Replace(base=base, value=value):
                first = simpler(base)
                return replace(expr, base=first, value=simpler(value))
            case ir.Append(base=base, item=item):
                first = quoted(base)
                return replace(expr, base=first, item=simpler(item))
            case ir.Without(base=base, index=index):
                first = quoted(base)
                return replace(expr, base=first, index=simpler(index))
            case ir.Steps(start=start, stop=stop):
                first = simpler(start)
                return replace(expr, start=first, stop=simpler(stop))
            case ir.Comprehension():
                return self._comprehension(expr, simpler)
            case ir.Choose(domain=domain):
                return replace(expr, domain=simpler(domain))
            case ir.Call(arguments=arguments):
                return replace(expr, arguments=tuple(map(simpler, arguments)))
            case _:
                assert_never(expr)

    def _bool_op(self, expr: ir.BoolOp, simpler: Callable[[Expr], Expr]) -> Expr:
        """Each operand is evaluated only where those before it have not decided."""
        first, *rest = expr.operands
        operands = [simpler(first)]
        after = self.facts.copy()
        for operand in rest:
            self.facts.assume(operands[-1], expr.op == "and")
            operands.append(simpler(operand))
            after.forget(self.looks.changed_by(operand))
        self.facts.become(after)
        return replace(expr, operands=tuple(operands))

    def _if_else(self, expr: ir.IfElse, simpler: Callable[[Expr], Expr]) -> Expr:
        condition = simpler(expr.condition)
        other = self.facts.copy()
        self.facts.assume(condition, True)
        then, after_then = simpler(expr.then), self.facts.copy()
        self.facts.become(other)
        self.facts.assume(condition, False)
        otherwise = simpler(expr.otherwise)
        self.facts.meet(after_then)
        return replace(expr, condition=condition, then=then, otherwise=otherwise)

    def _convert(self, expr: ir.Convert, verbatim: bool) -> Expr:
        if not expr.checked:
            return replace(expr, operand=self.rewrite(expr.operand, verbatim))
        known = self.facts.copy()
        operand = self.rewrite(expr.operand, verbatim)
        new = replace(expr, operand=operand)
        if self._fits(new):
            return replace(new, checked=False)
        if verbatim or show_expression(operand) == show_expression(expr.operand):
            return new
        self.facts.become(known)
        return replace(expr, operand=self.rewrite(expr.operand, verbatim=True))

    def _fits(self, expr: ir.Convert) -> bool:
        values = self.facts.possible(expr.operand)
        return values is not None and all(map(expr.type.contains, values))

    def _comprehension(self, expr: ir.Comprehension, simpler: Callable[[Expr], Expr]) -> Expr:
        """Rounds come after one another: what one may change is not known in any."""
        changed = self.looks.changed_by(expr) | {generator.variable for generator in expr.generators}
        self.facts.forget(changed)
        after = self.facts.copy()
        generators = []
        for generator in expr.generators:
            domain = simpler(generator.domain)
            self.facts.forget(changed)
            condition = None if generator.condition is None else simpler(generator.condition)
            if condition is not None:
                self.facts.assume(condition, True)
            generators.append(replace(generator, domain=domain, condition=condition))
        body = simpler(expr.body)
        self.facts.become(after)
        return replace(expr, generators=tuple(generators), body=body)

    # -- what an expression is on the whole ----------------------------------------------------------------------------

    def _folded(self, expr: Expr) -> Expr:
        """A simpler expression for one whose parts are simple."""
        if isinstance(expr, (ir.Const, ir.Every, ir.Steps)):
            return expr
        if self.looks.is_free(expr):
            values = self.facts.possible(expr)
            if values is not None and len(values) == 1:
                return ir.Const(expr.span, expr.type, next(iter(values)))
            if _is_closed(expr):
                return ir.Const(expr.span, expr.type, Evaluator([], {}, Script(())).evaluate(expr, {}))
        match expr:
            case ir.BoolOp():
                return self._short(expr)
            case ir.IfElse(condition=ir.Const(value=value)):
                return expr.then if value else expr.otherwise
            case ir.Unary(op="not", operand=ir.Unary(op="not", operand=operand)):
                return operand
            case ir.Convert():
                return self._converted(expr)
            case ir.Comprehension():
                return self._one_round(expr)
        return expr

    def _converted(self, expr: ir.Convert) -> Expr:
        """A conversion, as far in as it can go."""
        operand = expr.operand
        if operand.type == expr.type:
            return operand
        if expr.checked:
            return expr
        if isinstance(expr.type, (ArrayType, SeqType)) and isinstance(operand, ir.Make):
            alike = all(item.type == expr.type.item for item in operand.items)
            return replace(operand, type=expr.type) if alike else expr
        if not (is_scalar(operand.type) and is_scalar(expr.type)):
            return expr
        match operand:
            case ir.Convert(checked=False, operand=inner) if is_scalar(inner.type):
                return self._converted(replace(expr, operand=inner))
            case ir.IfElse(then=then, otherwise=otherwise):
                sides = [self._folded(replace(expr, operand=each)) for each in (then, otherwise)]
                return ir.IfElse(operand.span, expr.type, operand.condition, *sides)
        return expr

    def _one_round(self, expr: ir.Comprehension) -> Expr:
        """A comprehension with one round is its body, with the member in the place of the variable."""
        if len(expr.generators) != 1 or expr.op in ("sum", "min", "max"):
            return expr
        (generator,) = expr.generators
        member = self.only(generator)
        parts = [expr.body] if generator.condition is None else [generator.condition, expr.body]
        uses = sum(uses_of(part, generator.variable) for part in parts)
        if member is None or (uses > 1 and size(member) > _SIMPLE) or not all(map(self.looks.is_free, parts)):
            return expr
        body = self._put(expr.body, generator.variable, member)
        if generator.condition is None:
            if isinstance(expr.type, (SetType, ArrayType)):
                return ir.Make(expr.span, expr.type, (body,))
            return body
        condition = self._put(generator.condition, generator.variable, member)
        match expr.op:
            case "any":
                return self._folded(ir.BoolOp(expr.span, expr.type, "and", (condition, body)))
            case "all":
                negated = self._folded(ir.Unary(expr.span, expr.type, "not", condition))
                return self._folded(ir.BoolOp(expr.span, expr.type, "or", (negated, body)))
        return expr

    def _inlined(self, expr: ir.Call) -> Expr | None:
        """The one small expression that the helper is, if arguments are evaluated once there where that matters."""
        helper = self.inlines[expr.function]
        given = list(zip(helper.parameters, expr.arguments, strict=True))
        fallible = [(name, argument) for name, argument in given if not self.looks.is_free(argument)]
        if len(fallible) > 1:
            return None
        for name, argument in fallible:
            apart = any(isinstance(each, (ir.Call, ir.Choose)) for each in walk_expressions(argument))
            if apart or not _always_once(helper.result, name):
                return None
        if any(size(argument) > _SIMPLE and uses_of(helper.result, name) > 1 for name, argument in given):
            return None
        return _substituted(helper.result, dict(given))

    def _short(self, expr: ir.BoolOp) -> Expr:
        """Without operands that do not matter."""
        decides = expr.op == "or"
        operands: list[Expr] = []
        for operand in expr.operands:
            inner = operand.operands if isinstance(operand, ir.BoolOp) and operand.op == expr.op else (operand,)
            operands.extend(each for each in inner if not (isinstance(each, ir.Const) and each.value is not decides))
        for at, operand in enumerate(operands):
            if isinstance(operand, ir.Const):  # it decides
                operands = [operand] if all(map(self.looks.is_free, operands[:at])) else operands[: at + 1]
                break
        if not operands:
            return ir.Const(expr.span, expr.type, not decides)
        return operands[0] if len(operands) == 1 else replace(expr, operands=tuple(operands))

    def only(self, generator: ir.Generator) -> Expr | None:
        """The one member that a loop visits, if there is just one and it can be evaluated anywhere."""
        domain, kind = generator.domain, generator.variable_type
        match domain:
            case ir.Every() if kind.size == 1:
                return ir.Const(domain.span, kind, kind.unrank(0))
            case ir.Const(value=(one,)):
                return ir.Const(domain.span, kind, one)
            case ir.Const(type=SetType(), value=value) if len(value) == 1:
                return ir.Const(domain.span, kind, next(iter(value)))
            case ir.Make(items=(item,)) if self.looks.is_free(item) and item.type == kind:
                return item
        return None

    def _put(self, expr: Expr, variable: str, member: Expr) -> Expr:
        """An expression with another in the place of a local, simplified anew."""
        return self.rewrite(_substituted(expr, {variable: member}))


def _is_closed(expr: Expr) -> bool:
    """Whether an expression mentions nothing but constants, and is quick to work out."""
    bound: set[str] = set()
    rounds = 1
    for each in walk_expressions(expr):
        if isinstance(each, ir.Variable):
            return False
        if isinstance(each, ir.Comprehension):
            bound |= {generator.variable for generator in each.generators}
            rounds *= prod(generator.variable_type.size for generator in each.generators)
        if isinstance(each, ir.Every):
            rounds *= max(1, each.type.item.size if isinstance(each.type, SetType) else 1)
    names = {each.name for each in walk_expressions(expr) if isinstance(each, ir.Local)}
    return rounds <= _ROUNDS and names <= bound


def uses_of(expr: Expr, name: str) -> int:
    """How often a local is mentioned."""
    return sum(isinstance(each, ir.Local) and each.name == name for each in walk_expressions(expr))


def _always_once(expr: Expr, name: str) -> bool:
    """Whether evaluating an expression evaluates this local once, whatever happens."""
    if uses_of(expr, name) != 1:
        return False
    while not isinstance(expr, ir.Local):
        inside = next(child for child in children(expr) if uses_of(child, name))
        conditional = isinstance(expr, (ir.BoolOp, ir.IfElse)) and inside is not next(children(expr))
        if conditional or isinstance(expr, ir.Comprehension):
            return False
        expr = inside
    return True


def _substituted(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """An expression with others in the place of locals."""
    if isinstance(expr, ir.Local):
        return values.get(expr.name, expr)
    return _mapped(expr, lambda child: _substituted(child, values))


def _mapped(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """An expression with what `change` makes of the expressions directly inside it."""

    def each(several: Sequence[Expr]) -> tuple[Expr, ...]:
        return tuple(map(change, several))

    match expr:
        case ir.Const() | ir.Local() | ir.Variable() | ir.Every():
            return expr
        case ir.Index(base=base, index=index) | ir.Without(base=base, index=index):
            return replace(expr, base=change(base), index=change(index))
        case ir.Attribute(base=base):
            return replace(expr, base=change(base))
        case ir.Unary(operand=operand) | ir.Convert(operand=operand):
            return replace(expr, operand=change(operand))
        case ir.Binary(left=left, right=right) | ir.Compare(left=left, right=right):
            return replace(expr, left=change(left), right=change(right))
        case ir.BoolOp(operands=operands):
            return replace(expr, operands=each(operands))
        case ir.IfElse(condition=condition, then=then, otherwise=otherwise):
            return replace(expr, condition=change(condition), then=change(then), otherwise=change(otherwise))
        case ir.Make(items=items):
            return replace(expr, items=each(items))
        case ir.Replace(base=base, value=value):
            return replace(expr, base=change(base), value=change(value))
        case ir.Append(base=base, item=item):
            return replace(expr, base=change(base), item=change(item))
        case ir.Steps(start=start, stop=stop):
            return replace(expr, start=change(start), stop=change(stop))
        case ir.Choose(domain=domain):
            return replace(expr, domain=change(domain))
        case ir.Call(arguments=arguments):
            return replace(expr, arguments=each(arguments))
        case ir.Comprehension(generators=generators, body=body):
            made = tuple(
                replace(g, domain=change(g.domain), condition=None if g.condition is None else change(g.condition))
                for g in generators
            )
            return replace(expr, generators=made, body=change(body))
        case _:
            assert_never(expr)
