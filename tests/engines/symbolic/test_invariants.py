"""Invariants that are looked for: what they say to Z3 they say to the interpreter, and a false one proves nothing."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations, islice
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import z3

from checker.check import check
from checker.contract.task import NO_FAILURE, Task
from checker.contract.verdict import Proved, Unknown
from checker.engines.symbolic import InductionEngine, induction, invariants
from checker.engines.symbolic.bmc import Rounds
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.induction import _Proof
from checker.engines.symbolic.invariants import Candidate, candidates
from checker.engines.symbolic.solving import Clock
from checker.ir.nodes import Program, PropertyKind
from checker.semantics import Interpreter, State
from checker.semantics.explore import explore
from tests.frontend.support import program, reachable
from tests.support.solutions import fixed, formula

EVERYTHING = """
class Everything(Model):
    Cell = Record(a=Range(3), b=Bool)
    n = Var(Range(40))
    few = Var(Range(3))
    hue = Var(Colour)
    on = Var(Array(Range(2), Bool))
    seen = Var(SetOf(Range(2)))
    line = Var(Seq(Range(2), 2))
    cell = Var(Cell)
    who = Var(Opt(Cell))

    @action
    def up(self):
        require(self.n < 20)
        self.n += 1
        self.few = self.n % 3
        self.hue = Colour.RED if self.on[0] else Colour.GREEN

    @action
    def mark(self):
        self.on[0] = True
        self.seen.add(1)
        self.cell.a = 2

    @action
    def other(self, b: Bool):
        self.who = self.Cell(a=self.few, b=b)
        self.line = [self.few % 2]

    @process(Range(2))
    def worker(self, w):
        while True:
            yield "waits"
            mine = self.few
            yield "works"
            self.cell.b = mine == 0
"""


def found_for(made: Program) -> tuple[Encoding, list[Candidate]]:
    encoding = Encoding(made, Rounds())
    return encoding, candidates(encoding, Clock(Task(made, ())))


def some_state(made: Program, random: Random) -> State:
    """A state of the right types, most likely none that is reached."""
    values = [random.choice(list(each.type.values())) if each.type.size < 9999 else None for each in made.variables]
    assert None not in values
    return tuple(values)


def test_candidates_say_to_z3_what_they_say_to_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "MOST_STATES", 60)
    made, random = program(EVERYTHING), Random(0)
    encoding, found = found_for(made)
    assert len({each.name for each in found}) == len(found) > 100
    assert any(each.name.count(" and ") for each in found), "of three facts"
    first = [each.transition.state for each in islice(explore(Interpreter(made)), 60) if each.transition.state]
    states = [*random.sample(first, 3), *(some_state(made, random) for _ in range(4))]
    for state in states:
        here = z3.Solver()
        here.add(*fixed(encoding, state))
        assert here.check() == z3.sat
        model = here.model()
        for each in random.sample(found, 120):
            held = z3.is_true(model.eval(formula(each.holds), model_completion=True))
            assert held == each.test(state), (each.name, state)


def test_candidates_are_true_in_the_states_looked_at_and_name_what_is_there() -> None:
    made = program("""
class Two(Model):
    x = Var(Range(30))
    y = Var(Range(3))
    @action
    def up(self):
        require(self.x < 12)
        self.x += 1
        self.y = 2
""")
    _, found = found_for(made)
    assert all(each.test(state) for each in found for state in reachable(made))
    names = {each.name for each in found}
    assert {"x >= 0", "x <= 12", "y != 1", "x == y whenever y != 2", "y == 2 whenever y != 0"} <= names


BEGINS_TWICE = """
class BeginsTwice(Model):
    kind = Var(Range(2))
    at = Var(Range(30))
    bad = Var(Bool)

    def init(self):
        self.kind = choose(Range(2))

    @action
    def up(self):
        require(self.at < 29)
        self.at += 1

    @action
    def ends(self):
        require(self.at == 29 and self.kind == 1)
        self.bad = True

    @always
    def good(self):
        return not self.bad
"""


@pytest.mark.parametrize("kinds", [1, 2])
def test_what_is_false_in_an_initial_state_that_was_not_looked_at_proves_nothing(
    kinds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step changes the kind: that it is 0 is kept by all of them, and of what begins with 1 it is not so."""
    monkeypatch.setattr(invariants, "MOST_STATES", 1)
    made = program(BEGINS_TWICE.replace("choose(Range(2))", f"choose(Range({kinds}))"))
    verdict = check(Task(made, ("good",)), InductionEngine()).verdicts["good"]
    assert isinstance(verdict, Proved) == (kinds == 1)


def test_no_more_invariants_are_shown_than_the_proof_takes() -> None:
    made = program(
        """
class Three(Model):
    a = Var(Bool)
    b = Var(Bool)
    c = Var(Bool)
    bad = Var(Bool)
    other = Var(Range(3))
    @action
    def go(self):
        self.a = self.b = self.c = True
    @action
    def turn(self):
        self.other = 2 - self.other
    @action
    def spoil(self):
        require(self.a and not self.b)
        self.bad = True
    @always
    def whole(self):
        return not self.bad
""".replace("self.a = self.b = self.c = True", "self.a, self.b, self.c = True, True, True")
    )
    verdict = check(Task(made, ("whole", NO_FAILURE)), InductionEngine()).verdicts["whole"]
    assert isinstance(verdict, Proved) and len(verdict.found) == 1, verdict
    assert verdict.found[0] in ("not a whenever not b", "b whenever a")


