"""How many states may be to come: right in size from the middle of a search on, and silent before."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from checker.commands.report import _ahead
from checker.contract.task import NO_FAILURE, Budget, Stats, Task
from checker.contract.verdict import Unknown
from checker.engines.common.growth import about, to_come
from checker.engines.explicit import ExplicitEngine, search
from checker.engines.explicit.native.store import Store
from checker.frontend.load import compile_model
from checker.lang import Array, Model, Range, Var, action, require, sometimes
from tests.support.plain_code import plain_code

MARKING = (
    *(1, 14, 94, 427, 1506, 4361, 10709, 22978, 44493, 79766, 134065, 211475, 313156, 438891, 586216, 750160, 920085),
    *(1085373, 1229630, 1344296, 1422185, 1462424, 1463830, 1425105, 1348352, 1236970, 1101101, 948994, 791220, 632913),
    *(482789, 346872, 233888, 146562, 85110, 44968, 21065, 8381, 2560, 576, 64),
)
"""The levels of marking with three objects, 20,383,625 states."""


def test_from_the_middle_on_it_is_right_within_a_factor_of_two() -> None:
    assert sum(MARKING) == 20_383_625
    for found in range(len(MARKING) * 2 // 5, len(MARKING) - 4):
        said = to_come(MARKING[:found])
        assert said is not None
        assert 0.5 < said / sum(MARKING[found:]) < 2, found


def test_levels_on_a_normal_curve_come_out_as_they_are() -> None:
    levels = [round(1e6 * math.exp(-((at - 20) ** 2) / 60)) for at in range(41)]
    said = to_come(levels[:20])
    assert said is not None
    assert said == pytest.approx(sum(levels[20:]), rel=0.1)


@pytest.mark.parametrize("levels", [(), (1,) * 9, tuple(2**at for at in range(30)), (3,) * 30])
def test_where_no_end_is_in_sight_nothing_is_said(levels: tuple[int, ...]) -> None:
    assert to_come(levels) is None


def test_only_the_size_of_a_guess_is_said() -> None:
    assert [about(each) for each in (0, 7, 34_567, 9_400_000, 96_000_000, 1_600_000_000)] == [
        "0",
        "7",
        "30,000",
        "9 million",
        "100 million",
        "2 thousand million",
    ]


def test_the_progress_line_warns_where_memory_will_end_first() -> None:
    assert _ahead(Stats(100, queue=17)) == "17 waiting"
    assert _ahead(Stats(100, to_come=500, room=1_000)) == "about 500 to come"
    assert _ahead(Stats(100, to_come=5_000, room=1_000)) == "about 5,000 to come, memory for 1,000"


class Cube(Model):
    """Three counters: 4,096 states in 46 levels."""

    Place = Range(3)
    count = Var(Array(Place, Range(16)))

    @action
    def up(self, p: Place):
        require(self.count[p] < 15)
        self.count[p] += 1

    @sometimes
    def never(self):
        return self.count[0] == 15 and self.count[1] == 15 and self.count[2] == 15


def test_unknown_says_how_much_there_may_be() -> None:
    task = Task(compile_model(Cube, {}), ("never", "no_failure"), Budget(max_states=3_000))
    verdict = ExplicitEngine().run(task).verdicts["never"]
    assert isinstance(verdict, Unknown)
    said = re.fullmatch(
        r"state budget of 3,000 ended after 3,000 states, depth 28, with about ([0-9,]+) to come", verdict.reason
    )
    assert said is not None, verdict.reason
    assert 500 < int(said[1].replace(",", "")) < 2_000


def test_the_room_said_is_the_room_there_is() -> None:
    """Rows and the table that holds them, at its largest, within the limit."""
    store = Store(1, 40, 100 << 20)
    assert 100 << 20 >= store.room() * (8 + 4 / 0.75) > 70 << 20


class DeepRing(Model):
    """Each level is one state."""

    at = Var(Range(300))

    @action
    def go(self):
        self.at = (self.at + 1) % 300


def test_what_is_to_come_is_worked_out_where_it_is_said_and_not_at_every_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes through all levels: a ring of 20,000 states took minutes."""
    asked: list[int] = []
    monkeypatch.setattr(search, "to_come", lambda sizes: asked.append(len(sizes)))
    task = Task(compile_model(DeepRing, {}), (NO_FAILURE,))
    with plain_code():
        assert ExplicitEngine().run(task).stats.distinct == 300
        assert asked == []
        ExplicitEngine().run(replace(task, budget=Budget(max_states=150)))
    assert len(asked) < 10


@pytest.mark.parametrize("empty", range(20))
def test_nothing_is_said_of_levels_of_which_one_is_empty(empty: int) -> None:
    """A part of a cluster may have none of a level, and some of later ones: it ended with an error then."""
    levels = [min(2**at, 2 ** (19 - at)) for at in range(20)]
    levels[empty] = 0
    assert to_come(levels) is None or empty not in (19, 15, 11)
