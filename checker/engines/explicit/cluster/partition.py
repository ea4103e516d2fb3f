"""One part of a search: it keeps the states that belong to it, expands them, and gives away those of other parts.

It knows neither how these are sent nor who else there is. Every call says for how many levels the search has been
completed, and which attempt at the next one it belongs to; so a part that missed something, or has to begin a level
again because another was lost, finds that out by itself. To expand a level again adds nothing to it: it is a set.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from checker import __version__
from checker.contract.task import Budget
from checker.engines.common.clock import Stopped
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.cluster.replica import PIECE, Replica
from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.machine import library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.store import RowSpan, slices
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program
from checker.memory import allowance

_SLICE = 1 << 12
"""Rows that a part takes from a level at a time, to make up what it is to expand in a round."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a part is made of: a program, how many parts there are, threads and bytes of memory for this one, None for
    what it finds free where it is; and the bits that say to which part a state belongs, None for all."""

    program: Program
    parts: int
    threads: int
    memory: int | None
    key: State | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """The level to find: its depth, the number of the attempt, and the `@step` properties and properties of states
    beyond the constraint to judge by."""

    depth: int
    attempt: int
    of_steps: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a part is with a level: rows still to be expanded, states found and generated in all, states that were
    spared from being sent, seconds that this took, and whether `init` failed."""

    left: int
    distinct: int
    generated: int
    spared: int
    seconds: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a part found for a level: how many states, the culprits by kind among steps to it and among its states, and
    where that leaves it."""

    rows: int
    culprits: dict[int, State]
    judged: dict[int, State]
    progress: Progress


Array = bytes | memoryview | tuple[memoryview, ...]
"""States one behind another, in one piece, or in several that travel together."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call comes to: data, and arrays of states that go to other parts without being looked at on the way."""

    value: object
    arrays: tuple[Array, ...] = ()


def identity(emitted: Emitted) -> str:
    """What all parts must have in common."""
    text = "\0".join(source for source, _ in emitted.modules)
    return hashlib.sha256(f"{__version__}\0{emitted.layout.words}\0{text}".encode()).hexdigest()


