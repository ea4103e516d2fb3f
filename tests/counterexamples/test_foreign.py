"""Traces of other tools by command: replayed, shown in every form, and shown without a model."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from counterexamples.itf import traces
from tests.support.foreign import COMPARE, CROSSING, DATA, DIE_HARD, PETERSON, assert_itf, run
from tests.support.pages import agree
from tests.support.pages import run as run_in

# Without a model

NO_MODEL = {
    "vars": ["n", "m", "s"],
    "states": [
        {"n": {"#bigint": "1" + "0" * 40}, "m": {"#map": [[1, {"x": 2}], [2, {"x": 3}]]}, "s": {"#set": [1]}},
        {"n": 7, "m": {"#map": [[1, {"x": 2}], [2, {"x": 4}]]}, "s": {"#set": [1]}, "mbt::actionTaken": "go"},
        {"n": 7, "m": {"#map": [[1, {"x": 2}], [2, {"x": 4}]]}, "s": {"#set": [1]}},
    ],
}


def test_any_trace_can_be_shown_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused; so was a number of more than 62 bits, by every model."""
    path = tmp_path / "some.itf.json"
    path.write_text(json.dumps(NO_MODEL))
    status, out, _ = run(capsys, monkeypatch, f"show {path}")
    assert status == 0
    assert out == (
        "some.itf.json\n\n"
        "  1  initially\n"
        f"       n  1{'0' * 40}\n"
        "       m  {1: {x: 2}, 2: {x: 3}}\n"
        "       s  {1}\n\n"
        "  2  go\n"
        f"       n       1{'0' * 40} -> 7\n"
        "       m[2].x  3 -> 4\n\n"
        "  3  a step\n"
        "       (nothing changes)\n\n"
        "  Without a model nobody says what this shows: --model names one.\n"
    )
    assert run(capsys, monkeypatch, f"show {path} --html")[0] == 0
    assert "m[2].x" in (tmp_path / "some.html").read_text()
    status, out, _ = run(capsys, monkeypatch, f"show {path} --svg")
    assert status == 0 and out.startswith("<svg") and "m[2].x" in out
    status, _, said = run(capsys, monkeypatch, f"show {path} --explain")
    assert status == 2 and said.startswith("U008 --explain needs a model")


# The command

DIES = f"{DIE_HARD} --model spec.classics.diehard:DieHard"
COMMANDS: list[tuple[str, int, str, str]] = [
    (f"replay {DIES}", 0, "replayed: 7 states, violates big_is_not_4\n", ""),
    (f"replay {DIES} --property big_is_not_4", 0, "replayed: 7 states, violates big_is_not_4\n", ""),
    (f"replay {DIES} --set target=2", 0,
     "replayed: 7 states of spec.classics.diehard:DieHard, shows no property\n", ""),
    (f"replay {DIES} --property both_jugs_full", 1, "",
     "does not replay: step 6: expected a witness of 'both_jugs_full', but it is false there\n"),
    (f"replay {CROSSING} --model spec.classics.missionaries:Crossing", 0,
     "replayed: 12 states, shows everyone_has_crossed\n", ""),
    (f"replay {PETERSON} --model spec.classics.peterson:PetersonGivesWayFirst", 0,
     "replayed: 8 states, violates mutual_exclusion\n",
     f"{PETERSON}: Before states[6] a step is put in, which the file's variables do not show.\n"),
    (f"replay {DIES} --set big_size=6", 2, "",
     f"U020 {DIE_HARD}: states[1]: no step of the model leads here from states[0]; the nearest, fill_big, gives "
     f"big = 6, not 5\n    {COMPARE}\n"),
    (f"show {DIES} --property both_jugs_full", 2, "",
     "U020 the trace does not show both_jugs_full\n    Leave --property out: what its last state shows is found.\n"),
    (f"show {DIES} --set target=2 --html", 2, "",
     "U008 --html is for a trace that shows a property, and the last state of this one shows none\n"
     "    Show it as text or as a picture.\n"),
    (f"replay {DIE_HARD}", 2, "",
     f"U005 {DIE_HARD}: it does not say which model it belongs to\n"
     "    If another tool wrote it, name the model: --model package.module:Class.\n"),
    (f"replay {DIE_HARD} --property big_is_not_4", 2, "",
     "U008 --set and --property go with --model\n    Say whose trace it is, or leave them out.\n"),
    (f"replay {DIES} --property big", 2, "",
     "U003 spec.classics.diehard:DieHard has no property 'big'\n"
     "    There are: big_is_not_4, one_jug_is_full_or_empty, both_jugs_full, no_deadlock, no_failure.\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "status", "out", "error"), COMMANDS, ids=[each[0].replace(str(DATA), "") for each in COMMANDS]
)
def test_the_command_reads_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str, status: int, out: str, error: str
) -> None:
    assert run(capsys, monkeypatch, line) == (status, out, error)


def test_they_are_shown_in_every_form(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def shown(form: str) -> str:
        status, out, error = run(capsys, monkeypatch, f"show {DIES} {form}")
        assert (status, error) == (0, "")
        return out

    assert "State 7 violates big_is_not_4" in shown("")
    assert "Why big_is_not_4" in shown("--explain")
    assert shown("--svg").startswith("<svg")
    assert shown("--dot").startswith("digraph")
    assert "def test_diehard_big_is_not_4" in shown("--pytest")
    page = tmp_path / "page.html"
    shown(f"--html --out {page}")
    assert "violates big_is_not_4" in page.read_text()
    assert "The trace has 7 states." in shown("--set target=2")
    graph = run(capsys, monkeypatch, f"graph spec.classics.diehard:DieHard --dot --trace {DIE_HARD}")
    assert graph[0] == 0 and graph[1].startswith("digraph")


def test_one_that_is_rewritten_is_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "ours.itf.json"
    run(capsys, monkeypatch, f"show {DIES} --itf --out {path}")
    assert_itf(traces.read(path))
    assert run(capsys, monkeypatch, f"replay {path}") == (0, "replayed: 7 states, violates big_is_not_4\n", "")
    named = run(capsys, monkeypatch, f"replay {path} --model spec.classics.diehard:DieHard")
    assert named == (0, "replayed: 7 states, violates big_is_not_4\n", "")


PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "traces-of-other-tools.md").read_text()


def test_the_page_is_true(tmp_path: Path) -> None:
    """The file that the page shows is put into an empty folder, and its commands are run there."""
    (shown,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "theirs.itf.json").write_text(shown)
    shutil.copy(PETERSON, tmp_path / "lock.itf.json")
    assert json.loads(shown)["states"][0]["mbt::actionTaken"] == "init"
    commands = 0
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            agree(output, run_in(tmp_path, command))
            commands += 1
    assert commands == 4
    assert_itf(traces.read(tmp_path / "evacheck-out" / "DieHard-big_is_not_4.itf.json"))
