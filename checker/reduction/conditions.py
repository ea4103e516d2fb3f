"""Conditions of a model as clauses: what a step requires, and what it takes to violate or to show a property."""

from __future__ import annotations

from collections.abc import Iterator

from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function
from checker.ir.types import SetType, Value, is_scalar
from checker.reduction.cells import MOST
from checker.reduction.clauses import NEVER, Clause, Literal
from checker.reduction.footprint import UNKNOWN, Known, Walk
from checker.semantics.expressions import COMPARE


def conjuncts(walk: Walk, expr: Expr, known: Known, wanted: bool) -> list[Clause]:
    """Clauses that are all true exactly where the expression has the value that is wanted."""
    parts = _parts(walk, expr, known, wanted, "and", "all")
    if parts is not None:
        return [clause for inner, here, sign in parts for clause in conjuncts(walk, inner, here, sign)]
    value = walk.value(expr, known)
    if value is not UNKNOWN:
        return [] if value is wanted else [NEVER]
    return [_clause(walk, expr, known, wanted)]


def goals(walk: Walk, function: Function, wanted: bool) -> list[list[Clause]]:
    """Ways for a property to have the value that is wanted: for each of them clauses that are all true then."""
    before, walk.found.reads, walk.found.fails = walk.found.reads, 0, False
    walk.body(function.body, {}, [])
    reads, fails = walk.found.reads, walk.found.fails
    walk.found.reads |= before
    if fails or function.parameters or not _is_one_return(function):
        return [[Clause(hangs_on=reads, open=True)]]
    (statement,) = function.body
    assert isinstance(statement, ir.Return) and statement.value is not None
    return list(_ways(walk, statement.value, {}, wanted))


def _ways(walk: Walk, expr: Expr, known: Known, wanted: bool) -> Iterator[list[Clause]]:
    parts = _parts(walk, expr, known, wanted, "or", "any")
    if parts is None:
        yield conjuncts(walk, expr, known, wanted)
        return
    for inner, here, sign in parts:
        yield from _ways(walk, inner, here, sign)


def _parts(
    walk: Walk, expr: Expr, known: Known, wanted: bool, operator: str, quantifier: str
) -> list[tuple[Expr, Known, bool]] | None:
    """What an expression is joined of, if by this operator or quantifier, or, where it is wanted false, by the other;
    each part with what is known in it, and the value that is wanted of it."""
    other = {"and": "or", "or": "and", "all": "any", "any": "all"}
    match expr:
        case ir.Unary(op="not", operand=operand):
            return [(operand, known, not wanted)]
        case ir.BoolOp(op=op, operands=operands) if op == (operator if wanted else other[operator]):
            return [(operand, known, wanted) for operand in operands]
        case ir.Comprehension(op=op, body=body, generators=generators) if op == (
            quantifier if wanted else other[quantifier]
        ):
            rounds = list(walk.rounds(generators, known))
            return [(body, here, wanted) for here, _ in rounds] if all(sure for _, sure in rounds) else None
        case ir.Call(function=name, arguments=arguments):
            function = walk.program.functions[name]
            values = [walk.value(each, known) for each in arguments]
            if UNKNOWN in values or not _is_one_return(function):
                return None
            (statement,) = function.body
            assert isinstance(statement, ir.Return) and statement.value is not None
            here = {each.name: value for each, value in zip(function.parameters, values, strict=True)}
            return [(statement.value, here, wanted)]
    return None


def _is_one_return(function: Function) -> bool:
    return len(function.body) == 1 and isinstance(function.body[0], ir.Return) and function.body[0].value is not None


def _clause(walk: Walk, expr: Expr, known: Known, wanted: bool) -> Clause:
    """One clause for an expression whose value is not known."""
    literals: list[Literal] = []
    hangs_on, is_open = 0, False
    for inner, here, sign in _alternatives(walk, expr, known, wanted):
        value = walk.value(inner, here)
        if value is not UNKNOWN:
            if value is sign:  # true in any case, whatever the others are: nothing is known to be false
                return Clause(open=True)
            continue
        literal = _literal(walk, inner, here, sign)
        if literal is not None:
            literals.append(literal)
            continue
        is_open = True
        hangs_on |= _looked_at(walk, inner, here)
    return Clause(tuple(literals), hangs_on, is_open)


def _alternatives(walk: Walk, expr: Expr, known: Known, wanted: bool) -> Iterator[tuple[Expr, Known, bool]]:
    parts = _parts(walk, expr, known, wanted, "or", "any")
    if parts is None:
        yield expr, known, wanted
        return
    for inner, here, sign in parts:
        yield from _alternatives(walk, inner, here, sign)


def _looked_at(walk: Walk, expr: Expr, known: Known) -> int:
    """The cells that decide the value of an expression: where it has locals that are not known, all that was read."""
    before, walk.found.reads, walk.unresolved = walk.found.reads, 0, False
    walk.value(expr, known)
    reads = walk.found.reads
    walk.found.reads |= before
    return walk.found.reads if walk.unresolved else reads


def _literal(walk: Walk, expr: Expr, known: Known, wanted: bool) -> Literal | None:
    """An expression as a literal; None if it has no such form."""
    cell = _cell(walk, expr, known)
    if cell is not None:
        return Literal(cell, frozenset({True}), wanted)
    if not isinstance(expr, ir.Compare):
        return None
    if expr.op == "in" and isinstance(expr.right, ir.Variable) and isinstance(expr.right.type, SetType):
        item = walk.value(expr.left, known)
        if item is UNKNOWN or not walk.cells.divided(expr.right.name):
            return None
        return Literal(walk.cells.part(expr.right.name, item), frozenset({True}), wanted)
    left, right = _cell(walk, expr.left, known), _cell(walk, expr.right, known)
    if left is not None:
        values = _values(walk, left, expr.op, walk.value(expr.right, known), swapped=False)
        return None if values is None else Literal(left, values, wanted)
    if right is not None and expr.op != "in":
        values = _values(walk, right, expr.op, walk.value(expr.left, known), swapped=True)
        return None if values is None else Literal(right, values, wanted)
    return None


def _values(walk: Walk, cell: int, op: str, other: Value, swapped: bool) -> frozenset[Value] | None:
    """The values of a cell for which a comparison is true."""
    kind = walk.cells.all[cell].type
    if other is UNKNOWN or kind.size > MOST:
        return None
    return frozenset(each for each in kind.values() if COMPARE[op](*((other, each) if swapped else (each, other))))


def _cell(walk: Walk, expr: Expr, known: Known) -> int | None:
    """The cell whose value an expression is, if that is a scalar."""
    while isinstance(expr, ir.Convert) and not expr.checked:
        expr = expr.operand
    if not is_scalar(expr.type):
        return None
    match expr:
        case ir.Variable(name=name):
            return None if walk.cells.divided(name) else walk.cells.whole(name)
        case ir.Index(base=ir.Variable(name=name), index=index) if walk.cells.divided(name):
            at = walk.value(index, known)
            return None if at is UNKNOWN else walk.cells.part(name, at)
    return None
