"""Shortest traces to draw, behaviours to draw, and what stands in a drawing."""

from __future__ import annotations

from xml.etree import ElementTree

from checker.check import check
from checker.contract.task import Task
from checker.contract.trace import Trace
from checker.contract.wording import trace_of
from checker.engines.reference import ReferenceEngine
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.lang.model import parse_parameter
from checker.semantics import Interpreter, State

SVG = "{http://www.w3.org/2000/svg}"


def found(name: str, shows: str, **parameters: str) -> tuple[Program, Trace]:
    """The program and a shortest trace for a property."""
    cls = load(name)
    program = compile_model(cls, {key: parse_parameter(cls, key, text) for key, text in parameters.items()})
    trace = trace_of(check(Task(program, (shows,)), ReferenceEngine()).verdicts[shows])
    assert trace is not None
    return program, trace


def walk(program: Program, steps: int) -> Trace:
    """A behaviour that takes, at each state, the step in the middle of those that are possible."""
    run = Interpreter(program)
    states: list[State] = [next(each.state for each in run.initial() if each.state is not None)]
    taken = []
    for _ in range(steps):
        possible = [
            each for each, _ in zip(run.successors(states[-1]), range(60), strict=False) if each.state is not None
        ]
        if not possible:
            break
        chosen = possible[len(possible) // 2]
        assert chosen.state is not None
        states.append(chosen.state)
        taken.append(chosen.step)
    return Trace(tuple(states), tuple(taken))


def changed(document: str) -> str:
    """All that is said within groups of class="changed"."""
    groups = (each for each in ElementTree.fromstring(document).iter(f"{SVG}g") if each.get("class") == "changed")
    return " ".join("".join(each.itertext()) for each in groups)
