"""Whether two programs do the same: from each state the same steps, with the same choices, to the same states or the
same failures, word for word; and the same values of properties.

The interpreter looks at every conversion, also where a program says that it cannot fail. Here that is no failure like
others, but a mistake of whoever says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any
from unittest.mock import patch

from checker.ir import nodes as ir
from checker.ir.limits import all_statements
from checker.ir.nodes import Expr, Program, Stmt
from checker.ir.printer import show_program
from checker.ir.traverse import expressions, walk_expressions
from checker.ir.types import ArrayType, SeqType, SetType, Value
from checker.semantics import Interpreter, State, StepFailed, statements
from checker.semantics.expressions import Frame
from checker.semantics.statements import Execution
from checker.simplify import simplified
from tests.support.random_models import HEAD, RandomModel

MOST = 2000
"""Transitions of a state that are looked at."""


class Watched(Execution):
    """An execution in which no conversion fails that is said not to."""

    def evaluate(self, expr: Expr, frame: Frame) -> Value:
        if isinstance(expr, ir.Convert) and not expr.checked:
            value = self.evaluate(expr.operand, frame)
            assert expr.type.contains(value), f"{value!r} is not in {expr.type} at {expr.span}, which is not checked"
            return value
        return super().evaluate(expr, frame)

    def _value_for(self, target: Expr, expr: Expr, frame: Frame) -> Value:
        unchecked = isinstance(expr, ir.Convert) and not expr.checked
        return self.evaluate(expr, frame) if unchecked else super()._value_for(target, expr, frame)


def check_same(plain: Program, other: Program, random: Random, states: int = 30) -> None:
    """Fails if the programs differ in one of some states that can be reached, or drawn at random."""
    for statement in all_statements(other):
        check_types(statement)
    one, two = Interpreter(plain), Interpreter(other, Watched)
    initial = _some(one.initial())
    assert initial == _some(two.initial())
    queue = deque(each.state for each in initial[:states] if each.state is not None)
    seen = set(queue)
    for number in range(states):
        drawn = tuple(each.type.unrank(random.randrange(each.type.size)) for each in plain.variables)
        state = queue.popleft() if queue and number % 2 else drawn
        steps = _some(one.successors(state))
        others = _some(two.successors(state))
        assert steps == others, f"in {state}:\n{steps}\n{others}"
        for judged in plain.properties:
            assert _value(one, judged.name, state) == _value(two, judged.name, state), f"{judged.name} in {state}"
        for step in random.sample(steps, min(4, len(steps))):
            if step.state is not None and step.state not in seen:
                seen.add(step.state)
                queue.append(step.state)


def check_types(statement: Stmt) -> None:
    """Fails if types do not meet as `nodes` says; engines go by types, where the interpreter looks at values."""
    if isinstance(statement, ir.Assign):
        assert statement.value.type == statement.target.type, statement
    for outer in expressions(statement):
        for expr in walk_expressions(outer):
            match expr:
                case ir.Const(type=kind, value=value):
                    assert kind.contains(value), expr
                case ir.Make(type=SetType(item=item) | SeqType(item=item) | ArrayType(item=item), items=items):
                    assert all(each.type == item for each in items), expr
                case ir.Compare(op="==" | "!=", left=left, right=right):
                    assert left.type == right.type, expr
                case ir.Compare(op="in", left=left, right=ir.Valued(type=SetType(item=item) | SeqType(item=item))):
                    assert left.type == item, expr
                case ir.IfElse(type=kind, then=then, otherwise=otherwise):
                    assert then.type == otherwise.type == kind, expr


def _some(transitions: Iterator[Any]) -> list[Any]:
    return list(islice(transitions, MOST))


def _value(interpreter: Interpreter, name: str, state: State) -> object:
    try:
        return interpreter.holds(name, state)
    except StepFailed as failed:
        return failed.failure


def text(body: str, head: str = "") -> str:
    """The text of a simplified model, after it has been shown to do what the plain one does.
    Loops are cut off early."""
    program = RandomModel(f"{HEAD}{head}\nclass Drawn(Model):\n{body}").program()
    simple = simplified(program)
    with patch.object(statements, "LOOP_LIMIT", 100):
        check_same(program, simple, Random(0))
    return show_program(simple)


LINK = """
    Node = Range(3)
    here = Var(Opt(Node))
    next = Var(Array(Node, Opt(Node)))
    seen = Var(SetOf(Node))
    n = Var(Range(0, 9))
    on = Var(Bool)
"""


def act(*lines: str, more: str = "", head: str = "", before: str = "") -> str:
    """The simplified action with this body, in a model with `LINK`'s variables; `before` are more of them."""
    body = "\n".join(f"        {line}" for line in lines)
    whole = text(f"{LINK}{before}\n    @action\n    def act(self):\n{body}\n{more}", head)
    return whole[whole.index("action act") :].split("\n\n")[0]
