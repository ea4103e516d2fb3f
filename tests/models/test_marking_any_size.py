"""The hybrid barrier with any number of objects, fields and goroutines: proved, and tied to the model with numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker.contract.task import NO_FAILURE, Task
from checker.contract.verdict import Proved
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.obligations import Obligations
from checker.engines.symbolic.solving import Clock
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State
from spec.gc.every_size import InsertionWithRescan, MarkingAnySize
from spec.gc.marking import Allocation, Barrier, Marking
from tests.support.every_size import is_proved, proved
from tests.unbounded import claims_of, not_shown

MOST = {"allocation": Allocation.BLACK, "channels": True}
"""Each of these only adds steps, so that what is proved with them is proved without."""


def test_the_hybrid_barrier_misses_no_mark_with_any_number_of_objects_fields_and_goroutines() -> None:
    outcome = proved(MarkingAnySize, **MOST)
    verdict = outcome.verdicts["no_missed_mark"]
    assert isinstance(verdict, Proved) and verdict.every == ("objects", "fields", "goroutines")
    assert len(verdict.lemmas) == 7
    assert is_proved(outcome.verdicts[NO_FAILURE])


HARDEST = {"allocation": Allocation.WHITE, "channels": True, "channel_barrier": False, "safe_points": True}


def test_insertion_with_a_second_scan_misses_no_mark_whatever_else_is_left_out() -> None:
    program = compile_program(InsertionWithRescan(**HARDEST))
    assert not_shown(program, claims_of(program)) is None
    without = compile_program(InsertionWithRescan(barrier=Barrier.DELETION))
    assert not_shown(without, claims_of(without)) == "stored_pointers_are_shaded after 'mutator' from 'old_recorded'"


@pytest.mark.parametrize("barrier", [Barrier.HYBRID_ANY_GREY, Barrier.HYBRID_THIS_GREY], ids=str)
def test_the_barriers_that_ask_for_grey_stacks_differ_in_one_step_and_it_keeps_the_lemmas_too(barrier: Barrier) -> None:
    hybrid, program = (compile_program(MarkingAnySize(barrier=each, **MOST)) for each in (Barrier.HYBRID, barrier))
    assert (program.actions, program.init) == (hybrid.actions, hybrid.init)
    changed = [old == new for old, new in zip(hybrid.processes[0].blocks, program.processes[0].blocks, strict=True)]
    assert changed.count(False) <= 1
    assert {n for n, each in program.functions.items() if each != hybrid.functions.get(n)} <= {"records_new"}
    obligations = Obligations(Encoding(program), Clock(Task(program, ())))
    (step,) = (form for form in obligations.encoding.forms if form.point == "old_recorded")
    assert all(obligations.kept(step, claim, list(obligations.claims)).holds for claim in obligations.claims)


@pytest.mark.parametrize(
    ("parameters", "lemma", "step"),
    [
        ({"barrier": Barrier.NONE}, "fields_given_up_are_protected", "'mutator' from 'latched'"),
        ({"barrier": Barrier.INSERTION}, "fields_given_up_are_protected", "'mutator' from 'latched'"),
        ({"barrier": Barrier.DELETION}, "stored_pointers_are_shaded", "'mutator' from 'old_recorded'"),
        ({"channels": True, "channel_barrier": False}, "black_stacks_are_protected", "'send'"),
        ({"allocation": Allocation.WHITE}, "black_stacks_are_protected", "'allocate'"),
        (
            {"barrier": Barrier.HYBRID_THIS_GREY, "safe_points": True},
            "stored_pointers_are_shaded",
            "'mutator' from 'old_recorded'",
        ),
        (
            {"barrier": Barrier.HYBRID_ANY_GREY, "safe_points": True},
            "stored_pointers_are_shaded",
            "'mutator' from 'old_recorded'",
        ),
    ],
    ids=str,
)
def test_what_misses_marks_fails_at_the_lemma_and_the_step_that_the_page_names(
    parameters: dict[str, Any], lemma: str, step: str
) -> None:
    page = Path("docs/explanation/hybrid-barrier-proof.md").read_text()
    rows = [line for line in page.splitlines() if f"| `{lemma}` |" in line]
    assert any(all(named in row for named in (*re.findall(r"'(\w+)'", step), *_shown(parameters))) for row in rows)
    program = compile_program(MarkingAnySize(**parameters))
    obligations = Obligations(Encoding(program), Clock(Task(program, ())))
    (form,) = (form for form in obligations.encoding.forms if str(form) == step)
    assert not obligations.kept(form, lemma, list(obligations.claims)).holds


def _shown(parameters: dict[str, Any]) -> list[str]:
    """Parameters as a command sets them."""
    return [
        f"--set {name}={str(value).lower() if isinstance(value, bool) else value.name}"
        for name, value in parameters.items()
    ]


def test_marking_is_said_to_miss_marks_at_some_size_where_it_is_not_proved_for_every_one() -> None:
    """The catalogue's verdicts of `Marking`, at the sizes that it explores, against what the tests above prove."""
    entries = tomllib.loads(Path("spec/gc/expected.toml").read_text())["entry"]
    sizes = {"objects", "goroutines", "fields", "globals", "workers", "any_heap"}
    variants = {"barrier", "allocation", "channels", "channel_barrier", "safe_points"}
    found = {}
    for entry in entries:
        given = entry.get("parameters", {})
        if entry["model"] == "spec.gc.marking:Marking" and set(given) <= sizes | variants:
            variant = tuple(sorted((name, value) for name, value in given.items() if name in variants))
            found[variant] = "violated" in entry.get("properties", {}).get("no_missed_mark", {})
    hybrid = ("hybrid", "hybrid_any_grey", "hybrid_this_grey")
    for variant, violated in found.items():
        given = dict(variant)
        barrier = given.get("barrier", "hybrid")
        safe = barrier in hybrid and given.get("allocation") != "white" and given.get("channel_barrier", True)
        safe = safe and (barrier == "hybrid" or not given.get("safe_points", False))
        if not str(barrier).startswith("article"):
            assert violated is not safe, variant
    assert len(found) > 12


