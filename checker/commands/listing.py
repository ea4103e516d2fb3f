"""`evacheck list` and `explain-code`: what there is, and what a message means."""

from __future__ import annotations

from typing import Annotated

import typer

from checker import codes
from checker.commands import catalogue, report
from checker.commands.common import screen
from checker.commands.run import described


def list_models() -> None:
    """List the models of the catalogue with their parameters."""
    names = dict.fromkeys(entry.model for entry in catalogue.entries())
    screen.show(report.listing({name: described(name) for name in names}))


def explain_code(code: Annotated[str, typer.Argument(metavar="CODE", help="As a message shows it: E203.")]) -> None:
    """Explain the code of a message, with an example."""
    screen.show(report.code_lines(*codes.explain(code)))
