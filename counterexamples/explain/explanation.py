"""Explain a replayed trace: for every step why it could happen and what it did; at the end, which part of the property
decided; and which steps and variables mattered. Data first; the sentences are made from it. Searches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.contract.trace import Trace
from checker.errors import Span
from checker.ir.nodes import Process, Program, Role
from checker.semantics import State, Step
from counterexamples.explain.blame import Part
from counterexamples.explain.causes import Slice, trace_back
from counterexamples.explain.cells import Cell
from counterexamples.explain.changes import Fact, changes, crashed, idle, is_shown, name_of
from counterexamples.explain.conclusion import ending, runs_of
from counterexamples.explain.events import events
from counterexamples.explain.text import describe_steps
from counterexamples.explain.watch import Guard, Watch, Watched

__all__ = ["Explanation", "Fact", "Guard", "Part", "StepExplained", "explain", "explained_steps"]


@dataclass(frozen=True, slots=True)
class StepExplained:
    """One step. `number` is that of the state that it leads to; `actor` whose lane it is in; `says` the step in the
    model's words; `told` its events; `lines` the statements that ran, in order; `relevant` whether the end depends on
    it."""

    number: int
    step: Step
    title: str
    actor: str
    says: str
    told: tuple[str, ...]
    lines: tuple[Span, ...]
    guards: tuple[Guard, ...]
    changes: tuple[Fact, ...]
    relevant: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said of a trace. `parts` is the property's condition as a tree, empty for deadlocks and failures;
    `relevant` and `irrelevant` are names of variables and of instances of processes."""

    steps: tuple[StepExplained, ...]
    parts: tuple[Part, ...]
    sentences: tuple[str, ...]
    relevant: tuple[str, ...]
    irrelevant: tuple[str, ...]


def explain(program: Program, trace: Trace, shows: str) -> Explanation:
    """Explain a trace that the judge has confirmed for the property `shows`."""
    watch = Watch(program)
    runs = runs_of(watch, trace)
    end = ending(watch, trace, shows)
    causes = trace_back(program, trace, runs, end.cells, end.before)
    steps = _steps(program, trace, runs, causes.relevant)
    relevant, irrelevant = _names(program, causes, steps)
    return Explanation(steps, end.parts, end.sentences, relevant, irrelevant)


def explained_steps(program: Program, trace: Trace) -> tuple[StepExplained, ...]:
    """The steps of a behaviour that shows nothing: all are taken for relevant."""
    return _steps(program, trace, runs_of(Watch(program), trace), [True] * len(trace.steps))


def _steps(
    program: Program, trace: Trace, runs: Sequence[Watched], relevant: Sequence[bool]
) -> tuple[StepExplained, ...]:
    titles, waiting = describe_steps(program, trace), idle(program, trace)
    told = [tuple(each.text for each in step) for step in events(program, trace)]
    return tuple(
        _step(program, trace, number, run, titles[number], told[number], waiting[number : number + 2], relevant[number])
        for number, run in enumerate(runs)
    )


def _step(
    program: Program,
    trace: Trace,
    number: int,
    run: Watched,
    title: str,
    told: tuple[str, ...],
    waiting: Sequence[frozenset[str]],
    relevant: bool,
) -> StepExplained:
    step, before, after = trace.steps[number], trace.states[number], trace.states[number + 1]
    process = next((each for each in program.processes if each.name == step.name), None)
    unwritten = {each.span for each in program.actions if each.name == step.name and each.crash_of is not None}
    unwritten |= {each.span for each in program.processes if crashed(program, step) is not None}
    return StepExplained(
        number + 2,
        step,
        title,
        crashed(program, step) or (step.name if process is None else name_of(program, step)),
        _says(program, step, process, run, after, name_of(program, step) in waiting[0]),
        told,
        tuple(run.lines),
        tuple(dict.fromkeys(each for each in run.guards if each.span not in unwritten)),
        changes(program, before, after, *waiting),
        relevant,
    )


def _says(program: Program, step: Step, process: Process | None, run: Watched, after: State, begins: bool) -> str:
    """A step in one sentence."""
    fallen = crashed(program, step)
    if fallen is not None:
        return f"{fallen} stops where it stands, loses its locals, and starts again.{_help(program, run)}"
    if process is None:
        action = next(each for each in program.actions if each.name == step.name)
        doc = _first_sentence(action.doc)
        return f"{name_of(program, step)}: {doc}" if doc else f"{name_of(program, step)} happens.{_help(program, run)}"
    held = after[program.position(process.point_variable)]
    label = held if process.index is None else held[process.index.type.rank(step.arguments[0])]
    ended = any(point.label == label and point.block is None for point in process.points)
    went = "comes to its end" if ended else f'goes on to "{label}"'
    begun = "begins and " if begins else ""
    return f"{name_of(program, step)} {begun}{went}.{_help(program, run)}"


def _help(program: Program, run: Watched) -> str:
    """What the first helper with a docstring that took part says of itself."""
    for name in dict.fromkeys(run.called):
        doc = _first_sentence(program.functions[name].doc)
        if doc and run.written:
            return f" {name}: {doc}"
    return ""


def _first_sentence(doc: str) -> str:
    paragraph = " ".join(doc.strip().split("\n\n")[0].split())
    head, stop, _ = paragraph.partition(". ")
    return head + stop.strip() if stop else paragraph


def _names(program: Program, causes: Slice, steps: Sequence[StepExplained]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The variables and instances of processes that mattered, and the others."""
    needed = {cell for cells in causes.needed for cell in cells}
    touched = {str(cell[0]) for cell in needed}
    variables = [each for each in program.variables if each.role is Role.MODEL and is_shown(each.name)]
    names = {each.name: each.name in touched for each in variables}
    acted = {each.actor for each in steps if each.relevant}
    for process in program.processes:
        for values in [()] if process.index is None else [(value,) for value in process.index.type.values()]:
            name = name_of(program, Step(process.name, values, None, ()))
            names[name] = name in acted or _is_seen(process, values, needed)
    return tuple(name for name, yes in names.items() if yes), tuple(name for name, yes in names.items() if not yes)


def _is_seen(process: Process, instance: tuple[object, ...], needed: set[Cell]) -> bool:
    """Whether the end depends on where an instance stands, or on its locals."""
    own = {process.point_variable, *process.kept.values()}
    return any(cell[0] in own and cell[1 : 1 + len(instance)] == instance for cell in needed)
