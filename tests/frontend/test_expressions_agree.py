"""Random expressions: what the front end makes of them is worth what Python says, and lies in the type it infers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.errors import ModelError
from checker.frontend.values import integer_bounds
from checker.ir import nodes as ir
from checker.ir.types import IntType
from checker.semantics import Interpreter, StepFailed
from tests.frontend.support import program

VARIABLES = """
x = Var(Range(-3, 4))
y = Var(Range(6))
z = Var(Range(-9, -2))
b = Var(Bool)
o = Var(Opt(Range(5)))
s = Var(SetOf(Range(5)))
t = Var(SetOf(Range(-2, 3)))
u = Var(SetOf(Opt(Range(3))))
q = Var(Seq(Range(4), 3))
a = Var(Array(Range(6), Range(-1, 7)))
"""
STATES = st.tuples(
    st.integers(-3, 4),
    st.integers(0, 5),
    st.integers(-9, -2),
    st.booleans(),
    st.none() | st.integers(0, 4),
    st.frozensets(st.integers(0, 4)),
    st.frozensets(st.integers(-2, 3)),
    st.frozensets(st.none() | st.integers(0, 2)),
    st.lists(st.integers(0, 3), max_size=3).map(tuple),
    st.lists(st.integers(-1, 7), min_size=6, max_size=6).map(tuple),
)
NAMES = ("x", "y", "z", "b", "o", "s", "t", "u", "q", "a")
LOOPS = ("i", "j")


class Maker:
    """Draws expressions of one kind each, not deeper than asked."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.inside: list[str] = []

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def integer(self, depth: int) -> str:
        atoms = ["self.x", "self.y", "self.z", "self.o", "0", "1", "3", "-2", "7", *self.inside]
        shape = self.pick("atom", "binary", "binary", "bits", "call", "count", "fold", "choice", "index", "int")
        if depth == 0 or shape == "atom":
            return self.pick(*atoms)
        deeper = depth - 1
        one, two = self.integer(deeper), self.integer(deeper)
        match shape:
            case "binary":
                return f"({one} {self.pick('+', '-', '*', '//', '%', '>>')} {two})"
            case "bits":
                return f"(abs({one}) {self.pick('&', '|', '^')} len({self.set(deeper)}))"
            case "call":
                return self.pick(
                    f"min({one}, {two})", f"max({one}, {two}, 2)", f"abs({one})", f"-{one}", f"({one} << 2)"
                )
            case "count":
                return self.pick(
                    f"len({self.set(deeper)})", "len(self.q)", "len(self.a)", f"sum({self.numbers(deeper)})"
                )
            case "fold":
                name = self.pick(*LOOPS)
                over = self.domain(deeper)
                self.inside.append(name)
                body, test = self.integer(deeper), self.boolean(deeper)
                self.inside.pop()
                return f"{self.pick('sum', 'min', 'max')}({body} for {name} in {over} if {test})"
            case "choice":
                return f"({one} if {self.boolean(deeper)} else {two})"
            case "index":
                return self.pick(f"self.q[{one}]", f"self.a[abs({one}) % 6]", f"(4, {one}, 5)[1]")
        return f"int({self.boolean(deeper)})"

    def boolean(self, depth: int) -> str:
        shape = self.pick("atom", "compare", "chain", "sets", "in", "in", "logic", "loop", "none")
        if depth == 0 or shape == "atom":
            return self.pick("self.b", "True", "False", "self.x < self.y", "self.o is None", "self.o in self.s")
        deeper = depth - 1
        relation = self.pick("==", "!=", "<", "<=", ">", ">=")
        match shape:
            case "compare":
                return f"({self.integer(deeper)} {relation} {self.integer(deeper)})"
            case "chain":
                return f"({self.integer(deeper)} <= {self.integer(deeper)} {relation} {self.integer(deeper)})"
            case "sets":
                return f"({self.set(deeper)} {relation} {self.set(deeper)})"
            case "in":
                over = self.pick(
                    self.set(deeper), "self.u", "self.q", "self.a", "(1, 4, self.x)", "range(self.x, self.y)"
                )
                item = self.pick(self.integer(deeper), "self.o", "None" if over in ("self.u",) else "self.o")
                return f"({item} {self.pick('in', 'not in')} {over})"
            case "logic":
                left, right = self.boolean(deeper), self.boolean(deeper)
                return self.pick(f"({left} and {right})", f"({left} or {right})", f"(not {left})")
            case "loop":
                name = self.pick(*LOOPS)
                over = self.domain(deeper)
                self.inside.append(name)
                body = self.boolean(deeper)
                self.inside.pop()
                return f"{self.pick('any', 'all')}({body} for {name} in {over})"
        return self.pick(
            "(self.o is None)", "(self.o is not None)", "(self.o == 2)", "(self.o != self.y)", "(None in self.u)"
        )

    def set(self, depth: int) -> str:
        shape = self.pick("atom", "literal", "algebra", "algebra", "made", "choice")
        if depth == 0 or shape == "atom":
            return self.pick("self.s", "self.t", "{1, 5}", "set()", "{self.x, self.y}", "set(self.q)")
        deeper = depth - 1
        match shape:
            case "literal":
                return f"{{{self.integer(deeper)}, {self.integer(deeper)}}}"
            case "algebra":
                return f"({self.set(deeper)} {self.pick('|', '&', '-', '^')} {self.set(deeper)})"
            case "made":
                name = self.pick(*LOOPS)
                over = self.domain(deeper)
                self.inside.append(name)
                body, test = self.integer(deeper), self.boolean(deeper)
                self.inside.pop()
                return f"{{{body} for {name} in {over} if {test}}}"
        return f"({self.set(deeper)} if {self.boolean(deeper)} else {self.set(deeper)})"

    def domain(self, depth: int) -> str:
        one, two = self.integer(max(0, depth - 1)), self.integer(max(0, depth - 1))
        ranges = (f"range({one})", f"range({one}, {two})", f"range({one}, {two}, {self.pick('2', '-1', '-3', '1')})")
        return self.pick(self.set(depth), "self.q", "self.a", "(self.x, 2)", *ranges)

    def numbers(self, depth: int) -> str:
        return self.pick(self.set(depth), "self.q", "self.a", f"range({self.integer(depth)})")


