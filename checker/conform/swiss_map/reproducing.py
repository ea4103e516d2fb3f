"""Decide whether real Swiss maps do what a trace of the small model does, judged by the rules of `range`.

A table of the model takes a few entries, one of Go's 896. So the map is steered: it is looked at between operations,
and where a step of the model replaces a table, keys that nothing else names are put into the real one until it would be
replaced too. The keys of the trace are chosen so that the upper bits of their hashes are those of the trace, and a loop
is begun anew until it starts at the slot of the entry that the trace yields first. Steps of a loop that yield a key put
in besides go on. What is left to chance is a seed that Go draws while the loop runs: there are many trials.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.conform.driven import Driven
from checker.conform.maps.operations import ANY, Op, Operation
from checker.conform.maps.real import RealMaps
from checker.conform.maps.rules import RULES, Reproduced, Rules
from checker.conform.swiss_map.holding import confirm_version
from checker.contract.trace import Trace
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.semantics import State, Step

_VARIABLES = ("used", "seed", "dirLen", "tables", "yielded", "it")
_HINTS = {0: 0, 1: 800, 2: 900, 4: 2_000}
"""Hints with which Go makes so many tables of the greatest capacity, 0 a small map."""
_ONE_SMALL_TABLE = 14
_BESIDES = 6_000
"""Keys that are put in besides, of which every place of a directory of four has more than a table takes."""
_SLOTS = 8
_START_STEP = 1024
"""How the harness writes where a loop starts: so many times the place in the directory, and the slot."""
_FULL_BELOW = 128


def reproduce(program: Program, trace: Trace, rule: str, version: str, trials: int) -> Reproduced:
    """Do what a trace that violates one of RULES does to real maps, so many times. Raises UsageError U022, U023 without
    such a Go, U024 for a trace that is not of the small Swiss map with a loop, or not about such a rule."""
    if rule not in RULES:
        remedy = f"Give a trace about one of them: {', '.join(RULES)}."
        raise UsageError("U024", f"{rule} is no rule of range, by which a real map could be judged", remedy)
    names = {declared.name for declared in program.variables}
    missing = [name for name in _VARIABLES if name not in names]
    if missing or program.parameters["slots"] == _SLOTS:
        problem = (
            f"it has no {missing[0]!r}" if missing else "it has Go's sizes, whose traces are too large to be written"
        )
        remedy = "Take one of spec.go_map.swiss_range, or of swiss_mutants with a loop."
        raise UsageError("U024", f"{program.model} is no small model of a loop over the Swiss map: {problem}", remedy)
    confirm_version(version)
    with RealMaps("float" if program.parameters["nans"] else "int", version, "swiss") as real:
        times = sum(RULES[rule] in _Trial(program, trace, real.driven).broken() for _ in range(trials))
    return Reproduced(times, trials)


class _Trial:
    """One real map that is taken through a trace."""

    def __init__(self, program: Program, trace: Trace, real: Driven) -> None:
        self._program, self._trace, self._real = program, trace, real
        self._rules = Rules()
        self._keys = int(program.parameters["keys"])  # of the model; Go's zero key is not among them
        self._nans = 0
        self._hashes: list[int] = []
        self._groups: dict[int, dict[int, list[int]]] = {}  # slots, by the serial number of a table and the group
        self._report: Any = []
        self._broken: list[str | None] = []

    def broken(self) -> list[str | None]:
        """What each operation broke, in the model's word."""
        states = self._trace.states
        self._real.send(f"k {1 + self._keys + _BESIDES}\n")
        self._do(Operation(Op.MAKE, self._hint(states[0]), hashes=self._wanted()))
        for before, step, after in zip(states, self._trace.steps, states[1:], strict=False):
            self._take(before, step, after)
        return self._broken

    def _take(self, before: State, step: Step, after: State) -> None:
        """Do what one step of the trace does."""
        match step.name:
            case "assign" | "assign_nan":
                key = 1 + self._keys + _BESIDES + self._nans if step.name == "assign_nan" else 1 + self._number(step, 0)
                self._nans += step.name == "assign_nan"
                if _replaces(
                    self._value(before, "dirLen"), self._value(before, "tables"), self._value(after, "tables")
                ):
                    self._fill(key)
                self._do(Operation(Op.ASSIGN, key, self._number(step, -1)))
            case "delete":
                if self._value(before, "used") and not self._value(after, "used"):
                    besides = [key for key in self._rules.contents if key > self._keys]
                    self._do(*(Operation(Op.DELETE, key) for key in besides))
                self._do(Operation(Op.DELETE, 1 + self._number(step, 0)))
            case "clear":
                self._do(Operation(Op.CLEAR))
            case "range_start":
                first = next(iter(self._value(after, "yielded")), None)
                self._do(Operation(Op.START, 0, 0 if first is None else self._place(1 + first)))
            case _:
                self._next()

    def _next(self) -> None:
        """The loop goes on, past the keys that were put in besides."""
        for _ in range(2 * _BESIDES):
            self._do(Operation(Op.NEXT))
            if not 1 + self._keys <= self._report[4] < 1 + self._keys + _BESIDES:
                return

    def _fill(self, key: int) -> None:
        """Put in keys until the table in which this one would go has no room left, or the small map."""
        present = self._rules.contents
        besides = range(1 + self._keys, 1 + self._keys + _BESIDES)
        if not self._report[1]:
            free, fitting = _SLOTS - len(present), iter(besides)
        else:
            serial = self._leads(key)
            free = next(table[3] for table in self._report[8] if table[0] == serial)
            fitting = iter([k for k in besides if self._leads(k) == serial])
        chosen = [k for k in fitting if k not in present][:free]
        self._do(*(Operation(Op.ASSIGN, k) for k in chosen))

    def _leads(self, key: int) -> int:
        """The serial number of the table to which a key leads; of a NaN, which leads anywhere, that of the first."""
        directory, depth = self._report[6], self._report[2]
        serial = directory[self._hashes[key] >> 64 - depth if depth and key < len(self._hashes) else 0]
        return int(serial)

    def _place(self, key: int) -> int:
        """Where a loop has to start in order to yield this key first, as the `value` of a START says it."""
        for serial, groups in self._groups.items():
            for number, slots in groups.items():
                for slot in range(_SLOTS):
                    if slots[3 * slot] < _FULL_BELOW and slots[3 * slot + 1] == key:
                        if serial == self._report[7]:
                            return 1 + slot
                        if serial in self._report[6]:
                            place = int(self._report[6].index(serial))
                            return 1 + _START_STEP * place + _SLOTS * number + slot
        return 0

    def _do(self, *operations: Operation) -> None:
        """Carry out operations; note what each shows."""
        if not operations:
            return
        self._real.send("".join(operation.line for operation in operations))
        for operation in operations:
            self._report = self._real.answer()
            for serial, number, slots in self._report[9]:
                self._groups.setdefault(serial, {})[number] = slots
            if len(self._report) > 11:
                self._hashes = self._report[11]
            if operation.op is not Op.MAKE:
                self._broken.append(self._rules.broken(operation, (self._report[4], self._report[5])))

    def _hint(self, first: State) -> int:
        """A hint with which Go makes as many tables as the model has."""
        most = int(self._program.parameters["slots"]) << int(self._program.parameters["groupBits"])
        if any(0 < table[1] < most for table in self._value(first, "tables")):
            return _ONE_SMALL_TABLE
        return _HINTS[self._value(first, "dirLen")]

    def _wanted(self) -> tuple[int, ...]:
        """A mask of the bits that choose from the directory, and these of the hash that the first entry found."""
        depth, below = int(self._program.parameters["maxDepth"]), int(self._program.parameters["groupBits"])
        found = next((self._value(each, "seed") for each in self._trace.states if self._value(each, "used")), None)
        if found is None or not depth:
            return ()
        parts = (hash >> below << 64 - depth for hash in found)
        return ((1 << depth) - 1 << 64 - depth, ANY, *parts, *([ANY] * _BESIDES))

    def _value(self, state: State, name: str) -> Any:
        return state[self._program.position(name)]

    def _number(self, step: Step, at: int) -> int:
        number: Any = step.arguments[at]
        return int(number)


def _replaces(length: int, before: Any, after: Any) -> bool:
    """Whether a step of the model replaces the small map or a table: by a larger one, or by two."""
    sizes: Iterator[bool] = (was[1] > 0 and was[1:4:2] != now[1:4:2] for was, now in zip(before, after, strict=True))
    return any(sizes) or (not length and any(now[1] for now in after))
