"""When a search of all states goes over to one in which steps wait: at the end of a level, once it has found many
states, if that is likely to pay. Which steps wait, and why nothing is lost, is `checker.reduction.stubborn`'s to say.

That some states were expanded in full before takes nothing from the argument there. It speaks of one visited state at a
time. Call the distance of a state the length of a shortest path from it to what is sought; and say that a state is
further down than another if its processes are. From a visited state at a distance n > 0 the search visits another that
is nearer, or as near and further down:

- expanded in full: the next state of a shortest path, which is nearer, new or not;
- expanded with steps that wait: the first step of the path that belongs to the set, taken first, leads to a state that
  is nearer; if none does, a local step leads to one as near and further down (parts 4 and 5 there).

Both can be so only finitely often, so that a state at distance 0 is visited. It does not matter which states were
expanded how, as long as every visited state is expanded in one of these ways. All states up to the depth at which the
search goes over are found, and judged, as ever.
"""

from __future__ import annotations

import time
from contextlib import suppress

from checker.engines.common.ledger import Ledger
from checker.engines.common.reduced import WentOver
from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.compiling import CompilerEnded
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.reducing import Reducing
from checker.engines.explicit.search import Search
from checker.reduction.stubborn import Reduction, reduction_of

MANY = 300_000
"""States after which it is looked at whether steps may wait: what that takes, compiling included, is about a
twentieth of what a verdict has taken by then. No time, so that the same task always takes the same way."""
EACH = 40
"""And after so many for each character of the emitted text: a large model takes as much longer to look at."""
SAMPLE = 4096
"""States of a level, about, whose successors are counted."""
KEPT_MOST = 0.7
"""The part of these successors that may be left if it is to pay."""


class Late:
    """Of one search: whether and from where on its steps wait."""

    def __init__(self) -> None:
        self._considered = False
        self._reducing: Reducing | None = None
        self._from: tuple[int, int] = 0, 0  # the depth of the level, and how many states had been found

    def before(self, search: Search, ledger: Ledger) -> None:
        """Have the next level expanded for what is open: in full, or with steps that wait."""
        if self._reducing is None and not self._considered and search.distinct >= _many(search.emitted):
            self._considered = True
            self._consider(search, ledger)
        if self._reducing is not None:
            self._reducing.before(ledger)

    def went_over(self) -> WentOver | None:
        """From where on steps waited; None if none did."""
        return None if self._reducing is None else WentOver(*self._from, self._reducing.put_off)

    def _consider(self, search: Search, ledger: Ledger) -> None:
        """Have steps wait from here on if that is likely to pay; else the search goes on with the code it had."""
        reduction = reduction_of(search.emitted.program)
        if reduction is None or not may_wait(reduction):
            return
        emitted = emit_program(search.emitted.program, waiting=True)
        model = _compiled(search, emitted, thorough=False)
        if model is None:
            return
        before = search.emitted, search.model
        _go_on(search, emitted, model)
        reducing = Reducing(reduction, search)
        reducing.before(ledger)
        if not _pays(search):
            reducing.stop()
            _go_on(search, *before)
            return
        self._reducing, self._from = reducing, (len(search.levels), search.distinct)
        faster = _compiled(search, emitted) if before[1].thorough and not model.thorough else None
        if faster is not None:
            search.go_on_with(faster)


def _many(emitted: Emitted) -> int:
    """States after which it is looked at whether steps may wait."""
    return max(MANY, EACH * sum(len(source) for source, _ in emitted.modules))


def may_wait(reduction: Reduction) -> bool:
    """Whether there is a state, as far as the tables say, in which some step may wait: one with a step that has nothing
    to do with another's."""
    moves = reduction.moves.every
    own = [sum(1 << at for at in reduction.of_thing(thing)) for thing in range(len(reduction.moves.things))]
    every = reduction.everything
    return any(every & ~(reduction.conflicts[at] | own[move.thing]) for at, move in enumerate(moves))


def _go_on(search: Search, emitted: Emitted, model: Library) -> None:
    """Have a search run other text of its program. The states are packed alike."""
    search.emitted = emitted
    for worker in search.workers:
        worker.have_scratch(emitted)
    search.go_on_with(model)


def _compiled(search: Search, emitted: Emitted, thorough: bool = True) -> Library | None:
    """The code of a text; None if compiling it does not come to an end."""
    began = time.perf_counter()
    with suppress(MemoryError, CompilerEnded), search.clock.compiling():
        model = library.load_model(emitted.modules, thorough)
        search.compile_seconds += time.perf_counter() - began
        return model
    return None


def _pays(search: Search) -> bool:
    """Whether few enough successors of a part of the last level are left."""
    kernels = library.load_kernels("native.sampling")
    rows = sum(span.end - span.begin for span in search.levels[-1])
    put_off = [worker.block[block.PUT_OFF] for worker in search.workers]
    for worker in search.workers:
        worker.kernels["sample"] = kernels.function("sample", 1)
        worker.block[block.SAMPLE_MASK] = (1 << max(0, (rows // SAMPLE).bit_length() - 1)) - 1
        worker.block[block.SAMPLED] = worker.block[block.SAMPLED_KEPT] = 0
    search.sweep("sample", search.levels[-1])
    for worker, count in zip(search.workers, put_off, strict=True):
        worker.block[block.PUT_OFF] = count
    every = sum(worker.block[block.SAMPLED] for worker in search.workers)
    kept = sum(worker.block[block.SAMPLED_KEPT] for worker in search.workers)
    return kept < every and kept <= KEPT_MOST * every
