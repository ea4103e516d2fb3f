"""Behaviours as plain data: states, the steps between them, and how they end. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass

from checker.semantics import Failure, State, Step


@dataclass(frozen=True, slots=True)
class Trace:
    """A behaviour from an initial state. `steps[i]` leads from `states[i]` to `states[i + 1]`.

    `initial_choices` are what `init` chose. A trace that ends in a failure names it, and in `failing` the step that
    failed in the last state (None with a failure: `init` itself failed, and there are no states, or a property could
    not be evaluated in the last state).
    """

    states: tuple[State, ...]
    steps: tuple[Step, ...]
    initial_choices: tuple[object, ...] = ()
    failing: Step | None = None
    failure: Failure | None = None

    def __post_init__(self) -> None:
        if self.states:
            assert len(self.states) == len(self.steps) + 1
        else:
            assert not self.steps and self.failure is not None

    def __len__(self) -> int:
        """How many states."""
        return len(self.states)
