"""`evacheck export`: a model in the language of another checker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from checker.commands.common import Settings, deliver, interruptible
from checker.commands.options import settings_of
from checker.commands.run import compiled
from checker.errors import unknown_name
from checker.export.commands import Exported, exported
from checker.export.promela import promela

FORMATS: Mapping[str, Callable[[Exported, str], str]] = {"promela": promela}


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    to: Annotated[str, typer.Option("--to", metavar="|".join(FORMATS), help="The language.")],
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Output file.")] = None,
) -> None:
    """Write a model in the language of another checker, for a second opinion.

    The text says how the other checker is called, and what of the model is not in it.
    """
    if to not in FORMATS:
        raise unknown_name("U008", f"--to {to}: there is no such language", to, FORMATS)
    with interruptible():
        program = compiled(model, settings_of(settings or []))
        text = FORMATS[to](exported(program), model)
    deliver(text, out)
