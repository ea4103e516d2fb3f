"""`@implements`: every step is one of another model, or leaves the state of it as it is."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from random import Random

import pytest

from checker.alternatives import several
from checker.certificates.reachable_set import Closure, NotClosed
from checker.check import check, engine, select
from checker.contract.judge import judge
from checker.contract.replay import Claim, ReplayError, confirm
from checker.contract.task import NO_FAILURE, Budget, Outcome, Sampling, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Bounded, Exhausted, Unknown, Verdict, Violated
from checker.engines.explicit import implementing as implementing_here
from checker.engines.explicit.implementing import Comparing, Links
from checker.engines.explicit.native.store import OutOfMemory
from checker.engines.explicit.search import Search
from checker.engines.fuzz.engine import FuzzEngine
from checker.errors import EngineBug
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.printer import show_program
from checker.semantics import Interpreter
from counterexamples.draw.page_data import property_values
from counterexamples.explain.explanation import explain
from counterexamples.explain.text import plain, render_conclusion
from spec.classics import implementing
from spec.classics.transaction_commit import State, TransactionCommit
from tests.frontend.support import model, program
from tests.support.implementing import CLOCK, GRID, HANDS, LOCK, MEMBERS
from tests.support.random_refinements import drawn, dropped

EXACT = ("reference", "explicit")
ALL = (*EXACT, "fuzz", "walk")
UNABLE = ("bmc", "induction")


def verdicts(compiled: Program, by: str = "reference", depth: int = 12, **task: bool) -> Mapping[str, Verdict]:
    asked = Task(compiled, select(compiled), Budget(max_depth=depth), sampling=Sampling(500, 30), **task)
    found = FuzzEngine(runs=60, steps=30) if by == "fuzz" else engine(by)
    return check(asked, found).verdicts


def clock(step: int = 1, given: str = "", hour: str = "self.hour", hours: int = 3) -> Program:
    return program(CLOCK + HANDS.format(step=step, given=given, hour=hour), hours=hours)


def length(found: Verdict) -> int:
    """The states of the trace that shows that it does not implement the other; 0 if it does."""
    assert isinstance(found, (Violated, Exhausted)), found
    return len(found.trace) if isinstance(found, Violated) else 0


@pytest.mark.parametrize("seed", range(60))
def test_the_reference_engine_against_plain_python(seed: int) -> None:
    case = drawn(Random(seed))
    assert length(verdicts(program(case.text), keep_going=True)["does"]) == case.length, case.text


@pytest.mark.parametrize("seed", range(30))
def test_a_model_implements_itself_and_with_an_action_less_just_if_no_other_makes_its_steps(seed: int) -> None:
    whole, less = dropped(Random(seed))
    assert whole.length == length(verdicts(program(whole.text), keep_going=True)["does"]) == 0
    assert length(verdicts(program(less.text), keep_going=True)["does"]) == less.length, less.text


def test_plain_python_knows_models_that_do_and_that_do_not() -> None:
    found = [drawn(Random(seed)).length for seed in range(60)]
    assert 15 < sum(each == 0 for each in found) < 45
    assert {1, 2, 3} <= set(found)
    assert 5 < sum(dropped(Random(seed))[1].length == 0 for seed in range(30)) < 25


@pytest.mark.parametrize("name", EXACT)
def test_what_was_stopped_before_it_began_is_unknown(name: str) -> None:
    compiled, stop = clock(), threading.Event()
    stop.set()
    verdicts = check(Task(compiled, select(compiled), stop=stop), engine(name)).verdicts
    for implemented in compiled.abstract:
        found = verdicts[implemented]
        assert isinstance(found, Unknown) and found.reason.startswith("interrupted")


@pytest.mark.parametrize("seed", range(8))
def test_the_explicit_engine_against_plain_python(seed: int) -> None:
    case = drawn(Random(seed))
    found = verdicts(program(case.text), "explicit", keep_going=True)
    assert length(found["does"]) == case.length, case.text


@pytest.mark.parametrize("seed", range(8))
def test_fuzzing_finds_what_plain_python_finds_and_nothing_else(seed: int) -> None:
    case = drawn(Random(seed))
    found = verdicts(program(case.text), "fuzz", keep_going=True)["does"]
    assert isinstance(found, Violated) is (case.length > 0), case.text


@pytest.mark.parametrize("by", ALL)
def test_a_parameter_that_is_not_given_is_the_models_own_of_that_name(by: str) -> None:
    assert not isinstance(verdicts(clock(), by)["tells_the_time"], Violated)
    found = verdicts(clock(given=", hours=hours + 1"), by)["tells_the_time"]
    assert isinstance(found, Violated) and len(found.trace) == 7, "the clock of four hours does not go from 2 to 0"
    assert isinstance(verdicts(clock(given=", hours=4"), by)["tells_the_time"], Violated)


@pytest.mark.parametrize("by", ALL)
def test_a_step_that_leaves_what_is_mapped_as_it_is_needs_no_step_there(by: str) -> None:
    assert not isinstance(verdicts(clock(hour="0"), by)["tells_the_time"], Violated)
    found = verdicts(clock(step=2), by)["tells_the_time"]
    assert isinstance(found, Violated) and [state[0] for state in found.trace.states] == [0, 0, 2]


@pytest.mark.parametrize("by", ALL)
def test_what_begins_elsewhere_is_violated_by_its_first_state(by: str) -> None:
    found = verdicts(clock(hour="(self.hour + 1) % self.hours"), by)["tells_the_time"]
    assert isinstance(found, Violated) and len(found.trace) == 1
    text = plain(tuple(render_conclusion(clock(hour="(self.hour + 1) % self.hours"), found.trace, "tells_the_time")))
    assert "State 1 violates tells_the_time" in text
    assert "Clock does not begin like this:\n       hour  1\n" in text
    assert "The nearest state in which Clock begins has hour = 0, not 1." in text


@pytest.mark.parametrize("by", EXACT)
def test_a_step_that_fails_in_the_other_model_is_none_of_its_steps(by: str) -> None:
    text = """
    class Other(Model):
        x = Var(Range(3))
        @action
        def up(self):
            assert self.x == 0, "once"
            self.x += 1
    class M(Model):
        x = Var(Range(3))
        @action
        def up(self):
            require(self.x < 2)
            self.x += 1
        @implements(Other)
        def rises(self):
            return {"x": self.x}
    """
    found = verdicts(program(text), by)["rises"]
    assert isinstance(found, Violated) and len(found.trace) == 3
    assert "The only ones fail there, such as up: once." in plain(
        tuple(render_conclusion(program(text), found.trace, "rises"))
    )


def test_the_constraint_of_the_other_model_does_not_end_its_steps() -> None:
    text = CLOCK + "    @constraint\n    def early(self):\n        return self.hour < 1\n"
    text += HANDS.format(step=1, given="", hour="self.hour")
    assert isinstance(verdicts(program(text))["tells_the_time"], Exhausted)


@pytest.mark.parametrize("by", ALL)
def test_control_points_and_locals_of_the_other_model_are_given(by: str) -> None:
    assert not isinstance(verdicts(program(LOCK.format(waits="self.turn == t")), by)["locks"], Violated)
    found = verdicts(program(LOCK.format(waits="True")), by)["locks"]
    assert isinstance(found, Violated), "two are inside"


def test_a_local_that_is_not_needed_where_its_process_stands_may_be_given_as_anything() -> None:
    compiled = program(LOCK.format(waits="self.turn == t"))
    found = Interpreter(compiled).refinement("locks")
    initial = next(Interpreter(compiled).initial()).state
    assert initial is not None
    names = [each.name for each in found.abstract.program.variables]
    assert dict(zip(names, found.mapped(initial), strict=True))["thread.seen"] == (0, 0)


@pytest.mark.parametrize("by", EXACT)
def test_a_mapping_that_has_no_value_in_some_state_leaves_it_unknown(by: str) -> None:
    for hour, why in (
        ("1 // self.hour", "division by zero: self.hour is 0"),
        ("1 // (2 - self.hour)", "division by zero: 2 - self.hour is 0"),
        ("3 * (self.hour // 2)", "3 does not fit in 'hour' of Clock, which is Range(3)"),
    ):
        found = verdicts(clock(hour=hour), by, keep_going=True)
        assert found["tells_the_time"] == Unknown(f"cannot be evaluated in a reachable state: {why}")
        assert isinstance(found[NO_FAILURE], Exhausted), "that is no failure of the model"


def test_what_the_other_model_implements_and_claims_is_not_asked() -> None:
    text = CLOCK + "    @always\n    def never_two(self):\n        return self.hour != 2\n"
    compiled = program(text + HANDS.format(step=1, given="", hour="self.hour"))
    assert set(verdicts(compiled)) == {"tells_the_time", "no_deadlock", "no_failure"}


def test_a_variant_implements_what_its_model_does_unless_it_changes_that() -> None:
    text = CLOCK + HANDS.format(step=1, given="", hour="self.hour")
    variant = text + "class V(M):\n    def turn(self):\n        self.hour = (self.hour + 2) % self.hours\n"
    assert isinstance(verdicts(program(variant))["tells_the_time"], Violated)
    assert "tells_the_time" not in verdicts(program(variant + "    tells_the_time = None\n"))


@pytest.mark.parametrize("by", UNABLE)
def test_an_engine_that_cannot_compare_says_so(by: str) -> None:
    found = verdicts(clock(step=2), by)["tells_the_time"]
    assert isinstance(found, Unknown) and f"the engine '{by}' does not decide" in found.reason
    assert "'walk' and `evacheck fuzz` try it" in found.reason


def test_auto_decides_it() -> None:
    assert isinstance(verdicts(clock(step=2), "auto")["tells_the_time"], Violated)
    assert verdicts(clock(), "auto")["tells_the_time"] == Exhausted(6)


@pytest.mark.parametrize("workers", [1, 3])
def test_more_links_than_there_is_room_for_at_first_are_kept(workers: int) -> None:
    for top, states in ((39, 0), (38, 40)):
        compiled = program(GRID.format(top=top))
        names = ("same", NO_FAILURE)
        found = [engine(by).run(Task(compiled, names, workers=workers, keep_going=True)) for by in EXACT]
        assert [length(each.verdicts["same"]) for each in found] == [states, states]
        assert found[0].stats.distinct == found[1].stats.distinct == 1600
        traces = [each.verdicts["same"].trace.states for each in found if states]  # type: ignore[union-attr]
        assert all(trace[-2:] == traces[0][-2:] for trace in traces), "the least state is shown"


@pytest.mark.parametrize("workers", [1, 2])
def test_of_states_from_which_a_step_is_none_there_the_least_is_shown(workers: int) -> None:
    """It is found last, and the step from another comes to the same in the other model: the first was kept once, by a
    fault that had been planted and forgotten."""
    text = """
    class Other(Model):
        n = Var(Range(4))
        @action
        def up(self):
            require(self.n < 1)
            self.n += 1
    class M(Model):
        x = Var(Range(10))
        def init(self):
            self.x = 9 - choose(Range(3))
        @action
        def falls(self):
            require(self.x > 6)
            self.x -= 7
        @implements(Other)
        def rests(self):
            return {"n": 0 if self.x > 6 else 3 if self.x == 1 else 2}
    """
    task = Task(program(text), ("rests", NO_FAILURE), workers=workers)
    found = check(task, engine("explicit")).verdicts["rests"]
    assert isinstance(found, Violated) and found.trace.states == ((7,), (0,))


@pytest.mark.parametrize("by", EXACT)
def test_each_of_two_models_that_are_implemented_has_its_own_mapping(by: str) -> None:
    """The one goes up by ones, the other counts pairs; and the other way round neither is so."""
    text = (
        CLOCK
        + """
    class M(Clock):
        hours = Param(4)
        @implements(Clock, hours=4)
        def every_hour(self):
            return {{"hour": {one}}}
        @implements(Clock, hours=2)
        def halves(self):
            return {{"hour": {other}}}
    """.replace("\n    ", "\n")
    )
    right = verdicts(program(text.format(one="self.hour", other="self.hour // 2")), by)
    assert right["every_hour"] == right["halves"] == Exhausted(4)
    wrong = verdicts(
        program(text.format(one="2 * self.hour % 4", other="(self.hour + 1) // 2 % 2")), by, keep_going=True
    )
    assert length(wrong["every_hour"]) == 2 and wrong["halves"] == Exhausted(4)


def test_what_any_worker_has_found_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the last of three does all the work: of small levels it would be the first."""
    sweep = Search._sweep
    monkeypatch.setattr(Search, "_sweep", lambda self, kernel, spans, workers: sweep(self, kernel, spans, workers[-1:]))
    found = engine("explicit").run(Task(clock(step=2), ("tells_the_time", NO_FAILURE), workers=3))
    assert length(found.verdicts["tells_the_time"]) == 3


