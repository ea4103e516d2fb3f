"""What becomes of each answer of a walk's compiled loop, which is played here by Python."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.engines.common.clock import Stopped
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.random_walk import kernel
from checker.engines.explicit.random_walk import runs as walker
from checker.engines.explicit.random_walk.runs import RunEnd
from checker.engines.explicit.random_walk.shortcuts import Shortcuts

FIRST = block.FIRST_PROPERTY


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


GOALS: list[tuple[str, RunEnd, set[int]]] = [
    (NO_DEADLOCK, RunEnd(0, ()), {block.DEADLOCK}),
    (NO_DEADLOCK, RunEnd(0, (), True, ("a",)), {block.DEADLOCK}),
    (NO_FAILURE, RunEnd(0, (), True), {block.FAILURE, block.UNJUDGED}),
    (NO_FAILURE, RunEnd(0, (), True, ("b",)), {FIRST + 3}),
    (NO_FAILURE, RunEnd(0, (), True, ("a", "b")), {FIRST + 1, FIRST + 3}),
    (NO_FAILURE, RunEnd(0, (), True, ("a",), of_step=True), {FIRST + 2 * 3 + 1}),
    ("a", RunEnd(0, ()), {FIRST}),
    ("b", RunEnd(0, ()), {FIRST + 2}),
    ("b", RunEnd(0, (), True, ("b",)), {FIRST + 3}),
    ("b", RunEnd(0, (), False, ("b",), of_step=True), {FIRST + 2 * 4}),
    ("s", RunEnd(0, (), of_step=True), {FIRST + 2 * 2}),
    ("s", RunEnd(0, (), True, ("s",), of_step=True), {FIRST + 2 * 2 + 1}),
]


@pytest.mark.parametrize(("name", "finding", "kinds"), GOALS)
def test_a_shorter_way_shows_what_was_found_and_nothing_else(name: str, finding: RunEnd, kinds: set[int]) -> None:
    """Kinds come in pairs: of the properties a and b of states, of s of steps, and of a and b beyond the constraint."""
    emitted = SimpleNamespace(judged=("a", "b"), pairs=SimpleNamespace(judged=("s",)))
    ways: Any = SimpleNamespace(_implemented={"spec": "what is implemented"}, _emitted=emitted)
    assert Shortcuts._goal(ways, name, finding) == kinds
    assert Shortcuts._goal(ways, "spec", finding) == "what is implemented"  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("at", [0, 2])
def test_the_next_state_of_a_run_is_written_in_its_place_and_judged(width: int, at: int) -> None:
    """And no word beyond it: that may be nobody's memory."""
    k, path, row = words(block.CELLS), words(4 * width), words(width + 1)
    path[:], row[:] = [-1] * (4 * width), [*range(5, 5 + width), 99]
    asked: list[tuple[int, ...]] = []

    def check(*given: int) -> int:
        asked.append(given)
        return 7

    called = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * 4)(check)
    for cell, value in {
        block.WORDS: width,
        block.PATH: ctypes.addressof(path),
        block.AT: at,
        block.CHECK: ctypes.cast(called, ctypes.c_void_p).value or 0,
        block.SCRATCH: 11,
        block.CONTROL: 12,
        block.WANTED: 13,
    }.items():
        k[cell] = value
    assert kernel.go_to(k, ctypes.addressof(row)) == 7
    before, after = [-1] * (at * width), [-1] * ((3 - at) * width)
    assert list(path) == [*before, *range(5, 5 + width), *after]
    assert asked == [(ctypes.addressof(path) + 8 * at * width, 11, 12, 13)]
