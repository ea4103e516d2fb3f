"""TLC and Spin on every classic that can be exported, and on marking: the same number of states, the same verdicts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.verdict import Violated, Witnessed
from checker.errors import UsageError
from checker.export.commands import Exported, exported
from checker.export.promela import promela
from checker.export.tla import configuration, tla
from checker.frontend.load import compile_model, load
from tests.export.support import stated, stated_within
from tests.support import spin, tlc

CLASSICS = Path(__file__).parents[2] / "spec" / "classics" / "expected.toml"
NOT_EXPORTED = {
    "spec.classics.readers_writers:ReadersFirst": "a condition takes more than 100,000 characters",
}
"""Why a model has no text."""
TOO_SLOW = "spec.classics.chandy_misra:ChandyMisraStopping"
"""For TLC, which works out each part of an expression wherever it stands: two minutes are not enough for 91 states."""


def _entries() -> list[tuple[str, dict[str, Any]]]:
    """Each model of the catalogue at each size that is small, and marking at one that is."""
    rows = tomllib.loads(CLASSICS.read_text(encoding="utf-8"))["entry"]
    found = [(row["model"], row.get("parameters", {})) for row in rows if row.get("distinct", 0) < 5_000]
    return [*found, ("spec.gc.marking:Marking", {"objects": 1, "goroutines": 1})]


class Expected:
    """What a model's text must give: the number of states, with those beyond a constraint and without, and what is
    false somewhere, by the name of its claim."""

    def __init__(self, name: str, parameters: dict[str, Any]) -> None:
        program = compile_model(load(name), parameters)
        self.found: Exported = exported(program)
        self.states, self.within = stated(program), stated_within(program)
        claims = {claim.name for claim in self.found.claims}
        wanted = [each for each in select(program, ()) if each in claims | {NO_FAILURE, NO_DEADLOCK}]
        verdicts = check(Task(program, wanted, Budget(), keep_going=True), engine("reference")).verdicts
        self.seen = {each for each, verdict in verdicts.items() if isinstance(verdict, Violated | Witnessed)}


@lru_cache(maxsize=2)
def _expected(name: str, parameters: tuple[tuple[str, Any], ...]) -> Expected:
    return Expected(name, dict(parameters))


def _of(name: str, parameters: dict[str, Any], write: Callable[[Exported], str]) -> tuple[Expected, str]:
    """What is expected, and the text; skips a model that has none, and says why."""
    try:
        expected = _expected(name, tuple(parameters.items()))
        return expected, write(expected.found)
    except UsageError as error:
        assert NOT_EXPORTED[name] in str(error)
        pytest.skip(f"not exported: {error.problem.problem}")


_DONE: dict[str, str] = {}


def _once(text: str, name: str, run: Callable[[], None]) -> None:
    """Run what is not the text of a model that has been run: many differ in what is not exported only."""
    bare = re.sub(r"(?m)^(\\\*|   Not here|/\*).*\n", "", text)
    if bare in _DONE:
        return
    run()
    _DONE[bare] = name


def _is_of_states(line: str) -> bool:
    """Whether a line of a configuration asks for no step and no behaviour: test_tla_behaviours.py does."""
    return not line.startswith("PROPERTY") and " has_value_" not in line


@pytest.mark.slow
@pytest.mark.skipif(not tlc.THERE, reason=tlc.WHY)
@pytest.mark.parametrize(("name", "parameters"), _entries())
def test_tlc_has_the_same_states_and_verdicts(name: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    if name == TOO_SLOW:
        pytest.skip("TLC takes more than two minutes over one expression")
    expected, text = _of(name, parameters, lambda found: tla(found, name, "M"))

    def run() -> None:
        lines = [line for line in configuration(expected.found).splitlines() if _is_of_states(line)]
        names = {"nothing_fails": NO_FAILURE, "never_stuck": NO_DEADLOCK}
        claims = [*names.values(), *(claim.name for claim in expected.found.claims)]
        invariants = [line for line in lines if line.startswith("INVARIANT")]
        bad = [line for claim, line in zip(claims, invariants, strict=True) if claim in expected.seen]
        rest = "".join(f"{line}\n" for line in lines if line not in bad)
        fails = NO_FAILURE in expected.seen
        assert tlc.tlc(tmp_path, "M", text, rest) == tlc.Said(expected.within + fails, None)
        for line in bad:
            one = "".join(f"{each}\n" for each in lines if each == line or each not in invariants)
            assert tlc.tlc(tmp_path, "M", text, one).violated == line.partition(" ")[2]

    _once(text, name, run)


@pytest.mark.slow
@pytest.mark.skipif(not spin.THERE, reason=spin.WHY)
@pytest.mark.parametrize(("name", "parameters"), _entries())
def test_spin_has_the_same_states_and_verdicts(name: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    expected, text = _of(name, parameters, lambda found: promela(found, "M"))

    def run() -> None:
        assert spin.spin(tmp_path, text, count=True).states == expected.states + 1
        claims = expected.found.claims
        called = re.findall(r"(?m)^#define (\w+) ", text)[: len(claims)]
        signed = [("!" if claim.happens else "") + each for claim, each in zip(claims, called, strict=True)]
        bad = [each for claim, each in zip(claims, signed, strict=True) if claim.name in expected.seen]
        rest = " && ".join(each for each in signed if each not in bad) or "true"
        plain = spin.spin(
            tmp_path, text.replace("\n#ifndef PROPERTY", f"\n#define PROPERTY ({rest})\n#ifndef PROPERTY")
        )
        assert (plain.violated, plain.stuck) == (False, NO_DEADLOCK in expected.seen)
        assert spin.spin(tmp_path, text, "FAILURES").violated == (NO_FAILURE in expected.seen)
        for each in bad:
            assert spin.spin(tmp_path, text, f"PROPERTY={each}").violated

    _once(text, name, run)
