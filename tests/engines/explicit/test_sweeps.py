"""How Python drives compiled loops over sets and lists: what is tried first, when it goes on, what it reads at the end.
The loops are played by the tests."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from checker.engines.explicit.liveness import fair, far, rows
from checker.engines.explicit.liveness.graph import STEPS
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.errors import EngineBug

MANY = fair._TRIED


@pytest.mark.parametrize(
    ("left", "sweeps", "remain"),
    [
        (0, [], 0),
        (100, [(0, 1000, 50), (1000, 1000, 0), (0, 1000, 6), (1000, 1000, 0), (0, 1000, 4)], 40),
        (9, [(0, 1000, 1), (1000, 1000, 0), (0, 1000, 0)], 8),
        (5, [(0, 1000, 5), (1000, 1000, 0)], 0),
        (MANY, [(0, 1000, 0)], MANY),
        (MANY + 1, [(0, 999, 0)], MANY + 1),
        (4 * MANY, [(0, 250, 10)], 4 * MANY - 10),
        (4 * MANY, [(0, 250, 5000), (250, 1000, 100), (0, 1000, 0)], 4 * MANY - 5100),
        (2000 * MANY, [(0, 1, 0)], 2000 * MANY),
    ],
)
def test_what_cannot_stay_is_taken_out_as_long_as_that_is_worth_while(
    left: int, sweeps: list[tuple[int, int, int]], remain: int
) -> None:
    """At least one state in eight of those looked at; of many on a part of the words first."""
    script, put = iter(sweeps), []

    def sweep(kernel: str, end: int, begin: int = 0) -> int:
        wanted_begin, wanted_end, removed = next(script)
        assert (kernel, begin, end) == ("trim", wanted_begin, wanted_end)
        return removed

    graph: Any = SimpleNamespace(set_words=1000, put=put.append, sweep=sweep)
    states: Any = SimpleNamespace(address=77)
    assert fair.trimmed(graph, states, left) == remain
    assert [*script] == [] and put == [{block.SET: 77}]


class Hand:
    """Whoever runs a compiled loop: each call does the next of these to the block, and answers."""

    def __init__(self, script: list[tuple[int, Callable[[Any], None]]]) -> None:
        self.block: Any = words(block.CELLS)
        self.calls: list[str] = []
        self._script = iter(script)

    def call(self, kernel: str) -> int:
        self.calls.append(kernel)
        assert self.block[block.LEFT] == STEPS, "so much, and then somebody looks at the clock"
        answer, does = next(self._script)
        does(self.block)
        self.block[block.LEFT] = 0
        return answer


def _listed(k: Any, begin: int, listed: list[int]) -> None:
    """Rows of two words are in the list now, and the loop has come to one of them."""
    (ctypes.c_int64 * len(listed)).from_address(k[block.LIST])[:] = listed
    k[block.BEGIN], k[block.LISTED] = begin, len(listed) // 2


@pytest.mark.parametrize(("entry", "bit"), [(0, (0, 1)), (63, (0, -(1 << 63))), (69, (1, 32))])
@pytest.mark.parametrize("found", [True, False])
def test_the_way_round_is_read_back_from_where_it_ended(
    entry: int, bit: tuple[int, int], found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_FIRST_LIST", 2)
    rooms: list[int] = []

    def first(k: Any) -> None:
        assert (k[block.BEGIN], k[block.LISTED]) == (0, 1)
        assert list((ctypes.c_int64 * 2).from_address(k[block.LIST])) == [7, 0]
        _listed(k, 1, [7, 0, 8, 0])

    hand = Hand(
        [
            (block.PAUSED, first),
            (block.NEED_LIST, lambda k: rooms.append(k[block.LIST_ROOM])),
            (block.FINISHED, lambda k: _listed(k, 2 if found else 4, [7, 0, 8, 0, 9, 1, 5, 0])),
        ]
    )
    looks, met, given, freed = [], [], [], []

    def region(size: int) -> Region:
        given.append(Region(size))
        return given[-1]

    graph: Any = SimpleNamespace(
        hand=hand,
        region=region,
        free=freed.append,
        stats=None,
        clock=SimpleNamespace(check=looks.append),
        meet=lambda _hand, answer: met.append(answer),
    )
    been = Region(4096)
    if found:
        assert far._roam(graph, "roam", (7,), entry, been) == [(7,), (8,), (9,)]
    else:
        with pytest.raises(EngineBug, match="a fair component has no way round"):
            far._roam(graph, "roam", (7,), entry, been)
    at, word = bit
    cells = [0] * 512
    cells[at] = word
    assert list((ctypes.c_int64 * 512).from_address(been.address)) == cells
    assert hand.calls == ["roam"] * 3 and rooms == [2] and len(looks) == 3
    assert met == [block.PAUSED, block.NEED_LIST, block.FINISHED]
    assert freed == given and len(given) == 2
    assert (hand.block[block.BEGIN], hand.block[block.END]) == (0, 0)


def test_a_list_that_grows_keeps_what_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_FIRST_LIST", 2)
    freed: list[Region] = []
    owner = SimpleNamespace(width=3, region=Region, free=freed.append)
    made, put = rows.Rows(owner), [(at, -at, at * at) for at in range(9)]
    for row in put:
        made.add(row)
    assert made.states() == put == [made.at(at) for at in range(9)]
    assert (made.used, made.room, made.width, len(freed)) == (9, 32, 3, 2)
    before = made.memory
    made.free()
    assert freed[-1] is before and rows.Rows(owner, 5).width == 5
