"""What a step is, where it leads and how it can fail, as plain data. Runs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from checker.errors import EvacheckError, Span
from checker.ir.nodes import Kind
from checker.ir.types import Value

State = tuple[Value, ...]  # aligned with Program.variables

LOOP_LIMIT = 100_000
"""Rounds of one execution of a `while` within a step, and blocks that one step of a process may enter."""

INIT = "init"


@dataclass(frozen=True, slots=True)
class Step:
    """Names one step of a state: an action with its arguments, or a process with its index (`arguments`, empty for a
    process without one) and the label of the point it stood at. `choices` are what its `choose`s took, in order."""

    name: str
    arguments: tuple[Value, ...]
    point: str | None
    choices: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step or a property could not be carried out, and the place in the model that says so."""

    kind: Kind
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Transition:
    """A step and either the state it leads to or how it fails: exactly one of `state` and `failure` is set."""

    step: Step
    state: State | None
    failure: Failure | None

    def __post_init__(self) -> None:
        assert (self.state is None) != (self.failure is None)


class StepFailed(EvacheckError):
    """A step or a property fails; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"{failure.span}: {failure.message}")


class Impossible(Exception):
    """The step cannot happen: a `require` is false, or there is nothing to choose from. Never leaves `semantics`."""
