"""What could tell the members of a symmetric type apart is refused: symmetry reduction is sound by construction.

Members can be compared for equality, chosen, held in sets, arrays, records and sequences, and used as an index. Their
order cannot be seen: no `<`, no loop statement over them, no member named by a number (the types already forbid that),
and no variable that starts out as a certain member. Reports E4xx.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.errors import Problem
from checker.lang import ir
from checker.lang.types import (
    ArrayType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    Type,
    mentions_symmetry,
)


def check(program: ir.Program) -> list[Problem]:
    """Every place of the program where members of a symmetric type are not treated alike."""
    found = [problem for variable in program.variables for problem in _default(variable, program)]
    for body in _bodies(program):
        for statement in ir.walk(body):
            found.extend(_statement(statement))
            for outer in ir.expressions(statement):
                for inner in ir.walk_expressions(outer):
                    found.extend(_expression(inner, program))
    return found


def _bodies(program: ir.Program) -> Iterable[tuple[ir.Stmt, ...]]:
    if program.init is not None:
        yield program.init.body
    for function in (*program.functions.values(), *program.actions):
        yield function.body
    for prop in program.properties:
        yield prop.function.body
    for process in program.processes:
        for block in process.blocks:
            yield block.body
            if isinstance(block.end, ir.Branch):
                span = block.end.condition.span
                yield (ir.Require(span, block.end.condition),)


def _default(variable: ir.Declared, program: ir.Program) -> Iterable[Problem]:
    """A model's variable whose default would be a certain member. Locals that are dead are no such thing."""
    if variable.role is ir.Role.MODEL and _starts_as_member(variable.type):
        problem = f"variable {variable.name!r} starts as a certain member of a symmetric type"
        yield Problem("E401", None, problem, "Use Opt(T), or a set: they start as None and empty.")


def _starts_as_member(kind: Type) -> bool:
    match kind:
        case SymType():
            return True
        case ArrayType(item=item):
            return _starts_as_member(item)
        case RecordType():
            return any(_starts_as_member(item) for item in kind.items())
    return False  # Opt, sets and sequences start empty


def _named(kind: Type) -> str:
    names = (leaf.name for leaf in _symmetric_leaves(kind))
    return next(names, str(kind))


def _symmetric_leaves(kind: Type) -> Iterable[SymType]:
    match kind:
        case SymType():
            yield kind
        case OptType(item=item) | SetType(item=item) | SeqType(item=item):
            yield from _symmetric_leaves(item)
        case ArrayType(index=index, item=item):
            yield from _symmetric_leaves(index)
            yield from _symmetric_leaves(item)
        case RecordType():
            for item in kind.items():
                yield from _symmetric_leaves(item)


def _ordered_domain(domain: ir.Expr) -> str | None:
    """The symmetric type whose order a loop over `domain` would follow: a set or array, not a sequence's own order."""
    match domain.type:
        case SetType(item=item) if mentions_symmetry(item):
            return _named(item)
        case ArrayType(index=index) if mentions_symmetry(index):
            return _named(index)
    return None


def _statement(statement: ir.Stmt) -> Iterable[Problem]:
    if isinstance(statement, ir.For):
        name = _ordered_domain(statement.generator.domain)
        if name is not None:
            problem = f"a loop meets the members of {name} in an order, and they have none"
            remedy = "Use any, all, sum, a comprehension, or choose."
            yield Problem("E402", statement.span, problem, remedy)


def _expression(expression: ir.Expr, program: ir.Program) -> Iterable[Problem]:
    match expression:
        case ir.Compare(op="<" | "<=", left=left) if mentions_symmetry(left.type) and not isinstance(
            left.type, SetType
        ):
            problem = f"members of {_named(left.type)} have no order"
            yield Problem("E403", expression.span, problem, "Compare them with == only.")
        case ir.Comprehension(op="any" | "all" | "sum" | "min" | "max" | "set", generators=generators) if any(
            _ordered_domain(generator.domain) for generator in generators
        ):
            yield from _effects(expression, program)
        case ir.Const(type=kind, value=value) if _names_member(kind, value):
            problem = f"{value!r} names a certain member of {_named(kind)}"
            yield Problem("E404", expression.span, problem, "Use choose, or compare with a variable.")


def _effects(expression: ir.Comprehension, program: ir.Program) -> Iterable[Problem]:
    """What happens inside a comprehension over members happens in an order too: choices, changes, and failures that a
    decided `any` or `all` would never come to."""
    remedy = "Do it before, and use the result here."
    for inner in ir.walk_expressions(expression):
        if isinstance(inner, ir.Choose) and expression.op != "set":
            yield Problem("E405", inner.span, "a choice inside a loop over symmetric members sees their order", remedy)
        if isinstance(inner, ir.Call) and _acts(program.functions[inner.function], program):
            problem = f"{inner.function!r} acts inside a loop over symmetric members, and so shows their order"
            yield Problem("E405", inner.span, problem, remedy)
        if expression.op in ("any", "all") and _may_fail(inner, program):
            problem = f"this can fail inside `{expression.op}` over symmetric members, and so shows their order"
            remedy = "Test first what makes it fail, or use a sum or a set comprehension."
            yield Problem("E406", inner.span, problem, remedy)


def _parts(function: ir.Function) -> Iterable[ir.Expr]:
    for statement in ir.walk(function.body):
        for outer in ir.expressions(statement):
            yield from ir.walk_expressions(outer)


def _acts(function: ir.Function, program: ir.Program) -> bool:
    """Whether a helper chooses, requires, asserts or changes the state."""
    for statement in ir.walk(function.body):
        if isinstance(statement, (ir.Require, ir.Assert)) or _changes_state(statement):
            return True
    for part in _parts(function):
        if isinstance(part, ir.Choose):
            return True
        if isinstance(part, ir.Call) and _acts(program.functions[part.function], program):
            return True
    return False


def _changes_state(statement: ir.Stmt) -> bool:
    if not isinstance(statement, ir.Assign):
        return False
    target = statement.target
    while isinstance(target, (ir.Index, ir.Attribute)):
        target = target.base
    return isinstance(target, ir.Variable)


def _may_fail(expression: ir.Expr, program: ir.Program) -> bool:
    """Whether evaluating just this node, or the helper it calls, can be an EVALUATION or STORE failure."""
    match expression:
        case ir.Convert(checked=checked):
            return checked
        case ir.Index(base=base):
            return isinstance(base.type, SeqType)
        case ir.Append() | ir.Without():
            return True
        case ir.Binary(op="//" | "%" | "<<" | ">>", right=right):
            return not isinstance(right, ir.Const)
        case ir.Comprehension(op="min" | "max"):
            return True
        case ir.Call(function=name):
            function = program.functions[name]
            loops = any(isinstance(statement, ir.While) for statement in ir.walk(function.body))
            return loops or any(_may_fail(part, program) for part in _parts(function))
    return False


def _names_member(kind: Type, value: object) -> bool:
    if isinstance(kind, OptType):
        return value is not None and _names_member(kind.item, value)
    match kind:
        case SymType():
            return True
        case SetType(item=item):
            return mentions_symmetry(item) and isinstance(value, frozenset) and len(value) > 0
        case SeqType(item=item):
            return mentions_symmetry(item) and isinstance(value, tuple) and len(value) > 0
    return False
