"""Statements of the reference interpreter: what is evaluated first, what is stored, and what fails."""

from __future__ import annotations

from checker.ir import nodes as ir
from checker.ir.nodes import Kind
from checker.ir.types import BOOL, NEVER, NONE, ArrayType, IntType, SetType
from checker.semantics import LOOP_LIMIT
from tests.support.small_programs import (
    BIG,
    HERE,
    INT,
    PAIR,
    binary,
    compare,
    const,
    each_of,
    function,
    local,
    pick,
    put,
    run,
    steps,
    to,
    var,
)


def test_a_value_that_does_not_fit_is_reported_with_its_target() -> None:
    table = ArrayType(IntType(0, 1), INT)
    target = ir.Index(HERE, INT, var("t", table), const(1, IntType(0, 1)))
    assert run(put(target, to(INT, const(11))), variables={"t": table}) == [
        (Kind.STORE, "11 does not fit in 't[1]', which is Range(10)")
    ]


def test_assignment_reaches_into_arrays_and_records() -> None:
    rows = ArrayType(IntType(0, 1), PAIR)
    row = ir.Index(HERE, PAIR, var("rows", rows), const(1, IntType(0, 1)))
    assert run(put(ir.Attribute(HERE, BOOL, row, "b"), const(True, BOOL)), variables={"rows": rows}) == [
        (((0, False), (0, True)),)
    ]


def test_the_value_is_evaluated_before_the_indices_and_indices_before_anything_is_stored() -> None:
    table = ArrayType(IntType(0, 2), INT)
    next_x = function(
        "next", put(var("x"), to(INT, binary("+", var("x"), const(1)))), ir.Return(HERE, var("x")), returns=INT
    )
    again = to(IntType(0, 2), ir.Call(HERE, INT, "next", ()), Kind.EVALUATION)
    target = ir.Index(HERE, INT, var("t", table), again)
    states = run(put(target, ir.Call(HERE, INT, "next", ())), variables={"x": INT, "t": table}, functions=[next_x])
    assert states == [(2, (0, 0, 1))]


def test_helpers_copy_their_arguments() -> None:
    clobber = function("clobber", put(local("p"), const(9)), parameters=[ir.Parameter("p", INT)])
    body = (ir.Evaluate(HERE, ir.Call(HERE, NONE, "clobber", (var("x"),))),)
    assert run(*body, functions=[clobber]) == [(0,)]


def test_loops_break_continue_and_return() -> None:
    i = local("i", BIG)
    skip = ir.If(HERE, compare("==", i, const(1)), (ir.Continue(HERE),), ())
    stop = ir.If(HERE, compare("==", i, const(3)), (ir.Break(HERE),), ())
    add = put(var("x"), to(INT, binary("+", var("x"), i)))
    loop = ir.For(HERE, each_of("i", steps(0, 100, 1)), (skip, stop, add))
    assert run(loop) == [(2,)]
    leave = ir.For(HERE, each_of("i", steps(5, 0, -1)), (ir.While(HERE, const(True), (ir.Return(HERE, i),)),))
    first = function("first", leave, ir.Return(HERE, const(0)), returns=BIG)
    assert run(put(var("x"), to(INT, ir.Call(HERE, BIG, "first", ()))), functions=[first]) == [(5,)]


def test_a_loop_that_does_not_end_fails() -> None:
    assert run(ir.While(HERE, const(True), ())) == [(Kind.EVALUATION, "the loop did not end within 100,000 rounds")]
    wide = IntType(0, 2 * LOOP_LIMIT)
    below = compare("<", local("i", wide), const(LOOP_LIMIT, wide))
    count = put(local("i", wide), binary("+", local("i", wide), const(1)))
    assert run(ir.While(HERE, below, (count,))) == [(0,)]


def test_require_and_choosing_from_nothing_make_the_step_impossible_even_after_a_change() -> None:
    assert run(put(var("x"), const(3)), ir.Require(HERE, compare("==", var("x"), const(0)))) == []
    assert run(put(var("x"), const(3)), put(var("x"), pick(const(frozenset(), SetType(NEVER))))) == []


def test_an_assert_fails_with_its_text() -> None:
    claim = compare("==", var("x"), const(1))
    assert run(ir.Assert(HERE, claim, "x must be one")) == [(Kind.ASSERT, "x must be one")]
    assert run(ir.Assert(HERE, claim, "")) == [(Kind.ASSERT, "assertion failed: self.x == 1")]
