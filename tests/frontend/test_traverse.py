"""Walks over the IR know every kind of node: a new one cannot be forgotten by one of them."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest

from checker.engines.symbolic import expressions as symbolic_expressions
from checker.engines.symbolic import statements as symbolic_statements
from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.analysis import can_fail
from checker.ir.liveness import before
from checker.ir.printer import show_expression
from checker.ir.traverse import children, conditions, expressions, following, substatements
from checker.ir.types import BOOL, IntType, SetType
from checker.semantics import expressions as plain_expressions
from checker.semantics import statements as plain_statements

SPAN = Span("model.py", 1, 1)
EXPRESSIONS: tuple[Any, ...] = get_args(ir.Expr)
STATEMENTS: tuple[Any, ...] = get_args(ir.Stmt)
_FIXED = {"op": "+", "name": "n", "kind": ir.Kind.STORE, "checked": True, "value": 0, "step": 1, "function": "f"}
_FIXED |= {"message": "m", "variable": "v", "variable_type": BOOL}


class Made:
    """Nodes with a new local in each place for an expression, in which these are collected."""

    def __init__(self) -> None:
        self.locals: list[ir.Local] = []
        self.bodies: list[ir.Stmt] = []

    def local(self) -> ir.Local:
        self.locals.append(ir.Local(SPAN, BOOL, f"x{len(self.locals)}"))
        return self.locals[-1]

    def node(self, kind: Any) -> Any:
        given: dict[str, Any] = {}
        for each in dataclasses.fields(kind):
            given[each.name] = self.field(each.name, str(each.type))
        return kind(**given)

    def field(self, name: str, kind: str) -> Any:
        match kind:
            case "Span":
                return SPAN
            case "Type":
                return SetType(IntType(0, 1))
            case "Expr" | "Expr | None":
                return self.local()
            case "tuple[Expr, ...]":
                return (self.local(), self.local())
            case "tuple[Stmt, ...]":
                self.bodies.append(ir.Break(SPAN))
                return (self.bodies[-1],)
            case "Generator":
                return ir.Generator("v", BOOL, self.local(), None)
            case "tuple[Generator, ...]":
                return (ir.Generator("v", BOOL, self.local(), self.local()),)
        return _FIXED[name]


def test_the_unions_hold_every_node() -> None:
    for base, union in ((ir.Valued, EXPRESSIONS), (ir.Happening, STATEMENTS)):
        classes = {each for each in vars(ir).values() if isinstance(each, type) and issubclass(each, base)}
        assert set(union) == classes - {base}


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_children_are_all_that_stands_inside_an_expression(kind: Any) -> None:
    made = Made()
    node = made.node(kind)
    found = list(children(node))
    assert len(found) == len(made.locals) and {id(each) for each in found} == {id(each) for each in made.locals}
    assert can_fail(node) in (True, False)
    if kind is not ir.Const:  # its value would have to be one of its type
        assert show_expression(node)


@pytest.mark.parametrize("kind", STATEMENTS)
def test_expressions_and_statements_are_all_that_stands_inside_a_statement(kind: Any) -> None:
    made = Made()
    node = made.node(kind)
    assert {id(each) for each in expressions(node)} == {id(each) for each in made.locals}
    assert [id(each) for each in substatements(node)] == [id(each) for each in made.bodies]
    read = {each.name for each in made.locals} - ({"x0"} if kind is ir.Assign else set())  # x0 is what is assigned
    assert before([node], frozenset()) == read


@pytest.mark.parametrize("kind", get_args(ir.Terminator))
def test_conditions_and_blocks_are_all_that_stands_in_the_end_of_a_block(kind: Any) -> None:
    made = Made()
    numbers = [each.name for each in dataclasses.fields(kind) if each.name in ("block", "then", "otherwise")]
    given = {each.name: 7 for each in dataclasses.fields(kind)} | {name: at for at, name in enumerate(numbers)}
    given |= {each.name: made.local() for each in dataclasses.fields(kind) if each.type == "Expr"}
    end = kind(**given)
    assert [id(each) for each in conditions(end)] == [id(each) for each in made.locals]
    assert list(following(end)) == list(range(len(numbers)))


@pytest.mark.parametrize(
    ("rules", "kinds"),
    [
        (plain_expressions._RULES, set(EXPRESSIONS)),
        (symbolic_expressions._RULES, set(EXPRESSIONS)),
        (plain_statements._RULES, set(STATEMENTS)),
        (symbolic_statements._RULES, set(STATEMENTS)),
    ],
)
def test_interpreter_and_encoder_have_a_rule_for_every_node(rules: Any, kinds: set[Any]) -> None:
    assert kinds == set(rules)
