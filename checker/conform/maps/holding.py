"""Drive real maps and hold a model against every operation, cell by cell. Prints nothing; knows no kind of map.

What a kind of map brings is a `Subject`: what to do next, and how one operation is followed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from random import Random
from typing import Any, Protocol

from checker.conform.driven import Driven
from checker.conform.following import Follower, Mismatch
from checker.conform.maps.logged import MapLog
from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Within
from checker.conform.maps.rules import RULES, Rules
from checker.conform.shortening import Shortened, shorten
from checker.contract.trace import Trace
from checker.ir.types import Value
from checker.semantics import State, Step, StepFailed

BEYOND = "a map left alone: it became larger than the model's"
_BREAKS = "Go breaks"
_BATCH = 200
"""Operations that are sent at a time: to ask for each would wait for a pipe each time."""
_SHORTEN_SECONDS = 20.0
"""What a user waits for a shorter mismatch, which is only easier to read."""


@dataclass(frozen=True, slots=True)
class Found:
    """An operation that the model does not explain: its number in the run, counted from 1; what was done to its map, it
    being the last; what is wrong, in a sentence; and what counts of every key's hash. No mismatch: no state differs,
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


class Reported(Protocol):
    """A report of a real map in the words of its model: the values of variables, what the operation answered, which
    loops are under way, and what is odd though no variable says it."""

    @property
    def seen(self) -> Mapping[str, Value]: ...
    @property
    def answer(self) -> tuple[int, int]: ...
    @property
    def running(self) -> frozenset[int]: ...
    @property
    def odd(self) -> str | None: ...


class OneMap(ABC):
    """One real map and the model beside it, from the operation that makes it on. `lookup` is the model's helper that
    looks a key up, `count` its variable that says how many entries there are."""

    lookup: str
    count: str

    def __init__(self, follower: Follower, until: str | None) -> None:
        program = follower.program
        self._loops = any(declared.name == "fault" for declared in program.variables)
        self._follower = follower
        self._rules = Rules()
        self._until = None if until is None else RULES[until]
        self._before: Any = None
        self.done: list[Operation] = []
        self._start: tuple[Value, ...] = ()
        self._first: State = ()
        self._way: list[tuple[Step, State]] = []
        self._agrees = True
        self._gone = False
        self._meant: Step | None = None  # what the last operation was, as far as it was a step
        self.log: MapLog | None = None

    @property
    @abstractmethod
    def hash(self) -> tuple[int, ...]:
        """What counts of every key's hash."""

    @abstractmethod
    def _read(self, operation: Operation, numbers: list[Any]) -> Any:
        """The report of an operation."""

    @abstractmethod
    def _seen(self, report: Any, reached: State) -> Mapping[str, Value]:
        """What was reported, in the words of the state that the model has reached."""

    @abstractmethod
    def _step(self, operation: Operation, report: Any) -> Step | None:
        """The model's step for an operation on a map that there is; None if nothing is to change."""

    @abstractmethod
    def _begun(self, operation: Operation, report: Any) -> int:
        """Where a loop has started, as the `value` of a START says it."""

    @abstractmethod
    def _events(self, operation: Operation, report: Any, fault: str) -> Iterator[str]:
        """What an operation came to, in words."""

    def _over(self, _report: Any) -> bool:
        """Whether the map has become larger than the model's: it is left alone from then on."""
        return False

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
        if self._gone:
            return None, None
        report = self._read(operation, numbers)
        if self._over(report):
            self._gone = True
            seen[BEYOND] += 1
            return None, None
        self.done.append(replace(operation, hashes=None))
        if operation.op is Op.START and operation.key in report.running:
            self.done[-1] = replace(operation, value=self._begun(operation, report))
        mismatch = self._followed(operation, report)
        self._note(report, mismatch)
        problem = report.odd if mismatch is None else mismatch.problem
        if problem is None and operation.op is Op.GET:
            problem = self._read_otherwise(operation.key, report.answer[0])
        broken = self._rules.broken(operation, report.answer)
        if problem is None and self._loops:
            problem = self._ranged_otherwise(broken)
        if problem is None and broken is not None and broken == self._until:
            problem = f"{_BREAKS} {_rule(broken)}"
        self._agrees = mismatch is None and (problem is None or problem.startswith(_BREAKS))
        if problem is None:
            seen.update(self._events(operation, report, self._fault()))
            self._before = report
        return problem, mismatch

    def _note(self, report: Any, mismatch: Mismatch | None) -> None:
        """Write what was done and reported into the log, if there is one."""
        state = self._follower.state if mismatch is None else mismatch.real
        made = len(self.done) == 1
        if self.log is not None and state is not None and (made or self._meant is not None):
            self.log.note(self._meant, state, [*report.seen, *(("hint",) if made else ())])

    def _followed(self, operation: Operation, report: Any) -> Mismatch | None:
        """Whether the model takes the same step."""
        if operation.op is Op.MAKE or self._before is None:
            self._start = (operation.key,)
            mismatch = self._follower.start(self._start, {**report.seen, "hint": operation.key})
            self._first = self._follower.state
            return mismatch
        step, seen = self._step(operation, report), partial(self._seen, report)
        self._meant = step
        if step is None:
            return self._follower.stay(seen)
        mismatch = self._take(step, seen)
        if mismatch is None:
            self._meant = self._follower.last
            self._way.append((self._follower.last, self._follower.state))
        return mismatch

    def _take(self, step: Step, seen: Callable[[State], Mapping[str, Value]]) -> Mismatch | None:
        return self._follower.follow(step, seen)

    def _drawn(self, hash: tuple[Value, ...]) -> tuple[Value, ...]:
        """What a step that puts an entry in chooses first: a seed, if the map was empty."""
        return hash if self._before.seen[self.count] == 0 else ()

    def _fault(self) -> str:
        """What the model says is wrong with what a loop did last: a fault of Go, not of the model."""
        return str(getattr(self._follower.value("fault"), "name", "")) if self._loops else "NONE"

    def _ranged_otherwise(self, broken: str | None) -> str | None:
        """How what a loop did differs from what it does in the model; None if it does not."""
        fault = self._fault()
        if fault == (broken or "NONE"):
            return None
        return f"a loop of the real map breaks {_rule(broken)}, in the model {_rule(fault)}"

    def _read_otherwise(self, key: int, real: int) -> str | None:
        """How a look-up of the model differs from the real one; None if it does not. The real one gives -1 for None."""
        try:
            value = self._follower.answer(self.lookup, key)
        except StepFailed as failed:
            return f"{self.lookup}({key}) fails in the model: {failed.failure.message}"
        said = None if real < 0 else real
        return None if value == said else f"{self.lookup}({key}) gives {value} in the model, and {said} in the real map"


