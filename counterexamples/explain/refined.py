"""Say how a trace violates an `@implements`: what its last step comes to in the model that is implemented, and which
step there comes nearest. Data first; the judge has decided already that there is no such step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.contract.trace import Trace
from checker.ir.nodes import Declared, Program, Role
from checker.semantics import Interpreter, State, Transition
from counterexamples.explain.changes import Fact, differences, facts, name_of

_MOST_SHOWN = 3  # places in which the nearest step differs


@dataclass(frozen=True, slots=True)
class Missed:
    """What the last step, or else the first state, comes to in the program `abstract`: all parts of its state, those
    that change with the value before. `nearest` is the step there, or the initial state, that differs from it least;
    None if nothing is possible. `different` are the places, with the value of the nearest as `old`."""

    abstract: Program
    parts: tuple[Fact, ...]
    begins: bool
    nearest: Transition | None
    different: tuple[Fact, ...]


def missed(program: Program, trace: Trace, shows: str) -> Missed:
    """How a replayed trace violates the `@implements` property `shows`."""
    found = Interpreter(program).refinement(shows)
    abstract, after = found.abstract.program, found.mapped(trace.states[-1])
    if not trace.steps:
        return Missed(
            abstract, facts(abstract, after, None), True, *_nearest(abstract, found.abstract.initial(), after)
        )
    before = found.mapped(trace.states[-2])
    pairs = zip(facts(abstract, before, None), facts(abstract, after, None), strict=True)
    parts = tuple(Fact(now.subject, now.new, None if was.new == now.new else was.new) for was, now in pairs)
    return Missed(abstract, parts, False, *_nearest(abstract, found.abstract.successors(before), after))


def _nearest(
    abstract: Program, transitions: Iterator[Transition], wanted: State
) -> tuple[Transition | None, tuple[Fact, ...]]:
    """The first of the steps that differ least from what is wanted, and where; of those that fail only if all do."""
    best: Transition | None = None
    where: tuple[Fact, ...] = ()
    for each in transitions:
        if each.state is None:
            best = best or each
            continue
        different = _different(abstract, each.state, wanted)
        if best is None or best.state is None or len(different) < len(where):
            best, where = each, different
    return best, where


def _different(program: Program, state: State, wanted: State) -> tuple[Fact, ...]:
    return tuple(
        fact
        for declared, old, new in zip(program.variables, state, wanted, strict=True)
        for fact in differences(_name(declared), declared.type, old, new)
    )


def _name(declared: Declared) -> str:
    """A variable by its name, where a process stands by that of the process."""
    return declared.process if declared.role is Role.POINT and declared.process is not None else declared.name


def said(found: Missed) -> str:
    """What is wrong, in one sentence without its end."""
    name = short(found.abstract)
    return f"{name} does not begin like this" if found.begins else f"No step of {name} does this"


def nearest(found: Missed) -> str:
    """Which step of the model that is implemented comes nearest, and what of it differs first."""
    name, best = short(found.abstract), found.nearest
    if best is None:
        return f"{name} has no initial state." if found.begins else f"{name} has no step from there."
    point = "" if best.step.point is None else f' from "{best.step.point}"'
    who = name if found.begins else f"{name_of(found.abstract, best.step)}{point}"
    if best.failure is not None:
        return f"The only ones fail there, such as {who}: {best.failure.message}."
    places = [_place(fact) for fact in found.different]
    more = f"; and {len(places) - _MOST_SHOWN} more differ" if len(places) > _MOST_SHOWN else ""
    step = f"The nearest state in which {name} begins has" if found.begins else f"The nearest step, {who}, gives"
    return f"{step} {'; '.join(places[:_MOST_SHOWN])}{more}."


def _place(fact: Fact) -> str:
    return (
        f"{fact.subject} = {fact.old}, not {fact.new}" if fact.old is not None else f"{fact.subject} without {fact.new}"
    )


def sentences(found: Missed) -> tuple[str, ...]:
    """All of it in words."""
    changed = [fact for fact in found.parts if found.begins or fact.old is not None]
    parts = "; ".join(f"{fact.subject} {fact.text}" for fact in changed)
    return f"{said(found)}: {parts}.", nearest(found)


def short(program: Program) -> str:
    """The name of a model's class."""
    return program.model.rpartition(":")[2]
