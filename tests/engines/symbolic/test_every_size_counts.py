"""How many members sets have, for every size at once: what is said of counts is so, is enough, and is no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
import z3

from checker.contract.task import Task
from checker.engines.symbolic.every_size import counts
from checker.engines.symbolic.every_size.counts import Counts, _size_of
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.obligations import Obligations
from checker.engines.symbolic.solving import Clock
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.lang.model import Model
from spec.classics import counted
from tests.frontend.support import model
from tests.support.every_size import Draw, agrees, is_proved, proved
from tests.support.every_size_claims import Wrong, hold_counting_model
from tests.support.every_size_counting import counts as counts_members
from tests.support.sizes import open_sizes

COUNTED = [counted.CountingSemaphore, counted.Election, counted.ReferenceCounts]


@pytest.mark.parametrize("kind", COUNTED, ids=lambda kind: kind.__name__)
def test_what_counts_is_proved_for_every_number(kind: type[Model]) -> None:
    outcome = proved(kind)
    assert all(map(is_proved, outcome.verdicts.values())), outcome.verdicts


@pytest.mark.parametrize("seed", range(1, 3))
def test_it_is_proved_with_any_seed(seed: int) -> None:
    assert all(map(is_proved, proved(counted.Election, seed=seed).verdicts.values()))


def test_what_is_assumed_of_members_by_name_is_said_to_be_used() -> None:
    """Literals that nobody kept changed their numbers, and went for claims that were not needed."""
    program = compile_program(counted.Election())
    obligations = Obligations(Encoding(program), Clock(Task(program, ())))
    (elect,) = (form for form in obligations.encoding.forms if form.name == "elect")
    answer = obligations.kept(elect, "one_leads", list(obligations.claims))
    assert answer.holds and answer.used == {"leaders_have_a_majority"}


# What the formulas mean.


@pytest.mark.parametrize("kind", COUNTED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("size", [1, 2])
def test_the_formulas_are_the_steps_and_properties_of_the_interpreter(kind: type[Model], size: int) -> None:
    names = open_sizes(kind).names
    agrees(compile_program(kind(**dict.fromkeys(names, size))), Random(size), steps=4, states=3)


def test_without_what_is_known_of_counts_they_are_not_those_of_the_interpreter() -> None:
    with patch.object(Counts, "facts", lambda *_: []), pytest.raises(AssertionError):
        agrees(compile_program(counted.CountingSemaphore(threads=2)), Random(1), steps=4, states=3)


@pytest.mark.parametrize("seed", [4, 24, 28])
def test_counts_in_random_models_are_those_of_the_interpreter(seed: int) -> None:
    kind = model(Draw(Random(seed), counts="outside").model())
    for size in (1, 2):
        agrees(compile_program(kind(n=size)), Random(seed), steps=2, states=2)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_proved_of_random_models_that_count_holds_wherever_the_interpreter_comes(seed: int) -> None:
    hold_counting_model(Random(seed))


def test_a_wrong_proof_of_a_random_model_that_counts_is_noticed() -> None:
    """Z3 is told that no set has more than two members."""

    def sizes(kind: Any, number: z3.ArithRef, lies: Any) -> Iterator[z3.BoolRef]:
        yield from _size_of(kind, number, lies)
        yield number <= 2

    with patch.object(counts, "_size_of", sizes), pytest.raises(Wrong, match="proved for every size"):
        hold_counting_model(Random(18))


def test_what_compares_how_many_there_are_counts_and_none_or_one_does_not() -> None:
    program = compile_program(counted.Election())
    claims = {each.name: each.function for each in program.properties}
    assert counts_members(program, claims["leaders_have_a_majority"])
    none_or_one = compile_program(of_sets("len(self.a) > 0 or len(self.b) == 1")())
    assert not counts_members(none_or_one, none_or_one.properties[0].function)


# What is proved, and what must never be.

SETS = """
class Sets(Model):
    n = Param(3)
    most = Param(9, Range(1, 2**40))
    T = Range(n, symmetric=True)
    a = Var(SetOf(T))
    b = Var(SetOf(T))
    on = Var(Array(T, Bool))
    k = Var(Range(0, most))

    @action
    def change(self):
        self.a = choose(SetOf(self.T))
        self.b = choose(SetOf(self.T))
        self.on = choose(Array(self.T, Bool))

    @always
    def claim(self):
        return CLAIM
