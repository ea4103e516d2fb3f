"""The random walk holds its steps against what a model implements: what it finds, and what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getsource
from random import Random
from typing import Any

import pytest

from checker.check import check, select
from checker.contract.task import NO_FAILURE, Outcome, Sampling, Task
from checker.contract.verdict import Sampled, Unknown, Verdict, Violated
from checker.engines.common.clock import Stopped
from checker.engines.explicit import ExplicitEngine, WalkEngine
from checker.engines.explicit import implementing as implementing_here
from checker.engines.explicit.random_walk import comparing
from checker.engines.explicit.random_walk.runs import Walker
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.semantics.refinement import Refinement
from spec.classics import implementing
from spec.classics.barriers import Barriers
from tests.frontend.support import program
from tests.support.implementing import CLOCK, GRID, HANDS, MEMBERS
from tests.support.random_refinements import drawn


def walked(compiled: Program, runs: int = 500, steps: int = 60, **options: Any) -> Outcome:
    """What a walk says, after every trace has been replayed."""
    options.setdefault("keep_going", True)
    return check(Task(compiled, select(compiled), sampling=Sampling(runs, steps), **options), WalkEngine())


def verdicts(compiled: Program, **options: Any) -> Mapping[str, Verdict]:
    return walked(compiled, **options).verdicts


def grid(top: int) -> Program:
    """It does what the other does not where y is `top`, up to 39."""
    return program(GRID.format(top=top))


@pytest.mark.parametrize("seed", range(8))
def test_it_finds_what_plain_python_finds_and_nothing_else(seed: int) -> None:
    case = drawn(Random(seed))
    found = verdicts(program(case.text))["does"]
    if case.length == 0:
        assert found == Sampled(500), case.text
    else:
        assert isinstance(found, Violated), case.text
        assert len(found.trace) == case.length or (case.length == 1 and len(found.trace) > 1)


@pytest.mark.parametrize(
    ("model", "name", "states"),
    [
        (implementing.AlternatingBitSendsOn, "hands_over", 3),
        (implementing.TwoPhaseCommitsEarly, "commits", 5),
    ],
)
def test_the_mutants_of_the_catalogue_are_found_and_as_short_as_the_shortest(
    model: Any, name: str, states: int
) -> None:
    """As many states as an exhaustive search shows: spec/classics/expected.toml."""
    found = verdicts(compile_program(model()))[name]
    assert isinstance(found, Violated) and len(found.trace) == states


def test_a_barrier_that_opens_early_is_none() -> None:
    """The second gate is opened by whoever comes to it, not by the last."""
    source = "".join(map(getsource, (Barriers, implementing.Barrier, implementing.BarriersMeet)))
    early = program(source.replace("self.rdv == 0:", "self.rdv <= 1:"), processes=2)
    shortest = check(Task(early, ("meets",)), ExplicitEngine()).verdicts["meets"]
    found = verdicts(early)["meets"]
    assert isinstance(found, Violated) and isinstance(shortest, Violated)
    assert len(found.trace) == len(shortest.trace)
    assert verdicts(program(source, processes=2), runs=50)["meets"] == Sampled(50)


@pytest.mark.parametrize("model", [implementing.AlternatingBitHandsOver, implementing.TwoPhaseCommits])
def test_of_what_implements_another_it_says_that_it_held_in_its_runs(model: Any) -> None:
    compiled = compile_program(model())
    for name in compiled.abstract:
        assert verdicts(compiled, runs=100)[name] == Sampled(100)


def test_any_number_of_threads_and_any_repetition_gives_the_same() -> None:
    compiled = grid(12)
    outcomes = [walked(compiled, runs=100, workers=workers) for workers in (1, 3, 1)]
    assert all(each.verdicts == outcomes[0].verdicts for each in outcomes)
    assert len({(each.stats.runs, each.stats.steps, each.stats.generated) for each in outcomes}) == 1
    shown = outcomes[0].verdicts["same"]
    assert isinstance(shown, Violated) and len(shown.trace) == 14


def test_runs_end_with_what_violates_unless_the_walk_is_to_keep_going() -> None:
    ended, goes_on = (walked(grid(2), runs=100, keep_going=each) for each in (False, True))
    assert isinstance(ended.verdicts["same"], Violated)
    assert ended.stats.runs < goes_on.stats.runs == 100


@pytest.mark.parametrize("first", [1, 1 << 10])
def test_pairs_that_were_forgotten_are_asked_about_again(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And there is more room where that of a single state was not enough."""
    compiled = grid(5)
    wanted = verdicts(compiled, runs=50)
    monkeypatch.setattr(implementing_here, "_FIRST_LINKS", first)
    monkeypatch.setattr(comparing, "REMEMBERED", 1)
    assert verdicts(compiled, runs=50) == wanted


