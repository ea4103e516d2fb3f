"""Several engines on one task: who is asked, for how long, and what their verdicts come to."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from checker import portfolio
from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Stats, Task
from checker.contract.trace import Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Unknown,
    Verdict,
    Violated,
    Witnessed,
)
from checker.engines.reference import ReferenceEngine
from checker.errors import EngineBug, ModelError, Problem, UsageError
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.lang import always, sometimes
from tests.support.pair import PAIR, Pair


class NoLemma(Pair):
    """The same, without a proof."""

    same = None


class Spy:
    """An engine that remembers its tasks and asks another."""

    def __init__(self, inner: object, **replaced: Verdict) -> None:
        self.inner = inner
        self.name = inner.name
        self.replaced = replaced
        self.tasks: list[Task] = []

    def run(self, task: Task) -> Outcome:
        self.tasks.append(task)
        outcome = self.inner.run(task)
        return replace(outcome, verdicts={**outcome.verdicts, **self.replaced})

    def warm(self, task: Task, look: object) -> None:
        """Needs no compiling."""


class Set(dict[str, Spy]):
    """The engines that run, by name."""


@pytest.fixture
def spies(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Makes every model too large for a trial, the explicit engine the reference one, and all of them watched."""
    found = Set(
        explicit=Spy(ReferenceEngine()),
        bmc=Spy(portfolio.symbolic("bmc")),
        induction=Spy(portfolio.symbolic("induction")),
    )
    monkeypatch.setattr(portfolio, "TRIAL_WORK", 50)
    monkeypatch.setattr(portfolio, "NEAR", 4)
    monkeypatch.setattr(portfolio, "explicit", lambda: found["explicit"])
    monkeypatch.setattr(portfolio, "symbolic", lambda name: found[name])
    return found


APART = compile_model(Pair, {"apart": 1})


def decide(name: str, program: Program = PAIR, **options: object) -> Outcome:
    return check(Task(program, select(program), **options), engine(name))


# -- auto --------------------------------------------------------------------------------------------------------------


def test_auto_proves_what_has_a_proof_and_explores_the_rest(spies: Set) -> None:
    outcome = decide("auto")
    assert outcome.engine == "induction, then reference"
    assert outcome.verdicts["not_apart"] == Proved(1, ("same",))
    assert isinstance(outcome.verdicts[NO_DEADLOCK], Proved)
    assert isinstance(outcome.verdicts["twenty"], Witnessed)
    assert spies["induction"].tasks[0].properties == ("not_apart", NO_DEADLOCK, NO_FAILURE)
    assert [task.budget.max_states for task in spies["explicit"].tasks] == [4, None]
    assert spies["explicit"].tasks[1].properties == ("twenty",)
    assert spies["bmc"].tasks == []
    assert [part.engine for part in outcome.parts] == ["induction", "reference"]
    assert outcome.stats.distinct == 21


def test_auto_explores_all_that_induction_left_open(spies: Set) -> None:
    outcome = decide("auto", APART)
    assert outcome.engine == "induction, then reference"
    assert spies["explicit"].tasks[1].properties == ("not_apart", "twenty")
    assert isinstance(outcome.verdicts["not_apart"], Violated)
    assert outcome.stopped is None


@pytest.mark.parametrize("program", [compile_model(NoLemma, {}), PAIR], ids=["no lemma", "keep going"])
def test_auto_does_not_prove(spies: Set, program: Program) -> None:
    outcome = decide("auto", program, keep_going=program is PAIR)
    assert outcome.engine == "reference"
    assert outcome.verdicts["not_apart"] == Exhausted(30)
    assert outcome.parts == ()
    assert spies["induction"].tasks == []


def test_auto_does_not_prove_what_is_small() -> None:
    assert decide("auto").engine == "reference"


@pytest.mark.parametrize(("seconds", "given"), [(None, 60.0), (20.0, 10.0), (900.0, 60.0)])
def test_auto_leaves_time_to_explore(spies: Set, seconds: float | None, given: float) -> None:
    decide("auto", budget=Budget(seconds=seconds, max_states=25))
    share_of = None if given == 60.0 else seconds
    budget = spies["induction"].tasks[0].budget
    assert budget == Budget(seconds=budget.seconds, max_states=25, share_of=share_of)
    assert given - 1 < budget.seconds <= given
    left = spies["explicit"].tasks[-1].budget
    assert left.seconds == seconds and left.since is not None, "what is left of the same time"
    assert time.monotonic() - 60 < left.since < time.monotonic()


