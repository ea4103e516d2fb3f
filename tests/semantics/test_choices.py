"""Choices of a step: in which order they come, and how one is drawn at random."""

from __future__ import annotations

from typing import Any

from checker.ir import nodes as ir
from checker.ir.types import IntType, SetType
from checker.semantics import Interpreter, Step, Transition
from checker.semantics.choices import Choices, search
from tests.support.small_programs import (
    BIG,
    HERE,
    INT,
    binary,
    compare,
    const,
    function,
    local,
    pick,
    program,
    put,
    steps,
    var,
)


def choices_of(*body: ir.Stmt) -> list[tuple[Any, ...]]:
    interpreter = Interpreter(program(function("act", *body), variables={"x": BIG}))
    return [transition.step.choices for transition in interpreter.successors((0,))]


def test_choices_are_lexicographic_and_in_rank_order() -> None:
    first = put(local("a"), pick(const(frozenset({3, 1}), SetType(INT))))
    second = put(local("b", BIG), pick(ir.Steps(HERE, SetType(BIG), const(2), const(-1), -1)))
    assert choices_of(first, second) == [(1, 0), (1, 1), (1, 2), (3, 0), (3, 1), (3, 2)]


def test_later_choices_depend_on_earlier_ones_and_impossible_runs_are_left_out() -> None:
    first = put(local("a", BIG), pick(steps(0, 4, 1)))
    never_two = ir.Require(HERE, compare("!=", local("a", BIG), const(2)))
    second = put(local("b", BIG), pick(ir.Steps(HERE, SetType(BIG), const(0), local("a", BIG), 1)))
    assert choices_of(first, never_two, second) == [(1, 0), (3, 0), (3, 1), (3, 2)]


def test_a_failing_run_names_the_choices_made_so_far() -> None:
    first = put(local("a", BIG), pick(steps(0, 2, 1)))
    divide = put(local("c", BIG), binary("//", const(1), local("a", BIG)))
    second = put(local("b", BIG), pick(steps(0, 2, 1)))
    assert choices_of(first, divide, second) == [(0,), (1, 0), (1, 1)]


def test_init_chooses() -> None:
    init = function("init", put(var("x", BIG), pick(steps(3, 5, 1))))
    interpreter = Interpreter(program(variables={"x": BIG}, init=init))
    assert [(found.step, found.state) for found in interpreter.initial()] == [
        (Step("init", (), None, (3,)), (3,)),
        (Step("init", (), None, (4,)), (4,)),
    ]
    assert interpreter.start((4,)) == Transition(Step("init", (), None, (4,)), (4,), None)
    assert interpreter.start((5,)) is None
    assert interpreter.start(()) is None


def test_a_random_choice_is_drawn_anew_until_every_one_was_refused() -> None:
    tried: list[tuple[Any, Any]] = []

    def refuses(choices: Choices) -> None:
        tried.append((choices.take((0, 1, 2), IntType(0, 2)), choices.take((0, 1), IntType(0, 1))))

    assert search(refuses, lambda count: count - 1, 100) == (None, 4), "six runs, beside one for each choice"
    assert sorted(tried) == [(first, second) for first in range(3) for second in range(2)]
    tried.clear()
    assert search(refuses, lambda count: count - 1, 1) == (None, 1)
    assert len(tried) == 3, "one, beside one for each choice"


def test_a_random_choice_that_is_possible_is_taken() -> None:
    def at_one(choices: Choices) -> str | None:
        return "found" if choices.take((0, 1, 2), IntType(0, 2)) == 1 else None

    assert search(at_one, lambda count: count - 1, 100) == ("found", 1)
    assert search(at_one, lambda _: 1, 100) == ("found", 0)
    assert search(lambda _: None, lambda _: 0, 100) == (None, 1), "without a choice there is nothing to draw anew"
