"""A trace as one web page that needs nothing else: steps, pictures, reasons and the model's source. Judges nothing.

Without JavaScript it is all there to read, one state after the other; with it, one state is shown at a time, and
expressions over the states can be typed. Style and scripts are the files in `page_assets`.
"""

from __future__ import annotations

import json
import linecache
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import PurePath
from typing import assert_never

from checker.contract.task import NO_DEADLOCK
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.contract.wording import counted
from checker.errors import Span
from checker.ir.nodes import Program
from checker.lang.model import known_model
from checker.source import declaration
from counterexamples.draw.chain import parameters_apart, short_name
from counterexamples.draw.page_data import watch_data
from counterexamples.draw.pictures import frames, palette_css
from counterexamples.explain.changes import Fact, idle, name_of
from counterexamples.explain.conclusion import comes_to
from counterexamples.explain.explanation import Explanation, Guard, Part, StepExplained, explain
from counterexamples.explain.folded import Folded, folded
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import describe_steps, initially

_SCRIPTS = ("expressions.js", "watch.js", "page.js")


@dataclass(frozen=True, slots=True)
class _Panel:
    """What is shown for one state: its heading, what led to it, and the lines that ran; `picture` is SVG."""

    title: str
    says: str
    guards: tuple[Guard, ...]
    changes: tuple[Fact, ...]
    whole: Folded | None  # None: there is no state to show
    lines: tuple[Span, ...]
    picture: str
    actor: str
    relevant: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the states of a page: its title, what is above all, above each state's own and below them, at
    the end, and the colour of the last mark. `scripts` are run after the page's own."""

    title: str
    header: Iterable[str]
    above: Iterable[str] = ()
    below: Iterable[str] = ()
    footer: Iterable[str] = ()
    mood: str = ""
    scripts: tuple[str, ...] = ()


def page(program: Program, trace: Trace, shows: str) -> str:
    """The page of a replayed trace that shows the property `shows`, as one HTML document. Raises ModelError U019 if the
    model's `picture` fails."""
    found = explain(program, trace, shows)
    again = f"Run it again: <code>evacheck replay</code> with the trace file of <code>{escape(program.model)}</code>."
    around = Around(
        f"{short_name(program)}: {shows}",
        _header(program, trace, shows),
        below=_conclusion(found, f"{shows} {comes_to(program, shows)}"),
        footer=[f"<footer><p class=quiet>{again}</p></footer>"],
        mood="good" if program.witnessed(shows) else "bad",
    )
    return document(program, trace, found.steps, around)


def document(program: Program, trace: Trace, steps: Sequence[StepExplained], around: Around) -> str:
    """A page of the states of a behaviour with what is around them. Raises ModelError U019 if the model's `picture`
    fails."""
    panels = _panels(program, trace, steps)
    place = _class_of(program)
    sources = _Sources([*([] if place is None else [place]), *(span for panel in panels for span in panel.lines)])
    watched = watch_data(program, trace)
    data = {
        "titles": [f"State {number}: {panel.title}" for number, panel in enumerate(panels, 1)],
        "lines": [sources.places(panel.lines) for panel in panels],
        "aside": [number for number, panel in enumerate(panels) if not panel.relevant],
        "model": next(iter(sources.places([] if place is None else [place])), None),
        "watch": watched,
    }
    return "\n".join(
        (
            page_head(around.title),
            *around.header,
            *_controls(len(panels)),
            *_lanes(panels, around.mood),
            "<main>\n<div>",
            *around.above,
            *(
                line
                for number, panel in enumerate(panels)
                for line in _article(number, panel, list(_values(program, watched["properties"], number)))
            ),
            *around.below,
            *_watch(),
            "</div>",
            *sources.section(),
            "</main>",
            *around.footer,
            f'<script type="application/json" id="data">{_json(data)}</script>',
            f"<script>\n{''.join(map(_asset, (*_SCRIPTS, *around.scripts)))}</script>\n</body>\n</html>\n",
        )
    )