def test_auto_says_to_which_depth_it_holds_when_a_budget_ends(spies: Set) -> None:
    spies["induction"].replaced = {"not_apart": Unknown("no")}
    outcome = decide("auto", budget=Budget(max_states=9))
    assert outcome.verdicts["not_apart"] == Bounded(9), "the ninth state was judged, and its successor did not fit"
    assert outcome.stopped == "state budget of 9 ended"


class Apart(Pair):
    """One property breaks at once, one has a proof, and one has none and takes all states to decide."""

    @always
    def not_two(self):
        return self.a != 2

    @always
    def small(self):
        return self.b < 30


def test_auto_decides_all_of_what_is_near_though_something_is_violated(
    spies: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proofs came first, and took 22 s where 59,322 states take 2; what had none stayed undecided."""
    program = compile_model(Apart, {})
    monkeypatch.setattr(portfolio, "NEAR", 30)
    outcome = decide("auto", program)
    assert {name for name, each in outcome.verdicts.items() if isinstance(each, Violated)} == {"not_two"}
    assert outcome.verdicts["small"] == outcome.verdicts["not_apart"] == Exhausted(30)
    assert isinstance(outcome.verdicts["twenty"], Witnessed)
    assert spies["induction"].tasks == []
    first = decide("auto", program, first_only=True)
    assert isinstance(first.verdicts["not_two"], Violated) and isinstance(first.verdicts["small"], Bounded)


def test_auto_proves_what_it_can_beside_a_violation_that_is_near(spies: Set) -> None:
    outcome = decide("auto", compile_model(Apart, {}))
    assert isinstance(outcome.verdicts["not_two"], Violated)
    assert isinstance(outcome.verdicts["not_apart"], Proved) and isinstance(outcome.verdicts["small"], Proved)
    assert isinstance(outcome.verdicts["twenty"], Unknown)
    assert outcome.stopped is None and outcome.engine == "reference, then induction, then reference"


def test_what_the_reference_engine_can_decide_is_decided_though_something_is_violated() -> None:
    """ "Unknown" was said of a program with 12 states."""
    outcome = decide("auto", compile_model(Apart, {}))
    assert outcome.engine == "reference" and outcome.parts == ()
    assert outcome.verdicts["small"] == Exhausted(30) and isinstance(outcome.verdicts["twenty"], Witnessed)


class Soon(Pair):
    """What is to happen happens within the first few states; one property has no proof within its time."""

    @sometimes
    def two(self):
        return self.a == 2


def test_auto_names_the_limit_that_was_given_and_not_its_own(spies: Set) -> None:
    """It said "state budget of 100,000 ended" to somebody who had set another, with the counts of that."""
    spies["induction"].replaced = {"not_apart": Unknown("no")}
    outcome = decide("auto", compile_model(Soon, {}), budget=Budget(max_states=9))
    assert isinstance(outcome.verdicts["two"], Witnessed) and outcome.verdicts["not_apart"] == Bounded(9)
    assert (outcome.stopped, outcome.stats.distinct) == ("state budget of 9 ended", 9)


def test_auto_proves_what_compiled_code_cannot_hold(spies: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exploring comes first where few states may do; that it cannot be compiled is no reason not to prove."""

    def refused(task: Task) -> Outcome:
        raise ModelError([Problem("E501", None, "too large", "none")])

    monkeypatch.setattr(spies["explicit"], "run", refused)
    outcome = decide("auto")
    assert isinstance(outcome.verdicts["not_apart"], Proved)
    assert outcome.verdicts["twenty"] == Unknown("E501 too large", unseen=outcome.verdicts["twenty"].unseen)
    assert outcome.stopped == "E501 too large"


def test_auto_ends_with_ctrl_c(spies: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(task: Task) -> Outcome:
        return Outcome(
            ("induction",), {name: Unknown("interrupted") for name in task.properties}, Stats(), "interrupted"
        )

    monkeypatch.setattr(spies["induction"], "run", interrupted)
    outcome = decide("auto")
    assert outcome.stopped == "interrupted"
    assert set(outcome.verdicts) == set(select(PAIR))
    assert len(spies["explicit"].tasks) == 1, "what is near was explored before"


# -- all ---------------------------------------------------------------------------------------------------------------


def test_all_asks_every_engine_and_takes_the_strongest(spies: Set) -> None:
    outcome = decide("all")
    assert outcome.engine == "all"
    assert [part.engine for part in outcome.parts] == ["reference", "bmc", "induction"]
    assert [part.verdicts["not_apart"] for part in outcome.parts] == [Exhausted(30), Bounded(30), Proved(1, ("same",))]
    assert outcome.verdicts["not_apart"] == Proved(1, ("same",))
    assert outcome.stopped is None
    assert (outcome.stats.distinct, outcome.stats.depth) == (30, 30)


def test_bounded_search_goes_as_deep_as_was_explored(spies: Set) -> None:
    decide("all")
    assert spies["bmc"].tasks[0].budget == Budget(seconds=60.0, max_depth=30)
    assert spies["induction"].tasks[0].budget == Budget(seconds=60.0)
    decide("all", APART)
    assert spies["bmc"].tasks[1].budget.max_depth == 11, "the length of the violation"
    decide("all", budget=Budget(max_states=9, seconds=800.0, max_depth=12))
    given = spies["bmc"].tasks[2].budget
    assert given == Budget(max_states=9, seconds=given.seconds, max_depth=12, share_of=800.0)
    assert given.seconds is not None and 350 < given.seconds <= 400, "half of what is left"
    assert spies["induction"].tasks[2].budget.max_depth == 12


def test_all_finds_the_same_violation_with_every_engine(spies: Set) -> None:
    outcome = decide("all", APART)
    lengths = [len(each.trace) for part in outcome.parts if isinstance(each := part.verdicts["not_apart"], Violated)]
    assert lengths == [11, 11]
    proof = outcome.parts[2].verdicts["not_apart"]
    assert isinstance(proof, Unknown)
    assert proof.not_inductive is not None
    assert proof.not_inductive.broken == "same"


def test_a_false_verdict_of_one_engine_is_a_bug(spies: Set) -> None:
    spies["induction"].replaced = {"not_apart": Proved()}
    with pytest.raises(EngineBug) as bug:
        decide("all", APART)
    assert str(bug.value) == (
        "engines disagree: 'not_apart' VIOLATED in 11 states by engine 'reference', holds by engine 'induction'; "
        "'not_apart' VIOLATED in 11 states by engine 'bmc', holds by engine 'induction'"
    )


def test_a_false_trace_is_the_bug_of_its_engine(spies: Set) -> None:
    spies["bmc"].replaced = {"not_apart": Violated(Trace(((0, 0),), ()))}
    with pytest.raises(EngineBug, match="engine 'bmc' gives a trace for 'not_apart' that does not hold up"):
        decide("all")


def test_all_goes_on_without_an_engine_that_cannot_hold_the_model(spies: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: Task) -> Outcome:
        raise ModelError([Problem(code, None, "too large", "Make it smaller.")])

    monkeypatch.setattr(spies["explicit"], "run", refuses)
    code, shallow = "E501", Budget(max_depth=5)  # nobody else tells bounded search where to end
    outcome = decide("all", budget=shallow)
    assert outcome.verdicts["not_apart"] == Proved(1, ("same",))
    assert outcome.parts[0].engine == "reference", "as far as the trial came"
    monkeypatch.setattr(portfolio, "_trial", lambda _: None)
    assert decide("all", budget=shallow).parts[0].verdicts["twenty"] == Unknown("E501 too large")
    code = "E104"
    with pytest.raises(ModelError):
        decide("all", budget=shallow)


def test_z3_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("checker.engines.symbolic")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(UsageError) as missing:
        engine("bmc")
    assert str(missing.value) == (
        "U016 the engine 'bmc' needs Z3, which is not installed\n    Install it: pip install z3-solver"
    )
