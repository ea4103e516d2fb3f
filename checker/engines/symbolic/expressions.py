"""What an expression is worth, over all states at once: the twin of the interpreter's, with terms for values.

An operand that is evaluated only under some condition is evaluated on a path with that condition: what fails there,
fails only then. On a path that is known never to be taken nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import z3

from checker.engines.symbolic import terms, values
from checker.engines.symbolic.run import Choice, Frame, SymbolicRun
from checker.engines.symbolic.terms import Bool, Num, and_, not_, or_
from checker.engines.symbolic.values import Items, Symbolic
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Generator, Kind
from checker.ir.types import ArrayType, IntType, SeqType, SetType, TupleType, Type
from checker.pause import pause

Round = tuple[Bool, Symbolic]  # whether a loop visits it, and what


class Evaluator:
    """Evaluates expressions in one run, which `call` (of the class that adds statements) may change."""

    def __init__(self, run: SymbolicRun, positions: Mapping[str, int]) -> None:
        self.run = run
        self.positions = positions

    def default(self, kind: Type) -> Symbolic:
        """The value that a variable of this type starts with."""
        return values.default(kind)

    def call(self, function: str, arguments: Sequence[Symbolic]) -> Symbolic:
        """Run a helper and give what it returns."""
        raise NotImplementedError

    def evaluate(self, expr: Expr, frame: Frame) -> Symbolic:
        """The value of `expr`; the run loses the path on which it has none."""
        return _RULES[type(expr)](self, expr, frame)

    def under(self, condition: Bool, expr: Expr, frame: Frame) -> Symbolic:
        """The value of an expression that is evaluated only where a condition is true; anything elsewhere."""
        if condition is True:
            return self.evaluate(expr, frame)
        base, known = self.run.path, len(self.run.losses)
        self.run.path = base.along(condition)
        if self.run.path.dead:
            self.run.path = base
            return self.default(expr.type)
        value = self.evaluate(expr, frame)
        self.run.after(base, known)
        return value

    def rounds(self, domain: Expr, frame: Frame) -> list[Round]:
        """What a `for` over `domain` may visit, in order, and whether it does."""
        kind = domain.type
        if isinstance(domain, ir.Every):
            item = _item_type(kind)
            return [(True, values.constant(item, value)) for value in item.values()]
        if isinstance(domain, ir.Steps):
            return self._steps_rounds(domain, frame)
        value = self.evaluate(domain, frame)
        match kind:
            case SetType(item=item):
                bits = zip(value, values.members(kind), strict=True)
                return [(bit, values.constant(item, member)) for bit, member in bits if bit is not False]
            case SeqType():
                found = [(values.beyond(value.length, place), part) for place, part in enumerate(value.items)]
                return [each for each in found if each[0] is not False]
            case _:
                return [(True, part) for part in value]

    def _steps_rounds(self, domain: ir.Steps, frame: Frame) -> list[Round]:
        kind = _item_type(domain.type)
        start = self.evaluate(domain.start, frame)
        stop = self.evaluate(domain.stop, frame)
        if not kind.size:
            return []
        lo, hi = values.codes(kind)
        numbers = range(lo, hi + 1) if domain.step > 0 else range(hi, lo - 1, -1)
        found = [(_in_range(number, start, stop, domain.step), number) for number in numbers]
        return [each for each in found if each[0] is not False]

    def _const(self, expr: ir.Const, frame: Frame) -> Symbolic:
        return values.constant(expr.type, expr.value)

    def _local(self, expr: ir.Local, frame: Frame) -> Symbolic:
        return frame[expr.name] if expr.name in frame else self.default(expr.type)

    def _variable(self, expr: ir.Variable, frame: Frame) -> Symbolic:
        return self.run.state[self.positions[expr.name]]

    def _index(self, expr: ir.Index, frame: Frame) -> Symbolic:
        base = self.evaluate(expr.base, frame)
        return self.item(expr, base, self.evaluate(expr.index, frame))

    def item(self, expr: ir.Index, base: Symbolic, index: Symbolic) -> Symbolic:
        """base[index]."""
        places = self.places(expr, base, index)
        items = base.items if isinstance(base, Items) else base
        found = [(here, items[place]) for place, here in places]
        return values.select(found) if found else values.default(expr.type)

    def places(self, expr: ir.Index | ir.Without, base: Symbolic, index: Symbolic) -> list[tuple[int, Bool]]:
        """Which item of `base` its item `index` may be, and when; the run loses the path on which there is none."""
        match expr.base.type:
            case ArrayType(index=kind):
                found = [(place, values.is_value(kind, index, value)) for place, value in enumerate(kind.values())]
                return [each for each in found if each[1] is not False]
            case SeqType():
                low = terms.less_equal(terms.negate(base.length), index)
                self.run.expect(and_(low, terms.less(index, base.length)), Kind.EVALUATION, expr.span)
                from_front = terms.if_num(terms.less(index, 0), terms.add(index, base.length), index)
                found = [(place, terms.equal(from_front, place)) for place in range(len(base.items))]
                return [each for each in found if each[1] is not False]
            case TupleType(parts=parts):
                assert isinstance(index, int)
                return [(index % len(parts), True)]
        raise AssertionError(expr.base.type)

    def _attribute(self, expr: ir.Attribute, frame: Frame) -> Symbolic:
        return self.evaluate(expr.base, frame)[field_place(expr.base.type, expr.name)]

    def _unary(self, expr: ir.Unary, frame: Frame) -> Symbolic:
        operand = self.evaluate(expr.operand, frame)
        match expr.op:
            case "not":
                return not_(operand)
            case "-":
                return terms.negate(operand)
            case "abs":
                return terms.absolute(operand)
            case "len":
                return operand.length if isinstance(operand, Items) else terms.count(operand)
        raise AssertionError(expr.op)

    def _binary(self, expr: ir.Binary, frame: Frame) -> Symbolic:
        left = self.evaluate(expr.left, frame)
        right = self.evaluate(expr.right, frame)
        if isinstance(expr.type, SetType):
            return tuple(_SETS[expr.op](one, other) for one, other in zip(left, right, strict=True))
        if expr.op in ("//", "%"):
            self.run.expect(not_(terms.equal(right, 0)), Kind.EVALUATION, expr.span)
        if expr.op in ("<<", ">>"):
            self.run.expect(terms.less_equal(0, right), Kind.EVALUATION, expr.span)
        assert isinstance(expr.type, IntType)
        if expr.op == "<<":
            return terms.shift_left(left, right, expr.type.lo, expr.type.hi)
        if expr.op in ("&", "|", "^"):
            return terms.bitwise(expr.op, left, right)
        return _NUMBERS[expr.op](left, right)

    def _compare(self, expr: ir.Compare, frame: Frame) -> Symbolic:
        left = self.evaluate(expr.left, frame)
        right = self.evaluate(expr.right, frame)
        match expr.op:
            case "==":
                return values.equal(left, right)
            case "!=":
                return not_(values.equal(left, right))
            case "in":
                return _holds(expr.right.type, right, left)
        if isinstance(expr.left.type, SetType):
            subset = and_(*(or_(not_(one), other) for one, other in zip(left, right, strict=True)))
            return subset if expr.op == "<=" else and_(subset, not_(values.equal(left, right)))
        left, right = _as_number(left), _as_number(right)
        return terms.less(left, right) if expr.op == "<" else terms.less_equal(left, right)

    def _bool_op(self, expr: ir.BoolOp, frame: Frame) -> Symbolic:
        found: list[Bool] = []
        for operand in expr.operands:
            so_far = and_(*found) if expr.op == "and" else not_(or_(*found))
            if so_far is False:
                break
            found.append(self.under(so_far, operand, frame))
        return and_(*found) if expr.op == "and" else or_(*found)

    def _if_else(self, expr: ir.IfElse, frame: Frame) -> Symbolic:
        condition = self.evaluate(expr.condition, frame)
        if isinstance(condition, bool):
            return self.evaluate(expr.then if condition else expr.otherwise, frame)
        then = self.under(condition, expr.then, frame)
        return values.merge(condition, then, self.under(not_(condition), expr.otherwise, frame))

    def _convert(self, expr: ir.Convert, frame: Frame) -> Symbolic:
        value, fits = values.convert(expr.operand.type, expr.type, self.evaluate(expr.operand, frame))
        if expr.checked:
            self.run.expect(fits, expr.kind, expr.span)
        return value

    def _make(self, expr: ir.Make, frame: Frame) -> Symbolic:
        items = [self.evaluate(item, frame) for item in expr.items]
        match expr.type:
            case SetType() as kind:
                return self._set_of(kind, [(True, item) for item in items])
            case SeqType(item=item, capacity=capacity):
                assert len(items) <= capacity
                return Items(len(items), (*items, *[values.default(item)] * (capacity - len(items))))
            case _:
                return tuple(items)

    def _set_of(self, kind: SetType, items: Sequence[Round]) -> Symbolic:
        return tuple(
            or_(*(and_(there, values.is_value(kind.item, item, member)) for there, item in items))
            for member in values.members(kind)
        )

    def _replace(self, expr: ir.Replace, frame: Frame) -> Symbolic:
        base = self.evaluate(expr.base, frame)
        place = field_place(expr.base.type, expr.name)
        return (*base[:place], self.evaluate(expr.value, frame), *base[place + 1 :])

    def _append(self, expr: ir.Append, frame: Frame) -> Symbolic:
        base: Items = self.evaluate(expr.base, frame)
        item = self.evaluate(expr.item, frame)
        capacity = len(base.items)
        self.run.expect(terms.less(base.length, capacity), Kind.STORE, expr.span)
        items = [values.merge(terms.equal(base.length, at), item, part) for at, part in enumerate(base.items)]
        return Items(terms.least(terms.add(base.length, 1), capacity), tuple(items))

    def _without(self, expr: ir.Without, frame: Frame) -> Symbolic:
        base: Items = self.evaluate(expr.base, frame)
        places = dict(self.places(expr, base, self.evaluate(expr.index, frame)))
        assert isinstance(expr.base.type, SeqType)
        items, gone = [], False
        following = (*base.items[1:], values.default(expr.base.type.item))
        for at, (part, after) in enumerate(zip(base.items, following, strict=True)):
            gone = or_(gone, places.get(at, False))
            items.append(values.merge(gone, after, part))
        return Items(terms.greatest(terms.subtract(base.length, 1), 0), tuple(items))

    def _every(self, expr: ir.Every, frame: Frame) -> Symbolic:
        assert isinstance(expr.type, SetType)
        return (True,) * expr.type.item.size

    def _steps(self, expr: ir.Steps, frame: Frame) -> Symbolic:
        assert isinstance(expr.type, SetType)
        found = {value: there for there, value in self._steps_rounds(expr, frame)}
        return tuple(found.get(member, False) for member in values.members(expr.type))

    def _choose(self, expr: ir.Choose, frame: Frame) -> Symbolic:
        kind = _item_type(expr.domain.type)
        if isinstance(expr.domain, ir.Every) and kind.size > 1:  # there may be too many members to name each
            when, value = self.run.path, self._free(kind)
            self.run.require(values.belongs(kind, value))
            self.run.choices.append(Choice(when.term, kind, value))
            return value
        rounds = self.rounds(expr.domain, frame)
        if not rounds:
            self.run.require(False)
            return values.default(kind)
        when = self.run.path
        known = [value for there, value in rounds if there is True]
        value = known[0] if len(known) == len(rounds) == 1 else self._free(kind)
        self.run.require(or_(*(self._is(value, member, there) for there, member in rounds)))
        self.run.choices.append(Choice(when.term, kind, value))
        return value

    @staticmethod
    def _is(value: Symbolic, member: Symbolic, there: Bool) -> Bool:
        pause()
        return and_(there, values.equal(value, member))

    def _free(self, kind: Type) -> Symbolic:
        """A variable for a choice. Steps exclude each other, so that all of them may use the same ones."""
        return values.free(kind, f"{self.run.names} {len(self.run.choices)}: {kind}")

    def _call(self, expr: ir.Call, frame: Frame) -> Symbolic:
        return self.call(expr.function, [self.evaluate(argument, frame) for argument in expr.arguments])

    def _comprehension(self, expr: ir.Comprehension, frame: Frame) -> Symbolic:
        if expr.op in ("any", "all"):
            return self._any_all(expr, frame)
        found = list(self._values(expr, expr.generators, frame, True, [False]))
        match expr.op:
            case "sum":
                return self._sum(expr, found)
            case "set":
                assert isinstance(expr.type, SetType)
                return self._set_of(expr.type, found)
            case "array":
                assert all(there is True for there, _ in found) and isinstance(expr.type, ArrayType)
                lost = expr.type.index.size - len(found)  # items that no path comes to, since those before them fail
                return (*(item for _, item in found), *[values.default(expr.type.item)] * lost)
            case "min" | "max":
                return self._extreme(expr, found)
        raise AssertionError(expr.op)

    def _any_all(self, expr: ir.Comprehension, frame: Frame) -> Bool:
        """Evaluated until decided: a round is on the path only where no earlier one has decided."""
        found: list[Bool] = []
        decided: list[Bool] = [False]
        for there, value in self._values(expr, expr.generators, frame, True, decided):
            decides = and_(there, value if expr.op == "any" else not_(value))
            found.append(decides)
            decided[0] = or_(decided[0], decides)
        return or_(*found) if expr.op == "any" else not_(or_(*found))

    def _sum(self, expr: ir.Comprehension, found: Sequence[Round]) -> Num:
        if all(value == 1 and isinstance(value, int) for _, value in found):
            return terms.count([there for there, _ in found])
        total: Num = 0
        for there, value in found:
            total = terms.add(total, terms.if_num(there, value, 0))
        assert isinstance(expr.type, IntType)
        return terms.narrowed(total, expr.type.lo, expr.type.hi)

    def _extreme(self, expr: ir.Comprehension, found: Sequence[Round]) -> Num:
        self.run.expect(or_(*(there for there, _ in found)), Kind.EVALUATION, expr.span)
        pick = terms.least if expr.op == "min" else terms.greatest
        best: Num | None = None
        some: Bool = False
        for there, value in found:
            if best is None:
                best = value
            else:
                better = terms.if_num(some, pick(best, value), value)
                best = terms.if_num(there, better, best)
            some = or_(some, there)
        return 0 if best is None else best

    def _values(
        self,
        expr: ir.Comprehension,
        generators: Sequence[Generator],
        frame: Frame,
        so_far: Bool,
        decided: list[Bool],
    ) -> Iterator[Round]:
        """The values of the body, one for each round of the nested generators, and whether there is such a round.
        No round is made where the one item of `decided` is true by then."""
        if not generators:
            yield so_far, self.evaluate(expr.body, frame)
            return
        generator, *inner = generators
        for there, value in self.rounds(generator.domain, frame):
            pause()
            base, known = self.run.path, len(self.run.losses)
            self.run.path = base.along(there).along(not_(decided[0]))
            frame[generator.variable] = value
            wanted = there
            if generator.condition is not None and not self.run.path.dead:
                condition = self.evaluate(generator.condition, frame)
                self.run.path = self.run.path.along(condition)
                wanted = and_(there, condition)
            if wanted is not False and not self.run.path.dead:
                yield from self._values(expr, inner, frame, and_(so_far, wanted), decided)
            self.run.after(base, known)


def field_place(record: Type, name: str) -> int:
    """Where in the tuple of a record its field `name` stands."""
    found = record.position(name)  # type: ignore[attr-defined]
    assert isinstance(found, int)
    return found


def _item_type(domain: Type) -> Type:
    assert isinstance(domain, SetType)
    return domain.item


def _in_range(number: int, start: Num, stop: Num, step: int) -> Bool:
    """Whether Python's range(start, stop, step) visits `number`."""
    if step > 0:
        inside = and_(terms.less_equal(start, number), terms.less(number, stop))
    else:
        inside = and_(terms.less_equal(number, start), terms.less(stop, number))
    if inside is False or step in (1, -1):
        return inside
    return and_(inside, terms.equal(terms.modulo(terms.subtract(number, start), abs(step)), 0))


