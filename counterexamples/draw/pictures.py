"""A trace in pictures: one for each state, or all of them on one sheet. Draws what the model's `picture` says.

A model that has no `picture` gets one of its variables and processes. Everything keeps its place from state to state,
and what a step changed stands out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import Program
from checker.lang.picture import Picture
from checker.lang.view import pictured
from checker.semantics import State, Step
from counterexamples.draw.apart import pictures_of
from counterexamples.draw.chain import short_name, shown_parameters, trace_svg
from counterexamples.draw.drawing.generic import generic_picture
from counterexamples.draw.drawing.paint import MONO, PALETTE, Drawing, colour, document, paint, palette_css, text
from counterexamples.draw.drawing.places import wide
from counterexamples.draw.svg import wrap
from counterexamples.explain.changes import Idle, changes, facts, idle
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import Line, Style, describe_steps, initially, render_conclusion

__all__ = [
    "PALETTE",
    "frames",
    "has_picture",
    "palette_css",
    "picture_svg",
    "state_picture",
    "state_pictures",
    "trace_picture",
]

_SHEET = 1340.0  # px that a sheet is wide, if its pictures allow
_EDGE = 30.0  # px round the sheet
_GAP = 22.0  # px between panels
_CAPTION = 16.0  # px from one line of a caption to the next


def has_picture(program: Program) -> bool:
    """Whether the model says itself how a state looks."""
    return pictured(program)


def trace_picture(program: Program, trace: Trace, shows: str) -> str:
    """The picture of a trace: a sheet of the model's own pictures; without these, the steps as a chain of changes.
    Raises ModelError U019 if the model's `picture` fails."""
    return picture_svg(program, trace, shows) if has_picture(program) else trace_svg(program, trace, shows)


def state_picture(program: Program, state: State) -> Picture:
    """How one state looks: as the model says, or else its variables and processes. Raises ModelError U019."""
    return state_pictures(program, [state], [None])[0]


def state_pictures(program: Program, states: Sequence[State], waiting: Sequence[Idle]) -> list[Picture]:
    """How states look, in one order, given who has not begun in each. Raises ModelError U019 if the model's `picture`
    fails, or takes too long."""
    made = pictures_of(program, states)
    if made is not None:
        return made
    return [generic_picture(program, state, who) for state, who in zip(states, waiting, strict=True)]


def frames(program: Program, trace: Trace) -> tuple[str, ...]:
    """One SVG document for each state, all of one size, everything in one place; class="changed" is on what a step
    changed. Raises ModelError U019 if the model's `picture` fails."""
    drawing = _drawing(program, trace)
    if drawing is None:
        return ()
    waiting, name = idle(program, trace), short_name(program)
    return tuple(
        drawing.document(number, f"{name}, state {number + 1} of {len(trace)}", _said(program, trace, waiting, number))
        for number in range(len(trace))
    )


def _drawing(program: Program, trace: Trace) -> Drawing | None:
    pictures = state_pictures(program, trace.states, idle(program, trace)[: len(trace.states)])
    return paint(pictures) if pictures else None


def _said(program: Program, trace: Trace, waiting: Sequence[Idle], number: int) -> str:
    """What a picture shows, in words: all that the first state holds, and what each step changed."""
    if number == 0:
        found = facts(program, trace.states[0], waiting[0])
    else:
        found = changes(program, *trace.states[number - 1 : number + 1], *waiting[number - 1 : number + 1])
    return "; ".join(f"{fact.subject}: {fact.text}" for fact in found) or "nothing changes"


def picture_svg(program: Program, trace: Trace, shows: str | None = None) -> str:
    """All states on one sheet, each below the step that leads to it; at the end what the trace shows, if a property's
    name is given. Raises ModelError U019 if the model's `picture` fails."""
    drawing = _drawing(program, trace)
    ending = tuple(render_conclusion(program, trace, shows)) if shows is not None else ()
    good = any(style is Style.GOOD for line in ending for style, _ in line)
    sheet = _Sheet(drawing, "good" if good else "bad" if ending else "quiet")
    sheet.head(short_name(program), shown_parameters(program))
    steps = describe_steps(program, trace)
    for number in range(len(trace)):
        words = steps[number - 1] if number else initially(trace)
        sheet.panel(str(number + 1), words, number, number == len(trace.taken) and not isinstance(trace.end, Lasso))
    match trace.end:
        case Failing(Step(), _):
            sheet.panel("!", f"{steps[-1]} fails", None, True)
        case Lasso() as end:
            sheet.panel("…", goes_on(trace, end), None, True)
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)
    sheet.ending(ending)
    title, waiting = f"{short_name(program)}: a trace of {len(trace)} states", idle(program, trace)
    return sheet.document(title, " ".join(f"{n + 1}: {_said(program, trace, waiting, n)}." for n in range(len(trace))))


