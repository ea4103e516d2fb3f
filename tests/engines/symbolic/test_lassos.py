"""Bounded search for lassos: it finds what is there, as short as it is, and never says that there is none at all."""

from __future__ import annotations

from random import Random

import pytest

from checker.check import check, engine
from checker.commands import catalogue
from checker.commands.run import compiled, parameter_text
from checker.contract.agreement import confirm_agreement
from checker.contract.task import Budget, Outcome, Stats, Task
from checker.contract.trace import Lasso
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.engines.common.temporal import BEYOND
from checker.engines.symbolic import owed
from tests.frontend.support import program
from tests.support.fair_models import missed, text
from tests.support.locks import TEST_AND_SET


def said(source: str, by: str = "bmc", depth: int = 6) -> Verdict:
    """The verdict on `p`; the judge has seen its lasso."""
    task = Task(program(source), ("p",), Budget(max_depth=depth), keep_going=True)
    return check(task, engine(by)).verdicts["p"]


def found(source: str, depth: int = 6) -> tuple[int, int]:
    """How many states a lasso has, and where it goes back to."""
    verdict = said(source, depth=depth)
    assert isinstance(verdict, Violated) and isinstance(verdict.trace.end, Lasso), verdict
    return len(verdict.trace), verdict.trace.end.back_to


def open_(source: str, depth: int = 6) -> str:
    """Why a property is not decided."""
    verdict = said(source, depth=depth)
    assert isinstance(verdict, Unknown), verdict
    return verdict.reason


@pytest.mark.parametrize("seed", range(2))
def test_bounded_search_finds_the_lassos_of_random_models_that_the_reference_engine_finds(seed: int) -> None:
    draw = Random(f"lassos {seed}")
    for _ in range(6):
        source = text(draw, 4)
        assert missed(program(source)) == [], source


@pytest.mark.parametrize(
    "label",
    [
        "spec.classics.locks:TestAndSet",
        "spec.classics.peterson:PetersonStopping",
        "spec.classics.token_ring:TokenRing nodes=4 values=2",
        "spec.classics.alternating_bit:AlternatingBitLossy",
    ],
)
def test_lassos_of_the_catalogue_are_no_longer_than_it_says(label: str) -> None:
    model, *given = label.split()
    entry = next(
        each
        for each in catalogue.select([model])
        if [f"{name}={value}" for name, value in each.parameters.items()] == given
    )
    made = compiled(entry.model, {name: parameter_text(value) for name, value in entry.parameters.items()})
    names = [each.name for each in made.temporal if each.name in entry.properties]
    assert names
    for name, verdict in check(Task(made, tuple(names), keep_going=True), engine("bmc")).verdicts.items():
        longest = entry.properties[name].states
        assert isinstance(verdict, Violated) and longest is not None and len(verdict.trace) <= longest, name


CHOOSES = """
class Chooses(Model):
    N = Range(5)
    wanted = Var(N)
    done = Var(Bool)
    @action
    def wants(self, n: N):
        self.wanted = n
    @action(fair=FAIR)
    def hits(self):
        require(not self.done)
        chosen = choose(self.N)
        require(chosen == self.wanted)
        self.done = True
    @eventually
    def p(self):
        return self.done
"""


@pytest.mark.parametrize("fair", ["'weak'", "'strong'"])
def test_what_some_choice_makes_possible_is_owed(fair: str) -> None:
    """A loop that rests, or goes from number to number, has to do what one choice in five makes possible."""
    assert open_(CHOOSES.replace("FAIR", fair)).startswith("depth budget of 6 ended: no lasso of up to 6 states")
    never = CHOOSES.replace("FAIR", fair).replace(
        "require(chosen == self.wanted)", "require(chosen == 4 and self.wanted == 4)"
    )
    assert found(never) == (1, 0)


def test_a_loop_in_which_a_weakly_fair_step_is_not_possible_all_the_time_owes_it_nothing() -> None:
    source = CHOOSES.replace("require(not self.done)", "require(not self.done and self.wanted in {1, 2})").replace(
        "self.wanted = n", "require(self.wanted != n and n in {1, 3})\n        self.wanted = n"
    )
    begins = "    def init(self):\n        self.wanted = 1\n    @eventually"
    source = source.replace("    @eventually", begins)
    assert found(source.replace("FAIR", "'weak'")) == (2, 1), "it rests where it is not possible"
    back = source.replace("n in {1, 3}", "n in {1, 3} and not self.done")
    stays = back.replace("@action\n    def wants", "@action(fair='weak')\n    def wants")
    assert found(stays.replace("FAIR", "'weak'")) == (3, 0), "it goes to where it is not possible and back"
    assert "no lasso" in open_(stays.replace("FAIR", "'strong'"))


WIDE = """
class Wide(Model):
    N = Range(10)
    x = Var(Range(3))
    @action(fair="weak")
    def to(self, a: N, b: N):
        require(GUARD and self.x == 0)
        self.x = choose({2, LEADS})
    @action(fair="weak")
    def back(self):
        require(self.x == 1)
        self.x = 0
    @eventually
    def p(self):
        return self.x == 2
"""


def test_each_of_many_arguments_is_owed_its_step() -> None:
    """One hundred combinations: more than have a form each."""
    one, many = (WIDE.replace("GUARD", guard) for guard in ("a == 3 and b == 9", "a + b == 9"))
    assert "no lasso" in open_(one.replace("LEADS", "2"), depth=4), "what one of them can do is owed"
    assert found(one.replace("LEADS", "1")) == (3, 0)
    assert found(many.replace("LEADS", "1")) == (3, 0), "the step is taken by all ten that lead there"
    assert found(one.replace("LEADS", "2").replace("b == 9", "b == 9 and a == 4")) == (1, 0), "none can do anything"


