"""Temporal properties by compiled code: workers, budgets, memory that grows, what is told apart, and faults that must
be seen. That verdicts are right is held by tests/engines/test_temporal.py and tests/agreement/test_fair_behaviours.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from checker.check import check, engine
from checker.contract.task import Budget, Stats, Task
from checker.contract.trace import Lasso
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.engines.explicit import clock, worker
from checker.engines.explicit import engine as whole_engine
from checker.engines.explicit.liveness import (
    classes,
    coarse,
    components,
    deciding,
    graph,
    lasso,
    passes,
    rows,
    states,
    witness,
)
from checker.engines.explicit.native import block, intrinsics
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Fairness
from tests.engines.explicit.support import everything, random_key, some_key
from tests.frontend.support import program
from tests.support.fair_models import differences, gist, text
from tests.support.locks import TEST_AND_SET
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
    @leads_to
    def comes_round(self, w: Range(3)):
        return self.at[w] == 1, self.at[w] == 0
    @always_eventually
    def meets(self):
        return self.at[0] == self.at[1]
"""


def ring(size: int = 12, fair: str = "True") -> Program:
    """Three that go round, each by itself."""
    return program(RING.replace("N", str(size)).replace("FAIR", fair))


@pytest.mark.parametrize("fair", ["True", "False"])
def test_any_number_of_workers_gives_the_same_lassos(fair: str) -> None:
    compiled = ring(fair=fair)
    one, two, three = (everything(compiled, workers=workers) for workers in (1, 2, 3))
    assert one.verdicts == two.verdicts == three.verdicts
    assert isinstance(one.verdicts["meets"], Violated)
    assert isinstance(one.verdicts["comes_round"], Exhausted if fair == "True" else Violated)


def test_a_time_budget_ends_the_search_for_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time jumps once cycles are looked for."""
    passed = [0.0]

    def progress(stats: Stats) -> None:
        passed[0] = 1000.0 if stats.doing == "looking for cycles" else 0.0

    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))
    monkeypatch.setattr(clock, "_PROGRESS_SECONDS", 0.0)
    outcome = everything(ring(), Budget(seconds=600), progress=progress)
    assert outcome.stopped == "time budget of 600 s ended"
    assert outcome.verdicts["no_deadlock"] == Exhausted(13**3)
    found = outcome.verdicts["meets"]
    assert isinstance(found, Unknown) and found.reason.startswith("time budget of 600 s ended after 2,197 states")


def test_a_memory_budget_ends_the_search_for_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "_FIRST_STACK", 1 << 40)
    outcome = everything(ring(), Budget(memory=20 << 20))
    assert outcome.stopped == "memory budget of 20 MiB ended"
    assert isinstance(outcome.verdicts["meets"], Unknown) and outcome.verdicts["no_deadlock"] == Exhausted(13**3)


def test_a_state_budget_leaves_behaviours_unknown() -> None:
    outcome = everything(ring(), Budget(max_states=100))
    assert outcome.verdicts["meets"] == Unknown("state budget of 100 ended")


def test_ctrl_c_and_stop_end_the_search_for_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def progress(stats: Stats) -> None:
        if stats.doing == "looking for cycles":
            stop.set()

    monkeypatch.setattr(clock, "_PROGRESS_SECONDS", 0.0)
    outcome = everything(ring(), stop=stop, progress=progress)
    assert outcome.stopped == "interrupted" and isinstance(outcome.verdicts["meets"], Unknown)

    def interrupts(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deciding.Deciding, "_fair", interrupts)
    outcome = everything(ring())
    assert outcome.stopped == "interrupted" and isinstance(outcome.verdicts["comes_round"], Unknown)


def test_memory_that_is_too_small_at_first_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = ring(5, "False")
    before = everything(compiled).verdicts
    for owner, name in ((graph, "_FIRST_STACK"), (rows, "_FIRST_LIST"), (worker, "_OUT_ROWS")):
        monkeypatch.setattr(owner, name, 1)
    monkeypatch.setattr(graph, "STEPS", 3)
    assert everything(compiled).verdicts == before


@pytest.mark.parametrize("fair", ["True", "False"])
def test_what_deciding_a_property_took_is_given_back(fair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, kept = deciding.Deciding.verdict, []

    def noting(self: deciding.Deciding, temporal: Temporal) -> Verdict:
        before = self._graph._taken
        found = verdict(self, temporal)
        kept.append((type(found), self._graph._taken - before))
        return found

    monkeypatch.setattr(deciding.Deciding, "verdict", noting)
    everything(ring(4, fair))
    assert kept == [(Exhausted if fair == "True" else Violated, 0), (Violated, 0)]


def test_what_goes_wrong_in_a_thread_that_looks_for_cycles_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def meet(self: graph.Graph, hand: object, answer: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError("in a thread")

    monkeypatch.setattr(graph.Graph, "meet", meet)
    with pytest.raises(ZeroDivisionError, match="in a thread"):
        everything(ring(30), workers=2)


def test_more_things_than_a_word_has_bits_are_told_apart() -> None:
    """Each of 70 is owed its step by itself; the last may stop for ever."""
    compiled = program("""
