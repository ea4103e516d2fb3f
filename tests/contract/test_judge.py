"""The judge believes no trace: every verdict, of every kind of property, with the right trace and with wrong ones.

The pairs are generated: a verdict class or a kind of claim that is added later is tried without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

import pytest

from checker.check import check
from checker.contract.judge import claim
from checker.contract.replay import Claim
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Stats, Task
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.errors import EngineBug
from checker.semantics import Failure, Interpreter, Step
from tests.frontend.support import program

# Counts to three, where it is stuck. From two it may also jump to five, which is too far, or leave for four.
MODEL = program(
    """
class Everything(Model):
    x = Var(Range(5))

    @action
    def up(self):
        require(self.x < 3)
        self.x += 1

    @action
    def jump(self):
        require(self.x == 2)
        self.x += 3

    @action
    def leave(self):
        require(self.x == 2)
        self.x = 4

    @final
    def left(self):
        return self.x == 4

    @always
    def below_three(self):
        return self.x < 3

    @lemma
    def below_two(self):
        return self.x < 2

    @sometimes
    def two(self):
        return self.x == 2

    @step
    def two_stays(self, before):
        return before.x != 2 or self.x == 2

    @eventually
    def gone(self):
        return self.x == 4
"""
)
NAMES = ("below_three", "below_two", "two", "two_stays", "gone", NO_DEADLOCK, NO_FAILURE)
SHOWN = {"below_three": 4, "below_two": 3, "two": 3, "two_stays": 4, NO_DEADLOCK: 4}


def up(last: int) -> Trace:
    """Counting up to `last`."""
    return Trace(tuple((x,) for x in range(last + 1)), (Step("up", (), None, ()),) * last)


def failing() -> Trace:
    """Counting to two, and then too far."""
    step = Step("jump", (), None, ())
    found = Interpreter(MODEL).run((2,), step)
    assert found is not None and found.failure is not None
    return replace(up(2), end=Failing(step, found.failure))


def right(name: str) -> Trace:
    if name == "gone":
        return replace(up(3), end=Lasso(3))
    return failing() if name == NO_FAILURE else up(SHOWN[name] - 1)


def leaving() -> Trace:
    """To a state in which nothing can happen, and a `@final` says that this is right."""
    before = up(2)
    return Trace((*before.states, (4,)), (*before.steps, Step("leave", (), None, ())))


def wrong(name: str) -> Iterator[tuple[str, Trace]]:
    """Traces that do not show what is to be shown of a property, and why."""
    good = right(name)
    last, far = good.states[-1], (4,)
    yield "it jumps to its last state", replace(good, states=(*good.states[:-1], far), end=AtState())
    rests = isinstance(good.end, Lasso)
    yield "it begins anywhere", replace(good, states=(last,), steps=(), end=Lasso(0) if rests else good.end)
    yield "its steps have other names", replace(good, steps=(Step("down", (), None, ()),) * len(good.steps))
    yield "it chooses what nobody asks for", replace(good, initial_choices=(1,))
    yield "its state is of another type", replace(good, states=(*good.states[:-1], (17,)))
    if not rests:  # nothing is owed anywhere
        yield "it ends too early", replace(up(0), end=good.end)
    fails = failing().end
    assert isinstance(fails, Failing)
    if name == NO_FAILURE:
        yield "it ends without a failure", up(2)
        yield (
            "it fails otherwise",
            replace(good, end=Failing(fails.step, replace(fails.failure, message="the sky fell"))),
        )
        yield "another step fails", replace(good, end=Failing(Step("up", (), None, ()), fails.failure))
        yield "a property fails that does not", replace(good, end=Failing(None, fails.failure))
        return
    yield "it ends in a failure", replace(good, end=fails)
    if name == "gone":
        yield "it ends", replace(good, end=AtState())
        yield "its loop does not close", replace(good, end=Lasso(2))
        yield "it is true of it", replace(leaving(), end=Lasso(3))
        yield "a step of its loop can fail", replace(up(2), end=Lasso(2))
    else:
        yield "it goes round", replace(good, end=Lasso(len(good) - 1))
    if name == "two_stays":
        yield "the last step is another", up(2)
        yield "there is no step", up(0)
    if name == NO_DEADLOCK:
        yield "something can happen at its end", up(2)
        yield "a @final holds at its end", leaving()


@dataclass(frozen=True)
class Liar:
    """An engine that answers what it is told to."""

    answers: dict[str, Verdict]
    name: str = "liar"

    def run(self, task: Task) -> Outcome:
        return Outcome((self.name,), self.answers, Stats())


def is_believed(name: str, verdict: Verdict) -> bool:
    try:
        check(Task(MODEL, (name,)), Liar({name: verdict}))
    except EngineBug:
        return False
    return True


WITHOUT_TRACE: dict[type, Verdict] = {
    Proved: Proved(),
    Exhausted: Exhausted(5),
    Bounded: Bounded(2),
    Sampled: Sampled(7),
    Unreachable: Unreachable(5),
    Unknown: Unknown("no idea"),
}
WITH_TRACE = (Violated, Witnessed)


def test_the_cases_are_all_there_are() -> None:
    assert {*WITHOUT_TRACE, *WITH_TRACE} == set(get_args(Verdict))
    assert {claim(MODEL, name) for name in NAMES} == set(Claim)


@pytest.mark.parametrize(("name", "kind"), list(product(NAMES, WITH_TRACE)))
def test_the_right_trace_is_believed_of_the_right_kind(name: str, kind: type) -> None:
    fits = (kind is Witnessed) == (claim(MODEL, name) is Claim.WITNESS)
    assert is_believed(name, kind(right(name))) is fits


LIES = [(name, kind, why, trace) for name in NAMES for kind in WITH_TRACE for why, trace in wrong(name)]


@pytest.mark.parametrize(
    ("name", "kind", "trace"), [(n, k, t) for n, k, _, t in LIES], ids=[f"{n}-{k.__name__}-{w}" for n, k, w, _ in LIES]
)
def test_no_other_trace_is_believed(name: str, kind: type, trace: Trace) -> None:
    assert not is_believed(name, kind(trace))


@pytest.mark.parametrize(("name", "kind"), list(product(NAMES, WITHOUT_TRACE)))
def test_a_verdict_without_a_trace_is_believed_of_a_property_that_can_have_it(name: str, kind: type) -> None:
    witness = claim(MODEL, name) is Claim.WITNESS
    fits = kind is Unknown or (kind is Unreachable) == witness
    if claim(MODEL, name) is Claim.LASSO:
        fits = kind not in (Bounded, Sampled, Unreachable)  # whole behaviours: no part of them says anything
    assert is_believed(name, WITHOUT_TRACE[kind]) is fits


@pytest.mark.parametrize("name", NAMES)
def test_a_property_without_a_verdict_is_noticed(name: str) -> None:
    with pytest.raises(EngineBug, match=f"gives no verdict for '{name}'"):
        check(Task(MODEL, (name,)), Liar({}))


OWED = """
class M(Model):
    x = Var(Range(2))
    y = Var(Bool)
    @action(fair=FAIR)
    def go(self):
        require(self.x == 0)
        self.y = True
    @action
    def turn(self):
        self.x = 1 - self.x
    @action(fair="weak")
    def stay(self):
        self.x = self.x
    @eventually
    def p(self):
        return self.y
