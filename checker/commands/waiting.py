"""The option of `evacheck verify` by which steps wait: --reduce. Prints nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.errors import UsageError

Reduce = Annotated[
    bool, typer.Option("--reduce", help="Take steps in one order where no property can tell the difference.")
]

ENGINES = ("explicit", "reference")
"""Engines that visit states, the first in place of `auto`."""


def reducing(
    reduce: bool, engine: str, one: bool, view: str | None, certificate: Path | None, all_traces: int | None
) -> str:
    """The engine that does what the option says. Raises UsageError U008 for options that do not go together; `one`: a
    single model is checked."""
    if not reduce:
        return engine
    if not one:
        raise UsageError("U008", "--reduce goes with one model", "Name one: evacheck verify MODEL --reduce")
    if engine not in ("auto", *ENGINES):
        remedy = f"Leave --engine out, or give one that visits states: {' or '.join(ENGINES)}."
        raise UsageError("U008", f"--reduce does not go with --engine {engine}", remedy)
    if certificate is not None:
        problem = "--certificate lists all states for others to check, and --reduce does not visit them"
        raise UsageError("U008", problem, "Leave one of them out.")
    if view is not None:
        problem = "--view counts values in all states, and --reduce does not visit them"
        raise UsageError("U008", problem, "Leave one of them out.")
    if all_traces is not None:
        problem = "--all-traces looks for traces in all states, and --reduce does not visit them"
        raise UsageError("U008", problem, "Leave one of them out.")
    return ENGINES[0] if engine == "auto" else engine