def _rule(broken: str | None) -> str:
    """The rule that was broken, by the name of its property."""
    return next((name for name, word in RULES.items() if word == broken), "no rule")


class Subject(Protocol):
    """One kind of map, for one model: all events that a run can see, what may be done, what to do next, one map to
    follow, and what the hashes of keys must be for them to fall as those of a mismatch did, after a mask."""

    @property
    def events(self) -> tuple[str, ...]: ...
    @property
    def within(self) -> Within: ...
    def operations(self, random: Random) -> Iterator[Operation]: ...
    def one(self) -> OneMap: ...
    def wanted(self, hashes: tuple[int | None, ...]) -> tuple[int, ...]: ...


class Holding:
    """A model that is held against real maps."""

    def __init__(self, subject: Subject, real: Driven) -> None:
        self._subject = subject
        self._real = real
        self._real.send(f"k {subject.within.keys}\n")

    @property
    def events(self) -> tuple[str, ...]:
        """What a run can see."""
        return self._subject.events

    def hold(self, operations: int, seed: int, log: MapLog | None = None) -> Iterator[Held]:
        """Carry out so many operations and compare; what has come of it so far, after every batch. Ends at a mismatch.
        Raises Died if the real program does."""
        drawn = self._subject.operations(Random(seed))
        one = _One(self._subject.one, self._real, log)
        while one.held.found is None and one.held.operations < operations:
            one.batch(list(islice(drawn, min(_BATCH, operations - one.held.operations))))
            yield one.held

    def shortened(self, found: Found) -> Shortened[Found]:
        """A mismatch that takes fewer operations, with keys whose hashes are as they were in the given one, as
        far as it uses them."""
        used = {each.key for each in found.done}
        hashes = tuple(each if key in used else None for key, each in enumerate(found.hashes))
        self._real.send(f"w {' '.join(map(str, self._subject.wanted(hashes)))}\n")
        try:
            return shorten(found, lambda each: each.done, self.attempt, _SHORTEN_SECONDS)
        finally:
            self._real.send("w\n")

    @property
    def within(self) -> Within:
        """What may be done to a map."""
        return self._subject.within

    def wanted(self, hashes: Sequence[int | None]) -> tuple[int, ...]:
        """What a MAKE says for keys to have such hashes, as far as they count; None is any."""
        return self._subject.wanted(tuple(hashes))

    def attempt(self, operations: Sequence[Operation]) -> Found | None:
        """Carry out these operations, the first of which makes a map; the mismatch if they show one."""
        one, left = _One(self._subject.one, self._real), iter(operations)
        while one.held.found is None and (some := list(islice(left, _BATCH))):
            one.batch(some)
        return one.held.found


class _One:
    """The real program and the model beside it, one map after the other."""

    def __init__(self, new_map: Callable[[], OneMap], real: Driven, log: MapLog | None = None) -> None:
        self._new_map, self._log = new_map, log
        self._real = real
        self._map = new_map()
        self.held = Held()

    def batch(self, operations: list[Operation]) -> None:
        """Carry out operations, and follow them up to the first mismatch."""
        self._real.send("".join(operation.line for operation in operations))
        for operation in operations:
            if operation.op is Op.MAKE:
                self._map = self._new_map()
                self._map.log = self._log
                if self._log is not None:
                    self._log.begin()
            if self.held.found is not None:
                self._real.answer()
                continue
            self.held.operations += 1
            problem, mismatch = self._map.follow(operation, self._real.answer(), self.held.seen)
            if problem is not None:
                self.held.found = Found(
                    self.held.operations, tuple(self._map.done), mismatch, problem, self._map.hash, self._map.trace()
                )
