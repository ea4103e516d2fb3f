"""`@step` properties: every engine looks at every step that changes something, whatever it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
import z3

from checker.alternatives import several
from checker.certificates.obligations import wrong_names
from checker.certificates.reachable_set import Closure, NotClosed
from checker.check import check, engine, select
from checker.contract.judge import judge
from checker.contract.replay import Claim, ReplayError, confirm
from checker.contract.task import NO_FAILURE, Budget, Outcome, Sampling, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Bounded, Exhausted, Proved, Sampled, Unknown, Unreachable, Verdict, Violated
from checker.engines.common.shorten import shortened
from checker.engines.fuzz.engine import FuzzEngine
from checker.errors import EngineBug
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State
from counterexamples.draw.page_data import property_values
from counterexamples.explain.conclusion import slice_of
from counterexamples.explain.explanation import explain
from counterexamples.explain.text import render_conclusion
from tests.frontend.support import program, reachable, said
from tests.support.random_steps import drawn

EXACT = ("reference", "explicit")
ALL = (*EXACT, "bmc", "walk", "fuzz")

THERE_AND_BACK = """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        require(self.x < 2)
        self.x += 1
    @action
    def back(self):
        require(self.x == 2)
        self.x = 0
    @step
    def grows(self, before):
        return self.x >= before.x
"""
TOKEN = """
class M(Model):
    T = Range(3, symmetric=True)
    holder = Var(Opt(T))
    @action
    def take(self, t: T):
        require(self.holder is None)
        self.holder = t
    @action
    def give(self, t: T):
        require(self.holder is not None)
        self.holder = t
    @step
    def stays(self, before):
        return before.holder is None or self.holder == before.holder
