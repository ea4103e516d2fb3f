"""Several engines on one task: who is asked, what their verdicts come to, and that contradictions are not reported."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from checker import portfolio
from checker.check import check, engine, select
from checker.contract.agreement import confirm_agreement, joined_evidence, merged
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Evidence, Obligation, Outcome, Stats, Task
from checker.contract.trace import AT_STATE, Failing, Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    NotInductive,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.engines.reference import ReferenceEngine
from checker.errors import EngineBug, ModelError, Problem, Span, UsageError
from checker.frontend.load import compile_model
from checker.ir.nodes import Kind, Program
from checker.lang import Model, Opt, Param, Range, Var, action, always, lemma, sometimes
from checker.semantics import Failure, Step


class Pair(Model):
    """Two counters that go up together, or not."""

    apart = Param(0, Range(0, 1))

    a = Var(Range(30))
    b = Var(Range(30))

    @action
    def both(self):
        self.a = (self.a + 1) % 30
        self.b = (self.b + 1 + (self.apart if self.a == 5 else 0)) % 30

    @lemma
    def same(self):
        """What the proof needs."""
        return self.a == self.b

    @always
    def not_apart(self):
        """Not inductive by itself."""
        return not (self.a == 10 and self.b != 10)

    @sometimes
    def twenty(self):
        """Happens in 21 states."""
        return self.a == 20


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


PAIR = compile_model(Pair, {})
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
        return Outcome("induction", {name: Unknown("interrupted") for name in task.properties}, Stats(), "interrupted")

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


# -- verdicts together -------------------------------------------------------------------------------------------------

STEP = Step("go", (), None, ())
ONE = Trace(((0,),), ())
TWO = Trace(((0,), (1,)), (STEP,))


def gives(name: str, verdict: Verdict, evidence: Evidence | None = None) -> Outcome:
    return Outcome(name, {"p": verdict}, Stats(), evidence=evidence)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Violated(TWO), Proved()),
        (Violated(TWO), Exhausted(4)),
        (Violated(TWO), Violated(ONE)),
        (Violated(TWO), Bounded(2)),
        (Witnessed(TWO), Unreachable(4)),
        (Witnessed(TWO), Unreachable(None)),
        (Witnessed(TWO), Witnessed(ONE)),
        (Witnessed(TWO), Unknown("stopped", unseen=2)),
        (Exhausted(4), Exhausted(5)),
        (Unreachable(4), Unreachable(5)),
    ],
)
def test_what_cannot_both_be_true_is_a_bug(one: Verdict, other: Verdict) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(EngineBug, match=r"^engines disagree: 'p' .* by engine 'a', .* by engine 'b'$"):
            confirm_agreement([gives("a", pair[0]), gives("b", pair[1])])


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (Exhausted(4), Proved()),
        (Bounded(9), Exhausted(4)),
        (Bounded(1), Bounded(2)),
        (Sampled(9), Bounded(1)),
        (Sampled(8), Sampled(9)),
        (Unknown("no"), Sampled(1)),
        (Unknown("no"), Violated(ONE)),
        (Unknown("no"), Unknown("no", unseen=1)),
        (Bounded(1), Violated(TWO)),
        (Unknown("no", unseen=1), Witnessed(TWO)),
        (Unreachable(4), Unreachable(None)),
        (Unknown("no", unseen=9), Unreachable(4)),
    ],
)
def test_of_verdicts_that_agree_the_strongest_is_taken(weaker: Verdict, stronger: Verdict) -> None:
    for pair in ((weaker, stronger), (stronger, weaker)):
        outcomes = [gives("a", pair[0]), gives("b", pair[1])]
        confirm_agreement(outcomes)
        assert merged("p", outcomes) == stronger


def test_what_is_open_keeps_what_an_induction_showed() -> None:
    cti = NotInductive("p", (), TWO)
    open_ = [gives("a", Unknown("time", unseen=3)), gives("b", Unknown("not inductive", cti))]
    assert merged("p", open_) == Unknown("time", cti, 3)


def test_evidence_is_joined() -> None:
    proof = Evidence(proved=("p",), obligations=(Obligation("o", "m", "f"),))
    visited = Evidence(exhausted=("p",), states=lambda: iter([(0,)]))
    outcomes = [gives("a", Exhausted(1), visited), gives("b", Bounded(1)), gives("c", Proved(), proof)]
    joined = joined_evidence(outcomes)
    assert joined == Evidence(("p",), proof.obligations, ("p",), visited.states)
    assert joined_evidence(outcomes[1:2]) is None


# -- counterexamples to induction --------------------------------------------------------------------------------------


class Says:
    """An engine that refutes a proof as it is told to."""

    name = "says"

    def __init__(self, shown: NotInductive) -> None:
        self.shown = shown

    def run(self, task: Task) -> Outcome:
        verdicts = {name: Unknown("not inductive", self.shown) for name in task.properties}
        return Outcome(self.name, verdicts, Stats())


BOTH = Step("both", (), None, ())


def steps(*states: tuple[int, int]) -> Trace:
    return Trace(states, (BOTH,) * (len(states) - 1))


def said(broken: str, held: tuple[str, ...], trace: Trace) -> Outcome:
    return check(Task(PAIR, ("not_apart",)), Says(NotInductive(broken, held, trace)))


def test_steps_from_a_state_that_is_not_initial_refute_a_proof() -> None:
    said("not_apart", (), steps((9, 4), (10, 5)))
    said("not_apart", (), steps((8, 3), (9, 4), (10, 5)))


@pytest.mark.parametrize(
    ("broken", "held", "trace", "problem"),
    [
        ("not_apart", (), steps((9, 4), (10, 6)), "step 1: expected that 'both()' leads to a state with 'b' = 6"),
        ("not_apart", (), steps((8, 3), (9, 4)), "step 1: expected that 'not_apart' is false, but it is true"),
        ("not_apart", (), steps((10, 4), (11, 5)), "step 1: expected that 'not_apart' is false, but it is true"),
        ("not_apart", ("same",), steps((9, 4), (10, 5)), "the initial state: expected that 'same' is true"),
        ("same", (), steps((9, 4), (10, 5)), "the initial state: expected that 'same' is true, but it is not"),
        (NO_FAILURE, (), steps((9, 4)), "the trace: expected a failure at its end"),
        (NO_DEADLOCK, (), steps((9, 4)), "the initial state: expected a state where nothing can happen"),
        ("same", (), steps((9, 99)), "the initial state: expected 'b' in"),
    ],
)
def test_steps_that_refute_no_proof_are_the_engines_bug(
    broken: str, held: tuple[str, ...], trace: Trace, problem: str
) -> None:
    with pytest.raises(EngineBug) as bug:
        said(broken, held, trace)
    start = "engine 'says' gives a counterexample to the induction of 'not_apart' that does not hold up: "
    assert str(bug.value).startswith(start + problem)


def test_a_found_invariant_that_held_is_no_property_to_look_up() -> None:
    said("not_apart", ("a >= 0, found by search",), steps((9, 4), (10, 5)))


class Fails(Model):
    """A step that fails at two, properties of many kinds, and lemmas of many values."""

    n = Var(Range(9))
    at = Var(Opt(Range(9)))

    @action
    def up(self):
        assert self.n != 2, "not two"
        self.n = (self.n + 1) % 9

    @always
    def small(self):
        return self.n < 8

    @always
    def low(self):
        return self.n < 2

    @always
    def known(self):
        """Cannot be evaluated where `at` is None."""
        return self.at < 9

    @lemma
    def judged_one_by_one(self, a: Range(1024)):
        return self.n != 7 or a >= 0

    @lemma
    def not_judged(self, a: Range(1025)):
        return self.n != 7 and a >= 0

    @lemma
    def false_at_seven(self, a: Range(1024)):
        return self.n != 7 and a >= 0


FAILS = compile_model(Fails, {})
NOT_TWO = Failure(Kind.ASSERT, "not two", Span("m.py", 1, 1))


def up(first: int, last: int, failure: Failure | None = None, at: int | None = 0) -> Trace:
    """Counting from one number to another, where the next step may fail."""
    states = tuple((n, at) for n in range(first, last + 1))
    step = Step("up", (), None, ())
    return Trace(states, (step,) * (last - first), end=Failing(step, failure) if failure else AT_STATE)


def refuted(broken: str, held: tuple[str, ...], trace: Trace) -> str:
    """What the judge says of steps that are said to refute a proof; empty if they do."""
    try:
        check(Task(FAILS, ("small",)), Says(NotInductive(broken, held, trace)))
    except EngineBug as bug:
        return str(bug).partition("that does not hold up: ")[2]
    return ""


def test_steps_that_end_in_a_failure_refute_any_proof_that_all_assumed_allows() -> None:
    assert refuted("small", (), up(1, 2, NOT_TWO)) == ""
    assert refuted("small", ("known",), up(1, 2, NOT_TWO)) == ""
    assert refuted(NO_FAILURE, ("small",), up(2, 2, NOT_TWO)) == ""
    low = "step 1: expected that 'low' is true, but it is not"
    assert refuted("low", (), up(1, 2, NOT_TWO)) == low, "it is not only the failure that refutes it"
    assert refuted("small", ("low",), up(1, 2, NOT_TWO)) == low
    assert refuted(NO_FAILURE, ("low",), up(1, 2, NOT_TWO)) == low
    assert refuted("small", (), up(1, 1, NOT_TWO)) == (
        "step 1: expected that 'up()' fails: not two, but it does not fail"
    )


def test_what_cannot_be_evaluated_did_not_hold() -> None:
    assert refuted("small", ("known",), up(7, 8)) == ""
    assert refuted("small", ("known",), up(7, 8, at=None)) == (
        "the initial state: expected that 'known' is true, but it is not"
    )
    assert refuted("low", (), up(1, 2)) == "", "in the last state what is broken alone is looked at"
    assert refuted("low", ("small",), up(0, 2)) == ""


def test_lemmas_of_very_many_values_are_not_judged() -> None:
    assert refuted("small", ("judged_one_by_one",), up(7, 8)) == ""
    assert refuted("small", ("not_judged",), up(7, 8)) == ""
    assert refuted("small", ("false_at_seven",), up(7, 8)) == (
        "the initial state: expected that 'false_at_seven' is true, but it is not"
    )


class Claims:
    """An engine that proves, and counts nothing."""

    name = "claims"

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def run(self, task: Task) -> Outcome:
        return Outcome(self.name, dict.fromkeys(task.properties, self.verdict), Stats())


def test_engines_that_count_no_states_are_not_asked_for_any() -> None:
    check(Task(PAIR, ("not_apart",)), Claims(Proved()))
    check(Task(PAIR, ("twenty",)), Claims(Unreachable(None)))
    for name, verdict in (("not_apart", Exhausted(0)), ("twenty", Unreachable(0))):
        with pytest.raises(ModelError, match="E104"):
            check(Task(PAIR, (name,)), Claims(verdict))
