"""What a search decides between two levels: whether faster code is worth while, what is judged, how deep it may go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget
from checker.engines.common.clock import Stopped
from checker.engines.explicit import engine
from checker.engines.explicit.machine.compiling import CompilerEnded
from checker.engines.explicit.path import Pathfinder
from checker.errors import EngineBug

SIZE = 1000
"""Letters of the code of a model."""


@pytest.mark.parametrize(
    ("searched", "thorough", "compiled", "ends", "wanted"),
    [
        (engine._PATIENCE * SIZE, False, False, None, True),
        (engine._PATIENCE * SIZE * 3, False, False, None, True),
        (engine._PATIENCE * SIZE * 0.99, False, False, None, False),
        (engine._PATIENCE * SIZE * 3, True, False, None, False),
        (engine._PATIENCE * SIZE * 3, False, True, None, False),
        (engine._PATIENCE * SIZE * 3, False, False, MemoryError(), False),
        (engine._PATIENCE * SIZE * 3, False, False, CompilerEnded("by signal 9"), False),
    ],
)
def test_faster_code_is_made_once_when_searching_has_taken_as_long_as_that_will(
    searched: float,
    thorough: bool,
    compiled: bool,
    ends: Exception | None,
    wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks, asked, taken, compiling = iter([100.0, 103.5]), [], [], []

    def load_model(modules: Any) -> str:
        asked.append(modules)
        if ends is not None:
            raise ends
        return "faster"

    @contextmanager
    def watched() -> Iterator[None]:
        compiling.append(True)
        yield

    monkeypatch.setattr(engine, "time", SimpleNamespace(thread_time=lambda: searched, perf_counter=lambda: next(ticks)))
    monkeypatch.setattr(engine.library, "load_model", load_model)
    modules = [("x" * 400, ["a"]), ("y" * 600, ["b"])]
    search: Any = SimpleNamespace(
        emitted=SimpleNamespace(modules=modules),
        model=SimpleNamespace(thorough=thorough),
        go_on_with=taken.append,
        compile_seconds=2.0,
    )
    run: Any = SimpleNamespace(compiled_all_it_can=compiled, prepared=0.0, clock=SimpleNamespace(compiling=watched))
    engine._Run._compile_thoroughly(run, search)
    assert taken == (["faster"] if wanted else [])
    tried = wanted or ends is not None
    assert (asked, compiling) == (([modules], [True]) if tried else ([], []))
    assert run.compiled_all_it_can is (tried or compiled)
    assert search.compile_seconds == (5.5 if tried else 2.0)


@pytest.mark.parametrize(
    ("most", "levels", "complete", "stops"),
    [(None, 9, False, False), (5, 5, False, False), (5, 6, False, True), (5, 6, True, False), (0, 1, False, True)],
)
def test_it_ends_where_it_has_gone_as_deep_as_it_may_and_there_is_more(
    most: int | None, levels: int, complete: bool, stops: bool
) -> None:
    run: Any = SimpleNamespace(task=SimpleNamespace(budget=Budget(max_depth=most)))
    search: Any = SimpleNamespace(levels=[0] * levels, complete=complete)
    if stops:
        with pytest.raises(Stopped, match="depth"):
            engine._Run._heed_depth(run, search)
    else:
        engine._Run._heed_depth(run, search)


class Ledger:
    """What is open, and what was closed as a violation or not."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.closed: list[tuple[str, bool]] = []

    def is_open(self, name: str) -> bool:
        return name in self.names

    def close(self, name: str, violated: bool) -> None:
        self.names.remove(name)
        self.closed.append((name, violated))


@pytest.mark.parametrize("failures", [True, False])
def test_what_is_open_is_judged_and_what_may_fail_where_somebody_asks(failures: bool) -> None:
    ledger = Ledger("b", *([NO_FAILURE] if failures else []))
    emitted = SimpleNamespace(judged=("a", "b", "c", "d"), fallible=frozenset({"b", "c"}))
    found = engine._Run._wanted(SimpleNamespace(ledger=ledger), SimpleNamespace(emitted=emitted))  # type: ignore[arg-type]
    assert found == ([1, 2] if failures else [1])


@pytest.mark.parametrize(
    ("name", "failing", "violated"),
    [
        ("a", False, True),
        ("a", True, False),
        ("seen", False, False),
        ("seen", True, False),
        (NO_FAILURE, True, True),
        (NO_FAILURE, False, True),
        (NO_DEADLOCK, False, True),
    ],
)
def test_what_was_found_first_decides(name: str, failing: bool, violated: bool) -> None:
    ledger = Ledger(name)
    program = SimpleNamespace(witnessed=lambda name: name == "seen")
    run: Any = SimpleNamespace(ledger=ledger, culprits={}, task=SimpleNamespace(program=program))
    first, second = SimpleNamespace(failing=failing), SimpleNamespace(failing=failing)
    for each in (first, second):
        engine._Run._found(run, name, each)  # type: ignore[arg-type]
    assert run.culprits == {name: first} and ledger.closed == [(name, violated)]


PARENTS = {1: {(3,): (1,), (4,): (1,)}, 2: {(5,): (3,), (6,): (4,), (7,): (3,)}}
"""By depth, from which state of the level before some are reached."""


@pytest.mark.parametrize(
    ("ends", "wanted"),
    [
        ([], []),
        ([((1,), 1)], [[(1,)]]),
        ([((5,), 3), ((1,), 1)], [[(1,), (3,), (5,)], [(1,)]]),
        ([((4,), 2), ((6,), 3), ((7,), 3)], [[(1,), (4,)], [(1,), (4,), (6,)], [(1,), (3,), (7,)]]),
        ([((5,), 3), ((8,), 3)], None),
        ([((2,), 2)], None),
    ],
)
def test_behaviours_are_followed_back_level_by_level(ends: list[Any], wanted: list[Any] | None) -> None:
    """Of all ends at once, each state asked for once; a state that follows from none is a bug."""
    asked: list[tuple[list[Any], int]] = []

    def parents(targets: list[Any], depth: int) -> list[Any]:
        asked.append((targets, depth))
        return [PARENTS[depth].get(target) for target in targets]

    finder: Any = SimpleNamespace(_search=SimpleNamespace(parents=parents))
    if wanted is None:
        with pytest.raises(EngineBug, match=r"a state of level \d follows from none of level \d"):
            Pathfinder.chains(finder, ends)
    else:
        assert Pathfinder.chains(finder, ends) == wanted
        assert [depth for _, depth in asked] == [*range(max((depth for _, depth in ends), default=1) - 1, 0, -1)]
    assert all(targets == sorted(set(targets)) for targets, _ in asked)
