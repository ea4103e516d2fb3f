"""A trace for a person to read on a terminal. Pure: returns lines, prints nothing, reads nothing but source lines.

A line is a tuple of pieces, each with a style that `checker.commands.report` may turn into a colour; `plain` joins
them. Only what a step changed is shown after it. At the end stands what the trace shows: the property and its code,
the processes that wait in a deadlock, or the line that failed.
"""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from checker.contract.task import NO_DEADLOCK
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.contract.wording import counted
from checker.errors import Span
from checker.ir.nodes import Function, Program, Property, Temporal
from checker.ir.points import START
from checker.ir.property_kind import PropertyKind
from checker.semantics import Failure, Step
from counterexamples.explain.blame import decisive
from counterexamples.explain.changes import Fact, changes, facts, idle, name_of, show_value, shown_in, unfinished
from counterexamples.explain.conclusion import ending, reason
from counterexamples.explain.events import Event, called_from, events, history_lines
from counterexamples.explain.loop import false_words, goes_on, loop_words, starved_words, unfair_words
from counterexamples.explain.quote import code_of
from counterexamples.explain.refined import missed, nearest, said
from counterexamples.explain.watch import Watch

WIDTH = 80
_INDENT = 6
_CODE_LINES = 40
_NOTHING = "(nothing changes)"
_UNSEEN = "(nothing that is shown changes)"


class Style(StrEnum):
    """What a piece of a line is, for those who colour it."""

    PLAIN = "plain"
    NUMBER = "number"  # of a state
    STEP = "step"
    SUBJECT = "subject"  # a variable or an instance of a process
    OLD = "old"
    NEW = "new"
    QUIET = "quiet"
    BAD = "bad"
    GOOD = "good"


Piece = tuple[Style, str]
Line = tuple[Piece, ...]


def source_line(span: Span) -> str:
    """The line of source that a span points to, without its indentation; empty if the file cannot be read."""
    return linecache.getline(span.file, span.line).strip()


