"""`evacheck diff`: two versions of a model: verdicts that changed, states and steps that only one of them has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from checker.commands.common import Settings, interruptible, screen
from checker.commands.options import duration, settings_of
from checker.commands.report_proofs import wrapped
from checker.commands.run import Request, compiled, run, shown_parameters
from checker.contract.task import Budget, Outcome
from checker.contract.wording import Status, counted, listed, status, wording
from checker.engines.common.clock import Clock, Stopped
from checker.errors import UsageError
from checker.frontend.load import load
from checker.ir.nodes import Program, Role
from checker.lang.model import outline
from counterexamples.compared import Explored, Only, common, explored, only_initial, only_states, only_steps
from counterexamples.explain.changes import changes, facts, idle
from counterexamples.explain.text import Line, Style, describe_step, describe_steps, table

_MOST_GROUPS = 10


@dataclass(frozen=True)
class Side:
    """One of the two: how it is called here, how it was named, its program, its verdicts and its states."""

    letter: str
    name: str
    outcome: Outcome
    explored: Explored

    @property
    def program(self) -> Program:
        """Its program."""
        return self.explored.program


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A model: package.module:Class or file.py:Class.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another version of it.")],
    settings: Settings = None,
    most: Annotated[int, typer.Option("--max-states", min=1, help="Most states of each to compare.")] = 20_000,
    limit: Annotated[str | None, typer.Option("--time", metavar="60s", help="Time limit for each.")] = None,
) -> None:
    """Compare two versions of a model: verdicts, states and steps, each difference with a shortest behaviour.

    Exit status: 0 if they are alike, 1 if they differ, 3 if that is not known; 2 usage, 150 model error.
    """
    with interruptible():
        budget = Budget(seconds=None if limit is None else duration(limit))
        given = settings_of(settings or [])
        a, b = (compiled(name, parameters) for name, parameters in _requests((first, second), given))
        names = common(a, b)
        if not names:
            problem = f"{first} and {second} have no variable in common"
            raise UsageError("U008", problem, "Name two versions of one model.")
        sides = []
        for letter, name, program in (("A", first, a), ("B", second, b)):
            parameters = {key: text for key, text in given.items() if key in program.parameters}
            checked = run(Request(name, parameters, budget=budget, keep_going=True, fresh=False))
            sides.append(Side(letter, name, checked.outcome, _explored(program, names, most, budget)))
    one, other = sides
    found = list(_differences(one, other))
    screen.show([*_head(one, other, names), *_verdict_lines(one, other), *(line for each in found for line in each)])
    changed = bool(found) or _changed(one, other)
    known = all(side.explored.complete for side in sides)
    open_ = any(status(name, each) is Status.INCONCLUSIVE for s in sides for name, each in s.outcome.verdicts.items())
    if not known:
        said = "Of a version with more states than were looked at nobody knows what it has not;"
        screen.show([(), *wrapped(f"{said} --max-states looks at more.", style=Style.BAD)])
    elif not changed and not open_:
        screen.show([(), ((Style.GOOD, "Alike: the same states, steps and verdicts."),)])
    raise typer.Exit(int(_status(changed, known and not open_)))


def _status(changed: bool, known: bool) -> Status:
    if changed:
        return Status.NOT_AS_EXPECTED
    return Status.AS_EXPECTED if known else Status.INCONCLUSIVE


def _requests(names: tuple[str, str], given: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each model with those settings that it knows. Raises UsageError U002 for one that neither does."""
    known = {name: outline(load(name)).parameters for name in names}
    for key in given:
        if not any(key in parameters for parameters in known.values()):
            raise UsageError(
                "U002", f"neither model has a parameter {key!r}", "`--set` fixes a parameter of both or one."
            )
    for name in names:
        yield name, {key: text for key, text in given.items() if key in known[name]}


def _explored(program: Program, names: tuple[str, ...], most: int, budget: Budget) -> Explored:
    try:
        return explored(program, names, most, Clock(budget).look)
    except Stopped as reason:
        raise UsageError(
            "U026", f"{reason} while states were compared", "Give it more time, or smaller sizes."
        ) from None


