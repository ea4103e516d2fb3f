"""The whole search without machine code, a few states at a time: random models, and what is large or symmetric, have
the counts and verdicts of the reference engine. Nothing is compiled, so that many models can be looked at."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from checker.contract.task import Budget
from checker.engines.explicit import worker
from checker.engines.reference import ReferenceEngine
from checker.errors import ModelError
from checker.ir.nodes import Program
from tests.engines.explicit.support import counts, gist, program_of, run
from tests.frontend.support import program
from tests.support.plain_code import plain_code
from tests.support.random_models import drawn

MOST = 120
"""States of a model that is looked at."""


def hold(made: Program, most: int = MOST, **options: Any) -> bool:
    """Both engines say the same, whether they stop or go on; False if there are too many states."""
    for keep_going in (False, True):
        theirs = run(made, ReferenceEngine(), keep_going=keep_going, budget=Budget(max_states=most))
        if theirs.stopped is not None:
            return False
        with plain_code():
            ours = run(made, keep_going=keep_going, **options)
        assert counts(ours) == counts(theirs)
        assert {n: gist(v) for n, v in ours.verdicts.items()} == {n: gist(v) for n, v in theirs.verdicts.items()}
    return True


@pytest.mark.parametrize("first", [0, 8])
def test_random_models_are_as_the_reference_engine_says(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for next states begins with room for two, and grows."""
    monkeypatch.setattr(worker, "_OUT_ROWS", 2)
    looked = 0
    for seed in range(first, first + 8):
        try:
            made = drawn(Random(seed), 2 if seed % 3 == 0 else None).program()
        except ModelError:
            continue
        looked += hold(made)
    assert looked > 1


WIDE = """
class Wide(Model):
    Place = Range(2)
    far = Var(Array(Place, Range(1 << 30)))
    row = Var(Seq(Opt(Place), 2))
    some = Var(SetOf(Range(70)))

    @action
    def moves(self, p: Place):
        require(self.far[p] < 1 << 29)
        self.far[p] += 1 << 28

    @action
    def adds(self, p: Place):
        require(len(self.row) < 2 and self.far[p] == 1 << 29)
        self.row.append(p if p > 0 else None)

    @action
    def puts(self):
        require(len(self.row) == 2)
        self.some |= {choose({0, 61, 69})}

    @always
    def few(self):
        return len(self.some) < 3

    @step
    def grows(self, before):
        return all(self.far[p] >= before.far[p] for p in self.Place)

    @sometimes
    def both(self):
        return self.row == (None, 1) and 69 in self.some
"""
ALIKE = """
class Alike(Model):
    Member = Range(3, symmetric=True)
    head = Var(Opt(Member))
    after = Var(Array(Member, Opt(Member)))

    @action
    def joins(self, m: Member):
        require(self.head is None or self.after[m] is None and m != self.head)
        self.after[m] = self.head
        self.head = m

    @always
    def ends(self):
        return any(self.after[m] is None for m in self.Member)
"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("text", [WIDE, ALIKE], ids=["wide", "alike"])
def test_states_of_many_words_and_members_that_are_alike(text: str, workers: int) -> None:
    assert hold(program(text), 1000, workers=workers)


@pytest.mark.parametrize("name", ["Crowd", "Failing", "Stuck"])
def test_what_fails_or_is_stuck(name: str) -> None:
    assert hold(program_of(f"zoo:{name}"), 1000)