def plain(lines: Sequence[Line]) -> str:
    """The lines as ordinary text, each with its newline."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def render(program: Program, trace: Trace, shows: str, view: Collection[str] = ()) -> tuple[Line, ...]:
    """The whole trace and what it shows. `shows` is the name of a property of the program or a built-in one. If
    variables are given to `view`, the others are left out, and so are steps that change none of these."""
    return (*_behaviour(program, trace, initially(trace), True, view), (), *render_conclusion(program, trace, shows))


def render_behaviour(program: Program, trace: Trace) -> tuple[Line, ...]:
    """A trace without what it shows: it may show nothing."""
    return tuple(_behaviour(program, trace, initially(trace), True))


def render_steps(program: Program, trace: Trace, shows: str, first: str) -> tuple[Line, ...]:
    """A trace that may start anywhere, with what is said of its `first` state, and what it shows."""
    return (*_behaviour(program, trace, first, False), (), *render_conclusion(program, trace, shows))


def describe_steps(program: Program, trace: Trace, initial: bool = True) -> tuple[str, ...]:
    """Every step in words, the failing one last. A process that has not taken one comes from its start, also where that
    is one with a point that it reaches later; unless the first state need not be an `initial` one."""
    return tuple(
        describe_step(program, replace(step, point=START) if name_of(program, step) in waiting else step)
        for step, waiting in zip(trace.taken, idle(program, trace, initial), strict=False)
    )


def describe_step(program: Program, step: Step) -> str:
    """One step in words: `mutator[0] from "latched"`, `pour(a=1)`, with what it chose: `, choosing 1, None`."""
    start = f' from "{step.point}"' if step.point is not None else ""
    return f"{name_of(program, step)}{start}{_chosen(step.choices)}"


def _chosen(choices: Sequence[object]) -> str:
    return f", choosing {', '.join(map(show_value, choices))}" if choices else ""


def _behaviour(program: Program, trace: Trace, first: str, initial: bool, view: Collection[str] = ()) -> Iterator[Line]:
    """Every state with the step that led to it; `first` is said of the first. Of a `view`, what changes it."""
    shown = shown_in(program, view)
    steps, waiting = describe_steps(program, trace, initial), idle(program, trace, initial)
    happened = events(program, trace)
    for index, state in enumerate(trace.states):
        if index == 0:
            yield from heading("1", first)
            yield from table([each for each in facts(program, state, waiting[0]) if shown(each)], "")
            hidden = 0
            continue
        found = changes(program, trace.states[index - 1], state, waiting[index - 1], waiting[index])
        if view and not any(map(shown, found)) and index + 1 < len(trace):
            hidden += 1
            continue
        if hidden:
            yield ()
            yield (Style.PLAIN, " " * (_INDENT - 1)), (Style.QUIET, f"{counted(hidden, 'step')} not in view")
        hidden = 0
        yield ()
        yield from heading(str(index + 1), steps[index - 1])
        yield from _told(happened[index - 1])
        same = _NOTHING if trace.states[index - 1] == state else "" if happened[index - 1] else _UNSEEN
        yield from table([each for each in found if shown(each)], "(nothing in view changes)" if view else same)
    match trace.end:
        case Failing(Step(), _):
            yield ()
            yield from heading("!", f"{steps[-1]}, fails")
            yield from _told(happened[-1])
        case Lasso() as end:
            yield ()
            yield from heading("...", goes_on(trace, end))
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)


def _told(happened: Sequence[Event]) -> Iterator[Line]:
    """The events of a step, in words."""
    for each in happened:
        for line in textwrap.wrap(
            each.text, WIDTH - _INDENT - 1, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
        ):
            yield (Style.PLAIN, " " * (_INDENT + 1)), (Style.STEP, line)


def heading(number: str, words: str) -> Iterator[Line]:
    """The number of a state, and how it came about."""
    first, *rest = textwrap.wrap(words, WIDTH - _INDENT + 1) or [""]
    yield (Style.NUMBER, f"{number:>3}"), (Style.PLAIN, "  "), (Style.STEP, first)
    for line in rest:
        yield (Style.PLAIN, " " * 7), (Style.STEP, line)


def table(rows: Sequence[Fact], nothing: str) -> Iterator[Line]:
    """Subjects and what is said of them, in two columns; a value too long for its line goes on below it."""
    if not rows:
        if nothing:
            yield (Style.PLAIN, " " * (_INDENT + 1)), (Style.QUIET, nothing)
        return
    column = min(24, max(len(row.subject) for row in rows))
    for row in rows:
        lead = " " * (_INDENT + 1)
        if len(row.subject) > column:
            yield (Style.PLAIN, lead), (Style.SUBJECT, row.subject)
            yield from _value(row, (Style.PLAIN, " " * (_INDENT + 1 + column + 2)))
        else:
            yield from _value(row, (Style.PLAIN, lead), (Style.SUBJECT, row.subject.ljust(column + 2)))


def _value(row: Fact, *lead: Piece) -> Iterator[Line]:
    """`old -> new` after what leads the line; on several lines if it must be."""
    margin = sum(len(text) for _, text in lead)
    if margin + len(row.text) <= WIDTH:
        if row.old is None:
            yield *lead, (Style.NEW, row.new)
        else:
            yield *lead, (Style.OLD, row.old), (Style.QUIET, " -> "), (Style.NEW, row.new)
        return
    parts = [(Style.NEW, row.new)] if row.old is None else [(Style.OLD, row.old), (Style.NEW, f"-> {row.new}")]
    before: Sequence[Piece] = lead
    for style, text in parts:
        for line in textwrap.wrap(text, max(20, WIDTH - margin), subsequent_indent="  ", break_on_hyphens=False):
            yield *before, (style, line)
            before = ((Style.PLAIN, " " * margin),)


def initially(trace: Trace) -> str:
    """What is said of the first state: what `init` chose."""
    return f"initially{_chosen(trace.initial_choices)}"


def render_conclusion(program: Program, trace: Trace, shows: str) -> Iterator[Line]:
    """What the trace shows, and why: the lines that stand below it."""
    match trace.end:
        case Failing(step, failure):
            where = "A step fails" if step is not None else ("A property fails" if trace.states else "init fails")
            yield from _failed(where, failure)
            for span in called_from(program, trace):
                yield (Style.PLAIN, " " * (_INDENT + 1)), (Style.QUIET, f"called from {_place(span)}")
                yield (Style.PLAIN, " " * (_INDENT + 3)), (Style.NEW, source_line(span))
        case Lasso() as end:
            yield from _for_ever(program, trace, end, shows)
        case AtState():
            yield from _at_state(program, trace, shows)
        case _:
            assert_never(trace.end)
    lines = tuple(history_lines(program, trace, shows))
    if lines:
        yield ()
        for line in lines:
            deeper = " " * (len(line) - len(line.lstrip()) + 4)
            for part in textwrap.wrap(line, WIDTH - 2, subsequent_indent=deeper, break_on_hyphens=False) or [""]:
                yield ((Style.PLAIN, f"  {part}"),)


def _for_ever(program: Program, trace: Trace, end: Lasso, shows: str) -> Iterator[Line]:
    """What is violated by going on so."""
    claimed = program.claimed(shows)
    yield from (
        ((Style.BAD, line),)
        for line in textwrap.wrap(
            f"{loop_words(trace, end)} violate {shows}", WIDTH, initial_indent="  ", subsequent_indent="  "
        )
    )
    if isinstance(claimed, Temporal):
        yield from _documented(claimed.function.doc)
        yield from _code(claimed.function)
        yield from _wrapped(false_words(program, claimed, trace, end), 0)
    for sentence in (*starved_words(program, trace, end), *unfair_words(program, trace, end)):
        yield from _wrapped(sentence, 0)


def _at_state(program: Program, trace: Trace, shows: str) -> Iterator[Line]:
    """What is to be seen in the last state."""
    last = len(trace)
    judged = _of_states_or_steps(program, shows)
    if shows == NO_DEADLOCK:
        waiting = unfinished(program, trace.states[-1], idle(program, trace)[-1])
        yield (
            (Style.BAD, f"  State {last} is a deadlock: no step is possible"),
            (
                Style.BAD,
                ", though these have not finished:" if waiting else ".",
            ),
        )
        yield from table(waiting, "")
    elif judged is not None:
        yield from _judged(judged, last)
        yield from _missed(program, trace, shows) if shows in program.abstract else _reasons(program, trace, shows)
    else:
        yield ((Style.PLAIN, f"  The trace has {last} states."),)


def _of_states_or_steps(program: Program, shows: str) -> Property | None:
    claimed = program.claimed(shows)
    return claimed if isinstance(claimed, Property) else None


def _judged(judged: Property, last: int) -> Iterator[Line]:
    if judged.kind is PropertyKind.IMPLEMENTS and last == 1:
        yield ((Style.BAD, f"  State 1 violates {judged.name}"),)
    elif judged.kind in (PropertyKind.STEP, PropertyKind.IMPLEMENTS):
        yield ((Style.BAD, f"  The step to state {last} violates {judged.name}"),)
    elif not judged.kind.traits.witnessed:
        yield ((Style.BAD, f"  State {last} violates {judged.name}"),)
    else:
        yield ((Style.GOOD, f"  State {last} shows {judged.name}"),)
    yield from _documented(judged.function.doc)
    yield from _code(judged.function)


def _missed(program: Program, trace: Trace, shows: str) -> Iterator[Line]:
    """What the last step comes to in the model that is implemented, and which step there comes nearest."""
    found = missed(program, trace, shows)
    yield from _wrapped(f"{said(found)}:", 0)
    yield from table(found.parts, "")
    yield from _wrapped(nearest(found), 0)


def _reasons(program: Program, trace: Trace, shows: str) -> Iterator[Line]:
    """The parts of the condition that decided, with their values."""
    parts = ending(Watch(program), trace, shows).parts
    told: tuple[str, ...] = ()
    for way, part in dict.fromkeys(decisive(parts)):
        if way and way != told:
            yield from _wrapped(f"with {', '.join(way)}:", 0)
        yield from _wrapped(reason(part, way), 2 if way else 0)
        told = way


def _wrapped(words: str, deeper: int) -> Iterator[Line]:
    lead = " " * (_INDENT + 1 + deeper)
    for line in textwrap.wrap(words, WIDTH - len(lead), subsequent_indent="  ", break_on_hyphens=False):
        yield (Style.PLAIN, lead), (Style.PLAIN, line)


def _documented(doc: str) -> Iterator[Line]:
    paragraph = doc.strip().split("\n\n")[0]
    for line in textwrap.wrap(paragraph, WIDTH - _INDENT - 1):
        yield (Style.PLAIN, " " * (_INDENT + 1)), (Style.PLAIN, line)


def _code(function: Function) -> Iterator[Line]:
    """The code of a property, as it stands in its file."""
    lines = code_of(function)
    if not lines:
        return
    yield (Style.PLAIN, " " * (_INDENT + 1)), (Style.QUIET, _place(function.body[0].span))
    yield from (((Style.PLAIN, " " * (_INDENT + 3)), (Style.NEW, line)) for line in lines[:_CODE_LINES])
    if len(lines) > _CODE_LINES:
        yield (Style.PLAIN, " " * (_INDENT + 3)), (Style.QUIET, f"... and {len(lines) - _CODE_LINES} more lines")


def _failed(where: str, failure: Failure) -> Iterator[Line]:
    """Which line failed and why."""
    message = textwrap.wrap(f"{where}: {failure.message}", WIDTH - 4, subsequent_indent="  ")
    yield from (((Style.BAD, f"  {line}"),) for line in message)
    yield (Style.PLAIN, " " * (_INDENT + 1)), (Style.QUIET, _place(failure.span))
    if source_line(failure.span):
        yield (Style.PLAIN, " " * (_INDENT + 3)), (Style.NEW, source_line(failure.span))


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}"
