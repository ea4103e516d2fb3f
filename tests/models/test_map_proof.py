"""The map's proof: the map cut into steps is the classic map, its lemmas are inductive, and broken variants break them.

How large the sizes of the proof go is on docs/explanation/map-proof.md; here they are small.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from checker.check import check, engine
from checker.contract.task import NO_FAILURE, Task
from checker.contract.verdict import Proved
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.lang import Model
from checker.semantics import Interpreter, State, Step
from spec.go_map.classic import ClassicMap
from spec.go_map.stepped import At, SteppedMap
from spec.go_map.unproved import (
    SteppedArticleLookup,
    SteppedForgetsEvacuatedEmpty,
    SteppedMarksRestTooSoon,
    SteppedNeverAdvances,
    SteppedNeverSplits,
    SteppedReadsOnlyNewArray,
    SteppedReseedsOnGrow,
    SteppedWritesAhead,
)

TINY = {"keys": 2, "hashBits": 1, "maxB": 1}


class AnySeed(ClassicMap):
    """The classic map, with seeds drawn from all functions, as in SteppedMap."""

    def keys_are_named(self) -> bool:
        return True


def reached(program: Program) -> Iterator[tuple[State, Step | None]]:
    """Every reachable state and the step that led there, breadth first."""
    interpreter = Interpreter(program)
    seen: set[State] = set()
    waiting: deque[tuple[State, Step | None]] = deque()
    for first in interpreter.initial():
        assert first.state is not None
        waiting.append((first.state, None))
    while waiting:
        state, step = waiting.popleft()
        if state in seen:
            continue
        seen.add(state)
        yield state, step
        for onward in interpreter.successors(state):
            if onward.state is not None and onward.state not in seen:
                waiting.append((onward.state, onward.step))


def claims(program: Program) -> list[str]:
    return [each.name for each in program.properties if each.kind in (PropertyKind.ALWAYS, PropertyKind.LEMMA)]


@pytest.mark.parametrize("loadDen", [1, 2])
def test_between_operations_the_stepped_map_is_the_classic_one(loadDen: int) -> None:
    sizes = {**TINY, "loadNum": 1, "loadDen": loadDen}
    whole = compile_model(AnySeed, sizes)
    cut = compile_model(SteppedMap, sizes)
    shared = [cut.position(declared.name) for declared in whole.variables]
    at = cut.position("at")
    idle = {tuple(state[place] for place in shared) for state, _ in reached(cut) if state[at] == At.IDLE}
    assert idle == {state for state, _ in reached(whole)}


def test_all_claims_hold_in_every_reachable_state() -> None:
    program = compile_model(SteppedMap, TINY)
    interpreter = Interpreter(program)
    names = claims(program)
    states = [state for state, _ in reached(program)]
    assert len(states) > 50
    assert [name for name in names if not all(interpreter.holds(name, state) for state in states)] == []


def test_the_map_is_proved() -> None:
    program = compile_model(SteppedMap, TINY)
    names = tuple(each.name for each in program.properties if each.kind is PropertyKind.ALWAYS)
    outcome = check(Task(program, (*names, NO_FAILURE)), engine("induction"))
    assert outcome.stopped is None
    for name in (*names, NO_FAILURE):
        verdict = outcome.verdicts[name]
        assert isinstance(verdict, Proved), name
        assert verdict.k == 1


@pytest.mark.parametrize(
    ("model", "sizes", "step", "broken"),
    [
        (SteppedReadsOnlyNewArray, {}, "grow", "lookup_agrees"),
        (SteppedArticleLookup, {}, "grow", "lookup_agrees"),
        (SteppedReseedsOnGrow, {"hashBits": 2, "maxB": 2}, "grow", "entries_lie_where_their_hash_says"),
        (SteppedNeverSplits, {}, "evacuate_own", "entries_lie_where_their_hash_says"),
        (SteppedForgetsEvacuatedEmpty, {"hashBits": 2, "maxB": 2}, "evacuate_own", "own_bucket_is_moved_first"),
        (SteppedNeverAdvances, {}, "evacuate_own", "mark_stands_at_the_first_left"),
        (SteppedWritesAhead, {}, "evacuate_own", "own_bucket_is_moved_first"),
        (SteppedMarksRestTooSoon, {"loadDen": 1}, "drop", "empty_rest_is_a_suffix"),
    ],
)
def test_a_broken_map_breaks_a_claim(model: type[Model], sizes: dict[str, Any], step: str, broken: str) -> None:
    """The first step, breadth first, after which a claim is false, and which claim that is."""
    program = compile_model(model, {**TINY, **sizes})
    interpreter = Interpreter(program)
    names = claims(program)
    for state, taken in reached(program):
        wrong = [name for name in names if not interpreter.holds(name, state)]
        if wrong:
            assert taken is not None
            assert (taken.name, broken in wrong) == (step, True), wrong
            return
    raise AssertionError("no claim fails")
