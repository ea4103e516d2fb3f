"""Compare contestants so that a busy machine does not decide: in turn, A B A B ..., until their ratios are known.

Each round runs all, one after the other, and what counts is a contestant's time over the first one's in the same round:
what slows a whole round down falls out. The ratio shown is the mean of these (geometric, since they are ratios); it is
known to 5 % when its 95 % confidence interval is no wider than that to either side. A budget of time ends what does not
settle, and the table shows how far it came.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FEWEST = 3
"""Rounds without which nothing is said: two that agree by chance are no rare thing."""

# Student's t, two-sided 95 %, for 1, 2, 3, ... degrees of freedom; beyond, that of the last is a little too careful.
_STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)


@dataclass(frozen=True)
class Sample:
    """One measurement, in seconds: of the wall's clock, and of processors. `others` as in `timing.Run`."""

    seconds: float
    processor: float
    others: float | None
    memory: int = 0


@dataclass
class Contestant:
    """Something that is measured again and again. `by_wall` says that its ratio is one of wall time, as where several
    threads are to be faster together; else it is one of processor time."""

    name: str
    measure: Callable[[], Sample]
    by_wall: bool = False
    samples: list[Sample] = field(default_factory=list)

    def middle(self, what: str) -> float:
        """The median of `seconds` or `processor`."""
        return statistics.median(float(getattr(each, what)) for each in self.samples)

    def spread(self, what: str) -> tuple[float, float]:
        """The least and the greatest of `seconds` or `processor`."""
        values = [float(getattr(each, what)) for each in self.samples]
        return min(values), max(values)


@dataclass(frozen=True)
class Ratio:
    """How many times as long as the first one takes. `error` is half the width of the 95 % confidence interval, as a
    part of the ratio; infinite after a single round."""

    value: float
    error: float

    def known(self, precision: float) -> bool:
        """Whether it is known as well as that."""
        return self.error <= precision


def ratio(ours: Sequence[float], first: Sequence[float]) -> Ratio:
    """The ratio of two series of times that were taken in turn."""
    logs = [math.log(one / other) for one, other in zip(ours, first, strict=True)]
    if len(logs) < 2:
        return Ratio(math.exp(logs[0]), math.inf)
    error = statistics.stdev(logs) / math.sqrt(len(logs)) * _STUDENT[min(len(logs) - 1, len(_STUDENT)) - 1]
    return Ratio(math.exp(statistics.fmean(logs)), math.expm1(error))


def compare(contestants: Sequence[Contestant], precision: float = 0.05, budget: float = 120.0) -> list[Ratio]:
    """Measure all in turn until every ratio to the first is known to `precision`, or `budget` seconds are over, and
    then to the end of the round. One ratio for each, that of the first being 1."""
    began = time.perf_counter()
    while True:
        for contestant in contestants:
            contestant.samples.append(contestant.measure())
        ratios = [_to(contestants[0], each) for each in contestants]
        settled = len(contestants[0].samples) >= FEWEST and all(each.known(precision) for each in ratios)
        if settled or time.perf_counter() - began > budget:
            return ratios


def _to(first: Contestant, contestant: Contestant) -> Ratio:
    what = "seconds" if contestant.by_wall else "processor"
    series = ([float(getattr(sample, what)) for sample in each.samples] for each in (contestant, first))
    return ratio(*series)


def busy(contestants: Sequence[Contestant]) -> float | None:
    """How many processors others used while these were measured, on average over time; None if that is not known."""
    samples = [sample for each in contestants for sample in each.samples]
    if any(sample.others is None for sample in samples):
        return None
    return sum((each.others or 0) * each.seconds for each in samples) / sum(each.seconds for each in samples)
