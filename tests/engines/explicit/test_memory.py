"""Memory that compiled code works in."""

from __future__ import annotations

import ctypes

import pytest

from checker.engines.explicit.native.memory import words


@pytest.mark.parametrize("count", [0, 1, 8, 9, 4096])
def test_what_two_threads_write_lies_in_no_cache_line_of_both(count: int) -> None:
    rows = [words(count) for _ in range(20)]
    lines = [
        range(ctypes.addressof(row) // 64, (ctypes.addressof(row) + max(1, count) * 8 - 1) // 64 + 1) for row in rows
    ]
    assert all(len(row) == count and not any(row) for row in rows)
    assert len({line for each in lines for line in each}) == sum(map(len, lines))
    assert all(ctypes.addressof(row) % 64 == 0 for row in rows)
