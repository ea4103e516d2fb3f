"""What a step with known arguments may read and write, found without running it.

The walk goes through the code once, with the values that are known: arguments, constants, and what follows from them.
Where a condition is known only that branch counts; a loop over few known values is gone through round by round. What is
not known counts in full, so that a footprint is a bound from above: what is not in it cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import assert_never

from checker.ir import nodes as ir
from checker.ir.analysis import can_fail, root
from checker.ir.nodes import Expr, Program, Stmt
from checker.ir.traverse import children, walk
from checker.ir.types import ArrayType, SetType, Value
from checker.reduction.cells import MOST, Cells
from checker.reduction.clauses import Clause
from checker.semantics import StepFailed
from checker.semantics.choices import Script
from checker.semantics.statements import Execution


class _Unknown:
    """Stands for a value that is not known."""


UNKNOWN = _Unknown()

Known = dict[str, Value]
"""The locals whose value is known."""


class TooLong(Exception):
    """The code takes longer to go through than it is worth."""


@dataclass
class Fuel:
    """How many nodes may still be visited, of all steps together."""

    left: int

    def burn(self) -> None:
        """One is visited. Raises TooLong."""
        self.left -= 1
        if self.left < 0:
            raise TooLong


@dataclass
class Footprint:
    """Masks of cells, and what may be written to each. `fails`: it may fail. The step is impossible, and does not fail,
    where one of `clauses` is false; where all are true and it `waits` as well, it may be impossible all the same."""

    reads: int = 0
    writes: dict[int, frozenset[Value] | None] = field(default_factory=dict)
    fails: bool = False
    clauses: list[Clause] = field(default_factory=list)
    waits: bool = False

    @property
    def written(self) -> int:
        """The cells that may be written, as a mask."""
        return sum(1 << cell for cell in self.writes)

    def write(self, cell: int, values: frozenset[Value] | None) -> None:
        """One of these values may be left in a cell."""
        known = self.writes.get(cell, frozenset())
        self.writes[cell] = None if values is None or known is None else known | values


class Walk:
    """One walk through code, which fills a footprint. `plain` is whether all so far was sure to run, wrote nothing and
    could not fail: conditions met there are those of the step."""

    def __init__(self, program: Program, cells: Cells, fuel: Fuel) -> None:
        self.program, self.cells, self.fuel = program, cells, fuel
        self.found = Footprint()
        self.plain = True
        self.unresolved = False  # whether a local was read whose value is not known
        self._constant = Execution(program, {}, [], Script(()))

    def fail(self) -> None:
        """The step may fail here."""
        self.found.fails = True
        self.plain = False

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        """What is walked through inside may not run at all."""
        before, self.plain = self.plain, False
        writes, fails = len(self.found.writes), self.found.fails
        yield
        self.plain = before and len(self.found.writes) == writes and self.found.fails == fails

    # -- expressions ---------------------------------------------------------------------------------------------------

    def value(self, expr: Expr, known: Known) -> Value:
        """The value of an expression if it is known, else UNKNOWN."""
        self.fuel.burn()
        match expr:
            case ir.Const(value=value):
                return value
            case ir.Local(name=name):
                self.unresolved = self.unresolved or name not in known
                return known.get(name, UNKNOWN)
            case ir.Variable(name=name):
                self.found.reads |= self.cells.mask(name)
                return UNKNOWN
            case ir.Index(base=ir.Variable(name=name, type=ArrayType()), index=at):
                self._read_part(name, self.value(at, known))
                return UNKNOWN
            case ir.Compare(op="in", left=left, right=ir.Variable(name=name, type=SetType())):
                self._read_part(name, self.value(left, known))
                return UNKNOWN
            case ir.BoolOp():
                return self._bool_op(expr, known)
            case ir.IfElse():
                return self._if_else(expr, known)
            case ir.Comprehension():
                return self._comprehension(expr, known)
            case ir.Call(function=function, arguments=arguments):
                return self._call(function, [self.value(each, known) for each in arguments])
            case ir.Choose(domain=domain):
                self.value(domain, known)
                self.found.waits = self.found.waits or not isinstance(domain, ir.Every)
                return UNKNOWN
            case ir.Every() | ir.Steps():
                members = self.members(expr, known)
                return UNKNOWN if members is None else frozenset(members)
            case _:
                return self._folded(expr, [self.value(each, known) for each in children(expr)])

    def _read_part(self, name: str, at: Value) -> None:
        known = at is not UNKNOWN and self.cells.divided(name)
        self.found.reads |= 1 << self.cells.part(name, at) if known else self.cells.mask(name)

    def _folded(self, expr: Expr, parts: Sequence[Value]) -> Value:
        """The value of an expression whose parts have these values: it is computed where all are known."""
        made = None if any(part is UNKNOWN for part in parts) else _of_constants(expr, parts)
        if made is not None:
            try:
                return self._constant.evaluate(made, {})
            except StepFailed:
                self.fail()
                return UNKNOWN
        if can_fail(expr):
            self.fail()
        return UNKNOWN

    def _bool_op(self, expr: ir.BoolOp, known: Known) -> Value:
        decides = expr.op == "or"
        first, *rest = expr.operands
        value = self.value(first, known)
        if value is decides or not rest:
            return value
        if value is not UNKNOWN:
            return self._bool_op(replace(expr, operands=tuple(rest)), known)
        with self.perhaps():
            value = self._bool_op(replace(expr, operands=tuple(rest)), known)
        return value if value is decides else UNKNOWN

    def _if_else(self, expr: ir.IfElse, known: Known) -> Value:
        condition = self.value(expr.condition, known)
        if condition is not UNKNOWN:
            return self.value(expr.then if condition else expr.otherwise, known)
        with self.perhaps():
            values = [self.value(each, known) for each in (expr.then, expr.otherwise)]
        return values[0] if UNKNOWN not in values and values[0] == values[1] else UNKNOWN

    def members(self, domain: Expr, known: Known) -> list[Value] | None:
        """What a loop over a domain visits, in order; None if that is not known, or is much."""
        if isinstance(domain, ir.Every):
            assert isinstance(domain.type, SetType)
            return list(domain.type.item.values()) if domain.type.item.size <= MOST else None
        if isinstance(domain, ir.Steps):
            start, stop = self.value(domain.start, known), self.value(domain.stop, known)
            if start is UNKNOWN or stop is UNKNOWN or len(range(start, stop, domain.step)) > MOST:
                return None
            return list(range(start, stop, domain.step))
        value = self.value(domain, known)
        if value is UNKNOWN or len(value) > MOST:
            return None
        return sorted(value, key=domain.type.item.rank) if isinstance(domain.type, SetType) else list(value)

    def rounds(self, generators: Sequence[ir.Generator], known: Known) -> Iterator[tuple[Known, bool]]:
        """The rounds of a comprehension, each with what is known in it, and whether it takes place for sure."""
        if not generators:
            yield known, True
            return
        generator, *inner = generators
        members = self.members(generator.domain, known)
        for member in [UNKNOWN] if members is None else members:
            here = {name: value for name, value in known.items() if name != generator.variable}
            if member is not UNKNOWN:
                here[generator.variable] = member
            taken = True if generator.condition is None else self.value(generator.condition, here)
            if taken is not False:
                for each, sure in self.rounds(inner, here):
                    yield each, sure and taken is True and member is not UNKNOWN

    def _comprehension(self, expr: ir.Comprehension, known: Known) -> Value:
        values: list[Value] = []
        all_sure = True
        decides = {"any": True, "all": False}.get(expr.op)
        with self.perhaps():
            for here, sure in self.rounds(expr.generators, known):
                value = self.value(expr.body, here)
                if sure and decides is not None and value is decides:
                    return decides
                values.append(value)
                all_sure = all_sure and sure
        if can_fail(expr) and not (values and all_sure):
            self.fail()
        if not all_sure or UNKNOWN in values:
            return UNKNOWN
        match expr.op:
            case "any" | "all":
                return any(values) if expr.op == "any" else all(values)
            case "sum":
                return sum(values)
            case "min" | "max":
                return (min(values) if expr.op == "min" else max(values)) if values else UNKNOWN
            case "set":
                return frozenset(values)
            case _:
                return tuple(values)

    def _call(self, function: str, arguments: Sequence[Value]) -> Value:
        called = self.program.functions[function]
        named = zip(called.parameters, arguments, strict=True)
        returned: list[Value] = []
        self.body(called.body, {each.name: value for each, value in named if value is not UNKNOWN}, returned)
        same = returned and UNKNOWN not in returned and all(each == returned[0] for each in returned)
        return returned[0] if same else UNKNOWN

    # -- statements ----------------------------------------------------------------------------------------------------

    def body(self, statements: Sequence[Stmt], known: Known, returned: list[Value]) -> bool:
        """Go through statements, and note in `known` and `returned` what they do; whether they are left before their
        end for sure."""
        for statement in statements:
            self.fuel.burn()
            match statement:
                case ir.Assign(target=target, value=value):
                    self._assign(target, value, known)
                case ir.Evaluate(value=value):
                    self.value(value, known)
                case ir.If():
                    if self._if(statement, known, returned):
                        return True
                case ir.For():
                    self._for(statement, known, returned)
                case ir.While():
                    self.fail()
                    self._forget(known, statement.body)
                    self.value(statement.condition, known)
                    self.body(statement.body, dict(known), returned)
                case ir.Break() | ir.Continue():
                    return True
                case ir.Return(value=value):
                    returned.append(None if value is None else self.value(value, known))
                    return True
                case ir.Require(condition=condition):
                    self._require(condition, known)
                case ir.Assert(condition=condition):
                    if self.value(condition, known) is not True:
                        self.fail()
                case _:
                    assert_never(statement)
        return False

    def _if(self, statement: ir.If, known: Known, returned: list[Value]) -> bool:
        condition = self.value(statement.condition, known)
        if condition is not UNKNOWN:
            return self.body(statement.then if condition else statement.otherwise, known, returned)
        ways = []
        with self.perhaps():
            for body in (statement.then, statement.otherwise):
                here = dict(known)
                ways.append((here, self.body(body, here, returned)))
        if all(left for _, left in ways):
            return True
        goes_on = [here for here, left in ways if not left]
        if len(goes_on) < len(ways):
            self.plain = False  # what follows may not run
        first = goes_on[0]
        both = {name: value for name, value in first.items() if all(_same(each, name, value) for each in goes_on)}
        known.clear()
        known.update(both)
        return False

    def _for(self, statement: ir.For, known: Known, returned: list[Value]) -> None:
        members = self.members(statement.generator.domain, known)
        with self.perhaps():
            for member in [UNKNOWN] if members is None else members:
                self._forget(known, statement.body)
                here = dict(known)
                here.pop(statement.generator.variable, None)
                if member is not UNKNOWN:
                    here[statement.generator.variable] = member
                self.body(statement.body, here, returned)
        if any(isinstance(each, (ir.Break, ir.Return)) for each in walk(statement.body)):
            self.plain = False
        self._forget(known, statement.body)
        known.pop(statement.generator.variable, None)

    def _forget(self, known: Known, body: Sequence[Stmt]) -> None:
        """What a loop may assign is not known, neither in it nor after it."""
        for statement in walk(tuple(body)):
            if isinstance(statement, ir.For):
                known.pop(statement.generator.variable, None)
            if isinstance(statement, ir.Assign):
                target = root(statement.target)
                if isinstance(target, ir.Local):
                    known.pop(target.name, None)

    def _require(self, condition: Expr, known: Known) -> None:
        """The step is impossible where this is false."""
        from checker.reduction.conditions import conjuncts  # noqa: PLC0415 - it walks through expressions as this does

        value = self.value(condition, known)
        if value is True:
            return
        if not self.plain:
            self.found.waits = True
            return
        self.found.clauses += conjuncts(self, condition, known, True)

    # -- assignments ---------------------------------------------------------------------------------------------------

    def _assign(self, target: Expr, value: Expr, known: Known) -> None:
        if isinstance(target, ir.Variable) and isinstance(target.type, SetType) and self.cells.divided(target.name):
            if isinstance(value, ir.Binary) and value.left == target and value.op in ("|", "-", "&"):
                self._change_set(target.name, value, known)
                return
        found = self.value(value, known)
        path: list[ir.Index | ir.Attribute] = []
        place = target
        while isinstance(place, (ir.Index, ir.Attribute)):
            path.append(place)
            place = place.base
        indices = [self.value(each.index, known) if isinstance(each, ir.Index) else UNKNOWN for each in path]
        if isinstance(place, ir.Local):
            known.pop(place.name, None)
            if not path and found is not UNKNOWN:
                known[place.name] = found
            return
        assert isinstance(place, ir.Variable)
        if not path:
            self._write_all(place.name, found)
            return
        at = indices[-1] if isinstance(path[-1], ir.Index) and isinstance(place.type, ArrayType) else UNKNOWN
        value_there = frozenset({found}) if len(path) == 1 and found is not UNKNOWN else None
        self._write_parts(place.name, at, value_there)

    def _change_set(self, name: str, value: ir.Binary, known: Known) -> None:
        """Members are added to a set, or taken out: the others stay as they are, and none is looked at."""
        right = value.right
        items: list[Value] | None = None
        if value.op != "&" and isinstance(right, ir.Make):
            items = [self.value(each, known) for each in right.items]
        else:
            found = self.value(right, known)
            if value.op != "&" and found is not UNKNOWN:
                items = list(found)
        left = frozenset({value.op == "|"})
        if items is None or UNKNOWN in items:
            self._write_parts(name, UNKNOWN, left)
            return
        for item in items:
            self._write_parts(name, item, left)

    def _write_all(self, name: str, value: Value) -> None:
        self.plain = False
        if not self.cells.divided(name):
            self.found.write(self.cells.whole(name), None if value is UNKNOWN else frozenset({value}))
            return
        for place, (cell, at) in enumerate(self.cells.parts(name).items()):
            if value is UNKNOWN:
                self.found.write(cell, None)
            else:
                part = at in value if isinstance(value, frozenset) else value[place]
                self.found.write(cell, frozenset({part}))

    def _write_parts(self, name: str, at: Value, values: frozenset[Value] | None) -> None:
        self.plain = False
        if not self.cells.divided(name):
            self.found.write(self.cells.whole(name), None)
        elif at is UNKNOWN:
            for cell in self.cells.parts(name):
                self.found.write(cell, values)
        else:
            self.found.write(self.cells.part(name, at), values)


def _same(known: Mapping[str, Value], name: str, value: Value) -> bool:
    return name in known and bool(known[name] == value)


def _of_constants(expr: Expr, parts: Sequence[Value]) -> Expr | None:
    """The expression with constants for its parts; None for a kind that is not worth it."""
    constants = [ir.Const(each.span, each.type, value) for each, value in zip(children(expr), parts, strict=True)]
    match expr:
        case ir.Unary() | ir.Convert():
            return replace(expr, operand=constants[0])
        case ir.Binary() | ir.Compare():
            return replace(expr, left=constants[0], right=constants[1])
        case ir.Make():
            return replace(expr, items=tuple(constants))
        case ir.Index():
            return replace(expr, base=constants[0], index=constants[1])
        case ir.Attribute():
            return replace(expr, base=constants[0])
        case _:
            return None
