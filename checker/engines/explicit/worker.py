"""What one thread of a search or of a random walk works with: the memory that compiled code reads and writes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Container, Iterable, Sequence

from checker.engines.explicit.codegen.code import CONTROL_CELLS
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.looking import Looking
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.store import RowSpan, Store

State = tuple[int, ...]
"""The words of a packed state, signed."""

_SEND_ROWS = 1 << 13
"""States that wait to be sent to each part before Python takes them: 64 KiB of one word, for each part and worker."""

_FOUND_BYTES = 1 << 17
"""Memory for states found lately: of marking with three objects it has 46 % of all successors, a quarter of it 40 %;
more than this does not stay in the cache next to the processor."""

_OUT_ROWS = 4096
"""Successors of a batch, to begin with; a state that has more makes it four times as large."""


class Worker:
    """One thread's memory: parameter block, scratch, control array, marks, culprits, successors. While a step takes
    long, `look` is called now and then, and may end it by what it raises."""

    def __init__(
        self, emitted: Emitted, kernels: Library, model: Library, store: Store, look: Callable[[], None]
    ) -> None:
        self.words = emitted.layout.words
        self.properties = len(emitted.judged)
        self.control = words(CONTROL_CELLS)
        self.looking = Looking(self.control, look)
        self.wanted = words(2 * self.properties + 2)
        self.block = words(block.CELLS)
        self.have_scratch(emitted)
        self.outgoing: Outgoing | None = None  # what belongs to other parts of a cluster
        self.grow_out(_OUT_ROWS)
        cells = {
            block.WORDS: self.words,
            block.CONTROL: ctypes.addressof(self.control),
            block.WANTED: ctypes.addressof(self.wanted),
            block.PROPERTIES: self.properties,
            block.CHUNKS: store.chunks,
            block.CHUNK: 0,
            block.USED: block.CHUNK_ROWS,
        }
        for cell, value in cells.items():
            self.block[cell] = value
        self._prepare_pairs(emitted)
        self.run_code_of(model)
        self.note_kinds(self.kinds)
        self.chunk: int | None = None  # the chunk it appends to; USED is at its end while there is none
        self.kernels = {name: kernels.function(name, 1) for name in kernels.addresses}
        self.keep_found()
        self.need_links: Callable[[], None] | None = None  # what gives `@implements` more room

    def have_scratch(self, emitted: Emitted) -> None:
        """Have the memory that the code of a model works in."""
        self.scratch = _scratch(emitted.scratch, emitted.constants)
        self.block[block.SCRATCH] = ctypes.addressof(self.scratch)

    def run_code_of(self, model: Library) -> None:
        """Set whose steps and properties the kernels call. Who calls this keeps it alive."""
        self.block[block.EXPAND] = model.addresses["expand"]
        self.block[block.CANONICAL] = model.addresses.get("canonical", 0)
        self.block[block.CHECK] = model.addresses["check"]
        self.block[block.WITHIN] = model.addresses.get("within", 0)
        self.block[block.MAPPING] = model.addresses.get("mapping", 0)
        self.check_step = model.addresses.get("check_step", 0)
        if self.block[block.CHECK_STEP]:
            self.block[block.CHECK_STEP] = self.check_step

    def _prepare_pairs(self, emitted: Emitted) -> None:
        """Have what judging steps takes; none is wanted as yet."""
        self.step_properties = len(emitted.pairs.judged)
        self.step_scratch = _scratch(emitted.pairs.scratch, emitted.pairs.constants)
        self.step_wanted, self.pair = words(2 * self.step_properties + 2), words(2 * self.words)
        self.block[block.PAIR] = ctypes.addressof(self.pair)
        self.block[block.STEP_SCRATCH] = ctypes.addressof(self.step_scratch)
        self.block[block.STEP_WANTED] = ctypes.addressof(self.step_wanted)
        self.block[block.STEP_PROPERTIES] = self.step_properties

    @property
    def kinds(self) -> int:
        """How many kinds of culprits a search may note."""
        return block.FIRST_PROPERTY + 2 * (2 * self.properties + self.step_properties)

    def beyond(self, model: Library, rows: Iterable[Sequence[int]]) -> State | None:
        """The first of these states that is beyond the constraint."""
        if "within" not in model.addresses:
            return None
        within = model.function("within", 4)
        for row in rows:
            cells = (ctypes.c_int64 * self.words)(*row)
            places = [ctypes.addressof(each) for each in (cells, self.scratch, self.control, self.wanted)]
            if not within(*places):
                return tuple(row)
        return None

    def want(self, wanted: Container[int]) -> None:
        """Judge states by the properties of these numbers from now on."""
        for at in range(self.properties):
            self.wanted[2 * at], self.wanted[2 * at + 1] = int(at in wanted), 0

    def want_steps(self, wanted: Container[int]) -> None:
        """Judge steps by the `@step` properties of these numbers from now on."""
        self.block[block.CHECK_STEP] = 0
        for at in range(self.step_properties):
            self.step_wanted[2 * at], self.step_wanted[2 * at + 1] = int(at in wanted), 0
            self.block[block.CHECK_STEP] |= self.check_step * (at in wanted)

    def grow_out(self, rows: int) -> None:
        """Have room for so many successors of one batch."""
        self.out = words(rows * self.words)
        self.block[block.OUT] = ctypes.addressof(self.out)
        self.block[block.OUT_ROWS] = rows
        self.mixes = words(rows)
        self.block[block.MIXES] = ctypes.addressof(self.mixes)
        self.slots = words(rows)
        self.block[block.SLOTS] = ctypes.addressof(self.slots)
        if self.outgoing is not None:
            self.outgoing.make_room()

    def keep_found(self) -> None:
        """Keep the states found lately: none as yet."""
        each = 8 if self.words == 1 else 8 * (self.words + 1)
        rows = 1 << (max(1, _FOUND_BYTES // each).bit_length() - 1)
        self.found = words(rows * each // 8)
        if self.words == 1:
            ctypes.memset(self.found, 0xFF, rows * each)  # lately.NEVER in each
        self.block[block.FOUND], self.block[block.FOUND_ROWS] = ctypes.addressof(self.found), rows

    def share(
        self, part: int, parts: int, key: State | None, kernels: Library, take: Callable[[int, bytes], None]
    ) -> None:
        """Keep only the states of one of so many parts, as the bits in `key` say; `take` is given those of others, by
        their number."""
        self.kernels.update({name: kernels.function(name, 1) for name in kernels.addresses})
        self.outgoing = Outgoing(self.block, part, parts, key, take)

    def send(self) -> None:
        """Hand over the states that wait to be sent."""
        if self.outgoing is not None:
            self.outgoing.send()

    def send_away(self) -> None:
        """Of the states that wait for being looked up, hand over those of others."""
        if self.outgoing is not None:
            self.outgoing.send()
            self.call("disperse")

    def call(self, kernel: str) -> int:
        """Run a kernel on the block; its answer. Raises what ended a long step."""
        answer = self.kernels[kernel](ctypes.addressof(self.block))
        self.looking.end_if_it_must()
        return answer

    def initial(self, run: Callable[..., int]) -> int:
        """Have the next initial states written to `out`, by the entry of that name; how many, negative if a choice is
        one too many. Raises what ended it where that took long."""
        addresses = [ctypes.addressof(item) for item in (self.scratch, self.control, self.out)]
        found = run(*addresses, self.block[block.OUT_ROWS])
        self.looking.end_if_it_must()
        return found

    def aim(self, store: Store, span: RowSpan) -> None:
        """Set the rows to work on."""
        self.block[block.ROWS] = store.address(span.chunk)
        self.block[block.BEGIN], self.block[block.END] = span.begin, span.end

    def note_kinds(self, kinds: int) -> None:
        """Have room for culprits of so many kinds."""
        self.best = words(kinds * (self.words + 1))
        self.block[block.BEST] = ctypes.addressof(self.best)

    def seek(self, targets: Sequence[State]) -> None:
        """Set what `find_parents` looks for; its culprits are numbered like the targets."""
        cells = [word for target in targets for word in target]
        self.targets = words(len(cells))
        for at, word in enumerate(cells):
            self.targets[at] = word
        self.block[block.TARGETS], self.block[block.TARGET_COUNT] = ctypes.addressof(self.targets), len(targets)
        self.block[block.PENDING] = self.block[block.FLUSHED] = self.block[block.BEGIN] = self.block[block.END] = 0
        self.keep_found()  # what waited to be looked up counts as found there, and never will be
        self.call("sieve")
        self.note_kinds(len(targets))

    def culprits(self) -> dict[int, State]:
        """The least state of each kind noted so far; forgets them."""
        found = {}
        for kind in range(len(self.best) // (self.words + 1)):
            at = kind * (self.words + 1)
            if self.best[at]:
                found[kind] = tuple(self.best[at + 1 : at + 1 + self.words])
                self.best[at] = 0
        return found


class Outgoing:
    """States that a worker has found and that belong to other parts of a cluster."""

    def __init__(
        self,
        cells: ctypes.Array[ctypes.c_int64],
        part: int,
        parts: int,
        key: State | None,
        take: Callable[[int, bytes], None],
    ) -> None:
        self._cells, self._parts, self._take = cells, parts, take
        cells[block.SHARE], cells[block.SHARES] = part, parts
        self._key = words(cells[block.WORDS])
        self._key[:] = [-1] * cells[block.WORDS] if key is None else list(key)
        cells[block.SHARE_MASK] = ctypes.addressof(self._key)
        self._sent = words(parts)
        cells[block.SENT] = ctypes.addressof(self._sent)
        self.make_room()

    def make_room(self) -> None:
        """Have room for all successors of a batch, for each part. What waits is handed over before."""
        if self._cells[block.SEND]:
            self.send()
        rows = max(_SEND_ROWS, self._cells[block.OUT_ROWS])
        self._room = words(self._parts * rows * self._cells[block.WORDS])
        self._cells[block.SEND], self._cells[block.SEND_ROWS] = ctypes.addressof(self._room), rows

    def send(self) -> None:
        """Hand over what waits."""
        size = self._cells[block.WORDS] * 8
        for part, rows in enumerate(self._sent):
            if rows:
                first = self._cells[block.SEND] + part * self._cells[block.SEND_ROWS] * size
                self._take(part, ctypes.string_at(first, rows * size))
                self._sent[part] = 0
        self._cells[block.MOST_SENT] = 0

    @property
    def spared(self) -> int:
        """How many states of others were not sent because they had been met lately."""
        return self._cells[block.SPARED]


def _scratch(size: int, constants: Iterable[tuple[int, Sequence[int]]]) -> ctypes.Array[ctypes.c_int64]:
    """Scratch memory with what it holds at the start."""
    made = words(max(1, size))
    for at, row in constants:
        made[at : at + len(row)] = list(row)
    return made
