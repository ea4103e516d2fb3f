"""Certificates by command: written, confirmed again, and what a signal or a limit leaves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checker import cli
from checker.certificates import recheck
from checker.certificates.recheck import Limits, PartResult
from tests.support.certificates import restate


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command; its exit status."""
    monkeypatch.setattr(sys, "argv", ["evacheck", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_certificate_by_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str
) -> None:
    folder = tmp_path / "c"
    verify = ("verify", model, "--out", str(tmp_path / "out"), "--certificate", str(folder))
    assert run(monkeypatch, *verify) == 12  # a @sometimes never happens
    said = capsys.readouterr().out
    assert f"certificate of green_when_odd, two_and_green, no_deadlock, no_failure: {folder} (4 states)\n" in said
    assert run(monkeypatch, "recheck", str(folder)) == 2, "the model lies elsewhere"
    capsys.readouterr()
    assert run(monkeypatch, "recheck", "--trust", str(folder)) == 0
    assert (
        capsys.readouterr().out
        == f"""{model}
  program.txt: {model} still compiles to the same program
  states.jsonl.gz: 4 states: all that can be reached, and nothing is wrong in any

  green_when_odd  confirmed
  two_and_green   confirmed
  no_deadlock     confirmed
  no_failure      confirmed
  comes_to_three  not certified (witnessed)
"""
    )
    assert run(monkeypatch, "recheck", str(folder), "--trust", "--time", "0s") == 3
    restate(folder, lambda lines: lines[:-1])
    assert run(monkeypatch, "recheck", str(folder), "--trust") == 1
    capsys.readouterr()
    assert run(monkeypatch, "recheck", str(tmp_path)) == 2
    assert capsys.readouterr().err.startswith("U014 ")
    (folder / "notes.txt").touch()
    assert run(monkeypatch, *verify) == 2
    assert capsys.readouterr().err.startswith(f"U010 {folder} holds notes.txt")


def test_a_signal_ends_a_recheck_and_what_was_found_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """All of it was lost. What was not looked at is not confirmed."""

    def struck(*_: object) -> PartResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(recheck, "_states", struck)
    assert run(monkeypatch, "recheck", str(folder), "--trust") == 3
    said = capsys.readouterr().out
    assert "  program.txt: " in said and "  states.jsonl.gz: interrupted before it was checked\n" in said
    assert "undecided" in said and "confirmed" not in said


def test_a_recheck_has_a_limit_of_time_of_its_own(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Without --time a formula that cvc5 cannot decide went on for ever."""
    limits: list[Limits] = []
    monkeypatch.setattr(recheck, "findings", lambda _, given, __: limits.append(given) or iter([]))
    run(monkeypatch, "recheck", str(folder), "--trust")
    run(monkeypatch, "recheck", str(folder), "--trust", "--time", "5s")
    assert [each.seconds for each in limits] == [600.0, 5.0]


@pytest.mark.needs("cvc5")
def test_a_proof_by_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str
) -> None:
    verify = ("verify", model, "--property", "green_when_odd", "--engine", "induction", "--out", str(tmp_path / "out"))
    assert run(monkeypatch, *verify, "--certificate", str(tmp_path / "c")) == 0
    capsys.readouterr()
    assert run(monkeypatch, "recheck", str(tmp_path / "c"), "--trust") == 0
    said = capsys.readouterr().out
    assert "obligations unsat by cvc5" in said
    assert "  green_when_odd  confirmed\n  no_failure      confirmed\n" in said


@pytest.mark.parametrize("arguments", [("spec.classics",), ("tests.support.workshop:Fine", "--sweep", "n=1")])
def test_a_certificate_is_for_one_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, "verify", *arguments, "--certificate", str(tmp_path)) == 2
    assert "--certificate goes with one model" in capsys.readouterr().err


def test_without_a_proof_there_is_no_certificate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ("verify", "spec.classics.two_phase:TwoPhase", "--max-states", "9", "--out", str(tmp_path / "out"))
    assert run(monkeypatch, *arguments, "--certificate", str(tmp_path / "c")) == 3
    assert capsys.readouterr().err.startswith("No certificate was written")