"""


def of_sets(claim: str) -> type[Model]:
    return model(SETS.replace("CLAIM", claim))


@pytest.mark.parametrize(
    "claim",
    [
        "len(self.a) <= len(self.T)",
        "len(self.a) + len(self.b) == len(self.a | self.b) + len(self.a & self.b)",
        "len(self.a - self.b) + len(self.a & self.b) == len(self.a)",
        "not self.a < self.b or len(self.a) < len(self.b)",
        "not self.a <= self.b or len(self.a) != len(self.b) or self.a == self.b",
        "sum(self.on[t] for t in self.T) + sum(not self.on[t] for t in self.T) == len(self.T)",
        "sum(1 for t in self.a if self.on[t]) <= len(self.a)",
        "2 * len(self.a) <= len(self.T) or 2 * len(self.b) <= len(self.T) or any(t in self.b for t in self.a)",
        "len(self.a) != 2 or any(t != u for t in self.a for u in self.a)",
    ],
)
def test_what_is_so_of_all_finite_sets_is_proved(claim: str) -> None:
    assert is_proved(proved(of_sets(claim)).verdicts["claim"])


@pytest.mark.parametrize(
    "claim",
    [
        "len(self.a) < 10",
        "len(self.a) <= 4",
        "len(self.a) != 5",
        "len(self.T) <= 4",
        "2 * len(self.a) != len(self.T) or len(self.a) < 3",
        "sum(self.on[t] for t in self.T) < 6",
        "len(self.a) <= self.most",
        "len(self.a) + len(self.b) <= len(self.a | self.b) + 4",
    ],
)
def test_what_is_so_of_small_numbers_only_is_not_proved(claim: str) -> None:
    assert not is_proved(proved(of_sets(claim)).verdicts["claim"])


@pytest.mark.parametrize(
    "body",
    [
        "self.k = len(self.a)",
        "self.k = self.most - sum(self.on[t] for t in self.T)",
        "found = len(self.a)\n        require(found == self.k)",
        "require(len(self.a) // 2 == self.k)",
        "require(max(self.k for t in self.T) == len(self.a))",
        "require(sum(self.k for t in self.T) == self.k)",
    ],
)
def test_a_count_is_compared_and_no_more(body: str) -> None:
    kind = model(SETS.replace("CLAIM", "True").replace("self.a = choose(SetOf(self.T))", body))
    with pytest.raises(ModelError) as caught:
        proved(kind)
    assert {problem.code for problem in caught.value.problems} == {"E602"}


BROKEN = {
    "a permit is given back twice": ("CountingSemaphore", "self.free += 1", "self.free += 2"),
    "it does not look": ("CountingSemaphore", "require(self.free > 0)", "pass"),
    "half of all is enough": ("Election", "self.voters(candidate)) > len", "self.voters(candidate)) >= len"),
    "votes can be changed": ("Election", "require(self.vote[n] is None)", "pass"),
    "a reference is not counted": ("ReferenceCounts", "self.references[o] += 1", "pass"),
}


@pytest.mark.parametrize("bug", BROKEN)
def test_a_bug_is_noticed_for_every_number_and_found_at_a_small_one(bug: str) -> None:
    name, before, after = BROKEN[bug]
    source = Path("spec/classics/counted.py").read_text()
    text = "class " + next(part for part in source.split("\nclass ") if part.startswith(name))
    assert text.count(before) >= 1
    outcome = proved(model(text.replace(before, after)))
    assert not all(map(is_proved, outcome.verdicts.values()))


@pytest.mark.parametrize(
    ("kind", "lemma"),
    [
        (counted.CountingSemaphore, "who_is_inside_has_taken_a_permit"),
        (counted.Election, "leaders_have_a_majority"),
        (counted.ReferenceCounts, "holders_are_counted"),
    ],
)
def test_each_lemma_is_needed(kind: type[Model], lemma: str) -> None:
    without = type("Without", (kind,), {lemma: None, "__module__": __name__})
    verdicts = proved(without).verdicts
    assert not all(map(is_proved, verdicts.values()))
