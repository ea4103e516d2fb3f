"""The states of a finished search as a graph: sets of them, and compiled loops that run over sets. Decides nothing.

Nothing here depends on how many workers take part. Memory beyond that of the search counts against the same limit, and
time and Ctrl-C are heeded between two calls of a kernel, some milliseconds each.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from checker.contract.task import Stats
from checker.engines.common.clock import INTERRUPTED, Stopped, memory_ended
from checker.engines.explicit.codegen.code import CHOICE_LIMIT
from checker.engines.explicit.liveness.classes import LATELY_ROOM
from checker.engines.explicit.liveness.rows import Rows
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block, intrinsics
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.native.store import Store
from checker.engines.explicit.native.table import state_of
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State, Worker
from checker.errors import EngineBug
from checker.ir.temporal import Fairness

_SLICE_SECONDS = 0.01
_FIRST_SLICE = 16  # words of a set, 64 entries each
_MOST_SLICE = 1 << 12
_FEW_WORDS = 64
"""Sets of fewer words are not worth waking other workers for."""

STEPS = 1 << 14
"""States that are met between two looks at the clock."""

_FIRST_STACK = 1 << 16
_WORD_LOG = 6
"""The logarithm of the bits of a word: with so many modes all its bits are one state's."""

_OF_NODES = {kernel: f"{kernel}_nodes" for kernel in ("trim", "weigh", "sift")}
"""Kernels of sets of states that others stand in for where nodes are meant."""

_MOST_NUMBERED = block.FIRST_COMPONENT - 2
"""States or nodes that numbers of 32 bits tell apart, beside their components."""


