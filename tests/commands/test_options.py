"""Options that are amounts: durations and memory."""

from __future__ import annotations

import pytest

from checker.commands import options
from checker.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("60s", 60.0), ("60", 60.0), ("1.5m", 90.0), ("1h", 3600.0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert options.duration(text) == seconds


@pytest.mark.parametrize(("text", "amount"), [("1000", 1000), ("2K", 2048), ("8G", 8 << 30), ("1.5m", 3 << 19)])
def test_amounts_of_memory(text: str, amount: int) -> None:
    assert options.amount(text) == amount


def test_amounts_of_thousands_of_digits_are_none() -> None:
    """`--memory` of so many ended with an OverflowError."""
    for read in (options.amount, options.duration):
        with pytest.raises(UsageError, match="U008"):
            read("9" * 5000)
