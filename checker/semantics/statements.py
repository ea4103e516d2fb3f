"""What statements, helpers and the blocks of a process do to a state. Enumerates nothing: one run, one behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, assert_never

from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Kind, Point, Process, Program, Stmt
from checker.ir.types import Value
from checker.semantics.choices import Choices
from checker.semantics.expressions import Evaluator, Frame, convert, failed, field_place, place, put, source
from checker.semantics.step import LOOP_LIMIT, Impossible


class Jump(Enum):
    """How a statement leaves a loop other than by its end."""

    BREAK = auto()
    CONTINUE = auto()


@dataclass(frozen=True, slots=True)
class Returned:
    """How a statement leaves a function, and with what."""

    value: Value


Leave = Jump | Returned | None  # None: on to the next statement


class Execution(Evaluator):
    """One run over one state, which it changes in place."""

    __slots__ = ("functions",)

    def __init__(self, program: Program, positions: Mapping[str, int], state: list[Value], choices: Choices) -> None:
        super().__init__(state, positions, choices)
        self.functions = program.functions

    def call(self, function: str, arguments: Sequence[Value]) -> Value:
        """Run a helper and give what it returns, None if nothing."""
        return self.run_function(self.functions[function], arguments)

    def run_function(self, function: Function, arguments: Sequence[Value]) -> Value:
        """Run a helper, `init`, an action or a property and give what it returns."""
        self.pause()
        names = (parameter.name for parameter in function.parameters)
        leave = self._body(function.body, dict(zip(names, arguments, strict=True)))
        return leave.value if isinstance(leave, Returned) else None

    def run_process(self, process: Process, start: int, frame: Frame) -> Point:
        """Run a process from block `start` to the next point, and say which. `frame` is left as it is there."""
        block = process.blocks[start]
        for _ in range(LOOP_LIMIT):
            self.pause()
            leave = self._body(block.body, frame)
            assert leave is None
            if isinstance(block.end, ir.Yield):
                return process.points[block.end.point]
            block = process.blocks[self._next(block.end, frame)]
        problem = f"process '{process.name}' went on for {LOOP_LIMIT:,} blocks without a yield"
        raise failed(Kind.EVALUATION, problem, process.span)

    def _next(self, end: ir.Jump | ir.Branch, frame: Frame) -> int:
        match end:
            case ir.Jump(block=block):
                return block
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                return then if self.evaluate(condition, frame) else otherwise
            case _:
                assert_never(end)

    def _body(self, body: Sequence[Stmt], frame: Frame) -> Leave:
        for statement in body:
            leave = _RULES[type(statement)](self, statement, frame)
            if leave is not None:
                return leave
        return None

    def _assign(self, statement: ir.Assign, frame: Frame) -> None:
        value = self._value_for(statement.target, statement.value, frame)
        self._store(statement.target, value, self._indices(statement.target, frame), frame)

    def _value_for(self, target: Expr, expr: Expr, frame: Frame) -> Value:
        """The value of `expr`; if it does not fit, the message names the target."""
        if isinstance(expr, ir.Convert):
            return convert(expr, self.evaluate(expr.operand, frame), target)
        return self.evaluate(expr, frame)

    def _indices(self, target: Expr, frame: Frame) -> list[Value]:
        """The values of all indices in a target, left to right."""
        match target:
            case ir.Index(base=base, index=index):
                return [*self._indices(base, frame), self.evaluate(index, frame)]
            case ir.Attribute(base=base):
                return self._indices(base, frame)
            case _:
                return []

    def _store(self, target: Expr, value: Value, indices: list[Value], frame: Frame) -> None:
        """Put a value where the target, whose indices have been evaluated, stands for."""
        match target:
            case ir.Variable(name=name):
                self.state[self.positions[name]] = value
            case ir.Local(name=name):
                frame[name] = value
            case ir.Index(base=base, index=_):
                whole = self._load(base, indices[:-1], frame)
                self._store(base, put(whole, place(target, whole, indices[-1]), value), indices[:-1], frame)
            case ir.Attribute(base=base, name=name):
                whole = self._load(base, indices, frame)
                self._store(base, put(whole, field_place(base.type, name), value), indices, frame)
            case _:
                raise AssertionError(target)

    def _load(self, target: Expr, indices: list[Value], frame: Frame) -> Value:
        """What a target, whose indices have been evaluated, stands for now."""
        match target:
            case ir.Index(base=base):
                whole = self._load(base, indices[:-1], frame)
                return whole[place(target, whole, indices[-1])]
            case ir.Attribute(base=base, name=name):
                return self._load(base, indices, frame)[field_place(base.type, name)]
            case _:
                return self.evaluate(target, frame)

    def _evaluate(self, statement: ir.Evaluate, frame: Frame) -> None:
        self.evaluate(statement.value, frame)

    def _if(self, statement: ir.If, frame: Frame) -> Leave:
        return self._body(statement.then if self.evaluate(statement.condition, frame) else statement.otherwise, frame)

    def _for(self, statement: ir.For, frame: Frame) -> Leave:
        for value in self.members(statement.generator.domain, frame):
            self.pause()
            frame[statement.generator.variable] = value
            leave = self._body(statement.body, frame)
            if leave is Jump.BREAK:
                break
            if isinstance(leave, Returned):
                return leave
        return None

    def _while(self, statement: ir.While, frame: Frame) -> Leave:
        rounds = 0
        while self.evaluate(statement.condition, frame):
            if rounds == LOOP_LIMIT:
                raise failed(Kind.EVALUATION, f"the loop did not end within {LOOP_LIMIT:,} rounds", statement.span)
            rounds += 1
            self.pause()
            leave = self._body(statement.body, frame)
            if leave is Jump.BREAK:
                break
            if isinstance(leave, Returned):
                return leave
        return None

    def _break(self, statement: ir.Break, frame: Frame) -> Leave:
        return Jump.BREAK

    def _continue(self, statement: ir.Continue, frame: Frame) -> Leave:
        return Jump.CONTINUE

    def _return(self, statement: ir.Return, frame: Frame) -> Leave:
        return Returned(None if statement.value is None else self.evaluate(statement.value, frame))

    def _require(self, statement: ir.Require, frame: Frame) -> None:
        if not self.evaluate(statement.condition, frame):
            raise Impossible

    def _assert(self, statement: ir.Assert, frame: Frame) -> None:
        if not self.evaluate(statement.condition, frame):
            message = statement.message or f"assertion failed: {source(statement.condition)}"
            raise failed(Kind.ASSERT, message, statement.span)


_RULES: Mapping[type[Stmt], Callable[[Execution, Any, Frame], Leave]] = {
    ir.Assign: Execution._assign,
    ir.Evaluate: Execution._evaluate,
    ir.If: Execution._if,
    ir.For: Execution._for,
    ir.While: Execution._while,
    ir.Break: Execution._break,
    ir.Continue: Execution._continue,
    ir.Return: Execution._return,
    ir.Require: Execution._require,
    ir.Assert: Execution._assert,
}
