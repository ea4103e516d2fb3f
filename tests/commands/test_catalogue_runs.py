"""`evacheck verify` of a catalogue, and its list: a row a result, what differs, and the traces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.commands import report
from counterexamples.explain.text import plain
from tests.support.commands import CATALOGUE, Run


def test_a_catalogue_run_that_is_as_expected(run: Run, expected: Path, tmp_path: Path) -> None:
    ran = run("verify", "tests", "--out", str(tmp_path / "out"))
    assert ran.status == 0
    assert "6 results, all as expected, " in ran.out.splitlines()[-1]
    trace = tmp_path / "out" / "tests.support.workshop" / "Stuck-no_deadlock.itf.json"
    assert trace.is_file()
    assert str(trace) in ran.out


def test_a_catalogue_run_links_the_trace_below_its_row(
    run: Run, expected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    lines = run("verify", "tests", "--out", "out").out.splitlines()
    row = next(number for number, line in enumerate(lines) if "VIOLATED" in line)
    assert lines[row + 1] == "      trace out/tests.support.workshop/Stuck-no_deadlock.itf.json"
    assert max(map(len, lines)) <= 80


def test_a_catalogue_run_of_all_engines(run: Run, expected: Path, tmp_path: Path) -> None:
    ran = run("verify", "tests", "--engine", "all", "--out", str(tmp_path / "out"))
    assert ran.status == 0, ran.out
    lines = ran.out.splitlines()
    assert lines[1:5] == [
        "                                     reference      bmc            induction",
        "  ok  gets_to_three                  happens 4      happens 4      unknown",
        "  ok  no_deadlock                    holds          to depth 4     proved",
        "  ok  no_failure                     holds          to depth 4     proved",
    ]
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 80


def test_a_catalogue_run_that_is_not(run: Run, expected: Path, tmp_path: Path) -> None:
    expected.write_text(
        CATALOGUE.replace("distinct = 4", "distinct = 5").replace(
            "tests.support.workshop:Stuck", "tests.support.workshop:Stick"
        )
    )
    ran = run("verify", "--all", "--out", str(tmp_path / "out"))
    assert ran.status == 1
    assert "    distinct should be 5, but is 4.\n" in ran.out
    assert "U001 tests.support.workshop has no model 'Stick'\n" in ran.out
    assert "4 results, 2 differences, " in ran.out.splitlines()[-1]


def test_a_run_of_the_whole_catalogue_is_a_line_a_model(run: Run, expected: Path, tmp_path: Path) -> None:
    ran = run("verify", "--all", "--out", str(tmp_path / "out"))
    assert ran.status == 0
    first, second, last = ran.out.splitlines()
    assert re.fullmatch(r"  ok  Fine {38}          4 states +\d+\.\d s", first)
    assert second.startswith("  ok  Stuck") and max(len(first), len(second)) <= 80
    assert last.startswith("6 results, all as expected, ")


def test_the_whole_catalogue_takes_no_model(run: Run, expected: Path) -> None:
    ran = run("verify", "--all", "tests")
    assert ran.status == 2
    assert ran.error == "U008 --all takes no model\n    Leave it out, or name models without --all.\n"


def test_a_catalogue_run_takes_no_parameters(run: Run, expected: Path) -> None:
    ran = run("verify", "--set", "a=1")
    assert ran.status == 2
    assert ran.error.startswith("U008 --set, --property and --keep-going go with one model\n")


def test_models_are_listed(run: Run, expected: Path) -> None:
    assert run("list").out == (
        "tests.support.workshop:Fine\n    Has nothing wrong with it.\n"
        "tests.support.workshop:Stuck\n    Waits for ever for what never comes.\n"
    )


def test_the_list_is_read_in_80_columns() -> None:
    """Parameters of the map took 150."""
    every = {f"p{number}": "0" * number for number in range(30)}
    lines = [plain([line]).rstrip("\n") for line in report.listing({"m:M": ("Words " * 20, every)})]
    assert 70 < max(map(len, lines)) <= 80
    assert " ".join(lines).split() == ["m:M", *["Words"] * 20, *(f"{key}={value}" for key, value in every.items())]


def test_list_compiles_no_model(run: Run, expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue took a quarter of a minute."""
    monkeypatch.setattr("checker.commands.run.compile_model", None)
    assert run("list").out.count("tests.support.workshop:") == 2
