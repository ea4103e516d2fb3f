"""A map that grows, with any number of keys, cells and buckets and any hash function: proved, and every bug noticed."""

from __future__ import annotations

from typing import Any

import pytest

from checker.check import check, engine
from checker.contract.task import Task
from checker.contract.verdict import Violated
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.obligations import Obligations
from checker.engines.symbolic.solving import Clock
from checker.frontend.compile import compile_program
from checker.frontend.open_sizes import left_open
from checker.semantics import Interpreter
from spec.go_map.every_size import GrowingMap, Phase, Place
from tests.frontend.support import model
from tests.unbounded import claims_of, not_shown


def test_the_sizes_of_a_growing_map_can_be_left_open() -> None:
    assert left_open(GrowingMap, {}, "all").names == ("keys", "values", "cells", "buckets")


@pytest.mark.parametrize("parameters", [{}, {"same_size": True}, {"numbers": 2**40}], ids=str)
def test_no_key_is_lost_with_any_number_of_keys_cells_and_buckets(parameters: dict[str, Any]) -> None:
    program = compile_program(GrowingMap(**parameters))
    assert not_shown(program, claims_of(program)) is None


BUGS = {
    "it reads the new array only": (
        "def looked_at(self, k: GrowingMap.Key):\n        return self.written(k)",
        ("lookup_agrees", "'grow'"),
    ),
    "it writes ahead of the evacuation": (
        "def assign(self, k: GrowingMap.Key, e: GrowingMap.Element):\n"
        "        there = self.cells_of(k, self.written(k))\n"
        "        c = choose(there if there else {c for c in self.Cell if self.place[c] == Place.NOWHERE})\n"
        "        self.place[c] = self.written(k)\n"
        "        self.bucket[c] = self.hash[k]\n"
        "        self.key[c] = k\n"
        "        self.element[c] = e\n"
        "        self.wanted[k] = e",
        ("entries_lie_where_their_hash_says", "'assign'"),
    ),
    "it never splits a bucket": (
        "def moved_to(self, c: GrowingMap.Cell):\n        return Place.LOW",
        ("entries_lie_where_their_hash_says", "'evacuate'"),
    ),
    "it moves the first cell of a chain only": (
        "def evacuate(self, b: GrowingMap.Bucket):\n"
        "        require(self.phase == Phase.GROWING and b not in self.evacuated)\n"
        "        c = choose({c for c in self.Cell if self.place[c] == Place.OLD and self.bucket[c] == b})\n"
        "        self.place[c] = self.moved_to(c)\n"
        "        self.evacuated.add(b)",
        ("entries_lie_where_their_hash_says", "'evacuate'"),
    ),
    "its mark goes on past what is not evacuated": (
        "def advance(self):\n"
        "        require(self.phase == Phase.GROWING and self.nevacuate < self.noldbuckets)\n"
        "        self.nevacuate += 1",
        ("buckets_below_the_mark_are_evacuated", "'advance'"),
    ),
    "it lets the old array go too soon": (
        "def finish(self):\n        require(self.phase == Phase.GROWING)\n        self.phase = Phase.AFTER",
        ("entries_lie_where_their_hash_says", "'finish'"),
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_breaks_a_lemma_at_its_step_and_loses_a_key(bug: str) -> None:
    text, (lemma, step) = BUGS[bug]
    broken = model(f"class Broken(GrowingMap):\n    {text}\n", GrowingMap=GrowingMap, Phase=Phase, Place=Place)
    program = compile_program(broken(keys=2, values=1, cells=2, buckets=1, numbers=1))
    obligations = Obligations(Encoding(program), Clock(Task(program, ())))
    (form,) = (form for form in obligations.encoding.forms if str(form) == step)
    assert not obligations.kept(form, lemma, list(obligations.claims)).holds
    assert isinstance(check(Task(program, ("lookup_agrees",)), engine("reference")).verdicts["lookup_agrees"], Violated)


def test_every_step_of_the_growing_map_is_taken_in_a_state_where_all_lemmas_hold() -> None:
    program = compile_program(GrowingMap(keys=1, values=1, cells=1, buckets=1, numbers=1))
    interpreter = Interpreter(program)
    claims = [each.name for each in program.properties if each.kind.traits.invariant]
    seen = {each.state for each in interpreter.initial() if each.state is not None}
    waiting, taken = list(seen), set()
    while waiting:
        state = waiting.pop()
        assert all(interpreter.holds(name, state) for name in claims)
        for each in interpreter.successors(state):
            taken.add(each.step.name)
            if each.state is not None and each.state not in seen:
                seen.add(each.state)
                waiting.append(each.state)
    assert taken == {action.name for action in program.actions}
