"""A trace as a picture: one card for each state, joined by arrows that name the steps. Draws, decides nothing.

The first card holds the whole state, the others what the step before them changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import assert_never

from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import Program
from checker.lang.model import known_model, outline
from checker.semantics import Step
from counterexamples.draw import svg
from counterexamples.draw.svg import CHARACTER, LINE, Row, TextSpan
from counterexamples.explain.changes import Fact, changes, facts, idle
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import Style, describe_steps, initially, render_conclusion

_RAIL = 34.0  # px from the left edge to the line on which the states' numbers stand
_LEFT = 64.0  # px from the left edge to the cards
_MARGIN = 28.0
_COLUMNS = 84  # characters in the widest card
_DISC = 12.0


def trace_svg(program: Program, trace: Trace, shows: str) -> str:
    """The picture of a trace and of what it shows: the name of a property."""
    ending = tuple(render_conclusion(program, trace, shows))
    good = any(style is Style.GOOD for line in ending for style, _ in line)
    waiting = idle(program, trace)
    pairs = zip(pairwise(trace.states), pairwise(waiting), strict=False)
    cards = [_rows(changes(program, *states, *who)) for states, who in pairs]
    if trace.states:
        cards.insert(0, _rows(facts(program, trace.states[0], waiting[0]), ""))
    widest = max(240.0, *(svg.card_width(rows) for rows in cards)) if cards else 240.0
    drawing = _Drawing("good" if good else "bad", widest)
    name = short_name(program)
    drawing.title(name, shown_parameters(program))
    steps = describe_steps(program, trace)
    for index, rows in enumerate(cards):
        drawing.caption(steps[index - 1] if index else initially(trace))
        drawing.state(str(index + 1), rows, index == len(trace.taken) and not isinstance(trace.end, Lasso))
    match trace.end:
        case Failing(Step(), _):
            drawing.caption(steps[-1])
            drawing.state("!", ((TextSpan("this step fails", "bad"),),), True)
        case Lasso() as end:
            drawing.caption("for ever")
            drawing.state("…", ((TextSpan(goes_on(trace, end), "bad"),),), True)
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)
    drawing.ending(ending)
    outcome = "shows" if good else "violates"
    described = (f"{number}: {step}" for number, step in enumerate(steps[: len(trace.steps)], 2))
    return drawing.document(f"{name}: a trace of {len(trace)} states that {outcome} {shows}", "; ".join(described))


def cards_svg(title: str, cards: Sequence[tuple[str, Sequence[Fact]]]) -> str:
    """The picture of states of which no model is known: a caption and facts for each."""
    rows = [_rows(facts_of, "new" if number else "") for number, (_, facts_of) in enumerate(cards)]
    drawing = _Drawing("", max(240.0, *(svg.card_width(each) for each in rows)))
    drawing.title(title, "")
    for number, ((caption, _), each) in enumerate(zip(cards, rows, strict=True), 1):
        drawing.caption(caption)
        drawing.state(str(number), each, False)
    return drawing.document(f"{title}: a trace of {len(cards)} states", "; ".join(caption for caption, _ in cards))


def short_name(program: Program) -> str:
    """The name of the model's class alone."""
    return program.model.rpartition(":")[2].rpartition(".")[2]


def shown_parameters(program: Program) -> str:
    """`objects = 3, goroutines = 2`."""
    given, usual = parameters_apart(program, apart=False)
    return ", ".join((*given, *usual))


