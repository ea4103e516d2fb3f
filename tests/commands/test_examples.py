"""`verify --examples N`: runs of a model in which nothing fails, each with something that none before it has."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

from checker.commands.init import MODEL
from checker.examples import MOST_STEPS, examples, kinds
from checker.frontend.compile import compile_program
from checker.lang import Bool, Model, Range, Var, action, process, require
from tests.support import forked


class Lamp(Model):
    """Switched on and off for ever; breaks once, if it is on; a step that never comes."""

    on = Var(Bool)
    broken = Var(Bool)
    n = Var(Range(0, 3))

    @action
    def switch(self):
        require(not self.broken)
        self.on = not self.on

    @action
    def breaks(self):
        require(self.on and not self.broken)
        self.broken = True

    @action
    def look(self):
        self.n = self.n

    @action
    def explode(self):
        require(self.broken and not self.on)
        self.n = 1

    @process
    def counter(self):
        while self.n < 3:
            self.n += 1
            yield "counted"


PROGRAM = compile_program(Lamp())


def test_runs_take_new_steps_first_and_then_new_orders() -> None:
    found = examples(PROGRAM, 5)
    assert len(set(found.traces)) == 5
    taken: set[object] = set()
    orders: set[object] = set()
    states: set[object] = set()
    for trace, new in zip(found.traces, found.new, strict=True):
        row = [(each.name, each.point) for each in trace.steps]
        assert set(new.kinds) == set(row) - taken and set(new.orders) == set(pairwise(row)) - orders
        assert new.states == len(set(trace.states) - states)
        taken |= set(row)
        orders |= set(pairwise(row))
        states |= set(trace.states)
        assert len(trace.steps) <= MOST_STEPS
    amounts = [each.amount for each in found.new]
    assert amounts == sorted(amounts, reverse=True) and amounts[0][0] == 3, "what shows most comes first"
    assert taken == {("switch", None), ("breaks", None), ("counter", "counted")}
    assert found.missing == (("look", None), ("explode", None)), "one changes nothing, the other never happens"
    assert set(kinds(PROGRAM)) == taken | set(found.missing)


def test_the_same_model_has_the_same_examples() -> None:
    assert examples(PROGRAM, 3) == examples(PROGRAM, 3)


class Once(Model):
    done = Var(Bool)

    @action
    def do(self):
        self.done = True


def test_what_has_one_run_is_shown_once() -> None:
    found = examples(compile_program(Once()), 5)
    assert [len(each) for each in found.traces] == [2]


def test_they_stand_below_the_verdicts_and_in_json(tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(MODEL)
    sound = ["verify", "counter.py", "--set", "atomic=true", "--set", "threads=2"]
    said = forked.command(tmp_path, [*sound, "--examples", "2"]).stdout
    assert 'Example 1: 3 states; the first with thread from "start"\n\n  1  initially\n' in said
    assert (
        "Example 2: 3 states; 1 state that those before it do not have\n" in said
        and "2 example runs, drawn at random" in said
    )
    record = json.loads(forked.command(tmp_path, [*sound, "--examples", "2", "--json"]).stdout)
    steps = [each["steps"] for each in record["examples"]]
    assert sorted(steps) == [[f'thread[{one}] from "start"', f'thread[{1 - one}] from "start"'] for one in (0, 1)]
    assert record["examples"][0]["states"][2]["counter"] == {"#bigint": "2"} and len(record["results"]) == 4


def test_where_something_is_violated_its_counterexample_is_the_example(tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(MODEL)
    done = forked.command(tmp_path, ["verify", "counter.py", "--examples", "2"])
    assert done.returncode == 12 and "Example" not in done.stdout
    assert "--examples: nothing_is_lost is violated; its counterexample is the example.\n" in done.stderr
    for wrong in (["counter.py", "--format", "junit"], ["spec.classics"], ["counter.py", "--sweep", "threads=1..2"]):
        done = forked.command(tmp_path, ["verify", *wrong, "--examples", "2"])
        assert done.returncode == 2 and "U008 --examples goes with one model" in done.stderr, wrong
