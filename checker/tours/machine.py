"""A Hypothesis state machine that drives a program beside its model, at any size. Hypothesis draws and shrinks.

The calls are those that the model allows in every state it may be in. Where a step has many arguments they are drawn
from their types until one is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, ClassVar

from hypothesis import note, reject
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from checker.ir.nodes import Parameter, Program
from checker.ir.types import Value
from checker.semantics import vectors
from checker.tours.driving import Adapter, Divergence, Driver
from checker.tours.graph import Call
from checker.tours.shortest import told

_LISTED = 64
"""Arguments of one step that are all tried; of more, some are drawn."""


class DrivenMachine(RuleBasedStateMachine):
    """A run of a program beside its model. What all machines have in common; has no rules of its own."""

    program: ClassVar[Program]
    make: ClassVar[Callable[[], Adapter]]
    differs: ClassVar[type[AssertionError]]

    def __init__(self) -> None:
        self.driver = Driver(self.program, type(self).make)
        self._allowed: dict[str, list[Call]] = {}
        super().__init__()

    @initialize()
    def reset(self) -> None:
        """Begin anew."""
        self._confirm(self.driver.begin())

    def allowed(self, name: str, parameters: tuple[Parameter, ...]) -> list[Call] | None:
        """The calls of a step that are possible now; None if there are too many to be listed."""
        kinds = [each.type for each in parameters]
        if prod(kind.size for kind in kinds) > _LISTED:
            return None
        if name not in self._allowed:
            calls = [Call(name, tuple(arguments)) for arguments in vectors(kinds)]
            self._allowed[name] = [call for call in calls if self.driver.allows(call)]
        return self._allowed[name]

    def perform(self, call: Call) -> None:
        """Have the program take a step."""
        note(call.shown(self.program))
        self._allowed.clear()
        self._confirm(self.driver.take(call))

    def _confirm(self, found: Divergence | None) -> None:
        if found is not None:
            raise self.differs(told(self.program, type(self).__name__, found)) from found.raised


def driven_machine(
    program: Program, make: Callable[[], Adapter], name: str, differs: type[AssertionError]
) -> type[DrivenMachine]:
    """The machine of a program and an adapter; it raises `differs` where they do."""
    body: dict[str, Any] = {"program": program, "make": staticmethod(make), "differs": differs, "__module__": __name__}
    for action in program.actions:
        body[f"step_{action.name}"] = _rule(action.name, action.parameters)
    for process in program.processes:
        parameters = () if process.index is None else (process.index,)
        body[f"step_{process.name}"] = _rule(process.name, parameters)
    return type(name, (DrivenMachine,), body)


def _rule(name: str, parameters: tuple[Parameter, ...]) -> object:
    def step(self: DrivenMachine, data: st.DataObject) -> None:
        calls = self.allowed(name, parameters)
        if calls is not None:
            self.perform(data.draw(st.sampled_from(calls), label=name))
            return
        arguments: tuple[Value, ...] = tuple(
            each.type.unrank(data.draw(st.integers(0, each.type.size - 1), label=each.name)) for each in parameters
        )
        call = Call(name, arguments)
        if not self.driver.allows(call):
            reject()
        self.perform(call)

    def possible(self: DrivenMachine) -> bool:
        return self.allowed(name, parameters) != []

    step.__name__ = f"step_{name}"
    made: Any = rule(data=st.data())
    return made(precondition(possible)(step))
