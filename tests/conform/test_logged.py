"""What a real map did is a log that `evacheck trace` reads and the model explains; a changed line fits nothing."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from checker.cli import app

RECORDED = Path(__file__).with_name("recorded.jsonl")
"""56 operations of a real map of Go 1.23.9, written by `evacheck conform --log`."""
MODEL = ("--model", "spec.go_map.followed:FollowedMap", "--set", "pointers=false")


def run(*arguments: str) -> tuple[int, str]:
    came = CliRunner().invoke(app, list(arguments))
    return came.exit_code, f"{came.output}{came.exception or ''}"


def changed(folder: Path, line: int, **other: object) -> Path:
    """The recorded log with one line changed."""
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | other)
    path = folder / "changed.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_a_real_map_did_is_a_log_that_fits() -> None:
    status, said = run("trace", str(RECORDED), *MODEL)
    assert status == 0 and said.startswith("56 lines fit"), said


def test_a_cell_that_is_not_as_go_had_it_fits_nothing(tmp_path: Path) -> None:
    status, said = run("trace", str(changed(tmp_path, 20, vars={"count": 99})), *MODEL)
    assert status == 1 and "line 21 of" in said and "the log says 99" in said, said


def test_hashes_that_lead_elsewhere_fit_nothing(tmp_path: Path) -> None:
    """What chance chose is said: nothing is searched, which would take for ever for the hashes of 320 keys."""
    status, said = run("trace", str(changed(tmp_path, 1, choices=[0] * 320)), *MODEL)
    assert status == 1 and "line 2 of" in said, said


def test_choices_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    status, said = run("trace", str(changed(tmp_path, 2, choices=["a"])), *MODEL)
    assert status != 0 and "U030" in said and '"choices" is' in said, said


def test_the_log_of_a_run_fits_the_model_of_the_run(go: str, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    model = "spec.go_map.followed:FollowedLoops"
    status, said = run("conform", model, "--go", go, "--keys", "string", "--operations", "600", "--log", str(log))
    assert status == 0, said
    words = " ".join(said.split())
    command = words[words.index("evacheck trace") :].split()[1:]
    assert command[:4] == ["trace", str(log), "--model", model]
    status, said = run(*command)
    assert status == 0 and "lines fit" in said, said


def test_a_log_is_refused_where_there_is_no_long_run() -> None:
    asked = ("conform", MODEL[1], "--go", "1.23.9", "--programs", "2", "--log", "x.jsonl")
    assert "U008 --log is of one long run" in run(*asked)[1]
    assert "U008 --all takes no model" in run("conform", "--all", "--log", "x.jsonl")[1]
