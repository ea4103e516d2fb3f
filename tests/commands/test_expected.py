"""Engines are held to the expected.toml beside each model: verdicts, counts, depths, lengths of traces.

`evacheck verify --all --again explicit` holds the native engine to all of it, and the reference engine to what is
small, which `auto` leaves to it; .ci/run does so. Here the smallest entry of each folder stands for all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.commands.catalogue import Entry, Expectation, select
from checker.commands.run import Request, examine
from checker.contract.task import Outcome, Task
from checker.engines.explicit import ExplicitEngine
from checker.engines.reference import ReferenceEngine

SMALL = select([])
FEWEST = {
    entry.model.split(".")[1]: entry
    for entry in sorted(SMALL, key=lambda entry: -(entry.distinct or 0))
    if entry.distinct is not None and "Symmetric" not in entry.model  # counts orbits
}
"""Of each folder the entry with the fewest states."""


def label(entry: Entry) -> str:
    return entry.label.replace(" ", "-")


def held(entry: Entry, engine: str, folder: Path) -> None:
    found = examine(entry, Request(entry.model, engine=engine, out=folder))
    assert found.problem is None
    wrong = [f"{row.property} {row.difference}" for row in found.rows if row.difference is not None]
    assert [*wrong, *found.unexpected] == []
    assert found.engine == engine


@pytest.mark.parametrize("entry", FEWEST.values(), ids=label)
def test_the_native_engine_gives_what_is_expected(entry: Entry, tmp_path: Path) -> None:
    held(entry, "explicit", tmp_path)


@pytest.mark.parametrize("entry", FEWEST.values(), ids=label)
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


def test_what_a_model_implements_is_decided_again_as_well(tmp_path: Path) -> None:
    """.ci/run ended with a difference for each model that implements another."""
    (entry,) = select(["spec.classics.implementing:AlternatingBitHandsOver"])
    request = Request(entry.model, out=tmp_path, again="explicit")
    assert examine(entry, request).as_expected
    told = examine(replace(entry, properties={"hands_over": Expectation("violated")}), request)
    assert told.unexpected == ("by the engine 'explicit': hands_over should be violated, but holds.",)


def test_no_trial_is_made_of_what_has_too_many_states_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = (select([f"spec.classics.two_phase:TwoPhase{each}"])[0] for each in ("", "Symmetric"))

    def tried(self: ReferenceEngine, task: Task) -> Outcome:
        raise AssertionError("a trial")

    monkeypatch.setattr(ReferenceEngine, "run", tried)
    found = examine(large, Request(large.model, out=tmp_path))
    assert found.as_expected and found.engine == "explicit"
    with pytest.raises(AssertionError, match="a trial"):
        examine(small, Request(small.model, out=tmp_path))


def test_the_catalogue_names_every_model() -> None:
    named = {entry.model for entry in select([], thorough=True)}
    assert len(named) >= 13
    assert {entry.size for entry in select([], thorough=True)} == {"small", "thorough"}
