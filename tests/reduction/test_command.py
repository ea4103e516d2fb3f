"""`evacheck verify --reduce` says of every count that it is one of a reduced search, and what it does not go with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

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
