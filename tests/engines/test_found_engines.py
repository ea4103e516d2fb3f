"""What was wrong with engines that promise the same to everyone, each by its smallest model and named after the fault.

Most was found by tests/engines/test_conformance.py and test_ends.py, which hold all engines to it.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from checker.check import check
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Sampling, Stats, Task
from checker.contract.verdict import Proved, Unknown, Violated
from checker.engines.common.clock import INTERRUPTED
from checker.engines.explicit import WalkEngine
from checker.engines.explicit.random_walk import initial_sample
from checker.engines.fuzz.engine import FuzzEngine
from checker.engines.symbolic import BmcEngine, InductionEngine, induction
from checker.errors import ModelError
from checker.semantics import Interpreter
from tests.frontend.support import program

FAILS = """
class Fails(Model):
    x = Var(Range(3))

    @action
    def up(self):
        self.x += 1
"""
NO_VALUE_AT_THE_END = """
class M(Model):
    x = Var(Range(3))

    @action
    def up(self):
        require(self.x < 2)
        self.x += 1

    @final
    def broken(self):
        return 1 // (2 - self.x) == 1
"""
RARE = """
class Rare(Model):
    x = Var(Range(4096))
    y = Var(Range(4096))

    def init(self):
        self.x = choose(range(4096))
        self.y = choose(range(4096))
        require(self.x == 4095 and self.y == 4095)

    @action
    def stay(self):
        self.x = self.x
"""


def test_fuzzing_goes_on_where_a_step_fails_that_is_known_to_fail() -> None:
    """With --keep-going a run tried the failing step again and again, for ever, once the failure was found."""
    task = Task(program(FAILS), (NO_DEADLOCK, NO_FAILURE), Budget(seconds=30.0), keep_going=True)
    outcome = check(task, FuzzEngine(runs=50, steps=20))
    assert outcome.stopped != "time budget of 30 s ended"
    assert isinstance(outcome.verdicts[NO_FAILURE], Violated)


def test_fuzzing_does_not_say_that_no_deadlock_held_where_a_final_has_no_value() -> None:
    task = Task(program(NO_VALUE_AT_THE_END), (NO_DEADLOCK,))
    verdict = check(task, FuzzEngine(runs=20, steps=20)).verdicts[NO_DEADLOCK]
    assert verdict == Unknown("cannot be evaluated in a reachable state: division by zero: 2 - self.x is 0")


def test_fuzzing_does_not_say_that_there_is_no_initial_state_where_it_has_found_none() -> None:
    """One of 16 million outcomes of init is a state: E104 was said of the model, by an engine that looks at samples."""
    outcome = check(Task(program(RARE), (NO_DEADLOCK,)), FuzzEngine(runs=5, steps=5))
    assert isinstance(outcome.verdicts[NO_DEADLOCK], Unknown)


def test_a_walk_does_not_say_that_there_is_no_initial_state_where_it_has_drawn_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = program(
        FAILS.replace("    @action", "    def init(self):\n        self.x = choose(range(3))\n\n    @action")
    )
    monkeypatch.setattr(initial_sample, "MOST_BYTES", 0)
    monkeypatch.setattr("checker.engines.explicit.worker._OUT_ROWS", 2)
    monkeypatch.setattr(Interpreter, "drawn_start", lambda *_: None)
    outcome = check(Task(made, (NO_DEADLOCK,), sampling=Sampling(5, 5, 1)), WalkEngine())
    reason = "no initial state was drawn: init refuses too many of its choices"
    assert outcome.stopped == reason
    assert outcome.verdicts[NO_DEADLOCK] == Unknown(reason)


@pytest.mark.parametrize("names", [(NO_DEADLOCK,), (NO_DEADLOCK, NO_FAILURE)])
def test_induction_does_not_prove_no_deadlock_where_a_final_has_no_value(names: tuple[str, ...]) -> None:
    """It said 'holds (proved, at any depth)' where all others say that nobody can tell."""
    outcome = check(Task(program(NO_VALUE_AT_THE_END), names), InductionEngine())
    reason = "where nothing can happen, 'broken' may have no value, in states that the claims allow"
    assert outcome.verdicts[NO_DEADLOCK] == Unknown(reason)


@pytest.mark.parametrize("engine", [BmcEngine(), InductionEngine()], ids=["bmc", "induction"])
def test_a_choice_of_a_million_is_not_spelled_out(engine: Any) -> None:
    """Each member was a formula of its own, and neither time nor Ctrl-C were heeded while they were made."""
    source = """
class Wide(Model):
    N = Range(1048576)
    x = Var(N)

    @action
    def any(self):
        self.x = choose(self.N)

    @always
    def small(self):
        return self.x < 1048575
"""
    began = time.process_time()
    task = Task(program(source), ("small", NO_DEADLOCK), Budget(max_depth=3), keep_going=True)
    outcome = check(task, engine)
    assert time.process_time() - began < 60, "and not hours"
    if engine.name == "bmc":
        found = outcome.verdicts["small"]
        assert isinstance(found, Violated) and found.trace.states[-1] == (1048575,)


@pytest.mark.parametrize("engine", [BmcEngine(), InductionEngine()], ids=["bmc", "induction"])
def test_time_is_heeded_while_a_long_loop_is_encoded(engine: Any) -> None:
    source = """
class Long(Model):
    x = Var(Range(1048576))

    @action
    def any(self):
        require(any(n % 7 == self.x for n in range(1048576)))
        self.x = 1
"""
    task = Task(program(source), (NO_DEADLOCK, NO_FAILURE), Budget(seconds=0.3))
    began = time.process_time()
    outcome = check(task, engine)
    assert outcome.stopped == "time budget of 0.3 s ended"
    assert time.process_time() - began < 60, "and not hours"


def test_ctrl_c_in_the_base_case_of_k_induction_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounded search that decides the base case ended, and induction went on with one more step."""
    source = """
class Chain(Model):
    x = Var(Range(5))

    @action
    def on(self):
        self.x = 0 if self.x in {0, 4} else self.x + 1

    @always
    def never_four(self):
        return self.x != 4
"""
    asked: list[str] = []

    class Interrupted:
        name = "bmc"

        def run(self, task: Task) -> Outcome:
            asked.extend(task.properties)
            return Outcome(("bmc",), {"never_four": Unknown(INTERRUPTED)}, Stats(), INTERRUPTED)

    monkeypatch.setattr(induction, "BmcEngine", Interrupted)
    monkeypatch.setattr(induction, "candidates", lambda *_: [])
    outcome = InductionEngine().run(Task(program(source), ("never_four",)))
    assert asked == ["never_four"]
    assert outcome.stopped == INTERRUPTED
    assert not isinstance(outcome.verdicts["never_four"], Proved)


def test_all_engines_that_sample_refuse_a_model_that_has_no_initial_state() -> None:
    source = RARE.replace("4096", "8").replace("self.x == 4095 and self.y == 4095", "self.x > self.y > self.x")
    for engine in (FuzzEngine(), WalkEngine()):
        with pytest.raises(ModelError, match="E104"):
            check(Task(program(source), (NO_DEADLOCK,)), engine)
