"""The proof of the hybrid barrier: what it proves, where it fails for broken barriers, and that its page says so.

Rows of the page's tables are read and run. The lemmas are also held to the interpreter, in every reachable state.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from checker.check import check
from checker.commands.run import compiled
from checker.contract.task import NO_FAILURE, Budget, Task
from checker.contract.verdict import Exhausted, NotInductive, Proved, Unknown, Violated
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic import InductionEngine
from checker.engines.symbolic import induction as induction_engine
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.lang import Model
from spec.gc.buffers import Buffered
from spec.gc.marking import Allocation, Barrier, Marking

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/hybrid-barrier-proof.md").read_text()
BROKEN = re.compile(
    r"^\| `(?P<model>[\w:]+)(?P<options>[^`]*)` \| `(?P<lemma>\w+)` \| `(?P<step>\w+)`(?: from `(?P<point>\w+)`)? "
    r"\| `(?P<file>\w+\.py):(?P<line>\d+)` [^`]*: `(?P<code>[^`]+)` \| (?P<reached>\d+) \|$",
    re.MULTILINE,
)
HYBRIDS = (Barrier.HYBRID, Barrier.HYBRID_ANY_GREY, Barrier.HYBRID_THIS_GREY)
MORE: tuple[dict[str, Any], ...] = (
    {},
    {"any_heap": True},
    {"channels": True, "allocation": Allocation.BLACK, "any_heap": True, "fields": 2, "globals": 1, "workers": 2},
    {"stacks_first": True},
)


class Row(NamedTuple):
    """A broken barrier, as the page's table has it."""

    model: str
    options: str
    lemma: str
    step: str
    point: str | None
    file: str
    line: str
    code: str
    reached: str


ROWS = [Row(*found.groups()) for found in BROKEN.finditer(PAGE)]


def induction(model: Model) -> dict[str, object]:
    """The verdicts of the induction engine, its counterexamples replayed."""
    task = Task(compile_program(model), ("no_missed_mark", NO_FAILURE), Budget(seconds=100))
    outcome = check(task, InductionEngine())
    assert outcome.stopped is None
    return dict(outcome.verdicts)


def lemmas(program: Program) -> tuple[str, ...]:
    return tuple(judged.name for judged in program.properties if judged.kind is PropertyKind.LEMMA)


def program_of(row: Row) -> Program:
    """The model of a row at the size that the page gives."""
    module, _, name = row.model.rpartition(":")
    settings = dict(each.split("=") for each in shlex.split(row.options) if each != "--set")
    size = {"objects": "1", "goroutines": "1", "any_heap": "true"}
    model = f"spec.gc.{module or 'marking'}:{name}"
    return compiled(model, size | settings)


@pytest.mark.parametrize("more", MORE, ids=str)
@pytest.mark.parametrize("barrier", HYBRIDS)
def test_every_hybrid_is_proved_with_these_lemmas(barrier: Barrier, more: dict[str, Any]) -> None:
    """With one object: larger heaps are proved below, and every size by `test_every_size`."""
    model = Marking(objects=1, goroutines=2, barrier=barrier, **more)
    proved = induction(model)["no_missed_mark"]
    assert isinstance(proved, Proved)
    assert (proved.k, set(proved.lemmas), proved.unneeded) == (1, set(lemmas(compile_program(model))), ())


