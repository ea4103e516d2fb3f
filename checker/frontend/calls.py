"""Calls and comprehensions: built-in functions, methods of values, helpers, record constructors."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

from checker import HOME
from checker.frontend import control_points, signature, temporal, values
from checker.frontend.dispatch import SUPPORTED, condition, expression, handles, integer, strip_opt
from checker.frontend.domains import as_set, choose, domain, generators, over
from checker.frontend.expressions import common_type, no_member, unknown_name
from checker.frontend.scope import MISSING, Refused, Scope
from checker.ir import nodes as ir
from checker.ir.nodes import BEFORE
from checker.ir.sizes import LARGEST_INDEX, fits
from checker.ir.types import (
    BOOL,
    NEVER,
    ArrayType,
    BoolType,
    IntType,
    NeverType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    is_scalar,
)
from checker.lang import declare
from checker.lang.declare import RecordForm
from checker.lang.model import Method
from checker.lang.open_sizes import counted


@handles(ast.Call)
def call(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    """A call of anything."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "at":
        found = control_points.standing(scope, node.func.value)
        if found is not None:
            return control_points.at(scope, node, found)
    function = callee(scope, node)
    if isinstance(function, Method):
        return helper(scope, node, function)
    if function is declare.choose:
        return choose(scope, node)
    if function is declare.require:
        raise scope.refuse("E202", node, "require is a statement of its own", "Put it on its own line.")
    for known, handler in _BUILT_IN.items():
        if function is known:
            return handler(scope, node, hint)
    if function is range:
        remedy = "Loop over it, test with `in`, choose from it, or write set(range(...))."
        raise scope.refuse("E202", node, "a range is not a value by itself", remedy)
    if isinstance(function, RecordForm):
        return record(scope, node, function)
    if _is_helper(function):
        return helper(scope, node, Method(function.__name__, function, object, None))
    if isinstance(node.func, ast.Attribute) and function is MISSING:
        return method_of_value(scope, node, node.func)
    raise scope.refuse("E213", node, f"{ast.unparse(node.func)!r} cannot be called in a model", SUPPORTED)


def _is_helper(function: Any) -> bool:
    """Whether a Python object is a function of the user's own, which can be read."""
    module = str(getattr(function, "__module__", ""))
    theirs = not f"{module}.".startswith(f"{HOME}checker.") and module.partition(".")[0] not in sys.stdlib_module_names
    return inspect.isfunction(function) and theirs


def callee(scope: Scope, node: ast.Call) -> Any:
    """What a call calls: a Method of the model, a Python object, or MISSING for a method of a value."""
    func = node.func
    if isinstance(func, ast.Attribute):
        if scope.is_state(func.value):
            return _of_model(scope, node, func)
        if isinstance(func.value, ast.Call) and scope.static(func.value.func) is super:
            found = scope.symbols.parent_method(func.attr, scope.owner)
            if func.value.args or func.value.keywords:
                remedy = f"Write super().{func.attr}(...)."
                raise scope.refuse("E213", node, "super takes no arguments in a model", remedy)
            if found is None:
                raise scope.refuse("E212", node, f"no parent class has a method {func.attr!r}", "Check the spelling.")
            return found
    found = scope.static(func)
    if found is MISSING and isinstance(func, ast.Name):
        if scope.is_local(func.id):
            raise scope.refuse("E213", node, f"{func.id!r} is a local, and cannot be called", "Use another name.")
        raise unknown_name(scope, func)
    return found


def _of_model(scope: Scope, node: ast.Call, func: ast.Attribute) -> Any:
    """What `self.name(...)` calls."""
    found = scope.symbols.method(func.attr) or scope.static(func)
    if found is MISSING:
        raise no_member(scope, node, func.attr, "Define it in the class body.")
    return found


def helper(scope: Scope, node: ast.Call, method: Method) -> ir.Expr:
    """A call of a helper method or of a plain function of the module."""
    bound = bind_arguments(scope, node, method)
    if bound is None:
        return values.poison(scope.span(node))
    function = scope.symbols.instance(scope, node, method, bound)
    if function is None:
        return values.poison(scope.span(node))
    arguments = tuple(
        scope.convert(node, value, parameter.type, ir.Kind.STORE)
        for value, parameter in zip(bound, function.parameters, strict=True)
    )
    earlier = isinstance(node.func, ast.Attribute) and scope.is_earlier(node.func.value)
    name = BEFORE + function.name if earlier else function.name
    return ir.Call(scope.span(node), function.returns, name, arguments)


