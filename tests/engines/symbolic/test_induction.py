"""Induction: what it proves, what it says of a failed step, and that it never says more than is so."""

from __future__ import annotations

import textwrap
import threading
from types import SimpleNamespace
from typing import Any

import pytest
import z3
from hypothesis import given

from checker.check import check, select
from checker.commands.run import compiled
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Task
from checker.contract.verdict import Proved, Unknown, Unreachable, Violated, Witnessed
from checker.engines.symbolic import InductionEngine, induction
from checker.engines.symbolic.claims import Hypothesis
from checker.errors import ModelError
from checker.ir import nodes as ir
from checker.ir.property_kind import PropertyKind
from tests.frontend.support import program
from tests.support.agreement import examples, hold
from tests.support.random_models import RandomModel, models
from tests.support.solvers import hold_induction


def _proved(made: ir.Program, *names: str, **options: Any) -> Outcome:
    """What induction says; every step that it names has been replayed."""
    lemmas = tuple(judged.name for judged in made.properties if judged.kind is PropertyKind.LEMMA)
    return check(Task(made, names or (*select(made), *lemmas), **options), InductionEngine())


def _model(body: str) -> ir.Program:
    return program("class M(Model):\n" + textwrap.indent(textwrap.dedent(body), "    "))


PAIR = """
x = Var(Range(100))
y = Var(Range(100))

@action
def up(self):
    require(self.x < 50)
    self.x += 1
    self.y += 1

@final
def over(self):
    return self.x == 50

@always
def small(self):
    return self.y <= 50
"""
SAME = """
@lemma
def same(self):
    return self.x == self.y

@lemma
def beside_the_point(self):
    return self.x <= 90
"""


def test_a_proof_names_the_lemmas_that_it_needs_and_those_that_it_does_not() -> None:
    outcome = _proved(_model(PAIR + SAME))
    verdicts = outcome.verdicts
    assert outcome.evidence is None, "nobody asked for a certificate"
    assert verdicts["small"] == Proved(1, ("same",), ("beside_the_point",))
    assert verdicts["same"] == Proved(1, (), ("beside_the_point",))
    assert isinstance(verdicts[NO_FAILURE], Proved)


def test_a_lemma_that_fails_is_named_with_the_step() -> None:
    wrong = SAME.replace("self.x == self.y", "self.x != 7")
    verdict = _proved(_model(PAIR + wrong)).verdicts["small"]
    assert isinstance(verdict, Unknown) and verdict.not_inductive is not None
    assert verdict.reason == "the lemma 'same' is not inductive: 'up' breaks it"
    shown = verdict.not_inductive
    assert (shown.broken, len(shown.trace)) == ("same", 2)
    assert set(shown.held) >= {"same", "beside_the_point"}


def test_a_lemma_that_is_false_at_once_is_violated() -> None:
    wrong = SAME.replace("self.x == self.y", "self.x > self.y")
    verdict = _proved(_model(PAIR + wrong)).verdicts["same"]
    assert isinstance(verdict, Violated) and len(verdict.trace) == 1


