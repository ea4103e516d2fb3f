"""What an expression is worth in a state. Changes nothing itself: helpers and choices are its only side effects."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Generator, Kind
from checker.ir.printer import show_expression
from checker.ir.types import ArrayType, IntType, RecordType, SeqType, SetType, TupleType, Type, Value
from checker.pause import current
from checker.semantics.choices import Choices
from checker.semantics.step import Failure, Impossible, StepFailed

Frame = dict[str, Value]
"""The locals of one function, action or process that have a value; the others hold their type's default."""

UNARY: Mapping[str, Callable[[Any], Value]] = {"not": operator.not_, "-": operator.neg, "abs": abs, "len": len}

BINARY: Mapping[str, Callable[[Any, Any], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "min": min,
    "max": max,
}

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    "in": lambda item, container: item in container,
}


def failed(kind: Kind, message: str, span: Span) -> StepFailed:
    """What to raise when the step fails."""
    return StepFailed(Failure(kind, message, span))


@cache
def all_values(kind: Type) -> Sequence[Value]:
    """All values of a type in rank order. Numbers are not listed: there may be any number of them."""
    return range(kind.lo, kind.hi + 1) if isinstance(kind, IntType) else tuple(kind.values())


@cache
def _set_of_all(kind: Type) -> frozenset[Value]:
    return frozenset(kind.values())


