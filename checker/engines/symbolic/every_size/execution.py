"""What code does, for every size at once: expressions and statements with the terms of `every_size.terms`.

Statements, helpers and blocks are run by `checker.engines.symbolic.statements`; what is here depends on how values are
laid out. What cannot be said for every size is refused with its place (E602).

What a comprehension over symmetric members does happens for all of them: a failure inside is one for some member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from checker.engines.symbolic.every_size import terms
from checker.engines.symbolic.every_size.counts import Counts
from checker.engines.symbolic.every_size.terms import Atom, Element, NoSize, Symbolic, Table, equal, generic
from checker.engines.symbolic.expressions import Evaluator
from checker.engines.symbolic.run import Choice, Fault, Frame, SymbolicRun, World
from checker.engines.symbolic.statements import Execution, Exits, Limits
from checker.engines.symbolic.terms import Bool, and_, not_, or_, same
from checker.engines.symbolic.values import merge
from checker.errors import ModelError, Problem, Span
from checker.frontend.open_counts import SUMS, compares_counts, counted_set, unbounded
from checker.frontend.open_sizes import emptiness
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Generator, Stmt
from checker.ir.types import ArrayType, IntType, NeverType, SeqType, SetType, TupleType, Type
from checker.pause import pause

REMEDY = "Leave --unbounded out, and give the sizes with --set."


def refusal(span: Span | None, problem: str, remedy: str = REMEDY) -> ModelError:
    """What cannot be said for every size."""
    return ModelError([Problem("E602", span, problem, remedy)])


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """A value of a comprehension's body, which is there where `when` is true, for all values of the variables bound."""

    bound: tuple[z3.ExprRef, ...]
    when: Bool
    value: Symbolic

    def some(self, claim: Bool) -> Bool:
        """Whether the claim is true in one of the rounds."""
        return terms.quantified(z3.Exists, self.bound, and_(self.when, claim))