class Many(Model):
    N = Range(70)
    done = Var(SetOf(N))
    last = Var(Bool)
    @action(fair="weak")
    def one(self, n: N):
        require(self.done == {m for m in self.N if m < n})
        self.done.add(n)
    @action
    def ends(self):
        require(len(self.done) == 70)
        self.last = True
    @eventually
    def all_done(self):
        return len(self.done) == 70
    @eventually
    def ended(self):
        return self.last
""")
    found = everything(compiled).verdicts
    assert found["all_done"] == Exhausted(72)
    assert isinstance(found["ended"], Violated) and len(found["ended"].trace) == 71


FORGETS = """
class Forgets(Model):
    x = Var(Range(3))
    shared = Var(Range(4))
    @process(fair=FAIR)
    def worker(self):
        while True:
            a = choose(Range(3))
            yield "chose"
            require(self.x == a)
            yield "used"
            self.shared = (self.shared + 1) % 4
            yield "waits"
    @action
    def turns(self):
        self.x = (self.x + 1) % 3
    @always_eventually
    def goes_on(self):
        return self.shared == 0
    @leads_to
    def used_again(self):
        return self.worker.at("chose"), self.worker.at("used")
"""


@pytest.mark.parametrize("fair", ["True", "'strong'"])
@pytest.mark.parametrize("once", [False, True])
def test_what_is_forgotten_or_shared_hides_nothing_that_is_owed(fair: str, once: bool) -> None:
    """The local is dead where it was used, and decides before that whether the worker is possible; `once` writes all
    segments of the worker as one loop over its blocks."""
    from checker.engines.explicit.codegen import segments  # noqa: PLC0415

    compiled = program(FORGETS.replace("FAIR", fair))
    with patch.object(segments, "_LARGE", 0 if once else 200), patch.object(segments, "_OFTEN", 0 if once else 3):
        assert differences(compiled) == []
        found = everything(compiled).verdicts
    assert isinstance(found["used_again"], Violated), "nothing says that x ever turns"


def test_a_process_that_goes_from_a_point_to_one_like_it_does_nothing() -> None:
    """Two points where the same happens are one: the idler is never possible, and nobody has to wait for it."""
    compiled = program("""
class Idles(Model):
    x = Var(Range(2))
    @process
    def idler(self):
        while True:
            yield "one"
            yield "two"
    @process(fair=False)
    def worker(self):
        yield "ready"
        self.x = 1
    @eventually
    def works(self):
        return self.x == 1
""")
    assert differences(compiled) == []
    found = everything(compiled).verdicts["works"]
    assert isinstance(found, Violated) and found.trace.end == Lasso(0) and len(found.trace) == 1


def test_nothing_is_said_where_a_step_can_fail_that_nobody_asked_about() -> None:
    compiled = program("""
class Fails(Model):
    x = Var(Range(3))
    @action(fair="weak")
    def grows(self):
        self.x += 1
    @eventually
    def big(self):
        return self.x == 2
