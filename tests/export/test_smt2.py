"""What a solver makes of exported models: Z3 reads the text, and finds a violation at the depth that evacheck has."""

from __future__ import annotations

import re

import pytest
import z3

from checker.check import check, engine, select
from checker.contract.task import Budget, Task
from checker.contract.verdict import Violated
from checker.export.commands import Exported, exported
from checker.export.smt2 import smt2
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State
from checker.semantics.explore import explore
from tests.export.support import Dim, Everything, Rounds, as_leaves


def unrolled(found: Exported, text: str, states: int, bad: str) -> bool:
    """Whether some behaviour of so many states ends where `bad` is true, a text of the last STATE and that BEFORE."""
    script = [text]
    for at in range(states):
        sorts = [(f"|{leaf.name}@{at}|", f"(_ BitVec {leaf.bits})" if leaf.bits else "Bool") for leaf in found.leaves]
        script += [f"(declare-const {name} {sort})" for name, sort in sorts]
    state = [" ".join(f"|{leaf.name}@{at}|" for leaf in found.leaves) for at in range(states)]
    script.append(f"(assert (initial {state[0]}))")
    script += [f"(assert (next {state[at]} {state[at + 1]}))" for at in range(states - 1)]
    script.append(f"(assert {bad.replace('STATE', state[-1]).replace('BEFORE', state[-2] if states > 1 else '')})")
    solver = z3.Solver()
    solver.from_string("\n".join(script))
    return bool(solver.check() == z3.sat)


def depth(program: Program, name: str) -> int:
    """How many states the shortest counterexample of a property has."""
    verdict = check(Task(program, select(program, [name]), Budget()), engine("reference")).verdicts[name]
    assert isinstance(verdict, Violated)
    return len(verdict.trace)


@pytest.mark.parametrize(
    ("model", "name", "bad"),
    [
        ("spec.classics.diehard:DieHard", "big_is_not_4", "(not (|big_is_not_4| STATE))"),
        ("spec.classics.philosophers:Philosophers", "no_deadlock", "(not (never_stuck STATE))"),
        (Everything, "no_failure", "(fails STATE)"),
    ],
)
def test_a_violation_is_found_at_the_depth_that_it_has(model: type | str, name: str, bad: str) -> None:
    program = compile_model(load(model) if isinstance(model, str) else model, {})
    found = exported(program)
    text = smt2(found, "M")
    states = depth(program, name)
    assert [unrolled(found, text, count, bad) for count in range(1, states + 1)] == [False] * (states - 1) + [True]


def test_a_step_that_violates_a_property_is_found_at_the_depth_that_it_has() -> None:
    """A step that changes nothing violates none, and where one fails there is none."""
    program = compile_model(Rounds, {})
    found, states = exported(program), depth(program, "only_up")
    text = smt2(found, "M")
    assert "properties of steps" not in text and states == 3
    seen = [unrolled(found, text, count, "(not (|only_up| BEFORE STATE))") for count in (2, 3)]
    assert seen == [False, True]
    assert not any(unrolled(found, text, count, "(not (|never_back| BEFORE STATE))") for count in (2, 3, 4))
    found = exported(compile_model(Dim, {}))
    text = smt2(found, "M")
    assert unrolled(found, text, 2, "(not (|divides has a value| BEFORE STATE))")
    same = text + "(declare-const |n| (_ BitVec 2))(declare-const |a| (_ BitVec 2))(declare-const |b| (_ BitVec 2))"
    solver = z3.Solver()
    solver.from_string(f"{same}(assert (not (|divides has a value| |a| |b| |n| |a| |b| |n|)))")
    assert solver.check() == z3.unsat


def test_each_step_of_the_interpreter_is_one_of_the_texts_and_no_other_is() -> None:
    program = compile_model(Everything, {})
    found, interpreter = exported(program), Interpreter(program)
    text = smt2(found, "M")
    states = [each.transition.state for each in explore(interpreter) if each.new and each.transition.state is not None]

    def values(state: State) -> str:
        pairs = zip(found.leaves, as_leaves(program, found, state), strict=True)
        return " ".join(
            f"(_ bv{value} {leaf.bits})" if leaf.bits else str(bool(value)).lower() for leaf, value in pairs
        )

    claimed = []
    for at, state in enumerate(states[:: 1 + len(states) // 6]):
        leads = [each.state for each in interpreter.successors(state) if each.state is not None]
        claimed += [f"(next {values(state)} {values(each)})" for each in leads]
        other = states[at]
        claimed += [f"(not (next {values(state)} {values(other)}))"] if other not in leads else []
    solver = z3.Solver()
    solver.from_string("\n".join([text, *(f"(assert {each})" for each in claimed)]))
    assert len(claimed) > 10 and solver.check() == z3.sat


def test_the_names_are_the_models() -> None:
    text = smt2(exported(compile_model(load("spec.classics.peterson:Peterson"), {})), "peterson")
    assert '(define-fun |step 1: thread[0] from "outside"| ((|wants[0]| Bool)' in text
    assert re.search(r"; thread.point\[0\]: 0 outside, 1 gives_way", text)
