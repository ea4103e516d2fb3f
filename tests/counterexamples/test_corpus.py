"""The corpus: one trace for each model and property that is meant to break, and each still does."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from checker.commands import catalogue
from checker.commands.common import open_trace
from checker.commands.run import _difference
from checker.contract.judge import claim
from checker.contract.replay import confirm
from checker.contract.verdict import Exhausted, Violated
from checker.contract.wording import counted
from checker.frontend.load import compile_model, load
from counterexamples.corpus import files as corpus_files
from counterexamples.corpus.files import FOLDER, files, keep, place
from counterexamples.corpus.kept import what_became
from counterexamples.itf import traces

opened = cache(open_trace)
"""Two tests look at each file: its model is read once."""

LENGTHS: dict[tuple[str, str], set[int | None]] = defaultdict(set)
"""The model and property of each counterexample, and how many states the shortest have at the catalogue's sizes."""
for entry in catalogue.select([]):
    for name, expected in entry.properties.items():
        if expected.word == "violated":
            LENGTHS[entry.model, name].add(expected.states)


def test_every_broken_model_has_its_traces_and_nothing_else_is_there() -> None:
    assert {place(model, name) for model, name in LENGTHS} == set(files())
    assert {path for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")} == set(files())


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name.removesuffix(".itf.json"))
def test_it_still_violates_and_is_as_short_as_the_catalogue_says(path: Path) -> None:
    program, trace, name = opened(path)
    confirm(program, name, claim(program, name), trace)
    lengths = LENGTHS[traces.header(traces.read(path)).model, name]
    assert len(trace) in lengths, f"{len(trace)} states, but breadth-first search finds {lengths}"


def test_the_shortest_is_kept(tmp_path: Path) -> None:
    trace = place("spec.classics.diehard:DieHard", "big_is_not_4")
    text = trace.read_text()
    longer = text.replace('"states": [\n', '"states": [\n' + text.splitlines()[-9] + "\n", 1)
    (tmp_path / "a.itf.json").write_text(longer)
    (tmp_path / "b.itf.json").write_text(text)
    (tmp_path / "c.itf.json").write_text(text.replace('"verdict": "violated"', '"verdict": "witnessed"'))
    (kept,) = keep(tmp_path.glob("*.json"), tmp_path / "corpus")
    assert kept == corpus_files.place("spec.classics.diehard:DieHard", "big_is_not_4", tmp_path / "corpus")
    assert kept.read_text() == text


@pytest.mark.parametrize("family", sorted({path.parent for path in files()}), ids=lambda family: family.name)
def test_what_is_kept_is_known_to_violate_still(family: Path) -> None:
    """The first of each folder: that all of them still do is tested above."""
    program, trace, name = opened(next(path for path in files() if path.parent == family))
    said = what_became(program, name)
    assert (
        said
        == f"The kept counterexample still violates it in {counted(len(trace), 'state')}: the engine should find it."
    )


def test_what_became_of_a_counterexample_is_said(tmp_path: Path) -> None:
    broken = compile_model(load("spec.go_map.mutants:NeverSplits"), {})
    mended = replace(compile_model(load("spec.go_map.classic:ClassicMap"), {}), model=broken.model)
    assert what_became(mended, "lookup_agrees") == (
        "The kept counterexample can still be taken, and violates nothing any more."
    )
    jugs = replace(compile_model(load("spec.classics.diehard:DieHard"), {}), actions=())
    assert what_became(jugs, "big_is_not_4") == (
        "The kept counterexample ends before state 2: the step there has become impossible."
    )
    larger = compile_model(load("spec.classics.diehard:DieHard"), {"big_size": 6})
    assert what_became(larger, "big_is_not_4") is None, "it is of other parameters"
    assert what_became(jugs, "both_jugs_full") is None, "none is kept"
    assert what_became(jugs, "big_is_not_4", tmp_path) is None


def test_a_catalogue_run_says_what_became_of_it() -> None:
    mended = compile_model(load("spec.go_map.classic:ClassicMap"), {"keys": 3})
    entry = next(each for each in catalogue.select(["spec.go_map.mutants:NeverSplits"]) if each.distinct is None)
    told = _difference(entry, replace(mended, model=entry.model), "lookup_agrees", Exhausted(7), False)
    assert told is not None and told.startswith("should be violated in 3 states, but holds.")


def test_it_says_so_only_where_a_violation_was_expected_and_is_not_found() -> None:
    (entry,) = catalogue.select(["spec.classics.diehard:DieHard"])
    jugs, trace, name = open_trace(place(entry.model, "big_is_not_4"))
    assert _difference(entry, jugs, name, Violated(trace), False) is None
    assert _difference(entry, jugs, name, Exhausted(16), False) == (
        "should be violated in 7 states, but holds. "
        "The kept counterexample still violates it in 7 states: the engine should find it."
    )
    assert _difference(entry, jugs, "one_jug_is_full_or_empty", Violated(trace), False) == (
        "should hold, but is violated in 7 states."
    )
