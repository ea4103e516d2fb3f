"""`@assumption`: what a model takes for granted of its parameters is looked at before anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import evacheck
from checker.cli import app
from checker.errors import AssumptionError
from tests.frontend.support import model, program, said

QUORUM = """
class Quorum(Model):
    nodes = Param(3, Range(1, 9))
    faulty = Param(1, Range(0, 4))
    other = Param(0, Range(0, 2))
    half = nodes // 2
    x = Var(Range(10))
    def enough(self, n):
        total = 0
        for i in range(n):
            total += 2
        return total < self.nodes
    @assumption
    def most_are_right(self):
        \"\"\"More than twice as many nodes as may be faulty.

        Else nobody knows.\"\"\"
        return self.enough(self.faulty)
    @assumption
    def divides(self):
        return 6 // self.half > 0 and 6 % self.half == 0
    @action
    def go(self):
        self.x = self.half
    @always
    def below(self):
        return self.x < 4
"""


@pytest.mark.parametrize("nodes", range(1, 10))
@pytest.mark.parametrize("faulty", range(5))
def test_what_is_refused_is_what_python_finds_false(nodes: int, faulty: int) -> None:
    holds = nodes > 2 * faulty and nodes // 2 > 0 and 6 % (nodes // 2) == 0
    try:
        program(QUORUM, nodes=nodes, faulty=faulty)
    except AssumptionError:
        assert not holds
    else:
        assert holds


def test_the_error_has_a_place_the_values_and_a_remedy() -> None:
    with pytest.raises(AssumptionError) as caught:
        program(QUORUM, nodes=4, faulty=2)
    problem = caught.value.problem
    assert problem.span is not None and problem.span.line == 13
    assert (problem.code, problem.problem) == (
        "U025",
        "the assumption 'most_are_right' does not hold with nodes = 4, faulty = 2",
    )
    assert problem.remedy == "More than twice as many nodes as may be faulty. Set other parameters."
    with pytest.raises(AssumptionError, match=r"'divides' cannot be evaluated with nodes = 1.*division by zero"):
        program(QUORUM.replace("6 // self.half > 0", "6 // (self.nodes // 2) > 0"), nodes=1, faulty=0)


def test_it_is_said_before_any_engine_runs_and_is_no_violation() -> None:
    with pytest.raises(evacheck.UsageError):
        evacheck.verify(model(QUORUM)(nodes=2, faulty=1))


def test_an_assumption_looks_at_parameters_only() -> None:
    head = "class M(Model):\n    n = Param(2)\n    x = Var(Bool)\n"
    go = "    @action\n    def go(self):\n        self.x = True\n"
    go += "    @process\n    def p(self):\n        self.x = False\n"
    helper = "    def h(self):\n        return self.x\n"
    for line in ("return self.x", "return self.h()", 'return self.p.at("start")', "return self.p.finished"):
        text = f"{head}{go}{helper}    @assumption\n    def a(self):\n        {line}\n"
        assert "E206" in said(text) and "about parameters only" in said(text)
    for line, code in (("return choose(Bool)", "E208"), ("self.n > 1", "E210"), ("return self.n", "E305")):
        assert code in said(f"{head}{go}    @assumption\n    def a(self):\n        {line}\n")
    assert "E206" in said(f"{head}{go}    @assumption\n    def a(self, t):\n        return True\n")


def test_a_subclass_may_leave_it_out() -> None:
    program(QUORUM + "class Any(Quorum):\n    most_are_right = None\n", nodes=4, faulty=2)


def test_the_command_exits_as_for_a_wrong_value_and_a_sweep_says_it_row_by_row(tmp_path: Path) -> None:
    file = tmp_path / "quorum.py"
    file.write_text("from evacheck import *\n" + QUORUM)
    runner = CliRunner()
    with pytest.raises(AssumptionError):
        runner.invoke(app, ["verify", str(file), "--set", "faulty=2"], catch_exceptions=False)
    swept = runner.invoke(app, ["verify", str(file), "--sweep", "faulty=0..2"])
    assert swept.output.count("U025") == 1 and "faulty = 2" in swept.output
    assert "below" in swept.output
    assert swept.exit_code == 2
    first = runner.invoke(app, ["verify", str(file), "--sweep", "faulty=2,1"])
    assert "U025" in first.output and first.exit_code == 2