def test_more_arguments_than_are_encoded_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owed, "MOST_ARGUMENTS", 99)
    reason = (
        "the fair action 'to' has 100 combinations of arguments, each owed steps by itself: a solver is asked about 99"
    )
    assert open_(WIDE.replace("GUARD", "a == b").replace("LEADS", "2")) == f"{reason} at most"


def test_a_step_counts_as_taken_by_all_that_lead_where_it_leads() -> None:
    """All three are owed the one step that there is: the loop goes round once."""
    source = """
class Both(Model):
    x = Var(Range(2))
    @action(fair="strong")
    def one(self):
        self.x = 1 - self.x
    @action(fair="weak")
    def other(self):
        self.x = 1 - self.x
    @action(fair="strong")
    def third(self):
        choice = choose(Range(2))
        require(choice != self.x)
        self.x = choice
    @eventually_always
    def p(self):
        return self.x == 0
"""
    assert found(source) == (3, 0)


def test_a_step_that_changes_nothing_is_neither_taken_nor_possible() -> None:
    source = """
class Idle(Model):
    x = Var(Range(2))
    @action(fair="strong")
    def idle(self):
        self.x = self.x
    @eventually
    def p(self):
        return self.x == 1
"""
    assert found(source) == (1, 0)


LEADS = """
class Leads(Model):
    N = Range(3)
    x = Var(N)
    asked = Var(Bool)
    @action
    def ask(self):
        require(not self.asked)
        self.asked = True
    @action(fair="weak")
    def turns(self):
        require(not self.asked or self.x != STUCK)
        self.x = (self.x + 1) % 3
    @leads_to
    def p(self, n: N):
        return self.asked, self.x == n
"""


def test_a_leads_to_is_violated_from_where_it_begins_and_for_some_value() -> None:
    assert found(LEADS.replace("STUCK", "1")) == (3, 2), "it rests in 1, and 2 never comes"
    assert isinstance(said(LEADS.replace("STUCK", "5"), "reference"), Exhausted)
    assert "no lasso" in open_(LEADS.replace("STUCK", "5"))
    assert found(LEADS.replace("STUCK", "0")) == (2, 1), "it rests in 0, and 1 never comes"


def test_no_verdict_where_a_step_fails_a_condition_has_no_value_or_a_constraint_cuts_off() -> None:
    source = """
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        require(self.x < 2)
        self.x = self.x + 1
    @action
    def fails(self):
        require(self.x == 1)
        assert False, "no"
    @eventually
    def p(self):
        return self.x == 7
"""
    assert found(source) == (1, 0), "the one state in which it rests has no step that fails"
    late = source.replace("self.x == 7", "self.x == 2").replace(
        "@action\n    def up", "@action(fair='weak')\n    def up"
    )
    assert open_(late).startswith("a step can fail: what would follow is not known (")
    undefined = late.replace("require(self.x == 1)", "require(False)").replace("self.x == 2", "1 // (self.x - 1) == 5")
    assert said(undefined, "reference") == Unknown(open_(undefined)) and "cannot be evaluated" in open_(undefined)
    limited = undefined + "    @constraint\n    def c(self):\n        return self.x < 2\n"
    assert open_(limited) == BEYOND


def test_bounded_search_never_says_that_a_temporal_property_holds() -> None:
    source = """
class Ends(Model):
    x = Var(Range(2))
    @process
    def once(self):
        self.x = 1
    @eventually
    def p(self):
        return self.x == 1
"""
    assert isinstance(said(source, "reference"), Exhausted)
    assert open_(source) == (
        "no behaviour takes more steps: no lasso of up to 2 states violates it; that it holds, 'auto', 'explicit' and "
        "'reference' can say"
    )


def test_a_loop_of_a_condition_is_unrolled_as_far_as_it_goes() -> None:
    source = """
class Loops(Model):
    x = Var(Range(9))
    @action(fair="weak")
    def up(self):
        require(self.x < 8)
        self.x = self.x + 1
    @eventually
    def p(self):
        n = 0
        while n < self.x:
            n = n + 1
        return n == GOAL
"""
    assert "no lasso" in open_(source.replace("GOAL", "8"), depth=10)
    assert found(source.replace("GOAL", "9"), depth=10) == (9, 8)


def test_all_engines_are_held_to_each_other_where_a_lock_starves_a_thread() -> None:
    compiled = program(TEST_AND_SET.replace("FAIR", "True"))
    outcome = check(Task(compiled, ("served",), keep_going=True), engine("all"))
    assert outcome.engine == "all"
    assert isinstance(outcome.verdicts["served"], Violated)


def test_lassos_of_different_lengths_do_not_contradict_each_other() -> None:
    """The one has the shortest stem, the other the fewest states in all."""
    source = """
class Ways(Model):
    x = Var(Range(6))
    @action
    def around(self):
        self.x = (self.x + 1) % 6
    @action
    def off(self):
        require(self.x == 0)
        self.x = 5
    @eventually_always
    def p(self):
        return self.x != 5
"""
    task = Task(program(source), ("p",), Budget(max_depth=7), keep_going=True)
    both = [check(task, engine(name)) for name in ("reference", "bmc")]
    lengths = [len(each.verdicts["p"].trace) for each in both if isinstance(each.verdicts["p"], Violated)]
    assert lengths == [3, 2]
    confirm_agreement(both)
    holds = Outcome(("other",), {"p": Exhausted(6)}, Stats())
    with pytest.raises(Exception, match="disagree"):
        confirm_agreement([both[1], holds])
