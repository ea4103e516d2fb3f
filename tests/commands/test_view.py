"""A view counts and shows; it merges no states and decides nothing."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from checker.check import check, engine
from checker.commands.run import viewed
from checker.contract.task import Task
from checker.errors import UsageError
from checker.semantics import Interpreter
from checker.semantics.explore import explore
from tests.frontend.support import program
from tests.support import forked
from tests.support.pages import run

COUNTER = """
class Counter(Model):
    Thread = Range(2)
    count = Var(Range(3))
    wide = Var(Array(Thread, Range(2**40)))
    done = Var(Array(Thread, Bool))
    @process(Thread)
    def thread(self, t: Thread):
        seen = self.count
        yield "read"
        self.count = seen + 1
        yield "wrote"
        self.wide[t] = 500000000000 + seen
        self.done[t] = True
    @always
    def nothing_is_lost(self):
        return not all(self.done) or self.count == 2
"""


@pytest.mark.parametrize("by", ["explicit", "reference", "auto"])
@pytest.mark.parametrize("wide", [True, False])
def test_views_are_counted_as_by_hand(by: str, wide: bool) -> None:
    """Of every set of variables, in states of one word and of several."""
    text = COUNTER if wide else COUNTER.replace("2**40", "4").replace("500000000000", "1")
    compiled = program(text)
    states = [each.transition.state for each in explore(Interpreter(compiled)) if each.new]
    names = [each.name for each in compiled.variables]
    for view in [*((name,) for name in names), *combinations(names[:3], 2), tuple(names[1:])]:
        expected = len({tuple(state[names.index(name)] for name in view) for state in states if state is not None})
        stats = check(Task(compiled, ("nothing_is_lost",), keep_going=True, view=view), engine(by)).stats
        assert (stats.views, stats.distinct) == (expected, len(states)), view


def test_a_view_changes_no_verdict_and_no_count() -> None:
    """TLC's VIEW would merge the states: nothing would be lost."""
    compiled = program(COUNTER)
    for by in ("explicit", "reference"):
        plain, viewing = (
            check(Task(compiled, ("nothing_is_lost",), keep_going=True, view=view), engine(by))
            for view in ((), ("done",))
        )
        assert plain.verdicts == viewing.verdicts and plain.stats.distinct == viewing.stats.distinct
        assert viewing.stats.views == 4 and plain.stats.views is None


def test_members_that_are_interchangeable_are_not_counted_by_orbits() -> None:
    compiled = program(
        COUNTER.replace("Range(2)\n", "Range(2, symmetric=True)\n").replace(
            "thread(self, t: Thread)", "thread(self, t)"
        )
    )
    for by in ("explicit", "reference"):
        assert check(Task(compiled, ("nothing_is_lost",), view=("count",)), engine(by)).stats.views is None


def test_a_process_is_where_it_stands_and_what_it_keeps() -> None:
    compiled = program(COUNTER)
    assert viewed(compiled, "thread, count") == ("thread.point", "thread.seen", "count")
    assert viewed(compiled, None) == ()
    with pytest.raises(UsageError) as caught:
        viewed(compiled, "count,coutn")
    assert str(caught.value).startswith("U008 --view: model:Counter has no variable or process 'coutn'\n")


def test_a_model_of_a_file_is_called_as_the_user_did(tmp_path: Path) -> None:
    """It was `string_2:Counter`, by the name of a module that nobody has heard of."""
    (tmp_path / "string.py").write_text("from evacheck import *\n" + COUNTER)
    for option, code in (("view", "U008 --view:"), ("property", "U003")):
        done = forked.command(tmp_path, ["verify", "string.py:Counter", f"--{option}", "coutn"])
        assert (done.returncode, f"{code} string.py:Counter has no " in done.stderr) == (2, True), done.stderr


def shown(tmp_path: Path, options: str) -> Any:
    """What the command says of DieHard."""
    return run(tmp_path, f"evacheck verify spec.classics.diehard:DieHard --property big_is_not_4 {options}")


def test_the_command_counts_and_shows_by_the_view(tmp_path: Path) -> None:
    said = shown(tmp_path, "--view small")
    assert " distinct states, 4 distinct views, " in said
    trace = said[said.index("  1  initially") :]
    assert "big " not in trace[: trace.index("violates")] and "small  0 -> 3" in trace
    assert "1 step not in view" in trace and "\n  7  big_to_small\n       small  2 -> 3\n" in trace
    assert "  7  fill_big\n" not in trace
    found = json.loads(shown(tmp_path, "--view small --json"))["results"][0]
    assert found["views"] == 4 and len(json.loads(Path(tmp_path, found["trace"]).read_text())["states"]) == 7
    assert "views" not in json.loads(shown(tmp_path, "--json"))["results"][0]


def test_an_engine_that_visits_no_states_says_that_it_counts_none(tmp_path: Path) -> None:
    said = shown(tmp_path, "--view small --engine bmc")
    assert "Views were not counted. " in said and "1 step not in view" in said


@pytest.mark.parametrize("line", ["verify --view x", "verify spec.classics --view x"])
def test_a_view_is_of_one_model(tmp_path: Path, line: str) -> None:
    done = forked.command(tmp_path, line.split())
    assert done.returncode == 2 and done.stderr.startswith("U008 --view goes with one model\n")
