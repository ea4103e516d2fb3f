"""Sweeps, from their arguments to the table, with tiny models in files of their own."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker import cli
from checker.commands import report, sweeps
from checker.commands.sweeps import Cell, SweepRow
from checker.contract.wording import Status
from checker.errors import UsageError
from counterexamples.explain.text import plain

MODELS = '''
from enum import Enum
from checker.lang import *

class Pace(Enum):
    SLOW = "slow"
    FAST = "fast"

class Counter(Model):
    """Counts up, by one or by two, and turns over."""
    top = Param(3, Range(0, 9))
    pace = Param(Pace.SLOW)
    wraps = Param(True)
    bound = Param(7)

    n = Var(Range(0, 20))
    Step = Range(1, top)

    @action
    def up(self, by: Step):
        require(self.wraps or self.n < self.top)
        self.n = 0 if self.n >= self.top else self.n + (1 if self.pace == Pace.SLOW else 2)

    @always
    def never_four(self):
        return self.n != 4

    @sometimes
    def reaches_two(self):
        return self.n == 2

class Slower(Counter):
    """Is a subclass with nothing of its own."""

class Other(Model):
    """Shares one parameter only."""
    top = Param(3, Range(0, 9))
    n = Var(Range(0, 3))
    @action
    def up(self):
        self.n = 0
'''


class Ran:
    """What one command gave."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status = status
        self.out = out
        self.error = error


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in this process, in a folder with `counters.py`."""
    (tmp_path / "counters.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)

    def runs(line: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["evacheck", *line.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, error)

    return runs


ONE = "Name one model: evacheck verify MODEL --sweep NAME=all."


@pytest.mark.parametrize(
    ("line", "problem", "remedy"),
    [
        ("--sweep top", "U011 --sweep top has no values", "Write it like --sweep objects=1..3."),
        ("--sweep top=", "U011 --sweep top= has no values", "Write it like --sweep objects=1..3."),
        ("--sweep top=1,,2", "U011 --sweep top lists an empty value", "Write it like --sweep top=a,b."),
        ("--sweep top=3..1", "U011 --sweep top=3..1 is empty", "Write it like --sweep top=1..3."),
        ("--sweep top=1 --sweep top=2", "U011 --sweep top stands twice",
         "Give all its values at once: --sweep top=a,b"),
        ("--sweep top=1 --set top=2", "U011 top is both set and swept", "Leave out --set top or --sweep top."),
        ("--sweep tip=1", "U002 Counter has no parameter 'tip'", "Did you mean `top`?"),
        ("--sweep top=1,10", "U004 top = 10 is outside its type", "It takes an integer from 0 to 9."),
        ("--sweep wraps=maybe", "U004 wraps = 'maybe' is outside its type", "It takes true or false."),
        ("--sweep bound=all", "U012 all values of bound are too many to sweep",
         "It takes an integer from 0: write like --sweep bound=1..3 which."),
        ("--sweep bound=0..1000", "U012 --sweep bound=0..1000 asks for 1,001 values", "At most 1,000 combinations go."),
        ("--sweep bound=1..200 --sweep top=all", "U012 --sweep asks for 2,000 combinations", "At most 1,000 go."),
        ("--sweep top=1 --property never", "U003 Counter has no property 'never'", "Did you mean `never_four`?"),
        ("--sweep top=1 --engine x", "U007 there is no engine 'x'",
         "There are: auto, all, explicit, bmc, induction, reference, walk, gpu."),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_a_remedy(run: Run, line: str, problem: str, remedy: str) -> None:
    ran = run(f"verify counters.py:Counter {line}")
    assert (ran.status, ran.out) == (2, "")
    said = re.sub(r"counters(\.py|_\d+)?:Counter has", "Counter has", ran.error)  # a number: other tests have one too
    assert said == f"{problem}\n    {remedy}\n"


@pytest.mark.parametrize("names", ["", "spec.gc spec.classics"])
def test_the_catalogue_is_not_swept(run: Run, names: str) -> None:
    ran = run(f"verify {names} --sweep top=1")
    remedy = "Name one model: evacheck verify MODEL --sweep ..."
    assert (ran.status, ran.error) == (2, f"U008 --sweep goes with one model\n    {remedy}\n")


def test_a_file_means_the_model_that_has_the_parameters(run: Run) -> None:
    assert sweeps.plan("counters.py", {}, ["pace=all"]).model == "counters.py:Counter"


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("counters.py", "top=1", "U013 counters.py holds 2 models with top\n"
         "    Name one of them: counters.py:Counter, counters.py:Other."),
        ("counters.py", "tap=1", "U013 no model of counters.py has tap\n    It holds: Counter, Slower, Other."),
        ("checker.lang", "top=1", f"U013 checker.lang itself holds no model to sweep\n    {ONE}"),
    ],
)  # fmt: skip
def test_a_module_that_means_no_single_model(run: Run, name: str, line: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        sweeps.plan(name, {}, [line])
    assert str(raised.value) == said


def test_values_are_all_a_range_or_a_list_each_once(run: Run) -> None:
    planned = sweeps.plan("counters.py:Counter", {}, ["wraps=all", "pace=FAST,slow,fast", "top=2..3,3"])
    assert planned.swept == ("wraps", "pace", "top")
    assert [sweeps.label(each) for each in planned.combinations] == [
        f"wraps={wraps} pace={pace} top={top}"
        for wraps in ("false", "true") for pace in ("fast", "slow") for top in (2, 3)
    ]  # fmt: skip


def test_the_table(run: Run) -> None:
    ran = run("verify counters.py --sweep top=2,3 --sweep pace=all --set wraps=true --keep-going --out out")
    assert ran.status == 12
    assert ran.error == ""
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert lines[:6] == [
        "counters.py:Counter  wraps=true",
        "4 combinations",
        "",
        "reaches_two happens in every row.",
        "no_deadlock and no_failure hold in every row.",
        "",
    ]
    assert [line.rsplit("  ", 1)[0].rstrip() for line in lines[6:11]] == [
        "top  pace  never_four  states",
        "2    slow  holds            3",
        "2    fast  holds            2",
        "3    slow  holds            4",
        "3    fast  VIOLATED 3       3",
    ]
    assert lines[11:] == [
        "",
        "A number after a verdict: the states of the shortest trace that shows it.",
        "",
        "One more of top: 1.3 to 1.5 times the states.",
        "",
        "The shortest counterexample of each broken row:",
        "  top=3 pace=fast: never_four in 3 states:",
        "    out/Counter-wraps=true-top=3-pace=fast-never_four.itf.json",
    ]
    assert (Path("out") / "Counter-wraps=true-top=3-pace=fast-never_four.itf.json").is_file()
    assert run("replay out/Counter-wraps=true-top=3-pace=fast-never_four.itf.json").status == 0


def test_a_combination_that_is_no_model_is_a_row(run: Run) -> None:
    ran = run("verify counters.py --sweep top=0,2 --set pace=slow")
    assert ran.status == 150
    assert "0    cannot be checked, see below\n" in ran.out
    assert "top=0 cannot be checked:\n" in ran.out
    assert "in every checked row." in ran.out


def test_json_has_rows(run: Run) -> None:
    ran = run("verify counters.py --sweep pace=all --property never_four --set bound=1 --json --out out")
    found = json.loads(ran.out)
    assert (ran.status, ran.error) == (12, "")
    assert {name: found[name] for name in ("model", "parameters", "swept", "missing")} == {
        "model": "counters.py:Counter", "parameters": {"bound": "1"}, "swept": ["pace"], "missing": [],
    }  # fmt: skip
    slow, fast = found["rows"]
    assert (slow["parameters"], slow["status"], slow["distinct"]) == ({"pace": "slow"}, 0, 4)
    assert slow["properties"]["never_four"] == {"verdict": "exhausted", "states": None, "trace": None}
    trace = str(Path("out") / "Counter-bound=1-pace=fast-never_four.itf.json")
    assert fast["properties"]["never_four"] == {"verdict": "violated", "states": 3, "trace": trace}


def test_what_a_budget_ends_is_undecided(run: Run) -> None:
    ran = run("verify counters.py --sweep pace=slow --max-states 2 --engine reference")
    assert ran.status == 3
    assert "pace=slow stopped early: " in ran.out


def cell(name: str, verdict: str = "exhausted", states: int | None = None) -> Cell:
    status = Status.SAFETY if verdict == "violated" else Status.AS_EXPECTED
    said = "VIOLATED" if verdict == "violated" else "holds"
    return Cell(name, verdict, said, (said, said), states, status, False, None)


def test_a_wide_table_numbers_its_columns_and_stays_within_80(run: Run) -> None:
    names = [f"a_property_with_quite_a_long_name_{number}" for number in range(9)]
    planned = sweeps.plan("counters.py:Counter", {}, ["pace=all"])
    found = [
        SweepRow(one, tuple(cell(name, said, 12) for name in names), Status.SAFETY)
        for one, said in zip(planned.combinations, ("exhausted", "violated"), strict=True)
    ]
    lines = plain(report.sweep_lines(planned, {}, found)).splitlines()
    assert max(map(len, lines)) <= 80
    assert f"(9) {names[8]}" in lines
    assert sum(line.startswith("slow") for line in lines) == 2


def test_a_row_that_ends_at_its_violation_leaves_the_rest_undecided(run: Run) -> None:
    ran = run("verify counters.py --sweep pace=all --engine explicit --out out")
    assert ran.status == 12
    assert "no_deadlock and no_failure hold wherever decided.\n" in ran.out
    assert "A row ends at its first violation (- is undecided); --keep-going goes on.\n" in ran.out


@pytest.mark.parametrize(
    ("statuses", "complete", "ends"),
    [
        ((), True, 0),
        ((Status.INCONCLUSIVE, Status.AS_EXPECTED), True, 3),
        ((Status.AS_EXPECTED,), False, 3),
        ((Status.MODEL, Status.INCONCLUSIVE), True, 150),
        ((Status.DEADLOCK, Status.MODEL), True, 11),
        ((Status.DEADLOCK, Status.SAFETY, Status.EVALUATION), False, 12),
        ((Status.LIVENESS, Status.AS_EXPECTED), True, 13),
        ((Status.SAFETY, Status.BUG), True, 70),
    ],
)
def test_a_sweep_ends_as_its_worst_row(statuses: tuple[Status, ...], complete: bool, ends: int) -> None:
    assert sweeps.worst([SweepRow({}, status=each) for each in statuses], complete) == ends


def test_ctrl_c_keeps_what_was_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(planned: sweeps.Plan, *_: object) -> Iterator[SweepRow]:
        yield SweepRow(planned.combinations[1], (cell("never_four"),))
        raise KeyboardInterrupt

    monkeypatch.setattr("checker.commands.verify._attempts", interrupted)
    ran = run("verify counters.py:Counter --sweep top=1..3")
    assert ran.status == 3
    assert "1 of 3 combinations\n" in ran.out
    assert ran.out.endswith("Interrupted: 2 of 3 rows are missing:\n    top=1\n    top=3\n")


def test_what_is_missing_is_said(run: Run) -> None:
    planned = sweeps.plan("counters.py:Counter", {}, ["top=1..3"])
    found = [SweepRow(planned.combinations[0], (cell("never_four"),))]
    said = plain(report.sweep_lines(planned, {}, found))
    assert said.endswith("Interrupted: 2 of 3 rows are missing:\n    top=2\n    top=3\n")
    assert sweeps.worst(found, complete=False) is Status.INCONCLUSIVE
