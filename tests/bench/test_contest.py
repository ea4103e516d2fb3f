"""What is compared is measured in turn, until the ratio is known; a machine that slows down does not decide."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator

import pytest

from tests.bench.contest import FEWEST, Contestant, Sample, busy, compare, ratio
from tests.bench.timing import load, run


def contestant(name: str, times: Iterator[float], order: list[str]) -> Contestant:
    def measure() -> Sample:
        order.append(name)
        took = next(times)
        return Sample(2 * took, took, 0.0)

    return Contestant(name, measure)


def _never() -> Sample:
    raise AssertionError("is measured")


def test_contestants_run_in_turn_and_no_longer_than_needed():
    order: list[str] = []
    rows = [contestant("A", itertools.repeat(1.0), order), contestant("B", itertools.repeat(1.5), order)]
    found = compare(rows)
    assert order == ["A", "B"] * FEWEST
    assert found[1].value == pytest.approx(1.5) and found[1].error == pytest.approx(0)


def test_a_machine_that_slows_down_changes_no_ratio():
    order: list[str] = []
    slower = [1.0, 2.0, 4.0, 8.0]
    rows = [contestant("A", iter(slower), order), contestant("B", iter([2 * each for each in slower]), order)]
    assert compare(rows)[1].value == pytest.approx(2)


def test_what_varies_is_measured_until_it_is_known():
    order: list[str] = []
    noisy = itertools.cycle([1.0, 1.2, 0.9, 1.1])
    rows = [contestant("A", itertools.repeat(1.0), order), contestant("B", noisy, order)]
    found = compare(rows, precision=0.05)
    assert len(order) > 2 * FEWEST and found[1].error <= 0.05


def test_a_budget_ends_what_does_not_settle_at_the_end_of_a_round():
    order: list[str] = []
    rows = [contestant("A", itertools.repeat(1.0), order), contestant("B", itertools.cycle([1.0, 9.0]), order)]
    found = compare(rows, budget=0)
    assert order == ["A", "B"] and found[1].error == math.inf and not found[1].known(0.05)


def test_the_interval_is_that_of_student():
    """Four pairs with logarithms 0, 0.1, 0.2, 0.3: mean 0.15, standard error 0.0645, t = 3.18 for 3 degrees."""
    found = ratio([math.exp(each / 10) for each in range(4)], [1.0] * 4)
    assert found.value == pytest.approx(math.exp(0.15))
    assert found.error == pytest.approx(math.expm1(0.0645497 * 3.18), rel=1e-4)


def test_a_busy_machine_is_said_to_be_one():
    rows = [Contestant("A", _never), Contestant("B", _never)]
    rows[0].samples.append(Sample(2.0, 1.0, 0.0))
    rows[1].samples.append(Sample(6.0, 3.0, 1.0))
    assert busy(rows) == pytest.approx(0.75)
    assert "others used 0.8 of" in load(busy(rows))
    assert load(0.01) == "nothing else was running"


def test_a_system_that_does_not_tell_of_others_is_not_called_idle():
    row = Contestant("A", _never, samples=[Sample(2.0, 1.0, 0.0), Sample(2.0, 1.0, None)])
    assert busy([row]) is None and "not known" in load(None)


def test_processor_time_is_that_of_the_command():
    """What computes takes a processor, what sleeps takes none."""
    loop = "import time\nuntil = time.perf_counter() + 0.4\nwhile time.perf_counter() < until: pass"
    alone = run([sys.executable, "-c", loop])
    assert alone.processor <= alone.seconds * 1.1
    asleep = run([sys.executable, "-c", "import time; time.sleep(0.4)"])
    assert asleep.processor < 0.3 and asleep.seconds >= 0.4