"""


def verdicts(compiled: Program, by: str, depth: int = 12, **task: bool) -> Mapping[str, Verdict]:
    names = select(compiled)
    asked = Task(compiled, names, Budget(max_depth=depth), sampling=Sampling(500, 30), **task)
    found = FuzzEngine(runs=40, steps=30) if by == "fuzz" else engine(by)
    return check(asked, found).verdicts


def length(found: Verdict) -> int:
    """The states of the trace that a property is violated by; 0 if it holds."""
    assert isinstance(found, (Violated, Exhausted)), found
    return len(found.trace) if isinstance(found, Violated) else 0


@pytest.mark.parametrize("by", ALL)
def test_a_step_to_a_state_that_is_known_already_is_looked_at(by: str) -> None:
    found = verdicts(program(THERE_AND_BACK), by)["grows"]
    assert isinstance(found, Violated)
    assert [state[0] for state in found.trace.states] == [0, 1, 2, 0]


@pytest.mark.parametrize("by", ALL)
def test_a_step_to_another_member_of_the_same_orbit_is_looked_at(by: str) -> None:
    found = verdicts(program(TOKEN), by)["stays"]
    assert isinstance(found, Violated)
    assert len(found.trace) == 3


@pytest.mark.parametrize("by", ALL)
def test_a_step_that_changes_nothing_is_not_checked(by: str) -> None:
    text = """
    class M(Model):
        x = Var(Bool)
        @action
        def look(self):
            require(not self.x)
        @process
        def once(self):
            k = self.x
            if k:
                self.x = False
            yield
        @step
        def never(self, before):
            return False
        @step
        def ends(self, before):
            return not before.once.finished and self.once.finished
    """
    found = verdicts(program(text), by)
    assert isinstance(found["never"], Violated), "that the process goes on is a change of the state"
    assert not isinstance(found["ends"], Violated)
    still = text.replace("k = self.x", "k = False\n            yield\n            k = False").replace(
        "def once", "def twice"
    )
    assert isinstance(verdicts(program(still.replace("once.", "twice.")), by)["never"], Violated)
    only_looks = "\n".join(text.splitlines()[:6] + text.splitlines()[12:15])
    assert not isinstance(verdicts(program(only_looks), by)["never"], Violated)


@pytest.mark.parametrize("by", ALL)
def test_what_a_process_forgets_is_no_change_and_what_it_keeps_is(by: str) -> None:
    text = """
    class M(Model):
        x = Var(Range(4))
        @process
        def p(self):
            k = choose({0, 2})
            yield "kept"
            self.x = k
            yield "forgotten"
            self.x = 0
        @step
        def keeps(self, before):
            return not before.p.at("kept") or self.x == before.p.k
        @step
        def forgets(self, before):
            return self.p.k == 0 or self.p.at("kept")
        @step
        def loses(self, before):
            return before.x == 0 or not self.p.finished
    """
    found = verdicts(program(text), by, keep_going=True)
    assert not isinstance(found["keeps"], Violated)
    assert not isinstance(found["forgets"], Violated)
    assert isinstance(found["loses"], Violated) and len(found["loses"].trace) == 4


@pytest.mark.parametrize("by", ALL)
def test_of_two_steps_between_the_same_states_and_of_merged_segments_each_is_looked_at(by: str) -> None:
    text = """
    class M(Model):
        T = Range(2)
        x = Var(Range(3))
        y = Var(Range(3))
        @process(T)
        def p(self, t):
            if self.y == 0:
                self.y = 1
                yield "here"
                self.x = (self.x + 1) % 3
            else:
                yield "there"
                self.x = (self.x + 1) % 3
            yield "last"
            self.x = 0
        @step
        def together(self, before):
            return self.x != 0 or before.x < 2
    """
    found = verdicts(program(text), by)["together"]
    assert isinstance(found, Violated) and len(found.trace) == 6


@pytest.mark.parametrize("seed", range(15))
def test_the_reference_engine_against_plain_python(seed: int) -> None:
    case = drawn(Random(seed))
    found = verdicts(program(case.text), "reference", keep_going=True)
    assert {name: length(found[name]) for name in case.length} == case.length, case.text


@pytest.mark.parametrize("by", ["explicit", "bmc", "induction", "fuzz"])
@pytest.mark.parametrize("seed", range(3))
def test_engines_against_plain_python(seed: int, by: str) -> None:
    case = drawn(Random(seed))
    found = verdicts(program(case.text), by, depth=8, keep_going=True)
    for name, wanted in case.length.items():
        match found[name]:
            case Violated(trace):
                assert wanted and (len(trace) == wanted or (by == "fuzz" and len(trace) > wanted)), case.text
            case Proved() | Exhausted():
                assert wanted == 0, case.text
            case Bounded(depth):
                assert wanted == 0 or wanted > depth, case.text
            case Sampled() | Unknown():
                assert by in ("induction", "fuzz"), (found[name], case.text)


def test_the_depth_that_is_known_is_that_of_the_steps_seen() -> None:
    compiled = program(THERE_AND_BACK)
    assert verdicts(compiled, "bmc", depth=3)["grows"] == Bounded(3)
    assert isinstance(verdicts(compiled, "bmc", depth=4)["grows"], Violated)
    stopped = check(Task(compiled, select(compiled), Budget(max_states=2)), engine("reference"))
    assert stopped.verdicts["grows"] == Bounded(2)


def test_induction_takes_what_is_proved_of_the_state_before_and_says_which_step_is_at_fault() -> None:
    text = """
    class M(Model):
        x = Var(Range(0, 9))
        y = Var(Range(0, 9))
        @action
        def up(self):
            require(self.x < 9)
            self.x += 1
            self.y += 1
        @always
        def equal(self):
            return self.x == self.y
        @step
        def together(self, before):
            return self.x - before.x == self.y - before.y
        @step
        def below(self, before):
            return before.y < 9
    """
    found = verdicts(program(text), "induction")
    assert isinstance(found["together"], Proved) and isinstance(found["below"], Proved)
    leaps = """
    class M(Model):
        x = Var(Range(0, 12))
        @action
        def leap(self):
            require(self.x < 9)
            self.x += 3
        @step
        def below(self, before):
            return before.x != 7
    """
    unknown = verdicts(program(leaps), "induction")["below"]
    assert isinstance(unknown, Unknown) and unknown.not_inductive is not None
    assert "'leap' breaks it" in unknown.reason
    assert unknown.not_inductive.broken == "below" and len(unknown.not_inductive.trace) == 2


@pytest.mark.parametrize("by", [*ALL, "induction"])
def test_one_that_cannot_be_evaluated_is_unknown_and_no_failure(by: str) -> None:
    text = """
    class M(Model):
        x = Var(Opt(Range(3)))
        @action
        def put(self):
            self.x = 1
        @step
        def less(self, before):
            return before.x + 1 > 0
    """
    found = verdicts(program(text), by)
    assert isinstance(found["less"], Unknown)
    assert "cannot be evaluated" in found["less"].reason
    assert not isinstance(found[NO_FAILURE], Violated)


def test_the_judge_wants_a_last_step_that_changes_something_and_violates() -> None:
    compiled = program(THERE_AND_BACK)
    trace = verdicts(compiled, "reference")["grows"].trace  # type: ignore[union-attr]
    confirm(compiled, "grows", Claim.STEP, trace)
    shorter = Trace(trace.states[:-1], trace.steps[:-1])
    with pytest.raises(ReplayError, match="it is true there"):
        confirm(compiled, "grows", Claim.STEP, shorter)
    with pytest.raises(ReplayError, match="it has no step"):
        confirm(compiled, "grows", Claim.STEP, Trace(trace.states[:1], ()))
    task = Task(compiled, ("grows",))
    wrong = Outcome(("lies",), {"grows": Unreachable(3)}, check(task, engine("reference")).stats)
    with pytest.raises(EngineBug):
        judge(task, wrong)


def test_alternatives_and_shortening_know_that_the_last_step_shows_it() -> None:
    compiled = program(THERE_AND_BACK)
    found = several(compiled, "grows", 5)
    assert [len(trace) for trace in found.traces] == [4] and found.complete_to >= 4
    trace = found.traces[0]
    longer = Trace((*trace.states, *trace.states[1:]), (*trace.steps, *trace.steps), trace.initial_choices)
    assert shortened(compiled, "grows", longer) == trace


@pytest.mark.parametrize(
    ("head", "body", "code"),
    [
        ("self", "return True", "E206"),
        ("self, before, other", "return True", "E206"),
        ("self, before: Bool", "return True", "E206"),
        ("self, before=1", "return True", "E206"),
        ("self, before", "return before", "E202"),
        ("self, before", "return before == self.x", "E202"),
        ("self, before", "before = 1\n        return True", "E211"),
        ("self, before", "before.x = 1\n        return True", "E208"),
        ("self, before", "self.x = before.x\n        return True", "E208"),
        ("self, before", "return before.acts() == 1", "E208"),
        ("self, before", "return before.z == 1", "E212"),
        ("self, before", "return all(before.x == 1 for before in self.T)", "E202"),
        ("self, before", "self.x > before.x", "E210"),
        ("self, before", "return before.go()", "E305"),
        ("self, before", "return self.helper(before)", "E202"),
    ],
)
def test_what_is_refused(head: str, body: str, code: str) -> None:
    text = f"""