def _holds(kind: Type, collection: Symbolic, item: Symbolic) -> Bool:
    """Whether `item` is in a set, sequence or array."""
    match kind:
        case SetType():
            return values.contains(kind, collection, item)
        case SeqType():
            inside = (values.beyond(collection.length, place) for place in range(len(collection.items)))
            pairs = zip(inside, collection.items, strict=True)
            return or_(*(and_(there, values.equal(part, item)) for there, part in pairs))
        case _:
            return or_(*(values.equal(part, item) for part in collection))


def _as_number(value: Symbolic) -> Num:
    """False and True as 0 and 1, for comparison."""
    return terms.if_num(value, 1, 0) if isinstance(value, (bool, z3.BoolRef)) else value


_SETS: Mapping[str, Callable[[Bool, Bool], Bool]] = {
    "|": or_,
    "&": and_,
    "-": lambda one, other: and_(one, not_(other)),
    "^": lambda one, other: not_(terms.same(one, other)),
}

_NUMBERS: Mapping[str, Callable[[Num, Num], Num]] = {
    "+": terms.add,
    "-": terms.subtract,
    "*": terms.multiply,
    "//": terms.floor_divide,
    "%": terms.modulo,
    ">>": terms.shift_right,
    "min": terms.least,
    "max": terms.greatest,
}

_RULES: Mapping[type[Expr], Callable[[Evaluator, Any, Frame], Symbolic]] = {
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
