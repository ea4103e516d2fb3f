"""What no engine could hold is refused here, where the place is still known: sets over large types (E313).

Judges a whole program. How large types may be stands in `checker.ir.sizes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.errors import Problem
from checker.ir import nodes as ir
from checker.ir.sizes import LARGEST_SET, MOST_ARGUMENTS, fits
from checker.ir.traverse import children, conditions, expressions, walk
from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, TupleType, Type

__all__ = ["MOST_ARGUMENTS", "all_statements", "check", "few_arguments"]


def few_arguments(kinds: Sequence[Type]) -> bool:
    """Whether an action with parameters of these types can be tried with all of its arguments."""
    return fits(TupleType(tuple(kinds)), MOST_ARGUMENTS)


def check(program: ir.Program) -> list[Problem]:
    """Every expression of the program whose value is a set over too large a type."""
    found: dict[tuple[str, int], Problem] = {}
    for statement in all_statements(program):
        for outer in expressions(statement):
            for inner, as_domain in _used(outer, isinstance(statement, ir.For)):
                kind = None if as_domain else _large_set(inner.type)
                if kind is not None:
                    problem = f"a set of {kind.item} could have more than {LARGEST_SET:,} members"
                    remedy = _remedy(inner)
                    line = (inner.span.file, inner.span.line)  # once: what is made of it is too large as well
                    found.setdefault(line, Problem("E313", inner.span, problem, remedy))
    return list(found.values())


def _remedy(large: ir.Expr) -> str:
    """What to write in place of too large a set. Of few members of a large type a sequence holds no more than these."""
    match large:
        case ir.Make(type=SetType(item=item), items=members) | ir.Const(type=SetType(item=item), value=members):
            assert isinstance(members, (tuple, frozenset))
            few = f"few: Seq({item}, {len(members)}) = (...)"
            return f"List the members in a sequence: `{few}`. To choose one: `few[choose(Range({len(members)}))]`."
        case _:
            return "Use a smaller type, or bound the members: annotate them with a Range."


def all_statements(program: ir.Program) -> Iterable[ir.Stmt]:
    """Every statement of a program, outer before inner; the conditions that blocks end in stand as `require`s."""
    judged = [*(each.function for each in program.properties), *(each.function for each in program.temporal)]
    judged += [each.function for each in program.ranks]
    functions = [*program.functions.values(), *program.actions, *judged]
    if program.init is not None:
        functions.append(program.init)
    for function in functions:
        yield from walk(function.body)
    for process in program.processes:
        for block in process.blocks:
            yield from walk(block.body)
            for condition in conditions(block.end):
                yield ir.Require(condition.span, condition)


def _used(expression: ir.Expr, as_domain: bool) -> Iterable[tuple[ir.Expr, bool]]:
    """An expression and all inside it, each with whether it is only counted through or looked into."""
    listed = isinstance(expression, (ir.Every, ir.Steps))
    yield expression, listed and as_domain
    for child in children(expression):
        domain = isinstance(expression, (ir.Choose, ir.Comprehension)) and child is not getattr(
            expression, "body", None
        )
        yield from _used(child, domain or (isinstance(expression, ir.Compare) and expression.op == "in"))


def _large_set(kind: Type) -> SetType | None:
    """The set within a type that is too large for an engine."""
    match kind:
        case SetType(item=item):
            return kind if not fits(item, LARGEST_SET) else _large_set(item)
        case OptType(item=item) | SeqType(item=item) | ArrayType(item=item):
            return _large_set(item)
        case RecordType() | TupleType():
            return next((large for item in kind.items() if (large := _large_set(item)) is not None), None)
    return None
