"""A small picture of a trace for the gallery: a few of its states, everything in one place. Judges nothing.

Shown are states after actions and those at which a process leaves off: always the last and the one before it, so that
the deciding step stands alone; the first, if there is room; and of the others the one that looks most unlike its
neighbours. What differs from the picture before stands out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import Program
from checker.lang.picture import Picture
from checker.semantics import Step
from counterexamples.draw.chain import short_name
from counterexamples.draw.drawing.paint import Drawing, colour, document, paint, palette_css, text
from counterexamples.draw.pictures import state_pictures
from counterexamples.draw.svg import wrap
from counterexamples.explain.changes import changes, idle
from counterexamples.explain.loop import goes_on
from counterexamples.gallery.phases import called, join, told, turns

_MOST = 4  # states in a picture
_WIDE, _HIGH = 1200.0, 1000.0  # px that a picture of more than two states keeps to
_GAP = 14.0
_LINE = 16.0
_FALLBACK = re.compile(r"var\((--ev-[\w-]+), #[0-9a-f]+\)")
_HIDDEN = re.compile(r"[ ,]+\w*'\w+ = [^,;]*")  # locals that no author wrote: those of comprehensions
_WORDS = 150  # characters of what an alternative text tells of the last step


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture as an SVG document, what one sees on it in words, and how many states it shows."""

    svg: str
    words: str
    states: int


def sheet(program: Program, trace: Trace) -> Sheet:
    """Draw the deciding states of a trace. Raises ModelError U019 if the model's `picture` fails."""
    stops = _stops(program, trace)
    states, waiting = [trace.states[number] for number in stops], idle(program, trace)
    pictures = dict(zip(stops, state_pictures(program, states, [waiting[at] for at in stops]), strict=True))
    for most in range(_MOST, 0, -1):
        shown = _chosen(pictures, most)
        layout = _Layout(program, trace, shown, paint([pictures[number] for number in shown]))
        if most <= 2 or layout.fits():
            break
    words = _words(program, trace, shown)
    return Sheet(layout.document(words), words, len(shown))


def _stops(program: Program, trace: Trace) -> list[int]:
    """The states that may be shown: those at which a process leaves off, and those after each action."""
    stops = [0]
    for turn in turns(program, trace, alone=True):
        first = turn.until if turn.clause else turn.until - len(turn.steps) + 1
        stops += range(first, turn.until + 1)
    return [number for number in dict.fromkeys(stops) if number < len(trace)]


def _chosen(pictures: dict[int, Picture], most: int) -> list[int]:
    """Which of the states to show."""
    stops = list(pictures)
    chosen = set(stops[-2:]) | set(stops[:1] if most > 2 else [])
    while len(chosen) < min(most, len(stops)):
        rest = [number for number in stops if number not in chosen]
        chosen.add(max(rest, key=lambda number: (_news(pictures, chosen, number), number)))
    return sorted(chosen)


def _news(pictures: dict[int, Picture], chosen: set[int], number: int) -> int:
    """How much a state differs from the nearest ones that are shown."""
    near = [max((each for each in chosen if each < number), default=None), min(e for e in chosen if e > number)]
    return min(_difference(pictures[number], pictures[each]) for each in near if each is not None)


def _difference(one: Picture, other: Picture) -> int:
    leaves = [{leaf.id: leaf for leaf in each.leaves()} for each in (one, other)]
    different = sum(leaves[0].get(id) != leaves[1].get(id) for id in {*leaves[0], *leaves[1]})
    return different + len(set(one.edges) ^ set(other.edges))


def _captions(program: Program, trace: Trace, shown: Sequence[int]) -> list[str]:
    """The step that leads to each state; an ellipsis where states before it are left out."""
    found = []
    for place, number in enumerate(shown):
        skipped = number > 0 and (place == 0 or shown[place - 1] < number - 1)
        found.append(("… " if skipped else "") + (told(program, trace, number - 1) if number else "initially"))
    match trace.end:
        case Failing(Step() as step, _):
            found[-1] += f"; then {called(program, step)} fails"
        case Lasso() as end:
            found[-1] += f"; then {goes_on(trace, end)}"
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)
    return found


