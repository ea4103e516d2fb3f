"""The options of `evacheck verify` that say where states are kept: --checkpoint, --resume, --disk. Prints nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.commands.options import duration
from checker.contract.task import Keeping
from checker.errors import UsageError

Checkpoint = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Keep what was found there now and then, for --resume.")
]
Every = Annotated[
    str | None, typer.Option("--checkpoint-every", metavar="5m", help="How often. Without it, every five minutes.")
]
Resume = Annotated[Path | None, typer.Option(metavar="DIR", help="Go on from there, and keep what is found.")]
OnDisk = Annotated[Path | None, typer.Option("--disk", metavar="DIR", help="States in a file there, not in memory.")]

ENGINE = "explicit"
"""The engine that keeps states; `auto` leaves the choice to us."""


def keeping(
    engine: str, one: bool, checkpoint: Path | None, every: str | None, resume: Path | None, disk: Path | None
) -> tuple[Keeping, str]:
    """What the options say, and the engine that does it. Raises UsageError U008 for options that do not go together;
    `one`: a single model is checked."""
    given = {"--checkpoint": checkpoint, "--resume": resume, "--disk": disk}
    named = [name for name, value in given.items() if value is not None]
    if every is not None and checkpoint is None and resume is None:
        raise UsageError("U008", "--checkpoint-every says how often, and not where", "Add --checkpoint DIR.")
    if not named:
        return Keeping(), engine
    if checkpoint is not None and resume is not None:
        remedy = "Leave out --checkpoint: what is resumed goes on being kept where it was."
        raise UsageError("U008", "--checkpoint and --resume do not go together", remedy)
    if not one:
        raise UsageError("U008", f"{named[0]} goes with one model", f"Name one: evacheck verify MODEL {named[0]} DIR")
    if engine not in ("auto", ENGINE):
        remedy = f"Leave --engine out: the engine '{ENGINE}' keeps states."
        raise UsageError("U008", f"{named[0]} does not go with --engine {engine}", remedy)
    seconds = Keeping().seconds if every is None else duration(every, "--checkpoint-every")
    return Keeping(checkpoint or resume, seconds, resume is not None, disk), ENGINE