def test_parameters_of_lemmas_are_taken_for_the_values_that_a_proof_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`quiet` follows from `two_is_out` for k = 2, a value that no variable holds: induction has to come by it."""
    body = """
    s = Var(SetOf(Range(3)))
    t = Var(Bool)

    @action
    def look(self):
        if 2 in self.s:
            self.t = True

    @lemma
    def two_is_out(self, k: Range(3)):
        return k != 2 or k not in self.s

    @always
    def quiet(self):
        return not self.t
    """
    asked: list[str] = []
    refute = Hypothesis.refute

    def counted(self: Hypothesis, *arguments: Any) -> Any:
        found = refute(self, *arguments)
        asked.append(self.name if found is not None else "")
        return found

    monkeypatch.setattr(Hypothesis, "refute", counted)
    assert _proved(_model(body)).verdicts["quiet"] == Proved(1, ("two_is_out",))
    assert "two_is_out" in asked


def test_a_lemma_speaks_of_no_bits_that_are_no_value_of_its_parameters() -> None:
    """Three values take two bits. With the fourth pattern `differ` was broken by a step that breaks it for no value:
    the run ended with an AssertionError."""
    body = """
    T = Range(3)
    a = Var(Array(T, T))
    has = Var(Array(T, Bool))
    last = Var(T)

    @action
    def take(self, t: T):
        require(not self.has[t] and all(not self.has[u] for u in self.T if u != t))
        self.has[t] = True
        self.a[t] = self.last

    @lemma
    def differ(self, t: T, u: T):
        return t == u or not (self.has[t] and self.has[u]) or self.a[t] != self.a[u]

    @always
    def two_differ(self):
        return not (self.has[0] and self.has[1]) or self.a[0] != self.a[1]
    """
    assert _proved(_model(body)).verdicts["two_differ"] == Proved(1, (), ("differ",))


def test_a_property_that_needs_several_steps() -> None:
    body = """
    T = Range(6)
    x = Var(T)

    @action
    def on(self):
        self.x = {0: 1, 1: 2, 2: 0, 3: 4, 4: 5, 5: 5}[self.x]

    @always
    def never_five(self):
        return self.x != 5
    """
    chain = "(1 if self.x == 0 else 2 if self.x == 1 else 0 if self.x == 2 else 4 if self.x == 3 else 5)"
    made = _model(body.replace("{0: 1, 1: 2, 2: 0, 3: 4, 4: 5, 5: 5}[self.x]", chain))
    verdict = _proved(made, "never_five", NO_FAILURE).verdicts["never_five"]
    assert isinstance(verdict, Proved)
    assert verdict.k == 3 or verdict.found  # 3 -> 4 -> 5 is the longest way there; or it is found to be unreachable


def test_something_that_never_happens() -> None:
    text = PAIR + "\n@sometimes\ndef large(self):\n    return self.x > 50\n"
    assert _proved(_model(text)).verdicts["large"] == Unreachable(None)


def test_that_it_never_happens_is_written_down_for_the_start_and_each_step() -> None:
    made = _model(PAIR + SAME + "\n@sometimes\ndef apart(self):\n    return self.x != self.y\n")
    outcome = _proved(made, "apart", "same", certify=True)
    assert outcome.verdicts["apart"] == Unreachable(None)
    assert outcome.evidence is not None
    written = {each.name: each.formula for each in outcome.evidence.obligations}
    assert {"apart-initial", "apart-up"} <= set(written)
    for name, formula in written.items():
        solver = z3.Solver()
        solver.from_string(formula)
        assert solver.check() == z3.unsat, name


def test_something_that_happens_at_once_is_witnessed() -> None:
    text = PAIR + "\n@sometimes\ndef early(self):\n    return self.x == 0\n"
    assert isinstance(_proved(_model(text)).verdicts["early"], Witnessed)


def test_a_loop_that_is_unrolled_until_it_ends() -> None:
    body = """
    x = Var(Range(20))

    @action
    def run(self):
        n = 0
        while n < 11:
            n += 1
        self.x = n

    @always
    def eleven(self):
        return self.x == 0 or self.x == 11
    """
    assert isinstance(_proved(_model(body)).verdicts["eleven"], Proved)


def test_a_loop_of_what_is_said_of_steps_is_unrolled_until_it_ends() -> None:
    body = """
    x = Var(Range(20))

    @action
    def up(self):
        require(self.x < 19)
        self.x += 1

    @final
    def over(self):
        return self.x == 19

    @step
    def grows(self, before):
        i = 0
        while i < self.x:
            i += 1
        return i > before.x
    """
    assert isinstance(_proved(_model(body), "grows").verdicts["grows"], Proved)


def test_a_loop_of_a_property_is_unrolled_until_it_ends_where_a_step_leads() -> None:
    """Where the claims hold it ends soon, and after one step of these states it does not."""
    body = """
    x = Var(Range(60))

    @action
    def leap(self):
        self.x = 50 if self.x == 3 else min(self.x + 1, 59)

    @always
    def counted(self):
        i = 0
        while i < self.x:
            i += 1
        return i == self.x

    @always
    def few(self):
        return self.x <= 3
    """
    verdicts = _proved(_model(body), "counted", "few").verdicts
    assert isinstance(verdicts["counted"], Proved) and not isinstance(verdicts["few"], Proved)


def test_a_loop_without_a_bound_is_named() -> None:
    body = """
    x = Var(Range(2))

    @action
    def run(self):
        while self.x == 0:
            pass

    @always
    def fine(self):
        return self.x < 2
    """
    outcome = _proved(_model(body))
    assert outcome.stopped is not None and "may go on for more than 64 rounds" in outcome.stopped
    assert all(isinstance(verdict, Unknown) for verdict in outcome.verdicts.values())


def test_no_initial_state_is_a_mistake_and_not_a_proof() -> None:
    with pytest.raises(ModelError, match="E104"):
        _proved(_model(PAIR + "\ndef init(self):\n    require(self.x > 0)\n"))


@pytest.mark.parametrize("name", [pytest.param("peterson:Peterson", marks=pytest.mark.slow), "two_phase:TwoPhase"])
def test_invariants_are_found(name: str) -> None:
    """Neither algorithm is proved by one step alone."""
    made = compiled(f"spec.classics.{name}", {})
    claim = "mutual_exclusion" if name.startswith("peterson") else "consistent"
    verdict = _proved(made, claim, NO_FAILURE, NO_DEADLOCK).verdicts[claim]
    assert isinstance(verdict, Proved) and verdict.found


def test_a_small_invariant_is_found() -> None:
    body = """
    first = Var(Bool)
    second = Var(Bool)
    spoilt = Var(Bool)
    turns = Var(Range(50))

    @action
    def both(self):
        self.first, self.second = True, True

    @action
    def turn(self):
        self.turns = (self.turns + 1) % 50

    @action
    def spoil(self):
        require(self.first and not self.second)
        self.spoilt = True

    @always
    def whole(self):
        return not self.spoilt
    """
    verdict = _proved(_model(body), "whole").verdicts["whole"]
    assert isinstance(verdict, Proved) and verdict.k == 1 and verdict.found


def test_a_broken_algorithm_is_not_proved_by_invariants() -> None:
    made = compiled("spec.classics.peterson:PetersonGivesWayFirst", {})
    assert isinstance(_proved(made, "mutual_exclusion", NO_FAILURE).verdicts["mutual_exclusion"], Unknown)


def test_a_budget_ends_it() -> None:
    made = compiled("spec.gc.marking:Marking", {"objects": "8"})
    outcome = _proved(made, "no_missed_mark", NO_FAILURE, budget=Budget(seconds=0.3))
    assert outcome.stopped == "time budget of 0.3 s ended"
    assert outcome.stats.seconds < 60, "and not hours"


def test_it_ends_when_told_to() -> None:
    stop = threading.Event()
    stop.set()
    made = compiled("spec.gc.marking:Marking", {})
    assert _proved(made, "no_missed_mark", NO_FAILURE, stop=stop).stopped == "interrupted"


@given(models())
@examples(5)
def test_random_models_are_never_proved_wrong(model: RandomModel) -> None:
    hold(model, hold_induction)


@pytest.mark.parametrize("kind", PropertyKind)
def test_what_is_evaluated_everywhere_or_asked_for_must_not_loop(kind: PropertyKind) -> None:
    proof: Any = SimpleNamespace(task=SimpleNamespace(properties=("asked",)))
    assert induction._Proof._is_evaluated(proof, "asked", kind) is True
    assert induction._Proof._is_evaluated(proof, "other", kind) is kind.traits.everywhere
