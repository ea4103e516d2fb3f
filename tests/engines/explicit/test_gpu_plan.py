"""What a graphics card would be told to do, done by a processor: the kernels are the same source, so the plan of a
search is tried whole. Levels, counts and culprits are those of the explicit engine, whoever comes first, and however
little room there is at the beginning."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

import pytest

from checker.contract.task import Budget
from checker.engines.common.clock import Stopped
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.gpu import search as gpu_search
from checker.engines.explicit.gpu import table as gpu_table
from checker.engines.explicit.gpu.block import CELLS, REST_BITS, SIZE_BITS, STATE_BITS, TABLE, TABLE_SIZE
from checker.engines.explicit.gpu.card import Card
from checker.engines.explicit.gpu.search import CardSearch
from checker.engines.explicit.machine import library
from checker.engines.explicit.native.block import FIRST_PROPERTY
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.native.store import COMPACT_ENTRY, entry_bytes
from checker.engines.explicit.search import Search
from checker.errors import ModelError
from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action, choose
from tests.engines.explicit.support import program_of
from tests.support.agreement import how_many
from tests.support.cards import Driver, card, compiled, emitted_of, last_first, one_after_the_other, plain, shuffled
from tests.support.plain_code import plain_code
from tests.support.random_models import drawn

MODELS: dict[str, dict[str, Any]] = {
    "spec.classics.diehard:DieHard": {},
    "spec.classics.two_phase:TwoPhase": {},
    "spec.classics.two_phase:TwoPhaseSymmetric": {"managers": 4},
    "spec.classics.alternating_bit:AlternatingBitConstrained": {},
    "spec.classics.peterson:PetersonGivesWayFirst": {},
    "spec.classics.philosophers:Philosophers": {},
    "spec.classics.chandy_misra:ChandyMisraKeepsForks": {},
    "spec.gc.marking:ArticleMarking": {"objects": 1, "goroutines": 1},
    "zoo:Numbers": {},
    "zoo:Failing": {},
    "zoo:Stuck": {},
}
"""Between them: orbits, a constraint, deadlocks, steps and properties that fail, choices."""


def clock(budget: Budget | None = None) -> Clock:
    return Clock(budget or Budget(), threading.Event(), None)


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is too small at the beginning, and launches are short."""
    monkeypatch.setattr(gpu_search, "_FIRST_SIZE", 16)
    monkeypatch.setattr(gpu_search, "_OUT_ROWS", 1)
    monkeypatch.setattr(gpu_search, "_FIRST_WINDOW", 7)
    monkeypatch.setattr(gpu_search, "_SHORT_SECONDS", 0.0)


def native(emitted: Emitted, budget: Budget | None = None) -> Search:
    model = library.load_model(emitted.modules, thorough=False)
    search = Search(emitted, library.load_kernels(), model, 1, 1 << 30, clock(budget))
    search.initial()
    return search


def rows(search: Search, level: int) -> bytes:
    return b"".join(bytes(search.store.bytes_of(span)) for span in search.levels[level])


def begun(emitted: Emitted, first: Search, driver: Driver, make: Callable[[Emitted], Any] = compiled) -> CardSearch:
    found = CardSearch(emitted, card(driver, make(emitted)), 1 << 26, clock())
    found.begin(rows(first, 0) if first.levels else b"", first.initially)
    return found


def hold(
    emitted: Emitted, driver: Driver, make: Callable[[Emitted], Any] = compiled, budget: Budget | None = None
) -> CardSearch:
    """Level by level what the explicit engine's own search finds: states, successors, culprits."""
    ours = native(emitted, budget)
    theirs = begun(emitted, ours, driver, make)
    everything = range(len(emitted.judged))
    while not ours.complete:
        for mine, other in ((ours.judge(everything), theirs.judge(everything)), (ours.expand((), everything), None)):
            found = theirs.expand(everything) if other is None else other
            assert {kind: (each.least,) for kind, each in found.items()} == mine
        assert theirs.complete == ours.complete
        assert theirs.levels == [sum(span.end - span.begin for span in level) for level in ours.levels]
        assert (theirs.distinct, theirs.generated) == (ours.distinct, ours.stats().generated)
    words = memoryview(b"".join(rows(ours, level) for level in range(len(ours.levels)))).cast("q")
    assert sorted(theirs.states()) == sorted(words)
    return theirs


