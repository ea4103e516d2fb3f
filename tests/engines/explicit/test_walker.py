"""What becomes of each answer of a walk's compiled loop, which is played here by Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checker.engines.common.clock import Stopped
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.random_walk import runs as walker


def bare_walker() -> Any:
    """A walker without code to run."""
    made: Any = walker.Walker.__new__(walker.Walker)
    made.block, made.words, made._pause = words(block.CELLS), 2, walker._FIRST_STEPS
    return made


@pytest.mark.parametrize(
    ("rate", "given"),
    [
        (10_000, [200, 200, 200]),
        (1_000_000, [200, 800, 3_200, 12_800, 20_000, 20_000]),
        (100, [200, 16, 16]),
        (1 << 60, [200 * 4**at for at in range(9)] + [1 << 24, 1 << 24]),
    ],
)
def test_a_walk_looks_at_the_clock_fifty_times_a_second(
    rate: int, given: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins with 200 steps, and takes at most four times as many as the last time."""
    made, passed, taken = bare_walker(), [0.0], []

    def call(kernel: str) -> int:
        taken.append(made.block[block.LEFT])
        passed[0] = made.block[block.LEFT] / rate
        made.block[block.LEFT] = 0
        return block.PAUSED

    made.call = call
    monkeypatch.setattr(walker, "time", SimpleNamespace(perf_counter=lambda: passed[0]))
    for most in (*[1 << 60] * len(given), 7):
        passed[0] = 0.0
        assert made.go_on(most) == {}
    assert taken == [*given, 7], "no more than it is asked for"


ANSWERS = {
    "marked": block.MARKED,
    "beyond": block.BEYOND_MARKED,
    "halted": block.HALTED,
    "stepped": block.STEP_MARKED,
    "paused": block.PAUSED,
    "finished": block.FINISHED,
}


@pytest.mark.parametrize("what", ANSWERS)
def test_what_compiled_code_stopped_at_is_read_as_what_it_is(what: str) -> None:
    made = bare_walker()
    made.call = lambda kernel: ANSWERS[what] if kernel == "stroll" else None
    made._marked = lambda of_step=False: {"beyond" if of_step else "marked": 1}
    made._halted, made._stepped = (lambda: {"halted": 1}), (lambda: {"stepped": 1})
    assert made.go_on(9) == (None if what == "finished" else {} if what == "paused" else {what: 1})


@pytest.mark.parametrize("over", [0, 1])
def test_there_is_more_room_for_next_states_up_to_so_many_bytes(over: int) -> None:
    made, grown = bare_walker(), []
    rows = walker.MOST_BYTES // 64 + over
    made.block[block.OUT_ROWS] = rows
    made.call, made.grow_out = (lambda _: block.NEED_OUT), grown.append
    if over:
        with pytest.raises(Stopped, match=f"a state with more than {rows:,} next ones ended the walk"):
            made.go_on(9)
    else:
        assert made.go_on(9) == {} and grown == [4 * rows]
    made.call = lambda _: block.CHOSE_TOO_MUCH
    with pytest.raises(Stopped, match=r"a step of more than .* choices ended the walk"):
        made.go_on(9)
