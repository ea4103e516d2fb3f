"""Formulas by compiled code: workers, budgets, memory that grows, what is too large, and faults that must be seen. That
verdicts are right is held by tests/agreement/test_formulas.py, and by tests/engines/test_formulas.py for small ones.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from checker.check import check, engine
from checker.commands import run as run_of_command
from checker.contract.task import Budget, Outcome, Stats, Task
from checker.contract.verdict import Exhausted, Unknown, Violated
from checker.contract.wording import word
from checker.engines.common.clock import Stopped
from checker.engines.common.tableau import Place, Tableau
from checker.engines.explicit import clock, worker
from checker.engines.explicit.liveness import (
    coarse,
    components,
    deciding,
    formulas,
    graph,
    modes,
    node_lasso,
    products,
    rows,
    states,
)
from checker.engines.explicit.native import block, intrinsics
from checker.ir.nodes import Program
from checker.ir.temporal import Always, Condition, Eventually, Formula, Negation, TemporalKind, implies
from tests.engines.explicit.support import random_key
from tests.frontend.support import program
from tests.support.fair_models import gist, text
from tests.support.formulas import differences, timed
from tests.support.plain_code import plain_code

RING = """
class Ring(Model):
    Place = Range(N)
    at = Var(Array(Range(3), Place))
    @process(Range(3), fair=FAIR)
    def walker(self, w):
        while True:
            yield "walks"
            self.at[w] = (self.at[w] + 1) % N
    @action
    def resets(self):
        self.at = [0, 0, 0]
    @temporal
    def comes_round(self, w: Range(3)):
        return always(implies(self.at[w] == 1, until(self.at[w] != 2 or True, self.at[w] == 0)))
    @temporal
    def stays_behind(self):
        return until(self.at[0] == 0, self.at[1] == 1) or always_eventually(self.at[0] == self.at[1])
"""


WIDE = """
class Wide(Model):
    x = Var(Range(6))
    y = Var(Range(6))
    round = Var(Range(3))
    @action(fair="weak")
    def draws(self):
        require(self.round == 0)
        self.x = choose(Range(6))
        self.round = 1
    @action(fair="weak")
    def draws_again(self):
        require(self.round == 1)
        self.y = choose(Range(6))
        self.round = 2
    @action(fair="weak")
    def turns(self):
        require(self.round == 2)
        self.y = 5 - self.y
    @temporal
    def settles(self):
        return until(self.round < 2, self.round == 2 and always(self.x + self.y == 5))
"""


def ring(size: int = 8, fair: str = "True") -> Program:
    """Three that go round, each by itself."""
    return program(RING.replace("N", str(size)).replace("FAIR", fair))


def run(compiled: Program, budget: Budget | None = None, **options: Any) -> Outcome:
    """What the explicit engine says of the formulas, judged."""
    names = tuple(each.name for each in compiled.temporal)
    return check(Task(compiled, names, budget or Budget(), keep_going=True, **options), engine("explicit"))


@pytest.mark.parametrize("fair", ["True", "False"])
def test_any_number_of_workers_gives_the_same_lassos(fair: str) -> None:
    compiled = ring(fair=fair)
    one, two, three = (run(compiled, workers=workers).verdicts for workers in (1, 2, 3))
    assert one == two == three
    assert isinstance(one["stays_behind"], Violated)
    assert isinstance(one["comes_round"], Exhausted if fair == "True" else Violated)


def test_where_states_stand_in_the_table_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many ends of stems as short as each other, and ways there, those taken are the least by state and mode; here
    the hash is another each time."""
    compiled = program(WIDE)
    with plain_code():
        before = run(compiled).verdicts
        assert isinstance(before["settles"], Violated) and len(before["settles"].trace) > 3
        for factor in (3, 5, 0x5851F42D4C957F2D):
            monkeypatch.setattr(intrinsics, "FIRST_FACTOR", factor)
            assert run(compiled).verdicts == before


