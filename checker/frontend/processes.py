"""Processes: code with `yield` in it, cut into basic blocks and control points.

Only statements that a step can end in are taken apart; the rest stays as it is. `blocks` merges what is equal.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from checker.errors import Span
from checker.frontend import signature, values
from checker.frontend.blocks import Open, Pause
from checker.frontend.calls import bind_arguments, callee, given_arguments
from checker.frontend.changes import assign
from checker.frontend.dispatch import condition, expression
from checker.frontend.domains import domain
from checker.frontend.matching import desugar_match
from checker.frontend.scope import Refused, Scope
from checker.frontend.statements import Loop, merge, no_else, statement
from checker.ir import nodes as ir
from checker.ir.points import is_ours
from checker.ir.sizes import MOST_BLOCKS
from checker.ir.types import NONE, IntType, SetType, Type
from checker.lang.model import Method
from checker.source import Source, too_large

RECURSION = "Recursion is not in the language: use a loop."


@dataclass(frozen=True)
class _Around:
    """Where `break`, `continue` and `return` lead."""

    returns: int | None  # None: the process ends
    result: str | None = None
    loop: Loop | None = None
    breaks: int = 0
    continues: int = 0


class Cutter:
    """One pass over a process: cuts its body into blocks."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.blocks: list[Open] = []
        self._pauses = 0
        self._inside: list[ast.FunctionDef] = [scope.source.node]

    def cut(self, body: list[ast.stmt]) -> None:
        """Fill `blocks`; block 0 is where the process starts."""
        current = self._body(body, self._new(), _Around(None))
        if current is not None:
            self.blocks[current].end = Pause(None)

    def _new(self) -> int:
        if len(self.blocks) == MOST_BLOCKS:
            raise too_large(self.scope.root, f"{self.scope.root.node.name!r} comes to more than {MOST_BLOCKS:,} blocks")
        self.blocks.append(Open())
        return len(self.blocks) - 1

    def _body(self, nodes: list[ast.stmt], current: int | None, around: _Around) -> int | None:
        for node in nodes:
            if current is None:
                break  # nothing leads here
            try:
                current = self._statement(node, current, around)
            except Refused:
                continue
        return current

    def _statement(self, node: ast.stmt, current: int, around: _Around) -> int | None:
        if not _is_cut(node):
            self.blocks[current].body.extend(statement(self.scope, node))
            return current
        match node:
            case ast.Expr(value=ast.Yield() as pause):
                return self._pause(pause, current)
            case ast.Expr(value=ast.YieldFrom() as delegated):
                return self._inline(delegated, current, None)
            case ast.Assign(targets=[target], value=ast.YieldFrom() as delegated):
                return self._inline(delegated, current, target)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.YieldFrom() as delegated):
                self.blocks[current].body.extend(statement(self.scope, ast.AnnAssign(target, node.annotation, None, 1)))
                return self._inline(delegated, current, target)
            case ast.If():
                return self._if(node, current, around)
            case ast.While():
                return self._while(node, current, around)
            case ast.For():
                return self._for(node, current, around)
            case ast.Match():
                return self._body(desugar_match(self.scope, node), current, around)
            case ast.Return():
                self._return(node, current, around)
                return None
            case ast.Break() | ast.Continue():
                self._leave(node, current, around)
                return None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With, ast.Try)):
            self.blocks[current].body.extend(statement(self.scope, node))  # refused there
            return current
        what = "`return`" if any(isinstance(inner, ast.Return) for inner in ast.walk(node)) else "`yield`"
        raise self.scope.refuse("E205", node, f"{what} cannot stand inside this", f"Put {what} on a line of its own.")

    def _pause(self, node: ast.Yield, current: int) -> int:
        text = f"line {node.lineno}" if node.value is None else self._label(node.value)
        if text is None:
            remedy = 'Write yield "stored".'
            if isinstance(node.value, ast.Name) and self.scope.is_local(node.value.id):
                remedy = f"Write the parameter as `{node.value.id}: str`."
            self.scope.report("E205", node, "`yield` takes the name of a control point", remedy)
            text = f"line {node.lineno}"
        elif node.value is not None and is_ours(text):
            problem = f"a control point cannot be called {text!r}: evacheck names points so itself"
            self.scope.report("E215", node, problem, "Use another name.")
        following = self._new()
        self._pauses += 1
        self.blocks[current].end = Pause(following, text, self._pauses)
        return following

    def _label(self, node: ast.expr) -> str | None:
        """The name of a control point: as it is written, or as this helper's caller wrote it. None if it is no name."""
        if isinstance(node, ast.Name):
            return self.scope.labels.get(node.id)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def _labels_for(self, node: ast.Call, method: Method) -> dict[str, str]:
        """What a helper's caller calls the control points in it, for each parameter of the helper that is a `str`."""
        scope, source, found = self.scope, self.scope.symbols.source(method), dict[str, str]()
        wanted = signature.labels(source, method)
        given, defaults = given_arguments(scope, node, method), signature.default_values(method)
        for name in wanted:
            text = self._label(given[name]) if name in given else defaults[name]
            if not isinstance(text, str):
                problem = f"{name!r} of {method.name!r} takes the name of a control point, as text"
                raise scope.refuse(
                    "E205", given.get(name, node), problem, f'Write {name}="stored", or give {name} another type.'
                )
            if signature.assigns(source, name):
                problem = f"{method.name!r} assigns {name!r}, which names a control point"
                raise scope.refuse("E205", node, problem, "Use another name.")
            found[name] = text
        return found

    def _aside(self, body: list[ast.stmt], around: _Around) -> None:
        """Read what these parameters never reach, for its misspellings."""
        blocks, pauses = len(self.blocks), self._pauses
        with self.scope.aside():
            self._body(body, self._new(), around)
        del self.blocks[blocks:]
        self._pauses = pauses

    def _if(self, node: ast.If, current: int, around: _Around) -> int | None:
        scope = self.scope
        test = condition(scope, node.test)
        if isinstance(test, ir.Const):
            self._aside(node.orelse if test.value else node.body, around)
            return self._body(node.body if test.value else node.orelse, current, around)
        then, otherwise = self._new(), self._new()
        self.blocks[current].end = ir.Branch(test, then, otherwise)
        before = scope.assigned
        scope.assigned = None if before is None else set(before)
        ends = [self._body(node.body, then, around)]
        after, scope.assigned = scope.assigned, None if before is None else set(before)
        ends.append(self._body(node.orelse, otherwise, around))
        scope.assigned = merge(after if ends[0] is not None else None, scope.assigned)
        return self._meet([end for end in ends if end is not None])

    def _meet(self, ends: list[int]) -> int | None:
        if not ends:
            return None
        following = self._new()
        for end in ends:
            self.blocks[end].end = ir.Jump(following)
        return following

    def _while(self, node: ast.While, current: int, around: _Around) -> int | None:
        no_else(self.scope, node)
        test = condition(self.scope, node.test)
        if isinstance(test, ir.Const) and not test.value:
            self._aside(node.body, _Around(around.returns, around.result, Loop(), current, current))
            return current
        head, after = self._new(), self._new()
        self.blocks[current].end = ir.Jump(head)
        forever = isinstance(test, ir.Const) and test.value
        body = head if forever else self._new()
        if not forever:
            self.blocks[head].end = ir.Branch(test, body, after)
        loop = Loop()
        before = self._copy_assigned()
        inner = _Around(around.returns, around.result, loop, after, head)
        end = self._body(node.body, body, inner)
        if end is not None:
            self.blocks[end].end = ir.Jump(head)
        self.scope.assigned = merge(*loop.breaks, None if forever else before)
        return after if loop.breaks or not forever else None

    def _copy_assigned(self) -> set[str] | None:
        return None if self.scope.assigned is None else set(self.scope.assigned)

    def _for(self, node: ast.For, current: int, around: _Around) -> int | None:
        """A loop that can pause: what is left of its domain becomes a hidden local."""
        scope = self.scope
        no_else(scope, node)
        found = domain(scope, node.iter)
        if values.is_poison(found):
            self._aside(node.body, _Around(around.returns, around.result, Loop(), current, current))
            return current
        kind = found.type.item if isinstance(found.type, SetType) else None
        if not isinstance(node.target, ast.Name) or not isinstance(kind, IntType):
            remedy = "Keep a set of what is left: `while left: x = choose(left); left.remove(x)`."
            problem = "a loop with a `yield` or `return` in it goes over integers only"
            raise scope.refuse("E306", node.iter, problem, remedy)
        rest = self._hidden(f"{node.target.id}'left", found.type, found.span)
        self.blocks[current].body.append(ir.Assign(found.span, rest, self._whole(found, kind)))
        head, body, after = self._new(), self._new(), self._new()
        self.blocks[current].end = ir.Jump(head)
        test = values.truth(rest)
        assert test is not None
        self.blocks[head].end = ir.Branch(test, body, after)
        before = self._copy_assigned()
        downwards = isinstance(found, ir.Steps) and found.step < 0
        self.blocks[body].body.extend(self._take(node.target, rest, kind, "max" if downwards else "min"))
        loop = Loop()
        end = self._body(node.body, body, _Around(around.returns, around.result, loop, after, head))
        if end is not None:
            self.blocks[end].end = ir.Jump(head)
        scope.assigned = merge(*loop.breaks, before)
        return after

    def _hidden(self, name: str, kind: Type, span: Span) -> ir.Local:
        """A local that the model does not name."""
        unique = self.scope.fresh(name)
        self.scope.seen[unique] = self.scope.declared[unique] = kind
        return ir.Local(span, kind, unique)

    def _whole(self, found: ir.Expr, kind: IntType) -> ir.Expr:
        """The domain as a set that can be kept."""
        if not isinstance(found, (ir.Every, ir.Steps)):
            return found
        member = self._hidden("each", kind, found.span)
        clause = ir.Generator(member.name, kind, found, None)
        return ir.Comprehension(found.span, found.type, "set", member, (clause,))

    def _take(self, target: ast.Name, rest: ir.Local, kind: IntType, op: str) -> list[ir.Stmt]:
        """target = the least (or greatest) of the rest; the rest is left without it."""
        span = rest.span
        item = self._hidden("each", kind, span)
        taken = self._hidden(f"{target.id}'item", kind, span)
        clause = ir.Generator(item.name, kind, rest, None)
        extreme = ir.Comprehension(span, kind, op, item, (clause,))
        one = ir.Make(span, rest.type, (taken,))
        return [
            ir.Assign(span, taken, extreme),
            ir.Assign(span, rest, ir.Binary(span, rest.type, "-", rest, one)),
            *assign(self.scope, target, target, taken),
        ]

    def _return(self, node: ast.Return, current: int, around: _Around) -> None:
        if node.value is not None and around.result is None:
            self.scope.report("E205", node, "a process returns nothing", "Write `return` alone.")
        elif around.result is not None and node.value is not None:
            from_value = expression(self.scope, node.value)
            self._keep_result(node, current, around.result, from_value)
        elif around.result is not None:
            self._keep_result(node, current, around.result, ir.Const(self.scope.span(node), NONE, None))
        self._go(current, around.returns)
        self.scope.assigned = None

    def _keep_result(self, node: ast.AST, current: int, result: str, value: ir.Expr) -> None:
        stored = self.scope.store(node, result, value)
        if not values.is_poison(stored):
            target = ir.Local(stored.span, stored.type, result)
            self.blocks[current].body.append(ir.Assign(self.scope.span(node), target, stored))

    def _go(self, current: int, block: int | None) -> None:
        self.blocks[current].end = Pause(None) if block is None else ir.Jump(block)

    def _leave(self, node: ast.Break | ast.Continue, current: int, around: _Around) -> None:
        assert around.loop is not None
        if isinstance(node, ast.Break):
            around.loop.breaks.append(self.scope.assigned)
        self.blocks[current].end = ir.Jump(around.breaks if isinstance(node, ast.Break) else around.continues)
        self.scope.assigned = None

    def _inline(self, node: ast.YieldFrom, current: int, target: ast.expr | None) -> int:
        """`yield from self.helper(...)`: the helper's body stands here, its locals under names of their own."""
        scope = self.scope
        method = callee(scope, node.value) if isinstance(node.value, ast.Call) else None
        if not isinstance(method, Method) or not isinstance(node.value, ast.Call):
            remedy = "Write `yield from self.helper(...)`."
            raise scope.refuse("E205", node, "`yield from` takes a helper's call", remedy)
        source = scope.symbols.source(method)
        if not _is_generator(scope, method):
            remedy = f"Call it as it is, `{ast.unparse(node.value)}`, or let it yield."
            raise scope.refuse("E205", node, f"{method.name!r} does not yield", remedy)
        wrong = signature.wrong_event(source, method)
        if wrong is not None and wrong not in scope.problems:
            scope.problems.append(wrong)
        if source.node in self._inside:
            raise scope.refuse("E204", node, f"{method.name!r} calls itself", RECURSION)
        labels = self._labels_for(node.value, method)
        bound = bind_arguments(scope, node.value, method, labels)
        if bound is None:
            raise Refused
        names = {
            name: scope.fresh(f"{method.name}.{name}")
            for name in sorted(scope.symbols.assigned_names(source) - labels.keys())
        }
        after, result = self._new(), scope.fresh(f"{method.name}.result")
        assigned = self._copy_assigned()
        with self._within(method, source, names, labels):
            self._pass_arguments(node, current, method, bound)
            end = self._body(source.node.body, current, _Around(after, result))
            if end is not None and target is not None:
                self._keep_result(node, end, result, ir.Const(scope.span(node), NONE, None))
            if end is not None:
                self.blocks[end].end = ir.Jump(after)
        scope.assigned = assigned
        if target is not None:
            if scope.assigned is not None:
                scope.assigned.add(result)
            value = ir.Local(scope.span(node), scope.type_of(result), result)
            self.blocks[after].body.extend(assign(scope, node, target, value))
        return after

    @contextmanager
    def _within(self, method: Method, source: Source, names: dict[str, str], labels: dict[str, str]) -> Iterator[None]:
        """Read in the place of a helper, whose locals and control points have the names given."""
        scope = self.scope
        caller = scope.source, scope.owner, scope.renamed, scope.labels
        scope.source, scope.owner, scope.renamed, scope.labels = source, method.owner, [names], labels
        self._inside.append(source.node)
        signature.check(scope, method, labels)
        signature.declare_locals(scope)
        try:
            yield
        finally:
            self._inside.pop()
            scope.source, scope.owner, scope.renamed, scope.labels = caller

    def _pass_arguments(self, node: ast.AST, current: int, method: Method, bound: list[ir.Expr]) -> None:
        """The helper's parameters take on the values of the arguments, which have been read where the call stands."""
        scope = self.scope
        taken = [name for name in signature.parameter_names(scope.source, method) if name not in scope.labels]
        for name, value in zip(taken, bound, strict=True):
            unique = scope.resolve_name(name)
            wish = scope.symbols.annotation(scope.source, method, name)
            if wish is not None:
                scope.declared[unique] = wish
            scope.aliases.setdefault(unique, scope.span(scope.source.node))
            self._keep_result(node, current, unique, value)


def _is_generator(scope: Scope, method: Method) -> bool:
    """Whether a helper yields, or a helper that it overrides: of a variant that leaves the pauses out there is nothing
    to iterate over in Python, and it is as if it did not pause."""
    above: Method | None = method
    while above is not None and not has_yield(scope.symbols.source(above).node):
        above = scope.symbols.parent_method(above.name, above.owner)
    return above is not None


@lru_cache(maxsize=4096)
def _is_cut(node: ast.stmt) -> bool:
    """Whether a step can end inside the statement, or the statement leaves a loop or process that is cut. A helper is
    asked for once for each of its calls."""
    return _cuts(node)


def _cuts(node: ast.AST, in_loop: bool = False) -> bool:
    if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Return)):
        return True
    if isinstance(node, (ast.Break, ast.Continue)):
        return not in_loop
    inner = in_loop or isinstance(node, (ast.For, ast.While))
    return any(_cuts(child, inner) for child in ast.iter_child_nodes(node))


@lru_cache(maxsize=4096)
def has_yield(node: ast.FunctionDef) -> bool:
    """Whether a function yields. A helper is asked for once for each of its calls."""
    return any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node))
