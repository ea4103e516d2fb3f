"""Decide whether a trace is a real behaviour, and whether it shows what is claimed. Does not search; knows no engine.

The judge runs every step again with the reference interpreter. Of a failure it compares kind and message, not the
place: a trace that was written down stays a trace when the lines of its model move.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn, assert_never

from checker.contract.lasso import NotFair, Standing, refuting, standings
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.errors import EvacheckError
from checker.ir.nodes import Program
from checker.ir.temporal import Fairness
from checker.semantics import Failure, Interpreter, State, Step, StepFailed, Transition


class Claim(StrEnum):
    """What a trace is said to show."""

    VIOLATION = "violation"  # an `@always` is false in the last state
    STEP = "violation by its last step"  # a `@step` is false of the last step, or it is none of what is implemented
    WITNESS = "witness"  # a `@sometimes` is true in the last state
    DEADLOCK = "deadlock"  # nothing can happen in the last state, and that is not right
    FAILURE = "failure"  # the trace ends in a failure
    LASSO = "lasso"  # it goes round for ever, owes nothing, and a temporal property is false of it


class ReplayError(EvacheckError):
    """The trace is not what it is said to be. `step` counts from 1; 0 is the initial state, None the trace as a whole.
    `expected` and `actual` are phrases that the message joins."""

    def __init__(self, step: int | None, expected: str, actual: str) -> None:
        self.step = step
        self.expected = expected
        self.actual = actual
        place = "the trace" if step is None else "the initial state" if step == 0 else f"step {step}"
        super().__init__(f"{place}: expected {expected}, but {actual}")


def replay(program: Program, trace: Trace) -> None:
    """Run the trace again; ReplayError if it is not a behaviour of the program, or does not fail as it says."""
    _check_states(program, trace)
    _replay_start(program, Interpreter(program), trace)
    _replay_on(program, trace)


def replay_steps(program: Program, trace: Trace) -> None:
    """Run a trace again that may start anywhere; ReplayError if its steps are not those of the program, or it does not
    fail as it says."""
    if not trace.states:
        raise ReplayError(None, "a state to start from", "there is none")
    _check_states(program, trace)
    _replay_on(program, trace)


def _check_states(program: Program, trace: Trace) -> None:
    for number, state in enumerate(trace.states):
        _check_types(program, number, state)


def _replay_on(program: Program, trace: Trace) -> None:
    """Run all that comes after the first state."""
    interpreter = Interpreter(program)
    for number, step in enumerate(trace.steps, start=1):
        found = interpreter.run(trace.states[number - 1], step)
        _check_reaches(program, number, f"'{show_step(step)}' leads to", trace.states[number], found)
    match trace.end:
        case Failing(Step() as step, failure):
            found = interpreter.run(trace.states[-1], step)
            _check_fails(len(trace), f"'{show_step(step)}' fails", failure, found)
        case Failing(_, failure):
            if trace.states:
                _check_cannot_judge(program, interpreter, trace.states[-1], failure)
        case Lasso() as end:
            _closed(program, trace, end)
        case AtState():
            pass
        case _:
            assert_never(trace.end)


def confirm(program: Program, property_name: str, claim: Claim, trace: Trace) -> None:
    """Replay the trace and check that it shows what is claimed of the property; ReplayError if it does not."""
    replay(program, trace)
    confirm_end(program, property_name, claim, trace)


def confirm_end(program: Program, property_name: str, claim: Claim, trace: Trace) -> None:
    """Check that a trace, if it is one, ends as claimed; ReplayError if it does not."""
    match trace.end:
        case Failing():
            if claim is not Claim.FAILURE:
                raise ReplayError(None, f"a {claim} of '{property_name}' in its last state", "it ends in a failure")
        case Lasso() as end:
            if claim is not Claim.LASSO:
                raise ReplayError(None, f"a {claim} of '{property_name}' at its end", "it goes round for ever")
            _confirm_lasso(program, property_name, trace, end)
        case AtState():
            if claim is Claim.FAILURE:
                raise ReplayError(None, "a failure at its end", "it ends without one")
            if claim is Claim.LASSO:
                raise ReplayError(None, "a loop at its end", "it ends without one")
            _confirm_last_state(program, property_name, claim, trace)
        case _:
            assert_never(trace.end)


def _closed(program: Program, trace: Trace, end: Lasso) -> tuple[Standing, ...]:
    """How the loop stands to what is fair. ReplayError if it is none."""
    try:
        return standings(program, trace, end)
    except NotFair as found:
        raise ReplayError(found.state, found.expected, found.actual) from found


def _confirm_lasso(program: Program, property_name: str, trace: Trace, end: Lasso) -> None:
    """Check that a loop leaves out nothing that it owes, and that the property is false of it."""
    for each in _closed(program, trace, end):
        if each.is_owed:
            name, arguments = each.thing
            expected = f"a loop that leaves '{name}({', '.join(map(str, arguments))})' nothing owed"
            again = "again and again" if each.fairness is Fairness.STRONG else "all the time"
            raise ReplayError(end.back_to, expected, f"it is possible {again} and never taken")
    temporal = next(each for each in program.temporal if each.name == property_name)
    try:
        false = refuting(program, temporal, trace, end) is not None
    except StepFailed as failed:
        raise ReplayError(None, f"that '{property_name}' is false", failed.failure.message) from failed
    if not false:
        raise ReplayError(None, f"that '{property_name}' is false", "it is true")


def _confirm_last_state(program: Program, property_name: str, claim: Claim, trace: Trace) -> None:
    interpreter, last = Interpreter(program), trace.states[-1]
    try:
        if claim is Claim.DEADLOCK:
            _check_deadlock(interpreter, len(trace.steps), last)
        elif claim is Claim.STEP:
            _check_step(interpreter, property_name, trace)
        else:
            holds = interpreter.holds(property_name, last)
            if holds != (claim is Claim.WITNESS):
                problem = f"it is {str(holds).lower()} there"
                raise ReplayError(len(trace.steps), f"a {claim} of '{property_name}'", problem)
    except StepFailed as failed:
        raise ReplayError(len(trace.steps), f"a {claim} of '{property_name}'", failed.failure.message) from failed


def _check_step(interpreter: Interpreter, property_name: str, trace: Trace) -> None:
    """Check that the last step is one that a `@step` property or an `@implements` does not allow; or where there is no
    step, that nothing may begin there."""
    if not trace.steps and interpreter.begins(property_name, trace.states[0]):
        raise ReplayError(None, f"a step that violates '{property_name}'", "it has no step")
    if not trace.steps:
        return
    before, after = trace.states[-2:]
    if interpreter.allows(property_name, before, after):
        problem = "it changes nothing" if before == after else "it is true there"
        raise ReplayError(len(trace.steps), f"a violation of '{property_name}'", problem)


def show_step(step: Step) -> str:
    """A step on one line: name, arguments, the point it stood at, its choices."""
    point = "" if step.point is None else f" from {step.point!r}"
    chosen = f", choosing {', '.join(str(value) for value in step.choices)}" if step.choices else ""
    return f"{step.name}({', '.join(str(value) for value in step.arguments)}){point}{chosen}"


def _check_types(program: Program, number: int, state: State) -> None:
    if len(state) != len(program.variables):
        raise ReplayError(number, f"a state of {len(program.variables)} variables", f"there are {len(state)}")
    for declared, value in zip(program.variables, state, strict=True):
        if not declared.type.contains(value):
            raise ReplayError(number, f"'{declared.name}' in {declared.type}", f"it is {value!r}")


def _replay_start(program: Program, interpreter: Interpreter, trace: Trace) -> None:
    found = interpreter.start(trace.initial_choices)
    match trace.end:
        case Failing(None, failure) if not trace.states:
            _check_fails(0, "init fails", failure, found)
        case AtState() | Failing() | Lasso():
            _check_reaches(program, 0, "init gives", trace.states[0], found)
        case _:
            assert_never(trace.end)


def _check_reaches(program: Program, number: int, what: str, expected: State, found: Transition | None) -> None:
    """Compare where a step leads with where it should."""
    if found is None:
        raise ReplayError(number, f"that {what} a state", "it is not possible")
    if found.failure is not None:
        raise ReplayError(number, f"that {what} a state", f"it fails: {found.failure.message}")
    assert found.state is not None
    for declared, wanted, actual in zip(program.variables, expected, found.state, strict=True):
        if wanted != actual:
            shown = declared.type.show(wanted)
            problem = f"it is {declared.type.show(actual)}"
            raise ReplayError(number, f"that {what} a state with '{declared.name}' = {shown}", problem)


def _check_fails(number: int, what: str, expected: Failure, found: Transition | None) -> None:
    """Compare how a step ends with how it should fail."""
    wanted = f"that {what}: {expected.message}"
    if found is None:
        raise ReplayError(number, wanted, "it is not possible")
    if found.failure is None:
        raise ReplayError(number, wanted, "it does not fail")
    _check_same(number, wanted, expected, found.failure)


def _check_same(number: int, wanted: str, expected: Failure, actual: Failure) -> None:
    if (expected.kind, expected.message) != (actual.kind, actual.message):
        raise ReplayError(number, wanted, f"it fails otherwise: {actual.message}")


def _check_cannot_judge(program: Program, interpreter: Interpreter, last: State, expected: Failure) -> None:
    """Check that some property fails in this way in the last state."""
    for judged in program.properties:
        try:
            interpreter.holds(judged.name, last)
        except StepFailed as failed:
            if (failed.failure.kind, failed.failure.message) == (expected.kind, expected.message):
                return
    raise ReplayError(None, f"a property that fails in its last state: {expected.message}", "none fails so")


def _check_deadlock(interpreter: Interpreter, number: int, last: State) -> None:
    possible = next(interpreter.successors(last), None)
    if possible is not None:
        raise ReplayError(number, "a state where nothing can happen", f"'{show_step(possible.step)}' can")
    if not interpreter.deadlocked(last, False):
        _refuse_end(interpreter, number, last)


def _refuse_end(interpreter: Interpreter, number: int, last: State) -> NoReturn:
    actual = "every process has finished" if interpreter.finished(last) else "a @final property holds there"
    raise ReplayError(number, "a deadlock", actual)
