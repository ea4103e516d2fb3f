"""What every format says of a property: its verdict, whether that is good, where it stands, and its counterexample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from checker.commands.run import Checked, Files, shown_parameters
from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.trace import Failing, Lasso, Trace
from checker.contract.verdict import Verdict
from checker.contract.wording import Status, status, trace_of, wording
from checker.errors import Span
from checker.ir.nodes import Program
from checker.lang.model import known_model
from checker.source import declaration
from counterexamples.explain.changes import facts
from counterexamples.explain.explanation import explain
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import describe_steps, initially, plain, render, render_conclusion


class Mood(StrEnum):
    """What a verdict is to whoever waits for one. What is not decided is never good."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Reported:
    """A property and its verdict. `sentence` is what the command prints of it, `doc` its docstring. `trace` is a
    counterexample: that of a `@sometimes` that happens is none. `file` is where it was written."""

    name: str
    verdict: Verdict
    mood: Mood
    sentence: str
    doc: str
    place: Span | None
    trace: Trace | None
    file: Path | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A state of a trace and what led to it: who acted, in which words, what that changed, and the lines that ran."""

    actor: str
    title: str
    changes: tuple[tuple[str, str], ...]
    lines: tuple[Span, ...]


def told(run: Checked, written: Files) -> list[Reported]:
    """All properties of a run, in the order of verdicts."""
    return [_of(run.program, name, verdict, written) for name, verdict in run.outcome.verdicts.items()]


def title(run: Checked) -> str:
    """What was checked: the model as it was named, and its parameters."""
    shown = "".join(f" {name}={value}" for name, value in shown_parameters(run.program).items())
    return f"{run.request.model}{shown}"


def text_of(run: Checked, each: Reported) -> str:
    """A counterexample as the command prints it."""
    assert each.trace is not None
    return plain(render(run.program, each.trace, each.name))


def conclusion(run: Checked, each: Reported) -> str:
    """What a counterexample shows, on lines of its own."""
    assert each.trace is not None
    lines = plain(tuple(render_conclusion(run.program, each.trace, each.name))).splitlines()
    return "\n".join(line.strip() for line in lines)


def passages(program: Program, trace: Trace, shows: str) -> list[Passage]:
    """A trace state by state; how it ends, if not in a state, is the last."""
    found = []
    if trace.states:
        start = tuple((fact.subject, fact.text) for fact in facts(program, trace.states[0]))
        place = class_of(program)
        found.append(Passage("", initially(trace), start, () if place is None else (place,)))
    for each in explain(program, trace, shows).steps:
        changed = tuple((fact.subject, fact.text) for fact in each.changes)
        found.append(Passage(each.actor, each.title, changed, each.lines))
    match trace.end:
        case Failing(step, failure):
            said = "init" if not trace.states else "a property" if step is None else describe_steps(program, trace)[-1]
            found.append(Passage("", f"{said} fails: {failure.message}", (), (failure.span,)))
        case Lasso() as end:
            found.append(Passage("", goes_on(trace, end), (), ()))
    return found


def class_of(program: Program) -> Span | None:
    """Where the model's class stands; None if that is not known."""
    model = known_model(program.model)
    return None if model is None else declaration(model)


def shown(each: Reported, texts: Sequence[str] = ("holds", "is violated", "is undecided")) -> str:
    """The name of a property with what it comes to, in a few words."""
    good, bad, open_ = texts
    return f"{each.name} {good if each.mood is Mood.GOOD else bad if each.mood is Mood.BAD else open_}"


_BUILT_IN = {NO_DEADLOCK: "No reachable state is stuck.", NO_FAILURE: "No step fails, and everything can be evaluated."}


def _of(program: Program, name: str, verdict: Verdict, written: Files) -> Reported:
    claimed = program.claimed(name)
    found = status(name, verdict)
    mood = {Status.AS_EXPECTED: Mood.GOOD, Status.INCONCLUSIVE: Mood.OPEN}.get(found, Mood.BAD)
    trace = trace_of(verdict) if mood is Mood.BAD else None
    doc = _BUILT_IN.get(name, "") if claimed is None else claimed.function.doc
    place = class_of(program) if claimed is None else claimed.function.span
    if trace is not None and isinstance(trace.end, Failing):
        place = trace.end.failure.span
    sentence = wording(verdict).sentence
    return Reported(name, verdict, mood, sentence, " ".join(doc.split()), place, trace, written.traces.get(name))