""")
    outcome = check(Task(compiled, ("big",)), engine("explicit"))
    found = outcome.verdicts["big"]
    assert isinstance(found, Unknown) and found.reason.startswith("a step can fail: what would follow is not known (")


def test_what_is_decided_soon_does_not_end_the_exploring_that_behaviours_need() -> None:
    """All that is asked of single states is known in the first of them."""
    compiled = program(
        TEST_AND_SET.replace("FAIR", "True") + "    @sometimes\n    def begins(self):\n        return True\n"
    )
    outcome = check(Task(compiled, ("begins", "served")), engine("explicit"))
    assert isinstance(outcome.verdicts["served"], Violated) and outcome.stats.distinct == 8


def test_a_violation_of_single_states_ends_the_run_unless_it_is_to_keep_going() -> None:
    compiled = program(
        TEST_AND_SET.replace("FAIR", "True")
        + "    @always\n    def never_held(self):\n        return self.held is None\n"
    )
    names = ("never_held", "no_deadlock", "served")
    assert check(Task(compiled, names), engine("explicit")).verdicts["served"] == Unknown(
        "stopped at the violation of 'never_held'"
    )
    found = check(Task(compiled, names, keep_going=True), engine("explicit")).verdicts["served"]
    assert isinstance(found, Violated)


def test_interchangeable_members_are_explored_apart_and_counted_together() -> None:
    source = TEST_AND_SET.replace("Range(2)", "Range(2, symmetric=True)").replace("FAIR", "'strong'")
    outcome = everything(program(source))
    assert outcome.verdicts["served"] == Exhausted(8) and outcome.verdicts["no_deadlock"] == Exhausted(5)
    assert outcome.stats.distinct == 5


# -- faults ------------------------------------------------------------------------------------------------------------


def _nothing(*_: object) -> int:
    return 0


def _always(*_: object) -> int:
    return 1


def _all_weak(kinds: Any, kind: Fairness, size: int) -> Any:
    return mask([Fairness.WEAK for _ in kinds], kind, size)


def _none_weak(kinds: Any, kind: Fairness, size: int) -> Any:
    return (
        mask([each for each in kinds if each is Fairness.STRONG], kind, size)
        if kind is Fairness.STRONG
        else mask([], kind, size)
    )


def _anywhere(k: Any, slot: int, own: int) -> int:
    return int(slot >= 0 and states.holds(intrinsics.pointer(k[block.SET]), slot) != 0)


def _last_stems(self: lasso.Lassos, fair: Any) -> Any:
    levels = self._search.levels
    for depth in range(len(levels), 0, -1):
        found = rows.Rows(self._graph)
        for span in levels[depth - 1]:
            self._graph.put({block.SET: fair.address})
            self._graph.through("gather", self._search.store.address(span.chunk), span.begin, span.end, found)
        if found.used:
            return self._paths.chains([(min(found.states()), depth)])
    return []


def _from_anywhere(self: lasso.Lassos, question: lasso.Question, fair: Any) -> Any:
    return self._stems(fair)


def _never_visits(kind: Any) -> Any:
    return deciding._Shape(shape(kind).stays, shape(kind).other, shape(kind).begins, shape(kind).at_once)


mask, shape = graph.mask_of, deciding._shape


def _never_within(k: Any, row: Any, other: Any) -> int:
    return 0 if agrees(k, row, other) == 1 else agrees(k, row, other)


def _never_open(k: Any, own: int, there: int, within: int) -> int:
    return add_open(k, own, there, 0)


def _never_within_its_class() -> list[AbstractContextManager[Any]]:
    return [patch.object(classes, "agrees", _never_within), patch.object(classes, "add_open", _never_open)]


add_open, agrees = classes.add_open, classes.agrees

FAULTS: dict[str, Callable[[], list[AbstractContextManager[Any]]]] = {
    "weak fairness is ignored": lambda: [patch.object(graph, "mask_of", _none_weak)],
    "strong fairness is taken for weak": lambda: [patch.object(graph, "mask_of", _all_weak)],
    "what could go on is trimmed": lambda: [patch.object(passes, "leads_within", _nothing)],
    "nobody rests": lambda: [patch.object(passes, "rests", _nothing), patch.object(components, "rests", _nothing)],
    "a step that changes nothing counts": lambda: [patch.object(states, "equal", _nothing)],
    "a step out of the component counts as taken": lambda: [patch.object(passes, "is_within", _anywhere)],
    "what could be refined is dropped": lambda: [patch.object(passes, "REFINED", block.DROPPED)],
    "a cycle need not come by where the property is false": lambda: [patch.object(deciding, "_shape", _never_visits)],
    "a stem may begin anywhere": lambda: [patch.object(lasso.Lassos, "_owed_stems", _from_anywhere)],
    "a stem is not the shortest": lambda: [patch.object(lasso.Lassos, "_stems", _last_stems)],
    "a state's component is that of the first met": lambda: [patch.object(components, "lower", _nothing)],
    "steps between classes are not seen": lambda: [patch.object(classes, "note_pair", _nothing)],
    "nothing is taken within a class": _never_within_its_class,
    "every class is dropped": lambda: [patch.object(passes, "is_dropped", _always)],
    "only the least entry is looked at": lambda: [patch.object(lasso, "_MOST_ENTRIES", 1)],
}


SEEN = {
    "weak fairness is ignored": 18,
    "strong fairness is taken for weak": 10,
    "what could go on is trimmed": 3,
    "a step out of the component counts as taken": 6,
    "what could be refined is dropped": 32,
    "a state's component is that of the first met": 3,
    "steps between classes are not seen": 3,
    "nothing is taken within a class": 9,
    "every class is dropped": 8,
}
"""The random model by which a fault was seen last, where it is none of the first: it is tried before the others."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_search_for_cycles_is_seen(fault: str) -> None:
    draw = Random(7)
    sources = [text(draw, 6) for _ in range(60)]
    for source in (sources[SEEN.get(fault, 0)], *sources):
        compiled = program(source)
        with plain_code():
            patches = [*FAULTS[fault](), patch.object(coarse, "WORTH", 1), patch.object(coarse, "_key", random_key)]
            patches += [patch.object(whole_engine, "FROM", 2), patch.object(witness, "guessed", some_key)]
            patches += [patch.object(deciding, "WORTH", 1)]
            for each in patches:
                each.start()  # type: ignore[attr-defined]
            try:
                if differences(compiled):
                    return
            except Exception:  # the judge's, or a search that goes astray
                return
            finally:
                for each in patches:
                    each.stop()  # type: ignore[attr-defined]
    pytest.fail("nothing noticed")


def test_gists_tell_lassos_apart_by_their_lengths() -> None:
    found = everything(ring(3, "False")).verdicts["meets"]
    assert isinstance(found, Violated) and gist(found) == f"violated in {len(found.trace)}, {found.trace.end}"
