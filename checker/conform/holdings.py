"""Which kind of map a model is of, and that kind ready to be held against real maps. Decides nothing else."""

from __future__ import annotations

from checker.conform.classic_map import holding as classic
from checker.conform.classic_map import reproducing as classic_reproducing
from checker.conform.maps.holding import Holding, Subject
from checker.conform.maps.real import RealMaps
from checker.conform.maps.rules import Reproduced
from checker.conform.swiss_map import holding as swiss
from checker.conform.swiss_map import reproducing as swiss_reproducing
from checker.contract.trace import Trace
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import Model, outline

SWISS, CLASSIC = "swiss", "classic"


def memory(model: type[Model]) -> str:
    """Which memory of maps a model describes: `swiss` or `classic`."""
    return SWISS if "groupBits" in outline(model).parameters else CLASSIC


def parameters(model: type[Model], real: RealMaps) -> dict[str, Value]:
    """What real maps decide of a model's parameters."""
    return swiss.parameters(model, real) if memory(model) == SWISS else classic.parameters(model, real)


def holding(program: Program, real: RealMaps, until: str | None = None) -> Holding:
    """A model that is held against real maps. `until` names a rule of `range`, one of RULES: a loop of Go's that breaks
    it ends the run as a mismatch does. Raises UsageError U024 for a model of neither kind of map."""
    subject: Subject
    if "groupBits" in program.parameters:
        subject = swiss.SwissMaps(program, real.kind, until)
    else:
        subject = classic.ClassicMaps(program, real.kind, until)
    return Holding(subject, real.driven)


def reproduce(program: Program, trace: Trace, rule: str, version: str, trials: int) -> Reproduced:
    """Do what a trace that violates a rule of `range` does to real maps, so many times. Raises UsageError U022, U023
    without such a Go, U024 for another trace."""
    of_kind = swiss_reproducing.reproduce if "groupBits" in program.parameters else classic_reproducing.reproduce
    return of_kind(program, trace, rule, version, trials)
