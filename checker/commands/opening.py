"""Open a trace file whoever wrote it: evacheck, whose files name their model, or a tool that knows nothing of us.

Finds what a foreign trace shows if nobody says it. Prints only what of such a file was left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker import __version__
from checker.check import claim, select
from checker.commands.common import confirm_model, screen
from checker.commands.run import compiled
from checker.contract.replay import Claim, ReplayError, confirm_end
from checker.contract.task import NO_DEADLOCK
from checker.contract.trace import Lasso, Trace
from checker.errors import UsageError
from checker.ir.nodes import Program
from counterexamples.itf import matching as foreign
from counterexamples.itf import traces
from counterexamples.itf.tlc import is_dump


@dataclass(frozen=True, slots=True)
class Opened:
    """A trace with its program, the property that it is about, if any, and its ITF as evacheck writes it."""

    program: Program
    trace: Trace
    shows: str | None
    data: Mapping[str, Any]
    foreign: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How a foreign file is read: without the variables to `ignore`, and within so many seconds."""

    ignore: tuple[str, ...] = ()
    seconds: float | None = None


def open_any(
    file: Path,
    model: str | None,
    settings: Mapping[str, str],
    wanted: str | None,
    trust: bool = False,
    reading: Reading = Reading(),
) -> Opened:
    """The trace in a file, of `model` or else the model that the file names. Raises UsageError: U005 and U020 for a
    file that is no trace of the model, U008 for options that do not go together, U021 for a model that nobody trusts,
    U003 for an unknown property."""
    data = traces.read(file)
    if model is None:
        if settings or wanted is not None:
            raise UsageError(
                "U008", "--set and --property go with --model", "Say whose trace it is, or leave them out."
            )
        if reading != Reading():
            raise UsageError("U008", "--ignore and --time go with --model", "Name the model, or leave them out.")
        if is_foreign(data):
            problem = f"{file}: it does not say which model it belongs to"
            raise UsageError("U005", problem, "If another tool wrote it, name the model: --model package.module:Class.")
        head = traces.header(data, str(file))
        confirm_model(head.model, file, trust)
        program = compiled(head.model, head.parameters)
        return Opened(program, traces.parse(program, data, str(file)), head.property, data, False)
    if traces.ours(data):
        if settings or wanted is not None or reading != Reading():
            remedy = "Leave --set, --property, --ignore and --time out."
            raise UsageError("U008", f"{file} names its model itself", remedy)
        head = traces.header(data, str(file))
        program = compiled(model, head.parameters)
        return Opened(program, traces.parse(program, data, str(file)), head.property, data, False)
    program = compiled(model, settings)
    if wanted is not None:
        select(program, [wanted])
    trace = trace_of_model(program, file, reading)
    shows = _shown(program, trace) if wanted is None else wanted
    if shows is None and isinstance(trace.end, Lasso):
        for each in program.temporal:
            screen.warn(f"{file}: it does not violate {each.name}: {_objection(program, trace, each.name)}")
    data = {} if shows is None else _written(program, trace, model, shows)
    return Opened(program, trace, shows, data, True)


def is_foreign(data: Any) -> bool:
    """Whether a file holds the states of another tool, and does not say whose they are."""
    return not traces.ours(data) and isinstance(data, dict) and ("states" in data or is_dump(data))


def trace_of_model(program: Program, file: Path, reading: Reading = Reading()) -> Trace:
    """The trace of a program in a file; what of a foreign one is left out is said. Raises UsageError U005 or U020."""
    data = traces.read(file)
    if traces.ours(data):
        return traces.parse(program, data, str(file))
    found = foreign.load(program, data, str(file), reading.ignore, reading.seconds)
    for note in found.notes:
        screen.warn(f"{file}: {note}")
    return found.trace


def _shown(program: Program, trace: Trace) -> str | None:
    """What a trace shows by its end: an `@always` that its last state or a `@step` that its last step violates, a
    deadlock, or a `@sometimes`; of one that goes round, a temporal property; the first."""
    if isinstance(trace.end, Lasso):
        return next((each.name for each in program.temporal if confirmed(program, trace, each.name)), None)
    wanted = [each for each in program.properties if each.kind.traits.by_default]
    always = [each.name for each in (*wanted, *program.steps) if not each.kind.traits.witnessed]
    sometimes = [each.name for each in wanted if each.kind.traits.witnessed]
    return next((name for name in (*always, NO_DEADLOCK, *sometimes) if confirmed(program, trace, name)), None)


def confirmed(program: Program, trace: Trace, name: str) -> bool:
    """Whether the end of a trace shows the property."""
    return _objection(program, trace, name) is None


def _objection(program: Program, trace: Trace, name: str) -> ReplayError | None:
    """Why the end of a trace does not show the property."""
    try:
        confirm_end(program, name, claim(program, name), trace)
    except ReplayError as error:
        return error
    return None


def _written(program: Program, trace: Trace, model: str, shows: str) -> Mapping[str, Any]:
    verdict = "witnessed" if claim(program, shows) is Claim.WITNESS else "violated"
    return traces.dump(program, trace, traces.Meta(model, shows, verdict, "another tool", __version__))
