"""Drive a real map and hold the model against every operation, cell by cell. Prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any, Self, assert_never

from checker.conform.classic_map.driving import Driver
from checker.conform.classic_map.events import EVENTS, LOOP_EVENTS, events
from checker.conform.classic_map.operations import Op, Operation
from checker.conform.classic_map.reading import Reader, Report
from checker.conform.driven import Driven
from checker.conform.emitted import Emitted
from checker.conform.following import Follower, Mismatch
from checker.conform.shortening import Shortened, shorten
from checker.conform.toolchain import built
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import Model, outline
from checker.semantics import Step, StepFailed

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

    def __init__(self, program: Program, real: RealMaps) -> None:
        """Raises UsageError U024 for another kind of model."""
        confirm_map(program, real.kind)
        self._program = program
        self._keys, self._values = int(program.parameters["keys"]), int(program.parameters["values"])
        self._indirect = real.kind in _INDIRECT
        self._emitted = Emitted(program)
        self._iterators = int(program.parameters.get("iterators", 0))
        self._nans = int(program.parameters["nans"])
        self._real = real.driven
        self._real.send(f"k {self._keys}\n")

    @property
    def events(self) -> tuple[str, ...]:
        """What a run can see."""
        return (*EVENTS, *LOOP_EVENTS) if self._iterators else EVENTS

    def hold(self, operations: int, seed: int) -> Iterator[Held]:
        """Carry out so many operations and compare; what has come of it so far, after every batch. Ends at a mismatch.
        Raises Died if the real program does."""
        drawn = Driver(self._keys, self._values, Random(seed), self._iterators, self._nans).operations()
        one = _One(self._program, self._emitted, self._real, self._indirect)
        while one.held.found is None and one.held.operations < operations:
            one.batch(list(islice(drawn, min(_BATCH, operations - one.held.operations))))
            yield one.held

    def shortened(self, found: Found) -> Shortened[Found]:
        """A mismatch that takes fewer operations, with keys whose hashes end as they did in the given one."""
        mask = (1 << int(self._program.parameters["hashBits"])) - 1
        self._real.send(f"w {mask} {' '.join(map(str, found.hashes))}\n")
        try:
            return shorten(found, lambda each: each.done, self._attempt, _SHORTEN_SECONDS)
        finally:
            self._real.send("w\n")

    def _attempt(self, operations: Sequence[Operation]) -> Found | None:
        one, left = _One(self._program, self._emitted, self._real, self._indirect), iter(operations)
        while one.held.found is None and (some := list(islice(left, _BATCH))):
            one.batch(some)
        return one.held.found


class _One:
    """The real program and the model beside it, one map after the other."""

    def __init__(self, program: Program, emitted: Emitted, real: Driven, indirect: bool) -> None:
        self._new_map = partial(_Map, program, emitted, indirect)
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
                self.held.found = Found(self.held.operations, tuple(self._map.done), mismatch, problem, self._map.hash)


class _Map:
    """One real map, from the operation that makes it on."""

    def __init__(self, program: Program, emitted: Emitted, indirect: bool) -> None:
        self._reader = Reader(program, indirect)
        self._keys = int(program.parameters["keys"])
        self._loops = any(declared.name == "fault" for declared in program.variables)
        self._follower = Follower(program, emitted)
        self._before: Report | None = None
        self.done: list[Operation] = []

    @property
    def hash(self) -> tuple[int, ...]:
        """The low bits of every key's hash, with the present seed."""
        return self._reader.hash

    def follow(
        self, operation: Operation, numbers: list[Any], seen: Counter[str]
    ) -> tuple[str | None, Mismatch | None]:
        """Take one step; what is wrong, if anything is, and else count what was seen."""
        if self._is_nan(operation):
            self._reader.nans[operation.key - self._keys] = self._free_nan()
        report = self._reader.read(numbers)
        self.done.append(operation)
        mismatch = self._followed(operation, report)
        problem = report.odd_tophash if mismatch is None else mismatch.problem
        if problem is None and operation.op is Op.GET:
            problem = self._read_otherwise(operation.key, report.answer[0])
        if problem is None and operation.op in (Op.START, Op.NEXT):
            problem = self._yielded_otherwise(report)
        if problem is None:
            seen.update(events(operation, self._before, report, self._fault()))
            self._before = report
        return problem, mismatch

    def _followed(self, operation: Operation, report: Report) -> Mismatch | None:
        """Whether the model takes the same step."""
        before = self._before
        seen = partial(self._reader.fitted, report)
        if operation.op is Op.MAKE or before is None:
            return self._follower.start((operation.key,), {**report.seen, "hint": operation.key})
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

    def _yielded_otherwise(self, report: Report) -> str | None:
        """How what a loop yielded differs from what it yields in the model; None if it does not."""
        key, value = report.answer
        if key < 0:
            return None
        number = self._reader.nans.get(key - self._keys, key)
        there = self._follower.value("contents")[number]
        fault = self._fault()
        wrong = there is None or there != value
        if wrong == (fault in ("REMOVED", "OLD_VALUE")):
            return None
        return f"a loop yields {number}: {value}, which the model takes for {fault}; in the map is {there}"

    def _read_otherwise(self, key: int, real: int) -> str | None:
        """How a look-up of the model differs from the real one; None if it does not. The real one gives -1 for None."""
        try:
            value = self._follower.answer("mapaccess", key)
        except StepFailed as failed:
            return f"mapaccess({key}) fails in the model: {failed.failure.message}"
        said = None if real < 0 else real
        return None if value == said else f"mapaccess({key}) gives {value} in the model, and {said} in the real map"