def captioned_svg(program: Program, panels: Sequence[tuple[str, State]], said: str) -> str:
    """States with words of one's own above each, and a sentence below all, on one sheet. They need not be a trace.
    Raises ModelError U019 if the model's `picture` fails."""
    pictures = state_pictures(program, [state for _, state in panels], [None] * len(panels))
    sheet = _Sheet(paint(pictures), "bad")
    sheet.head(short_name(program), shown_parameters(program))
    for number, (words, _) in enumerate(panels):
        sheet.panel(str(number + 1), words, number, number == len(panels) - 1)
    sheet.ending([((Style.BAD, said),)])
    return sheet.document(f"{short_name(program)}: {said}", "; ".join(words for words, _ in panels))


class _Sheet:
    """Panels from left to right and from the top, as wide as the pictures need."""

    def __init__(self, drawing: Drawing | None, mood: str) -> None:
        self._drawing = drawing
        self._mood = mood
        self._wide = max(200.0, drawing.width) if drawing is not None else 400.0
        self._columns = max(1, int((_SHEET - 2 * _EDGE + _GAP) / (self._wide + _GAP)))
        self._parts: list[str] = []
        self._y = _EDGE
        self._row: list[tuple[str, Sequence[str], int | None, bool]] = []
        self._right = 420.0

    def head(self, name: str, parameters: str) -> None:
        """The model's name, and its parameters below it."""
        self._parts.append(text(_EDGE, self._y + 14, name, size=19, fill=colour("ink"), weight="600"))
        self._y += 24
        for line in self._wrapped(parameters, 100):
            self._y += 16
            self._put(line, "quiet", 12.0)
        self._y += 26

    def panel(self, number: str, words: str, state: int | None, last: bool) -> None:
        """One state below the step that leads to it."""
        self._row.append((number, self._wrapped(words, max(18, int((self._wide - 34) / 7.2))), state, last))
        if len(self._row) == self._columns:
            self._finish_row()

    def ending(self, lines: Sequence[Line]) -> None:
        """What the trace shows, below everything."""
        self._finish_row()
        for line in lines:
            styles = {style for style, words in line if words.strip()}
            shade = "bad" if Style.BAD in styles else "good" if Style.GOOD in styles else "ink"
            words = "".join(words for _, words in line)
            self._y += 18
            code = Style.NEW in styles
            indent = 12.0 * (len(words) - len(words.lstrip()) > 2) + 12.0 * code
            self._put(words.strip(), shade, 12.0 if code else 13.0, indent, MONO if code else "")

    def document(self, title: str, description: str) -> str:
        """The whole sheet; it follows the reader's preference for light or dark."""
        dark = f"{palette_css('svg')} @media (prefers-color-scheme: dark) {{ {palette_css('svg', dark=True)} }}"
        return document(self._right + _EDGE, self._y + _EDGE, title, description, self._parts, dark)

    def _wrapped(self, words: str, columns: int) -> list[str]:
        return wrap(words, columns) if words else []

    def _put(self, words: str, shade: str, size: float, indent: float = 0.0, face: str = "") -> None:
        weight = "600" if shade in ("bad", "good") else ""
        x = _EDGE + indent
        self._parts.append(text(x, self._y, words, size=size, fill=colour(shade), weight=weight, face=face))
        self._right = max(self._right, _EDGE + indent + wide(words, size))

    def _finish_row(self) -> None:
        """Set the panels that wait side by side."""
        if not self._row:
            return
        lines = max(len(words) for _, words, _, _ in self._row)
        caption = 14 + _CAPTION * lines
        for place, panel in enumerate(self._row):
            self._parts += self._panel(_EDGE + place * (self._wide + _GAP), self._y, caption, panel)
        self._right = max(self._right, _EDGE + len(self._row) * (self._wide + _GAP) - _GAP)
        tall = self._drawing.height if self._drawing is not None else 0.0
        self._y += caption + tall + _GAP
        self._row = []

    def _panel(
        self, x: float, y: float, caption: float, panel: tuple[str, Sequence[str], int | None, bool]
    ) -> Iterator[str]:
        number, words, state, last = panel
        tall = self._drawing.height if self._drawing is not None and state is not None else 0.0
        edge = colour(self._mood if last and self._mood != "quiet" else "frame")
        place = f'x="{x:.1f}" y="{y:.1f}" width="{self._wide:.1f}" height="{caption + tall:.1f}"'
        yield f'<rect {place} rx="10" fill="none" stroke="{edge}" stroke-width="{2 if last else 1}"/>'
        disc = colour(self._mood if last else "quiet")
        yield f'<circle cx="{x + 18:.1f}" cy="{y + 19:.1f}" r="10.5" fill="{disc}"/>'
        yield text(x + 18, y + 23, number, size=11, fill=colour("paper"), anchor="middle", weight="600")
        for row, line in enumerate(words):
            yield text(x + 35, y + 23 + _CAPTION * row, line, size=12.5, fill=colour("ink"), weight="600")
        if self._drawing is not None and state is not None:
            left = x + (self._wide - self._drawing.width) / 2
            yield f'<g transform="translate({left:.1f} {y + caption:.1f})">{self._drawing.bodies[state]}</g>'
