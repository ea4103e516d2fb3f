"""A model with some of its sizes left open: what it means for every size at once, or why that cannot be said.

Two things are asked of it. The value of a parameter that is left open is used for the sizes of symmetric types and for
nothing else, and nowhere does a number of members become a number of the program: that is noted while it is compiled.
And the programs of several sizes are one program, but for these sizes. The first is what makes it so for all sizes; the
second would show if the first had been forgotten somewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any

from checker.errors import ModelError, Problem, Span, UsageError, unknown_name
from checker.frontend.compile import compile_program
from checker.frontend.open_counts import SUMS, compares_counts, counted_set, unbounded
from checker.ir import nodes as ir
from checker.ir.types import ArrayType, IntType, OptType, RecordType, SetType, SymType, TupleType, Type, Value, leaves
from checker.ir.types import mentions_symmetry as symmetric
from checker.lang.model import Method, Model, bind, model_name, outline, parameter_type
from checker.lang.open_sizes import OpenParameters, Use, noting
from checker.source import declaration, source_of

SIZES = (1, 2, 3, 4)
"""The sizes at which the programs are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenSizes:
    """What is left open: parameters by name. `programs` are those of the least sizes, each with all that is left open
    at one size."""

    names: tuple[str, ...]
    programs: Mapping[int, ir.Program]


def left_open(model: type[Model], parameters: Mapping[str, Any], wanted: str) -> OpenSizes:
    """The model with the parameters `wanted` left open: names with commas between them, or `all` that size symmetric
    types. Raises UsageError U027, and ModelError E601 and E602 where it cannot be said for every size."""
    names = _names(model, parameters, wanted)
    bound = bind(model, parameters)
    programs: dict[int, ir.Program] = {}
    for size in SIZES:
        if _takes(model, bound, names, size):
            programs[size] = _compiled(model, {**parameters, **dict.fromkeys(names, size)}, names)
    apart = [_compiled(model, {**parameters, **each}, names) for each in _apart(model, bound, names)]
    if len(programs) < 2:
        problem = f"{', '.join(names)} takes too few of the sizes {', '.join(map(str, SIZES))}"
        raise UsageError("U027", problem, "Let its type hold at least two of them.")
    _confirm_named_apart(model, [*programs.values(), *apart])
    first, *others = [*programs.values(), *apart]
    for other in others:
        _confirm_same(model, first, other)
    return OpenSizes(names, programs)


def _names(model: type[Model], parameters: Mapping[str, Any], wanted: str) -> tuple[str, ...]:
    declared = outline(model).parameters
    known = cache(lambda: _members(compile_program(model(**parameters))))
    if wanted == "all":
        found = tuple(name for name in declared if name not in parameters and _sizes(model, parameters, name, known))
        if found:
            return found
        problem = f"no parameter of {model.__name__} that is not set sizes a symmetric type"
        remedy = "Declare the type as Range(n, symmetric=True), with n = Param(3)."
        raise UsageError("U027", problem, _said_elsewhere(model) or remedy)
    names = tuple(dict.fromkeys(name.strip() for name in wanted.split(",")))
    for name in names:
        if name not in declared:
            raise unknown_name("U027", f"{model.__name__} has no parameter {name!r}", name, list(declared))
        if name in parameters:
            problem = f"{name} cannot be left open and set to {parameters[name]}"
            raise UsageError("U027", problem, f"Leave out --set {name}, or take it out of --unbounded.")
        if not _sizes(model, parameters, name, known):
            problem = f"{name} does not size a symmetric type, so that its value cannot be left open"
            remedy = f"Declare the type as Range({name}, symmetric=True)."
            raise UsageError("U027", problem, _said_elsewhere(model) or remedy)
    return names


def _said_elsewhere(model: type[Model]) -> str:
    """The remedy of a model that names another one which says the same for every size; empty if it names none."""
    other = elsewhere(model)
    return f"The same is said for every size by {other}, with --unbounded all." if other else ""


def elsewhere(model: type[Model]) -> str:
    """The model that says the same as this one with sizes left open, by its name; empty if it names none itself."""
    other = vars(model).get("every_size")
    return other if isinstance(other, str) else ""


def one_that_can(models: Iterable[type[Model]]) -> str | None:
    """The first of some models whose sizes can be left open, or that names another one, by its name. It is compiled to
    see that; None if there is none."""
    for model in models:
        try:
            if elsewhere(model):
                return elsewhere(model)
            left_open(model, {}, "all")
            return model_name(model)
        except (ModelError, UsageError):
            continue
    return None