class Partition:
    """One part, by its number. Each method is a call that comes from elsewhere; `arrays` came from other parts."""

    def __init__(self, setup: Setup, part: int) -> None:
        self.stop = threading.Event()
        self.part, self.parts = part, setup.parts
        emitted = emit_program(setup.program)
        kernels, model = library.load_kernels(), library.load_model(emitted.modules, thorough=False)
        limit = allowance() if setup.memory is None else setup.memory
        clock = Clock(Budget(memory=setup.memory), self.stop, None)
        self.search = Search(emitted, kernels, model, setup.threads, limit, clock)
        if self.parts > 1:
            self.search.store.begin_as_one_of(self.parts)
            sharing = library.load_kernels("native.sharing")
            for worker in self.search.workers:
                worker.share(part, self.parts, setup.key, sharing, self._collect)
        self._outgoing: list[list[bytes]] = [[] for _ in range(self.parts)]
        self._lock = threading.Lock()
        self._replica = Replica()
        self._level: Level | None = None  # the one that is being found
        self._begins: dict[int, list[int]] = {}  # rows of each chunk where a level begins, of the last ones
        self._all_found: int | None = None  # rows there are, if the open level is found again: no more may come
        self._waiting: deque[RowSpan] = deque()
        self._culprits: dict[int, State] = {}
        self._generated = {0: 0}  # up to the levels that were complete last
        self._failed = False

    def identity(self, arrays: Sequence[bytes | memoryview]) -> Answer:
        """What all parts must have in common."""
        return Answer(identity(self.search.emitted))

    def hurry(self, arrays: Sequence[bytes | memoryview]) -> Answer:
        """Have faster code from now on."""
        self.search.go_on_with(library.load_model(self.search.emitted.modules))
        return Answer(None)

    # -- finding a level -----------------------------------------------------------------------------------------------

    def work(self, level: Level, most: int, keeps: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """Take in what other parts have sent, expand some more rows, and give what belongs to others, in order. Where
        `keeps` is a level, and not 0, the arrays are what the part before this one has found for that, to be kept."""
        began = time.perf_counter()
        if keeps:
            self._replica.keep(keeps, arrays)
            arrays = ()
        self._open(level)
        self._admit(arrays)
        rows: list[RowSpan] = []
        while self._waiting and most > 0:
            rows.append(self._waiting.popleft())
            most -= rows[-1].end - rows[-1].begin
        if rows:
            for kind, state in self.search.sweep("explore", rows).items():
                self._culprits[kind] = min(self._culprits.get(kind, state), state)
        for worker in self.search.workers:
            worker.send()
        return Answer(self._progress(time.perf_counter() - began), self._sent())

    def harvest(self, wanted: Sequence[int], arrays: Sequence[bytes | memoryview]) -> Answer:
        """Take in the last that other parts have sent; what the level that is being found came to here, judged by the
        properties of these numbers, and its states. No part has rows to expand, so nothing is found on the way that
        belongs to others."""
        began = time.perf_counter()
        self._admit(arrays)
        assert self._level is not None
        assert self._all_found in (None, sum(self.search.store.used())), "a state is new that was found before"
        spans = self._spans(self._level.depth)
        judged: dict[int, State] = {}
        if wanted:
            for worker in self.search.workers:
                worker.want(wanted)
            judged = self.search.sweep("judge", spans)
        progress = self._progress(time.perf_counter() - began)
        return Answer(Harvest(_rows(spans), dict(self._culprits), judged, progress), self._pieces(spans))

    def judge(self, depth: int, wanted: Sequence[int], arrays: Sequence[bytes | memoryview]) -> Answer:
        """The culprits in the last of so many levels."""
        self._complete(depth)
        return Answer(self.search.judge(wanted))

    def parents(self, depth: int, targets: Sequence[State], at: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """For each target the least state at depth `at` that leads there; `depth` levels are complete."""
        self.stop.clear()
        self._complete(depth)
        return Answer(self.search.parents(targets, at))

    def _open(self, level: Level) -> None:
        """Begin a level, or begin it again."""
        self._complete(level.depth - 1)
        if self._level == level:
            return
        again = self._level is not None
        if not again:
            self._culprits = {}
        self._begins.setdefault(level.depth, self.search.store.used())
        self._level = level
        self._count(self._generated[level.depth - 1])
        for worker in self.search.workers:
            worker.want_steps(level.of_steps)
            worker.want(level.beyond)
            if again:  # what was sent is lost, perhaps, and then does not count as found
                worker.keep_found()
        if level.depth == 1:
            self._failed = self.part == 0 and self.search.begin()
            return
        self._waiting = deque(slices(self.search.levels[-1], _SLICE))

    def _complete(self, depth: int) -> None:
        """See that so many levels are complete here: whoever says that knows that the open one is."""
        if len(self.search.levels) == depth:
            return
        assert len(self.search.levels) == depth - 1
        assert self._level is not None
        self.search.levels.append(self._spans(depth))
        self._generated = {depth - 1: self._generated[depth - 1], depth: self.search.stats().generated}
        self._begins = {level: rows for level, rows in self._begins.items() if level >= depth}
        self._level = self._all_found = None

    def reopen(self, depth: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """No more than so many levels are complete: what another part has found for the next is lost. What there is of
        it here stays, and so does what has been found since, for the level after it."""
        if len(self.search.levels) > depth:
            assert len(self.search.levels) == depth + 1
            self.search.levels.pop()
            self._culprits, self._level, self._all_found = {}, Level(depth + 1, -1), sum(self.search.store.used())
        return Answer(None)

    def _spans(self, depth: int) -> list[RowSpan]:
        """The rows of a level, which is open: up to where the next one begins, if that was begun too early."""
        found = self.search.store.spans_since(self._begins[depth])
        if depth + 1 not in self._begins:
            return found
        until = dict(enumerate(self._begins[depth + 1]))
        ends = [RowSpan(each.chunk, each.begin, min(each.end, until.get(each.chunk, 0))) for each in found]
        return [each for each in ends if each.begin < each.end]

    def _count(self, generated: int) -> None:
        """Have so many count as generated."""
        for worker in self.search.workers:
            worker.block[block.GENERATED] = 0
        self.search.workers[0].block[block.GENERATED] = generated - self.search.initially

    def _admit(self, arrays: Sequence[bytes | memoryview]) -> None:
        for array in arrays:
            self.search.admit(bytes(array))

    def _collect(self, part: int, rows: bytes) -> None:
        with self._lock:
            self._outgoing[part].append(rows)

    def _sent(self) -> tuple[bytes, ...]:
        sent = tuple(b"".join(each) for each in self._outgoing)
        self._outgoing = [[] for _ in range(self.parts)]
        return sent

    def _progress(self, seconds: float) -> Progress:
        spared = sum(each.outgoing.spared for each in self.search.workers if each.outgoing is not None)
        stats = self.search.stats()
        return Progress(_rows(self._waiting), stats.distinct, stats.generated, spared, seconds, self._failed)

    def _pieces(self, spans: Sequence[RowSpan]) -> tuple[Array, ...]:
        """Their states, which stay where they are, so many together as one array may have."""
        store, together = self.search.store, list[tuple[memoryview, ...]]()
        room = 0
        for each in slices(list(spans), max(1, PIECE // store.row_bytes)):
            piece = store.bytes_of(each)
            if len(piece) > room:
                together.append(())
                room = PIECE
            together[-1] += (piece,)
            room -= len(piece)
        return tuple(together)

    # -- what is kept of others ----------------------------------------------------------------------------------------

    def keep(self, level: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """Keep what the part before this one has found for a level."""
        self._replica.keep(level, arrays)
        return Answer(None)

    def kept_level(self, arrays: Sequence[bytes | memoryview]) -> Answer:
        """The last level of which what the part before this one has found is kept."""
        return Answer(self._replica.level)

    def kept_pieces(self, depth: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """How many pieces are kept of so many levels. Later ones, which are not complete, are forgotten."""
        self._replica.forget(depth)
        return Answer(len(self._replica))

    def kept(self, number: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """One of them."""
        return Answer(None, (self._replica.kept(number),))

    def states(self, depth: int, level: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """The states of a level; `depth` levels are complete."""
        self._complete(depth)
        return Answer(None, self._pieces(self.search.levels[level - 1]))

    def restore(self, arrays: Sequence[bytes | memoryview]) -> Answer:
        """Take back states that were kept elsewhere, behind those taken back before."""
        for rows in arrays:
            self.search.store.append(bytes(rows))
        return Answer(None)

    def restored(self, levels: Sequence[int], generated: int, arrays: Sequence[bytes | memoryview]) -> Answer:
        """All are there: so many in each level. Stopped if they are not."""
        if sum(self.search.store.used()) != sum(levels):
            raise Stopped("what was kept of a part of the cluster is not whole")
        self.search.take_up(levels, (), generated, 0, False)
        self._generated = {len(levels): generated}
        return Answer(None)

    def usage(self, arrays: Sequence[bytes | memoryview]) -> Answer:
        """Seconds of processor time that this process has taken."""
        return Answer(time.process_time())


def _rows(spans: Sequence[RowSpan] | deque[RowSpan]) -> int:
    return sum(span.end - span.begin for span in spans)