def test_memory_that_is_too_small_at_first_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = ring(4, "False")
    before = run(compiled).verdicts
    for owner, name in ((graph, "_FIRST_STACK"), (rows, "_FIRST_LIST"), (worker, "_OUT_ROWS")):
        monkeypatch.setattr(owner, name, 1)
    monkeypatch.setattr(graph, "STEPS", 3)
    assert run(compiled).verdicts == before


def test_a_memory_budget_ends_the_search_for_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "_FIRST_STACK", 1 << 40)
    outcome = run(ring(), Budget(memory=40 << 20))
    assert outcome.stopped == "memory budget of 40 MiB ended"
    assert isinstance(outcome.verdicts["stays_behind"], Unknown)


def test_more_nodes_than_numbers_of_32_bits_end_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numbers ended earlier: components would get those of nodes."""
    monkeypatch.setattr(graph, "_MOST_NUMBERED", 100)
    outcome = run(ring())
    assert outcome.stopped == "more than 100 states, each with a mode of an automaton, ended the search"
    assert isinstance(outcome.verdicts["stays_behind"], Unknown)


@pytest.mark.parametrize(
    "kernel", ["read_letters", "reach", "last_nodes", "keep_nodes", "trim_nodes", "components", "begin_nodes"]
)
def test_stop_ends_the_search_wherever_it_is(kernel: str) -> None:
    """It is set when a loop is run for the first time; that loop is not run twice."""
    stop, calls = threading.Event(), []
    call = worker.Worker.call

    def stopping(self: worker.Worker, name: str) -> int:
        if name == kernel:
            stop.set()
            calls.append(name)
        return call(self, name)

    with patch.object(worker.Worker, "call", stopping):
        outcome = run(ring(), stop=stop)
    assert outcome.stopped == "interrupted" and isinstance(outcome.verdicts["comes_round"], Unknown)
    assert len(calls) == 1


def test_progress_is_told_while_cycles_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_PROGRESS_SECONDS", 0.0)
    told: set[str] = set()

    def progress(stats: Stats) -> None:
        told.add(stats.doing or "")

    run(ring(4), progress=progress)
    assert "looking for cycles" in told


LARGE = """
class Large(Model):
    x = Var(Range(7))
    @action(fair="weak")
    def go(self):
        self.x = (self.x + 1) % 7
    @temporal
    def comes(self):
        return all(eventually(self.x == v) for v in range(MOST))
    @temporal
    def small(self):
        return always_eventually(self.x == 6)
"""


WRITTEN: dict[TemporalKind, Formula] = {
    TemporalKind.EVENTUALLY: Eventually(Condition(0)),
    TemporalKind.LEADS_TO: Always(implies(Condition(0), Eventually(Condition(1)))),
    TemporalKind.ALWAYS_EVENTUALLY: Always(Eventually(Condition(0))),
    TemporalKind.EVENTUALLY_ALWAYS: Eventually(Always(Condition(0))),
}


@pytest.mark.parametrize(
    "name",
    [
        "spec.classics.ewd840:TerminationLazy",
        "spec.classics.alternating_bit:AlternatingBit",
        "spec.classics.locks:TicketLockTorn",
        "spec.classics.readers_writers:ReadersFirst",
        "spec.classics.live_memory:LiveMemory",
        "spec.go_sync.mutex:MutexNormal",
    ],
)
def test_published_properties_written_as_formulas_are_decided_alike(name: str) -> None:
    """Verdict, states, stem and loop, and that it holds of nothing."""
    compiled = run_of_command.compiled(name, {})
    written = tuple(
        replace(each, kind=TemporalKind.TEMPORAL, formula=WRITTEN[each.kind]) if each.formula is None else each
        for each in compiled.temporal
    )
    theirs, ours = run(compiled).verdicts, run(replace(compiled, temporal=written, ranks=())).verdicts
    assert {each: gist(found) for each, found in ours.items()} == {each: gist(found) for each, found in theirs.items()}


def test_a_formula_whose_automaton_is_too_large_is_left_to_who_decides_it() -> None:
    """Six promises that may all be given or not are 64 modes, the most that there is room for: a word of a set is one
    state's."""
    for code in (nullcontext, plain_code):
        with code():
            found = run(program(LARGE.replace("MOST", "6"))).verdicts
        assert found == {"comes": Exhausted(7), "small": Exhausted(7)}
    compiled = program(LARGE.replace("MOST", "7"))
    found = run(compiled).verdicts
    said = "the formula takes an automaton of more than 64 states, 127: 'reference' decides it"
    assert found["comes"] == Unknown(said, left_to="reference")
    assert word(found["comes"]) == "unknown", "a kind of its own was called 'toolarge' by --json"
    assert found["small"] == Exhausted(7)


