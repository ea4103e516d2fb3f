"""What `picture` may say: it is no part of the model, and one that fails is an error with its line."""

from __future__ import annotations

import pytest

from checker.contract.trace import Trace
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from counterexamples.draw.pictures import frames, has_picture
from tests.frontend.support import model as made_from


def drawn(body: str) -> Program:
    """The program of a model whose `picture` has this body."""
    head = "class Drawn(Model):\n    x = Var(Range(3))\n    @action\n    def step(self):\n        self.x = 1\n"
    return compile_program(_kept(head + f"    def picture(self):\n        {body}\n")())


_alive = []


def _kept(source: str) -> type:
    """A model whose class stays alive: a Program does not hold its class."""
    _alive.append(made_from(source))
    return _alive[-1]


def test_a_picture_and_what_only_it_calls_are_not_compiled() -> None:
    program = drawn("import math; return self.twice(math.pi)")
    assert has_picture(program)
    assert "twice" not in program.functions and "picture" not in program.functions


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("return self.x", "TypeError: it returns 0, not a Picture"),
        ("return 1 // self.x", "ZeroDivisionError: integer division or modulo by zero"),
        (
            "p = Picture(); p.edge(1, 2); return p",
            "ValueError: arrows lead to or from 1, 2, which is not in the picture",
        ),
        ("p = Picture(); p.node(1); p.node(1); return p", "ValueError: the picture has two things with the id 1: give"),
        (
            "p = Picture(); p.node(1, colour='pink'); return p",
            "ValueError: 'pink' is no colour: there are plain, quiet",
        ),
        ("p = Picture(); p.node(1, shape='star'); return p", "ValueError: 'star' is no shape: there are box, circle"),
    ],
)
def test_a_picture_that_fails_is_an_error_with_its_line(body: str, problem: str) -> None:
    program = drawn(body)
    with pytest.raises(ModelError) as caught:
        frames(program, Trace(((0,),), ()))
    (said,) = caught.value.problems
    assert said.code == "U019"
    assert said.problem.startswith(f"the picture of Drawn fails: {problem}")
    assert said.span is not None and said.span.file.startswith("<model")
    within = "two things" in problem or "is no " in problem or "Zero" in problem
    assert said.span.line == (7 if within else 6)  # what is found in the end is said of the method


def test_a_method_with_more_parameters_is_no_picture() -> None:
    model = _kept(
        "class A(Model):\n    x = Var(Range(3))\n    def picture(self, y: Range(3)):\n        return y\n"
        "    @action\n    def step(self):\n        self.x = self.picture(1)\n"
    )
    program = compile_program(model())
    assert not has_picture(program) and "picture" in program.functions
    assert len(frames(program, Trace(((0,),), ()))) == 1
