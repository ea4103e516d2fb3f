"""A trace as turns: what one process, or the actions of a model, do without another in between. Judges nothing.

The sentences and the picture of the gallery are both made of turns. The last step is the one that decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from checker.contract.trace import Trace
from checker.ir.nodes import Process, Program
from checker.ir.types import Value
from checker.semantics import State, Step
from counterexamples.explain.changes import crashed, name_of, show_value

_ONES = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive steps of one actor. `until` is the number of the state that they lead to, counted from 0, and `words`
    what they do, in Markdown: a clause for a process, a noun for actions. `clause` says which."""

    steps: tuple[Step, ...]
    until: int
    words: str
    clause: bool


def turns(program: Program, trace: Trace, alone: bool = False) -> tuple[Turn, ...]:
    """The steps of a trace in turns, and the one that fails, if one does. The last step is a turn by itself if it is an
    action, or if it is to stand `alone`."""
    steps = list(enumerate(trace.taken))
    apart = bool(steps) and (alone or _process(program, steps[-1][1]) is None)
    rest = steps[:-1] if apart else steps
    groups = [list(group) for _, group in groupby(rest, lambda each: _actor(program, each[1]))]
    return tuple(_turn(program, trace, group) for group in (*groups, *([steps[-1:]] if apart else [])))


def told(program: Program, trace: Trace, number: int) -> str:
    """One step in plain words: what the turn of that step alone would be."""
    return _turn(program, trace, [(number, trace.steps[number])]).words.replace("`", "")


def join(words: Sequence[str], last: str = " and ") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return last.join([", ".join(words[:-1]), *words[-1:]] if len(words) > 1 else words)


def number(count: int) -> str:
    """A count in words, below a hundred."""
    if count < len(_ONES) or count >= 100:
        return _ONES[count] if count < len(_ONES) else str(count)
    return _TENS[count // 10] + (f"-{_ONES[count % 10]}" if count % 10 else "")


def code(text: str) -> str:
    """A piece of a model in Markdown; within a model's text, `self.` goes without saying."""
    return f"`{text.replace('self.', '').replace('`', chr(39))}`"


def called(program: Program, step: Step) -> str:
    """A step as one calls it, without the arguments that cannot be others: `assign(k=1)`, `writer[1]`."""
    action = next((each for each in program.actions if each.name == step.name), None)
    if action is None:
        return name_of(program, step)
    pairs = zip(action.parameters, step.arguments, strict=True)
    shown = [f"{each.name}={each.type.show(value)}" for each, value in pairs if each.type.size > 1]
    return f"{step.name}({', '.join(shown)})" if shown else step.name


def label(program: Program, step: Step, state: State) -> str | None:
    """The point at which the process of a step stands in a state, None at its end."""
    process = _process(program, step)
    assert process is not None
    held = state[program.position(process.point_variable)]
    text = held if process.index is None else held[process.index.type.rank(step.arguments[0])]
    ended = any(point.label == text and point.block is None for point in process.points)
    return None if ended else str(text)


def _process(program: Program, step: Step) -> Process | None:
    return next((each for each in program.processes if each.name == step.name), None)


def _actor(program: Program, step: Step) -> tuple[str, tuple[Value, ...]]:
    """Who takes a step; all actions count as one."""
    alone = _process(program, step) is not None or crashed(program, step) is not None
    return (step.name, step.arguments) if alone else ("", ())


def _turn(program: Program, trace: Trace, group: Sequence[tuple[int, Step]]) -> Turn:
    first, last = group[0][0], group[-1][0]
    steps = tuple(step for _, step in group)
    fallen = crashed(program, steps[0])
    clause = _process(program, steps[0]) is not None or fallen is not None
    if fallen is not None:
        words = f"{code(fallen)} crashes"
    elif clause:
        words = _moves(program, steps, trace.states[first], trace.states[min(last + 1, len(trace) - 1)])
    else:
        words = join(list(_calls(program, steps)))
    return Turn(steps, last + 1, words, clause)


def _moves(program: Program, steps: Sequence[Step], before: State, after: State) -> str:
    """What a process does: the choices it makes, and where it comes to."""
    chosen = join([code(" ".join(map(show_value, step.choices))) for step in steps if step.choices])
    there, here = label(program, steps[-1], after), label(program, steps[0], before)
    went = "ends" if there is None else f'{"comes back" if there == here else "goes on"} to "{there}"'
    name = code(name_of(program, steps[0]))
    return f"{name} chooses {chosen} and {went}" if chosen else f"{name} {went}"


def _calls(program: Program, steps: Sequence[Step]) -> Iterator[str]:
    """The calls of actions: the same one several times as such, several of one parameter as one with several values."""
    for name, group in groupby(steps, lambda step: step.name):
        calls = [called(program, step) for step in group]
        if len(calls) > 1 and len(set(calls)) == 1:
            yield f"{code(calls[0])} {f'{number(len(calls))} times' if len(calls) > 2 else 'twice'}"
        elif len(calls) > 2 and all(call.count("=") == 1 for call in calls):
            given, _, _ = calls[0].removeprefix(f"{name}(").partition("=")
            values = [call.rpartition("=")[2].removesuffix(")") for call in calls]
            yield f"{code(name)} with {given} = {join(values)}"
        else:
            yield from map(code, calls)
