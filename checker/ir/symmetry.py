"""What could tell the members of a symmetric type apart is refused: symmetry reduction is sound by construction.

Members can be compared for equality, chosen, held in sets, arrays, records and sequences, and used as an index. Their
order cannot be seen: no `<`, no loop statement over them, no member named by a number (the types already forbid that),
and no variable that starts out as a certain member. Reports E4xx.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.errors import Problem
from checker.ir import nodes as ir
from checker.ir.analysis import can_fail, root
from checker.ir.limits import all_statements
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import (
    ArrayType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
    leaves,
    mentions_symmetry,
)
from checker.source import declaration


def check(program: ir.Program, model: type) -> list[Problem]:
    """Every place of the program, made from `model`, where members of a symmetric type are not treated alike."""
    return [*(problem for variable in program.variables for problem in _default(variable, model)), *check_code(program)]


def check_code(program: ir.Program) -> list[Problem]:
    """Every such place in the code of the program."""
    found: list[Problem] = []
    forgets = {id(each) for action in program.actions if action.crash_of for each in walk(action.body)}
    for statement in all_statements(program):
        if id(statement) in forgets and isinstance(statement, ir.Assign) and _forgets(statement):
            continue
        found.extend(_statement(statement))
        for outer in expressions(statement):
            for inner in walk_expressions(outer):
                found.extend(_expression(inner, program))
    return found


def _forgets(statement: ir.Assign) -> bool:
    """Whether a crash gives a local that the process does not need any more the value of those, which is never read."""
    target = root(statement.target)
    return isinstance(target, ir.Variable) and "." in target.name and isinstance(statement.value, ir.Const)


def _default(variable: ir.Declared, model: type) -> Iterable[Problem]:
    """A model's variable whose default would be a certain member. Locals that are dead are no such thing."""
    if variable.role is ir.Role.MODEL and _starts_as_member(variable.type):
        problem = f"variable {variable.name!r} starts as a certain member of {_named(variable.type)}, a symmetric type"
        yield Problem(
            "E401", declaration(model, variable.name), problem, "Use Opt(T), or a set: they start as None and empty."
        )


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
    return next((leaf.name for leaf in leaves(kind) if isinstance(leaf, SymType)), str(kind))


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
        case ir.Comprehension(generators=generators) if any(_ordered_domain(g.domain) for g in generators):
            yield from _effects(expression, program)
        case ir.Const(type=kind, value=value) if kind.contains(value) and _names_member(kind, value):
            problem = f"{kind.show(value)} names a certain member of a symmetric type"
            yield Problem("E404", expression.span, problem, "Use choose, or compare with a variable.")
        case ir.Convert(operand=operand, type=target) if _numbers_members(operand.type, target):
            problem = "a tuple gives certain members of a symmetric type their values"
            yield Problem("E404", expression.span, problem, "Use a comprehension: {m: value for m in self.T}.")


def _effects(expression: ir.Comprehension, program: ir.Program) -> Iterable[Problem]:
    """What happens inside a comprehension over members happens in an order too: changes, choices that end it or add up,
    and failures that a decided `any` or `all`, or an impossible choice, would never come to."""
    remedy = "Do it before, and use the result here."
    inside = list(walk_expressions(expression))
    may_end = expression.op in ("any", "all") or any(_may_be_impossible(inner) for inner in inside)
    for inner in inside:
        if isinstance(inner, ir.Choose) and expression.op not in ("set", "array"):
            yield Problem("E405", inner.span, "a choice inside a loop over symmetric members sees their order", remedy)
        if isinstance(inner, ir.Call) and _acts(program.functions[inner.function], program):
            name = inner.function.partition("'")[0]
            problem = f"{name!r} acts inside a loop over symmetric members, and so sees their order"
            yield Problem("E405", inner.span, problem, remedy)
        if may_end and _may_fail(inner, program):
            problem = f"this can fail inside `{expression.op}` over symmetric members, and so shows their order"
            remedy_here = "Use sum or a set comprehension, which look at every member."
            yield Problem("E406", inner.span, problem, remedy_here)


def _may_be_impossible(expression: ir.Expr) -> bool:
    """Whether a choice can find nothing to choose from."""
    return isinstance(expression, ir.Choose) and not isinstance(expression.domain, ir.Every)


def _parts(function: ir.Function) -> Iterable[ir.Expr]:
    for statement in walk(function.body):
        for outer in expressions(statement):
            yield from walk_expressions(outer)


def _acts(function: ir.Function, program: ir.Program) -> bool:
    """Whether a helper chooses, requires, asserts or changes the state."""
    for statement in walk(function.body):
        if isinstance(statement, (ir.Require, ir.Assert)) or _changes_state(statement):
            return True
    for part in _parts(function):
        if isinstance(part, ir.Choose):
            return True
        if isinstance(part, ir.Call) and _acts(program.functions[part.function], program):
            return True
    return False


def _changes_state(statement: ir.Stmt) -> bool:
    return isinstance(statement, ir.Assign) and isinstance(root(statement.target), ir.Variable)


def _may_fail(expression: ir.Expr, program: ir.Program) -> bool:
    """Whether evaluating just this node, or the helper it calls, can be an EVALUATION or STORE failure."""
    if isinstance(expression, ir.Call):
        function = program.functions[expression.function]
        loops = any(isinstance(statement, ir.While) for statement in walk(function.body))
        return loops or any(_may_fail(part, program) for part in _parts(function))
    return can_fail(expression)


def _names_member(kind: Type, value: Value) -> bool:
    """Whether a constant holds a certain member, or treats certain members differently."""
    match kind:
        case SymType():
            return True
        case OptType(item=item):
            return value is not None and _names_member(item, value)
        case SetType(item=item) | SeqType(item=item):
            return any(_names_member(item, part) for part in value)
        case ArrayType(index=index, item=item):
            unlike = mentions_symmetry(index) and any(part != value[0] for part in value)
            return unlike or any(_names_member(item, part) for part in value)
        case RecordType() | TupleType():
            return any(_names_member(item, part) for item, part in zip(kind.items(), value, strict=True))
    return False


def _numbers_members(source: Type, target: Type) -> bool:
    """Whether a conversion makes places in a tuple, which have an order, into members as an array's index."""
    match source, target:
        case OptType(item=item), _:
            return _numbers_members(item, target)
        case _, OptType(item=item):
            return _numbers_members(source, item)
        case TupleType(parts=parts), ArrayType(index=index, item=item):
            return mentions_symmetry(index) or any(_numbers_members(part, item) for part in parts)
        case TupleType(parts=parts), SeqType(item=item):
            return any(_numbers_members(part, item) for part in parts)
        case TupleType(parts=parts), TupleType(parts=wanted):
            return any(_numbers_members(part, want) for part, want in zip(parts, wanted, strict=True))
        case (SetType(item=item), SetType(item=want)) | (SeqType(item=item), SeqType(item=want)):
            return _numbers_members(item, want)
        case ArrayType(item=item), ArrayType(item=want):
            return _numbers_members(item, want)
    return False
