"""Induction for every size: its formulas mean what the interpreter does, what it proves holds at every size tried."""

from __future__ import annotations

import gc
from random import Random
from unittest.mock import patch

import pytest
import z3

from checker.check import check, engine
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task, select
from checker.contract.verdict import NotInductive, Unknown, Violated
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.execution import EverySize
from checker.engines.symbolic.every_size.obligations import Obligations
from checker.engines.symbolic.every_size.proof import EverySizeEngine
from checker.engines.symbolic.solving import Clock, Solver
from checker.errors import ModelError, UsageError
from checker.every_size import Found, check_every_size
from checker.frontend.compile import compile_program
from checker.frontend.open_sizes import left_open
from checker.lang.model import Model
from spec.classics import any_number
from tests.frontend.support import model
from tests.support.every_size import AtSize, Draw, agrees, is_proved, proved
from tests.support.every_size_claims import Wrong, hold_random_model
from tests.support.sizes import open_sizes

SMALL = [
    any_number.Token,
    any_number.ReadersAndWriters,
    any_number.TwoPhaseAnyNumber,
    any_number.TransactionCommitAnyNumber,
    any_number.Semaphore,
    any_number.TicketLock,
]


def found(kind: type[Model], *properties: str, **parameters: object) -> Found:
    """The same, with what the least size that fails shows."""
    program = compile_program(kind(**parameters))
    return check_every_size(Task(program, select(program, properties)), open_sizes(kind, parameters))


# What the formulas mean.


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("size", [1, 2])
def test_the_formulas_are_the_steps_and_properties_of_the_interpreter(kind: type[Model], size: int) -> None:
    names = open_sizes(kind).names
    agrees(compile_program(kind(**dict.fromkeys(names, size))), Random(size), steps=5, states=3)


@pytest.mark.parametrize("seed", [1, 3, 8])
def test_the_formulas_of_random_models_are_those_of_the_interpreter(seed: int) -> None:
    kind = model(Draw(Random(seed)).model())
    for size in (1, 2):
        agrees(compile_program(kind(n=size)), Random(seed), steps=3, states=2)


EACH = """
class Each(Model):
    n = Param(2)
    T = Range(n, symmetric=True)
    h = Var(Array(T, SetOf(T)))
    p = Var(Array(T, Opt(T)))

    @action
    def grow(self, m: T):
        self.h[m].add(m)

    @action
    def pick(self):
        self.p = {m: choose(self.h[m]) for m in self.T}

    @action
    def follow(self):
        self.h = {m: self.h[self.p[m]] for m in self.T}
"""


def test_what_happens_for_each_member_is_impossible_or_fails_if_it_does_for_one() -> None:
    program = compile_program(model(EACH)(n=2))
    agrees(program, Random(1), steps=6, states=0)
    at = AtSize(program)
    one_has_none = at.is_state(((frozenset({0}), frozenset()), (None, 0)), at.encoding.before)
    for name in ("pick", "follow"):
        (form,) = (each for each in at.encoding.forms if each.name == name)
        assert not at.possible(*one_has_none, form.happens)


STRIDES = """
class Strides(Model):
    n = Param(1)
    T = Range(n, symmetric=True)
    h = Var(Array(T, Range(9)))
    x = Var(Range(9))

    @action
    def up(self):
        self.x = choose(range(2, 7))

    @action
    def leap(self):
        self.x = choose(range(self.x, 8, 3))

    @action
    def down(self):
        self.x = choose(range(7, 1, -1))

    @action
    def drop(self):
        self.x = choose(range(8, 0, -3))

    @always
    def some(self):
        return any(i == self.x for i in range(1, 4))
"""


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_of_a_range_are_those_of_python(seed: int) -> None:
    agrees(compile_program(model(STRIDES)(n=1)), Random(seed), steps=20, states=9)


KINDS = """
class Kinds(Model):
    n = Param(1)
    T = Range(n, symmetric=True)
    Pair = Record(a=Range(3), b=Opt(Bool))
    small = Var(SetOf(Range(3)))
    large = Var(SetOf(Range(5)))
    narrow = Var(Array(Range(2), Range(3)))
    wide = Var(Array(Range(2), Range(5)))
    pair = Var(Pair)
    who = Var(Opt(T))

    @action
    def clear(self):
        self.small = set()

    @action
    def fill(self):
        self.small = {0, 2}
        self.narrow = (1, 2)

    @action
    def widen(self):
        self.large = self.small
        self.wide = self.narrow

    @action
    def shrink(self):
        self.small = self.large
        self.narrow = self.wide

    @action
    def name(self, t: T):
        self.who = t
        self.pair = self.Pair(a=2, b=True) if self.pair.b is None else self.Pair(a=self.pair.a, b=None)

    @always
    def alike(self):
        return self.small <= self.large and self.wide[0] == self.narrow[0] and self.pair.b != False
"""


