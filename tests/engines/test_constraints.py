"""`@constraint`: a state that breaks it is generated and judged, not counted, and nothing goes on from it.

That the properties are checked there, too, is what TLC does: Lamport, Specifying Systems, page 242, and
discuss.tlapl.us/msg00113.html, where he says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from random import Random

import pytest
import z3
from typer.testing import CliRunner

from checker.certificates.obligations import wrong_names
from checker.certificates.reachable_set import Closure, NotClosed
from checker.check import check, engine, select
from checker.cli import app
from checker.contract.replay import ReplayError, replay
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Sampling, Task
from checker.contract.trace import Trace
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
from checker.contract.wording import wording
from checker.engines.fuzz.engine import FuzzEngine
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.lang import constraint
from checker.semantics import Interpreter, State, Step
from spec.classics.alternating_bit import AlternatingBit
from tests.frontend.support import program, said
from tests.support.random_steps import drawn

EXPLORING = ("reference", "explicit", "auto")
ALL = (*EXPLORING, "bmc", "walk", "fuzz")

GROWS = """
class Grows(Model):
    x = Var(Range(10))
    y = Var(Range(3))
    @action
    def up(self):
        require(self.y == 0)
        assert self.x < 5, "never so far"
        self.x += 1
    @action
    def side(self):
        require(self.x < 4)
        self.y = (self.y + 1) % 3
    @constraint
    def small(self):
        return self.x < 4
    @always
    def below_five(self):
        return self.x < 5
    @always
    def below_four(self):
        return self.x < 4
    @sometimes
    def sees_four(self):
        return self.x == 4
    @sometimes
    def sees_five(self):
        return self.x == 5
    @step
    def below(self, before):
        return before.x < 4
"""
SYMMETRIC = """
class Held(Model):
    T = Range(3, symmetric=True)
    held = Var(SetOf(T))
    @action
    def take(self, t: T):
        require(t not in self.held)
        self.held.add(t)
    @constraint
    def one(self):
        return len(self.held) < 2
    @always
    def below_three(self):
        return len(self.held) < 3
    @always
    def below_two(self):
        return len(self.held) < 2
