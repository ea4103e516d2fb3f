"""Disagreements that random models have shown, each by its smallest model and named after what was wrong."""

from __future__ import annotations

from checker.check import check, engine, select
from checker.contract.task import Task
from checker.contract.verdict import Exhausted
from checker.semantics import Interpreter
from tests.support.emitted import PlainModel
from tests.support.random_models import RandomModel, of_lines


def choices(model: RandomModel) -> list[tuple[object, ...]]:
    """What the steps of the first state choose."""
    interpreter = Interpreter(model.program())
    first = next(interpreter.initial()).state
    assert first is not None
    return [transition.step.choices for transition in interpreter.successors(first)]


def test_what_is_discarded_is_worked_out_once_though_no_member_could_be_it() -> None:
    """`discard` of a value beyond the item type became a filter, evaluated once for each member: here never."""
    model = of_lines(
        """
    held = Var(SetOf(Range(2)))

    @action
    def drop(self):
        self.held.discard(choose({2, 3}))
"""
    )
    assert choices(model) == [(2,), (3,)]


def test_a_bool_local_is_an_index() -> None:
    """A compiler took the local for a bool, and a bool is no index: the model did not compile."""
    model = of_lines(
        """
    cells = Var(Array(Bool, Range(2)))

    @action
    def fill(self):
        full = 0 < self.cells[True]
        self.cells[full] = 1
"""
    )
    program = model.program()
    first = next(Interpreter(program).initial()).state
    assert first is not None
    assert PlainModel(program).expand(first).states == [((1, 0),)]
    outcome = check(Task(program, select(program)), engine("explicit"))
    assert outcome.verdicts["no_failure"] == Exhausted(2)