@pytest.mark.parametrize("seed", range(3))
def test_values_of_every_kind_become_others_as_in_the_interpreter(seed: int) -> None:
    agrees(compile_program(model(KINDS)(n=1)), Random(seed), steps=20, states=9)


def test_members_are_not_counted_whoever_asks() -> None:
    """The front end refuses it (E602) before anything is encoded; what encodes does so, too."""
    program = compile_program(model(MANY.replace("CLAIM", "len(self.s) % 2 < 2"))(n=2))
    with pytest.raises(ModelError, match="is a number to compare with others here, and no more"):
        agrees(program, Random(1), steps=1, states=1)


FALLIBLE = """
class Fallible(Model):
    n = Param(2)
    T = Range(n, symmetric=True)
    who = Var(Opt(T))
    on = Var(Bool)
    h = Var(Array(T, Bool))

    @action
    def start(self, t: T):
        self.who = t
        self.on = True

    @action
    def mark(self):
        require(self.on)
        self.h[self.who] = True

    @lemma
    def named(self):
        return not self.on or self.who is not None

    @always
    def fine(self):
        return CLAIM
"""


def test_that_nothing_fails_rests_on_lemmas_and_speaks_of_properties() -> None:
    verdicts = {}
    for claim in ("not self.on or self.h[self.who] or True", "self.h[self.who] or True"):
        kind = model(FALLIBLE.replace("CLAIM", claim))
        task = Task(compile_program(kind()), (NO_FAILURE,), certify=True)
        outcome = check(task, EverySizeEngine(left_open(kind, {}, "all"), 0))
        verdicts[claim] = outcome.verdicts[NO_FAILURE]
        if is_proved(verdicts[claim]):
            assert outcome.evidence is not None
            names = {each.name for each in outcome.evidence.obligations}
            assert {"named-initial", "named-start", "named-mark", "mark-failure", "fine-failure"} <= names
    one, other = verdicts.values()
    assert is_proved(one)
    assert isinstance(other, Unknown) and "'fine' may fail" in other.reason


# What is proved.


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", range(2))
def test_small_protocols_are_proved_for_every_number_with_any_seed(kind: type[Model], seed: int) -> None:
    outcome = proved(kind, seed=seed)
    assert all(map(is_proved, outcome.verdicts.values())), outcome.verdicts


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
def test_what_is_proved_for_every_number_holds_at_each_that_is_explored(kind: type[Model]) -> None:
    names = [name for name, verdict in proved(kind).verdicts.items() if is_proved(verdict)]
    parameters = open_sizes(kind).names
    for size in (1, 2, 3):
        program = compile_program(kind(**dict.fromkeys(parameters, size)))
        outcome = check(Task(program, tuple(names), keep_going=True), engine("reference"))
        assert not [name for name, verdict in outcome.verdicts.items() if isinstance(verdict, Violated)]


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
def test_no_step_keeps_the_claims_for_want_of_a_state_to_start_in(kind: type[Model]) -> None:
    program = compile_program(kind())
    encoding = Encoding(program)
    obligations = Obligations(encoding, Clock(Task(program, ())))
    assert {str(form): obligations.happens(form, list(obligations.claims)) for form in encoding.forms} == {
        str(form): z3.sat for form in encoding.forms
    }


@pytest.mark.parametrize("lemma", [name for name in vars(any_number.TwoPhaseAnyNumber) if not name.startswith("_")])
def test_without_any_one_of_its_lemmas_two_phase_commit_is_not_proved(lemma: str) -> None:
    without = type("Without", (any_number.TwoPhaseAnyNumber,), {lemma: None, "__module__": __name__})
    assert not is_proved(proved(without).verdicts["consistent"])


COUNTED = """
class Counted(Semaphore):
    @always
    def counted(self):
        return sum(1 for t in self.Thread if self.thread[t].at("inside")) <= self.permits
"""


