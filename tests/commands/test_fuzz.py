"""`evacheck fuzz`: what it found, what it covered, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.commands import Run


def test_a_fuzz_run_says_what_it_found_and_what_it_covered(run: Run, tmp_path: Path) -> None:
    arguments = (
        "fuzz",
        "tests.support.workshop:Workshop",
        "--runs",
        "40",
        "--steps",
        "20",
        "--seed",
        "3",
        "--out",
        str(tmp_path),
    )
    ran = run(*arguments)
    assert ran.status == 12
    assert "VIOLATED in a trace of 5 states" in ran.out and ", seed 3\n" in ran.out
    assert "  step " in ran.out and "Branches covered: " in ran.out
    assert max(map(len, ran.out.replace(str(tmp_path), "").splitlines())) <= 80
    (trace,) = tmp_path.glob("*.itf.json")
    assert run("replay", str(trace)).status == 0
    again = run(*arguments)
    assert re.sub(r"[0-9.]+ s", "T", again.out) == re.sub(r"[0-9.]+ s", "T", ran.out), "the same seed, the same runs"


def test_a_fuzz_run_that_finds_nothing_is_inconclusive(run: Run) -> None:
    ran = run("fuzz", "tests.support.workshop:Fine", "--runs", "5", "--property", "no_deadlock")
    assert ran.status == 3
    assert "random run, which proves nothing: unknown" in ran.out  # the model leaves no choice: one run is all there is


@pytest.mark.parametrize(("asked", "said"), [(("--of-states", "1"), True), ((), False)])
def test_a_fuzz_run_says_why_it_knows_no_share_to_whoever_asked_for_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], said: bool
) -> None:
    monkeypatch.setattr("checker.engines.fuzz.engine.whole", lambda program, limit: None)
    ran = run("fuzz", "tests.support.workshop:Fine", "--runs", "5", *asked)
    assert ("which share was seen is not known" in ran.out) is said
