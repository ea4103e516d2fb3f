"""How a property sees a process: where it stands, `self.mutator[g].at("latched")`; its locals, `self.mutator[g].slot`.

Both are read from the variables of the state that keep them. A local that the process no longer needs holds its type's
default; to be mentioned here does not keep it alive. Only properties, and helpers that nothing else calls, can look:
a step that depended on another's locals would need them where that process has forgotten them.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from checker.errors import did_you_mean, nearest
from checker.frontend import values
from checker.frontend.dispatch import expression
from checker.frontend.scope import Scope
from checker.ir import nodes as ir
from checker.ir.nodes import BEFORE
from checker.ir.points import names_in, plain_name
from checker.ir.types import BOOL, ArrayType, EnumType, Type

Standing = tuple[ir.Process, ast.expr | None, bool]  # a process, which of its instances, whether before the step


def standing(scope: Scope, node: ast.expr) -> Standing | None:
    """The process that `self.name` or `self.name[i]` means; None if it means something else."""
    base = node.value if isinstance(node, ast.Subscript) else node
    if not (isinstance(base, ast.Attribute) and scope.is_state(base.value)):
        return None
    if not scope.symbols.is_process(base.attr):
        return None
    process = scope.symbols.seen_process(base.attr)
    if process is None:
        problem = f"a step cannot see where the process {base.attr!r} stands, nor its locals"
        raise scope.refuse("E212", node, problem, "Keep in a variable what other steps need to know.")
    index = node.slice if isinstance(node, ast.Subscript) else None
    if (index is None) != (process.index is None):
        one = f"self.{base.attr}" if process.index is None else f"self.{base.attr}[{process.index.name}]"
        problem = f"process {base.attr!r} has {'no index' if process.index is None else 'an index'}"
        raise scope.refuse("E212", node, problem, f"Write `{one}`.")
    return process, index, scope.is_earlier(base.value)


def at(scope: Scope, node: ast.Call, found: Standing) -> ir.Expr:
    """`.at("latched", ...)`: whether the process stands at one of these control points."""
    process = found[0]
    point = _kept(scope, node, found, process.point_variable)
    assert isinstance(point.type, EnumType)
    wanted: set[str] = set()
    if not node.args or node.keywords:
        raise scope.refuse("E213", node, "at() takes the names of control points", 'Write `.at("stored")`.')
    for argument in node.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            raise scope.refuse("E213", argument, "a control point is named by its text", 'Write `.at("stored")`.')
        if not any(argument.value in each.names for each in process.points):
            problem = f"process {process.name!r} stops at no {argument.value!r}"
            raise _unknown(scope, argument, problem, argument.value, names_in(process))
        wanted.add(argument.value)
    scope.symbols.asked.setdefault(process.name, set()).add(frozenset(wanted))
    labels = [each.label for each in process.points if wanted & set(each.names)]
    span = scope.span(node)
    tests = [ir.Compare(span, BOOL, "==", point, ir.Const(span, point.type, label)) for label in labels]
    return values.both(span, "or", list(tests))


def local(scope: Scope, node: ast.Attribute) -> ir.Expr | None:
    """`self.mutator[g].slot`: what a local of the process holds; `.write_barrier.slot` is that of a helper which it
    calls with `yield from`. None if it means something else."""
    names, base = [node.attr], node.value
    found = standing(scope, base)
    while found is None:
        if not isinstance(base, ast.Attribute):
            return None
        names.insert(0, base.attr)
        base = base.value
        found = standing(scope, base)
    process, name = found[0], ".".join(names)
    if name == "finished":
        return _finished(scope, node, found)
    if name in process.kept and not any(_is_of_another_call(each, name) for each in process.kept):
        return _kept(scope, node, found, process.kept[name])
    return _local_of_helper(scope, node, found, name)


def _finished(scope: Scope, node: ast.Attribute, found: Standing) -> ir.Expr:
    """`.finished`: whether nothing is left for the process to do."""
    process, span = found[0], scope.span(node)
    if any(plain_name(each) == "finished" for each in process.locals):
        problem = f"process {process.name!r} has a local called 'finished', and may have finished"
        raise scope.refuse("E212", node, problem, "Give the local another name.")
    point = _kept(scope, node, found, process.point_variable)
    ends = [ir.Const(span, point.type, each.label) for each in process.points if each.block is None]
    tests = [ir.Compare(span, BOOL, "==", point, end) for end in ends]
    if not tests and not values.cannot_fail(point):
        return ir.Compare(span, BOOL, "!=", point, point)  # never; but of which process must be worked out
    return values.both(span, "or", list(tests)) if tests else ir.Const(span, BOOL, False)


def _is_of_another_call(kept: str, name: str) -> bool:
    """Whether what is kept is a local of a helper by this name, as it is in a second or later call."""
    plain, _, number = kept.partition("'")
    return "." in name and plain == name and number.isdecimal()


def _local_of_helper(scope: Scope, node: ast.Attribute, found: Standing, name: str) -> ir.Expr:
    """The one local of that plain name, in whichever helper; or the mistake."""
    process = found[0]
    alike = [each for each in process.kept if plain_name(each) == name or each.partition("'")[0] == name]
    if len(alike) == 1:
        return _kept(scope, node, found, process.kept[alike[0]])
    if alike:
        problem = f"several locals of process {process.name!r} are called {name!r}"
        raise scope.refuse("E212", node, problem, f"There are: {', '.join(sorted(alike))}.")
    if name in process.locals or name in {plain_name(each) for each in process.locals}:
        problem = f"process {process.name!r} needs {name!r} within steps only: no state keeps it"
        raise scope.refuse("E212", node, problem, "Keep it in a variable of the model.")
    known = [*sorted(process.kept), "at", "finished"]
    raise _unknown(scope, node, f"process {process.name!r} keeps no {name!r}", name, known)


def _unknown(scope: Scope, node: ast.AST, problem: str, name: str, known: Sequence[str]) -> Exception:
    return scope.refuse("E212", node, problem, did_you_mean(nearest(name, known), f"There are: {', '.join(known)}."))


def _kept(scope: Scope, node: ast.AST, found: Standing, name: str) -> ir.Expr:
    """The variable that keeps something of a process, for the instance that is meant."""
    process, index, earlier = found
    kind: Type = scope.symbols.hidden_type(name)
    span = scope.span(node)
    whole = ir.Variable(span, kind, BEFORE + name if earlier else name)
    if index is None:
        return whole
    assert isinstance(kind, ArrayType) and process.index is not None
    which = scope.convert(index, expression(scope, index), kind.index, ir.Kind.EVALUATION)
    return ir.Index(span, kind.item, whole, which)
