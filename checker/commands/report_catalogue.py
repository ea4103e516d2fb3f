"""What the command says of models of the catalogue, as styled lines within 80 columns. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from checker.commands.report import near
from checker.commands.report_proofs import cells, seconds
from checker.commands.run import Examined, PropertyRow
from checker.contract.wording import counted
from counterexamples.explain.text import Line, Style

_LABEL = 42  # columns for a model with its parameters, in a catalogue run
_PROPERTY = 40
_BESIDE = 29  # for a property beside the verdicts of three engines


def examined_line(examined: Examined) -> list[Line]:
    """One entry of a run of the whole catalogue: a line if all is as expected, else all there is to say."""
    if not examined.as_expected:
        return examined_lines(examined)
    label, stats = examined.entry.label, examined.stats
    lines: list[Line] = [((Style.GOOD, "  ok  "), (Style.PLAIN, label))] if len(label) > _LABEL else []
    visited = f"{stats.distinct:>11,} states" if stats.distinct else f"{'proved':>18}"
    ok = " " * 6 if lines else "  ok  "
    shown = "" if lines else label
    return [
        *lines,
        ((Style.GOOD, ok), (Style.PLAIN, f"{shown:<{_LABEL}}"), (Style.QUIET, f"{visited}{_took(examined, 10)}")),
    ]


def examined_lines(examined: Examined) -> list[Line]:
    """One entry of a catalogue run: what was explored, then a line for each property; within 80 columns."""
    label = examined.entry.label
    if examined.problem is not None:
        head: Line = ((Style.STEP, f"{label}  "), (Style.BAD, "cannot be checked"))
        return [head, *(((Style.BAD, f"    {line}"),) for line in examined.problem.splitlines()), ()]
    stats = examined.stats
    visited = f"{stats.distinct:>10,} states" if stats.distinct else "no states visited"
    numbers = f"{visited}  depth {stats.depth:>3}{_took(examined, 8)}"
    lines: list[Line] = [((Style.STEP, label),)] if len(label) > _LABEL else []
    lines.append(((Style.STEP, f"{'' if lines else label:<{_LABEL}}"), (Style.QUIET, numbers)))
    if examined.rows and examined.rows[0].given:
        engines = [(engine, Style.QUIET) for engine, _ in examined.rows[0].given]
        lines += [((Style.QUIET, " " * 6), *line) for line in cells("", _BESIDE, engines)]
    for row in examined.rows:
        lines += _row_lines(row)
    return [*lines, *(((Style.BAD, f"      {sentence}"),) for sentence in examined.unexpected), ()]


def _took(examined: Examined, width: int) -> str:
    """The seconds that an entry took, or that it was decided before."""
    return f"{'cached' if examined.kept else f'{examined.seconds:.1f} s':>{width}}"


def _row_lines(row: PropertyRow) -> list[Line]:
    answer = (Style.GOOD, "  ok  ") if row.difference is None else (Style.BAD, "  NO  ")
    lines: list[Line] = [(answer, (Style.PLAIN, f"{row.property:<{_PROPERTY}}  {row.brief}"))]
    if row.given:
        given = cells(row.property, _BESIDE, [(said, Style.PLAIN) for _, said in row.given])
        lines = [(answer if not number else (Style.PLAIN, " " * 6), *line) for number, line in enumerate(given)]
    if row.difference is not None:
        lines.append(((Style.BAD, f"      {row.property} {row.difference}"),))
    if row.trace is not None:
        lines.append(((Style.QUIET, f"{'      trace ' if len(near(row.trace)) <= 68 else ''}{near(row.trace)}"),))
    return lines


def summary(found: Sequence[Examined], took: float) -> Line:
    """`34 results, all as expected, 12.3 s`."""
    results = sum(max(1, len(each.rows)) for each in found)
    wrong = sum(
        1 if each.problem else sum(row.difference is not None for row in each.rows) + len(each.unexpected)
        for each in found
    )
    said = (Style.GOOD, "all as expected") if not wrong else (Style.BAD, f"{counted(wrong, 'difference')}")
    kept = sum(each.kept for each in found)
    again = f"; {kept} of {counted(len(found), 'model')} cached (--fresh: anew)" if kept else ""
    return (Style.PLAIN, f"{counted(results, 'result')}, "), said, (Style.PLAIN, f", {seconds(took)}{again}")
