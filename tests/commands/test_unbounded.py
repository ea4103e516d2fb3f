"""`--unbounded`: what is printed of proofs for every number, and what it does not go with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.commands import report_proofs
from checker.commands.catalogue import entries
from checker.contract.task import Outcome, Stats
from checker.contract.verdict import Proved, Unknown
from checker.contract.wording import wording
from checker.frontend.load import load
from checker.frontend.open_sizes import elsewhere
from counterexamples.explain.text import plain
from tests.support.commands import Run
from tests.unbounded import UNBOUNDED

OPEN = ("--engine", "induction", "--unbounded", "all")

UNSAFE = """
from evacheck import *
from spec.classics.any_number import Token


class Unsafe(Token):
    def send(self, n: Token.Node, to: Token.Node):
        require(self.holder == n)
        self.holder = None
        self.under_way = to
"""


def test_a_proof_for_every_number_says_so() -> None:
    proof = Proved(1, ("a",), every=("objects", "goroutines"))
    assert wording(proof).sentence == "holds (proved, at any depth, for every number of objects and goroutines)"
    lines = report_proofs.proof_lines(Outcome(("e",), {"p": proof}, Stats()))
    said = "p: proved by induction over 1 step for every number of objects and goroutines"
    assert plain(lines).replace("\n  ", " ").strip() == f"{said} with the lemma a."


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (("managers",), "for every number of managers"),
        (("n",), "for every n"),
        (("size",), "for every size"),
        (("n", "m"), "for every n and every m"),
        (("objects", "n", "goroutines"), "for every number of objects and goroutines and every n"),
    ],
)
def test_a_parameter_that_counts_nothing_is_the_number_itself(parameters: tuple[str, ...], said: str) -> None:
    """It was "for every number of n"."""
    assert wording(Proved(1, every=parameters)).sentence == f"holds (proved, at any depth, {said})"


def test_a_parameter_left_open_is_shown_as_every() -> None:
    proof = Proved(every=("nodes",))
    assert report_proofs.left_open(Outcome(("e",), {"p": proof, "q": Unknown("")}, Stats())) == {"nodes": "every"}


def test_a_token_is_exclusive_for_every_number_of_nodes(run: Run) -> None:
    done = run("verify", "spec.classics.any_number:Token", *OPEN, "--property", "exclusive")
    assert done.status == 0, done.error
    assert "spec.classics.any_number:Token  nodes=every" in done.out
    assert "exclusive   holds (proved, at any depth, for every number of nodes)" in done.out


def test_json_says_what_was_left_open(run: Run) -> None:
    done = run("verify", "spec.classics.any_number:Token", *OPEN, "--property", "exclusive", "--json")
    first = json.loads(done.out)["results"][0]
    assert (first["verdict"], first["proof"]["every"]) == ("proved", ["nodes"])


def test_a_counterexample_is_one_of_the_least_size(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "unsafe.py"
    file.write_text(UNSAFE)
    done = run("verify", f"{file}:Unsafe", *OPEN, "--property", "exclusive")
    assert done.status == 12, done.error
    assert "nodes=2" in done.out.splitlines()[0]
    assert "State 6 violates exclusive" in done.out.replace("  ", " ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("spec.classics.any_number:Token", "--unbounded", "all"), "goes with --engine induction"),
        (("--all", *OPEN), "goes with one model"),
        (("spec.classics.any_number:Token", *OPEN, "--sweep", "nodes=1..2"), "goes with one model"),
        (("spec.classics.two_phase:TwoPhaseSymmetric", *OPEN, "--set", "managers=3"), "U027 no parameter of TwoPhase"),
        (("spec.classics.any_number:Token", *OPEN, "--set", "nodes=3"), "U027 no parameter of Token"),
    ],
)
def test_what_it_does_not_go_with(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("verify", *arguments)
    assert done.status == 2
    assert said in done.error.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("spec.gc.marking", *OPEN), "spec.gc.every_size:MarkingAnySize"),
        (("spec.gc.marking:Marking", *OPEN), "spec.gc.every_size:MarkingAnySize"),
        (("spec.classics.two_phase:TwoPhase", *OPEN[:-1], "managers"), "spec.classics.any_number:TwoPhaseAnyNumber"),
        (("spec.classics.counted", *OPEN), "spec.classics.counted:CountingSemaphore"),
        (("spec.gc.buffers", *OPEN), "MODEL"),
        (("spec.gc", *OPEN), "MODEL"),
    ],
)
def test_what_cannot_be_left_open_names_what_can(run: Run, arguments: tuple[str, ...], named: str) -> None:
    """`spec.gc.marking` was refused with the words "Name one", and none of those that it holds can be left open."""
    done = run("verify", *arguments)
    said = done.error.replace("\n   ", "")
    assert done.status == 2
    ways = (
        f"Name one: evacheck verify {named} --engine induction --unbounded all",
        f"The same is said for every size by {named}, with --unbounded all.",
    )
    assert any(way in said for way in ways), said


def test_every_model_that_is_named_for_every_size_is_proved_for_every_size() -> None:
    named = {elsewhere(load(name)) for name in dict.fromkeys(entry.model for entry in entries())} - {""}
    assert len(named) >= 3 and named <= set(UNBOUNDED)
