"""Drive a real map and hold the model against every operation, cell by cell. Prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any, Self, assert_never

from checker.conform.classic_map.driving import Driver, Within
from checker.conform.classic_map.events import EVENTS, LOOP_EVENTS, events
from checker.conform.classic_map.operations import Op, Operation
from checker.conform.classic_map.reading import Reader, Report
from checker.conform.classic_map.rules import RULES, Rules
from checker.conform.driven import Driven
from checker.conform.emitted import Emitted
from checker.conform.following import Follower, Mismatch
from checker.conform.shortening import Shortened, shorten
from checker.conform.toolchain import built
from checker.contract.trace import Trace
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import Model, outline
from checker.semantics import State, Step, StepFailed

_HARNESS = Path(__file__).with_name("harness")

KINDS = {
    "int": False,
    "int32": False,
    "float": False,
    "string": True,
    "pointer": True,
    "intptr": True,
    "interface": True,
    "struct": True,
    "large": True,
}
"""The kinds of keys, and whether buckets that hold them hold pointers."""

_INDIRECT = ("large",)
"""Kinds whose elements are stored as pointers."""

_BREAKS = "Go breaks"
_BATCH = 200
_SHORTEN_SECONDS = 20.0
_MOST_COINS = 4
"""Choices of one operation that no report says: where growth takes NaN keys."""
_VARIABLES = ("count", "sameSize", "B", "noverflow", "hash", "buckets", "oldbuckets", "nevacuate", "spare", "hint")
_PARAMETERS = ("keys", "values", "cells", "hashBits", "maxB", "pointers", "reseed", "spares4")
_SPARES_AT = (4, 5, 6)


@dataclass(frozen=True, slots=True)
class Found:
    """An operation that the model does not explain: its number in the run, counted from 1; what was done to its map, it
    being the last; what is wrong, in a sentence; and the low bits of every key's hash. No mismatch: no state differs,
    but something else that was reported does."""

    number: int
    done: tuple[Operation, ...]
    mismatch: Mismatch | None
    problem: str
    hashes: tuple[int, ...]
    trace: Trace | None = None
    """The way of the model up to there, if it went along with all: Go itself breaks a rule."""


@dataclass(slots=True)
class Held:
    """What came of a run: how much was done, what was seen, and the first mismatch if there was one."""

    operations: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    found: Found | None = None


def sources(kind: str) -> list[Path]:
    """The files of the program that drives a map with keys of this kind."""
    return [_HARNESS / "harness.go", _HARNESS / f"keys_{kind}.go"]


class RealMaps:
    """A running program that makes maps with keys of one kind. Use it as a context: it ends with it. `spares` are the
    spare overflow buckets that its arrays come with, for B = 0, 1, ..."""

    def __init__(self, kind: str, version: str) -> None:
        """Raises UsageError U022 or U023 without such a Go."""
        self.kind = kind
        self.driven = Driven(built(version, sources(kind)), ())
        self.spares: tuple[int, ...] = tuple(self.driven.answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.driven.end()

    def parameters(self, model: type[Model]) -> dict[str, Value]:
        """What a real map decides of a model's parameters."""
        nans = {"nans": 2} if self.kind == "float" and "iterators" in outline(model).parameters else {}
        decided = {"pointers": KINDS[self.kind]} | nans | {f"spares{b}": self.spares[b] for b in _SPARES_AT}
        return {name: value for name, value in decided.items() if name in outline(model).parameters}


def confirm_map(program: Program, kind: str) -> None:
    """Refuse (U024) a model that is not of Go's classic map, or not at Go's sizes."""
    names = {declared.name for declared in program.variables}
    missing = [name for name in _VARIABLES if name not in names] + [
        name for name in _PARAMETERS if name not in program.parameters
    ]
    if missing:
        raise UsageError(
            "U024",
            f"{program.model} is no model of Go's classic map: it has no {missing[0]!r}",
            "Take one of spec.go_map.followed.",
        )
    wanted = {"cells": 8, "reseed": True, "pointers": KINDS[kind]}
    for name, value in wanted.items():
        if program.parameters[name] != value:
            raise UsageError(
                "U024",
                f"{program.model} has {name} = {program.parameters[name]}, where Go has {value}",
                f"Give it --set {name}={str(value).lower()}, or take one of spec.go_map.followed.",
            )


