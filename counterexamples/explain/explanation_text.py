"""An explanation for a person to read on a terminal, 80 columns wide. Prints nothing, decides nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import assert_never

from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import Program
from checker.semantics import Step
from counterexamples.explain.changes import facts, idle
from counterexamples.explain.conclusion import comes_to
from counterexamples.explain.explanation import Explanation, Guard, Part, StepExplained, explain
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import WIDTH, Line, Style, describe_steps, initially

_MARGIN = " " * 7


def render_explained(program: Program, trace: Trace, shows: str) -> tuple[Line, ...]:
    """A trace with the reasons of each step, and of its end. Steps that did not matter are marked and dimmed."""
    found = explain(program, trace, shows)
    return tuple(_lines(program, trace, shows, found))


def _lines(program: Program, trace: Trace, shows: str, found: Explanation) -> Iterator[Line]:
    yield from _words(initially(trace), Style.STEP, "  1  ")
    if trace.states:
        for fact in facts(program, trace.states[0], idle(program, trace)[0]):
            yield from _words(f"{fact.subject}: {fact.text}", Style.PLAIN)
    for step in found.steps:
        yield ()
        yield from _step(step)
    match trace.end:
        case Failing(Step(), _):
            yield ()
            yield from _words(f"{describe_steps(program, trace)[-1]}, fails", Style.BAD, "  !  ")
        case Lasso() as end:
            yield ()
            yield from _words(goes_on(trace, end), Style.STEP, "...  ")
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)
    yield ()
    yield from _words(f"Why {shows} {comes_to(program, shows)}", Style.STEP, "  ")
    for sentence in found.sentences:
        yield from _words(sentence, Style.PLAIN)
    for part in found.parts:
        yield from _part(part, 0)
    yield ()
    yield from _words(f"Relevant: {', '.join(found.relevant) or 'nothing'}.", Style.PLAIN)
    if found.irrelevant:
        yield from _words(f"Did not matter: {', '.join(found.irrelevant)}.", Style.QUIET)


def _step(step: StepExplained) -> Iterator[Line]:
    mark = "" if step.relevant else "  (irrelevant)"
    yield from _words(step.title + mark, Style.STEP if step.relevant else Style.QUIET, f"{step.number:>3}  ")
    style = Style.PLAIN if step.relevant else Style.QUIET
    yield from _words(step.says, style)
    for each in step.told:
        yield from _words(f"- {each}", style)
    for guard in step.guards:
        yield from _words(_guard(guard), Style.QUIET)
    for fact in step.changes:
        yield from _words(f"{fact.subject}: {fact.text}", Style.NEW if step.relevant else Style.QUIET)


def _guard(guard: Guard) -> str:
    text = guard.text if guard.kind == "choose" else f"{guard.kind} {guard.text} is {str(guard.truth).lower()}"
    values = ", ".join(f"{fact.subject} = {fact.text}" for fact in guard.values)
    return f"{text} ({values})" if values else text


def _part(part: Part, depth: int) -> Iterator[Line]:
    """A part of the condition and those below it; what is to blame is marked."""
    mark = "* " if part.to_blame and part.truth is not None else "  "
    value = f" = {part.value}" if part.value and part.value != part.text else ""
    style = Style.PLAIN if part.to_blame else Style.QUIET
    yield from _words("  " * depth + mark + part.text + value, style)
    for below in part.parts:
        yield from _part(below, depth + 1)


def _words(words: str, style: Style, lead: str = _MARGIN) -> Iterator[Line]:
    margin = words[: len(words) - len(words.lstrip())]
    inside = " " * len(lead) + margin + "  "
    lines = textwrap.wrap(words, WIDTH, initial_indent=lead, subsequent_indent=inside, break_on_hyphens=False)
    yield from (((style, line),) for line in lines)