def test_each_pair_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the steps from (x, y) to (x + 1, y) and (x, y + 1), as far as runs come."""
    asked: list[tuple[object, object]] = []
    allows = Refinement.allows

    def noting(self: Refinement, before: Any, after: Any) -> bool:
        asked.append((before, after))
        return allows(self, before, after)

    monkeypatch.setattr(Refinement, "allows", noting)
    assert verdicts(grid(39), runs=50, steps=3)["same"] == Sampled(50)
    near = {(x, y) for x in range(3) for y in range(3) if x + y < 3}
    assert sorted(asked) == sorted((each, to) for each in near for x, y in [each] for to in ((x + 1, y), (x, y + 1)))


def test_a_mapping_that_has_no_value_in_some_state_leaves_it_unknown() -> None:
    for hour, why in (
        ("1 // self.hour", "division by zero: self.hour is 0"),  # where every run begins
        ("1 // (2 - self.hour)", "division by zero: 2 - self.hour is 0"),
        ("3 * (self.hour // 2)", "3 does not fit in 'hour' of Clock, which is Range(3)"),
    ):
        found = verdicts(program(CLOCK + HANDS.format(step=1, given="", hour=hour), hours=3))
        assert found["tells_the_time"] == Unknown(f"cannot be evaluated in a reachable state: {why}")
        assert found[NO_FAILURE] == Sampled(500), "that is no failure of the model"


def test_each_of_two_models_that_are_implemented_has_its_own_mapping() -> None:
    text = """
class M(Clock):
    hours = Param(4)
    @implements(Clock, hours=4)
    def every_hour(self):
        return {{"hour": {one}}}
    @implements(Clock, hours=2)
    def halves(self):
        return {{"hour": {other}}}
"""
    for one, other, violated in (
        ("self.hour", "self.hour // 2", []),
        ("2 * self.hour % 4", "(self.hour + 1) // 2 % 2", ["every_hour"]),
        ("self.hour", "self.hour // 2 % 2 if self.hour > 0 else 1", ["halves"]),
        ("2 * self.hour % 4", "1 - self.hour // 2", ["every_hour", "halves"]),
    ):
        found = verdicts(program(CLOCK + text.format(one=one, other=other)))
        assert [name for name in ("every_hour", "halves") if isinstance(found[name], Violated)] == violated


def test_members_that_are_interchangeable_are_not_told_apart_there() -> None:
    found = verdicts(program(MEMBERS.format(most=2)))["counts"]
    assert isinstance(found, Violated) and len(found.trace) == 4


def test_steps_to_states_beyond_a_constraint_are_held_against_it() -> None:
    text = CLOCK + HANDS.format(step=2, given="", hour="self.hour")
    text += "    @constraint\n    def early(self):\n        return self.hour == 0\n"
    found = verdicts(program(text))["tells_the_time"]
    assert isinstance(found, Violated) and len(found.trace) == 3


def test_too_little_memory_ends_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_BYTES", 0)
    ended = walked(grid(5))
    assert ended.stopped == "too little memory for the steps of what is implemented ended the walk"
    assert ended.verdicts["same"] == Unknown(ended.stopped)


def test_what_was_found_stays_found_where_looking_for_a_shorter_way_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was said to have held in all runs, if the time was over in the middle of a long step just then."""

    def ended(*_: object) -> None:
        raise Stopped("time budget of 1 s ended")

    monkeypatch.setattr(Walker, "next_finding", ended)
    outcome = walked(grid(5))
    assert isinstance(outcome.verdicts["same"], Violated) and outcome.stopped == "time budget of 1 s ended"
