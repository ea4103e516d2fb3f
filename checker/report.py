"""What the command says: verdicts, counts, tables, progress, as styled lines. Decides nothing.

With `checker.cli` the only module that prints, and only through `Screen`. A terminal gets colour and progress; a pipe
gets the same words, plain, without a line that is later overwritten.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from checker.codes import Code
from checker.engine import Outcome, Stats, Unreachable, Verdict
from checker.errors import Problem
from checker.verdicts import Status, counted, status, words
from checker.verify import Examined, Row
from counterexamples.text import Line, Style, plain

_RICH = {
    Style.PLAIN: "",
    Style.NUMBER: "bold cyan",
    Style.STEP: "bold",
    Style.SUBJECT: "",
    Style.OLD: "dim",
    Style.NEW: "cyan",
    Style.QUIET: "dim",
    Style.BAD: "bold red",
    Style.GOOD: "bold green",
}
_LABEL = 42  # columns for a model with its parameters, in a catalogue run
_PROPERTY = 40


class Screen:
    """Where lines go: standard output, and standard error for what is wrong or passing."""

    def __init__(self, out: TextIO | None = None, error: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._error = error or sys.stderr

    def show(self, lines: Iterable[Line]) -> None:
        """Print lines; in colour on a terminal."""
        _print(self._out, list(lines))

    def text(self, words: str) -> None:
        """Print a text as it stands, for other programs to read."""
        self._out.write(words if words.endswith("\n") else words + "\n")
        self._out.flush()

    def complain(self, problems: Sequence[Problem]) -> None:
        """Say what the user did wrong."""
        _print(self._error, [line for problem in problems for line in problem_lines(problem)])

    def warn(self, words: str) -> None:
        """Say what went wrong otherwise."""
        _print(self._error, [((Style.BAD, words),)])

    @property
    def watched(self) -> bool:
        """Whether someone sees standard error on a terminal."""
        return self._error.isatty()

    def passing(self, words: str) -> None:
        """Show a line that the next output overwrites; nothing erases it. Only on a terminal."""
        if self.watched:
            self._error.write(f"\r\x1b[K{words[: _columns(self._error) - 1]}")
            self._error.flush()


def _print(stream: TextIO, lines: Sequence[Line]) -> None:
    if stream.isatty():
        # rich takes longer to import than a small model to check; a pipe does not need it
        from rich.console import Console  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        console = Console(file=stream, highlight=False)
        for line in lines:
            console.print(Text.assemble(*((text, _RICH[style]) for style, text in line)), soft_wrap=True)
    else:
        stream.write(plain(lines))
        stream.flush()


def _columns(stream: TextIO) -> int:
    return shutil.get_terminal_size().columns


class ProgressLine:
    """A line that says how far a search has come; gone when it ends."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._last = time.perf_counter()
        self._before = 0
        self._shown = False

    def __call__(self, stats: Stats) -> None:
        now = time.perf_counter()
        if now - self._last < 0.2:
            return
        rate = (stats.distinct - self._before) / (now - self._last)
        self._last, self._before = now, stats.distinct
        self._screen.passing(
            f"  {stats.distinct:,} states, {rate:,.0f} a second, depth {stats.depth}, {stats.queue:,} waiting"
        )
        self._shown = True

    def close(self) -> None:
        """Remove the line."""
        if self._shown:
            self._screen.passing("")


def problem_lines(problem: Problem) -> list[Line]:
    """A mistake with its place, and the remedy below it."""
    place = f"{problem.span}: " if problem.span else ""
    remedy = [((Style.PLAIN, f"    {line}"),) for line in problem.remedy.splitlines()]
    return [((Style.PLAIN, place), (Style.BAD, problem.code), (Style.PLAIN, f" {problem.problem}")), *remedy]


def mood(name: str, verdict: Verdict) -> Style:
    """The style of a verdict's words."""
    match status(name, verdict):
        case Status.AS_EXPECTED:
            return Style.GOOD
        case Status.INCONCLUSIVE:
            return Style.PLAIN
        case _:
            return Style.BAD


def outcome_lines(title: str, outcome: Outcome) -> list[Line]:
    """The verdicts of a direct run, and what it took."""
    width = max((len(name) for name in outcome.verdicts), default=0)
    lines: list[Line] = [((Style.STEP, title),)]
    for name, verdict in outcome.verdicts.items():
        lines.append(((Style.PLAIN, f"  {name.ljust(width)}  "), (mood(name, verdict), words(verdict))))
    lines += [(), ((Style.QUIET, counts(outcome)),)]
    if outcome.stopped is not None:
        lines.append(((Style.BAD, f"Stopped early: {outcome.stopped}."),))
    return lines


