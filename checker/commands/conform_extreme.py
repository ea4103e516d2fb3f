"""`evacheck conform --extreme`: many goroutines and forced collections on a real Go, beside abstract maps."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from checker.commands.common import screen
from checker.commands.report_proofs import wrapped
from checker.conform.extreme.running import GOROUTINES, Ran, run
from checker.contract.wording import Status
from counterexamples.explain.text import Line, Style


def conform_extreme(version: str, seconds: float, seed: int) -> None:
    """Run it for so long, and say what came of it. Exit status 1 if anything is wrong."""
    screen.show([((Style.STEP, f"Go {version}, {GOROUTINES} goroutines with maps, {seconds:g} s, seed {seed}"),)])
    came = run(version, seconds, seed)
    screen.show(_lines(came))
    if came.failure is not None:
        raise typer.Exit(int(Status.NOT_AS_EXPECTED))


def _lines(came: Ran) -> Iterator[Line]:
    """What was done, what is wrong, and what was not checked."""
    if came.failure is not None:
        yield from wrapped(came.failure, "  ", Style.BAD)
    else:
        yield ((Style.GOOD, "  nothing is lost, stale, yielded twice or freed in use"),)
    yield ()
    for name, number in came.counts.items():
        yield ((Style.PLAIN, f"  {name:<10}  {number:>12,}"),)
    if came.counts:
        yield ((Style.PLAIN, f"  bytes in use before: {came.before:,}, after: {came.after:,}"),)
    if not came.checkmark:
        yield from wrapped("Markings were not checked: gccheckmark can be believed from Go 1.25 on.", "  ", Style.BAD)