class M(Model):
    T = Range(3)
    x = Var(T)
    def acts(self):
        self.x = 1
        return 1
    def helper(self, v):
        return v == 1
    @action
    def go(self):
        self.x = 1
    @step
    def p({head}):
        {body}
"""
    assert code in said(text), said(text)


def test_members_have_no_order_before_a_step_either() -> None:
    text = TOKEN.replace(
        "before.holder is None or self.holder == before.holder", "any(m < before.holder for m in before.T)"
    )
    assert "E403" in said(text)


KEPT_IN_STEP = """
class M(Model):
    \"\"\"Two numbers that go up and down, and one that nobody needs.\"\"\"
    x = Var(Range(4))
    y = Var(Range(4))
    other = Var(Range(4))
    def most(self):
        return max(self.x, self.y)
    @action
    def idle(self):
        self.other = (self.other + 1) % 4
    @action
    def up(self):
        require(self.x < 3)
        self.x += 1
    @action
    def swap(self):
        require(self.x == 3)
        self.x, self.y = 0, self.x
    @action
    def down(self):
        require(self.y == 3)
        self.y = 0
    @step
    def most_stays(self, before):
        \"\"\"The larger of the two never gets smaller.\"\"\"
        return self.most() >= before.most()
    @step
    def other_goes_round(self, before):
        return self.other in (before.other, (before.other + 1) % 4)
