"""`evacheck export`: a model in the language of another checker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from checker.commands.common import Settings, deliver, interruptible
from checker.commands.options import settings_of
from checker.commands.run import compiled
from checker.errors import UsageError, unknown_name
from checker.export.btor2 import btor2
from checker.export.commands import exported
from checker.export.promela import promela
from checker.export.smt2 import smt2
from checker.export.tla import configuration, tla

FORMATS = ("promela", "tla", "smt2", "btor2")
_TEXTS = {"promela": promela, "smt2": smt2, "btor2": btor2}


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    to: Annotated[str, typer.Option("--to", metavar="|".join(FORMATS), help="The language.")],
    settings: Settings = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Output file; of TLA+ the .cfg beside it, too.")
    ] = None,
) -> None:
    """Write a model in the language of another checker, for a second opinion.

    The text says how the other checker is called, and what of the model is not in it.
    """
    if to not in FORMATS:
        raise unknown_name("U008", f"--to {to}: there is no such language", to, FORMATS)
    with interruptible():
        found = exported(compiled(model, settings_of(settings or [])))
        if to in _TEXTS:
            deliver(_TEXTS[to](found, model), out)
            return
        module = None if out is None else out.stem
        if module is not None and not re.fullmatch(r"[A-Za-z]\w*", module):
            raise UsageError("U008", f"--out {out}: no module of TLA+ has this name", "Choose letters and digits.")
        deliver(tla(found, model, module), out)
        deliver(configuration(found), None if out is None else out.with_suffix(".cfg"))
