"""Programs written by hand, without the front end, of a few expressions and statements; and a small model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from checker.errors import Span
from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.ir.nodes import Kind
from checker.ir.types import BOOL, NONE, IntType, RecordType, SetType, Type
from checker.lang import (
    Bool,
    Model,
    Opt,
    Range,
    Seq,
    SetOf,
    Var,
    action,
    always,
    choose,
    final,
    process,
    require,
)
from checker.semantics import Interpreter, StepFailed, Transition

HERE = Span("model.py", 1, 1)
INT = IntType(0, 9)
BIG = IntType(-1000, 1000)
PAIR = RecordType("Pair", (("a", INT), ("b", BOOL)))


def const(value: Any, kind: Type = BIG) -> ir.Const:
    return ir.Const(HERE, BOOL if isinstance(value, bool) and kind is BIG else kind, value)


def var(name: str, kind: Type = INT) -> ir.Variable:
    return ir.Variable(HERE, kind, name)


def local(name: str, kind: Type = INT) -> ir.Local:
    return ir.Local(HERE, kind, name)


def to(kind: Type, operand: ir.Expr, failure: Kind = Kind.STORE) -> ir.Convert:
    return ir.Convert(HERE, kind, operand, failure, True)


def put(target: ir.Expr, value: ir.Expr) -> ir.Assign:
    return ir.Assign(HERE, target, value)


def pick(domain: ir.Expr) -> ir.Choose:
    assert isinstance(domain.type, SetType)
    return ir.Choose(HERE, domain.type.item, domain)


def binary(op: str, left: ir.Expr, right: ir.Expr) -> ir.Binary:
    return ir.Binary(HERE, BIG, op, left, right)


def compare(op: str, left: ir.Expr, right: ir.Expr) -> ir.Compare:
    return ir.Compare(HERE, BOOL, op, left, right)


def function(name: str, *body: ir.Stmt, parameters: Iterable[ir.Parameter] = (), returns: Type = NONE) -> ir.Function:
    return ir.Function(name, tuple(parameters), {}, returns, body, HERE)


def program(
    *actions: ir.Function,
    variables: dict[str, Type] | None = None,
    init: ir.Function | None = None,
    functions: Iterable[ir.Function] = (),
    processes: Iterable[ir.Process] = (),
    declared: Iterable[ir.Declared] = (),
) -> ir.Program:
    plain = tuple(ir.Declared(name, kind) for name, kind in (variables or {"x": INT}).items())
    helpers = {helper.name: helper for helper in functions}
    return ir.Program("M", {}, {}, (*plain, *declared), helpers, init, actions, tuple(processes), ())


def run(*body: ir.Stmt, variables: dict[str, Type] | None = None, functions: Iterable[ir.Function] = ()) -> Any:
    """Outcomes of one action from the default state: states, and (kind, message) for failures."""
    interpreter = Interpreter(program(function("act", *body), variables=variables, functions=functions))
    (start,) = interpreter.initial()
    assert start.state is not None
    return [outcome(transition) for transition in interpreter.successors(start.state)]


def outcome(transition: Transition) -> Any:
    if transition.failure is not None:
        return (transition.failure.kind, transition.failure.message)
    return transition.state


def value(expr: ir.Expr, **variables: tuple[Type, Any]) -> Any:
    kinds = {name: kind for name, (kind, _) in variables.items()}
    state = tuple(given for _, given in variables.values())
    return Interpreter(program(variables=kinds or None)).evaluate(expr, state or (0,))


def failure(expr: ir.Expr, **variables: tuple[Type, Any]) -> tuple[Kind, str]:
    with pytest.raises(StepFailed) as caught:
        value(expr, **variables)
    return caught.value.failure.kind, caught.value.failure.message


def every(kind: Type) -> ir.Every:
    return ir.Every(HERE, SetType(kind))


def steps(start: int, stop: int, step: int) -> ir.Steps:
    return ir.Steps(HERE, SetType(BIG), const(start), const(stop), step)


def each_of(name: str, domain: ir.Expr, condition: ir.Expr | None = None) -> ir.Generator:
    assert isinstance(domain.type, SetType)
    return ir.Generator(name, domain.type.item, domain, condition)


class Lights(Model):
    """Two actions and a process; everything about the order of steps."""

    Lamp = Range(2)

    lit = Var(SetOf(Lamp))
    last = Var(Opt(Lamp))
    log = Var(Seq(Lamp, 2))

    @action
    def switch(self, lamp: Lamp, on: Bool):
        require(on != (lamp in self.lit))
        if on:
            self.lit.add(lamp)
        else:
            self.lit.remove(lamp)
        self.last = lamp

    @action
    def note(self):
        self.log.append(choose(self.lit))

    @process(Lamp)
    def flicker(self, lamp: Lamp):
        seen = choose({0, 1})
        yield "saw"
        self.last = seen

    @always
    def two_at_most(self):
        return len(self.lit) <= 2

    @final
    def dark(self):
        return len(self.lit) == 0


LIGHTS = compile_model(Lights, {})
