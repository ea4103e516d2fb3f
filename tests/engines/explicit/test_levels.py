"""What a search decides between two levels: whether faster code is worth while, what is judged, how deep it may go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget
from checker.engines.common.clock import Stopped
from checker.engines.explicit import engine
from checker.engines.explicit.culprit import Culprit
from checker.engines.explicit.machine.compiling import CompilerEnded
from checker.engines.explicit.native import block
from checker.engines.explicit.path import Pathfinder
from checker.errors import EngineBug

SIZE = 1000
"""Letters of the code of a model."""


@pytest.mark.parametrize("by_parts", [False, True], ids=["here", "by parts of a cluster"])
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
    by_parts: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, spread = (0.0, SimpleNamespace(worked=searched)) if by_parts else (searched, None)
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

    monkeypatch.setattr(engine, "time", SimpleNamespace(thread_time=lambda: here, perf_counter=lambda: next(ticks)))
    monkeypatch.setattr(engine.library, "load_model", load_model)
    modules = [("x" * 400, ["a"]), ("y" * 600, ["b"])]
    search: Any = SimpleNamespace(
        emitted=SimpleNamespace(modules=modules),
        model=SimpleNamespace(thorough=thorough),
        go_on_with=taken.append,
        compile_seconds=2.0,
    )
    clock = SimpleNamespace(compiling=watched)
    run: Any = SimpleNamespace(compiled_all_it_can=compiled, prepared=0.0, clock=clock, spread=spread)
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


@pytest.mark.parametrize("cluster", [None, "parts"])
@pytest.mark.parametrize(("limit", "ends"), [(None, False), (3.0, True), (3.5, False), (9.0, False)])
def test_code_is_compiled_quickly_at_first_and_that_counts_as_time(
    cluster: str | None, limit: float | None, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever decides to wait for better code does so later, when a search turns out to be long."""
    ticks, shown = iter([100.0, 103.5]), []
    emitted = SimpleNamespace(source="text", modules=[("x", ["a"])])
    monkeypatch.setattr(engine, "time", SimpleNamespace(perf_counter=lambda: next(ticks), thread_time=lambda: 7.0))
    monkeypatch.setattr(engine, "emit_program", lambda *given: emitted if given == ("program", True, True) else None)
    monkeypatch.setattr(engine.library, "dump", shown.append)
    monkeypatch.setattr(engine.library, "load_kernels", lambda: "kernels")
    monkeypatch.setattr(engine.library, "load_model", lambda modules, thorough=True: ("model", modules, thorough))
    monkeypatch.setattr(engine, "spread", lambda *given: SimpleNamespace(of=given))
    task = SimpleNamespace(program="program", cluster=cluster, budget=Budget(seconds=limit))
    clock = SimpleNamespace(compiling=nullcontext)
    alone = lambda *given: SimpleNamespace(of=given)  # noqa: E731
    run: Any = SimpleNamespace(task=task, clock=clock, temporal=True, reduction="some", _prepare_alone=alone)
    run.prepared, model = 0.0, ("model", emitted.modules, False)
    if ends:
        with pytest.raises(Stopped, match=r"in 4 s of compiling"):
            engine._Run._prepare(run)
    else:
        assert engine._Run._prepare(run) is run.search
        assert run.prepared == 7.0
    if cluster is None:
        assert run.search is run.alone
        assert run.search.of == (emitted, "kernels", model)
    else:
        assert run.search is run.spread
        assert run.search.of == (task, cluster, emitted, model, clock)
    assert run.search.compile_seconds == 3.5 and shown == ["text"]


def drawn_expansion(draw: Random) -> tuple[list[str], list[str], Ledger, dict[int, tuple[int, ...]]]:
    """Properties of states and of steps, what is open, and the states that a search finds, by kind."""
    judged, steps = (list(names[: draw.randrange(3)]) for names in (("a", "b"), ("s", "t")))
    names = [*judged, *steps, NO_FAILURE, NO_DEADLOCK]
    first = block.FIRST_PROPERTY
    kinds = [block.FAILURE, block.UNJUDGED, block.DEADLOCK]
    kinds += range(first + 2 * len(judged), first + 2 * (2 * len(judged) + len(steps)))
    found = {kind: (draw.randrange(9),) for kind in kinds if draw.random() < 0.4}
    return judged, steps, Ledger(*(name for name in names if draw.random() < 0.7)), found


