"""Random models held to emitted code, to Python itself, and to every engine; and what such a comparison takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, product
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings

from checker.check import check, engine, select
from checker.contract.task import Budget, Outcome, Task
from checker.contract.verdict import Sampled, Unknown, Unreachable, Verdict, Violated, Witnessed
from checker.engines.explicit.codegen import segments
from checker.errors import ModelError
from checker.ir.nodes import Program, Role
from checker.ir.property_kind import PropertyKind
from checker.ir.types import Value
from checker.semantics import Interpreter, State, StepFailed, Transition
from tests.support import python_oracle
from tests.support.emitted import Expanded, PlainModel, reachable
from tests.support.python_oracle import Oracle
from tests.support.random_models import REFUSALS, RandomModel, may_be_refused
from tests.support.shrinking import smallest
from tests.support.side_by_side import SideBySide, standing

MOST_TRANSITIONS = 400
"""Steps of one state; models with more are passed over."""

SOME_STATES = 40
"""States of a model that are looked at one by one."""


class TooLarge(Exception):
    """The model has more steps than a test has time for."""


def how_many(count: int) -> int:
    """So many random models, unless EVACHECK_AGREEMENT says how many."""
    return int(os.environ.get("EVACHECK_AGREEMENT", count))


def examples(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many random models, always the same, unless EVACHECK_AGREEMENT says how many."""
    return settings(
        max_examples=how_many(count),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )


def hold(
    model: RandomModel, check: Callable[[RandomModel, Program], None], refusals: frozenset[str] = REFUSALS
) -> None:
    """Check a model; what the language refuses, or is too large, is passed over. Shows a bug by a small model."""
    try:
        _check(model, check, refusals)
    except AssertionError as error:
        known, message = type(error), str(error)
        small = smallest(model, lambda other: _fails(other, check, known), 20)
        pytest.fail(f"{message}\n\nand this smaller model fails, too:\n\n{small.text}")


def _check(model: RandomModel, check: Callable[[RandomModel, Program], None], refusals: frozenset[str]) -> None:
    try:
        program = model.program()
    except ModelError as error:
        assert all(may_be_refused(problem, refusals) for problem in error.problems), str(error)
        return
    try:
        check(model, program)
    except TooLarge:
        return


def _fails(model: RandomModel, check: Callable[[RandomModel, Program], None], error: type[Exception]) -> bool:
    try:
        check(model, model.program())
    except error:
        return True
    except TooLarge:
        return False
    return False


def agree(interpreter: object, other: object, where: object) -> None:
    """Fail unless both say the same."""
    assert interpreter == other, f"at {where}\nthe interpreter says {interpreter}\nthe other says    {other}"


def some(transitions: Any) -> list[Transition]:
    """All transitions, if they are not too many."""
    found = list(islice(transitions, MOST_TRANSITIONS + 1))
    if len(found) > MOST_TRANSITIONS:
        raise TooLarge
    return found


def expected(transitions: list[Transition], stuck: int) -> tuple[Any, ...]:
    """What compiled code has to say of these transitions."""
    failures = [(t.failure.kind, t.failure.span) for t in transitions if t.failure is not None]
    return [t.state for t in transitions if t.state is not None], failures[:1], stuck


def found(expanded: Expanded) -> tuple[Any, ...]:
    """What it says."""
    failures = [] if expanded.failed is None else [(expanded.failed.kind, expanded.failed.span)]
    return expanded.states, failures, expanded.stuck


def judgement(interpreter: Interpreter, name: str, kind: PropertyKind, state: State) -> int:
    """What compiled code has to say of a property: 2 that it fails, 1 that it is violated or witnessed."""
    try:
        return int(interpreter.holds(name, state) == (kind is PropertyKind.SOMETIMES))
    except StepFailed:
        return 2


def check_emitted(model: RandomModel, program: Program) -> None:
    """Hold emitted code, run as plain Python, to the interpreter: successors in order, first failures, properties; also
    as it is where the segments of a process share their blocks, which only those of large processes do."""
    interpreter, plain = Interpreter(program), [PlainModel(program)]
    if program.processes:
        with patch.object(segments, "_LARGE", 0), patch.object(segments, "_OFTEN", 0):
            plain.append(PlainModel(program))
    begin = some(interpreter.initial())
    for emitted in plain:
        agree(expected(begin, 0), found(emitted.initial()), "init")

    def successors(state: State) -> list[State]:
        steps = some(interpreter.successors(state))
        try:
            stuck = int(interpreter.deadlocked(state, bool(steps)))
        except StepFailed:
            stuck = 2
        wanted = {
            judged.name: judgement(interpreter, judged.name, judged.kind, state)
            for judged in program.properties
            if judged.kind is not PropertyKind.FINAL and not judged.function.parameters
        }
        for emitted in plain:
            agree(expected(steps, stuck), found(emitted.expand(state)), state)
            agree(wanted, emitted.judge(state), state)
        return [step.state for step in steps if step.state is not None]

    for _ in reachable((step.state for step in begin if step.state is not None), successors, SOME_STATES):
        pass


