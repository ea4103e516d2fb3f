"""A fault in a step or a lemma ends a proof for every size, unless it makes less possible."""

from __future__ import annotations

import pytest

from checker.frontend.load import load
from tests.unbounded import UNBOUNDED, faults_of, not_shown, whole

HARMLESS = {"step dropped", "assignment dropped", "statement dropped"}
"""Faults after which less is possible, as far as these models go."""


@pytest.mark.parametrize("name", ["spec.classics.any_number:Token"])
def test_no_proof_survives_a_fault_but_those_that_make_less_possible(name: str) -> None:
    survived, owners = set(), set()
    known = whole(load(name), UNBOUNDED[name])
    for faulty in faults_of(load(name), UNBOUNDED[name]):
        if not_shown(faulty.program, faulty.claims, known=known) is None:
            survived.add(faulty.kind)
        else:
            owners.add(faulty.owner)
    assert survived <= HARMLESS
    assert owners == {
        "begin",
        "enter",
        "leave",
        "send",
        "receive",
        "who_is_critical_holds_the_token",
        "the_token_is_in_one_place",
    }