class Evaluator:
    """Evaluates expressions over one state, which `call` (of the class that adds statements) may change."""

    __slots__ = ("choices", "pause", "positions", "state")

    def __init__(self, state: list[Value], positions: Mapping[str, int], choices: Choices) -> None:
        self.state = state
        self.positions = positions
        self.choices = choices
        self.pause = current()

    def call(self, function: str, arguments: Sequence[Value]) -> Value:
        """Run a helper and give what it returns, None if nothing."""
        raise NotImplementedError

    def evaluate(self, expr: Expr, frame: Frame) -> Value:
        """The value of `expr`; StepFailed if it has none, Impossible if the step cannot happen."""
        return _RULES[type(expr)](self, expr, frame)

    def members(self, domain: Expr, frame: Frame) -> Sequence[Value]:
        """What a `for` over `domain` visits, in order."""
        if isinstance(domain, ir.Every):
            return all_values(item_type(domain.type))
        if isinstance(domain, ir.Steps):
            return self._range(domain, frame)
        value = self.evaluate(domain, frame)
        if isinstance(domain.type, SetType):
            return sorted(value, key=domain.type.item.rank)
        assert isinstance(value, tuple)
        return value

    def _const(self, expr: ir.Const, frame: Frame) -> Value:
        return expr.value

    def _local(self, expr: ir.Local, frame: Frame) -> Value:
        try:
            return frame[expr.name]
        except KeyError:  # not given a value yet
            return expr.type.default

    def _variable(self, expr: ir.Variable, frame: Frame) -> Value:
        return self.state[self.positions[expr.name]]

    def _index(self, expr: ir.Index, frame: Frame) -> Value:
        base = self.evaluate(expr.base, frame)
        return base[place(expr, base, self.evaluate(expr.index, frame))]

    def _attribute(self, expr: ir.Attribute, frame: Frame) -> Value:
        return self.evaluate(expr.base, frame)[field_place(expr.base.type, expr.name)]

    def _unary(self, expr: ir.Unary, frame: Frame) -> Value:
        return UNARY[expr.op](self.evaluate(expr.operand, frame))

    def _binary(self, expr: ir.Binary, frame: Frame) -> Value:
        left = self.evaluate(expr.left, frame)
        right = self.evaluate(expr.right, frame)
        if expr.op in ("//", "%") and right == 0:
            raise failed(Kind.EVALUATION, f"division by zero: {source(expr.right)} is 0", expr.span)
        if expr.op in ("<<", ">>") and right < 0:
            raise failed(Kind.EVALUATION, f"shift by a negative number: {source(expr.right)} is {right}", expr.span)
        return BINARY[expr.op](left, right)

    def _compare(self, expr: ir.Compare, frame: Frame) -> Value:
        left = self.evaluate(expr.left, frame)
        if expr.op == "in" and isinstance(expr.right, (ir.Every, ir.Steps)):
            members = self.members(expr.right, frame)
            if isinstance(members, range):  # not listed: it may be long
                return left in members
        right = self.evaluate(expr.right, frame)
        return COMPARE[expr.op](left, right)

    def _bool_op(self, expr: ir.BoolOp, frame: Frame) -> Value:
        decides = expr.op == "or"
        for operand in expr.operands:
            if self.evaluate(operand, frame) is decides:
                return decides
        return not decides

    def _if_else(self, expr: ir.IfElse, frame: Frame) -> Value:
        return self.evaluate(expr.then if self.evaluate(expr.condition, frame) else expr.otherwise, frame)

    def _convert(self, expr: ir.Convert, frame: Frame) -> Value:
        return convert(expr, self.evaluate(expr.operand, frame))

    def _make(self, expr: ir.Make, frame: Frame) -> Value:
        items = [self.evaluate(item, frame) for item in expr.items]
        return frozenset(items) if isinstance(expr.type, SetType) else tuple(items)

    def _replace(self, expr: ir.Replace, frame: Frame) -> Value:
        base = self.evaluate(expr.base, frame)
        return put(base, field_place(expr.base.type, expr.name), self.evaluate(expr.value, frame))

    def _append(self, expr: ir.Append, frame: Frame) -> Value:
        base = self.evaluate(expr.base, frame)
        item = self.evaluate(expr.item, frame)
        assert isinstance(expr.type, SeqType)
        if len(base) == expr.type.capacity:
            problem = f"'{plain(expr.base)}' is full: it holds {_count(len(base), 'item')}, and is a {expr.type}"
            raise failed(Kind.STORE, problem, expr.span)
        return (*base, item)

    def _without(self, expr: ir.Without, frame: Frame) -> Value:
        base = self.evaluate(expr.base, frame)
        gone = _inside(expr, base, self.evaluate(expr.index, frame))
        return base[:gone] + base[gone + 1 :]

    def _every(self, expr: ir.Every, frame: Frame) -> Value:
        return _set_of_all(item_type(expr.type))

    def _range(self, expr: ir.Steps, frame: Frame) -> range:
        start = self.evaluate(expr.start, frame)
        return range(start, self.evaluate(expr.stop, frame), expr.step)

    def _steps(self, expr: ir.Steps, frame: Frame) -> Value:
        return frozenset(self._range(expr, frame))

    def _choose(self, expr: ir.Choose, frame: Frame) -> Value:
        members = self.members(expr.domain, frame)
        if not members:
            raise Impossible
        kind = item_type(expr.domain.type)
        if isinstance(members, range) and members.step < 0:
            members = members[::-1]  # a choice goes by rank, even where a `for` would count down
        return self.choices.take(members, kind)

    def _call(self, expr: ir.Call, frame: Frame) -> Value:
        return self.call(expr.function, [self.evaluate(argument, frame) for argument in expr.arguments])

    def _comprehension(self, expr: ir.Comprehension, frame: Frame) -> Value:
        values = self._rounds(expr, expr.generators, frame)
        match expr.op:
            case "any":
                return any(values)
            case "all":
                return all(values)
            case "sum":
                return sum(values)
            case "set":
                return frozenset(values)
            case "array":
                return tuple(values)
            case "min" | "max":
                found = min(values, default=None) if expr.op == "min" else max(values, default=None)
                if found is None:
                    raise failed(Kind.EVALUATION, f"{expr.op} of nothing", expr.span)
                return found
            case _:
                raise AssertionError(expr.op)

    def _rounds(self, expr: ir.Comprehension, generators: Sequence[Generator], frame: Frame) -> Iterator[Value]:
        """The values of the body, one for each round of the nested generators."""
        if not generators:
            yield self.evaluate(expr.body, frame)
            return
        generator, *inner = generators
        for value in self.members(generator.domain, frame):
            self.pause()
            frame[generator.variable] = value
            if generator.condition is None or self.evaluate(generator.condition, frame):
                yield from self._rounds(expr, inner, frame)


