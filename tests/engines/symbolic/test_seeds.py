"""What Z3 draws by lot decides no verdict: other seeds give the same verdicts, at the same depths.

A command that is given again shows the same traces.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import z3

from checker.check import check, select
from checker.contract.task import Budget, Outcome, Task
from checker.contract.verdict import Bounded, Proved
from checker.contract.wording import trace_of
from checker.engines.symbolic import terms
from checker.engines.symbolic.bmc import BmcEngine
from checker.engines.symbolic.induction import InductionEngine
from checker.ir.nodes import Program
from tests.frontend.support import program

ROOT = Path(__file__).parents[3]
SEEDS = (0, 1, 7)

LOTTERY = """
class Lottery(Model):
    Ball = Range(6)
    drawn = Var(SetOf(Ball))
    last = Var(Ball)

    @action
    def draw(self, ball: Ball):
        require(ball not in self.drawn)
        self.drawn.add(ball)
        self.last = choose(self.drawn)

    @always
    def never_four(self):
        return len(self.drawn) < 4

    @always
    def never_all_even(self):
        return not {0, 2} <= self.drawn or self.last != 1

    @always
    def at_most_all(self):
        return len(self.drawn) <= 6

    @sometimes
    def half(self):
        return len(self.drawn) == 3

    @final
    def over(self):
        return len(self.drawn) == 6
"""
"""Full of choices: hundreds of traces are shortest."""


@pytest.fixture(autouse=True)
def seeds_are_put_back() -> Iterator[None]:
    yield
    z3.reset_params()


def run(compiled: Program, engine: BmcEngine | InductionEngine, seed: int) -> Outcome:
    for part in ("smt", "sat"):
        z3.set_param(f"{part}.random_seed", seed)
    return check(Task(compiled, select(compiled), Budget(max_depth=5), keep_going=True), engine)


def test_bounded_search_gives_the_same_verdicts_at_the_same_depths_with_any_seed() -> None:
    compiled = program(LOTTERY)
    said, traces = set(), set()
    for seed in SEEDS:
        verdicts = run(compiled, BmcEngine(), seed).verdicts
        found = {name: trace_of(verdict) for name, verdict in verdicts.items()}
        said.add(
            tuple(
                (name, type(verdict), len(trace) if (trace := found[name]) is not None else None)
                for name, verdict in verdicts.items()
            )
        )
        traces.add(str(found["never_four"]))
        assert verdicts["at_most_all"] == Bounded(5)
    assert {len(each) for each in said} == {6} and len(said) == 1
    assert len(traces) > 1, "the seed is heard: another trace is found"


def test_bounded_search_gives_the_same_traces_again() -> None:
    """In two processes, and twice within each: Z3 went on numbering terms, and a second search found others."""
    code = (
        "from tests.engines.symbolic.test_seeds import *\n"
        "compiled = program(LOTTERY)\n"
        "for _ in range(2):\n"
        "    print({name: trace_of(each) for name, each in run(compiled, BmcEngine(), 7).verdicts.items()})"
    )
    said = [
        line
        for _ in range(2)
        for line in subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).splitlines()
    ]
    assert len(said) == 4 and len(set(said)) == 1 and said[0].count("Trace(") == 3


def test_a_search_between_disturbs_no_other() -> None:
    """k-induction asks a bounded search for its base case: that makes its terms apart, and puts back what was there."""
    outside = z3.main_ctx()
    before = run(program(LOTTERY), BmcEngine(), 1).verdicts
    with terms.fresh():
        inside = z3.main_ctx()
        kept = z3.Bool("kept")
        assert run(program(LOTTERY), BmcEngine(), 1).verdicts == before
        assert z3.main_ctx() is inside and z3.is_true(z3.simplify(z3.Or(kept, z3.Not(kept))))
    assert z3.main_ctx() is outside and inside is not outside


def test_induction_proves_the_same_with_any_seed() -> None:
    compiled = program(LOTTERY)
    proved = [
        {
            name
            for name, verdict in run(compiled, InductionEngine(), seed).verdicts.items()
            if isinstance(verdict, Proved)
        }
        for seed in SEEDS
    ]
    assert "at_most_all" in proved[0] and all(each == proved[0] for each in proved)
