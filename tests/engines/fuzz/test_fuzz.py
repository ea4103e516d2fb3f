"""Fuzzing finds what is broken, says nothing of what is not, and gives the same for the same seed."""

from __future__ import annotations

import importlib
import itertools
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.stateful import run_state_machine_as_test

from checker.check import check, select
from checker.commands.common import open_trace
from checker.contract.judge import claim, judge
from checker.contract.replay import confirm
from checker.contract.task import Budget, Task
from checker.contract.trace import AT_STATE, End, Failing, Lasso, Trace
from checker.contract.verdict import Sampled, Unknown, Violated, Witnessed
from checker.engines.common import clock
from checker.engines.fuzz import FuzzOutcome, ViolationFound, fuzz, machine, sampling
from checker.engines.fuzz.alike import alike
from checker.engines.fuzz.engine import FuzzEngine
from checker.engines.fuzz.machine import CHOICES, _method
from checker.engines.fuzz.sampling import Sampler
from checker.engines.fuzz.walk import Plan
from checker.engines.fuzz.watching import Watch, Watched
from checker.errors import Span, UsageError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.semantics import Failure, Interpreter
from counterexamples.corpus.files import FOLDER
from tests.frontend.support import program

BROKEN = [
    ("spec.classics.diehard:DieHard", "big_is_not_4", 7),
    ("spec.classics.philosophers:Philosophers", "no_deadlock", 4),
    ("spec.classics.peterson:PetersonGivesWayFirst", "mutual_exclusion", 8),
    ("spec.go_map.mutants:NeverAdvances", "evacuation_is_bounded", 3),
]


def program_of(name: str) -> Program:
    return compile_model(load(name), {})


def fuzzed(program: Program, *names: str, runs: int = 300, steps: int = 40) -> FuzzOutcome:
    task = Task(program, select(program, names))
    found = fuzz(task, runs=runs, steps=steps, seed=1)
    judge(task, found.outcome)
    return found


@pytest.mark.parametrize(("name", "judged", "shortest"), BROKEN)
def test_a_broken_model_is_found_and_shrunk(name: str, judged: str, shortest: int) -> None:
    verdict = fuzzed(program_of(name), judged).outcome.verdicts[judged]
    assert isinstance(verdict, Violated)
    assert shortest <= len(verdict.trace) <= shortest + 2


CORPUS = [
    ("spec.article.claims", "ClaimsAboutGrowth-helps_only_over_the_load"),
    ("spec.article.copy_on_read", "CopyOnRead-reads_are_current"),
    ("spec.article.copy_on_read", "ReleasedBucket-not_used_after_release"),
    ("spec.article.double_write", "CopiesAtOnce-values_do_not_return"),
]


def test_what_is_found_is_as_short_as_can_be_or_nearly() -> None:
    """Shrink quality: states beyond those of the shortest trace, which breadth-first search has left in the corpus."""
    beyond = {}
    for folder, file in CORPUS:
        program, trace, name = open_trace(FOLDER / folder / f"{file}.itf.json")
        verdict = fuzzed(program, name, steps=60, runs=1000).outcome.verdicts[name]
        assert isinstance(verdict, Violated), file
        beyond[file] = len(verdict.trace) - len(trace)
    assert max(beyond.values()) <= 2, beyond
    assert sum(beyond.values()) <= 1, beyond


def test_the_same_seed_gives_the_same() -> None:
    program = program_of("spec.classics.peterson:PetersonGivesWayFirst")
    one, two = fuzzed(program), fuzzed(program)
    assert one.outcome.verdicts == two.outcome.verdicts and one.fired == two.fired


NUMBERS = """
class Numbers(Model):
    n = Var(Range(60000))

    @action
    def draw(self, n: Range(60000)):
        self.n = n

    @sometimes
    def one_of_many(self):
        return self.n in range(40000, 40100)
"""


