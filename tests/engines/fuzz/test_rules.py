"""Rules: the steps they list and draw are the interpreter's, and what runs go through is counted branch by branch."""

from __future__ import annotations

from collections import Counter
from random import Random
from types import SimpleNamespace

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.engines.fuzz.coverage import Coverage, whole
from checker.engines.fuzz.known import Known
from checker.engines.fuzz.steps import FEW_RUNS, MOST_REDRAWS, Nowhere, Rule, Stepper, Used, init_chooses, rules
from checker.engines.fuzz.strategies import Free
from checker.engines.fuzz.walk import Plan, ViolationFound, Walk
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step, Transition
from tests.frontend.support import program
from tests.support.random_models import drawn

MIXED = """
class Mixed(Model):
    x = Var(Range(60))
    on = Var(Bool)

    def coin(self):
        return choose({True, False})

    def flips(self):
        if self.x > 1:
            return self.coin()
        return False

    def unused(self):
        if self.on:
            return 1
        return 2

    @action
    def plain(self):
        self.x = 0

    @action
    def narrow(self, to: Range(24), up: Bool):
        self.x = to

    @action
    def wide(self, to: Range(49)):
        require(to < 1)
        if self.x > 3:
            self.x = to
        else:
            self.x = 1

    @action
    def throws(self):
        self.on = self.flips()

    @action
    def draws(self, much: Bool):
        self.x = choose(range(49 if much else 47))

    @process(Range(2), fair=False)
    def worker(self, w):
        for i in range(2):
            self.x = w
        while self.coin():
            yield "two"

    @process(Range(49), fair=False)
    def many(self, m):
        require(m == 48 and self.x == 59)
        yield "waits"
        self.x = 0

    @always
    def small(self):
        return self.x < 60
"""


def steps_of(made: Program, state: State) -> dict[str, list[Transition]]:
    """What the interpreter has for each rule."""
    found: dict[str, list[Transition]] = {}
    for each in Interpreter(made).successors(state):
        name = each.step.name if each.step.point is None else f"{each.step.name} at {each.step.point}"
        found.setdefault(name, []).append(each)
    return found


def states_of(made: Program, most: int) -> list[State]:
    """Some states."""
    interpreter = Interpreter(made)
    found = list(dict.fromkeys(each.state for each in interpreter.initial() if each.state is not None))[:most]
    for state in found:
        if len(found) >= most:
            break
        nexts = [each.state for each in interpreter.successors(state)]
        found += [each for each in dict.fromkeys(nexts) if each is not None and each not in found]
    return found[:most]


@pytest.mark.parametrize("seed", range(8))
def test_rules_have_the_steps_of_the_interpreter(seed: int) -> None:
    made = drawn(Random(seed)).program()
    stepper, chance = Stepper(made), Free(seed)
    for state in states_of(made, 12):
        wanted = steps_of(made, state)
        for rule in rules(made):
            theirs = wanted.pop(str(rule), [])
            listed = stepper.listed(rule, state)
            assert listed is None or [each.transition for each in listed] == theirs
            assert stepper.possible(rule, state) in (bool(theirs), *([None] if listed is None else []))
            taken = stepper.draw(rule, state, chance, Used())
            assert taken is None or taken.transition in theirs
            assert taken is not None or listed is None or not theirs
        assert not wanted


def test_what_may_choose_and_what_takes_too_many_arguments_to_try_all() -> None:
    made = program(MIXED)
    said = {str(rule): (rule.chooses, rule.wide) for rule in rules(made)}
    assert said == {
        "plain": (False, False),
        "narrow": (False, False),
        "wide": (False, True),
        "throws": (True, False),
        "draws": (True, False),
        "worker at start": (True, False),
        "worker at two": (True, False),
        "many at start": (False, True),
        "many at waits": (False, True),
    }
    assert not init_chooses(made)
    assert init_chooses(program(MIXED + "    def init(self):\n        self.on = self.flips()\n"))


def of(made: Program, name: str) -> Rule:
    """The rule of that name."""
    (found,) = (each for each in rules(made) if str(each) == name)
    return found


@pytest.mark.parametrize("over", [0, 1])
def test_as_many_runs_are_listed_as_are_few(over: int) -> None:
    made = program(MIXED.replace("49 if much else 47", f"{FEW_RUNS // 2 + over}"))
    stepper, (state,) = Stepper(made), states_of(made, 1)
    rule = of(made, "draws")
    listed = stepper.listed(rule, state)
    assert len(listed or ()) == (0 if over else FEW_RUNS) and stepper.possible(rule, state) is True
    impossible = program(
        MIXED.replace(
            "self.x = choose(range(49 if much else 47))",
            f"""\
i = choose(range({FEW_RUNS // 2 + over}))
        require(i > 99)""",
        )
    )
    assert Stepper(impossible).possible(of(impossible, "draws"), state) is (None if over else False)


