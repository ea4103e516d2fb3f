"""The judge, the reference engine and the check that joins them: what they accept, and what they refuse."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from checker.check import check, engine, select
from checker.contract.judge import judge
from checker.contract.replay import Claim, ReplayError, confirm, replay
from checker.contract.task import INIT_FAILS, NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Stats, Task
from checker.contract.trace import Failing, Trace
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
from checker.engines.reference import ReferenceEngine
from checker.errors import EngineBug, ModelError, Span, UsageError
from checker.frontend.load import compile_model
from checker.ir.nodes import Kind, Program
from checker.lang import Bool, Model, Opt, Param, Range, Var, action, always, choose, final, process, require, sometimes
from checker.semantics import Failure, Interpreter, Step

HERE = Span("model.py", 1, 1)


class Counter(Model):
    """Counts up to a limit from 0 or 1, or jumps; the limit is where it gets stuck."""

    limit = Param(4)
    strict = Param(False, Bool)

    n = Var(Range(0, 6))
    half = Var(Opt(Range(4)))

    def init(self):
        self.n = choose({0, 1})

    @action
    def up(self):
        require(self.n < self.limit)
        self.n += 1
        assert not self.strict or self.n != 3, "three is not allowed"

    @action
    def double(self, by: Range(2, 3)):
        require(self.n == 1)
        self.n *= by

    @always
    def below_four(self):
        return self.n < 4

    @sometimes
    def three(self):
        return self.n == 3

    @sometimes
    def six(self):
        return self.n == 6


COUNTER = compile_model(Counter, {})
UP = Step("up", (), None, ())


def state(n: int) -> tuple[Any, ...]:
    return (n, None)


def trace(*numbers: int, **rest: Any) -> Trace:
    """Counting up through these numbers."""
    states = tuple(state(n) for n in numbers)
    return Trace(states, (UP,) * (len(numbers) - 1), initial_choices=(numbers[0],), **rest)


def refusal(program: Program, wrong: Trace) -> str:
    with pytest.raises(ReplayError) as caught:
        replay(program, wrong)
    return str(caught.value)


# the judge


def test_a_real_behaviour_replays() -> None:
    replay(COUNTER, trace(0, 1, 2, 3, 4))
    replay(COUNTER, replace(trace(1, 3), steps=(Step("double", (3,), None, ()),)))


def test_a_step_that_leads_elsewhere_is_named() -> None:
    assert refusal(COUNTER, trace(0, 1, 3)) == (
        "step 2: expected that 'up()' leads to a state with 'n' = 3, but it is 2"
    )


def test_an_impossible_step_is_named() -> None:
    wrong = replace(trace(0, 1), steps=(Step("double", (2,), None, ()),))
    assert refusal(COUNTER, wrong) == "step 1: expected that 'double(2)' leads to a state, but it is not possible"


def test_the_first_state_must_be_initial() -> None:
    assert refusal(COUNTER, replace(trace(1, 2), initial_choices=(0,))) == (
        "the initial state: expected that init gives a state with 'n' = 1, but it is 0"
    )
    assert refusal(COUNTER, replace(trace(1, 2), initial_choices=(2,))) == (
        "the initial state: expected that init gives a state, but it is not possible"
    )


def test_states_must_be_of_their_types() -> None:
    assert refusal(COUNTER, replace(trace(1), states=((True, None),))) == (
        "the initial state: expected 'n' in Range(7), but it is True"
    )
    assert refusal(COUNTER, replace(trace(0, 1), states=(state(0), (1,)))) == (
        "step 1: expected a state of 2 variables, but there are 1"
    )


STRICT = compile_model(Counter, {"strict": True})
THREE = Failure(Kind.ASSERT, "three is not allowed", HERE)


def test_a_failing_step_must_fail_as_it_says() -> None:
    replay(STRICT, trace(1, 2, end=Failing(UP, THREE)))
    assert refusal(STRICT, trace(0, 1, end=Failing(UP, THREE))) == (
        "step 2: expected that 'up()' fails: three is not allowed, but it does not fail"
    )
    other = replace(THREE, message="four is not allowed")
    assert refusal(STRICT, trace(1, 2, end=Failing(UP, other))) == (
        "step 2: expected that 'up()' fails: four is not allowed, but it fails otherwise: three is not allowed"
    )
    assert refusal(STRICT, trace(1, 2, 3)) == (
        "step 2: expected that 'up()' leads to a state, but it fails: three is not allowed"
    )


def refuse_claim(program: Program, name: str, claim: Claim, wrong: Trace) -> str:
    with pytest.raises(ReplayError) as caught:
        confirm(program, name, claim, wrong)
    return str(caught.value)


def test_claims_are_confirmed() -> None:
    confirm(COUNTER, "below_four", Claim.VIOLATION, trace(1, 2, 3, 4))
    confirm(COUNTER, "three", Claim.WITNESS, trace(1, 2, 3))
    confirm(COUNTER, NO_DEADLOCK, Claim.DEADLOCK, trace(1, 2, 3, 4))
    confirm(STRICT, NO_FAILURE, Claim.FAILURE, trace(1, 2, end=Failing(UP, THREE)))


def test_claims_that_are_not_so_are_refused() -> None:
    assert refuse_claim(COUNTER, "below_four", Claim.VIOLATION, trace(1, 2)) == (
        "step 1: expected a violation of 'below_four', but it is true there"
    )
    assert refuse_claim(COUNTER, "three", Claim.WITNESS, trace(1)) == (
        "the initial state: expected a witness of 'three', but it is false there"
    )
    assert refuse_claim(COUNTER, NO_DEADLOCK, Claim.DEADLOCK, trace(1, 2)) == (
        "step 1: expected a state where nothing can happen, but 'up()' can"
    )
    assert refuse_claim(COUNTER, NO_FAILURE, Claim.FAILURE, trace(1, 2)) == (
        "the trace: expected a failure at its end, but it ends without one"
    )
    assert refuse_claim(STRICT, "three", Claim.WITNESS, trace(1, 2, end=Failing(UP, THREE))) == (
        "the trace: expected a witness of 'three' in its last state, but it ends in a failure"
    )
    with pytest.raises(ReplayError):
        confirm(COUNTER, "below_four", Claim.VIOLATION, trace(1, 3, 4))


# the reference engine


def decide(program: Program, *names: str, **options: Any) -> Outcome:
    return check(Task(program, names or select(program), **options), ReferenceEngine())


def kinds(outcome: Outcome) -> dict[str, object]:
    """Verdicts, with the number of states for those that have a trace."""
    return {name: _kind(verdict) for name, verdict in outcome.verdicts.items()}


def _kind(verdict: Verdict) -> object:
    if isinstance(verdict, (Violated, Witnessed)):
        return type(verdict).__name__, len(verdict.trace)
    return verdict


def test_a_violation_ends_the_search_with_its_level() -> None:
    outcome = decide(compile_model(Counter, {"limit": 6}))
    stopped = Unknown("stopped at the violation of 'below_four'", unseen=3)
    assert kinds(outcome) == {
        "below_four": ("Violated", 3),
        "three": ("Witnessed", 2),
        "six": stopped,
        NO_DEADLOCK: Bounded(2),
        NO_FAILURE: Bounded(2),
    }
    assert outcome.stopped is None


def test_keep_going_decides_everything() -> None:
    outcome = decide(COUNTER, keep_going=True)
    assert kinds(outcome) == {
        "below_four": ("Violated", 3),
        "three": ("Witnessed", 2),
        "six": Unreachable(5),
        NO_DEADLOCK: ("Violated", 3),
        NO_FAILURE: Exhausted(5),
    }
    assert replace(outcome.stats, seconds=0.0) == Stats(distinct=5, generated=8, depth=3)


def test_a_failing_step_and_a_deadlock_are_found_when_a_level_is_expanded() -> None:
    assert kinds(decide(STRICT, "six", NO_FAILURE, NO_DEADLOCK)) == {
        "six": Unknown("stopped at the violation of 'no_failure'", unseen=2),
        NO_FAILURE: ("Violated", 2),
        NO_DEADLOCK: Bounded(2),
    }
    unasked = decide(STRICT, "below_four")
    assert kinds(unasked) == {"below_four": ("Violated", 3)}, "double(3) goes round the assert"


def test_the_search_ends_when_all_is_decided() -> None:
    outcome = decide(COUNTER, "three")
    assert kinds(outcome) == {"three": ("Witnessed", 2)}
    assert (outcome.stats.distinct, outcome.stats.queue, outcome.stopped) == (4, 2, None)


def test_budgets_say_how_far_they_reached() -> None:
    outcome = decide(COUNTER, "six", "no_failure", budget=Budget(max_states=3))
    assert outcome.stopped == "state budget of 3 ended"
    reason = Unknown("state budget of 3 ended after 3 states, depth 2")
    assert kinds(outcome) == {"six": replace(reason, unseen=1), NO_FAILURE: reason}
    assert decide(COUNTER, NO_FAILURE, budget=Budget(max_states=5)).verdicts[NO_FAILURE] == Exhausted(5)
    assert decide(COUNTER, NO_FAILURE, budget=Budget(seconds=0.0)).verdicts[NO_FAILURE] == Unknown(
        "time budget of 0 s ended after 0 states, depth 0"
    )
    later = decide(COUNTER, NO_FAILURE, "below_four", keep_going=True, budget=Budget(max_states=4))
    assert kinds(later) == {NO_FAILURE: Bounded(1), "below_four": Bounded(2)}, "level 2 was judged, level 1 expanded"
    assert later.stopped == "state budget of 4 ended"
    stop = threading.Event()
    stop.set()
    assert decide(COUNTER, NO_FAILURE, stop=stop).stopped == "interrupted"


class Undecidable(Model):
    """A property that cannot be evaluated in the second state; a @final one that cannot where all ends."""

    x = Var(Opt(Range(3)))
    y = Var(Opt(Bool))

    def init(self):
        self.x = 1

    @action
    def forget(self):
        require(self.x is not None)
        self.x = None

    @always
    def positive(self):
        return self.x > 0

    @final
    def over(self):
        return self.x == 2


def test_a_property_that_cannot_be_evaluated_is_a_failure_and_undecided() -> None:
    program = compile_model(Undecidable, {})
    message = "self.x is None, which is not in Range(3)"
    outcome = decide(program)
    found = outcome.verdicts[NO_FAILURE]
    assert isinstance(found, Violated)
    assert isinstance(found.trace.end, Failing) and found.trace.end.step is None
    assert (len(found.trace), found.trace.end.failure.message) == (2, message)
    undecided = Unknown(f"cannot be evaluated in a reachable state: {message}")
    assert outcome.verdicts["positive"] == undecided
    assert kinds(decide(program, "positive", NO_DEADLOCK)) == {"positive": undecided, NO_DEADLOCK: ("Violated", 2)}
    assert kinds(decide(program, NO_FAILURE)) == {NO_FAILURE: ("Violated", 2)}, "also of properties not asked for"


class BadStart(Model):
    """`init` fails for one of its choices."""

    x = Var(Range(2))

    def init(self):
        self.x = choose({0, 1}) + choose({0, 1})

    @action
    def stay(self):
        self.x = self.x

    @always
    def small(self):
        return self.x < 2


def test_a_failing_init_is_a_failure_without_states() -> None:
    outcome = decide(compile_model(BadStart, {}), "small", NO_FAILURE)
    found = outcome.verdicts[NO_FAILURE]
    assert isinstance(found, Violated)
    assert (found.trace.states, found.trace.initial_choices) == ((), (1, 1))
    assert isinstance(found.trace.end, Failing)
    assert found.trace.end.failure.message == "2 does not fit in 'x', which is Range(2)"
    assert outcome.verdicts["small"] == Unknown("stopped at the violation of 'no_failure'")


class Finishes(Model):
    """One process that ends, which is no deadlock."""

    x = Var(Range(3))

    @process
    def once(self):
        self.x += 1
        yield "between"
        self.x += 1


def test_a_finished_program_is_not_deadlocked() -> None:
    assert kinds(decide(compile_model(Finishes, {}))) == {NO_DEADLOCK: Exhausted(3), NO_FAILURE: Exhausted(3)}


class RightEnd(Model):
    """Nothing can happen at two, and that is right."""

    n = Var(Range(3))

    @action
    def up(self):
        require(self.n < 2)
        self.n += 1

    @final
    def over(self):
        return self.n == 2


def test_an_end_that_is_right_is_no_deadlock() -> None:
    finishes, right = compile_model(Finishes, {}), compile_model(RightEnd, {})
    (start,) = Interpreter(finishes).initial()
    assert start.state is not None
    first = next(Interpreter(finishes).successors(start.state))
    assert first.state is not None
    second = next(Interpreter(finishes).successors(first.state))
    assert second.state is not None
    ends = Trace((start.state, first.state, second.state), (first.step, second.step))
    assert refuse_claim(finishes, NO_DEADLOCK, Claim.DEADLOCK, ends) == (
        "step 2: expected a deadlock, but every process has finished"
    )
    over = Trace(((0,), (1,), (2,)), (UP, UP))
    assert refuse_claim(right, NO_DEADLOCK, Claim.DEADLOCK, over) == (
        "step 2: expected a deadlock, but a @final property holds there"
    )
    early = Trace(((0,), (1,)), (UP,))
    assert refuse_claim(right, NO_DEADLOCK, Claim.DEADLOCK, early) == (
        "step 1: expected a state where nothing can happen, but 'up()' can"
    )


# check


class Liar:
    """An engine that answers what it is told to."""

    name = "liar"

    def __init__(self, **verdicts: Verdict) -> None:
        self.verdicts = verdicts

    def run(self, task: Task) -> Outcome:
        return Outcome(self.name, self.verdicts, Stats())


def caught(name: str, **verdicts: Verdict) -> str:
    with pytest.raises(EngineBug) as bug:
        check(Task(COUNTER, (name,)), Liar(**verdicts))
    return str(bug.value)


def test_a_trace_that_does_not_hold_up_is_the_engines_bug() -> None:
    assert caught("below_four", below_four=Violated(trace(1, 2, 4))) == (
        "engine 'liar' gives a trace for 'below_four' that does not hold up: "
        "step 2: expected that 'up()' leads to a state with 'n' = 4, but it is 3"
    )
    assert caught("below_four", below_four=Violated(trace(1, 2, 3))) == (
        "engine 'liar' gives a trace for 'below_four' that does not hold up: "
        "step 2: expected a violation of 'below_four', but it is true there"
    )


def test_a_verdict_must_suit_its_property() -> None:
    assert caught("three", three=Violated(trace(1, 2, 3))) == (
        "engine 'liar' answers Violated for 'three', where a trace shows a witness"
    )
    assert caught("below_four", below_four=Unreachable(5)) == (
        "engine 'liar' answers Unreachable for 'below_four', where a trace shows a violation"
    )
    assert caught("three") == "engine 'liar' gives no verdict for 'three'"


SHOWN = {"below_four": "violation", "three": "witness", NO_DEADLOCK: "deadlock", NO_FAILURE: "failure"}
HAPPENS, HOLDS = (Witnessed, Unreachable), (Violated, Proved, Exhausted, Bounded, Sampled)
ANSWERS = (
    Violated(trace(0)),
    Witnessed(trace(0)),
    Proved(),
    Exhausted(5),
    Bounded(1),
    Sampled(1),
    Unreachable(5),
    Unknown("no"),
)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
@pytest.mark.parametrize("name", SHOWN)
def test_whatever_the_verdict_a_false_trace_of_it_is_caught(name: str, answer: Verdict) -> None:
    """State 0 violates nothing, witnesses nothing, and neither fails nor is stuck."""
    if isinstance(answer, Unknown):
        assert check(Task(COUNTER, (name,)), Liar(**{name: answer})).verdicts == {name: answer}
    elif not isinstance(answer, HAPPENS if name == "three" else HOLDS):
        shown = f"answers {type(answer).__name__} for '{name}', where a trace shows a {SHOWN[name]}"
        assert caught(name, **{name: answer}) == f"engine 'liar' {shown}"
    elif isinstance(answer, (Violated, Witnessed)):
        assert "does not hold up" in caught(name, **{name: answer})
    else:
        assert check(Task(COUNTER, (name,)), Liar(**{name: answer})).verdicts == {name: answer}


def test_properties_are_selected_by_name() -> None:
    assert select(COUNTER) == ("below_four", "three", "six", NO_DEADLOCK, NO_FAILURE)
    assert select(COUNTER, ["six", "three", "six"]) == ("six", "three", NO_FAILURE)
    assert "over" not in select(compile_model(Undecidable, {}))
    with pytest.raises(UsageError) as unknown:
        select(COUNTER, ["bellow_four"])
    assert str(unknown.value) == (
        "U003 tests.contract.test_replay:Counter has no property 'bellow_four'\n    Did you mean `below_four`?"
    )


def test_engines_are_found_by_name() -> None:
    assert engine("reference").name == "reference"
    with pytest.raises(UsageError) as unknown:
        engine("explict")
    assert str(unknown.value) == "U007 there is no engine 'explict'\n    Did you mean `explicit`?"


def test_auto_gives_a_tiny_model_to_the_reference_engine() -> None:
    outcome = check(Task(COUNTER, select(COUNTER)), engine("auto"))
    assert outcome.engine == "reference"
    assert outcome.stats.distinct == 5


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
        "E104 tests.contract.test_replay:Overconstrained has no initial state: every property would hold of nothing\n"
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
            judge(Task(program, ()), Outcome("liar", {name: small, NO_FAILURE: Unknown("no")}, Stats()))
    judge(Task(program, ()), Outcome("liar", {"small": Exhausted(1), NO_FAILURE: Unknown("no")}, Stats()))


def test_a_model_whose_init_always_fails_is_told_that_and_not_that_it_has_no_states() -> None:
    program = compile_model(NeverStarts, {})
    outcome = decide(program, keep_going=True)
    assert kinds(outcome) == {
        "small": Unknown(INIT_FAILS),
        "large": Unknown(INIT_FAILS),
        NO_DEADLOCK: Unknown(INIT_FAILS),
        NO_FAILURE: ("Violated", 0),
    }