@pytest.mark.parametrize("order", [one_after_the_other, last_first, shuffled, None])
def test_a_card_finds_what_the_processor_does_whoever_comes_first(order: Any) -> None:
    for name in ("spec.classics.two_phase:TwoPhase", "zoo:Failing"):
        hold(emitted_of(program_of(name)), Driver(order))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.usefixtures("tight")
def test_levels_counts_and_culprits_are_those_of_the_processor(name: str) -> None:
    search = hold(emitted_of(program_of(name, **MODELS[name])), Driver(shuffled))
    assert search.grown or search.distinct <= 12


class Many(Model):
    """More initial states than the first table takes."""

    number = Var(Range(40))

    def init(self):
        self.number = choose(Range(40))

    @action
    def halve(self):
        self.number = self.number // 2


@pytest.mark.usefixtures("tight")
def test_initial_states_have_room() -> None:
    assert hold(emitted_of(compile_model(Many, {})), Driver()).levels == [40]


WORDS = (0, 1, 5, 255)
"""Unscrambled, they all begin at one place, in a table of either kind."""


@pytest.mark.parametrize("size", [1 << 12, 1 << 16], ids=["8 bytes", "4 bytes"])
@pytest.mark.parametrize("other", WORDS)
def test_a_thread_that_comes_second_sees_what_the_first_has_put(
    size: int, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another comes between its look and its exchange: with the same state, or with one that takes the place."""
    cells, memory = (ctypes.c_int64 * CELLS)(), Region(8 * size)
    cells[TABLE], cells[TABLE_SIZE], cells[SIZE_BITS] = memory.address, size, size.bit_length() - 1
    if entry_bytes(40, size) == COMPACT_ENTRY:
        cells[STATE_BITS], cells[REST_BITS] = 40, 40 - cells[SIZE_BITS]
    k = pointer(ctypes.addressof(cells))
    between: list[int] = []

    def interrupted(exchange: Callable[[int, int, int], int]) -> Callable[[int, int, int], int]:
        def exchanged(address: int, expected: int, word: int) -> int:
            for each in between[:1]:
                between.clear()
                assert gpu_table.entered(k, each) == gpu_table.NEW
            return exchange(address, expected, word)

        return exchanged

    for name in ("relaxed_exchange", "relaxed_exchange_half"):
        monkeypatch.setattr(gpu_table, name, interrupted(getattr(gpu_table, name)))
    monkeypatch.setattr(gpu_table, "mixed", lambda word: 0)
    monkeypatch.setattr(gpu_table, "scrambled", lambda word, bits: word)
    seen: set[int] = set()
    for word in WORDS:
        between[:] = {other} - seen
        seen |= {*between}
        assert gpu_table.entered(k, word) == (gpu_table.OLD if word in seen else gpu_table.NEW)
        seen.add(word)
    assert all(gpu_table.entered(k, word) == gpu_table.OLD for word in seen)


def test_the_count_of_marking_is_the_published_one_with_threads_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TLC's count, by the model's catalogue."""
    monkeypatch.setattr(gpu_search, "_FIRST_SIZE", 1 << 20)
    emitted = emitted_of(program_of("spec.gc.marking:Marking", objects=2))
    search = begun(emitted, native(emitted), Driver(None))
    while not search.complete:
        assert not search.judge(range(len(emitted.judged))).keys() & {FIRST_PROPERTY}
        search.expand(())
    assert (search.distinct, search.generated, len(search.levels)) == (1_162_056, 4_634_789, 32)
    assert search.grown > 0


def _random() -> Iterator[Emitted]:
    """Models of states of one word, which do not speak of steps."""
    for seed in count():
        try:
            emitted = emitted_of(drawn(Random(f"card {seed}")).program())
        except ModelError:
            continue
        if emitted.layout.words == 1 and not emitted.pairs.judged:
            yield emitted


@pytest.mark.usefixtures("tight")
def test_random_models_have_the_same_levels_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the Python that they are, on both sides."""
    monkeypatch.setattr(Card, "block", 4)
    held = 0
    with plain_code():
        for emitted in _random():
            with suppress(Stopped):  # it has more states than there is time for
                held += len(hold(emitted, Driver(shuffled), plain, Budget(max_states=100)).levels) > 2
            if held == how_many(10):
                break
