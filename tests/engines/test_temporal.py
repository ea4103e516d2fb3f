"""Temporal properties: textbook locks, whose answers are known, and the ways in which other checkers went wrong."""

from __future__ import annotations

import pytest

from checker.check import check, engine, select
from checker.contract.lasso import standings
from checker.contract.task import Budget, Outcome, Task
from checker.contract.trace import Lasso
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.ir.nodes import Program
from tests.frontend.support import named, program
from tests.support.locks import TEST_AND_SET
from tests.support.verdicts import lasso_of

PETERSON = """
class Peterson(Model):
    Thread = Range(2)
    wants = Var(Array(Thread, Bool))
    turn = Var(Thread)
    @process(Thread, fair=FAIR)
    def thread(self, t):
        while True:
            yield "idle"
            self.wants[t] = True
            yield "wants"
            self.turn = 1 - t
            yield "waits"
            require(not self.wants[1 - t] or self.turn == t)
            yield "critical"
            self.wants[t] = False
    @leads_to
    def served(self, t: Thread):
        return self.thread[t].at("wants"), self.thread[t].at("critical")
    @always
    def exclusion(self):
        return not (self.thread[0].at("critical") and self.thread[1].at("critical"))
"""
TICKETS = """
class Tickets(Model):
    Thread = Range(3)
    Ticket = Range(4)
    next = Var(Ticket)
    serving = Var(Ticket)
    mine = Var(Array(Thread, Ticket))
    @process(Thread)
    def thread(self, t):
        while True:
            yield "idle"
            self.mine[t] = self.next
            self.next = (self.next + 1) % 4
            yield "waits"
            require(self.serving == self.mine[t])
            yield "critical"
            self.serving = (self.serving + 1) % 4
    @leads_to
    def served(self, t: Thread):
        return self.thread[t].at("waits"), self.thread[t].at("critical")
"""
SPIN = """
class Spin(Model):
    Thread = Range(2)
    held = Var(Bool)
    @process(Thread, fair=FAIR)
    def thread(self, t):
        while True:
            yield "waits"
            while self.held:
                yield "spins"
                PAUSE
            self.held = True
            yield "critical"
            self.held = False
    @leads_to
    def served(self, t: Thread):
        return self.thread[t].at("waits"), self.thread[t].at("critical")
"""
MOVES = """
class Moves(Model):
    x = Var(Range(4))
"""


def outcome(compiled: Program, budget: Budget | None = None, workers: int = 1) -> Outcome:
    """What the reference engine says of all properties, and the explicit engine too, with lassos as short; the judge
    has agreed to both."""
    task = Task(compiled, select(compiled), budget or Budget(), workers, keep_going=True)
    found = check(task, engine("reference"))
    again = check(task, engine("explicit"))
    assert {name: _gist(each) for name, each in again.verdicts.items()} == {
        name: _gist(each) for name, each in found.verdicts.items()
    }
    return found


def _gist(found: Verdict) -> object:
    if isinstance(found, Violated):
        return len(found.trace), found.trace.end
    return found.reason.partition(" after ")[0] if isinstance(found, Unknown) else found


def verdict(source: str, name: str = "p") -> Verdict:
    """The verdict on one property of the last model of a text."""
    return outcome(program(source)).verdicts[name]


def moves(text: str) -> Verdict:
    """The verdict on `p` of a model with one number, from 0 to 3."""
    return verdict(MOVES + "".join(f"    {line}\n" for line in text.strip("\n").splitlines()))


@pytest.mark.parametrize("fair", ["True", "'strong'"])
def test_petersons_lock_starves_nobody(fair: str) -> None:
    assert isinstance(verdict(PETERSON.replace("FAIR", fair), "served"), Exhausted)


def test_a_thread_that_may_stop_is_not_served() -> None:
    trace, back_to = lasso_of(verdict(PETERSON.replace("FAIR", "False"), "served"))
    assert back_to == len(trace.steps) == 2, "it rests as soon as it wants"


def test_a_test_and_set_lock_starves_under_weak_fairness_and_not_under_strong() -> None:
    compiled = program(TEST_AND_SET.replace("FAIR", "True"))
    trace, back_to = lasso_of(outcome(compiled).verdicts["served"])
    holders = {named(compiled, state)["held"] for state in trace.states[back_to:]}
    assert len(holders) == 2 and None in holders, "one thread takes the lock again and again"
    assert isinstance(verdict(TEST_AND_SET.replace("FAIR", "'strong'"), "served"), Exhausted)


def test_a_ticket_lock_starves_nobody() -> None:
    assert isinstance(verdict(TICKETS, "served"), Exhausted)


def test_a_spin_that_changes_nothing_is_no_step() -> None:
    """The thread waits, as at a `require`: strong fairness serves it."""
    text = SPIN.replace("PAUSE", "pass")
    assert isinstance(verdict(text.replace("FAIR", "True"), "served"), Violated)
    assert isinstance(verdict(text.replace("FAIR", "'strong'"), "served"), Exhausted)


