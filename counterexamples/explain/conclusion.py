"""Say what the end of a trace rests on: the parts of a property, the waiting processes, or the failing line.

Data first: `Ending` holds the tree, the cells and the sentences. The judge has decided already that the end is so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import assert_never

from checker.contract.task import NO_DEADLOCK
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import BEFORE, Program, Temporal
from checker.ir.pairs import paired
from checker.semantics import Step, StepFailed
from counterexamples.explain.blame import Blame, Part, Waits, blame, deadlock, decisive
from counterexamples.explain.causes import Slice, changed_cells, trace_back
from counterexamples.explain.cells import Cells
from counterexamples.explain.changes import Fact, name_of
from counterexamples.explain.loop import loop_reasons
from counterexamples.explain.refined import missed, sentences
from counterexamples.explain.watch import Watch, Watched, stopped

_MOST_ACTIONS = 6  # actions of which a deadlock says what each waits for


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a trace ends as it does. `parts` is empty for deadlocks and failures; `cells` are those of the last state
    that this rests on: all of them where it cannot be said. `before`, where the last step itself is what is shown, are
    those of the state before it."""

    parts: tuple[Part, ...]
    sentences: tuple[str, ...]
    cells: Cells
    before: Cells | None = None


def ending(watch: Watch, trace: Trace, shows: str) -> Ending:
    """Why a replayed trace shows what it shows."""
    match trace.end:
        case Failing(step, failure):
            run = _failing(watch, trace, step)
            values = () if run is None else run.failing or ()
            cells = _everything(watch.program) if run is None else frozenset(run.path | run.reads)
            return Ending((), (_sentence(failure.message, values),), cells)
        case Lasso() as end:
            claimed = watch.program.claimed(shows)
            temporal = claimed if isinstance(claimed, Temporal) else None
            return Ending((), loop_reasons(watch.program, trace, end, temporal), _everything(watch.program))
        case AtState():
            return _at_state(watch, trace, shows)
        case _:
            assert_never(trace.end)


def _at_state(watch: Watch, trace: Trace, shows: str) -> Ending:
    """What of its last state makes it show this."""
    program = watch.program
    if shows == NO_DEADLOCK:
        waits, cells = deadlock(watch, trace.states[-1])
        return Ending((), tuple(_waiting(program, waits)), cells)
    if shows in program.abstract:
        return _implementing(watch, trace, shows)
    if program.speaks_of_steps(shows) and trace.steps:
        return _at_step(program, trace, shows)
    if program.property(shows) is None:
        return Ending(
            (), (), _everything(program)
        )  # an invariant that an engine found: there is no condition to take apart
    try:
        found = blame(watch, shows, trace.states[-1])
    except StepFailed as failed:  # a counterexample to induction may end where the property has no value
        return Ending((), (f"{shows} cannot be evaluated: {failed.failure.message}",), _everything(program))
    return Ending(found.parts, tuple(_conclusions(shows, found)), found.cells)


def _at_step(program: Program, trace: Trace, shows: str) -> Ending:
    """What of its last step makes it show that a `@step` property is violated. That it changes something is part of it,
    so that one cell which it does change belongs to both states."""
    before, after = trace.states[-2:]
    changed = frozenset(islice(changed_cells(program, before, after), 1))
    try:
        found = blame(Watch(paired(program)), shows, (*after, *before))
    except StepFailed as failed:
        sentence = f"{shows} cannot be evaluated: {failed.failure.message}"
        return Ending((), (sentence,), _everything(program), _everything(program))
    earlier = frozenset(
        (str(cell[0]).removeprefix(BEFORE), *cell[1:]) for cell in found.cells if str(cell[0]).startswith(BEFORE)
    )
    now = frozenset(cell for cell in found.cells if not str(cell[0]).startswith(BEFORE))
    return Ending(found.parts, tuple(_conclusions(shows, found)), now | changed, earlier | changed)