def counts(outcome: Outcome) -> str:
    """`16 distinct states, 97 generated, depth 8, 1.2 s (0.4 s compiling), engine explicit`."""
    stats = outcome.stats
    compiling = f" ({stats.compile_seconds:.1f} s compiling)" if stats.compile_seconds >= 0.05 else ""
    return (
        f"{counted(stats.distinct, 'distinct state')}, {stats.generated:,} generated, depth {stats.depth}, "
        f"{seconds(stats.seconds)}{compiling}, engine {outcome.engine}"
    )


def seconds(duration: float) -> str:
    """A duration: `0.04 s`, `12.3 s`."""
    return f"{duration:.2f} s" if duration < 1 else f"{duration:,.1f} s"


def file_lines(traces: Mapping[str, Path], picture: Callable[[Path], Path]) -> list[Line]:
    """Where traces and pictures were written."""
    return [
        ((Style.QUIET, label), (Style.PLAIN, str(path)))
        for trace in traces.values()
        for label, path in (("Trace    ", trace), ("Picture  ", picture(trace)))
    ]


def never_lines(outcome: Outcome) -> list[Line]:
    """What to make of a `@sometimes` that never happens: it has no trace to look at."""
    never = [name for name, verdict in outcome.verdicts.items() if isinstance(verdict, Unreachable)]
    if not never:
        return []
    words = f"No state of the model shows {', '.join(never)}: what holds may hold because nothing happens."
    return [((Style.PLAIN, words),)]


def examined_lines(examined: Examined) -> list[Line]:
    """One entry of a catalogue run: what was explored, then a line for each property; within 80 columns."""
    label = examined.entry.label
    if examined.problem is not None:
        head: Line = ((Style.STEP, f"{label}  "), (Style.BAD, "cannot be checked"))
        return [head, *(((Style.BAD, f"    {line}"),) for line in examined.problem.splitlines()), ()]
    stats = examined.stats
    numbers = f"{stats.distinct:>10,} states  depth {stats.depth:>3}{examined.seconds:>6.1f} s"
    lines: list[Line] = [((Style.STEP, label),)] if len(label) > _LABEL else []
    lines.append(((Style.STEP, f"{'' if lines else label:<{_LABEL}}"), (Style.QUIET, numbers)))
    for row in examined.rows:
        lines += _row_lines(row)
    return [*lines, *(((Style.BAD, f"      {sentence}"),) for sentence in examined.unexpected), ()]


def _row_lines(row: Row) -> list[Line]:
    answer = (Style.GOOD, "  ok  ") if row.difference is None else (Style.BAD, "  NO  ")
    lines: list[Line] = [(answer, (Style.PLAIN, f"{row.property:<{_PROPERTY}}  {row.brief}"))]
    if row.difference is not None:
        lines.append(((Style.BAD, f"      {row.property} {row.difference}"),))
    if row.trace is not None:
        lines.append(((Style.QUIET, f"      {row.trace}"),))
    return lines


def summary(found: Sequence[Examined], took: float) -> Line:
    """`34 results, all as expected, 12.3 s`."""
    results = sum(max(1, len(each.rows)) for each in found)
    wrong = sum(
        1 if each.problem else sum(row.difference is not None for row in each.rows) + len(each.unexpected)
        for each in found
    )
    said = (Style.GOOD, "all as expected") if not wrong else (Style.BAD, f"{counted(wrong, 'difference')}")
    return (Style.PLAIN, f"{counted(results, 'result')}, "), said, (Style.PLAIN, f", {seconds(took)}")


def listing(models: Mapping[str, tuple[str, Mapping[str, str]]]) -> list[Line]:
    """The models of the catalogue: name, first line of the docstring, parameters with their defaults."""
    lines: list[Line] = []
    for name, (doc, parameters) in models.items():
        lines += [((Style.STEP, name),), ((Style.PLAIN, f"    {doc}"),)]
        if parameters:
            pairs = "  ".join(f"{key}={value}" for key, value in parameters.items())
            lines.append(((Style.QUIET, f"    {pairs}"),))
    return lines


def code_lines(name: str, code: Code) -> list[Line]:
    """A code with its explanation and its two examples."""
    lines: list[Line] = [((Style.NUMBER, name), (Style.STEP, f"  {code.title}")), ()]
    lines += [((Style.PLAIN, line),) for line in textwrap.wrap(code.explanation, 80)]
    for title, example in (("Not:", code.bad), ("But:", code.good)):
        if example:
            lines += [(), ((Style.QUIET, title),), *(((Style.PLAIN, f"    {line}"),) for line in example.splitlines())]
    return lines