def given_arguments(scope: Scope, node: ast.Call, method: Method) -> dict[str, ast.expr]:
    """What a call gives for which parameter, in the order in which it stands there. Refuses what does not fit."""
    names = signature.parameter_names(scope.symbols.source(method), method)
    defaults = signature.default_values(method)
    given: dict[str, ast.expr] = dict(zip(names, node.args, strict=False))
    twice = [word.arg for word in node.keywords if word.arg is None or word.arg in given or word.arg not in names]
    given.update({word.arg: word.value for word in node.keywords if word.arg})
    missing = [name for name in names if name not in given and name not in defaults]
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    if len(node.args) > len(names) or twice or missing or starred:
        wanted = f"It takes {', '.join(names)}." if names else "It takes no arguments."
        raise scope.refuse("E213", node, f"{method.name!r} does not take these arguments", wanted)
    return given


def bind_arguments(scope: Scope, node: ast.Call, method: Method, labels: Collection[str] = ()) -> list[ir.Expr] | None:
    """The arguments of a helper's call in the order of its parameters; None if one was refused.

    `labels` are parameters that take the name of a control point: no values, left out.
    """
    source = scope.symbols.source(method)
    names = [name for name in signature.parameter_names(source, method) if name not in labels]
    defaults = signature.default_values(method)
    given = {name: value for name, value in given_arguments(scope, node, method).items() if name not in labels}
    found = {}
    for name, argument in given.items():
        found[name] = expression(scope, argument, scope.symbols.annotation(source, method, name))
    if list(given) != [name for name in names if name in given] and not all(map(values.is_plain, found.values())):
        remedy = f"Write them in the order {', '.join(names)}."
        raise scope.refuse("E213", node, "arguments that choose or call must stand in their order", remedy)
    for name in names:
        if name not in found:
            found[name] = _default(scope, node, name, defaults[name])
    return None if any(values.is_poison(value) for value in found.values()) else [found[name] for name in names]


def _default(scope: Scope, node: ast.Call, name: str, value: object) -> ir.Expr:
    constant = scope.constant(node, scope.symbols.parameter_value(value))
    if constant is None:
        problem = f"the default of {name!r} is not a value of the language"
        raise scope.refuse("E213", node, problem, f"Give {name!r} in the call.")
    return constant


def record(scope: Scope, node: ast.Call, form: RecordForm) -> ir.Expr:
    """self.Cell(key=1, value=2)."""
    kind = scope.symbols.resolve(form)
    if not isinstance(kind, RecordType):
        return values.poison(scope.span(node))  # one of its fields has no type, which has been said
    given = {word.arg: word.value for word in node.keywords if word.arg}
    wanted = [name for name, _ in kind.fields]
    if node.args or len(given) != len(node.keywords) or sorted(given) != sorted(wanted):
        example = ", ".join(f"{name}=..." for name in wanted)
        raise scope.refuse("E309", node, f"{kind} has the fields {', '.join(wanted)}", f"Write self.{kind}({example}).")
    items = {}
    for name, value in given.items():
        place = kind.position(name)
        assert place is not None
        field = kind.fields[place][1]
        items[name] = scope.convert(value, expression(scope, value, field), field, ir.Kind.STORE)
    if list(given) != wanted and not all(values.is_plain(item) for item in items.values()):
        remedy = f"Write them in the order {', '.join(wanted)}."
        raise scope.refuse("E309", node, "fields that choose or call must stand in their order", remedy)
    return ir.Make(scope.span(node), kind, tuple(items[name] for name in wanted))


def _one(scope: Scope, node: ast.Call) -> ast.expr:
    if len(node.args) != 1 or node.keywords:
        raise scope.refuse("E213", node, f"{ast.unparse(node.func)} takes one argument", "Give it one.")
    return node.args[0]


