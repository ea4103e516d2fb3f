"""A reduced search comes to the verdicts, and to the lengths of traces, that a search of all states comes to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from checker.check import check, engine
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Keeping, Outcome, Task, select
from checker.contract.verdict import Exhausted, Unknown, Violated
from checker.errors import ModelError, UsageError
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from spec.classics.philosophers import Philosophers, PhilosophersOneLeftHanded
from spec.classics.two_phase import TwoPhase, TwoPhaseSymmetric
from tests.reduction import models
from tests.support.agreement import how_many
from tests.support.plain_code import plain_code
from tests.support.random_models import drawn
from tests.support.reducing import TooMany, asked, compare, natively, said, small_model, without_shortening

SEEDS = (90000032, 90000045, 90000056, 90000090, 90000103, 90000154, 90000196)
"""Of models that showed, each first of all, that one of the conditions was left out for a try."""

MODELS = [
    each
    for each in vars(models).values()
    if isinstance(each, type) and each.__module__ == models.__name__ and each.__name__[0] != "_" and each != models.Ends
]


def _run(program: Program, properties: tuple[str, ...] = (), name: str = "explicit", **options: object) -> Outcome:
    task = Task(program, select(program, properties), keep_going=True, **options)  # type: ignore[arg-type]
    return check(task, engine(name))


def _drawn(seed: int) -> None:
    random = Random(seed)
    model = small_model(random) if random.random() < 0.75 else drawn(random, None, 2)
    try:
        program = model.program()
        compare(program, asked(program, random))
    except (ModelError, TooMany):
        return  # of random models some say nothing, or much


@pytest.mark.parametrize("seed", SEEDS)
def test_models_that_have_shown_a_fault(seed: int) -> None:
    _drawn(seed)


def test_random_models_agree() -> None:
    for seed in range(how_many(20)):
        _drawn(seed)


def test_compiled_code_has_the_same_steps_wait() -> None:
    """Its states are those of the reference engine, one by one; not compiled here."""
    fewer = 0
    for seed in range(how_many(40)):
        random = Random(seed)
        with plain_code(), suppress(ModelError, TooMany):
            program = small_model(random).program()
            fewer += natively(program, asked(program, random)).fewer
    assert fewer > 10


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_each_condition(model: type) -> None:
    program = compile_model(model, {})
    for properties in ((), (NO_DEADLOCK,), *((each.name,) for each in program.properties)):
        with plain_code():
            natively(program, select(program, properties))


def test_an_own_loop_without_end_puts_nothing_off_for_ever() -> None:
    found = compare(compile_model(models.Spins, {}), ("unbroken", NO_DEADLOCK, NO_FAILURE))
    assert isinstance(found.reduced.verdicts["unbroken"], Violated)


def test_a_violation_is_searched_again_for_the_shortest() -> None:
    program = compile_model(models.LongWay, {})
    alone, put_off = without_shortening(program, ("unbroken", NO_FAILURE))
    assert said(alone.verdicts["unbroken"]) == ("violated", 5)
    assert put_off
    for name in ("explicit", "reference"):
        shown = _run(program, ("unbroken",), name, reduce=True)
        assert said(shown.verdicts["unbroken"]) == ("violated", 2)
        assert shown.stats.reduced


def test_where_none_was_put_off_traces_are_the_shortest_at_once() -> None:
    program = compile_model(TwoPhase, {"managers": 3})
    alone, put_off = without_shortening(program, select(program))
    assert not put_off
    assert said(alone.verdicts["all_commit"]) == ("witnessed", 11)


@pytest.mark.parametrize("model", [Philosophers, PhilosophersOneLeftHanded])
def test_philosophers_take_five_times_fewer_states(model: type) -> None:
    program = compile_model(model, {"seats": 8})
    full, reduced = (_run(program, (NO_DEADLOCK,), reduce=reduce) for reduce in (False, True))
    assert reduced.stats.distinct * 5 <= full.stats.distinct
    assert said(full.verdicts[NO_DEADLOCK]) == said(reduced.verdicts[NO_DEADLOCK])


def test_two_phase_commit_takes_five_times_fewer_states() -> None:
    reduced = _run(compile_model(TwoPhase, {"managers": 7}), reduce=True, workers=2)
    all_states = 4**7 + 6**7 + 2**7  # before a decision, and after one to abort and one to commit
    assert reduced.stats.distinct * 5 <= all_states
    assert {said(each)[0] for each in reduced.verdicts.values()} == {"exhausted", "witnessed"}
    assert said(reduced.verdicts["all_commit"]) == ("witnessed", 3 * 7 + 2)


@pytest.mark.parametrize(
    ("model", "parameters"),
    [(TwoPhase, {"managers": 3}), (Philosophers, {"seats": 5}), (models.Crashes, {}), (models.LongWay, {})],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_compiled_code_chooses_as_the_reference_does(model: type, parameters: dict[str, int]) -> None:
    program = compile_model(model, parameters)
    for properties in ((), (NO_DEADLOCK,)):
        one = _run(program, properties, "explicit", reduce=True)
        other = _run(program, properties, "reference", reduce=True)
        counts = [(each.stats.distinct, each.stats.generated, each.stats.depth) for each in (one, other)]
        assert counts[0] == counts[1]
        assert {name: said(each) for name, each in one.verdicts.items()} == {
            name: said(each) for name, each in other.verdicts.items()
        }


def test_interchangeable_members_are_not_reduced_further() -> None:
    outcome = _run(compile_model(TwoPhaseSymmetric, {"managers": 3}), name="reference", reduce=True)
    assert not outcome.stats.reduced
    assert outcome.stats.distinct == 80
    assert outcome.notes[-1].startswith("Not reduced: of interchangeable members one arrangement is visited each")


def test_what_speaks_of_behaviours_is_decided_over_all_states() -> None:
    program = compile_model(models.Ends, {})
    outcome = _run(program, name="reference", reduce=True)
    assert not outcome.stats.reduced
    assert "speaks of whole behaviours" in outcome.notes[-1]
    assert "--property" in outcome.notes[-1]


def test_no_certificate_of_a_reduced_search() -> None:
    program = compile_model(TwoPhase, {"managers": 3})
    with pytest.raises(UsageError, match="a certificate lists all states"):
        _run(program, name="reference", reduce=True, certify=True)


def test_what_a_limit_ended_is_known_to_no_depth() -> None:
    program = compile_model(PhilosophersOneLeftHanded, {"seats": 5})
    task = Task(program, select(program), budget=Budget(max_depth=4), keep_going=True, reduce=True)
    outcome = check(task, engine("reference"))
    verdict = outcome.verdicts["neighbours_do_not_eat_together"]
    assert outcome.stopped is not None
    assert verdict == Unknown(outcome.stopped or "", unseen=0)


def test_a_checkpoint_is_of_a_reduced_search_or_of_none(tmp_path: Path) -> None:
    program = compile_model(TwoPhase, {"managers": 4})
    wanted = _run(program, reduce=True)
    task = Task(program, select(program), Budget(max_states=300), keep_going=True, reduce=True)
    stopped = check(replace(task, keeping=Keeping(tmp_path, 0.0)), engine("explicit"))
    assert stopped.stopped is not None
    again = replace(task, budget=Budget(), keeping=Keeping(tmp_path, 0.0, resume=True))
    with pytest.raises(UsageError, match="another choice of --reduce"):
        check(replace(again, reduce=False), engine("explicit"))
    resumed = check(again, engine("explicit"))
    assert (resumed.stats.distinct, resumed.stats.generated) == (wanted.stats.distinct, wanted.stats.generated)
    assert isinstance(resumed.verdicts["consistent"], Exhausted)
    assert resumed.verdicts["consistent"].reduced
