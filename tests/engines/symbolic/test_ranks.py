"""Ranks prove temporal properties: those that satisfy the rule, and no others; what they prove is so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import z3

from checker.check import check, engine
from checker.commands.run import compiled
from checker.contract.ranking import Wrong, wrong_with
from checker.contract.task import NO_FAILURE, Budget, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Exhausted, Proved, Unknown, Verdict, Violated
from checker.engines.common.temporal import BEYOND
from checker.engines.symbolic.rank_proof import RankProof
from checker.errors import ModelError
from checker.ir.nodes import Program
from checker.ir.temporal import TemporalKind
from checker.semantics import Interpreter
from tests.frontend.support import program
from tests.support import fair_models


def verdict(made: Program, name: str, by: str = "induction") -> Verdict:
    """What an engine says of a property; the judge has seen what it shows."""
    return check(Task(made, (name, NO_FAILURE), Budget(seconds=60), keep_going=True), engine(by)).verdicts[name]


def fails(source: str, name: str = "p") -> str:
    """At what the proof of a property by its rank fails."""
    found = verdict(program(source), name)
    assert isinstance(found, Unknown) and found.not_inductive is not None, found
    assert found.not_inductive.rank == "r"
    return found.reason.partition(": ")[2]


@pytest.mark.parametrize(
    ("model", "name", "rank"),
    [
        ("spec.classics.ewd840:Termination", "the_end_is_found", "rounds_to_come"),
        ("spec.classics.locks:TicketLock", "who_waits_comes_in", "turns_to_come"),
        ("spec.classics.token_ring:TokenRing nodes=3 values=3", "the_token_comes_round", "way_to"),
    ],
)
def test_ranks_of_the_catalogue_prove_what_exploring_finds(model: str, name: str, rank: str) -> None:
    entry, *given = model.split()
    made = compiled(entry, dict(each.split("=") for each in given))
    proved = verdict(made, name)
    assert isinstance(proved, Proved) and proved.rank == rank
    assert isinstance(verdict(made, name, "reference"), Exhausted)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("spec.classics.ewd840:TerminationLazy", "the_end_is_found"),
        ("spec.classics.locks:TicketLockStopping", "who_waits_comes_in"),
    ],
)
def test_where_steps_are_not_owed_their_ranks_prove_nothing(model: str, name: str) -> None:
    made = compiled(model, {})
    found = verdict(made, name)
    assert isinstance(found, Unknown) and found.not_inductive is not None and found.not_inductive.rank
    assert isinstance(verdict(made, name, "reference"), Violated)


TURNS = """
class Turns(Model):
    T = Range(3)
    turn = Var(T)
    seen = Var(Array(T, Bool))
    @process(T)
    def goes(self, t: T):
        while True:
            require(self.turn == t)
            self.turn = (self.turn + 1) % 3
            yield "on"
    @action
    def sees(self, t: T):
        self.seen[t] = not self.seen[t]
    @leads_to
    def p(self, t: T):
        return self.turn == (t + 1) % 3, self.turn == t
    @rank("p")
    def r(self, t: T):
        return (t - self.turn) % 3 if self.turn != t else None