def _head(a: Side, b: Side, names: tuple[str, ...]) -> list[Line]:
    lines: list[Line] = []
    for side in (a, b):
        states = counted(len(side.explored.origins), "state")
        shown = "".join(f"  {name}={value}" for name, value in shown_parameters(side.program).items())
        said = states if side.explored.complete else f"more than {states}"
        lines.append(
            ((Style.NUMBER, f"{side.letter}  "), (Style.STEP, f"{side.name}{shown}"), (Style.QUIET, f"  {said}"))
        )
    for side in (a, b):
        own = [each.name for each in side.program.variables if each.name not in names and each.role is Role.MODEL]
        if own:
            lines += wrapped(f"Only {side.letter} has {listed(own)}: states are compared without.")
    return lines


def _verdict_lines(a: Side, b: Side) -> list[Line]:
    """What each property comes to, where that is not the same."""
    lines: list[Line] = []
    wide = max((len(name) for side in (a, b) for name in side.outcome.verdicts), default=0)
    for name in dict.fromkeys((*a.outcome.verdicts, *b.outcome.verdicts)):
        before, after = _brief(a, name), _brief(b, name)
        if before != after:
            style = (
                Style.BAD
                if "VIOLATED" in after or "NEVER" in after
                else Style.GOOD
                if after == "holds"
                else Style.PLAIN
            )
            said = ((Style.OLD, before), (Style.QUIET, " -> "), (style, after))
            lines.append(((Style.PLAIN, f"  {name:<{wide}}  "), *said))
    if not lines:
        return [(), ((Style.PLAIN, "Verdicts: the same."),)]
    return [(), ((Style.PLAIN, "Verdicts that changed:"),), *lines]


def _changed(a: Side, b: Side) -> bool:
    names = {*a.outcome.verdicts, *b.outcome.verdicts}
    return any(_brief(a, name) != _brief(b, name) for name in names)


def _brief(side: Side, name: str) -> str:
    verdict = side.outcome.verdicts.get(name)
    return "(no such property)" if verdict is None else wording(verdict).brief


def _differences(a: Side, b: Side) -> Iterator[list[Line]]:
    """States, then steps: what each has alone. Where the other was not explored whole, nothing is known to be alone."""
    for one, other in ((a, b), (b, a)):
        if not other.explored.complete:
            continue
        alone = only_states(one.explored, other.explored)
        if alone is not None:
            yield _states_alone(one, alone)
        begins = only_initial(one.explored, other.explored)
        if begins is not None:
            yield _begins_alone(one, begins)
    for one, other in ((a, b), (b, a)):
        if not other.explored.complete:
            continue
        groups = list(only_steps(one.explored, other.explored))
        for each in groups[:_MOST_GROUPS]:
            yield _steps_alone(one, each)
        if len(groups) > _MOST_GROUPS:
            yield [(), *wrapped(f"and {counted(len(groups) - _MOST_GROUPS, 'other step')} that only {one.letter} has.")]


def _states_alone(side: Side, alone: Only) -> list[Line]:
    head = f"Only {side.letter} has {counted(alone.count, 'state')}. The nearest, {_way(side.program, alone)}:"
    last = idle(side.program, alone.trace)[-1]
    return [(), *wrapped(head), *table(facts(side.program, alone.trace.states[-1], last), "")]


def _begins_alone(side: Side, alone: Only) -> list[Line]:
    what = counted(alone.count, "state")
    last = idle(side.program, alone.trace)[-1]
    return [
        (),
        *wrapped(f"Only {side.letter} can begin in {what} that both have, such as:"),
        *table(facts(side.program, alone.trace.states[-1], last), ""),
    ]


def _steps_alone(side: Side, alone: Only) -> list[Line]:
    """A step that only one has, between states that both have."""
    assert alone.step is not None
    program, before = side.program, alone.trace.states[-1]
    many = "" if alone.count == 1 else f" in {counted(alone.count, 'case')}"
    said = describe_step(program, alone.step.step)
    head = f"Only {side.letter} can do {alone.what}{many}. The nearest, {_way(program, alone)}: {said}"
    if alone.step.failure is not None:
        return [(), *wrapped(f"{head}, which fails: {alone.step.failure.message}")]
    assert alone.step.state is not None
    whole = replace(
        alone.trace, states=(*alone.trace.states, alone.step.state), steps=(*alone.trace.steps, alone.step.step)
    )
    waiting = idle(program, whole)
    return [(), *wrapped(head), *table(changes(program, before, alone.step.state, *waiting[-2:]), "")]


def _way(program: Program, alone: Only) -> str:
    """How one comes to the last state of a trace."""
    steps = describe_steps(program, alone.trace)
    return f"after {'; '.join(steps)}" if steps else "at the start"
