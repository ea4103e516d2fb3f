"""Hold logs against a program: read them, follow them, explain the first record that fits nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from checker.contract.replay import replay
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import SymType
from checker.trace_validation.entries import Entry, Reading
from checker.trace_validation.misfit import Misfit, explained
from checker.trace_validation.order import Order, Total, is_partial, partial
from checker.trace_validation.raw import Format, Json, Raw, records
from checker.trace_validation.search import Bounds, Followed, Search
from checker.trace_validation.stepping import Stepper, unlogged
from counterexamples.itf.encoding import encode

_MISFITS = 3  # records of several logs, any of which might have come next
_REPLAYED = 5_000
"""Records up to which the behaviour found is replayed whole; the interpreter takes a share of all steps anyhow."""


@dataclass(frozen=True, slots=True)
class Options:
    """How logs are read. `form` is who wrote them, found out if it is None; `unlogged` the steps that may happen
    without a record; `ignored` steps that are none of the model's, with `others` all that are none."""

    form: Format | None = None
    unlogged: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    others: bool = False
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Validated:
    """What became of logs. `passed` counts records that are none of the model's, by name, `loose` the fields that are
    nothing of it; `members` says which member of a symmetric type a name stands for; `never` are the steps of the model
    that no record names and that may not happen without one."""

    program: Program
    followed: Followed
    misfits: tuple[Misfit, ...]
    passed: Mapping[str, int]
    loose: Mapping[str, int]
    members: Mapping[SymType, Mapping[str, int]]
    never: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the model can do all of it, for certain."""
        return not self.misfits and self.followed.unknown is None


class _Records:
    """Makes entries of records, and remembers which steps were named."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.named: set[str] = set()

    def entries(self, raws: Iterable[Raw]) -> Iterator[Entry]:
        """Those that are something of the model's."""
        for raw in raws:
            entry = self._reading.entry(raw)
            if entry is not None:
                if entry.name is not None:
                    self.named.add(entry.name)
                yield entry


def validate(program: Program, logs: Sequence[Path], options: Options) -> Validated:
    """Decide whether the program can do what the logs say. Raises UsageError U030 for a line that cannot be read, U031
    if there is none of the model, U008 for a step that is none."""
    hidden = unlogged(program, options.unlogged)
    reading = Reading(program, options.ignored, options.others)
    read = _Records(reading)
    followed = Search(Stepper(program, hidden), options.bounds).follow(_order(logs, options.form, read))
    if followed.fit == 0 and not followed.stuck and followed.unknown is None:
        what = ", ".join(f"{name} ({count})" for name, count in reading.passed.most_common(3))
        remedy = f"All was passed over: {what}."
        raise UsageError("U031", f"{', '.join(map(str, logs))}: no line is of the model", remedy)
    if followed.trace is not None and followed.fit <= _REPLAYED:
        replay(program, followed.trace)
    misfits = tuple(explained(program, each) for each in followed.stuck[:_MISFITS])
    every = [*(action.name for action in program.actions), *(process.name for process in program.processes)]
    shown = {*read.named, *hidden.names, *(name for name, _ in hidden.points)}
    never = tuple(name for name in dict.fromkeys(every) if name not in shown)
    return Validated(program, followed, misfits, reading.passed, reading.loose, reading.members, never)


def _order(logs: Sequence[Path], form: Format | None, read: _Records) -> Order:
    if len(logs) == 1:
        raws = records(logs[0], form)
        first = next(raws, None)
        if first is None:
            raise UsageError("U031", f"{logs[0]} holds no record", "See to it that the program writes one.")
        if not is_partial(first):
            return Total(read.entries(_ordered(chain([first], raws))))
        every = [first, *raws]
    else:
        every = [raw for log in logs for raw in records(log, form)]
    return partial(list(read.entries(every)), every)


def _ordered(raws: Iterator[Raw]) -> Iterator[Raw]:
    """The records of one log, none of which says otherwise when it happened."""
    for raw in raws:
        if is_partial(raw):
            raise raw.at.wrong("it has a clock, and the first line has none", "Give every line one, or none.")
        yield raw


def as_states(validated: Validated) -> Json:
    """The behaviour that fits as far as it goes, as ITF without a property: `show --model` reads it."""
    trace, program = validated.followed.trace, validated.program
    assert trace is not None
    replay(program, trace)
    names = ["init", *(step.name for step in trace.steps)]
    return {
        "#meta": {"format": "ITF", "description": "a behaviour of the model that fits a log"},
        "vars": [declared.name for declared in program.variables],
        "states": [
            {
                "#meta": {"index": at},
                **{each.name: encode(each.type, held) for each, held in zip(program.variables, state, strict=True)},
                "mbt::actionTaken": name,
            }
            for at, (name, state) in enumerate(zip(names, trace.states, strict=True))
        ],
    }
