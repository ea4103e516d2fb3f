"""Shorter ways to what a long behaviour shows: searches of limited breadth over compiled code, from its states on.

From the last state backwards, searches look for a shorter way on: to the end, or back onto the behaviour further on.
Narrow searches come before broad ones; the last begins where behaviours begin. The result is no longer than what was
given, and need not be the shortest there is.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget
from checker.contract.trace import Trace
from checker.engines.common.clock import Stopped
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.implementing import Comparing, Implemented
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.path import Pathfinder
from checker.engines.explicit.random_walk.runs import RunEnd
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program

FROM_A_STATE = (1_000, 20_000, 200_000)
"""Distinct states that a search from a state of the behaviour may visit, in each pass over it."""

FROM_THE_BEGINNING = 300_000
"""Distinct states that the search from the initial states may visit."""

ALTOGETHER = 6_000_000
"""Distinct states that the searches for one behaviour may visit."""

COMPARED = 100_000
"""Distinct states that they may visit where each of their steps is compared with those of another model."""

_MEMORY = 1 << 30
"""Bytes for searches from the states of a run: their budgets of states end them long before."""


Goal = frozenset[int] | Implemented
"""What ends a search: kinds of culprits, or a step that what is implemented has not."""


class Shortcuts:
    """Ways through one program. Setting `stop` ends a search."""

    def __init__(
        self,
        program: Program,
        emitted: Emitted,
        model: Library,
        stop: threading.Event,
        implemented: Sequence[Implemented] = (),
    ) -> None:
        self._program, self._emitted, self._model, self._stop = program, emitted, model, stop
        self._implemented = {each.name: each for each in implemented}
        self._kernels = library.load_kernels()
        self._links = library.load_kernels("native.links") if implemented else None
        self._left = ALTOGETHER

    def shortened(self, name: str, finding: RunEnd, begin: Sequence[State]) -> list[State]:
        """The states of a behaviour that shows what a finding about `name` shows, with as few steps as searches find.
        With interchangeable members each stands for its orbit."""
        goal = self._goal(name, finding)
        self._left = ALTOGETHER if isinstance(goal, frozenset) else COMPARED
        chain = self.canonical(finding.chain)
        try:
            for breadth in FROM_A_STATE:
                for at in range(len(chain) - 2, -1, -1):
                    chain[at:] = self._nearest(chain[at : at + 1], goal, chain[at:], breadth) or chain[at:]
            return self._nearest(self.canonical(begin), goal, chain, FROM_THE_BEGINNING) or chain
        except Stopped:
            return chain

    def trace(self, name: str, chain: Sequence[State], finding: RunEnd) -> Trace:
        """The behaviour of the program whose states `shortened` gave, which shows what a finding about `name` shows."""
        paths = Pathfinder(self._program, self._search(1))
        (trace,) = paths.walks([chain])
        return paths.ended(name, trace, finding)

    def canonical(self, rows: Sequence[State]) -> list[State]:
        """For each state the one that stands for its orbit."""
        if self._emitted.permutations == 1:
            return list(rows)
        function, scratch = self._model.function("canonical", 2), self._search(1).workers[0].scratch
        found = []
        for row in rows:
            cells = (ctypes.c_int64 * len(row))(*row)
            function(ctypes.addressof(cells), ctypes.addressof(scratch))
            found.append(tuple(cells))
        return found

    def _search(self, most: int) -> Search:
        clock = Clock(Budget(max_states=most), self._stop, None)
        return Search(self._emitted, self._kernels, self._model, 1, _MEMORY, clock)

    def _goal(self, name: str, finding: RunEnd) -> Goal:
        """The kinds of culprits that show the same; or what is implemented, where a step from one is none of its."""
        if name in self._implemented:
            return self._implemented[name]
        if name == NO_DEADLOCK:
            return frozenset({block.DEADLOCK})
        if name == NO_FAILURE and not finding.judged:
            return frozenset({block.FAILURE, block.UNJUDGED})
        states, steps = self._emitted.judged, self._emitted.pairs.judged
        known = (*([""] * len(states) if finding.of_step else states), *steps, *states)  # in the order of their kinds
        places = [known.index(each) for each in finding.judged or (name,)]
        return frozenset(block.FIRST_PROPERTY + 2 * at + finding.failing for at in places)

    def _nearest(self, starts: Sequence[State], goal: Goal, known: list[State], most: int) -> list[State] | None:
        """A way of fewer states than `known` from one of `starts` to a goal, if need be along the rest of `known`; None
        if none is found."""
        if self._stop.is_set() or self._left <= 0:
            raise Stopped
        search = self._search(min(most, self._left))
        try:
            look = self._look(search, goal)
            search.begin_with(starts)
            while not search.complete and len(search.levels) < len(known):
                depth = len(search.levels)
                reached = look()
                if reached is not None:
                    return self._way(search, reached, depth)
                joined = self._joined(search, known, depth)
                if joined is not None:
                    return joined
                if len(search.levels) == depth and not search.complete:
                    search.expand()
        except Stopped:
            return None
        finally:
            self._left -= search.stats().distinct
        return None

    def _look(self, search: Search, goal: Goal) -> Callable[[], State | None]:
        """What says which state of the last level is a goal, if one is; it may expand that level."""
        if isinstance(goal, Implemented):
            assert self._links is not None
            comparing = Comparing(goal, search, self._links)
            return lambda: comparing.steps(search.levels[-1]).wrong
        places = sorted({(kind - block.FIRST_PROPERTY) // 2 for kind in goal if kind >= block.FIRST_PROPERTY})
        states, steps = len(self._emitted.judged), len(self._emitted.pairs.judged)
        wanted = [at for at in places if at < states]
        of_steps = [at - states for at in places if states <= at < states + steps]
        beyond = [at - states - steps for at in places if at >= states + steps]

        def judged() -> State | None:
            found = search.judge(wanted) if wanted else search.expand(of_steps, beyond)
            return next((found[kind] for kind in sorted(goal) if kind in found), None)

        return judged

    def _joined(self, search: Search, known: list[State], depth: int) -> list[State] | None:
        """A way that leads from level `depth` straight to a state of `known`, the later the better, if that is
        shorter."""
        later = known[depth + 1 :]
        if not later:
            return None
        targets = sorted(set(later))
        parents = dict(zip(targets, search.parents(targets, depth), strict=True))
        for place in range(len(known) - 1, depth, -1):
            parent = parents[known[place]]
            if parent is not None:
                return [*self._way(search, parent, depth), *known[place:]]
        return None

    def _way(self, search: Search, end: State, depth: int) -> list[State]:
        return Pathfinder(self._program, search).chains([(end, depth)])[0]
