"""What the command says: verdicts, counts, tables, progress, as styled lines. Decides nothing.

With `checker.cli` the only module that prints, and only through `Screen`. A terminal gets colour and progress; a pipe
gets the same words, plain, without a line that is later overwritten.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from checker.codes import Code
from checker.commands.report_proofs import engine_lines, mood, proof_lines, seconds, took, wrapped
from checker.commands.run import Files
from checker.commands.sweep_growth import Growth, growths
from checker.commands.sweeps import (
    LEFT_OPEN,
    Cell,
    Plan,
    Shared,
    SweepRow,
    column,
    common,
    corners,
    label,
    missing,
    properties,
)
from checker.contract.task import Outcome, Stats
from checker.contract.verdict import Unreachable
from checker.contract.wording import Status, counted, listed, wording
from checker.engines.common.growth import about
from checker.errors import EvacheckError, ModelError, Problem, UsageError
from counterexamples.explain.text import Line, Style, plain

if TYPE_CHECKING:
    from checker.certificates.certificate import Written

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
_WIDTH = 80


class Screen:
    """Where lines go: standard output, and standard error for what is wrong or passing; those of the moment, unless
    others are given."""

    def __init__(self, out: TextIO | None = None, error: TextIO | None = None) -> None:
        self._to = out
        self._wrong_to = error
        self._arrived = 0

    @property
    def _out(self) -> TextIO:
        return self._to or sys.stdout

    @property
    def _error(self) -> TextIO:
        return self._wrong_to or sys.stderr

    def show(self, lines: Iterable[Line]) -> None:
        """Print lines; in colour on a terminal."""
        _print(self._out, list(lines))

    def text(self, words: str) -> None:
        """Print a text as it stands, for other programs to read."""
        self._out.write(_printable(self._out, words if words.endswith("\n") else words + "\n"))
        self._out.flush()

    def complain(self, problems: Sequence[Problem]) -> None:
        """Say what the user did wrong."""
        _print(self._error, [line for problem in problems for line in problem_lines(problem)])

    def mistaken(self, error: EvacheckError) -> None:
        """Say what is wrong in a model or on the command line, and go on."""
        match error:
            case ModelError():
                self.complain(error.problems)
            case UsageError():
                self.complain((error.problem,))
            case _:
                self.warn(str(error))

    def warn(self, words: str) -> None:
        """Say what went wrong otherwise."""
        _print(self._error, [((Style.BAD, words),)])

    def note(self, words: str) -> None:
        """Say what is about to happen, beside what is printed."""
        _print(self._error, [((Style.QUIET, words),)])

    @property
    def watched(self) -> bool:
        """Whether someone sees standard error on a terminal."""
        return self._error.isatty()

    def passing(self, words: str) -> None:
        """Show a line that the next output overwrites; nothing erases it. Only on a terminal."""
        if self.watched:
            self._error.write(f"\r\x1b[K{words[: _columns(self._error) - 1]}")
            self._error.flush()

    def arrived(self, words: str) -> None:
        """Show a line of what is there so far, for `clear` to remove. Only on a terminal."""
        if self.watched:
            self.passing(words)
            self._error.write("\n")
            self._arrived += 1

    def clear(self) -> None:
        """Remove the lines of `arrived`, unless some have left the terminal already: then they stay."""
        if self._arrived and self._arrived < shutil.get_terminal_size().lines:
            self._error.write(f"\r\x1b[{self._arrived}A\x1b[J")
            self._error.flush()
        self._arrived = 0


def _print(stream: TextIO, lines: Sequence[Line]) -> None:
    if stream.isatty():
        # rich takes longer to import than a small model to check; a pipe does not need it
        from rich.console import Console  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        console = Console(file=stream, highlight=False)
        for line in lines:
            parts = ((_printable(stream, text), _RICH[style]) for style, text in line)
            console.print(Text.assemble(*parts), soft_wrap=True)
    else:
        stream.write(_printable(stream, plain(lines)))
        stream.flush()


def _printable(stream: TextIO, text: str) -> str:
    """A text as the stream can take it: what its encoding has not, such as half characters, is spelt out."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


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
        said = f"{stats.distinct:,} states, {rate:,.0f} a second, depth {stats.depth}, {_ahead(stats)}"
        self._screen.passing(f"  {stats.doing}, {seconds(stats.seconds)}" if stats.doing else f"  {said}")
        self._shown = True

    def close(self) -> None:
        """Remove the line."""
        if self._shown:
            self._screen.passing("")


