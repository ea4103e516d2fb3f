"""Models without a state: nothing holds of them, and the reason is said."""

from __future__ import annotations

import pytest

from checker.check import check, engine, select
from checker.contract.judge import judge
from checker.contract.task import (
    INIT_FAILS,
    NO_DEADLOCK,
    NO_FAILURE,
    Outcome,
    Stats,
    Task,
)
from checker.contract.verdict import (
    Exhausted,
    Proved,
    Unknown,
    Unreachable,
    Verdict,
)
from checker.errors import ModelError
from checker.frontend.load import compile_model
from checker.lang import (
    Model,
    Range,
    Var,
    action,
    always,
    choose,
    require,
    sometimes,
)
from tests.support.counter import decide, kinds
from tests.support.pair import PAIR


class Overconstrained(Model):
    """`init` allows nothing."""

    n = Var(Range(3))

    def init(self) -> None:
        require(self.n > 0)

    @action
    def up(self) -> None:
        self.n += 1

    @always
    def small(self) -> bool:
        return self.n < 2


def test_a_model_without_initial_states_holds_nothing() -> None:
    program = compile_model(Overconstrained, {})
    with pytest.raises(ModelError) as refused:
        check(Task(program, select(program)), engine("reference"))
    assert str(refused.value) == (
        f"E104 {__name__}:Overconstrained has no initial state: every property would hold of nothing\n"
        "    Look for a `require` or `choose` in init that never can be."
    )


class NeverStarts(Model):
    """`init` fails, whatever it chooses."""

    n = Var(Range(3))

    def init(self) -> None:
        self.n = choose({3, 4})

    @action
    def up(self) -> None:
        self.n += 1

    @always
    def small(self) -> bool:
        return self.n < 2

    @sometimes
    def large(self) -> bool:
        return self.n == 2


def test_of_no_states_one_verdict_is_enough_to_say_so() -> None:
    program = compile_model(Overconstrained, {})
    for small in (Exhausted(0), Unreachable(0)):
        name = "small" if isinstance(small, Exhausted) else "large"
        with pytest.raises(ModelError, match="E104"):
            judge(Task(program, ()), Outcome(("liar",), {name: small, NO_FAILURE: Unknown("no")}, Stats()))
    judge(Task(program, ()), Outcome(("liar",), {"small": Exhausted(1), NO_FAILURE: Unknown("no")}, Stats()))


def test_a_model_whose_init_always_fails_is_told_that_and_not_that_it_has_no_states() -> None:
    program = compile_model(NeverStarts, {})
    outcome = decide(program, keep_going=True)
    assert kinds(outcome) == {
        "small": Unknown(INIT_FAILS),
        "large": Unknown(INIT_FAILS),
        NO_DEADLOCK: Unknown(INIT_FAILS),
        NO_FAILURE: ("Violated", 0),
    }


class Claims:
    """An engine that proves, and counts nothing."""

    name = "claims"

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def run(self, task: Task) -> Outcome:
        return Outcome((self.name,), dict.fromkeys(task.properties, self.verdict), Stats())


def test_engines_that_count_no_states_are_not_asked_for_any() -> None:
    check(Task(PAIR, ("not_apart",)), Claims(Proved()))
    check(Task(PAIR, ("twenty",)), Claims(Unreachable(None)))
    for name, verdict in (("not_apart", Exhausted(0)), ("twenty", Unreachable(0))):
        with pytest.raises(ModelError, match="E104"):
            check(Task(PAIR, (name,)), Claims(verdict))
