"""How much is done in one call, so that somebody looks at the clock meanwhile, and memory that grows between two."""

from __future__ import annotations

import ctypes
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from checker.contract.task import Budget
from checker.engines.common.clock import Stopped
from checker.engines.explicit import search
from checker.engines.explicit.cluster import coordinator
from checker.engines.explicit.cluster.transport import Reply
from checker.engines.explicit.liveness import graph
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.native.store import RowSpan

ARRAY = coordinator._ARRAY
HUNDREDTH = 0.01
"""Seconds that a slice is to take."""


@pytest.mark.parametrize(
    ("of", "least", "most"), [(search.Search, 16, 1 << 16), (graph.Graph, 1, 1 << 12)], ids=["search", "graph"]
)
def test_a_slice_becomes_as_large_as_takes_a_hundredth_of_a_second(of: Any, least: int, most: int) -> None:
    """At most twice as large as before."""

    def after(before: int, done: int, seconds: float) -> int:
        owner = SimpleNamespace(_slice=before)
        of._adapt(owner, done, seconds)
        return int(owner._slice)

    assert after(100, 100, HUNDREDTH) == 100
    assert after(100, 150, HUNDREDTH) == 150
    assert after(100, 100, 4 * HUNDREDTH) == 25
    assert after(100, 300, HUNDREDTH) == 200
    assert after(100, 1, HUNDREDTH) == least
    assert after(100, 1, 900 * HUNDREDTH) == least
    assert after(most - 1, 10 * most, HUNDREDTH) == most
    assert after(100, 0, HUNDREDTH) == after(100, 5, 0.0) == after(100, 0, 0.0) == 100


def test_a_stack_that_grew_has_what_it_had() -> None:
    stack, freed = Region(4096), []
    before = (ctypes.c_int64 * 512).from_address(stack.address)
    before[:] = range(-5, 507)
    owner = SimpleNamespace(region=Region, free=lambda memory: freed.append((memory, memory.free())))
    hand = SimpleNamespace(block=words(block.CELLS))
    larger = graph.Graph._larger(owner, stack, hand)  # type: ignore[arg-type]
    assert larger.size == 8192 and [each for each, _ in freed] == [stack]
    assert (hand.block[block.STACK], hand.block[block.STACK_ROOM]) == (larger.address, 1024)
    assert list((ctypes.c_int64 * 512).from_address(larger.address)) == list(range(-5, 507))
    larger.free()


@pytest.mark.parametrize(
    ("before", "seconds", "size", "after"),
    [
        (100, 0.3, 0, 50),
        (100, 0.25, 0, 100),
        (100, 0.13, 0, 100),
        (100, 0.12, 0, 200),
        (100, 0.01, ARRAY - 1, 200),
        (100, 0.01, ARRAY, 100),
        (100, 0.01, 2 * ARRAY, 100),
        (100, 0.01, 2 * ARRAY + 1, 50),
        (1, 0.3, 0, 1),
        (3, 0.3, 0, 1),
        (1 << 40, 0.01, 0, 1 << 40),
    ],
)
def test_a_round_of_a_cluster_is_about_as_long_and_as_large_as_it_should_be(
    before: int, seconds: float, size: int, after: int
) -> None:
    """The longest and the largest of all parts count."""

    def note(most: int | None) -> SimpleNamespace:
        cluster = SimpleNamespace(
            sent=SimpleNamespace(rounds=7, states=3, spared=1),
            clock=SimpleNamespace(budget=Budget(max_states=most)),
            stats=lambda: SimpleNamespace(distinct=20),
            _know=lambda progress: coordinator.ClusterSearch._know(cluster, progress),  # type: ignore[arg-type]
            _most=before,
            worked=1.0,
        )
        short, long = (SimpleNamespace(seconds=each, spared=4) for each in (0.0, seconds))
        replies = {0: Reply(short, (), (1, size)), 1: Reply(long, (), (2,)), 2: Reply(short)}
        coordinator.ClusterSearch._note(cluster, replies)  # type: ignore[arg-type]
        assert cluster._progress == {0: short, 1: long, 2: short}
        assert (cluster.sent.rounds, cluster.sent.states, cluster.sent.spared) == (8, 3 + 3 + size, 12)
        assert cluster.worked == 1.0 + seconds
        return cluster

    assert note(None)._most == note(20)._most == after
    with pytest.raises(Stopped, match="state budget of 19 ended"):
        note(19)


