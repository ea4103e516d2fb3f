"""What CoSA, a checker of BTOR2, makes of exported models: the same verdicts, and the same depth of each violation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.verdict import Violated, Witnessed
from checker.export.btor2 import btor2
from checker.export.commands import exported
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from spec.gc.marking import Barrier
from tests.support.cosa import THERE, WHY, cosa

# Not here: what takes a remainder, which CoSA does not read (chandy_misra:ChandyMisraStopping, token_ring), and what
# has more states than the interpreter visits in a second.
CLASSICS: list[tuple[str, dict[str, Any]]] = [
    ("diehard:DieHard", {}),
    ("transaction_commit:TransactionCommit", {}),
    ("two_phase:TwoPhase", {}),
    ("two_phase:TwoPhaseSymmetric", {"managers": 2}),
    ("missionaries:Crossing", {}),
    ("missionaries:Crossing", {"people": 4}),
    ("peterson:Peterson", {}),
    ("peterson:PetersonGivesWayFirst", {}),
    ("philosophers:Philosophers", {}),
    ("philosophers:PhilosophersOneLeftHanded", {}),
    ("ewd840:Termination", {}),
    ("chandy_misra:ChandyMisra", {}),
    ("alternating_bit:AlternatingBit", {}),
    ("readers_writers:ReadersWriters", {"actors": 2}),
]


def reached(program: Program) -> tuple[dict[str, int | None], int]:
    """For each `bad` of a text, the number of states that lead to it, None if none do; and how many states
    lead to the deepest state."""
    found = exported(program)
    bad = {each.name: f"never_{each.name}" if each.happens else each.name for each in found.claims}
    bad |= {NO_FAILURE: NO_FAILURE, NO_DEADLOCK: NO_DEADLOCK}
    names = [name for name in select(program, ()) if name in bad]
    outcome = check(Task(program, names, Budget(), keep_going=True), engine("reference"))
    verdicts = {bad[name]: each for name, each in outcome.verdicts.items()}
    lengths = {
        name: len(each.trace) if isinstance(each, Violated | Witnessed) else None for name, each in verdicts.items()
    }
    assert outcome.stats.depth is not None
    return lengths, outcome.stats.depth


@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize(("name", "parameters"), CLASSICS, ids=lambda each: str(each).partition(":")[2] or None)
def test_a_checker_of_btor2_finds_what_we_find_as_early_as_we_do(
    name: str, parameters: dict[str, Any], tmp_path: Path
) -> None:
    """The first frame is before the initial states, so what takes n states is in frame n. As many frames as the deepest
    state has are all: what is in none of them is nowhere."""
    program = compile_model(load(f"spec.classics.{name}"), parameters)
    wanted, depth = reached(program)
    said = cosa(tmp_path, btor2(exported(program), name), depth + 1)
    assert said and said.items() <= wanted.items() | {("a_loop_goes_on", None)}
    assert wanted.keys() - said.keys() <= {NO_FAILURE, NO_DEADLOCK}, "what is nowhere by its text has no `bad`"


@pytest.mark.skipif(not THERE, reason=WHY)
def test_a_checker_of_btor2_finds_the_object_that_is_missed_without_a_barrier(tmp_path: Path) -> None:
    parameters = {"objects": 1, "goroutines": 1}
    bare = compile_model(load("spec.gc.marking:Marking"), {**parameters, "barrier": Barrier.NONE})
    said = cosa(tmp_path, btor2(exported(bare), "marking"), 11)
    assert said["no_missed_mark"] == 11, "spec/gc/expected.toml has 11 states"
    assert said[NO_FAILURE] is said[NO_DEADLOCK] is None
    whole = compile_model(load("spec.gc.marking:Marking"), parameters)
    assert cosa(tmp_path, btor2(exported(whole), "marking"), 11)["no_missed_mark"] is None