def test_the_same_seed_gives_the_same_whatever_else_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis tries numbers that stand in the modules of the folder: any change of a text gave other runs."""

    def drawn() -> object:
        found = fuzz(Task(program(NUMBERS), ("one_of_many",)), 30, 20, 1)
        return [(str(each.rule), each.times) for each in found.fired], found.outcome.verdicts

    before = drawn()
    (tmp_path / "numbers_of_a_user.py").write_text(f"NUMBERS = {list(range(40000, 40200))}\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("numbers_of_a_user")
    try:
        assert drawn() == before
    finally:
        del sys.modules["numbers_of_a_user"]


def test_another_hypothesis_draws_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes no numbers out of modules has nothing to be changed."""
    monkeypatch.delattr(providers, "_get_local_constants")
    with alike():
        assert not hasattr(providers, "_get_local_constants")


def test_a_property_that_is_looked_at_now_and_then_is_not_looked_at_in_between_unless_it_breaks() -> None:
    made = program("""
class M(Model):
    x = Var(Range(40))
    @action
    def up(self):
        self.x = min(self.x + 1, 39)
    @always
    def small(self):
        return self.x < 30 or self.x > 33
""")
    judge, states, said = Watch(Interpreter(made), [Watched(made.properties[0], (0,), 4)]), [], []
    for x in range(38):
        states.append((x,))
        said += judge.due(states)
        if x < 29:
            assert judge.judgements == x // 4 + 1
    assert [(each.at, each.value) for each in said if each.value is not True] == [(30, False)]


def test_states_are_counted_apart_and_steps_together() -> None:
    made = program("""
class M(Model):
    x = Var(Range(40))
    @action
    def up(self):
        self.x += 1
    @always
    def small(self):
        return self.x < 40
""")
    stats = fuzzed(made, "small", runs=5, steps=3).outcome.stats
    assert (stats.distinct, stats.generated) == (4, 3), "the one behaviour that there is, once"


def test_a_rule_takes_the_arguments_of_its_action_and_no_others() -> None:
    made = program("""
class M(Model):
    x = Var(Range(40))
    @action
    def put(self, i: Range(40)):
        self.x = i
""")
    (drawn,) = Plan(made, set()).rules
    put, taken = _method(drawn), []
    stand_in = SimpleNamespace(perform=lambda *given: taken.append(given))
    put(stand_in, i=7)
    put(stand_in, i=8, **{CHOICES: ()})
    assert taken == [("put", (7,), None), ("put", (8,), ())]
    for wrong in ({}, {"i": 1, "j": 2}, {"j": 2}):
        with pytest.raises(TypeError, match=r"^put takes i, and may take"):
            put(stand_in, **wrong)
    assert len(taken) == 2


def test_as_an_engine_it_says_what_it_finds_otherwise() -> None:
    program = program_of("spec.classics.peterson:PetersonGivesWayFirst")
    task = Task(program, select(program))
    ran = check(task, FuzzEngine(runs=50, steps=40, seed=1))
    assert ran.verdicts == fuzz(task, runs=50, steps=40, seed=1).outcome.verdicts
    assert set(ran.verdicts) == set(task.properties)


def test_nothing_is_rounded_up() -> None:
    found = fuzzed(program_of("spec.classics.peterson:Peterson"), runs=20)
    assert {type(each) for each in found.outcome.verdicts.values()} <= {Sampled, Witnessed, Unknown}


def test_a_machine_fails_with_a_trace_that_replays() -> None:
    program = program_of("spec.classics.philosophers:Philosophers")
    made = machine(program)
    result = unittest.TestResult()
    made.TestCase().run(result)
    assert len(result.failures) == 1 and not result.errors
    assert isinstance(made.found, ViolationFound) and made.found.property == "no_deadlock"
    confirm(program, "no_deadlock", claim(program, "no_deadlock"), made.found.trace)
    assert "state.philosopher(" in result.failures[0][1]