def parameters_apart(program: Program, apart: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parameters as `objects = 3`: those that differ from their defaults, and those that equal them. All are of the
    first sort if they are not to be told `apart`, or the model's class is gone."""
    model = known_model(program.model) if apart else None
    usual = {} if model is None else {name: each.default for name, each in outline(model).parameters.items()}
    given: list[str] = []
    rest: list[str] = []
    for name, value in program.parameters.items():
        where = rest if name in usual and usual[name] == value else given
        where.append(f"{name} = {program.parameter_types[name].show(value)}")
    return tuple(given), tuple(rest)


class _Drawing:
    """Grows downwards, one piece after another."""

    def __init__(self, mood: str, width: float) -> None:
        self._mood = mood
        self._width = width
        self._parts: list[str] = []
        self._y = _MARGIN
        self._right = 440.0
        self._foot: float | None = None  # where the last disc ends

    def title(self, name: str, parameters: str) -> None:
        """The model's name and its parameters below it."""
        self._put(_MARGIN - 6, self._y + 14, (TextSpan(name),), "title", 12.0)
        self._y += 22
        for line in svg.wrap(parameters, _COLUMNS) if parameters else []:
            self._y += LINE
            self._put(_MARGIN - 6, self._y, (TextSpan(line),), "quiet")
        self._y += 22

    def caption(self, words: str) -> None:
        """What stands above a card: the step that leads there."""
        self._y += 14 if self._foot is not None else 0
        for line in svg.wrap(words, _COLUMNS):
            self._y += LINE
            self._put(_LEFT, self._y - 4, (TextSpan(line),), "step")
        self._y += 8

    def state(self, number: str, rows: Sequence[Row], last: bool) -> None:
        """A card, its number beside it, and the arrow from the number above."""
        mood = self._mood if last else ""
        centre = self._y + svg.PAD + 7
        if self._foot is not None:
            tip = centre - _DISC - 2
            self._parts.append(f'<path class="link" d="M{_RAIL} {self._foot:.1f}V{tip - 6:.1f}"/>')
            self._parts.append(f'<path class="tip" d="M{_RAIL} {tip:.1f}l-4.5 -8h9z"/>')
        self._parts.append(f'<circle class="{f"disc {mood}".strip()}" cx="{_RAIL}" cy="{centre:.1f}" r="{_DISC}"/>')
        self._parts.append(svg.text(_RAIL, centre + 4, (TextSpan(number),), "number on" if mood else "number"))
        self._parts.append(svg.card(_LEFT, self._y, self._width, rows, mood))
        self._right = max(self._right, _LEFT + self._width)
        self._foot = centre + _DISC
        self._y += svg.card_height(rows)

    def ending(self, lines: Sequence[Sequence[tuple[Style, str]]]) -> None:
        """What the trace shows, below it."""
        self._y += 14
        for line in lines:
            self._y += LINE
            spans = tuple(TextSpan(words, _KINDS.get(style, "")) for style, words in line)
            self._put(_LEFT - 2 * CHARACTER, self._y, spans)

    def document(self, title: str, description: str) -> str:
        """The whole picture."""
        return svg.document(self._right + _MARGIN, self._y + _MARGIN, title, description, self._parts)

    def _put(self, x: float, y: float, spans: Row, kind: str = "", character: float = CHARACTER) -> None:
        self._parts.append(svg.text(x, y, spans, kind))
        self._right = max(self._right, x + character * svg.length(spans))


_KINDS = {Style.BAD: "bad", Style.GOOD: "good", Style.QUIET: "quiet", Style.SUBJECT: "quiet"}


def _rows(shown: Sequence[Fact], kind: str = "new") -> tuple[Row, ...]:
    """Facts in two columns, values of style `kind`; those that are too long on several lines."""
    if not shown:
        return ((TextSpan("nothing changes", "quiet"),),)
    column = min(26, max(len(fact.subject) for fact in shown)) + 2
    return tuple(row for fact in shown for row in _fact_rows(fact, column, kind))


def _fact_rows(fact: Fact, column: int, kind: str) -> Iterator[Row]:
    lead = TextSpan(fact.subject.ljust(column), "quiet")
    if len(fact.subject) >= column:
        yield (TextSpan(fact.subject, "quiet"),)
        lead = TextSpan(" " * column)
    if fact.old is not None and column + len(fact.old) + 3 + len(fact.new) <= _COLUMNS:
        yield lead, TextSpan(fact.old), TextSpan(" → ", "quiet"), TextSpan(fact.new, "new")
        return
    parts = [(fact.new, kind)] if fact.old is None else [(fact.old, ""), (f"→ {fact.new}", "new")]
    for words, shade in parts:
        for line in svg.wrap(words, _COLUMNS - column, "  "):
            yield lead, TextSpan(line, shade)
            lead = TextSpan(" " * column)