def test_what_a_level_s_expansion_finds_decides_what_is_open() -> None:
    """Against what each kind of culprit says, read off one by one; a reduction is told of the level before."""
    draw, seen = Random(0), set()
    for _ in range(300):
        judged, steps, ledger, found = drawn_expansion(draw)
        wanted = [at for at, name in enumerate(judged) if ledger.is_open(name) or ledger.is_open(NO_FAILURE)]
        open_steps = [at for at, name in enumerate(steps) if ledger.is_open(name)]
        told: list[Any] = []
        expected = culprits_of(judged, steps, wanted, found)
        expected = {name: each for name, each in expected.items() if ledger.is_open(name)}
        search: Any = SimpleNamespace(
            emitted=SimpleNamespace(judged=judged, fallible=set(judged), pairs=SimpleNamespace(judged=steps)),
            expand=lambda *given, told=told, found=found: told.append(given) or found,
        )
        run: Any = engine._Run.__new__(engine._Run)
        run.ledger, run.culprits, run.failing = ledger, {}, draw.choice([None, (5,)])
        run.task = SimpleNamespace(program=SimpleNamespace(witnessed=lambda name: name == "b"))
        run._have_witness = lambda told=told: told.append("witness")
        reducing = SimpleNamespace(before=lambda each, told=told: told.append((each, "before")))
        run.reducing = draw.choice([None, reducing])
        late = SimpleNamespace(before=lambda *each, told=told: told.append((*each, "late")))
        run.late, run.alone = draw.choice([None, late]), search
        failing, reduces = run.failing or found.get(block.FAILURE), run.reducing is not None
        run._expand(search, 3)
        before = [(ledger, "before")] * reduces + [(search, ledger, "late")] * (run.late is not None)
        assert told == ["witness", *before, (open_steps, wanted)]
        assert (run.culprits, run.expanded, run.failing) == (expected, 3, failing)
        assert {name for name, _ in ledger.closed} == set(expected)
        seen |= set(expected)
    assert seen == {"a", "b", "s", "t", NO_FAILURE, NO_DEADLOCK}


def culprits_of(
    judged: list[str], steps: list[str], wanted: list[int], found: dict[int, tuple[int, ...]]
) -> dict[str, Culprit]:
    """Kinds come in pairs, false and without a value: of states, of steps, and of states beyond the constraint."""
    known: dict[str, Culprit] = {}
    of_steps = block.FIRST_PROPERTY + 2 * len(judged)
    beyond = of_steps + 2 * len(steps)
    for at, name in enumerate(steps):
        for failing in (True, False):
            if of_steps + 2 * at + failing in found:
                known[name] = Culprit(found[of_steps + 2 * at + failing], 3, failing, of_step=True)
    for at in wanted:
        if beyond + 2 * at + 1 in found:
            known[judged[at]] = Culprit(found[beyond + 2 * at + 1], 3, True, (judged[at],), True)
        if beyond + 2 * at in found:
            known[judged[at]] = Culprit(found[beyond + 2 * at], 3, of_step=True)
    without_value = [found[beyond + 2 * at + 1] for at in wanted if beyond + 2 * at + 1 in found]
    failing_steps = [found[kind] for kind in (block.FAILURE, block.UNJUDGED) if kind in found]
    if without_value:
        known[NO_FAILURE] = Culprit(min(without_value), 3, True, tuple(judged[at] for at in wanted), True)
    elif failing_steps:
        known[NO_FAILURE] = Culprit(min(failing_steps), 3, True)
    if block.UNJUDGED in found:
        known[NO_DEADLOCK] = Culprit(found[block.UNJUDGED], 3, True)
    if block.DEADLOCK in found:
        known[NO_DEADLOCK] = Culprit(found[block.DEADLOCK], 3)
    return known
