"""Whole models in the reference interpreter: which steps come in which order, locals, properties, processes."""

from __future__ import annotations

from typing import Any

import pytest

from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.ir.nodes import Kind
from checker.ir.types import (
    EnumType,
)
from checker.lang import (
    Array,
    Model,
    Opt,
    Range,
    Var,
    action,
    always,
    require,
)
from checker.semantics import Failure, Interpreter, Step, StepFailed, Transition
from tests.support.small_programs import BIG, HERE, LIGHTS, binary, compare, const, local, outcome, program, put, var


def successors(state: tuple[Any, ...], subject: ir.Program = LIGHTS) -> list[tuple[Any, ...]]:
    found = Interpreter(subject).successors(state)
    return [(one.step.name, one.step.arguments, one.step.point, one.step.choices) for one in found]


def start_of(subject: ir.Program) -> tuple[Any, ...]:
    (start,) = Interpreter(subject).initial()
    assert start.state is not None
    return start.state


def test_actions_come_first_then_processes_each_in_rank_order() -> None:
    point = LIGHTS.processes[0].points[0].label
    assert successors(start_of(LIGHTS)) == [
        ("switch", (0, True), None, ()),
        ("switch", (1, True), None, ()),
        ("flicker", (0,), point, (0,)),
        ("flicker", (0,), point, (1,)),
        ("flicker", (1,), point, (0,)),
        ("flicker", (1,), point, (1,)),
    ]


def test_run_follows_a_step_and_nothing_else() -> None:
    interpreter = Interpreter(LIGHTS)
    state = start_of(LIGHTS)
    for transition in interpreter.successors(state):
        assert interpreter.run(state, transition.step) == transition
    point = LIGHTS.processes[0].points[0].label
    for wrong in (
        Step("switch", (0, False), None, ()),  # impossible here
        Step("switch", (0, 1), None, ()),  # 1 is not True
        Step("switch", (False, True), None, ()),  # False is not 0
        Step("switch", (0, True), point, ()),
        Step("switch", (0, True), None, (0,)),  # chooses nothing
        Step("switch", (0,), None, ()),
        Step("switch", (2, True), None, ()),
        Step("flicker", (0,), "saw", ()),
        Step("flicker", (0,), point, ()),
        Step("flicker", (0,), point, (2,)),
        Step("flicker", (0,), point, (True,)),
        Step("flicker", (0,), point, (0, 0)),
        Step("nobody", (), None, ()),
    ):
        assert interpreter.run(state, wrong) is None, wrong


def test_the_others_of_a_step_are_all_that_its_action_or_process_can_do() -> None:
    interpreter, start = Interpreter(LIGHTS), start_of(LIGHTS)
    lit = start
    for lamp in (0, 1):
        found = interpreter.run(lit, Step("switch", (lamp, True), None, ()))
        assert found is not None and found.state is not None
        lit = found.state

    def others(step: Step, state: tuple[Any, ...]) -> list[Step]:
        return [each.step for each in interpreter.others(step, state)]

    assert others(Step("note", (), None, ()), lit) == [Step("note", (), None, (0,)), Step("note", (), None, (1,))]
    assert others(Step("note", (), None, (1,)), start) == []
    assert others(Step("switch", (0, True), None, ()), start) == [Step("switch", (0, True), None, ())]
    point = LIGHTS.processes[0].points[0].label
    both = [Step("flicker", (1,), point, (0,)), Step("flicker", (1,), point, (1,))]
    assert others(Step("flicker", (1,), "saw", ()), start) == both, "from where it stands"


def test_an_expression_is_evaluated_in_a_state_with_locals() -> None:
    interpreter = Interpreter(program(variables={"x": BIG}))
    total = binary("+", var("x", BIG), local("a", BIG))
    assert interpreter.evaluate(total, (3,), {"a": 4}) == 7
    assert interpreter.evaluate(var("x", BIG), (3,)) == 3


def at(state: tuple[Any, ...], name: str, subject: ir.Program = LIGHTS) -> Any:
    return state[subject.position(name)]