def _len(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    kind = scope.form(_one(scope, node))
    if kind is not None:
        return _size(scope, node, kind)
    found = domain(scope, _one(scope, node))
    if isinstance(found, ir.Steps):
        raise scope.refuse("E306", node, "the length of a range is not in the language", "Subtract its ends.")
    if isinstance(found.type, ArrayType) and not values.cannot_fail(found):
        return _counted(scope, node, found, found.type.index.size)
    return found if values.is_poison(found) else values.length(found, scope.span(node))


def _size(scope: Scope, node: ast.Call, kind: Type) -> ir.Expr:
    """How many values a type has, whether or not they can be listed."""
    span = scope.span(node.args[0])
    if isinstance(kind, NeverType):
        return values.poison(span)
    if not fits(kind, values.LIMIT - 1):
        raise scope.refuse("E307", node, f"{kind} has more values than 62 bits can count", "Count its parts.")
    fixed = IntType(kind.size, kind.size)
    if isinstance(kind, SymType):
        return ir.Unary(scope.span(node), fixed, "len", ir.Every(span, SetType(kind)))
    counted(kind, span)
    return ir.Const(span, fixed, kind.size)


def _counted(scope: Scope, node: ast.Call, array: ir.Expr, size: int) -> ir.Expr:
    """How many items an array has, which its type says; it is worked out all the same, for what that does."""
    clause, _ = over(scope, node, array)
    one = ir.Const(array.span, IntType(1, 1), 1)
    return ir.Comprehension(scope.span(node), IntType(0, size), "sum", one, (clause,))


def _quantifier(op: str) -> Callable[[Scope, ast.Call, Type | None], ir.Expr]:
    def handler(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
        argument = _one(scope, node)
        span = scope.span(node)
        if isinstance(argument, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
            with generators(scope, argument.generators) as clauses:
                body = condition(scope, argument.elt)
            if isinstance(body, ir.Const) and body.value == (op == "all") and all(map(_harmless, clauses)):
                return body
            return ir.Comprehension(span, BOOL, op, body, clauses)
        clause, item = _over(scope, argument)
        return ir.Comprehension(span, BOOL, op, scope.convert(argument, item, BOOL, ir.Kind.EVALUATION), (clause,))

    return handler


def _harmless(clause: ir.Generator) -> bool:
    """Whether a loop can be left out when its body does not matter."""
    return values.cannot_fail(clause.domain) and (clause.condition is None or values.cannot_fail(clause.condition))


def _over(scope: Scope, node: ast.expr) -> tuple[ir.Generator, ir.Expr]:
    return over(scope, node, domain(scope, node))


def _as_integer(scope: Scope, node: ast.AST, value: ir.Expr) -> ir.Expr:
    if isinstance(value.type, BoolType):
        one = ir.Const(value.span, IntType(0, 1), 1)
        return ir.IfElse(value.span, IntType(0, 1), value, one, ir.Const(value.span, IntType(0, 1), 0))
    value = strip_opt(scope, node, value)
    if not isinstance(value.type, IntType) and not values.is_poison(value):
        problem = f"{values.describe(value.type)} where an integer is expected"
        raise scope.refuse("E302", node, problem, "Use integers.")
    return value


def _sum(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    argument = _one(scope, node)
    if isinstance(argument, (ast.GeneratorExp, ast.ListComp)):
        with generators(scope, argument.generators) as clauses:
            body = _as_integer(scope, argument.elt, expression(scope, argument.elt))
    else:
        clause, item = _over(scope, argument)
        clauses, body = (clause,), _as_integer(scope, argument, item)
    if values.is_poison(body):
        return body
    assert isinstance(body.type, IntType)
    times = 1
    for clause in clauses:
        times *= max(1, values.most_items(clause.domain))
    bounds = IntType(min(0, body.type.lo * times), max(0, body.type.hi * times))
    if max(abs(bounds.lo), abs(bounds.hi)) >= values.LIMIT:
        raise scope.refuse("E307", node, "the sum could leave 62 bits", "Add fewer or smaller integers.")
    return ir.Comprehension(scope.span(node), bounds, "sum", body, clauses)


def _extreme(op: str) -> Callable[[Scope, ast.Call, Type | None], ir.Expr]:
    def handler(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
        span = scope.span(node)
        if node.keywords:
            remedy = "Give it integers, or a generator of integers; test for emptiness first."
            raise scope.refuse("E213", node, f"{op} takes no keywords in a model", remedy)
        if len(node.args) > 1:
            total = integer(scope, node.args[0])
            for argument in node.args[1:]:
                found = values.binary(span, op, total, integer(scope, argument))
                assert found is not None
                total = found
            return total
        argument = _one(scope, node)
        if isinstance(argument, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
            with generators(scope, argument.generators) as clauses:
                body = _as_integer(scope, argument.elt, expression(scope, argument.elt))
        else:
            clause, item = _over(scope, argument)
            clauses, body = (clause,), _as_integer(scope, argument, item)
        return body if values.is_poison(body) else ir.Comprehension(span, body.type, op, body, clauses)

    return handler


def _abs(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    value = integer(scope, _one(scope, node))
    if values.is_poison(value):
        return value
    assert isinstance(value.type, IntType)
    low, high = value.type.lo, value.type.hi
    kind = IntType(0 if low <= 0 <= high else min(abs(low), abs(high)), max(abs(low), abs(high)))
    return ir.Unary(scope.span(node), kind, "abs", value)


def _int(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    argument = _one(scope, node)
    return _as_integer(scope, argument, expression(scope, argument))


def _bool(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    return condition(scope, _one(scope, node))


def _make_set(scope: Scope, node: ast.Call, hint: Type | None) -> ir.Expr:
    span = scope.span(node)
    if not node.args and not node.keywords:
        return ir.Const(span, hint if isinstance(hint, SetType) else SetType(NEVER), frozenset())
    argument = _one(scope, node)
    if isinstance(argument, ast.GeneratorExp):
        return _collect(scope, node, argument.elt, argument.generators, hint)
    found = as_set(scope, argument)
    if not isinstance(found, ir.Every):
        return found
    clause, item = over(scope, argument, found)
    return ir.Comprehension(span, SetType(item.type), "set", item, (clause,))


_BUILT_IN: dict[Any, Callable[[Scope, ast.Call, Type | None], ir.Expr]] = {
    len: _len,
    any: _quantifier("any"),
    all: _quantifier("all"),
    sum: _sum,
    min: _extreme("min"),
    max: _extreme("max"),
    abs: _abs,
    int: _int,
    bool: _bool,
    set: _make_set,
    frozenset: _make_set,
    **temporal.BUILT_IN,
}
_SET_METHODS = {"union": "|", "intersection": "&", "difference": "-", "symmetric_difference": "^"}
_SET_TESTS = ("issubset", "issuperset", "isdisjoint")
_METHODS: dict[type[Type], tuple[Sequence[str], Sequence[str]]] = {  # those that change a place, and those that do not
    SetType: (("add", "discard", "remove", "update", "clear"), (*_SET_METHODS, *_SET_TESTS)),
    SeqType: (("append", "pop", "clear"), ()),
    RecordType: ((), ("_replace",)),
}


def method_of_value(scope: Scope, node: ast.Call, func: ast.Attribute) -> ir.Expr:
    """set.union and the like, and record._replace; what changes a place is a statement."""
    base = strip_opt(scope, func.value, expression(scope, func.value))
    span = scope.span(node)
    if values.is_poison(base):
        return base
    if isinstance(base.type, RecordType) and func.attr == "_replace":
        return _replace(scope, node, base, base.type)
    if isinstance(base.type, SetType) and (func.attr in _SET_METHODS or func.attr in _SET_TESTS):
        other = _one(scope, node)
        if func.attr in _SET_METHODS:
            found = values.binary(span, _SET_METHODS[func.attr], base, expression(scope, other, base.type))
        else:
            found = _set_test(scope, node, func.attr, base, expression(scope, other, base.type))
        if found is not None:
            return found
        raise scope.mismatch(other, expression(scope, other, base.type).type, base.type)
    raise no_method(scope, node, func.attr, base.type, False)


def no_method(scope: Scope, node: ast.AST, name: str, kind: Type, alone: bool) -> Refused:
    """Report a method that a value has not, or not here: `alone` on its line, or inside an expression. The remedy names
    those that there are."""
    changing, giving = _METHODS.get(type(kind), ((), ()))
    problem = f"{name!r} cannot be called on {values.describe(kind)}"
    there = changing if alone or not giving else giving
    if isinstance(kind, TupleType):
        remedy = "Give the sequence its type where it starts: `todo: Seq(Obj, 3) = []`."
    elif name in changing and not alone:
        problem, remedy = f"{problem} inside an expression", "Put it on a line of its own."
    elif there:
        what = {SetType: "A set", SeqType: "A sequence", RecordType: "A record"}[type(kind)]
        remedy = f"{what} has {_listed(there)}{'' if there is giving else ', each on a line of its own'}."
    else:
        remedy = "Sets, sequences and records have methods."
    return scope.refuse("E213", node, problem, remedy)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _set_test(scope: Scope, node: ast.Call, name: str, base: ir.Expr, other: ir.Expr) -> ir.Expr | None:
    span = scope.span(node)
    if name == "issubset":
        return values.compare(span, "<=", base, other)
    if name == "issuperset":
        if not (values.is_plain(base) and values.is_plain(other)):
            raise scope.refuse("E202", node, "a superset test may not choose or call", "Name the values first.")
        return values.compare(span, "<=", other, base)
    common = values.binary(span, "&", base, other)
    found = None if common is None else values.truth(common)
    return None if found is None else values.negate(found)


def _replace(scope: Scope, node: ast.Call, base: ir.Expr, kind: RecordType) -> ir.Expr:
    if node.args:
        raise scope.refuse("E309", node, "_replace takes fields by name", f"Write _replace({kind.fields[0][0]}=...).")
    for word in node.keywords:
        place = kind.position(word.arg or "")
        if place is None:
            remedy = f"Its fields are {', '.join(name for name, _ in kind.fields)}."
            raise scope.refuse("E309", node, f"{kind} has no field {word.arg or '**'!r}", remedy)
        field = kind.fields[place][1]
        value = scope.convert(word.value, expression(scope, word.value, field), field, ir.Kind.STORE)
        base = ir.Replace(scope.span(node), kind, base, word.arg or "", value)
    return base


def _collect(
    scope: Scope, node: ast.AST, body: ast.expr, clauses: list[ast.comprehension], hint: Type | None
) -> ir.Expr:
    wish = hint.item if isinstance(hint, SetType) else None
    with generators(scope, clauses) as made:
        item = expression(scope, body, wish)
        kind = common_type(scope, node, [item], wish)
        item = scope.convert(body, item, kind, ir.Kind.EVALUATION)
    return ir.Comprehension(scope.span(node), SetType(kind), "set", item, made)


@handles(ast.SetComp)
def set_comprehension(scope: Scope, node: ast.SetComp, hint: Type | None) -> ir.Expr:
    """{f(x) for x in D if c}."""
    return _collect(scope, node, node.elt, node.generators, hint)


@handles(ast.ListComp)
def list_comprehension(scope: Scope, node: ast.ListComp, hint: Type | None) -> ir.Expr:
    """[f(x) for x in T]: an array over T."""
    return _array(scope, node, node.elt, node.generators, hint)


@handles(ast.DictComp)
def dict_comprehension(scope: Scope, node: ast.DictComp, hint: Type | None) -> ir.Expr:
    """{x: f(x) for x in T}: an array over T."""
    target = node.generators[0].target
    if not isinstance(node.key, ast.Name) or not isinstance(target, ast.Name) or node.key.id != target.id:
        remedy = "Write {x: ... for x in self.T}."
        raise scope.refuse("E202", node, "a dict comprehension must have its variable as key", remedy)
    return _array(scope, node, node.value, node.generators, hint)


def _array(scope: Scope, node: ast.AST, body: ast.expr, clauses: list[ast.comprehension], hint: Type | None) -> ir.Expr:
    wish = hint.item if isinstance(hint, (ArrayType, SeqType)) else None
    with generators(scope, clauses) as made:
        index = _index_of(made)
        if index is None:
            remedy = "Write [... for x in self.T] with one type, or use a set comprehension."
            raise scope.refuse("E202", node, "an array comprehension goes over one whole type", remedy)
        item = expression(scope, body, wish)
        kind = common_type(scope, node, [item], wish)
        item = scope.convert(body, item, kind, ir.Kind.EVALUATION)
    if values.is_poison(item):
        return item
    if not is_scalar(index):
        remedy = "Write a set comprehension, or an array over single members."
        raise scope.refuse("E312", node, f"{index} cannot index an array", remedy)
    if not fits(index, LARGEST_INDEX):
        raise scope.refuse("E312", node, f"{index} cannot index an array", "Use a smaller range.")
    clause = made[0]
    whole = ir.Every(clause.domain.span, SetType(index))
    made = (ir.Generator(clause.variable, clause.variable_type, whole, None),)
    return ir.Comprehension(scope.span(node), ArrayType(index, kind), "array", item, made)


def _index_of(clauses: tuple[ir.Generator, ...]) -> Type | None:
    """The index type of an array comprehension: a whole type, or range(n) from 0."""
    if len(clauses) != 1 or clauses[0].condition is not None:
        return None
    match clauses[0].domain:
        case ir.Every(type=SetType(item=item)):
            return item
        case ir.Steps(start=ir.Const(value=0), stop=ir.Const(value=int(stop)), step=1) if stop > 0:
            return IntType(0, stop - 1)
    return None
