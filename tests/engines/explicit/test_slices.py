"""How much is done in one call, so that somebody looks at the clock meanwhile, and memory that grows between two."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from checker.engines.explicit import search
from checker.engines.explicit.liveness import graph
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words

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
