"""A program as text reads like Python."""

from __future__ import annotations

from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.ir.printer import show_expression, show_program, show_statement
from checker.ir.types import BOOL, NONE, OptType, SetType
from tests.support.small_programs import (
    BIG,
    HERE,
    INT,
    LIGHTS,
    PAIR,
    Lights,
    binary,
    compare,
    const,
    each_of,
    every,
    local,
    put,
    steps,
    to,
    var,
)


def test_expressions_read_like_python() -> None:
    x, y = var("x"), local("y")
    product = binary("*", binary("+", x, const(1)), y)
    assert show_expression(product) == "(self.x + 1) * y"
    assert show_expression(binary("-", x, binary("-", y, const(-2)))) == "self.x - (y - -2)"
    assert show_expression(binary("-", binary("-", x, y), const(1))) == "self.x - y - 1"
    inside = compare("in", to(INT, x), every(INT))
    assert show_expression(inside) == "self.x in Range(10)"
    assert show_expression(ir.Unary(HERE, BOOL, "not", inside)) == "self.x not in Range(10)"
    empty = compare("!=", var("o", OptType(INT)), const(None, NONE))
    both = ir.BoolOp(HERE, BOOL, "and", (empty, ir.BoolOp(HERE, BOOL, "or", (inside, const(True)))))
    assert show_expression(both) == "self.o is not None and (self.x in Range(10) or True)"
    each = each_of("i", steps(0, 3, 1), compare("<", local("i", BIG), const(2)))
    assert show_expression(ir.Comprehension(HERE, SetType(BIG), "set", local("i", BIG), (each,))) == (
        "{i for i in range(0, 3) if i < 2}"
    )
    assert show_expression(ir.Make(HERE, PAIR, (const(3, INT), const(True, BOOL)))) == "Pair(a=3, b=True)"


def test_statements_read_like_python() -> None:
    loop = ir.While(HERE, const(True), (ir.If(HERE, const(False), (ir.Break(HERE),), (put(var("x"), const(1)),)),))
    assert show_statement(loop) == ("while True:\n    if False:\n        break\n    else:\n        self.x = 1")


def test_a_program_prints_the_same_every_time() -> None:
    text = show_program(LIGHTS)
    assert text == show_program(compile_model(Lights, {}))
    assert "action switch(lamp: Range(2), on: Bool) -> None:\n    require(on != (lamp in self.lit))\n" in text
    assert "point 'saw': goes on in block " in text
