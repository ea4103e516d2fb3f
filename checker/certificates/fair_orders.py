"""Decide whether orders of states show that temporal properties hold: of no fair behaviour are they false.

Knows nothing of engines and shares no code with one: it uses the interpreter, and what each property means
(`behaviours`, `untils`). A place is a state; of a formula, a state with what is true there of the time to come. An
order gives a path of numbers to each place from which the property can still be violated. Two places whose paths begin
alike are in one group; what a group `denies` is never taken by a step within it. Then, of every order:

- each place where a behaviour begins to violate the property has a path, and so has each that a step leads to from
  there, as long as the property can still be violated;
- no step leads to a path that is greater, compared from the left; where one path is the beginning of the other neither
  is;
- at the end of a place's path is a group that denies something fair that is possible in this state; or, of a formula,
  what some `until` waits for there. A group in which other paths go on denies something strongly fair. Of an
  `@eventually_always`, the group at the end may deny nothing where its condition is true.

A behaviour that violates the property stays in the end among places that all lead to each other. Their paths begin
alike as far as the shortest, and at its end something fair is possible again and again, or, where no path goes on, in
all of them, and never taken; so the behaviour is not fair. Or an `until` is true in all of them and what it waits for
in none; so it is no behaviour of which that `until` was true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from checker.certificates.behaviours import Behaviours, ThroughStates, WithUntils
from checker.certificates.reachable_set import NotClosed
from checker.contract.lasso import Thing
from checker.contract.order import Order, Path, Place
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Fairness
from checker.ir.types import Value, mentions_symmetry
from checker.semantics import Interpreter, State, StepFailed, vectors


class Orders:
    """Takes the orders one by one (`add`), then says whether any is missing (`end`). The states are all that a program
    can reach, in the order of their numbers, from 1; that they are is for others to check."""

    def __init__(self, program: Program, states: Sequence[State], names: Collection[str]) -> None:
        if any(mentions_symmetry(declared.type) for declared in program.variables):
            raise NotClosed("states that stand for others say nothing of whole behaviours")
        self._program, self._states = program, states
        self._interpreter = Interpreter(program)
        self._numbers = {state: number for number, state in enumerate(states, start=1)}
        self._steps: list[dict[int, set[Thing]]] = [self._steps_from(state) for state in states]
        self._initial = {self._number(found.state) for found in self._interpreter.initial()}
        temporal = [each for each in program.temporal if each.name in names]
        self._missing = {(each.name, each_for): each for each in temporal for each_for in _vectors(each)}

    def add(self, order: Order) -> None:
        """The next order. NotClosed if it is not asked for, or does not show what it is to show."""
        temporal = self._missing.pop((order.name, order.arguments), None)
        if temporal is None:
            raise NotClosed(f"there is an order of '{order.name}' {order.arguments} that is not asked for")
        try:
            truth = [self._interpreter.conditions(temporal, order.arguments, state) for state in self._states]
        except StepFailed as failed:
            raise NotClosed(f"'{order.name}' cannot be evaluated: {failed.failure.message}") from None
        behaviours = self._behaviours(temporal, truth)
        _confirm_whole(behaviours, order)
        for place, path in order.paths.items():
            _confirm_steps(behaviours, order, place, path)
            self._confirm_end(behaviours, order, place, path)

    def end(self) -> None:
        """All orders have come. NotClosed if one is missing."""
        for name, arguments in self._missing:
            raise NotClosed(f"there is no order of '{name}' for {arguments}")

    def _steps_from(self, state: State) -> dict[int, set[Thing]]:
        found: dict[int, set[Thing]] = {}
        for transition in self._interpreter.successors(state):
            target = self._number(transition.state)
            if transition.state != state:
                taken = found.setdefault(target, set())
                if transition.step.name in self._program.fairness:
                    taken.add((transition.step.name, transition.step.arguments))
        return found

    def _number(self, state: State | None) -> int:
        if state is None:
            raise NotClosed("a step can fail: what would follow is not known")
        number = self._numbers.get(state)
        if number is None:
            raise NotClosed("a reachable state is missing")
        return number

    def _behaviours(self, temporal: Temporal, truth: Sequence[tuple[bool, ...]]) -> Behaviours:
        if temporal.formula is None:
            return ThroughStates(temporal.kind, truth, self._steps, self._initial)
        return WithUntils(temporal.formula, truth, self._steps, self._initial)

    def _confirm_end(self, behaviours: Behaviours, order: Order, place: Place, path: Path) -> None:
        where = f"at {_said(place)} in the order of '{order.name}'"
        if not path or any(path[:length] not in order.denies for length in range(1, len(path) + 1)):
            raise NotClosed(f"a group is missing {where}")
        for length in range(1, len(path)):
            denied = order.denies[path[:length]]
            if not isinstance(denied, tuple) or self._program.fairness.get(denied[0]) is not Fairness.STRONG:
                raise NotClosed(f"a path goes on where nothing strongly fair is denied {where}")
        match order.denies[path]:
            case None:
                if not behaviours.harmless(place):
                    raise NotClosed(f"nothing is denied {where}")
            case int(number):
                if not behaviours.waits(place, number):
                    raise NotClosed(f"until {number} does not wait {where}")
            case (name, _) as denied:
                if name not in self._program.fairness:
                    raise NotClosed(f"what is denied is not fair {where}")
                state = behaviours.state(place)
                assert state is not None
                if not any(denied in taken for taken in self._steps[state - 1].values()):
                    raise NotClosed(f"what is denied is not possible {where}")


def _confirm_whole(behaviours: Behaviours, order: Order) -> None:
    """All places where the property can be violated have a path."""
    for place in behaviours.begins():
        if place not in order.paths:
            raise NotClosed(f"{_said(place)} has no path in the order of '{order.name}', which is owed there")
    for place in order.paths:
        if behaviours.state(place) is None:
            raise NotClosed(f"the order of '{order.name}' gives a path to {_said(place)}, which there is not")
        for target, _ in behaviours.ways(place):
            if target not in order.paths and behaviours.goes_on(target):
                missing = f"{_said(target)} has no path in the order of '{order.name}'"
                raise NotClosed(f"{missing}, and {_said(place)} leads there")


def _confirm_steps(behaviours: Behaviours, order: Order, place: Place, path: Path) -> None:
    """No step goes up, and none takes what is denied to a group that it stays in."""
    for target, taken in behaviours.ways(place):
        other = order.paths.get(target)
        if other is None:
            continue
        step = f"the step from {_said(place)} to {_said(target)}"
        common = _common(path, other)
        if common < min(len(path), len(other)) and other[common] > path[common]:
            raise NotClosed(f"{step} goes up in the order of '{order.name}'")
        for length in range(1, common + 1):
            if order.denies.get(path[:length]) in taken:
                raise NotClosed(f"{step} takes what its group denies in the order of '{order.name}'")


def _said(place: Place) -> str:
    """A place, as it stands in the file."""
    return f"state {place:,}" if isinstance(place, int) else f"state {place[0]:,} with {place[1]}"


def _common(one: Path, other: Path) -> int:
    """How many numbers two paths begin with alike."""
    return next(
        (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _vectors(temporal: Temporal) -> Iterable[tuple[Value, ...]]:
    return vectors([parameter.type for parameter in temporal.function.parameters])