def test_a_spin_that_moves_is_a_step_and_no_fairness_helps() -> None:
    text = SPIN.replace("PAUSE", 'yield "pauses"').replace("FAIR", "'strong'")
    assert isinstance(verdict(text, "served"), Violated)


# the ways in which other checkers went wrong


def test_fairness_is_asked_of_the_cycle_and_not_of_its_component() -> None:
    """tla-rs 59. The component of 0, 1 and 2 is fair; the cycle of 0 and 2, which never is at 1, is not."""
    steps = """
@action(fair="weak")
def go(self):
    require(self.x != 1)
    self.x = 2 - self.x
@action
def back(self):
    require(self.x == 1)
    self.x = 0
@action(fair=FAIR)
def pass_by(self):
    require(self.x in WHERE)
    self.x = 1
@always_eventually
def p(self):
    return self.x == 1
"""
    assert isinstance(moves(steps.replace("WHERE", "{0}").replace("FAIR", "'weak'")), Violated)
    assert isinstance(moves(steps.replace("WHERE", "{0}").replace("FAIR", "'strong'")), Exhausted)
    assert isinstance(moves(steps.replace("WHERE", "{0, 2}").replace("FAIR", "'weak'")), Exhausted)


def test_a_behaviour_may_rest_where_nothing_is_owed() -> None:
    """tla-rs 62. Nothing says that the action is ever taken."""
    text = """
@action
def go(self):
    self.x = 1
@eventually
def p(self):
    return self.x == 1
"""
    trace, back_to = lasso_of(moves(text))
    assert (len(trace), back_to) == (1, 0)
    assert isinstance(moves(text.replace("@action", "@action(fair='weak')")), Exhausted)


def test_what_holds_from_some_time_on_is_decided_too() -> None:
    """tla-rs 62 left `<>[]` out."""
    text = """
@action(fair="weak")
def go(self):
    require(self.x < 3)
    self.x += 1
@eventually_always
def p(self):
    return self.x == 3
"""
    assert isinstance(moves(text), Exhausted)
    round_again = text.replace("require(self.x < 3)", "pass").replace("self.x += 1", "self.x = (self.x + 1) % 4")
    trace, back_to = lasso_of(moves(round_again))
    assert len(trace.steps) - back_to == 4


def test_a_step_that_changes_nothing_takes_nothing_and_is_owed_nothing() -> None:
    """tla-rs 63."""
    text = """
@action(fair="weak")
def stay_or_go(self):
    self.x = choose({self.x, 1})
@action(fair="strong")
def nothing(self):
    self.x = self.x
@eventually
def p(self):
    return self.x == 1
"""
    assert isinstance(moves(text), Exhausted), "staying is not taken"
    assert isinstance(moves(text.replace("{self.x, 1}", "{self.x}")), Violated), "and not owed"


def test_every_arrow_of_a_loop_is_a_step() -> None:
    """tla-rs 64 printed the states of a component in a row. The judge runs each step again; here no state is left out
    that the loop needs: 0 to 1, 1 to 0 and 0 to 2, 2 to 0, all in one loop."""
    text = """
@action(fair="strong")
def right(self):
    require(self.x in {0, 1})
    self.x = 1 - self.x
@action(fair="strong")
def left(self):
    require(self.x in {0, 2})
    self.x = 2 - self.x
@eventually
def p(self):
    return self.x == 3
"""
    trace, back_to = lasso_of(moves(text))
    assert back_to == 0 and [state[0] for state in trace.states] in ([0, 1, 0, 2, 0], [0, 2, 0, 1, 0])


def test_a_fair_step_that_leaves_the_component_must_be_taken() -> None:
    """TLC 201 looked at the states of a component where its edges count. `out` is possible in all states of the cycle,
    and leads out of it; `around` has the same source and target as a step of the cycle."""
    text = """
@action
def around(self):
    require(self.x < 2)
    self.x = 1 - self.x
@action(fair="weak")
def out(self):
    require(self.x < 2)
    self.x = 3
@eventually
def p(self):
    return self.x == 3
"""
    assert isinstance(moves(text), Exhausted)


def test_a_behaviour_that_comes_to_rest_owes_as_much_as_any_other() -> None:
    """TLC 1348 ignored fairness in a finite prefix that rests."""
    text = """
@action
def begin(self):
    require(self.x == 0)
    self.x = 1
@action(fair=FAIR)
def finish(self):
    require(self.x == 1)
    self.x = 2
@leads_to
def p(self):
    return self.x == 1, self.x == 2
"""
    assert isinstance(moves(text.replace("FAIR", "'weak'")), Exhausted)
    assert isinstance(moves(text.replace("FAIR", "'strong'")), Exhausted)
    assert isinstance(moves(text.replace("FAIR", "False")), Violated)


def test_several_workers_give_the_same_lasso() -> None:
    """TLC 971 missed a violation with several workers."""
    compiled = program(TEST_AND_SET.replace("FAIR", "True"))
    assert outcome(compiled).verdicts == outcome(compiled, workers=4).verdicts


