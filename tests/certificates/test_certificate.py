"""Certificates as they are written: what is in them, when there are none, and what a fingerprint sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from checker.certificates import certificate
from checker.check import engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Evidence, Outcome, Stats, Task
from checker.contract.verdict import Bounded, Exhausted, Unreachable
from checker.errors import EngineBug, UsageError
from checker.frontend.load import compile_model, load
from checker.ir.printer import show_program
from checker.semantics import State
from tests.frontend.support import program
from tests.support.certificates import MODEL, UNSAT, certify, forget, outcome_of, prove


@pytest.mark.parametrize("name", ["explicit", "reference"])
def test_one_state_of_each_orbit_is_evidence(name: str) -> None:
    program = compile_model(load("spec.classics.two_phase:TwoPhaseSymmetric"), {"managers": 2})
    evidence = outcome_of(program, name).evidence
    assert evidence is not None and evidence.states is not None
    assert len(list(evidence.states())) == 34


@pytest.mark.parametrize("name", ["reference", "explicit"])
def test_evidence_only_when_asked_for_and_exhaustive(name: str) -> None:
    program = compile_model(load("spec.classics.diehard:DieHard"), {})
    task = Task(program, select(program), keep_going=True)
    assert engine(name).run(task).evidence is None
    assert engine(name).run(replace(task, keep_going=False, certify=True)).evidence is None  # ends at the violation
    evidence = engine(name).run(replace(task, certify=True)).evidence
    assert evidence is not None
    assert evidence.exhausted == ("one_jug_is_full_or_empty", NO_DEADLOCK, NO_FAILURE)


def test_the_same_verdicts_give_the_same_bytes(folder: Path, model: str) -> None:
    def content() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    before = content()
    certify(folder, model)
    assert content() == before
    assert set(before) == {certificate.MANIFEST, certificate.PROGRAM, certificate.STATES}


def test_a_new_certificate_leaves_nothing_of_the_old_one(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT, UNSAT)
    certify(tmp_path / "c", model)
    assert not (tmp_path / "c" / certificate.OBLIGATIONS).exists()


def test_a_folder_with_something_else_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(UsageError, match=r"U010 .* holds crossing.py, which is no part of a certificate"):
        certify(tmp_path, model)
    assert (tmp_path / "crossing.py").exists()


def test_without_evidence_nothing_is_written(tmp_path: Path, model: str) -> None:
    program = compile_model(load(model), {})
    outcome = Outcome(("bmc",), {"green_when_odd": Bounded(3)}, Stats())
    assert certificate.write(tmp_path / "c", program, model, outcome, "0.1") is None
    assert not (tmp_path / "c").exists()


STATES: tuple[State, ...] = ((0,), (1,))


@pytest.mark.parametrize(
    "evidence, words",
    [
        (Evidence(exhausted=("bounded",), states=lambda: iter(STATES)), "it has some for 'bounded', whose verdict is"),
        (Evidence(exhausted=("other",), states=lambda: iter(STATES)), "it has some for 'other', whose verdict is None"),
        (Evidence(exhausted=("two", "three"), states=lambda: iter(STATES)), "there are 2 and 3 states"),
        (Evidence(exhausted=("three",), states=lambda: iter(STATES)), "2 states, and the verdicts say 3"),
        (Evidence(exhausted=("two",)), "there are none to write"),
        (Evidence(proved=("two",), obligations=(UNSAT,), ordered=("two",)), "there are none to write"),
        (Evidence(proved=("two",)), "properties are proved without an obligation"),
    ],
)
def test_evidence_that_does_not_fit_is_a_bug(tmp_path: Path, evidence: Evidence, words: str) -> None:
    program = compile_model(load("tests.support.workshop:Fine"), {})
    verdicts = {"bounded": Bounded(3), "two": Exhausted(2), "three": Unreachable(3)}
    with pytest.raises(EngineBug, match=words):
        certificate.write(tmp_path, program, "m", Outcome(("e",), verdicts, Stats(), None, evidence), "0.1")
    assert not (tmp_path / certificate.MANIFEST).exists()


def test_a_fingerprint_sees_what_the_text_does_not_show(tmp_path: Path) -> None:
    texts = (MODEL, MODEL, "\n\n" + MODEL, MODEL.replace('GREEN = "green"', 'GREEN = "g"\n    BLUE = "blue"'))
    found = []
    for number, text in enumerate(texts):
        path = tmp_path / str(number) / "crossing.py"
        path.parent.mkdir()
        path.write_text(text)
        forget()
        program = compile_model(load(f"{path}:Crossing"), {})
        found.append((certificate.fingerprint(program), show_program(program)))
    assert [one == two for one, two in pairwise(prints for prints, _ in found)] == [True, True, False]
    assert len({text for _, text in found}) == 1


def test_a_fingerprint_tells_what_a_property_is_for() -> None:
    """Of enums each member counts: a lemma and an @always are kinds of property, and nothing else tells them apart."""
    prints = set()
    for mark in ("always", "lemma", "sometimes", "final"):
        made = program(
            f"class M(Model):\n    n = Var(Range(3))\n    @action\n    def go(self):\n        self.n = 1\n"
            f"    @{mark}\n    def small(self):\n        return self.n < 2\n"
        )
        prints.add(certificate.fingerprint(made))
    assert len(prints) == 4


ALL_PARTS = """
class Colour(Enum):
    RED = 1
    BLUE = 2