def page_head(title: str) -> str:
    """What stands before the body of a page: its title, and colours for light and dark."""
    dark = palette_css(":root:not([data-theme])", dark=True), palette_css(":root[data-theme=dark]", dark=True)
    style = f"{palette_css()}\n@media (prefers-color-scheme: dark) {{ {dark[0]} }}\n{dark[1]}\n"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}{_asset('page.css')}</style>\n</head>\n<body>"
    )


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("page_assets", name).read_text(encoding="utf-8")


def _json(data: object) -> str:
    """JSON that no text in it can end: `<` is written as an escape."""
    return json.dumps(data).replace("<", "\\u003c")


def _panels(program: Program, trace: Trace, steps: Sequence[StepExplained]) -> list[_Panel]:
    pictures, waiting = frames(program, trace), idle(program, trace)
    wholes = [folded(program, state, who) for state, who in zip(trace.states, waiting, strict=False)]
    panels = []
    if trace.states:
        panels.append(_Panel(initially(trace), "", (), (), wholes[0], (), pictures[0], "", True))
    panels += [_stepped(*each) for each in zip(steps, wholes[1:], pictures[1:], strict=False)]
    match trace.end:
        case Failing(step, failure):
            title, actor = "init fails" if not trace.states else "a property cannot be evaluated", ""
            if step is not None:
                title, actor = f"{describe_steps(program, trace)[-1]}, fails", name_of(program, step)
            panels.append(_Panel(title, f"{failure.message}.", (), (), None, (failure.span,), "", actor, True))
        case Lasso() as end:
            panels.append(_Panel(goes_on(trace, end), "", (), (), None, (), "", "", True))
        case AtState():
            pass
        case _:
            assert_never(trace.end)
    return panels


def _stepped(step: StepExplained, whole: Folded, picture: str) -> _Panel:
    says = f"{step.says} {'; '.join(step.told)}." if step.told else step.says
    return _Panel(step.title, says, step.guards, step.changes, whole, step.lines, picture, step.actor, step.relevant)


def _class_of(program: Program) -> Span | None:
    """Where the model's class stands, if its file can be read."""
    model = known_model(program.model)
    return None if model is None else declaration(model)


def _header(program: Program, trace: Trace, shows: str) -> Iterator[str]:
    judged = program.claimed(shows)
    verb, mood = ("shows", "good") if program.witnessed(shows) else ("violates", "bad")
    if shows == NO_DEADLOCK:
        verb = "ends in a deadlock:"
    said = f'<b class="{mood}">{verb} {escape(shows)}</b> in a trace of {counted(len(trace), "state")}'
    given, usual = parameters_apart(program)
    yield f"<header><div><h1>{escape(short_name(program))}</h1>"
    yield f'<p>{said} <span class="quiet">{escape(", ".join(given))}</span></p>'
    if usual:
        summary = f"{counted(len(usual), 'parameter')} as by default"
        yield f"<details><summary>{summary}</summary><p>{escape(', '.join(usual))}</p></details>"
    if judged is not None and judged.function.doc:
        yield f"<p>{escape(' '.join(judged.function.doc.split()))}</p>"
    yield '</div><button id="theme" hidden>Toggle theme</button></header>'


def _controls(count: int) -> Iterator[str]:
    yield '<nav class="controls" id="controls" aria-label="Steps" hidden>'
    for name, words in (("first", "First"), ("back", "Back"), ("next", "Next"), ("last", "Last")):
        yield f'<button id="{name}">{words}</button>'
    yield f'<input type="range" id="slider" min="1" max="{count}" value="1" aria-label="State">'
    yield '<output id="where" for="slider"></output>'
    yield '<label><input type="checkbox" id="relevant"> relevant steps only</label>'
    yield '</nav><div class="announce" id="announce" aria-live="polite"></div>'


