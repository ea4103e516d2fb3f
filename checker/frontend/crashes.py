"""What a process's `crash=` stands for: an action by which it loses its locals and starts again, wherever it stands.

The action takes the place of the process's index as its parameter. What else a crash does, and where it cannot be, is
for the helper to say that `crash` names; its body stands in the action. Reports E205 and E206.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from checker.errors import Problem, did_you_mean
from checker.frontend import signature
from checker.frontend.processes import has_yield
from checker.frontend.reading import Instance, Sequential
from checker.ir import nodes as ir
from checker.ir.types import BOOL, NONE, ArrayType, Type
from checker.lang.model import Method
from checker.source import Source

DOC = "It stops where it stands, loses its locals, and starts again."


class Reads(Protocol):
    """What reads a model's methods."""

    def method(self, name: str) -> Method | None: ...

    def nearest(self, name: str) -> str | None: ...

    def source(self, method: Method) -> Source: ...

    def annotation(self, source: Source, method: Method, name: str) -> Type | None: ...


def crash_name(process: str) -> str:
    """What the action is called by which a process crashes."""
    return f"{process}_crashes"


def helper(symbols: Reads, read: Sequential, found: list[Problem]) -> Method | None:
    """The helper that `crash` names, if it names one that will do; what is wrong is added to what was `found`."""
    mark = read.method.mark
    assert mark is not None and mark.crash
    span, name = read.source.span(read.source.node), crash_name(read.method.name)
    if symbols.method(name) is not None:
        problem = f"the crashes of {read.method.name!r} are called {name!r}, and so is a method"
        found.append(Problem("E206", span, problem, "Give the method another name."))
    if mark.crash is True:
        return None
    method = symbols.method(str(mark.crash))
    if method is None or method.mark is not None:
        problem = f"{mark.crash!r}, which `crash` names, is no helper of the model"
        remedy = did_you_mean(symbols.nearest(str(mark.crash)) if method is None else None, "Name one without a mark.")
        found.append(Problem("E206", span, problem, remedy))
        return None
    source = symbols.source(method)
    names, at = signature.parameter_names(source, method), source.span(source.node)
    if has_yield(source.node):
        found.append(Problem("E205", at, f"{method.name!r} yields, and a crash is one step", "Leave the yield out."))
        return None
    index = read.index
    fits = len(names) == (index is not None)
    if fits and index is not None:
        fits = symbols.annotation(source, method, names[0]) in (None, index.type)
    if not fits:
        takes = "no parameter" if index is None else f"one parameter, a {index.type}"
        problem = f"{method.name!r} does not take {takes}, which {read.method.name!r} is told apart by"
        found.append(Problem("E206", at, problem, "Let it take what the process takes."))
        return None
    return method


def parameters(symbols: Reads, read: Sequential, called: Method | None) -> list[ir.Parameter]:
    """What the action takes: the process's index, by the name that the helper has for it."""
    if read.index is None:
        return []
    name = read.index.name if called is None else signature.parameter_names(symbols.source(called), called)[0]
    return [ir.Parameter(name, read.index.type)]


def action(
    process: ir.Process, given: Sequence[ir.Parameter], made: Instance | None, type_of: Callable[[str], Type]
) -> ir.Function:
    """The action: it is not possible where the process has ended. `made` is the helper; `type_of` a variable's type."""
    span = process.span

    def own(variable: str) -> ir.Expr:
        whole = ir.Variable(span, type_of(variable), variable)
        if not given:
            return whole
        assert isinstance(whole.type, ArrayType)
        return ir.Index(span, whole.type.item, whole, ir.Local(span, given[0].type, given[0].name))

    point = own(process.point_variable)
    body: list[ir.Stmt] = [
        ir.Require(span, ir.Compare(span, BOOL, "!=", point, ir.Const(span, point.type, each.label)))
        for each in process.points
        if each.block is None
    ]
    body.append(ir.Assign(span, point, ir.Const(span, point.type, process.points[0].label)))
    for variable in process.kept.values():
        target = own(variable)
        body.append(ir.Assign(span, target, ir.Const(span, target.type, target.type.default)))
    name = crash_name(process.name)
    if made is None:
        locals_ = {each.name: each.type for each in given}
        return ir.Function(name, tuple(given), locals_, NONE, tuple(body), span, DOC, crash_of=process.name)
    return replace(made.function, name=name, body=(*body, *made.function.body), crash_of=process.name, doc=DOC)