def test_auto_leaves_to_the_reference_engine_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    from checker import portfolio  # noqa: PLC0415

    monkeypatch.setattr(portfolio, "FEW_BEHAVIOURS", 3)
    for most, engines in (("6", "explicit"), ("7", "explicit, then reference")):
        compiled = program(LARGE.replace("MOST", most))
        outcome = check(Task(compiled, ("comes", "small")), engine("auto"))
        assert outcome.verdicts == {"comes": Exhausted(7), "small": Exhausted(7)} and outcome.engine == engines


def test_a_condition_that_cannot_be_evaluated_leaves_the_formula_unknown() -> None:
    compiled = program("""
class Fails(Model):
    x = Var(Range(4))
    a = Var(Array(Range(3), Bool))
    @action(fair="weak")
    def grows(self):
        require(self.x < 3)
        self.x += 1
    @temporal
    def reads(self):
        return until(not self.a[self.x], self.x == 3)
    @temporal
    def other(self):
        return until(self.x < 3, self.x == 3)
""")
    ours, theirs = run(compiled).verdicts, check(Task(compiled, ("reads",)), engine("reference")).verdicts
    assert ours["reads"] == theirs["reads"] and isinstance(ours["reads"], Unknown)
    assert ours["other"] == Exhausted(4)


def test_what_a_formula_begins_with_and_never_happens_is_said() -> None:
    compiled = program("""
class M(Model):
    x = Var(Range(5))
    @action(fair="weak")
    def up(self):
        require(self.x < 3)
        self.x += 1
    @temporal
    def vacuous(self, v: Range(2)):
        return always(implies(self.x == 4 + v, until(self.x == 4, self.x == 0)))
    @temporal
    def once(self, v: Range(2)):
        return always(implies(self.x == 3 + v, until(self.x == 3, self.x == 3)))
""")
    assert run(compiled).verdicts == {"vacuous": Exhausted(4, vacuous=True), "once": Exhausted(4)}


# -- faults ------------------------------------------------------------------------------------------------------------


def _nothing(*_: object) -> int:
    return 0


def _all_modes(k: Any, node: int) -> int:
    return int(k[block.MODES])


def _anywhere(k: Any, slot: int, onward: int, own: int) -> int:
    return int(slot >= 0 and onward & states.modes_at(k, k[block.SET], slot) != 0)


def _begins_anywhere(self: Tableau, conditions: int, given: int) -> Place | None:
    found = place(self, conditions, given)
    return None if found is None else Place(found.carried, found.settled, begins=True)


def _settles(self: Tableau, conditions: int, given: int) -> Place | None:
    found = place(self, conditions, given)
    return None if found is None else Place(found.carried, (1 << self.promises) - 1, found.begins)


def _stays_put(k: Any, slot: int, found: int) -> int:
    products.take(k, k[block.AFTER], slot)
    return 0


def _alone(pairs: Any) -> list[list[int]]:
    return [[mode] for mode in {mode for mode, _ in pairs}]


def _not_denied(formula: Formula) -> Formula:
    return Negation(Negation(formula))


place = Tableau._place