def test_what_a_semaphore_says_without_counting_is_what_a_count_says() -> None:
    counted = model(COUNTED, Semaphore=any_number.Semaphore)
    for permits in (1, 2, 3):
        program = compile_program(counted(threads=4, permits=permits))
        assert not [
            name
            for name, verdict in check(Task(program, select(program)), engine("reference")).verdicts.items()
            if isinstance(verdict, Violated)
        ]
    with pytest.raises(ModelError, match="E601"):  # a number of permits is a number of members
        left_open(counted, {}, "threads,permits")


RUSHED = """
class Rushed(Token):
    def leave(self, n: Token.Node):
        require(n in self.critical)

    def send(self, n: Token.Node, to: Token.Node):
        require(self.holder == n)
        self.holder = None
        self.under_way = to
"""


def test_a_step_that_breaks_a_lemma_is_shown_at_the_least_size_and_becomes_a_counterexample() -> None:
    result = found(model(RUSHED, Token=any_number.Token), "exclusive", "who_is_critical_holds_the_token")
    assert isinstance(result.outcome.verdicts["who_is_critical_holds_the_token"], Violated)
    assert result.program.parameters["nodes"] == 1  # the lemma is broken where nobody else is
    assert not is_proved(result.outcome.verdicts["exclusive"])


def test_a_step_from_a_state_that_is_never_reached_refutes_the_proof_only() -> None:
    without = type("Without", (any_number.Token,), {"the_token_is_in_one_place": None, "__module__": __name__})
    result = found(without, "exclusive", "who_is_critical_holds_the_token")
    verdict = result.outcome.verdicts["exclusive"]
    assert isinstance(verdict, Unknown) and isinstance(verdict.not_inductive, NotInductive)
    assert "a step breaks it where nodes=" in verdict.reason or "it holds where nodes=" in verdict.reason


# What must never be proved.

MANY = """
class Many(Model):
    n = Param(3)
    T = Range(n, symmetric=True)
    s = Var(SetOf(T)); h = Var(Array(T, Bool))

    @action
    def add(self, m: T):
        self.s.add(m)

    @always
    def few(self):
        return CLAIM
"""

FOUR = (
    "not any(a != b and a != c and a != d and b != c and b != d and c != d "
    "for a in self.s for b in self.s for c in self.s for d in self.s)"
)
FIVE = (
    "not any(a != b and a != c and a != d and a != e and b != c and b != d and b != e and c != d and c != e and d != e "
    "for a in self.s for b in self.s for c in self.s for d in self.s for e in self.s)"
)


@pytest.mark.parametrize(("claim", "shown"), [(FOUR, 4), (FIVE, None)], ids=["4", "5"])
def test_what_holds_for_small_numbers_only_is_not_proved(claim: str, shown: int | None) -> None:
    result = found(model(MANY.replace("CLAIM", claim)), "few")
    verdict = result.outcome.verdicts["few"]
    if shown is None:
        assert isinstance(verdict, Unknown) and "no step is known to break it where n=4, or less" in verdict.reason
    else:
        assert isinstance(verdict, Violated) and result.program.parameters["n"] == shown


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("self.n < 10", "E601"),
        ("self.n - self.n == 0", "E601"),
        ("len(self.h) < 10", "E601"),
        ("len(self.T) % 2 < 2", "E602"),
        ("len(self.s) % 2 < 2", "E602"),
        ("sum(2 for m in self.s) < 10", "E602"),
        ("(len(self.s) if self.s else 0) < 10", "E602"),
        ("max(1 for m in self.T) < 10", "E602"),
        ("any(s <= self.s for s in SetOf(self.T))", "E602"),
    ],
)
def test_what_depends_on_the_size_is_refused_with_its_place(claim: str, code: str) -> None:
    kind = model(MANY.replace("CLAIM", claim))
    with pytest.raises(ModelError) as caught:
        found(kind, "few")
    (problem,) = caught.value.problems
    assert problem.code == code and problem.remedy
    assert problem.span is not None and problem.span.line == 12


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("k = Var(Range(n))", "E601"),
        ("k = Var(Range(n // 10 + 1))", "E601"),
        ("k = Var(Seq(T, n))", "E601"),
        ("limit = Param(1, Range(0, n))", "E601"),
        ("half = n // 2\n    k = Var(Array(Range(half + 1), Bool))", "E601"),
        ("k = Var(Seq(T, 2))", "E602"),
        ("k = Var(SetOf(Range(3, symmetric=True)))\n    l = Var(SetOf(Range(n, symmetric=True)))", "E602"),
    ],
)
def test_declarations_that_depend_on_the_size_are_refused(declared: str, code: str) -> None:
    kind = model(MANY.replace("CLAIM", "True").replace("    s = Var", f"    {declared}\n    s = Var"))
    with pytest.raises(ModelError) as caught:
        found(kind, "few")
    assert {problem.code for problem in caught.value.problems} == {code}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("while m in self.s:\n            self.s.remove(m)", "a `while` is not looked at"),
        ("q: Seq(self.T, 2) = [m]\n        self.s = set(q)", "Seq"),
    ],
)
def test_statements_that_are_not_looked_at_are_refused(body: str, said: str) -> None:
    kind = model(MANY.replace("CLAIM", "True").replace("self.s.add(m)", body))
    with pytest.raises(ModelError, match=f"E602 .*{said}"):
        found(kind, "few")


