"""Guarded commands lead where the interpreter's steps do, on random models; formulas are worked out by plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest

from checker.engines.symbolic import values
from checker.errors import ModelError, UsageError
from checker.export.commands import Exported, exported
from checker.export.formula import Apply, Formula, Known, Name, computed, signed
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, StepFailed
from tests.support.random_models import REFUSALS, drawn, may_be_refused

STATES, STEPS = 8, 40


class Here:
    """What formulas are worth in one state; a truth value is 0 or 1."""

    def __init__(self, names: Mapping[str, int]) -> None:
        self._names = names
        self._found: dict[Apply, int] = {}

    def __call__(self, formula: Formula) -> int:
        match formula:
            case Known(value=value):
                return value
            case Name(name=name):
                return self._names[name]
        if formula not in self._found:
            found = [self(each) for each in formula.operands]
            self._found[formula] = applied(formula.operator, found, formula.operands[0].bits, formula.bits)
        return self._found[formula]


def applied(operator: str, found: Sequence[int], given: int, bits: int) -> int:
    match operator:
        case "not":
            return 1 - found[0]
        case "and":
            return int(all(found))
        case "or":
            return int(any(found))
        case "=":
            return int(found[0] == found[1])
        case "if":
            return found[1] if found[0] else found[2]
        case "<":
            return int(found[0] < found[1])
        case "s<":
            return int(signed(found[0], given) < signed(found[1], given))
        case "low":
            return found[0] % (1 << bits)
        case "more":
            return found[0]
        case "sign":
            return signed(found[0], given) % (1 << bits)
        case _:
            return computed(operator, found[0], found[1], given) % (1 << bits)


def as_leaves(program: Program, found: Exported, state: State) -> tuple[int, ...]:
    """A state of the interpreter as the values of the leaves."""
    known: dict[str, int] = {}
    for declared, value in zip(program.variables, state, strict=True):
        free = values.free(declared.type, declared.name)
        for leaf, term in values.bound(free, values.constant(declared.type, value)):
            text = str(term)
            known[leaf.decl().name()] = int(text) if text.isdigit() else int(text == "True")
    return tuple(known[leaf.name] for leaf in found.leaves)


def holds(interpreter: Interpreter, name: str, state: State) -> bool:
    """Whether a property is true; false where it has no value."""
    try:
        return interpreter.holds(name, state)
    except StepFailed:
        return False


def compared(program: Program) -> int:
    """Hold the steps of some states to the interpreter's; how many there were."""
    found = exported(program)
    interpreter = Interpreter(program)
    starts = [each.state for each in interpreter.initial() if each.state is not None]
    assert {as_leaves(program, found, state) for state in starts} == set(found.initial)
    left, seen, steps = starts[:STATES], set(starts), 0
    while left and steps < STEPS:
        state = left.pop()
        here = as_leaves(program, found, state)
        worked_out = Here({leaf.name: value for leaf, value in zip(found.leaves, here, strict=True)})
        after, fails = set(), False
        for command in found.commands:
            assert not worked_out(command.goes_on), "a loop of more than 64 rounds"
            fails = fails or bool(worked_out(command.fails))
            if worked_out(command.guard):
                changed = list(here)
                for place, formula in command.changes:
                    changed[place] = worked_out(formula)
                after.add(tuple(changed))
        ways = list(interpreter.successors(state))
        assert after == {as_leaves(program, found, each.state) for each in ways if each.state is not None}
        assert fails == any(each.state is None for each in ways)
        for claim in found.claims:
            assert worked_out(claim.holds) == holds(interpreter, claim.name, state)
        steps += len(ways)
        for each in ways:
            if each.state is not None and each.state not in seen:
                seen.add(each.state)
                left.append(each.state)
    return steps


@pytest.mark.parametrize("first", [0, 12])
def test_commands_lead_where_the_interpreters_steps_do(first: int) -> None:
    held = 0
    for seed in range(first, first + 12):
        try:
            program = drawn(Random(seed), processes=2).program()
        except ModelError as error:
            assert all(may_be_refused(problem, REFUSALS) for problem in error.problems)
            continue
        try:
            held += compared(program)
        except UsageError as error:
            assert "U034" in str(error)
    assert held > 60
