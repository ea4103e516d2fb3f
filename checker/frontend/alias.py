"""Values are copied, never shared: what looks like changing something through another name for it is refused (E209).

In Python `s = self.grey; s.add(x)` changes the model's variable too; in the language it would not. Where a local is
changed in place, every value it is given must therefore be a new one, and none may have been stored elsewhere before.
"""

from __future__ import annotations

import ast

from checker.errors import Problem
from checker.frontend.calls import callee
from checker.frontend.escape import changed_after_stored
from checker.frontend.scope import MISSING, Refused, Scope
from checker.frontend.signature import stored_names
from checker.ir.points import plain_name
from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, Type
from checker.lang import declare
from checker.lang.declare import RecordForm
from checker.lang.model import Method

_NEW = (ast.Set, ast.SetComp, ast.ListComp, ast.DictComp, ast.List, ast.Tuple, ast.BinOp, ast.Constant)


def note(scope: Scope, target: ast.expr, source: ast.expr) -> None:
    """Remember the locals that an assignment makes another name for something."""
    if isinstance(target, ast.Name):
        if _names_another(scope, source):
            scope.aliases.setdefault(scope.resolve_name(target.id), scope.span(target))
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts = source.elts if isinstance(source, (ast.Tuple, ast.List)) else [source] * len(target.elts)
        for part, given in zip(target.elts, parts, strict=False):
            note(scope, part, given)


def _names_another(scope: Scope, node: ast.expr) -> bool:
    """Whether an expression gives, in Python, something that has another name already: all but what is newly made."""
    if isinstance(node, ast.IfExp):
        return _names_another(scope, node.body) or _names_another(scope, node.orelse)
    if not isinstance(node, ast.Call):
        return not isinstance(node, _NEW)
    try:
        function = callee(scope, node)
    except Refused:
        return False  # reported where the call is read
    if isinstance(function, Method):
        return not _makes_anew(scope, function)
    return not (function in (set, frozenset, declare.choose, MISSING) or isinstance(function, RecordForm))


def _makes_anew(scope: Scope, method: Method) -> bool:
    """Whether a helper returns only what it has newly made: literals, or a local of its own that is given only such."""
    node = scope.symbols.source(method).node
    inner = list(ast.walk(node))
    new = stored_names(node.body)
    for statement in inner:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and not _is_new(statement.value):
            new -= stored_names([statement])
        elif isinstance(statement, ast.For):
            new -= stored_names([statement.target])
    new -= {argument.arg for argument in node.args.args}
    returned = [statement.value for statement in inner if isinstance(statement, ast.Return) and statement.value]
    return all(_is_new(value) or (isinstance(value, ast.Name) and value.id in new) for value in returned)


def _is_new(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset")
    return node is None or isinstance(node, _NEW)


def check(scope: Scope) -> None:
    """Report the locals of a function that are changed in place and may name, or be, a part of something else."""
    for name, span in scope.mutated.items():
        if name in scope.aliases and _changeable(scope.type_of(name)):
            problem = f"{plain_name(name)!r} is changed in place, but names a part of something else"
            remedy = "Change the variable itself, or make a copy first: `set(x)`, `{i: x[i] for i in self.T}`."
            scope.problems.append(Problem("E209", span, problem, remedy))
        elif _changeable(scope.type_of(name)) and "." not in name:  # not a local of an inlined helper
            change = changed_after_stored(scope.source.node, plain_name(name))
            if change is not None:
                problem = f"{plain_name(name)!r} is changed in place after it was stored elsewhere"
                remedy = "Change what it was stored in, or store a copy: `set(x)`, `{i: x[i] for i in self.T}`."
                scope.problems.append(Problem("E209", scope.span(change), problem, remedy))


def _changeable(kind: Type) -> bool:
    """Whether a change in place could be seen through another name: never for a number."""
    return isinstance(kind, (ArrayType, OptType, RecordType, SeqType, SetType))
