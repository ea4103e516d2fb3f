"""Follow a real Swiss map of Go operation by operation: which step of the model each is. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any, assert_never

from checker.conform.emitted import Emitted
from checker.conform.following import Follower, Mismatch
from checker.conform.maps.holding import OneMap
from checker.conform.maps.operations import ANY, Op, Operation
from checker.conform.maps.present import Within
from checker.conform.maps.real import INDIRECT, RealMaps
from checker.conform.swiss_map.driving import Driver
from checker.conform.swiss_map.events import EVENTS, LOOP_EVENTS, NAN_EVENTS, PRUNES, events
from checker.conform.swiss_map.reading import Reader, Report
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.lang.model import Model, outline, parse_parameter
from checker.semantics import State, Step, Transition

ASSIGNS = {
    "int": "FAST",
    "int32": "FAST",
    "string": "FAST",
    "intptr": "FAST",
    "pointer": "FAST_PTR",
    "float": "GENERIC",
    "interface": "GENERIC",
    "struct": "GENERIC",
    "large": "GENERIC",
}
"""Which function the compiler calls to assign, by the kind of keys."""

NANS = 8
"""How many NaN keys can be in a map whose keys are floats."""
_VERSIONS = {"1.24": "GO_1_24", "1.25": "GO_1_25", "1.26": "GO_1_25", "1.27": "GO_1_27"}
_PRUNES = {"FAST": ("GO_1_25", "GO_1_27"), "FAST_PTR": ("GO_1_27",), "GENERIC": ()}
"""In which versions an assign function prunes tombstones."""
_VARIABLES = ("used", "seed", "dirLen", "globalDepth", "tombstonePossible", "small", "directory", "tables", "hint")
_SIZES = {"slots": 8, "groupBits": 7, "reseed": True}
"""What Go has."""
_START_STEP = 1024
"""How the harness writes where a loop starts: so many times the place in the directory, and the slot."""


def parameters(model: type[Model], real: RealMaps) -> dict[str, Value]:
    """What real maps decide of a model's parameters. Raises UsageError U024 for a version that no model knows."""
    series = confirm_version(real.version)
    decided = {"assigns": ASSIGNS[real.kind], "version": _VERSIONS[series]}
    if real.kind == "float":
        decided["nans"] = str(NANS)
    known = outline(model).parameters
    return {name: parse_parameter(model, name, text) for name, text in decided.items() if name in known}


def confirm_version(version: str) -> str:
    """Refuse (U024) a version whose map no model knows; else its series, such as 1.27."""
    series = ".".join(version.split(".")[:2])
    if series not in _VERSIONS:
        raise UsageError(
            "U024", f"Go {version} has no Swiss map that is modelled", f"Take one of {', '.join(_VERSIONS)}."
        )
    return series


def confirm_map(program: Program) -> None:
    """Refuse (U024) a model that is not of Go's Swiss map, or not at Go's sizes."""
    names = {declared.name for declared in program.variables}
    for name in _VARIABLES:
        if name not in names:
            problem = f"{program.model} is no model of Go's Swiss map: it has no {name!r}"
            raise UsageError("U024", problem, "Take one of spec.go_map.swiss_followed.")
    for name, value in _SIZES.items():
        if program.parameters[name] != value:
            problem = f"{program.model} has {name} = {program.parameters[name]}, where Go has {value}"
            raise UsageError("U024", problem, "Take one of spec.go_map.swiss_followed.")


class SwissMaps:
    """A model of the Swiss map, ready to be held against maps with keys of one kind."""

    def __init__(self, program: Program, kind: str, until: str | None = None) -> None:
        """`until` names a rule of `range`, one of RULES: a loop of Go's that breaks it ends the run as a mismatch does.
        Raises UsageError U024 for another kind of model."""
        confirm_map(program)
        fixed = {name: int(value) for name, value in program.parameters.items() if isinstance(value, int)}
        loops = any(declared.name == "it" for declared in program.variables)
        self._within = Within(fixed["keys"], fixed["values"], int(loops), fixed["nans"], hunts=until is not None)
        self._program, self._until = program, until
        self._indirect = kind in INDIRECT
        self._emitted = Emitted(program)
        self._starts: dict[tuple[Value, ...], Transition | None] = {}
        self._prunes = _name(program, "version") in _PRUNES[_name(program, "assigns")]
        self._mask = Reader(program).whole((1 << fixed["maxDepth"] + fixed["groupBits"]) - 1)

    @property
    def within(self) -> Within:
        """What may be done to a map."""
        return self._within

    @property
    def events(self) -> tuple[str, ...]:
        """What a run can see: pruning only where this version does it for keys of this kind."""
        known = tuple(each for each in EVENTS if self._prunes or each != PRUNES)
        if self._within.nans:
            known = (*known, *NAN_EVENTS)
        return (*known, *LOOP_EVENTS) if self._within.loops else known

    def operations(self, random: Random) -> Iterator[Operation]:
        """Operations without end."""
        return Driver(self._within, random).operations()

    def one(self) -> _Map:
        """One map to follow."""
        return _Map(Follower(self._program, self._emitted, self._starts), self._indirect, self._until)

    def wanted(self, hashes: tuple[int | None, ...]) -> tuple[int, ...]:
        """A mask of the bits that count, and these of every key's hash."""
        reader = Reader(self._program)
        return (self._mask, *(ANY if each is None else reader.whole(each) for each in hashes))


