"""Decide whether orders of states show that temporal properties hold: of no fair behaviour are they false.

Knows nothing of engines and shares no code with one: it uses the interpreter, and what each property means. An order
gives a path of numbers to each state from which the property can still be violated. Two states whose paths begin alike
are in one group; what a group `denies` is never taken by a step within it. Then, of every order:

- each state from which the property begins to be owed has a path, and so has each state that a step leads to from there
  until what is promised comes;
- no step leads to a path that is greater, compared from the left; where one path is the beginning of the other neither
  is;
- at the end of a state's path is a group that denies something fair that is possible in this state; a group in which
  other paths go on denies something strongly fair; or, of an `@eventually_always`, the group at the end denies nothing
  and its condition is true in the state.

A behaviour that violates the property stays in the end among states that all lead to each other. Their paths begin
alike as far as the shortest, and at its end something fair is possible again and again, or, where no path goes on, in
all of them, and never taken. So the behaviour is not fair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import assert_never

from checker.certificates.reachable_set import NotClosed
from checker.contract.lasso import Thing
from checker.contract.order import Order, Path
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Fairness, TemporalKind
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
        self._confirm_whole(temporal, order, truth)
        for number, path in order.paths.items():
            self._confirm_steps(order, number, path)
            self._confirm_end(temporal, order, number, path, truth[number - 1][-1])

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

    def _confirm_whole(self, temporal: Temporal, order: Order, truth: Sequence[tuple[bool, ...]]) -> None:
        """All states from which the property can be violated have a path."""
        everywhere = range(1, len(self._states) + 1)
        for number in self._begins(temporal.kind, truth):
            if number not in order.paths:
                raise NotClosed(f"state {number:,} has no path in the order of '{order.name}', which is owed there")
        for number in order.paths:
            if number not in everywhere:
                raise NotClosed(f"the order of '{order.name}' gives a path to state {number:,}, which there is not")
            for target in self._steps[number - 1] if temporal.kind in _GOES_ON else ():
                if not truth[target - 1][-1] and target not in order.paths:
                    place = f"state {target:,} has no path in the order of '{order.name}'"
                    raise NotClosed(f"{place}, and state {number:,} leads there")

    def _begins(self, kind: TemporalKind, truth: Sequence[tuple[bool, ...]]) -> Iterable[int]:
        match kind:
            case TemporalKind.EVENTUALLY:
                return (number for number in self._initial if not truth[number - 1][0])
            case TemporalKind.LEADS_TO:
                return (number for number, (one, other) in enumerate(truth, start=1) if one and not other)
            case TemporalKind.ALWAYS_EVENTUALLY:
                return (number for number, (one,) in enumerate(truth, start=1) if not one)
            case TemporalKind.EVENTUALLY_ALWAYS:
                return range(1, len(truth) + 1)
            case TemporalKind.TEMPORAL:
                raise NotClosed("an order of states says nothing of a formula")
            case _:
                assert_never(kind)

    def _confirm_steps(self, order: Order, number: int, path: Path) -> None:
        for target, taken in self._steps[number - 1].items():
            other = order.paths.get(target)
            if other is None:
                continue
            common = _common(path, other)
            if common < min(len(path), len(other)) and other[common] > path[common]:
                raise NotClosed(f"the step from state {number:,} to {target:,} goes up in the order of '{order.name}'")
            for length in range(1, common + 1):
                denied = order.denies.get(path[:length])
                if denied in taken:
                    step = f"the step from state {number:,} to {target:,}"
                    raise NotClosed(f"{step} takes what its group denies in the order of '{order.name}'")

    def _confirm_end(self, temporal: Temporal, order: Order, number: int, path: Path, is_true: bool) -> None:
        where = f"at state {number:,} in the order of '{order.name}'"
        if not path or any(path[:length] not in order.denies for length in range(1, len(path) + 1)):
            raise NotClosed(f"a group is missing {where}")
        for length in range(1, len(path)):
            denied = order.denies[path[:length]]
            if denied is None or self._program.fairness.get(denied[0]) is not Fairness.STRONG:
                raise NotClosed(f"a path goes on where nothing strongly fair is denied {where}")
        denied = order.denies[path]
        if denied is None:
            if temporal.kind is not TemporalKind.EVENTUALLY_ALWAYS or not is_true:
                raise NotClosed(f"nothing is denied {where}")
        elif denied[0] not in self._program.fairness:
            raise NotClosed(f"what is denied is not fair {where}")
        elif not any(denied in taken for taken in self._steps[number - 1].values()):
            raise NotClosed(f"what is denied is not possible {where}")


_GOES_ON = (TemporalKind.EVENTUALLY, TemporalKind.LEADS_TO)
"""Kinds that are owed until what is promised comes; of the others it is said of each state."""


def _common(one: Path, other: Path) -> int:
    """How many numbers two paths begin with alike."""
    return next(
        (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _vectors(temporal: Temporal) -> Iterable[tuple[Value, ...]]:
    return vectors([parameter.type for parameter in temporal.function.parameters])
