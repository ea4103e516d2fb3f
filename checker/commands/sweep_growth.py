"""How the states of a model grow with a parameter that was swept: what one more of it costs. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.commands.sweeps import Plan, SweepRow, label

_WHOLE = ("exhausted", "unreachable")
"""Verdicts that rest on all states: who gives one has counted them."""
_FACTORS_TO_GUESS = 2
"""How many factors are needed before another is guessed from them."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How states grow with parameter `name`, the others being as `beside` says: `factors` from each value to the next,
    the last value being `to`; and about how many states the one after that has, if that can be guessed."""

    name: str
    beside: str
    factors: tuple[float, ...]
    to: int
    next_states: int | None


def growths(planned: Plan, found: Sequence[SweepRow]) -> list[Growth]:
    """For each swept parameter that counts something, and for all values of the others, how states grow with it, where
    two values or more that follow each other were explored whole."""
    return [each for name in planned.swept for each in _of(name, found)]


def _of(name: str, found: Sequence[SweepRow]) -> Iterator[Growth]:
    beside: dict[str, dict[int, int]] = {}
    for row in found:
        others: Mapping[str, str] = {each: value for each, value in row.combination.items() if each != name}
        value = row.combination[name]
        if value.lstrip("-").isdecimal() and _is_whole(row):
            beside.setdefault(label(others), {})[int(value)] = row.stats.distinct
    for others_said, states in beside.items():
        values = _run(sorted(states))
        factors = tuple(states[value] / states[value - 1] for value in values[1:])
        if factors:
            last = states[values[-1]]
            yield Growth(name, others_said, factors, values[-1], _guess(last, factors))


def _is_whole(row: SweepRow) -> bool:
    return row.stopped is None and row.stats.distinct > 0 and any(cell.verdict in _WHOLE for cell in row.cells)


def _run(values: Sequence[int]) -> list[int]:
    """The last of the values that follow each other without a gap."""
    run: list[int] = []
    for value in values:
        run = [*run, value] if run and value == run[-1] + 1 else [value]
    return run


def _guess(last: int, factors: Sequence[float]) -> int | None:
    """The states at the next value, if the factor goes on to grow as it did; it is not taken to shrink."""
    if len(factors) < _FACTORS_TO_GUESS:
        return None
    return round(last * factors[-1] * max(1.0, factors[-1] / factors[-2]))
