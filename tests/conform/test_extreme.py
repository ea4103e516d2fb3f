"""The extreme test: nothing amiss with a real Go, and a runtime that loses marks does not get through."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.conform.extreme.running import checks_marks, run
from checker.conform.findings.reported import FINDINGS
from checker.conform.toolchain import Edit


def test_a_real_go_loses_nothing(swiss: str) -> None:
    came = CliRunner().invoke(app, ["conform", "--extreme", "--go", swiss, "--time", "1s"])
    assert came.exit_code == 0, came.output
    assert "nothing is lost" in came.output and "collected" in came.output


BROKEN = {
    "a map whose deletions end searches for other keys": (
        (
            Edit(
                "internal/runtime/maps/table.go",
                ("func (t *table) Delete(", "if g.ctrls().matchEmpty() != 0"),
                " || true",
            ),
        ),
        "key",
    ),
    "a runtime without the deletion half of bulk barriers": (FINDINGS["deleted"].fault, "checkmark"),
}


@pytest.mark.runtime
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_runtime_does_not_get_through(swiss: str, what: str) -> None:
    edits, said = BROKEN[what]
    came = run(swiss, 120, 0, edits=edits)  # it ends at what it finds, after a second or two on a machine of its own
    assert came.failure is not None and said in came.failure, came


def test_markings_are_checked_where_the_check_can_be_believed() -> None:
    assert [checks_marks(version) for version in ("1.23.9", "1.24.11", "1.25.5", "1.27.3")] == [
        False,
        False,
        True,
        True,
    ]


def test_what_extreme_needs_is_said() -> None:
    def said(*arguments: str) -> str:
        return str(CliRunner().invoke(app, ["conform", *arguments]).exception)

    assert said("--extreme").startswith("U008 --extreme needs --go VERSION")
    assert said("--time", "3s").startswith("U008 --time says how long --extreme runs")
    assert said("--extreme", "--all").startswith("U008 --all takes no model")