"""


def test_an_explanation_names_both_states_and_leaves_out_what_does_not_matter() -> None:
    compiled = program(KEPT_IN_STEP)
    trace = verdicts(compiled, "reference")["most_stays"].trace  # type: ignore[union-attr]
    (idle,) = (each for each in Interpreter(compiled).successors(trace.states[0]) if each.step.name == "idle")
    moved = [(*state[:2], 1) for state in trace.states]
    longer = Trace((trace.states[0], *moved), (idle.step, *trace.steps))
    confirm(compiled, "most_stays", Claim.STEP, longer)
    assert slice_of(compiled, longer, "most_stays").relevant == (False, *(True for _ in trace.steps))
    said_of = "\\n".join(explain(compiled, longer, "most_stays").sentences)
    assert "before.most() = 3" in said_of and "self.most() = 0" in said_of
    text = "".join(words for line in render_conclusion(compiled, longer, "most_stays") for _, words in line)
    assert "The step to state 7 violates most_stays" in text
    values = property_values(compiled, longer)["most_stays"]
    assert values == [True, True, True, True, True, True, False]


def test_a_closure_looks_at_every_step() -> None:
    compiled = program(KEPT_IN_STEP)
    states = sorted(reachable(compiled), key=lambda state: (state[0] + state[1] * 4, state))
    for name, wrong in (("most_stays", True), ("other_goes_round", False)):
        closure = Closure(compiled, {name: True})
        rows = _in_order(compiled, states)
        if wrong:
            with pytest.raises(NotClosed, match="'most_stays' is false of 'down"):
                _feed(closure, rows)
        else:
            _feed(closure, rows)


def _in_order(compiled: Program, states: list[State]) -> list[State]:
    """All states, each after one that leads to it."""
    found: list[State] = [each.state for each in Interpreter(compiled).initial() if each.state is not None]
    for state in found:
        found += [
            each.state
            for each in Interpreter(compiled).successors(state)
            if each.state is not None and each.state not in found
        ]
    found = list(dict.fromkeys(found))
    assert set(found) == set(states)
    return found


def _feed(closure: Closure, rows: list[State]) -> None:
    for state in rows:
        closure.add(state)
    closure.end()


def test_a_proof_of_steps_is_written_down_step_by_step() -> None:
    compiled = program(KEPT_IN_STEP)
    names = ("other_goes_round", NO_FAILURE)
    outcome = check(Task(compiled, names, certify=True), engine("induction"))
    assert isinstance(outcome.verdicts["other_goes_round"], Proved)
    assert outcome.evidence is not None and "other_goes_round" in outcome.evidence.proved
    written = {each.name: each for each in outcome.evidence.obligations}
    assert {f"other_goes_round-{step}" for step in ("idle", "up", "swap", "down")} <= set(written)
    proved = outcome.evidence.proved
    assert not wrong_names(compiled, proved, (), [each.name for each in outcome.evidence.obligations])
    for each in written.values():
        solver = z3.Solver()
        solver.from_string(each.formula)
        assert solver.check() == z3.unsat, each.name