def test_there_are_facts_of_each_part_of_a_state() -> None:
    encoding = Encoding(program(EVERYTHING), Rounds())
    states = [each.transition.state for each in islice(explore(Interpreter(encoding.program)), 60)]
    texts = {each.text for each in invariants._facts(encoding, [each for each in states if each is not None])}
    numbers = ["n", "few", "len(line)", "cell.a"]
    compared = {f"{one} {sign} {other}" for one, other in combinations(numbers, 2) for sign in ("==", "<", ">")}
    values_ = {f"{name} == {value}" for name in numbers[1:] for value in range(3)}
    points = {f"worker[{w}] stands at '{point}'" for w in range(2) for point in ("start", "waits", "works")}
    others = {"on[0]", "on[1]", "0 in seen", "1 in seen", "cell.b", "who is not None", "hue == RED", "hue == GREEN"}
    mine = {f"worker[{w}].mine == {value}" for w in range(2) for value in range(3)}
    assert texts >= {"n >= 0", *compared, *values_, *others, *points, *mine}


REPEATS = """
class Repeats(Model):
    x = Var(Range(5))
    @action
    def up(self, by: Range(3)):
        self.x += by
    @action
    def back(self):
        self.x = 0
"""


@pytest.mark.parametrize("most", [3, 5, 99])
def test_the_first_states_are_those_that_can_be_reached_each_once(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "MOST_STATES", most)
    made = program(REPEATS)
    found = invariants._first_states(Encoding(made, Rounds()), Clock(Task(made, ())))
    assert found == [(0,), (1,), (2,), (3,), (4,)][:most]


class Claims:
    """An induction in which each claim takes some others, in sets of which one is enough."""

    def __init__(self, takes: dict[str, list[set[str]]], goals: list[str]) -> None:
        self.takes, self.goals = takes, goals
        self.assumed = SimpleNamespace(claims={name: name for name in takes})
        self.steps = [SimpleNamespace(proofs={name: name for name in takes}, forget=self._forget)]

    def _forget(self, name: str) -> None:
        self.steps[0].proofs = {each: used for each, used in self.steps[0].proofs.items() if each != name}

    def kept(self, without: Collection[str]) -> set[str]:
        """What proves itself without these."""
        left = set(self.takes) - set(without)
        while lost := {each for each in left if not any(wanted <= left for wanted in self.takes[each])}:
            left -= lost
        return left

    def _drop_until_kept(self) -> None:
        left = self.kept(set(self.takes) - set(self.assumed.claims))
        self.assumed.claims = {name: each for name, each in self.assumed.claims.items() if name in left}
        self.steps[0].proofs = {name: each for name, each in self.steps[0].proofs.items() if name in left}


def test_of_the_invariants_found_as_few_are_kept_as_prove_the_goals() -> None:
    """Of random claims that take each other: the goals stay, none of those left can be done without, and what is known
    of proofs is known of those that are left."""
    draw, fewer = Random("minimise"), 0
    for _ in range(200):
        found, goals = [f"f{at}" for at in range(draw.randrange(6))], ["g"]
        takes = {
            each: [{*draw.sample(found, min(len(found), draw.randrange(3)))} for _ in range(draw.randrange(1, 3))]
            for each in (*goals, *found)
        }
        made: Any = Claims(takes, goals)
        made._drop_until_kept()
        if "g" not in made.assumed.claims:
            continue
        there = [each for each in found if each in made.assumed.claims]
        made._minimise = lambda *given, made=made: _Proof._minimise(made, *given)
        made._minimise(goals, there)
        left = set(made.assumed.claims)
        assert "g" in left and set(made.steps[0].proofs) == left
        gone = set(takes) - left
        assert made.kept(gone) == left, "they prove themselves"
        assert all("g" not in made.kept({*gone, each}) for each in left - {"g"})
        fewer += len(left) < len(there) + 1
    assert fewer > 50


@pytest.mark.parametrize(
    ("dropped", "broken", "cti", "said", "shows"),
    [
        ([], {}, None, "not proved by induction", None),
        ([], {}, "p", "not inductive: breaks p", "p"),
        (["l"], {}, None, "not proved by induction", None),
        (["l", "p"], {"l": "l", "p": "p"}, "p", "the lemma 'l' is not inductive: breaks l", "l"),
        (["p", "l"], {"l": "l", "p": "p"}, "p", "not inductive: breaks p", "p"),
        (["q", "p"], {"q": "q", "p": "p"}, "p", "not inductive: breaks p", "p"),
        (["p"], {"p": "p"}, "p", "not inductive: breaks p", "p"),
    ],
)
def test_of_what_is_not_proved_the_first_lemma_that_failed_is_shown(
    dropped: list[str], broken: dict[str, str], cti: Any, said: str, shows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(induction, "_breaks", lambda shown: f"breaks {shown}")
    kinds = {"l": PropertyKind.LEMMA, "p": PropertyKind.ALWAYS, "q": PropertyKind.ALWAYS}
    proof: Any = SimpleNamespace(dropped=dropped, broken=broken, kinds=kinds)
    assert _Proof._open(proof, "p", cti) == Unknown(said, shows)
