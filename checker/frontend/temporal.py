"""The formula of a `@temporal` property: from syntax to conditions, and what is said of them over time.

Whatever stands in it without an operator of time is one condition, with all that it is made of. A quantifier around
operators of time, which goes over values that are fixed for a run, is written out: one formula for each of them.
Reports E219, E220 and E404.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import groupby, product
from math import prod
from typing import Any

from checker.frontend import values
from checker.frontend.dispatch import condition
from checker.frontend.domains import generators
from checker.frontend.scope import RETURN, Refused, Scope
from checker.ir import nodes as ir
from checker.ir import temporal
from checker.ir.sizes import MOST_CONDITIONS, MOST_INSTANCES, MOST_PROMISES
from checker.ir.temporal import Always, Condition, Conjunction, Disjunction, Eventually, Formula, Negation, Until
from checker.ir.types import BOOL, NEVER, SetType, SymType, TupleType, Type, Value
from checker.lang import behaviours, declare

_OPERATORS: Mapping[Any, tuple[int, Callable[..., Formula]]] = {
    declare.always: (1, Always),
    behaviours.eventually: (1, Eventually),
    behaviours.always_eventually: (1, lambda formula: Always(Eventually(formula))),
    behaviours.eventually_always: (1, lambda formula: Eventually(Always(formula))),
    behaviours.leads_to: (2, lambda first, then: Always(temporal.implies(first, Eventually(then)))),
    behaviours.until: (2, Until),
    behaviours.weak_until: (2, temporal.weak_until),
    behaviours.release: (2, temporal.release),
}
"""The operators of time, with how many operands each has."""

_BODY = (
    'Write `return` and the formula, below a text in """...""" if you like; helpers may say what its conditions are.'
)
_JOINED = "Join formulas with not, and, or, implies, and the operators of time: always, eventually, until."


class FormulaReader:
    """Reads the body of a `@temporal` method. `formula` is what it found last."""

    def __init__(self) -> None:
        self.formula: Formula = Conjunction(())
        self._conditions: list[ir.Expr] = []
        self._bound: dict[str, ir.Const] = {}

    def body(self, scope: Scope, nodes: list[ast.stmt]) -> tuple[ir.Stmt, ...]:
        """A statement that returns all the conditions of the formula."""
        self._conditions = []
        scope.assigned = None
        try:
            statement, node = _returned(scope, nodes)
            self.formula = self._formula(scope, node)
            self._confirm_small(scope, node)
        except Refused:
            self.formula = Conjunction(())
            scope.seen.setdefault(RETURN, NEVER)
            return ()
        if not any(isinstance(part, (Always, Eventually, Until)) for part in temporal.parts(self.formula)):
            problem = "the formula speaks of the first state only"
            scope.report("E219", node, problem, "Say when it is true: `always(...)`, `eventually(...)`.")
        if not self._conditions:  # the parameters decide all of them
            self._conditions.append(ir.Const(scope.span(node), BOOL, True))
        kind = TupleType((BOOL,) * len(self._conditions))
        scope.seen[RETURN] = kind
        return (ir.Return(scope.span(statement), ir.Make(scope.span(node), kind, tuple(self._conditions))),)

    def _confirm_small(self, scope: Scope, node: ast.expr) -> None:
        times = {part for part in temporal.parts(self.formula) if isinstance(part, (Always, Eventually, Until))}
        for number, most, what in (
            (len(self._conditions), MOST_CONDITIONS, "conditions"),
            (len(times), MOST_PROMISES, "operators of time"),
        ):
            if number > most:
                problem = f"the formula has {number} different {what}, and may have {most}"
                remedy = "Make properties of its parts, or its quantifiers typed parameters of the method."
                raise scope.refuse("E220", node, problem, remedy)

    def _formula(self, scope: Scope, node: ast.expr) -> Formula:
        if not _speaks_of_time(scope, node):
            return self._condition(condition(scope, node))
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Negation(self._formula(scope, operand))
            case ast.BoolOp(op=ast.And()):
                return Conjunction(tuple(self._operands(scope, node)))
            case ast.BoolOp(op=ast.Or()):
                return Disjunction(tuple(self._operands(scope, node)))
            case ast.Call():
                return self._call(scope, node)
        what = "`if ... else`" if isinstance(node, ast.IfExp) else f"`{ast.unparse(node)}`"
        problem = f"{what} takes values, and a formula of time is none"
        raise scope.refuse("E219", node, problem, _JOINED)

    def _operands(self, scope: Scope, node: ast.BoolOp) -> Iterator[Formula]:
        """Operands beside each other that do not speak of time are one condition: the second may rest on the first."""
        for speaks, group in groupby(node.values, lambda each: _speaks_of_time(scope, each)):
            parts = list(group)
            if speaks:
                yield from (self._formula(scope, part) for part in parts)
            elif len(parts) == 1:
                yield self._formula(scope, parts[0])
            else:
                joined = ast.copy_location(ast.BoolOp(node.op, parts), parts[0])
                joined.end_lineno, joined.end_col_offset = parts[-1].end_lineno, parts[-1].end_col_offset
                yield self._formula(scope, joined)

    def _condition(self, found: ir.Expr) -> Formula:
        found = _with(found, self._bound)
        if isinstance(found, ir.Const):
            return Conjunction(()) if found.value else Disjunction(())
        if found not in self._conditions:
            self._conditions.append(found)
        return Condition(self._conditions.index(found))

    def _call(self, scope: Scope, node: ast.Call) -> Formula:
        function = scope.static(node.func)
        operator = _operator(function)
        if operator is not None:
            return operator[1](*(self._formula(scope, each) for each in _operands(scope, node, operator[0])))
        if function is behaviours.implies:
            first, then = _operands(scope, node, 2)
            return temporal.implies(self._formula(scope, first), self._formula(scope, then))
        if function in (any, all) and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return self._quantified(scope, node.args[0], function is all)
        problem = f"{ast.unparse(node.func)!r} takes values, and a formula of time is none"
        raise scope.refuse("E219", node, problem, _JOINED)

    def _quantified(self, scope: Scope, node: ast.GeneratorExp, for_all: bool) -> Formula:
        with generators(scope, node.generators) as clauses:
            members = [_members(scope, node, clause, self._bound) for clause in clauses]
            number = prod(size for size, _ in members)
            if number > MOST_INSTANCES:
                problem = f"a quantifier around operators of time goes over {number:,} values"
                raise scope.refuse("E220", node, problem, "Use a smaller type, or a typed parameter of the method.")
            found = []
            for chosen in product(*(each for _, each in members)):
                named = {clause.variable: value for clause, value in zip(clauses, chosen, strict=True)}
                found.append(self._instance(scope, node.elt, clauses, named, for_all))
        return Conjunction(tuple(found)) if for_all else Disjunction(tuple(found))

    def _instance(
        self,
        scope: Scope,
        node: ast.expr,
        clauses: tuple[ir.Generator, ...],
        named: Mapping[str, ir.Const],
        for_all: bool,
    ) -> Formula:
        """What is quantified, of certain values of its variables."""
        before = dict(self._bound)
        self._bound.update(named)
        try:
            guards = [self._condition(each.condition) for each in clauses if each.condition is not None]
            if Disjunction(()) in guards:
                return Conjunction(()) if for_all else Disjunction(())
            guards = [each for each in guards if each != Conjunction(())]
            made = self._formula(scope, node)
        finally:
            self._bound = before
        if for_all:
            return Disjunction((*map(Negation, guards), made)) if guards else made
        return Conjunction((*guards, made)) if guards else made


def _returned(scope: Scope, nodes: list[ast.stmt]) -> tuple[ast.Return, ast.expr]:
    """The one `return` of a body, perhaps below a text, and what it returns."""
    own = [node for node in nodes if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    match own:
        case [ast.Return(value=ast.expr() as value) as statement]:
            return statement, value
    place = next((node for node in own if not isinstance(node, ast.Return)), scope.source.node)
    raise scope.refuse("E219", place, "the body of a @temporal is one `return`", _BODY)


def _operator(function: Any) -> tuple[int, Callable[..., Formula]] | None:
    return next((found for known, found in _OPERATORS.items() if function is known), None)


def _speaks_of_time(scope: Scope, node: ast.expr) -> bool:
    """Whether an operator of time stands in an expression."""
    return any(_operator(_static(scope, each.func)) for each in ast.walk(node) if isinstance(each, ast.Call))


def _static(scope: Scope, node: ast.expr) -> Any:
    return scope.static(node) if isinstance(node, (ast.Name, ast.Attribute)) else None


def _operands(scope: Scope, node: ast.Call, number: int) -> list[ast.expr]:
    if len(node.args) != number or node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
        takes = "one formula or condition" if number == 1 else "two formulas or conditions"
        example = f"{ast.unparse(node.func)}({'p' if number == 1 else 'p, q'})"
        raise scope.refuse("E213", node, f"{ast.unparse(node.func)} takes {takes}", f"Write `{example}`.")
    return node.args


def _members(
    scope: Scope, node: ast.AST, clause: ir.Generator, bound: Mapping[str, ir.Const]
) -> tuple[int, Iterator[ir.Const]]:
    """The values that a quantifier around operators of time goes over, and how many they are."""
    kind, span = clause.variable_type, clause.domain.span
    if isinstance(kind, SymType):
        problem = f"written out, a quantifier around operators of time names each member of {kind.name}"
        raise scope.refuse("E404", node, problem, "Make it a typed parameter of the method: it then speaks of each.")
    found: Iterable[Value]
    match _with(clause.domain, bound):
        case ir.Every(type=SetType(item=item)):
            size, found = item.size, item.values()
        case ir.Steps(start=ir.Const(value=start), stop=ir.Const(value=stop), step=step):
            found = range(start, stop, step)
            size = len(found)
        case ir.Const(type=SetType(item=item), value=value):
            size, found = len(value), sorted(value, key=item.rank)
        case _:
            if values.is_poison(clause.domain):
                raise Refused
            problem = "a quantifier around operators of time goes over what is not fixed for a run"
            remedy = "Go over a type or a range, and say inside which of its values are meant."
            raise scope.refuse("E219", node, problem, remedy)
    return size, (ir.Const(span, kind, each) for each in found)


def _with(part: Any, bound: Mapping[str, ir.Const]) -> Any:
    """A part of the IR with some locals replaced by what they are."""
    if not bound:
        return part
    match part:
        case ir.Local(name=name):
            return bound.get(name, part)
        case ir.Const():
            return part
        case tuple():
            return tuple(_with(each, bound) for each in part)
        case ir.Node() | ir.Generator() if is_dataclass(part):
            found = replace(part, **{each.name: _with(getattr(part, each.name), bound) for each in fields(part)})
            return _decided(found)
    return part


def _decided(found: Any) -> Any:
    """A condition, decided if its operands are known."""
    match found:
        case ir.Compare():
            return values.fold(found)
        case ir.Unary(op="not", operand=ir.Const() as operand):
            return values.negate(operand)
        case ir.BoolOp(span=span, op=op, operands=operands):
            return values.both(span, op, list(operands))
    return found


# in conditions, and where a formula does not belong


def _implies(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    """implies(a, b) of two conditions: `not a or b`, of which b is not looked at where a is false."""
    first, then = _operands(scope, node, 2)
    return values.both(scope.span(node), "or", [values.negate(condition(scope, first)), condition(scope, then)])


def _misplaced(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    problem = f"{ast.unparse(node.func)!r} speaks of whole behaviours, and here of one state"
    raise scope.refuse("E219", node, problem, "Say it in the formula of a @temporal, not in a helper or beside a step.")


def _never_sometimes(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    problem = "'sometimes' speaks of all behaviours, and a formula of one"
    raise scope.refuse("E219", node, problem, "Write `eventually(...)`, or mark a method of its own with @sometimes.")


BUILT_IN: Mapping[Any, Callable[[Scope, ast.Call, Type | None], ir.Expr]] = {
    behaviours.implies: _implies,
    declare.sometimes: _never_sometimes,
    **dict.fromkeys(_OPERATORS, _misplaced),
}
"""How calls of these are read where a condition stands."""