class EverySize(Execution):
    """Runs code of one program in one run."""

    def __init__(self, program: ir.Program, run: SymbolicRun, limits: Limits, counts: Counts) -> None:
        super().__init__(program, run, limits)
        self.counts = counts
        self._elements: dict[tuple[int, str], list[Element]] = {}
        self._bound: tuple[z3.ExprRef, ...] = ()  # the members that comprehensions around are about: each chooses anew

    def default(self, kind: Type) -> Symbolic:
        try:
            return terms.default(kind)
        except NoSize as none:
            raise refusal(None, str(none)) from None

    def evaluate(self, expr: Expr, frame: Frame) -> Symbolic:
        """The value of `expr`. Raises ModelError E602 if it is none for every size."""
        pause()
        try:
            return _RULES[type(expr)](self, expr, frame)
        except NoSize as none:
            raise refusal(expr.span, str(none)) from None

    # -- statements ----------------------------------------------------------------------------------------------------

    def _body(self, body: Sequence[Stmt], frame: Frame, exits: Exits) -> None:
        for statement in body:
            if self.run.path.dead:
                return
            match statement:
                case ir.While():
                    raise refusal(statement.span, "a `while` is not looked at for every size")
                case ir.For():
                    self._each(statement, frame, exits)
                case ir.Return(value=None):
                    exits.returned.append((self.run.world({}), None))
                    self.run.path = self.run.path.along(False)
                case _:
                    try:
                        super()._body((statement,), frame, exits)
                    except NoSize as none:
                        raise refusal(statement.span, str(none)) from None

    def _each(self, statement: ir.For, frame: Frame, exits: Exits) -> None:
        base, known, returned = self.run.path, len(self.run.losses), len(exits.returned)
        broke: list[World] = []
        for element, there in self._domain(statement.generator.domain, frame):
            if element.bound:
                raise refusal(statement.span, f"a loop over {statement.generator.variable_type} goes on for too long")
            if self.run.path.dead:
                break
            here = self.run.world(frame)
            inner = Exits(exits.returned, broke)
            self.run.path = here.path.along(there)
            if self.run.path.dead:
                self.run.restore(here, frame)
                continue
            frame[statement.generator.variable] = element.value
            self._body(statement.body, frame, inner)
            ends = [self.run.world(frame), *inner.continued]
            if there is not True:
                ends.append(World(here.path.along(not_(there)), here.state, here.frame))
            self.run.restore(self._meet(here.path, ends), frame)
        self._end_loop(base, known, len(exits.returned) == returned, broke, frame)

    def _put(self, target: ir.Index, whole: Symbolic, index: Symbolic, value: Symbolic) -> Symbolic:
        match target.base.type:
            case ArrayType(index=kind):
                return Table(kind, lambda at: merge(equal(kind, at, index), value, whole.at(at)))
        raise NoSize(f"{target.base.type} is not changed for every size")

    def item(self, expr: ir.Index, base: Symbolic, index: Symbolic) -> Symbolic:
        """base[index]."""
        match expr.base.type:
            case ArrayType():
                return base.at(index)
            case TupleType(parts=parts):
                number = z3.simplify(index.term)
                assert isinstance(number, z3.IntNumRef)
                return base[number.as_long() % len(parts)]
        raise NoSize(f"{expr.base.type} is not looked at for every size")

    # -- expressions ---------------------------------------------------------------------------------------------------

    def _constant(self, expr: ir.Const, frame: Frame) -> Symbolic:
        return terms.constant(expr.type, expr.value)

    def _one(self, expr: ir.Unary, frame: Frame) -> Symbolic:
        if expr.op == "len":
            return self._length(expr, frame)
        operand = self.evaluate(expr.operand, frame)
        match expr.op:
            case "not":
                return not_(operand)
            case "-":
                return Atom(-operand.term)
            case _:
                return Atom(z3.If(operand.term < 0, -operand.term, operand.term))

    def _length(self, expr: ir.Unary, frame: Frame) -> Symbolic:
        kind = expr.operand.type
        value = self.evaluate(expr.operand, frame)
        if isinstance(kind, SetType):
            found = generic(kind.item)
            if not any(each.bound for each in found):
                return Atom(z3.Sum([z3.IntVal(0), *(_number(value.at(each.value)) for each in found)]))
        problem = f"how many members {kind} has is a number to compare with others here, and no more"
        raise refusal(expr.span, problem, "Compare it where it is counted: self.taken + len(self.free) == self.most.")

    def _two(self, expr: ir.Binary, frame: Frame) -> Symbolic:
        left, right = self.evaluate(expr.left, frame), self.evaluate(expr.right, frame)
        if isinstance(expr.type, SetType):
            join = _SETS[expr.op]
            return Table(expr.type.item, lambda at: join(left.at(at), right.at(at)))
        one, two = left.term, right.term
        if expr.op in ("//", "%"):
            assert isinstance(expr.right.type, IntType)
            if expr.right.type.lo <= 0:
                raise refusal(expr.span, "division by what may not be positive is not looked at for every size")
            return Atom(one / two if expr.op == "//" else one % two)
        if expr.op not in _NUMBERS:
            raise refusal(expr.span, f"`{expr.op}` is not looked at for every size")
        return Atom(_NUMBERS[expr.op](one, two))

    def _relation(self, expr: ir.Compare, frame: Frame) -> Symbolic:
        counts = emptiness(expr)
        if counts is not None and counts[1] <= 1:
            return self._counted(expr, *counts, frame)
        if compares_counts(expr):
            return _compared(expr.op, self._tally(expr.left, frame).term, self._tally(expr.right, frame).term)
        left, right = self.evaluate(expr.left, frame), self.evaluate(expr.right, frame)
        kind = expr.left.type
        match expr.op:
            case "==":
                return equal(kind, left, right)
            case "!=":
                return not_(equal(kind, left, right))
            case "in":
                return self._is_in(kind, left, expr.right.type, right)
        if isinstance(kind, SetType):
            subset = and_(
                *(each.every(or_(not_(left.at(each.value)), right.at(each.value))) for each in generic(kind.item))
            )
            return subset if expr.op == "<=" else and_(subset, not_(equal(kind, left, right)))
        return _compared(expr.op, _number(left), _number(right))

    def _tally(self, expr: Expr, frame: Frame) -> Symbolic:
        """A number that is made of how many members sets have."""
        match expr := unbounded(expr):
            case ir.Unary(op="-", operand=operand):
                return Atom(-self._tally(operand, frame).term)
            case ir.Binary(op=op, left=left, right=right) if op in SUMS:
                return Atom(_NUMBERS[op](self._tally(left, frame).term, self._tally(right, frame).term))
        members = counted_set(expr)
        if members is None:
            return self.evaluate(expr, frame)
        assert isinstance(members.type, SetType)
        return Atom(self.counts.of(members.type.item, self.evaluate(members, frame)))

    @staticmethod
    def _is_in(kind: Type, item: Symbolic, where: Type, collection: Symbolic) -> Bool:
        match where:
            case SetType():
                return collection.at(item)
            case ArrayType(index=index):
                return or_(*(each.some(equal(kind, collection.at(each.value), item)) for each in generic(index)))
        raise NoSize(f"{where} is not looked at for every size")

    def _counted(self, expr: ir.Compare, operand: Expr, number: int, first: bool, frame: Frame) -> Bool:
        """How many members a set has, as far as that is whether it has one, or a second."""
        assert isinstance(operand.type, SetType)
        kind, value = operand.type.item, self.evaluate(operand, frame)

        def both(one: Element, other: Element) -> Bool:
            return and_(value.at(one.value), value.at(other.value), not_(equal(kind, one.value, other.value)))

        def at_least(count: int) -> Bool:
            if count <= 0:
                return True
            if count == 1:
                return or_(*(each.some(value.at(each.value)) for each in generic(kind)))
            two = [(one, other) for one in generic(kind) for other in generic(kind)]
            return or_(*(one.some(other.some(both(one, other))) for one, other in two))

        match expr.op, first:
            case "==", _:
                return and_(at_least(number), not_(at_least(number + 1))) if number >= 0 else False
            case "!=", _:
                return or_(not_(at_least(number)), at_least(number + 1)) if number >= 0 else True
            case "<", True:
                return not_(at_least(number))
            case "<=", True:
                return not_(at_least(number + 1))
            case "<", False:
                return at_least(number + 1)
            case "<=", False:
                return at_least(number)
        raise refusal(expr.span, f"`{expr.op}` on the number of members is not looked at for every size")

    def _converted(self, expr: ir.Convert, frame: Frame) -> Symbolic:
        value, fits = terms.convert(expr.operand.type, expr.type, self.evaluate(expr.operand, frame))
        if expr.checked:
            self.run.expect(fits, expr.kind, expr.span)
        return value

    def _made(self, expr: ir.Make, frame: Frame) -> Symbolic:
        items = [self.evaluate(item, frame) for item in expr.items]
        match expr.type:
            case SetType(item=item):
                return Table(item, lambda at: or_(*(equal(item, at, each) for each in items)))
            case ArrayType(index=index) if not isinstance(index, SeqType):
                found = [(terms.constant(index, at), each) for at, each in zip(index.values(), items, strict=True)]
                return Table(index, lambda at: terms.listed(index, found, at))
            case SeqType():
                raise NoSize("sequences are not looked at for every size")
            case _:
                return tuple(items)

    def _everything(self, expr: ir.Every, frame: Frame) -> Symbolic:
        assert isinstance(expr.type, SetType)
        return Table(expr.type.item, lambda _: True)

    def _numbers(self, expr: ir.Steps, frame: Frame) -> Symbolic:
        assert isinstance(expr.type, SetType)
        start, stop = self.evaluate(expr.start, frame), self.evaluate(expr.stop, frame)
        return Table(expr.type.item, lambda at: _visited(at.term, start.term, stop.term, expr.step))

    def _chosen(self, expr: ir.Choose, frame: Frame) -> Symbolic:
        assert isinstance(expr.domain.type, SetType)
        kind = expr.domain.type.item
        if isinstance(kind, NeverType):
            self.run.require(False)
            return None
        members = None if isinstance(expr.domain, ir.Every) else self.evaluate(expr.domain, frame)
        when = self.run.path
        value = terms.free(kind, f"{self.run.names} {len(self.run.choices)}: {kind}", self._bound)
        self.run.require(terms.belongs(kind, value))
        if members is not None:
            self.run.require(members.at(value))
        self.run.choices.append(Choice(when.term, kind, value))
        return value

    def _refused(self, expr: ir.Append | ir.Without, frame: Frame) -> Symbolic:
        raise NoSize("sequences are not looked at for every size")

    # -- comprehensions ------------------------------------------------------------------------------------------------

    def _domain(self, domain: Expr, frame: Frame) -> Iterator[tuple[Element, Bool]]:
        """What a loop over `domain` visits, and when."""
        match domain:
            case ir.Every(type=SetType(item=item)):
                yield from ((each, each.when) for each in generic(item))
                return
            case ir.Steps(type=SetType(item=item), step=step):
                value = self.evaluate(domain, frame)
                found = generic(item)
                yield from (
                    (each, and_(each.when, value.at(each.value))) for each in (found if step > 0 else found[::-1])
                )
                return
        value = self.evaluate(domain, frame)
        match domain.type:
            case SetType(item=item):
                yield from ((each, and_(each.when, value.at(each.value))) for each in generic(item))
            case ArrayType(index=index):
                for each in generic(index):
                    yield Element(value.at(each.value), each.bound), each.when
            case NeverType():
                return
            case _:
                raise NoSize(f"{domain.type} is not gone through for every size")

    def _comprehended(self, expr: ir.Comprehension, frame: Frame) -> Symbolic:
        decided: list[Bool] = [False]
        found: list[Round] = []
        for each in self._rounds(expr, expr.generators, frame, (), True, decided):
            found.append(each)
            if expr.op in ("any", "all"):
                decides = each.value if expr.op == "any" else not_(each.value)
                decided[0] = or_(decided[0], each.some(decides))
        match expr.op:
            case "any":
                return decided[0]
            case "all":
                return not_(decided[0])
            case "set":
                assert isinstance(expr.type, SetType)
                return _collected(expr.type.item, found)
            case "array":
                assert isinstance(expr.type, ArrayType)
                return self._arranged(expr, expr.type.index, found)
            case "sum" if not any(each.bound for each in found):
                return Atom(z3.Sum([z3.IntVal(0), *(z3.If(_formula(e.when), e.value.term, 0) for e in found)]))
        remedy = "Ask with any or all, or give the sizes with --set and leave --unbounded out."
        raise refusal(expr.span, f"`{expr.op}` over what has any number of members is not looked at", remedy)

    def _arranged(self, expr: ir.Comprehension, index: Type, found: Sequence[Round]) -> Symbolic:
        """An array from its items, which stand in the order of `generic(index)`."""
        variable = expr.generators[0].variable
        elements = self._elements[id(expr), variable]

        def at(where: Symbolic) -> Symbolic:
            result: Symbolic = None
            for number, (element, each) in enumerate(zip(reversed(elements), reversed(found), strict=True)):
                here, pairs = terms.matching(index, element.value, where)
                item = terms.substituted(each.value, pairs)
                result = item if number == 0 else merge(here, item, result)
            return result

        return Table(index, at)

    def _rounds(
        self,
        expr: ir.Comprehension,
        generators: Sequence[Generator],
        frame: Frame,
        bound: tuple[z3.ExprRef, ...],
        so_far: Bool,
        decided: list[Bool],
    ) -> Iterator[Round]:
        """The values of the body. What is lost in a round is lost where it happens for some values of its variables."""
        if not generators:
            yield Round(bound, so_far, self.evaluate(expr.body, frame))
            return
        generator, *inner = generators
        elements: list[Element] = []
        self._elements[id(expr), generator.variable] = elements
        for element, there in list(self._domain(generator.domain, frame)):
            elements.append(element)
            base, known, faults = self.run.path, len(self.run.losses), len(self.run.faults)
            around, state = self._bound, list(self.run.state)
            self._bound = (*around, *element.bound)
            quantifies = bool(element.bound)
            open_ = False if quantifies else decided[0]
            self.run.path = base.along(there).along(not_(open_))
            frame[generator.variable] = element.value
            wanted = there
            if generator.condition is not None and not self.run.path.dead:
                condition = self.evaluate(generator.condition, frame)
                self.run.path = self.run.path.along(condition)
                wanted = and_(there, condition)
            if expr.op == "array" or (wanted is not False and not self.run.path.dead):
                yield from self._rounds(expr, inner, frame, (*bound, *element.bound), and_(so_far, wanted), decided)
            if quantifies:
                self._quantify(expr, element.bound, known, faults)
                changed = any(one is not other for one, other in zip(state, self.run.state, strict=True))
                if changed:
                    problem = "what happens here happens once for each of any number of members"
                    raise refusal(expr.span, problem, "Do it before, and use the result here.")
            self._bound = around
            self.run.after(base, known)

    def _quantify(self, expr: ir.Comprehension, bound: Sequence[z3.ExprRef], known: int, faults: int) -> None:
        """What was lost, and what failed, since then, is so for some values of the variables."""
        for place in range(known, len(self.run.losses)):
            self.run.losses[place] = terms.quantified(z3.Exists, bound, self.run.losses[place])
        for place in range(faults, len(self.run.faults)):
            each = self.run.faults[place]
            self.run.faults[place] = Fault(terms.quantified(z3.Exists, bound, each.when), each.kind, each.span)
        if expr.op in ("any", "all") and len(self.run.losses) > known:
            raise refusal(expr.span, f"this may fail inside `{expr.op}`, for some of any number of members")