@pytest.mark.slow
@pytest.mark.parametrize("lemma", lemmas(compile_program(Marking())))
def test_no_lemma_can_be_left_out(lemma: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them is needed where a stack can be scanned within a store only, and there one barrier holds. In its place
    other invariants would be looked for, for half a minute, and none found."""
    monkeypatch.setattr(induction_engine._Proof, "_search", lambda proof: None)
    unconditional = lemma == "the_end_leaves_nothing_grey"
    model = Marking(safe_points=True) if unconditional else Marking(barrier=Barrier.HYBRID_THIS_GREY)
    program = compile_program(model)
    rest = replace(program, properties=tuple(judged for judged in program.properties if judged.name != lemma))
    verdict = check(Task(rest, ("no_missed_mark",)), InductionEngine()).verdicts["no_missed_mark"]
    assert isinstance(verdict, Unknown)


@pytest.mark.parametrize("size", [(2, 2), (3, 3)])
def test_larger_heaps_are_proved(size: tuple[int, int]) -> None:
    objects, goroutines = size
    verdicts = induction(Marking(objects=objects, goroutines=goroutines))
    assert {type(verdict) for verdict in verdicts.values()} == {Proved}


def test_a_safe_point_within_a_store_does_no_harm_to_the_unconditional_barrier() -> None:
    proved = induction(Marking(safe_points=True))["no_missed_mark"]
    assert isinstance(proved, Proved)
    assert proved.unneeded == ("stacks_keep_what_is_stored",)


@pytest.mark.parametrize("buffer", [1, 2])
def test_buffers_are_proved(buffer: int) -> None:
    assert isinstance(induction(Buffered(objects=2, buffer=buffer, channels=True))["no_missed_mark"], Proved)


def test_the_page_has_every_broken_barrier() -> None:
    said = {(row.model, row.options.strip()) for row in ROWS}
    assert len(said) == len(ROWS) == PAGE.count("| `mutator` from") + 3
    one = {("Marking", f"--set barrier={barrier.name}") for barrier in Barrier if barrier not in HYBRIDS}
    bugs = re.findall(r"^class (\w+)", (ROOT / "spec/gc/bugs.py").read_text(), re.MULTILINE)
    assert one | {(f"bugs:{bug}", "") for bug in bugs} | {("ArticleMarking", "")} <= said


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.model}{row.options}".replace(" ", ""))
def test_a_broken_barrier_fails_where_the_page_says(row: Row) -> None:
    program = program_of(row)
    verdict = check(Task(program, ("no_missed_mark",)), InductionEngine()).verdicts["no_missed_mark"]
    assert isinstance(verdict, Unknown)
    assert isinstance(verdict.not_inductive, NotInductive)
    (step,) = verdict.not_inductive.trace.steps
    assert (verdict.not_inductive.broken, step.name, step.point) == (row.lemma, row.step, row.point)
    found = check(Task(program, (row.lemma,)), ReferenceEngine()).verdicts[row.lemma]
    assert isinstance(found, Violated)
    assert len(found.trace.states) == int(row.reached)
    lines = (ROOT / "spec/gc" / row.file).read_text().splitlines()
    assert lines[int(row.line) - 1].strip() == row.code


@pytest.mark.parametrize(
    ("barrier", "more"),
    [
        *((barrier, {"safe_points": True}) for barrier in HYBRIDS),
        (Barrier.HYBRID_THIS_GREY, {}),
        (Barrier.HYBRID_ANY_GREY, {"allocation": Allocation.BLACK}),
    ],
    ids=str,
)
def test_the_lemmas_hold_in_every_reachable_state(barrier: Barrier, more: dict[str, Any]) -> None:
    program = compile_program(Marking(objects=1, goroutines=1, any_heap=True, barrier=barrier, **more))
    verdicts = check(Task(program, lemmas(program), keep_going=True), ReferenceEngine()).verdicts
    broken = {name for name, verdict in verdicts.items() if not isinstance(verdict, Exhausted)}
    with_safe_points = barrier is not Barrier.HYBRID and "safe_points" in more
    assert ("stored_pointers_are_shaded" in broken) == bool(broken) == with_safe_points


def test_the_page_names_every_lemma() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([a-z`][^|]*) \|$", PAGE, re.MULTILINE))
    assert tuple(rows) == lemmas(compile_program(Marking()))


class Recycling(Marking):
    """Garbage of this cycle is given out again before it is swept, which Go never does."""

    allocation = Allocation.BLACK

    def free(self):  # type: ignore[no-untyped-def]
        return {p for p in self.Heap if p not in self.marked and p not in self.reachable()}  # type: ignore[no-untyped-call]


def test_garbage_is_not_given_out_before_it_is_swept() -> None:
    """Something grey can be garbage, and protect what a black stack points to; the objects in between must stay."""
    verdict = induction(Recycling(objects=3))["no_missed_mark"]
    assert isinstance(verdict, Unknown)
    assert verdict.not_inductive is not None
    assert verdict.not_inductive.trace.steps[0].name == "allocate"
