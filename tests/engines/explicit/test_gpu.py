"""The engine `gpu` promises nothing that a processor has not seen: what its card finds wrong is found again, and the
rest is unknown. The card here is a stand-in; that there is none, or one that fails, is said."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.check import check
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Cluster, Keeping, Outcome, Task
from checker.contract.verdict import Unknown, Violated, Witnessed
from checker.engines.explicit import ExplicitEngine
from checker.engines.explicit import clock as clocks
from checker.engines.explicit.gpu import card as cards
from checker.engines.explicit.gpu import engine as engines
from checker.engines.explicit.gpu import search as gpu_search
from checker.engines.explicit.gpu.card import Card, open_card
from checker.engines.explicit.gpu.engine import UNTRIED, GpuEngine
from checker.engines.explicit.gpu.search import CardSearch, Noted
from checker.engines.explicit.native.block import DEADLOCK, FIRST_PROPERTY
from checker.errors import EngineBug, UsageError
from checker.ir.nodes import Program
from checker.semantics import Interpreter
from tests.engines.explicit.support import counts, judged, program_of
from tests.support.cards import CUresult, Driver, card, compiled, emitted_of

DIEHARD = "spec.classics.diehard:DieHard"
TWO_PHASE = "spec.classics.two_phase:TwoPhase"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in does not read PTX, which takes a while to make, and clears memory at a processor's speed."""
    monkeypatch.setattr(engines, "ptx", lambda emitted: ".version 7.0")
    monkeypatch.setattr(gpu_search, "_FIRST_SIZE", 1 << 12)


def run(program: Program, driver: Driver | None = None, **options: Any) -> Outcome:
    """What the engine says with a card that is a stand-in, judged. Nothing of the card is left when it ends."""
    driver = driver or Driver()
    options.setdefault("properties", judged(program))
    driver.run_by(compiled(emitted_of(program)))
    engine = GpuEngine(lambda: Card(driver))
    try:
        return check(Task(program, **options), engine)
    finally:
        assert not driver.pieces and not driver.retained and not driver.modules


@pytest.mark.parametrize(
    "name", ["spec.classics.peterson:PetersonGivesWayFirst", DIEHARD, "zoo:Failing", "zoo:Numbers"]
)
@pytest.mark.parametrize("keep_going", [False, True])
def test_what_a_card_finds_wrong_has_the_verdict_and_the_trace_of_the_processor(name: str, keep_going: bool) -> None:
    program = program_of(name)
    wanted = check(Task(program, judged(program), keep_going=keep_going), ExplicitEngine())
    found = run(program, keep_going=keep_going)
    assert any(isinstance(each, (Violated, Witnessed)) for each in wanted.verdicts.values())
    for property_, verdict in wanted.verdicts.items():
        if isinstance(verdict, (Violated, Witnessed)) or "cannot be evaluated" in str(verdict):
            assert found.verdicts[property_] == verdict
        else:
            assert isinstance(found.verdicts[property_], Unknown)
    assert found.engines == ("gpu", "explicit")
    assert counts(found) == counts(wanted)


def test_where_nothing_is_wrong_nothing_is_promised() -> None:
    program = program_of(TWO_PHASE)
    found = run(program)
    reason = f"nothing shows it in 288 states, depth 11; {UNTRIED}"
    assert {each for each in found.verdicts.values() if not isinstance(each, Witnessed)} == {Unknown(reason)}
    assert isinstance(found.verdicts[NO_FAILURE], Unknown)
    assert counts(found) == (288, 1_146, 11) and found.stopped is None


def test_a_card_that_shows_what_the_processor_does_not_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(TWO_PHASE)
    monkeypatch.setattr(CardSearch, "expand", _with_a_deadlock(CardSearch.expand))
    with pytest.raises(
        EngineBug, match=r"gpu: the card shows 'no_deadlock' at depth 3, and the processor finds nothing"
    ):
        run(program)


def _with_a_deadlock(expand: Any) -> Any:
    def expanded(search: CardSearch, beyond: Any) -> dict[int, Noted]:
        found: dict[int, Noted] = expand(search, beyond)
        return {**found, DEADLOCK: Noted(1, 5)} if len(search.levels) == 4 else found

    return expanded


def test_culprits_are_as_many_as_the_interpreter_counts() -> None:
    program = program_of("spec.classics.peterson:PetersonGivesWayFirst")
    emitted, driver = emitted_of(program), Driver()
    search = CardSearch(emitted, card(driver, compiled(emitted)), 1 << 26, clocks.Clock(Budget(), SimpleEvent(), None))
    interpreter = Interpreter(program)
    levels = [[each.state for each in interpreter.initial()]]
    seen = set(levels[0])
    search.begin(b"".join(_word(emitted.layout.encode(each)) for each in levels[0]), len(levels[0]))
    counted = 0
    while not search.complete:
        found = search.judge(range(len(emitted.judged)))
        for at, name in enumerate(emitted.judged):
            shows = program.witnessed(name)
            culprits = [each for each in levels[-1] if interpreter.holds(name, each) is shows]
            words = [emitted.layout.encode(each)[0] for each in culprits]
            kind = FIRST_PROPERTY + 2 * at
            assert found.get(kind) == (Noted(len(words), min(words)) if words else None)
            counted += len(words)
        search.expand(())
        following = {next_.state for each in levels[-1] for next_ in interpreter.successors(each)} - seen
        seen |= following
        levels.append(sorted(following))
    assert counted > 1


def _word(words: tuple[int, ...]) -> bytes:
    return words[0].to_bytes(8, "little")