class Holding:
    """A model that is held against real maps."""

    def __init__(self, program: Program, real: RealMaps, until: str | None = None) -> None:
        """`until` names a rule of `range`, one of RULES: a loop of Go's that breaks it ends the run as a mismatch does.
        Raises UsageError U024 for another kind of model."""
        confirm_map(program, real.kind)
        self._program = program
        fixed = {name: int(value) for name, value in program.parameters.items() if isinstance(value, int)}
        self.until = until
        self._indirect = real.kind in _INDIRECT
        self._emitted = Emitted(program)
        self._within = Within(
            fixed["keys"], fixed["values"], fixed.get("iterators", 0), fixed["nans"], 1 << fixed["hashBits"]
        )
        self._real = real.driven
        self._real.send(f"k {self._within.keys}\n")

    @property
    def events(self) -> tuple[str, ...]:
        """What a run can see."""
        return (*EVENTS, *LOOP_EVENTS) if self._within.loops else EVENTS

    def hold(self, operations: int, seed: int) -> Iterator[Held]:
        """Carry out so many operations and compare; what has come of it so far, after every batch. Ends at a mismatch.
        Raises Died if the real program does."""
        drawn = Driver(replace(self._within, hunts=self.until is not None), Random(seed)).operations()
        one = self._one()
        while one.held.found is None and one.held.operations < operations:
            one.batch(list(islice(drawn, min(_BATCH, operations - one.held.operations))))
            yield one.held

    def shortened(self, found: Found) -> Shortened[Found]:
        """A mismatch that takes fewer operations, with keys whose hashes end as they did in the given one."""
        self._real.send(f"w {self._within.hashes - 1} {' '.join(map(str, found.hashes))}\n")
        try:
            return shorten(found, lambda each: each.done, self._attempt, _SHORTEN_SECONDS)
        finally:
            self._real.send("w\n")

    def _one(self) -> _One:
        return _One(self._program, self._emitted, self._real, self._indirect, self.until)

    def _attempt(self, operations: Sequence[Operation]) -> Found | None:
        one, left = self._one(), iter(operations)
        while one.held.found is None and (some := list(islice(left, _BATCH))):
            one.batch(some)
        return one.held.found


def _rule(broken: str | None) -> str:
    """The rule that was broken, by the name of its property."""
    return next((name for name, word in RULES.items() if word == broken), "no rule")


class _One:
    """The real program and the model beside it, one map after the other."""

    def __init__(self, program: Program, emitted: Emitted, real: Driven, indirect: bool, until: str | None) -> None:
        self._new_map = partial(_Map, program, emitted, indirect, until)
        self._real = real
        self._map = self._new_map()
        self.held = Held()

    def batch(self, operations: list[Operation]) -> None:
        """Carry out operations, and follow them up to the first mismatch."""
        self._real.send("".join(operation.line for operation in operations))
        for operation in operations:
            if operation.op is Op.MAKE:
                self._map = self._new_map()
            if self.held.found is not None:
                self._real.answer()
                continue
            self.held.operations += 1
            problem, mismatch = self._map.follow(operation, self._real.answer(), self.held.seen)
            if problem is not None:
                self.held.found = Found(
                    self.held.operations, tuple(self._map.done), mismatch, problem, self._map.hash, self._map.trace()
                )