def test_what_parts_give_away_goes_to_whom_it_is_for() -> None:
    replies = {0: Reply(None, (None, "a", "b")), 1: Reply(None, ("c", None, "d")), 2: Reply(None, (None, None, None))}
    found = coordinator.ClusterSearch._addressed(SimpleNamespace(), replies)  # type: ignore[arg-type]
    assert found == {0: ["c"], 1: ["a"], 2: ["b", "d"]}


@pytest.mark.parametrize(("rows", "workers"), [(1, 1), (4095, 1), (4096, 3), (9000, 3)])
def test_few_rows_are_worth_one_thread(rows: int, workers: int) -> None:
    asked: list[tuple[str, int]] = []
    owner = SimpleNamespace(_rounds=lambda kernel, queue, given: asked.append((kernel, len(given))))
    spans: Any = [RowSpan(0, 5, 5 + rows // 2), RowSpan(1, 0, rows - rows // 2)]
    search.Search._sweep(owner, "explore", spans, ["a", "b", "c"])  # type: ignore[arg-type, list-item]
    assert asked == [("explore", workers)]


@pytest.mark.parametrize(
    ("capacity", "most", "granted", "workers", "share"),
    [
        (1 << 20, None, 0, 1, 1 << 16),
        (1 << 20, None, 0, 9, (1 << 20) // 18),
        (100, None, 40, 2, 15),
        (100, 60, 40, 2, 5),
        (100, 600, 40, 2, 15),
        (100, None, 99, 4, 1),
        (100, None, 98, 1, 1),
        (100, None, 100, 1, None),
        (100, 50, 50, 1, None),
        (100, 50, 60, 1, None),
    ],
)
def test_a_worker_may_insert_a_share_of_what_there_is_room_for(
    capacity: int, most: int | None, granted: int, workers: int, share: int | None
) -> None:
    owner: Any = SimpleNamespace(
        _lock=threading.Lock(),
        clock=SimpleNamespace(budget=Budget(max_states=most)),
        store=SimpleNamespace(capacity=capacity),
        workers=[None] * workers,
        _granted=granted,
    )
    worker: Any = SimpleNamespace(block=words(block.CELLS))
    worker.block[block.QUOTA] = 3
    assert search.Search._grant(owner, worker) is (share is not None)
    assert (worker.block[block.QUOTA], owner._granted) == (3 + (share or 0), granted + (share or 0))


@pytest.mark.parametrize(
    ("granted", "most", "crowded", "grows", "stops"),
    [
        (50, None, 0, 0, False),
        (110, None, 0, 1, False),
        (111, None, 0, 1, False),
        (109, None, 0, 0, False),
        (50, None, 1, 1, False),
        (50, None, 3, 3, False),
        (60, 50, 0, 0, True),
        (59, 50, 0, 0, False),
        (200, 90, 2, 0, True),
    ],
)
def test_the_table_grows_where_nothing_is_left_or_states_find_no_place(
    granted: int, most: int | None, crowded: int, grows: int, stops: bool
) -> None:
    """What workers had left is taken back first, which is 10 here; of 100 there is room for."""
    grown: list[None] = []

    def enlarge(whole: bool = False) -> None:
        assert whole == (not grown), "a table in which entries found no place is not whole"
        grown.append(None)
        owner._crowded = len(grown) < crowded

    workers = [SimpleNamespace(block=words(block.CELLS)) for _ in range(2)]
    workers[0].block[block.QUOTA], workers[1].block[block.QUOTA] = 7, 3
    owner: Any = SimpleNamespace(
        workers=workers,
        clock=SimpleNamespace(budget=Budget(max_states=most)),
        store=SimpleNamespace(capacity=100),
        _granted=granted,
        _crowded=crowded > 0,
        _enlarge=enlarge,
    )
    if stops:
        with pytest.raises(Stopped, match=f"state budget of {most} ended"):
            search.Search._make_room(owner)
    else:
        search.Search._make_room(owner)
    assert len(grown) == grows and owner._granted == granted - 10
    assert [worker.block[block.QUOTA] for worker in workers] == [0, 0]
