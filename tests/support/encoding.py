"""The Z3 encoding of a model, held to the interpreter: both say the same of every state, step by step, both ways."""

from __future__ import annotations

from itertools import islice
from random import Random

import z3

from checker.contract.task import Task
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.solving import Clock
from checker.engines.symbolic.stuck import Stuck
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, StepFailed, Transition, statements
from tests.support.agreement import TooLarge, agree
from tests.support.emitted import reachable
from tests.support.random_models import RandomModel
from tests.support.solutions import OVERRUN, Ending, Solutions, TooMany, decided

MOST_STEPS = 150
"""Steps of one state; models with more are passed over."""

LOOP = 64
"""Rounds to which loops are unrolled; a loop that goes on for longer is one without end, as random models go."""

VISITED, DRAWN, SOLVED = 4, 3, 2
"""States to look at: that can be reached, of the right types, and of each step as Z3 finds them."""


def ending(transition: Transition) -> Ending:
    """How a step ends, as an encoding with few rounds for its loops has to say it."""
    failure = transition.failure
    if failure is None:
        return Ending(transition.state, None)
    if "did not end within" in failure.message:
        return Ending(None, (OVERRUN, failure.span))
    if "blocks without a yield" in failure.message:
        raise TooLarge  # the encoding counts rounds and not blocks
    return Ending(None, (str(failure.kind), failure.span))


def of_interpreter(transitions: list[Transition]) -> dict[object, list[Ending]]:
    """Steps with their endings."""
    return {transition.step: [ending(transition)] for transition in transitions}


def some(transitions: object) -> list[Transition]:
    """All transitions, if they are not too many."""
    found = list(islice(transitions, MOST_STEPS + 1))  # type: ignore[call-overload]
    if len(found) > MOST_STEPS:
        raise TooLarge
    return found


def typical(program: Program, interpreter: Interpreter, random: Random) -> list[State]:
    """States that can be reached, and others that are of the right types at least."""

    def successors(state: State) -> list[State]:
        return [each.state for each in some(interpreter.successors(state)) if each.state is not None]

    starts = [each.state for each in some(interpreter.initial()) if each.state is not None]
    visited = list(reachable(iter(starts), successors, 4 * VISITED))
    found = random.sample(visited, min(VISITED, len(visited)))
    kinds = [declared.type for declared in program.variables]
    return found + [tuple(kind.unrank(random.randrange(kind.size)) for kind in kinds) for _ in range(DRAWN)]


def hold_steps(interpreter: Interpreter, found: Solutions, states: list[State]) -> None:
    """Every step of the interpreter is a solution with the same ending, and every solution is such a step."""
    try:
        agree(of_interpreter(some(interpreter.initial())), found.initial(2 * MOST_STEPS), "init")
        for state in states:
            agree(of_interpreter(some(interpreter.successors(state))), found.steps(state, 2 * MOST_STEPS), state)
    except TooMany:
        raise AssertionError("the encoding has more steps than the interpreter") from None


def hold_solutions(interpreter: Interpreter, found: Solutions) -> None:
    """Whatever state and step Z3 comes up with, the interpreter confirms."""
    for form in found.encoding.forms:
        for state, step, said in found.anywhere(form, SOLVED):
            for declared, value in zip(found.encoding.program.variables, state, strict=True):
                assert declared.type.contains(value), f"{declared.name} is {value}, which is not in its type"
            transition = interpreter.run(state, step)
            agree(None if transition is None else ending(transition), said, (state, step))


def judgement(interpreter: Interpreter, name: str, state: State) -> bool | tuple[str, object]:
    """What a property comes to."""
    try:
        return interpreter.holds(name, state)
    except StepFailed as failed:
        kind = OVERRUN if "did not end within" in failed.failure.message else str(failed.failure.kind)
        return kind, failed.failure.span


def hold_properties(interpreter: Interpreter, found: Solutions, states: list[State]) -> None:
    """Properties have the same value, or fail alike."""
    for state in states:
        for judged in found.encoding.program.properties:
            if judged.function.parameters:
                continue  # only induction asks for all arguments at once: test_induction.py
            wanted = judgement(interpreter, judged.name, state)
            agree(wanted, found.judged(judged.name, state), (judged.name, state))


def nothing_happens(stuck: Stuck, state: State, here: z3.ModelRef) -> bool:
    """Whether no step is possible in a state, as bounded search finds out."""
    while all(decided(each, here) for each in stuck.nothing_known):
        if not stuck.learn(state):
            return True
    return False


def hold_stuck(interpreter: Interpreter, found: Solutions, states: list[State]) -> None:
    """Deadlocks are the same, and so is what fails where nothing can happen."""
    stuck = Stuck(found.encoding, Clock(Task(found.encoding.program, ())))
    for state in states:
        here = found.only(state)
        agree(not some(interpreter.successors(state)), nothing_happens(stuck, state, here), state)
        if some(interpreter.successors(state)):
            continue
        failing = [name for name, fails in stuck.final_faults if decided(fails, here)]
        try:
            agree((interpreter.deadlocked(state, False), []), (decided(stuck.deadlocked, here), failing), state)
        except StepFailed as failed:
            if "did not end within" not in failed.failure.message:
                agree((False, 1), (decided(stuck.deadlocked, here), len(failing)), state)


def hold_encoding(model: RandomModel, program: Program) -> None:
    """All of these, on one model."""
    random, interpreter = Random(model.text), Interpreter(program)
    states = typical(program, interpreter, random)
    found = Solutions(Encoding(program, lambda span: statements.LOOP_LIMIT))
    hold_steps(interpreter, found, states)
    hold_solutions(interpreter, found)
    hold_properties(interpreter, found, states)
    hold_stuck(interpreter, found, states)