"""
"""Whose turn it is goes on; meanwhile anything is seen."""


def test_a_rank_that_somebody_fair_lowers_proves_it() -> None:
    made = program(TURNS)
    assert verdict(made, "p") == Proved(1, rank="r")
    assert isinstance(verdict(made, "p", "reference"), Exhausted)


MUTANTS = {
    "in some state no fair step lowers it": [
        ("(t - self.turn) % 3 if", "5 if"),
        ("@process(T)", "@process(T, fair=False)"),
    ],
    "'goes' raises it, or leaves the property owed without a rank": [
        ("(t - self.turn) % 3 if", "(self.turn - t) % 3 if"),
        ("self.turn != t else", "self.turn == (t + 1) % 3 else"),
        ("(self.turn + 1) % 3", "(self.turn + 2) % 3"),
    ],
    "'sees' raises it, or leaves the property owed without a rank": [
        ("(t - self.turn) % 3 if", "(t - self.turn) % 3 + sum(self.seen) if")
    ],
    "it is None in a state in which the property begins to be owed": [
        ("if self.turn != t else", "if self.turn == (t + 2) % 3 else")
    ],
}


@pytest.mark.parametrize(
    ("said", "change"), [(said, change) for said, changes in MUTANTS.items() for change in changes]
)
def test_a_rank_or_a_model_that_is_wrong_is_shown_with_the_step(said: str, change: tuple[str, str]) -> None:
    assert TURNS.count(change[0]) == 1
    assert fails(TURNS.replace(*change)) == said


HELPS = """
class Helps(Model):
    x = Var(Range(3))
    who = Var(Bool)
    @action(fair="weak")
    def one(self):
        require(self.x < 2 and self.who)
        self.x = self.x + 1
    @action(fair="weak")
    def other(self):
        require(self.x < 2 and not self.who)
        self.x = self.x + 1
    @action
    def turns(self):
        self.who = not self.who
    @eventually
    def p(self):
        return self.x == 2
    @rank("p")
    def r(self):
        return 2 - self.x
"""


def test_in_every_state_somebody_helps_and_nobody_goes_on_helping() -> None:
    """Each state has a fair step that lowers the rank; but whose it is changes all the time, and nobody is owed it."""
    assert fails(HELPS) == "'turns' leaves it as it was, and what would have lowered it does so no more"
    assert isinstance(verdict(program(HELPS), "p", "reference"), Violated)
    strong = HELPS.replace('"weak"', '"strong"')
    assert fails(strong).endswith("so no more (strong fairness counts for no more than weak here)")
    assert isinstance(verdict(program(strong), "p", "reference"), Exhausted), "which the rule does not cover"
    assert isinstance(verdict(program(HELPS.replace("not self.who\n    @ev", "self.who\n    @ev")), "p"), Proved)


CHOOSES = """
class Chooses(Model):
    N = Range(4)
    x = Var(N)
    wanted = Var(N)
    @action(fair="weak")
    def hits(self):
        chosen = choose(self.N)
        require(chosen == self.wanted and self.x < 3)
        self.x = self.x + 1
    @action
    def wants(self, n: N):
        self.wanted = n
    @always_eventually
    def p(self):
        return self.x == 3
    @rank("p")
    def r(self):
        return 3 - self.x
"""


def test_what_some_choice_makes_possible_and_all_lower_helps() -> None:
    assert verdict(program(CHOOSES), "p") == Proved(1, rank="r")
    stays = CHOOSES.replace("self.x = self.x + 1", "self.x = self.x + choose({0, 1})\n        self.wanted = 3 - chosen")
    assert fails(stays) == "in some state no fair step lowers it", "one choice leaves the rank as it was"
    once = CHOOSES.replace("chosen == self.wanted", "chosen == self.wanted and chosen != 2")
    assert fails(once) == "in some state no fair step lowers it", "no choice makes it possible"
    later = CHOOSES.replace("require(chosen == self.wanted", "require((self.wanted < 2 or chosen == self.wanted)")
    assert isinstance(verdict(program(later), "p"), Proved), "other choices do as well"


def test_what_lowers_the_rank_for_some_choices_only_does_not_help_and_may_stop() -> None:
    """One goes on helping all the time. Another could lower the rank too, or leave it; that this ends is no harm."""
    source = """
class Two(Model):
    x = Var(Range(3))
    who = Var(Bool)
    y = Var(Bool)
    @action(fair="weak")
    def one(self):
        require(self.x < 2)
        self.x = self.x + 1
    @action(fair="weak")
    def perhaps(self):
        require(self.who and self.x < 2)
        if choose(Bool):
            self.x = self.x + 1
        else:
            self.y = not self.y
    @action
    def turns(self):
        self.who = not self.who
    @eventually
    def p(self):
        return self.x == 2
    @rank("p")
    def r(self):
        return 2 - self.x
