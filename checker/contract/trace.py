"""Behaviours as plain data: states, the steps between them, and how they end. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from checker.semantics import Failure, State, Step


@dataclass(frozen=True, slots=True)
class AtState:
    """The trace ends in its last state: what it shows is to be seen there."""


@dataclass(frozen=True, slots=True)
class Failing:
    """Something fails: `step`, taken in the last state; or, with no step, `init` itself where there are no states, and
    where there are some the judgement of a property in the last one."""

    step: Step | None
    failure: Failure


@dataclass(frozen=True, slots=True)
class Lasso:
    """The trace goes round for ever: its last state is the state number `back_to`, counted from 0, once more. If that
    is the last state itself, nothing happens any more."""

    back_to: int


End = AtState | Failing | Lasso
"""How a trace ends. Whoever asks matches all of it, and has `assert_never` say so."""

AT_STATE: End = AtState()


@dataclass(frozen=True, slots=True)
class Trace:
    """A behaviour from an initial state. `steps[i]` leads from `states[i]` to `states[i + 1]`; `initial_choices` are
    what `init` chose. There are no states if and only if `init` fails."""

    states: tuple[State, ...]
    steps: tuple[Step, ...]
    initial_choices: tuple[object, ...] = ()
    end: End = AT_STATE

    def __post_init__(self) -> None:
        match self.end:
            case AtState() | Failing(Step(), _):
                assert self.states, "only a trace of an init that fails has no states"
            case Lasso(back_to):
                assert 0 <= back_to < len(self.states), "a lasso goes back to one of its states"
            case Failing():
                pass
            case _:
                assert_never(self.end)
        assert len(self.steps) == max(0, len(self.states) - 1)

    def __len__(self) -> int:
        """How many states."""
        return len(self.states)

    @property
    def taken(self) -> tuple[Step, ...]:
        """Every step that was tried: those between the states, and the one that fails at the end."""
        match self.end:
            case Failing(Step() as step, _):
                return (*self.steps, step)
            case AtState() | Failing() | Lasso():
                return self.steps
            case _:
                assert_never(self.end)


def led_on(trace: Trace, step: Step, after: State) -> Trace:
    """The behaviour with one step more, at the end of which it is to be seen what it shows."""
    return Trace((*trace.states, after), (*trace.steps, step), trace.initial_choices)
