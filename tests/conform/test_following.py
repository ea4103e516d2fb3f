"""Following: a step of the real system is one of the model's, or the first place where they part is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.conform.following import Follower, Mismatch
from checker.frontend.load import compile_model
from checker.lang import Array, Model, Range, Var, action, always, choose, require
from checker.semantics import Step


class Jar(Model):
    """A jar that the environment fills; `poured` is kept for a property, and nobody outside can see it."""

    held = Var(Array(Range(2), Range(0, 9)))
    poured = Var(Range(0, 99))

    @action
    def pour(self, n: Range(2)):
        require(self.held[n] < 7)
        drops = choose(range(1, 4))
        self.held[n] += drops
        self.poured += drops

    @action
    def overfill(self):
        self.held[0] = self.held[0] + 9

    def inside(self, n: Range(2)):
        return self.held[n]

    @always
    def nothing_is_lost(self):
        return self.inside(0) + self.inside(1) == self.poured


@pytest.fixture
def follower() -> Iterator[Follower]:
    made = Follower(compile_model(Jar, {}))
    assert made.start((), {"held": (0, 0)}) is None
    yield made


def test_a_step_with_the_choices_of_the_environment_is_followed_and_the_unseen_goes_on(follower: Follower) -> None:
    assert follower.follow(Step("pour", (1,), None, (3,)), {"held": (0, 3)}) is None
    assert follower.follow(Step("pour", (0,), None, (1,)), {"held": (1, 3)}) is None
    assert follower.state == ((1, 3), 4)
    assert follower.answer("inside", 1) == 3


def test_the_first_place_that_differs_is_named_with_both_values(follower: Follower) -> None:
    mismatch = follower.follow(Step("pour", (1,), None, (3,)), {"held": (0, 2)})
    assert isinstance(mismatch, Mismatch)
    assert mismatch.problem == "held[1] is 3 in the model, and really 2"
    assert (mismatch.before, mismatch.real) == (((0, 0), 0), ((0, 2), 3))


def test_a_choice_that_the_model_does_not_have_is_a_mismatch(follower: Follower) -> None:
    mismatch = follower.follow(Step("pour", (1,), None, (4,)), {"held": (0, 4)})
    assert isinstance(mismatch, Mismatch) and mismatch.problem == "the model refuses the step"


def test_a_step_that_fails_in_the_model_is_a_mismatch(follower: Follower) -> None:
    assert follower.follow(Step("overfill", (), None, ()), {"held": (9, 0)}) is None
    mismatch = follower.follow(Step("overfill", (), None, ()), {"held": (9, 0)})
    assert isinstance(mismatch, Mismatch) and "does not fit" in mismatch.problem


def test_a_change_where_there_was_to_be_none_is_a_mismatch(follower: Follower) -> None:
    assert follower.stay({"held": (0, 0)}) is None
    mismatch = follower.stay({"held": (1, 0)})
    assert isinstance(mismatch, Mismatch) and mismatch.problem == "held[0] is 0 in the model, and really 1"


def test_of_choices_that_nobody_reported_one_must_lead_to_the_state(follower: Follower) -> None:
    steps = [Step("pour", (0,), None, (drops,)) for drops in (9, 1, 2)]
    assert follower.follow_one(steps, {"held": (2, 0)}) is None
    mismatch = follower.follow_one(steps, {"held": (9, 0)})
    assert isinstance(mismatch, Mismatch) and mismatch.problem == "held[0] is 3 in the model, and really 9"


def test_what_was_seen_may_be_said_in_the_words_of_the_model(follower: Follower) -> None:
    assert follower.follow(Step("pour", (0,), None, (2,)), lambda reached: {"held": reached[0]}) is None


def test_a_first_report_that_no_start_gives_is_a_mismatch() -> None:
    mismatch = Follower(compile_model(Jar, {})).start((), {"held": (0, 1)})
    assert isinstance(mismatch, Mismatch) and mismatch.problem == "held[1] is 0 in the model, and really 1"
