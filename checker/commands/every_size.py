"""The option of `evacheck verify` that leaves sizes open: --unbounded. Prints nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from checker.commands import catalogue
from checker.errors import UsageError
from checker.frontend.load import load

Unbounded = Annotated[
    str | None, typer.Option(metavar="NAMES|all", help="Induction: prove for every value of these parameters.")
]


def confirm_unbounded(names: list[str], unbounded: str | None, engine: str, one: bool) -> None:
    """Raises UsageError U008 for options that do not go together; `one`: a single model is checked."""
    if unbounded is None:
        return
    if engine != "induction":
        remedy = "Add --engine induction: the others look at states of some size."
        raise UsageError("U008", "--unbounded goes with --engine induction", remedy)
    if not one:
        remedy = f"Name one: evacheck verify {_suggested(names)} --engine induction --unbounded all"
        raise UsageError("U008", "--unbounded goes with one model", remedy)


def _suggested(names: list[str]) -> str:
    """Of the models of a module of the catalogue, or those that they name, one whose sizes can be left open; MODEL if
    none is known."""
    from checker.frontend.open_sizes import one_that_can  # noqa: PLC0415 - only who asked for the wrong thing

    found = dict.fromkeys(entry.model for entry in catalogue.select(names, thorough=True)) if len(names) == 1 else {}
    modules = {each.partition(":")[0] for each in found}
    return (one_that_can(map(load, found)) if len(modules) == 1 else None) or "MODEL"