def convert(expr: ir.Convert, value: Value, target: Expr | None = None) -> Value:
    """`value`, that of the operand, if it is in the type; else a failure that names the `target` it was meant for."""
    if not expr.type.contains(value):
        raise failed(expr.kind, _misfit(expr, value, target), expr.span)
    return value


def place(expr: ir.Index, base: Value, index: Value) -> int:
    """Where in the tuple `base`, the value of expr.base, its item number `index` stands."""
    kind = expr.base.type
    if isinstance(kind, SeqType):
        return _inside(expr, base, index)
    if isinstance(kind, ArrayType):
        return kind.index.rank(index)
    assert isinstance(kind, TupleType) and -len(base) <= index < len(base)
    return int(index) % len(base)


def field_place(record: Type, name: str) -> int:
    """Where in the tuple of a record its field `name` stands."""
    assert isinstance(record, RecordType)
    found = record.position(name)
    assert found is not None
    return found


def put(base: Value, at: int, value: Value) -> Value:
    """The tuple `base` with another value at one place."""
    return (*base[:at], value, *base[at + 1 :])


def item_type(domain: Type) -> Type:
    """The type of the members of a set type."""
    assert isinstance(domain, SetType)
    return domain.item


def plain(expr: Expr) -> str:
    """An expression as a message names it: a variable of the state goes without its `self.`"""
    return source(expr).removeprefix("self.")


def source(expr: Expr) -> str:
    """The text of an expression, where a local is called what the model calls it (the front end may write `x'2`)."""
    return re.sub(r"(?<=\w)'\w+", "", show_expression(expr))


def _inside(expr: ir.Index | ir.Without, base: Value, index: int) -> int:
    """The place of item `index` of a sequence, counted from 0, or from the end if negative."""
    if not -len(base) <= index < len(base):
        problem = f"there is no item {index} in '{plain(expr.base)}', which holds {_count(len(base), 'item')}"
        raise failed(Kind.EVALUATION, problem, expr.span)
    return index % len(base)


def _misfit(expr: ir.Convert, value: Value, target: Expr | None) -> str:
    shown = expr.operand.type.show(value)
    if expr.kind is Kind.STORE and target is not None:
        return f"{shown} does not fit in '{plain(target)}', which is {expr.type}"
    if expr.kind is Kind.STORE:
        return f"{shown} does not fit in {expr.type}"
    text = source(expr.operand)
    return f"{shown} is not in {expr.type}" if text == shown else f"{text} is {shown}, which is not in {expr.type}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# The casts to Any that this table hides are sound because each rule stands beside the class it takes.
_RULES: Mapping[type[Expr], Callable[[Evaluator, Any, Frame], Value]] = {
    ir.Const: Evaluator._const,
    ir.Local: Evaluator._local,
    ir.Variable: Evaluator._variable,
    ir.Index: Evaluator._index,
    ir.Attribute: Evaluator._attribute,
    ir.Unary: Evaluator._unary,
    ir.Binary: Evaluator._binary,
    ir.Compare: Evaluator._compare,
    ir.BoolOp: Evaluator._bool_op,
    ir.IfElse: Evaluator._if_else,
    ir.Convert: Evaluator._convert,
    ir.Make: Evaluator._make,
    ir.Replace: Evaluator._replace,
    ir.Append: Evaluator._append,
    ir.Without: Evaluator._without,
    ir.Every: Evaluator._every,
    ir.Steps: Evaluator._steps,
    ir.Choose: Evaluator._choose,
    ir.Call: Evaluator._call,
    ir.Comprehension: Evaluator._comprehension,
}
