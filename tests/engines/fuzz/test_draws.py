"""What a run draws of a rule: which steps can be drawn at all, and what is counted of those that were refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checker.contract.task import NO_FAILURE
from checker.contract.trace import Trace
from checker.engines.fuzz import drawing, sampling
from checker.engines.fuzz import walk as walk_module
from checker.engines.fuzz.coverage import Coverage
from checker.engines.fuzz.sampling import BATCH, BATCH_STEPS, LED, WITNESS, Sampler
from checker.engines.fuzz.steps import Rule, Taken, init_chooses
from checker.engines.fuzz.strategies import Free
from checker.engines.fuzz.walk import Plan, Walk
from checker.ir.nodes import Program
from checker.semantics import Interpreter
from tests.frontend.support import program

JUMPS = """
class Jumps(Model):
    x = Var(Range(5))
    @action
    def goes(self, to: Range(1, 7)):
        self.x = to
    @action
    def far(self):
        self.x += 9
    @action
    def never(self):
        require(self.x == 4)
        self.x = 0
"""


class Refusing:
    """A chance that is never asked."""

    def below(self, count: int) -> int:
        raise AssertionError(count)


def run(*asked: str) -> tuple[Walk, dict[str, Rule]]:
    """A run that has begun."""
    made = program(JUMPS)
    walk = Walk(Plan(made, asked), Coverage(made))
    assert walk.begin(Free(0))
    return walk, {str(rule): rule for rule in walk.plan.rules}


@pytest.mark.parametrize("asked", [(), (NO_FAILURE,)])
def test_a_step_that_fails_is_drawn_only_where_somebody_asked_for_failures(asked: tuple[str, ...]) -> None:
    walk, rules = run(*asked)
    drawn = [walk.draw(rules["goes"], Free(seed)) for seed in range(60)]
    states = {None if taken is None else taken.transition.state for taken in drawn}
    assert states == {(1,), (2,), (3,), (4,), *([None] if asked else [])}
    assert all(taken is not None for taken in drawn)
    far = walk.draw(rules["far"], Free(0))
    assert (far is not None and far.transition.failure is not None) is bool(asked)
    assert walk.draw(rules["never"], Free(0)) is None
    assert not walk.coverage.refused, "all of these were listed"


@pytest.mark.parametrize("asked", [(), (NO_FAILURE,)])
def test_of_rules_that_are_not_listed_refusals_are_counted(
    asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    walk, rules = run(*asked)
    rule = rules["goes"]
    listed = walk.plan.listed(walk.stepper, rule, walk.state) or []
    fits, fails = (next(each for each in listed if (each.transition.state is None) is no) for no in (False, True))
    answers: list[Taken | None] = [None, fits, None, fails]
    given: list[Any] = []

    def draw(*arguments: Any) -> Taken | None:
        given.append(arguments)
        return answers[len(given) - 1]

    monkeypatch.setattr(Walk, "_list", lambda *_: None)
    walk.stepper = SimpleNamespace(draw=draw)  # type: ignore[assignment]
    chance: Any = Refusing()
    found = [walk.draw(rule, chance) for _ in answers]
    assert found == [None, fits, None, fails if asked else None]
    assert walk.coverage.refused == {rule: 2}
    assert given == [(rule, walk.state, chance, walk._used)] * 4


def test_what_was_listed_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_module, "MOST_LISTS", most := 4)
    walk, rules = run()
    asked: list[Any] = []
    stepper: Any = SimpleNamespace(listed=lambda *given: asked.append(given))
    rule = rules["far"]
    for _ in range(2):
        for at in range(most):
            assert walk.plan.listed(stepper, rule, (at,)) is None
    assert asked == [(rule, (at,)) for at in range(most)]
    walk.plan.listed(stepper, rule, (most,))
    walk.plan.listed(stepper, rule, (0,))
    assert len(asked) == most + 2, "then all is forgotten"


def test_whether_a_rule_can_have_a_step_is_asked_once_in_a_state() -> None:
    walk, rules = run()
    assert [walk.possible(rules[name]) for name in ("goes", "far", "never")] == [True, True, False]
    walk.stepper = None  # type: ignore[assignment]
    assert [walk.possible(rules[name]) for name in ("goes", "far", "never")] == [True, True, False]
    assert walk._list(rules["never"]) == []


@pytest.mark.parametrize(
    ("init", "chooses"),
    [
        ("", False),
        ("    def init(self):\n        self.x = 2\n", False),
        ("    def init(self):\n        self.x = choose(Range(5))\n", True),
        ("    def init(self):\n        if self.x == 3:\n            self.x = choose(Range(5))\n", True),
        ("    def init(self):\n        self.x = self.helps()\n", True),
        ("    def init(self):\n        self.x = self.idles()\n", False),
    ],
)
def test_init_chooses_if_it_or_a_helper_does(init: str, chooses: bool) -> None:
    helpers = """
    def deeper(self):
        return choose(Range(5))
    def helps(self):
        return self.deeper()
    def idles(self):
        if self.x == 1:
            return 1
        return 2