def test_every_step_of_marking_is_taken_somewhere_in_a_state_where_all_lemmas_hold() -> None:
    """What is kept by a step that is never taken would be kept for no good reason."""
    program = compile_program(MarkingAnySize(objects=1, fields=2, goroutines=2, **MOST))
    interpreter = Interpreter(program)
    wanted = {action.name for action in program.actions} | {
        f"mutator from {point.label}" for point in program.processes[0].points
    }
    claims = [each.name for each in program.properties if each.kind.traits.invariant]
    random, taken = Random(1), set()
    begun = [each.state for each in interpreter.initial() if each.state is not None]
    for _ in range(200):
        state = random.choice(begun)
        for _ in range(40):
            found = list(interpreter.successors(state))
            if not found or taken == wanted:
                break
            assert all(interpreter.holds(name, state) for name in claims)
            taken |= {each.step.name if not each.step.point else f"mutator from {each.step.point}" for each in found}
            state = random.choice(found).state
    assert taken == wanted


# The model of marking without numbers is that with numbers.


@pytest.mark.parametrize(
    "parameters",
    [
        {"barrier": Barrier.DELETION},
        {"allocation": Allocation.BLACK},
    ],
    ids=str,
)
def test_marking_of_any_size_is_marking_at_the_least_size(parameters: dict[str, Any]) -> None:
    without_numbers = compile_program(MarkingAnySize(objects=1, fields=2, goroutines=1, **parameters))
    with_numbers = compile_program(Marking(objects=1, goroutines=1, workers=3, any_heap=True, **parameters))
    owner = without_numbers.position("owner")  # the root's field and that of the object
    assert graph(without_numbers, lambda state: state[owner] == (None, 0)) == graph(with_numbers, lambda _: True)


def graph(program: Program, begins: Callable[[State], bool]) -> tuple[int, int, int]:
    """The states, the steps, and the states in which a mark has been missed, from some of the initial states."""
    interpreter = Interpreter(program)
    seen = {each.state for each in interpreter.initial() if each.state is not None and begins(each.state)}
    waiting, steps, missed = list(seen), 0, 0
    while waiting:
        state = waiting.pop()
        missed += not interpreter.holds("no_missed_mark", state)
        for each in interpreter.successors(state):
            steps += 1
            if each.state is not None and each.state not in seen:
                seen.add(each.state)
                waiting.append(each.state)
    return len(seen), steps, missed