"""
    assert verdict(program(source), "p") == Proved(1, rank="r")


@pytest.mark.parametrize("stops", [(True, False), (False, True), (True, True)])
def test_what_stops_is_shown_once_nothing_more_is_learned(stops: tuple[bool, bool]) -> None:
    """Of all that are said to stop it is asked whether they helped at all, and only if all did, whether they stop."""
    for *each, can in product(*[(True, False)] * 5):
        harms, denies = (each[0], each[1]), (each[2], each[3])
        helpers = [_helper(at) for at in range(2)]
        said = [at for at in range(2) if stops[at]]
        asked, learned, shown = _stopping(helpers, stops, harms, denies, can)
        goes_on = any(harms[at] for at in said)
        assert shown == (None if goes_on or can else (Wrong.STOPS, ["before", "after"]))
        assert asked == said
        assert learned == ([] if goes_on else [([at for at in said if denies[at]], "after")])


def _helper(number: int) -> Any:
    """Something that helps as long as it does not stop, and is not denied if it can do something."""
    thing = SimpleNamespace(known=[z3.Bool(f"can {number}")])
    return SimpleNamespace(number=number, helps=lambda: True, fails=lambda: z3.Bool(f"stops {number}"), thing=thing)


def _stopping(
    helpers: list[Any], stops: Sequence[bool], harms: Sequence[bool], denies: Sequence[bool], can: bool
) -> tuple[list[int], list[Any], Any]:
    """Of whom it was asked whether they turn out harmful, what was to be learned, and what is shown, where one solution
    says of these that they stop and are denied afterwards; and whether choices are found by which they can do something
    after all."""
    solver = z3.Solver()
    for at, each in enumerate(helpers):
        solver.add(each.fails() == stops[at], each.thing.known[0] == (not denies[at]))
    assert solver.check() == z3.sat
    asked: list[int] = []
    learned: list[Any] = []
    found = iter([SimpleNamespace(solution=solver.model()), None])
    proof: Any = RankProof.__new__(RankProof)
    proof.hypotheses = SimpleNamespace(solver=lambda: None)
    proof.encoding = SimpleNamespace(before=[], forms=[SimpleNamespace(after=[], happens=True)])
    proof._promise, proof._helpers = SimpleNamespace(primed=[], lowers=False, owed=True), helpers
    proof._find = lambda *_: next(found)
    proof._step = lambda *_: SimpleNamespace(states=["before", "after"])
    proof._learn_harm = lambda each, _: asked.append(each.number) or harms[each.number]
    proof._learn = lambda denied, state: learned.append(([each.number for each in denied], state)) or can
    proof._shown = lambda wrong, trace: (wrong, trace.states)
    return asked, learned, proof._stops()


def test_what_the_rule_does_not_cover_is_refused() -> None:
    def reason(source: str) -> str:
        found = verdict(program(source), "p")
        assert isinstance(found, Unknown) and found.not_inductive is None, found
        return found.reason

    assert reason(HELPS.replace("@eventually", "@eventually_always")).startswith("a @rank proves that something comes")
    assert reason(HELPS + "    @constraint\n    def c(self):\n        return self.x < 3\n") == BEYOND
    unranked = HELPS.partition('    @rank("p")')[0]
    assert reason(unranked).startswith("without a @rank the engine 'induction' does not decide")
    fails_too = HELPS.replace("self.who = not self.who", "assert self.x < 2\n        self.who = self.who")
    assert reason(fails_too).startswith("a step can fail: what would follow is not known")
    undefined = HELPS.replace("return 2 - self.x", "return 2 // (1 - self.x)").replace(
        "not self.who\n    @ev", "True\n    @ev"
    )
    assert reason(undefined) == "in a state that the claims allow, 'r' cannot be evaluated"


def test_what_exploring_leaves_open_is_proved_by_its_rank() -> None:
    """Of all states few are looked at; and where all are, `all` has both agree."""
    made = program(TURNS)
    few = Task(made, ("p", NO_FAILURE), Budget(max_states=5))
    assert isinstance(check(few, engine("explicit")).verdicts["p"], Unknown)
    outcome = check(few, engine("auto"))
    assert outcome.verdicts["p"] == Proved(1, rank="r") and outcome.engine.endswith(", then induction")
    assert isinstance(check(Task(made, ("p", NO_FAILURE)), engine("auto")).verdicts["p"], Exhausted)
    together = check(Task(made, ("p",)), engine("all"))
    assert together.verdicts["p"] == Proved(1, rank="r") and together.engine == "all"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('@rank("p")', '@rank("q")'), "E206"),
        (('@rank("p")', "@rank(3)"), "E206"),
        (("def r(self)", "def r(self, n: Range(2))"), "E206"),
        (("return 2 - self.x", "return self.who"), "E210"),
        (("return 2 - self.x", "return None"), "E210"),
        (("return 2 - self.x", 'return 1\n    @rank("p")\n    def s(self):\n        return 2'), "E206"),
    ],
)
def test_a_rank_is_of_one_property_takes_what_that_takes_and_returns_numbers(
    change: tuple[str, str], code: str
) -> None:
    with pytest.raises(ModelError, match=code):
        program(HELPS.replace(*change))


# -- random models -----------------------------------------------------------------------------------------------------


def ranked(draw: Random) -> str:
    """A model with a property of each kind, and a rank of each that a rank may prove."""
    source = fair_models.text(draw, 3)
    size = int(source.partition("V = Range(")[2].partition(")")[0])
    lines = [source]
    for kind in fair_models.KINDS:
        if kind is TemporalKind.EVENTUALLY_ALWAYS:
            continue
        takes = f"def {kind}_p(self, v: V)" in source
        lines += [f"    @rank('{kind}_p')", f"    def {kind}_r(self{', v: V' if takes else ''}):"]
        pair, may_be_none = draw.random() < 0.3, draw.random() < 0.3
        for value in range(size - 1):
            test = f"self.x == {value}" if not takes or draw.random() < 0.5 else f"(self.x + v) % {size} == {value}"
            lines += [f"        if {test}:", f"            return {_rank(draw, pair, may_be_none)}"]
        lines.append(f"        return {_rank(draw, pair, False)}")
    return "\n".join(lines) + "\n"


def _rank(draw: Random, pair: bool, may_be_none: bool) -> str:
    if may_be_none and draw.random() < 0.4:
        return "None"
    number = str(draw.randrange(3))
    return f"{number}, {draw.choice(('True', 'False', 'self.x == 0'))}" if pair else number


def _traces(made: Program) -> Iterator[Trace]:
    """Every state, and every step, of all values that the variables may have."""
    interpreter = Interpreter(made)
    for state in product(*(tuple(each.type.values()) for each in made.variables)):
        yield Trace((state,), ())
        for found in interpreter.successors(state):
            assert found.state is not None
            yield Trace((state, found.state), (found.step,))


def satisfies(made: Program, name: str) -> bool:
    """Whether a rank is as the rule wants it, everywhere."""
    temporal = next(each for each in made.temporal if each.name == name)
    rank = next(each for each in made.ranks if each.of == name)
    initial = {found.state for found in Interpreter(made).initial()}
    for trace in _traces(made):
        wrong = wrong_with(made, temporal, rank, trace)
        begins = wrong is not None and wrong.wrong is Wrong.BEGINS
        late = begins and temporal.kind is TemporalKind.EVENTUALLY and trace.states[0] not in initial
        if wrong is not None and not late:
            return False
    return True


@pytest.mark.parametrize("seed", range(2))
def test_of_random_ranks_those_prove_it_that_satisfy_the_rule_and_what_they_prove_is_so(seed: int) -> None:
    draw, proofs = Random(f"ranks {seed}"), 0
    while proofs < 3:
        source = ranked(draw)
        if "wide" in source:
            continue
        made = program(source)
        names = tuple(each.of for each in made.ranks)
        said = check(Task(made, names, keep_going=True), engine("induction")).verdicts
        for name in names:
            assert isinstance(said[name], Proved) == satisfies(made, name), f"{name}: {said[name]} of\n{source}"
            if isinstance(said[name], Proved):
                proofs += 1
                assert isinstance(verdict(made, name, "reference"), Exhausted), f"{name} of\n{source}"