def test_every_pair_of_mapped_states_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that begin alike and come to the same place in the table of links."""
    text = """
    class Other(Model):
        n = Var(Range(700))
        @action
        def leaps(self):
            require(self.n == 0)
            self.n = choose(Range(700))
    class M(Other):
        @implements(Other)
        def same(self):
            return {"n": self.n}
    """
    asked: list[tuple[int, ...]] = []
    is_there = Comparing._is_there

    def noting(self: Comparing, pair: tuple[int, ...]) -> bool:
        asked.append(pair)
        return is_there(self, pair)

    monkeypatch.setattr(Comparing, "_is_there", noting)
    engine("explicit").run(Task(program(text), ("same", NO_FAILURE)))
    assert sorted(asked) == [(0, after) for after in range(700)], "the first is a beginning"


def test_a_comparison_that_a_budget_ends_holds_to_the_depth_before() -> None:
    compiled = program(GRID.format(top=38))
    found = engine("explicit").run(Task(compiled, ("same", NO_FAILURE), Budget(max_depth=9)))
    assert found.verdicts["same"] == Bounded(10)


def test_links_for_which_there_is_no_memory_leave_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Links) -> None:
        raise OutOfMemory

    monkeypatch.setattr(Links, "meet_need", refuse)
    found = engine("explicit").run(Task(program(GRID.format(top=38)), ("same", NO_FAILURE)))
    assert found.stopped is not None and "memory" in found.stopped
    assert isinstance(found.verdicts["same"], Bounded)
    monkeypatch.setattr(implementing_here, "_FIRST_LINKS", 1)  # enough for the initial state
    found = engine("explicit").run(Task(program(GRID.format(top=38)), ("same", NO_FAILURE)))
    assert isinstance(found.verdicts["same"], Unknown), "no step was compared"


@pytest.mark.parametrize("by", EXACT)
def test_members_that_are_interchangeable_can_be_counted_in_the_other_model(by: str) -> None:
    assert verdicts(program(MEMBERS.format(most=3)), by)["counts"] == Exhausted(4)
    assert length(verdicts(program(MEMBERS.format(most=2)), by)["counts"]) == 4


# -- who holds it against the interpreter ------------------------------------------------------------------------------


def test_the_judge_maps_and_looks_itself() -> None:
    good, bad = clock(), clock(step=2)
    found = verdicts(bad)["tells_the_time"]
    assert isinstance(found, Violated)
    confirm(bad, "tells_the_time", Claim.STEP, found.trace)
    initial = Trace(found.trace.states[:1], ())
    for trace, why in (
        (initial, "it has no step"),
        (Trace(found.trace.states[:2], found.trace.steps[:1]), "it is true"),
    ):
        with pytest.raises(ReplayError, match=why):
            confirm(bad, "tells_the_time", Claim.STEP, trace)
    right = next(Interpreter(good).successors(found.trace.states[1]))
    assert right.state is not None
    wrong = Trace((*found.trace.states[:2], right.state), (*found.trace.steps[:1], right.step))
    with pytest.raises(EngineBug, match="does not hold up"):
        judge(Task(good, ("tells_the_time",)), Outcome(("x",), {"tells_the_time": Violated(wrong)}, None))  # type: ignore[arg-type]


def closed(compiled: Program) -> None:
    closure = Closure(compiled, {"tells_the_time": True})
    evidence = engine("reference").run(Task(compiled, (NO_FAILURE,), certify=True)).evidence
    assert evidence is not None and evidence.states is not None
    for state in evidence.states():
        closure.add(state)
    closure.end()


def test_a_set_of_states_is_no_certificate_of_what_a_step_of_it_violates() -> None:
    for bad in (clock(step=2), clock(hour="(self.hour + 1) % self.hours")):
        with pytest.raises(NotClosed, match="'tells_the_time' is false of"):
            closed(bad)
    closed(clock())


def test_the_printed_program_says_what_is_implemented() -> None:
    assert show_program(clock()) != show_program(clock(given=", hours=4"))


def test_several_counterexamples_are_found() -> None:
    found = several(clock(step=2), "tells_the_time", 5)
    assert [len(trace) for trace in found.traces] == [3]
    begun = several(clock(hour="(self.hour + 1) % self.hours"), "tells_the_time", 5)
    assert 1 in [len(trace) for trace in begun.traces]


# -- what is said ------------------------------------------------------------------------------------------------------


def test_a_violation_is_shown_with_the_state_before_and_after_and_the_nearest_step() -> None:
    bad = clock(step=2)
    found = verdicts(bad)["tells_the_time"]
    assert isinstance(found, Violated)
    text = plain(tuple(render_conclusion(bad, found.trace, "tells_the_time")))
    assert "The step to state 3 violates tells_the_time" in text
    assert "No step of Clock does this:\n       hour  0 -> 2\n" in text
    assert "The nearest step, tick, gives hour = 1, not 2." in text
    told = explain(bad, found.trace, "tells_the_time")
    assert told.sentences == (
        "No step of Clock does this: hour 0 -> 2.",
        "The nearest step, tick, gives hour = 1, not 2.",
    )
    assert [step.relevant for step in told.steps] == [True, True]
    assert property_values(bad, found.trace)["tells_the_time"] == [True, True, False]


def test_points_are_shown_as_those_of_the_other_model() -> None:
    bad = program(LOCK.format(waits="True"))
    found = verdicts(bad)["locks"]
    assert isinstance(found, Violated)
    text = plain(tuple(render_conclusion(bad, found.trace, "locks")))
    assert 'thread[1]  at "start/idle" -> at "critical"  seen = 1' in text
    assert "taken = True" not in text, "this is as it was"


def test_the_same_engine_finds_the_same_counterexample_again() -> None:
    assert verdicts(clock(step=2)) == verdicts(clock(step=2))


# -- mutants of the published mappings ---------------------------------------------------------------------------------


POINTS = [f"a{number}" for number in range(2, 13)]


@pytest.mark.parametrize("point", POINTS)
def test_a_barrier_mapped_otherwise_at_any_point_is_none(point: str) -> None:
    text = f"""
    class M(BarriersMeet):
        processes = 2
        everybody_goes_round = None
        def waits(self, p: BarriersMeet.Process):
            return super().waits(p) != self.proc[p].at("{point}")
    """
    assert isinstance(verdicts(models(text), "explicit", depth=60)["meets"], Violated)


@pytest.mark.parametrize("part", ["sBit", "sAck", "rBit", "sent", "rcvd"])
def test_an_alternating_bit_mapped_otherwise_in_any_part_hands_nothing_over(part: str) -> None:
    text = """
    class M(AlternatingBitHandsOver):
        @implements(Handover)
        def hands_over(self):
            return {"sBit": self.sBit, "sAck": self.sAck, "rBit": self.rBit, "sent": self.sent, "rcvd": self.rcvd}
    """
    changed = text.replace(f"self.{part}", f"1 - self.{part}")
    if part in ("sent", "rcvd"):  # other names for the values, but not on both sides
        assert isinstance(verdicts(models(changed))["hands_over"], Violated)
        both = changed.replace("self.sent", "1 - self.sent").replace("self.rcvd", "1 - self.rcvd")
        both = both.replace("1 - 1 - ", "1 - ")
        assert not isinstance(verdicts(models(both))["hands_over"], Violated)
    else:
        assert isinstance(verdicts(models(changed))["hands_over"], Violated)


@pytest.mark.parametrize(
    ("state", "other"),
    [("WORKING", "ABORTED"), ("PREPARED", "ABORTED"), ("COMMITTED", "WORKING"), ("ABORTED", "COMMITTED")],
)
def test_a_commit_in_which_one_state_passes_for_another_is_none(state: str, other: str) -> None:
    text = f"""
    class M(TwoPhaseCommits):
        managers = 2
        def seen(self, s: State):
            return State.{other} if s == State.{state} else s
        @implements(TransactionCommit)
        def commits(self):
            return {{"state": [self.seen(self.state[m]) for m in self.Manager]}}
    """
    assert isinstance(verdicts(models(text))["commits"], Violated)


def models(text: str) -> Program:
    names = {**vars(implementing), "State": State, "TransactionCommit": TransactionCommit}
    return compile_program(model(text, **{name: each for name, each in names.items() if name[0].isupper()})())