def _lanes(panels: Sequence[_Panel], mood: str) -> Iterator[str]:
    """Who acts when: a row for each process or action, a mark for each step, the last one in the colour of the end."""
    actors = list(dict.fromkeys(panel.actor for panel in panels if panel.actor))
    if not actors:
        return
    yield '<section class="lanes" aria-label="Who acts when"><table>'
    for actor in actors:
        yield f'<tr><th scope="row">{escape(actor)}</th>'
        for number, panel in enumerate(panels):
            mark = ""
            if panel.actor == actor:
                title = escape(panel.title + ("" if panel.relevant else " (irrelevant)"), quote=True)
                kind = f"end {mood}" if number == len(panels) - 1 else "" if panel.relevant else "aside"
                label = f'aria-label="State {number + 1}: {title}"'
                mark = f'<button data-state="{number}" class="{kind}" title="{title}" {label}>{number + 1}</button>'
            yield f"<td>{mark}</td>"
        yield "</tr>"
    yield "</table></section>"


def _article(number: int, panel: _Panel, values: Sequence[str]) -> Iterator[str]:
    aside = "" if panel.relevant else ' <span class="quiet">(irrelevant)</span>'
    yield f'<article data-state="{number}" id="state-{number + 1}" aria-labelledby="title-{number + 1}">'
    yield f'<h2 id="title-{number + 1}">{number + 1}&ensp;{escape(panel.title)}{aside}</h2>'
    if panel.says:
        yield f"<p>{escape(panel.says)}</p>"
    yield from values
    if panel.picture:
        yield f"<figure>{panel.picture}</figure>"
    if panel.changes:
        yield "<h3>What changed</h3>"
        yield from _table(panel.changes)
    elif number and panel.whole is not None:
        yield '<p class="quiet">Nothing changes.</p>'
    if panel.guards:
        yield "<h3>Why it could happen so</h3><ul>"
        yield from (f"<li>{_guard(guard)}</li>" for guard in panel.guards)
        yield "</ul>"
    if panel.whole is not None:
        yield from _whole(number, panel.whole)
    yield "</article>"


def _table(rows: Sequence[Fact]) -> Iterator[str]:
    yield '<table class="changes">'
    for fact in rows:
        old = f'<span class="old">{escape(fact.old)} → </span>' if fact.old is not None else ""
        yield f'<tr><th scope="row">{escape(fact.subject)}</th><td>{old}{escape(fact.new)}</td></tr>'
    yield "</table>"


def _whole(number: int, whole: Folded) -> Iterator[str]:
    """All that a state holds: open for the first; what has its type's default is folded away."""
    yield "<h3>Initial state</h3>" if number == 0 else "<details><summary>The whole state</summary>"
    yield from _table(whole.shown)
    if whole.at_default:
        names = dict.fromkeys(fact.subject.partition("[")[0] for fact in whole.at_default)
        yield f"<details><summary>{len(names)} more at their defaults: {escape(', '.join(names))}</summary>"
        yield from _table(whole.at_default)
        yield "</details>"
    if number:
        yield "</details>"


def _values(program: Program, properties: Mapping[str, Sequence[bool | None]], number: int) -> Iterator[str]:
    """What each property is in a state; nothing where a step led to none."""
    marks = []
    for name, values in properties.items():
        if number >= len(values):
            return
        value, happens = values[number], program.witnessed(name)
        kind = "quiet" if value is not happens and value is not None else "good" if happens and value else "bad"
        said = "has no value" if value is None else str(value).lower()
        title = "Watch it over the whole trace"
        name = escape(name, quote=True)
        marks.append(f'<button class="{kind}" data-watch="{name}" title="{title}">{name} <b>{said}</b></button>')
    if marks:
        yield f'<p class="values" aria-label="Properties in this state">{" ".join(marks)}</p>'


