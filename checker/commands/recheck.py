"""`evacheck recheck`: decide again what a certificate claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from checker.certificates import recheck as again
from checker.certificates.manifest import read
from checker.commands import report_recheck as report
from checker.commands.common import Trust, confirm_model, interruptible, screen
from checker.commands.options import amount, cores, duration


def recheck(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `verify --certificate DIR` wrote.")],
    limit: Annotated[str, typer.Option("--time", metavar="60s", help="Time limit for each file.")] = "600s",
    memory: Annotated[str | None, typer.Option(metavar="8G", help="Memory limit for the states.")] = None,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="The model to check it against.")] = None,
    trust: Trust = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Obligations checked in parallel.")] = None,
) -> None:
    """Check a certificate again, without the engine that made it; exits 1 if a claim fails."""
    limits = again.Limits(duration(limit), None if memory is None else amount(memory), workers or cores())
    with interruptible():
        certificate = read(folder)
        if model is None:
            confirm_model(certificate.model, folder, trust)
        else:
            certificate = replace(certificate, model=model)
    found: list[again.PartResult] = []
    try:
        for each in again.findings(certificate, limits, screen.passing):
            found.append(each)
    except KeyboardInterrupt:  # what was found is shown
        found += again.interrupted(certificate, found)
    screen.passing("")
    screen.show(report.recheck_lines(certificate, found))
    raise typer.Exit(int(report.AGAIN[again.overall(found)]))