"""


class LongerQueues(AlternatingBit):
    """The protocol with room for one message more than its constraint allows."""

    messages = 3
    acks = 3

    @constraint
    def short(self):
        return len(self.msgQ) <= 2 and len(self.ackQ) <= 2


def decided(compiled: Program, by: str, depth: int = 12) -> Outcome:
    asked = Task(compiled, select(compiled), Budget(max_depth=depth), keep_going=True, sampling=Sampling(400, 30))
    return check(asked, FuzzEngine(runs=40, steps=20) if by == "fuzz" else engine(by))


@pytest.mark.parametrize("by", ["reference", "explicit"])
def test_states_are_counted_as_tlc_counts_them_in_the_published_run_of_the_alternating_bit(by: str) -> None:
    """MCAlternatingBit.tla, as the manifest of the TLA+ examples publishes it: 240 distinct, 1,392 generated."""
    compiled = compile_program(LongerQueues())
    names = ("bits_agree_before_a_new_value", NO_DEADLOCK)
    outcome = check(Task(compiled, names, keep_going=True), engine(by))
    assert (outcome.stats.distinct, outcome.stats.generated) == (240, 1_392)
    assert outcome.verdicts["bits_agree_before_a_new_value"] == Exhausted(240, constrained=True)


@pytest.mark.parametrize("by", ALL)
def test_what_is_beyond_is_judged_and_nothing_goes_on_from_there(by: str) -> None:
    outcome = decided(program(GROWS), by)
    found = outcome.verdicts
    for name, kind in (("below_four", Violated), ("sees_four", Witnessed)):
        shown = found[name]
        assert isinstance(shown, kind) and len(shown.trace) == 5  # type: ignore[attr-defined]
    for name in ("below_five", "below", NO_FAILURE, NO_DEADLOCK):
        assert not isinstance(found[name], Violated), name
    assert not isinstance(found["sees_five"], Witnessed)
    if by in EXPLORING:
        assert (outcome.stats.distinct, outcome.stats.generated) == (12, 1 + 12 + 4)
        assert found["below_five"] == Exhausted(12, constrained=True)
        assert found["sees_five"] == Unreachable(12, constrained=True)


@pytest.mark.parametrize("by", ["reference", "explicit"])
def test_orbits_beyond_are_judged_and_not_counted(by: str) -> None:
    outcome = decided(program(SYMMETRIC), by)
    assert outcome.stats.distinct == 2
    assert isinstance(outcome.verdicts["below_two"], Violated)
    assert outcome.verdicts["below_three"] == Exhausted(2, constrained=True)


@pytest.mark.parametrize("seed", range(15))
def test_the_reference_engine_against_plain_python(seed: int) -> None:
    case = drawn(Random(seed), constrained=True)
    outcome = decided(program(case.text), "reference", depth=99)
    assert {name: length(outcome.verdicts[name]) for name in case.length} == case.length, case.text
    assert (outcome.stats.distinct, outcome.stats.generated) == (case.distinct, case.generated), case.text


@pytest.mark.parametrize("by", ["explicit", "bmc", "induction", "fuzz", "walk"])
@pytest.mark.parametrize("seed", range(3))
def test_engines_against_plain_python(seed: int, by: str) -> None:
    case = drawn(Random(seed), constrained=True)
    outcome = decided(program(case.text), by, depth=8)
    if by == "explicit" and outcome.stopped is None:
        assert (outcome.stats.distinct, outcome.stats.generated) == (case.distinct, case.generated), case.text
    for name, wanted in case.length.items():
        match outcome.verdicts[name]:
            case Violated(trace):
                assert wanted and (len(trace) == wanted or (by in ("fuzz", "walk") and len(trace) > wanted)), case.text
            case Proved() | Exhausted():
                assert wanted == 0, case.text
            case Bounded(depth):
                assert wanted == 0 or wanted > depth, case.text
            case Sampled() | Unknown():
                assert by in ("induction", "fuzz", "walk"), case.text


def length(found: Verdict) -> int:
    assert isinstance(found, (Violated, Exhausted)), found
    return len(found.trace) if isinstance(found, Violated) else 0


def test_a_proof_is_of_what_lies_within_and_its_obligations_say_so() -> None:
    compiled = program(GROWS)
    names = ("below_five", "below", NO_FAILURE)
    outcome = check(Task(compiled, names, certify=True), engine("induction"))
    assert {name: type(each) for name, each in outcome.verdicts.items()} == dict.fromkeys(names, Proved)
    without = program(GROWS.replace("    @constraint\n", "    @always\n"))
    assert isinstance(decided(without, "induction").verdicts["below_five"], Violated)
    assert outcome.evidence is not None
    written = outcome.evidence.obligations
    assert not wrong_names(compiled, outcome.evidence.proved, (), [each.name for each in written])
    for each in written:
        solver = z3.Solver()
        solver.from_string(each.formula)
        assert solver.check() == z3.unsat, each.name


def test_it_is_said_wherever_something_holds() -> None:
    sentences = {
        Exhausted(12, constrained=True): "holds (all 12 states within the constraint)",
        Proved(constrained=True): "holds (proved, at any depth within the constraint)",
        Bounded(3, constrained=True): "no violation up to depth 3 within the constraint (deeper: not checked)",
        Unreachable(12, constrained=True): "NEVER HAPPENS (all 12 states within the constraint)",
    }
    assert {verdict: wording(verdict).sentence for verdict in sentences} == sentences
    said_of = wording(Proved(constrained=True))
    assert (said_of.brief, said_of.short, said_of.cell) == ("holds (constrained)", "proved within", "holds within")
    assert said_of.every == ("hold within the constraint", "holds within the constraint")


def test_two_workers_find_what_one_finds_by_steps_and_beyond() -> None:
    text = """
    class Many(Model):
        a = Var(Array(Range(6), Range(6)))
        @action
        def up(self, i: Range(6)):
            require(self.a[i] < 5)
            self.a[i] += 1
        @constraint
        def few(self):
            return sum(self.a) <= 11
        @always
        def flat(self):
            return not (self.a[0] == 5 and self.a[3] == 5 and sum(self.a) == 12)
        @step
        def slow(self, before):
            return not (before.a[1] == 4 and self.a[1] == 5 and before.a[5] == 5)
    """
    compiled = program(text)
    one, two = (
        check(Task(compiled, select(compiled), workers=workers, keep_going=True), engine("explicit"))
        for workers in (1, 2)
    )
    assert (one.verdicts, one.stats.distinct, one.stats.generated) == (
        two.verdicts,
        two.stats.distinct,
        two.stats.generated,
    )
    assert {name: len(each.trace) for name, each in one.verdicts.items() if isinstance(each, Violated)} == {
        "flat": 13,
        "slow": 11,
    }
    vectors = [each for each in product(range(6), repeat=6) if sum(each) <= 11]
    steps = sum(1 for each in vectors for value in each if value < 5)
    assert (one.stats.distinct, one.stats.generated) == (len(vectors), 1 + steps)


@pytest.mark.parametrize("by", [*ALL, "induction"])
def test_a_model_that_begins_beyond_is_refused_with_the_place_of_the_constraint(by: str) -> None:
    """The class was named, and no line."""
    text = GROWS.replace(
        "    @action\n    def up", "    def init(self):\n        self.x = choose({0, 7})\n    @action\n    def up"
    )
    compiled = program(text)
    (place,) = [str(each.function.span) for each in compiled.properties if each.kind is PropertyKind.CONSTRAINT]
    with pytest.raises(ModelError) as caught:
        decided(compiled, by)
    said = "E105 model:Grows begins in a state that breaks its @constraint: x = 7, y = 0"
    assert str(caught.value).startswith(f"{place}: {said}\n") and re.fullmatch(r"<model \d+>:\d+:\d+", place)


@pytest.mark.parametrize("by", ["reference", "explicit", "auto", "bmc"])
def test_nothing_is_said_of_whole_behaviours(by: str) -> None:
    text = GROWS + "    @eventually\n    def gone(self):\n        return self.x == 4\n"
    assert isinstance(decided(program(text), by).verdicts["gone"], Unknown)


def test_no_trace_leads_through_what_is_beyond() -> None:
    compiled, free = program(GROWS), program(GROWS.replace("    @constraint\n", "    @always\n"))
    interpreter = Interpreter(free)
    (up,) = (each.step for each in interpreter.successors((0, 0)) if each.step.name == "up")
    states: list[State] = [(x, 0) for x in range(6)]
    whole = Trace(tuple(states), (up,) * 5)
    replay(free, whole)
    with pytest.raises(ReplayError, match="step 5"):
        replay(compiled, whole)
    replay(compiled, Trace(tuple(states[:5]), (up,) * 4))


def test_the_interpreter_takes_no_step_beyond_whoever_asks_for_it() -> None:
    interpreter = Interpreter(program(GROWS))
    up = Step("up", (), None, ())
    assert interpreter.run((3, 0), up) is not None and len(list(interpreter.others(up, (3, 0)))) == 1
    assert interpreter.run((4, 0), up) is None
    assert list(interpreter.others(up, (4, 0))) == list(interpreter.successors((4, 0))) == []


def test_a_row_of_states_holds_those_within_and_what_is_beyond_is_judged() -> None:
    compiled = program(GROWS)
    rows: list[State] = [(x, y) for x in range(4) for y in range(3)]
    feed(compiled, {"below_five": True}, rows)
    with pytest.raises(NotClosed, match="'below_four' is false"):
        feed(compiled, {"below_four": True}, rows)
    with pytest.raises(NotClosed, match="follows from no state"):
        feed(compiled, {"below_five": True}, [*rows, (4, 0)])


def feed(compiled: Program, claims: Mapping[str, bool], rows: list[State]) -> None:
    closure = Closure(compiled, claims)
    for state in rows:
        closure.add(state)
    closure.end()


def test_a_constraint_may_not_be_asked_for_and_looks_only() -> None:
    assert "small" not in select(program(GROWS))
    assert "E208" in said(
        GROWS.replace(
            "return self.x < 4\n    @always\n    def below_five",
            "self.x = 1\n        return True\n    @always\n    def below_five",
        )
    )
    assert "E217" in said(
        GROWS.replace(
            "return self.x < 4\n    @always\n    def below_five",
            "return 4 // self.x < 4\n    @always\n    def below_five",
        )
    )


def test_the_command_says_it_for_people_and_for_programs(tmp_path: Path) -> None:
    file = tmp_path / "grows.py"
    file.write_text("from evacheck import *\n" + GROWS)
    words = ["verify", str(file), "--property", "below_five", "--out", str(tmp_path)]
    assert "holds (all 12 states within the constraint)" in CliRunner().invoke(app, words).output
    said_so = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)["results"]
    assert [each["constrained"] for each in said_so] == [True, True]
