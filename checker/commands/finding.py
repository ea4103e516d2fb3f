"""`evacheck finding`: what a model found, shown on a real Go by a small program."""

from __future__ import annotations

from typing import Annotated

import typer

from checker.commands.common import Go, interruptible, screen
from checker.conform.findings.reported import FINDINGS, measured
from checker.errors import UsageError, did_you_mean, nearest
from counterexamples.explain.text import Style


def finding(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"Which: {', '.join(FINDINGS)}.")],
    version: Go,
    mended: Annotated[bool, typer.Option("--mended", help="With the smallest mend of Go's runtime put in.")] = False,
    broken: Annotated[bool, typer.Option("--broken", help="With the part of the runtime taken out.")] = False,
) -> None:
    """Show on a real Go what a model found: twice, tombstones; or what a claim says: barriers, deleted.

    Builds a small program, for --mended and --broken with the runtime changed, and runs it. Exit status: 0, 2 usage.
    """
    with interruptible():
        if name not in FINDINGS:
            remedy = did_you_mean(nearest(name, FINDINGS), f"There are: {', '.join(FINDINGS)}.")
            raise UsageError("U008", f"{name} is no finding", remedy)
        runtime = " with the mend" if mended else " with a part of its runtime taken out" if broken else ""
        screen.show([((Style.STEP, f"{name} on Go {version}{runtime}: {FINDINGS[name].says}"),)])
        for command, said in measured(name, version, mended, broken):
            screen.show([(), ((Style.QUIET, f"  {command}"),)])
            screen.show([((Style.PLAIN, f"    {line}"),) for line in said.splitlines()])