class _Map:
    """One real map, from the operation that makes it on."""

    def __init__(self, program: Program, emitted: Emitted, indirect: bool, until: str | None) -> None:
        self._reader = Reader(program, indirect)
        self._keys = int(program.parameters["keys"])
        self._loops = any(declared.name == "fault" for declared in program.variables)
        self._follower = Follower(program, emitted)
        self._rules = Rules()
        self._until = None if until is None else RULES[until]
        self._before: Report | None = None
        self.done: list[Operation] = []
        self._start: tuple[Value, ...] = ()
        self._first: State = ()
        self._first_hash: tuple[int, ...] = ()
        self._way: list[tuple[Step, State]] = []
        self._agrees = True

    @property
    def hash(self) -> tuple[int, ...]:
        """The low bits of every key's hash, with the present seed; where there are loops, with the map's first, since
        only for that one the keys can be chosen while a loop runs."""
        return self._first_hash if self._loops else self._reader.hash

    def trace(self) -> Trace | None:
        """The way of the model, if it went along with every step."""
        if not self._agrees:
            return None
        return Trace(
            (self._first, *(state for _, state in self._way)), tuple(step for step, _ in self._way), self._start
        )

    def follow(
        self, operation: Operation, numbers: list[Any], seen: Counter[str]
    ) -> tuple[str | None, Mismatch | None]:
        """Take one step; what is wrong, if anything is, and else count what was seen."""
        if self._is_nan(operation):
            self._reader.nans[operation.key - self._keys] = self._free_nan()
        report = self._reader.read(numbers)
        self.done.append(replace(operation, hashes=None))
        if operation.op is Op.START and operation.key in report.running:
            start, offset = report.loop_choices(operation.key)
            self.done[-1] = replace(operation, value=1 + 8 * start + offset)
        mismatch = self._followed(operation, report)
        problem = report.odd_tophash if mismatch is None else mismatch.problem
        if problem is None and operation.op is Op.GET:
            problem = self._read_otherwise(operation.key, report.answer[0])
        broken = self._rules.broken(operation, report.answer)
        if problem is None and self._loops:
            problem = self._ranged_otherwise(broken)
        if problem is None and broken is not None and broken == self._until:
            problem = f"{_BREAKS} {_rule(broken)}"
        self._agrees = mismatch is None and (problem is None or problem.startswith(_BREAKS))
        if problem is None:
            seen.update(events(operation, self._before, report, self._fault()))
            self._before = report
        return problem, mismatch

    def _followed(self, operation: Operation, report: Report) -> Mismatch | None:
        """Whether the model takes the same step."""
        before = self._before
        seen = partial(self._reader.fitted, report)
        if operation.op is Op.MAKE or before is None:
            self._start = (operation.key,)
            mismatch = self._follower.start(self._start, {**report.seen, "hint": operation.key})
            self._first = self._follower.state
            self._first_hash = self._reader.hash
            return mismatch
        drawn: tuple[Value, ...] = self._reader.hash if before.seen["count"] == 0 else ()
        loop = operation.key
        match operation.op:
            case Op.ASSIGN if self._is_nan(operation):
                step = self._nan_step(operation, report, drawn)
            case Op.ASSIGN:
                step = Step("assign", (operation.key, operation.value), None, drawn)
            case Op.DELETE:
                step = Step("delete", (operation.key,), None, ())
            case Op.CLEAR:
                step = Step("clear", (), None, ())
            case Op.START if loop not in before.running and before.seen["count"] > 0:
                step = Step("range_start", (loop,), None, report.loop_choices(loop))
            case Op.NEXT if loop in before.running:
                step = Step("range_next", (loop,), None, ())
            case Op.GET | Op.START | Op.NEXT:
                return self._follower.stay(seen)
            case _:
                assert_never(operation.op)
        mismatch = self._take(step, seen)
        if mismatch is None:
            self._way.append((self._follower.last, self._follower.state))
        return mismatch

    def _take(self, step: Step, seen: Callable[[State], Mapping[str, Value]]) -> Mismatch | None:
        """Take a step; of NaN keys nobody reports which way growth took them."""
        if not self._reader.nans:
            return self._follower.follow(step, seen)
        tails = (tail for size in range(_MOST_COINS + 1) for tail in product((False, True), repeat=size))
        return self._follower.follow_one((replace(step, choices=(*step.choices, *tail)) for tail in tails), seen)

    def _is_nan(self, operation: Operation) -> bool:
        return operation.op is Op.ASSIGN and operation.key >= self._keys

    def _free_nan(self) -> int:
        """The number that the model gives to the next NaN: the first that is neither in the map nor spent."""
        contents, spent = self._follower.value("contents"), self._follower.value("spent")
        return next(k for k in range(self._keys, len(contents) + 1) if contents[k] is None and k not in spent)

    def _nan_step(self, operation: Operation, report: Report, drawn: tuple[Value, ...]) -> Step:
        """Where a NaN went, and the low bit of its tophash, are what its hash decided."""
        number = self._reader.nans[operation.key - self._keys]
        for index, chain in enumerate(report.seen["buckets"]):
            for tophash, keys, _ in chain:
                if number in keys:
                    odd = tophash[keys.index(number)].name == "LIVE_ODD"
                    choices = (number, *drawn, index, odd)
                    return Step("assign_nan", (operation.value,), None, choices)
        return Step("assign_nan", (operation.value,), None, (number, *drawn))

    def _fault(self) -> str:
        """What the model says is wrong with what a loop did last: a fault of Go, not of the model."""
        return str(self._follower.value("fault").name) if self._loops else "NONE"

    def _ranged_otherwise(self, broken: str | None) -> str | None:
        """How what a loop did differs from what it does in the model; None if it does not."""
        fault = self._fault()
        if fault == (broken or "NONE"):
            return None
        return f"a loop of the real map breaks {_rule(broken)}, in the model {_rule(fault)}"

    def _read_otherwise(self, key: int, real: int) -> str | None:
        """How a look-up of the model differs from the real one; None if it does not. The real one gives -1 for None."""
        try:
            value = self._follower.answer("mapaccess", key)
        except StepFailed as failed:
            return f"mapaccess({key}) fails in the model: {failed.failure.message}"
        said = None if real < 0 else real
        return None if value == said else f"mapaccess({key}) gives {value} in the model, and {said} in the real map"
