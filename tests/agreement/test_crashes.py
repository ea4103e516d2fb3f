"""Random models whose processes may crash: what a crash does, and that every engine does the same."""

from __future__ import annotations

import re

from hypothesis import given

from checker.ir.nodes import Process, Program
from checker.ir.types import Value
from checker.semantics import Interpreter, State
from tests.support.agreement import SOME_STATES, agree, check_emitted, check_engines, examples, hold, some
from tests.support.emitted import reachable
from tests.support.random_models import RandomModel, models


def crashing(model: RandomModel) -> RandomModel:
    """The same model, and every process may crash."""
    return RandomModel(re.sub(r"@process(?:\(([^)\n]*)\))?(?=\n)", _with_crash, model.text))


def _with_crash(found: re.Match[str]) -> str:
    return f"@process({found[1]}, crash=True)" if found[1] else "@process(crash=True)"


def started_again(program: Program, process: Process, state: State, place: int | None) -> State:
    """The state in which this instance stands at its start and holds nothing, and all else is as it was."""
    after = list(state)
    fresh: dict[str, Value] = {process.point_variable: process.points[0].label}
    fresh |= {variable: process.locals[local].default for local, variable in process.kept.items()}
    for name, value in fresh.items():
        position = program.position(name)
        if place is None:
            after[position] = value
        else:
            after[position] = (*after[position][:place], value, *after[position][place + 1 :])
    return tuple(after)


def check_crashes(model: RandomModel, program: Program) -> None:
    """Each instance that has not ended can crash, in one way, and its crash changes nothing but itself."""
    interpreter = Interpreter(program)

    def following(state: State) -> list[State]:
        return [each.state for each in some(interpreter.successors(state)) if each.state is not None]

    first = (each.state for each in interpreter.initial() if each.state is not None)
    for state in reachable(first, following, SOME_STATES):
        found = {
            (each.step.name, each.step.arguments): each.state
            for each in some(interpreter.successors(state))
            if any(action.name == each.step.name and action.crash_of for action in program.actions)
        }
        wanted = {}
        for process in program.processes:
            ends = {point.label for point in process.points if point.block is None}
            values = [None] if process.index is None else list(process.index.type.values())
            for place, value in enumerate(values):
                where = None if process.index is None else place
                label = state[program.position(process.point_variable)]
                if (label if where is None else label[where]) not in ends:
                    arguments = () if where is None else (value,)
                    after = started_again(program, process, state, where)
                    wanted[f"{process.name}_crashes", arguments] = after
        agree(found, wanted, state)


@examples(10)
@given(models())
def test_a_crash_loses_what_a_process_knows_and_nothing_else(model: RandomModel) -> None:
    hold(crashing(model), check_crashes)


@examples(8)
@given(models())
def test_emitted_code_crashes_as_the_interpreter_does(model: RandomModel) -> None:
    hold(crashing(model), check_emitted)


@examples(3)
@given(models())
def test_the_engines_agree_on_crashes(model: RandomModel) -> None:
    hold(crashing(model), check_engines)