def _implementing(watch: Watch, trace: Trace, shows: str) -> Ending:
    """What its last step, or its first state, comes to in the model that is implemented. It rests on what the mapping
    reads."""
    cells = [frozenset(run.path | run.reads) for run in (watch.mapping(shows, state) for state in trace.states[-2:])]
    found = sentences(missed(watch.program, trace, shows))
    if len(cells) == 1:
        return Ending((), found, cells[0])
    changed = frozenset(islice(changed_cells(watch.program, *trace.states[-2:]), 1))
    return Ending((), found, cells[1] | changed, cells[0] | changed)


def comes_to(program: Program, shows: str) -> str:
    """What a trace says of the property that it shows: that it is violated, or that it happens."""
    return "happens" if program.witnessed(shows) else "is violated"


def _everything(program: Program) -> Cells:
    return frozenset((declared.name,) for declared in program.variables)


def slice_of(program: Program, trace: Trace, shows: str) -> Slice:
    """Which steps and cells of a replayed trace matter for what it shows."""
    watch = Watch(program)
    end = ending(watch, trace, shows)
    return trace_back(program, trace, runs_of(watch, trace), end.cells, end.before)


def runs_of(watch: Watch, trace: Trace) -> tuple[Watched, ...]:
    """Every step of a trace, run again under observation."""
    return tuple(watch.step(state, step) for state, step in zip(trace.states, trace.steps, strict=False))


def reason(part: Part, way: Sequence[str] = ()) -> str:
    """A decisive part in words: `self.counter == 2 is false: self.counter = 1`; without what was said on the `way`."""
    known = {each for bindings in way for each in re.split(r", (?=\w+ = )", bindings)}
    facts = "; ".join(each for each in _values(part) if each not in known)
    said = f"{part.text} is {'true' if part.truth else 'false'}"
    if part.why:
        return f"{said}: {part.why} ({facts})" if facts else f"{said}: {part.why}"
    return f"{said}: {facts}" if facts else said


def _values(part: Part) -> list[str]:
    """The values of what a part is made of, each once."""
    found: list[str] = []
    for each in part.parts:
        if each.truth is None and each.value and each.value != each.text:
            found.append(f"{each.text} = {each.value}")
        found += _values(each) if each.truth is None or not part.to_blame else []
    return list(dict.fromkeys(found))


def _conclusions(shows: str, found: Blame) -> Iterator[str]:
    """What decided, part by part."""
    reasons = []
    said: tuple[str, ...] = ()
    for way, part in dict.fromkeys(decisive(found.parts)):
        where = f"with {', '.join(way)}, " if way and way != said else ""
        reasons.append(f"{where}{reason(part, way)}")
        said = way
    if reasons:
        yield f"{shows} is {'true' if found.truth else 'false'}: {'; and '.join(reasons)}."


def _failing(watch: Watch, trace: Trace, step: Step | None) -> Watched | None:
    if not trace.states:
        return watch.start(trace.initial_choices)
    if step is not None:
        return watch.step(trace.states[-1], step)
    return watch.failing_property(trace.states[-1])


def _sentence(message: str, values: Sequence[Fact]) -> str:
    shown = ", ".join(f"{fact.subject} = {fact.new}" for fact in values if fact.subject != fact.new)
    return f"{message}: {shown}." if shown else f"{message}."


def _waiting(program: Program, waits: Sequence[Waits]) -> Iterator[str]:
    """One sentence for each process that waits, and for each action, of whose arguments the first stand for all."""
    processes = {process.name for process in program.processes}
    actions: dict[str, Waits] = {}
    for each in waits:
        if each.who in processes:
            yield _waits(program, each)
        else:
            actions.setdefault(each.who, each)
    for each in list(actions.values())[:_MOST_ACTIONS]:
        yield _waits(program, each)
    if len(actions) > _MOST_ACTIONS:
        yield f"{len(actions) - _MOST_ACTIONS} more actions are not possible either."


def _waits(program: Program, each: Waits) -> str:
    name = name_of(program, Step(each.who, each.arguments, None, ()))
    return f"{name} {'is not possible' if each.guard is None else stopped(each.guard)}."
