"""The options of `evacheck verify` by which steps wait, or never do: --reduce, --no-reduce. Prints nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.errors import UsageError

Reduce = Annotated[
    bool | None,
    typer.Option(
        "--reduce/--no-reduce",
        show_default=False,
        help="Take steps in one order where no property can tell the difference; or never. Else `auto` may, late.",
    ),
]

ENGINES = ("explicit", "reference")
"""Engines that visit states, the first in place of `auto`."""


def reducing(
    reduce: bool | None, engine: str, one: bool, view: str | None, certificate: Path | None, all_traces: int | None
) -> tuple[str, dict[str, bool]]:
    """The engine that does what the options say, and what a request says of it: for `auto`, where none is given, steps
    may wait once many states are found, if a single model is checked (`one`) for its verdicts. Raises UsageError U008
    for options that do not go together."""
    if not reduce:
        late = reduce is None and engine == "auto" and one and all_traces is None
        return engine, {"reduce": False, "reduce_late": late}
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
    return ENGINES[0] if engine == "auto" else engine, {"reduce": True, "reduce_late": False}
