"""Traces of other tools, read as behaviours of models of the catalogue."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker import cli
from checker.contract.trace import Trace
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.semantics import Interpreter, Step
from counterexamples.itf import matching, traces

DATA = Path(__file__).parents[1] / "data" / "itf"
DIE_HARD = DATA / "quint-die-hard.itf.json"
CROSSING = DATA / "apalache-crossing.itf.json"
PETERSON = DATA / "quint-peterson.itf.json"


def grammatical(data: Any) -> bool:
    """Whether this is an expression of the specification, as it is since 2023: without JSON integers."""
    match data:
        case bool() | str():
            return True
        case list():
            return all(map(grammatical, data))
        case {"#bigint": str(digits)}:
            return len(data) == 1 and re.fullmatch("-?[0-9]+", digits) is not None
        case {"#tup": list(items)} | {"#set": list(items)}:
            return len(data) == 1 and all(map(grammatical, items))
        case {"#map": list(pairs)}:
            pairwise = all(isinstance(pair, list) and len(pair) == 2 for pair in pairs)
            return len(data) == 1 and pairwise and all(map(grammatical, pairs))
        case dict():
            return all(not name.startswith("#") and grammatical(item) for name, item in data.items())
    return False


def assert_itf(data: Any) -> None:
    """Every point of the specification about traces and states."""
    assert set(data) <= {"#meta", "params", "vars", "states", "loop"}
    assert isinstance(data["#meta"], dict)
    assert set(data["#meta"]["varTypes"]) == set(data["vars"])  # what Apalache asks for
    assert all(isinstance(name, str) for name in (*data["params"], *data["vars"]))
    for index, state in enumerate(data["states"]):
        assert state["#meta"]["index"] == index
        names = [name for name in state if name != "#meta"]
        assert names == [*(data["params"] if index == 0 else ()), *data["vars"]]
        assert all(grammatical(state[name]) for name in names)


def compiled(model: str, **parameters: Any) -> Program:
    return compile_model(load(model), parameters)


FILES = {
    DIE_HARD: ("spec.classics.diehard:DieHard", "big_is_not_4"),
    CROSSING: ("spec.classics.missionaries:Crossing", "everyone_has_crossed"),
    PETERSON: ("spec.classics.peterson:PetersonGivesWayFirst", "mutual_exclusion"),
}


def loaded(path: Path, change: Callable[[Any], None] = lambda _: None) -> matching.Foreign:
    """A file, perhaps with a change, as a trace of its model."""
    data = copy.deepcopy(traces.read(path))
    change(data)
    return matching.load(compiled(FILES[path][0]), data, "f")


COMPARE = "The file's tool and the model differ here, or have other parameters: compare this step, or use --set."


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["evacheck", *line.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), *capsys.readouterr()


META = traces.Meta("m:M", "p", "violated", "reference", "0")


def walk(program: Program, random: Random, most: int = 6) -> Trace | None:
    """Some behaviour of a program; None if there is none."""
    interpreter = Interpreter(program)
    firsts = [each for each in islice(interpreter.initial(), 20) if each.state is not None]
    if not firsts:
        return None
    first = random.choice(firsts)
    states, steps = [first.state], list[Step]()
    while len(states) < most and states[-1] is not None:
        found = [each for each in islice(interpreter.successors(states[-1]), 50) if each.state is not None]
        if not found:
            break
        taken = random.choice(found)
        states.append(taken.state)
        steps.append(taken.step)
    return Trace(tuple(state for state in states if state is not None), tuple(steps), first.step.choices)