def _ahead(stats: Stats) -> str:
    """What is still to be done, and whether memory may end before."""
    if stats.to_come is None:
        return f"{stats.queue:,} waiting"
    short = stats.room is not None and stats.room < stats.distinct + stats.to_come
    return f"about {about(stats.to_come)} to come" + (f", memory for {about(stats.room or 0)}" if short else "")


def problem_lines(problem: Problem) -> list[Line]:
    """A mistake with its place, and the remedy below it."""
    place = f"{problem.span}: " if problem.span else ""
    remedy = [((Style.PLAIN, f"    {line}"),) for line in problem.remedy.splitlines()]
    return [((Style.PLAIN, place), (Style.BAD, problem.code), (Style.PLAIN, f" {problem.problem}")), *remedy]


def outcome_lines(title: str, outcome: Outcome) -> list[Line]:
    """The verdicts of a direct run, and what it took."""
    width = max((len(name) for name in outcome.verdicts), default=0)
    lines: list[Line] = [((Style.STEP, title),)]
    for name, verdict in outcome.verdicts.items():
        lines.append(((Style.PLAIN, f"  {name.ljust(width)}  "), (mood(name, verdict), wording(verdict).sentence)))
    table = engine_lines(outcome)
    by = f"{took(outcome)}, engine {outcome.engine}" if not table else f"engine {outcome.engine}:"
    lines += [*proof_lines(outcome), (), ((Style.QUIET, by),), *table]
    if outcome.kept_seconds is not None:
        said = f"(cached: decided before, in {seconds(outcome.kept_seconds)}; --fresh decides it anew)"
        lines.append(((Style.QUIET, said),))
    lines += [line for note in outcome.notes for line in wrapped(note)]
    if outcome.stopped is not None:
        lines.append(((Style.BAD, f"Stopped early: {outcome.stopped}."),))
    return lines


def file_lines(written: Files) -> list[Line]:
    """Where traces and pictures were written."""
    labelled = (("Trace    ", written.traces), ("Picture  ", written.pictures))
    return [
        ((Style.QUIET, label), (Style.PLAIN, str(paths[name])))
        for name in written.traces
        for label, paths in labelled
        if name in paths
    ]


def certified_lines(written: Written) -> list[Line]:
    """What a certificate is for, and how to have it checked."""
    parts = [] if written.states is None else [counted(written.states, "state")]
    parts += [counted(written.obligations, "obligation")] if written.obligations else []
    where = near(written.folder)
    return [
        ((Style.PLAIN, f"certificate of {', '.join(written.properties)}: {where} ({', '.join(parts)})"),),
        ((Style.QUIET, f"  evacheck recheck {where}  decides it again"),),
    ]


def never_lines(outcome: Outcome) -> list[Line]:
    """What to make of a `@sometimes` that never happens: it has no trace to look at."""
    never = [name for name, verdict in outcome.verdicts.items() if isinstance(verdict, Unreachable)]
    if not never:
        return []
    words = f"No state of the model shows {', '.join(never)}: what holds may hold because nothing happens."
    return [((Style.PLAIN, words),)]


