"""What can be said of a program's code without running it: which expressions decide the way of a step, and which can
fail, choose or act. Knows no state.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.ir import nodes as ir
from checker.ir.analysis import can_fail, root
from checker.ir.nodes import Expr, Function, Program, Stmt
from checker.ir.traverse import conditions, expressions, walk, walk_expressions
from checker.ir.types import ArrayType, RecordType, TupleType


def strip(expr: Expr) -> Expr:
    """An expression without the conversions around it."""
    while isinstance(expr, ir.Convert):
        expr = expr.operand
    return expr


def is_part(expr: Expr) -> bool:
    """Whether it names a variable, or one item or field of it, however deep (items of a sequence move: no part)."""
    match expr:
        case ir.Variable():
            return True
        case ir.Index(base=base):
            return isinstance(base.type, (ArrayType, TupleType)) and is_part(base)
        case ir.Attribute(base=base):
            return isinstance(base.type, RecordType) and is_part(base)
        case _:
            return False


class Anatomy:
    """The places of one program, by the identity of their expressions. `guards` are conditions, with the word that each
    follows; `loops` what a `for` statement goes through."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.guards: dict[int, str] = {}
        self.loops: set[int] = set()
        self._acting: dict[int, bool] = {}
        self._functions: dict[str, bool] = {}
        for body in _bodies(program):
            for statement in walk(body):
                self._place(statement)
        for process in program.processes:
            for block in process.blocks:
                for condition in conditions(block.end):
                    self._guard("if", condition)

    def can_act(self, expr: Expr) -> bool:
        """Whether evaluating it may fail, choose, make the step impossible or change the state."""
        known = self._acting.get(id(expr))
        if known is None:
            known = any(self._acts(inner) for inner in walk_expressions(expr))
            self._acting[id(expr)] = known
        return known

    def _acts(self, expr: Expr) -> bool:
        """The same of an expression apart from its operands."""
        match expr:
            case ir.Call(function=function):
                return self._function_acts(function)
            case ir.Choose():
                return True
            case _:
                return can_fail(expr)

    def _function_acts(self, name: str) -> bool:
        if name not in self._functions:
            self._functions[name] = any(map(self._statement_acts, walk(self._program.functions[name].body)))
        return self._functions[name]

    def _statement_acts(self, statement: Stmt) -> bool:
        match statement:
            case ir.Require() | ir.Assert() | ir.While():
                return True
            case ir.Assign(target=target) if isinstance(root(target), ir.Variable):
                return True
            case _:
                return any(map(self.can_act, expressions(statement)))

    def _place(self, statement: Stmt) -> None:
        match statement:
            case ir.If(condition=condition):
                self._guard("if", condition)
            case ir.While(condition=condition):
                self._guard("while", condition)
            case ir.Require(condition=condition):
                self._guard("require", condition)
            case ir.Assert(condition=condition):
                self._guard("assert", condition)
            case ir.For(generator=generator):
                self.loops.add(id(generator.domain))
            case _:
                pass

    def _guard(self, kind: str, condition: Expr) -> None:
        if not isinstance(condition, ir.Const):
            self.guards[id(condition)] = kind


def _bodies(program: Program) -> Iterator[tuple[Stmt, ...]]:
    """All code of a program."""
    for function in _functions(program):
        yield function.body
    for process in program.processes:
        for block in process.blocks:
            yield block.body


def _functions(program: Program) -> Iterator[Function]:
    if program.init is not None:
        yield program.init
    yield from program.functions.values()
    yield from program.actions
    yield from (judged.function for judged in program.properties)
