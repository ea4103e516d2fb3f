"""Random behaviours, what they show, and whether they still do without the steps that are said not to matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from checker.contract.judge import claim
from checker.contract.replay import ReplayError, confirm
from checker.contract.task import NO_DEADLOCK
from checker.contract.trace import Trace
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.semantics import Interpreter, Step
from counterexamples.explain.conclusion import slice_of


def wandering(program: Program, seed: int, steps: int) -> list[Trace]:
    """Long behaviours, one for each property that one random walk breaks or meets."""
    random, interpreter = Random(seed), Interpreter(program)
    starts = [each for each in interpreter.initial() if each.state is not None]
    if not starts:
        return []
    start = random.choice(starts)
    assert start.state is not None
    states, taken = [start.state], []
    for _ in range(steps):
        options = [each for each in interpreter.successors(states[-1]) if each.state is not None]
        if not options:
            break
        chosen = random.choice(options)
        states.append(chosen.state)
        taken.append(chosen.step)
    return [Trace(tuple(states[: n + 1]), tuple(taken[:n]), start.step.choices) for n in range(1, len(states), 3)]


def shown(program: Program, trace: Trace) -> list[str]:
    names = [each.name for each in program.properties if each.kind is not PropertyKind.FINAL]
    good = []
    for name in [*names, NO_DEADLOCK]:
        try:
            confirm(program, name, claim(program, name), trace)
        except ReplayError:
            continue
        good.append(name)
    return good


def replayed(program: Program, trace: Trace, steps: Sequence[Step]) -> Trace | None:
    """The trace of these steps from the first state of `trace`, with its end; None if one of them is not possible."""
    interpreter, states = Interpreter(program), [trace.states[0]]
    for step in steps:
        found = interpreter.run(states[-1], step)
        if found is None or found.state is None:
            return None
        states.append(found.state)
    return replace(trace, states=tuple(states), steps=tuple(steps))


def check_slice(program: Program, trace: Trace, name: str) -> int:
    """How many steps did not matter; without them the trace must still show the same."""
    relevant = slice_of(program, trace, name).relevant
    left = [step for step, matters in zip(trace.steps, relevant, strict=True) if matters]
    shorter = replayed(program, trace, left)
    assert shorter is not None, "the slice missed what a step needs"
    confirm(program, name, claim(program, name), shorter)
    return relevant.count(False)