def _sizes(model: type[Model], parameters: Mapping[str, Any], name: str, known: Callable[[], set[SymType]]) -> bool:
    """Whether the sizes of symmetric types, which are `known`, depend on a parameter."""
    bound = bind(model, parameters)
    value = bound[name]
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    other = next(
        (size for size in (value + 1, value - 1, *SIZES) if size != value and _takes(model, bound, (name,), size)), None
    )
    return other is not None and _members(compile_program(model(**{**parameters, name: other}))) != known()


def _members(program: ir.Program) -> set[SymType]:
    return {leaf for kind in _types(program) for leaf in leaves(kind) if isinstance(leaf, SymType)}


def _types(program: ir.Program) -> Iterator[Type]:
    """The types of variables, parameters and locals: every type of the program is made of what these are made of."""
    yield from (each.type for each in program.variables)
    functions = [*program.functions.values(), *program.actions, *(each.function for each in program.properties)]
    functions += [each.function for each in program.ranks]
    functions += [each.function for each in program.temporal] + ([] if program.init is None else [program.init])
    for function in functions:
        yield from (each.type for each in function.parameters)
        yield from function.locals.values()
    for process in program.processes:
        yield from process.locals.values()
        yield from () if process.index is None else (process.index.type,)


def _takes(model: type[Model], bound: Mapping[str, Value], names: Sequence[str], size: int) -> bool:
    """Whether all of these parameters can be set to a size."""
    declared = outline(model).parameters
    return all(parameter_type(declared[name], bound).contains(size) for name in names)