def test_a_local_is_kept_while_it_lives_and_forgotten_after() -> None:
    flicker = LIGHTS.processes[0]
    kept = flicker.kept["seen"]
    interpreter = Interpreter(LIGHTS)
    saw = interpreter.run(start_of(LIGHTS), Step("flicker", (1,), flicker.points[0].label, (1,)))
    assert saw is not None
    assert saw.state is not None
    assert at(saw.state, kept) == (0, 1)
    assert at(saw.state, flicker.point_variable) == (flicker.points[0].label, "saw")
    done = interpreter.run(saw.state, Step("flicker", (1,), "saw", ()))
    assert done is not None
    assert done.state is not None
    assert at(done.state, kept) == (0, 0)
    assert at(done.state, "last") == 1
    assert not interpreter.finished(done.state)
    assert [step for step in successors(done.state) if step[0] == "flicker" and step[1] == (1,)] == []


def test_a_full_sequence_fails_the_step_that_appends() -> None:
    interpreter = Interpreter(LIGHTS)
    state = list(start_of(LIGHTS))
    state[LIGHTS.position("lit")] = frozenset({0, 1})
    state[LIGHTS.position("log")] = (1, 1)
    notes = [found for found in interpreter.successors(tuple(state)) if found.step.name == "note"]
    assert [found.step.choices for found in notes] == [(0,), (1,)]
    assert all(found.state is None for found in notes)
    problem = "'log' is full: it holds 2 items, and is a Seq(Range(2), 2)"
    assert [(found.failure.kind, found.failure.message) for found in notes if found.failure] == [
        (Kind.STORE, problem)
    ] * 2


def test_properties_and_deadlock() -> None:
    interpreter = Interpreter(LIGHTS)
    state = list(start_of(LIGHTS))
    assert interpreter.holds("two_at_most", tuple(state))
    assert not interpreter.deadlocked(tuple(state), True)
    assert not interpreter.deadlocked(tuple(state), False), "a @final property holds"
    state[LIGHTS.position("lit")] = frozenset({0})
    assert interpreter.deadlocked(tuple(state), False)
    end = next(point.label for point in LIGHTS.processes[0].points if point.block is None)
    state[LIGHTS.position(LIGHTS.processes[0].point_variable)] = (end, end)
    assert interpreter.finished(tuple(state))
    assert not interpreter.deadlocked(tuple(state), False)


class Table(Model):
    """No processes, and an action that cannot happen."""

    cells = Var(Array(Range(2), Opt(Range(2))))

    @action
    def fill(self):
        require(self.cells[0] is not None)

    @always
    def first_is_small(self):
        return self.cells[0] < 2


def test_a_property_that_cannot_be_evaluated_fails() -> None:
    table = compile_model(Table, {})
    interpreter = Interpreter(table)
    assert not interpreter.finished(start_of(table))
    assert interpreter.deadlocked(start_of(table), False)
    with pytest.raises(StepFailed) as caught:
        interpreter.holds("first_is_small", start_of(table))
    assert caught.value.failure == Failure(
        Kind.EVALUATION, "self.cells[0] is None, which is not in Range(2)", caught.value.failure.span
    )


def spinning(*blocks: ir.Block, points: tuple[ir.Point, ...]) -> ir.Program:
    labels = tuple(point.label for point in points)
    from_types = ir.Declared("at", EnumType("p", labels), ir.Role.POINT, "p")
    spinner = ir.Process("p", None, {"i": BIG}, blocks, points, "at", {}, HERE)
    return program(processes=[spinner], declared=[from_types])


def test_a_process_that_goes_on_for_ever_without_a_yield_fails() -> None:
    subject = spinning(ir.Block((), ir.Jump(0)), points=(ir.Point("start", ("start",), 0, frozenset()),))
    (found,) = Interpreter(subject).successors((0, "start"))
    assert outcome(found) == (Kind.EVALUATION, "process 'p' went on for 100,000 blocks without a yield")


def test_blocks_follow_jumps_and_branches() -> None:
    blocks = (
        ir.Block((put(var("x"), const(1)),), ir.Branch(compare("==", var("x"), const(1)), 2, 1)),
        ir.Block((put(var("x"), const(9)),), ir.Yield(1)),
        ir.Block((put(var("x"), const(2)),), ir.Jump(3)),
        ir.Block((), ir.Yield(1)),
    )
    subject = spinning(
        *blocks, points=(ir.Point("start", ("start",), 0, frozenset()), ir.Point("end", ("end",), None, frozenset()))
    )
    (found,) = Interpreter(subject).successors(start_of(subject))
    assert found == Transition(Step("p", (), "start", ()), (2, "end"), None)
    assert list(Interpreter(subject).successors((2, "end"))) == []
    assert Interpreter(subject).finished((2, "end"))
