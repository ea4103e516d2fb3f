"""What a `justice` of a BTOR2 text means: its text alone has a lasso where the property is violated."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from checker.contract.verdict import Exhausted, Violated
from checker.errors import UsageError
from checker.export.btor2 import btor2
from checker.export.commands import exported
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.lang import Model, Range, Var, action, always_eventually, choose, constraint, eventually, require
from tests.frontend.support import program
from tests.support import fair_models, formulas
from tests.support.btor2 import System, has_lasso, violated


def wanted(compiled: Program) -> dict[str, bool]:
    """Of each temporal property, whether the reference engine says that it is violated."""
    verdicts = fair_models.said(compiled, "reference").verdicts
    assert all(isinstance(each, Violated | Exhausted) for each in verdicts.values())
    return {name: isinstance(each, Violated) for name, each in verdicts.items()}


def held(seed: str, models: int, most: int) -> Counter[str]:
    """Hold random fair models to the reference engine; what became of how many properties."""
    draw, seen = Random(seed), Counter[str]()
    while models:
        source = fair_models.text(draw, draw.randint(2, most))
        if draw.random() < 0.5:
            source = formulas.timed(source, draw, 2, 2)
        compiled = fair_models.otherwise_fair(program(source), draw)
        try:
            found = exported(compiled)
        except UsageError as error:
            assert "more than 30 bits" in str(error)
            continue
        models -= 1
        ours, theirs = violated(System(btor2(found, "M"))), wanted(compiled)
        assert ours == theirs, f"fairness {compiled.fairness} of\n{source}"
        for name, each in theirs.items():
            seen[f"{'violated' if each else 'holds'}, {name[:9]}"] += 1
    return seen


def test_random_fair_models_have_a_lasso_where_a_property_is_violated() -> None:
    seen = held("justice", 8, 3)
    assert sum(seen.values()) > 30 and len(seen) >= 8, seen


@pytest.mark.parametrize(
    "name",
    [
        "peterson:PetersonServes",
        "peterson:PetersonStopping",
        "locks:TestAndSet",
        "locks:TestAndSetStrong",
        "implementing:Handover",
    ],
)
def test_classics_have_a_lasso_where_a_property_is_violated(name: str) -> None:
    compiled = compile_model(load(f"spec.classics.{name}"), {})
    assert violated(System(btor2(exported(compiled), name))) == wanted(compiled)


class Blinks(Model):
    """Two actions lead from one state to one other: each counts as taken by the other's step."""

    on = Var(Range(2))
    n = Var(Range(-1, 1))

    @action(fair="strong")
    def up(self):
        self.on = 1 - self.on

    @action(fair="weak")
    def down(self):
        self.on = 1 - self.on

    @always_eventually
    def is_on(self):
        return self.on == 1

    @eventually
    def divides(self):
        return 1 // self.n == 1


def test_the_text_names_what_it_says_of_behaviours() -> None:
    text = btor2(exported(compile_model(Blinks, {})), "Blinks")
    system = System(text)
    assert list(system.justice) == ["is_on", "divides"] and "no_value_divides" in system.bad
    assert not has_lasso(system, "is_on")
    assert "; Each `justice` is for the temporal property of its name: a lasso violates it." in text
    assert "Not here" not in text and " input 1 gives_up_up" in text


class Lingers(Model):
    """A step that changes nothing is not taken: it has to go."""

    x = Var(Range(2))

    @action(fair="weak")
    def go(self):
        require(self.x == 0)
        self.x = choose(Range(2))

    @eventually
    def goes(self):
        return self.x == 1


class Shared(Model):
    """`up` takes the step of `first`, which is the same. So it is not owed that it leads to 2."""

    x = Var(Range(3))

    @action(fair="weak")
    def first(self):
        require(self.x == 0)
        self.x = 1

    @action(fair="strong")
    def up(self):
        here = choose(Range(2))
        require(self.x == here)
        self.x = here + 1

    @action
    def back(self):
        require(self.x == 1)
        self.x = 0

    @eventually
    def arrives(self):
        return self.x == 2


def test_what_counts_as_taken_is_what_changes_the_state_whoever_does_it() -> None:
    for model, found in ((Lingers, {"goes": False}), (Shared, {"arrives": True})):
        compiled = compile_model(model, {})
        assert violated(System(btor2(exported(compiled), "M"))) == wanted(compiled) == found


class Cut(Blinks):
    @constraint
    def is_off(self):
        return self.on == 0


def test_a_constraint_cuts_behaviours_off() -> None:
    text = btor2(exported(compile_model(Cut, {})), "Cut")
    assert "; Where the @constraint is_off is false nothing goes on.\n" in text
    assert "; Not here: what happens sooner or later: is_on, divides.\n; Not here: fairness.\n" in text
    assert System(text).justice == {}


def test_what_a_state_begins_with_stands_before_it() -> None:
    """btor2tools, and all that read by it, refuse any other order: "state id must be greater than id of second
    operand". No text that was written could be read by them."""
    text = btor2(exported(compile_model(load("spec.classics.diehard:DieHard"), {})), "DieHard")
    assert System(text).first
    with pytest.raises(AssertionError, match="state id must be greater"):
        System("1 sort bitvec 1\n2 state 1 begun\n3 constd 1 0\n4 init 1 2 3\n")
