"""Breadth-first search over compiled code: levels, workers, budgets. Decides nothing about properties: it reports which
states are culprits of what, and why it ended.

Each worker is a thread with its own parameter block; the compiled kernels run without Python's lock, on slices of a
level that take some milliseconds. Whatever needs Python - memory, growth, budgets, Ctrl-C - happens between two slices.
Counts and culprits do not depend on the number of workers: a level is a set, and a culprit is the least state of its
kind.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from checker.contract.task import Budget, Stats, begins_outside
from checker.engines.common.clock import INTERRUPTED, Stopped, memory_ended, states_ended
from checker.engines.common.growth import to_come
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.code import CHOICE_LIMIT, DONE, FAILED
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.codegen.symmetry import not_closed
from checker.engines.explicit.growing import MOST_WORKERS, enter_rows, move_entries
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.disk import Disk, DiskFull
from checker.engines.explicit.native.queue import Queue
from checker.engines.explicit.native.store import OutOfMemory, RowSpan, Store
from checker.engines.explicit.worker import State, Worker

_SLICE_SECONDS = 0.01
"""Between two slices Python looks at the clock, at Ctrl-C and at memory: as often as that costs nothing to speak of."""
_FIRST_SLICE = 512
"""Rows, before it is known how long they take; a slice at most doubles the one before."""
_GRANT = 1 << 16
"""States that a worker may insert before it asks again, which takes a lock."""
_FEW_ROWS = 4096
"""Levels of fewer rows are not worth waking other workers for."""
_SHARES = 4
"""A slice is at most what is left of a level divided by so many times the workers: at its end nobody waits long for
another. By the sizes of the levels of the marking model, slices of 65,536 rows alone would keep two workers at 1.9
times one and four at 3.4 times; these at 2.0 and 4.0 times."""


class Search:
    """The states found so far, level by level."""

    def __init__(
        self,
        emitted: Emitted,
        kernels: Library,
        model: Library,
        workers: int,
        limit: int,
        clock: Clock,
        disk: Disk | None = None,
    ) -> None:
        self.emitted, self.model, self.clock = emitted, model, clock
        self.store = Store(emitted.layout.words, emitted.layout.bits, limit, disk)
        self.workers = [Worker(emitted, kernels, model, self.store, self._look) for _ in range(max(1, workers))]
        self.workers[0].block[block.ALONE] = len(self.workers) == 1
        self.levels: list[list[RowSpan]] = []
        self.distinct = 0
        self.complete = False  # whether the last level had no successors that were new
        self.initially = 0  # initial states generated
        self.compile_seconds = 0.0
        self._granted = 0
        self._crowded = False  # whether a state has no place near enough in the table
        self._lock = threading.Lock()
        self._slice = _FIRST_SLICE
        self._stop = threading.Event()
        self._problem: BaseException | None = None

    @property
    def scratch(self) -> ctypes.Array[ctypes.c_int64]:
        """Memory for the model's code, while no worker runs."""
        return self.workers[0].scratch

    def go_on_with(self, model: Library) -> None:
        """Run other machine code of the same program from the next level on."""
        self.model = model
        for worker in self.workers:
            worker.run_code_of(model)

    def stats(self) -> Stats:
        """The counts at this moment."""
        generated = self.initially + sum(worker.block[block.GENERATED] for worker in self.workers)
        waiting = self.levels[-1] if self.levels and not self.complete else []
        queue = sum(span.end - span.begin for span in waiting)
        counts = (self._inserted(), generated, len(self.levels), queue)
        ahead = (None, None) if self.complete else (to_come(self._sizes()), self.store.room())
        return Stats(*counts, self.clock.seconds(), self.compile_seconds, to_come=ahead[0], room=ahead[1])

    def _sizes(self) -> list[int]:
        """How many states each level has. As much work as there are levels: not for each of them."""
        return [sum(span.end - span.begin for span in level) for level in self.levels]

    def states(self) -> Iterator[tuple[object, ...]]:
        """The states found, decoded, level by level: each after one that it follows from."""
        decode, row, size = (
            self.emitted.layout.decoder(),
            ctypes.c_int64 * self.emitted.layout.words,
            self.store.row_bytes,
        )
        for level in self.levels:
            for span in level:
                first = self.store.address(span.chunk)
                for at in range(span.begin, span.end):
                    yield decode(tuple(row.from_address(first + at * size)))

    def _inserted(self) -> int:
        return self._granted - sum(worker.block[block.QUOTA] for worker in self.workers)

    # -- the first level -----------------------------------------------------------------------------------------------

    def initial(self) -> bool:
        """Find the initial states, the first level. False if `init` fails somewhere."""
        before = self.store.used()
        failed = self.begin()
        self._close_level(before)
        return not failed

    def begin(self) -> bool:
        """Find the initial states, in a level that is open. Whether `init` fails somewhere."""
        worker = self.workers[0]
        run = self.model.function("initial", 4)
        canonical = self.model.function("canonical", 2) if self.emitted.permutations > 1 else None
        seen: dict[State, int] = {}
        raw: set[State] = set()
        while not worker.control[DONE]:
            found = worker.initial(run)
            if found < 0:
                raise Stopped(f"a step of more than {CHOICE_LIMIT} choices ended the search")
            self.initially += found
            if canonical is not None:
                self._canonical_initial(worker, found, canonical, seen, raw)
            self._require_within(worker, found)
            worker.block[block.PENDING], worker.block[block.FLUSHED] = found, 0
            worker.send_away()
            self._sweep("explore", [], [worker])
            self.clock.check(self.stats)
        if canonical is not None:
            self._require_closed(seen, raw)
        return bool(worker.control[FAILED])

    def _require_within(self, worker: Worker, found: int) -> None:
        """Every initial state must be within the constraint."""
        beyond = worker.beyond(
            self.model, [worker.out[at * worker.words : (at + 1) * worker.words] for at in range(found)]
        )
        if beyond is not None:
            raise begins_outside(self.emitted.program, self.emitted.layout.decode(beyond))

    def begin_with(self, rows: Sequence[State]) -> None:
        """Take these states, each the one of its orbit, for the first level."""
        worker = self.workers[0]
        before = self.store.used()
        worker.grow_out(max(len(rows), worker.block[block.OUT_ROWS]))
        for at, word in enumerate(word for row in rows for word in row):
            worker.out[at] = word
        worker.block[block.PENDING], worker.block[block.FLUSHED] = len(rows), 0
        self._sweep("explore", [], [worker])
        self._close_level(before)

    def take_up(
        self, levels: Sequence[int], rows: Iterable[bytes], generated: int, initially: int, complete: bool
    ) -> None:
        """Go on where another search came to: the rows of its levels, so many each, and its counts."""
        try:
            for piece in rows:
                self.store.append(piece)
                self.clock.check(self.stats)
            self.levels = self.store.consecutive(levels)
            while self.store.capacity < sum(levels):
                self.store.enlarge()
        except OutOfMemory:
            raise Stopped(memory_ended(self.clock.budget, self.store.limit)) from None
        except DiskFull as reason:
            raise Stopped(str(reason)) from None
        self._enter_all(self.store.spans_since([]))
        while self._crowded:
            self._enlarge()
        self.distinct = self._granted = sum(levels)
        self.initially, self.complete = initially, complete
        self.workers[0].block[block.GENERATED] = generated - initially

    def keep_projected(self, address: int, rows: int, key: int) -> None:
        """Take the states at an address, with no other bits than those at `key`, for states of this search. There is no
        sense in expanding them."""
        worker = self.workers[0]
        cells = {block.ROWS: address, block.BEGIN: 0, block.END: rows, block.KEY: key}
        for cell, value in cells.items():
            worker.block[cell] = value
        worker.call("project")
        self._sweep("explore", [], [worker])
        self.distinct = self._inserted()

    def admit(self, rows: bytes) -> None:
        """Take in states that another part of a cluster has found, in a level that is open."""
        count = len(rows) // self.store.row_bytes
        address = ctypes.cast(ctypes.c_char_p(rows), ctypes.c_void_p).value
        share = max(_FEW_ROWS, -(-count // len(self.workers)))
        busy = self.workers[: -(-count // share)]
        for at, worker in enumerate(busy):
            worker.block[block.ROWS] = address or 0
            worker.block[block.BEGIN], worker.block[block.END] = at * share, min(count, (at + 1) * share)
        self._rounds("admit", Queue([]), busy)

    def _canonical_initial(
        self,
        worker: Worker,
        found: int,
        canonical: Callable[..., int],
        seen: dict[State, int],
        raw: set[State],
    ) -> None:
        """Replace initial states by those that stand for their orbits; remember both."""
        size = worker.words
        for row in range(found):
            raw.add(tuple(worker.out[row * size : (row + 1) * size]))
            address = ctypes.addressof(worker.out) + row * size * 8
            fixing = canonical(address, ctypes.addressof(worker.scratch))
            seen[tuple(worker.out[row * size : (row + 1) * size])] = fixing

    def _require_closed(self, seen: dict[State, int], raw: set[State]) -> None:
        """Every image of an initial state under a permutation must be an initial state."""
        if sum(self.emitted.permutations // fixing for fixing in seen.values()) != len(raw):
            raise not_closed(self.emitted.model)

    # -- levels --------------------------------------------------------------------------------------------------------

    def judge(self, wanted: Sequence[int]) -> dict[int, State]:
        """Judge the properties of these numbers in the last level; the culprits by kind."""
        for worker in self.workers:
            worker.want(wanted)
        self._sweep("judge", self.levels[-1], self.workers)
        return self._culprits()

    def expand(self, of_steps: Container[int] = (), beyond: Container[int] = ()) -> dict[int, State]:
        """Find the next level, and judge the steps to it by the `@step` properties of these numbers, and what is beyond
        the constraint by those properties; the culprits by kind."""
        before = self.store.used()
        for worker in self.workers:
            worker.want_steps(of_steps)
            worker.want(beyond)
        try:
            self._sweep("explore", self.levels[-1], self.workers)
        finally:
            for worker in self.workers:
                self._note_used(worker)
        self._close_level(before)
        return self._culprits()

    def again(self, kernel: str) -> None:
        """Run a kernel over all states that were expanded."""
        self._sweep(kernel, [span for level in self.levels[:-1] for span in level], self.workers)

    def sweep(self, kernel: str, level: Sequence[RowSpan]) -> dict[int, State]:
        """Run a kernel over all rows of a level; the culprits by kind."""
        self._sweep(kernel, list(level), self.workers)
        return self._culprits()

    def parents(self, targets: Sequence[State], depth: int) -> list[State | None]:
        """For each target the least state of that depth that has it among its successors."""
        self._stop.clear()
        clock, self.clock = self.clock, Clock(Budget(), threading.Event(), None)  # a trace is worth finishing
        for worker in self.workers:
            worker.seek(targets)
        try:
            self._sweep("find_parents", self.levels[depth - 1], self.workers)
        finally:
            self.clock = clock
        found = self._culprits()
        for worker in self.workers:
            worker.note_kinds(worker.kinds)  # for the next level
        return [found.get(at) for at in range(len(targets))]

    def _culprits(self) -> dict[int, State]:
        merged: dict[int, State] = {}
        for worker in self.workers:
            for kind, state in worker.culprits().items():
                merged[kind] = min(merged.get(kind, state), state)
        return merged

    def _close_level(self, before: list[int]) -> None:
        for worker in self.workers:
            self._note_used(worker)
        spans = self.store.spans_since(before)
        self.store.put_aside(self.levels[-1] if self.levels else [])
        self.distinct = self._inserted()
        if spans:
            self.levels.append(spans)
        else:
            self.complete = True

    def _note_used(self, worker: Worker) -> None:
        if worker.chunk is not None:
            self.store.set_used(worker.chunk, worker.block[block.USED])

    # -- rounds --------------------------------------------------------------------------------------------------------

    def _sweep(self, kernel: str, spans: list[RowSpan], workers: list[Worker]) -> None:
        """Run a kernel over all rows of `spans`, in rounds between which the table may grow."""
        if sum(span.end - span.begin for span in spans) < _FEW_ROWS:
            workers = workers[:1]
        self._rounds(kernel, Queue(spans), workers)

    def _rounds(self, kernel: str, queue: Queue, workers: list[Worker]) -> None:
        unfinished = list(workers)
        while unfinished:
            waiting: list[Worker] = []
            self._round(kernel, queue, unfinished, waiting)
            for worker in self.workers:
                self._note_used(worker)
            self._raise_problem()
            if waiting:
                self._make_room()
            unfinished = waiting

    def _round(self, kernel: str, queue: Queue, workers: list[Worker], waiting: list[Worker]) -> None:
        """All workers work until nothing is left or they wait for room. This thread is the first of them."""
        first, *others = workers
        threads = [threading.Thread(target=self._work, args=(kernel, queue, w, waiting, False)) for w in others]
        for thread in threads:
            thread.start()
        try:
            self._work(kernel, queue, first, waiting, True)
        except KeyboardInterrupt:
            self._fail(Stopped(INTERRUPTED))
        finally:
            for thread in threads:
                thread.join()

    def _work(self, kernel: str, queue: Queue, worker: Worker, waiting: list[Worker], leads: bool) -> None:
        try:
            while not self._stop.is_set():
                if leads:
                    self.clock.check(self.stats)
                if not self._goes_on(worker) and not self._next_slice(queue, worker):
                    return
                if not self._run(kernel, worker):
                    waiting.append(worker)
                    return
        except OutOfMemory:
            self._fail(Stopped(memory_ended(self.clock.budget, self.store.limit)))
        except DiskFull as reason:
            self._fail(Stopped(str(reason)))
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # in a thread nobody else would hear of it, and states would be missing
            self._fail(problem)

    def _raise_problem(self) -> None:
        """Raise what ended a round, if anything did."""
        if self._problem is not None:
            problem, self._problem = self._problem, None
            self._stop.clear()
            raise problem

    def _look(self) -> None:
        """Stopped if a long step has to end: the search has to, or another worker has ended this round."""
        if self._stop.is_set():
            raise Stopped(INTERRUPTED)
        self.clock.look()

    def _fail(self, problem: BaseException) -> None:
        with self._lock:
            if self._problem is None:
                self._problem = problem
        self._stop.set()

    @staticmethod
    def _goes_on(worker: Worker) -> bool:
        """Whether the worker's block has something left to do."""
        cells = worker.block
        return cells[block.BEGIN] < cells[block.END] or cells[block.FLUSHED] < cells[block.PENDING]

    def _next_slice(self, queue: Queue, worker: Worker) -> bool:
        workers = len(self.workers)
        span = queue.take(self._slice, 1 if workers == 1 else _SHARES * workers)
        if span is None:
            return False
        worker.aim(self.store, span)
        return True

    def _run(self, kernel: str, worker: Worker) -> bool:
        """One call; False if the worker has to wait until the table has grown."""
        cells = worker.block
        self.store.aim(cells)
        rows, began = cells[block.BEGIN], time.perf_counter()
        answer = worker.call(kernel)
        self._adapt(cells[block.BEGIN] - rows, time.perf_counter() - began)
        match answer:
            case block.NEED_CHUNK:
                self._note_used(worker)
                worker.chunk = cells[block.CHUNK] = self.store.add_chunk()
                cells[block.USED] = 0
            case block.NEED_OUT:
                self._grow_out(worker)
            case block.NEED_QUOTA:
                return self._grant(worker)
            case block.NEED_TABLE:
                self._crowded = True
                return False
            case block.NEED_SEND:
                worker.send()
            case block.NEED_LINKS if worker.need_links is not None:
                worker.need_links()
            case block.CHOSE_TOO_MUCH:
                raise Stopped(f"a step of more than {CHOICE_LIMIT} choices ended the search")
        return True

    def _grow_out(self, worker: Worker) -> None:
        """Have room for more successors of one state."""
        rows = 4 * worker.block[block.OUT_ROWS]
        if self.store.occupied() + rows * (self.store.row_bytes + 8) > self.store.limit:
            raise OutOfMemory
        worker.grow_out(rows)

    def _adapt(self, rows: int, seconds: float) -> None:
        """Make slices take about the time they should."""
        if rows > 0 and seconds > 0:
            wanted = int(rows * _SLICE_SECONDS / seconds)
            self._slice = max(16, min(1 << 16, wanted, self._slice * 2))

    def _grant(self, worker: Worker) -> bool:
        """Let a worker insert some more; False if nothing is left to give."""
        with self._lock:
            most = self.clock.budget.max_states
            room = self.store.capacity if most is None else min(self.store.capacity, most)
            left = room - self._granted
            share = min(left, _GRANT, max(1, left // (2 * len(self.workers))))
            if left <= 0:
                return False
            self._granted += share
            worker.block[block.QUOTA] += share
            return True

    def _make_room(self) -> None:
        """Between rounds: take back what workers may still insert; grow the table if that gives no room."""
        for worker in self.workers:
            self._granted -= worker.block[block.QUOTA]
            worker.block[block.QUOTA] = 0
        most = self.clock.budget.max_states
        if most is not None and self._granted >= most:
            raise Stopped(states_ended(most))
        if self._granted < self.store.capacity and not self._crowded:
            return
        self._enlarge(whole=True)
        while self._crowded:
            self._enlarge()

    def _enlarge(self, whole: bool = False) -> None:
        """Grow the table and enter all rows into it, unless that shows it to be crowded, too. Of a table that has them
        all, whole, the entries may move."""
        self._crowded = False
        try:
            if whole and len(self.workers) <= MOST_WORKERS:
                moved = move_entries(self.store, self._look)
                if moved is not None:
                    self._crowded = not moved
                    return
            spans = self.store.enlarge()
        except OutOfMemory:
            raise Stopped(memory_ended(self.clock.budget, self.store.limit)) from None
        self._enter_all(spans)

    def _enter_all(self, spans: list[RowSpan]) -> None:
        """Enter rows into the table, which has none of them."""
        queue = Queue(spans)
        many = sum(span.end - span.begin for span in spans) >= _FEW_ROWS
        threads = [
            threading.Thread(target=self._rebuild, args=(queue, worker))
            for worker in (self.workers[1:] if many else [])
        ]
        for thread in threads:
            thread.start()
        try:
            self._rebuild(queue, self.workers[0])
        finally:
            for thread in threads:
                thread.join()
        self._raise_problem()

    def _rebuild(self, queue: Queue, worker: Worker) -> None:
        """Enter slices of rows; a failure is kept for who waits."""
        try:
            self._enter(queue, worker)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:
            self._fail(problem)

    def _enter(self, queue: Queue, worker: Worker) -> None:
        """Enter slices of rows, until one finds no place."""
        if not enter_rows(self.store, queue, worker, lambda: self._crowded):
            self._crowded = True
