"""Follow a real classic map of Go operation by operation: which step of the model each is. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any, assert_never

from checker.conform.classic_map.driving import Driver
from checker.conform.classic_map.events import EVENTS, LOOP_EVENTS, events
from checker.conform.classic_map.reading import Reader, Report
from checker.conform.emitted import Emitted
from checker.conform.following import Follower, Mismatch
from checker.conform.maps.holding import OneMap
from checker.conform.maps.operations import ANY, Op, Operation
from checker.conform.maps.present import Within
from checker.conform.maps.real import INDIRECT, KINDS, RealMaps
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import Model, outline
from checker.semantics import State, Step, Transition

_MOST_COINS = 4
"""Choices of one operation that no report says: where growth takes NaN keys."""
_VARIABLES = ("count", "sameSize", "B", "noverflow", "hash", "buckets", "oldbuckets", "nevacuate", "spare", "hint")
_PARAMETERS = ("keys", "values", "cells", "hashBits", "maxB", "pointers", "reseed", "spares4")
_SPARES_AT = (4, 5, 6)


def parameters(model: type[Model], real: RealMaps) -> dict[str, Value]:
    """What real maps decide of a model's parameters."""
    nans = {"nans": 2} if real.kind == "float" and "iterators" in outline(model).parameters else {}
    decided = {"pointers": KINDS[real.kind]} | nans | {f"spares{b}": real.measured[b] for b in _SPARES_AT}
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


class ClassicMaps:
    """A model of the classic map, ready to be held against maps with keys of one kind."""

    def __init__(self, program: Program, kind: str, until: str | None = None) -> None:
        """`until` names a rule of `range`, one of RULES: a loop of Go's that breaks it ends the run as a mismatch does.
        Raises UsageError U024 for another kind of model."""
        confirm_map(program, kind)
        fixed = {name: int(value) for name, value in program.parameters.items() if isinstance(value, int)}
        self._hashes = 1 << fixed["hashBits"]
        self._within = Within(
            fixed["keys"],
            fixed["values"],
            fixed.get("iterators", 0),
            fixed["nans"],
            self._hashes,
            hunts=until is not None,
        )
        self._program, self._until = program, until
        self._indirect = kind in INDIRECT
        self._emitted = Emitted(program)
        self._starts: dict[tuple[Value, ...], Transition | None] = {}

    @property
    def within(self) -> Within:
        """What may be done to a map."""
        return self._within

    @property
    def events(self) -> tuple[str, ...]:
        """What a run can see."""
        return (*EVENTS, *LOOP_EVENTS) if self._within.loops else EVENTS

    def operations(self, random: Random) -> Iterator[Operation]:
        """Operations without end."""
        return Driver(self._within, random).operations()

    def one(self) -> _Map:
        """One map to follow."""
        return _Map(Follower(self._program, self._emitted, self._starts), self._indirect, self._until)

    def wanted(self, hashes: tuple[int | None, ...]) -> tuple[int, ...]:
        """A mask of the low bits, and these of every key's hash."""
        return (self._hashes - 1, *(ANY if each is None else each for each in hashes))


class _Map(OneMap):
    """One real map and the model beside it."""

    lookup = "mapaccess"
    count = "count"
    _before: Report

    def __init__(self, follower: Follower, indirect: bool, until: str | None) -> None:
        super().__init__(follower, until)
        self._reader = Reader(follower.program, indirect)
        self._keys = int(follower.program.parameters["keys"])
        self._first_hash: tuple[int, ...] | None = None

    @property
    def hash(self) -> tuple[int, ...]:
        """The low bits of every key's hash, with the present seed; where there are loops, with the map's first, since
        only for that one the keys can be chosen while a loop runs."""
        return self._first_hash or () if self._loops else self._reader.hash

    def _read(self, operation: Operation, numbers: list[Any]) -> Report:
        if self._is_nan(operation):
            self._reader.nans[operation.key - self._keys] = self._free_nan()
        report = self._reader.read(numbers)
        if self._first_hash is None:
            self._first_hash = self._reader.hash
        return report

    def _seen(self, report: Report, reached: State) -> Mapping[str, Value]:
        return self._reader.fitted(report, reached)

    def _begun(self, operation: Operation, report: Report) -> int:
        start, offset = report.loop_choices(operation.key)
        return 1 + 8 * int(start) + int(offset)

    def _events(self, operation: Operation, report: Report, fault: str) -> Iterator[str]:
        return events(operation, self._before, report, fault)

    def _step(self, operation: Operation, report: Report) -> Step | None:
        before, loop = self._before, operation.key
        drawn = self._drawn(self._reader.hash)
        match operation.op:
            case Op.ASSIGN if self._is_nan(operation):
                return self._nan_step(operation, report, drawn)
            case Op.ASSIGN:
                return Step("assign", (operation.key, operation.value), None, drawn)
            case Op.DELETE:
                return Step("delete", (operation.key,), None, ())
            case Op.CLEAR:
                return Step("clear", (), None, ())
            case Op.START if loop not in before.running and before.seen["count"] > 0:
                return Step("range_start", (loop,), None, report.loop_choices(loop))
            case Op.NEXT if loop in before.running:
                return Step("range_next", (loop,), None, ())
            case Op.GET | Op.START | Op.NEXT | Op.MAKE:
                return None
            case _:
                assert_never(operation.op)

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
