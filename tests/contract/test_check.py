"""Every verdict of an engine is judged, whatever it claims; properties and engines are found by name."""

from __future__ import annotations

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Stats, Task
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
from checker.errors import EngineBug, UsageError
from checker.frontend.load import compile_model
from tests.support.counter import COUNTER, Undecidable, trace


class Liar:
    """An engine that answers what it is told to."""

    name = "liar"

    def __init__(self, **verdicts: Verdict) -> None:
        self.verdicts = verdicts

    def run(self, task: Task) -> Outcome:
        return Outcome((self.name,), self.verdicts, Stats())


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
        "U003 tests.support.counter:Counter has no property 'bellow_four'\n    Did you mean `below_four`?"
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
