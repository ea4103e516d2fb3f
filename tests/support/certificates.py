"""A small model, certificates of it, and the ways in which somebody who means harm would change them."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.certificates import certificate, manifest, recheck
from checker.certificates.recheck import Answer, Limits, PartResult
from checker.check import check, engine, select
from checker.contract.task import Evidence, Obligation, Outcome, Stats, Task
from checker.contract.verdict import Proved
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.lang import Model, Range, Var, action, always, final, lemma, process, sometimes

MODEL = '''
from enum import Enum

from checker.lang import Bool, Model, Range, Var, action, always, require, sometimes


class Light(Enum):
    RED = "red"
    GREEN = "green"


class Crossing(Model):
    """A light and a counter that goes round."""

    light = Var(Light)
    turns = Var(Range(0, 3))

    @action
    def turn(self):
        self.light = Light.GREEN if self.light == Light.RED else Light.RED
        self.turns = (self.turns + 1) % 4

    @always
    def green_when_odd(self):
        return (self.light == Light.GREEN) == (self.turns % 2 == 1)

    @sometimes
    def two_and_green(self):
        return self.turns == 2 and self.light == Light.GREEN

    @sometimes
    def comes_to_three(self):
        return self.turns == 3
'''

UNSAT = "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (bvult x #x00))\n(check-sat)\n"


def outcome_of(program: Program, name: str = "reference") -> Outcome:
    """What an engine finds, with its evidence."""
    return check(Task(program, select(program), keep_going=True, certify=True), engine(name))


def certify(folder: Path, model: str, name: str = "reference", **parameters: Any) -> certificate.Written:
    """A certificate of what an engine finds."""
    program = compile_model(load(model), parameters)
    written = certificate.write(folder, program, model, outcome_of(program, name), "0.1")
    assert written is not None
    return written


def prove(folder: Path, model: str, *formulas: str) -> None:
    """A certificate of a proof by the formulas, which no engine has made."""
    program = compile_model(load(model), {})
    names = ("initial", "initial-loops", "turn", "turn-loops")
    texts = (*formulas, *[UNSAT] * (len(names) - len(formulas)))
    obligations = tuple(Obligation(name, "Means\nnothing.", text) for name, text in zip(names, texts, strict=True))
    evidence = Evidence(proved=("green_when_odd",), obligations=obligations)
    outcome = Outcome(("induction",), {"green_when_odd": Proved()}, Stats(), None, evidence)
    assert certificate.write(folder, program, model, outcome, "0.1") is not None


def rechecked(folder: Path, limits: Limits | None = None) -> tuple[list[PartResult], dict[str, Answer]]:
    """All findings, and what they come to."""
    read = manifest.read(folder)
    found = list(recheck.findings(read, limits or Limits()))
    return found, recheck.concluded(read, found)


def only_wrong(folder: Path, limits: Limits | None = None) -> PartResult:
    """The one finding that does not confirm."""
    (wrong,) = [each for each in rechecked(folder, limits)[0] if each.answer is not Answer.CONFIRMED]
    return wrong


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, and make its sums fit the files again, as someone would who means harm."""
    path = folder / certificate.MANIFEST
    data = json.loads(path.read_text())
    change(data)
    data["files"] = [certificate.describe(folder, each["file"]) for each in data["files"]]
    path.write_text(json.dumps(data))


def restate(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of the states, their number in the manifest, and the sums."""
    path = folder / certificate.STATES
    lines = change(gzip.decompress(path.read_bytes()).decode().splitlines())
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    rewrite(folder, lambda data: data.update(states=len(lines)))


def forget() -> None:
    """As if no model of this file had been loaded: a second file of one name is called by a number."""
    for name in [name for name in sys.modules if name.startswith("crossing")]:
        del sys.modules[name]


def remodel(folder: Path, old: str, new: str) -> None:
    """Change the model. As another file: Python reads no source twice in one process."""
    forget()
    text = MODEL.replace(old, new)
    assert text != MODEL
    path = folder.parent / "changed" / "crossing.py"
    path.parent.mkdir()
    path.write_text(text)
    rewrite(folder, lambda data: data.update(model=f"{path}:Crossing"))


@pytest.fixture
def model(tmp_path: Path) -> str:
    forget()
    path = tmp_path / "crossing.py"
    path.write_text(MODEL)
    return f"{path}:Crossing"


@pytest.fixture
def folder(tmp_path: Path, model: str) -> Path:
    certify(tmp_path / "certificate", model)
    return tmp_path / "certificate"


class Steps(Model):
    """Actions with none, some and very many arguments; a process, and one of two members."""

    x = Var(Range(9))

    @action
    def plain(self):
        self.x = 0

    @action
    def some(self, a: Range(2), b: Range(3)):
        self.x = a + b

    @action
    def most(self, a: Range(64)):
        self.x = a % 9

    @action
    def too_many(self, a: Range(65)):
        self.x = a % 9

    @process
    def once(self):
        self.x = 1
        yield "middle"
        self.x = 2

    @process(Range(2))
    def twice(self, i: Range(2)):
        while True:
            self.x = i
            yield "between"
            self.x = 0
            yield "again"

    @always
    def small(self):
        return self.x < 9

    @lemma
    def helps(self):
        return self.x < 9

    @sometimes
    def large(self):
        return self.x == 8

    @final
    def over(self):
        return self.x == 2


STEPS = compile_model(Steps, {})
