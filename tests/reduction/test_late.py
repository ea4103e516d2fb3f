"""A search that goes over to steps that wait, once it has found many states, says what one of all states says."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from checker import portfolio
from checker.check import check, engine
from checker.contract.task import NO_DEADLOCK, Budget, Cluster, Keeping, Outcome, Stats, Task, select
from checker.contract.verdict import Bounded, Exhausted, Unknown
from checker.engines.common.ledger import Ledger
from checker.engines.common.reduced import may_go_over
from checker.engines.explicit import late, reducing
from checker.engines.explicit import search as searches
from checker.engines.explicit.native import block
from checker.engines.explicit.search import Search
from checker.errors import ModelError
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.reduction.stubborn import reduction_of
from spec.classics.peterson import Peterson
from spec.classics.philosophers import PhilosophersOneLeftHanded
from spec.classics.two_phase import TwoPhase, TwoPhaseSymmetric
from tests.reduction import models
from tests.support.agreement import how_many
from tests.support.plain_code import plain_code
from tests.support.reducing import TooMany, asked, hold_late, said, small_model


def _run(program: Program, name: str = "explicit", **options: object) -> Outcome:
    task = Task(program, select(program), keep_going=True, reduce_late=True)
    return check(replace(task, **options), engine(name))  # type: ignore[arg-type]


EACH = late.EACH


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """States of these models are few for how long their text is."""
    monkeypatch.setattr(late, "EACH", 0)


def test_random_models_agree() -> None:
    waited = 0
    for seed in range(how_many(90)):
        random = Random(seed)
        with plain_code(), suppress(ModelError, TooMany):
            program = small_model(random).program()
            waited += hold_late(program, asked(program, random), random)
    assert waited > 20


def test_two_phase_commit_takes_three_times_fewer_states() -> None:
    program = compile_model(TwoPhase, {"managers": 8})
    outcome, again = (_run(program, "auto", workers=workers) for workers in (1, 2))
    assert outcome.stats.distinct * 3 <= 4**8 + 6**8 + 2**8  # before a decision, and after one to abort and to commit
    assert outcome.stats.distinct >= late.MANY
    assert outcome.stats.reduced
    assert (outcome.stats.distinct, outcome.stats.generated) == (again.stats.distinct, again.stats.generated)
    assert said(outcome.verdicts["all_commit"]) == ("witnessed", 3 * 8 + 2)
    assert outcome.verdicts["consistent"] == Exhausted(outcome.stats.distinct, reduced=True)
    assert outcome.notes[-1].startswith("Steps waited from depth 11 on")
    assert "--no-reduce visits all" in outcome.notes[-1]


def test_the_longer_the_text_the_later_it_goes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "MANY", 200)
    program, reduced = compile_model(PhilosophersOneLeftHanded, {"seats": 6}), []
    for each in (0, EACH):
        monkeypatch.setattr(late, "EACH", each)
        with plain_code():
            reduced.append(_run(program).stats.reduced)
    assert reduced == [True, False]


def test_a_small_model_has_all_states() -> None:
    outcome = _run(compile_model(TwoPhase, {"managers": 5}), "auto")
    assert not outcome.stats.reduced
    assert (outcome.stats.distinct, outcome.stats.generated) == (8_832, 58_146)  # spec/classics/expected.toml
    assert outcome.notes == ()


def test_where_it_does_not_pay_all_states_are_found_by_the_code_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "MANY", 50)
    monkeypatch.setattr(late, "KEPT_MOST", 0.0)
    considered = []
    original = late._pays

    def pays(search: Search) -> bool:
        considered.append(search)
        return original(search)

    monkeypatch.setattr(late, "_pays", pays)
    with plain_code():
        outcome = _run(compile_model(TwoPhase, {"managers": 3}))
    assert [search.emitted.things for search in considered] == [()]  # and not the code that tells who takes which step
    assert (outcome.stats.distinct, outcome.stats.generated) == (288, 1_146)
    assert not outcome.stats.reduced


@dataclass
class _Seen:
    """Of a search that considers to go over: the successors of the sample, those kept, and then those generated."""

    sampled: int = 0
    kept: int = 0
    generated: list[int] = field(default_factory=list)


def _seen(patch: pytest.MonkeyPatch, most: float, sample: int = 1 << 20, workers: int = 1) -> _Seen:
    seen, pays, before = _Seen(), late._pays, late.Late.before

    def counted(search: Search) -> bool:
        answer = pays(search)
        seen.sampled = sum(worker.block[block.SAMPLED] for worker in search.workers)
        seen.kept = sum(worker.block[block.SAMPLED_KEPT] for worker in search.workers)
        seen.generated.append(search.stats().generated)
        return answer

    def noted(self: late.Late, search: Search, ledger: Ledger) -> None:
        if seen.generated:
            seen.generated.append(search.stats().generated)
        before(self, search, ledger)

    with patch.context() as here, plain_code():
        here.setattr(searches, "_FEW_ROWS", 16)
        here.setattr(searches, "_FIRST_SLICE", 16)
        for name, value in {"MANY": 200, "KEPT_MOST": most, "SAMPLE": sample, "_pays": counted}.items():
            here.setattr(late, name, value)
        here.setattr(late.Late, "before", noted)
        _run(compile_model(PhilosophersOneLeftHanded, {"seats": 6}), workers=workers)
    return seen


def test_a_sample_counts_what_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    full, reduced = _seen(monkeypatch, 0.0), _seen(monkeypatch, 1.0)
    assert (full.sampled, full.kept) == (reduced.sampled, reduced.kept)
    assert full.generated[1] - full.generated[0] == full.sampled
    assert reduced.generated[1] - reduced.generated[0] == reduced.kept < reduced.sampled


def test_which_states_are_sampled_hangs_on_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, part = _seen(monkeypatch, 1.0), _seen(monkeypatch, 1.0, 16)
    assert 0 < part.kept < part.sampled < whole.sampled
    assert part == _seen(monkeypatch, 1.0, 16, workers=2)
    assert part.generated == whole.generated


def test_a_sample_puts_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    put_off, pays = [], late._pays

    def sampled(search: Search) -> bool:
        answer = pays(search)
        put_off.append(search.workers[0].block[block.PUT_OFF])
        return answer

    for name, value in {"MANY": 1, "KEPT_MOST": 1.0, "_pays": sampled}.items():
        monkeypatch.setattr(late, name, value)
    with plain_code():
        outcome = _run(compile_model(models.LongWay, {}))
    assert put_off == [0]
    assert outcome.stats.reduced


def test_whether_it_is_worth_while_is_counted_from_where_it_went_over(monkeypatch: pytest.MonkeyPatch) -> None:
    program = compile_model(PhilosophersOneLeftHanded, {"seats": 6})
    monkeypatch.setattr(late, "MANY", 200)

    def states(least: int, share: int) -> int:
        monkeypatch.setattr(reducing, "WORTH_STATES", least)
        monkeypatch.setattr(reducing, "WORTH_SHARE", share)
        with plain_code():
            return _run(program).stats.distinct

    never_stopped = states(10**9, 0)
    assert never_stopped < states(0, 0), "it stops where so little waits"
    assert states(0, 16) == never_stopped, "where nothing was expanded yet nothing is known"
    assert states(250, 0) == never_stopped, "states from before do not count"


def test_where_every_step_touches_what_all_touch_nothing_is_compiled() -> None:
    assert late.may_wait(reduction_of(compile_model(TwoPhase, {"managers": 3})))  # type: ignore[arg-type]
    assert not late.may_wait(reduction_of(compile_model(Peterson, {})))  # type: ignore[arg-type]


def test_a_violation_is_searched_again_for_the_shortest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "MANY", 1)
    monkeypatch.setattr(late, "KEPT_MOST", 1.0)
    with plain_code():
        outcome = _run(compile_model(models.LongWay, {}), properties=("unbroken",))
    assert said(outcome.verdicts["unbroken"]) == ("violated", 2)
    assert outcome.stats.reduced


def test_what_a_limit_ended_is_known_to_where_steps_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "MANY", 60)
    program = compile_model(PhilosophersOneLeftHanded, {"seats": 5})
    with plain_code():
        outcome = _run(program, budget=Budget(max_states=120))
    level = int(outcome.notes[-1].split()[4])
    assert outcome.stats.depth > level
    assert outcome.verdicts["neighbours_do_not_eat_together"] == Bounded(level)
    assert outcome.verdicts[NO_DEADLOCK] == Bounded(level)


def test_what_was_not_seen_is_not_seen_to_where_steps_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "MANY", 100)
    with plain_code():
        outcome = _run(compile_model(TwoPhase, {"managers": 4}), budget=Budget(max_states=400))
    level, verdict = int(outcome.notes[-1].split()[4]), outcome.verdicts["all_commit"]
    assert outcome.stats.depth > level
    assert isinstance(verdict, Unknown)
    assert verdict.unseen == level


def test_what_asks_for_all_states_has_them(tmp_path: Path) -> None:
    program = compile_model(TwoPhase, {"managers": 3})
    task = Task(program, select(program), reduce_late=True)
    assert may_go_over(task)
    others = [
        replace(task, reduce_late=False),
        replace(task, certify=True),
        replace(task, view=("state",)),
        replace(task, keeping=Keeping(tmp_path)),
        replace(task, keeping=Keeping(disk=tmp_path)),
        replace(task, cluster=Cluster()),
        replace(task, budget=Budget(max_depth=5)),
        Task(compile_model(TwoPhaseSymmetric, {"managers": 3}), (NO_DEADLOCK,), reduce_late=True),
    ]
    ends = compile_model(models.Ends, {})
    others.append(Task(ends, select(ends), reduce_late=True))
    assert not any(map(may_go_over, others))


def test_auto_has_all_states_for_part_of_a_task_whose_other_part_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """What speaks of behaviours is decided apart, and the rest would not be said of as many states."""
    monkeypatch.setattr(portfolio, "TRIAL_WORK", 1)
    monkeypatch.setattr(portfolio, "FEW_BEHAVIOURS", 1)
    monkeypatch.setattr(late, "MANY", 1)
    monkeypatch.setattr(late, "KEPT_MOST", 1.0)
    program = compile_model(models.Ends, {})
    assert not _run(program, "auto").stats.reduced
    states = tuple(each.name for each in program.properties)
    assert _run(program, "auto", properties=states).stats.reduced


def test_where_others_take_part_it_is_said_from_where_on_steps_waited() -> None:
    program = compile_model(TwoPhase, {"managers": 3})
    visited = Outcome(("explicit",), {}, Stats(9, reduced=True), notes=("Steps waited",))
    both = portfolio._together(Task(program, ()), [Outcome(("induction",), {}, Stats()), visited], visited, 0.0)
    assert both.notes == ("Steps waited",)