class Parts(Model):
    limit = Param(3)
    Place = Range(2)
    Spot = Record(at=Place, on=Bool)
    x = Var(Range(9))
    spot = Var(Spot)
    seen = Var(SetOf(Place))
    colour = Var(Colour)

    def helps(self, p):
        return p + 1

    @action(fair="strong")
    def moves(self, p: Place):
        require(self.x < self.limit and p not in {1})
        self.x = self.helps(self.x)
        self.spot.at = p
        self.colour = Colour.BLUE

    @process(Place)
    def goes(self, p):
        mine = self.x
        yield "on"
        self.seen |= {p}
        if mine == 1:
            yield "off"

    @always
    def small(self):
        return all(self.x < 9 for p in self.Place if p in self.seen)

    @eventually
    def comes(self):
        return self.x == 3
"""


def others(node: Any) -> Iterator[Any]:
    """The same with one thing in it changed that counts, each there is."""
    match node:
        case Enum():
            yield next(each for each in type(node) if each is not node)
        case bool():
            yield not node
        case int():
            yield node + 1
        case str():
            yield node + "x"
        case None:
            yield 0
        case frozenset():
            yield node | {"another"}
        case tuple():
            yield (*node, None)
            for at, part in enumerate(node):
                yield from ((*node[:at], other, *node[at + 1 :]) for other in others(part))
        case Mapping():
            yield {**node, "another": None}
            for key, part in node.items():
                yield {(f"{name}x" if name == key else name): each for name, each in node.items()}
                yield from ({**node, key: other} for other in others(part))
        case _:
            for item in fields(node):
                if item.compare:
                    for other in others(getattr(node, item.name)):
                        with suppress(Exception):  # what a type does not take is none
                            yield replace(node, **{item.name: other})


def test_a_fingerprint_sees_all_that_counts_and_nothing_else() -> None:
    made = program(ALL_PARTS)
    whole = certificate.fingerprint(made)
    changed = list(others(made))
    parts = {item.name for item in fields(made) if item.compare}
    seen = {name for each in changed for name in parts if getattr(each, name) != getattr(made, name)}
    assert seen == parts and len(changed) > 300
    for each in changed:
        assert certificate.fingerprint(each) != whole
    moved = program("\n\n\n" + ALL_PARTS)
    assert certificate.fingerprint(moved) == whole, "where it stands does not count"
