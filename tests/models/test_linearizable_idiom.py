"""The monitor of evacheck.idioms.Linearizable against brute force: every order of what random histories hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import pytest

from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.lang.idioms import Linearizable
from checker.semantics import Interpreter, Step
from tests.frontend.support import model

ANY_HISTORY = """
class Op(Enum):
    READ = 0
    WRITE = 1
    TAKE = 2
class AnyHistory(Linearizable):
    Value = Range(2)
    Object = Value
    Call = Record(op=Op, value=Value)
    Result = Opt(Value)
    def ready(self, call: Call):
        return call.op != Op.TAKE or self.object == 1
    def perform(self, call: Call):
        found = self.object if call.op == Op.READ else None
        if call.op == Op.WRITE:
            self.object = call.value
        if call.op == Op.TAKE:
            self.object = 0
        return found
    @action
    def calls(self, t: Linearizable.Thread, op: Op, v: Value):
        require(self._called[t] is None)
        self.invoke(t, self.Call(op=op, value=v))
    @action
    def comes_back(self, t: Linearizable.Thread, r: Result):
        require(self._called[t] is not None)
        self.returns(t, r)
    @action
    def dies(self, t: Linearizable.Thread):
        require(self._called[t] is not None)
        self.abandon(t)
"""
"""A register whose every operation returns anything at any time; TAKE waits for a 1 and leaves a 0."""


@dataclass
class Operation:
    """`end` is when it returned, or was abandoned; `result` of one that did not return is never asked for."""

    kind: str
    value: int
    begin: int
    end: int | None = None
    result: int | None = None
    returned: bool = False


def operations(steps: list[Step]) -> list[Operation]:
    """The operations of a history."""
    running: dict[object, Operation] = {}
    found = []
    for time, step in enumerate(steps):
        thread, *given = step.arguments
        if step.name == "calls":
            running[thread] = Operation(given[0].name, given[1], time)
            found.append(running[thread])
        else:
            over = running.pop(thread)
            over.end = time
            if step.name == "comes_back":
                over.returned, over.result = True, given[0]
    return found


def explained(found: list[Operation]) -> bool:
    """Whether some order of those that returned and some of the others gives what came back."""
    return any(_gives(order) for some in _chosen(found) for order in permutations(some) if _in_time(order))


def _chosen(found: list[Operation]) -> Iterator[list[Operation]]:
    may = [each for each in found if not each.returned]
    for mask in range(1 << len(may)):
        yield [each for each in found if each.returned or mask >> may.index(each) & 1]


def _in_time(order: tuple[Operation, ...]) -> bool:
    return all(
        later.end is None or later.end > first.begin
        for place, first in enumerate(order)
        for later in order[place + 1 :]
    )


def _gives(order: tuple[Operation, ...]) -> bool:
    held = 0
    for each in order:
        if each.kind == "TAKE" and held == 0:
            return False
        gave = held if each.kind == "READ" else None
        held = each.value if each.kind == "WRITE" else 0 if each.kind == "TAKE" else held
        if each.returned and gave != each.result:
            return False
    return True


@pytest.fixture(scope="module", params=[2, 3])
def histories(request: pytest.FixtureRequest) -> Program:
    return compile_program(model(ANY_HISTORY, Linearizable=Linearizable)(threads=request.param))


def test_the_monitor_says_what_brute_force_says(histories: Program) -> None:
    interpreter = Interpreter(histories)
    broken = histories.position("_no_order_explains")
    (first,) = interpreter.initial()
    said = {True: 0, False: 0}
    for seed in range(40):
        chance, state, steps = random.Random(seed), first.state, list[Step]()
        for _ in range(8):
            assert state is not None
            taken = chance.choice(list(interpreter.successors(state)))
            state, steps = taken.state, [*steps, taken.step]
            assert state is not None
            ok = explained(operations(steps))
            assert state[broken] == (not ok), [str(step) for step in steps]
            said[ok] += 1
            if not ok:
                break
    assert min(said.values()) >= 20
