"""Hold what an engine says against the interpreter: every trace is replayed before anyone sees it. Runs no engine.

Also says what a trace for a property is meant to show. What rests on no trace, as `Proved`, is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import assert_never

from checker.contract.ranking import wrong_with
from checker.contract.replay import Claim, ReplayError, confirm, confirm_end, replay_steps
from checker.contract.task import BUILT_IN, NO_DEADLOCK, NO_FAILURE, Outcome, Task, no_initial_state
from checker.contract.trace import Failing, Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    NotInductive,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Violated,
    Witnessed,
)
from checker.errors import EngineBug
from checker.ir.nodes import Program, Temporal
from checker.semantics import Interpreter, State, StepFailed

MOST_VALUES = 1024
"""Of a lemma with more combinations of values for its parameters, a counterexample to induction is not judged."""


def claim(program: Program, name: str) -> Claim:
    """What a trace for this property is meant to show."""
    if name == NO_DEADLOCK:
        return Claim.DEADLOCK
    if name == NO_FAILURE:
        return Claim.FAILURE
    if isinstance(program.claimed(name), Temporal):
        return Claim.LASSO
    if program.speaks_of_steps(name):
        return Claim.STEP
    return Claim.WITNESS if program.witnessed(name) else Claim.VIOLATION


def judge(task: Task, outcome: Outcome) -> None:
    """Replay every trace of an outcome that answers the task. Raises EngineBug if one does not hold up, and ModelError
    E104 if a verdict speaks of all 0 states; EngineBug then too, if another shows a violation."""
    for name in task.properties:
        if name not in outcome.verdicts:
            raise EngineBug(f"engine '{outcome.engine}' gives no verdict for '{name}'")
        shows = claim(task.program, name)
        trace = _trace_of(outcome, name, shows)
        if trace is None:
            continue
        try:
            confirm(task.program, name, shows, trace)
        except ReplayError as error:
            problem = f"engine '{outcome.engine}' gives a trace for '{name}' that does not hold up: {error}"
            raise EngineBug(problem) from error
    for name, shown in counterexamples_to_induction(outcome):
        try:
            _confirm_not_inductive(task.program, shown)
        except ReplayError as error:
            what = f"a counterexample to the induction of '{name}'"
            raise EngineBug(f"engine '{outcome.engine}' gives {what} that does not hold up: {error}") from error
    _expect_states(task, outcome)


def counterexamples_to_induction(outcome: Outcome) -> Iterator[tuple[str, NotInductive]]:
    """The steps that an engine names for what it could not prove, by property."""
    for name, verdict in outcome.verdicts.items():
        if isinstance(verdict, Unknown) and verdict.not_inductive is not None:
            yield name, verdict.not_inductive


def _confirm_not_inductive(program: Program, shown: NotInductive) -> None:
    """Check that the steps lead from states in which all that held is true, and `broken` too, to one in which `broken`
    is not, or to a failure. Where `broken` is that nothing fails or no state is stuck, all is true in the last, too."""
    trace = shown.trace
    replay_steps(program, trace)
    if shown.rank:
        _confirm_rank_fails(program, shown)
        return
    interpreter, last = Interpreter(program), len(trace.steps)
    built_in, fails = shown.broken in BUILT_IN, isinstance(trace.end, Failing)
    of_step = program.speaks_of_steps(shown.broken)
    if built_in or (of_step and not fails):
        confirm_end(program, shown.broken, claim(program, shown.broken), trace)
    elif not fails and _is_true(interpreter, shown.broken, trace.states[-1]):
        raise ReplayError(last, f"that '{shown.broken}' is false", "it is true")
    ends = built_in or fails
    assumed = dict.fromkeys(shown.held if built_in or of_step else (*shown.held, shown.broken))
    for number, state in enumerate(trace.states if ends else trace.states[:-1]):
        for name in assumed:
            if _is_true(interpreter, name, state) is False:
                raise ReplayError(number, f"that '{name}' is true", "it is not")


def _confirm_rank_fails(program: Program, shown: NotInductive) -> None:
    """Check that a rank is not as the rule wants it in the state of a trace, or at its step, and that all that held is
    true in its states."""
    temporal = next(each for each in program.temporal if each.name == shown.broken)
    rank = next(each for each in program.ranks if each.name == shown.rank)
    if wrong_with(program, temporal, rank, shown.trace) is None:
        raise ReplayError(len(shown.trace.steps), f"that the rank '{rank.name}' fails", "it is as the rule wants it")
    interpreter = Interpreter(program)
    for number, state in enumerate(shown.trace.states):
        for name in shown.held:
            if _is_true(interpreter, name, state) is False:
                raise ReplayError(number, f"that '{name}' is true", "it is not")


def _is_true(interpreter: Interpreter, name: str, state: State) -> bool | None:
    """Whether a property can be evaluated and is true; None if that would take too long, or it is none of the model's
    but an invariant that was found."""
    judged = interpreter.program.property(name)
    if judged is None or prod(each.type.size for each in judged.function.parameters) > MOST_VALUES:
        return None
    try:
        return interpreter.holds(name, state)
    except StepFailed:
        return False


def _expect_states(task: Task, outcome: Outcome) -> None:
    """Of no states at all everything is true, and nothing may be said to hold: init refuses all it chooses; or it
    fails, and then engines say INIT_FAILS. Those that count no states see to both themselves."""
    verdicts = outcome.verdicts.values()
    nothing = any(isinstance(verdict, (Exhausted, Unreachable)) and verdict.distinct == 0 for verdict in verdicts)
    if nothing and any(isinstance(verdict, Violated) for verdict in verdicts):
        raise EngineBug(f"engine '{outcome.engine}' says of no states at all that something holds")
    if nothing:
        raise no_initial_state(task.program)


def _trace_of(outcome: Outcome, name: str, shows: Claim) -> Trace | None:
    """The trace that the verdict rests on. Raises EngineBug if a property of this kind cannot have such a verdict."""
    verdict = outcome.verdicts[name]
    match verdict:
        case Unknown():
            return None
        case Violated(trace=trace) if shows is not Claim.WITNESS:
            return trace
        case Witnessed(trace=trace) if shows is Claim.WITNESS:
            return trace
        case Proved() | Exhausted() if shows is not Claim.WITNESS:
            return None
        case Bounded() | Sampled() if shows not in (Claim.WITNESS, Claim.LASSO):
            return None
        case Unreachable() if shows is Claim.WITNESS:
            return None
        case Violated() | Witnessed() | Proved() | Exhausted() | Bounded() | Sampled() | Unreachable():
            kind = type(verdict).__name__
            raise EngineBug(f"engine '{outcome.engine}' answers {kind} for '{name}', where a trace shows a {shows}")
        case _:
            assert_never(verdict)