"""
    assert init_chooses(program(JUMPS + helpers + init)) is chooses


LEAPS = """
class Leaps(Model):
    x = Var(Range(9))
    @action
    def up(self):
        require(self.x < 8)
        self.x += 1
    @action
    def leap(self):
        require(self.x == 1)
        self.x = 6
    @always
    def small(self):
        return self.x < 7
    @always
    def few(self):
        return self.x != 3
"""


def climb(made: Program) -> Trace:
    """The long way to 7."""
    interpreter, states, steps = Interpreter(made), [(0,)], []
    while states[-1] != (7,):
        step = next(each for each in interpreter.successors(states[-1]) if each.step.name == "up")
        assert step.state is not None
        states.append(step.state)
        steps.append(step.step)
    return Trace(tuple(states), tuple(steps))


def test_a_shorter_way_is_looked_for_in_runs_of_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    made, ticks = program(LEAPS), []
    long_ = climb(made)
    found = drawing.hunted(made, "small", long_, Free(0), lambda: ticks.append(None))
    assert [step.name for step in found.steps] == ["up", "leap", "up"] and found.states[-1] == (7,)
    assert len(ticks) > 3
    monkeypatch.setattr(drawing, "HUNT", 0)
    assert drawing.hunted(made, "small", long_, Free(0), lambda: ticks.append(None)) is long_


def test_looking_for_a_shorter_way_ends_where_somebody_says_so() -> None:
    def ends() -> None:
        raise KeyboardInterrupt

    made = program(LEAPS)
    with pytest.raises(KeyboardInterrupt):
        drawing.hunted(made, "small", climb(made), Free(0), ends)
    step = climb(made)
    short = Trace(step.states[:2], step.steps[:1])
    assert drawing.hunted(made, "small", short, Free(0), ends) is short, "nothing is shorter"


@pytest.mark.parametrize(
    ("steps", "runs", "taken", "due"),
    [
        (1, 10_000, 0, BATCH),
        (BATCH_STEPS // BATCH, 10_000, 0, BATCH),
        (BATCH_STEPS // 20, 10_000, 0, min(20, BATCH)),
        (BATCH_STEPS // 5, 10_000, 0, 5),
        (BATCH_STEPS, 10_000, 0, 5),
        (0, 10_000, 0, BATCH),
        (1, 10_000, 9_997, 3),
        (BATCH_STEPS, 10_000, 9_997, 3),
        (BATCH_STEPS, 10_000, 10_000, 0),
    ],
)
def test_a_batch_has_as_many_runs_as_its_steps_allow_and_five_at_least(
    steps: int, runs: int, taken: int, due: int
) -> None:
    sampler: Any = SimpleNamespace(_steps=steps, _runs=runs, sample=SimpleNamespace(runs=taken))
    assert Sampler._due(sampler) == due


class Batches:
    """A sampler whose batches take as many runs, and find what they find, as it is told."""

    def __init__(self, took: list[int], found: dict[int, str]) -> None:
        self.sample = SimpleNamespace(runs=0, stopped=None, witnessed={"seen": "long"})
        self._task, self._runs = SimpleNamespace(program="program"), 30
        self._took, self._found = took, found
        self.batches: list[tuple[str, int]] = []
        self.kept: list[str] = []

    def _wants_more(self) -> bool:
        return True

    def _due(self) -> int:
        return min(10, self._runs - self.sample.runs)

    def _batch(self, kind: str, number: int) -> str | None:
        self.batches.append((kind, number))
        self.sample.runs += self._took[number] if number < len(self._took) else self._due()
        return self._found.get(number)

    def _steered_batch(self, number: int) -> str | None:
        return self._batch("steered", number)

    def _led_batch(self, number: int) -> str | None:
        return self._batch("led", number)

    def _keep(self, found: str) -> None:
        self.kept.append(found)


@pytest.mark.parametrize(
    ("took", "found", "batches", "stopped"),
    [
        ([], {}, 3, None),
        ([10, 4], {1: "violation"}, 4, None),
        ([10, 4], {}, 2, "no other runs can be drawn"),
        ([0], {}, 1, "no other runs can be drawn"),
        ([10, 10, 0, 10], {2: "violation"}, 4, None),
    ],
)
def test_batches_follow_until_there_are_runs_enough_and_witnesses_become_shorter_then(
    took: list[int], found: dict[int, str], batches: int, stopped: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that took fewer runs than it was to, and found nothing, has no others to draw."""
    monkeypatch.setattr(sampling, "shortened", lambda *given: given)
    sampler: Any = Batches(took, found)
    Sampler._sample(sampler)
    assert sampler.batches == [("steered" if at % LED else "led", at) for at in range(batches)]
    assert sampler.kept == [*found.values()]
    shown = "long" if stopped else ("program", "seen", "long", WITNESS)
    assert (sampler.sample.stopped, sampler.sample.witnessed) == (stopped, {"seen": shown})
