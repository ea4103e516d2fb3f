"""Orders of states, as an engine makes them, as nobody would, and as somebody who means harm would change them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from checker.certificates import certificate
from checker.certificates.fair_orders import Orders
from checker.certificates.reachable_set import NotClosed
from checker.certificates.untils import Untils
from checker.contract.order import Order, Place
from checker.contract.verdict import Exhausted
from checker.engines.common.orders import orders
from checker.errors import EngineBug
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.semantics import Interpreter, State, vectors
from tests.support import fair_models
from tests.support.certificates import rewrite


def reached(made: Program) -> list[State]:
    """Every state of a program."""
    return fair_models.whole(made).states


def confirm(made: Program, given: list[Order], names: tuple[str, ...]) -> None:
    """NotClosed if the orders do not show that these properties hold."""
    checked = Orders(made, reached(made), names)
    for order in given:
        checked.add(order)
    checked.end()


def made_for(made: Program, *names: str) -> list[Order]:
    """The orders that an engine makes of properties that hold."""
    return list(orders(made, names, reached(made)))


def values_for(made: Program, name: str) -> list[tuple[Value, ...]]:
    """All values that the parameters of a property can have."""
    temporal = next(each for each in made.temporal if each.name == name)
    return list(vectors([each.type for each in temporal.function.parameters]))


def any_order(draw: Random, made: Program, name: str, arguments: tuple[Value, ...]) -> Order:
    """An order of all places that may be anything: but what it denies is possible where it is denied, more often than
    not."""
    temporal = next(each for each in made.temporal if each.name == name)
    untils = None if temporal.formula is None else Untils(temporal.formula)
    interpreter, states = Interpreter(made), reached(made)
    paths: dict[Place, tuple[int, ...]] = {}
    denies: dict[tuple[int, ...], Any] = {}
    for number, state in enumerate(states, start=1):
        places: list[Place] = [number]
        if untils is not None:
            conditions = interpreter.conditions(temporal, arguments, state)
            places = [(number, given) for given in untils.possible(conditions)]
        possible = [(each.step.name, each.step.arguments) for each in interpreter.successors(state)]
        fair = [each for each in possible if each[0] in made.fairness]
        for place in places:
            path = tuple(draw.randrange(len(states)) for _ in range(draw.choice((1, 1, 2))))
            paths[place] = path
            waits = range(0 if untils is None else untils.number)
            for length in range(1, len(path) + 1):
                denies.setdefault(path[:length], draw.choice([None, *fair, *fair, *fair, *waits]))
    return Order(name, arguments, paths, denies)


def unshown(made: Program) -> list[str]:
    """The temporal properties that are said to hold and whose orders do not show it."""
    found = []
    for name, verdict in fair_models.said(made, "reference").verdicts.items():
        if isinstance(verdict, Exhausted):
            try:
                confirm(made, made_for(made, name), (name,))
            except (NotClosed, EngineBug) as wrong:
                found.append(f"{name}: {wrong}")
    return found


def reorder(folder: Path, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change the lines of the orders, and the sums."""
    path = folder / certificate.ORDERS
    with gzip.open(path, "rt") as file:
        lines = [json.loads(line) for line in file]
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(each) + "\n" for each in change(lines))
    rewrite(folder, lambda data: None)
