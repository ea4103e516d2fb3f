"""The reference engine is held to the expected.toml beside each model: verdicts, counts, depths, lengths of traces.

`evacheck verify --all --engine explicit` holds the native engine to all of it, and runs beside the tests: here it would
compile each model a second time. One entry of each folder stands for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.commands.catalogue import Entry, select
from checker.commands.run import Request, examine

SMALL = select([])
FIRST = {entry.model.split(".")[1]: entry for entry in reversed(SMALL) if entry.distinct is not None}
FEW = 700  # distinct states up to which the interpreter explores a model in a few seconds


def label(entry: Entry) -> str:
    return entry.label.replace(" ", "-")


def held(entry: Entry, engine: str, folder: Path) -> None:
    found = examine(entry, Request(entry.model, engine=engine, out=folder))
    assert found.problem is None
    wrong = [f"{row.property} {row.difference}" for row in found.rows if row.difference is not None]
    assert [*wrong, *found.unexpected] == []
    assert found.engine == engine


@pytest.mark.parametrize("entry", FIRST.values(), ids=label)
def test_the_native_engine_gives_what_is_expected(entry: Entry, tmp_path: Path) -> None:
    held(entry, "explicit", tmp_path)


@pytest.mark.parametrize(
    "entry",
    [
        entry
        for entry in SMALL
        if entry.distinct is not None and entry.distinct <= FEW and "Symmetric" not in entry.model  # counts orbits
    ],
    ids=label,
)
def test_the_reference_engine_gives_what_is_expected(entry: Entry, tmp_path: Path) -> None:
    held(entry, "reference", tmp_path)


def test_the_catalogue_names_every_model() -> None:
    named = {entry.model for entry in select([], thorough=True)}
    assert len(named) >= 13
    assert {entry.size for entry in select([], thorough=True)} == {"small", "thorough"}
