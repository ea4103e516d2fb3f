"""The corpus: one trace for each model and property that is meant to break, and each still does."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import catalogue
from checker.commands.common import open_trace
from checker.judge import claim
from checker.replay import confirm
from counterexamples import corpus_files, itf
from counterexamples.corpus_files import FOLDER, files, keep, place

BROKEN = {
    (entry.model, name): entry
    for entry in catalogue.select([])
    for name, expected in entry.properties.items()
    if expected.word == "violated"
}


def test_every_broken_model_has_its_traces_and_nothing_else_is_there() -> None:
    assert {place(model, name) for model, name in BROKEN} == set(files())
    assert {path for path in FOLDER.rglob("*") if path.is_file()} == set(files())


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name.removesuffix(".itf.json"))
def test_it_still_violates_and_is_as_short_as_the_catalogue_says(path: Path) -> None:
    program, trace, name = open_trace(path)
    confirm(program, name, claim(program, name), trace)
    head = itf.header(itf.read(path))
    lengths = {
        expected.states
        for entry in catalogue.select([])
        for shows, expected in entry.properties.items()
        if (entry.model, shows, expected.word) == (head.model, name, "violated")
    }
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