@st.composite
def expressions(draw: Any) -> str:
    """Any expression."""
    maker = Maker(draw)
    depth = draw(st.integers(1, 3))
    return draw(st.sampled_from([maker.integer, maker.boolean, maker.set]))(depth)


def _compiled(text: str) -> tuple[ir.Program, ir.Expr]:
    lines = [f"    {line}" for line in VARIABLES.strip().splitlines()]
    made = program("\n".join(["class M(Model):", *lines, "    @action", "    def step(self):", f"        v = {text}"]))
    (statement,) = made.actions[0].body
    assert isinstance(statement, ir.Assign)
    return made, statement.value


@given(expressions(), st.lists(STATES, min_size=4, max_size=4))
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_expression_is_worth_what_python_says(text: str, states: list[tuple[Any, ...]]) -> None:
    try:
        made, expression = _compiled(text)
    except ModelError as error:
        # What a type cannot bound, what is empty for ever, and what Python too would choke on
        assert {problem.code for problem in error.problems} <= {"E214", "E303", "E307", "E313"}, str(error)
        assume(False)
    interpreter = Interpreter(made)
    for state in states:
        space = SimpleNamespace(**dict(zip(NAMES, state, strict=True)))
        try:
            wanted = eval(text, {"self": space})
        except (ZeroDivisionError, TypeError, ValueError, IndexError):
            with pytest.raises(StepFailed):
                interpreter.evaluate(expression, state)
            continue
        got = interpreter.evaluate(expression, state)
        assert got == wanted and isinstance(got, bool) == isinstance(wanted, bool), (got, wanted)
        assert expression.type.contains(frozenset(got) if isinstance(got, set) else got)


bounds = st.tuples(st.integers(-40, 40), st.integers(0, 12)).map(lambda pair: IntType(pair[0], pair[0] + pair[1]))
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b if b else None,
    "%": lambda a, b: a % b if b else None,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b if b >= 0 else None,
    ">>": lambda a, b: a >> b if b >= 0 else None,
    "min": min,
    "max": max,
}


@pytest.mark.parametrize("op", OPERATORS)
@given(left=bounds, right=bounds)
@settings(max_examples=60, deadline=None)
def test_bounds_hold_every_result(op: str, left: IntType, right: IntType) -> None:
    found = integer_bounds(op, left, right)
    if found is None:
        assert op in ("&", "|", "^", "<<")
        return
    results = [OPERATORS[op](a, b) for a in left.values() for b in right.values()]
    assert all(found.contains(result) for result in results if result is not None)