class SimpleEvent:
    """Nobody stops it."""

    def is_set(self) -> bool:
        return False


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_budget_of_states_ends_it_after_whole_levels() -> None:
    found = run(program_of(TWO_PHASE), budget=Budget(max_states=100))
    assert found.stopped == "state budget of 100 ended"
    assert found.stats.distinct <= 100
    whole = run(program_of(TWO_PHASE), budget=Budget(max_states=288))
    assert whole.stopped is None and whole.stats.distinct == 288


def test_a_budget_of_depth_ends_it_at_a_level() -> None:
    found = run(program_of(TWO_PHASE), budget=Budget(max_depth=4))
    wanted = check(Task(program_of(TWO_PHASE), judged(program_of(TWO_PHASE)), Budget(max_depth=4)), ExplicitEngine())
    assert found.stopped == wanted.stopped == "depth budget of 4 ended"
    assert counts(found) == counts(wanted)


def test_the_time_is_looked_at_between_launches(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    monkeypatch.setattr(clocks, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))
    launch = Card.launch

    def launched(self: Card, kernel: str, address: int, threads: int) -> None:
        launch(self, kernel, address, threads)
        passed[0] += 100.0

    monkeypatch.setattr(Card, "launch", launched)
    driver = Driver()
    found = run(program_of(TWO_PHASE), driver, budget=Budget(seconds=950))
    assert found.stopped == "time budget of 950 s ended"
    assert len(driver.launches) == 10
    assert found.verdicts[NO_DEADLOCK] == Unknown(f"{found.stopped} after {found.stats.distinct} states, depth 5")


def test_the_memory_of_a_card_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_search, "_LEAST_SIZE", 1 << 6)
    program = program_of("spec.gc.marking:Marking", objects=1)
    found = run(program, budget=Budget(memory=1 << 20))
    assert found.stopped == "the card's memory ended: 1 MiB may be taken"
    assert 0 < found.stats.distinct < 37_295


def test_a_card_with_less_memory_than_it_may_take_ends_it() -> None:
    found = run(program_of(TWO_PHASE), Driver(memory=1 << 20), budget=Budget(memory=1 << 30))
    assert found.stopped == "the card's memory ended: 1,024 MiB may be taken"
    assert counts(found) == (0, 0, 0)


def test_a_card_that_fails_ends_it() -> None:
    driver = Driver()
    driver.launched = CUresult.CUDA_ERROR_LAUNCH_FAILED
    found = run(program_of(TWO_PHASE), driver)
    assert found.stopped == "the card failed (CUDA_ERROR_LAUNCH_FAILED)"
    assert all(isinstance(each, Unknown) for each in found.verdicts.values())


# -- what is refused ---------------------------------------------------------------------------------------------------


def refusal(engine: Any, task: Task) -> str:
    with pytest.raises(UsageError) as raised:
        engine.run(task)
    return str(raised.value)


def _never() -> Card:
    raise AssertionError("no card is asked for")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keeping": Keeping(Path("kept"))}, "keeps states in the card's memory\n    Leave --checkpoint out"),
        ({"keeping": Keeping(disk=Path("kept"))}, "keeps states in the card's memory\n    Leave --disk out"),
        ({"certify": True}, "gives no evidence\n    Leave --certificate out"),
        ({"reduce": True}, "has no steps wait\n    Leave --reduce out"),
        ({"cluster": Cluster(2)}, "uses one card\n    Leave --cluster out"),
    ],
)
def test_what_does_not_go_with_a_card_is_refused(options: dict[str, Any], said: str) -> None:
    program = program_of(TWO_PHASE)
    refused = refusal(GpuEngine(_never), Task(program, judged(program), **options))
    assert refused.startswith(f"U037 --engine gpu {said}")


def test_what_a_card_is_not_asked_for_is_refused() -> None:
    engine = GpuEngine(_never)
    program = program_of(TWO_PHASE)
    task = Task(program, judged(program))
    assert refusal(engine, replace(task, view=("rm",))) == (
        "U037 --engine gpu counts no views\n    Leave --view out, or take --engine explicit."
    )
    wide = program_of("zoo:Crowd")
    assert (
        "U037 --engine gpu takes states of up to 63 bits, and those of tests.engines.explicit.zoo:Crowd have 146"
        in refusal(engine, Task(wide, judged(wide)))
    )
    living = program_of("spec.gc.ending:EndingMarking", objects=1)
    assert "U037 --engine gpu does not decide what happens sooner or later (marking_ends, grey_is_scanned)" in refusal(
        engine, Task(living, tuple(each.name for each in living.temporal))
    )


def test_without_cuda_bindings_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(cards, "import_module", missing)
    with pytest.raises(UsageError) as raised:
        open_card()
    assert str(raised.value) == (
        "U016 --engine gpu needs cuda-bindings, which is not installed\n"
        "    Install it: pip install 'evacheck[gpu]'. Take --engine explicit, which needs none."
    )


class _NoLibrary(Driver):
    def cuInit(self, flags: int) -> Any:
        raise RuntimeError("Failed to dlopen libcuda.so.1\nand more")


def _changed(**attributes: Any) -> Driver:
    driver = Driver()
    vars(driver).update(attributes)
    return driver


@pytest.mark.parametrize(
    ("driver", "problem"),
    [
        (_NoLibrary(), "this machine has no driver for a card of NVIDIA's (Failed to dlopen libcuda.so.1)"),
        (
            _changed(begins=CUresult.CUDA_ERROR_NO_DEVICE),
            "the driver for a card of NVIDIA's does not begin (CUDA_ERROR_NO_DEVICE)",
        ),
        (_changed(cards=0), "this machine has a driver, and no card of NVIDIA's"),
    ],
)
def test_without_a_card_it_says_so_and_names_the_engine_that_needs_none(driver: Driver, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_card(driver)
    assert str(raised.value) == (
        f"U038 --engine gpu: {problem}\n    Take --engine explicit, which needs none, or use a machine with a card."
    )
