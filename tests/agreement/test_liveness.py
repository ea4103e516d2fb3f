"""Dead locals are forgotten, and nothing else comes of it: the same behaviours, verdicts and lengths of traces."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given

from checker.frontend import compile as front_end
from checker.ir import liveness
from checker.ir.liveness import live_at_blocks
from checker.ir.nodes import Program
from tests.support.agreement import examples, hold
from tests.support.fresh_checks import check_liveness, examined
from tests.support.random_models import HEAD, RandomModel, models

KEEPS = RandomModel(
    HEAD
    + """

class Drawn(Model):
    x = Var(Range(4))

    @process
    def work(self):
        for i in range(2):
            a: Range(3) = choose(Range(3))
            yield "read"
            while self.x > a:
                yield "loop"
                self.x -= 1
            b: Range(3) = a
            yield "wrote"
            self.x = b
        yield "last"
        self.x = 3

    @action
    def disturb(self):
        require(self.x < 3)
        self.x += 1

    @always
    def small(self):
        return self.x < 3
"""
)


def with_processes(model: RandomModel, program: Program) -> None:
    """Hold a program that forgets to one that does not."""
    if program.processes:
        check_liveness(model, program)


@examples(6)
@given(models())
def test_what_is_forgotten_changes_no_verdict_and_no_trace(model: RandomModel) -> None:
    hold(model, with_processes)


def test_a_model_that_forgets_three_locals_does_what_it_did() -> None:
    assert examined("liveness", KEEPS, KEEPS.program()).came == "agreed"


def nothing_after_loops(*arguments: Any) -> list[frozenset[str]]:
    return [frozenset(name for name in live if name != "a") for live in live_at_blocks(*arguments)]


def nothing_across_yields(end: Any, live: Any, targets: Any) -> frozenset[str]:
    return frozenset()


@pytest.mark.parametrize(
    ("owner", "name", "wrong"),
    [(front_end, "live_at_blocks", nothing_after_loops), (liveness, "_at_end", nothing_across_yields)],
)
def test_a_local_that_is_still_needed_and_forgotten_is_seen(owner: Any, name: str, wrong: Any) -> None:
    with patch.object(owner, name, wrong):
        said = examined("liveness", KEEPS, KEEPS.program())
    assert said.came == "disagreed"