def test_nothing_holds_where_something_fails() -> None:
    """TLC 1440 reported success after an evaluation error."""
    text = """
@action(fair="weak")
def go(self):
    self.x = 4 // (2 - self.x)
@eventually
def p(self):
    return self.x == 2
"""
    found = moves(text)
    assert isinstance(found, Unknown) and "a step can fail" in found.reason
    found = moves(text.replace("4 // (2 - self.x)", "2").replace("return self.x == 2", "return 4 // (2 - self.x) == 1"))
    assert isinstance(found, Unknown) and "cannot be evaluated" in found.reason


def test_nothing_holds_of_a_part_of_the_states() -> None:
    """TLC 839 checked liveness on the states that a constraint had left."""
    compiled = program(TICKETS)
    found = outcome(compiled, Budget(max_states=20)).verdicts["served"]
    assert isinstance(found, Unknown) and "state budget of 20 ended" in found.reason


def test_interchangeable_members_are_not_taken_for_one_another() -> None:
    """TLC 59: with states that differ in names only taken for one, each thread seems to be served when any is."""
    text = TEST_AND_SET.replace("Range(2)", "Range(2, symmetric=True)")
    assert isinstance(verdict(text.replace("FAIR", "True"), "served"), Violated)
    assert isinstance(verdict(text.replace("FAIR", "'strong'"), "served"), Exhausted)


def test_two_assumptions_do_not_prove_what_is_false() -> None:
    """hw-cbmc 2007 looked for fairness outside the loop. Each of two strongly fair actions has a cycle of its own, and
    only a loop through both is fair; it violates the property."""
    text = """
@action(fair="strong")
def right(self):
    require(self.x == 0)
    self.x = 1
@action(fair="strong")
def left(self):
    require(self.x == 0)
    self.x = 2
@action(fair="weak")
def back(self):
    require(self.x in {1, 2})
    self.x = 0
@eventually_always
def p(self):
    return self.x != 2
"""
    trace, back_to = lasso_of(moves(text))
    assert {step.name for step in trace.steps[back_to:]} == {"right", "left", "back"}


def test_a_step_that_matters_to_nothing_else_does_not_hide_a_cycle() -> None:
    """LTSmin 222: a reduction put off a process for ever."""
    text = """
@action(fair="weak")
def toggle(self):
    self.x = self.x ^ 1
@action
def set(self):
    self.x = self.x | 2
@eventually
def p(self):
    return self.x >= 2
"""
    trace, back_to = lasso_of(moves(text))
    assert [step.name for step in trace.steps[back_to:]] == ["toggle", "toggle"]


@pytest.mark.parametrize("nothing", ["", "@action\ndef nothing(self):\n    pass\n"])
def test_properties_that_contradict_each_other_do_not_both_hold(nothing: str) -> None:
    """FizzBee 212: both passed when a step was added that does nothing."""
    text = f"""
{nothing}@action(fair="weak")
def go(self):
    self.x = (self.x + 1) % 4
@eventually_always
def p(self):
    return self.x == 0
@always_eventually
def q(self):
    return self.x != 0
"""
    found = outcome(program(MOVES + "".join(f"    {line}\n" for line in text.strip("\n").splitlines()))).verdicts
    assert isinstance(found["p"], Violated) and isinstance(found["q"], Exhausted)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_a_path_that_joins_another_is_not_taken_for_it(first: int, second: int) -> None:
    """Stateright, PR 3: what had become true on one path to a state was held to be so on every path."""
    text = f"""
@action(fair="weak")
def part(self):
    require(self.x == 0)
    self.x = choose({{{first}, {second}}})
@action(fair="weak")
def join(self):
    require(self.x in {{1, 2}})
    self.x = 3
@eventually
def p(self):
    return self.x == 1
"""
    trace, back_to = lasso_of(moves(text))
    assert [state[0] for state in trace.states] == [0, 2, 3] and back_to == 2


def test_what_never_begins_is_said_to_hold_of_nothing() -> None:
    text = """
@action
def go(self):
    self.x = 1
@leads_to
def p(self):
    return self.x == FIRST, self.x == 2
"""
    assert moves(text.replace("FIRST", "3")) == Exhausted(2, vacuous=True)
    assert isinstance(moves(text.replace("FIRST", "1")), Violated)


def test_a_stem_is_the_shortest_there_is() -> None:
    text = """
@action
def go(self):
    require(self.x < 3)
    self.x += 1
@action
def leap(self):
    require(self.x == 0)
    self.x = 3
@always_eventually
def p(self):
    return self.x < 3
"""
    trace, back_to = lasso_of(moves(text))
    assert [step.name for step in trace.steps] == ["leap"] and back_to == 1


def test_how_a_loop_stands_to_what_is_fair_is_said_of_each() -> None:
    compiled = program(TEST_AND_SET.replace("FAIR", "True"))
    trace, _ = lasso_of(outcome(compiled).verdicts["served"])
    assert isinstance(trace.end, Lasso)
    found = standings(compiled, trace, trace.end)
    assert {each.thing for each in found} == {("thread", (0,)), ("thread", (1,))}
    taken = [each for each in found if each.taken is not None]
    starved = [each for each in found if each.taken is None]
    assert len(taken) == len(starved) == 1 and starved[0].impossible is not None
