"""`evacheck fuzz`: random behaviours of a model, and what they covered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.check import select
from checker.commands import report
from checker.commands.common import Out, Settings, interruptible, screen
from checker.commands.options import duration, settings_of
from checker.commands.report_proofs import wrapped
from checker.commands.run import Checked, Request, compiled
from checker.commands.verify import report_unwritten, show_files, show_run, status_with
from checker.contract.judge import judge
from checker.contract.task import Budget, Task
from checker.contract.wording import counted, overall
from counterexamples.explain.text import Line, Style

if TYPE_CHECKING:
    from checker.engines.fuzz import FuzzOutcome

RUNS, STEPS, SEED = 200, 60, 0

SMALL = 2_000
"""States of a model up to which it is said, unasked, which share of them was seen."""

_MOST_BRANCHES = 8


def fuzz(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    settings: Settings = None,
    properties: Annotated[list[str] | None, typer.Option("--property", metavar="P", help="Property to check.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="Number of random behaviours.")] = RUNS,
    steps: Annotated[int, typer.Option(min=1, help="Most steps in each.")] = STEPS,
    seed: Annotated[int, typer.Option(help="Seed of the random generator.")] = SEED,
    limit: Annotated[str | None, typer.Option("--time", metavar="60s", help="Time limit: 500ms, 60s, 5m, 1h.")] = None,
    of_states: Annotated[
        int, typer.Option(min=0, metavar="N", help="Report the share of states seen, in models of up to N.")
    ] = SMALL,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Continue after a violation.")] = False,
    out: Out = None,
) -> None:
    """Test a model of any size with random behaviours (Hypothesis). Proves nothing.

    A violation is made short before it is shown. Exit status as that of `verify`.
    """
    from checker.engines import fuzz as fuzzing  # noqa: PLC0415 - Hypothesis, an extra and slow to load

    with interruptible():
        program = compiled(model, settings_of(settings or []))
        names = select(program, tuple(dict.fromkeys(properties or ())), model)
        progress = report.ProgressLine(screen)
        budget = Budget(seconds=None if limit is None else duration(limit))
        task = Task(program, names, budget, keep_going=keep_going, progress=progress if screen.watched else None)
        try:
            found = fuzzing.fuzz(task, runs, steps, seed, of_states=of_states or None)
        finally:
            progress.close()
        outcome = found.outcome
        judge(task, outcome)
    folder = out or Path("evacheck-out")
    request = Request(
        model, settings_of(settings or []), names, "fuzz", budget, 1, keep_going, folder, named_out=out is not None
    )
    show_run(program, request, outcome)
    screen.show([*coverage_lines(found, of_states != SMALL), ()])
    written = show_files(Checked(request, program, outcome))
    report_unwritten(written)
    raise typer.Exit(int(status_with(overall(outcome), written)))


def coverage_lines(found: FuzzOutcome, asked: bool = True) -> Iterator[Line]:
    """What the runs covered: how often each step was taken, what never was, and which share was seen. `asked` says that
    somebody wants to know why there is no share."""
    said = f"{counted(found.runs, 'run')}, {counted(found.steps, 'step')}, seed {found.seed}"
    yield ((Style.PLAIN, said),)
    yield ()
    names = [str(each.rule) for each in found.fired]
    width = min(48, max((len(name) for name in names), default=0))
    yield ((Style.QUIET, f"  {'step'.ljust(width)}  {'taken':>10}  {'in runs':>8}"),)
    for name, each in zip(names, found.fired, strict=True):
        style = Style.PLAIN if each.times else Style.BAD
        yield ((style, f"  {name.ljust(width)}  {each.times:>10,}  {each.runs:>8,}"),)
    never = [name for name, each in zip(names, found.fired, strict=True) if not each.times]
    yield ()
    if never:
        yield from wrapped(f"NEVER TAKEN: {', '.join(never)}. What these could break was not tried.", style=Style.BAD)
    entered, all_branches = found.branches
    if all_branches:
        yield from wrapped(f"Branches covered: {entered} of {all_branches}.")
    for branch in found.never_entered[:_MOST_BRANCHES]:
        yield from wrapped(f"  not {branch.span.file}:{branch.span.line} in {branch.owner}")
    if len(found.never_entered) > _MOST_BRANCHES:
        yield from wrapped(f"  and {len(found.never_entered) - _MOST_BRANCHES} more")
    for name, times in found.shown.items():
        yield from wrapped(f"{name} was seen in {counted(times, 'run')}.", style=Style.PLAIN if times else Style.BAD)
    if found.share is not None:
        share = found.share
        yield from wrapped(
            f"Seen: {share.states:,} of {share.all_states:,} states ({share.states / share.all_states:.0%}), "
            f"{share.edges:,} of {share.all_edges:,} pairs of a state and a next one."
        )
    for name, period in found.periods.items():
        yield from wrapped(f"{name} was judged in every {period}th state and in the last: it takes long.")
    for note in (*found.notes, *([found.no_share] if asked and found.no_share else [])):
        yield from wrapped(f"{note}.")
