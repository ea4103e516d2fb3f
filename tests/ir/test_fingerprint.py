"""A sum over a program: the same in every process, and another for whatever could make another verdict."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from checker.ir.fingerprint import Unfit, fingerprint
from checker.ir.nodes import Const
from checker.ir.types import BOOL, EnumType
from tests.frontend import support
from tests.frontend.support import program

MODEL = """
class M(Model):
    size = Param(3)
    T = Range(size)
    x = Var(Range(0, 9))
    seen = Var(SetOf(Colour))

    @process(T, fair=True)
    def walk(self, t: T):
        a, b, c, d = 0, 0, 0, 0
        yield "first"
        a, b, c, d = 1, 2, 3, 4
        yield "second"
        self.x = (a + b + c + d) % 3
        self.seen = {Colour.RED, Colour.BLUE}

    @always
    def small(self):
        return self.x < 5
"""


def test_the_sum_is_the_same_in_every_process() -> None:
    """Sets of names have another order there."""
    code = "from tests.ir.test_fingerprint import MODEL, program, fingerprint; print(fingerprint(program(MODEL)))"
    seeds = ("1", "2")
    said = set()
    for seed in seeds:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True)
        said.add(done.stdout.strip())
    assert len(said) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Param(3)", "Param(2)"),
        ("Range(0, 9)", "Range(0, 8)"),
        ("fair=True", "fair=False"),
        ("a, b, c, d = 1, 2, 3, 4", "a, b, c, d = 1, 2, 4, 3"),
        ("% 3", "// 3"),
        ("{Colour.RED, Colour.BLUE}", "{Colour.RED, Colour.GREEN}"),
        ("@always", "@sometimes"),
        ("def small", "def smaller"),
        ("self.x < 5", "self.x <= 5"),
        ('yield "second"', 'yield "third"'),
        ("SetOf(Colour)", "SetOf(Bool)"),
    ],
)
def test_another_program_has_another_sum(before: str, after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "_numbers", itertools.repeat(0))  # in a file of the same name
    assert MODEL.count(before) == 1
    assert fingerprint(program(MODEL)) == fingerprint(program(MODEL))
    changed = MODEL.replace(before, after)
    if "Bool" in after:
        changed = changed.replace("{Colour.RED, Colour.BLUE}", "{True}")
    assert fingerprint(program(changed)) != fingerprint(program(MODEL))


def _enum(names: str) -> Any:
    class Tool(Enum):
        def __repr__(self) -> str:
            return "a tool"

    return Tool("Tool", names)


def test_members_of_enums_are_told_apart_whatever_they_print() -> None:
    made = program(MODEL)
    sums = set()
    for names in ("A B", "B A", "A C"):
        members = tuple(_enum(names))
        kind = EnumType("Tool", members)
        sums |= {
            fingerprint(replace(made, parameter_types={"size": kind}, parameters={"size": each})) for each in members
        }
    assert len(sums) == 6


def test_true_and_one_and_a_set_and_a_row_are_told_apart() -> None:
    made = program(MODEL)
    values: list[Any] = [True, 1, "1", None, (1,), frozenset({1}), "", ()]
    assert len({fingerprint(replace(made, parameters={"size": value})) for value in values}) == len(values)


def test_what_is_no_part_of_a_program_has_no_sum() -> None:
    @dataclass(frozen=True)
    class Odd:
        inside: object

    made = program(MODEL)
    with pytest.raises(Unfit, match="object is no part of a program"):
        fingerprint(replace(made, parameters={"size": Odd(object())}))
    const = Const(made.properties[0].function.span, BOOL, object())
    with pytest.raises(Unfit):
        fingerprint(replace(made, parameters={"size": const}))