FAULTS: dict[str, Callable[[], list[AbstractContextManager[Any]]]] = {
    "a promise need not be kept": lambda: [patch.object(Tableau, "_place", _settles)],
    "a behaviour may begin with the formula false": lambda: [patch.object(Tableau, "_place", _begins_anywhere)],
    "the formula is not denied": lambda: [
        patch.object(formulas, "Negation", lambda formula: Negation(Negation(formula)))
    ],
    "any mode may follow any other": lambda: [
        patch.object(each, "follows", _all_modes) for each in (products, components)
    ],
    "what could go on is trimmed": lambda: [patch.object(products, "leads_within", _nothing)],
    "nobody rests": lambda: [patch.object(products, "rests", _nothing), patch.object(components, "rests", _nothing)],
    "a step that changes nothing counts": lambda: [patch.object(states, "equal", _nothing)],
    "a step out of the component counts as taken": lambda: [patch.object(products, "is_within", _anywhere)],
    "what could be refined is dropped": lambda: [patch.object(products, "REFINED", 7)],
    "modes are taken for components of their own": lambda: [patch.object(modes, "components", _alone)],
    "only the first nodes are reached": lambda: [patch.object(products, "go_on", _stays_put)],
    "a component is that of the first met": lambda: [patch.object(components, "lower", _nothing)],
    "only the least end is looked at": lambda: [patch.object(node_lasso, "_MOST_ENTRIES", 1)],
}


SELDOM = """
class Seldom(Model):
    x = Var(Range(8))
    def init(self):
        self.x = choose({0, 3})
    @action
    def wanders(self):
        require(self.x < 3)
        self.x = choose({1 - self.x, 2}) if self.x < 2 else 0
    @action(fair="strong")
    def leaves(self):
        require(self.x == 2)
        self.x = 7
    @action(fair="weak")
    def turns(self):
        require(3 <= self.x < 7)
        self.x += 1
    @temporal
    def f0(self):
        return until(self.x != 7, self.x == 7)
"""
"""Where a strongly fair step is possible and leads out of a component; what is left without that state is fair."""

ROUNDS = """
class Rounds(Model):
    x = Var(Range(6))
    def init(self):
        self.x = choose({0, 3})
    @action(fair="weak")
    def goes(self):
        self.x = (self.x + 1) % 3 if self.x < 3 else 7 - self.x
    @temporal
    def f0(self):
        return always_eventually(self.x == 5)
    @temporal
    def f1(self):
        return (
            eventually_always(until(self.x == 1, self.x == 2))
            or eventually_always(not until(self.x == 1, self.x == 2))
        )
"""
"""Two loops, the shorter where states are greater; and a formula within which is now true, now false in a loop."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_product_is_seen(fault: str) -> None:
    draw = Random(11)
    for number in range(60):
        source = (SELDOM, ROUNDS)[number] if number < 2 else timed(text(draw, 5), draw)
        compiled = program(source)
        with plain_code():
            patches = FAULTS[fault]()
            for each in patches:
                each.start()  # type: ignore[attr-defined]
            try:
                if differences(compiled):
                    return
            except Stopped:
                raise
            except Exception:  # the judge's, or a search that goes astray
                return
            finally:
                for each in patches:
                    each.stop()  # type: ignore[attr-defined]
    pytest.fail("nothing noticed")


def test_classes_of_states_take_nothing_out_that_a_lasso_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are asked for small models, too, by keys that nobody would choose."""
    for owner in (coarse, deciding):
        monkeypatch.setattr(owner, "WORTH", 1)
    monkeypatch.setattr(coarse, "_key", random_key)
    draw = Random("classes")
    for _ in range(4):
        source = timed(text(draw, 5), draw)
        with plain_code():
            assert differences(program(source)) == [], source


def test_what_faults_are_seen_on_is_decided_without_them() -> None:
    for source in (SELDOM, ROUNDS):
        with plain_code():
            assert differences(program(source), 5) == []


def test_gists_tell_lassos_apart_by_their_lengths() -> None:
    found = run(ring(3, "False")).verdicts["stays_behind"]
    assert isinstance(found, Violated) and gist(found) == f"violated in {len(found.trace)}, {found.trace.end}"
