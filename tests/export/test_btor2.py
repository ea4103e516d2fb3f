"""What a BTOR2 text means, by a plain Python reader of it: the inputs lead where the interpreter's steps do.

What a checker makes of it is in `test_btor2_checked`.
"""

from __future__ import annotations

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.export.btor2 import btor2
from checker.export.commands import Exported, exported
from checker.frontend.load import compile_model, load
from checker.semantics import Interpreter, State
from checker.semantics.explore import explore
from tests.export.support import CutOff, Dim, Everything, as_leaves, holds
from tests.support.btor2 import System


class Steps:
    """Where the inputs of a text lead, and what is bad."""

    def __init__(self, found: Exported, text: str) -> None:
        system = System(text)
        self._bad, self._leaves = tuple(system.bad), [leaf.name for leaf in found.leaves]
        self._part = system.part([*system.states, *system.bad.values()])
        self._names = [system.values[state].symbol for state in self._part.states]

    def after(self, here: tuple[int, ...], begun: bool) -> tuple[set[tuple[int, ...]], dict[str, bool]]:
        """From the values of the leaves."""
        given = dict(zip(self._leaves, here, strict=True)) | {"begun": int(begun)}
        states = tuple(given[name] for name in self._names)
        leads, bad = set(), {}
        for each in self._part.every_input():
            there, shown = self._part.frame(states, each)
            named = dict(zip(self._names, there, strict=True))
            leads.add(tuple(named[name] for name in self._leaves))
            bad = dict(zip(self._bad, map(bool, shown[len(self._names) :]), strict=True))
        return leads, bad


@pytest.mark.parametrize(
    "model", [Everything, CutOff, "spec.classics.diehard:DieHard", "spec.classics.philosophers:Philosophers"]
)
def test_the_inputs_lead_where_the_interpreters_steps_do(model: type | str) -> None:
    program = compile_model(load(model) if isinstance(model, str) else model, {})
    found, interpreter = exported(program), Interpreter(program)
    steps = Steps(found, btor2(found, "M"))
    firsts, bad = steps.after((0,) * len(found.leaves), False)
    assert firsts == set(found.initial) and not any(bad.values())
    states: list[State] = [each.transition.state for each in explore(interpreter) if each.new and each.transition.state]
    seen = dict.fromkeys(bad, False)
    for state in states[:: 1 + len(states) // 25]:
        here, ways = as_leaves(program, found, state), list(interpreter.successors(state))
        leads, bad = steps.after(here, True)
        assert leads - {here} == {as_leaves(program, found, each.state) for each in ways if each.state} - {here}
        fails = any(each.failure is not None for each in ways)
        stuck = interpreter.deadlocked(state, bool(ways))
        wanted = {NO_FAILURE: fails, NO_DEADLOCK: stuck}
        for claim in found.claims:
            true = holds(interpreter, claim.name, state)
            wanted[f"never_{claim.name}" if claim.happens else claim.name] = true == claim.happens
        assert bad.items() <= wanted.items() | {("a_loop_goes_on", False)}
        seen = {name: seen[name] or wrong for name, wrong in bad.items()}
    assert any(seen.values()), "nothing bad was seen at all"


def test_a_step_that_violates_a_property_is_bad() -> None:
    """Before it is taken; a step that changes nothing violates none."""
    program = compile_model(Dim, {})
    found, interpreter = exported(program), Interpreter(program)
    system = System(btor2(found, "M"))
    leaves = [leaf.name for leaf in found.leaves]
    judged = ("never_back", "only_up", "divides", "no_value_divides")
    kept = [state for state in system.states if system.values[state].symbol in leaves]
    part = system.part([*kept, *(system.bad[each] for each in judged)])
    names, seen = [system.values[state].symbol for state in part.states], set[str]()
    for state in (each.transition.state for each in explore(interpreter) if each.new and each.transition.state):
        here = dict(zip(leaves, as_leaves(program, found, state), strict=True))
        for inputs in part.every_input():
            states, shown = part.frame(tuple((here | {"begun": 1})[name] for name in names), inputs)
            there = dict(zip(names, states, strict=True))
            before, after = here["n"], there["n"]
            wanted = (False, after < before, after != 0 and 2 // after > before, after == 0)
            moves = any(there[each] != here[each] for each in leaves)
            bad = [moves and each for each in wanted]
            assert list(map(bool, shown[len(kept) :])) == bad, (here, there)
            seen.update(name for name, each in zip(judged, bad, strict=True) if each)
    assert seen == {"only_up", "no_value_divides", "divides"}