def _watch() -> Iterator[str]:
    """Where expressions are typed; the script shows it."""
    yield '<section class="watch" id="watch" aria-labelledby="watch-title" hidden><h2 id="watch-title">Watch</h2>'
    yield '<form><input id="expression" type="text" autocomplete="off" autocapitalize="off" spellcheck="false"'
    yield 'aria-label="An expression to watch" aria-describedby="mistake watch-help"> <button>Watch</button></form>'
    yield '<p id="mistake" class="bad" role="alert"></p><table id="watched"></table>'
    yield '<p id="watch-help" class="quiet">An expression as in the model, computed here in every state:'
    yield "<code>len(queue) == 2 and not stopped</code>, <code>[x.key for x in slots if x.key is not None]</code>,"
    yield '<code>worker[0].at("wait")</code>, a property by its name. The methods of the model are not known here.</p>'
    yield "</section>"


def _guard(guard: Guard) -> str:
    values = ", ".join(f"{fact.subject} = {fact.text}" for fact in guard.values)
    shown = f' <span class="quiet">{escape(values)}</span>' if values else ""
    if guard.kind == "choose":
        return f"<code>{escape(guard.text)}</code>{shown}"
    return f"{guard.kind} <code>{escape(guard.text)}</code> is {str(guard.truth).lower()}{shown}"


def _conclusion(found: Explanation, what: str) -> Iterator[str]:
    yield f"<section aria-labelledby='why'><h2 id='why'>Why {escape(what)}</h2>"
    yield from (f"<p>{escape(sentence)}</p>" for sentence in found.sentences)
    if found.parts:
        yield '<ul class="parts">'
        for part in found.parts:
            yield from _part(part)
        yield "</ul>"
    yield f"<p>Relevant: {escape(', '.join(found.relevant) or 'nothing')}.</p>"
    if found.irrelevant:
        yield f'<p class="quiet">Did not matter: {escape(", ".join(found.irrelevant))}.</p>'
    yield "</section>"


def _part(part: Part) -> Iterator[str]:
    value = f" = {part.value}" if part.value and part.value != part.text else ""
    kind = "blamed" if part.to_blame and part.truth is not None else "quiet"
    yield f'<li class="{kind}">{escape(part.text + value)}'
    if part.parts:
        yield '<ul class="parts">'
        for below in part.parts:
            yield from _part(below)
        yield "</ul>"
    yield "</li>"


class _Sources:
    """The files that the steps of a trace run through. Of a path outside the current folder only the name is shown."""

    def __init__(self, spans: Iterable[Span]) -> None:
        names = dict.fromkeys(span.file for span in spans)
        self._files = [name for name in names if linecache.getlines(name)]

    def places(self, spans: Sequence[Span]) -> list[tuple[int, int]]:
        """Each line once, as the number of its file and its own."""
        found = ((self._files.index(span.file), span.line) for span in spans if span.file in self._files)
        return list(dict.fromkeys(found))

    def section(self) -> Iterator[str]:
        """The files, each behind a tab."""
        if not self._files:
            return
        yield '<section class="source" aria-label="The model"><div class="tabs" role="tablist">'
        for number, name in enumerate(self._files):
            shown = PurePath(name).name if PurePath(name).is_absolute() else name
            tab = f'id="tab{number}" aria-controls="f{number}" aria-selected="false"'
            yield f'<button role="tab" {tab}>{escape(shown)}</button>'
        yield "</div>"
        for number, name in enumerate(self._files):
            lines = (
                f'<span id="f{number}-{line}" data-n="{line}">{escape(text.rstrip()) or " "}</span>'
                for line, text in enumerate(linecache.getlines(name), 1)
            )  # on one line: between blocks in a <pre> a newline is an empty line
            panel = f'id="f{number}" role="tabpanel" aria-labelledby="tab{number}" tabindex="0"'
            yield f"<pre {panel}>{''.join(lines)}</pre>"
        yield "</section>"
