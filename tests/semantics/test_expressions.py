"""Expressions of the reference interpreter: Python's values, and a failure where Python has none."""

from __future__ import annotations

import pytest

from checker.ir import nodes as ir
from checker.ir.nodes import Kind
from checker.ir.types import BOOL, ArrayType, OptType, SeqType, SetType
from tests.support.small_programs import (
    BIG,
    HERE,
    INT,
    PAIR,
    binary,
    compare,
    const,
    each_of,
    every,
    failure,
    local,
    steps,
    to,
    value,
    var,
)


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [
        ("//", -7, 2, -4),
        ("%", -7, 2, 1),
        ("%", 7, -2, -1),
        ("<<", 3, 4, 48),
        (">>", -5, 1, -3),
        ("&", -2, 7, 6),
        ("min", 3, -3, -3),
        ("max", 3, -3, 3),
    ],
)
def test_arithmetic_is_pythons(op: str, left: int, right: int, expected: int) -> None:
    assert value(binary(op, const(left), const(right))) == expected


def test_arithmetic_fails_where_python_does() -> None:
    assert failure(binary("//", const(1), var("x")), x=(INT, 0)) == (
        Kind.EVALUATION,
        "division by zero: self.x is 0",
    )
    assert failure(binary("<<", const(1), const(-2))) == (Kind.EVALUATION, "shift by a negative number: -2 is -2")


def test_only_what_is_needed_is_evaluated() -> None:
    bad = compare("==", binary("//", const(1), const(0)), const(1))
    assert value(ir.BoolOp(HERE, BOOL, "or", (const(True), bad))) is True
    assert value(ir.BoolOp(HERE, BOOL, "and", (const(True), const(False), bad))) is False
    assert value(ir.IfElse(HERE, BIG, const(True), const(1), binary("//", const(1), const(0)))) == 1
    found = ir.Comprehension(HERE, BOOL, "any", _positive(steps(1, -1, -1)), (each_of("i", steps(1, -1, -1)),))
    assert value(found) is True


def _positive(_: ir.Expr) -> ir.Expr:
    return compare("==", binary("//", const(1), local("i", BIG)), const(1))


def test_comprehensions() -> None:
    i, j = local("i", BIG), local("j", BIG)
    nested = (each_of("i", steps(0, 3, 1)), each_of("j", ir.Steps(HERE, SetType(BIG), const(0), i, 1)))
    assert value(ir.Comprehension(HERE, BIG, "sum", binary("+", i, j), nested)) == (1 + 0) + (2 + 0) + (2 + 1)
    odd = compare("==", binary("%", i, const(2)), const(1))
    assert value(ir.Comprehension(HERE, SetType(BIG), "set", i, (each_of("i", steps(0, 5, 1), odd),))) == {1, 3}
    assert value(ir.Comprehension(HERE, ArrayType(INT, BIG), "array", i, (each_of("i", every(INT)),))) == tuple(
        range(10)
    )
    assert value(ir.Comprehension(HERE, BIG, "max", i, (each_of("i", steps(5, 0, -2)),))) == 5
    assert failure(ir.Comprehension(HERE, BIG, "min", i, (each_of("i", steps(0, 0, 1)),))) == (
        Kind.EVALUATION,
        "min of nothing",
    )


def test_sequences() -> None:
    kind = SeqType(INT, 2)
    q = var("q", kind)
    assert value(ir.Append(HERE, kind, q, const(7)), q=(kind, (4,))) == (4, 7)
    assert value(ir.Index(HERE, INT, q, const(-1)), q=(kind, (4, 5))) == 5
    assert value(ir.Without(HERE, kind, q, const(-2)), q=(kind, (4, 5))) == (5,)
    assert value(ir.Unary(HERE, BIG, "len", q), q=(kind, (4, 5))) == 2
    assert failure(ir.Append(HERE, kind, q, const(7)), q=(kind, (4, 5))) == (
        Kind.STORE,
        "'q' is full: it holds 2 items, and is a Seq(Range(10), 2)",
    )
    assert failure(ir.Index(HERE, INT, q, const(1)), q=(kind, (4,))) == (
        Kind.EVALUATION,
        "there is no item 1 in 'q', which holds 1 item",
    )
    assert failure(ir.Without(HERE, kind, q, const(-1)), q=(kind, ()))[0] is Kind.EVALUATION


def test_records_tuples_sets_and_arrays() -> None:
    pair = ir.Make(HERE, PAIR, (const(3, INT), const(True, BOOL)))
    assert value(ir.Attribute(HERE, BOOL, pair, "b")) is True
    assert value(ir.Replace(HERE, PAIR, pair, "a", const(8, INT))) == (8, True)
    numbers = ir.Make(HERE, SetType(INT), (const(1, INT), const(2, INT), const(1, INT)))
    assert value(numbers) == frozenset({1, 2})
    assert value(compare("in", const(2, INT), numbers)) is True
    assert value(compare("<", numbers, every(INT))) is True
    assert value(ir.Binary(HERE, SetType(INT), "^", numbers, const(frozenset({2, 3}), SetType(INT)))) == {1, 3}
    by_truth = ArrayType(BOOL, INT)
    assert value(ir.Index(HERE, INT, var("a", by_truth), const(True, BOOL)), a=(by_truth, (4, 5))) == 5


def test_a_conversion_says_what_did_not_fit() -> None:
    maybe = OptType(INT)
    assert failure(to(INT, var("o", maybe), Kind.EVALUATION), o=(maybe, None)) == (
        Kind.EVALUATION,
        "self.o is None, which is not in Range(10)",
    )
    assert failure(to(INT, const(10), Kind.EVALUATION)) == (Kind.EVALUATION, "10 is not in Range(10)")
    assert failure(to(INT, const(10))) == (Kind.STORE, "10 does not fit in Range(10)")
    unchecked = ir.Convert(HERE, INT, const(10), Kind.STORE, False)
    assert failure(unchecked) == (Kind.STORE, "10 does not fit in Range(10)")