def test_what_cannot_all_be_tried_is_drawn() -> None:
    made = program(MIXED)
    stepper, (state,), chance = Stepper(made), states_of(made, 1), Free(3)
    assert stepper.listed(of(made, "wide"), state) is None and stepper.possible(of(made, "wide"), state) is None
    drawn_ = [stepper.draw(of(made, "draws"), state, chance, Used()) for _ in range(900)]
    assert {each.transition for each in drawn_ if each} == set(steps_of(made, state)["draws"])
    counted = Counter(each.transition.step.arguments for each in drawn_ if each)
    assert 350 < counted[True,] < 550, "as likely as not"
    taken = stepper.draw(of(made, "many at start"), (59, *state[1:]), chance, Used())
    assert taken is not None and taken.transition.step.arguments == (48,)
    assert stepper.draw(of(made, "many at start"), state, chance, Used()) is None


def test_arguments_are_given_again_in_some_runs_more_and_in_some_less() -> None:
    made = program(MIXED)
    stepper, rule, chance = Stepper(made), of(made, "wide"), Free(0)
    kind = rule.parameters[0].type
    shares = []
    for share in range(4):
        used = Used(share, {kind: [7]})
        drawn_ = [stepper._argument(kind, chance, used) for _ in range(900)]
        assert used.share == share and min(drawn_) == 0 and max(drawn_) == 48
        shares.append(drawn_.count(7) / 900)
    assert all(abs(found - share / 4) < 0.1 for share, found in enumerate(shares)), shares
    used = Used()
    stepper._argument(kind, chance, used)
    assert used.share in range(4)
    for to in (3, 5, 3):
        used.note(rule, Step("wide", (to,), None, ()))
    assert used.values == {kind: [3, 5]}


BEGINS = """
class Begins(Model):
    n = Var(Range(3))
    def init(self):
        k = choose(range(COUNT))
        require(k >= LEAST)
        self.n = k
    @action
    def stay(self):
        self.n = 0
"""


@pytest.mark.parametrize(
    ("count", "least", "why"),
    [
        (MOST_REDRAWS, MOST_REDRAWS, Nowhere.REFUSED),
        (MOST_REDRAWS + 1, MOST_REDRAWS + 1, Nowhere.UNKNOWN),
        (5, 3, Nowhere.FAILED),
        (5, 2, Nowhere.UNKNOWN),
    ],
)
def test_why_nothing_begins_is_known_after_so_many_tries_or_not_at_all(count: int, least: int, why: Nowhere) -> None:
    made = program(BEGINS.replace("COUNT", str(count)).replace("LEAST", str(least)))
    assert Stepper(made).begins_nowhere() is why


# -- what runs went through --------------------------------------------------------------------------------------------


BRANCHES = [("flips", 10), ("wide", 30), ("wide", 32), ("worker", 44), ("worker", 45), ("many", 51), ("many", 53)]


def test_branches_are_counted_and_those_that_no_step_entered_are_named_in_order() -> None:
    made = program(MIXED)
    coverage, stepper, (state,) = Coverage(made), Stepper(made), states_of(made, 1)
    assert [(each.owner, each.span.line) for each in coverage.never_entered()] == BRANCHES
    assert coverage.branches() == (0, 7)
    for name in ("wide", "worker at start"):
        taken = stepper.draw(of(made, name), state, Free(1), Used())
        assert taken is not None
        coverage.note(of(made, name), taken)
    left = [(each.owner, each.span.line) for each in coverage.never_entered()]
    assert left == [("flips", 10), ("wide", 30), ("many", 51), ("many", 53)] and coverage.branches() == (3, 7)
    counted = {str(each.rule): (each.times, each.failed, each.refused, each.runs) for each in coverage.fired()}
    assert counted.pop("wide") == counted.pop("worker at start") == (1, 0, 0, 0)
    assert set(counted.values()) == {(0, 0, 0, 0)} and [*map(str, coverage.never())] == list(counted)


@pytest.mark.parametrize("seed", range(4))
def test_a_share_is_of_all_states_and_steps(seed: int) -> None:
    made = program(COUNTS)
    interpreter = Interpreter(made)
    states, edges = {(0,)}, set()
    for state in (todo := [(0,)]):
        nexts = {each.state for each in interpreter.successors(state) if each.state is not None}
        edges |= {(state, each) for each in nexts}
        todo += sorted(nexts - states)
        states |= nexts
    found = whole(made, len(states))
    assert found is not None and found.states == states and found.edges == edges
    assert whole(made, len(states) - 1) is None
    some, gone = Random(seed).sample(sorted(states), 5), Random(seed).sample(sorted(edges), 7)
    share = found.share(some, gone)
    assert (share.states, share.all_states, share.edges, share.all_edges) == (5, len(states), 7, len(edges))


