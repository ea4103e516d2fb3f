"""Why a temporal property holds, as an order of states: where a behaviour that violates it would have to stay for ever,
and what it would owe there. Decides nothing: who asks knows already that the property holds.

The places from which it can still be violated are numbered by components, so that no step between them goes up. In
each component there is something fair that is never taken within: where it can be taken no fair behaviour stays. If it
can be everywhere, that is all; if it is strongly fair, the places in which it cannot are numbered anew. Of a formula a
place is a state with a state of the automaton for what denies it, and in a component there may be a promise instead
that all of its places put off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import assert_never

from checker.contract.lasso import Thing
from checker.contract.order import Order, Place
from checker.engines.common.tableau import Tableau
from checker.errors import EngineBug
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Fairness, Formula, Negation, TemporalKind
from checker.ir.types import Value
from checker.semantics import Interpreter, State, vectors

MOST = 200_000
"""States up to which orders are made: they take memory, and a step of the interpreter for each step."""

MOST_PLACES = 400_000
"""Places of a formula up to which they are, if it had all that there could be; few formulas have half of them."""


def made(program: Program, name: str, states: int) -> bool:
    """Whether an order of so many states is made for a property: of a formula there may be as many places as
    states, for each promise twice as many."""
    temporal = next(each for each in program.temporal if each.name == name)
    if temporal.formula is None:
        return states <= MOST
    return states << Tableau(temporal.formula).promises <= MOST_PLACES


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
        self.steps: dict[Place, dict[Place, set[Thing]]] = {number: {} for number in numbers.values()}
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
    """One property, for one choice of values. `ways` are the steps between places, `waits` the promises that each puts
    off."""

    graph: _Graph
    temporal: Temporal
    arguments: tuple[Value, ...]
    paths: dict[Place, tuple[int, ...]] = field(default_factory=dict)
    denies: dict[tuple[int, ...], Thing | int | None] = field(default_factory=dict)
    ways: Mapping[Place, Mapping[Place, Collection[Thing]]] = field(default_factory=dict)
    waits: Mapping[Place, int] = field(default_factory=dict)

    def order(self) -> Order:
        """The order itself."""
        conditions = self.graph.interpreter.conditions
        truth = [conditions(self.temporal, self.arguments, state) for state in self.graph.states]
        self.false: set[Place] = {number for number, found in enumerate(truth, start=1) if not found[-1]}
        if self.temporal.formula is None:
            self.ways = self.graph.steps
            self._number(self._region(truth), ())
        else:
            self.ways, self.waits = _product(self.graph, self.temporal.formula, truth)
            self._number(set(self.ways), ())
        return Order(self.temporal.name, self.arguments, self.paths, self.denies)

    def _region(self, truth: Sequence[tuple[bool, ...]]) -> set[Place]:
        """The states from which the property can be violated still."""
        match self.temporal.kind:
            case TemporalKind.EVENTUALLY_ALWAYS:
                return set(self.ways)
            case TemporalKind.ALWAYS_EVENTUALLY:
                return self.false
            case TemporalKind.EVENTUALLY:
                begin = self.false.intersection(self.graph.initial)
            case TemporalKind.LEADS_TO:
                begin = {number for number, found in enumerate(truth, start=1) if found[0] and number in self.false}
            case TemporalKind.TEMPORAL:
                raise ValueError("the order of a formula is of more than states")
            case _:
                assert_never(self.temporal.kind)
        found, todo = set(begin), list(begin)
        while todo:
            for following in self.ways[todo.pop()]:
                if following in self.false and following not in found:
                    found.add(following)
                    todo.append(following)
        return found

    def _number(self, within: set[Place], path: tuple[int, ...]) -> None:
        """Number the components of these places, and what is left of them where something strongly fair is denied."""
        import networkx as nx  # noqa: PLC0415 - takes long to import

        edges = ((one, other) for one in within for other in self.ways[one] if other in within)
        graph: nx.DiGraph[Place] = nx.DiGraph(edges)
        graph.add_nodes_from(within)
        for number, part in enumerate(nx.strongly_connected_components(graph)):  # what steps lead to comes first
            here = (*path, number)
            ends, denied = self._denied(part)
            self.denies[here] = denied
            self.paths.update(dict.fromkeys(ends, here))
            if len(ends) < len(part):
                self._number(part - ends, here)

    def _denied(self, part: set[Place]) -> tuple[set[Place], Thing | int | None]:
        """What is denied in a component, and the places in which it is: a promise that is put off in all of it, or
        something fair that is possible in it and never taken; nothing, if a behaviour that stays there does no harm."""
        if self.temporal.kind is TemporalKind.EVENTUALLY_ALWAYS and part.isdisjoint(self.false):
            return part, None
        put_off = reduce(and_, (self.waits.get(each, 0) for each in part))
        if put_off:
            return part, (put_off & -put_off).bit_length() - 1
        taken = {each for one in part for other, things in self.ways[one].items() if other in part for each in things}
        possible = {one: self.graph.possible[_state(one)] for one in part}
        left = sorted({each for things in possible.values() for each in things} - taken, key=repr)
        where = {each: {one for one in part if each in possible[one]} for each in left}
        strong = (each for each in left if self.graph.program.fairness[each[0]] is Fairness.STRONG)
        found = next((each for each in left if where[each] == part), None) or next(strong, None)
        if found is None:
            raise EngineBug(f"'{self.temporal.name}' is said to hold, and a fair behaviour stays where it is false")
        return where[found], found


def _state(place: Place) -> int:
    return place[0] if isinstance(place, tuple) else place


def _product(
    graph: _Graph, formula: Formula, truth: Sequence[tuple[bool, ...]]
) -> tuple[dict[Place, dict[Place, set[Thing]]], dict[Place, int]]:
    """The places that behaviours come to which make a formula false, the steps between them, and the promises that each
    puts off."""
    tableau = Tableau(Negation(formula))
    letters = [sum(each << number for number, each in enumerate(found)) for found in truth]
    todo = [
        (state, given)
        for state in graph.initial
        for given, place in tableau.places(letters[state - 1]).items()
        if place.begins
    ]
    ways: dict[Place, dict[Place, set[Thing]]] = {}
    waits: dict[Place, int] = {}
    seen = set(todo)
    while todo:
        state, given = todo.pop()
        here = tableau.places(letters[state - 1])[given]
        waits[state, given] = ~here.settled & (1 << tableau.promises) - 1
        ways[state, given] = onward = {}
        for target, taken in graph.steps[state].items():
            for later in tableau.places(letters[_state(target) - 1]):
                if (later ^ given) & here.carried == 0:
                    there = _state(target), later
                    onward[there] = taken
                    if there not in seen:
                        seen.add(there)
                        todo.append(there)
    return ways, waits
