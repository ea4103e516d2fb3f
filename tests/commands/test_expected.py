"""The reference engine is held to the expected.toml beside each model: verdicts, counts, depths, lengths of traces.

`evacheck verify --all --again explicit` holds the native engine to all of it, and runs beside the tests: here it would
compile each model a second time. One entry of each folder stands for it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.commands.catalogue import Entry, select
from checker.commands.run import Request, examine
from checker.contract.task import Outcome, Task
from checker.engines.explicit import ExplicitEngine

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


def test_what_another_engine_decides_is_decided_again_and_must_be_the_same(tmp_path: Path) -> None:
    (entry,) = select(["spec.classics.diehard"])
    request = Request(entry.model, out=tmp_path, again="explicit")
    found = examine(entry, request)
    assert found.as_expected and found.engine == "reference"
    with pytest.MonkeyPatch.context() as patch:
        run, asked = ExplicitEngine.run, list[Task]()

        def loses_a_state(self: ExplicitEngine, task: Task) -> Outcome:
            asked.append(task)
            outcome = run(self, task)
            return replace(outcome, stats=replace(outcome.stats, distinct=outcome.stats.distinct - 1))

        patch.setattr(ExplicitEngine, "run", loses_a_state)
        assert not (again := examine(entry, request)).as_expected
        assert all(each.startswith("by the engine 'explicit': ") for each in again.unexpected) and again.unexpected
        examine(entry, replace(request, engine="explicit"))
    assert len(asked) == 2, "what it has decided alone is not decided again"


def test_the_catalogue_names_every_model() -> None:
    named = {entry.model for entry in select([], thorough=True)}
    assert len(named) >= 13
    assert {entry.size for entry in select([], thorough=True)} == {"small", "thorough"}
