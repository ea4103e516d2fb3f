"""Symmetry reduction against brute force: random models with interchangeable members, explored without any reduction.

Orbits are counted here by trying every permutation in plain Python, which shares nothing with the engine. A model that
the type checker lets through and whose behaviours tell members apart is a hole in the language.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.certificates.reachable_set import Closure
from checker.check import check, engine
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.verdict import Exhausted, Unknown, Violated
from checker.engines.reference import ReferenceEngine
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.semantics import State
from spec.classics.two_phase import TwoPhase, TwoPhaseSymmetric
from tests.support.agreement import examples, hold
from tests.support.orbits import Group, check_engine, check_language, explore, orbits
from tests.support.random_models import HEAD, SYMMETRIC_REFUSALS, RandomModel, models


@examples(12)
@given(st.integers(2, 4).flatmap(models))
def test_nothing_in_the_language_tells_members_apart(model: RandomModel) -> None:
    hold(model, check_language, SYMMETRIC_REFUSALS)


@examples(5)
@given(st.integers(2, 4).flatmap(models))
def test_the_explicit_engine_counts_orbits(model: RandomModel) -> None:
    hold(model, check_engine, SYMMETRIC_REFUSALS)


@pytest.mark.parametrize("name", ["explicit", "reference"])
def test_two_phase_commit_has_as_many_orbits_as_brute_force_finds(name: str) -> None:
    program = compile_program(TwoPhaseSymmetric(managers=4))
    found = orbits(Group.of(program), explore_all(program))
    task = Task(program, (NO_DEADLOCK, NO_FAILURE))
    assert engine(name).run(task).stats.distinct == len(found)


def test_the_reference_engine_certifies_a_model_with_interchangeable_members() -> None:
    """It said "not every state was visited", and counted arrangements where orbits are promised."""
    program = compile_program(TwoPhaseSymmetric(managers=3))
    outcome = ReferenceEngine().run(Task(program, (NO_DEADLOCK, NO_FAILURE), certify=True))
    assert outcome.evidence is not None
    closure = Closure(program, {NO_DEADLOCK: True, NO_FAILURE: True})
    for state in outcome.evidence.states():
        closure.add(state)
    closure.end()
    assert outcome.verdicts[NO_FAILURE] == Exhausted(closure.count)
    assert closure.count < ReferenceEngine(orbits=False).run(Task(program, (NO_FAILURE,))).stats.distinct


def test_the_reference_engine_says_when_there_are_too_many_renamings() -> None:
    program = compile_program(TwoPhaseSymmetric(managers=8))
    said = ReferenceEngine().run(Task(program, (NO_FAILURE,))).verdicts[NO_FAILURE]
    assert isinstance(said, Unknown)
    assert said.reason == (
        "its interchangeable members have 40,320 renamings, and each state would be tried with all; the limit is 5,040"
    )


def test_all_asks_the_reference_engine_of_interchangeable_members_too() -> None:
    program = compile_program(TwoPhaseSymmetric(managers=2))
    parts = check(Task(program, (NO_FAILURE,), Budget()), engine("all")).parts
    assert [part.engine for part in parts] == ["reference", "bmc", "induction"]


def explore_all(program: Program) -> frozenset[State]:
    """All states of a program without a failing step."""
    return explore(program).states


@pytest.mark.parametrize("managers, states, orbit_count", [(3, 288, None), (5, 8_832, 314)])
def test_two_phase_commit_has_the_known_counts(managers: int, states: int, orbit_count: int | None) -> None:
    plain = Task(compile_program(TwoPhase(managers=managers)), ("consistent", NO_FAILURE))
    assert engine("explicit").run(plain).verdicts["consistent"] == Exhausted(states)
    if orbit_count is not None:
        reduced = Task(compile_program(TwoPhaseSymmetric(managers=managers)), ("consistent", NO_FAILURE))
        assert engine("explicit").run(reduced).verdicts["consistent"] == Exhausted(orbit_count)


REFUSED = {
    "E401": ("lead = Var(Peer)", "self.seen = set()"),
    "E402": ("", "for p in self.Peer:\n            self.seen.add(p)"),
    "E403": ("", "require(a < b)"),
    "E404": ("", "self.seen.add(0)"),
    "E405": ("", "self.flag = any(choose(Bool) for p in self.seen)"),
    "E406": ("n = Var(Range(3))", "self.flag = any(1 // self.n > 0 for p in self.seen)"),
}
"""What may not be said of interchangeable members, by code: a declaration and a statement."""


def _with(declared: str, statement: str) -> RandomModel:
    text = f"""{HEAD}
class Drawn(Model):
    Peer = Range(3, symmetric=True)
    seen = Var(SetOf(Peer))
    flag = Var(Bool)
    {declared or "other = Var(Bool)"}

    @action
    def act(self, a: Peer, b: Peer):
        {statement}
"""
    return RandomModel(text)


@pytest.mark.parametrize("code", REFUSED)
def test_what_tells_members_apart_is_refused(code: str) -> None:
    with pytest.raises(ModelError) as caught:
        _with(*REFUSED[code]).program()
    assert code in {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    "statement", ["sum(1 // self.n for p in self.seen) > 0", "{p for p in self.seen if 1 // self.n > 0} != set()"]
)
def test_what_e406_tells_one_to_say_is_accepted(statement: str) -> None:
    declared, _ = REFUSED["E406"]
    model = _with(declared, f"self.flag = {statement}")
    check_language(model, model.program())


__all__ = ["Violated"]