def instances(program: Program) -> list[tuple[str, tuple[Value, ...]]]:
    """All steps by name and arguments: actions, then processes."""
    found = [
        (action.name, arguments)
        for action in program.actions
        for arguments in product(*(parameter.type.values() for parameter in action.parameters))
    ]
    for process in program.processes:
        indices = [()] if process.index is None else [(value,) for value in process.index.type.values()]
        found += [(process.name, index) for index in indices]
    return found


def outcomes(transitions: list[Transition], variables: int) -> list[python_oracle.Outcome]:
    """Transitions as the oracle sees them: without points and kept locals."""
    return [
        python_oracle.Outcome(
            each.step.choices,
            None if each.state is None else each.state[:variables],
            None if each.failure is None else each.failure.kind,
        )
        for each in transitions
    ]


BEHAVIOURS = 4
"""Behaviours of each model that Python takes with the interpreter, of up to 40 steps."""

LOOKED_INTO = (*range(5), 8, 13, 40)
"""States of the first of them in which everything that could happen is compared; of the others only the last."""


def check_python(model: RandomModel, program: Program) -> None:
    """Hold the interpreter to Python itself, which runs the model's own methods, on some random behaviours."""
    oracle, interpreter = Oracle(model), Interpreter(program)
    variables = sum(declared.role is Role.MODEL for declared in program.variables)
    first = some(interpreter.initial())
    agree(outcomes(first, variables), oracle.outcomes([], "init", ()), "init")
    for number in range(BEHAVIOURS):
        both = SideBySide(program, interpreter, oracle, Random(f"{number} {model.text}"), agree)

        def looked_at(at: int, state: State, both: SideBySide = both, whole: bool = number == 0) -> list[Transition]:
            steps = some(interpreter.successors(state))
            if at in LOOKED_INTO[0 if whole else -1 :] or not any(step.state for step in steps):
                for name, arguments in instances(program):
                    mine = [step for step in steps if (step.step.name, step.step.arguments) == (name, arguments)]
                    wanted = oracle.outcomes(both.history, name, arguments)
                    nothing = [python_oracle.Outcome((), state[:variables], None)]
                    if not mine and wanted == nothing and at_end(program, state, name, arguments):
                        continue  # Python comes to the end of a process in a step of its own that does nothing
                    agree(outcomes(mine, variables), wanted, (both.history, name, arguments))
            return steps

        both.walk(first, looked_at)


def at_end(program: Program, state: State, name: str, arguments: tuple[Value, ...]) -> bool:
    """Whether the process of that name stands at its end."""
    for process in program.processes:
        if process.name == name:
            return standing(program, process, arguments, state).block is None
    return False


MOST_STATES = 3_000
"""States of a model that engines are run on; larger ones are passed over."""


def summary(outcome: Outcome) -> dict[str, Any]:
    """What two engines must agree on. Which of several shortest traces is shown, and in what words, is up to them."""
    found: dict[str, Any] = {
        "distinct": outcome.stats.distinct,
        "generated": outcome.stats.generated,
        "depth": outcome.stats.depth,
        "stopped": outcome.stopped,
    }
    for name, verdict in outcome.verdicts.items():
        match verdict:
            case Violated(trace=trace) | Witnessed(trace=trace):
                found[name] = (type(verdict), len(trace), type(trace.end), len(trace.taken))
            case Unknown():
                found[name] = Unknown
            case _:
                found[name] = verdict
    return found


def without_times(outcome: Outcome) -> Outcome:
    """The outcome but for the time it took, and the memory that others have left."""
    return replace(outcome, stats=replace(outcome.stats, seconds=0.0, compile_seconds=0.0, room=None))


def check_engines(model: RandomModel, program: Program) -> None:
    """Hold the explicit engine to the reference engine, and one worker to two."""
    for keep_going in (False, True):
        budget = Budget(max_states=MOST_STATES, seconds=5.0)
        task = Task(program, select(program), budget, keep_going=keep_going)
        try:
            reference = check(task, engine("reference"))
        except ModelError as error:
            assert [problem.code for problem in error.problems] == ["E104"]
            with pytest.raises(ModelError, match="E104"):
                check(replace(task, budget=Budget()), engine("explicit"))
            return
        if reference.stopped is not None:
            raise TooLarge
        alone = check(replace(task, budget=Budget()), engine("explicit"))
        together = check(replace(task, budget=Budget(), workers=2), engine("explicit"))
        agree(summary(reference), summary(alone), f"keep_going={keep_going}")
        agree(without_times(alone), without_times(together), "one worker and two")


def confirm_consistent(name: str, ours: Verdict, theirs: Verdict) -> None:
    match ours:
        case Violated(trace) | Witnessed(trace):
            if isinstance(theirs, (Violated, Witnessed)):
                assert type(ours) is type(theirs) and len(trace) >= len(theirs.trace), name
            else:
                assert isinstance(theirs, Unknown) or not isinstance(ours, Violated), (name, theirs)
                assert not isinstance(theirs, Unreachable), (name, theirs)
        case Sampled() | Unknown():
            pass
        case _:
            raise AssertionError(f"{name}: a walk proves nothing, and said {ours}")