def _collected(kind: Type, found: Sequence[Round]) -> Symbolic:
    """The set of the values of some rounds."""

    def has(member: Symbolic) -> Bool:
        parts = []
        for each in found:
            plain = isinstance(each.value, Atom) and len(each.bound) == 1 and each.value.term.eq(each.bound[0])
            if plain:  # {x for x in ... if ...}: no quantifier is needed
                parts.append(terms.substituted(each.when, [(each.bound[0], member.term)]))
            else:
                parts.append(each.some(equal(kind, each.value, member)))
        return or_(*parts)

    return Table(kind, has)


def _number(value: Symbolic) -> Any:
    """A number, or 0 and 1 for false and true."""
    if isinstance(value, bool):
        return z3.IntVal(int(value))
    return z3.If(value, z3.IntVal(1), z3.IntVal(0)) if isinstance(value, z3.BoolRef) else value.term


def _formula(value: Bool) -> z3.BoolRef:
    return z3.BoolVal(value) if isinstance(value, bool) else value


def _visited(number: Any, start: Any, stop: Any, step: int) -> Bool:
    inside = [start <= number, number < stop] if step > 0 else [number <= start, stop < number]
    known = z3.simplify(z3.And(*inside, (number - start) % abs(step) == 0))
    return True if z3.is_true(known) else False if z3.is_false(known) else known


