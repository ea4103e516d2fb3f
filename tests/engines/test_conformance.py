"""What every engine says of small models: what none may do is the same for all. They claim nothing that is false, leave
no property out, and say what they can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget
from checker.contract.verdict import Exhausted, Unknown, Unreachable, Verdict, Violated, Witnessed
from checker.errors import ModelError
from tests.frontend.support import program
from tests.support.conformance import (
    CASES,
    COUNTS,
    DECIDES,
    DEPTH,
    ENDS,
    FINDS,
    NO_VALUE,
    SHORTEST,
    Shown,
    Subject,
    asked_of,
    decides,
    every_case,
    every_engine,
    may_say,
    of,
)


@every_engine
@every_case
@pytest.mark.parametrize("keep_going", [False, True], ids=["stops", "keeps-going"])
def test_no_engine_says_what_is_false_or_leaves_out_what_it_can_say(
    subject: Subject, case: str, keep_going: bool
) -> None:
    _, truths, states = CASES[case]
    outcome = subject.run(of(case, keep_going=keep_going, budget=Budget(max_depth=DEPTH)))
    assert set(outcome.verdicts) == set(truths)
    for name, verdict in outcome.verdicts.items():
        assert may_say(verdict, truths[name], subject.can(SHORTEST)), (name, verdict, truths[name])
        if isinstance(verdict, (Exhausted, Unreachable)) and verdict.distinct is not None:
            assert verdict.distinct == states, name
    shown = {name: truth.states for name, truth in truths.items() if isinstance(truth, Shown)}
    within_reach = {name for name, count in shown.items() if subject.can(FINDS) or count <= 1}
    found = {name for name, verdict in outcome.verdicts.items() if isinstance(verdict, (Violated, Witnessed))}
    if not keep_going:
        assert found or not within_reach
        return
    assert within_reach <= found
    if subject.can(COUNTS):
        assert outcome.stats.distinct == states
    for name, truth in truths.items():
        if subject.can(DECIDES) or (truth == NO_VALUE and within_reach):
            assert decides(outcome.verdicts[name], truth, subject.can(ENDS)), (name, outcome.verdicts[name])


@every_engine
@pytest.mark.parametrize("allowed", ["self.x > 2", "choose({0, 1} - {0, 1}) == 0"])
def test_a_model_without_an_initial_state_is_refused(subject: Subject, allowed: str) -> None:
    made = program(
        f"""
class Nothing(Model):
    x = Var(Range(3))
    def init(self):
        require({allowed})
    @action
    def stay(self):
        self.x = 0
    @always
    def low(self):
        return self.x < 2
"""
    )
    for names in ((), ("low",), (NO_DEADLOCK,)):
        with pytest.raises(ModelError, match="E104 model:Nothing has no initial state: every property would hold of"):
            subject.run(asked_of(made, names))


@every_engine
@pytest.mark.parametrize("names", [(), ("fits",), (NO_DEADLOCK,), ("fits", NO_FAILURE)])
@pytest.mark.parametrize("keep_going", [False, True], ids=["stops", "keeps-going"])
def test_nothing_holds_of_a_model_whose_init_only_fails(
    subject: Subject, names: tuple[str, ...], keep_going: bool
) -> None:
    """It was said to hold in all 0 states, or to be proved; random engines said that there is no init that could be."""
    made = program(CASES["init that fails whatever it chooses"][0])
    asked = asked_of(made, names, keep_going=keep_going, budget=Budget(max_depth=DEPTH))
    outcome = subject.run(asked)
    for name, verdict in outcome.verdicts.items():
        assert isinstance(verdict, Violated if name == NO_FAILURE else Unknown), (name, verdict)


@every_engine
def test_what_is_not_asked_for_is_not_answered(subject: Subject) -> None:
    case = "a violation that takes three states, and a witness that takes one"
    made = program(CASES[case][0])
    for name in (*CASES[case][1],):
        outcome = subject.run(asked_of(made, (name,), budget=Budget(max_depth=DEPTH)))
        assert set(outcome.verdicts) == {name}
        assert may_say(outcome.verdicts[name], CASES[case][1][name], subject.can(SHORTEST))


def _without_steps(verdicts: Mapping[str, Verdict]) -> dict[str, object]:
    traces = {name: getattr(verdict, "trace", None) for name, verdict in verdicts.items()}
    return {
        name: verdict if traces[name] is None else (type(verdict), len(traces[name].states))
        for name, verdict in verdicts.items()
    }


@every_engine
def test_the_same_task_gives_the_same(subject: Subject) -> None:
    """Verdicts with their traces, and counts; on one worker or two. Z3 may choose another shortest trace when asked
    again in the same process, so that of bmc only the length is the same."""
    for case in ("a violation that takes three states, and a witness that takes one", *list(CASES)[-3:]):
        asked = of(case, keep_going=True, budget=Budget(max_depth=DEPTH))
        one, again = subject.run(asked), subject.run(asked)
        other = replace(subject, workers=3 - subject.workers).run(asked)
        for found in (again, other):
            if subject.name == "bmc":
                assert _without_steps(found.verdicts) == _without_steps(one.verdicts)
            else:
                assert found.verdicts == one.verdicts
            assert (found.stats.distinct, found.stats.generated, found.stats.depth) == (
                one.stats.distinct,
                one.stats.generated,
                one.stats.depth,
            )
