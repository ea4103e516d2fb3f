"""A counter, traces of it, and what an engine decides of a model."""

from __future__ import annotations

from typing import Any

import pytest

from checker.check import check, select
from checker.contract.replay import Claim, ReplayError, confirm
from checker.contract.task import Outcome, Task
from checker.contract.trace import Trace
from checker.contract.verdict import (
    Verdict,
    Violated,
    Witnessed,
)
from checker.engines.reference import ReferenceEngine
from checker.errors import Span
from checker.frontend.load import compile_model
from checker.ir.nodes import Kind, Program
from checker.lang import Bool, Model, Opt, Param, Range, Var, action, always, choose, final, require, sometimes
from checker.semantics import Failure, Step

HERE = Span("model.py", 1, 1)


class Counter(Model):
    """Counts up to a limit from 0 or 1, or jumps; the limit is where it gets stuck."""

    limit = Param(4)
    strict = Param(False, Bool)

    n = Var(Range(0, 6))
    half = Var(Opt(Range(4)))

    def init(self):
        self.n = choose({0, 1})

    @action
    def up(self):
        require(self.n < self.limit)
        self.n += 1
        assert not self.strict or self.n != 3, "three is not allowed"

    @action
    def double(self, by: Range(2, 3)):
        require(self.n == 1)
        self.n *= by

    @always
    def below_four(self):
        return self.n < 4

    @sometimes
    def three(self):
        return self.n == 3

    @sometimes
    def six(self):
        return self.n == 6


COUNTER = compile_model(Counter, {})
UP = Step("up", (), None, ())


def state(n: int) -> tuple[Any, ...]:
    return (n, None)


def trace(*numbers: int, **rest: Any) -> Trace:
    """Counting up through these numbers."""
    states = tuple(state(n) for n in numbers)
    return Trace(states, (UP,) * (len(numbers) - 1), initial_choices=(numbers[0],), **rest)


STRICT = compile_model(Counter, {"strict": True})
THREE = Failure(Kind.ASSERT, "three is not allowed", HERE)


def refuse_claim(program: Program, name: str, claim: Claim, wrong: Trace) -> str:
    with pytest.raises(ReplayError) as caught:
        confirm(program, name, claim, wrong)
    return str(caught.value)


def decide(program: Program, *names: str, **options: Any) -> Outcome:
    return check(Task(program, names or select(program), **options), ReferenceEngine())


def kinds(outcome: Outcome) -> dict[str, object]:
    """Verdicts, with the number of states for those that have a trace."""
    return {name: _kind(verdict) for name, verdict in outcome.verdicts.items()}


def _kind(verdict: Verdict) -> object:
    if isinstance(verdict, (Violated, Witnessed)):
        return type(verdict).__name__, len(verdict.trace)
    return verdict


class Undecidable(Model):
    """A property that cannot be evaluated in the second state; a @final one that cannot where all ends."""

    x = Var(Opt(Range(3)))
    y = Var(Opt(Bool))

    def init(self):
        self.x = 1

    @action
    def forget(self):
        require(self.x is not None)
        self.x = None

    @always
    def positive(self):
        return self.x > 0

    @final
    def over(self):
        return self.x == 2
