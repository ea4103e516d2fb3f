"""Random formulas of linear temporal logic without "next", as the language writes them; and behaviours enumerated one by
one, to see what they make of a formula with nothing but what its operators mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

from checker.check import check, engine
from checker.contract.lasso import over_time
from checker.contract.task import Task
from checker.contract.verdict import Verdict, Violated
from checker.ir.nodes import Program
from checker.ir.temporal import (
    Always,
    Condition,
    Conjunction,
    Disjunction,
    Eventually,
    Formula,
    Negation,
    Until,
    release,
    weak_until,
)
from checker.semantics import Interpreter, State
from tests.support import fair_models
from tests.support.fair_models import FEW, Whole, gist, is_fair, whole

OF_TIME = ("always", "eventually", "until", "weak_until", "release")
JOINING = ("not", "and", "or", "implies")


def text(draw: Random, depth: int, condition: Any) -> str:
    """A formula with an operator of time on top, so deep at most; `condition()` gives the text of a condition."""
    return _text(draw, depth, condition, OF_TIME)


def _text(draw: Random, depth: int, condition: Any, among: tuple[str, ...]) -> str:
    if depth == 0 or (draw.random() < 0.2 and "not" in among):
        return str(condition())
    parts = [_text(draw, depth - 1, condition, OF_TIME + JOINING) for _ in range(2)]
    match draw.choice(among):
        case "not":
            return f"not ({parts[0]})"
        case "and" | "or" as word:
            return f"({parts[0]}) {word} ({parts[1]})"
        case "always" | "eventually" as word:
            return f"{word}({parts[0]})"
        case word:
            return f"{word}({parts[0]}, {parts[1]})"


def timed(source: str, draw: Random, number: int = 3, depth: int = 3) -> str:
    """A model of `fair_models` with so many `@temporal` properties more, some of them with a parameter."""
    found = re.search(r"V = Range\((\d+)\)", source)
    assert found is not None
    size, lines = int(found[1]), []
    for at in range(number):
        takes = draw.random() < 0.3
        written = text(draw, draw.randint(1, depth), lambda takes=takes: fair_models.condition(draw, size, takes))
        lines += ["    @temporal", f"    def f{at}(self{', v: V' if takes else ''}):", f"        return {written}"]
    return source + "\n".join(lines) + "\n"


def as_formulas(source: str) -> str:
    """A model of `fair_models` with each of its temporal properties once more, as a formula."""
    found = re.findall(r"    @(\w+)\n    def \w+_p\((.*)\):\n        return (.*)\n", source)
    lines = [
        f"    @temporal\n    def {kind}_f({takes}):\n        return {kind}({given})" for kind, takes, given in found
    ]
    return source + "\n".join(lines) + "\n"


def formula(draw: Random, depth: int, conditions: int) -> Formula:
    """A formula of the IR, so deep at most."""
    if depth == 0 or draw.random() < 0.15:
        return Condition(draw.randrange(conditions))
    one, two = (formula(draw, depth - 1, conditions) for _ in range(2))
    makers: list[Any] = [
        lambda: Negation(one),
        lambda: Conjunction((one, two)),
        lambda: Disjunction((one, two)),
        lambda: Always(one),
        lambda: Eventually(one),
        lambda: Until(one, two),
        lambda: weak_until(one, two),
        lambda: release(one, two),
    ]
    made: Formula = draw.choice(makers)()
    return made


def lasso(draw: Random, conditions: int) -> tuple[list[tuple[bool, ...]], int]:
    """What so many conditions are along a lasso, as `over_time` takes it: its last state stands at the place that it goes
    back to once more, or is where it rests."""
    truth = [tuple(draw.random() < 0.5 for _ in range(conditions)) for _ in range(draw.randint(1, 5))]
    back_to = draw.randrange(len(truth))
    return ([*truth, truth[back_to]] if back_to + 1 < len(truth) else truth), back_to


def lassos(graph: Whole, most: int) -> Iterator[tuple[list[State], int]]:
    """Every way of at most so many states from an initial state on, with each place in it that it can go back to: its
    last state stands there once more, or is where it rests."""
    ways = [[state] for state in graph.states if state in graph.initial]
    while ways:
        way = ways.pop()
        yield from ((way, place) for place, state in enumerate(way) if state == way[-1])
        if len(way) < most:
            ways.extend([*way, target] for source, target in graph.taken if source == way[-1])


def refuted(program: Program, name: str, graph: Whole, most: int) -> bool:
    """Whether some fair lasso of at most so many states makes a formula false, for some values of its parameters."""
    temporal = next(each for each in program.temporal if each.name == name)
    assert temporal.formula is not None
    interpreter = Interpreter(program)
    kinds = [parameter.type for parameter in temporal.function.parameters]
    truths: list[dict[State, tuple[bool, ...]]] = [
        {state: interpreter.conditions(temporal, arguments, state) for state in graph.states}
        for arguments in ([(value,) for value in kinds[0].values()] if kinds else [()])
    ]
    for way, back_to in lassos(graph, most):
        loop = set(pairwise(way[back_to:]))
        if not all(is_fair(program, thing, way[back_to:], loop, graph) for thing in _things(graph)):
            continue
        if not all(over_time(temporal.formula, [truth[state] for state in way], back_to)[0] for truth in truths):
            return True
    return False


def _things(graph: Whole) -> set[Any]:
    return {thing for things in graph.taken.values() for thing in things}


def formulas_of(program: Program, by: str, workers: int = 1) -> dict[str, Verdict]:
    """What an engine says of the formulas of a model from `timed`; the judge has seen every lasso."""
    names = tuple(each.name for each in program.temporal if each.name[1:].isdigit())
    return dict(check(Task(program, names, workers=workers, keep_going=True), engine(by)).verdicts)


def differences(program: Program, most: int = 0, workers: int = 1) -> list[str]:
    """Where the explicit engine and the reference engine differ, of formulas; and both from what behaviours of at most
    so many states say, if these are few."""
    ours, theirs = formulas_of(program, "explicit", workers), formulas_of(program, "reference")
    found = [
        f"{name}: {gist(ours[name])}, {gist(each)}" for name, each in theirs.items() if gist(ours[name]) != gist(each)
    ]
    graph = whole(program)
    if most and len(graph.states) <= FEW:
        for name, verdict in ours.items():
            if refuted(program, name, graph, most):
                found += (
                    [] if isinstance(verdict, Violated) else [f"{name}: {gist(verdict)}, and a behaviour denies it"]
                )
            elif isinstance(verdict, Violated) and len(verdict.trace) <= most:
                found += [f"{name}: {gist(verdict)}, and no behaviour denies it"]
    return found
