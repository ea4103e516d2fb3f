"""Why a temporal property holds, as an order of states: where a behaviour that violates it would have to stay for ever,
and what it would owe there. Decides nothing: who asks knows already that the property holds.

The states from which it can still be violated are numbered by components, so that no step between them goes up. In each
component there is something fair that is never taken within: where it can be taken no fair behaviour stays. If it can
be everywhere, that is all; if it is strongly fair, the states in which it cannot are numbered anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from checker.contract.lasso import Thing
from checker.contract.order import Order
from checker.errors import EngineBug
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Fairness, TemporalKind
from checker.ir.types import Value
from checker.semantics import Interpreter, State, vectors

MOST = 200_000
"""States up to which orders are made: they take memory, and a step of the interpreter for each step."""


def orders(program: Program, names: Sequence[str], states: Iterable[State]) -> Iterator[Order]:
    """The orders of these properties, for all values of their parameters, over all reachable states."""
    graph = _Graph(program, list(states))
    for temporal in (each for each in program.temporal if each.name in names):
        for arguments in vectors([parameter.type for parameter in temporal.function.parameters]):
            yield _Ordering(graph, temporal, arguments).order()


class _Graph:
    """All states, numbered from 1, the steps that change something, and what these take."""

    def __init__(self, program: Program, states: Sequence[State]) -> None:
        self.program, self.interpreter = program, Interpreter(program)
        self.states = states
        numbers = {state: number for number, state in enumerate(states, start=1)}
        begun = (found.state for found in self.interpreter.initial())
        self.initial = sorted({numbers[state] for state in begun if state is not None})
        self.steps: dict[int, dict[int, set[Thing]]] = {number: {} for number in numbers.values()}
        self.possible: dict[int, set[Thing]] = {number: set() for number in numbers.values()}
        for state, number in numbers.items():
            for found in self.interpreter.successors(state):
                assert found.state is not None, "no step fails"
                if found.state != state:
                    taken = self.steps[number].setdefault(numbers[found.state], set())
                    if found.step.name in program.fairness:
                        taken.add((found.step.name, found.step.arguments))
                        self.possible[number].add((found.step.name, found.step.arguments))


@dataclass
class _Ordering:
    """One property, for one choice of values."""

    graph: _Graph
    temporal: Temporal
    arguments: tuple[Value, ...]
    paths: dict[int, tuple[int, ...]] = field(default_factory=dict)
    denies: dict[tuple[int, ...], Thing | None] = field(default_factory=dict)

    def order(self) -> Order:
        """The order itself."""
        conditions = self.graph.interpreter.conditions
        truth = [conditions(self.temporal, self.arguments, state) for state in self.graph.states]
        self.false = {number for number, found in enumerate(truth, start=1) if not found[-1]}
        self._number(self._region(truth), ())
        return Order(self.temporal.name, self.arguments, self.paths, self.denies)

    def _region(self, truth: Sequence[tuple[bool, ...]]) -> set[int]:
        """The states from which the property can be violated still."""
        match self.temporal.kind:
            case TemporalKind.EVENTUALLY_ALWAYS:
                return set(self.graph.steps)
            case TemporalKind.ALWAYS_EVENTUALLY:
                return self.false
            case TemporalKind.EVENTUALLY:
                begin = self.false.intersection(self.graph.initial)
            case TemporalKind.LEADS_TO:
                begin = {number for number in self.false if truth[number - 1][0]}
            case TemporalKind.TEMPORAL:
                raise ValueError("no order is made for a formula")
            case _:
                assert_never(self.temporal.kind)
        found, todo = set(begin), list(begin)
        while todo:
            for following in self.graph.steps[todo.pop()]:
                if following in self.false and following not in found:
                    found.add(following)
                    todo.append(following)
        return found

    def _number(self, within: set[int], path: tuple[int, ...]) -> None:
        """Number the components of these states, and what is left of them where something strongly fair is denied."""
        import networkx as nx  # noqa: PLC0415 - takes long to import

        edges = ((one, other) for one in within for other in self.graph.steps[one] if other in within)
        graph: nx.DiGraph[int] = nx.DiGraph(edges)
        graph.add_nodes_from(within)
        for number, part in enumerate(nx.strongly_connected_components(graph)):  # what steps lead to comes first
            here = (*path, number)
            ends, denied = self._denied(part)
            self.denies[here] = denied
            self.paths.update(dict.fromkeys(ends, here))
            if len(ends) < len(part):
                self._number(part - ends, here)

    def _denied(self, part: set[int]) -> tuple[set[int], Thing | None]:
        """Something fair that is possible in a component and never taken in it, and the states in which it is; nothing,
        if a behaviour that stays there does no harm."""
        if self.temporal.kind is TemporalKind.EVENTUALLY_ALWAYS and part.isdisjoint(self.false):
            return part, None
        taken = {
            each for one in part for other, things in self.graph.steps[one].items() if other in part for each in things
        }
        left = sorted({each for one in part for each in self.graph.possible[one]} - taken, key=repr)
        where = {each: {one for one in part if each in self.graph.possible[one]} for each in left}
        strong = (each for each in left if self.graph.program.fairness[each[0]] is Fairness.STRONG)
        found = next((each for each in left if where[each] == part), None) or next(strong, None)
        if found is None:
            raise EngineBug(f"'{self.temporal.name}' is said to hold, and a fair behaviour stays where it is false")
        return where[found], found