def _words(program: Program, trace: Trace, shown: Sequence[int]) -> str:
    """The alternative text: which states, and what the last step changes."""
    numbers = join([str(number + 1) for number in shown])
    if len(trace) == 1:
        return f"The only state of {short_name(program)}"
    said = ""
    for fact in changes(program, *trace.states[-2:], *idle(program, trace)[-2:]):
        words = f"{fact.subject}: {_HIDDEN.sub('', fact.text)}"
        more = f"{said}; {words}" if said else words
        said = more if len(more) <= _WORDS else said
    head = f"States {numbers} of the {len(trace)} of {short_name(program)}"
    return f"{head}; outlined is what the last step changes" + (f": {said}" if said else "")


class _Layout:
    """Panels in rows, each as large as the drawing."""

    def __init__(self, program: Program, trace: Trace, shown: Sequence[int], drawing: Drawing) -> None:
        self._shown, self._drawing, self._trace = shown, drawing, trace
        self._title = f"{short_name(program)}: {len(shown)} of {len(trace)} states"
        self._wide = max(drawing.width, 150.0)
        columns = int((_WIDE + _GAP) / (self._wide + _GAP))
        self._columns = max(1, min(columns, len(shown)))
        if len(shown) == 4 and self._columns == 3:
            self._columns = 2
        letters = max(14, int((self._wide - 36) / 7.0))
        self._captions = [wrap(each, letters) for each in _captions(program, trace, shown)]
        self._rows = [range(len(shown))[first : first + self._columns] for first in range(0, len(shown), self._columns)]
        self._heads = [13 + _LINE * max(len(self._captions[place]) for place in row) for row in self._rows]

    @property
    def width(self) -> float:
        """The width of the picture in px."""
        return self._columns * (self._wide + _GAP) + _GAP

    @property
    def height(self) -> float:
        """The height of the picture in px."""
        return sum(self._heads) + len(self._rows) * (self._drawing.height + _GAP) + _GAP

    def fits(self) -> bool:
        """Whether it is as small as a picture of several states should be."""
        return self.width <= _WIDE + 2 * _GAP and self.height <= _HIGH

    def document(self, description: str) -> str:
        """The SVG document; it follows the reader's preference for light or dark."""
        style = f"{palette_css('svg')} @media (prefers-color-scheme: dark) {{ {palette_css('svg', dark=True)} }}"
        drawn = document(self.width, self.height, self._title, description, self._panels(), style)
        return _FALLBACK.sub(r"var(\1)", drawn)

    def _panels(self) -> Iterator[str]:
        y = _GAP
        for row, head in zip(self._rows, self._heads, strict=True):
            for column, place in enumerate(row):
                yield from self._panel(place, _GAP + column * (self._wide + _GAP), y, head)
            y += head + self._drawing.height + _GAP

    def _panel(self, place: int, x: float, y: float, head: float) -> Iterator[str]:
        last = self._shown[place] == len(self._trace) - 1
        edge, disc = colour("bad" if last else "frame"), colour("bad" if last else "quiet")
        size = f'width="{self._wide:.0f}" height="{head + self._drawing.height:.0f}"'
        yield f'<rect x="{x:.0f}" y="{y:.0f}" {size} rx="9" fill="none" stroke="{edge}"/>'
        yield f'<circle cx="{x + 18:.0f}" cy="{y + 18:.0f}" r="10.5" fill="{disc}"/>'
        number = str(self._shown[place] + 1)
        yield text(x + 18, y + 22, number, size=11, fill=colour("paper"), anchor="middle", weight="600")
        for row, line in enumerate(self._captions[place]):
            yield text(x + 35, y + 22 + _LINE * row, line, size=12.5, fill=colour("ink"), weight="600")
        left = x + (self._wide - self._drawing.width) / 2
        yield f'<g transform="translate({left:.1f} {y + head:.1f})">{self._drawing.bodies[place]}</g>'