def mask_words(search: Search) -> int:
    """Words of a mask with a bit for each fair thing."""
    return max(1, -(-len(search.emitted.things) // 64))


class _Hand(Worker):
    """One thread's memory, with what looking for cycles needs besides."""

    def __init__(self, graph: Graph, model: Library, store: Store, first: bool) -> None:
        search = graph.search
        super().__init__(search.emitted, graph.kernels[0], model, store, graph.heed)
        for loaded in graph.kernels[1:]:
            self.kernels.update({name: loaded.function(name, 1) for name in loaded.addresses if name != "witness"})
        self.masks = [words(graph.mask_words) for _ in range(2)]
        self.cell, self.form = words(1), words(graph.form_words)
        self.lately = words(2 * LATELY_ROOM)
        self.first = first
        self.note_kinds(1)
        cells = {
            block.MARKS: ctypes.addressof(self.scratch) + search.emitted.marks * 8,
            block.THINGS: len(search.emitted.things),
            block.MASK_WORDS: graph.mask_words,
            block.POSSIBLE: ctypes.addressof(self.masks[0]),
            block.TAKEN: ctypes.addressof(self.masks[1]),
            block.CELL: ctypes.addressof(self.cell),
            block.LATELY: ctypes.addressof(self.lately),
            block.CONDITIONS: model.addresses["conditions"],
            block.FORM: ctypes.addressof(self.form),
            block.WEAK: ctypes.addressof(graph.weak),
            block.STRONG: ctypes.addressof(graph.strong),
        }
        for cell, value in cells.items():
            self.block[cell] = value
        store.aim(self.block)


class Graph:
    """All states of a search that is complete, and what is fair among its steps. `kernels` are those of the search and
    those of this room."""

    def __init__(
        self, search: Search, kernels: Sequence[Library], fairness: Sequence[Fairness], arguments: int
    ) -> None:
        self.search, self.kernels, self.clock = search, kernels, search.clock
        self.width = search.emitted.layout.words
        self.mask_words = mask_words(search)
        self.form_words = 1 + arguments
        self.weak, self.strong = (mask_of(fairness, kind, self.mask_words) for kind in (Fairness.WEAK, Fairness.STRONG))
        self.state_words = self.set_words = -(-search.store.size // 64)
        self.mode_log, self._of_nodes = 0, False
        self._taken = 0  # bytes beyond those of the search
        self._hands = [_Hand(self, search.model, search.store, at == 0) for at in range(len(search.workers))]
        self._slice = _FIRST_SLICE
        self._lock = threading.Lock()
        self._problem: BaseException | None = None
        self._stop = threading.Event()
        self._learned: dict[str, Library] = {}

    @property
    def workers(self) -> int:
        """How many threads take part."""
        return len(self._hands)

    @property
    def hand(self) -> _Hand:
        """The memory of this thread."""
        return self._hands[0]

    def learn(self, module: str) -> None:
        """Have the kernels of another module, too: of one that is seldom needed, and loaded only then."""
        if module not in self._learned:
            found = self._learned[module] = library.load_kernels(module)
            for hand in self._hands:
                hand.kernels.update({name: found.function(name, 1) for name in found.addresses})

    # -- memory --------------------------------------------------------------------------------------------------------

    def region(self, size: int) -> Region:
        """So many bytes of zeros. Stopped if the limit does not allow them."""
        limit = self.search.store.limit
        try:
            if self.search.store.occupied() + self._taken + size > limit:
                raise MemoryError
            made = Region(size)
        except MemoryError:
            raise Stopped(memory_ended(self.clock.budget, limit)) from None
        self._taken += made.size
        return made

    def free(self, memory: Region) -> None:
        """Give memory back."""
        self._taken -= memory.size
        memory.free()

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        """So many bytes count as taken by what is made meanwhile. Stopped if the limit does not allow them."""
        limit = self.search.store.limit
        if self.search.store.occupied() + self._taken + size > limit:
            raise Stopped(memory_ended(self.clock.budget, limit))
        self._taken += size
        try:
            yield
        finally:
            self._taken -= size

    def owed(self) -> tuple[int, int]:
        """What is weakly fair, and what is strongly fair: a bit for each thing."""
        return _number(self.weak), _number(self.strong)

    def new_set(self) -> Region:
        """An empty set of states."""
        return self.region(self.set_words * 8)

    @contextmanager
    def of_nodes(self, log: int, letters: int) -> Iterator[None]:
        """Within this a set holds nodes: each a state with one of 1 << `log` modes, which a word has room for. What the
        automaton does at each letter is found at the address `letters`."""
        self.mode_log, self.set_words = log, -(-(self.search.store.size << log) // 64)
        self._of_nodes = True
        modes = (1 << (1 << log)) - 1
        self.put({block.LETTERS: letters, block.MODE_LOG: log, block.MODES: modes if log < _WORD_LOG else -1})
        try:
            yield
        finally:
            self.mode_log, self.set_words, self._of_nodes = 0, self.state_words, False
            self.put({block.LETTERS: 0, block.MODE_LOG: 0})

    # -- running kernels -----------------------------------------------------------------------------------------------

    def stats(self) -> Stats:
        """The counts of the search, and what goes on now."""
        return replace(self.search.stats(), doing="looking for cycles")

    def put(self, cells: dict[int, int]) -> None:
        """Set cells of every worker's block."""
        for hand in self._hands:
            for cell, value in cells.items():
                hand.block[cell] = value

    def total(self, cell: int) -> int:
        """A cell of every worker's block, added up."""
        return sum(hand.block[cell] for hand in self._hands)

    def culprit(self) -> State | None:
        """The least state that a kernel noted."""
        return min((each[0] for each in (hand.culprits() for hand in self._hands) if 0 in each), default=None)

    def try_sweep(self, kernel: str) -> bool:
        """Run a kernel over all words of a set; False if there are too many classes."""
        for hand in self._hands:  # the classes of another key have other numbers
            ctypes.memset(hand.lately, 0, ctypes.sizeof(hand.lately))
        try:
            self.sweep(kernel, self.set_words)
        except _TooFine:
            return False
        return True

    def sweep(self, kernel: str, end: int, begin: int = 0) -> int:
        """Run a kernel over the units begin..end, words of a set or whatever it counts, shared out among the workers;
        what CHANGED comes to."""
        self.put({block.CHANGED: 0})
        if self._of_nodes:
            kernel = _OF_NODES.get(kernel, kernel)
        hands = self._hands if end - begin >= _FEW_WORDS else self._hands[:1]
        pieces = _Pieces(begin, end)
        threads = [threading.Thread(target=self._work, args=(kernel, pieces, hand)) for hand in hands[1:]]
        for thread in threads:
            thread.start()
        try:
            self._work(kernel, pieces, hands[0])
        except KeyboardInterrupt:
            self._fail(Stopped(INTERRUPTED))
        finally:
            for thread in threads:
                thread.join()
        if self._problem is not None:
            problem, self._problem = self._problem, None
            self._stop.clear()
            raise problem
        return self.total(block.CHANGED)

    def _work(self, kernel: str, pieces: _Pieces, hand: _Hand) -> None:
        try:
            while not self._stop.is_set():
                if hand.first:
                    self.clock.check(self.stats)
                if hand.block[block.BEGIN] >= hand.block[block.END]:
                    piece = pieces.take(self._slice)
                    if piece is None:
                        return
                    hand.block[block.BEGIN], hand.block[block.END] = piece
                begin, began = hand.block[block.BEGIN], time.perf_counter()
                self.meet(hand, hand.call(kernel))
                self._adapt(hand.block[block.BEGIN] - begin, time.perf_counter() - began)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # in a thread nobody else would hear of it, and states would be missing
            self._fail(problem)
        finally:
            hand.block[block.BEGIN] = hand.block[block.END] = 0

    def heed(self) -> None:
        """Stopped if a long step has to end: all has to, or another thread has ended this pass."""
        if self._stop.is_set():
            raise Stopped(INTERRUPTED)
        self.clock.look()

    def _fail(self, problem: BaseException) -> None:
        with self._lock:
            if self._problem is None:
                self._problem = problem
        self._stop.set()

    def _adapt(self, units: int, seconds: float) -> None:
        if units > 0 and seconds > 0:
            self._slice = max(1, min(_MOST_SLICE, int(units * _SLICE_SECONDS / seconds), self._slice * 2))

    def meet(self, hand: _Hand, answer: int) -> None:
        """Meet what a kernel needs to go on."""
        match answer:
            case block.NEED_OUT:
                hand.grow_out(4 * hand.block[block.OUT_ROWS])
            case block.CHOSE_TOO_MUCH:
                raise Stopped(f"a step of more than {CHOICE_LIMIT} choices ended the search")
            case block.TOO_FINE:
                raise _TooFine
            case block.LOST:
                raise EngineBug("explicit: a step leads to a state that the search did not find")

    # -- kernels that one worker runs ----------------------------------------------------------------------------------

    def count(self, states: Region, before: Region) -> int:
        """Number the states of a set; how many these are."""
        hand = self.hand
        hand.block[block.SET], hand.block[block.BEFORE] = states.address, before.address
        hand.block[block.BEGIN], hand.block[block.END], hand.block[block.CHANGED] = 0, self.set_words, 0
        hand.call("count")
        hand.block[block.BEGIN] = hand.block[block.END] = 0
        return int(hand.block[block.CHANGED])

    def components(self, states: Region, before: Region, count: int) -> tuple[Region, int]:
        """The numbers of the states of a set, of which there are `count`, by component; and how many components of
        those numbers there are, from FIRST_COMPONENT downwards."""
        if count > _MOST_NUMBERED:
            raise Stopped(f"more than {_MOST_NUMBERED:,} states, each with a mode of an automaton, ended the search")
        numbers, opened = self.region((count // 2 + 1) * 8), self.region((count + 1) * 8)
        stack = self.region(_FIRST_STACK * 8)
        self.put({block.SET: states.address, block.BEFORE: before.address, block.NUMBERS: numbers.address})
        cells = {
            block.STACK: stack.address,
            block.STACK_ROOM: _FIRST_STACK,
            block.TOP: 0,
            block.FRAME: -1,
            block.OPEN: opened.address,
            block.OPENED: 0,
            block.INDEX: 1,
            block.COMPONENT: block.FIRST_COMPONENT,
            block.NEXT: -1,
            block.BEGIN: 0,
            block.END: self.set_words * 64,
        }
        hand = self.hand
        for cell, value in cells.items():
            hand.block[cell] = value
        answer = block.PAUSED
        while answer != block.FINISHED:
            self.clock.check(self.stats)
            hand.block[block.LEFT] = STEPS
            answer = hand.call("components")
            if answer == block.NEED_STACK:
                stack = self._larger(stack, hand)
            self.meet(hand, answer)
        hand.block[block.BEGIN] = hand.block[block.END] = 0
        for memory in (stack, opened):
            self.free(memory)
        return numbers, block.FIRST_COMPONENT - int(hand.block[block.COMPONENT])

    def _larger(self, stack: Region, hand: _Hand) -> Region:
        larger = self.region(2 * stack.size)
        ctypes.memmove(larger.address, stack.address, stack.size)
        self.free(stack)
        hand.block[block.STACK], hand.block[block.STACK_ROOM] = larger.address, larger.size // 8
        return larger

    def through(self, kernel: str, address: int, begin: int, end: int, found: Rows) -> None:
        """Run a kernel over the rows begin..end at an address; it adds to `found`."""
        hand = self.hand
        hand.block[block.ROWS] = address
        hand.block[block.BEGIN] = begin
        slice_ = _FIRST_SLICE
        while hand.block[block.BEGIN] < end:
            self.clock.check(self.stats)
            hand.block[block.END] = min(end, hand.block[block.BEGIN] + slice_)
            hand.block[block.LIST], hand.block[block.LIST_ROOM] = found.memory.address, found.room
            hand.block[block.LISTED] = found.used
            begun = time.perf_counter()
            answer = hand.call(kernel)
            found.used = hand.block[block.LISTED]
            if answer == block.NEED_LIST:
                found.grow()
            self.meet(hand, answer)
            if answer == block.FINISHED and time.perf_counter() - begun < _SLICE_SECONDS:
                slice_ = min(2 * slice_, 1 << 16)
        hand.block[block.BEGIN] = hand.block[block.END] = 0

    def parts(self, count: int) -> Region:
        """Room for what is known of so many components."""
        return self.region(max(1, count) * (3 * self.mask_words + 1) * 8)

    def fates(self, parts: Region, count: int) -> list[int]:
        """How many components there are of each fate."""
        size = 3 * self.mask_words + 1
        cells = (ctypes.c_int64 * (count * size)).from_address(parts.address)
        found = [0, 0, 0]
        for fate in cells[size - 1 :: size]:
            found[fate] += 1
        return found

    def possible_in(self, parts: Region, part: int) -> list[int]:
        """The fair things that are possible somewhere in a component."""
        at = parts.address + part * (3 * self.mask_words + 1) * 8
        cells = (ctypes.c_int64 * self.mask_words).from_address(at)
        return [thing for thing in range(len(self.search.emitted.things)) if cells[thing >> 6] >> (thing & 63) & 1]

    # -- single states -------------------------------------------------------------------------------------------------

    def ask(self, form: Sequence[int]) -> None:
        """Say which property is meant by its number, and its arguments by their ranks."""
        for hand in self._hands:
            for at, word in enumerate(form):
                hand.form[at] = word

    def state_at(self, slot: int) -> State:
        """The state with an entry."""
        row = state_of(intrinsics.pointer(ctypes.addressof(self.hand.block)), slot)
        return tuple((ctypes.c_int64 * self.width).from_address(row))

    def look(self, state: State) -> int:
        """Find the successors of a state; its entry."""
        self.clock.check(self.stats)
        row = words(self.width)
        row[:] = list(state)
        hand = self.hand
        hand.block[block.ROWS] = ctypes.addressof(row)
        while (answer := hand.call("look")) != block.FINISHED:
            self.meet(hand, answer)
        return int(hand.block[block.NEXT])

    def successors(self) -> Iterator[tuple[State, int, set[int]]]:
        """Those found last: each with its entry and the fair things that lead there."""
        hand, width = self.hand, self.width
        first = self.search.emitted.marks
        things = range(len(self.search.emitted.things))
        marks = [(hand.scratch[first + 2 * thing], hand.scratch[first + 2 * thing + 1]) for thing in things]
        for at in range(hand.block[block.CHANGED]):
            if hand.slots[at] >= 0:
                state = tuple(hand.out[at * width : (at + 1) * width])
                yield state, hand.slots[at], {thing for thing in things if marks[thing][0] <= at < marks[thing][1]}

    def has(self, states: Region, slot: int) -> bool:
        """Whether a set has the state with that entry."""
        word = ctypes.c_int64.from_address(states.address + (slot >> 6) * 8).value
        return bool(word >> (slot & 63) & 1)

    def modes_at(self, nodes: Region, slot: int) -> int:
        """The modes with which a set of nodes has the state with that entry: a bit for each."""
        at, count = slot << self.mode_log, 1 << self.mode_log
        word = ctypes.c_int64.from_address(nodes.address + (at >> 6) * 8).value
        return word >> (at & 63) & (1 << count) - 1

    def number_at(self, slot: int, states: Region, before: Region, numbers: Region) -> int:
        """The number of the component of a state of a set."""
        bits = ctypes.c_int64.from_address(states.address + (slot >> 6) * 8).value
        place = ctypes.c_int64.from_address(before.address + (slot >> 6) * 8).value
        place += (bits & (1 << (slot & 63)) - 1).bit_count()
        word = ctypes.c_int64.from_address(numbers.address + (place >> 1) * 8).value
        return word >> ((place & 1) << 5) & block.NOBODY

    def parent(self, target: State, rows: Rows) -> State | None:
        """The least of some states that has the target among its successors."""
        hand = self.hand
        hand.seek([target])
        hand.block[block.ROWS], hand.block[block.BEGIN], hand.block[block.END] = rows.memory.address, 0, rows.used
        while (answer := hand.call("find_parents")) != block.FINISHED:
            self.meet(hand, answer)
        hand.block[block.BEGIN] = hand.block[block.END] = 0
        found = hand.culprits().get(0)
        hand.note_kinds(1)
        return found


class _TooFine(Exception):
    """There are too many classes."""


class _Pieces:
    """The units begin..end, handed out in pieces to whichever worker asks."""

    def __init__(self, begin: int, end: int) -> None:
        self._next, self._units = begin, end
        self._lock = threading.Lock()

    def take(self, count: int) -> tuple[int, int] | None:
        """The next piece of at most so many units; None if there is none."""
        with self._lock:
            if self._next >= self._units:
                return None
            begin, self._next = self._next, min(self._units, self._next + count)
            return begin, self._next


def _number(mask: Iterable[int]) -> int:
    return sum((word & (1 << 64) - 1) << 64 * at for at, word in enumerate(mask))


def mask_of(fairness: Iterable[Fairness], kind: Fairness, size: int) -> ctypes.Array[ctypes.c_int64]:
    """Which of the fair things are of a kind: a bit for each, in so many words."""
    made = words(size)
    for thing, each in enumerate(fairness):
        if each is kind:
            made[thing >> 6] |= 1 << (thing & 63)
    return made