COUNTS = """
class Counts(Model):
    x = Var(Range(30))
    @action
    def up(self, by: Range(1, 4)):
        require(self.x + by != 13)
        self.x += by
    @action
    def back(self):
        self.x = 0
"""


@pytest.mark.parametrize("steps", [19, 20, 21])
def test_a_model_of_few_states_and_many_steps_is_not_listed_for_ever(steps: int) -> None:
    made = program(f"""
class Steps(Model):
    x = Var(Bool)
    @action
    def idle(self, i: Range({steps})):
        self.x = False
""")
    assert (whole(made, 1) is None) == (steps > 20)


# -- a run -------------------------------------------------------------------------------------------------------------

ENDS = """
class Ends(Model):
    x = Var(Range(5))
    @action
    def up(self):
        require(self.x < 4)
        self.x += 1
    @action
    def jump(self):
        require(self.x == 1)
        self.x += 9
    @always
    def small(self):
        return 12 // (3 - self.x) < 12
    @sometimes
    def two(self):
        return self.x == 2
    @step
    def no_leap(self, old):
        return old.x != 3
    @final
    def done(self):
        return FINAL
"""


def walked(final: str, *asked: str) -> Walk:
    """A run that went up until something was found or nothing could happen."""
    made = program(ENDS.replace("FINAL", final))
    walk = Walk(Plan(made, asked), Coverage(made))
    up = of(made, "up")
    assert walk.begin(Free(0)) and not walk.stuck()
    while walk.possible(up):
        taken = walk.draw(up, Free(0))
        assert taken is not None
        walk.take(up, taken)
    return walk


@pytest.mark.parametrize(
    ("final", "asked", "found", "length"),
    [
        ("False", NO_DEADLOCK, NO_DEADLOCK, 5),
        ("True", NO_DEADLOCK, None, 5),
        ("1 // (4 - self.x) == 0", NO_FAILURE, NO_FAILURE, 4),
        ("True", "small", "small", 3),
        ("True", "two", None, 5),
        ("True", "no_leap", "no_leap", 5),
    ],
)
def test_a_run_ends_as_soon_as_it_shows_what_was_asked_for(
    final: str, asked: str, found: str | None, length: int
) -> None:
    if found is None:
        walk = walked(final, asked)
        assert walk.stuck() and len(walk.states) == length and len(walk.steps) == length - 1
        walk.end()
        assert walk.shown == {"two": 2} if asked == "two" else not walk.shown
    else:
        with pytest.raises(ViolationFound) as raised:
            walked(final, asked).stuck()
        assert raised.value.property == found and len(raised.value.trace) == length


def test_a_final_that_cannot_be_evaluated_leaves_deadlocks_open_or_is_a_failure() -> None:
    walk = walked("1 // (4 - self.x) == 0", NO_DEADLOCK)
    assert walk.stuck() and set(walk.unjudged) == {NO_DEADLOCK}


@pytest.mark.parametrize("asked", ["small", NO_FAILURE])
def test_what_nobody_has_tried_is_every_step_to_a_new_state_and_what_fails_if_that_is_looked_for(asked: str) -> None:
    made = program(ENDS.replace("FINAL", "True"))
    walk, known = Walk(Plan(made, (asked,)), Coverage(made)), Known()
    assert walk.begin(Free(0))
    taken = walk.draw(of(made, "up"), Free(0))
    assert taken is not None
    walk.take(of(made, "up"), taken)
    jump = ["jump"] if asked == NO_FAILURE else []
    assert [str(rule) for rule, _ in walk.untried(known)] == ["up", *jump]
    known.begins((2,), ())
    assert [str(rule) for rule, _ in walk.untried(known)] == jump


@pytest.mark.parametrize("chance", [0, 3])
def test_of_steps_that_can_all_be_listed_one_to_a_new_state_comes_three_times_in_four(chance: int) -> None:
    made = program(COUNTS)
    walk = Walk(Plan(made, ()), Coverage(made))
    assert walk.begin(Free(0))
    walk.seen |= {(1,), (2,), (3,)}
    given = iter([chance, 0])
    taken = walk.draw(of(made, "up"), SimpleNamespace(below=lambda _: next(given)))  # type: ignore[arg-type]
    assert taken is not None and taken.transition.state == ((1,) if chance == 3 else (4,))
