"""The memories of evacheck.idioms against their axioms: each small program shows just what the axioms allow."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.frontend.compile import compile_program
from checker.frontend.load import load
from checker.lang.view import view
from checker.semantics import Interpreter
from tests.support.litmus import (
    Execution,
    Op,
    Outcome,
    Program,
    as_model,
    drawn,
    executions,
    release_acquire,
    total_store_order,
)

Allowed = Callable[[Execution], bool]
MEMORIES: dict[str, Allowed] = {"StoreBuffers": total_store_order, "ReleaseAcquire": release_acquire}

X1, Y1 = Op("store", "X", 1), Op("store", "Y", 1)
LOAD_X, LOAD_Y = Op("load", "X"), Op("load", "Y")
FENCE, RELAXED_Y1, RELAXED_LOAD_Y = Op("fence"), Op("store", "Y", 1, strong=False), Op("load", "Y", strong=False)
FENCE_RELEASES = ((X1, FENCE, RELAXED_Y1), (LOAD_Y, LOAD_X))
FENCE_ACQUIRES = ((X1, Y1), (RELAXED_LOAD_Y, FENCE, LOAD_X))
NOTHING_ACQUIRES = ((X1, Y1), (RELAXED_LOAD_Y, LOAD_X))


def by_axioms(program: Program, allowed: Allowed) -> set[Outcome]:
    return {outcome for execution, outcome in executions(program) if allowed(execution)}


def by_machine(program: Program, memory: str, folder: Path) -> set[Outcome]:
    """What the model can end in: every state that no step leads on from, with all stores in their places."""
    file = folder / "test.py"
    file.write_text(as_model(program, memory))
    model = load(str(file))
    compiled = compile_program(model())
    interpreter = Interpreter(compiled)
    seen = {transition.state for transition in interpreter.initial()}
    left, found = list(seen), set()
    loads = sum(op.reads for code in program for op in code)
    while left:
        state = left.pop()
        assert state is not None
        following = list(interpreter.successors(state))
        assert all(each.failure is None for each in following)
        if not following:
            end = view(model, compiled, state)
            found.add((tuple(end.saw)[:loads], tuple(end.newest(place) for place in end.Place)))
        for each in following:
            if each.state not in seen:
                seen.add(each.state)
                left.append(each.state)
    return found


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("seed", range(12))
def test_a_memory_shows_what_its_axioms_allow(memory: str, seed: int, tmp_path: Path) -> None:
    program = drawn(random.Random(seed), relaxed=True)
    assert by_machine(program, memory, tmp_path) == by_axioms(program, MEMORIES[memory])


@pytest.mark.parametrize(
    "program", [FENCE_RELEASES, FENCE_ACQUIRES, NOTHING_ACQUIRES], ids=["release", "acquire", "none"]
)
def test_a_fence_releases_what_is_stored_after_it_and_acquires_what_was_loaded(
    program: Program, tmp_path: Path
) -> None:
    """Chance does not draw these: twelve programs did not notice that a fence released nothing."""
    found = by_machine(program, "ReleaseAcquire", tmp_path)
    assert found == by_axioms(program, release_acquire)
    assert (((1, 0), (1, 1)) in found) == (program is NOTHING_ACQUIRES)


def test_the_axioms_give_the_published_verdicts() -> None:
    """What the random programs are held to is itself held to the papers: seen in store buffering, message passing, 2+2W
    and IRIW."""
    message_passing = ((X1, Y1), (LOAD_Y, LOAD_X))
    tests: dict[str, tuple[Program, Outcome]] = {
        "SB": (((X1, LOAD_Y), (Y1, LOAD_X)), ((0, 0), (1, 1))),
        "MP": (message_passing, ((1, 0), (1, 1))),
        "2+2W": (((Op("store", "X", 2), Y1), (Op("store", "Y", 2), X1)), ((), (2, 2))),
        "IRIW": (((X1,), (Y1,), (LOAD_X, LOAD_Y), (LOAD_Y, LOAD_X)), ((1, 0, 1, 0), (1, 1))),
    }
    seen = {
        memory: {name for name, (program, outcome) in tests.items() if outcome in by_axioms(program, allowed)}
        for memory, allowed in MEMORIES.items()
    }
    assert seen == {"StoreBuffers": {"SB"}, "ReleaseAcquire": {"SB", "2+2W", "IRIW"}}
    relaxed = ((X1, Op("store", "Y", 1, strong=False)), (LOAD_Y, LOAD_X))
    assert ((1, 0), (1, 1)) in by_axioms(relaxed, release_acquire)