def _apart(model: type[Model], bound: Mapping[str, Value], names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Sizes that differ, so that types of different parameters do."""
    if len(names) > 1:
        for turned in (1, -1):
            sizes = {name: SIZES[(place * turned) % len(SIZES)] for place, name in enumerate(names)}
            if all(_takes(model, bound, (name,), size) for name, size in sizes.items()):
                yield sizes


def _compiled(model: type[Model], parameters: Mapping[str, Any], names: tuple[str, ...]) -> ir.Program:
    """The program of one size. Raises E601 where the size is used for anything but that of a symmetric type."""
    uses: list[Use] = []
    made = model(**parameters)
    made.parameters = OpenParameters(made.parameters, names, uses)
    try:
        with noting(uses):
            program = compile_program(made)
    finally:
        problems = dict.fromkeys(_problem(model, use) for use in uses)
        if problems:  # rather than that it cannot be compiled at a size which nobody has asked for
            raise ModelError(list(problems))
    return replace(program, parameters=dict(made.parameters.items()))


def _problem(model: type[Model], use: Use) -> Problem:
    if use.name is None:
        problem = f"how many members {use.kind.partition(' (')[0]} has becomes a number here, and is left open"
        return Problem("E601", use.span, problem, "Ask with any or all, or give the size with --set.")
    problem = f"{use.name!r} is left open, and used for more than the size of a symmetric type"
    return Problem("E601", _place(model, use.name), problem, f"Leave {use.name} out of --unbounded, or do not use it.")


def _place(model: type[Model], name: str) -> Span | None:
    """A place where a method reads the parameter, if one does so by its name; else where it is declared."""
    for method in outline(model).methods.values():
        for node in ast.walk(_tree(method)):
            if isinstance(node, ast.Attribute) and node.attr == name:
                return source_of(method.function).span(node)
    return declaration(model, name)


def _tree(method: Method) -> ast.AST:
    return source_of(method.function).node


def _confirm_named_apart(model: type[Model], programs: Sequence[ir.Program]) -> None:
    """Symmetric types go by their names: two of one name and different sizes would be taken for one. Raises E602."""
    for program in programs:
        known: dict[str, int] = {}
        for member in sorted(_members(program), key=str):
            if known.setdefault(member.name, member.count) != member.count:
                problem = f"two symmetric types are called {member.name}"
                remedy = "Give each a name of its own in the class body: Node = Range(n, symmetric=True)."
                raise ModelError([Problem("E602", declaration(model), problem, remedy)])


class _Different(Exception):
    """Two programs differ."""

    def __init__(self, span: Span | None) -> None:
        self.span = span


def _confirm_same(model: type[Model], one: ir.Program, other: ir.Program) -> None:
    """Raises E602 if two programs differ in more than the sizes of symmetric types."""
    try:
        for name in (
            "variables",
            "functions",
            "init",
            "actions",
            "processes",
            "properties",
            "temporal",
            "fairness",
            "steps",
            "ranks",
        ):
            _same(getattr(one, name), getattr(other, name), None)
    except _Different as different:
        problem = "what stands here depends on the size of a symmetric type, which is left open"
        remedy = "Say it with any, all, a comprehension or choose; of a set it can be asked if it is empty, or has one."
        raise ModelError([Problem("E602", different.span or declaration(model), problem, remedy)]) from None


def _same(one: Any, other: Any, span: Span | None) -> None:
    span = getattr(one, "span", None) or span
    if type(one) is not type(other):
        raise _Different(span)
    match one:
        case SymType():
            _equal(one.name, other.name, span)
        case ir.Const():
            _same(one.type, other.type, span)
            try:
                alike = shape(one.type, one.value) == shape(other.type, other.value)
            except ValueError:
                alike = False
            _equal(alike, True, span)
        case ir.Compare() if (counts := emptiness(one)) is not None:
            against = emptiness(other)
            if against is None:
                raise _Different(span)
            _equal((one.op, counts[1:]), (other.op, against[1:]), span)
            _same(counts[0], against[0], span)
        case ir.Compare() if compares_counts(one):
            _equal(one.op, other.op, span)
            _same_sum(one.left, other.left, span)
            _same_sum(one.right, other.right, span)
        case Mapping():
            _equal(list(one), list(other), span)
            _same(tuple(one.values()), tuple(other.values()), span)
        case tuple() | list():
            _equal(len(one), len(other), span)
            for left, right in zip(one, other, strict=True):
                _same(left, right, span)
        case Enum():
            _equal(one, other, span)
        case _ if is_dataclass(one):
            for each in fields(one):
                if each.compare:
                    _same(getattr(one, each.name), getattr(other, each.name), span)
        case _:
            _equal(one, other, span)


def _same_sum(one: ir.Expr, other: ir.Expr, span: Span | None) -> None:
    """The bounds of a sum of counts go with the size, and what it says does not."""
    one, other = unbounded(one), unbounded(other)
    match one, other:
        case ir.Unary(op="-"), ir.Unary(op="-"):
            _same_sum(one.operand, other.operand, span)
        case ir.Binary(op=op), ir.Binary() if op in SUMS:
            _equal(op, other.op, span)
            _same_sum(one.left, other.left, span)
            _same_sum(one.right, other.right, span)
        case ir.Const(type=IntType(), value=value), ir.Const(type=IntType()):
            _equal(value, other.value, span)
        case _:
            sets = counted_set(one), counted_set(other)
            _same(*((one, other) if None in sets else sets), span)


def _equal(one: object, other: object, span: Span | None) -> None:
    if one != other:
        raise _Different(span)


def shape(kind: Type, value: Value) -> object:
    """A constant, but for how often an array over members of a symmetric type says the same. Raises ValueError for one
    that treats certain members differently."""
    match kind:
        case SymType():
            raise ValueError(f"{value} is a certain member of {kind}")
        case OptType(item=item):
            return None if value is None else (shape(item, value),)
        case SetType(item=item):
            return frozenset(shape(item, each) for each in value)
        case ArrayType(index=index, item=item):
            found = tuple(shape(item, each) for each in value)
            if symmetric(index):
                if any(each != found[0] for each in found):
                    raise ValueError(f"{value} treats certain members of {index} differently")
                return ("all", found[0])
            return found
        case RecordType() | TupleType():
            return tuple(shape(item, part) for item, part in zip(kind.items(), value, strict=True))
        case _:
            return value


def emptiness(expr: ir.Compare) -> tuple[ir.Expr, int, bool] | None:
    """For a comparison of the number of members of a set, over a type that has symmetric members in it, with a known
    number: the set, the number, and whether the set stands on the left. None if it is no such thing."""
    for counted, number, first in ((expr.left, expr.right, True), (expr.right, expr.left, False)):
        match counted, number:
            case ir.Unary(op="len", operand=operand), ir.Const(type=IntType(), value=int(value)) if isinstance(
                operand.type, SetType
            ) and symmetric(operand.type):
                return operand, value, first
    return None