def near(path: Path) -> str:
    """A path as short as it can be and still be opened from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def arrival(tried: SweepRow) -> str:
    """One line on a combination as soon as it is there."""
    broken = tried.counterexample
    if tried.problem is not None:
        said = "cannot be checked"
    elif broken is not None:
        said = f"{broken.name} {broken.text}"
    else:
        said = "nothing violated"
    visited = f", {tried.stats.distinct:,} states" if tried.stats.distinct else ""
    return f"  {tried.label}: {said}{visited}, {seconds(tried.seconds)}"


def sweep_lines(planned: Plan, settings: Mapping[str, str], found: Sequence[SweepRow]) -> list[Line]:
    """What a sweep came to: what all rows share, the table, and the shortest counterexample of each broken row."""
    title = "  ".join((planned.model, *(f"{name}={value}" for name, value in settings.items())))
    some = "" if len(found) == len(planned.combinations) else f"{len(found)} of "
    lines: list[Line] = [
        ((Style.STEP, title),),
        ((Style.QUIET, f"{some}{counted(len(planned.combinations), 'combination')}"),),
        (),
    ]
    shared = common(found)
    lines += [
        *_shared_lines(found, shared),
        *(_table_lines(planned, found, shared) if found else []),
        *_note_lines(planned, found),
        *_growth_lines(growths(planned, found)),
    ]
    broken = list(corners(found))
    if broken:
        lines += [(), ((Style.PLAIN, "The shortest counterexample of each broken row:"),)]
    for tried, cell in broken:
        length = f"in {counted(cell.states, 'state')}" if cell.states else "by init"
        lines += _corner(f"{tried.label}:", f"{cell.name} {length}:", cell.trace)
    return lines


def _growth_lines(found: Sequence[Growth]) -> list[Line]:
    """What one more of a parameter costs, a sentence for each that was swept."""
    sentences: list[str] = []
    for name in dict.fromkeys(each.name for each in found):
        several = [each for each in found if each.name == name]
        factors = [f"{factor:.1f}" for each in several for factor in each.factors]
        least, most = min(factors, key=float), max(factors, key=float)
        if len(several) > 1:
            said = least if least == most else f"{least} to {most}"
        else:
            said = listed(factors)
        sentence = f"One more of {name}: {said} times the states"
        if len(several) == 1 and (states := several[0].next_states) is not None:
            sentence += f"; about {about(states)} with {several[0].to + 1}, at this rate"
        sentences.append(f"{sentence}.")
    lines = [line for each in sentences for line in textwrap.wrap(each, _WIDTH, break_on_hyphens=False)]
    return [(), *[((Style.PLAIN, line),) for line in lines]] if lines else []


def _corner(combination: str, said: str, trace: Path | None) -> list[Line]:
    """One line if it fits; the file, which is to be copied, is never broken."""
    where = "(not written)" if trace is None else near(trace)
    head: Line = ((Style.STEP, f"  {combination} "), (Style.BAD, said))
    if len(combination) + len(said) + len(where) + 4 <= _WIDTH:
        return [(*head, (Style.PLAIN, f" {where}"))]
    first = [head] if len(combination) + len(said) + 3 <= _WIDTH else [head[:1], ((Style.BAD, f"    {said}"),)]
    return [*first, ((Style.PLAIN, f"{'    ' if len(where) + 4 <= _WIDTH else ''}{where}"),)]


def _shared_lines(found: Sequence[SweepRow], shared: Mapping[str, Shared]) -> list[Line]:
    """A sentence for what is the same in every row."""
    cells = [cell for each in found for cell in each.cells]
    left = {cell.name for cell in cells if cell.skipped}
    checked = "checked " if any(each.problem is not None for each in found) else ""
    groups: dict[tuple[Shared, bool], list[str]] = {}
    for name, said in shared.items():
        groups.setdefault((said, name in left and said != LEFT_OPEN), []).append(name)
    lines: list[Line] = []
    for ((many, one), partly), names in groups.items():
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        where = "wherever decided" if partly else f"in every {checked}row"
        sentence = f"{listed} {one if len(names) == 1 else many} {where}."
        lines += [((Style.PLAIN, line),) for line in textwrap.wrap(sentence, _WIDTH, break_on_hyphens=False)]
    if any(cell.skipped for cell in cells):
        words = "A row ends at its first violation (- is undecided); --keep-going goes on."
        lines += [((Style.QUIET, line),) for line in textwrap.wrap(words, _WIDTH, break_on_hyphens=False)]
    return [*lines, ()] if lines else []


_Cells = list[tuple[Style, str]]


def _table_lines(planned: Plan, found: Sequence[SweepRow], shared: Mapping[str, Shared]) -> list[Line]:
    """The table. Names that are too wide become numbers with a legend; columns beyond that go below, in a further
    part."""
    names = [name for name in properties(found) if name not in shared]
    swept: list[_Cells] = [_swept(name, found) for name in planned.swept]
    took: list[_Cells] = [
        _right("states", [f"{each.stats.distinct:,}" if each.stats.distinct else "" for each in found]),
        _right("time", [seconds(each.seconds) for each in found]),
    ]
    verdicts = [_verdicts(name, column(found, name)) for name in names]
    lines: list[Line] = []
    if _width([*swept, *verdicts, *took]) > _WIDTH:
        verdicts = [_verdicts(f"({number})", column(found, name)) for number, name in enumerate(names, 1)]
        lines = [((Style.QUIET, f"({number}) "), (Style.PLAIN, name)) for number, name in enumerate(names, 1)]
        lines.append(())
    while True:
        count = len(verdicts)
        while count > 1 and _width([*swept, *verdicts[:count], *took]) > _WIDTH:
            count -= 1
        lines += _part(found, [*swept, *verdicts[:count], *took], len(swept), first=bool(took))
        verdicts, took = verdicts[count:], []
        if not verdicts:
            return lines
        lines.append(())


def _part(found: Sequence[SweepRow], columns: Sequence[_Cells], swept: int, first: bool) -> list[Line]:
    """A header, and a row for each combination."""
    lines: list[Line] = [tuple(_spaced([cells[0] for cells in columns]))]
    for number, tried in enumerate(found, 1):
        row = [cells[number] for cells in columns]
        if tried.problem is not None:
            row = [*row[:swept], (Style.BAD, "cannot be checked, see below")]
            if not first:
                continue
        lines.append(tuple(_spaced(row)))
    return lines


def _spaced(row: Sequence[tuple[Style, str]]) -> list[tuple[Style, str]]:
    return [(style, text if not number else f"  {text}") for number, (style, text) in enumerate(row)]


def _width(columns: Sequence[_Cells]) -> int:
    return sum(len(cells[0][1]) for cells in columns) + 2 * (len(columns) - 1)


def _swept(name: str, found: Sequence[SweepRow]) -> _Cells:
    texts = [name, *(each.combination[name] for each in found)]
    width = max(map(len, texts))
    return [(Style.QUIET if not number else Style.STEP, text.ljust(width)) for number, text in enumerate(texts)]


def _right(title: str, texts: Sequence[str]) -> _Cells:
    width = max(map(len, [title, *texts]))
    return [(Style.QUIET, text.rjust(width)) for text in [title, *texts]]


def _verdicts(title: str, cells: Sequence[Cell | None]) -> _Cells:
    texts = [title, *("" if cell is None else cell.text for cell in cells)]
    width = max(map(len, texts))
    return [
        (Style.QUIET, title.ljust(width)),
        *((Style.PLAIN if cell is None else _cell_mood(cell), text.ljust(width))
          for cell, text in zip(cells, texts[1:], strict=True)),
    ]  # fmt: skip


def _cell_mood(cell: Cell) -> Style:
    if cell.skipped:
        return Style.QUIET
    return {Status.AS_EXPECTED: Style.GOOD, Status.INCONCLUSIVE: Style.PLAIN}.get(cell.status, Style.BAD)


def _note_lines(planned: Plan, found: Sequence[SweepRow]) -> list[Line]:
    """What the table has no room for: numbers in cells, rows that stopped early or could not be checked or are
    missing."""
    notes: list[Line] = []
    if any(cell.states for each in found for cell in each.cells):
        notes.append(((Style.QUIET, "A number after a verdict: the states of the shortest trace that shows it."),))
    for tried in found:
        if tried.problem is not None:
            notes.append(((Style.STEP, f"{tried.label} "), (Style.BAD, "cannot be checked:")))
            notes += [((Style.PLAIN, f"    {line.strip()}"),) for line in tried.problem.splitlines()]
        elif tried.stopped is not None:
            notes.append(((Style.STEP, f"{tried.label} "), (Style.BAD, f"stopped early: {tried.stopped}.")))
    rest = missing(planned, found)
    if rest:
        notes.append(((Style.BAD, f"Interrupted: {len(rest)} of {len(planned.combinations)} rows are missing:"),))
        notes += [((Style.PLAIN, f"    {label(each)}"),) for each in rest]
    return [(), *notes] if notes else []


def listing(models: Mapping[str, tuple[str, Mapping[str, str]]]) -> list[Line]:
    """The models of the catalogue: name, first line of the docstring, parameters with their defaults."""
    lines: list[Line] = []
    for name, (doc, parameters) in models.items():
        lines.append(((Style.STEP, name),))
        lines += [((Style.PLAIN, line),) for line in _filled(doc.split(), " ")]
        lines += [((Style.QUIET, line),) for line in _filled([f"{key}={value}" for key, value in parameters.items()])]
    return lines


def _filled(words: Iterable[str], gap: str = "  ") -> list[str]:
    """Words side by side, in as many lines as they take, indented by four columns."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(gap) + len(word) <= _WIDTH:
            lines[-1] += gap + word
        else:
            lines.append(f"    {word}")
    return lines


def code_lines(name: str, code: Code) -> list[Line]:
    """A code with its explanation and its two examples."""
    lines: list[Line] = [((Style.NUMBER, name), (Style.STEP, f"  {code.title}")), ()]
    lines += [((Style.PLAIN, line),) for line in textwrap.wrap(code.explanation, 80)]
    for title, example in (("Not:", code.bad), ("But:", code.good)):
        if example:
            lines += [(), ((Style.QUIET, title),), *(((Style.PLAIN, f"    {line}"),) for line in example.splitlines())]
    return lines
