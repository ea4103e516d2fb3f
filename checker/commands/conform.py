"""`evacheck conform`: a model held against the real system that it describes, operation by operation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from checker import __version__
from checker.commands.common import MaybeGo, Out, Settings, deliver, interruptible, screen
from checker.commands.conform_all import conform_all
from checker.commands.conform_extreme import conform_extreme
from checker.commands.options import duration, settings_of
from checker.commands.report_proofs import wrapped
from checker.conform.driven import Died
from checker.conform.holdings import holding, memory, parameters
from checker.conform.maps.holding import Found, Held, Holding
from checker.conform.maps.logged import MapLog
from checker.conform.maps.real import KINDS, RealMaps
from checker.conform.maps.rules import RULES
from checker.conform.shortening import Shortened
from checker.contract.replay import Claim, confirm
from checker.contract.trace import Trace
from checker.contract.wording import Status, counted
from checker.errors import UsageError, did_you_mean, nearest
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import outline, parse_parameter
from counterexamples.draw.pictures import captioned_svg
from counterexamples.explain.changes import Fact, changes
from counterexamples.explain.text import Line, Style, describe_step, heading, table
from counterexamples.itf import traces

OPERATIONS, OF_EACH, SEED = 5_000, 10_000, 0
_LAST = 15
"""Operations that are shown before the one that differs."""
_MOST_FACTS = 8
_MOST_VALUES = 5_000_000
"""Of a trace that is written: its states times what each is made of."""


@dataclass(frozen=True, slots=True)
class Much:
    """How much is done, drawn by a seed: operations on maps one after the other, or short programs of one map each; and
    where the log of one map is written."""

    operations: int
    programs: int | None
    seed: int
    log: Path | None = None


def conform(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A model of spec.go_map.followed, or of swiss_followed.")
    ] = None,
    version: MaybeGo = None,
    kind: Annotated[str, typer.Option("--keys", metavar="KIND", help=f"Kind of keys: {', '.join(KINDS)}.")] = "int",
    operations: Annotated[
        int | None, typer.Option(min=1, help=f"Operations on real maps [{OPERATIONS}; {OF_EACH} of each with --all].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the operations.")] = SEED,
    until: Annotated[
        str | None, typer.Option(metavar="P", help=f"Stop where Go's own loop breaks: {', '.join(RULES)}.")
    ] = None,
    settings: Settings = None,
    out: Out = None,
    programs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Have Hypothesis draw N short programs, and shrink.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All versions, models and kinds of keys: one table.")
    ] = False,
    extreme: Annotated[
        bool, typer.Option("--extreme", help="No model: many goroutines and forced collections, beside abstract maps.")
    ] = False,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Write what one map did, for `evacheck trace`.")
    ] = None,
    time_: Annotated[
        str | None, typer.Option("--time", metavar="DURATION", help="How long --extreme runs [10s].")
    ] = None,
) -> None:
    """Hold a model of Go's map against a real one, cell by cell.

    Every operation on the real map must be a step of the model. Exit status: 0 if all are, 1 at the first that is not;
    2 usage, 150 model error.
    """
    with interruptible():
        if time_ is not None and not extreme:
            raise UsageError("U008", "--time says how long --extreme runs", "Give it with --extreme.")
        if everything or extreme:
            named = [model, until, settings, programs, log, extreme and everything, everything and version]
            if any(named):
                one = "--all" if everything else "--extreme"
                raise UsageError(
                    "U008",
                    f"{one} takes no model",
                    "Leave out MODEL, --until, --set, --programs, --log; for --all --go, too.",
                )
        if everything:
            conform_all(operations or OF_EACH, seed)
        elif version is None or (model is None and not extreme):
            problem = "--extreme needs --go VERSION" if extreme else "conform needs a MODEL and --go VERSION"
            raise UsageError("U008", problem, "Write it like --go 1.27.3; --all takes all versions.")
        elif model is None:
            conform_extreme(version, duration(time_ or "10s"), seed)
        else:
            much = _much(operations, programs, seed, log)
            _conform_one(model, settings or [], kind, version, until, much, out)


def _much(operations: int | None, programs: int | None, seed: int, log: Path | None) -> Much:
    """How much is done. Raises UsageError U008 for options that do not go together."""
    if programs is not None and operations is not None:
        raise UsageError("U008", "--programs and --operations say both how much is done", "Give one of them.")
    if programs is not None and log is not None:
        raise UsageError("U008", "--log is of one long run, and not of --programs", "Leave one of them out.")
    return Much(operations or OPERATIONS, programs, seed, log)


def _conform_one(
    model: str,
    settings: list[str],
    kind: str,
    version: str,
    until: str | None,
    much: Much,
    out: Path | None,
) -> None:
    """One model against one version, with keys of one kind."""
    if kind not in KINDS:
        remedy = did_you_mean(nearest(kind, KINDS), f"There are: {', '.join(KINDS)}.")
        raise UsageError("U008", f"--keys {kind} is no kind of keys", remedy)
    if until is not None and until not in RULES:
        remedy = did_you_mean(nearest(until, RULES), f"There are: {', '.join(RULES)}.")
        raise UsageError("U003", f"--until {until} is no rule of range", remedy)
    wanted = load(model)
    given = {name: parse_parameter(wanted, name, text) for name, text in settings_of(settings).items()}
    try:
        with RealMaps(kind, version, memory(wanted)) as real:
            program = compile_model(wanted, parameters(wanted, real) | given)
            title = f"{program.model} against Go {version}, {kind} keys, seed {much.seed}"
            log = None if much.log is None else MapLog(program)
            held_model = holding(program, real, until)
            found = _try(held_model, title, much) if much.programs else _hold(held_model, title, much, log)
            if log is not None and much.log is not None:
                _write_log(log, much.log, model, program)
    except Died as died:
        screen.warn(str(died))
        raise typer.Exit(int(Status.NOT_AS_EXPECTED)) from None
    if found is not None:
        screen.show(mismatch_lines(program, found))
        folder = out or Path("evacheck-out")
        if until is not None and found.shown.trace is not None:
            _keep(program, model, until, found.shown.trace, folder)
            return
        _draw(program, found.shown, folder)
        raise typer.Exit(int(Status.NOT_AS_EXPECTED))


def _try(held_model: Holding, title: str, much: Much) -> Shortened[Found] | None:
    """Have programs drawn, say what came of them, and what the simplest is that was found."""
    from checker.conform.programs import tried  # noqa: PLC0415 - Hypothesis takes long to import

    came = tried(held_model, much.programs or 1, much.seed, lambda run: screen.passing(f"  {counted(run, 'program')}"))
    screen.passing("")
    ran = counted(came.programs, "program")
    if came.shortened is None:
        screen.show([((Style.STEP, title),), ((Style.GOOD, f"  the model takes every operation of {ran}"),)])
    else:
        what = f"  the simplest that shows a mismatch, of {ran} drawn and shrunk by Hypothesis:"
        screen.show([((Style.STEP, title),), ((Style.BAD, what),)])
    return came.shortened


def _hold(held_model: Holding, title: str, much: Much, log: MapLog | None) -> Shortened[Found] | None:
    """Carry it all out, say what came of it, and make short what was found."""
    started, held = time.monotonic(), Held()
    for held in held_model.hold(much.operations, much.seed, log):
        screen.passing(f"  {counted(held.operations, 'operation')}")
    screen.passing("")
    screen.show(_lines(title, held_model.events, held, time.monotonic() - started))
    return None if held.found is None else held_model.shortened(held.found)


def _write_log(log: MapLog, path: Path, model: str, program: Program) -> None:
    """Write what one map did, and say how to hold it against the model again."""
    deliver(log.text, path)
    known = outline(load(model)).parameters
    given = [
        f"--set {name}={_written(value)}" for name, value in program.parameters.items() if known[name].default != value
    ]
    screen.text(f"\n  the log of one map: {path}")
    screen.text("  " + " ".join(("evacheck trace", str(path), "--model", model, *given)))  # to be copied: not wrapped


def _written(value: Value) -> str:
    return str(getattr(value, "name", value)).lower() if isinstance(value, bool) else str(getattr(value, "name", value))


def _lines(title: str, events: tuple[str, ...], held: Held, seconds: float) -> Iterator[Line]:
    """How much was done, and what was seen and never seen."""
    yield ((Style.STEP, title),)
    done = f"{counted(held.operations, 'operation')} ({held.operations / max(seconds, 1e-3):,.0f} a second)"
    if held.found is None:
        yield ((Style.GOOD, f"  the model takes every one of {done}"),)
    else:
        which = "Go's own fault" if held.found.trace is not None else "none of the model"
        yield ((Style.BAD, f"  operation {held.found.number:,} is {which}"),)
    yield ()
    width = max(map(len, held.seen), default=0)
    for name in events:
        if held.seen[name]:
            yield ((Style.PLAIN, f"  {name.ljust(width)}  {held.seen[name]:>9,}"),)
    never = [name for name in events if not held.seen[name]]
    if never:
        yield ()
        yield from wrapped(f"NEVER SEEN: {'; '.join(never)}.", "  ", Style.BAD)


def mismatch_lines(program: Program, short: Shortened[Found]) -> Iterator[Line]:
    """The operations that lead to the one that differs, what the model does instead, and where the two part."""
    found = short.shown
    yield ()
    yield from wrapped(found.problem, "  ", Style.BAD)
    yield ()
    left_out = len(found.done) - _LAST - 1
    if left_out > 0:
        yield ((Style.QUIET, f"  {counted(left_out, 'operation')} on this map before"),)
    for operation in found.done[-_LAST - 1 :]:
        yield ((Style.PLAIN, f"    {operation}"),)
    yield ((Style.QUIET, f"  made short; these operations show a mismatch in {short.times} of {short.runs} runs"),)
    mismatch = found.mismatch
    if mismatch is None or mismatch.real is None:
        return
    before = mismatch.before
    if before is None or mismatch.step is None:
        yield ()
        yield from heading("", "model -> real")
        yield from table(mismatch.different[:_MOST_FACTS], "")
        return
    if mismatch.different:
        yield ()
        yield from heading("", "in the model -> in the real map")
        yield from _some(mismatch.different)
    yield ()
    yield from heading("", f"in the model: {describe_step(program, mismatch.step)}")
    reached = None if mismatch.allowed is None else mismatch.allowed.state
    if reached is None:
        yield from wrapped(found.problem, "        ")
    else:
        yield from _some(changes(program, before, reached))
    yield ()
    yield from heading("", "in the real map")
    yield from _some(changes(program, before, mismatch.real))


def _some(facts: tuple[Fact, ...]) -> Iterator[Line]:
    """The first facts, and how many more there are."""
    yield from table(facts[:_MOST_FACTS], "(nothing changes)")
    if len(facts) > _MOST_FACTS:
        yield ((Style.QUIET, f"        and {counted(len(facts) - _MOST_FACTS, 'change')} more"),)


def _keep(program: Program, model: str, rule: str, trace: Trace, folder: Path) -> None:
    """Write what a real map did as a trace of the model, if it is not too large."""
    if too_large(trace):
        states = counted(len(trace), "state")
        screen.text(f"\n  its trace, {states} at Go's sizes, is too large to be judged again and written")
        return
    confirm(program, rule, Claim.VIOLATION, trace)
    meta = traces.Meta(model, rule, "violated", "conform", __version__)
    path = folder / f"{program.model.rpartition(':')[2]}-{rule}.itf.json"
    deliver(traces.text(traces.dump(program, trace, meta)), path, folder)
    screen.text(f"\n  a trace of {counted(len(trace), 'state')}: {path}")


def too_large(trace: Trace) -> bool:
    """Whether a trace is made of so many values that judging it takes many minutes, and writing it a gigabyte."""
    return len(trace) * _values(trace.states[0]) > _MOST_VALUES


def _values(value: Value) -> int:
    """Of how many a value is made."""
    return sum(map(_values, value)) if isinstance(value, tuple | frozenset) else 1


def _draw(program: Program, found: Found, folder: Path) -> None:
    """Write the picture of a mismatch: before, as the model has it, as it is."""
    mismatch = found.mismatch
    if mismatch is None or mismatch.before is None or mismatch.real is None or mismatch.step is None:
        return
    panels = [("before", mismatch.before)]
    if mismatch.allowed is not None and mismatch.allowed.state is not None:
        panels.append((f"in the model: {found.done[-1]}", mismatch.allowed.state))
    panels.append((f"in the real map: {found.done[-1]}", mismatch.real))
    path = folder / f"{program.model.rpartition(':')[2]}.mismatch.svg"
    deliver(captioned_svg(program, panels, found.problem), path, folder)
    screen.text(f"\n  drawn: {path}")