"""


def refused(fair: str, *xs: int, end: Lasso) -> str:
    """What is said against a loop through these values of x, in which y stays as it is."""
    compiled = program(OWED.replace("FAIR", fair))
    trace = Trace(tuple((x, False) for x in xs), (Step("turn", (), None, ()),) * (len(xs) - 1), end=end)
    try:
        check(Task(compiled, ("p",)), Liar({"p": Violated(trace)}))
    except EngineBug as error:
        return str(error).partition("does not hold up: ")[2]
    return ""


def test_a_loop_is_refused_that_leaves_out_what_it_owes() -> None:
    assert refused("'weak'", 0, 1, 0, end=Lasso(0)) == "", "it is not possible in between"
    assert refused("'strong'", 0, 1, 0, end=Lasso(0)) == (
        "the initial state: expected a loop that leaves 'go()' nothing owed, but it is possible again and again and "
        "never taken"
    )
    assert refused("'strong'", 0, 1, end=Lasso(1)) == "", "it is possible now and then before, and no more in the loop"
    assert refused("'weak'", 0, end=Lasso(0)) == (
        "the initial state: expected a loop that leaves 'go()' nothing owed, but it is possible all the time and never "
        "taken"
    )
    assert refused("False", 0, end=Lasso(0)) == ""


def test_a_loop_is_refused_that_does_not_close() -> None:
    assert refused("False", 0, 1, end=Lasso(0)) == "step 1: expected 'x' = 0, to close the loop, but it is 1"


def test_a_deadlock_is_refused_where_a_final_holds() -> None:
    with pytest.raises(EngineBug, match="step 3: expected a deadlock, but a @final property holds there"):
        check(Task(MODEL, (NO_DEADLOCK,)), Liar({NO_DEADLOCK: Violated(leaving())}))


def test_a_deadlock_is_refused_where_all_processes_have_finished() -> None:
    made = program("class M(Model):\n    x = Var(Bool)\n    @process\n    def p(self):\n        self.x = True\n")
    interpreter = Interpreter(made)
    first = next(interpreter.initial()).state
    assert first is not None
    after = next(interpreter.successors(first))
    assert after.state is not None
    trace = Trace((first, after.state), (after.step,))
    with pytest.raises(EngineBug, match="step 1: expected a deadlock, but every process has finished"):
        check(Task(made, (NO_DEADLOCK,)), Liar({NO_DEADLOCK: Violated(trace)}))


def test_every_verdict_is_looked_at_and_not_only_the_first() -> None:
    """Of several properties one lie is enough, wherever it stands."""
    honest: dict[str, Verdict] = {
        name: (Witnessed if claim(MODEL, name) is Claim.WITNESS else Violated)(right(name)) for name in NAMES
    }
    check(Task(MODEL, NAMES), Liar(honest))
    for name in NAMES:
        _, lie = next(wrong(name))
        kind = type(honest[name])
        with pytest.raises(EngineBug, match=f"a trace for '{name}' that does not hold up"):
            check(Task(MODEL, NAMES), Liar({**honest, name: kind(lie)}))  # type: ignore[call-arg]


def test_a_failure_in_init_is_judged() -> None:
    made = program(
        """
