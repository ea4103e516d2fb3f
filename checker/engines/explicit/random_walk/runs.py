"""Random runs over compiled code, shared out to threads: what they found, by run. Decides nothing about properties."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Sampling
from checker.engines.common.clock import INTERRUPTED, Stopped
from checker.engines.explicit.codegen.code import CHOICE_LIMIT, FAILED, STUCK
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.implementing import Implemented
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.native.store import OutOfMemory, Store
from checker.engines.explicit.random_walk.comparing import Comparison
from checker.engines.explicit.random_walk.initial_sample import Beginnings
from checker.engines.explicit.worker import State, Worker

BATCH = 16
"""Runs that a thread takes at a time."""

MOST_BYTES = 1 << 30
"""Memory that the successors of one state may take."""

_PAUSE_SECONDS = 0.02
"""Between two looks at the clock, as in a search."""
_FIRST_STEPS = 200
"""Steps, before it is known how long they take."""
_DEADLOCK, _UNJUDGED = 1, 2  # what the model's `stuck` answers
_SEED_BITS = (1 << 63) - 1
_NO_STATES = 0  # bytes that a store of states may take, where none are stored


@dataclass(frozen=True, slots=True)
class RunEnd:
    """What a run shows in its last state. `failing`: something fails there, a step or one of the properties `judged`,
    so that what was asked could not be evaluated. `of_step`: a step from there shows it."""

    run: int
    chain: tuple[State, ...]
    failing: bool = False
    judged: tuple[str, ...] = ()
    of_step: bool = False

    def without_loops(self) -> RunEnd:
        """The same, where the run does not come back to where it was."""
        last = {state: at for at, state in enumerate(self.chain)}
        chain, at = [self.chain[0]], last[self.chain[0]]
        while at + 1 < len(self.chain):
            chain.append(self.chain[at + 1])
            at = last[self.chain[at + 1]]
        return replace(self, chain=tuple(chain))

    @property
    def place(self) -> tuple[int, int]:
        """Which of two findings comes first."""
        return self.run, len(self.chain)


class Walker(Worker):
    """One thread's memory, with the run that it is making."""

    def __init__(
        self,
        emitted: Emitted,
        kernels: Library,
        model: Library,
        look: Callable[[], None],
        implemented: Sequence[Implemented] = (),
    ) -> None:
        super().__init__(emitted, kernels, model, Store(emitted.layout.words, emitted.layout.bits, _NO_STATES), look)
        self.judged, self.of_steps = emitted.judged, emitted.pairs.judged
        self.model = model  # its code lives as long as this
        self.first = 0
        """The first of the runs that it was given."""
        self._pause = _FIRST_STEPS
        self._implemented = implemented
        self._comparisons: list[Comparison] = []
        if implemented:
            self._relink = library.load_kernels("native.links").function("relink", 1)

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return int(self.block[block.STEPS])

    @property
    def generated(self) -> int:
        """Successors generated so far."""
        return int(self.block[block.GENERATED])

    def prepare(
        self, begin: Beginnings, sampling: Sampling, wanted: Iterable[str], failure: bool, deadlock: bool
    ) -> None:
        """Be ready for runs that look for the properties `wanted`, for failures, for deadlocks."""
        self._path = Region((sampling.steps + 1) * self.words * 8)
        cells = self.block
        cells[block.PATH], cells[block.MOST] = self._path.address, sampling.steps
        cells[block.ROWS], cells[block.ROW_COUNT] = begin.address, begin.count
        cells[block.SEED] = sampling.seed & _SEED_BITS
        self.look_for(wanted)
        self.failure, self.deadlock = failure, deadlock
        self._look_out()

    def look_for(self, names: Iterable[str]) -> None:
        """Look for these properties."""
        wanted = set(names)
        self.want([at for at, name in enumerate(self.judged) if name in wanted])
        self.want_steps([at for at, name in enumerate(self.of_steps) if name in wanted])
        with _enough_memory():
            implemented = [each for each in self._implemented if each.name in wanted]
            self._compare([Comparison(each, self.block, self._relink) for each in implemented])

    def _compare(self, comparisons: list[Comparison]) -> None:
        """Hold steps against these from now on."""
        self._comparisons, following = comparisons, 0
        for each in reversed(comparisons):
            each.cells[block.COMPARING] = following
            following = ctypes.addressof(each.cells)
        self.block[block.COMPARING] = following

    def _look_out(self) -> None:
        self.block[block.WANT_FAILURE] = int(self.failure)
        self.block[block.WANT_STUCK] = _DEADLOCK * self.deadlock | _UNJUDGED * (self.failure or self.deadlock)

    def take(self, begin: int, end: int) -> None:
        """Make the runs begin..end next."""
        self.block[block.BEGIN], self.block[block.END], self.block[block.AT] = begin, end, -1
        self.block[block.COMPARED] = 0

    def go_on(self, most: int) -> dict[str, RunEnd] | None:
        """Walk on for a moment, at most so many steps; what was found, None if the runs have ended."""
        cells = self.block
        cells[block.LEFT] = allowed = min(self._pause, most)
        began = time.perf_counter()
        answer = self.call("stroll")
        spent = time.perf_counter() - began
        taken = allowed - cells[block.LEFT]
        if answer == block.PAUSED and spent > 0:
            self._pause = max(16, min(1 << 24, int(taken * _PAUSE_SECONDS / spent), self._pause * 4))
        match answer:
            case block.MARKED:
                return self._marked()
            case block.BEYOND_MARKED:
                return self._marked(of_step=True)
            case block.HALTED:
                return self._halted()
            case block.STEP_MARKED:
                return self._stepped()
            case block.NEED_JUDGE:
                return self._compared()
            case block.NEED_OUT:
                rows = cells[block.OUT_ROWS]
                if 4 * rows * self.words * 8 > MOST_BYTES:
                    raise Stopped(f"a state with more than {rows:,} next ones ended the walk")
                self.grow_out(4 * rows)
            case block.CHOSE_TOO_MUCH:
                raise Stopped(f"a step of more than {CHOICE_LIMIT} choices ended the walk")
            case block.FINISHED:
                return None
        return {}

    def next_finding(self, name: str, first: int, most: int) -> RunEnd | None:
        """The first finding of runs number `first` and on; None if there is none within `most` steps."""
        self.take(first, first + most + 1)
        while most > 0:
            before = self.steps
            found = self.go_on(most)
            most -= self.steps - before
            if found is None or name in found:
                return None if found is None else found[name]
        return None

    def _chain(self) -> tuple[State, ...]:
        """The states of the present run."""
        count = self.block[block.AT] + 1
        rows = (ctypes.c_int64 * (count * self.words)).from_address(self._path.address)
        return tuple(tuple(rows[at * self.words : (at + 1) * self.words]) for at in range(count))

    def _marked(self, of_step: bool = False) -> dict[str, RunEnd]:
        """What `check` says of the last state, or `of_step` of one beyond the constraint to which a step leads; each is
        looked for no longer."""
        run, chain = self.block[block.BEGIN], self._chain()
        marks = {name: self.wanted[2 * at + 1] for at, name in enumerate(self.judged) if self.wanted[2 * at + 1]}
        broken = tuple(name for name, mark in marks.items() if mark != 1)
        found = {
            name: RunEnd(run, chain, mark != 1, (name,) if mark != 1 else (), of_step) for name, mark in marks.items()
        }
        for at, name in enumerate(self.judged):
            if name in marks:
                self.wanted[2 * at] = self.wanted[2 * at + 1] = 0
        if broken and self.failure:
            found[NO_FAILURE] = RunEnd(run, chain, True, broken, of_step)
            self.failure = False
            self._look_out()
        return found

    def _stepped(self) -> dict[str, RunEnd]:
        """What `check_step` says of a step from the last state; each is looked for no longer."""
        run, chain = self.block[block.BEGIN], self._chain()
        marks = {name: self.step_wanted[2 * at + 1] for at, name in enumerate(self.of_steps)}
        self.want_steps([at for at, name in enumerate(self.of_steps) if self.step_wanted[2 * at] and not marks[name]])
        return {name: RunEnd(run, chain, mark != 1, of_step=True) for name, mark in marks.items() if mark}

    def _compared(self) -> dict[str, RunEnd]:
        """What the steps from the last state, or a run's beginning there, are to the models implemented; each of which
        is looked for no longer once it is violated. Raises Stopped."""
        run, chain = self.block[block.BEGIN], self._chain()
        found: dict[str, RunEnd] = {}
        for each in self._comparisons:
            shown = each.shown()
            if shown is not None:
                judged = (each.name,) if shown.failing else ()
                found[each.name] = RunEnd(run, chain, shown.failing, judged, shown.of_step)
        self._compare([each for each in self._comparisons if each.name not in found])
        with _enough_memory():
            for each in self._comparisons:
                each.make_room(self.block[block.COMPARED] != 0)
        return found

    def _halted(self) -> dict[str, RunEnd]:
        """What the last state does to steps; each is looked for no longer."""
        run, chain = self.block[block.BEGIN], self._chain()
        found: dict[str, RunEnd] = {}
        stuck, failed = self.control[STUCK], self.control[FAILED] != 0
        if self.failure and (failed or stuck == _UNJUDGED):
            found[NO_FAILURE] = RunEnd(run, chain, True)
            self.failure = False
        if self.deadlock and stuck:
            found[NO_DEADLOCK] = RunEnd(run, chain, stuck == _UNJUDGED)
            self.deadlock = False
        self._look_out()
        return found


