"""`evacheck conform --all`: every model of a map against every version of Go, in one table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

import typer

from checker.commands.common import screen
from checker.commands.report_proofs import wrapped
from checker.conform.matrix import CLASSIC, ROWS, SWISS, Came, carried_out
from checker.contract.wording import Status, counted
from counterexamples.explain.text import Line, Style

_HEAD = ("Go", "model", "keys", "operations", "mismatches", "Go's own faults", "never seen")


def conform_all(operations: int, seed: int) -> None:
    """Do every row, and say what came of each. Exit status 1 if a model differs from real maps, or nothing was done.

    The rows have seeds one after the other, so that together they see more."""
    started = time.monotonic()
    done: list[Came] = []
    screen.show([_line(_HEAD, Style.STEP)])
    for number, row in enumerate(ROWS):
        named = f"  Go {row.version}, {row.kind} keys: "
        came = carried_out(row, operations, seed + number, partial(_passing, named))
        screen.passing("")
        screen.show([_row(came)])
        done.append(came)
    screen.show(_summary(done, time.monotonic() - started))
    if any(each.found is not None for each in done) or all(each.not_done for each in done):
        raise typer.Exit(int(Status.NOT_AS_EXPECTED))


def _passing(named: str, operations: int) -> None:
    screen.passing(f"{named}{counted(operations, 'operation')}")


def _row(came: Came) -> Line:
    name = came.row.model.rpartition(":")[2]
    if came.not_done is not None:
        return ((Style.QUIET, f"  {came.row.version:<8}  {name:<17}  {came.row.kind:<9}  not done: {came.not_done}"),)
    cells = (
        came.row.version,
        name,
        came.row.kind,
        f"{came.held.operations:,}",
        "0" if came.found is None else "1",
        f"{came.faults:,}",
        f"{len(came.never)} of {len(came.events)}",
    )
    return _line(cells, Style.PLAIN if came.found is None else Style.BAD)


def _line(cells: Sequence[str], style: Style) -> Line:
    first, second, third, *rest = cells
    numbers = "  ".join(cell.rjust(len(head)) for cell, head in zip(rest, _HEAD[3:], strict=True))
    return ((style, f"  {first:<8}  {second:<17}  {third:<9}  {numbers}"),)


def _summary(done: Sequence[Came], seconds: float) -> Iterator[Line]:
    """What it comes to: how much was done, what differs, what was never seen in any row of a model."""
    yield ()
    total = sum(each.held.operations for each in done)
    odd = [each for each in done if each.found is not None]
    good = f"  the models take every one of {total:,} operations ({seconds:.0f} s)"
    yield (
        ((Style.BAD, f"  {counted(len(odd), 'row')} of {len(done)} with a mismatch"),) if odd else ((Style.GOOD, good),)
    )
    for each in odd:
        assert each.found is not None
        named = f"{each.row.model} --go {each.row.version} --keys {each.row.kind}"
        yield from wrapped(f"{named}: operation {each.found.number:,}: {each.found.problem}", "  ", Style.BAD)
    left = [each for each in done if each.not_done is not None]
    if left:
        yield ((Style.BAD, f"  {counted(len(left), 'row')} not done"),)
    for model in (CLASSIC, SWISS):
        rows = [each for each in done if each.row.model == model and each.not_done is None]
        never = [name for name in rows[0].events if all(name in each.never for each in rows)] if rows else []
        if never:
            yield from wrapped(f"NEVER SEEN of {model}: {'; '.join(never)}.", "  ", Style.BAD)
