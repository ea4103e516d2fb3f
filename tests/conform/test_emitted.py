"""Emitted steps lead where the interpreter's do, on random models with actions and processes."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from checker.conform.emitted import AGAIN, FIRST, Emitted, Refused
from checker.conform.following import Follower
from checker.errors import EngineBug, ModelError
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.lang import Model, Range, Seq, Var, action, always, choose, require
from checker.semantics import Interpreter, Step
from tests.support.random_models import REFUSALS, drawn, may_be_refused

STATES, STEPS = 25, 60


def held_to_the_interpreter(program: Program) -> int:
    """Compare every step of some states; how many there were."""
    interpreter, emitted = Interpreter(program), Emitted(program)
    seen = {each.state for each in islice(interpreter.initial(), STATES) if each.state is not None}
    left, compared = list(seen), 0
    while left and compared < STATES * STEPS:
        state = left.pop()
        for found in islice(interpreter.successors(state), STEPS):
            reached = emitted.run(state, found.step)
            assert reached == found.state, (state, found.step)
            every = [each for each in interpreter.others(found.step, state) if each.state is not None]
            ways = list(emitted.ways(state, found.step.name, found.step.arguments))
            assert ways == [(each.step.choices, each.state) for each in every]
            if reached is not None:
                pairs = zip(program.variables, reached, strict=True)
                assert all(declared.type.contains(value) for declared, value in pairs)
            compared += 1
            if found.state is not None and found.state not in seen and len(seen) < STATES:
                seen.add(found.state)
                left.append(found.state)
    return compared


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_emitted_steps_lead_where_the_interpreters_do(first: int) -> None:
    compared = 0
    for seed in range(first, first + 20):
        try:
            program = drawn(Random(seed), processes=2).program()
        except ModelError as error:
            assert all(may_be_refused(problem, REFUSALS) for problem in error.problems)
            continue
        compared += held_to_the_interpreter(program)
    assert compared > 200


class Shelf(Model):
    """Whatever can go wrong in a step goes wrong here."""

    held = Var(Seq(Range(1, 4), 2))
    count = Var(Range(0, 9))

    @action
    def put(self, n: Range(0, 9)):
        require(n != 3)
        self.held.append(choose(range(1, 5)))
        self.held[0] = n
        self.count += len(self.held)

    @action
    def divide(self, n: Range(0, 2)):
        assert self.count < 5, "too many"
        self.count = 4 // n

    def first(self):
        return self.held[0]

    @always
    def starts_small(self):
        return len(self.held) == 0 or self.first() < 5


def test_what_is_refused_or_fails_comes_to_nothing() -> None:
    program = compile_model(Shelf, {})
    assert held_to_the_interpreter(program) > 50
    emitted = Emitted(program)
    assert emitted.run(((), 0), Step("put", (2,), None, (4,))) == ((2,), 1)
    for arguments, choices in (((2,), (5,)), ((2,), (4, 4)), ((2,), ()), ((3,), (4,)), ((7,), (4,))):
        assert emitted.run(((), 0), Step("put", arguments, None, choices)) is None
    assert emitted.run(((), 0), Step("divide", (0,), None, ())) is None
    with pytest.raises(Refused):
        emitted.answer("first", (), ((), 0))


def test_an_emitted_step_that_differs_from_the_interpreters_is_a_bug_that_is_said() -> None:
    program = compile_model(Shelf, {})

    class Wrong(Emitted):
        def run(self, state: tuple[object, ...], step: Step) -> tuple[object, ...] | None:
            return (), 0

    put = Step("put", (2,), None, (4,))
    for before in (0, FIRST):  # at once, and later on
        wrong = Wrong(program)
        for _ in range(before):
            wrong.is_due("put")
        follower = Follower(program, wrong)
        assert follower.start((), {}) is None
        with pytest.raises(EngineBug, match="the emitted step put differs"):
            for _ in range(AGAIN if before else 1):
                follower.follow(put, {})