@contextmanager
def _enough_memory() -> Iterator[None]:
    """Stopped where there is no memory for what `@implements` properties are held against."""
    try:
        yield
    except OutOfMemory:
        raise Stopped("too little memory for the steps of what is implemented ended the walk") from None


class Counts(NamedTuple):
    """What a batch of runs took."""

    runs: int
    steps: int
    generated: int


class Runs:
    """Runs 0..`most`, on their way. `ends` says from what was found which run needs to be the last; the batch that it
    belongs to is made to its end, so that what was done does not depend on who did it."""

    def __init__(self, most: int, ends: Callable[[dict[str, RunEnd]], int | None]) -> None:
        self.found: dict[str, RunEnd] = {}
        self._most, self._ends = most, ends
        self._next = 0
        self._batches: dict[int, Counts] = {}
        self._until = most
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._problem: BaseException | None = None

    def made(self) -> Counts:
        """The runs made, of those that count."""
        counted = [counts for begin, counts in list(self._batches.items()) if begin < self._until]
        return Counts(*(sum(each) for each in zip(*counted, strict=True))) if counted else Counts(0, 0, 0)

    def make(self, walkers: Sequence[Walker], check: Callable[[], None]) -> None:
        """Make them, this thread being the first of several. Raises Stopped."""
        first, *others = walkers
        threads = [threading.Thread(target=self._work, args=(walker, None)) for walker in others]
        for thread in threads:
            thread.start()
        try:
            self._work(first, check)
        except KeyboardInterrupt:
            self._fail(Stopped(INTERRUPTED))
        finally:
            for thread in threads:
                thread.join()
        self.found = {name: finding for name, finding in self.found.items() if finding.run < self._until}
        if self._problem is not None:
            raise self._problem

    def _work(self, walker: Walker, check: Callable[[], None] | None) -> None:
        try:
            while not self._stop.is_set() and self._give(walker):
                steps, generated = walker.steps, walker.generated
                while not self._stop.is_set():
                    if check is not None:
                        check()
                    found = walker.go_on(1 << 60)
                    if found is None:
                        break
                    if found:
                        self._note(found)
                made = max(0, walker.block[block.BEGIN] - walker.first)
                self._batches[walker.first] = Counts(made, walker.steps - steps, walker.generated - generated)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # in a thread nobody else would hear of it
            self._fail(problem)

    def _give(self, walker: Walker) -> bool:
        """Give a thread some runs; False if there are none."""
        with self._lock:
            begin = self._next
            end = min(begin + BATCH, self._until)
            if begin >= end:
                return False
            self._next = end
        walker.first = begin
        walker.take(begin, end)
        return True

    def _note(self, found: dict[str, RunEnd]) -> None:
        with self._lock:
            for name, finding in found.items():
                known = self.found.get(name)
                if known is None or finding.place < known.place:
                    self.found[name] = finding
            last = self._ends(self.found)
            if last is not None:
                self._until = min(self._until, (last // BATCH + 1) * BATCH)

    def _fail(self, problem: BaseException) -> None:
        with self._lock:
            if self._problem is None:
                self._problem = problem
        self._stop.set()
