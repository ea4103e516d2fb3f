"""`evacheck trace`: whether a model can do what a program that really ran has logged."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from checker.commands.common import Settings, deliver, interruptible, screen
from checker.commands.options import duration, settings_of
from checker.commands.run import compiled
from checker.contract.wording import Status
from checker.errors import unknown_name
from checker.trace_validation.raw import Format
from checker.trace_validation.search import MOST_STATES, MOST_UNLOGGED, Bounds
from checker.trace_validation.validating import Options, Validated, as_states, validate
from checker.trace_validation.wording import lines, record

_FORMS = "|".join(Format)


def trace(
    logs: Annotated[list[Path], typer.Argument(metavar="LOG...", help="Logs: one JSON object a line.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="package.module:Class or file.py:Class.")],
    settings: Settings = None,
    form: Annotated[str | None, typer.Option("--format", metavar=_FORMS, help="Who wrote the logs.")] = None,
    unlogged: Annotated[
        list[str] | None,
        typer.Option("--unlogged", metavar="NAMES", help="Steps that happen without a line: NAME, NAME@POINT, all."),
    ] = None,
    ignored: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="NAME", help="Pass over lines of a step that is no model's.")
    ] = None,
    others: Annotated[bool, typer.Option("--ignore-others", help="Pass over lines of all such steps.")] = False,
    most_unlogged: Annotated[
        int, typer.Option(min=1, metavar="N", help="Most steps without a line, before each line.")
    ] = MOST_UNLOGGED,
    most_states: Annotated[int, typer.Option(min=1, metavar="N", help="Most states kept at a time.")] = MOST_STATES,
    limit: Annotated[str | None, typer.Option("--time", metavar="60s", help="Time limit.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the behaviour that fits, for `show --model`.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Hold the log of a program that really ran against a model, line by line.

    Exit status: 0 if the model can do it all, 1 if not, 3 if a bound ended the search; 2 usage, 150 model error.
    """
    with interruptible():
        program = compiled(model, settings_of(settings or []))
        wanted = tuple(name.strip() for each in unlogged or () for name in each.split(","))
        bounds = Bounds(most_unlogged, most_states, None if limit is None else duration(limit))
        options = Options(_format(form), wanted, tuple(ignored or ()), others, bounds)
        found = validate(program, logs, options)
    if json:
        screen.text(json_.dumps(record(found), indent=2, ensure_ascii=False))
    else:
        screen.show(lines(found))
    if out is not None:
        _write(found, out)
    raise typer.Exit(int(_status(found)))


def _format(form: str | None) -> Format | None:
    if form is None:
        return None
    if form not in list(Format):
        raise unknown_name("U008", f"--format {form}: there is no such form", form, list(Format))
    return Format(form)


def _status(found: Validated) -> Status:
    if found.followed.unknown is not None:
        return Status.INCONCLUSIVE
    return Status.AS_EXPECTED if found.fits else Status.NOT_AS_EXPECTED


def _write(found: Validated, out: Path) -> None:
    if found.followed.trace is None:
        screen.warn(f"{out} was not written: the behaviour is too long to be kept")
        return
    deliver(json_.dumps(as_states(found), indent=1, ensure_ascii=False) + "\n", out)