class _Map(OneMap):
    """One real map and the model beside it."""

    lookup = "getWithKey"
    count = "used"
    _before: Report

    def __init__(self, follower: Follower, indirect: bool, until: str | None) -> None:
        super().__init__(follower, until)
        self._reader = Reader(follower.program, indirect)
        self._keys = int(follower.program.parameters["keys"])
        self._nans = bool(follower.program.parameters["nans"])
        self._h1s = 1 << int(follower.program.parameters["groupBits"])
        self._first_hash: tuple[int, ...] | None = None

    @property
    def hash(self) -> tuple[int, ...]:
        """What counts of every key's hash, with the present seed; where there is a loop, with the map's first, since
        only for that one the keys can be chosen while a loop runs."""
        return self._first_hash or () if self._loops else self._reader.hash

    def _read(self, operation: Operation, numbers: list[Any]) -> Report:
        if operation.op is Op.ASSIGN and operation.key >= self._keys:
            self._reader.nans[operation.key] = self._free_nan()
        report = self._reader.read(numbers)
        if self._first_hash is None:
            self._first_hash = self._reader.hash
        return report

    def _over(self, report: Report) -> bool:
        return report.beyond

    def _seen(self, report: Report, reached: State) -> Mapping[str, Value]:
        return self._reader.fitted(report, reached)

    def _begun(self, operation: Operation, report: Report) -> int:
        offset, *place = report.loop_choices
        return 1 + int(offset) + _START_STEP * (int(place[0]) if place else 0)

    def _events(self, operation: Operation, report: Report, fault: str) -> Iterator[str]:
        return events(operation, self._before, report, fault, self._keys if self._nans else None)

    def _step(self, operation: Operation, report: Report) -> Step | None:
        drawn = self._drawn(self._reader.hash)
        match operation.op:
            case Op.ASSIGN if operation.key >= self._keys:
                hash = self._reader.nan_hash(self._reader.nans[operation.key], report)
                return Step("assign_nan", (operation.value,), None, (*drawn, hash, *self._moved(report)))
            case Op.ASSIGN:
                return Step("assign", (operation.key, operation.value), None, (*drawn, *self._moved(report)))
            case Op.DELETE if operation.key >= self._keys:
                return None
            case Op.DELETE:
                return Step("delete", (operation.key,), None, ())
            case Op.CLEAR:
                return Step("clear", (), None, ())
            case Op.START if not self._before.running and self._before.seen["used"]:
                return Step("range_start", (), None, report.loop_choices)
            case Op.NEXT if self._before.running:
                return Step("range_next", (), None, ())
            case Op.GET | Op.START | Op.NEXT | Op.MAKE:
                return None
            case _:
                assert_never(operation.op)

    def _free_nan(self) -> int:
        """The number that the model gives to the next NaN: the first that is not in the map."""
        contents: Any = self._follower.value("contents")
        return next((k for k in range(self._keys, len(contents)) if contents[k] is None), self._keys)

    def _moved(self, report: Report) -> tuple[int, ...]:
        """What the hashes of the NaNs were that growth has moved, as far as that counts."""
        return tuple(self._reader.nan_hash(nan, report) for nan in self._reader.moved_nans(self._before, report))

    def _take(self, step: Step, seen: Callable[[State], Mapping[str, Value]]) -> Mismatch | None:
        """Take a step. Of the hash of a NaN nobody reports in which group it has begun to look for a slot: nearly
        always the one in which it stands now, and else, as where a growth came first, any."""
        if step.name != "assign_nan":
            return self._follower.follow(step, seen)
        at = len(self._drawn(self._reader.hash))
        hash = int(step.choices[at])
        others = (hash - hash % self._h1s + h1 for h1 in range(self._h1s))
        given = ((*step.choices[:at], other, *step.choices[at + 1 :]) for other in (hash, *others))
        return self._follower.follow_one((replace(step, choices=choices) for choices in given), seen)


def _name(program: Program, parameter: str) -> str:
    value = program.parameters[parameter]
    return str(getattr(value, "name", value))