@pytest.mark.parametrize(
    ("names", "parameters", "said"),
    [
        ("m", {}, "has no parameter 'm'"),
        ("n", {"n": 3}, "cannot be left open and set to 3"),
        ("all", {"n": 3}, "no parameter of Many that is not set sizes a symmetric type"),
        ("other", {}, "does not size a symmetric type"),
    ],
)
def test_parameters_that_cannot_be_left_open(names: str, parameters: dict[str, int], said: str) -> None:
    kind = model(MANY.replace("CLAIM", "True").replace("    s = Var", "    other = Param(2)\n    s = Var"))
    with pytest.raises(UsageError, match=f"U027 .*{said}"):
        left_open(kind, parameters, names)


def test_a_model_without_an_initial_state_at_some_size_is_refused() -> None:
    pair = "    def init(self):\n        require(any(a != b for a in self.T for b in self.T))\n\n    @action\n"
    kind = model(MANY.replace("CLAIM", "False").replace("    @action\n", pair))
    with pytest.raises(ModelError, match="E104"):
        found(kind, "few")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("    @constraint\n    def close(self):\n        return not self.s\n", "E602 'close' bounds what is looked at"),
        ("    @assumption\n    def many(self):\n        return self.n >= 2\n", "E601 'n' is left open"),
    ],
)
def test_what_stops_somewhere_is_refused(more: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        found(model(MANY.replace("CLAIM", "True") + more), "few")


def test_what_is_said_of_steps_is_not_said_for_every_size() -> None:
    step = "    @step\n    def grows(self, before):\n        return before.s <= self.s\n"
    outcome = found(model(MANY.replace("CLAIM", "True") + step)).outcome
    assert isinstance(outcome.verdicts["grows"], Unknown) and is_proved(outcome.verdicts["few"])


def test_what_can_happen_and_deadlocks_are_not_said_for_every_size() -> None:
    outcome = found(any_number.Token).outcome
    for name in ("is_passed_on", NO_DEADLOCK):
        assert isinstance(outcome.verdicts[name], Unknown)
    assert is_proved(outcome.verdicts["exclusive"])


def test_a_run_out_of_time_proves_nothing() -> None:
    kind = any_number.TwoPhaseAnyNumber
    program = compile_program(kind())
    task = Task(program, select(program, ()), Budget(seconds=0.0))
    outcome = check(task, EverySizeEngine(open_sizes(kind)))
    assert outcome.stopped is not None
    assert all(isinstance(each, Unknown) for each in outcome.verdicts.values())


# Random models.


@pytest.mark.parametrize("seed", range(6))
def test_what_is_proved_of_random_models_holds_wherever_the_interpreter_comes(seed: int) -> None:
    hold_random_model(Random(seed))


def test_a_wrong_proof_of_a_random_model_is_noticed() -> None:
    with patch.object(EverySize, "_counted", lambda *_: True), pytest.raises(Wrong, match="proved for every size"):
        hold_random_model(Random("b13"))


def test_python_collects_no_garbage_while_z3_runs() -> None:
    """A term in a cycle, given back to Z3 in the middle of its work, ended the process."""
    collected: list[bool] = []

    class Watching(z3.Solver):  # type: ignore[misc]
        def check(self, *literals: z3.BoolRef) -> z3.CheckSatResult:
            collected.append(gc.isenabled())
            return super().check(*literals)

    solver = Solver(Clock(Task(compile_program(any_number.Token()), ())), "")
    solver.solver = Watching()
    assert solver.solution(z3.Bool("anything")) is not None
    assert collected == [False] and gc.isenabled()
