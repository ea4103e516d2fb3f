"""`evacheck verify --reduce` says of every count that it is one of a reduced search, and what it does not go with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checker.commands.waiting import reducing
from tests.support import forked

MODEL = "spec.classics.two_phase:TwoPhase"


def test_counts_are_of_a_reduced_search(tmp_path: Path) -> None:
    said = forked.command(tmp_path, ["verify", MODEL, "--reduce", "--engine", "reference"])
    assert said.returncode == 0, said.stderr
    found = re.search(r"\n(\d+) distinct states of a reduced search, ", said.stdout)
    assert found is not None
    assert int(found[1]) < 288  # as many as there are, by TLC: spec/classics/expected.toml
    assert f"holds (all {found[1]} states of a reduced search)" in said.stdout


def test_json_says_so_too(tmp_path: Path) -> None:
    said = forked.command(tmp_path, ["verify", MODEL, "--reduce", "--engine", "reference", "--json"])
    assert {each["reduced"] for each in json.loads(said.stdout)["results"]} == {True}


@pytest.mark.parametrize(
    ("reduce", "engine", "one", "all_traces", "late"),
    [
        (None, "auto", True, None, True),
        (False, "auto", True, None, False),
        (True, "auto", True, None, False),
        (None, "explicit", True, None, False),
        (None, "auto", False, None, False),
        (None, "auto", True, 2, False),
    ],
)
def test_steps_wait_late_where_verdicts_of_one_model_are_asked_by_default(
    reduce: bool | None, engine: str, one: bool, all_traces: int | None, late: bool
) -> None:
    _, said = reducing(reduce, engine, one, None, None, all_traces)
    assert said == {"reduce": bool(reduce), "reduce_late": late}


def test_auto_says_from_where_on_steps_waited_and_no_reduce_visits_all(tmp_path: Path) -> None:
    settings = [MODEL, "--set", "managers=8"]
    said = forked.command(tmp_path, ["verify", *settings, "--workers", "1"])
    assert said.returncode == 0, said.stderr
    found = re.search(r"\n([\d,]+) distinct states of a reduced search, ", said.stdout)
    assert found is not None
    assert f"holds (all {found[1]} states of a reduced search)" in said.stdout
    assert "Steps waited from depth 12 on" in said.stdout
    assert "holds (all 1,745,408 states)" in forked.command(tmp_path, ["verify", *settings, "--no-reduce"]).stdout


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["spec.classics"], "--reduce goes with one model"),
        ([MODEL, "--engine", "bmc"], "--reduce does not go with --engine bmc"),
        ([MODEL, "--certificate", "there"], "--certificate lists all states for others to check, and --reduce"),
        ([MODEL, "--view", "state"], "--view counts values in all states, and --reduce"),
        ([MODEL, "--all-traces", "2"], "--all-traces looks for traces in all states, and --reduce"),
    ],
)
def test_what_it_does_not_go_with(options: list[str], problem: str, tmp_path: Path) -> None:
    said = forked.command(tmp_path, ["verify", *options, "--reduce"])
    assert said.returncode == 2
    assert f"U008 {problem}" in said.stderr
