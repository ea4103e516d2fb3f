"""`evacheck conform --all`: a line for each version, model and kind of keys; nothing is called done that was not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.commands import conform_all
from checker.commands.conform import OF_EACH
from checker.conform import toolchain
from checker.conform.holdings import memory
from checker.conform.maps.holding import Held
from checker.conform.matrix import CLASSIC, ROWS, SWISS, Came, Row, carried_out
from checker.frontend.load import load
from checker.lang.model import parse_parameter


def said(*arguments: str) -> tuple[int, str]:
    came = CliRunner().invoke(app, ["conform", *arguments])
    return came.exit_code, f"{came.output}{came.exception}"


def test_every_row_names_a_model_of_its_kind_of_map_and_settings_that_it_has() -> None:
    for row in ROWS:
        wanted = load(row.model)
        assert memory(wanted) == ("classic" if row.version < "1.24" else "swiss"), row
        for name, text in row.settings:
            parse_parameter(wanted, name, text)
    assert len(set(ROWS)) == len(ROWS)


def test_the_readme_says_what_is_done() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for model in (CLASSIC, SWISS):
        rows = [row for row in ROWS if row.model == model]
        versions = list(dict.fromkeys(row.version for row in rows))
        kinds = [sum(row.version == version for row in rows) for version in versions]
        line = next(line for line in text.splitlines() if line.startswith(f"| {', '.join(versions)} |"))
        assert f"| {', '.join(map(str, kinds))} | {len(rows) * OF_EACH:,} | 0 |" in line


def test_the_table_has_a_line_for_each_row_and_says_what_was_never_seen(
    swiss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conform_all, "ROWS", (Row(swiss, SWISS, "int"), Row(swiss, SWISS, "struct")))
    status, text = said("--all", "--operations", "300")
    assert status == 0
    assert [line.split()[:4] for line in text.splitlines()[1:3]] == [
        [swiss, "FollowedSwissLoop", kind, "300"] for kind in ("int", "struct")
    ]
    assert "the models take every one of 600 operations" in text
    assert f"NEVER SEEN of {SWISS}" in text and "Go's own fault" in text


def test_a_broken_model_makes_the_whole_table_fail(swiss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Row(swiss, "spec.go_map.swiss_followed:FollowedKeepsGrowthLeft", "int")
    monkeypatch.setattr(conform_all, "ROWS", (Row(swiss, SWISS, "int"), broken))
    status, text = said("--all", "--operations", "400")
    assert status == 1 and "1 row of 2 with a mismatch" in text
    assert "FollowedKeepsGrowthLeft --go 1.27.3 --keys int: operation" in " ".join(text.split())


def test_without_a_toolchain_a_row_is_not_done_and_nothing_done_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_candidates", lambda _version: iter(()))
    came = carried_out(Row("1.20.99", CLASSIC, "int"), 100, 0, lambda _: None)
    assert came.not_done == "there is no Go 1.20.99 here" and came.held.operations == 0
    monkeypatch.setattr(conform_all, "ROWS", (Row("1.20.99", CLASSIC, "int"),))
    status, text = said("--all")
    assert status == 1 and "not done: there is no Go 1.20.99 here" in text and "1 row not done" in text


def test_a_fault_of_gos_is_counted_apart_from_what_is_seen() -> None:
    held = Held()
    held.seen.update({"loop: ends": 3, "Go's own fault: an entry yielded twice": 2})
    came = Came(ROWS[0], held, ("loop: ends", "clear", "Go's own fault: an entry yielded twice"))
    assert came.faults == 2 and came.never == ["clear"]


def test_what_all_decides_by_itself_is_refused_beside_it() -> None:
    assert "U008 --all takes no model" in said("--all", "--go", "1.27.3")[1]
    assert "U008 conform needs a MODEL and --go VERSION" in said()[1]