def test_a_time_budget_ends_it_at_once_and_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes on by a millisecond whenever somebody looks at it: how fast the machine is does not matter."""
    program = program_of("spec.go_map.classic:ClassicMap")
    looks = itertools.count()
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: next(looks) / 1000))
    found = fuzz(Task(program, select(program, ("lookup_agrees",)), Budget(seconds=20)), 4000, 60, 1)
    assert found.outcome.stopped == "time budget of 20 s ended"
    assert found.outcome.verdicts["lookup_agrees"] == Sampled(found.runs)
    assert 0 < found.runs < 4000
    assert 20_000 <= next(looks) < 20_010, "nobody goes on after the first look that sees the time over"


@pytest.mark.parametrize("after", [1, 40, 1900, 2800, 3700])
def test_ctrl_c_ends_it_and_keeps_what_was_found(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis took the run that was ended for a strategy that is flaky, since another had drawn more."""
    program = program_of("spec.classics.peterson:Peterson")
    tick, calls = Sampler._tick, iter(range(1 << 30))

    def interrupted(self: Sampler) -> None:
        if next(calls) == after:
            raise KeyboardInterrupt
        tick(self)

    monkeypatch.setattr(Sampler, "_tick", interrupted)
    found = fuzzed(program)
    assert found.outcome.stopped == "interrupted"
    assert after - 100 < sum(each.times for each in found.fired) <= after


MIXED = """
class M(Model):
    n = Var(Range(0, 99))
    @action
    def up(self):
        require(self.n < 9)
        self.n += 1
    @action
    def put(self, to: Range(WIDE)):
        self.n = to
    @always
    def small(self):
        return self.n < 5
"""


@pytest.mark.parametrize(("wide", "hunts"), [(90, 1), (9, 0)])
def test_a_shorter_run_is_looked_for_where_any_rule_is_wide(
    wide: int, hunts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that nothing noticed: it was enough for the tests that it was looked for where all of them are."""
    asked = []
    hunted = sampling.hunted
    monkeypatch.setattr(sampling, "hunted", lambda *given: asked.append(given) or hunted(*given))
    found = fuzzed(program(MIXED.replace("WIDE", str(wide))), "small")
    assert isinstance(found.outcome.verdicts["small"], Violated) and len(asked) == hunts


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (AT_STATE, ""),
        (Lasso(0), ""),
        (Failing(None, Failure("error", "division by zero", Span("m.py", 1, 1))), ": division by zero"),
    ],
)
def test_a_failed_run_says_what_it_shows_and_why_if_something_fails(end: End, why: str) -> None:
    trace = Trace(((0,),), (), (), end)
    assert str(ViolationFound("small", trace, "m:M")) == f"m:M violates 'small' after 0 steps{why}"


def test_a_machine_refuses_what_a_run_that_ends_does_not_decide() -> None:
    source = (
        MIXED.replace("WIDE", "9")
        + """
    @eventually
    def ends(self):
        return self.n == 4
    @sometimes
    def starts(self):
        return self.n == 0
"""
    )
    made = program(source)
    for names in (("ends",), ("small", "ends")):
        with pytest.raises(UsageError) as raised:
            machine(made, names)
        assert raised.value.problem.code == "U003"
        assert raised.value.problem.problem == "'ends' speaks of whole behaviours, and a random run ends"
    assert {"small", "starts"} <= machine(made, ["small", "starts"]).plan.properties
    assert "small" in machine(made).plan.properties  # nobody asked for 'ends' by name, and it is left open


def test_the_arguments_that_hypothesis_prints_are_those_of_the_step_that_is_taken() -> None:
    made: Any = machine(
        program("""
class M(Model):
    n = Var(Range(0, 9))
    @action
    def put(self, first: Range(3), second: Range(3)):
        self.n = 3 * first + choose({second})
""")
    )
    perform, printed = made.perform, list[bool]()

    def performed(self: Any, name: str, arguments: Any, choices: Any) -> None:
        step = self.drawn.transition.step
        printed.append((name, arguments, choices) == (step.name, step.arguments, step.choices))
        perform(self, name, arguments, choices)

    made.perform = performed
    run_state_machine_as_test(made, settings=settings(max_examples=10, database=None, derandomize=True))
    assert len(printed) > 20 and all(printed)