def _compared(op: str, one: Any, two: Any) -> Bool:
    known = z3.simplify(
        one == two if op == "==" else one != two if op == "!=" else one < two if op == "<" else one <= two
    )
    return True if z3.is_true(known) else False if z3.is_false(known) else known


_SETS: Mapping[str, Callable[[Bool, Bool], Bool]] = {
    "|": or_,
    "&": and_,
    "-": lambda one, other: and_(one, not_(other)),
    "^": lambda one, other: not_(same(one, other)),
}

_NUMBERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "min": lambda one, two: z3.If(one <= two, one, two),
    "max": lambda one, two: z3.If(one <= two, two, one),
}

_RULES: Mapping[type[Expr], Callable[[Any, Any, Frame], Symbolic]] = {
    ir.Const: EverySize._constant,
    ir.Local: Evaluator._local,
    ir.Variable: Evaluator._variable,
    ir.Index: Evaluator._index,
    ir.Attribute: Evaluator._attribute,
    ir.Unary: EverySize._one,
    ir.Binary: EverySize._two,
    ir.Compare: EverySize._relation,
    ir.BoolOp: Evaluator._bool_op,
    ir.IfElse: Evaluator._if_else,
    ir.Convert: EverySize._converted,
    ir.Make: EverySize._made,
    ir.Replace: Evaluator._replace,
    ir.Append: EverySize._refused,
    ir.Without: EverySize._refused,
    ir.Every: EverySize._everything,
    ir.Steps: EverySize._numbers,
    ir.Comprehension: EverySize._comprehended,
    ir.Choose: EverySize._chosen,
    ir.Call: Evaluator._call,
}
