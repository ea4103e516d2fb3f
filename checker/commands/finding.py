"""`evacheck finding`: what a model found, shown on a real Go or a real JDK by a small program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from checker.commands.common import MaybeGo, interruptible, screen
from checker.conform.findings.java import JAVA_FINDINGS, measured_java
from checker.conform.findings.reported import FINDINGS, measured
from checker.errors import UsageError, did_you_mean, nearest
from counterexamples.explain.text import Style

_NAMES = (*FINDINGS, *JAVA_FINDINGS)


def finding(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"Which: {', '.join(_NAMES)}.")],
    version: MaybeGo = None,
    java: Annotated[str | None, typer.Option(metavar="VERSION", help="Version of a JDK, such as 25.")] = None,
    mended: Annotated[bool, typer.Option("--mended", help="With the smallest mend of the runtime put in.")] = False,
    broken: Annotated[bool, typer.Option("--broken", help="With the part of the runtime taken out.")] = False,
) -> None:
    """Show on a real Go what a model or a run beside one found: twice, tombstones, freed; what a claim says: barriers,
    deleted; and on a real JDK what a model found: late, recursive, contended.

    Builds a small program, for --mended and --broken with the runtime changed, and runs it. Exit status: 0, 2 usage.
    """
    with interruptible():
        if name not in _NAMES:
            remedy = did_you_mean(nearest(name, _NAMES), f"There are: {', '.join(_NAMES)}.")
            raise UsageError("U008", f"{name} is no finding", remedy)
        if name in JAVA_FINDINGS:
            system, says, came = _of_java(name, java, version, mended, broken)
        else:
            system, says, came = _of_go(name, version, java, mended, broken)
        runtime = " with the mend" if mended else " with a part of its runtime taken out" if broken else ""
        screen.show([((Style.STEP, f"{name} on {system}{runtime}: {says}"),)])
        for command, said in came:
            screen.show([(), ((Style.QUIET, f"  {command}"),)])
            screen.show([((Style.PLAIN, f"    {line}"),) for line in said.splitlines()])


def _of_go(
    name: str, version: str | None, java: str | None, mended: bool, broken: bool
) -> tuple[str, str, Iterator[tuple[str, str]]]:
    """The Go, what the finding says, and what its program prints. Raises UsageError U008 for options that don't fit."""
    if version is None or java is not None:
        raise UsageError("U008", f"{name} is shown on Go", "Give a version of it: --go 1.27.3")
    return f"Go {version}", FINDINGS[name].says, measured(name, version, mended, broken)


def _of_java(
    name: str, java: str | None, version: str | None, mended: bool, broken: bool
) -> tuple[str, str, Iterator[tuple[str, str]]]:
    """The JDK, what the finding says, what its program prints. Raises UsageError U008 for options that don't fit."""
    if java is None or version is not None:
        raise UsageError("U008", f"{name} is shown on a JDK", "Give a version of one: --java 25")
    if broken:
        raise UsageError("U008", f"{name} breaks nothing of the runtime", "Leave out --broken.")
    return f"Java {java}", JAVA_FINDINGS[name].says, measured_java(name, java, mended)