class M(Model):
    x = Var(Range(2))
    def init(self):
        self.x = choose(range(3))
    @action
    def stay(self):
        self.x = 0
"""
    )
    failed = Interpreter(made).start((2,))
    assert failed is not None and failed.failure is not None
    honest = Trace((), (), (2,), Failing(None, failed.failure))
    check(Task(made, (NO_FAILURE,)), Liar({NO_FAILURE: Violated(honest)}))
    other = Failure(failed.failure.kind, "the sky fell", failed.failure.span)
    for lie in (
        replace(honest, initial_choices=(1,)),
        replace(honest, initial_choices=(3,)),
        replace(honest, end=Failing(None, other)),
    ):
        with pytest.raises(EngineBug):
            check(Task(made, (NO_FAILURE,)), Liar({NO_FAILURE: Violated(lie)}))


@pytest.mark.parametrize("lie", [Exhausted(0), Unreachable(0)])
def test_nothing_is_believed_to_hold_of_no_states(lie: Verdict) -> None:
    """With a failure of init beside it, this went through: 'holds (all 0 states)'."""
    name = "two" if isinstance(lie, Unreachable) else "below_three"
    with pytest.raises(EngineBug, match="engine 'liar' says of no states at all that something holds"):
        check(Task(MODEL, (name, NO_FAILURE)), Liar({name: lie, NO_FAILURE: Violated(failing())}))
